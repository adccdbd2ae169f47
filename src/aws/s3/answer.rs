//! What all of S3's answers in XML share. None of it is trusted, as little as a listing.

use crate::aws::error::ServiceError;
use crate::aws::request::Answer;
use crate::aws::xml::{Walker, XmlError};
use crate::words::t;
use thiserror::Error;

/// Longest body that is read. 1,000 uploads with keys of 1,024 bytes, percent-encoded, are 4 MB.
const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// Why an answer of success cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// Larger than any answer.
    #[error("{}", t!("the answer is larger than 16 MiB"))]
    TooLarge,
    /// Not UTF-8.
    #[error("{}", t!("the answer is not UTF-8"))]
    NotUtf8,
    /// Not well-formed XML, or cut off.
    #[error("{}", t!("the answer stops being well-formed XML at byte {place}", place = .0))]
    Malformed(u64),
    /// Something else than was asked for.
    #[error("{}", t!("the answer is not a {name}", name = .0))]
    Other(&'static str),
    /// An element that must be there is not, or holds something else.
    #[error("{}", t!("the answer has a wrong or missing {name}", name = .0))]
    Field(&'static str),
}

impl From<XmlError> for AnswerError {
    fn from(error: XmlError) -> Self {
        Self::Malformed(error.at)
    }
}

/// Why something is not known to have been done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotDone {
    /// S3 refused, in the status or in the body below a status of success.
    #[error(transparent)]
    Refused(#[from] ServiceError),
    /// The answer does not say.
    #[error(transparent)]
    Unclear(#[from] AnswerError),
}

/// Goes into an answer whose root element is called `name`.
pub(super) fn root<'a>(body: &'a [u8], name: &'static str) -> Result<Walker<'a>, AnswerError> {
    let mut walker = Walker::new(text(body)?);
    if walker.root()? == name { Ok(walker) } else { Err(AnswerError::Other(name)) }
}

fn text(body: &[u8]) -> Result<&str, AnswerError> {
    if body.len() > LONGEST_BODY {
        return Err(AnswerError::TooLarge);
    }
    std::str::from_utf8(body).map_err(|_| AnswerError::NotUtf8)
}

/// Goes into an answer that S3 begins to give before it knows what comes of the request, so that a
/// status of 200 says nothing yet.
pub(super) fn late<'a>(answer: &'a Answer, name: &'static str) -> Result<Walker<'a>, NotDone> {
    if !answer.is_success() {
        return Err(ServiceError::from_s3(answer).into());
    }
    let text = text(&answer.body)?.trim_start();
    let mut walker = Walker::new(text);
    match walker.root().map_err(AnswerError::from)? {
        found if found == name => Ok(walker),
        "Error" | "ErrorResponse" => Err(ServiceError::from_s3(&Answer { body: text.into(), ..answer.clone() }).into()),
        _ => Err(AnswerError::Other(name).into()),
    }
}

/// The entity tag of what came to be.
pub(super) fn etag(mut walker: Walker<'_>) -> Result<String, AnswerError> {
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
