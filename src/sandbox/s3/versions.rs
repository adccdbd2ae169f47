//! All versions of the objects of a bucket, and pages of them: the semantics of ListObjectVersions without its XML.

use super::bucket::Contents;
use super::listing::{fold, successor};
use super::object::Object;
use crate::model::clock::Timestamp;
use crate::sandbox::random;
use std::collections::BTreeMap;
use std::ops::Bound;

/// What the only version of an object is called where versions are not kept.
pub const NULL: &str = "null";

/// Versions and delete markers by key, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct History(BTreeMap<String, Vec<Version>>);

/// A version of an object, or the mark that it was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its id.
    pub id: String,
    /// When it was written.
    pub written: Timestamp,
    /// `None`: a delete marker.
    object: Option<Object>,
}

impl Version {
    /// The object, which knows which version it is; `None` for a delete marker.
    #[must_use]
    pub fn object(&self) -> Option<Object> {
        self.object.clone().map(|object| Object { version: Some(self.id.clone()), ..object })
    }

    /// Whether it marks that the object was deleted.
    #[must_use]
    pub const fn is_marker(&self) -> bool {
        self.object.is_none()
    }
}

impl History {
    /// Adds a version, or without an object a delete marker, as the newest. Gives its id.
    pub fn add(&mut self, key: &str, written: Timestamp, object: Option<Object>) -> String {
        let id = random::token();
        self.0.entry(key.to_owned()).or_default().push(Version { id: id.clone(), written, object });
        id
    }

    /// Takes a version away.
    pub fn remove(&mut self, key: &str, id: &str) -> Option<Version> {
        let versions = self.0.get_mut(key)?;
        let at = versions.iter().position(|version| version.id == id)?;
        let gone = versions.remove(at);
        if versions.is_empty() {
            self.0.remove(key);
        }
        Some(gone)
    }

    /// The newest version.
    #[must_use]
    pub fn newest(&self, key: &str) -> Option<&Version> {
        self.0.get(key)?.last()
    }

    /// A version.
    #[must_use]
    pub fn get(&self, key: &str, id: &str) -> Option<&Version> {
        self.0.get(key)?.iter().find(|version| version.id == id)
    }

    /// Changes the tags of a version. Whether it is there, and no delete marker.
    pub fn tag(&mut self, key: &str, id: &str, tags: &BTreeMap<String, String>) -> bool {
        let mut versions = self.0.get_mut(key).into_iter().flatten();
        let object = versions.find(|version| version.id == id).and_then(|version| version.object.as_mut());
        object.map(|object| object.tags.clone_from(tags)).is_some()
    }

    fn first_from(&self, bound: Bound<&str>) -> Option<(&String, &Vec<Version>)> {
        self.0.range::<str, _>((bound, Bound::Unbounded)).next()
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Only keys that begin with this.
    pub prefix: &'a str,
    /// Keys that hold this behind the prefix are folded into one prefix; empty for no folding.
    pub delimiter: &'a str,
    /// Key, or folded prefix, behind which to begin; empty for the beginning.
    pub key_marker: &'a str,
    /// Version of that key behind which to begin; empty for the next key.
    pub version_marker: &'a str,
    /// Versions, markers and folded prefixes together.
    pub most: usize,
}

/// A line of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Key.
    pub key: String,
    /// Id; [`NULL`] where versions are not kept.
    pub id: String,
    /// Whether it is the newest.
    pub is_latest: bool,
    /// When it was written.
    pub written: Timestamp,
    /// Size, entity tag and storage class; `None` for a delete marker.
    pub object: Option<(u64, String, Option<String>)>,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Versions and markers by key, the newest first.
    pub lines: Vec<Line>,
    /// Folded prefixes, in order.
    pub prefixes: Vec<String>,
    /// Key and version, or folded prefix, behind which the next page begins.
    pub next: Option<(String, String)>,
}

/// Makes a page.
#[must_use]
pub fn page(contents: &Contents, query: &Query<'_>) -> Page {
    let Query { prefix, delimiter, key_marker, version_marker, most } = *query;
    let mut page = Page::default();
    if most == 0 {
        return page;
    }
    let mut bound = match (key_marker, version_marker) {
        (marker, _) if marker < prefix => Bound::Included(prefix.to_owned()),
        (marker, "") => Bound::Excluded(marker.to_owned()),
        (marker, _) => Bound::Included(marker.to_owned()),
    };
    // A folded prefix is behind itself.
    if let Some(folded) = fold(key_marker, prefix, delimiter).filter(|_| key_marker >= prefix) {
        match successor(folded) {
            Some(behind) => bound = Bound::Included(behind),
            None => return page,
        }
    }
    let mut last = (String::new(), String::new());
    while let Some(lines) = lines_from(contents, bound.as_ref().map(String::as_str)) {
        let Some(key) = lines.first().map(|line| line.key.clone()).filter(|key| key.starts_with(prefix)) else { break };
        if let Some(folded) = fold(&key, prefix, delimiter) {
            if page.lines.len() + page.prefixes.len() == most {
                page.next = Some(last);
                break;
            }
            page.prefixes.push(folded.to_owned());
            last = (folded.to_owned(), String::new());
            let Some(behind) = successor(folded) else { break };
            bound = Bound::Included(behind);
            continue;
        }
        let behind_marker = if key == key_marker && !version_marker.is_empty() {
            lines.iter().position(|line| line.id == version_marker).map_or(lines.len(), |at| at + 1)
        } else {
            0
        };
        for line in lines.into_iter().skip(behind_marker) {
            if page.lines.len() + page.prefixes.len() == most {
                page.next = Some(last);
                return page;
            }
            last = (line.key.clone(), line.id.clone());
            page.lines.push(line);
        }
        bound = Bound::Excluded(key);
    }
    page
}

/// The versions of the first key from `bound` on, the newest first.
fn lines_from(contents: &Contents, bound: Bound<&str>) -> Option<Vec<Line>> {
    let Some(history) = contents.history() else {
        let entry = contents.entries_from(bound).next()?;
        let object = Some((entry.size, entry.etag, entry.storage_class));
        return Some(vec![Line { key: entry.key, id: NULL.to_owned(), is_latest: true, written: entry.last_modified, object }]);
    };
    let (key, versions) = history.first_from(bound)?;
    let line = |(at, version): (usize, &Version)| Line {
        key: key.clone(),
        id: version.id.clone(),
        is_latest: at == 0,
        written: version.written,
        object: version.object.as_ref().map(|object| (object.size, object.etag.clone(), object.headers.storage_class.clone())),
    };
    Some(versions.iter().rev().enumerate().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn object() -> Object {
        Object::of_type("text/plain", "", Timestamp::from_seconds(0))
    }

    fn written(steps: &[(String, bool)]) -> Contents {
        let mut contents = Contents::versioned();
        for (key, deletes) in steps {
            if *deletes {
                contents.remove(key, Timestamp::from_seconds(0));
            } else {
                contents.insert(key.as_str(), object());
            }
        }
        contents
    }

    /// All pages, put together: key and version, or folded prefix.
    fn paged(contents: &Contents, prefix: &str, delimiter: &str, most: usize) -> Vec<(String, String)> {
        let (mut marker, mut all) = ((String::new(), String::new()), Vec::new());
        loop {
            let page = page(contents, &Query { prefix, delimiter, key_marker: &marker.0, version_marker: &marker.1, most });
            let mut items: Vec<_> = page.lines.into_iter().map(|line| (line.key, line.id)).collect();
            items.extend(page.prefixes.into_iter().map(|prefix| (prefix, String::new())));
            assert!(items.len() <= most && (page.next.is_none() || items.len() == most));
            items.sort_by(|(a, _), (b, _)| a.cmp(b));
            all.append(&mut items);
            match page.next {
                Some(next) => marker = next,
                None => return all,
            }
        }
    }

    proptest! {
        #[test]
        fn pages_hold_every_version_once(
            steps in prop::collection::vec(("[ab/]{1,4}", any::<bool>()), 0..40),
            prefix in "[ab/]{0,2}",
            delimiter in prop_oneof![Just(""), Just("/")],
            most in 1_usize..6,
        ) {
            let contents = written(&steps);
            let all = paged(&contents, &prefix, delimiter, 1_000);
            prop_assert_eq!(&paged(&contents, &prefix, delimiter, most), &all);
            let folds = |key: &str| !delimiter.is_empty() && key[prefix.len()..].contains('/');
            let expected = steps.iter().filter(|(key, _)| key.starts_with(&prefix) && !folds(key)).count();
            prop_assert_eq!(all.iter().filter(|(_, id)| !id.is_empty()).count(), expected);
        }
    }

    #[test]
    fn what_is_deleted_comes_back_without_its_marker() {
        let mut contents = written(&[("a".into(), false), ("a".into(), true)]);
        let marker = contents.history().unwrap().newest("a").unwrap().clone();
        assert!(marker.is_marker() && !contents.contains("a"));
        assert_eq!(contents.remove_version("a", &marker.id), Some(marker));
        assert!(contents.contains("a"));
        let only = contents.get("a").unwrap().version.unwrap();
        contents.remove_version("a", &only).unwrap();
        assert!(!contents.contains("a") && contents.history().unwrap().newest("a").is_none());
        assert_eq!(contents.remove_version("a", &only), None);
    }
}
