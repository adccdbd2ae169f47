//! Uploads in parts: begun, fed and completed or aborted, as S3 does it, without its XML.

use super::object::{Object, ObjectHeaders};
use super::receive::{Received, whole_checksum};
use crate::model::clock::Timestamp;
use bytes::{Bytes, BytesMut};
use md5::{Digest as _, Md5};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use thiserror::Error;

/// The smallest part that another may follow (S3 User Guide, "multipart upload limits").
const SMALLEST_PART: u64 = 5 * 1024 * 1024;

/// The most bytes of parts that all uploads under way may hold: they are in memory.
const MOST_HELD: u64 = 512 * 1024 * 1024;

static HELD: AtomicU64 = AtomicU64::new(0);

/// Why an upload does not go on. The names are S3's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum UploadError {
    #[error(
        "The specified multipart upload does not exist. The upload ID might be invalid, or the multipart upload might have been aborted or completed."
    )]
    NoSuchUpload,
    #[error(
        "One or more of the specified parts could not be found. The part might not have been uploaded, or the specified entity tag might not have matched the part's entity tag."
    )]
    InvalidPart,
    #[error("The list of parts was not in ascending order. The parts list must be specified in order by part number.")]
    InvalidPartOrder,
    #[error("Your proposed upload is smaller than the minimum allowed size")]
    EntityTooSmall,
    #[error("The provided 'x-amz-mp-object-size' header value does not match what was computed")]
    OtherSize,
    #[error("The checksum you specified did not match the calculated checksum.")]
    BadDigest,
    #[error("The sandbox holds 512 MiB of unfinished uploads at most")]
    TooMuch,
}

/// The uploads of a bucket, in the order of key and id.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    by_key: BTreeMap<(String, String), Upload>,
}

/// An upload.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) initiated: Timestamp,
    /// The session name of whoever began it.
    pub(super) initiator: String,
    /// The algorithm and the type of the checksums that were promised.
    pub(super) algorithm: Option<String>,
    pub(super) whole: bool,
    headers: ObjectHeaders,
    parts: BTreeMap<i32, Part>,
}

/// A part that came.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) received: Received,
    pub(super) last_modified: Timestamp,
    /// Counts the body for as long as the part exists.
    _held: Held,
}

/// Bytes in memory.
#[derive(Debug)]
struct Held(u64);

impl Held {
    fn take(bytes: u64) -> Result<Self, UploadError> {
        let taken = HELD.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| held.checked_add(bytes).filter(|sum| *sum <= MOST_HELD));
        taken.map(|_| Self(bytes)).map_err(|_| UploadError::TooMuch)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// What an upload is begun with.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) initiated: Timestamp,
    pub(super) initiator: String,
    pub(super) algorithm: Option<String>,
    pub(super) whole: bool,
    pub(super) headers: ObjectHeaders,
}

/// What a completion says of a part.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) number: i32,
    pub(super) etag: String,
}

/// What a completion says of the object.
#[derive(Debug, Default)]
pub(super) struct Expected {
    pub(super) size: Option<u64>,
    /// CRC-64/NVME in base64.
    pub(super) checksum: Option<String>,
}

impl Uploads {
    pub(super) fn begin(&mut self, key: &str, id: &str, beginning: Beginning) {
        let Beginning { initiated, initiator, algorithm, whole, headers } = beginning;
        let upload = Upload { initiated, initiator, algorithm, whole, headers, parts: BTreeMap::new() };
        self.by_key.insert((key.to_owned(), id.to_owned()), upload);
    }

    pub(super) fn get(&self, key: &str, id: &str) -> Result<&Upload, UploadError> {
        self.by_key.get(&(key.to_owned(), id.to_owned())).ok_or(UploadError::NoSuchUpload)
    }

    /// Puts a part in the place of any of its number.
    pub(super) fn put(&mut self, key: &str, id: &str, number: i32, received: Received, now: Timestamp) -> Result<(), UploadError> {
        let upload = self.by_key.get_mut(&(key.to_owned(), id.to_owned())).ok_or(UploadError::NoSuchUpload)?;
        let held = Held::take(received.body.len() as u64)?;
        upload.parts.insert(number, Part { received, last_modified: now, _held: held });
        Ok(())
    }

    pub(super) fn abort(&mut self, key: &str, id: &str) -> Result<(), UploadError> {
        self.by_key.remove(&(key.to_owned(), id.to_owned())).map(drop).ok_or(UploadError::NoSuchUpload)
    }

    /// Uploads for keys that begin with `prefix`, behind `after`.
    pub(super) fn from<'a>(&'a self, prefix: &'a str, after: &'a (String, String)) -> impl Iterator<Item = (&'a str, &'a str, &'a Upload)> {
        let behind = self.by_key.iter().filter(move |(place, _)| *place > after && place.0.starts_with(prefix));
        behind.map(|((key, id), upload)| (key.as_str(), id.as_str(), upload))
    }
}

impl Upload {
    /// Parts behind number `after`.
    pub(super) fn parts(&self, after: i32) -> impl Iterator<Item = (i32, &Part)> {
        self.parts.range(after.saturating_add(1)..).map(|(number, part)| (*number, part))
    }

    /// The object that the named parts make.
    pub(super) fn complete(&self, named: &[Named], expected: &Expected, now: Timestamp) -> Result<Object, UploadError> {
        if named.is_empty() || named.windows(2).any(|pair| pair[0].number >= pair[1].number) {
            return Err(UploadError::InvalidPartOrder);
        }
        let mut parts = Vec::with_capacity(named.len());
        for Named { number, etag } in named {
            let part = self.parts.get(number).filter(|part| part.received.etag == *etag).ok_or(UploadError::InvalidPart)?;
            parts.push(&part.received);
        }
        if parts.iter().rev().skip(1).any(|part| part.length < SMALLEST_PART) {
            return Err(UploadError::EntityTooSmall);
        }
        let size = parts.iter().map(|part| part.length).sum();
        if expected.size.is_some_and(|expected| expected != size) {
            return Err(UploadError::OtherSize);
        }
        let body = join(&parts);
        let mut object = Object::new(body, self.headers.clone(), now);
        object.size = size;
        object.etag =
            format!("{}-{}", hex::encode(Md5::digest(parts.iter().flat_map(|part| digest(part)).collect::<Vec<u8>>())), parts.len());
        if object.is_kept() {
            object.checksum = Some(whole_checksum(&object.body));
            if expected.checksum.is_some() && expected.checksum != object.checksum {
                return Err(UploadError::BadDigest);
            }
        }
        Ok(object)
    }
}

/// What the parts' entity tags stand for.
fn digest(part: &Received) -> Vec<u8> {
    hex::decode(&part.etag).unwrap_or_default()
}

fn join(parts: &[&Received]) -> Bytes {
    if let [only] = parts {
        return only.body.clone();
    }
    let mut body = BytesMut::with_capacity(parts.iter().map(|part| part.body.len()).sum());
    for part in parts {
        body.extend_from_slice(&part.body);
    }
    body.freeze()
}
