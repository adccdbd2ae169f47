//! The operations of uploads in parts, in s3s's words.

use super::access::{Access, Caller};
use super::bucket::{Behaviour, Bucket};
use super::conditions::Conditions;
use super::object::ObjectHeaders;
use super::operations::{MAX_OBJECT_BYTES, moment, storage_class, url_encode};
use super::receive::{Announced, receive};
use super::uploads::{Beginning, Expected, Named, UploadError};
use crate::sandbox::random;
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumAlgorithm, ChecksumType, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, EncodingType, Initiator,
    ListMultipartUploadsInput, ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, Part as ListedPart,
    StreamingBlob, UploadPartOutput,
};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

/// The largest part (S3 User Guide), for buckets that keep none.
const LARGEST_PART: u64 = 5 * 1024 * 1024 * 1024;

/// Most parts, and most entries of a page.
const MOST_PARTS: i32 = 10_000;
const PAGE: usize = 1_000;

impl From<UploadError> for S3Error {
    fn from(error: UploadError) -> Self {
        let code = match error {
            UploadError::NoSuchUpload => S3ErrorCode::NoSuchUpload,
            UploadError::InvalidPart => S3ErrorCode::InvalidPart,
            UploadError::InvalidPartOrder => S3ErrorCode::InvalidPartOrder,
            UploadError::EntityTooSmall => S3ErrorCode::EntityTooSmall,
            UploadError::OtherSize => S3ErrorCode::InvalidRequest,
            UploadError::BadDigest => S3ErrorCode::BadDigest,
            UploadError::TooMuch => S3ErrorCode::EntityTooLarge,
        };
        Self::with_message(code, error.to_string())
    }
}

pub(super) fn create(access: &Access, caller: &Caller, input: CreateMultipartUploadInput) -> S3Result<CreateMultipartUploadOutput> {
    let bucket = bucket(access, &input.bucket)?;
    let unsupported = input.tagging.is_some()
        || input.acl.is_some()
        || input.object_lock_mode.is_some()
        || input.object_lock_legal_hold_status.is_some()
        || input.sse_customer_key.is_some();
    if unsupported {
        return Err(s3_error!(NotImplemented, "A header you provided implies functionality that is not implemented"));
    }
    let algorithm = input.checksum_algorithm.as_ref().map(|algorithm| algorithm.as_str().to_owned());
    // S3 reads CRC-64/NVME as of the whole object, and the others as of the parts unless told otherwise.
    let whole = match input.checksum_type.as_ref().map(ChecksumType::as_str) {
        Some(ChecksumType::FULL_OBJECT) => true,
        Some(_) => false,
        None => algorithm.as_deref() == Some(ChecksumAlgorithm::CRC64NVME),
    };
    let id = random::token();
    let beginning = Beginning {
        initiated: access.clock.now(),
        initiator: caller.name(),
        algorithm,
        whole,
        headers: ObjectHeaders {
            content_type: input.content_type,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            cache_control: input.cache_control,
            expires: input.expires,
            storage_class: storage_class(input.storage_class.as_ref())?,
            metadata: input.metadata.unwrap_or_default().into_iter().collect(),
        },
    };
    bucket.uploads().begin(&input.key, &id, beginning);
    Ok(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(id),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type: input.checksum_type,
        ..CreateMultipartUploadOutput::default()
    })
}

/// Where a part belongs.
pub(super) struct Target {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) id: String,
    pub(super) number: i32,
}

pub(super) async fn put_part(
    access: &Access,
    target: Target,
    body: Option<StreamingBlob>,
    announced: Announced,
) -> S3Result<UploadPartOutput> {
    let Target { bucket: name, key, id, number } = target;
    let bucket = bucket(access, &name)?;
    if !(1..=MOST_PARTS).contains(&number) {
        return Err(s3_error!(InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive"));
    }
    bucket.uploads().get(&key, &id)?;
    let limit = if bucket.behaviour() == Behaviour::Discard { LARGEST_PART } else { MAX_OBJECT_BYTES };
    let received = receive(bucket, body, announced, limit).await?;
    let output = UploadPartOutput {
        e_tag: Some(ETag::Strong(received.etag.clone())),
        checksum_crc32: received.checksums.checksum_crc32.clone(),
        checksum_crc32c: received.checksums.checksum_crc32c.clone(),
        checksum_crc64nvme: received.checksums.checksum_crc64nvme.clone(),
        checksum_sha1: received.checksums.checksum_sha1.clone(),
        checksum_sha256: received.checksums.checksum_sha256.clone(),
        ..UploadPartOutput::default()
    };
    bucket.uploads().put(&key, &id, number, received, access.clock.now())?;
    Ok(output)
}

pub(super) fn list_parts(access: &Access, input: ListPartsInput) -> S3Result<ListPartsOutput> {
    let uploads = bucket(access, &input.bucket)?.uploads();
    let upload = uploads.get(&input.key, &input.upload_id)?;
    let after = input.part_number_marker.unwrap_or_default();
    let most = page_size(input.max_parts)?;
    let mut parts: Vec<ListedPart> = upload
        .parts(after)
        .take(most + 1)
        .map(|(number, part)| ListedPart {
            part_number: Some(number),
            size: i64::try_from(part.received.length).ok(),
            e_tag: Some(ETag::Strong(part.received.etag.clone())),
            last_modified: Some(moment(part.last_modified)),
            checksum_crc64nvme: part.received.checksums.checksum_crc64nvme.clone(),
            checksum_crc32: part.received.checksums.checksum_crc32.clone(),
            ..ListedPart::default()
        })
        .collect();
    let is_truncated = parts.len() > most;
    parts.truncate(most);
    Ok(ListPartsOutput {
        next_part_number_marker: parts.last().and_then(|part| part.part_number).filter(|_| is_truncated),
        parts: Some(parts),
        is_truncated: Some(is_truncated),
        max_parts: i32::try_from(most).ok(),
        part_number_marker: Some(after),
        checksum_algorithm: upload.algorithm.clone().map(ChecksumAlgorithm::from),
        checksum_type: upload
            .algorithm
            .is_some()
            .then(|| ChecksumType::from_static(if upload.whole { ChecksumType::FULL_OBJECT } else { ChecksumType::COMPOSITE })),
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        ..ListPartsOutput::default()
    })
}

pub(super) fn list_uploads(access: &Access, input: ListMultipartUploadsInput) -> S3Result<ListMultipartUploadsOutput> {
    let uploads = bucket(access, &input.bucket)?.uploads();
    if input.delimiter.is_some() {
        return Err(s3_error!(NotImplemented, "Uploads are not folded"));
    }
    let most = page_size(input.max_uploads)?;
    let prefix = input.prefix.clone().unwrap_or_default();
    // Without an id every upload of the marker's key lies before it.
    let id = input.upload_id_marker.clone().unwrap_or_else(|| char::MAX.to_string());
    let after = input.key_marker.clone().map_or_else(Default::default, |key| (key, id));
    let encoded = input.encoding_type.as_ref().is_some_and(|encoding| encoding.as_str() == EncodingType::URL);
    let text = |key: &str| if encoded { url_encode(key) } else { key.to_owned() };
    let mut found: Vec<_> = uploads.from(&prefix, &after).take(most + 1).collect();
    let is_truncated = found.len() > most;
    found.truncate(most);
    let last = found.last().copied().filter(|_| is_truncated);
    Ok(ListMultipartUploadsOutput {
        next_key_marker: last.map(|(key, ..)| text(key)),
        next_upload_id_marker: last.map(|(_, id, _)| id.to_owned()),
        uploads: Some(
            found
                .iter()
                .map(|(key, id, upload)| MultipartUpload {
                    key: Some(text(key)),
                    upload_id: Some((*id).to_owned()),
                    initiated: Some(moment(upload.initiated)),
                    initiator: Some(Initiator { display_name: Some(upload.initiator.clone()), id: Some(upload.initiator.clone()) }),
                    ..MultipartUpload::default()
                })
                .collect(),
        ),
        is_truncated: Some(is_truncated),
        max_uploads: i32::try_from(most).ok(),
        key_marker: input.key_marker.as_deref().map(text),
        upload_id_marker: input.upload_id_marker,
        prefix: input.prefix.as_deref().map(text),
        encoding_type: input.encoding_type,
        bucket: Some(input.bucket),
        ..ListMultipartUploadsOutput::default()
    })
}

pub(super) fn complete(access: &Access, input: CompleteMultipartUploadInput) -> S3Result<CompleteMultipartUploadOutput> {
    let bucket = bucket(access, &input.bucket)?;
    let named = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
    let named: Option<Vec<Named>> =
        named.into_iter().map(|part| Some(Named { number: part.part_number?, etag: part.e_tag?.value().to_owned() })).collect();
    let named = named.ok_or(UploadError::InvalidPart)?;
    let expected = Expected { size: input.mpu_object_size.and_then(|size| u64::try_from(size).ok()), checksum: input.checksum_crc64nvme };
    let conditions = Conditions { if_match: input.if_match, if_none_match: input.if_none_match };
    let mut contents = bucket.write();
    let mut uploads = bucket.uploads();
    let object = uploads.get(&input.key, &input.upload_id)?.complete(&named, &expected, access.clock.now())?;
    conditions.check_before_writing(&contents, &input.key)?;
    let mut output = CompleteMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key.clone()),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        checksum_crc64nvme: object.checksum.clone(),
        checksum_type: object.checksum.is_some().then(|| ChecksumType::from_static(ChecksumType::FULL_OBJECT)),
        ..CompleteMultipartUploadOutput::default()
    };
    uploads.abort(&input.key, &input.upload_id)?;
    output.version_id = contents.insert(input.key, object);
    Ok(output)
}

pub(super) fn abort(access: &Access, input: &AbortMultipartUploadInput) -> S3Result<AbortMultipartUploadOutput> {
    bucket(access, &input.bucket)?.uploads().abort(&input.key, &input.upload_id)?;
    Ok(AbortMultipartUploadOutput::default())
}

fn bucket<'a>(access: &'a Access, name: &str) -> S3Result<&'a Bucket> {
    access.buckets.get(name).ok_or_else(|| s3_error!(NoSuchBucket))
}

fn page_size(asked: Option<i32>) -> S3Result<usize> {
    let most = asked.map_or(Ok(PAGE), usize::try_from);
    most.map(|most| most.clamp(1, PAGE)).map_err(|_| s3_error!(InvalidArgument, "A page cannot have less than no entries"))
}
