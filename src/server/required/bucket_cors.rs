//! CORS rules of the buckets: what a page of the portal sends to each, and what it reads of the answers.

use crate::model::location::Permission;
use crate::server::config::Config;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Request headers of the page's own signer and of its drafts: those that describe an object too, when it is copied or
/// changed. `x-amz-*` stands for the headers of a signature and of checksums, copies and uploads in parts.
const REQUEST_HEADERS: [&str; 11] = [
    "authorization",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "if-match",
    "if-none-match",
    "range",
    "x-amz-*",
];
/// How long a browser may keep the answer to a preflight.
const MAX_AGE_SECONDS: u32 = 3_000;

/// Response headers that the page reads, with what is missing where it may not.
pub const EXPOSED: [(&str, &str); 10] = [
    ("ETag", "uploads in parts, copies and continued downloads cannot tell whether an object has changed"),
    ("Content-Range", "a download in pieces cannot check which piece it got"),
    ("Date", "nobody can compare this device's clock with S3's"),
    ("x-amz-bucket-region", "a wrong region is not named in errors"),
    ("x-amz-checksum-crc64nvme", "what an upload stored cannot be compared with the file"),
    ("x-amz-delete-marker", "a delete cannot say that it can be undone"),
    ("x-amz-id-2", "errors lack the id that AWS support asks for"),
    ("x-amz-request-id", "errors lack the id that AWS support asks for"),
    ("x-amz-tagging-count", "a copy in parts cannot see that the object has tags"),
    ("x-amz-version-id", "versions cannot be told apart"),
];

/// A bucket's rules, as the AWS CLI and CloudFormation's API take them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CorsConfiguration {
    /// The rules; the first that fits decides.
    #[serde(rename = "CORSRules")]
    pub rules: Vec<CorsRule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CorsRule {
    /// A name.
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Origins, compared exactly but for one `*`.
    pub allowed_origins: Vec<String>,
    /// Methods.
    pub allowed_methods: Vec<String>,
    /// Request headers; one `*` in a name stands for any characters.
    pub allowed_headers: Vec<String>,
    /// Response headers that code in the page may read.
    pub expose_headers: Vec<String>,
    /// For how long a browser may keep the answer to a preflight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u32>,
}

/// What may be done in each configured bucket, by any role.
#[must_use]
pub fn permissions(config: &Config) -> BTreeMap<&str, BTreeSet<Permission>> {
    let mut buckets: BTreeMap<&str, BTreeSet<Permission>> = BTreeMap::new();
    for bucket in config.roles.iter().flat_map(|role| &role.buckets) {
        buckets.entry(&bucket.name).or_default().extend(&bucket.permissions);
    }
    buckets
}

/// The rules of a bucket in which this may be done.
#[must_use]
pub fn rules(config: &Config, permissions: &BTreeSet<Permission>) -> CorsConfiguration {
    let may = |any: &[Permission]| any.iter().any(|permission| permissions.contains(permission));
    let methods = [
        ("GET", true),
        ("HEAD", true),
        ("PUT", may(&[Permission::Write, Permission::Tags])),
        // An upload in parts begins and ends with one; so does a delete of many.
        ("POST", may(&[Permission::Write, Permission::Delete])),
        ("DELETE", may(&[Permission::Write, Permission::Delete])),
    ];
    CorsConfiguration {
        rules: vec![CorsRule {
            id: None,
            allowed_origins: vec![config.web.public_url.clone()],
            allowed_methods: methods.into_iter().filter(|(_, wanted)| *wanted).map(|(method, _)| method.to_owned()).collect(),
            allowed_headers: REQUEST_HEADERS.map(str::to_owned).to_vec(),
            expose_headers: EXPOSED.map(|(name, _)| name.to_owned()).to_vec(),
            max_age_seconds: Some(MAX_AGE_SECONDS),
        }],
    }
}

/// The rules of every configured bucket, by its name.
#[must_use]
pub fn of_all(config: &Config) -> BTreeMap<&str, CorsConfiguration> {
    permissions(config).into_iter().map(|(name, permissions)| (name, rules(config, &permissions))).collect()
}
