//! Where in S3 a role leads.

use super::json::{FromJson, Json, Members, ReadError, words};
use serde::{Deserialize, Serialize};

/// Domains of the service endpoints of AWS's partitions (AWS SDK endpoint rules, `dnsSuffix`).
pub const DOMAINS: [(&str, &str); 8] = [
    ("aws", "amazonaws.com"),
    ("aws-us-gov", "amazonaws.com"),
    ("aws-cn", "amazonaws.com.cn"),
    ("aws-iso", "c2s.ic.gov"),
    ("aws-iso-b", "sc2s.sgov.gov"),
    ("aws-iso-e", "cloud.adc-e.uk"),
    ("aws-iso-f", "csp.hci.ic.gov"),
    ("aws-eusc", "amazonaws.eu"),
];

/// A bucket, a prefix in it and what may be done there. `/api/whoami` tells the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Bucket name.
    pub name: String,
    /// Region to sign for.
    pub region: String,
    /// Scheme, host and port, without a slash at the end. With [`AddressingStyle::Virtual`] the
    /// host begins with the bucket's name.
    pub endpoint: String,
    /// Where the bucket's name stands in the URL.
    pub style: AddressingStyle,
    /// Keys begin with this; empty for the whole bucket.
    pub prefix: String,
    /// What the role may do under the prefix.
    pub permissions: Vec<Permission>,
    /// How GETs are signed.
    pub sign: Signing,
}

impl Location {
    /// Whether S3 can copy from here to `to`: both are at the same endpoint, or in the same partition of AWS.
    #[must_use]
    pub fn can_copy_to(&self, to: &Self) -> bool {
        self.service() == to.service()
    }

    /// Whose S3 it is: of AWS the partition, of others what the endpoint says beside the bucket.
    fn service(&self) -> &str {
        let host = self.endpoint.split_once("://").map_or(&*self.endpoint, |(_, host)| host);
        let is_below = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
        let government = self.region.starts_with("us-gov-");
        let is_of = |(partition, domain): &&(&str, &str)| is_below(domain) && (*partition == "aws-us-gov") == government;
        match DOMAINS.iter().find(is_of) {
            Some((partition, _)) => partition,
            None if self.style == AddressingStyle::Virtual => host.strip_prefix(&*self.name).unwrap_or(host),
            None => host,
        }
    }
}

impl FromJson for Location {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            name: members.take("name")?,
            region: members.take("region")?,
            endpoint: members.take("endpoint")?,
            style: members.take("style")?,
            prefix: members.take("prefix")?,
            permissions: members.take("permissions")?,
            sign: members.take("sign")?,
        })
    }
}

/// Where the signature of a GET or HEAD stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signing {
    /// In the query: no preflight.
    #[default]
    Query,
    /// In headers: for buckets whose policy denies `s3:authType` REST-QUERY-STRING.
    Header,
}

impl Signing {
    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

words!(Signing: Query | Header);

/// Where the bucket's name stands in a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressingStyle {
    /// `https://bucket.s3.eu-west-1.amazonaws.com/key`
    Virtual,
    /// `https://s3.eu-west-1.amazonaws.com/bucket/key`: names with dots, other implementations.
    Path,
}

impl AddressingStyle {
    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Virtual => "virtual",
            Self::Path => "path",
        }
    }
}

words!(AddressingStyle: Virtual | Path);

/// What a role may do with the objects of a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Permission {
    /// List keys.
    List,
    /// Read objects.
    Read,
    /// Create and overwrite objects.
    Write,
    /// Delete objects.
    Delete,
    /// See and restore versions.
    Versions,
    /// See and edit tags.
    Tags,
}

impl Permission {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 6] = [Self::List, Self::Read, Self::Write, Self::Delete, Self::Versions, Self::Tags];

    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Versions => "versions",
            Self::Tags => "tags",
        }
    }
}

words!(Permission: List | Read | Write | Delete | Versions | Tags);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(name: &str, region: &str, endpoint: &str, style: AddressingStyle) -> Location {
        let [name, region, endpoint] = [name, region, endpoint].map(str::to_owned);
        Location { name, region, endpoint, style, prefix: String::new(), permissions: Vec::new(), sign: Signing::Query }
    }

    #[test]
    fn s3_copies_within_one_service() {
        use AddressingStyle::{Path, Virtual};
        let ireland = at("a", "eu-west-1", "https://a.s3.eu-west-1.amazonaws.com", Virtual);
        let frankfurt = at("b.c", "eu-central-1", "https://s3.dualstack.eu-central-1.amazonaws.com", Path);
        let government = at("g", "us-gov-west-1", "https://g.s3.us-gov-west-1.amazonaws.com", Virtual);
        let china = at("c", "cn-north-1", "https://c.s3.cn-north-1.amazonaws.com.cn", Virtual);
        let [iso, far] =
            ["us-iso-east-1", "us-iso-west-1"].map(|region| at("i", region, &format!("https://i.s3.{region}.c2s.ic.gov"), Virtual));
        let [own, beside] = ["m", "n"].map(|name| at(name, "eu-west-1", &format!("https://{name}.minio.example.com:9000"), Virtual));
        let other = at("m", "eu-west-1", "http://127.0.0.1:9000", Path);
        let like_aws = at("x", "eu-west-1", "https://amazonaws.com.example.com", Path);
        assert!(ireland.can_copy_to(&frankfurt) && frankfurt.can_copy_to(&ireland), "from region to region");
        assert!(iso.can_copy_to(&far) && own.can_copy_to(&beside) && other.can_copy_to(&other));
        let apart = [&ireland, &government, &china, &iso, &own, &other, &like_aws];
        for (at, one) in apart.iter().enumerate() {
            assert!(apart.iter().skip(at + 1).all(|other| !one.can_copy_to(other)), "{}", one.endpoint);
        }
    }
}
