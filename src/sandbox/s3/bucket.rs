//! Buckets: ordered maps from key to object, in memory.

use super::object::{Entry, Object};
use super::pace::Pace;
use super::synthetic::Synthetic;
use super::uploads::Uploads;
use super::versions::{History, Version};
use crate::model::clock::Timestamp;
use http::Method;
use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::iter::Peekable;
use std::ops::Bound;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Bytes a second that a slow bucket takes, and one that discards.
const SLOW: u32 = 8_000_000;
const SWIFT: u32 = 100_000_000;

/// The buckets of the stand-in, by name.
#[derive(Debug, Default)]
pub struct Buckets(BTreeMap<String, Bucket>);

impl Buckets {
    /// No buckets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more bucket.
    #[must_use]
    pub fn with(mut self, name: &str, bucket: Bucket) -> Self {
        self.0.insert(name.to_owned(), bucket);
        self
    }

    /// The bucket of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Bucket> {
        self.0.get(name)
    }
}

/// How a bucket behaves, whatever the policies say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// As policies and CORS rules say.
    #[default]
    Ordinary,
    /// Every request is refused with `AccessDenied`, as by a bucket policy that denies all.
    Denied,
    /// It has no CORS rules: a browser cannot read its answers.
    WithoutCors,
    /// Its CORS rules expose no headers.
    Unexposed,
    /// Of five bodies it refuses one with `SlowDown` and breaks one answer off.
    Busy,
    /// Of five objects that are asked for it refuses one with `SlowDown`, and breaks another off in the middle.
    Flaky,
    /// Every third listing it refuses with `SlowDown`.
    Throttled,
    /// It lists from the first key, whatever `start-after` says, as some implementations do.
    Heedless,
    /// It takes 8 MB of bodies a second.
    Slow,
    /// It takes 100 MB of bodies a second, and keeps of them lengths and checksums only.
    Discard,
}

/// What becomes of a body that is sent to a bucket, or asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Taken,
    /// `SlowDown`.
    Refused,
    /// The answer breaks off: at once, and nothing has happened, or in the middle of the body that was asked for.
    BrokenOff,
}

/// One bucket.
#[derive(Debug, Default)]
pub struct Bucket {
    behaviour: Behaviour,
    contents: RwLock<Contents>,
    uploads: Mutex<Uploads>,
    pace: Option<Pace>,
    /// Bodies that were sent to it, or asked of it, as it misbehaves with one or the other.
    bodies: AtomicU32,
    /// Pages that were asked of it.
    listings: AtomicU32,
}

impl Bucket {
    /// A bucket that holds `contents`.
    #[must_use]
    pub fn new(behaviour: Behaviour, contents: Contents) -> Self {
        let pace = match behaviour {
            Behaviour::Slow => Some(Pace::new(SLOW)),
            Behaviour::Discard => Some(Pace::new(SWIFT)),
            _ => None,
        };
        Self { behaviour, contents: RwLock::new(contents), pace, ..Self::default() }
    }

    /// How it behaves.
    #[must_use]
    pub const fn behaviour(&self) -> Behaviour {
        self.behaviour
    }

    /// The objects, to look at. A panic elsewhere cannot leave them half changed, so a poisoned
    /// lock is taken as it is.
    pub fn read(&self) -> RwLockReadGuard<'_, Contents> {
        self.contents.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The uploads in parts that are under way. Locked after the objects where both are.
    pub(super) fn uploads(&self) -> MutexGuard<'_, Uploads> {
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until so many bytes of bodies may have come.
    pub(super) async fn pass(&self, bytes: usize) {
        if let Some(pace) = &self.pace {
            pace.pass(bytes).await;
        }
    }

    /// What becomes of the next body.
    pub(super) fn fate(&self, method: &Method) -> Fate {
        let misbehaves = match self.behaviour {
            Behaviour::Busy => method == Method::PUT,
            Behaviour::Flaky => method == Method::GET,
            _ => false,
        };
        if !misbehaves {
            return Fate::Taken;
        }
        match self.bodies.fetch_add(1, Ordering::Relaxed) % 5 {
            0 => Fate::Refused,
            2 => Fate::BrokenOff,
            _ => Fate::Taken,
        }
    }

    /// What becomes of the next page of a listing.
    pub(super) fn fate_of_listing(&self, method: &Method) -> Fate {
        let throttles = self.behaviour == Behaviour::Throttled && method == Method::GET;
        if throttles && self.listings.fetch_add(1, Ordering::Relaxed) % 3 == 2 { Fate::Refused } else { Fate::Taken }
    }

    /// The objects, to change.
    pub fn write(&self) -> RwLockWriteGuard<'_, Contents> {
        self.contents.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The objects of a bucket in S3's order, that of the keys' UTF-8 bytes: those that were put, and
/// synthetic ones under them.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    stored: BTreeMap<String, Object>,
    synthetic: Option<Synthetic>,
    /// Synthetic objects that were deleted or overwritten.
    removed: BTreeSet<u64>,
    /// All versions, where they are kept: `stored` are the newest.
    history: Option<History>,
}

impl Contents {
    /// Synthetic objects only.
    #[must_use]
    pub fn synthetic(objects: Synthetic) -> Self {
        Self { synthetic: Some(objects), ..Self::default() }
    }

    /// Nothing yet, and all versions of what comes.
    #[must_use]
    pub fn versioned() -> Self {
        Self { history: Some(History::default()), ..Self::default() }
    }

    /// All versions, where they are kept.
    #[must_use]
    pub const fn history(&self) -> Option<&History> {
        self.history.as_ref()
    }

    /// The object with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Object> {
        self.stored.get(key).cloned().or_else(|| self.synthetic_number(key).zip(self.synthetic).map(|(number, all)| all.object(number)))
    }

    /// Whether there is an object with this key.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.stored.contains_key(key) || self.synthetic_number(key).is_some()
    }

    /// Puts an object in the place of any that has this key. Gives its version, where versions are kept.
    pub fn insert(&mut self, key: impl Into<String>, mut object: Object) -> Option<String> {
        let key = key.into();
        self.removed.extend(self.synthetic_number(&key));
        object.version = None;
        if let Some(history) = &mut self.history {
            object.version = Some(history.add(&key, object.last_modified, Some(object.clone())));
        }
        let version = object.version.clone();
        self.stored.insert(key, object);
        version
    }

    /// Deletes the object with this key, if there is one. Where versions are kept a delete marker takes its place, and
    /// that is given.
    pub fn remove(&mut self, key: &str, now: Timestamp) -> Option<String> {
        self.stored.remove(key);
        self.removed.extend(self.synthetic_number(key));
        self.history.as_mut().map(|history| history.add(key, now, None))
    }

    /// Deletes a version for good, and gives it; the one before it becomes the newest.
    pub fn remove_version(&mut self, key: &str, id: &str) -> Option<Version> {
        let history = self.history.as_mut()?;
        let gone = history.remove(key, id)?;
        match history.newest(key).and_then(Version::object) {
            Some(object) => drop(self.stored.insert(key.to_owned(), object)),
            None => drop(self.stored.remove(key)),
        }
        Some(gone)
    }

    /// Changes the tags of an object, or of a version of it. Whether it is there.
    pub fn tag(&mut self, key: &str, version: Option<&str>, tags: &BTreeMap<String, String>) -> bool {
        let synthetic = self.synthetic_number(key).zip(self.synthetic).map(|(number, all)| all.object(number));
        if let Some(object) = synthetic {
            self.insert(key, object);
        }
        let newest = self.stored.get(key).map(|object| object.version.clone());
        let is_newest = |id: Option<&str>| newest.as_ref().is_some_and(|newest| id.is_none() || newest.as_deref() == id);
        let mut found = false;
        if is_newest(version)
            && let Some(object) = self.stored.get_mut(key)
        {
            object.tags.clone_from(tags);
            found = true;
        }
        let id = version.map(str::to_owned).or(newest.flatten());
        if let (Some(history), Some(id)) = (&mut self.history, id) {
            found |= history.tag(key, &id, tags);
        }
        found
    }

    /// The entries from `bound` on, in order. Finding the first takes logarithmic time.
    pub fn entries_from(&self, bound: Bound<&str>) -> Entries<'_> {
        Entries {
            contents: self,
            stored: self.stored.range::<str, _>((bound, Bound::Unbounded)).peekable(),
            next_number: self.synthetic.map_or(0, |all| all.first_from(bound)),
            next_key: None,
        }
    }

    fn synthetic_number(&self, key: &str) -> Option<u64> {
        self.synthetic?.number(key).filter(|number| !self.removed.contains(number))
    }
}

/// Entries of a bucket in order.
pub struct Entries<'a> {
    contents: &'a Contents,
    stored: Peekable<btree_map::Range<'a, String, Object>>,
    next_number: u64,
    /// The key of `next_number`, so that it is made once.
    next_key: Option<String>,
}

impl Entries<'_> {
    /// Makes `next_key` the key of the first synthetic object that is left.
    fn find_synthetic(&mut self) -> Option<Synthetic> {
        let all = self.contents.synthetic?;
        if self.next_key.is_none() {
            while self.contents.removed.contains(&self.next_number) {
                self.next_number += 1;
            }
            if self.next_number >= all.count() {
                return None;
            }
            self.next_key = Some(all.key(self.next_number));
        }
        Some(all)
    }
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if let Some(all) = self.find_synthetic() {
            let synthetic_is_first = match (self.stored.peek(), &self.next_key) {
                (Some((stored, _)), Some(synthetic)) => synthetic < *stored,
                (None, _) => true,
                (Some(_), None) => false,
            };
            if synthetic_is_first {
                let entry = all.entry(self.next_number);
                self.next_key = None;
                self.next_number += 1;
                return Some(entry);
            }
        }
        let (key, object) = self.stored.next()?;
        let Object { size, etag, last_modified, headers, .. } = object;
        let storage_class = headers.storage_class.clone();
        Some(Entry { key: key.clone(), size: *size, etag: etag.clone(), last_modified: *last_modified, storage_class })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Timestamp;

    fn object(text: &'static str) -> Object {
        Object::of_type("text/plain", text, Timestamp::from_seconds(0))
    }

    fn keys(contents: &Contents) -> Vec<String> {
        contents.entries_from(Bound::Unbounded).map(|entry| entry.key).collect()
    }

    #[test]
    fn stored_objects_stand_between_and_over_synthetic_ones() {
        let all = Synthetic::new(3);
        let mut contents = Contents::synthetic(all);
        let after_first = format!("{}!", all.key(0));
        contents.insert("a", object("a"));
        contents.insert(after_first.as_str(), object("between"));
        contents.insert("z", object("z"));
        assert_eq!(keys(&contents), ["a", &all.key(0), &after_first, &all.key(1), &all.key(2), "z"]);

        contents.insert(all.key(1), object("mine"));
        assert_eq!(contents.get(&all.key(1)).unwrap().body, "mine");
        assert_eq!(keys(&contents).len(), 6, "overwritten, not added");
        let now = Timestamp::from_seconds(1);
        assert_eq!(contents.remove(&all.key(1), now), None);
        contents.remove(&all.key(2), now);
        contents.remove("never there", now);
        assert!(!contents.contains(&all.key(1)) && contents.get(&all.key(2)).is_none());
        assert_eq!(keys(&contents), ["a", &all.key(0), &after_first, "z"]);
        assert_eq!(contents.get(&all.key(0)).unwrap(), all.object(0));
    }

    #[test]
    fn order_is_that_of_utf8_bytes() {
        let mut contents = Contents::default();
        // U+FF61 is before U+1F600 in UTF-8, and behind it in UTF-16.
        for key in ["b", "a/", "a", "/", "\u{1F600}", "\u{FF61}", "B"] {
            contents.insert(key, object(""));
        }
        assert_eq!(keys(&contents), ["/", "B", "a", "a/", "b", "\u{FF61}", "\u{1F600}"]);
    }
}
