//! Reads and replaces the tags of an object
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>).

use super::address::{self, AddressError};
use super::answer::{AnswerError, root};
use crate::aws::request::{Draft, Method};
use crate::aws::xml::{Walker, escape};
use crate::model::location::Location;
use crate::words::t;
use thiserror::Error;

/// Most tags of an object.
pub const MOST: usize = 10;
/// Longest key and value, in characters.
pub const LONGEST_KEY: usize = 128;
/// Longest value, in characters.
pub const LONGEST_VALUE: usize = 256;

/// A tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// Key, of which an object has each once.
    pub key: String,
    /// Value; may be empty.
    pub value: String,
}

/// Why S3 would not take these tags.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TagsError {
    /// More than [`MOST`].
    #[error("{}", t!("an object has at most {count} tags", count = MOST))]
    TooMany,
    /// A tag without a key.
    #[error("{}", t!("a tag needs a name"))]
    NoKey,
    /// The key is there already.
    #[error("{}", t!("the tag {name} is there twice", name = .0))]
    Twice(String),
    /// Too long.
    #[error("{}", t!("the name of a tag has at most {name} characters, its value {value}", name = LONGEST_KEY, value = LONGEST_VALUE))]
    TooLong,
    /// A character that S3 does not take.
    #[error("{}", t!("tags hold letters, digits, spaces and + - = . _ : / @; {name} has something else", name = .0))]
    Character(String),
    /// Begins with what AWS keeps for itself.
    #[error("{}", t!("names that begin with aws: are AWS's own"))]
    Reserved,
}

/// Checks what S3 would check, to say it before anything is sent.
///
/// # Errors
/// The first rule that is broken.
pub fn check(tags: &[Tag]) -> Result<(), TagsError> {
    if tags.len() > MOST {
        return Err(TagsError::TooMany);
    }
    for (at, Tag { key, value }) in tags.iter().enumerate() {
        if key.is_empty() {
            return Err(TagsError::NoKey);
        }
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(TagsError::Reserved);
        }
        if key.chars().count() > LONGEST_KEY || value.chars().count() > LONGEST_VALUE {
            return Err(TagsError::TooLong);
        }
        if let Some(text) = [key, value].into_iter().find(|text| !text.chars().all(is_allowed)) {
            return Err(TagsError::Character(text.clone()));
        }
        if tags.iter().take(at).any(|other| other.key == *key) {
            return Err(TagsError::Twice(key.clone()));
        }
    }
    Ok(())
}

fn is_allowed(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, ' ' | '+' | '-' | '=' | '.' | '_' | ':' | '/' | '@')
}

/// Writes a `GetObjectTagging`, for [`read`].
///
/// # Errors
/// As [`address::object`].
pub fn get(location: &Location, key: &str, version: Option<&str>) -> Result<Draft, AddressError> {
    draft(Method::Get, location, key, version)
}

/// Writes a `PutObjectTagging`: these tags and no others.
///
/// # Errors
/// As [`address::object`].
pub fn put(location: &Location, key: &str, tags: &[Tag]) -> Result<Draft, AddressError> {
    let mut draft = draft(Method::Put, location, key, None)?;
    let mut body = "<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>".to_owned();
    for Tag { key, value } in tags {
        body.push_str("<Tag><Key>");
        escape(key, &mut body);
        body.push_str("</Key><Value>");
        escape(value, &mut body);
        body.push_str("</Value></Tag>");
    }
    body.push_str("</TagSet></Tagging>");
    super::set_xml(&mut draft, body);
    Ok(draft)
}

fn draft(method: Method, location: &Location, key: &str, version: Option<&str>) -> Result<Draft, AddressError> {
    let (origin, path) = address::object(location, key)?;
    let mut draft = Draft::new(method, origin, path);
    draft.query.push("tagging", "");
    if let Some(version) = version {
        draft.query.push("versionId", version);
    }
    Ok(draft)
}

/// Reads the answer to [`get`], in the order of keys.
///
/// # Errors
/// [`AnswerError`] when it is not a whole, well-formed `Tagging`.
pub fn read(body: &[u8]) -> Result<Vec<Tag>, AnswerError> {
    let mut walker = root(body, "Tagging")?;
    let mut tags = Vec::new();
    while let Some(element) = walker.child()? {
        match element {
            "TagSet" => {
                while let Some(element) = walker.child()? {
                    match element {
                        "Tag" => tags.push(tag(&mut walker)?),
                        _ => walker.skip()?,
                    }
                }
            }
            _ => walker.skip()?,
        }
    }
    walker.finish()?;
    tags.sort();
    Ok(tags)
}

fn tag(walker: &mut Walker<'_>) -> Result<Tag, AnswerError> {
    let (mut key, mut value) = (None, String::new());
    while let Some(element) = walker.child()? {
        match element {
            "Key" => key = Some(walker.text()?.into_owned()),
            "Value" => value = walker.text()?.into_owned(),
            _ => walker.skip()?,
        }
    }
    Ok(Tag { key: key.ok_or(AnswerError::Field("Key"))?, value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::location::{AddressingStyle, Signing};

    fn tag(key: &str, value: &str) -> Tag {
        Tag { key: key.into(), value: value.into() }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let place = Location {
            name: "b".into(),
            region: "eu-west-1".into(),
            endpoint: "https://s3.example.com".into(),
            style: AddressingStyle::Path,
            prefix: String::new(),
            permissions: Vec::new(),
            sign: Signing::Query,
        };
        let tags = [tag("a & <b>", "\"v\""), tag("empty", ""), tag("é", " spaces ")];
        let draft = put(&place, "k", &tags).unwrap();
        assert_eq!(read(&draft.body).unwrap(), tags);
        assert_eq!(get(&place, "k", Some("v")).unwrap().query.pairs().collect::<Vec<_>>(), [("tagging", ""), ("versionId", "v")]);
    }

    #[test]
    fn what_s3_would_refuse_is_told_before() {
        assert_eq!(check(&[tag("Stage", "live 1/2 @home"), tag("stage", "")]), Ok(()));
        assert_eq!(check(&[tag("a", ""), tag("a", "b")]), Err(TagsError::Twice("a".into())));
        assert_eq!(check(&[tag("", "")]), Err(TagsError::NoKey));
        assert_eq!(check(&[tag("AWS:x", "")]), Err(TagsError::Reserved));
        assert_eq!(check(&[tag("a", "b,c")]), Err(TagsError::Character("b,c".into())));
        assert_eq!(check(&[tag(&"k".repeat(129), "")]), Err(TagsError::TooLong));
        assert_eq!(check(&[tag("k", &"é".repeat(256))]), Ok(()));
        let many: Vec<Tag> = (0..11).map(|at| tag(&at.to_string(), "")).collect();
        assert_eq!(check(&many), Err(TagsError::TooMany));
    }

    #[test]
    fn no_tags_and_no_answer_are_two_things() {
        assert_eq!(read(b"<Tagging><TagSet/></Tagging>").unwrap(), []);
        assert_eq!(read(b"<Tagging><TagSet><Tag><Value>v</Value></Tag></TagSet></Tagging>"), Err(AnswerError::Field("Key")));
        assert!(read(b"").is_err() && read(b"<Tagging><TagSet>").is_err() && read(b"<html/>").is_err());
    }
}
