//! Downloading an object.

use super::credentials::CredentialStore;
use super::failure::Failure;
use crate::model::location::Location;
use crate::model::names::RoleId;

/// Why the object cannot be reached by URL from a browser, if so: its key has a `.` or `..`
/// segment, which every browser collapses before it asks.
#[must_use]
pub fn obstacle(location: &Location, key: &str) -> Option<Failure>;

/// Asks S3 for the first byte, so that a refusal can be shown, then hands the browser a URL signed
/// at this moment, to save the object under its own name.
///
/// # Errors
/// What S3 or the portal refused, as a person reads it.
pub async fn download(store: CredentialStore, role: RoleId, location: Location, key: String) -> Result<(), Failure>;
