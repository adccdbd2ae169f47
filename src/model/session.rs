//! Sessions: the record of one minted set of credentials, and how it ends before its time.

use super::clock::Timestamp;
use super::error::ErrorCode;
use super::json::{FromJson, Json, Members, ReadError, words};
use super::names::{RoleId, SessionId, Subject};
use super::role::Strategy;
use serde::{Deserialize, Serialize};

/// Width of one bar of [`Overview::expiries`], in seconds.
pub const EXPIRY_BAR_SECONDS: i64 = 900;

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionState {
    /// The credentials work.
    Live,
    /// An end was asked for; IAM has not taken the deny yet.
    Ending,
    /// Ended before its time. [`Session::denied_at`] says since when IAM has the deny; without it
    /// the credentials work until they expire.
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

    /// Whether a session that stands here can come to stand in `next`.
    ///
    /// What has ended or expired stays so; a block comes and goes, and what was live before it is
    /// live again after it.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Live => !matches!(next, Self::Live),
            Self::Blocked => !matches!(next, Self::Blocked),
            Self::Ending => matches!(next, Self::Ended),
            Self::Ended | Self::Expired => false,
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
    /// When its end was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// When IAM took the deny that names it. What IAM has taken usually works within a few minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denied_at: Option<Timestamp>,
}

/// A page of sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionPage {
    /// Up to 100 sessions, newest first.
    pub sessions: Vec<Session>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// What a list of sessions is narrowed to. What is absent narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFilter {
    /// Beginning of the person's subject or address; `A` to `Z` count as `a` to `z`.
    pub user: Option<String>,
    /// The role.
    pub role: Option<RoleId>,
    /// The state as it is at the time of asking.
    pub state: Option<SessionState>,
}

/// What makes an end hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Enforced {
    /// A deny in the role's policies, which usually works within a few minutes.
    Iam,
    /// Nothing but the expiry: until then the credentials work, wherever they were copied to.
    Expiry,
}

impl Enforced {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Expiry => "expiry",
        }
    }
}

/// The answer of `/api/sessions/revoke`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeAnswer {
    /// Where the session stands now; `blocked` when a person was ended.
    pub state: SessionState,
    /// What makes it hold.
    pub enforced: Enforced,
    /// When the last of the credentials expires, whatever becomes of a deny. `None` when there are
    /// none that could still work.
    pub until: Option<Timestamp>,
    /// How many sessions it ends: those that have not expired yet.
    pub sessions: u64,
}

/// The answer of `/api/sessions/lift`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiftAnswer {
    /// The person, who may mint from now on.
    pub subject: Subject,
    /// Whether there was a block.
    pub lifted: bool,
}

/// The mark that a person may not mint until it is lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Whom.
    pub subject: Subject,
    /// The person's address as their newest session has it, for display.
    pub email: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// By which administrator.
    pub by: Option<Subject>,
    /// The administrator's address then, for display.
    pub by_email: Option<String>,
    /// When IAM had taken the denies for all roles that the person had a session of.
    pub denied_at: Option<Timestamp>,
}

/// Live sessions that expire within one stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiryBar {
    /// Where the stretch begins; it is [`EXPIRY_BAR_SECONDS`] long.
    pub from: Timestamp,
    /// How many.
    pub sessions: u64,
}

/// Mints that were refused with one code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    /// The code of the answer.
    pub code: ErrorCode,
    /// How many.
    pub mints: u64,
}

/// The answer of `/api/sessions/overview`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// Sessions in state `live`.
    pub live_sessions: u64,
    /// People who have one.
    pub people: u64,
    /// Live sessions that expire within the hour.
    pub ending_within_hour: u64,
    /// Mints that were refused since midnight UTC, by all portals on the session store. What another
    /// portal refused in the last seconds may be missing.
    pub refused_today: u64,
    /// The same by the code of the answer, the most frequent first.
    pub refusals: Vec<Refusals>,
    /// When live sessions expire, without gaps, from now to the last one.
    pub expiries: Vec<ExpiryBar>,
    /// Blocks that stand, newest first, at most 1,000.
    pub blocks: Vec<Block>,
    /// Sessions whose end waits for IAM.
    pub waiting_for_iam: u64,
    /// Whether denies are written to IAM.
    pub iam: bool,
    /// The server's time when it answered.
    pub server_now: Timestamp,
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
            ended_at: members.take("ended_at")?,
            denied_at: members.take("denied_at")?,
        })
    }
}

impl FromJson for SessionPage {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self { sessions: members.take("sessions")?, next: members.take("next")? })
    }
}

words!(Enforced: Iam | Expiry);

impl FromJson for RevokeAnswer {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            state: members.take("state")?,
            enforced: members.take("enforced")?,
            until: members.take("until")?,
            sessions: members.take("sessions")?,
        })
    }
}

impl FromJson for LiftAnswer {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self { subject: members.take("subject")?, lifted: members.take("lifted")? })
    }
}

impl FromJson for Block {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            subject: members.take("subject")?,
            email: members.take("email")?,
            since: members.take("since")?,
            by: members.take("by")?,
            by_email: members.take("by_email")?,
            denied_at: members.take("denied_at")?,
        })
    }
}

impl FromJson for ExpiryBar {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self { from: members.take("from")?, sessions: members.take("sessions")? })
    }
}

impl FromJson for Refusals {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self { code: members.take("code")?, mints: members.take("mints")? })
    }
}

impl FromJson for Overview {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            live_sessions: members.take("live_sessions")?,
            people: members.take("people")?,
            ending_within_hour: members.take("ending_within_hour")?,
            refused_today: members.take("refused_today")?,
            refusals: members.take("refusals")?,
            expiries: members.take("expiries")?,
            blocks: members.take("blocks")?,
            waiting_for_iam: members.take("waiting_for_iam")?,
            iam: members.take("iam")?,
            server_now: members.take("server_now")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [SessionState; 5] =
        [SessionState::Live, SessionState::Ending, SessionState::Ended, SessionState::Expired, SessionState::Blocked];

    #[test]
    fn as_str_is_what_serde_writes() {
        for state in ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        for enforced in [Enforced::Iam, Enforced::Expiry] {
            assert_eq!(serde_json::to_value(enforced).unwrap(), enforced.as_str());
        }
    }

    #[test]
    fn what_is_over_stays_over() {
        for next in ALL {
            assert!(!SessionState::Ended.may_become(next) && !SessionState::Expired.may_become(next));
            assert_eq!(SessionState::Ending.may_become(next), next == SessionState::Ended);
            assert!(!next.may_become(next));
        }
        assert!(SessionState::Live.may_become(SessionState::Blocked) && SessionState::Blocked.may_become(SessionState::Live));
    }
}
