//! Objects on their way to the device: one as it is, or any number in an archive.
//!
//! Folders are listed as it goes. Objects are read in pieces, some ahead of the one that is written, each with the
//! newest credentials; so no more than a few pieces are in memory, a connection that breaks costs one of them, and
//! whether all are of the same object is told by its entity tag. What was written counts when an object is complete: one
//! that changes in the middle is begun anew, and one that cannot be read is left out and named.

mod object;
mod pages;
mod request;

use object::PIECE;

use super::lanes::Lanes;
use super::zip::{Archive, Crc32, Entry, Names, Stamp};
use crate::aws::request::{Answer, Request};
use crate::browser::clock;
use crate::browser::fetch::TransportError;
use crate::browser::sink::Unwritable;
use crate::model::clock::Timestamp;
use crate::model::location::Location;
use crate::model::names::RoleId;
use crate::model::object::Object;
use crate::state::exchange::Surroundings;
use crate::state::failure::Failure;
use crate::words::t;
use futures::future::{Either, LocalBoxFuture, select};
use futures::{StreamExt, TryStreamExt};
use object::{Part, Trouble, parts};
use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Pieces that are asked for at once: as many as a browser has connections to a host.
const ABREAST: usize = 6;

/// How often an object is begun anew that changes while it is read.
const ANEW: u32 = 2;

/// Objects that are left out and named. More are counted.
const NAMED: usize = 1_000;

/// When so many could not be read and none could, the rest cannot either.
const HOPELESS: u64 = 100;

/// Where objects come from: credentials and network, or a test's own.
pub(super) trait Outside: Surroundings {
    fn receive<'a>(&'a self, request: &'a Request, time_limit: u32) -> LocalBoxFuture<'a, Result<Answer, TransportError>>;
}

/// Where bytes go: a file, or a test's own memory.
pub(super) trait Target {
    fn write<'a>(&'a self, position: u64, bytes: &'a [u8]) -> LocalBoxFuture<'a, Result<(), Unwritable>>;
}

/// What is to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) role: RoleId,
    pub(super) location: Location,
    pub(super) roots: Vec<Root>,
    /// What the keys begin with that does not appear in the archive.
    pub(super) base: String,
    pub(super) form: Form,
}

/// Something that a person chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Root {
    Object(Object),
    /// Everything whose key begins so, but for some of what is directly in it.
    Folder(String, Arc<BTreeSet<String>>),
}

/// In which form it is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One object, as it is.
    Plain,
    Archive,
}

/// An object that was left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its key.
    pub key: String,
    /// Why, in words that complete "it …".
    pub why: String,
}

/// How far it is. Outlives the work, so that it can rest and go on.
#[derive(Debug, Default)]
pub(super) struct Progress {
    archive: Archive,
    names: Names,
    /// The object that is being written, and what it is called: it keeps its name when it is begun anew.
    begun: Option<(String, String)>,
    /// The root that comes next, and the last key of it that was dealt with.
    root: usize,
    after: Option<String>,
    /// Bytes of the objects that are complete, and of the one that is being written.
    complete: u64,
    current: u64,
    /// Objects that are complete.
    pub(super) objects: u64,
    /// Objects that were left out: how many, and the first of them.
    pub(super) left_out: u64,
    pub(super) missing: Vec<Missing>,
    /// How many objects and bytes there are, once that is known.
    pub(super) all: Option<(u64, u64)>,
}

impl Progress {
    /// Bytes of objects that are written.
    pub(super) const fn bytes(&self) -> u64 {
        self.complete + self.current
    }
}

/// The object that is being written.
struct Open {
    entry: Entry,
    crc: Crc32,
}

/// Objects on their way.
pub(super) struct Way<'a> {
    pub(super) outside: &'a dyn Outside,
    pub(super) lanes: &'a Lanes,
    pub(super) target: &'a dyn Target,
    pub(super) job: &'a Job,
    pub(super) progress: &'a Mutex<Progress>,
    pub(super) tell: &'a dyn Fn(),
}

impl Way<'_> {
    /// Goes the whole way, or what is left of it. Gives how long the file is.
    pub(super) async fn go(&self) -> Result<u64, Failure> {
        self.progress().current = 0;
        let (count, work) = (pin!(self.count()), pin!(self.write_all()));
        match select(count, work).await {
            Either::Left(((), work)) => work.await,
            Either::Right((length, _)) => length,
        }
    }

    /// Finds out how much there is. Where that does not work it stays unknown.
    async fn count(&self) {
        if self.progress().all.is_some() {
            return;
        }
        let all = pages::objects(self, 0, None).try_fold((0_u64, 0_u64), |(objects, bytes), (_, object)| async move {
            Ok((objects + u64::from(!is_folder(&object)), bytes.saturating_add(object.size)))
        });
        if let Ok(all) = all.await {
            self.progress().all = Some(all);
            (self.tell)();
        }
    }

    async fn write_all(&self) -> Result<u64, Failure> {
        let (root, after) = {
            let progress = self.progress();
            (progress.root, progress.after.clone())
        };
        let reading = pages::objects(self, root, after)
            .flat_map(|found| match found {
                Ok((root, object)) => futures::stream::iter(parts(root, object)).map(Ok).left_stream(),
                Err(failure) => futures::stream::iter([Err(failure)]).right_stream(),
            })
            .map(|part: Result<Part, Failure>| async move {
                let part = part?;
                let bytes = object::read(self, &part).await;
                Ok::<_, Failure>((part, bytes))
            })
            .buffered(ABREAST);
        let mut reading = pin!(reading);
        let mut open = None;
        // The object of which the rest is not wanted any more.
        let mut given_up = false;
        while let Some(read) = reading.next().await {
            let (part, bytes) = read?;
            if part.is_first() {
                given_up = false;
            }
            if !given_up {
                let trouble = match bytes {
                    Ok(bytes) => self.put(&part.object, part.first, &bytes, &mut open).await.map(|()| None)?,
                    Err(trouble) => Some(trouble),
                };
                if let Some(trouble) = trouble {
                    given_up = true;
                    open = None;
                    self.recover(&part.object, trouble).await?;
                }
            }
            if part.is_last {
                let mut progress = self.progress();
                (progress.root, progress.after) = (part.root, Some(part.object.key.clone()));
            }
        }
        self.end().await
    }

    /// Writes a piece of an object, with what stands before and behind the object in an archive.
    async fn put(&self, object: &Object, first: u64, bytes: &[u8], open: &mut Option<Open>) -> Result<(), Failure> {
        if first == 0 && open.is_none() {
            let Some(path) = self.path(object).await? else { return Ok(()) };
            *open = Some(self.begin(object, path));
        }
        let Some(now) = open.as_mut() else { return Ok(()) };
        let whole = bytes.len() as u64 == object.size;
        now.crc.update(bytes);
        let (mut out, before) = (Vec::new(), now.entry.header().len() as u64);
        let position = match self.job.form {
            Form::Plain => first,
            Form::Archive => self.progress().archive.position() + if first == 0 { 0 } else { before + first },
        };
        let is_archive = self.job.form == Form::Archive;
        if first == 0 && is_archive {
            if whole {
                now.entry.crc = Some(now.crc.value());
            }
            out = now.entry.header();
        }
        let written = first + bytes.len() as u64;
        let is_complete = written == object.size;
        if out.is_empty() && !(is_complete && is_archive) {
            self.write(position, bytes).await?;
        } else {
            out.extend(bytes);
            if is_complete && is_archive {
                out.extend(now.entry.descriptor(now.crc.value()));
            }
            self.write(position, &out).await?;
        }
        self.progress().current = written;
        if let Some(Open { entry, crc }) = open.take_if(|_| is_complete) {
            self.finish(&entry, crc);
        }
        (self.tell)();
        Ok(())
    }

    fn begin(&self, object: &Object, path: String) -> Open {
        let stamp = object.last_modified.map(stamp).unwrap_or_default();
        let entry = Entry { path, stamp, size: object.size, crc: None };
        Open { entry, crc: Crc32::default() }
    }

    fn finish(&self, entry: &Entry, crc: Crc32) {
        let mut progress = self.progress();
        if self.job.form == Form::Archive {
            progress.archive.add(entry, crc.value());
        }
        progress.complete += entry.size;
        progress.current = 0;
        progress.objects += 1;
        progress.begun = None;
    }

    /// What the object is called in the archive. `None`: it is the mark of a folder, which is written here.
    async fn path(&self, object: &Object) -> Result<Option<String>, Failure> {
        if self.job.form == Form::Plain {
            return Ok(Some(String::new()));
        }
        if let Some((_, path)) = self.progress().begun.as_ref().filter(|(key, _)| *key == object.key) {
            return Ok(Some(path.clone()));
        }
        let below = object.key.strip_prefix(&self.job.base).unwrap_or(&object.key);
        let path = self.progress().names.path(below);
        let is_mark = below.is_empty() || path.ends_with('/');
        if is_mark && !path.is_empty() {
            let entry = Entry { path: path.clone(), stamp: object.last_modified.map(stamp).unwrap_or_default(), size: 0, crc: Some(0) };
            let position = self.progress().archive.position();
            self.write(position, &entry.header()).await?;
            self.progress().archive.add(&entry, 0);
        }
        if is_mark && object.size == 0 {
            return Ok(None);
        }
        let path = if is_mark { self.progress().names.own_object(&path) } else { path };
        self.progress().begun = Some((object.key.clone(), path.clone()));
        Ok(Some(path))
    }

    /// Begins an object anew that has changed, or names one that cannot be read.
    async fn recover(&self, object: &Object, mut trouble: Trouble) -> Result<(), Failure> {
        self.progress().current = 0;
        let mut again = 0;
        while let (Trouble::Changed, true) = (&trouble, again < ANEW) {
            again += 1;
            trouble = match object::look(self, object).await {
                Ok(object) => match self.write_anew(&object).await? {
                    None => return Ok(()),
                    Some(trouble) => trouble,
                },
                Err(trouble) => trouble,
            };
            self.progress().current = 0;
        }
        let why = match trouble {
            Trouble::Fatal(failure) => return Err(failure),
            Trouble::Missing(why) => why,
            Trouble::Changed => t!("was changed again and again while it was read").to_owned(),
        };
        self.leave_out(&object.key, why)
    }

    /// Writes an object piece after piece. What is given got in the way.
    async fn write_anew(&self, object: &Object) -> Result<Option<Trouble>, Failure> {
        let mut open = None;
        for part in parts(0, object.clone()) {
            match object::read(self, &part).await {
                Ok(bytes) => self.put(object, part.first, &bytes, &mut open).await?,
                Err(trouble) => return Ok(Some(trouble)),
            }
        }
        Ok(None)
    }

    fn leave_out(&self, key: &str, why: String) -> Result<(), Failure> {
        if self.job.form == Form::Plain {
            return Err(Failure::new(
                t!("{key} could not be saved: it {why}.", key = key, why = why),
                t!("Reload the listing, then try again."),
            ));
        }
        let mut progress = self.progress();
        progress.left_out += 1;
        progress.begun = None;
        if progress.left_out == HOPELESS && progress.objects == 0 {
            return Err(Failure::new(
                t!("None of the first {count} objects could be read. {key} {why}.", count = HOPELESS, key = key, why = why),
                t!("Ask your administrator whether your role should be allowed to read here."),
            ));
        }
        if progress.missing.len() < NAMED {
            progress.missing.push(Missing { key: key.to_owned(), why });
        }
        drop(progress);
        (self.tell)();
        Ok(())
    }

    /// Writes what stands behind the last object.
    async fn end(&self) -> Result<u64, Failure> {
        if self.job.form == Form::Plain {
            return Ok(self.progress().complete);
        }
        let lent = Lent { progress: self.progress, archive: std::mem::take(&mut self.progress().archive) };
        let mut position = lent.archive.position();
        for bytes in lent.archive.end(usize::try_from(PIECE).unwrap_or(usize::MAX)) {
            self.write(position, &bytes).await?;
            position += bytes.len() as u64;
        }
        Ok(position)
    }

    async fn write(&self, position: u64, bytes: &[u8]) -> Result<(), Failure> {
        self.target.write(position, bytes).await.map_err(unwritable)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The archive while its end is written: the lock must not be held while that is waited for. It comes back whatever
/// happens meanwhile.
struct Lent<'a> {
    progress: &'a Mutex<Progress>,
    archive: Archive,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.archive = std::mem::take(&mut self.archive);
    }
}

/// The mark of a folder: nothing of it has to be read.
fn is_folder(object: &Object) -> bool {
    object.key.ends_with('/') && object.size == 0
}

fn stamp(time: Timestamp) -> Stamp {
    Stamp::of(time, clock::minutes_east(time))
}

/// What a person is told when the file cannot be written.
pub(super) fn unwritable(error: Unwritable) -> Failure {
    match error {
        Unwritable::Full => Failure::new(
            t!("There is no room left where the file is written."),
            t!("Free some space, or save fewer objects at once. Browsers give a page part of the disk only."),
        ),
        Unwritable::Refused | Unwritable::Dismissed => Failure::new(
            t!("The browser does not let this page write the file any more."),
            t!("Try again, and choose a place where you may save files."),
        ),
    }
}

#[cfg(test)]
mod tests;
