//! What a listing finds.

use super::clock::Timestamp;

/// One object of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// The whole key.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
    /// When it was last written.
    pub last_modified: Option<Timestamp>,
    /// Entity tag as S3 gives it, quotes included.
    pub etag: String,
    /// Storage class; empty means `STANDARD`.
    pub storage_class: String,
}

/// A page of `ListObjectsV2`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// Objects, in the order of the answer.
    pub objects: Vec<Object>,
    /// Common prefixes ("folders"), whole, with the delimiter at the end.
    pub prefixes: Vec<String>,
    /// Token of the next page; `None` on the last.
    pub next: Option<String>,
}
