//! DeleteObject and DeleteObjects, in s3s's words.

use super::access::{Access, Caller, object_arn};
use super::bucket::Bucket;
use super::conditions::Conditions;
use super::versions::NULL;
use crate::model::clock::Timestamp;
use s3s::dto::{DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, ETagCondition, Error};
use s3s::{S3Result, s3_error};

/// The most keys that one DeleteObjects may name (S3 API reference).
const MOST: usize = 1_000;

/// What a delete did.
enum Gone {
    /// The object is gone, where no versions are kept.
    Object,
    /// This delete marker hides it.
    Hidden(String),
    /// A version is gone for good, or was not there.
    Version(String),
    /// A delete marker is gone.
    Marker(String),
}

fn delete(bucket: &Bucket, key: &str, version: Option<&str>, if_match: Option<ETagCondition>, now: Timestamp) -> S3Result<Gone> {
    let mut contents = bucket.write();
    Conditions { if_match, if_none_match: None }.check_before_writing(&contents, key)?;
    match version {
        None => Ok(contents.remove(key, now).map_or(Gone::Object, Gone::Hidden)),
        Some(id) if contents.history().is_some() => match contents.remove_version(key, id) {
            Some(gone) if gone.is_marker() => Ok(Gone::Marker(gone.id)),
            _ => Ok(Gone::Version(id.to_owned())),
        },
        Some(NULL) => {
            contents.remove(key, now);
            Ok(Gone::Version(NULL.to_owned()))
        }
        Some(_) => Err(s3_error!(NoSuchVersion, "The specified version does not exist.")),
    }
}

pub(super) fn one(access: &Access, input: &DeleteObjectInput) -> S3Result<DeleteObjectOutput> {
    let bucket = access.buckets.get(&input.bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
    let gone = delete(bucket, &input.key, input.version_id.as_deref(), input.if_match.clone(), access.clock.now())?;
    let (delete_marker, version_id) = match gone {
        Gone::Object => (None, None),
        Gone::Hidden(id) | Gone::Marker(id) => (Some(true), Some(id)),
        Gone::Version(id) => (None, Some(id)),
    };
    Ok(DeleteObjectOutput { delete_marker, version_id, ..DeleteObjectOutput::default() })
}

pub(super) fn several(access: &Access, caller: &Caller, input: DeleteObjectsInput) -> S3Result<DeleteObjectsOutput> {
    if input.delete.objects.is_empty() || input.delete.objects.len() > MOST {
        return Err(s3_error!(MalformedXML, "The XML you provided was not well-formed or did not validate against our published schema"));
    }
    let bucket = access.buckets.get(&input.bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
    let quiet = input.delete.quiet.unwrap_or(false);
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in input.delete.objects {
        let action = if object.version_id.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
        let outcome = caller.require(action, &object_arn(&input.bucket, &object.key)).and_then(|()| {
            let if_match = object.e_tag.map(ETagCondition::ETag);
            delete(bucket, &object.key, object.version_id.as_deref(), if_match, access.clock.now())
        });
        let key = Some(object.key);
        match outcome {
            Ok(gone) => deleted.push(match gone {
                Gone::Object => DeletedObject { key, ..DeletedObject::default() },
                Gone::Hidden(id) => {
                    DeletedObject { key, delete_marker: Some(true), delete_marker_version_id: Some(id), ..DeletedObject::default() }
                }
                Gone::Version(id) => DeletedObject { key, version_id: Some(id), ..DeletedObject::default() },
                Gone::Marker(id) => {
                    DeletedObject { key, delete_marker: Some(true), delete_marker_version_id: Some(id.clone()), version_id: Some(id) }
                }
            }),
            Err(error) => errors.push(Error {
                code: Some(error.code().as_str().to_owned()),
                key,
                message: error.message().map(str::to_owned),
                version_id: object.version_id,
            }),
        }
    }
    Ok(DeleteObjectsOutput { deleted: (!quiet).then_some(deleted), errors: Some(errors), request_charged: None })
}
