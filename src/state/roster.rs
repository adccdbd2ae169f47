//! Everybody's sessions, as an administrator sees them: all that a filter shows, streaming in page
//! by page, and read again while the page is in front.
//!
//! The rows stand outside of the reactive graph; signals say only how many there are and that they
//! changed. A refresh is collected apart and put in the rows' place once it is whole, so that nothing
//! flickers and a failed one costs nothing.

mod csv;
mod rows;
#[cfg(test)]
pub(crate) mod samples;

pub use csv::csv;
pub use rows::{Sort, SortBy, can_end, who};

use crate::api;
use crate::browser::{clock, lifecycle, portal, task};
use crate::model::clock::Timestamp;
use crate::model::error::PortalError;
use crate::model::names::SessionId;
use crate::model::session::{Overview, Session, SessionFilter, SessionPage};
use crate::reactive::{RwSignal, Signal, StoredValue};
use crate::state::pulse;
use futures::future::{AbortHandle, abortable};
use leptos::prelude::on_cleanup;
use rows::Rows;
use std::future::Future;

/// Milliseconds between two refreshes, at least.
const REFRESH_MILLIS: u32 = 15_000;

/// A refresh comes at the earliest after this many times what the one before took: reading the
/// sessions of a large organisation takes the portal no more than a tenth of its time.
const REST: i64 = 10;

/// Where reading the sessions stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RosterStatus {
    /// The first page is under way: no row yet.
    Loading,
    /// Rows are there and more are coming: say "so far".
    Partial,
    /// Everything is there.
    Complete,
    /// The person stopped it.
    Stopped,
    /// A page failed; rows before it stay.
    Failed(PortalError),
}

/// The sessions, one roster a page.
#[derive(Clone, Copy, Debug)]
pub struct Roster {
    status: RwSignal<RosterStatus>,
    count: RwSignal<usize>,
    revision: RwSignal<u32>,
    sort: RwSignal<Sort>,
    filter: RwSignal<SessionFilter>,
    overview: RwSignal<Option<Result<Overview, PortalError>>>,
    /// Why the last refresh failed, while the rows of the one before are shown.
    stale: RwSignal<Option<PortalError>>,
    /// Server's clock minus this device's, in milliseconds.
    offset: RwSignal<i64>,
    rows: StoredValue<Rows>,
    progress: StoredValue<Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    /// The page that comes next.
    cursor: Option<String>,
    reading: Option<AbortHandle>,
    looking: Option<AbortHandle>,
    /// No refresh before this.
    rests_until: Option<Timestamp>,
}

impl Roster {
    /// Reads everything and keeps it fresh until the surrounding component ends. Nothing happens on
    /// the server.
    #[must_use]
    pub fn follow() -> Self {
        let roster = Self {
            status: RwSignal::new(RosterStatus::Loading),
            count: RwSignal::new(0),
            revision: RwSignal::new(0),
            sort: RwSignal::new(Sort::default()),
            filter: RwSignal::new(SessionFilter::default()),
            overview: RwSignal::new(None),
            stale: RwSignal::new(None),
            offset: RwSignal::new(0),
            rows: StoredValue::new(Rows::default()),
            progress: StoredValue::new(Progress::default()),
        };
        roster.begin();
        pulse::every(REFRESH_MILLIS, move || {
            if lifecycle::is_visible() {
                roster.refresh(false);
            }
        });
        on_cleanup(move || roster.halt());
        roster
    }

    /// Where reading stands. Tracked when read.
    #[must_use]
    pub fn status(&self) -> Signal<RosterStatus> {
        self.status.into()
    }

    /// How many rows there are (so far). Tracked when read.
    #[must_use]
    pub fn count(&self) -> Signal<usize> {
        self.count.into()
    }

    /// Changes whenever rows were added, changed or sorted anew. Tracked when read.
    #[must_use]
    pub fn revision(&self) -> Signal<u32> {
        self.revision.into()
    }

    /// Totals, expiries and blocks. Tracked when read.
    #[must_use]
    pub fn overview(&self) -> Signal<Option<Result<Overview, PortalError>>> {
        self.overview.into()
    }

    /// Why the last refresh failed. Tracked when read.
    #[must_use]
    pub fn stale(&self) -> Signal<Option<PortalError>> {
        self.stale.into()
    }

    /// The current order. Tracked when read.
    #[must_use]
    pub fn sort(&self) -> Signal<Sort> {
        self.sort.into()
    }

    /// What the rows are narrowed to. Tracked when read.
    #[must_use]
    pub fn filter(&self) -> Signal<SessionFilter> {
        self.filter.into()
    }

    /// The time by the server's clock, as far as it is known. Not tracked.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        clock::now().plus_millis(self.offset.get_untracked())
    }

    /// The session at `index`. Not tracked: read [`Roster::revision`] too.
    #[must_use]
    pub fn row(&self, index: usize) -> Option<Session> {
        self.rows.with_value(|rows| rows.get(index).cloned())
    }

    /// Where a session stands in the current order. Not tracked.
    #[must_use]
    pub fn place_of(&self, id: &SessionId) -> Option<usize> {
        self.rows.with_value(|rows| rows.place_of(id))
    }

    /// What `read` makes of all sessions. Not tracked.
    pub fn with_all<T>(&self, read: impl FnOnce(&[Session]) -> T) -> T {
        self.rows.with_value(|rows| read(rows.all()))
    }

    /// Sorts what is there and everything that comes.
    pub fn set_sort(&self, sort: Sort) {
        self.sort.set(sort);
        self.rows.update_value(|rows| rows.set_sort(sort));
        self.publish();
    }

    /// Narrows the rows, which are read anew.
    pub fn set_filter(&self, filter: SessionFilter) {
        if self.filter.with_untracked(|before| *before != filter) {
            self.filter.set(filter);
            self.begin();
        }
    }

    /// Stops asking for pages; the rows stay.
    pub fn stop(&self) {
        if self.status.with_untracked(|status| matches!(status, RosterStatus::Loading | RosterStatus::Partial)) {
            self.progress.update_value(|progress| progress.reading.take().into_iter().for_each(|reading| reading.abort()));
            self.status.set(RosterStatus::Stopped);
        }
    }

    /// Goes on with the page that failed or was not asked for.
    pub fn resume(&self) {
        let settled = self.status.with_untracked(|status| matches!(status, RosterStatus::Stopped | RosterStatus::Failed(_)));
        if settled {
            self.read();
            self.look();
        }
    }

    /// Reads everything again behind the rows that are shown. Unless `urgent`, only when it is time.
    pub fn refresh(&self, urgent: bool) {
        let rests = self.progress.with_value(|progress| progress.rests_until.is_some_and(|until| clock::now() < until));
        let complete = self.status.with_untracked(|status| *status == RosterStatus::Complete);
        self.look();
        if complete && (urgent || !rests) {
            self.reread();
        }
    }

    /// Shows what is known of one session before the next refresh tells it.
    pub fn change(&self, id: &SessionId, change: impl FnOnce(&mut Session)) {
        if self.rows.try_update_value(|rows| rows.change(id, change)).is_some() {
            self.publish();
        }
    }

    fn begin(&self) {
        self.halt();
        let sort = self.sort.get_untracked();
        self.rows.set_value(Rows::sorted_by(sort));
        self.progress.set_value(Progress::default());
        self.stale.set(None);
        self.publish();
        self.read();
        self.look();
    }

    /// Reads on from where reading stands, each page shown as it comes.
    fn read(&self) {
        let roster = *self;
        let (filter, mut cursor) = (self.filter.get_untracked(), self.progress.with_value(|progress| progress.cursor.clone()));
        self.status.set(if cursor.is_none() { RosterStatus::Loading } else { RosterStatus::Partial });
        let reading = self.start(async move {
            let begun = clock::now();
            loop {
                let page = match page(&filter, cursor.take()).await {
                    Ok(page) => page,
                    Err(error) => return roster.status.set(RosterStatus::Failed(error)),
                };
                cursor.clone_from(&page.next);
                roster.progress.update_value(|progress| progress.cursor = page.next);
                roster.rows.update_value(|rows| rows.push(page.sessions));
                roster.publish();
                if cursor.is_none() {
                    break;
                }
                roster.status.set(RosterStatus::Partial);
            }
            roster.rest(begun);
            roster.status.set(RosterStatus::Complete);
        });
        self.progress.update_value(|progress| progress.reading = Some(reading));
    }

    /// Reads everything apart.
    fn reread(&self) {
        let (roster, filter) = (*self, self.filter.get_untracked());
        self.progress.update_value(|progress| progress.reading.take().into_iter().for_each(|reading| reading.abort()));
        let reading = self.start(async move {
            let begun = clock::now();
            let (mut cursor, mut sessions) = (None, Vec::new());
            loop {
                match page(&filter, cursor.take()).await {
                    Ok(page) => {
                        sessions.extend(page.sessions);
                        cursor = page.next;
                    }
                    Err(error) => return roster.stale.set(Some(error)),
                }
                if cursor.is_none() {
                    break;
                }
            }
            let mut fresh = Rows::sorted_by(roster.sort.get_untracked());
            fresh.push(sessions);
            let same = roster.rows.with_value(|rows| rows.all() == fresh.all());
            if !same {
                roster.rows.set_value(fresh);
                roster.publish();
            }
            roster.stale.set(None);
            roster.rest(begun);
        });
        self.progress.update_value(|progress| progress.reading = Some(reading));
    }

    /// Asks for the totals.
    fn look(&self) {
        let roster = *self;
        self.progress.update_value(|progress| progress.looking.take().into_iter().for_each(|looking| looking.abort()));
        let looking = self.start(async move {
            let answer = portal::call(api::SessionsOverview {}).await;
            if let Ok(overview) = &answer {
                // The server names whole seconds, cut off.
                roster.offset.set(overview.server_now.plus_millis(500).millis_since(clock::now()));
            }
            // Figures that were there once are better than none: the refresh of the rows tells the failure.
            let had_some = roster.overview.with_untracked(|held| matches!(held, Some(Ok(_))));
            if answer.is_ok() || !had_some {
                roster.overview.set(Some(answer));
            }
        });
        self.progress.update_value(|progress| progress.looking = Some(looking));
    }

    fn start(&self, work: impl Future<Output = ()> + 'static) -> AbortHandle {
        let (work, handle) = abortable(work);
        task::spawn(async move {
            // Aborted: whoever did that says so.
            let _ = work.await;
        });
        handle
    }

    fn rest(&self, begun: Timestamp) {
        let now = clock::now();
        let took = now.millis_since(begun);
        self.progress.update_value(|progress| progress.rests_until = Some(now.plus_millis(took.saturating_mul(REST))));
    }

    fn publish(&self) {
        self.count.set(self.rows.with_value(|rows| rows.all().len()));
        self.revision.update(|revision| *revision = revision.wrapping_add(1));
    }

    fn halt(&self) {
        self.progress.update_value(|progress| {
            [progress.reading.take(), progress.looking.take()].into_iter().flatten().for_each(|handle| handle.abort());
        });
    }
}

async fn page(filter: &SessionFilter, cursor: Option<String>) -> Result<SessionPage, PortalError> {
    let SessionFilter { user, role, state } = filter.clone();
    portal::call(api::SessionsList { user, role, state, cursor }).await
}
