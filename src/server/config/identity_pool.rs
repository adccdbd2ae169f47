//! `[identity_pool]`: the Cognito identity pool of the roles with the strategy `identity-pool`.

use super::Warning;
use super::section::{Queries, Section};
use url::Url;

/// `[identity_pool]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityPool {
    /// The pool's id, `region:guid`.
    pub id: String,
    /// The developer provider's name in the pool, under which the portal names people.
    pub developer_provider: String,
    /// Another Cognito Identity.
    pub endpoint: Option<Url>,
}

impl IdentityPool {
    /// The pool's region.
    #[must_use]
    pub fn region(&self) -> &str {
        self.id.split(':').next().unwrap_or_default()
    }

    /// The name under which Cognito's own tokens are logins and federated principals of this
    /// region's partition (AWS GovCloud (US) User Guide and Getting Started with AWS in China,
    /// "Amazon Cognito").
    #[must_use]
    pub fn principal(&self) -> &'static str {
        match self.region() {
            "cn-north-1" => "cognito-identity.cn-north-1.amazonaws.com.cn",
            "us-gov-west-1" => "cognito-identity-us-gov.amazonaws.com",
            "us-gov-east-1" => "cognito-identity.us-gov-east-1.amazonaws.com",
            _ => "cognito-identity.amazonaws.com",
        }
    }

    /// Reads the section.
    pub(super) fn read(mut section: Section<'_>, warnings: &mut Vec<Warning>) -> Option<Self> {
        let id = section.required_text("id", "eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab");
        let id = id.filter(|id| {
            let fits = is_pool_id(id);
            if !fits {
                section.problem(
                    "id",
                    "is not an identity pool's id",
                    "copy it from the pool; it looks like eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab",
                );
            }
            fits
        });
        let developer_provider = section.required_text("developer_provider", "login.portal").filter(|name| {
            let fits = is_provider_name(name);
            if !fits {
                section.problem(
                    "developer_provider",
                    "is not a developer provider's name",
                    "write the name that the pool's authentication providers list under Custom: 1 to 128 of A-Z, a-z, 0-9, ., _ and -",
                );
            }
            fits
        });
        let endpoint = section.url("endpoint", Queries::Refused);
        if let Some(url) = &endpoint {
            if url.path() != "/" {
                section.problem("endpoint", "has a path", "write scheme, host and port only");
            }
            warnings.extend(Warning::clear("identity_pool.endpoint", url));
        }
        section.close();
        Some(Self { id: id?, developer_provider: developer_provider?, endpoint })
    }
}

/// `[\w-]+:[0-9a-f-]+`, at most 55 characters (Cognito Identity service model, `IdentityPoolId`).
fn is_pool_id(text: &str) -> bool {
    let Some((region, guid)) = text.split_once(':') else { return false };
    text.len() <= 55
        && !region.is_empty()
        && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !guid.is_empty()
        && guid.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

/// `[\w._-]+`, at most 128 characters (Cognito Identity service model, `DeveloperProviderName`).
fn is_provider_name(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}
