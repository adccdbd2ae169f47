//! Where a bucket and its objects are.

use crate::aws::uri::{EncodedPath, EndpointError, Origin, UnsendableKey};
use crate::model::location::{AddressingStyle, Location};
use thiserror::Error;

/// Why there is no URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// The configured endpoint is not one.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// Browsers cannot ask for this object.
    #[error(transparent)]
    Key(#[from] UnsendableKey),
}

/// Origin and path of the bucket itself.
///
/// # Errors
/// When the location's endpoint or bucket name cannot stand in a URL.
pub fn bucket(location: &Location) -> Result<(Origin, EncodedPath), AddressError> {
    let origin = Origin::parse(&location.endpoint)?;
    let path = match location.style {
        AddressingStyle::Virtual => EncodedPath::root(),
        AddressingStyle::Path => EncodedPath::of_segments(&[&location.name])?,
    };
    Ok((origin, path))
}

/// The same bucket under another host name, where it has one: browsers open only so many connections to each.
///
/// AWS answers at its dual-stack host too
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/dual-stack-endpoints.html>); a service on this device at
/// both of its names. Of others nothing is known.
#[must_use]
pub fn elsewhere(location: &Location) -> Option<Location> {
    let Location { endpoint, region, .. } = location;
    let aws = format!("s3.{region}.amazonaws.com");
    let endpoint = match endpoint.split_once(&aws) {
        // `https://s3.…`, `https://BUCKET.s3.…`, and China's ends with `.cn`.
        Some((before, after @ ("" | ".cn"))) if before == "https://" || *before == format!("https://{}.", location.name) => {
            format!("{before}s3.dualstack.{region}.amazonaws.com{after}")
        }
        _ => {
            let (scheme, rest) = endpoint.split_once("://")?;
            let (host, port) = rest.split_at(rest.find(':').unwrap_or(rest.len()));
            let other = match host {
                "127.0.0.1" => "localhost",
                "localhost" => "127.0.0.1",
                _ => return None,
            };
            format!("{scheme}://{other}{port}")
        }
    };
    Some(Location { endpoint, ..location.clone() })
}

/// Origin and path of an object.
///
/// # Errors
/// As [`bucket`], and when a browser would ask for another object than `key`.
pub fn object(location: &Location, key: &str) -> Result<(Origin, EncodedPath), AddressError> {
    let (origin, bucket) = bucket(location)?;
    Ok((origin, bucket.join_key(key)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::location::Signing;

    #[test]
    fn a_bucket_has_a_second_host_name_where_one_is_known() {
        let at = |endpoint: &str, region: &str| {
            let location = Location {
                name: "reports".into(),
                region: region.into(),
                endpoint: endpoint.into(),
                style: AddressingStyle::Path,
                prefix: String::new(),
                permissions: Vec::new(),
                sign: Signing::Query,
            };
            let second = elsewhere(&location)?;
            assert_eq!(Location { endpoint: location.endpoint.clone(), ..second.clone() }, location, "all else is the same");
            Some(second.endpoint)
        };
        for (endpoint, region, second) in [
            ("https://reports.s3.eu-west-1.amazonaws.com", "eu-west-1", Some("https://reports.s3.dualstack.eu-west-1.amazonaws.com")),
            ("https://s3.eu-west-1.amazonaws.com", "eu-west-1", Some("https://s3.dualstack.eu-west-1.amazonaws.com")),
            (
                "https://reports.s3.cn-north-1.amazonaws.com.cn",
                "cn-north-1",
                Some("https://reports.s3.dualstack.cn-north-1.amazonaws.com.cn"),
            ),
            ("http://127.0.0.1:3002", "eu-west-1", Some("http://localhost:3002")),
            ("http://localhost", "eu-west-1", Some("http://127.0.0.1")),
            ("https://s3.eu-west-1.amazonaws.com.example.org", "eu-west-1", None),
            ("https://other.s3.eu-west-1.amazonaws.com", "eu-west-1", None),
            ("https://s3.eu-west-1.amazonaws.com", "eu-north-1", None),
            ("https://localhost.example.org", "eu-west-1", None),
            ("https://minio.example.org:9000", "eu-west-1", None),
        ] {
            assert_eq!(at(endpoint, region).as_deref(), second, "{endpoint}");
        }
    }
}
