//! The operations, on behalf of a caller whom [`access`](super::access) has checked. Operations
//! that are not here answer `NotImplemented`.

use super::access::{Access, Caller, object_arn};
use super::bucket::{Behaviour, Bucket};
use super::conditions::Conditions;
use super::listing::{self, Position};
use super::object::{Entry, Object, ObjectHeaders};
use super::receive::{announced, receive};
use super::{copying, deleting, multipart, tagging, versioning};
use crate::model::clock::Timestamp;
use crate::sandbox::registry::REGION;
use bytes::Bytes;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, BucketLocationConstraint, ChecksumMode, ChecksumType, CommonPrefix,
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CopyObjectInput, CopyObjectOutput, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, DeleteObjectInput, DeleteObjectOutput, DeleteObjectTaggingInput, DeleteObjectTaggingOutput,
    DeleteObjectsInput, DeleteObjectsOutput, ETag, EncodingType, GetBucketLocationInput, GetBucketLocationOutput, GetBucketVersioningInput,
    GetBucketVersioningOutput, GetObjectInput, GetObjectOutput, GetObjectTaggingInput, GetObjectTaggingOutput, HeadBucketInput,
    HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListMultipartUploadsInput, ListMultipartUploadsOutput, ListObjectVersionsInput,
    ListObjectVersionsOutput, ListObjectsV2Input, ListObjectsV2Output, ListPartsInput, ListPartsOutput, Object as ListedObject,
    PutObjectInput, PutObjectOutput, PutObjectTaggingInput, PutObjectTaggingOutput, Range, StorageClass, StreamingBlob, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

/// The largest object that can be put: the objects are in memory.
pub(super) const MAX_OBJECT_BYTES: u64 = 64 * 1024 * 1024;

/// S3 over buckets in memory.
pub(super) struct Operations(pub(super) Access);

impl Operations {
    fn bucket(&self, name: &str) -> S3Result<&Bucket> {
        self.0.buckets.get(name).ok_or_else(|| s3_error!(NoSuchBucket))
    }

    fn object(&self, bucket: &str, key: &str, version: Option<&str>) -> S3Result<Object> {
        versioning::find(&self.bucket(bucket)?.read(), key, version)
    }
}

/// How many tags an object has, for whoever may read them.
fn tag_count(caller: &Caller, bucket: &str, key: &str, object: &Object) -> Option<i32> {
    let may = !object.tags.is_empty() && caller.require("s3:GetObjectTagging", &object_arn(bucket, key)).is_ok();
    may.then(|| i32::try_from(object.tags.len()).unwrap_or(i32::MAX))
}

/// Puts an object where it belongs, and gives its version.
pub(super) fn put(access: &Access, bucket: &str, key: String, object: &Object, conditions: &Conditions) -> S3Result<Option<String>> {
    let mut contents = access.buckets.get(bucket).ok_or_else(|| s3_error!(NoSuchBucket))?.write();
    conditions.check_before_writing(&contents, &key)?;
    Ok(contents.insert(key, object.clone()))
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
        let caller = caller(&request)?;
        let input = request.input;
        let object = self.object(&input.bucket, &input.key, input.version_id.as_deref())?;
        Conditions { if_match: input.if_match, if_none_match: input.if_none_match }.check_before_reading(&object)?;
        if !object.is_kept() {
            return Err(s3_error!(InvalidObjectState, "This bucket keeps no bodies"));
        }
        if object.is_archived() {
            return Err(s3_error!(InvalidObjectState, "The operation is not valid for the object's storage class"));
        }
        let part = Part::of(&object, input.range.as_ref())?;
        let tag_count = tag_count(&caller, &input.bucket, &input.key, &object);
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
            expires: headers.expires,
            storage_class: headers.storage_class.map(Into::into),
            metadata: Some(headers.metadata.into_iter().collect()),
            tag_count,
            version_id: object.version,
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(moment(object.last_modified)),
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let caller = caller(&request)?;
        let input = request.input;
        let object = self.object(&input.bucket, &input.key, input.version_id.as_deref())?;
        Conditions { if_match: input.if_match, if_none_match: input.if_none_match }.check_before_reading(&object)?;
        let (content_length, content_range) = if object.is_kept() {
            let part = Part::of(&object, input.range.as_ref())?;
            (part.length, part.content_range)
        } else {
            (i64::try_from(object.size).unwrap_or(i64::MAX), None)
        };
        let tag_count = tag_count(&caller, &input.bucket, &input.key, &object);
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
            expires: headers.expires,
            storage_class: headers.storage_class.map(Into::into),
            metadata: Some(headers.metadata.into_iter().collect()),
            tag_count,
            version_id: object.version,
            e_tag: Some(ETag::Strong(object.etag)),
            last_modified: Some(moment(object.last_modified)),
            ..HeadObjectOutput::default()
        }))
    }

    async fn put_object(&self, mut request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let announced = announced!(request);
        let caller = caller(&request)?;
        let input = request.input;
        let unsupported = input.acl.is_some()
            || input.object_lock_mode.is_some()
            || input.object_lock_legal_hold_status.is_some()
            || input.sse_customer_key.is_some()
            || input.write_offset_bytes.is_some();
        if unsupported {
            // To take them and not to keep them would be to say that they were kept.
            return Err(s3_error!(NotImplemented, "A header you provided implies functionality that is not implemented"));
        }
        let tags = tagging::of_header(input.tagging.as_deref())?;
        if !tags.is_empty() {
            caller.require("s3:PutObjectTagging", &object_arn(&input.bucket, &input.key))?;
        }
        let headers = ObjectHeaders {
            content_type: input.content_type,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            cache_control: input.cache_control,
            expires: input.expires,
            storage_class: storage_class(input.storage_class.as_ref())?,
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
            tags,
            version: None,
        };
        let conditions = Conditions { if_match: input.if_match, if_none_match: input.if_none_match };
        let version_id = put(&self.0, &input.bucket, input.key, &object, &conditions)?;
        Ok(S3Response::new(PutObjectOutput {
            version_id,
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
        Ok(S3Response::new(copying::copy(&self.0, &caller(&request)?, request.input)?))
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        Ok(S3Response::new(deleting::one(&self.0, &request.input)?))
    }

    async fn delete_objects(&self, request: S3Request<DeleteObjectsInput>) -> S3Result<S3Response<DeleteObjectsOutput>> {
        Ok(S3Response::new(deleting::several(&self.0, &caller(&request)?, request.input)?))
    }

    async fn list_object_versions(&self, request: S3Request<ListObjectVersionsInput>) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        Ok(S3Response::new(versioning::list(&self.0, request.input)?))
    }

    async fn get_bucket_versioning(&self, request: S3Request<GetBucketVersioningInput>) -> S3Result<S3Response<GetBucketVersioningOutput>> {
        Ok(S3Response::new(versioning::status(&self.0, &request.input)?))
    }

    async fn get_object_tagging(&self, request: S3Request<GetObjectTaggingInput>) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        Ok(S3Response::new(tagging::get(&self.0, &request.input)?))
    }

    async fn put_object_tagging(&self, request: S3Request<PutObjectTaggingInput>) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        Ok(S3Response::new(tagging::put(&self.0, request.input)?))
    }

    async fn delete_object_tagging(&self, request: S3Request<DeleteObjectTaggingInput>) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
        Ok(S3Response::new(tagging::delete(&self.0, request.input)?))
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

pub(super) fn caller<T>(request: &S3Request<T>) -> S3Result<Caller> {
    request.extensions.get::<Caller>().cloned().ok_or_else(|| s3_error!(AccessDenied, "Access Denied"))
}

/// A storage class; `None` for `STANDARD`.
pub(super) fn storage_class(asked: Option<&StorageClass>) -> S3Result<Option<String>> {
    const KNOWN: [&str; 8] =
        ["STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE", "REDUCED_REDUNDANCY"];
    let asked = asked.map(StorageClass::as_str);
    if asked.is_some_and(|class| !KNOWN.contains(&class)) {
        return Err(s3_error!(InvalidStorageClass, "The storage class you specified is not valid"));
    }
    Ok(asked.filter(|class| *class != "STANDARD").map(str::to_owned))
}

fn listed(entry: Entry, text: impl Fn(String) -> String) -> ListedObject {
    ListedObject {
        key: Some(text(entry.key)),
        size: i64::try_from(entry.size).ok(),
        e_tag: Some(ETag::Strong(entry.etag)),
        last_modified: Some(moment(entry.last_modified)),
        storage_class: Some(entry.storage_class.unwrap_or_else(|| "STANDARD".to_owned()).into()),
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
