//! Lists versions and delete markers
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>).

use super::address::{self, AddressError};
use super::answer::{AnswerError, root};
use super::page;
use crate::aws::request::{Draft, Method};
use crate::aws::xml::Walker;
use crate::model::clock::Timestamp;
use crate::model::location::Location;

/// A version of an object, or the mark that it was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Key.
    pub key: String,
    /// What S3 calls it; `null` for what was written while the bucket kept no versions.
    pub id: String,
    /// Whether it is what the key means now.
    pub is_latest: bool,
    /// When it was written.
    pub written: Option<Timestamp>,
    /// `None`: a delete marker.
    pub content: Option<Content>,
}

/// What a version holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Bytes.
    pub size: u64,
    /// Entity tag as S3 gives it.
    pub etag: String,
    /// Storage class; empty means `STANDARD`.
    pub class: String,
}

/// A page of versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    /// Versions and markers in the order of the answer: by key, the newest first.
    pub versions: Vec<Version>,
    /// Folded prefixes.
    pub prefixes: Vec<String>,
    /// Key and version behind which the next page begins; `None` on the last.
    pub next: Option<(String, String)>,
}

/// Writes a `ListObjectVersions` for keys that begin with `prefix` and do not have `delimiter` (empty for none) behind it,
/// for [`read`]. `after` is [`Versions::next`] of the page before.
///
/// # Errors
/// As [`address::bucket`].
pub fn list(location: &Location, prefix: &str, delimiter: &str, after: Option<&(String, String)>) -> Result<Draft, AddressError> {
    let (origin, path) = address::bucket(location)?;
    let mut draft = Draft::new(Method::Get, origin, path);
    draft.query.push("versions", "");
    draft.query.push("encoding-type", "url");
    if !prefix.is_empty() {
        draft.query.push("prefix", prefix);
    }
    if !delimiter.is_empty() {
        draft.query.push("delimiter", delimiter);
    }
    if let Some((key, id)) = after {
        draft.query.push("key-marker", key);
        // Behind a folded folder there is none, and S3 takes no empty one.
        if !id.is_empty() {
            draft.query.push("version-id-marker", id);
        }
    }
    Ok(draft)
}

/// Reads the answer to [`list`].
///
/// # Errors
/// [`AnswerError`] when it is not a whole, well-formed `ListVersionsResult`.
pub fn read(body: &[u8]) -> Result<Versions, AnswerError> {
    let mut walker = root(body, "ListVersionsResult")?;
    let mut page = Versions::default();
    let (mut is_truncated, mut is_encoded, mut next_key, mut next_id) = (false, false, None, String::new());
    while let Some(element) = walker.child()? {
        match element {
            "Version" => page.versions.push(version(&mut walker, false)?),
            "DeleteMarker" => page.versions.push(version(&mut walker, true)?),
            "CommonPrefixes" => page::prefix(&mut walker, &mut page.prefixes)?,
            "IsTruncated" => is_truncated = walker.text()?.trim() == "true",
            "NextKeyMarker" => next_key = Some(walker.text()?.into_owned()).filter(|key| !key.is_empty()),
            "NextVersionIdMarker" => next_id = walker.text()?.into_owned(),
            "EncodingType" => is_encoded = walker.text()?.trim() == "url",
            _ => walker.skip()?,
        }
    }
    walker.finish()?;
    if is_encoded {
        let keys = page.versions.iter_mut().map(|version| &mut version.key).chain(&mut page.prefixes);
        for key in keys.chain(&mut next_key) {
            page::decode(key).map_err(|_| AnswerError::Field("Key"))?;
        }
    }
    if is_truncated {
        page.next = Some((next_key.ok_or(AnswerError::Field("NextKeyMarker"))?, next_id));
    }
    Ok(page)
}

fn version(walker: &mut Walker<'_>, is_marker: bool) -> Result<Version, AnswerError> {
    let (mut key, mut id, mut is_latest, mut written, mut size) = (None, None, false, None, None);
    let (mut etag, mut class) = (String::new(), String::new());
    while let Some(element) = walker.child()? {
        match element {
            "Key" => key = Some(walker.text()?.into_owned()),
            "VersionId" => id = Some(walker.text()?.into_owned()).filter(|id| !id.is_empty()),
            "IsLatest" => is_latest = walker.text()?.trim() == "true",
            "LastModified" => written = Timestamp::parse_rfc3339(walker.text()?.trim()),
            "Size" => size = walker.text()?.trim().parse().ok(),
            "ETag" => etag = walker.text()?.into_owned(),
            "StorageClass" => class = walker.text()?.trim().to_owned(),
            _ => walker.skip()?,
        }
    }
    let content =
        if is_marker { None } else { Some(Content { size: size.ok_or(AnswerError::Field("Size"))?, etag, class: standard(class) }) };
    let (key, id) = (key.ok_or(AnswerError::Field("Key"))?, id.ok_or(AnswerError::Field("VersionId"))?);
    Ok(Version { key, id, is_latest, written, content })
}

/// Empty for the class of what says none.
fn standard(class: String) -> String {
    if class == "STANDARD" { String::new() } else { class }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>a%2Bb</NextKeyMarker>\
        <NextVersionIdMarker>v1</NextVersionIdMarker><EncodingType>url</EncodingType>\
        <DeleteMarker><Key>a%2Bb</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest><LastModified>2026-11-25T10:00:00Z</LastModified></DeleteMarker>\
        <Version><Key>a%2Bb</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest><LastModified>2026-11-25T09:00:00Z</LastModified>\
        <ETag>&quot;e&quot;</ETag><Size>7</Size><StorageClass>STANDARD_IA</StorageClass></Version>\
        <CommonPrefixes><Prefix>a%2Bc/</Prefix></CommonPrefixes></ListVersionsResult>";

    #[test]
    fn versions_and_markers() {
        let page = read(PAGE.as_bytes()).unwrap();
        let [marker, version] = page.versions.as_slice() else { panic!("two") };
        assert_eq!((marker.key.as_str(), marker.id.as_str(), marker.is_latest, &marker.content), ("a+b", "v2", true, &None));
        assert_eq!(version.content, Some(Content { size: 7, etag: "\"e\"".into(), class: "STANDARD_IA".into() }));
        assert!(!version.is_latest && version.written < marker.written);
        assert_eq!(page.prefixes, ["a+c/"]);
        assert_eq!(page.next, Some(("a+b".into(), "v1".into())));
    }

    #[test]
    fn what_is_not_whole_is_an_error() {
        assert!((0..PAGE.len()).all(|end| read(&PAGE.as_bytes()[..end]).is_err()));
        let nowhere = "<ListVersionsResult><IsTruncated>true</IsTruncated></ListVersionsResult>";
        assert_eq!(read(nowhere.as_bytes()), Err(AnswerError::Field("NextKeyMarker")));
        let anonymous = "<ListVersionsResult><DeleteMarker><Key>a</Key></DeleteMarker></ListVersionsResult>";
        assert_eq!(read(anonymous.as_bytes()), Err(AnswerError::Field("VersionId")));
        assert_eq!(read(b"<ListVersionsResult/>").unwrap(), Versions::default());
    }
}
