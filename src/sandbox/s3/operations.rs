//! The operations, on behalf of a caller whom [`access`](super::access) has checked. Operations
//! that are not here answer `NotImplemented`.

use super::access::{Access, Caller, object_arn};
use super::bucket::{Behaviour, Bucket, Contents};
use super::listing::{self, Position};
use super::multipart;
use super::object::{Entry, Object, ObjectHeaders};
use super::receive::{announced, receive};
use crate::model::clock::Timestamp;
use crate::sandbox::registry::REGION;
use bytes::Bytes;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, BucketLocationConstraint, ChecksumMode, ChecksumType, CommonPrefix,
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput,
    DeleteObjectsOutput, DeletedObject, ETag, ETagCondition, EncodingType, Error, GetBucketLocationInput, GetBucketLocationOutput,
    GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput, ListPartsOutput, MetadataDirective,
    Object as ListedObject, PutObjectInput, PutObjectOutput, Range, StreamingBlob, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

/// The largest object that can be put: the objects are in memory.
pub(super) const MAX_OBJECT_BYTES: u64 = 64 * 1024 * 1024;

/// The most keys that one DeleteObjects may name (S3 API reference).
const MAX_DELETED: usize = 1_000;

/// S3 over buckets in memory.
pub(super) struct Operations(pub(super) Access);

impl Operations {
    fn bucket(&self, name: &str) -> S3Result<&Bucket> {
        self.0.buckets.get(name).ok_or_else(|| s3_error!(NoSuchBucket))
    }

    fn object(&self, bucket: &str, key: &str, version: Option<&str>) -> S3Result<Object> {
        no_versions(version)?;
        self.bucket(bucket)?.read().get(key).ok_or_else(|| s3_error!(NoSuchKey))
    }

    fn put(&self, bucket: &str, key: String, object: &Object, conditions: &Conditions) -> S3Result {
        let mut contents = self.bucket(bucket)?.write();
        conditions.check_before_writing(&contents, &key)?;
        contents.insert(key, object.clone());
        Ok(())
    }
}

#[async_trait::async_trait]
impl S3 for Operations {
    async fn head_bucket(&self, _: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        Ok(S3Response::new(HeadBucketOutput { bucket_region: Some(REGION.to_owned()), ..HeadBucketOutput::default() }))
    }

    async fn get_bucket_location(&self, _: S3Request<GetBucketLocationInput>) -> S3Result<S3Response<GetBucketLocationOutput>> {
        let location_constraint = Some(BucketLocationConstraint::from_static(REGION));
        Ok(S3Response::new(GetBucketLocationOutput { location_constraint }))
    }

    async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        let encoded = match input.encoding_type.as_ref().map(EncodingType::as_str) {
            None => false,
            Some(EncodingType::URL) => true,
            Some(_) => return Err(s3_error!(InvalidArgument, "Invalid Encoding Method specified in Request")),
        };
        let max_keys = usize::try_from(input.max_keys.unwrap_or(1_000))
            .map_err(|_| s3_error!(InvalidArgument, "Argument maxKeys must be an integer between 0 and 2147483647"))?
            .min(listing::MAX_KEYS);
        let from = match (&input.continuation_token, &input.start_after) {
            (Some(token), _) => {
                let position = Position::from_token(token);
                Some(position.ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))?)
            }
            (None, Some(_)) if self.bucket(&input.bucket)?.behaviour() == Behaviour::Heedless => None,
            (None, Some(key)) => Some(Position::After(key.clone())),
            (None, None) => None,
        };
        let prefix = input.prefix.unwrap_or_default();
        let page = {
            let query = listing::Query {
                prefix: &prefix,
                delimiter: input.delimiter.as_deref().unwrap_or_default(),
                from: from.as_ref(),
                max_keys,
            };
            listing::page(&self.bucket(&input.bucket)?.read(), &query)
        };

        let text = |text: String| if encoded { url_encode(&text) } else { text };
        let key_count = page.entries.len() + page.prefixes.len();
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(text(prefix)),
            max_keys: i32::try_from(max_keys).ok(),
            key_count: i32::try_from(key_count).ok(),
            continuation_token: input.continuation_token,
            is_truncated: Some(page.next.is_some()),
            next_continuation_token: page.next.as_ref().map(Position::token),
            contents: Some(page.entries.into_iter().map(|entry| listed(entry, text)).collect()),
            common_prefixes: Some(page.prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(text(prefix)) }).collect()),
            delimiter: input.delimiter.map(text),
            encoding_type: input.encoding_type,
            start_after: input.start_after.map(text),
            request_charged: None,
        }))
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let input = request.input;
        let object = self.object(&input.bucket, &input.key, input.version_id.as_deref())?;
        Conditions { if_match: input.if_match, if_none_match: input.if_none_match }.check_before_reading(&object)?;
        if !object.is_kept() {
            return Err(s3_error!(InvalidObjectState, "This bucket keeps no bodies"));
        }
        let part = Part::of(&object, input.range.as_ref())?;
        let headers = object.headers;
        Ok(S3Response::new(GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            body: Some(StreamingBlob::from_bytes(part.body)),
            content_length: Some(part.length),
            content_range: part.content_range,
            content_type: Some(headers.content_type.unwrap_or_else(unknown_type)),
            content_disposition: headers.content_disposition,
            content_encoding: headers.content_encoding,
            content_language: headers.content_language,
            cache_control: headers.cache_control,
            metadata: Some(headers.metadata.into_iter().collect()),
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(moment(object.last_modified)),
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let input = request.input;
        let object = self.object(&input.bucket, &input.key, input.version_id.as_deref())?;
        Conditions { if_match: input.if_match, if_none_match: input.if_none_match }.check_before_reading(&object)?;
        let (content_length, content_range) = if object.is_kept() {
            let part = Part::of(&object, input.range.as_ref())?;
            (part.length, part.content_range)
        } else {
            (i64::try_from(object.size).unwrap_or(i64::MAX), None)
        };
        let checked = input.checksum_mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
        let checksum = object.checksum.filter(|_| checked);
        let headers = object.headers;
        Ok(S3Response::new(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: Some(content_length),
            content_range,
            checksum_type: checksum.is_some().then(|| ChecksumType::from_static(ChecksumType::FULL_OBJECT)),
            checksum_crc64nvme: checksum,
            content_type: Some(headers.content_type.unwrap_or_else(unknown_type)),
            content_disposition: headers.content_disposition,
            content_encoding: headers.content_encoding,
            content_language: headers.content_language,
            cache_control: headers.cache_control,
            metadata: Some(headers.metadata.into_iter().collect()),
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(moment(object.last_modified)),
            ..HeadObjectOutput::default()
        }))
    }

    async fn put_object(&self, mut request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let announced = announced!(request);
        let input = request.input;
        let unsupported = input.tagging.is_some()
            || input.acl.is_some()
            || input.object_lock_mode.is_some()
            || input.object_lock_legal_hold_status.is_some()
            || input.sse_customer_key.is_some()
            || input.write_offset_bytes.is_some();
        if unsupported {
            // To take them and not to keep them would be to say that they were kept.
            return Err(s3_error!(NotImplemented, "A header you provided implies functionality that is not implemented"));
        }
        let headers = ObjectHeaders {
            content_type: input.content_type,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            cache_control: input.cache_control,
            metadata: input.metadata.unwrap_or_default().into_iter().collect(),
        };
        let received = receive(self.bucket(&input.bucket)?, input.body, announced, MAX_OBJECT_BYTES).await?;
        let checksum = received.checksums.checksum_crc64nvme;
        let object = Object {
            body: received.body,
            size: received.length,
            etag: received.etag,
            checksum: checksum.clone(),
            last_modified: self.0.clock.now(),
            headers,
        };
        let conditions = Conditions { if_match: input.if_match, if_none_match: input.if_none_match };
        self.put(&input.bucket, input.key, &object, &conditions)?;
        Ok(S3Response::new(PutObjectOutput {
            e_tag: Some(ETag::Strong(object.etag)),
            checksum_type: Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT)),
            checksum_crc64nvme: checksum,
            ..PutObjectOutput::default()
        }))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        Ok(S3Response::new(multipart::create(&self.0, &caller(&request)?, request.input)?))
    }

    async fn upload_part(&self, mut request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        let announced = announced!(request);
        let UploadPartInput { bucket, key, upload_id: id, part_number: number, body, .. } = request.input;
        let target = multipart::Target { bucket, key, id, number };
        Ok(S3Response::new(multipart::put_part(&self.0, target, body, announced).await?))
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        Ok(S3Response::new(multipart::list_parts(&self.0, request.input)?))
    }

    async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        Ok(S3Response::new(multipart::list_uploads(&self.0, request.input)?))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        Ok(S3Response::new(multipart::complete(&self.0, request.input)?))
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        Ok(S3Response::new(multipart::abort(&self.0, &request.input)?))
    }

    async fn copy_object(&self, request: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
        let caller = caller(&request)?;
        let input = request.input;
        let CopySource::Bucket { bucket, key, version_id } = &input.copy_source else {
            return Err(s3_error!(NotImplemented, "Only objects of buckets can be copied"));
        };
        if input.tagging.is_some() || input.acl.is_some() || input.sse_customer_key.is_some() {
            return Err(s3_error!(NotImplemented, "A header you provided implies functionality that is not implemented"));
        }
        let source = self.bucket(bucket)?;
        if source.behaviour() == Behaviour::Denied {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        caller.require(if version_id.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" }, &object_arn(bucket, key))?;
        self.0.hide_missing(&caller, bucket, key)?;
        let mut object = self.object(bucket, key, version_id.as_deref())?;
        let conditions = Conditions { if_match: input.copy_source_if_match, if_none_match: input.copy_source_if_none_match };
        conditions.check_before_copying(&object)?;

        if input.metadata_directive.as_ref().is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE) {
            object.headers = ObjectHeaders {
                content_type: input.content_type,
                content_disposition: input.content_disposition,
                content_encoding: input.content_encoding,
                content_language: input.content_language,
                cache_control: input.cache_control,
                metadata: input.metadata.unwrap_or_default().into_iter().collect(),
            };
        } else if **bucket == *input.bucket && **key == *input.key {
            return Err(s3_error!(
                InvalidRequest,
                "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
            ));
        }
        if !object.is_kept() {
            return Err(s3_error!(InvalidObjectState, "This bucket keeps no bodies"));
        }
        object.last_modified = self.0.clock.now();
        let conditions = Conditions { if_match: input.if_match, if_none_match: input.if_none_match };
        self.put(&input.bucket, input.key, &object, &conditions)?;
        let result = CopyObjectResult {
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(moment(object.last_modified)),
            ..CopyObjectResult::default()
        };
        Ok(S3Response::new(CopyObjectOutput { copy_object_result: Some(result), ..CopyObjectOutput::default() }))
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = request.input;
        no_versions(input.version_id.as_deref())?;
        let mut contents = self.bucket(&input.bucket)?.write();
        Conditions { if_match: input.if_match, if_none_match: None }.check_before_writing(&contents, &input.key)?;
        contents.remove(&input.key);
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn delete_objects(&self, request: S3Request<DeleteObjectsInput>) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let caller = caller(&request)?;
        let input = request.input;
        if input.delete.objects.is_empty() || input.delete.objects.len() > MAX_DELETED {
            return Err(s3_error!(
                MalformedXML,
                "The XML you provided was not well-formed or did not validate against our published schema"
            ));
        }
        let bucket = self.bucket(&input.bucket)?;
        let quiet = input.delete.quiet.unwrap_or(false);
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        for object in input.delete.objects {
            let action = if object.version_id.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
            let allowed = caller.require(action, &object_arn(&input.bucket, &object.key));
            let outcome = allowed.and_then(|()| no_versions(object.version_id.as_deref())).and_then(|()| {
                let mut contents = bucket.write();
                let if_match = object.e_tag.map(ETagCondition::ETag);
                Conditions { if_match, if_none_match: None }.check_before_writing(&contents, &object.key)?;
                contents.remove(&object.key);
                Ok(())
            });
            match outcome {
                Ok(()) => {
                    deleted.push(DeletedObject { key: Some(object.key), ..DeletedObject::default() });
                }
                Err(error) => errors.push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    key: Some(object.key),
                    message: error.message().map(str::to_owned),
                    version_id: object.version_id,
                }),
            }
        }
        let deleted = (!quiet).then_some(deleted);
        Ok(S3Response::new(DeleteObjectsOutput { deleted, errors: Some(errors), request_charged: None }))
    }
}

/// `If-Match` and `If-None-Match`.
#[derive(Default)]
pub(super) struct Conditions {
    pub(super) if_match: Option<ETagCondition>,
    pub(super) if_none_match: Option<ETagCondition>,
}

impl Conditions {
    fn is(condition: &ETagCondition, etag: &str) -> bool {
        condition.is_any() || condition.as_etag().is_some_and(|wanted| wanted.value() == etag)
    }

    fn check_before_reading(&self, object: &Object) -> S3Result {
        if self.if_match.as_ref().is_some_and(|condition| !Self::is(condition, &object.etag)) {
            return Err(s3_error!(PreconditionFailed));
        }
        if self.if_none_match.as_ref().is_some_and(|condition| Self::is(condition, &object.etag)) {
            let mut error = s3_error!(NotModified);
            if let Ok(etag) = ETag::Strong(object.etag.clone()).to_http_header() {
                error.set_headers([(http::header::ETAG, etag)].into_iter().collect());
            }
            return Err(error);
        }
        Ok(())
    }

    fn check_before_copying(&self, object: &Object) -> S3Result {
        self.check_before_reading(object).map_err(|_| s3_error!(PreconditionFailed))
    }

    pub(super) fn check_before_writing(&self, contents: &Contents, key: &str) -> S3Result {
        let there = contents.get(key);
        if let Some(condition) = &self.if_match {
            let Some(object) = &there else { return Err(s3_error!(NoSuchKey)) };
            if !Self::is(condition, &object.etag) {
                return Err(s3_error!(PreconditionFailed));
            }
        }
        match (&self.if_none_match, there) {
            (Some(condition), _) if !condition.is_any() => {
                Err(s3_error!(NotImplemented, "If-None-Match can only be * when an object is written"))
            }
            (Some(_), Some(_)) => Err(s3_error!(PreconditionFailed)),
            _ => Ok(()),
        }
    }
}

/// The part of an object's body that is sent.
struct Part {
    body: Bytes,
    length: i64,
    content_range: Option<String>,
}

impl Part {
    fn of(object: &Object, range: Option<&Range>) -> S3Result<Self> {
        let full = object.body.len();
        let (body, content_range) = match range {
            None => (object.body.clone(), None),
            Some(range) => {
                let range = range.check(full as u64).map_err(|error| {
                    let mut error = s3s::S3Error::from(error);
                    if let Ok(value) = format!("bytes */{full}").parse() {
                        error.set_headers([(http::header::CONTENT_RANGE, value)].into_iter().collect());
                    }
                    error
                })?;
                let text = format!("bytes {}-{}/{full}", range.start, range.end.saturating_sub(1));
                let index = |at: u64| usize::try_from(at).unwrap_or(full).min(full);
                (object.body.slice(index(range.start)..index(range.end)), Some(text))
            }
        };
        Ok(Self { length: i64::try_from(body.len()).unwrap_or(i64::MAX), body, content_range })
    }
}

fn caller<T>(request: &S3Request<T>) -> S3Result<Caller> {
    request.extensions.get::<Caller>().cloned().ok_or_else(|| s3_error!(AccessDenied, "Access Denied"))
}

/// The buckets are not versioned: the only version that an object has is `null`.
fn no_versions(version: Option<&str>) -> S3Result {
    if version.is_none_or(|version| version == "null") { Ok(()) } else { Err(s3_error!(NoSuchVersion)) }
}

fn listed(entry: Entry, text: impl Fn(String) -> String) -> ListedObject {
    ListedObject {
        key: Some(text(entry.key)),
        size: i64::try_from(entry.size).ok(),
        e_tag: Some(ETag::Strong(entry.etag)),
        last_modified: Some(moment(entry.last_modified)),
        storage_class: Some(s3s::dto::ObjectStorageClass::from_static(s3s::dto::ObjectStorageClass::STANDARD)),
        ..ListedObject::default()
    }
}

pub(super) fn moment(time: Timestamp) -> s3s::dto::Timestamp {
    let since = Duration::from_millis(time.millis().unsigned_abs());
    let epoch = SystemTime::UNIX_EPOCH;
    let moment = if time.millis() < 0 { epoch.checked_sub(since) } else { epoch.checked_add(since) };
    moment.unwrap_or(epoch).into()
}

fn unknown_type() -> String {
    "binary/octet-stream".to_owned()
}

/// S3's `encoding-type=url`: form encoding that leaves slashes alone. A space becomes `+`.
pub(super) fn url_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' | b'/' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            _ => {
                // Writing to a String does not fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::url_encode;

    #[test]
    fn keys_are_encoded_as_s3_encodes_them() {
        assert_eq!(url_encode("test_file(3).png"), "test_file%283%29.png");
        assert_eq!(url_encode("a b+c%/é~*"), "a+b%2Bc%25/%C3%A9%7E*");
    }
}
