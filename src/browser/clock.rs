//! The device's clock. What it says may be wrong: signatures use
//! [`CredentialStore::now`](crate::state::credentials::CredentialStore::now), which the server
//! corrects.

use super::platform;
use crate::model::clock::{Clock, Timestamp};

/// The device's clock; on the server it stands at the epoch, because nothing rendered there may
/// depend on it.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeviceClock;

impl Clock for DeviceClock {
    fn now(&self) -> Timestamp {
        now()
    }
}

/// What the device's clock says.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_millis(platform::now_millis())
}
