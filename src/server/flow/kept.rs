//! The latest mints, as they happened: in memory only, a few hundred of them, gone with the process. Of keys and tokens
//! there are lengths and fingerprints, and of the secret access key nothing at all.

use crate::model::clock::Timestamp;
use crate::model::names::{RoleId, SessionId, Subject};
use crate::model::role::Strategy;
use crate::server::config::SessionPolicy;
use crate::server::credentials::calls::AwsCall;
use crate::server::credentials::refusal::Refusal;
use crate::server::credentials::{Grant, Minted};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Mints that are kept. One has a few kilobytes.
const KEPT: usize = 512;
/// Of one person, so that nobody who asks again and again has those of all others forgotten.
const KEPT_OF_ONE: usize = 16;

/// One mint, or the attempt at one.
#[derive(Clone, Debug)]
pub struct KeptMint {
    /// Whose.
    pub subject: Subject,
    /// Of which role.
    pub role: RoleId,
    /// How.
    pub strategy: Strategy,
    /// How it went.
    pub course: Course,
    /// What came of it.
    pub outcome: Result<KeptAnswer, Refusal>,
}

/// How a mint goes, written down on the way.
#[derive(Clone, Debug)]
pub struct Course {
    /// When it was asked for.
    pub at: Timestamp,
    /// The portal's id of it, once there was one.
    pub session: Option<SessionId>,
    /// What was asked for; `None` where it did not come so far.
    pub grant: Option<KeptGrant>,
    /// What AWS was asked.
    pub calls: Vec<AwsCall>,
    /// All of AWS's time.
    pub waited: Option<Duration>,
    /// From AWS's answer until the mint stood in the record of sessions.
    pub recorded: Option<Duration>,
}

impl Course {
    /// One that begins now.
    #[must_use]
    pub const fn beginning(at: Timestamp) -> Self {
        Self { at, session: None, grant: None, calls: Vec::new(), waited: None, recorded: None }
    }
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct KeptGrant {
    /// Life in seconds.
    pub duration_seconds: u32,
    /// The inline session policy.
    pub session_policy: Option<String>,
    /// What the configuration says of it.
    pub kind: SessionPolicy,
}

/// What AWS answered.
#[derive(Clone, Debug)]
pub struct KeptAnswer {
    /// Not a secret.
    pub access_key_id: String,
    /// Length and fingerprint.
    pub session_token: String,
    /// When they stop working.
    pub expiration: Timestamp,
    /// STS's name of the session.
    pub assumed_role_id: Option<String>,
    /// STS's request id.
    pub request_id: Option<String>,
    /// How full the packed policy's space is.
    pub packed_policy_percent: Option<u32>,
}

impl From<&Grant> for KeptGrant {
    fn from(grant: &Grant) -> Self {
        Self {
            duration_seconds: grant.duration_seconds,
            session_policy: grant.session_policy.clone(),
            kind: grant.role.session_policy.clone(),
        }
    }
}

impl From<&Minted> for KeptAnswer {
    fn from(minted: &Minted) -> Self {
        Self {
            access_key_id: minted.credentials.access_key_id.clone(),
            session_token: minted.credentials.session_token.print(),
            expiration: minted.credentials.expiration,
            assumed_role_id: minted.assumed_role_id.clone(),
            request_id: minted.request_id.clone(),
            packed_policy_percent: minted.packed_policy_percent,
        }
    }
}

/// The latest mints of everybody.
#[derive(Debug, Default)]
pub struct KeptMints(Mutex<VecDeque<Arc<KeptMint>>>);

impl KeptMints {
    /// Keeps one, and lets the oldest go: the person's own where they have their share.
    pub fn keep(&self, mint: KeptMint) {
        let mut mints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut own = mints.iter().enumerate().filter(|(_, kept)| kept.subject == mint.subject).map(|(at, _)| at);
        let (oldest, more) = (own.next(), own.count());
        match oldest {
            Some(oldest) if more + 1 >= KEPT_OF_ONE => drop(mints.remove(oldest)),
            _ if mints.len() >= KEPT => drop(mints.pop_front()),
            _ => {}
        }
        mints.push_back(Arc::new(mint));
    }

    /// This person's latest of this role: of this session, or without one the latest, whatever came of it. Nobody is
    /// told of another's.
    #[must_use]
    pub fn find(&self, subject: &Subject, role: &RoleId, session: Option<&SessionId>) -> Option<Arc<KeptMint>> {
        let mints = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = |mint: &&Arc<KeptMint>| {
            mint.subject == *subject && mint.role == *role && (session.is_none() || mint.course.session.as_ref() == session)
        };
        mints.iter().rev().find(asked).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::error::{ErrorCode, PortalError};

    fn mint(subject: &str, session: Option<&str>) -> KeptMint {
        KeptMint {
            subject: Subject::parse(subject).unwrap(),
            role: RoleId::parse("analyst").unwrap(),
            strategy: Strategy::WebIdentity,
            course: Course {
                session: session.map(|session| SessionId::parse(session).unwrap()),
                ..Course::beginning(Timestamp::from_seconds(0))
            },
            outcome: Err(PortalError::new(ErrorCode::Blocked, "m", "n").into()),
        }
    }

    #[test]
    fn everybody_finds_their_own_and_the_oldest_go() {
        let mints = KeptMints::default();
        let (ana, bo) = (Subject::parse("ana").unwrap(), Subject::parse("bo").unwrap());
        let (role, other) = (RoleId::parse("analyst").unwrap(), RoleId::parse("other").unwrap());
        let id = |letter: &str| letter.repeat(26);
        mints.keep(mint("ana", Some(&id("a"))));
        mints.keep(mint("ana", None));
        mints.keep(mint("bo", Some(&id("b"))));
        let session = SessionId::parse(id("a")).unwrap();
        assert!(mints.find(&ana, &role, None).unwrap().course.session.is_none(), "the latest");
        assert_eq!(mints.find(&ana, &role, Some(&session)).unwrap().course.session, Some(session.clone()));
        assert!(mints.find(&bo, &role, Some(&session)).is_none(), "another's");
        assert!(mints.find(&ana, &other, None).is_none());
        for _ in 0..2 * KEPT {
            mints.keep(mint("cy", None));
        }
        assert!(mints.find(&ana, &role, None).is_some(), "one who asks again and again has their own forgotten");
        assert_eq!(mints.0.lock().unwrap().len(), 3 + KEPT_OF_ONE);
        for person in 0..KEPT {
            mints.keep(mint(&format!("person-{person}"), None));
        }
        assert!(mints.find(&ana, &role, None).is_none());
        assert_eq!(mints.0.lock().unwrap().len(), KEPT);
    }
}
