//! What is done to sessions: an administrator sees all of them, ends sessions and people, and lifts
//! blocks; everybody ends their own sessions.
//!
//! Who may not is told so in one way, whether what they named exists or not, and stands in the log.

use super::Call;
use super::call::unreadable;
use crate::model::clock::Timestamp;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::names::{SessionId, Subject};
use crate::model::session::{
    EXPIRY_BAR_SECONDS, Enforced, ExpiryBar, LiftAnswer, Overview, Refusals, RevokeAnswer, Session, SessionFilter, SessionPage,
    SessionState,
};
use crate::server::identity::Viewer;
use crate::server::revocation;
use crate::server::sessions::{NewBlock, Refused, StoreError, StoredSession};
use crate::words::say;

/// Longest text that a list is narrowed to: a subject's length.
const USER_LENGTH: usize = 255;
/// Bars that an overview has at most: the longest life of a session, and one at each end.
const BARS: usize = 50;

impl Call {
    /// See [`crate::api::sessions_list`].
    ///
    /// # Errors
    /// As there.
    pub async fn sessions_list(self, filter: SessionFilter, cursor: Option<String>) -> Result<SessionPage, PortalError> {
        let result = self.list(filter, cursor.as_deref()).await;
        self.reported("sessions/list", result)
    }

    /// See [`crate::api::sessions_overview`].
    ///
    /// # Errors
    /// As there.
    pub async fn sessions_overview(self) -> Result<Overview, PortalError> {
        let result = self.overview().await;
        self.reported("sessions/overview", result)
    }

    /// See [`crate::api::sessions_revoke`].
    ///
    /// # Errors
    /// As there.
    pub async fn sessions_revoke(self, id: Option<SessionId>, subject: Option<Subject>) -> Result<RevokeAnswer, PortalError> {
        let result = match (id, subject) {
            (Some(id), None) => self.end_session(&id).await,
            (None, Some(subject)) => self.end_person(subject).await,
            _ => Err(PortalError::said(
                ErrorCode::BadRequest,
                say!("The request does not name exactly one of a session and a person."),
                say!("Send either id or subject."),
            )),
        };
        self.reported("sessions/revoke", result)
    }

    /// See [`crate::api::sessions_lift`].
    ///
    /// # Errors
    /// As there.
    pub async fn sessions_lift(self, subject: Subject) -> Result<LiftAnswer, PortalError> {
        let result = self.lift(subject).await;
        self.reported("sessions/lift", result)
    }

    /// Whether one of the person's groups is an administrators' group.
    pub(super) fn is_admin(&self, viewer: &Viewer) -> bool {
        self.portal.config.idp.admin_groups.iter().any(|group| viewer.groups().contains(group))
    }

    /// The verified person, who is an administrator.
    pub(super) async fn administrator(&self, call: &'static str) -> Result<Viewer, PortalError> {
        let viewer = self.viewer().await?;
        if self.is_admin(&viewer) { Ok(viewer) } else { Err(self.refused(&viewer, call)) }
    }

    /// The one refusal of everybody without the right.
    fn refused(&self, viewer: &Viewer, call: &'static str) -> PortalError {
        tracing::warn!(
            event = "admin_refused",
            reference = %self.reference,
            subject = %viewer.subject(),
            call,
            "somebody asked for what only administrators may"
        );
        PortalError::said(
            ErrorCode::NotEntitled,
            say!("Only an administrator may do this, or the person whose session it is."),
            say!("Ask the people who run the portal to add you to an administrators' group."),
        )
    }

    async fn list(&self, mut filter: SessionFilter, cursor: Option<&str>) -> Result<SessionPage, PortalError> {
        self.administrator("sessions/list").await?;
        filter.user = filter.user.map(|user| user.trim().to_owned()).filter(|user| !user.is_empty());
        if filter.user.as_ref().is_some_and(|user| user.chars().count() > USER_LENGTH) {
            return Err(PortalError::said(
                ErrorCode::BadRequest,
                say!("No subject and no address is as long as the text that was searched for."),
                say!("Search for the beginning of a subject or an address."),
            ));
        }
        self.portal.store.list(&filter, cursor, self.portal.clock.now()).await.map_err(unreadable)
    }

    async fn overview(&self) -> Result<Overview, PortalError> {
        self.administrator("sessions/overview").await?;
        let portal = &*self.portal;
        let now = portal.clock.now();
        let figures = portal.store.figures(now).await.map_err(unreadable)?;
        let blocks = portal.store.blocks().await.map_err(unreadable)?;
        let refusals = portal.refusals.today(portal.store(), now).await.map_err(unreadable)?;
        Ok(Overview {
            live_sessions: figures.sessions,
            people: figures.people,
            ending_within_hour: figures.within_hour,
            refused_today: refusals.iter().map(|refused| refused.mints).sum(),
            refusals: refusals.into_iter().map(|Refused { code, mints, .. }| Refusals { code, mints }).collect(),
            expiries: without_gaps(&figures.expiries, now),
            blocks,
            waiting_for_iam: figures.ending,
            iam: portal.config.revocation.iam,
            server_now: now,
        })
    }

    /// Ends one session. Whether it exists is told only to those who may see it.
    async fn end_session(&self, id: &SessionId) -> Result<RevokeAnswer, PortalError> {
        self.not_while_rendering()?;
        let portal = &*self.portal;
        let viewer = self.viewer().await?;
        let (is_admin, now) = (self.is_admin(&viewer), portal.clock.now());
        let Some(session) = portal.store.find(id, now).await.map_err(unreadable)? else {
            return Err(if is_admin { no_such_session() } else { self.refused(&viewer, "sessions/revoke") });
        };
        if !is_admin && session.session.subject != *viewer.subject() {
            return Err(self.refused(&viewer, "sessions/revoke"));
        }
        let (session, enforced) = self.put_end(&session, viewer.subject()).await?;
        let works = session.expires_at > now;
        Ok(RevokeAnswer {
            state: session.state,
            enforced: if works { enforced } else { Enforced::Expiry },
            until: works.then_some(session.expires_at),
            sessions: u64::from(works),
        })
    }

    /// Ends a session whose credentials came to nothing. Where that cannot be written it is logged, and the session ends when
    /// they expire.
    pub(super) async fn withdraw(&self, id: &SessionId, whose: &Subject) {
        let stored = match self.portal.store.find(id, self.portal.clock.now()).await {
            Ok(Some(stored)) => stored,
            Ok(None) => return,
            Err(error) => {
                let _logged = unreadable(error);
                return;
            }
        };
        // It is in the log already.
        let _written = self.put_end(&stored, whose).await;
    }

    /// Puts an end to a session, in the name of whoever asked for it.
    async fn put_end(&self, stored: &StoredSession, by: &Subject) -> Result<(Session, Enforced), PortalError> {
        let portal = &*self.portal;
        let enforced = self.enforced(revocation::names_session(portal, stored));
        let ended = portal.store.end(&stored.session.id, by, enforced, portal.clock.now()).await.map_err(unwritten)?;
        let session = ended.ok_or_else(no_such_session)?.session;
        portal.denies_are_due.notify_one();
        tracing::info!(
            event = "end",
            reference = %self.reference,
            by = %by,
            subject = %session.subject,
            session_id = %session.id,
            role = %session.role,
            access_key_id = session.access_key_id,
            state = session.state.as_str(),
            enforced = enforced.as_str(),
            expires_at = %session.expires_at,
            "ended a session"
        );
        Ok((session, enforced))
    }

    /// Blocks a person. Minting first: nothing that is done afterwards may be undone by a new mint.
    async fn end_person(&self, subject: Subject) -> Result<RevokeAnswer, PortalError> {
        self.not_while_rendering()?;
        let portal = &*self.portal;
        let admin = self.administrator("sessions/revoke").await?;
        let now = portal.clock.now();
        let block = NewBlock { subject, by: admin.subject().clone(), by_email: admin.email().map(str::to_owned), since: now };
        let block = portal.store.block(block).await.map_err(unwritten)?;
        portal.denies_are_due.notify_one();
        // The block stands, whatever the store says now.
        let out = portal.store.unexpired_of(&block.subject, now).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a person was blocked, and their sessions could not be read");
            Vec::new()
        });
        let enforced = self.enforced(out.iter().all(|session| revocation::names_person(portal, session)));
        tracing::info!(
            event = "block",
            reference = %self.reference,
            by = %admin.subject(),
            subject = %block.subject,
            since = %block.since,
            sessions = out.len(),
            enforced = enforced.as_str(),
            "blocked a person"
        );
        Ok(RevokeAnswer {
            state: SessionState::Blocked,
            enforced,
            until: out.iter().map(|StoredSession { session, .. }| session.expires_at).max(),
            sessions: u64::try_from(out.len()).unwrap_or(u64::MAX),
        })
    }

    async fn lift(&self, subject: Subject) -> Result<LiftAnswer, PortalError> {
        self.not_while_rendering()?;
        let portal = &*self.portal;
        let admin = self.administrator("sessions/lift").await?;
        let lifted = portal.store.lift(&subject).await.map_err(unwritten)?.is_some();
        portal.denies_are_due.notify_one();
        tracing::info!(
            event = "lift",
            reference = %self.reference,
            by = %admin.subject(),
            subject = %subject,
            lifted,
            "lifted a block"
        );
        Ok(LiftAnswer { subject, lifted })
    }

    /// What makes an end hold, where a policy can name what is to end or cannot.
    fn enforced(&self, can_be_named: bool) -> Enforced {
        if self.portal.config.revocation.iam && can_be_named { Enforced::Iam } else { Enforced::Expiry }
    }
}

fn no_such_session() -> PortalError {
    PortalError::said(ErrorCode::BadRequest, say!("There is no session of this id."), say!("Read the list of sessions again."))
}

fn unwritten(error: StoreError) -> PortalError {
    tracing::error!(%error, "an end, a block or a lift could not be written");
    PortalError::said(
        ErrorCode::MintUnavailable,
        say!("The session store did not confirm the change, so it may or may not have been made."),
        say!("Send it again: doing it twice does no harm. If it stays, the people who run the portal check the session store."),
    )
    .with_retry_after(5)
}

/// The bars from now to the last one, those with nothing in them too.
fn without_gaps(bars: &[ExpiryBar], now: Timestamp) -> Vec<ExpiryBar> {
    let Some(last) = bars.last() else { return Vec::new() };
    let first = Timestamp::from_seconds(now.seconds().div_euclid(EXPIRY_BAR_SECONDS) * EXPIRY_BAR_SECONDS);
    (0..)
        .map(|number| first.plus_seconds(number * EXPIRY_BAR_SECONDS))
        .take_while(|from| *from <= last.from)
        .take(BARS)
        .map(|from| ExpiryBar { from, sessions: bars.iter().filter(|bar| bar.from == from).map(|bar| bar.sessions).sum() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_no_gaps() {
        let bar = |number: i64, sessions| ExpiryBar { from: Timestamp::from_seconds(number * EXPIRY_BAR_SECONDS), sessions };
        let now = Timestamp::from_seconds(1_000 * EXPIRY_BAR_SECONDS + 17);
        let told = without_gaps(&[bar(1_001, 2), bar(1_003, 1)], now);
        assert_eq!(told, [bar(1_000, 0), bar(1_001, 2), bar(1_002, 0), bar(1_003, 1)]);
        assert_eq!(without_gaps(&[], now), []);
        assert_eq!(without_gaps(&[bar(9_999, 1)], now).len(), BARS, "a date that no session can have");
    }
}
