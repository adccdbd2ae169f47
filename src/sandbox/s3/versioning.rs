//! Versions, in s3s's words.

use super::access::Access;
use super::bucket::{Bucket, Contents};
use super::object::Object;
use super::operations::{moment, url_encode};
use super::versions::{self, Line, NULL};
use http::{HeaderValue, StatusCode};
use s3s::dto::{
    BucketVersioningStatus, CommonPrefix, DeleteMarkerEntry, ETag, EncodingType, GetBucketVersioningInput, GetBucketVersioningOutput,
    ListObjectVersionsInput, ListObjectVersionsOutput, ObjectVersion,
};
use s3s::{S3Error, S3Result, s3_error};

/// The longest page that S3 gives.
const PAGE: usize = 1_000;

/// An object, or a version of it.
pub(super) fn find(contents: &Contents, key: &str, version: Option<&str>) -> S3Result<Object> {
    match (version, contents.history()) {
        (None, history) => contents.get(key).ok_or_else(|| {
            let marker = history.and_then(|history| history.newest(key)).filter(|newest| newest.is_marker());
            marker.map_or_else(|| s3_error!(NoSuchKey), |marker| about_marker(s3_error!(NoSuchKey), &marker.id))
        }),
        (Some(id), Some(history)) => {
            let version = history.get(key, id).ok_or_else(no_such_version)?;
            version.object().ok_or_else(|| {
                let mut error = s3_error!(MethodNotAllowed, "The specified method is not allowed against this resource.");
                error.set_status_code(StatusCode::METHOD_NOT_ALLOWED);
                about_marker(error, id)
            })
        }
        (Some(NULL), None) => contents.get(key).ok_or_else(no_such_version),
        (Some(_), None) => Err(no_such_version()),
    }
}

fn no_such_version() -> S3Error {
    s3_error!(NoSuchVersion, "The specified version does not exist.")
}

/// An error that says that a delete marker is the reason.
fn about_marker(mut error: S3Error, id: &str) -> S3Error {
    let mut headers = http::HeaderMap::new();
    headers.insert("x-amz-delete-marker", HeaderValue::from_static("true"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert("x-amz-version-id", id);
    }
    error.set_headers(headers);
    error
}

fn bucket<'a>(access: &'a Access, name: &str) -> S3Result<&'a Bucket> {
    access.buckets.get(name).ok_or_else(|| s3_error!(NoSuchBucket))
}

pub(super) fn status(access: &Access, input: &GetBucketVersioningInput) -> S3Result<GetBucketVersioningOutput> {
    let keeps = bucket(access, &input.bucket)?.read().history().is_some();
    let status = keeps.then(|| BucketVersioningStatus::from_static(BucketVersioningStatus::ENABLED));
    Ok(GetBucketVersioningOutput { status, ..GetBucketVersioningOutput::default() })
}

pub(super) fn list(access: &Access, input: ListObjectVersionsInput) -> S3Result<ListObjectVersionsOutput> {
    let encoded = match input.encoding_type.as_ref().map(EncodingType::as_str) {
        None => false,
        Some(EncodingType::URL) => true,
        Some(_) => return Err(s3_error!(InvalidArgument, "Invalid Encoding Method specified in Request")),
    };
    let text = |text: &str| if encoded { url_encode(text) } else { text.to_owned() };
    if input.version_id_marker.as_deref() == Some("") {
        return Err(s3_error!(InvalidArgument, "A version-id marker cannot be empty."));
    }
    if input.version_id_marker.is_some() && input.key_marker.is_none() {
        return Err(s3_error!(InvalidArgument, "A version-id marker cannot be specified without a key marker."));
    }
    let most = usize::try_from(input.max_keys.unwrap_or(1_000))
        .map_err(|_| s3_error!(InvalidArgument, "Argument maxKeys must be an integer between 0 and 2147483647"))?
        .min(PAGE);
    let query = versions::Query {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        key_marker: input.key_marker.as_deref().unwrap_or_default(),
        version_marker: input.version_id_marker.as_deref().unwrap_or_default(),
        most,
    };
    let page = versions::page(&bucket(access, &input.bucket)?.read(), &query);
    let (mut listed, mut markers) = (Vec::new(), Vec::new());
    for Line { key, id, is_latest, written, object } in page.lines {
        let (key, version_id, is_latest, last_modified) = (Some(text(&key)), Some(id), Some(is_latest), Some(moment(written)));
        match object {
            Some((size, etag, class)) => listed.push(ObjectVersion {
                key,
                version_id,
                is_latest,
                last_modified,
                size: i64::try_from(size).ok(),
                e_tag: Some(ETag::Strong(etag)),
                storage_class: Some(class.unwrap_or_else(|| "STANDARD".to_owned()).into()),
                ..ObjectVersion::default()
            }),
            None => markers.push(DeleteMarkerEntry { key, version_id, is_latest, last_modified, owner: None }),
        }
    }
    Ok(ListObjectVersionsOutput {
        versions: Some(listed),
        delete_markers: Some(markers),
        common_prefixes: Some(page.prefixes.iter().map(|prefix| CommonPrefix { prefix: Some(text(prefix)) }).collect()),
        is_truncated: Some(page.next.is_some()),
        next_key_marker: page.next.as_ref().map(|(key, _)| text(key)),
        next_version_id_marker: page.next.and_then(|(_, id)| Some(id).filter(|id| !id.is_empty())),
        name: Some(input.bucket),
        prefix: input.prefix.as_deref().map(text),
        delimiter: input.delimiter.as_deref().map(text),
        key_marker: input.key_marker.as_deref().map(text),
        version_id_marker: input.version_id_marker,
        max_keys: i32::try_from(most).ok(),
        encoding_type: input.encoding_type,
        request_charged: None,
    })
}
