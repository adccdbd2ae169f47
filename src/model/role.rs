//! Roles as a viewer sees them.

use super::function::FunctionTarget;
use super::json::{FromJson, Json, Members, ReadError, words};
use super::location::Location;
use super::names::RoleId;
use serde::{Deserialize, Serialize};

/// A way to mint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// AssumeRoleWithWebIdentity with the person's own access token.
    WebIdentity,
    /// AssumeRole with the server's own identity.
    AssumeRole,
    /// A developer-authenticated identity of a Cognito identity pool.
    IdentityPool,
    /// AssumeRoleWithWebIdentity with a token that the portal signs itself.
    SelfIssued,
}

impl Strategy {
    /// The word of the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WebIdentity => "web-identity",
            Self::AssumeRole => "assume-role",
            Self::IdentityPool => "identity-pool",
            Self::SelfIssued => "self-issued",
        }
    }
}

words!(Strategy: WebIdentity | AssumeRole | IdentityPool | SelfIssued);

/// A role the viewer is entitled to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntitledRole {
    /// Id, as `/api/credentials` takes it.
    pub id: RoleId,
    /// Title for people.
    pub title: String,
    /// Its account, where its ARN names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// How it is minted.
    pub strategy: Strategy,
    /// Longest life of its credentials, in seconds.
    pub duration_seconds: u32,
    /// Whether the AWS console can be opened in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub console: bool,
    /// Locations it opens.
    pub buckets: Vec<Location>,
    /// Functions it may invoke.
    pub functions: Vec<FunctionTarget>,
}

impl FromJson for EntitledRole {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            id: members.take("id")?,
            title: members.take("title")?,
            account: members.take("account")?,
            strategy: members.take("strategy")?,
            duration_seconds: members.take("duration_seconds")?,
            console: members.take_or_default("console")?,
            buckets: members.take("buckets")?,
            functions: members.take("functions")?,
        })
    }
}
