//! Making an end hold: whether a policy can name the credentials that are out.

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
