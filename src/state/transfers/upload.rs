//! One file on its way to S3: in one piece, or in parts side by side.
//!
//! Nothing of the file is in memory but what its checksum is just being computed of: the browser reads
//! the bodies itself. A file is stored when S3 says so and not before; where an answer was lost, S3 is
//! asked what it has.

mod request;

use super::lanes::Lanes;
use crate::aws::error::ServiceError;
use crate::aws::request::{Answer, Request};
use crate::aws::s3::answer::NotDone;
use crate::aws::s3::checksum::Checksum;
use crate::aws::s3::object::ObjectRequest;
use crate::aws::s3::parts::{Parts, TooLarge};
use crate::aws::s3::upload::{self, Existing, Incomplete, StoredPart, Upload};
use crate::browser::fetch::TransportError;
use crate::browser::file::{File, Unreadable};
use crate::model::location::Location;
use crate::model::names::RoleId;
use crate::state::exchange::errand::{Errand, Stop, unreadable};
use crate::state::exchange::{self, Surroundings};
use crate::state::failure::Failure;
use crate::words::t;
use futures::StreamExt;
use futures::future::{self, LocalBoxFuture};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Bytes of a file that are in memory for its checksum.
const SLICE: u64 = 4 * 1024 * 1024;

/// Parts of one file that are looked after at once: those that are sent, and two whose checksum is ready when
/// a lane gets free.
const ABREAST: usize = 8;

/// What an upload needs from outside: credentials, network and file, or a test's own.
pub(super) trait Outside: Surroundings {
    fn read<'a>(&'a self, file: &'a File, first: u64, length: u64) -> LocalBoxFuture<'a, Result<Vec<u8>, Unreadable>>;
    fn send_piece<'a>(
        &'a self,
        request: &'a Request,
        file: &'a File,
        piece: (u64, u64),
        time_limit: u32,
    ) -> LocalBoxFuture<'a, Result<Answer, TransportError>>;
}

/// What is to be done.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) role: RoleId,
    pub(super) location: Location,
    pub(super) key: String,
    pub(super) existing: Existing,
}

impl Job {
    fn errand<'a>(&'a self, outside: &'a dyn Outside) -> Errand<'a> {
        Errand::short(outside, &self.role, &self.location)
    }
}

/// How far it is. Outlives the work, so that it can rest and go on.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// What S3 calls the upload, once it has begun one.
    pub(super) upload: Option<String>,
    /// Size of its parts; 0 before that.
    pub(super) part_size: u64,
    /// Parts that S3 has and that are the file's.
    pub(super) confirmed: BTreeMap<u16, StoredPart>,
    /// Parts that S3 has from before, not yet held against the file. `None`: S3 was not asked.
    found: Option<BTreeMap<u16, StoredPart>>,
    /// The whole was sent, and the answer is not known.
    unsure: bool,
}

impl Progress {
    /// An upload that goes on after the page was left.
    pub(super) fn of_earlier(upload: String, part_size: u64) -> Self {
        Self { upload: Some(upload), part_size, ..Self::default() }
    }

    /// Bytes that S3 has confirmed.
    pub(super) fn bytes(&self) -> u64 {
        self.confirmed.values().map(|part| part.size).sum()
    }
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// S3 has it.
    Stored,
    /// There is an object of this name, and it stays.
    Exists,
}

/// What happens on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// S3 has begun an upload: it is to be remembered.
    Begun,
    /// S3 has confirmed more.
    Confirmed,
    /// S3 does not know the upload any more: it is to be forgotten.
    Lost,
}

/// A file on its way.
pub(super) struct Way<'a> {
    pub(super) outside: &'a dyn Outside,
    pub(super) lanes: &'a Lanes,
    pub(super) readers: &'a Lanes,
    pub(super) job: &'a Job,
    pub(super) file: &'a File,
    pub(super) progress: &'a Mutex<Progress>,
    pub(super) tell: &'a dyn Fn(Event),
}

/// Reads an answer that is a success by its status.
fn plain(answer: &Answer) -> Result<String, NotDone> {
    if answer.is_success() { Ok(answer.header("etag").unwrap_or_default().to_owned()) } else { Err(ServiceError::from_s3(answer).into()) }
}

/// Reads the answer to the beginning of an upload.
fn begun(answer: &Answer) -> Result<String, NotDone> {
    plain(answer)?;
    Ok(upload::read_begun(&answer.body)?)
}

impl Way<'_> {
    /// Goes the whole way, or what is left of it.
    pub(super) async fn go(&self) -> Result<Outcome, Failure> {
        let (earlier, size) = (self.progress().part_size, self.file.size);
        let parts = if earlier > 0 { Parts::of_size(size, earlier) } else { Parts::of(size) };
        let parts = parts.map_err(|TooLarge| {
            Failure::new(
                t!("{file} is larger than the 5 TiB that an object may have.", file = self.file.path),
                t!("Divide it into several files."),
            )
        })?;
        let in_parts = parts.count() > 1 || self.progress().upload.is_some();
        if in_parts { self.in_parts(parts).await } else { self.whole().await }
    }

    /// In one piece.
    async fn whole(&self) -> Result<Outcome, Failure> {
        let (job, size) = (self.job, self.file.size);
        let checksum = self.checksum(0, size).await?;
        let lane = self.lanes.take().await;
        let draft = upload::put(&job.location, &job.key, &self.file.media_type, checksum, job.existing).map_err(Failure::address)?;
        let unsure = std::mem::replace(&mut self.progress().unsure, true);
        let sent = self.persist(&draft, Some((0, size)), unsure, plain).await;
        drop(lane);
        let outcome = self.settle(sent, checksum).await?;
        if outcome == Outcome::Stored {
            self.confirm(StoredPart { number: 1, etag: String::new(), size, checksum: Some(checksum) });
        }
        Ok(outcome)
    }

    /// In parts.
    async fn in_parts(&self, parts: Parts) -> Result<Outcome, Failure> {
        // The first part is read beside what S3 is asked first, and goes as soon as S3 has begun the upload.
        let reading = async { if self.known(1).is_none() { self.checksum_of(parts, 1).await.map(Some) } else { Ok(None) } };
        let (first, begun) = future::join(reading, self.begin_unless_there(parts)).await;
        if !begun? {
            return Ok(Outcome::Exists);
        }
        let (first, mut again) = (first?, true);
        loop {
            match self.all_parts(parts, first).await {
                // Aborted by somebody, or by a lifecycle rule of the bucket. Once it is begun anew.
                Err(Stop::Refused { error, unsure: false }) if error.code == "NoSuchUpload" && std::mem::take(&mut again) => {
                    (self.tell)(Event::Lost);
                    *self.progress() = Progress::default();
                }
                Err(stop) => return Err(stop.failure(&self.action())),
                Ok(outcome) => return Ok(outcome),
            }
        }
    }

    /// Whether the upload has begun: where an object is not to be replaced, it is not begun in vain.
    async fn begin_unless_there(&self, parts: Parts) -> Result<bool, Failure> {
        if self.job.existing == Existing::Keep && !self.progress().unsure && self.is_there().await {
            return Ok(false);
        }
        self.begin(parts).await.map(|_| true).map_err(|stop| stop.failure(&self.action()))
    }

    /// All parts, of which the checksum of the first may be known, and the object made of them.
    async fn all_parts(&self, parts: Parts, first: Option<Checksum>) -> Result<Outcome, Stop> {
        let id = self.begin(parts).await?;
        let upload = Upload { key: &self.job.key, id: &id };
        if self.progress().found.is_none() {
            match self.stored_parts(upload).await {
                Ok((stored, _)) => self.progress().found = Some(stored.into_iter().map(|part| (part.number, part)).collect()),
                // Completed already, by an attempt whose answer was lost: the checksum will tell.
                Err(Stop::Refused { error, .. }) if error.code == "NoSuchUpload" && self.progress().unsure => {}
                Err(stop) => return Err(stop),
            }
        }
        let part = |number| self.part(parts, upload, number, first.filter(|_| number == 1));
        let mut work = futures::stream::iter((1..=parts.count()).map(part)).buffer_unordered(ABREAST);
        let mut checksums = BTreeMap::new();
        while let Some(done) = work.next().await {
            let (number, checksum) = done?;
            checksums.insert(number, checksum);
        }
        drop(work);
        let whole = checksums.into_values().reduce(Checksum::followed_by).unwrap_or_default();
        self.complete(upload, whole).await
    }

    /// The id of the upload, which is begun where it was not.
    async fn begin(&self, parts: Parts) -> Result<String, Stop> {
        if let Some(id) = self.progress().upload.clone() {
            return Ok(id);
        }
        let draft = upload::begin(&self.job.location, &self.job.key, &self.file.media_type).map_err(Failure::address)?;
        let id = self.persist(&draft, None, false, begun).await?;
        *self.progress() =
            Progress { upload: Some(id.clone()), part_size: parts.part_size(), found: Some(BTreeMap::new()), ..Progress::default() };
        (self.tell)(Event::Begun);
        Ok(id)
    }

    /// The checksum of a part that S3 has confirmed.
    fn known(&self, number: u16) -> Option<Checksum> {
        self.progress().confirmed.get(&number).and_then(|part| part.checksum)
    }

    /// Sees to it that S3 has a part, and gives its checksum, which may have been `read` before.
    async fn part(&self, parts: Parts, upload: Upload<'_>, number: u16, read: Option<Checksum>) -> Result<(u16, Checksum), Stop> {
        if let Some(checksum) = self.known(number) {
            return Ok((number, checksum));
        }
        let (first, size) = parts.part(number);
        let checksum = match read {
            Some(checksum) => checksum,
            None => self.checksum_of(parts, number).await?,
        };
        let found = self.progress().found.as_mut().and_then(|found| found.remove(&number));
        // What is there from before counts only when it is what the file says.
        if let Some(part) = found.filter(|part| part.size == size && part.checksum == Some(checksum)) {
            self.confirm(part);
            return Ok((number, checksum));
        }
        if self.progress().unsure {
            // Nothing can be added to what may be complete.
            return Ok((number, checksum));
        }
        let _lane = self.lanes.take().await;
        let draft = upload::part(&self.job.location, upload, number, checksum).map_err(Failure::address)?;
        let etag = self.persist(&draft, Some((first, size)), false, plain).await?;
        self.confirm(StoredPart { number, etag, size, checksum: Some(checksum) });
        Ok((number, checksum))
    }

    fn confirm(&self, part: StoredPart) {
        self.progress().confirmed.insert(part.number, part);
        (self.tell)(Event::Confirmed);
    }

    /// Has S3 put the object together.
    async fn complete(&self, upload: Upload<'_>, whole: Checksum) -> Result<Outcome, Stop> {
        let mut parts: Vec<StoredPart> = self.progress().confirmed.values().cloned().collect();
        if parts.iter().any(|part| part.etag.is_empty()) {
            // The bucket's CORS rules do not let pages see entity tags; a listing tells them too.
            let (listed, _) = self.stored_parts(upload).await?;
            let tags: BTreeMap<u16, String> = listed.into_iter().map(|part| (part.number, part.etag)).collect();
            parts.iter_mut().for_each(|part| part.etag = tags.get(&part.number).cloned().unwrap_or_default());
        }
        let draft = |whole| upload::complete(&self.job.location, upload, &parts, whole, self.job.existing).map_err(Failure::address);
        let unsure = std::mem::replace(&mut self.progress().unsure, true);
        let mut sent = self.persist(&draft(Some(whole))?, None, unsure, upload::read_completed).await;
        if matches!(&sent, Err(Stop::Refused { error, .. }) if error.code == "BadDigest") && !self.stored_parts(upload).await?.1 {
            // Not S3, and it knows no checksum of a whole object. Each part was held against its own.
            sent = self.persist(&draft(None)?, None, unsure, upload::read_completed).await;
        }
        match sent {
            Err(Stop::Refused { error, unsure: false }) if error.code == "NoSuchUpload" => {
                self.progress().unsure = false;
                Err(Stop::Refused { error, unsure: false })
            }
            sent => Ok(self.settle(sent, whole).await?),
        }
    }

    /// What the answer to a request means that made the object, or would have.
    async fn settle(&self, sent: Result<String, Stop>, checksum: Checksum) -> Result<Outcome, Failure> {
        match sent {
            Ok(_) => {
                self.progress().unsure = false;
                Ok(Outcome::Stored)
            }
            Err(Stop::Refused { error, unsure }) if matches!(error.code.as_str(), "PreconditionFailed" | "NoSuchUpload") => {
                // Our own object may be what stands in the way.
                if unsure && self.is_stored(checksum).await? {
                    self.progress().unsure = false;
                    return Ok(Outcome::Stored);
                }
                self.progress().unsure = false;
                if error.code == "PreconditionFailed" { Ok(Outcome::Exists) } else { Err(Failure::service(&error, &self.action())) }
            }
            Err(stop) => {
                if let Stop::Refused { unsure: false, .. } = stop {
                    self.progress().unsure = false;
                }
                Err(stop.failure(&self.action()))
            }
        }
    }

    /// Whether there is an object of this name. Where the role may not ask, it shows at the end.
    async fn is_there(&self) -> bool {
        self.job.errand(self.outside).is_there(&self.job.key).await == Some(true)
    }

    /// Whether S3 has this file under the name.
    async fn is_stored(&self, checksum: Checksum) -> Result<bool, Failure> {
        let Job { role, location, key, .. } = self.job;
        let mut draft = ObjectRequest::default().head(location, key).map_err(Failure::address)?;
        draft.headers.push(("x-amz-checksum-mode", "ENABLED".to_owned()));
        let unclear = || {
            Failure::new(
                t!(
                    "S3 did not say whether {key} is stored: its answer was lost, and it does not tell this page the checksum of what is there.",
                    key = key
                ),
                t!("Look at the object before you upload it again."),
            )
        };
        let answer = exchange::read(self.surroundings(), role, location, &draft, "").await.map_err(|_| unclear())?;
        let length = answer.header("content-length").and_then(|length| length.parse().ok());
        let stored = answer.header("x-amz-checksum-crc64nvme").ok_or_else(unclear)?;
        Ok(length == Some(checksum.length()) && stored == checksum.to_string())
    }

    /// All parts that S3 has, and whether the object's checksum will be that of its bytes.
    async fn stored_parts(&self, upload: Upload<'_>) -> Result<(Vec<StoredPart>, bool), Stop> {
        let (mut parts, mut after) = (Vec::new(), 0);
        loop {
            let draft = upload::parts(&self.job.location, upload, after).map_err(Failure::address)?;
            let answer = self.job.errand(self.outside).ask(&draft).await?;
            let page = upload::read_parts(&answer.body).map_err(|error| unreadable(&error))?;
            parts.extend(page.parts);
            match page.next {
                Some(next) => after = next,
                None => return Ok((parts, page.whole)),
            }
        }
    }

    /// The checksum of a part of the file.
    async fn checksum_of(&self, parts: Parts, number: u16) -> Result<Checksum, Failure> {
        let (first, size) = parts.part(number);
        self.checksum(first, size).await
    }

    /// The checksum of a piece of the file.
    async fn checksum(&self, first: u64, length: u64) -> Result<Checksum, Failure> {
        let _turn = self.readers.take().await;
        let mut checksum = Checksum::default();
        while checksum.length() < length {
            let next = SLICE.min(length - checksum.length());
            let bytes = self.outside.read(self.file, first + checksum.length(), next).await.map_err(|Unreadable| self.changed())?;
            checksum.update(&bytes);
        }
        Ok(checksum)
    }

    fn changed(&self) -> Failure {
        Failure::new(
            t!("{file} was changed, moved or deleted while it was being uploaded.", file = self.file.path),
            t!("Choose it again: what is stored would be neither the old file nor the new one."),
        )
    }

    fn surroundings(&self) -> &dyn Surroundings {
        self.outside
    }

    fn action(&self) -> String {
        t!("store {key} in {bucket}", key = self.job.key, bucket = self.job.location.name)
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has S3 drop an upload and the parts that it has of it.
pub(super) async fn abandon(outside: &dyn Outside, job: &Job, upload: &str) -> Result<(), Failure> {
    let draft = upload::abort(&job.location, Upload { key: &job.key, id: upload }).map_err(Failure::address)?;
    match job.errand(outside).ask(&draft).await {
        Ok(_) => Ok(()),
        Err(Stop::Refused { error, .. }) if error.code == "NoSuchUpload" => Ok(()),
        Err(stop) => Err(stop.failure(&t!("drop the unfinished upload of {key}", key = job.key))),
    }
}

/// The uploads to keys that begin with the job's key which were begun and not finished, by whomever.
pub(super) async fn unfinished(outside: &dyn Outside, job: &Job) -> Result<Vec<Incomplete>, Failure> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let draft = upload::uploads(&job.location, &job.key, after.as_ref()).map_err(Failure::address)?;
        let answer = job.errand(outside).ask(&draft).await;
        let answer = answer.map_err(|stop| stop.failure(&t!("look for unfinished uploads in {bucket}", bucket = job.location.name)))?;
        let page = upload::read_uploads(&answer.body).map_err(|error| unreadable(&error))?;
        found.extend(page.uploads);
        match page.next.filter(|next| after.as_ref() != Some(next)) {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}

#[cfg(test)]
mod tests;
