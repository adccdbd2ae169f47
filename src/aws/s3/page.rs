//! Reads a page of `ListObjectsV2`.
//!
//! The XML comes from an endpoint that somebody configured: it is not trusted. Whatever arrives,
//! reading ends with a page or an error, in time and memory proportional to the body.

use crate::aws::xml::{Walker, XmlError};
use crate::model::clock::Timestamp;
use crate::model::object::{ListPage, Object};
use crate::words::{mark, t, translated};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::fmt;

/// Longest body that is read. 1,000 keys of 1,024 bytes, percent-encoded, are 3.5 MB.
const LONGEST_BODY: usize = 16 * 1024 * 1024;

/// Why a body is not a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageError {
    /// Larger than any page.
    TooLarge,
    /// Not UTF-8.
    NotUtf8,
    /// Not well-formed XML, or cut off.
    Malformed(u64),
    /// Something else than a listing.
    NotAListing,
    /// An element that must be there is not, or holds something else.
    Field(&'static str),
    /// There is more, but the answer does not say where.
    NoToken,
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(translated(match self {
            Self::TooLarge => mark!("the listing is larger than 16 MiB"),
            Self::NotUtf8 => mark!("the listing is not UTF-8"),
            Self::Malformed(at) => return f.write_str(&t!("the listing stops being well-formed XML at byte {place}", place = *at)),
            Self::NotAListing => mark!("the answer is not a listing"),
            Self::Field(name) => return f.write_str(&t!("the listing has a wrong or missing {name}", name = name)),
            Self::NoToken => mark!("the listing goes on but names no continuation token"),
        }))
    }
}

impl std::error::Error for PageError {}

impl From<XmlError> for PageError {
    fn from(error: XmlError) -> Self {
        Self::Malformed(error.at)
    }
}

/// Reads a page.
///
/// Keys and prefixes are decoded when the answer says that it encoded them. Not every
/// implementation follows the `encoding-type` of the request, and the word about it may stand
/// behind the keys.
///
/// # Errors
/// [`PageError`] when `body` is not a whole, well-formed `ListBucketResult`.
pub fn parse(body: &[u8]) -> Result<ListPage, PageError> {
    if body.len() > LONGEST_BODY {
        return Err(PageError::TooLarge);
    }
    let mut walker = Walker::new(std::str::from_utf8(body).map_err(|_| PageError::NotUtf8)?);
    if walker.root()? != "ListBucketResult" {
        return Err(PageError::NotAListing);
    }
    let mut page = ListPage::default();
    let (mut is_truncated, mut is_encoded) = (None, false);
    while let Some(element) = walker.child()? {
        match element {
            "Contents" => page.objects.push(object(&mut walker)?),
            "CommonPrefixes" => prefix(&mut walker, &mut page.prefixes)?,
            "IsTruncated" => is_truncated = Some(truth(&walker.text()?)?),
            "NextContinuationToken" => page.next = Some(walker.text()?.into_owned()).filter(|token| !token.is_empty()),
            "EncodingType" => is_encoded = walker.text()?.trim() == "url",
            _ => walker.skip()?,
        }
    }
    walker.finish()?;
    match is_truncated {
        Some(true) if page.next.is_none() => return Err(PageError::NoToken),
        Some(false) => page.next = None,
        _ => {}
    }
    if is_encoded {
        for key in page.objects.iter_mut().map(|object| &mut object.key).chain(&mut page.prefixes) {
            decode(key)?;
        }
    }
    Ok(page)
}

fn object(walker: &mut Walker<'_>) -> Result<Object, PageError> {
    let (mut key, mut size) = (None, None);
    let (mut last_modified, mut etag, mut storage_class) = (None, String::new(), String::new());
    while let Some(element) = walker.child()? {
        match element {
            "Key" => key = Some(walker.text()?.into_owned()),
            "Size" => size = Some(walker.text()?.trim().parse().map_err(|_| PageError::Field("Size"))?),
            "LastModified" => last_modified = Timestamp::parse_rfc3339(walker.text()?.trim()),
            "ETag" => etag = walker.text()?.into_owned(),
            "StorageClass" => {
                let class = walker.text()?;
                if class != "STANDARD" {
                    storage_class = class.into_owned();
                }
            }
            _ => walker.skip()?,
        }
    }
    Ok(Object { key: key.ok_or(PageError::Field("Key"))?, size: size.ok_or(PageError::Field("Size"))?, last_modified, etag, storage_class })
}

/// Reads one of the `CommonPrefixes`.
pub(super) fn prefix(walker: &mut Walker<'_>, prefixes: &mut Vec<String>) -> Result<(), XmlError> {
    while let Some(element) = walker.child()? {
        match element {
            "Prefix" => prefixes.push(walker.text()?.into_owned()),
            _ => walker.skip()?,
        }
    }
    Ok(())
}

fn truth(text: &str) -> Result<bool, PageError> {
    match text.trim() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(PageError::Field("IsTruncated")),
    }
}

/// Undoes `encoding-type=url`. S3 writes a space as `+` and a plus as `%2B`; others write the space
/// as `%20`. Nobody leaves a plus bare.
pub(super) fn decode(key: &mut String) -> Result<(), PageError> {
    if memchr::memchr2(b'%', b'+', key.as_bytes()).is_some() {
        let spaced = if key.contains('+') { Cow::Owned(key.replace('+', " ")) } else { Cow::Borrowed(key.as_str()) };
        let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| PageError::Field("Key"))?.into_owned();
        *key = decoded;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
