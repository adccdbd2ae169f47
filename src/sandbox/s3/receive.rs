//! Takes a body: at the bucket's pace, and held against the checksums that were announced for it.

use super::bucket::{Behaviour, Bucket};
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use md5::{Digest as _, Md5};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::Checksum as _;
use s3s::dto::{Checksum, ChecksumAlgorithm, StreamingBlob};
use s3s::{S3Result, TrailingHeaders, s3_error};

/// What the sender says of a body.
#[derive(Debug, Default)]
pub(super) struct Announced {
    /// The checksums, each in the field of its algorithm.
    pub(super) checksums: Checksum,
    /// The algorithm of the checksum that follows the body.
    pub(super) algorithm: Option<ChecksumAlgorithm>,
    /// What follows the body.
    pub(super) trailers: Option<TrailingHeaders>,
    /// `Content-MD5`.
    pub(super) md5: Option<String>,
}

/// The checksums in an input of s3s.
macro_rules! announced {
    ($request:expr) => {{
        let request = &mut $request;
        let input = &mut request.input;
        let known =
            [&input.checksum_md5, &input.checksum_sha512, &input.checksum_xxhash128, &input.checksum_xxhash3, &input.checksum_xxhash64];
        if known.into_iter().any(Option::is_some) {
            return Err(s3s::s3_error!(NotImplemented, "This checksum algorithm is not implemented"));
        }
        $crate::sandbox::s3::receive::Announced {
            checksums: s3s::dto::Checksum {
                checksum_crc32: input.checksum_crc32.take(),
                checksum_crc32c: input.checksum_crc32c.take(),
                checksum_crc64nvme: input.checksum_crc64nvme.take(),
                checksum_sha1: input.checksum_sha1.take(),
                checksum_sha256: input.checksum_sha256.take(),
                ..s3s::dto::Checksum::default()
            },
            algorithm: input.checksum_algorithm.take(),
            trailers: request.trailing_headers.take(),
            md5: input.content_md5.take(),
        }
    }};
}
pub(super) use announced;

/// A body that came.
#[derive(Debug)]
pub(super) struct Received {
    /// The body; empty where the bucket keeps none.
    pub(super) body: Bytes,
    /// Its length.
    pub(super) length: u64,
    /// The entity tag that it gets when it is put in one piece: its MD5 in hex.
    pub(super) etag: String,
    /// Its checksums: the announced ones, and CRC-64/NVME in any case, which S3 adds by itself.
    pub(super) checksums: Checksum,
}

/// Takes a body of at most `limit` bytes, whatever length was announced.
pub(super) async fn receive(bucket: &Bucket, body: Option<StreamingBlob>, announced: Announced, limit: u64) -> S3Result<Received> {
    let keeps = bucket.behaviour() != Behaviour::Discard;
    let mut hasher = hasher(&announced);
    let (mut kept, mut md5, mut length) = (BytesMut::new(), Md5::new(), 0);
    if let Some(mut body) = body {
        while let Some(chunk) = body.next().await {
            // A body that does not have the signed hash ends in an error too.
            let chunk = chunk.map_err(|_| s3_error!(InvalidRequest, "The request body is not what was announced"))?;
            length += chunk.len() as u64;
            if length > limit {
                return Err(s3_error!(EntityTooLarge));
            }
            bucket.pass(chunk.len()).await;
            hasher.update(&chunk);
            if keeps {
                md5.update(&chunk);
                kept.extend_from_slice(&chunk);
            }
        }
    }
    let checksums = hasher.finalize();
    verify(&announced, &checksums)?;
    // An entity tag need not be an MD5: S3's own are none where objects are encrypted.
    let etag = match &checksums.checksum_crc64nvme {
        Some(checksum) if !keeps => hex::encode(checksum),
        _ => {
            let md5 = md5.finalize();
            if announced.md5.is_some_and(|announced| announced != base64(&md5)) {
                return Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."));
            }
            hex::encode(md5)
        }
    };
    Ok(Received { body: kept.freeze(), length, etag, checksums })
}

fn hasher(announced: &Announced) -> ChecksumHasher {
    let Announced { checksums, algorithm, .. } = announced;
    let follows = |name| algorithm.as_ref().is_some_and(|algorithm| algorithm.as_str() == name);
    ChecksumHasher {
        crc32: (checksums.checksum_crc32.is_some() || follows(ChecksumAlgorithm::CRC32)).then(Default::default),
        crc32c: (checksums.checksum_crc32c.is_some() || follows(ChecksumAlgorithm::CRC32C)).then(Default::default),
        sha1: (checksums.checksum_sha1.is_some() || follows(ChecksumAlgorithm::SHA1)).then(s3s::crypto::Sha1::new),
        sha256: (checksums.checksum_sha256.is_some() || follows(ChecksumAlgorithm::SHA256)).then(s3s::crypto::Sha256::new),
        crc64nvme: Some(s3s::crypto::Crc64Nvme::new()),
        ..ChecksumHasher::default()
    }
}

/// Holds what came against what was announced, before the body and behind it.
fn verify(announced: &Announced, computed: &Checksum) -> S3Result {
    let trailers = announced.trailers.as_ref().and_then(TrailingHeaders::take).unwrap_or_default();
    let pairs = [
        ("x-amz-checksum-crc32", &announced.checksums.checksum_crc32, &computed.checksum_crc32),
        ("x-amz-checksum-crc32c", &announced.checksums.checksum_crc32c, &computed.checksum_crc32c),
        ("x-amz-checksum-crc64nvme", &announced.checksums.checksum_crc64nvme, &computed.checksum_crc64nvme),
        ("x-amz-checksum-sha1", &announced.checksums.checksum_sha1, &computed.checksum_sha1),
        ("x-amz-checksum-sha256", &announced.checksums.checksum_sha256, &computed.checksum_sha256),
    ];
    for (name, before, computed) in pairs {
        let behind = trailers.get(name).map(|value| value.to_str().unwrap_or_default());
        for announced in [before.as_deref(), behind].into_iter().flatten() {
            if computed.as_deref() != Some(announced) {
                return Err(s3_error!(BadDigest, "The checksum you specified did not match the calculated checksum."));
            }
        }
    }
    Ok(())
}

fn base64(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes)
}

/// Checksum of a whole object, as S3 computes it by itself.
pub(super) fn whole_checksum(body: &[u8]) -> String {
    base64(&s3s::crypto::Crc64Nvme::checksum(body))
}
