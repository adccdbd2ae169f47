//! Where the buckets and functions of a role are, as the browser is told.

use crate::aws::s3::address;
use crate::model::function::FunctionTarget;
use crate::model::location::{AddressingStyle, Location};
use crate::server::config;
use crate::server::credentials::session_policy::function_arn;
use crate::server::partition;

/// A bucket with its expanded prefix.
pub(in crate::server) fn location(
    aws: &config::Aws,
    role: &config::Role,
    bucket: &config::Bucket,
    prefix: String,
    region: String,
) -> Location {
    let (endpoint, style) = bucket_endpoint(aws, role, bucket, &region);
    Location { name: bucket.name.clone(), region, endpoint, style, prefix, permissions: bucket.permissions.clone(), sign: bucket.sign }
}

/// A function in the role's account and the home region.
pub(in crate::server) fn function(aws: &config::Aws, role: &config::Role, function: &config::Function) -> FunctionTarget {
    FunctionTarget {
        name: function.name.clone(),
        arn: function_arn(&role.arn, &aws.region, &function.name),
        region: aws.region.clone(),
        endpoint: function_endpoint(aws, role),
        qualifiers: function.qualifiers.clone(),
    }
}

/// Scheme, host and port of Lambda.
pub(in crate::server) fn function_endpoint(aws: &config::Aws, role: &config::Role) -> String {
    aws.lambda_endpoint.as_ref().map_or_else(
        || format!("https://lambda.{}.{}", aws.region, partition::domain(role.arn.partition())),
        |endpoint| endpoint.as_str().trim_end_matches('/').to_owned(),
    )
}

/// What a content security policy lists for a bucket. Where buckets share a host name, the path
/// keeps other people's buckets out: with a slash at the end for its keys, without for itself.
pub(in crate::server) fn bucket_sources(aws: &config::Aws, role: &config::Role, bucket: &config::Bucket, region: &str) -> Vec<String> {
    let (endpoint, style) = bucket_endpoint(aws, role, bucket, region);
    sources(endpoint, style, &bucket.name)
}

/// What is listed besides for listings, which go over a second host name where the bucket has one.
pub(super) fn listing_sources(aws: &config::Aws, role: &config::Role, bucket: &config::Bucket, region: &str) -> Vec<String> {
    let place = location(aws, role, bucket, String::new(), region.to_owned());
    address::elsewhere(&place).map(|second| sources(second.endpoint, second.style, &bucket.name)).unwrap_or_default()
}

fn sources(endpoint: String, style: AddressingStyle, name: &str) -> Vec<String> {
    match style {
        AddressingStyle::Virtual => vec![endpoint],
        AddressingStyle::Path => {
            let bucket = format!("{endpoint}/{name}");
            vec![format!("{bucket}/"), bucket]
        }
    }
}

/// The address and style of a bucket. A name with dots does not match the certificate of
/// `*.s3.REGION.amazonaws.com`, so it goes into the path.
fn bucket_endpoint(aws: &config::Aws, role: &config::Role, bucket: &config::Bucket, region: &str) -> (String, AddressingStyle) {
    let domain = partition::domain(role.arn.partition());
    match &aws.s3_endpoint {
        Some(endpoint) => (endpoint.as_str().trim_end_matches('/').to_owned(), AddressingStyle::Path),
        None if bucket.name.contains('.') => (format!("https://s3.{region}.{domain}"), AddressingStyle::Path),
        None => (format!("https://{}.s3.{region}.{domain}", bucket.name), AddressingStyle::Virtual),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::location::Signing;
    use crate::server::config::samples::{self, role};
    use crate::server::config::{Aws, Bucket};
    use url::Url;

    fn endpoint(aws: &Aws, arn: &str, name: &str) -> (String, AddressingStyle) {
        let bucket = Bucket {
            name: name.into(),
            region: None,
            prefix: String::new(),
            permissions: Vec::new(),
            kms_keys: Vec::new(),
            sign: Signing::Query,
        };
        bucket_endpoint(aws, &role(arn), &bucket, "eu-west-1")
    }

    #[test]
    fn addresses_by_partition_name_and_endpoint() {
        let mut aws = samples::aws();
        let commercial = "arn:aws:iam::111122223333:role/r";
        let host = |text: &str, style| (text.to_owned(), style);
        assert_eq!(endpoint(&aws, commercial, "reports"), host("https://reports.s3.eu-west-1.amazonaws.com", AddressingStyle::Virtual));
        assert_eq!(endpoint(&aws, commercial, "a.b"), host("https://s3.eu-west-1.amazonaws.com", AddressingStyle::Path));
        assert_eq!(
            endpoint(&aws, "arn:aws-cn:iam::111122223333:role/r", "reports"),
            host("https://reports.s3.eu-west-1.amazonaws.com.cn", AddressingStyle::Virtual)
        );
        assert_eq!(
            function(&aws, &role(commercial), &config::Function { name: "f".into(), qualifiers: Vec::new(), schema: None }).arn,
            "arn:aws:lambda:eu-west-1:111122223333:function:f"
        );
        aws.s3_endpoint = Some(Url::parse("http://127.0.0.1:3002").unwrap());
        assert_eq!(endpoint(&aws, commercial, "reports"), host("http://127.0.0.1:3002", AddressingStyle::Path));
    }
}
