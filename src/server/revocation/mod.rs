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
//! the write there and the one at IAM, and a second portal beside this one, are the same case. A record
//! says by itself in which role's policy it is named, and how: a role that has left the configuration, or
//! that has another ARN by now, keeps its denies until what they deny has expired.

pub mod policy;
pub mod reconciler;
pub mod role_policies;

use super::credentials::deny::Reach;
use super::portal::Portal;
use super::sessions::{Denial, StoredSession};

/// Whether a policy can name this session.
#[must_use]
pub(in crate::server) fn names_session(portal: &Portal, stored: &StoredSession) -> bool {
    reach(portal, &denial_of(stored)).is_some_and(|reach| reach.session.is_some())
}

/// Whether a policy can name the person behind this session, in the session's role.
#[must_use]
pub(in crate::server) fn names_person(portal: &Portal, stored: &StoredSession) -> bool {
    reach(portal, &denial_of(stored)).is_some_and(|reach| reach.person.is_some())
}

/// What a policy can do about a session: as its record says, or, where an earlier release wrote the
/// record, as the configuration says now.
fn reach(portal: &Portal, denial: &Denial) -> Option<Reach> {
    denial.reach.clone().or_else(|| {
        let (role, minter) = (portal.role(&denial.role)?, portal.minter(denial.strategy)?);
        Some(Reach::of(&**minter, &role.arn, &denial.subject, denial.assumed_role_id.as_deref()))
    })
}

fn denial_of(stored: &StoredSession) -> Denial {
    let session = &stored.session;
    Denial {
        id: session.id.clone(),
        subject: session.subject.clone(),
        role: session.role.clone(),
        strategy: session.strategy,
        assumed_role_id: stored.assumed_role_id.clone(),
        reach: stored.reach.clone(),
        issued_at: session.issued_at,
        expires_at: session.expires_at,
        ended: false,
        blocked_since: None,
    }
}
