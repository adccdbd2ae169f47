//! Making an end hold: denies in the policies of the roles whose credentials are out.
//!
//! Temporary credentials cannot be recalled, but IAM reads the role's policies with every request.
//! With `revocation.iam` each role gets one inline policy of ours, [`policy::NAME`], which denies
//! everything to what was ended, and nothing to anybody else. It is taken away when everything that
//! it denies has expired.
//!
//! | file | noun |
//! | --- | --- |
//! | `policy` | the document, from what the session store says |
//! | `role_policies` | IAM: get, put, delete one inline policy |
//! | `reconciler` | the work in the background that makes IAM hold what the store says |
//!
//! The session store says what is to be denied, and nothing else does: a process that dies between
//! the write there and the one at IAM, and a second portal beside this one, are the same case.

pub mod policy;
pub mod reconciler;
pub mod role_policies;

use super::credentials::deny::{DenyCondition, DenyTarget};
use super::portal::Portal;
use super::sessions::{Denial, StoredSession};

/// Whether a policy can name this session.
#[must_use]
pub(in crate::server) fn names_session(portal: &Portal, stored: &StoredSession) -> bool {
    portal.role(&stored.session.role).is_some() && session_condition(portal, &denial_of(stored)).is_some()
}

/// Whether a policy can name the person behind this session, in the session's role.
#[must_use]
pub(in crate::server) fn names_person(portal: &Portal, stored: &StoredSession) -> bool {
    portal.role(&stored.session.role).is_some() && person_condition(portal, &denial_of(stored)).is_some()
}

/// The condition that one session's credentials meet; `None` where there is none.
fn session_condition(portal: &Portal, denial: &Denial) -> Option<DenyCondition> {
    let assumed_role_id = denial.assumed_role_id.as_deref()?;
    portal.minter(denial.strategy)?.deny_condition(&DenyTarget::Session { assumed_role_id })
}

/// The condition that all credentials of the person meet, in the session's role.
fn person_condition(portal: &Portal, denial: &Denial) -> Option<DenyCondition> {
    let (role_unique_id, _) = denial.assumed_role_id.as_deref()?.split_once(':')?;
    portal.minter(denial.strategy)?.deny_condition(&DenyTarget::Person { subject: &denial.subject, role_unique_id })
}

fn denial_of(stored: &StoredSession) -> Denial {
    let session = &stored.session;
    Denial {
        id: session.id.clone(),
        subject: session.subject.clone(),
        role: session.role.clone(),
        strategy: session.strategy,
        assumed_role_id: stored.assumed_role_id.clone(),
        issued_at: session.issued_at,
        expires_at: session.expires_at,
        ended: false,
        blocked_since: None,
    }
}
