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

/// How many minutes the person's clock is before Greenwich's, at that time.
#[must_use]
pub fn minutes_east(time: Timestamp) -> i32 {
    platform::minutes_east(time.millis())
}
