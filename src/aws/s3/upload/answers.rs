//! What S3 answers to uploads in parts. None of it is trusted, as little as a listing.

use crate::aws::request::Answer;
use crate::aws::s3::answer::{self, AnswerError, NotDone, root};
use crate::aws::s3::checksum::Checksum;
use crate::aws::s3::page;
use crate::aws::xml::Walker;
use crate::model::clock::Timestamp;

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

/// Reads the answer to [`super::complete`]: the object's entity tag.
///
/// # Errors
/// [`NotDone`] unless the object is there.
pub fn read_completed(answer: &Answer) -> Result<String, NotDone> {
    Ok(answer::etag(answer::late(answer, "CompleteMultipartUploadResult")?)?)
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
