//! What an object says about itself: the headers that are stored with it and come with every GET and HEAD
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>).

use crate::aws::request::{Answer, Draft};
use crate::words::t;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use thiserror::Error;

/// Most bytes of the names and values of an object's own metadata.
pub const MOST_BYTES: usize = 2_048;

/// In front of the names of an object's own metadata.
const OWN: &str = "x-amz-meta-";

/// Names of headers that are known only while the program runs: drafts keep names for as long as it does.
static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// A header of the content, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Field {
    ContentType,
    CacheControl,
    ContentDisposition,
    ContentEncoding,
    ContentLanguage,
    Expires,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::ContentType, Self::CacheControl, Self::ContentDisposition, Self::ContentEncoding, Self::ContentLanguage, Self::Expires];

    /// Name of the header.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::ContentType => "content-type",
            Self::CacheControl => "cache-control",
            Self::ContentDisposition => "content-disposition",
            Self::ContentEncoding => "content-encoding",
            Self::ContentLanguage => "content-language",
            Self::Expires => "expires",
        }
    }

    /// The parameter by which a GET has S3 answer with another value.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::ContentType => "response-content-type",
            Self::CacheControl => "response-cache-control",
            Self::ContentDisposition => "response-content-disposition",
            Self::ContentEncoding => "response-content-encoding",
            Self::ContentLanguage => "response-content-language",
            Self::Expires => "response-expires",
        }
    }

    /// Whether a page sees the header of an answer from elsewhere without being let (Fetch standard, "CORS-safelisted
    /// response-header name").
    #[must_use]
    pub const fn is_always_seen(self) -> bool {
        !matches!(self, Self::ContentDisposition | Self::ContentEncoding)
    }
}

/// What an object says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The values of [`Field::ALL`]; empty where nothing is said.
    pub fields: [String; 6],
    /// Its own metadata, names without `x-amz-meta-`, in their order.
    pub own: Vec<(String, String)>,
}

/// Why S3 would not take a description.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DescriptionError {
    /// A value without a name.
    #[error("{}", t!("{value} has no name", value = .0))]
    NoName(String),
    /// A name that no header can have.
    #[error("{}", t!("a name has letters a to z, digits and - . _ only; {name} has something else", name = .0))]
    Name(String),
    /// The name is there already.
    #[error("{}", t!("the name {name} is there twice", name = .0))]
    Twice(String),
    /// Nothing is said.
    #[error("{}", t!("{name} has no value", name = .0))]
    NoValue(String),
    /// A character that stands in no header.
    #[error("{}", t!("the value of {name} has characters that no header can have: letters, digits and signs of ASCII do", name = .0))]
    Value(String),
    /// Too much.
    #[error("{}", t!("names and values of metadata have at most {count} bytes together", count = MOST_BYTES))]
    TooLong,
}

impl Description {
    /// What an answer says, as far as the page may see it.
    #[must_use]
    pub fn of(answer: &Answer) -> Self {
        let mut own: Vec<(String, String)> = answer.headers.iter().filter_map(|(name, value)| own_header(name, value)).collect();
        own.sort();
        Self { fields: Field::ALL.map(|field| answer.header(field.header()).unwrap_or_default().to_owned()), own }
    }

    /// A header of the content.
    #[must_use]
    pub fn field(&self, field: Field) -> &str {
        &self.fields[field as usize]
    }

    /// Checks what S3 or the browser would refuse.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), DescriptionError> {
        let fits = |value: &str| value.bytes().all(|byte| matches!(byte, b' '..=b'~')) && value.trim() == value;
        if let Some(field) = Field::ALL.into_iter().find(|field| !fits(self.field(*field))) {
            return Err(DescriptionError::Value(field.header().to_owned()));
        }
        for (at, (name, value)) in self.own.iter().enumerate() {
            if name.is_empty() {
                return Err(DescriptionError::NoName(value.clone()));
            }
            if !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_')) {
                return Err(DescriptionError::Name(name.clone()));
            }
            if value.is_empty() {
                return Err(DescriptionError::NoValue(name.clone()));
            }
            if !fits(value) {
                return Err(DescriptionError::Value(name.clone()));
            }
            if self.own.iter().take(at).any(|(other, _)| other == name) {
                return Err(DescriptionError::Twice(name.clone()));
            }
        }
        let bytes: usize = self.own.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > MOST_BYTES { Err(DescriptionError::TooLong) } else { Ok(()) }
    }

    /// Adds the headers of a request that stores it.
    pub(super) fn write(&self, draft: &mut Draft) {
        for field in Field::ALL {
            let value = self.field(field);
            if !value.is_empty() {
                draft.headers.push((field.header(), value.to_owned()));
            }
        }
        draft.headers.extend(self.own.iter().map(|(name, value)| (lasting(&[OWN, name].concat()), value.clone())));
    }
}

fn own_header(name: &str, value: &str) -> Option<(String, String)> {
    let name = name.to_ascii_lowercase();
    Some((name.strip_prefix(OWN)?.to_owned(), value.to_owned()))
}

/// The same name, for as long as the program runs; each is kept once.
fn lasting(name: &str) -> &'static str {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = name.to_owned().leak();
    names.insert(kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&str, &str)]) -> Description {
        let own = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Description { own, ..Description::default() }
    }

    #[test]
    fn what_an_answer_says() {
        let headers = [("Content-Type", "text/plain"), ("X-Amz-Meta-Project", "a"), ("x-amz-meta-author", "b"), ("etag", "\"e\"")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let description = Description::of(&Answer { status: 200, headers, body: Vec::new() });
        assert_eq!(description.field(Field::ContentType), "text/plain");
        assert_eq!(description.field(Field::Expires), "");
        assert_eq!(description.own, own(&[("author", "b"), ("project", "a")]).own);
    }

    #[test]
    fn what_s3_would_refuse_is_told_before() {
        assert_eq!(own(&[("a", "b"), ("c-d", "e f")]).check(), Ok(()));
        for (pairs, error) in [
            (&[("", "x")][..], DescriptionError::NoName("x".into())),
            (&[("Project", "x")], DescriptionError::Name("Project".into())),
            (&[("a b", "x")], DescriptionError::Name("a b".into())),
            (&[("a", "")], DescriptionError::NoValue("a".into())),
            (&[("a", "é")], DescriptionError::Value("a".into())),
            (&[("a", "x\r\nx-amz-acl: public-read")], DescriptionError::Value("a".into())),
            (&[("a", " x")], DescriptionError::Value("a".into())),
            (&[("a", "x"), ("a", "y")], DescriptionError::Twice("a".into())),
        ] {
            assert_eq!(own(pairs).check(), Err(error));
        }
        assert_eq!(own(&[("a", &"x".repeat(MOST_BYTES - 1))]).check(), Ok(()));
        assert_eq!(own(&[("a", &"x".repeat(MOST_BYTES))]).check(), Err(DescriptionError::TooLong));
        let mut description = Description::default();
        description.fields[Field::CacheControl as usize] = "no-store\n".into();
        assert_eq!(description.check(), Err(DescriptionError::Value("cache-control".into())));
    }

    #[test]
    fn a_name_is_kept_once() {
        assert!(std::ptr::eq(lasting("x-amz-meta-once"), lasting("x-amz-meta-once")));
    }
}
