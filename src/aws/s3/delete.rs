//! Deletes objects: one by its URL, or up to a thousand by their names in a body
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>).
//!
//! The body can name what a URL cannot (`.` and `..` segments), the URL what the body cannot (control
//! characters, which XML 1.0 has no way to hold): see [`Doomed::fits_in_body`].

use super::address::{self, AddressError};
use super::answer::{self, AnswerError, NotDone};
use crate::aws::error::ServiceError;
use crate::aws::request::{Answer, Draft, Method};
use crate::aws::xml::{Walker, escape};
use crate::model::location::Location;

/// Most objects that one request names.
pub const MOST: usize = 1_000;

/// What is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doomed<'a> {
    /// Key.
    pub key: &'a str,
    /// A version, for good. Without one the object goes; in a versioned bucket a delete marker comes.
    pub version: Option<&'a str>,
    /// It stays where its entity tag is another by now. Implementations that do not know the condition
    /// delete it all the same.
    pub etag: Option<&'a str>,
}

impl Doomed<'_> {
    /// Whether [`objects`] can name it.
    #[must_use]
    pub fn fits_in_body(&self) -> bool {
        self.key.chars().all(|char| matches!(char, '\t' | '\n' | '\r') || !char.is_control() || char > '\u{7e}')
            && !self.key.contains(['\u{fffe}', '\u{ffff}'])
    }
}

/// What became of those that a request named. Each is in one of the lists, unless S3 left it out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Gone.
    pub deleted: Vec<Gone>,
    /// Still there, and why.
    pub refused: Vec<(String, ServiceError)>,
}

/// What is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// Key.
    pub key: String,
    /// The delete marker that stands in its place; deleting that brings it back. One that is called `null` is not told:
    /// while versioning is suspended, it takes the place of the version of that name
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectsfromVersioningSuspendedBuckets.html>).
    pub marker: Option<String>,
}

fn lasting(marker: Option<String>, is_marker: bool) -> Option<String> {
    marker.filter(|id| is_marker && id != "null")
}

/// Writes a `DeleteObject`. It succeeds for what is not there, too.
///
/// # Errors
/// As [`address::object`].
pub fn object(location: &Location, doomed: Doomed<'_>) -> Result<Draft, AddressError> {
    let (origin, path) = address::object(location, doomed.key)?;
    let mut draft = Draft::new(Method::Delete, origin, path);
    if let Some(version) = doomed.version {
        draft.query.push("versionId", version);
    }
    if let Some(etag) = doomed.etag {
        draft.headers.push(("if-match", etag.to_owned()));
    }
    Ok(draft)
}

/// Reads the answer to [`object`].
///
/// # Errors
/// What S3 refused.
pub fn read_object(answer: &Answer, key: &str) -> Result<Gone, ServiceError> {
    if !answer.is_success() {
        return Err(ServiceError::from_s3(answer));
    }
    // Both headers are seen only where the bucket's CORS rules expose them.
    let is_marker = answer.header("x-amz-delete-marker") == Some("true");
    let marker = answer.header("x-amz-version-id").map(str::to_owned);
    Ok(Gone { key: key.to_owned(), marker: lasting(marker, is_marker) })
}

/// Writes a `DeleteObjects`, for [`read_objects`], of at most [`MOST`] that [fit](Doomed::fits_in_body).
///
/// # Errors
/// As [`address::bucket`].
pub fn objects(location: &Location, doomed: &[Doomed<'_>]) -> Result<Draft, AddressError> {
    let (origin, path) = address::bucket(location)?;
    let mut draft = Draft::new(Method::Post, origin, path);
    draft.query.push("delete", "");
    let mut body = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">".to_owned();
    for Doomed { key, version, etag } in doomed {
        body.push_str("<Object>");
        element("Key", Some(key), &mut body);
        element("VersionId", *version, &mut body);
        element("ETag", *etag, &mut body);
        body.push_str("</Object>");
    }
    body.push_str("</Delete>");
    super::set_xml(&mut draft, body);
    Ok(draft)
}

fn element(name: &str, text: Option<&str>, into: &mut String) {
    if let Some(text) = text {
        into.extend(["<", name, ">"]);
        escape(text, into);
        into.extend(["</", name, ">"]);
    }
}

/// Reads the answer to [`objects`].
///
/// # Errors
/// [`NotDone`] when nothing is known of any of them.
pub fn read_objects(answer: &Answer) -> Result<Outcome, NotDone> {
    Ok(outcome(answer::late(answer, "DeleteResult")?, answer.status)?)
}

/// Reads the answer to [`objects`] that named one.
///
/// # Errors
/// [`NotDone`] unless it is gone.
pub fn read_only(answer: &Answer) -> Result<Gone, NotDone> {
    let Outcome { deleted, refused } = read_objects(answer)?;
    match refused.into_iter().next() {
        Some((_, error)) => Err(error.into()),
        None => Ok(deleted.into_iter().next().ok_or(AnswerError::Field("Deleted"))?),
    }
}

fn outcome(mut walker: Walker<'_>, status: u16) -> Result<Outcome, AnswerError> {
    let mut outcome = Outcome::default();
    while let Some(element) = walker.child()? {
        match element {
            "Deleted" => outcome.deleted.push(gone(&mut walker)?),
            "Error" => outcome.refused.push(refused(&mut walker, status)?),
            _ => walker.skip()?,
        }
    }
    walker.finish()?;
    Ok(outcome)
}

fn gone(walker: &mut Walker<'_>) -> Result<Gone, AnswerError> {
    let (mut key, mut is_marker, mut marker) = (None, false, None);
    while let Some(element) = walker.child()? {
        match element {
            "Key" => key = Some(walker.text()?.into_owned()),
            "DeleteMarker" => is_marker = walker.text()?.trim() == "true",
            "DeleteMarkerVersionId" => marker = Some(walker.text()?.into_owned()),
            _ => walker.skip()?,
        }
    }
    Ok(Gone { key: key.ok_or(AnswerError::Field("Key"))?, marker: lasting(marker, is_marker) })
}

fn refused(walker: &mut Walker<'_>, status: u16) -> Result<(String, ServiceError), AnswerError> {
    let (mut key, mut code, mut message) = (None, String::new(), String::new());
    while let Some(element) = walker.child()? {
        match element {
            "Key" => key = Some(walker.text()?.into_owned()),
            "Code" => code = walker.text()?.into_owned(),
            "Message" => message = walker.text()?.into_owned(),
            _ => walker.skip()?,
        }
    }
    Ok((key.ok_or(AnswerError::Field("Key"))?, ServiceError::of_s3(status, &code, &message)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::base64;
    use crate::aws::s3::upload;
    use crate::model::location::{AddressingStyle, Signing};
    use sha2::{Digest, Sha256};

    fn place() -> Location {
        Location {
            name: "b".into(),
            region: "eu-west-1".into(),
            endpoint: "https://s3.example.com".into(),
            style: AddressingStyle::Path,
            prefix: String::new(),
            permissions: Vec::new(),
            sign: Signing::Query,
        }
    }

    fn plain(key: &str) -> Doomed<'_> {
        Doomed { key, version: None, etag: None }
    }

    #[test]
    fn what_is_named_where() {
        for key in ["a", "a/../b", "é\u{1f600}", "tab\there", "\u{7f}", "\u{85}", "a&<>\"'\r\n"] {
            assert!(plain(key).fits_in_body(), "{key:?}");
        }
        for key in ["\u{1}", "a\u{1f}", "\u{0}", "\u{fffe}"] {
            assert!(!plain(key).fits_in_body(), "{key:?}");
        }
        assert!(object(&place(), plain("a/../b")).is_err(), "a browser would ask for b");
    }

    /// Read again by a reader that is not ours.
    #[test]
    fn the_body_says_the_keys_as_they_are() {
        let keys = ["a&b<c>\"d'", " spaces ", "line\nfeed\rreturn", "é/../\u{1f600}", "]]>"];
        let doomed: Vec<Doomed<'_>> = keys.iter().map(|key| Doomed { key, version: Some("v&1"), etag: Some("\"e\"") }).collect();
        let draft = objects(&place(), &doomed).unwrap();
        assert_eq!((draft.method, draft.path.as_str()), (Method::Post, "/b"));
        let sent = s3s::xml::Deserializer::new(&draft.body)
            .named_element("Delete", <s3s::dto::Delete as s3s::xml::DeserializeContent>::deserialize_content);
        let sent = sent.unwrap().objects;
        assert_eq!(sent.iter().map(|object| object.key.as_str()).collect::<Vec<_>>(), keys);
        assert!(sent.iter().all(|object| object.version_id.as_deref() == Some("v&1")));
        let digest = base64::encode(&Sha256::digest(&draft.body));
        assert!(draft.headers.contains(&("x-amz-checksum-sha256", digest)));
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, headers: Vec::new(), body: body.into() }
    }

    #[test]
    fn each_is_told_apart() {
        let body = "<DeleteResult><Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>m</DeleteMarkerVersionId></Deleted>\
                    <Deleted><Key>b</Key></Deleted>\
                    <Deleted><Key>n</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>null</DeleteMarkerVersionId></Deleted><Error><Key>c</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>";
        let outcome = read_objects(&answer(200, body)).unwrap();
        let gone = |key: &str, marker: Option<&str>| Gone { key: key.into(), marker: marker.map(str::to_owned) };
        assert_eq!(outcome.deleted, [gone("a", Some("m")), gone("b", None), gone("n", None)]);
        let [(key, error)] = outcome.refused.as_slice() else { panic!("one is refused") };
        assert_eq!((key.as_str(), error.code.as_str()), ("c", "AccessDenied"));
        assert_eq!(error.remedy, crate::aws::error::Remedy::AskForAccess);
    }

    #[test]
    fn an_answer_that_says_nothing_is_no_success() {
        for body in ["", "<html/>", "<DeleteResult><Deleted><Key>a</Key></Deleted>", "<DeleteResult><Deleted/></DeleteResult>"] {
            assert!(matches!(read_objects(&answer(200, body)), Err(NotDone::Unclear(_))), "{body}");
        }
        let late = "<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>";
        assert!(matches!(read_objects(&answer(200, late)), Err(NotDone::Refused(error)) if error.code == "InternalError"));
        assert!(upload::read_completed(&answer(200, late)).is_err());
    }

    #[test]
    fn one_by_its_url() {
        let doomed = Doomed { key: "a b", version: Some("v1"), etag: Some("\"e\"") };
        let draft = object(&place(), doomed).unwrap();
        assert_eq!((draft.method, draft.path.as_str()), (Method::Delete, "/b/a%20b"));
        assert_eq!(draft.headers, [("if-match", "\"e\"".to_owned())]);
        let headers = vec![("x-amz-delete-marker".to_owned(), "true".to_owned()), ("x-amz-version-id".to_owned(), "m".to_owned())];
        let gone = read_object(&Answer { status: 204, headers, body: Vec::new() }, "a b").unwrap();
        assert_eq!(gone.marker.as_deref(), Some("m"));
        let headers = vec![("x-amz-delete-marker".to_owned(), "true".to_owned()), ("x-amz-version-id".to_owned(), "null".to_owned())];
        assert_eq!(read_object(&Answer { status: 204, headers, body: Vec::new() }, "a b").unwrap().marker, None);
        assert!(read_object(&answer(412, "<Error><Code>PreconditionFailed</Code></Error>"), "a b").is_err());
    }
}
