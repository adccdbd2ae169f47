//! Keys that cannot be had at the moment.

use crate::model::error::{ErrorCode, PortalError};
use crate::server::outside::FetchError;
use crate::words::{Sentence, say};
use thiserror::Error;

/// Why there is no key. This says nothing about the token, so it is never a rejection and is never
/// remembered.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{source_of_keys} {reason}")]
pub(in crate::server) struct Unavailable {
    source_of_keys: Sentence,
    reason: Sentence,
    retry_after: u32,
}

impl Unavailable {
    /// The answer did not come, or is not what it should be.
    pub(super) fn new(source_of_keys: Sentence, reason: Sentence) -> Self {
        Self { source_of_keys, reason, retry_after: 5 }
    }

    /// Asking now would be asking too often.
    pub(super) fn asked_too_often(source_of_keys: Sentence) -> Self {
        Self { source_of_keys, reason: say!("is being asked for too many keys"), retry_after: 1 }
    }

    /// There was no document.
    pub(super) fn unfetched(source_of_keys: Sentence, error: &FetchError) -> Self {
        Self::new(source_of_keys, error.sentence())
    }
}

impl From<Unavailable> for PortalError {
    fn from(unavailable: Unavailable) -> Self {
        Self::said(
            ErrorCode::MintUnavailable,
            say!("{source} {reason}.", source = unavailable.source_of_keys, reason = unavailable.reason),
            say!("Try again in a few seconds; if it lasts, the people who run the portal check that it can reach this address."),
        )
        .with_retry_after(unavailable.retry_after)
    }
}
