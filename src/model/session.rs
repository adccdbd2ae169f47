//! Sessions: the record of one minted set of credentials.

use super::clock::Timestamp;
use super::json::{FromJson, Json, Members, ReadError, words};
use super::names::{RoleId, SessionId, Subject};
use super::role::Strategy;
use serde::{Deserialize, Serialize};

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionState {
    /// The credentials work.
    Live,
    /// An end was asked for and is spreading.
    Ending,
    /// Ended before its time.
    Ended,
    /// Past its expiry.
    Expired,
    /// The person is blocked.
    Blocked,
}

impl SessionState {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Ending => "ending",
            Self::Ended => "ended",
            Self::Expired => "expired",
            Self::Blocked => "blocked",
        }
    }
}

words!(SessionState: Live | Ending | Ended | Expired | Blocked);

/// A session as the API tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Id.
    pub id: SessionId,
    /// Whose.
    pub subject: Subject,
    /// The person's address when it was minted, for display.
    pub email: Option<String>,
    /// Which role.
    pub role: RoleId,
    /// How it was minted.
    pub strategy: Strategy,
    /// Access key id of the credentials.
    pub access_key_id: String,
    /// When they were minted.
    pub issued_at: Timestamp,
    /// When they stop working.
    pub expires_at: Timestamp,
    /// Where it stands now.
    pub state: SessionState,
    /// The browser's address as the balancer saw it, for display and audit only.
    pub source_ip: Option<String>,
    /// The browser's `User-Agent`, for display and audit only.
    pub user_agent: Option<String>,
}

/// A page of sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionPage {
    /// Up to 100 sessions, newest first.
    pub sessions: Vec<Session>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

impl FromJson for Session {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            id: members.take("id")?,
            subject: members.take("subject")?,
            email: members.take("email")?,
            role: members.take("role")?,
            strategy: members.take("strategy")?,
            access_key_id: members.take("access_key_id")?,
            issued_at: members.take("issued_at")?,
            expires_at: members.take("expires_at")?,
            state: members.take("state")?,
            source_ip: members.take("source_ip")?,
            user_agent: members.take("user_agent")?,
        })
    }
}

impl FromJson for SessionPage {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self { sessions: members.take("sessions")?, next: members.take("next")? })
    }
}
