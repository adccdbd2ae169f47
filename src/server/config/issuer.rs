//! `[self_issued]`: the portal as an OIDC issuer of its own, for the roles with the strategy
//! `self-issued`.
//!
//! Whoever can sign with one of these keys is anybody to AWS. So a key in a file, which can be
//! copied, must be allowed in so many words; a key in AWS KMS cannot leave it.

use super::Warning;
use super::problem::Problem;
use super::section::{Queries, Section, is_loopback};
use super::source::{Entry, Node};
use crate::model::clock::Timestamp;
use std::path::PathBuf;
use url::Url;

/// Longest URL that IAM takes for an OIDC provider.
const LONGEST_ISSUER: usize = 255;

/// `[self_issued]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfIssued {
    /// The issuer, exactly as the IAM OIDC provider has it; no slash at the end.
    pub issuer: String,
    /// The keys, in the order in which they come into use; at least one.
    pub keys: Vec<IssuerKey>,
    /// Whether a key may be a file.
    pub allow_key_file: bool,
    /// Another KMS.
    pub kms_endpoint: Option<Url>,
}

/// `[[self_issued.keys]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerKey {
    /// Where it is.
    pub source: KeySource,
    /// Since when it stands here, and so is published. It signs from a day later on. The first key
    /// needs none: it signs at once.
    pub published_at: Option<Timestamp>,
}

/// Where a signing key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// In AWS KMS: the key's id or ARN, never an alias.
    Kms(String),
    /// In a PEM file.
    File(PathBuf),
}

impl SelfIssued {
    /// Reads the section.
    pub(super) fn read(mut section: Section<'_>, file: &str, warnings: &mut Vec<Warning>) -> Option<Self> {
        let issuer =
            section.required_text("issuer", "https://portal.example.com").filter(|text| check_issuer(&mut section, text, warnings));
        let allow_key_file = section.boolean("allow_key_file", false);
        let kms_endpoint = section.url("kms_endpoint", Queries::Refused);
        if let Some(url) = &kms_endpoint {
            if url.path() != "/" {
                section.problem("kms_endpoint", "has a path", "write scheme, host and port only");
            }
            warnings.extend(Warning::clear("self_issued.kms_endpoint", url));
        }
        let items = match section.take("keys").map(|entry| entry.node) {
            Some(Node::List(items)) if !items.is_empty() => items,
            Some(Node::List(_)) | None => {
                section.problem(
                    "keys",
                    "is missing: without a key nothing can be signed",
                    "add a [[self_issued.keys]] table with kms_key_id = \"arn:aws:kms:…\"",
                );
                Vec::new()
            }
            Some(_) => {
                section.problem("keys", "is not a list of tables", "write [[self_issued.keys]]");
                Vec::new()
            }
        };
        let mut keys = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            keys.push(key(index, item, allow_key_file, file, section.problems()));
        }
        if keys.iter().flatten().any(|key| matches!(key.source, KeySource::File(_))) && allow_key_file {
            warnings.push(Warning::new(
                "self_issued.keys",
                "names a file: whoever can read it can sign in to AWS as anybody; a key in AWS KMS cannot be copied",
                "make a key in AWS KMS (aws kms create-key --key-spec ECC_NIST_P256 --key-usage SIGN_VERIFY) and name it with kms_key_id",
            ));
        }
        let times: Vec<Timestamp> = keys.iter().flatten().filter_map(|key| key.published_at).collect();
        if !times.is_sorted_by(|earlier, later| earlier < later) {
            section.problem("keys", "are not in the order of published_at", "list the key in use first and the next one behind it");
        }
        let keys: Option<Vec<IssuerKey>> = keys.into_iter().collect();
        section.close();
        Some(Self { issuer: issuer?, keys: keys.filter(|keys| !keys.is_empty())?, allow_key_file, kms_endpoint })
    }
}

/// What IAM takes for an OIDC provider's URL, and what can be a path of the portal.
fn check_issuer(section: &mut Section<'_>, text: &str, warnings: &mut Vec<Warning>) -> bool {
    let Some(url) = section.check_url("issuer", text, Queries::Refused) else { return false };
    let wrong = if text.len() > LONGEST_ISSUER {
        Some(("is longer than the 255 characters that IAM takes", "choose a shorter URL"))
    } else if text.ends_with('/') {
        Some(("ends in a slash, and tokens name the issuer without", "take the slash out, here and in the IAM OIDC provider"))
    } else if url.as_str().trim_end_matches('/') != text {
        Some((
            "is not written as URLs are compared",
            "write scheme and host in small letters, without a default port and without . or .. in the path",
        ))
    } else if url.port().is_some() && !is_loopback(&url) {
        Some(("names a port, which IAM's OIDC providers may not", "serve the documents at port 443"))
    } else if !url.path().bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.')) {
        Some(("has a path with other characters than A-Z, a-z, 0-9, /, -, _ and .", "choose a plain path, or none"))
    } else if url.path().contains("//") {
        Some(("has an empty part in its path", "write one slash"))
    } else {
        None
    };
    if let Some((message, fix)) = wrong {
        section.problem("issuer", message, fix);
    }
    warnings.extend(Warning::clear("self_issued.issuer", &url));
    wrong.is_none()
}

fn key(index: usize, item: Entry, allow_key_file: bool, file: &str, problems: &mut Vec<Problem>) -> Option<IssuerKey> {
    let mut section = Section::open(format!("self_issued.keys[{index}]"), Some(item), file, problems);
    let (kms_key_id, path) = (section.text("kms_key_id"), section.text("file"));
    let source = match (kms_key_id, path) {
        (Some(id), None) => {
            let known = is_key_id(&id);
            if !known {
                section.problem(
                    "kms_key_id",
                    "is not a KMS key's id or ARN",
                    "copy the key's ARN; not of an alias, which may come to name another key than the published one",
                );
            }
            known.then_some(KeySource::Kms(id))
        }
        (None, Some(path)) => {
            if path.is_empty() {
                section.problem("file", "is empty", "write file = \"issuer.pem\"");
            }
            if !allow_key_file {
                section.problem(
                    "file",
                    "is a file, and whoever can copy it can sign in to AWS as anybody",
                    "name a key in AWS KMS with kms_key_id, or accept that with allow_key_file = true under [self_issued]",
                );
            }
            (allow_key_file && !path.is_empty()).then(|| KeySource::File(PathBuf::from(path)))
        }
        (Some(_), Some(_)) => {
            section.problem("file", "stands beside kms_key_id", "keep the one that is meant");
            None
        }
        (None, None) => {
            section.problem("kms_key_id", "is missing", "add kms_key_id = \"arn:aws:kms:eu-west-1:111122223333:key/…\"");
            None
        }
    };
    let published_at = section.text("published_at").map(|text| {
        let at = Timestamp::parse_rfc3339(&text);
        if at.is_none() {
            section.problem("published_at", "is not a time in UTC", "write it as \"2026-11-25T09:00:00Z\", in quotes");
        }
        at
    });
    if published_at.is_none() && index > 0 {
        section.problem(
            "published_at",
            "is missing: a further key is published a day before it signs",
            "add published_at with the time of this change, such as \"2026-11-25T09:00:00Z\"",
        );
    }
    section.close();
    match published_at {
        Some(None) => None,
        Some(at) => Some(IssuerKey { source: source?, published_at: at }),
        None => Some(IssuerKey { source: source?, published_at: None }),
    }
}

/// A key id (a UUID, or `mrk-…` of a multi-Region key) or a key ARN, not an alias.
fn is_key_id(text: &str) -> bool {
    let id = match text.strip_prefix("arn:") {
        None => Some(text),
        Some(rest) => match rest.splitn(5, ':').collect::<Vec<_>>()[..] {
            [partition, "kms", region, account, resource] if partition.starts_with("aws") && !region.is_empty() && account.len() == 12 => {
                resource.strip_prefix("key/")
            }
            _ => None,
        },
    };
    id.is_some_and(|id| (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
}
