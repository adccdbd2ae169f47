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
}

impl FromJson for FunctionTarget {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            name: members.take("name")?,
            arn: members.take("arn")?,
            region: members.take("region")?,
            endpoint: members.take("endpoint")?,
        })
    }
}
