//! Temporary credentials, in memory only.
//!
//! Public face (signatures first; bodies follow).

use crate::model::clock::Timestamp;
use crate::model::error::PortalError;
use crate::model::names::{RoleId, SessionId};
use leptos::prelude::*;

/// What is known about the credentials of one role. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialStatus {
    /// None were needed yet, or they were wiped.
    Absent,
    /// The portal is minting the first ones.
    Fetching,
    /// They work.
    Live {
        /// Access key id: not a secret.
        access_key_id: String,
        /// The portal's record of the mint.
        session: SessionId,
        /// When they stop working, on the server's clock.
        expires: Timestamp,
        /// Why the last refresh failed, while the old ones still work.
        refresh_failed: Option<PortalError>,
    },
    /// There are none and the portal said why.
    Failed(PortalError),
}

/// The credentials of every role in use. `Copy`; one a page; nothing in it is ever serialised.
#[derive(Clone, Copy)]
pub struct CredentialStore {}

impl CredentialStore {
    /// The store of this page. Call it below the component that called [`super::provide`].
    #[must_use]
    pub fn current() -> Self;
    /// What is known about a role's credentials. Tracked when read.
    #[must_use]
    pub fn status(&self, role: Signal<Option<RoleId>>) -> Signal<CredentialStatus>;
    /// Seconds the credentials still work; ticks once a minute, in the last five minutes once a second.
    #[must_use]
    pub fn seconds_left(&self, role: Signal<Option<RoleId>>) -> Signal<Option<i64>>;
    /// The time, corrected by what the server's clock says.
    #[must_use]
    pub fn now(&self) -> Timestamp;
    /// Mints for the role now, unless it has credentials: for a retry button.
    pub fn fetch(&self, role: RoleId);
    /// Keeps credentials fresh in a hidden tab for as long as the guard lives.
    #[must_use]
    pub fn busy(&self) -> BusyGuard;
    /// Overwrites all credentials.
    pub fn wipe(&self);
    /// Wipes the credentials of every tab; call it in the click handler of the sign-out link.
    pub fn sign_out_everywhere(&self);
}
