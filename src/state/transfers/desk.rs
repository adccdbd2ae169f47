//! The list of files that are to be stored or saved: where each stands, which comes next, and how far all are.

use super::download::Missing;
use super::record::Record;
use super::saves::Saves;
use super::speed::Speed;
use super::upload::{Job, Outcome, Progress};
use crate::aws::s3::address;
use crate::aws::s3::upload::Existing;
use crate::browser::file::{File, LeftOut};
use crate::browser::lock::Lock;
use crate::model::location::Location;
use crate::model::names::RoleId;
use crate::state::failure::Failure;
use crate::words::t;
use futures::future::AbortHandle;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// Files that are under way at once. They share the lanes, and while some are sent others are read.
const ABREAST: usize = 8;

/// Longest key, in bytes of UTF-8 (S3 User Guide, "Naming objects").
const LONGEST_KEY: usize = 1_024;

/// What a transfer is called on this page.
pub type TransferId = u64;

/// Where a file stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferState {
    /// Others come first.
    Waiting,
    /// On its way.
    Running,
    /// The person had it rest.
    Paused,
    /// There is an object of this name, and the person has not said that it may be replaced.
    Exists,
    /// S3 has it, or the device.
    Stored,
    /// The device has it, but for objects that could not be read.
    Incomplete {
        /// How many.
        left_out: u64,
        /// The first of them.
        missing: Arc<[Missing]>,
    },
    /// It did not work.
    Failed(Failure),
    /// The page was left in the middle: the person has to choose the file again.
    Interrupted,
}

/// A file as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Its id.
    pub id: TransferId,
    /// Its path in what was given.
    pub path: String,
    /// Which bucket it goes to.
    pub bucket: String,
    /// Under which key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Bytes that S3 has confirmed.
    pub confirmed: u64,
    /// Where it stands.
    pub state: TransferState,
    /// Which way it goes.
    pub direction: Direction,
    /// Whether it can go on, or be tried again.
    pub resumable: bool,
}

/// Which way something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To S3.
    Up,
    /// To the device.
    Down {
        /// Objects that are saved.
        objects: u64,
        /// All of them, once that is known.
        all: Option<u64>,
        /// Whether they become an archive.
        archive: bool,
    },
}

/// How far all are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Files, those included that cannot go on.
    pub files: usize,
    /// Files that S3 has.
    pub stored: usize,
    /// Files under way or waiting.
    pub active: usize,
    /// Files that rest.
    pub paused: usize,
    /// Files that stand behind an object of their name.
    pub existing: usize,
    /// Files that failed.
    pub failed: usize,
    /// Those of them that can be tried again.
    pub resumable: usize,
    /// Files of an earlier page.
    pub interrupted: usize,
    /// Files to be saved, those included that cannot go on. They are not among `files`.
    pub saves: usize,
    /// Files that are saved whole.
    pub saved: usize,
    /// Files that are saved without some of their objects.
    pub incomplete: usize,
    /// Whether nobody knows yet how many bytes there are.
    pub unknown: bool,
    /// Bytes of all files.
    pub bytes: u64,
    /// Bytes that S3 has confirmed.
    pub confirmed: u64,
    /// Bytes a second, as far as it can be told.
    pub rate: Option<u64>,
    /// Seconds until what is active is stored.
    pub seconds_left: Option<u64>,
}

/// A file.
pub(super) struct Item {
    id: TransferId,
    pub(super) job: Job,
    path: String,
    size: u64,
    modified: i64,
    pub(super) file: Option<File>,
    pub(super) progress: Arc<Mutex<Progress>>,
    pub(super) state: TransferState,
    pub(super) running: Option<AbortHandle>,
    /// Keeps other tabs from its upload.
    pub(super) lock: Option<Lock>,
}

impl Item {
    fn confirmed(&self) -> u64 {
        match self.state {
            TransferState::Stored => self.size,
            _ => self.progress.lock().unwrap_or_else(PoisonError::into_inner).bytes(),
        }
    }

    /// What S3 calls its upload, where there is one that is not finished.
    pub(super) fn upload(&self) -> Option<String> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).upload.clone().filter(|_| self.state != TransferState::Stored)
    }

    /// What is to be remembered of it.
    pub(super) fn record(&self, subject: &str) -> Option<Record> {
        let progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Record {
            subject: subject.to_owned(),
            role: self.job.role.clone(),
            bucket: self.job.location.name.clone(),
            key: self.job.key.clone(),
            upload: progress.upload.clone()?,
            part_size: progress.part_size,
            path: self.path.clone(),
            size: self.size,
            modified: self.modified.unsigned_abs(),
        })
    }

    fn shown(&self) -> Transfer {
        Transfer {
            id: self.id,
            path: self.path.clone(),
            bucket: self.job.location.name.clone(),
            key: self.job.key.clone(),
            size: self.size,
            confirmed: self.confirmed(),
            state: self.state.clone(),
            direction: Direction::Up,
            resumable: self.file.is_some(),
        }
    }

    /// Whether this is the file of which parts are at S3.
    fn is(&self, file: &File) -> bool {
        self.size == file.size && self.modified.unsigned_abs() == file.modified.unsigned_abs() && name(&self.path) == name(&file.path)
    }
}

pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// All files, in the order in which they came.
#[derive(Default)]
pub(super) struct Desk {
    items: Vec<Item>,
    /// Those that wait, the next first. Some may have been cancelled since.
    queue: VecDeque<TransferId>,
    /// Those that are under way, and those of an earlier page: with a hundred thousand files nobody looks
    /// through all of them for every one.
    running: BTreeSet<TransferId>,
    interrupted: BTreeSet<TransferId>,
    next: TransferId,
    speed: Speed,
    /// What goes to the device.
    pub(super) saves: Saves,
}

impl Desk {
    /// Takes a file on, to be stored in the folder `prefix`. One of which parts are there already, under the
    /// same key, takes that one's place.
    pub(super) fn add(&mut self, role: &RoleId, location: &Location, prefix: &str, file: File) -> TransferId {
        let key = format!("{prefix}{}", file.path);
        let same = |item: &mut Item| item.job.key == key && item.job.location.name == location.name && item.is(&file);
        let left = self.interrupted.clone().into_iter().find(|id| self.item(*id).is_some_and(same));
        if let Some(id) = left {
            if let Some(item) = self.item(id) {
                item.file = Some(file);
                item.job.role = role.clone();
                item.job.location = location.clone();
            }
            self.enqueue(id);
            return id;
        }
        let obstacle = obstacle(location, &key);
        let job = Job { role: role.clone(), location: location.clone(), key, existing: Existing::Keep };
        let fails = obstacle.is_some();
        let state = obstacle.map_or(TransferState::Waiting, TransferState::Failed);
        let id = self.put(job, &file, state, Progress::default());
        if !fails {
            if let Some(item) = self.item(id) {
                item.file = Some(file);
            }
            self.queue.push_back(id);
        }
        id
    }

    /// Shows what could not be read of what was given.
    pub(super) fn leave_out(&mut self, role: &RoleId, location: &Location, prefix: &str, what: LeftOut) {
        let (path, failure) = unreadable(what);
        let job = Job { role: role.clone(), location: location.clone(), key: format!("{prefix}{path}"), existing: Existing::Keep };
        self.put_shape(job, Shape { path, size: 0, modified: 0 }, TransferState::Failed(failure), Progress::default());
    }

    /// Shows an upload that an earlier page left.
    pub(super) fn remember(&mut self, record: Record, location: &Location) {
        if self.items.iter().any(|item| item.upload().as_ref() == Some(&record.upload)) {
            return;
        }
        let job = Job { role: record.role, location: location.clone(), key: record.key, existing: Existing::Keep };
        let file = Shape { path: record.path, size: record.size, modified: i64::try_from(record.modified).unwrap_or_default() };
        let id = self.put_shape(job, file, TransferState::Interrupted, Progress::of_earlier(record.upload, record.part_size));
        self.interrupted.insert(id);
    }

    fn put(&mut self, job: Job, file: &File, state: TransferState, progress: Progress) -> TransferId {
        self.put_shape(job, Shape { path: file.path.clone(), size: file.size, modified: file.modified }, state, progress)
    }

    fn put_shape(&mut self, job: Job, file: Shape, state: TransferState, progress: Progress) -> TransferId {
        let id = self.next_id();
        let Shape { path, size, modified } = file;
        let progress = Arc::new(Mutex::new(progress));
        self.items.push(Item { id, job, path, size, modified, file: None, progress, state, running: None, lock: None });
        id
    }

    /// An id that nothing has yet.
    pub(super) fn next_id(&mut self) -> TransferId {
        self.next += 1;
        self.next - 1
    }

    /// The next file to begin with, which is marked as running; `None` when there is none or enough are.
    pub(super) fn begin(&mut self) -> Option<TransferId> {
        if self.running.len() >= ABREAST {
            return None;
        }
        while let Some(id) = self.queue.pop_front() {
            if let Some(item) = self.item(id).filter(|item| item.state == TransferState::Waiting) {
                item.state = TransferState::Running;
                self.running.insert(id);
                return Some(id);
            }
        }
        None
    }

    /// What became of a file that was running.
    pub(super) fn finish(&mut self, id: TransferId, result: Result<Outcome, Failure>) {
        if let Some(item) = self.item(id).filter(|item| item.state == TransferState::Running) {
            item.running = None;
            item.state = match result {
                Ok(Outcome::Stored) => TransferState::Stored,
                Ok(Outcome::Exists) => TransferState::Exists,
                Err(failure) => TransferState::Failed(failure),
            };
            if item.state == TransferState::Stored {
                item.file = None;
            }
            self.running.remove(&id);
        }
    }

    /// Whether anything is under way. What waits is begun with before anybody asks.
    pub(super) fn is_active(&self) -> bool {
        !self.running.is_empty() || self.saves.is_active()
    }

    /// Whether leaving the page costs anything: what is under way, and what rests. An archive that rests is lost, and a
    /// file has to be chosen again.
    pub(super) fn is_unfinished(&self) -> bool {
        // Looked for only while nothing is under way: of many files, not once for each.
        self.is_active() || self.saves.rests() || self.items.iter().any(|item| item.state == TransferState::Paused)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.saves.is_empty()
    }

    /// Has a file rest.
    pub(super) fn pause(&mut self, id: TransferId) {
        if let Some(item) = self.item(id).filter(|item| matches!(item.state, TransferState::Running | TransferState::Waiting)) {
            item.state = TransferState::Paused;
            item.running.take().iter().for_each(AbortHandle::abort);
            self.running.remove(&id);
        }
        self.saves.pause(id);
        self.speed.restart();
    }

    /// Has a file go on, or try again.
    pub(super) fn resume(&mut self, id: TransferId) {
        let rests = |item: &&mut Item| matches!(item.state, TransferState::Paused | TransferState::Failed(_)) && item.file.is_some();
        if self.item(id).filter(rests).is_some() {
            self.enqueue(id);
        }
        self.saves.resume(id);
    }

    /// The person saw that there is an object of this name, and said that it may be replaced.
    pub(super) fn replace(&mut self, id: TransferId) {
        if let Some(item) = self.item(id).filter(|item| item.state == TransferState::Exists) {
            item.job.existing = Existing::Replace;
            self.enqueue(id);
        }
    }

    /// Takes files off, whatever they are doing.
    pub(super) fn remove(&mut self, ids: &[TransferId]) -> Vec<Item> {
        let ids: BTreeSet<TransferId> = ids.iter().copied().collect();
        let (gone, left) = std::mem::take(&mut self.items).into_iter().partition(|item| ids.contains(&item.id));
        self.items = left;
        self.running.retain(|id| !ids.contains(id));
        self.interrupted.retain(|id| !ids.contains(id));
        let gone: Vec<Item> = gone;
        gone.iter().filter_map(|item| item.running.as_ref()).for_each(AbortHandle::abort);
        gone
    }

    /// Takes off what is stored.
    pub(super) fn clear(&mut self) {
        self.items.retain(|item| item.state != TransferState::Stored);
    }

    fn enqueue(&mut self, id: TransferId) {
        if let Some(item) = self.item(id) {
            item.state = TransferState::Waiting;
            self.interrupted.remove(&id);
            self.queue.push_back(id);
        }
    }

    pub(super) fn item(&mut self, id: TransferId) -> Option<&mut Item> {
        let at = self.items.binary_search_by_key(&id, |item| item.id).ok()?;
        self.items.get_mut(at)
    }

    /// The ids of files in a state that `fits`.
    pub(super) fn ids(&self, fits: impl Fn(&TransferState) -> bool) -> Vec<TransferId> {
        let mut ids = self.saves.ids(&fits);
        ids.extend(self.items.iter().filter(|item| fits(&item.state)).map(|item| item.id));
        ids
    }

    pub(super) fn shown(&self, id: TransferId) -> Option<Transfer> {
        match self.items.binary_search_by_key(&id, |item| item.id) {
            Ok(at) => self.items.get(at).map(Item::shown),
            Err(_) => self.saves.shown(id),
        }
    }

    /// How far all are.
    pub(super) fn totals(&mut self, now: i64) -> Totals {
        let mut totals = Totals { files: self.items.len(), ..Totals::default() };
        let mut left = self.saves.count(&mut totals);
        for item in &self.items {
            let confirmed = item.confirmed();
            totals.bytes += item.size;
            totals.confirmed += confirmed;
            match item.state {
                TransferState::Waiting | TransferState::Running => {
                    totals.active += 1;
                    left += item.size.saturating_sub(confirmed);
                }
                TransferState::Paused => totals.paused += 1,
                TransferState::Exists => totals.existing += 1,
                TransferState::Stored | TransferState::Incomplete { .. } => totals.stored += 1,
                TransferState::Failed(_) => {
                    totals.failed += 1;
                    totals.resumable += usize::from(item.file.is_some());
                }
                TransferState::Interrupted => totals.interrupted += 1,
            }
        }
        if totals.active == 0 {
            self.speed.restart();
        } else {
            self.speed.note(now, totals.confirmed);
            totals.rate = self.speed.rate(now);
            totals.seconds_left = totals.rate.filter(|_| !totals.unknown).map(|rate| left.div_ceil(rate));
        }
        totals
    }
}

/// What a file says of itself.
struct Shape {
    path: String,
    size: u64,
    modified: i64,
}

/// What could not be read, and what that means.
fn unreadable(what: LeftOut) -> (String, Failure) {
    match what {
        LeftOut::File(path) => {
            let message = t!("The browser could not read {file}: nothing of it is stored.", file = path);
            (path, Failure::new(message, t!("See whether it is still there and you may open it, then give it again.")))
        }
        LeftOut::Folder(path) => {
            let message = t!("The browser could not read all of the folder {folder}: files in it are missing here.", folder = path);
            (format!("{path}/"), Failure::new(message, t!("See whether you may open the folder, then give it again.")))
        }
    }
}

/// Why nothing can be stored under this key, if so.
fn obstacle(location: &Location, key: &str) -> Option<Failure> {
    if key.len() > LONGEST_KEY {
        return Some(Failure::new(
            t!("The key would have {bytes} bytes; S3 takes {most}.", bytes = key.len(), most = LONGEST_KEY),
            t!("Give the file or its folders a shorter name."),
        ));
    }
    address::object(location, key).err().map(|_| {
        Failure::new(t!("No browser can name this key: a part of it is only “.” or “..”."), t!("Give the folder or the file another name."))
    })
}

#[cfg(test)]
mod tests;
