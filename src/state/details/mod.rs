//! What is known of one object, and what can be changed about it: metadata, storage class, tags, versions.
//!
//! Nothing is written over what was not shown: an edit is refused where somebody else's came in between, and barred
//! where it would lose what the bucket keeps this page from seeing.

use crate::model::location::Location;
use crate::model::names::RoleId;

/// The object, or the version of one, that details are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// In whose name it is asked for.
    pub role: RoleId,
    /// Where it is.
    pub location: Location,
    /// Key.
    pub key: String,
    /// A version, instead of the newest.
    pub version: Option<String>,
}
