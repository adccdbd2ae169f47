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

/// The functions of a role whose events are described, as `/api/functions/schemas` tells them to the browser.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribedFunctions {
    /// Each with its schema.
    pub functions: Vec<DescribedFunction>,
}

/// A function with what its events look like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescribedFunction {
    /// The function's name.
    pub name: String,
    /// A JSON schema, as text.
    pub schema: String,
}

impl FromJson for DescribedFunctions {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        Ok(Self { functions: Members::of(json)?.take("functions")? })
    }
}

impl FromJson for DescribedFunction {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self { name: members.take("name")?, schema: members.take("schema")? })
    }
}
