//! How far the verification of one request came, and how long it took: for whoever shows it. Nothing is decided by it.

use std::time::Duration;

/// What each part of a verification took. What was not reached is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stages {
    /// Whether the three headers are there, once and not too long.
    pub headers: Option<Duration>,
    /// The balancer's header: its rules, its key, its signature.
    pub data_header: Option<Duration>,
    /// Whether that header was verified, so that whoever sends it came through the balancer.
    pub data_header_verified: bool,
    /// Whether these very bytes had been verified before, so that their time was looked at and nothing else.
    pub data_header_known: bool,
    /// The provider's token: its rules, its key, its signature.
    pub access_token: Option<Duration>,
    /// As with the data header.
    pub access_token_known: bool,
}
