//! Files on their way from the device to S3, and objects on their way to the device.
//!
//! One list for the whole page, whatever part of the portal is shown: the work belongs to the
//! application's root and not to a component. `desk` holds the list, `upload` takes one file to S3, `download`
//! brings objects, in an archive where they are several, `running` drives an upload by what becomes of it, and
//! what is here lets the one begin the others. All but the list's signal is loaded with the part of the program
//! that shows it.

mod desk;
mod download;
mod lanes;
mod record;
mod running;
mod saves;
mod saving;
mod speed;
mod upload;
mod zip;

pub use crate::aws::s3::upload::Incomplete;
pub use desk::{Direction, Totals, Transfer, TransferId, TransferState};
pub use download::Missing;
pub use saving::Chosen;
pub use saving::is_left_out;

use super::credentials::{BusyGuard, CredentialStore};
use super::failure::Failure;
use super::listing::{Listing, ListingTarget};
use super::operations::Board;
use super::runs;
use crate::aws::s3::upload::Existing;
use crate::browser::file::{File, LeftOut};
use crate::browser::lifecycle::{LeaveWarning, warn_before_leaving};
use crate::browser::sink;
use crate::browser::timer::Timer;
use crate::browser::{clock, task};
use crate::model::location::Location;
use crate::model::names::RoleId;
use crate::model::viewer::WhoAmI;
use crate::reactive::{RwSignal, Signal, StoredValue};
use desk::Desk;
use lanes::Lanes;
use leptos::prelude::{expect_context, provide_context};
use record::Record;
use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use upload::Job;

/// Milliseconds between two looks at how far it is.
const GLANCE: u32 = 200;

/// A listing and what it lists.
type Watched = (Listing, Signal<Option<ListingTarget>>);

/// All transfers of this page.
#[derive(Clone, Copy)]
pub struct Transfers {
    pub(super) store: CredentialStore,
    /// An [`Inner`], made at the first use. Behind a pointer of no type, so that what drops it is loaded
    /// with what fills it.
    inner: StoredValue<Option<Arc<dyn Any + Send + Sync>>>,
    /// Changes whenever something about a transfer does.
    revision: RwSignal<u32>,
    /// Whether there is anything to show.
    shown: RwSignal<bool>,
    /// The listing that is looked at.
    watched: StoredValue<Option<Watched>>,
}

struct Inner {
    desk: Mutex<Desk>,
    lanes: Lanes,
    readers: Lanes,
    receivers: Lanes,
    rest: Mutex<Rest>,
    board: Mutex<Board>,
    runs: Mutex<runs::Board>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            desk: Mutex::default(),
            lanes: Lanes::for_sending(),
            readers: Lanes::for_reading(),
            receivers: Lanes::for_sending(),
            rest: Mutex::default(),
            board: Mutex::default(),
            runs: Mutex::default(),
        }
    }
}

/// What belongs to work that is under way.
#[derive(Default)]
struct Rest {
    subject: String,
    glance: Option<Timer>,
    busy: Option<BusyGuard>,
    warning: Option<LeaveWarning>,
    arrived: Vec<(String, String)>,
}

impl std::fmt::Debug for Transfers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transfers")
    }
}

impl Transfers {
    /// The transfers of this page. Call it below the component that called [`super::provide`].
    #[must_use]
    pub fn current() -> Self {
        expect_context()
    }

    pub(super) fn provide(store: CredentialStore) {
        provide_context(Self {
            store,
            inner: StoredValue::new(None::<Arc<dyn Any + Send + Sync>>),
            revision: RwSignal::new(0),
            shown: RwSignal::new(false),
            watched: StoredValue::new(None::<Watched>),
        });
    }

    /// Whether there is anything to show. Tracked when read.
    #[must_use]
    pub fn shown(&self) -> Signal<bool> {
        self.shown.into()
    }

    /// Lists `target` anew when something was stored in it, once nothing is under way any more.
    pub fn keep_fresh(&self, listing: Listing, target: Signal<Option<ListingTarget>>) {
        self.watched.set_value(Some((listing, target)));
    }

    /// Changes whenever something about a transfer does.
    #[must_use]
    pub fn revision(&self) -> Signal<u32> {
        self.revision.into()
    }

    /// Whose transfers these are. What this person left unfinished is put on the list, as soon as no other tab is at it.
    pub fn adopt(&self, who: &WhoAmI) {
        let inner = self.inner();
        let subject = who.subject.to_string();
        if inner.rest().subject == subject {
            return;
        }
        inner.rest().subject.clone_from(&subject);
        task::spawn(sink::sweep());
        for record in record::of(&subject) {
            let role = who.roles.iter().find(|role| role.id == record.role);
            let fits = |location: &&Location| location.name == record.bucket && record.key.starts_with(&location.prefix);
            let location = role.and_then(|role| role.buckets.iter().filter(fits).max_by_key(|location| location.prefix.len()));
            match location {
                Some(location) => self.recall(record.clone(), location.clone()),
                // The role does not lead there any more: only a lifecycle rule of the bucket ends it.
                None => record::forget(&record.upload),
            }
        }
    }

    /// Puts an upload that was left unfinished on the list, once no other tab is at it.
    fn recall(&self, record: Record, location: Location) {
        let this = *self;
        task::spawn(async move {
            record::released(&record.upload).await;
            let inner = this.inner();
            // The other tab may have brought it to its end, and somebody else may have signed in.
            if record::is_kept(&record.upload) && inner.rest().subject == record.subject {
                inner.desk().remember(record, &location);
                this.changed();
            }
        });
    }

    /// Takes files on, to be stored in the folder `prefix`. What was left out of them is shown as failed.
    pub fn add(&self, role: &RoleId, location: &Location, prefix: &str, files: Vec<File>, left_out: Vec<LeftOut>) {
        {
            let inner = self.inner();
            let mut desk = inner.desk();
            for what in left_out {
                desk.leave_out(role, location, prefix, what);
            }
            for file in files {
                desk.add(role, location, prefix, file);
            }
        }
        self.go_on();
    }

    /// Goes on with a file of an earlier page. Whether this was it.
    pub fn go_on_with(&self, id: TransferId, mut file: File) -> bool {
        let known = self.with_item(id, |item| (item.job.clone(), item.record("").map(|record| record.path)));
        let Some((job, Some(path))) = known else { return false };
        if desk::name(&path) != desk::name(&file.path) {
            return false;
        }
        let Some(prefix) = job.key.strip_suffix(&path).map(str::to_owned) else { return false };
        file.path = path;
        let taken = self.inner().desk().add(&job.role, &job.location, &prefix, file);
        if taken != id {
            self.inner().desk().remove(&[taken]);
        }
        self.go_on();
        taken == id
    }

    /// Has files rest.
    pub fn pause(&self, ids: &[TransferId]) {
        let inner = self.inner();
        ids.iter().for_each(|id| inner.desk().pause(*id));
        self.go_on();
    }

    /// Has files go on, or try again.
    pub fn resume(&self, ids: &[TransferId]) {
        let inner = self.inner();
        ids.iter().for_each(|id| inner.desk().resume(*id));
        self.go_on();
    }

    /// Replaces the objects that stand in the way of files.
    pub fn replace(&self, ids: &[TransferId]) {
        let inner = self.inner();
        ids.iter().for_each(|id| inner.desk().replace(*id));
        self.go_on();
    }

    /// Takes files off the list. What S3 has of them is dropped there too, unless another tab has gone on with it.
    pub fn cancel(&self, ids: &[TransferId]) {
        self.discard(|save| ids.contains(&save.id));
        let gone = self.inner().desk().remove(ids);
        for mut item in gone {
            if let Some(upload) = item.upload() {
                let store = self.store;
                task::spawn(async move {
                    let held = match item.lock.take() {
                        Some(lock) => Some(lock),
                        None => record::take(&upload).await,
                    };
                    if held.is_none() {
                        return;
                    }
                    // Refused: the record is gone, and whoever looks for unfinished uploads finds it.
                    let _ = upload::abandon(&store, &item.job, &upload).await;
                    record::forget(&upload);
                });
            }
        }
        self.go_on();
    }

    /// Takes what is stored off the list.
    pub fn clear(&self) {
        self.discard(|save| matches!(save.state, TransferState::Stored | TransferState::Incomplete { .. }));
        self.inner().desk().clear();
        self.go_on();
    }

    /// The ids of transfers in a state that `fits`.
    #[must_use]
    pub fn ids(&self, fits: impl Fn(&TransferState) -> bool) -> Vec<TransferId> {
        self.inner().desk().ids(fits)
    }

    /// One transfer.
    #[must_use]
    pub fn get(&self, id: TransferId) -> Option<Transfer> {
        self.inner().desk().shown(id)
    }

    /// How far all are.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.inner().desk().totals(clock::now().millis())
    }

    /// Uploads in the folder `prefix` that were begun and neither finished nor dropped, by whomever, and that
    /// are neither on the list nor on that of another tab.
    ///
    /// # Errors
    /// What S3 or the portal refused.
    pub async fn unfinished(&self, role: RoleId, location: Location, prefix: String) -> Result<Vec<Incomplete>, Failure> {
        let job = Job { role, location, key: prefix, existing: Existing::Keep };
        let mut found = upload::unfinished(&self.store, &job).await?;
        let listed: Vec<String> = {
            let inner = self.inner();
            let mut desk = inner.desk();
            let ids = desk.ids(|_| true);
            ids.into_iter().filter_map(|id| desk.item(id)?.upload()).collect()
        };
        let is_held = record::is_held().await;
        found.retain(|upload| !listed.contains(&upload.id) && !is_held(&upload.id));
        Ok(found)
    }

    /// Has S3 drop an upload that is not on the list.
    ///
    /// # Errors
    /// What S3 or the portal refused.
    pub async fn abandon(&self, role: RoleId, location: Location, upload: Incomplete) -> Result<(), Failure> {
        let job = Job { role, location, key: upload.key, existing: Existing::Keep };
        upload::abandon(&self.store, &job, &upload.id).await
    }

    fn inner(&self) -> Arc<Inner> {
        let held = self.inner.try_update_value(|inner| Arc::clone(inner.get_or_insert_with(|| Arc::new(Inner::default()))));
        held.and_then(|held| held.downcast().ok()).unwrap_or_default()
    }

    fn with_item<T>(&self, id: TransferId, read: impl FnOnce(&mut desk::Item) -> T) -> Option<T> {
        self.inner().desk().item(id).map(read)
    }

    /// Begins with what comes next, and lets everybody know.
    pub(super) fn go_on(&self) {
        loop {
            let next = self.inner().desk().begin();
            let Some(id) = next else { break };
            self.start(id);
        }
        self.begin_saves();
        let inner = self.inner();
        let active = inner.desk().is_active() || inner.board().is_active() || inner.runs().is_active();
        if !active && !inner.desk().is_unfinished() {
            inner.rest().warning = None;
        } else if inner.rest().warning.is_none() {
            inner.rest().warning = Some(warn_before_leaving());
        }
        if !active {
            let arrived = {
                let mut rest = inner.rest();
                rest.busy = None;
                std::mem::take(&mut rest.arrived)
            };
            self.refresh(&arrived);
            // What is over is said at once.
            return self.show();
        }
        if inner.rest().busy.is_none() {
            let busy = self.store.busy();
            inner.rest().busy = Some(busy);
        }
        self.changed();
    }

    /// Objects came or went at these places, each a bucket with a key or a prefix.
    pub(super) fn arrived(&self, places: &[(String, String)]) {
        self.refresh(places);
        self.go_on();
    }

    /// Does something with the operations of this page.
    pub(super) fn with_board<T>(&self, act: impl FnOnce(&mut Board) -> T) -> T {
        act(&mut self.inner().board())
    }

    /// Does something with the runs of this page.
    pub(super) fn with_runs<T>(&self, act: impl FnOnce(&mut runs::Board) -> T) -> T {
        act(&mut self.inner().runs())
    }

    fn refresh(&self, arrived: &[(String, String)]) {
        let Some((listing, target)) = self.watched.try_update_value(|watched| *watched).flatten() else { return };
        // `None` once the page that showed it was left.
        let Some(Some(target)) = target.try_get_untracked() else { return };
        if arrived.iter().any(|(bucket, key)| *bucket == target.location.name && key.starts_with(&target.prefix)) {
            listing.reload();
        }
    }

    /// Lets everybody look, not more often than there is something to see.
    pub(super) fn changed(&self) {
        let (this, inner) = (*self, self.inner());
        inner.rest().glance.get_or_insert_with(|| Timer::after(GLANCE, move || this.show()));
    }

    /// Lets everybody look.
    fn show(&self) {
        let inner = self.inner();
        inner.rest().glance = None;
        let anything = !inner.desk().is_empty() || !inner.board().is_empty() || !inner.runs().is_empty();
        if self.shown.get_untracked() != anything {
            self.shown.set(anything);
        }
        self.revision.update(|revision| *revision = revision.wrapping_add(1));
    }
}

impl Inner {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn runs(&self) -> MutexGuard<'_, runs::Board> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
