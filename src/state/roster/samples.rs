//! Sessions for tests.

use crate::model::clock::Timestamp;
use crate::model::names::{RoleId, SessionId, Subject};
use crate::model::role::Strategy;
use crate::model::session::{Session, SessionState};

/// A session with this number, minted and expiring at these seconds.
pub(crate) fn session(number: u32, email: &str, state: SessionState, issued: i64, expires: i64) -> Session {
    Session {
        id: SessionId::parse(format!("{number:026}")).unwrap(),
        subject: Subject::parse(format!("subject-{email}")).unwrap(),
        email: Some(email.to_owned()),
        role: RoleId::parse("analyst").unwrap(),
        strategy: Strategy::WebIdentity,
        access_key_id: format!("ASIA{number}"),
        issued_at: Timestamp::from_seconds(issued),
        expires_at: Timestamp::from_seconds(expires),
        state,
        source_ip: Some(format!("10.0.0.{number}")),
        user_agent: None,
        ended_at: None,
        denied_at: None,
    }
}
