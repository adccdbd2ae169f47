//! The folders and objects under a prefix, all of them, streaming in.
mod columns;
mod pager;

use super::credentials::CredentialStore;
use super::failure::Failure;
use crate::model::clock::Timestamp;
use crate::model::location::Location;
use crate::model::names::RoleId;
use leptos::prelude::*;

/// What to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingTarget {
    /// With which role's credentials.
    pub role: RoleId,
    /// Which bucket.
    pub location: Location,
    /// Which folder: the whole prefix, from the bucket's root.
    pub prefix: String,
}

/// Where a listing stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListingStatus {
    /// Nothing was asked for.
    Idle,
    /// The first page is under way: no row yet.
    Loading,
    /// Rows are there and more are coming: say "so far".
    Partial,
    /// Everything is there.
    Complete {
        /// Milliseconds from the first request to the last row.
        milliseconds: u32,
    },
    /// The person stopped it; `retry` goes on.
    Stopped,
    /// A page failed; rows before it stay and `retry` goes on from it.
    Failed(Failure),
}

/// How many rows there are (so far).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Folders.
    pub folders: usize,
    /// Objects.
    pub objects: usize,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The name below the listing's prefix; a folder's ends with `/`. May be empty (the prefix is
    /// itself a key) or consist of slashes.
    pub name: String,
    /// The whole key, or the whole prefix of a folder.
    pub key: String,
    /// Object or folder.
    pub kind: RowKind,
}

/// What a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A common prefix.
    Folder,
    /// An object.
    Object {
        /// Bytes.
        size: u64,
        /// When it was last written.
        modified: Option<Timestamp>,
        /// Storage class as S3 writes it; empty means `STANDARD`.
        class: String,
    },
}

/// What rows are sorted by. Folders stand first, whatever it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// The name, in S3's order: bytes of UTF-8.
    #[default]
    Name,
    /// The size.
    Size,
    /// The time of the last write.
    Modified,
}

/// Column and direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// The column.
    pub by: SortBy,
    /// Whether the largest stands first.
    pub descending: bool,
}

/// A listing that follows a target.
#[derive(Clone, Copy)]
pub struct Listing {}

impl Listing {
    /// Lists whatever `target` names, beginning anew when it changes and stopping when the
    /// surrounding component goes away. Nothing happens on the server.
    #[must_use]
    pub fn follow(store: CredentialStore, target: Signal<Option<ListingTarget>>) -> Self;
    /// Where it stands. Tracked when read.
    #[must_use]
    pub fn status(&self) -> Signal<ListingStatus>;
    /// How many rows there are so far. Tracked when read.
    #[must_use]
    pub fn counts(&self) -> Signal<Counts>;
    /// Changes whenever rows were added or sorted anew; rows read before may be elsewhere now.
    #[must_use]
    pub fn revision(&self) -> Signal<u32>;
    /// The row at `index` in the current order, folders first. Not tracked: read `revision` too.
    #[must_use]
    pub fn row(&self, index: usize) -> Option<Row>;
    /// The current order. Tracked when read.
    #[must_use]
    pub fn sort(&self) -> Signal<Sort>;
    /// Sorts what is there and everything that comes.
    pub fn set_sort(&self, sort: Sort);
    /// Stops asking for pages; rows stay.
    pub fn stop(&self);
    /// Goes on from the page that failed or was not asked for.
    pub fn retry(&self);
    /// Drops the rows and begins anew.
    pub fn reload(&self);
}
