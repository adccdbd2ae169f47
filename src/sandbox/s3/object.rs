//! An object and what a listing says of it.

use crate::model::clock::Timestamp;
use bytes::Bytes;
use md5::{Digest as _, Md5};
use std::collections::BTreeMap;

/// An object with its body. Cheap to clone but for the headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The body; empty where the bucket did not keep it.
    pub body: Bytes,
    /// The body's length in bytes, kept or not.
    pub size: u64,
    /// MD5 of the body in hex, without quotes, as S3 gives to an object put in one piece.
    pub etag: String,
    /// CRC-64/NVME in base64, where it is known.
    pub checksum: Option<String>,
    /// When it was put.
    pub last_modified: Timestamp,
    /// What the object says about itself.
    pub headers: ObjectHeaders,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Which version it is, in a bucket that keeps them.
    pub version: Option<String>,
}

/// The headers that are kept with an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectHeaders {
    /// `Content-Type`; `binary/octet-stream` when nothing was said, as in S3.
    pub content_type: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Expires`.
    pub expires: Option<String>,
    /// Storage class, where it is not `STANDARD`. It is kept and told, and costs nothing here.
    pub storage_class: Option<String>,
    /// `x-amz-meta-*`, without that prefix.
    pub metadata: BTreeMap<String, String>,
}

impl Object {
    /// An object with this body.
    #[must_use]
    pub fn new(body: impl Into<Bytes>, headers: ObjectHeaders, last_modified: Timestamp) -> Self {
        let body = body.into();
        let etag = hex::encode(Md5::digest(&body));
        Self { size: body.len() as u64, checksum: None, body, etag, last_modified, headers, tags: BTreeMap::new(), version: None }
    }

    /// Whether it is archived: then it can be seen, and neither read nor copied.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        matches!(self.headers.storage_class.as_deref(), Some("GLACIER" | "DEEP_ARCHIVE"))
    }

    /// Whether the body can be read.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.body.len() as u64 == self.size
    }

    /// An object of this type, nothing else said.
    #[must_use]
    pub fn of_type(content_type: &str, body: impl Into<Bytes>, last_modified: Timestamp) -> Self {
        Self::new(body, ObjectHeaders { content_type: Some(content_type.to_owned()), ..ObjectHeaders::default() }, last_modified)
    }
}

/// An object as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The body's length in bytes.
    pub size: u64,
    /// As in [`Object::etag`].
    pub etag: String,
    /// When it was put.
    pub last_modified: Timestamp,
    /// As in [`ObjectHeaders::storage_class`].
    pub storage_class: Option<String>,
}
