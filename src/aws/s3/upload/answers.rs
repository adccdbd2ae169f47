//! What S3 answers to uploads in parts. None of it is trusted, as little as a listing.

use crate::aws::error::ServiceError;
use crate::aws::request::Answer;
use crate::aws::s3::checksum::Checksum;
use crate::aws::s3::page;
use crate::aws::xml::{Walker, XmlError};
use crate::model::clock::Timestamp;
use thiserror::Error;

/// Longest body that is read. 1,000 uploads with keys of 1,024 bytes, percent-encoded, are 4 MB.
const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// Why an answer of success cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// Larger than any answer.
    #[error("the answer is larger than 16 MiB")]
    TooLarge,
    /// Not UTF-8.
    #[error("the answer is not UTF-8")]
    NotUtf8,
    /// Not well-formed XML, or cut off.
    #[error("the answer stops being well-formed XML at byte {0}")]
    Malformed(u64),
    /// Something else than was asked for.
    #[error("the answer is not a {0}")]
    Other(&'static str),
    /// An element that must be there is not, or holds something else.
    #[error("the answer has a wrong or missing {0}")]
    Field(&'static str),
}

impl From<XmlError> for AnswerError {
    fn from(error: XmlError) -> Self {
        Self::Malformed(error.at)
    }
}

/// Why an upload in parts is not known to have become an object.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CompleteError {
    /// S3 refused, in the status or in the body below a status of success.
    #[error(transparent)]
    Refused(#[from] ServiceError),
    /// The answer does not say.
    #[error(transparent)]
    Unclear(#[from] AnswerError),
}

/// A part that S3 has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPart {
    /// Number, from 1.
    pub number: u16,
    /// Entity tag as S3 gives it.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// Its checksum, where S3 keeps one.
    pub checksum: Option<Checksum>,
}

/// A page of the parts that S3 has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredParts {
    /// The parts, in the order of the answer.
    pub parts: Vec<StoredPart>,
    /// The number behind which the next page begins; `None` on the last.
    pub next: Option<u16>,
    /// Whether the checksum of the object will be that of its bytes, and not one of the parts' checksums.
    pub whole: bool,
}

/// An upload in parts that was begun and neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomplete {
    /// Key of the object to be.
    pub key: String,
    /// What S3 calls the upload.
    pub id: String,
    /// When it was begun.
    pub initiated: Option<Timestamp>,
}

/// A page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uploads {
    /// The uploads, in the order of the answer.
    pub uploads: Vec<Incomplete>,
    /// Key and id behind which the next page begins; `None` on the last.
    pub next: Option<(String, String)>,
}

/// Reads the answer to [`super::begin`]: the upload's id.
///
/// # Errors
/// [`AnswerError`] when it names none.
pub fn read_begun(body: &[u8]) -> Result<String, AnswerError> {
    let mut walker = root(body, "InitiateMultipartUploadResult")?;
    let mut id = None;
    while let Some(element) = walker.child()? {
        match element {
            "UploadId" => id = Some(walker.text()?.into_owned()),
            _ => walker.skip()?,
        }
    }
    walker.finish()?;
    id.filter(|id| !id.is_empty()).ok_or(AnswerError::Field("UploadId"))
}

/// Reads the answer to [`super::parts`].
///
/// # Errors
/// [`AnswerError`] when it is not a whole, well-formed `ListPartsResult`.
pub fn read_parts(body: &[u8]) -> Result<StoredParts, AnswerError> {
    let mut walker = root(body, "ListPartsResult")?;
    let (mut page, mut is_truncated) = (StoredParts::default(), false);
    while let Some(element) = walker.child()? {
        match element {
            "Part" => page.parts.push(stored_part(&mut walker)?),
            "IsTruncated" => is_truncated = walker.text()?.trim() == "true",
            "ChecksumType" => page.whole = walker.text()?.trim() == "FULL_OBJECT",
            "NextPartNumberMarker" => page.next = walker.text()?.trim().parse().ok(),
            _ => walker.skip()?,
        }
    }
    walker.finish()?;
    match (is_truncated, page.next) {
        (false, _) => page.next = None,
        // A marker that does not move on would be asked for without end.
        (true, Some(next)) if page.parts.iter().all(|part| part.number <= next) && !page.parts.is_empty() => {}
        (true, _) => return Err(AnswerError::Field("NextPartNumberMarker")),
    }
    Ok(page)
}

fn stored_part(walker: &mut Walker<'_>) -> Result<StoredPart, AnswerError> {
    let (mut number, mut size, mut etag, mut checksum) = (None, None, None, None);
    while let Some(element) = walker.child()? {
        match element {
            "PartNumber" => number = walker.text()?.trim().parse().ok().filter(|number| *number > 0),
            "Size" => size = walker.text()?.trim().parse().ok(),
            "ETag" => etag = Some(walker.text()?.into_owned()).filter(|etag| !etag.is_empty()),
            "ChecksumCRC64NVME" => checksum = Some(walker.text()?.into_owned()),
            _ => walker.skip()?,
        }
    }
    let size = size.ok_or(AnswerError::Field("Size"))?;
    Ok(StoredPart {
        number: number.ok_or(AnswerError::Field("PartNumber"))?,
        etag: etag.ok_or(AnswerError::Field("ETag"))?,
        size,
        checksum: checksum.and_then(|text| Checksum::parse(text.trim(), size)),
    })
}

/// Reads the answer to [`super::complete`]: the object's entity tag. S3 begins to answer before it knows
/// what comes of it, so that a status of 200 says nothing yet.
///
/// # Errors
/// [`CompleteError`] unless the object is there.
pub fn read_completed(answer: &Answer) -> Result<String, CompleteError> {
    if !answer.is_success() {
        return Err(ServiceError::from_s3(answer).into());
    }
    let text = text(&answer.body)?;
    let mut walker = Walker::new(text.trim_start());
    match walker.root().map_err(AnswerError::from)? {
        "CompleteMultipartUploadResult" => {}
        "Error" | "ErrorResponse" => return Err(ServiceError::from_s3(&Answer { body: text.trim_start().into(), ..answer.clone() }).into()),
        _ => return Err(AnswerError::Other("CompleteMultipartUploadResult").into()),
    }
    Ok(completed(walker)?)
}

fn completed(mut walker: Walker<'_>) -> Result<String, AnswerError> {
    let mut etag = None;
    while let Some(element) = walker.child()? {
        match element {
            "ETag" => etag = Some(walker.text()?.into_owned()),
            _ => walker.skip()?,
        }
    }
    walker.finish()?;
    etag.filter(|etag| !etag.is_empty()).ok_or(AnswerError::Field("ETag"))
}

/// Reads the answer to [`super::uploads`].
///
/// # Errors
/// [`AnswerError`] when it is not a whole, well-formed `ListMultipartUploadsResult`.
pub fn read_uploads(body: &[u8]) -> Result<Uploads, AnswerError> {
    let mut walker = root(body, "ListMultipartUploadsResult")?;
    let mut page = Uploads::default();
    let (mut is_truncated, mut is_encoded, mut next_key, mut next_id) = (false, false, None, String::new());
    while let Some(element) = walker.child()? {
        match element {
            "Upload" => page.uploads.push(incomplete(&mut walker)?),
            "IsTruncated" => is_truncated = walker.text()?.trim() == "true",
            "NextKeyMarker" => next_key = Some(walker.text()?.into_owned()).filter(|key| !key.is_empty()),
            "NextUploadIdMarker" => next_id = walker.text()?.into_owned(),
            "EncodingType" => is_encoded = walker.text()?.trim() == "url",
            _ => walker.skip()?,
        }
    }
    walker.finish()?;
    if is_encoded {
        for key in page.uploads.iter_mut().map(|upload| &mut upload.key).chain(&mut next_key) {
            page::decode(key).map_err(|_| AnswerError::Field("Key"))?;
        }
    }
    if is_truncated {
        page.next = Some((next_key.ok_or(AnswerError::Field("NextKeyMarker"))?, next_id));
    }
    Ok(page)
}

fn incomplete(walker: &mut Walker<'_>) -> Result<Incomplete, AnswerError> {
    let (mut key, mut id, mut initiated) = (None, None, None);
    while let Some(element) = walker.child()? {
        match element {
            "Key" => key = Some(walker.text()?.into_owned()),
            "UploadId" => id = Some(walker.text()?.into_owned()),
            "Initiated" => initiated = Timestamp::parse_rfc3339(walker.text()?.trim()),
            _ => walker.skip()?,
        }
    }
    Ok(Incomplete { key: key.ok_or(AnswerError::Field("Key"))?, id: id.ok_or(AnswerError::Field("UploadId"))?, initiated })
}

fn root<'a>(body: &'a [u8], name: &'static str) -> Result<Walker<'a>, AnswerError> {
    let mut walker = Walker::new(text(body)?);
    if walker.root()? == name { Ok(walker) } else { Err(AnswerError::Other(name)) }
}

fn text(body: &[u8]) -> Result<&str, AnswerError> {
    if body.len() > LONGEST_BODY {
        return Err(AnswerError::TooLarge);
    }
    std::str::from_utf8(body).map_err(|_| AnswerError::NotUtf8)
}
