//! Has S3 copy an object: whole, or in parts where it is larger than one request may copy
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>). No byte of it comes to us.

use super::address::{self, AddressError};
use super::answer::{self, NotDone};
use super::describe::Description;
use super::upload::{Existing, Upload};
use crate::aws::request::{Answer, Draft, Method};
use crate::aws::uri;
use crate::model::location::Location;

/// Largest object that [`object`] can copy: 5 GiB.
pub const LARGEST: u64 = 5 * 1024 * 1024 * 1024;

/// What is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    /// Name of its bucket.
    pub bucket: &'a str,
    /// Key. It stands in a header, so it may be one that no URL can name.
    pub key: &'a str,
    /// A version, instead of the newest.
    pub version: Option<&'a str>,
    /// Nothing is copied where the entity tag is another by now.
    pub etag: &'a str,
}

impl Source<'_> {
    fn write(&self, draft: &mut Draft) {
        let mut name = format!("{}/{}", uri::encode(self.bucket), uri::encode_path(self.key));
        if let Some(version) = self.version {
            name.push_str("?versionId=");
            name.extend(uri::encode(version));
        }
        draft.headers.push(("x-amz-copy-source", name));
        if !self.etag.is_empty() {
            draft.headers.push(("x-amz-copy-source-if-match", self.etag.to_owned()));
        }
    }
}

/// Writes a `CopyObject` to `key` of `location`, with everything that belongs to the object, for [`read`].
///
/// # Errors
/// As [`address::object`], and so for all that follow.
pub fn object(location: &Location, key: &str, source: Source<'_>, existing: Existing) -> Result<Draft, AddressError> {
    let (origin, path) = address::object(location, key)?;
    let mut draft = Draft::new(Method::Put, origin, path);
    source.write(&mut draft);
    existing.condition(&mut draft);
    Ok(draft)
}

/// Classes that an object can be written in
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>, `x-amz-storage-class`). The others belong to
/// what the bucket stands on.
const CLASSES: [&str; 7] =
    ["STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE", "REDUCED_REDUNDANCY"];

/// Has a copy stand in the class of its source, which S3 does not take along. `class`: as a listing tells it.
pub fn keep_class(draft: &mut Draft, class: &str) {
    if CLASSES.contains(&class) {
        draft.headers.push(("x-amz-storage-class", class.to_owned()));
    }
}

/// What a copy is to be, other than its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change<'a> {
    /// What it says about itself: this and nothing else. `None`: what the source says.
    pub description: Option<&'a Description>,
    /// Storage class, which a copy does not take along; empty for `STANDARD`.
    pub class: &'a str,
    /// Encryption and its key, which a copy does not take along; empty for what the bucket does by itself.
    pub encryption: (&'a str, &'a str),
}

/// Writes a `CopyObject` in the place of the object `key`, with its tags, for [`read`]: of the object itself, whose
/// description or storage class changes, or of an older version.
///
/// # Errors
/// As [`object`].
pub fn onto_itself(location: &Location, key: &str, source: Source<'_>, change: Change<'_>) -> Result<Draft, AddressError> {
    let mut draft = object(location, key, source, Existing::Replace)?;
    let directive = if change.description.is_some() { "REPLACE" } else { "COPY" };
    draft.headers.push(("x-amz-metadata-directive", directive.to_owned()));
    draft.headers.push(("x-amz-tagging-directive", "COPY".to_owned()));
    let (encryption, encryption_key) = change.encryption;
    for (name, value) in [
        ("x-amz-storage-class", change.class),
        ("x-amz-server-side-encryption", encryption),
        ("x-amz-server-side-encryption-aws-kms-key-id", encryption_key),
    ] {
        if !value.is_empty() {
            draft.headers.push((name, value.to_owned()));
        }
    }
    if let Some(description) = change.description {
        description.write(&mut draft);
    }
    Ok(draft)
}

/// Writes an `UploadPartCopy` of the bytes from `first` on, for [`read_part`].
///
/// # Errors
/// As [`object`].
pub fn part(
    location: &Location,
    upload: Upload<'_>,
    number: u16,
    source: Source<'_>,
    (first, length): (u64, u64),
) -> Result<Draft, AddressError> {
    let (origin, path) = address::object(location, upload.key)?;
    let mut draft = Draft::new(Method::Put, origin, path);
    draft.query.push("partNumber", &number.to_string());
    draft.query.push("uploadId", upload.id);
    source.write(&mut draft);
    draft.headers.push(("x-amz-copy-source-range", format!("bytes={first}-{}", first + length.saturating_sub(1))));
    Ok(draft)
}

/// Reads the answer to [`object`]: the copy's entity tag.
///
/// # Errors
/// [`NotDone`] unless it is copied.
pub fn read(answer: &Answer) -> Result<String, NotDone> {
    Ok(answer::etag(answer::late(answer, "CopyObjectResult")?)?)
}

/// Reads the answer to [`part`]: the part's entity tag.
///
/// # Errors
/// [`NotDone`] unless it is copied.
pub fn read_part(answer: &Answer) -> Result<String, NotDone> {
    Ok(answer::etag(answer::late(answer, "CopyPartResult")?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::location::{AddressingStyle, Signing};

    fn place() -> Location {
        Location {
            name: "to".into(),
            region: "eu-west-1".into(),
            endpoint: "https://to.s3.eu-west-1.amazonaws.com".into(),
            style: AddressingStyle::Virtual,
            prefix: String::new(),
            permissions: Vec::new(),
            sign: Signing::Query,
        }
    }

    const SOURCE: Source<'_> = Source { bucket: "from", key: "a b/../é+.txt", version: Some("v/1"), etag: "\"e\"" };

    fn header<'a>(draft: &'a Draft, name: &str) -> Option<&'a str> {
        draft.headers.iter().find(|(found, _)| *found == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn the_source_is_named_as_it_is() {
        let draft = object(&place(), "c/d.txt", SOURCE, Existing::Keep).unwrap();
        assert_eq!((draft.method, draft.path.as_str()), (Method::Put, "/c/d.txt"));
        assert_eq!(header(&draft, "x-amz-copy-source"), Some("from/a%20b/../%C3%A9%2B.txt?versionId=v%2F1"));
        assert_eq!(header(&draft, "x-amz-copy-source-if-match"), Some("\"e\""));
        assert_eq!(header(&draft, "if-none-match"), Some("*"));
        assert_eq!(header(&object(&place(), "c", SOURCE, Existing::Replace).unwrap(), "if-none-match"), None);
        assert!(object(&place(), "a/../b", SOURCE, Existing::Keep).is_err(), "a browser would write b");
    }

    #[test]
    fn what_a_copy_does_not_take_along_is_said() {
        let mut description = Description { own: vec![("project".into(), "x".into())], ..Description::default() };
        description.fields[0] = "text/plain".into();
        let change = Change { description: Some(&description), class: "STANDARD_IA", encryption: ("aws:kms", "k") };
        let draft = onto_itself(&place(), "c", SOURCE, change).unwrap();
        for (name, value) in [
            ("x-amz-copy-source-if-match", Some("\"e\"")),
            ("x-amz-metadata-directive", Some("REPLACE")),
            ("x-amz-tagging-directive", Some("COPY")),
            ("x-amz-storage-class", Some("STANDARD_IA")),
            ("x-amz-server-side-encryption", Some("aws:kms")),
            ("x-amz-server-side-encryption-aws-kms-key-id", Some("k")),
            ("content-type", Some("text/plain")),
            ("cache-control", None),
            ("x-amz-meta-project", Some("x")),
            ("if-none-match", None),
        ] {
            assert_eq!(header(&draft, name), value, "{name}");
        }
        let draft = onto_itself(&place(), "c", SOURCE, Change::default()).unwrap();
        assert_eq!(header(&draft, "x-amz-metadata-directive"), Some("COPY"));
        assert_eq!(header(&draft, "x-amz-storage-class"), None);
    }

    #[test]
    fn a_class_is_kept_where_it_can_be_written_in() {
        for (class, expected) in [
            ("STANDARD_IA", Some("STANDARD_IA")),
            ("DEEP_ARCHIVE", Some("DEEP_ARCHIVE")),
            ("", None),
            ("STANDARD", None),
            ("OUTPOSTS", None),
            ("EXPRESS_ONEZONE", None),
            ("their-own", None),
        ] {
            let mut draft = object(&place(), "c", SOURCE, Existing::Keep).unwrap();
            keep_class(&mut draft, class);
            assert_eq!(header(&draft, "x-amz-storage-class"), expected, "{class}");
        }
    }

    #[test]
    fn parts_are_ranges_with_both_ends() {
        let draft = part(&place(), Upload { key: "c", id: "u" }, 2, SOURCE, (10, 5)).unwrap();
        assert_eq!(header(&draft, "x-amz-copy-source-range"), Some("bytes=10-14"));
        assert_eq!(header(&draft, "if-none-match"), None);
    }

    #[test]
    fn a_copy_is_done_when_the_body_says_so() {
        let answer = |body: &str| Answer { status: 200, headers: Vec::new(), body: body.into() };
        let done = "<CopyObjectResult><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>&quot;e&quot;</ETag></CopyObjectResult>";
        assert_eq!(read(&answer(done)).unwrap(), "\"e\"");
        assert_eq!(read_part(&answer("<CopyPartResult><ETag>p</ETag></CopyPartResult>")).unwrap(), "p");
        assert!(matches!(read(&answer("<Error><Code>SlowDown</Code></Error>")), Err(NotDone::Refused(error)) if error.code == "SlowDown"));
        for body in ["", "<CopyObjectResult/>", "<CopyPartResult><ETag>p</ETag></CopyPartResult>", "<CopyObjectResult><ETag>e</ETag>"] {
            assert!(matches!(read(&answer(body)), Err(NotDone::Unclear(_))), "{body}");
        }
    }
}
