//! CopyObject, in s3s's words.

use super::access::{Access, Caller, object_arn};
use super::bucket::Behaviour;
use super::conditions::Conditions;
use super::object::ObjectHeaders;
use super::operations::{moment, put, storage_class};
use super::{tagging, versioning};
use s3s::dto::{CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, ETag, MetadataDirective, TaggingDirective};
use s3s::{S3Result, s3_error};

pub(super) fn copy(access: &Access, caller: &Caller, input: CopyObjectInput) -> S3Result<CopyObjectOutput> {
    let CopySource::Bucket { bucket, key, version_id } = &input.copy_source else {
        return Err(s3_error!(NotImplemented, "Only objects of buckets can be copied"));
    };
    if input.acl.is_some() || input.sse_customer_key.is_some() {
        return Err(s3_error!(NotImplemented, "A header you provided implies functionality that is not implemented"));
    }
    let source = access.buckets.get(bucket).ok_or_else(|| s3_error!(NoSuchBucket))?;
    if source.behaviour() == Behaviour::Denied {
        return Err(s3_error!(AccessDenied, "Access Denied"));
    }
    let source_arn = object_arn(bucket, key);
    caller.require(if version_id.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" }, &source_arn)?;
    access.hide_missing(caller, bucket, key)?;
    let (mut object, newest) = {
        let contents = source.read();
        let newest = contents.get(key).and_then(|object| object.version);
        (versioning::find(&contents, key, version_id.as_deref())?, newest)
    };
    let conditions = Conditions { if_match: input.copy_source_if_match, if_none_match: input.copy_source_if_none_match };
    conditions.check_before_copying(&object)?;
    if object.is_archived() {
        return Err(s3_error!(InvalidObjectState, "The operation is not valid for the object's storage class"));
    }

    let onto_itself = **bucket == *input.bucket && **key == *input.key && object.version == newest;
    if input.metadata_directive.as_ref().is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE) {
        object.headers = ObjectHeaders {
            content_type: input.content_type,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            cache_control: input.cache_control,
            expires: input.expires,
            storage_class: None,
            metadata: input.metadata.unwrap_or_default().into_iter().collect(),
        };
    } else if onto_itself && input.storage_class.is_none() {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
        ));
    }
    // A copy is STANDARD unless it is told.
    object.headers.storage_class = storage_class(input.storage_class.as_ref())?;
    if input.tagging_directive.as_ref().is_some_and(|directive| directive.as_str() == TaggingDirective::REPLACE) {
        object.tags = tagging::of_header(input.tagging.as_deref())?;
    } else if !object.tags.is_empty() {
        let action = if version_id.is_some() { "s3:GetObjectVersionTagging" } else { "s3:GetObjectTagging" };
        caller.require(action, &source_arn)?;
    }
    if !object.tags.is_empty() {
        caller.require("s3:PutObjectTagging", &object_arn(&input.bucket, &input.key))?;
    }
    if !object.is_kept() {
        return Err(s3_error!(InvalidObjectState, "This bucket keeps no bodies"));
    }
    object.last_modified = access.clock.now();
    let copy_source_version_id = object.version.take();
    let conditions = Conditions { if_match: input.if_match, if_none_match: input.if_none_match };
    let version_id = put(access, &input.bucket, input.key, &object, &conditions)?;
    let result = CopyObjectResult {
        e_tag: Some(ETag::Strong(object.etag)),
        last_modified: Some(moment(object.last_modified)),
        ..CopyObjectResult::default()
    };
    Ok(CopyObjectOutput { copy_object_result: Some(result), copy_source_version_id, version_id, ..CopyObjectOutput::default() })
}
