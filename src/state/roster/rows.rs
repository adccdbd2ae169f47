//! The sessions that were read so far, and the order in which they are shown.

use crate::model::names::SessionId;
use crate::model::session::{Session, SessionState};
use std::cmp::Ordering;

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// The person's address, or subject where there is none.
    Who,
    /// The role's id.
    Role,
    /// How it was minted.
    Strategy,
    /// When it was minted.
    Since,
    /// When it expires.
    Until,
    /// Where it stands: what works comes before what does not.
    State,
}

/// Column and direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub by: SortBy,
    /// Whether the largest stands first.
    pub descending: bool,
}

impl Default for Sort {
    /// The server's order: newest first.
    fn default() -> Self {
        Self { by: SortBy::Since, descending: true }
    }
}

/// Whose session it is, as it is shown.
#[must_use]
pub fn who(session: &Session) -> &str {
    session.email.as_deref().unwrap_or(session.subject.as_str())
}

/// Whether ending it still does something.
#[must_use]
pub const fn can_end(state: SessionState) -> bool {
    matches!(state, SessionState::Live | SessionState::Blocked)
}

/// Sessions in the order in which they are shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    sessions: Vec<Session>,
    sort: Sort,
}

impl Rows {
    /// None yet.
    pub(super) fn sorted_by(sort: Sort) -> Self {
        Self { sessions: Vec::new(), sort }
    }

    pub(super) fn all(&self) -> &[Session] {
        &self.sessions
    }

    pub(super) fn get(&self, index: usize) -> Option<&Session> {
        self.sessions.get(index)
    }

    pub(super) fn place_of(&self, id: &SessionId) -> Option<usize> {
        self.sessions.iter().position(|session| session.id == *id)
    }

    /// Adds a page. The server's cursor names the last session of the page before, so none comes twice.
    pub(super) fn push(&mut self, page: Vec<Session>) {
        self.sessions.extend(page);
        self.order();
    }

    pub(super) fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.order();
    }

    /// Changes one session.
    pub(super) fn change(&mut self, id: &SessionId, change: impl FnOnce(&mut Session)) {
        if let Some(session) = self.sessions.iter_mut().find(|session| session.id == *id) {
            change(session);
        }
    }

    fn order(&mut self) {
        let Sort { by, descending } = self.sort;
        // Stable, with the newest first among equals and the id last, so that a refresh moves nothing.
        self.sessions.sort_by(|one, other| {
            let order = compare(by, one, other);
            let order = if descending { order.reverse() } else { order };
            order.then_with(|| other.issued_at.cmp(&one.issued_at)).then_with(|| one.id.cmp(&other.id))
        });
    }
}

fn compare(by: SortBy, one: &Session, other: &Session) -> Ordering {
    match by {
        SortBy::Who => folded(who(one)).cmp(folded(who(other))),
        SortBy::Role => one.role.cmp(&other.role),
        SortBy::Strategy => one.strategy.as_str().cmp(other.strategy.as_str()),
        SortBy::Since => one.issued_at.cmp(&other.issued_at),
        SortBy::Until => one.expires_at.cmp(&other.expires_at),
        SortBy::State => rank(one.state).cmp(&rank(other.state)),
    }
}

/// `A` to `Z` count as `a` to `z`, as they do in the server's filter.
fn folded(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().map(|byte| byte.to_ascii_lowercase())
}

const fn rank(state: SessionState) -> u8 {
    match state {
        SessionState::Live => 0,
        SessionState::Blocked => 1,
        SessionState::Ending => 2,
        SessionState::Ended => 3,
        SessionState::Expired => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::session;
    use super::*;
    use proptest::prelude::*;

    fn ids(rows: &Rows) -> Vec<u32> {
        rows.all().iter().map(|session| session.id.as_str().parse::<u128>().unwrap() as u32).collect()
    }

    fn rows(sort: Sort) -> Rows {
        let mut rows = Rows::sorted_by(sort);
        rows.push(vec![
            session(3, "Bo@example.com", SessionState::Ended, 300, 900),
            session(2, "ada@example.com", SessionState::Live, 200, 2_000),
            session(1, "bo@example.com", SessionState::Live, 100, 1_000),
        ]);
        rows
    }

    #[test]
    fn each_column_sorts_both_ways() {
        for (by, upwards) in [
            (SortBy::Who, [2, 3, 1]),
            (SortBy::Role, [3, 2, 1]),
            (SortBy::Strategy, [3, 2, 1]),
            (SortBy::Since, [1, 2, 3]),
            (SortBy::Until, [3, 1, 2]),
            (SortBy::State, [2, 1, 3]),
        ] {
            assert_eq!(ids(&rows(Sort { by, descending: false })), upwards, "{by:?}");
        }
        assert_eq!(ids(&rows(Sort { by: SortBy::Until, descending: true })), [2, 1, 3]);
        // Equals stay newest first, whichever way the column runs.
        assert_eq!(ids(&rows(Sort { by: SortBy::Role, descending: true })), [3, 2, 1]);
        assert_eq!(ids(&rows(Sort::default())), [3, 2, 1]);
    }

    #[test]
    fn sorting_anew_keeps_every_row() {
        let mut rows = rows(Sort::default());
        rows.set_sort(Sort { by: SortBy::Who, descending: false });
        assert_eq!(ids(&rows), [2, 3, 1]);
        assert_eq!(rows.place_of(&rows.all()[2].id.clone()), Some(2));
    }

    #[test]
    fn only_what_works_can_be_ended() {
        let can =
            [SessionState::Live, SessionState::Blocked, SessionState::Ending, SessionState::Ended, SessionState::Expired].map(can_end);
        assert_eq!(can, [true, true, false, false, false]);
    }

    proptest! {
        #[test]
        fn pages_in_any_number_give_the_same_order(times in prop::collection::vec(0_i64..50, 0..60), size in 1_usize..20) {
            let all: Vec<_> = times.iter().enumerate().map(|(at, issued)| session(at as u32, "x@example.com", SessionState::Live, *issued, 100 - issued)).collect();
            for by in [SortBy::Since, SortBy::Until, SortBy::Who] {
                let sort = Sort { by, descending: false };
                let (mut whole, mut paged) = (Rows::sorted_by(sort), Rows::sorted_by(sort));
                whole.push(all.clone());
                for page in all.chunks(size) {
                    paged.push(page.to_vec());
                }
                prop_assert_eq!(whole.all(), paged.all());
                prop_assert_eq!(whole.all().len(), all.len());
            }
        }
    }
}
