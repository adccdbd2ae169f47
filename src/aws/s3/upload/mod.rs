//! Writes an object: whole, or in parts
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>).
//!
//! Whoever sends [`put`] or [`part`] adds the body, so both are signed with
//! [`super::sign_without_body`].

mod answers;

pub use answers::{Incomplete, StoredPart, StoredParts, Uploads, read_begun, read_completed, read_parts, read_uploads};

use super::address::{self, AddressError};
use super::checksum::Checksum;
use crate::aws::request::{Draft, Method};
use crate::aws::xml::escape;
use crate::model::location::Location;
use std::fmt::Write as _;

/// Whether an object of the same key may be replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// No: S3 refuses with `PreconditionFailed` where there is one when the object would come to be.
    #[default]
    Keep,
    /// Yes.
    Replace,
}

impl Existing {
    pub(super) fn condition(self, draft: &mut Draft) {
        if self == Self::Keep {
            draft.headers.push(("if-none-match", "*".to_owned()));
        }
    }
}

/// An upload in parts that S3 knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload<'a> {
    /// Key of the object to be.
    pub key: &'a str,
    /// What S3 calls the upload.
    pub id: &'a str,
}

/// Writes a `PutObject`: the object in one piece. `content_type` may be empty, then S3 decides.
///
/// # Errors
/// As [`address::object`], and so for all that follow.
pub fn put(location: &Location, key: &str, content_type: &str, checksum: Checksum, existing: Existing) -> Result<Draft, AddressError> {
    let mut draft = object(Method::Put, location, key)?;
    content(&mut draft, content_type);
    draft.headers.push(("x-amz-checksum-crc64nvme", checksum.to_string()));
    existing.condition(&mut draft);
    Ok(draft)
}

/// Writes a `CreateMultipartUpload`, for [`read_begun`].
///
/// # Errors
/// As [`put`].
pub fn begin(location: &Location, key: &str, content_type: &str) -> Result<Draft, AddressError> {
    let mut draft = object(Method::Post, location, key)?;
    draft.query.push("uploads", "");
    content(&mut draft, content_type);
    draft.headers.push(("x-amz-checksum-algorithm", "CRC64NVME".to_owned()));
    draft.headers.push(("x-amz-checksum-type", "FULL_OBJECT".to_owned()));
    Ok(draft)
}

/// Writes an `UploadPart`. The answer's `ETag` is what [`complete`] wants, where CORS lets it be seen.
///
/// # Errors
/// As [`put`].
pub fn part(location: &Location, upload: Upload<'_>, number: u16, checksum: Checksum) -> Result<Draft, AddressError> {
    let mut draft = object(Method::Put, location, upload.key)?;
    draft.query.push("partNumber", &number.to_string());
    draft.query.push("uploadId", upload.id);
    draft.headers.push(("x-amz-checksum-crc64nvme", checksum.to_string()));
    Ok(draft)
}

/// Writes a `ListParts` for the parts behind number `after`, for [`read_parts`].
///
/// # Errors
/// As [`put`].
pub fn parts(location: &Location, upload: Upload<'_>, after: u16) -> Result<Draft, AddressError> {
    let mut draft = object(Method::Get, location, upload.key)?;
    draft.query.push("uploadId", upload.id);
    if after > 0 {
        draft.query.push("part-number-marker", &after.to_string());
    }
    Ok(draft)
}

/// Writes a `CompleteMultipartUpload`, for [`read_completed`]. `whole` is the checksum of the object,
/// which S3 holds against what it has; implementations that know only [composites](StoredParts::whole)
/// refuse it.
///
/// # Errors
/// As [`put`].
pub fn complete(
    location: &Location,
    upload: Upload<'_>,
    parts: &[StoredPart],
    whole: Option<Checksum>,
    existing: Existing,
) -> Result<Draft, AddressError> {
    let mut draft = object(Method::Post, location, upload.key)?;
    draft.query.push("uploadId", upload.id);
    draft.headers.push(("content-type", "application/xml".to_owned()));
    if let Some(whole) = whole {
        draft.headers.push(("x-amz-checksum-crc64nvme", whole.to_string()));
        draft.headers.push(("x-amz-checksum-type", "FULL_OBJECT".to_owned()));
    }
    draft.headers.push(("x-amz-mp-object-size", parts.iter().map(|part| part.size).sum::<u64>().to_string()));
    existing.condition(&mut draft);
    let mut body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">".to_owned();
    for StoredPart { number, etag, checksum, .. } in parts {
        body.push_str("<Part>");
        if let Some(checksum) = checksum {
            // Writing to a String does not fail.
            let _ = write!(body, "<ChecksumCRC64NVME>{checksum}</ChecksumCRC64NVME>");
        }
        body.push_str("<ETag>");
        escape(etag, &mut body);
        let _ = write!(body, "</ETag><PartNumber>{number}</PartNumber></Part>");
    }
    body.push_str("</CompleteMultipartUpload>");
    draft.body = body.into_bytes();
    Ok(draft)
}

/// Writes an `AbortMultipartUpload`: S3 drops the parts and answers 204.
///
/// # Errors
/// As [`put`].
pub fn abort(location: &Location, upload: Upload<'_>) -> Result<Draft, AddressError> {
    let mut draft = object(Method::Delete, location, upload.key)?;
    draft.query.push("uploadId", upload.id);
    Ok(draft)
}

/// Writes a `ListMultipartUploads` for keys that begin with `prefix`, for [`read_uploads`]. `after` is
/// [`Uploads::next`] of the page before.
///
/// # Errors
/// As [`address::bucket`].
pub fn uploads(location: &Location, prefix: &str, after: Option<&(String, String)>) -> Result<Draft, AddressError> {
    let (origin, path) = address::bucket(location)?;
    let mut draft = Draft::new(Method::Get, origin, path);
    draft.query.push("uploads", "");
    draft.query.push("encoding-type", "url");
    if !prefix.is_empty() {
        draft.query.push("prefix", prefix);
    }
    if let Some((key, id)) = after {
        draft.query.push("key-marker", key);
        draft.query.push("upload-id-marker", id);
    }
    Ok(draft)
}

fn object(method: Method, location: &Location, key: &str) -> Result<Draft, AddressError> {
    let (origin, path) = address::object(location, key)?;
    Ok(Draft::new(method, origin, path))
}

/// Names the type of the content. One that could not stand in a header is left out.
fn content(draft: &mut Draft, content_type: &str) {
    if !content_type.is_empty() && content_type.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        draft.headers.push(("content-type", content_type.to_owned()));
    }
}

#[cfg(test)]
mod tests;
