//! Lambda functions a role may invoke.

use super::json::{FromJson, Json, Members, ReadError};
use serde::{Deserialize, Serialize};

/// A function as `/api/whoami` tells it to the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionTarget {
    /// The function's name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Region to sign for.
    pub region: String,
    /// Scheme, host and port of the Lambda endpoint, without a slash at the end.
    pub endpoint: String,
    /// Its versions and aliases that may be invoked beside the newest code; `*` stands for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub qualifiers: Vec<String>,
}

impl FromJson for FunctionTarget {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            name: members.take("name")?,
            arn: members.take("arn")?,
            region: members.take("region")?,
            endpoint: members.take("endpoint")?,
            qualifiers: members.take_or_default("qualifiers")?,
        })
    }
}
