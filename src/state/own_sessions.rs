//! The signed-in person's own sessions, kept fresh while the page is in front.

use super::credentials::CredentialStore;
use crate::api;
use crate::browser::{lifecycle, portal, task};
use crate::model::clock::Timestamp;
use crate::model::error::PortalError;
use crate::model::names::SessionId;
use crate::model::session::{RevokeAnswer, Session, SessionState};
use crate::reactive::{RwSignal, Signal, StoredValue};
use crate::state::pulse;

/// Milliseconds between two refreshes.
const REFRESH_MILLIS: u32 = 15_000;

/// Whether a session is only history: its credentials have expired, or IAM denies them.
#[must_use]
pub fn is_over(session: &Session, now: Timestamp) -> bool {
    let denied = session.state == SessionState::Ended && session.denied_at.is_some();
    denied || session.state == SessionState::Expired || session.expires_at <= now
}

/// The sessions, newest first.
#[derive(Clone, Copy, Debug)]
pub struct OwnSessions {
    store: CredentialStore,
    all: RwSignal<Vec<Session>>,
    error: RwSignal<Option<PortalError>>,
    loading: RwSignal<bool>,
    /// The page behind the first one that was not read yet.
    next: RwSignal<Option<String>>,
    /// Counts the requests: an answer that a later one has overtaken is dropped.
    asked: StoredValue<u32>,
}

impl OwnSessions {
    /// Reads the newest page and keeps it fresh until the surrounding component ends. Nothing happens
    /// on the server.
    #[must_use]
    pub fn follow(store: CredentialStore) -> Self {
        let sessions = Self {
            store,
            all: RwSignal::new(Vec::new()),
            error: RwSignal::new(None),
            loading: RwSignal::new(true),
            next: RwSignal::new(None),
            asked: StoredValue::new(0),
        };
        sessions.refresh();
        pulse::every(REFRESH_MILLIS, move || {
            if lifecycle::is_visible() {
                sessions.refresh();
            }
        });
        sessions
    }

    /// The sessions read so far. Tracked when read.
    #[must_use]
    pub fn all(&self) -> Signal<Vec<Session>> {
        self.all.into()
    }

    /// Why the last request failed. Tracked when read.
    #[must_use]
    pub fn error(&self) -> Signal<Option<PortalError>> {
        self.error.into()
    }

    /// Whether nothing was answered yet. Tracked when read.
    #[must_use]
    pub fn is_loading(&self) -> Signal<bool> {
        self.loading.into()
    }

    /// Whether older ones were not read yet. Tracked when read.
    #[must_use]
    pub fn has_more(&self) -> Signal<bool> {
        let next = self.next;
        Signal::derive(move || next.with(Option::is_some))
    }

    /// Reads the newest page again.
    pub fn refresh(&self) {
        self.ask(None);
    }

    /// Reads the next older page.
    pub fn more(&self) {
        if let Some(next) = self.next.get_untracked() {
            self.ask(Some(next));
        }
    }

    /// Ends a session. Where its credentials are in this browser, they are wiped.
    ///
    /// # Errors
    /// What the portal answered.
    pub async fn end(self, id: SessionId) -> Result<(RevokeAnswer, bool), PortalError> {
        let answer = portal::call(api::SessionsRevoke { id: Some(id.clone()), subject: None }).await?;
        let was_here = self.store.ended(&id);
        if self.asked.try_update_value(|_| ()).is_some() {
            self.refresh();
        }
        Ok((answer, was_here))
    }

    fn ask(&self, cursor: Option<String>) {
        let sessions = *self;
        let Some(number) = self.asked.try_update_value(|asked| {
            *asked = asked.wrapping_add(1);
            *asked
        }) else {
            return;
        };
        task::spawn(async move {
            let is_first = cursor.is_none();
            let answer = portal::call(api::SessionsMine { cursor }).await;
            // The page may have been left, or asked again, in the meantime.
            if sessions.asked.try_update_value(|asked| *asked == number) == Some(true) {
                match answer {
                    Ok(page) => sessions.take(page.sessions, page.next, is_first),
                    Err(error) => sessions.error.set(Some(error)),
                }
                sessions.loading.set(false);
            }
        });
    }

    fn take(&self, page: Vec<Session>, next: Option<String>, is_first: bool) {
        for session in &page {
            // Ended elsewhere: what is no good any more need not be kept.
            if matches!(session.state, SessionState::Ending | SessionState::Ended) && self.store.role_of(&session.id).is_some() {
                self.store.ended(&session.id);
            }
        }
        let before = self.all.get_untracked();
        let had_more = before.len() > page.len();
        let joined = join(before, page, is_first);
        if self.all.with_untracked(|all| *all != joined) {
            self.all.set(joined);
        }
        // A refresh of the newest page leaves open where the older ones go on.
        if !is_first || !had_more {
            self.next.set(next);
        }
        self.error.set(None);
    }
}

/// Puts a page among those that are known: a newest one before the older, an older one behind.
fn join(mut before: Vec<Session>, mut page: Vec<Session>, is_first: bool) -> Vec<Session> {
    if !is_first {
        before.extend(page);
        return before;
    }
    let last = page.last().map(|session| session.issued_at);
    before.retain(|session| last.is_some_and(|last| session.issued_at <= last) && !page.iter().any(|fresh| fresh.id == session.id));
    page.extend(before);
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::roster::samples::session;

    fn sample(number: u32) -> Session {
        session(number, "a@example.com", SessionState::Live, i64::from(number), 1_000)
    }

    fn numbers(sessions: &[Session]) -> Vec<i64> {
        sessions.iter().map(|session| session.issued_at.seconds()).collect()
    }

    #[test]
    fn newer_ones_come_in_front_and_older_ones_stay() {
        let known = join(vec![sample(4), sample(3)], vec![sample(2), sample(1)], false);
        assert_eq!(numbers(&known), [4, 3, 2, 1]);
        assert_eq!(numbers(&join(known, vec![sample(5), sample(4)], true)), [5, 4, 3, 2, 1]);
        assert_eq!(numbers(&join(Vec::new(), vec![sample(1)], true)), [1]);
        assert_eq!(numbers(&join(vec![sample(1)], Vec::new(), true)), Vec::<i64>::new());
    }

    #[test]
    fn only_what_cannot_work_is_history() {
        let now = Timestamp::from_seconds(500);
        let mut one = sample(1);
        assert!(!is_over(&one, now) && is_over(&one, Timestamp::from_seconds(1_000)));
        // Ended, but nothing denies it: it still works, so it stays in sight.
        one.state = SessionState::Ended;
        assert!(!is_over(&one, now));
        one.denied_at = Some(now);
        assert!(is_over(&one, now));
    }
}
