//! Lambda functions a role may invoke.

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
