//! Tags of objects, in s3s's words.

use super::access::Access;
use super::versioning::find;
use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput, GetObjectTaggingOutput, PutObjectTaggingInput,
    PutObjectTaggingOutput, Tag,
};
use s3s::{S3Result, s3_error};
use std::collections::BTreeMap;
use url::form_urlencoded;

/// Most tags of an object, and longest key and value in characters (S3 User Guide, "Object tagging").
const MOST: usize = 10;
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

type Tags = BTreeMap<String, String>;

/// The tags in `x-amz-tagging`.
pub(super) fn of_header(header: Option<&str>) -> S3Result<Tags> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(header.unwrap_or_default().as_bytes()).into_owned().collect();
    checked(pairs)
}

fn checked(pairs: Vec<(String, String)>) -> S3Result<Tags> {
    if pairs.len() > MOST {
        return Err(s3_error!(InvalidTag, "Object tags cannot be greater than 10"));
    }
    let count = pairs.len();
    let fits = |text: &str, most: usize| {
        text.chars().count() <= most && text.chars().all(|char| char.is_alphanumeric() || " +-=._:/@".contains(char))
    };
    if pairs.iter().any(|(key, _)| key.is_empty() || !fits(key, LONGEST_KEY)) {
        return Err(s3_error!(InvalidTag, "The TagKey you have provided is invalid"));
    }
    if pairs.iter().any(|(key, _)| key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(s3_error!(InvalidTag, "System tags cannot be added/updated by requester"));
    }
    if pairs.iter().any(|(_, value)| !fits(value, LONGEST_VALUE)) {
        return Err(s3_error!(InvalidTag, "The TagValue you have provided is invalid"));
    }
    let tags: Tags = pairs.into_iter().collect();
    if tags.len() < count { Err(s3_error!(InvalidTag, "Cannot provide multiple Tags with the same key")) } else { Ok(tags) }
}

pub(super) fn get(access: &Access, input: &GetObjectTaggingInput) -> S3Result<GetObjectTaggingOutput> {
    let bucket = access.buckets.get(&input.bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
    let object = find(&bucket.read(), &input.key, input.version_id.as_deref())?;
    let tag = |(key, value)| Tag { key: Some(key), value: Some(value) };
    Ok(GetObjectTaggingOutput { tag_set: object.tags.into_iter().map(tag).collect(), version_id: object.version })
}

pub(super) fn put(access: &Access, input: PutObjectTaggingInput) -> S3Result<PutObjectTaggingOutput> {
    let pairs = input.tagging.tag_set.into_iter().map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()));
    let tags = checked(pairs.collect())?;
    let version_id = write(access, &input.bucket, &input.key, input.version_id.as_deref(), &tags)?;
    Ok(PutObjectTaggingOutput { version_id })
}

pub(super) fn delete(access: &Access, input: DeleteObjectTaggingInput) -> S3Result<DeleteObjectTaggingOutput> {
    let version_id = write(access, &input.bucket, &input.key, input.version_id.as_deref(), &Tags::new())?;
    Ok(DeleteObjectTaggingOutput { version_id })
}

fn write(access: &Access, bucket: &str, key: &str, version: Option<&str>, tags: &Tags) -> S3Result<Option<String>> {
    let mut contents = access.buckets.get(bucket).ok_or_else(|| s3_error!(NoSuchBucket))?.write();
    let object = find(&contents, key, version)?;
    contents.tag(key, object.version.as_deref(), tags);
    Ok(object.version)
}
