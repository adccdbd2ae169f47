//! The balancer's session, as it stands sealed in the cookies.

use crate::model::clock::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The purpose that sessions are sealed for.
pub(super) const PURPOSE: &str = "session";

/// Who is signed in, with the tokens. Has no `Debug`: it is secrets throughout.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Session {
    /// What `userInfo` said.
    pub(super) claims: Map<String, Value>,
    /// The access token, which is forwarded.
    pub(super) access_token: String,
    /// The ID token, which is not.
    pub(super) id_token: String,
    /// The refresh token.
    pub(super) refresh_token: String,
    /// When the access token expires.
    pub(super) access_expires: Timestamp,
    /// When the session expires.
    pub(super) expires: Timestamp,
}

/// What a request brings.
pub(super) enum SessionState {
    /// None, or one that is not ours.
    Absent,
    /// One past its time, or whose access token cannot be renewed any more.
    Expired,
    /// One that holds.
    Live(Box<Session>),
}

impl Session {
    /// The person's `sub`.
    pub(super) fn subject(&self) -> &str {
        self.claims.get("sub").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether the session is over.
    pub(super) fn expired(&self, now: Timestamp) -> bool {
        now >= self.expires
    }

    /// Whether the access token has to be renewed.
    pub(super) fn access_token_expired(&self, now: Timestamp) -> bool {
        now >= self.access_expires
    }
}
