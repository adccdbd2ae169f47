//! The folders and objects under a prefix, all of them, streaming in.
//!
//! One GET a page, signed in the query and without headers of ours, so that no page costs a
//! preflight. The rows are plain columns outside of the reactive graph; signals say only how many
//! there are and that they changed.

mod columns;
mod find;
mod lanes;
mod pager;
pub mod pattern;

use super::credentials::CredentialStore;
use super::exchange::{self, Surroundings};
use super::failure::Failure;
use crate::aws::s3::list::{From as PageStart, ListRequest};
use crate::aws::s3::page;
use crate::browser::{clock, task, timer};
use crate::model::clock::Timestamp;
use crate::model::location::Location;
use crate::model::names::RoleId;
use crate::model::object::ListPage;
use crate::reactive::{RwSignal, Signal, StoredValue, effect};
use crate::words::t;
use columns::{Columns, ForeignKey};
use futures::FutureExt;
use futures::future::{AbortHandle, abortable};
use leptos::prelude::on_cleanup;
use pager::{Asked, Pages};
use std::any::Any;
use std::sync::Arc;

/// What to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingTarget {
    /// With which role's credentials.
    pub role: RoleId,
    /// Which bucket.
    pub location: Location,
    /// Which folder: the whole prefix, from the bucket's root.
    pub prefix: String,
    /// Whether what is in its subfolders is listed too: objects only, each with its path as its name.
    pub subfolders: bool,
}

/// Where a listing stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListingStatus {
    /// Nothing was asked for.
    Idle,
    /// The first page is under way: no row yet.
    Loading,
    /// Rows are there and more are coming: say "so far".
    Partial,
    /// Everything is there.
    Complete {
        /// Milliseconds from the first request to the last row, without those when it was stopped or had failed.
        milliseconds: u32,
    },
    /// The person stopped it; `retry` goes on.
    Stopped,
    /// A page failed; rows before it stay and `retry` goes on from it.
    Failed(Failure),
}

/// How many rows there are (so far).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Folders.
    pub folders: usize,
    /// Objects.
    pub objects: usize,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The name below the listing's prefix; a folder's ends with `/`. May be empty (the prefix is
    /// itself a key) or consist of slashes.
    pub name: String,
    /// The whole key, or the whole prefix of a folder.
    pub key: String,
    /// Object or folder.
    pub kind: RowKind,
}

/// What a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A common prefix.
    Folder,
    /// An object.
    Object {
        /// Bytes.
        size: u64,
        /// When it was last written.
        modified: Option<Timestamp>,
        /// Storage class as S3 writes it; empty means `STANDARD`.
        class: String,
    },
}

/// What rows are sorted by. Folders stand first, whatever it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// The name, in S3's order: bytes of UTF-8.
    #[default]
    Name,
    /// The size.
    Size,
    /// The time of the last write.
    Modified,
}

/// Column and direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub by: SortBy,
    /// Whether the largest stands first.
    pub descending: bool,
}

/// A listing that follows a target.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    store: CredentialStore,
    status: RwSignal<ListingStatus>,
    counts: RwSignal<Counts>,
    /// With what other lanes have found behind a gap.
    found: RwSignal<Counts>,
    shown: RwSignal<Counts>,
    /// Whether a search has not yet looked at all that is there.
    looking: RwSignal<bool>,
    revision: RwSignal<u32>,
    sort: RwSignal<Sort>,
    columns: StoredValue<Columns>,
    progress: StoredValue<Progress>,
}

/// What is under way, and where to go on.
#[derive(Debug, Default)]
struct Progress {
    target: Option<ListingTarget>,
    /// The page that comes next.
    token: Option<String>,
    /// Where several lanes go on; theirs alone, so that it is loaded with them.
    survey: Option<Arc<dyn Any + Send + Sync>>,
    /// What they have found behind a gap.
    ahead: Counts,
    running: Option<AbortHandle>,
    /// Since when pages are asked for.
    begun: Option<Timestamp>,
    /// Milliseconds of asking before that.
    spent: i64,
}

impl Progress {
    /// Ends a time of asking. Gives the milliseconds of all.
    fn pause(&mut self) -> i64 {
        self.spent += self.begun.take().map_or(0, |begun| clock::now().millis_since(begun));
        self.spent
    }
}

impl Listing {
    /// Lists whatever `target` names, beginning anew when it changes and ending with the
    /// surrounding component. Nothing happens on the server.
    #[must_use]
    pub fn follow(store: CredentialStore, target: Signal<Option<ListingTarget>>) -> Self {
        let listing = Self {
            store,
            status: RwSignal::new(ListingStatus::Idle),
            counts: RwSignal::new(Counts::default()),
            found: RwSignal::new(Counts::default()),
            shown: RwSignal::new(Counts::default()),
            looking: RwSignal::new(false),
            revision: RwSignal::new(0),
            sort: RwSignal::new(Sort::default()),
            columns: StoredValue::new(Columns::default()),
            progress: StoredValue::new(Progress::default()),
        };
        let revivals = store.revivals();
        let mut seen = None;
        effect(move || {
            let (target, revivals) = (target.get(), revivals.get());
            let same = listing.progress.with_value(|progress| progress.target == target);
            let broken_off = listing
                .status
                .with_untracked(|status| matches!(status, ListingStatus::Loading | ListingStatus::Partial | ListingStatus::Failed(_)));
            // Back from the back/forward cache: only what was broken off begins anew.
            if !same || broken_off && seen.is_some_and(|seen: u32| seen != revivals) {
                listing.begin(target);
            }
            seen = Some(revivals);
        });
        on_cleanup(move || listing.halt());
        listing
    }

    /// Where it stands. Tracked when read.
    #[must_use]
    pub fn status(&self) -> Signal<ListingStatus> {
        self.status.into()
    }

    /// How many rows there are (so far). Tracked when read.
    #[must_use]
    pub fn counts(&self) -> Signal<Counts> {
        self.counts.into()
    }

    /// How much was found (so far): the rows, and what comes behind others that are still to be found. Tracked when
    /// read.
    #[must_use]
    pub fn found(&self) -> Signal<Counts> {
        self.found.into()
    }

    /// How many rows are shown (so far): all, or those that a search found. Tracked when read.
    #[must_use]
    pub fn shown(&self) -> Signal<Counts> {
        self.shown.into()
    }

    /// Whether [`Listing::shown`] is final. Tracked when read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let looking = self.looking.get();
        self.status.with(|status| matches!(status, ListingStatus::Complete { .. })) && !looking
    }

    /// Whether a search has not yet looked at all that is there. Tracked when read.
    #[must_use]
    pub fn is_looking(&self) -> bool {
        self.looking.get()
    }

    /// Changes whenever rows were added or sorted anew: rows read before may be elsewhere now.
    #[must_use]
    pub fn revision(&self) -> Signal<u32> {
        self.revision.into()
    }

    /// The row at `index` of those shown, in the current order, folders first. Not tracked: read
    /// [`Listing::revision`] too.
    #[must_use]
    pub fn row(&self, index: usize) -> Option<Row> {
        self.columns.with_value(|columns| columns.row(index))
    }

    /// The current order. Tracked when read.
    #[must_use]
    pub fn sort(&self) -> Signal<Sort> {
        self.sort.into()
    }

    /// Sorts what is there and everything that comes.
    pub fn set_sort(&self, sort: Sort) {
        self.sort.set(sort);
        self.columns.update_value(|columns| columns.set_sort(sort));
        self.publish();
    }

    /// Stops asking for pages; the rows stay.
    pub fn stop(&self) {
        if self.status.with_untracked(|status| matches!(status, ListingStatus::Loading | ListingStatus::Partial)) {
            self.halt();
            self.columns.update_value(Columns::settle);
            self.publish();
            self.status.set(ListingStatus::Stopped);
        }
    }

    /// Goes on with the page that failed or was not asked for.
    pub fn retry(&self) {
        if self.status.with_untracked(|status| matches!(status, ListingStatus::Stopped | ListingStatus::Failed(_))) {
            self.run();
        }
    }

    /// Drops the rows and begins anew.
    pub fn reload(&self) {
        let target = self.progress.with_value(|progress| progress.target.clone());
        self.begin(target);
    }

    fn begin(&self, target: Option<ListingTarget>) {
        self.halt();
        let (sort, prefix) = (self.sort.get_untracked(), target.as_ref().map(|target| target.prefix.clone()).unwrap_or_default());
        self.columns.set_value(Columns::new(prefix, sort));
        let idle = target.is_none();
        self.progress.set_value(Progress { target, ..Progress::default() });
        self.publish();
        if idle {
            self.status.set(ListingStatus::Idle);
        } else {
            self.run();
        }
    }

    fn run(&self) {
        let (target, token) = self.progress.with_value(|progress| (progress.target.clone(), progress.token.clone()));
        let Some(target) = target else { return };
        self.status.set(if token.is_none() { ListingStatus::Loading } else { ListingStatus::Partial });
        let listing = *self;
        let (work, handle) = abortable(async move {
            let _busy = listing.store.busy();
            let result = listing.list(target, token).await;
            // What waited for its turn to be sorted is shown, beside a failure too.
            listing.columns.update_value(Columns::finish);
            listing.publish();
            let spent = listing.progress.try_update_value(Progress::pause).unwrap_or_default();
            listing.status.set(match result {
                Ok(()) => ListingStatus::Complete { milliseconds: u32::try_from(spent).unwrap_or(0) },
                Err(failure) => ListingStatus::Failed(failure),
            });
        });
        self.progress.update_value(|progress| {
            progress.running = Some(handle);
            progress.begun = Some(clock::now());
        });
        task::spawn(async move {
            // Aborted: whoever did that has set the status.
            let _ = work.await;
        });
    }

    /// Page after page, until several lanes can go on.
    async fn list(self, target: ListingTarget, token: Option<String>) -> Result<(), Failure> {
        let mut asked = None;
        if self.progress.with_value(|progress| progress.survey.is_none()) {
            let pages = Remote { store: self.store, target: target.clone() };
            if target.subfolders {
                // Its folder is shown already, and what is below one is seldom a single page.
                task::spawn(lanes::load().map(drop));
            }
            let lanes = async {
                // The first rows are painted before the browser has more of the program to compile.
                timer::painted().await;
                lanes::load().await
            };
            asked = pager::run(&pages, token, lanes.boxed_local(), &mut |page| self.take(page)).await?;
            if asked.is_none() {
                return Ok(());
            }
        }
        match lanes::take_over(self, target, asked).await {
            Ok(work) => work.await,
            Err(_) => Err(Failure::new(t!("The portal did not send the part of its program that goes on."), t!("Try again.")).retryable()),
        }
    }

    fn take(&self, page: &ListPage) -> Result<(), Failure> {
        self.columns.try_update_value(|columns| columns.push(page)).unwrap_or(Ok(()))?;
        self.progress.update_value(|progress| progress.token.clone_from(&page.next));
        self.publish();
        if page.next.is_some() {
            self.status.set(ListingStatus::Partial);
        }
        Ok(())
    }

    fn publish(&self) {
        let (counts, shown) = self.columns.with_value(|columns| (columns.counts(), columns.shown()));
        let ahead = self.progress.with_value(|progress| progress.ahead);
        self.counts.set(counts);
        self.found.set(Counts { folders: counts.folders + ahead.folders, objects: counts.objects + ahead.objects });
        self.shown.set(shown);
        self.revision.update(|revision| *revision = revision.wrapping_add(1));
    }

    fn halt(&self) {
        let running = self.progress.try_update_value(|progress| {
            progress.pause();
            progress.running.take()
        });
        if let Some(handle) = running.flatten() {
            handle.abort();
        }
    }
}

/// Pages from S3, one after the other.
struct Remote {
    store: CredentialStore,
    target: ListingTarget,
}

impl Pages for Remote {
    fn page(&self, token: Option<String>) -> Asked {
        let (store, target) = (self.store, self.target.clone());
        async move {
            let from = token.as_deref().map_or(PageStart::Start, PageStart::Token);
            page_of(&store, &target, &target.location, Part { from, folds: !target.subfolders, most: None }).await
        }
        .boxed_local()
    }
}

/// Which page of a target.
struct Part<'a> {
    from: PageStart<'a>,
    /// What is in subfolders is one folder each.
    folds: bool,
    /// So many names at most.
    most: Option<u16>,
}

/// One page of `target`, asked for at `location`.
async fn page_of(around: &dyn Surroundings, target: &ListingTarget, location: &Location, part: Part<'_>) -> Result<ListPage, Failure> {
    let ListingTarget { role, prefix, .. } = target;
    let request = ListRequest { prefix, delimiter: if part.folds { "/" } else { "" }, from: part.from, max_keys: part.most };
    let draft = request.draft(location).map_err(Failure::address)?;
    let action = if prefix.is_empty() {
        t!("list the bucket {bucket}", bucket = location.name)
    } else {
        t!("list {prefix} in bucket {bucket}", prefix = prefix, bucket = location.name)
    };
    let answer = exchange::read(around, role, location, &draft, &action).await?;
    page::parse(&answer.body).map_err(|error| {
        Failure::new(
            t!("{bucket} answered with something else than a listing: {reason}.", bucket = location.name, reason = error.to_string()),
            t!("Try again; if it stays, ask the people who run the portal to check the endpoint in its configuration."),
        )
        .retryable()
    })
}

impl From<ForeignKey> for Failure {
    fn from(ForeignKey: ForeignKey) -> Self {
        Self::new(
            t!("The storage service's answer cannot be trusted: a key does not begin with the prefix that was asked for."),
            t!("Tell the people who run the portal: the service's listing is broken."),
        )
    }
}

/// The answer to a page is that page again.
pub(in crate::state) fn turning() -> Failure {
    Failure::new(
        t!("The storage service keeps answering with the same page of this listing."),
        t!("Tell the people who run the portal: the service's paging is broken."),
    )
}
