//! The bytes of an object that a preview asks for, and the address at which the browser itself can have it.

use super::credentials::CredentialStore;
use super::details::Subject;
use super::exchange;
use super::failure::Failure;
use crate::aws::request::Answer;
use crate::aws::s3::object::{Disposition, ObjectRequest};
use crate::aws::sign::{self, Scope};
use crate::model::clock::Timestamp;
use crate::model::location::Signing;
use crate::model::secret::Secret;
use crate::reactive::Signal;
use crate::words::t;

/// How long an address works that a player asks again and again, in seconds.
const PLAY_SECONDS: u32 = 900;

/// Some bytes of an object, and what is known of the whole with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What tells this object from another of the same name.
    pub mark: Mark,
}

/// What tells an object from what it is replaced by: as much of it as the bucket's CORS rules let a page see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Bytes of the whole.
    pub size: Option<u64>,
    etag: Option<String>,
    modified: Option<String>,
    /// What it says it is.
    pub media_type: Option<String>,
}

/// An address that works for a while.
pub struct Address {
    /// Whoever has it has the object until then.
    pub url: Secret,
    /// When it ends.
    pub until: Timestamp,
}

impl Mark {
    fn of(answer: &Answer) -> Self {
        let header = |name| answer.header(name).map(str::to_owned);
        let size = answer.header("content-range").and_then(|range| range.rsplit_once('/')?.1.parse().ok());
        Self { size, etag: header("etag"), modified: header("last-modified"), media_type: header("content-type") }
    }

    /// Whether both can be of one object.
    #[must_use]
    pub fn fits(&self, other: &Self) -> bool {
        fn agree<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.is_none() || other.is_none() || one == other
        }
        agree(self.size.as_ref(), other.size.as_ref())
            && agree(self.etag.as_ref(), other.etag.as_ref())
            && agree(self.modified.as_ref(), other.modified.as_ref())
    }
}

/// Reads bytes `first` to `last` of an object, both included.
///
/// Fewer come where the object ends before that.
///
/// # Errors
/// What S3 or the portal refused, and an answer with other bytes than were asked for.
pub async fn read(store: CredentialStore, subject: &Subject, first: u64, last: u64) -> Result<Part, Failure> {
    let Subject { role, location, key, version } = subject;
    let request = ObjectRequest { range: Some((first, last)), version: version.as_deref(), ..ObjectRequest::default() };
    let mut draft = request.get(location, key).map_err(Failure::address)?;
    // Otherwise the browser unpacks what is stored packed, and a piece of it is nothing that it could unpack.
    draft.query.push("response-content-encoding", "identity");
    let answer =
        exchange::read(&store, role, location, &draft, &t!("read {key} in bucket {bucket}", key = key, bucket = location.name)).await?;
    let mark = Mark::of(&answer);
    match asked_for(answer, first, last, mark.size) {
        Some(bytes) => Ok(Part { bytes, mark }),
        None => Err(changed()),
    }
}

/// Of an answer, the bytes that were asked for. Whoever does not know ranges gives everything.
fn asked_for(answer: Answer, first: u64, last: u64, size: Option<u64>) -> Option<Vec<u8>> {
    let (length, end) = (usize::try_from(last - first + 1).ok()?, first + answer.body.len() as u64);
    if answer.body.len() == length || answer.status == 206 && end <= last && size == Some(end) {
        return Some(answer.body);
    }
    let first = usize::try_from(first).ok().filter(|_| answer.status == 200)?;
    answer.body.get(first..first + length).map(<[u8]>::to_vec)
}

/// Said of an object that is not any more what it was.
#[must_use]
pub fn changed() -> Failure {
    Failure::new(t!("The object was replaced while it was read."), t!("Load it again to see what it is now.")).retryable()
}

/// Whether the browser itself can have objects of this place: by an address with a signature in it.
#[must_use]
pub fn has_addresses(store: CredentialStore, subject: &Subject) -> bool {
    store.signing(&subject.role, &subject.location).0 == Signing::Query
}

/// Makes an address for the browser itself, at which S3 says that the object is of `media_type`.
///
/// # Errors
/// What the portal refused.
pub async fn address(store: CredentialStore, subject: &Subject, media_type: &str) -> Result<Address, Failure> {
    let Subject { role, location, key, version } = subject;
    let request = ObjectRequest {
        disposition: Disposition::Inline,
        version: version.as_deref(),
        media_type: Some(media_type),
        ..ObjectRequest::default()
    };
    let draft = request.get(location, key).map_err(Failure::address)?;
    let minted = store.get(role).await?;
    let now = store.now();
    let until = now.plus_seconds(i64::from(PLAY_SECONDS)).min(minted.credentials.expiration);
    let request = sign::query(draft, &minted.credentials, Scope::s3(&location.region), now, PLAY_SECONDS);
    Ok(Address { url: Secret::new(request.url()), until })
}

/// Counts the returns from the back/forward cache, before which everything that was shown was let go of.
#[must_use]
pub fn returns(store: CredentialStore) -> Signal<u32> {
    store.revivals()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Answer { status, headers, body: body.to_vec() }
    }

    #[test]
    fn what_was_asked_for() {
        let asked_for = |status, body: &[u8], size| super::asked_for(answer(status, &[], body), 2, 4, size);
        assert_eq!(asked_for(206, b"cde", None).unwrap(), b"cde");
        assert_eq!(asked_for(200, b"abcdefg", None).unwrap(), b"cde");
        assert_eq!(asked_for(206, b"cd", Some(4)).unwrap(), b"cd");
        assert_eq!(asked_for(206, b"cd", Some(5)), None);
        assert_eq!(asked_for(206, b"cd", None), None);
        assert_eq!(asked_for(206, b"abcdefg", None), None);
        assert_eq!(asked_for(200, b"abcd", None), None);
    }

    #[test]
    fn marks_tell_objects_apart_by_what_can_be_seen() {
        let of = |headers: &[(&str, &str)]| Mark::of(&answer(206, headers, b""));
        let first = of(&[("Content-Range", "bytes 0-9/100"), ("ETag", "\"a\""), ("Content-Type", "text/plain")]);
        assert_eq!((first.size, first.media_type.as_deref()), (Some(100), Some("text/plain")));
        assert!(first.fits(&of(&[])) && first.fits(&of(&[("content-range", "bytes 10-19/100")])));
        assert!(!first.fits(&of(&[("content-range", "bytes 0-9/101")])));
        assert!(!first.fits(&of(&[("etag", "\"b\"")])));
        let then = of(&[("last-modified", "Fri, 20 Nov 2026 16:40:00 GMT")]);
        assert!(then.fits(&first) && !then.fits(&of(&[("last-modified", "Fri, 20 Nov 2026 16:40:01 GMT")])));
    }
}
