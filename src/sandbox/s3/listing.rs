//! One page of a listing: the semantics of ListObjectsV2 without its XML.

use super::bucket::Contents;
use super::object::Entry;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::ops::Bound;

/// The longest page that S3 gives.
pub const MAX_KEYS: usize = 1_000;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// Only keys that begin with this.
    pub prefix: &'a str,
    /// Keys that hold this behind the prefix are folded into one prefix; empty for no folding.
    pub delimiter: &'a str,
    /// Where to begin.
    pub from: Option<&'a Position>,
    /// Keys and folded prefixes together.
    pub max_keys: usize,
}

/// A place in the order of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// Behind this key.
    After(String),
    /// At this key, which need not exist.
    At(String),
}

/// One page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The objects, in order.
    pub entries: Vec<Entry>,
    /// The folded prefixes, in order.
    pub prefixes: Vec<String>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<Position>,
}

impl Position {
    /// The continuation token: opaque to callers, nothing but this position inside.
    #[must_use]
    pub fn token(&self) -> String {
        let (kind, key) = match self {
            Self::After(key) => ('>', key),
            Self::At(key) => ('=', key),
        };
        URL_SAFE_NO_PAD.encode(format!("{kind}{key}"))
    }

    /// Reads a token; `None` when it is not one of ours.
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        if let Some(key) = text.strip_prefix('>') {
            return Some(Self::After(key.to_owned()));
        }
        text.strip_prefix('=').map(|key| Self::At(key.to_owned()))
    }

    fn bound<'a>(&'a self, prefix: &'a str) -> Bound<&'a str> {
        match self {
            Self::After(key) if key.as_str() >= prefix => Bound::Excluded(key),
            Self::At(key) if key.as_str() >= prefix => Bound::Included(key),
            _ => Bound::Included(prefix),
        }
    }
}

/// Makes a page. Takes time in its length and the logarithm of the bucket's size: what lies under a
/// folded prefix is skipped, not walked.
#[must_use]
pub fn page(contents: &Contents, query: &Query<'_>) -> Page {
    let Query { prefix, delimiter, from, max_keys } = *query;
    let mut page = Page::default();
    if max_keys == 0 {
        return page;
    }
    let mut entries = contents.entries_from(from.map_or(Bound::Included(prefix), |from| from.bound(prefix)));
    let mut last = None;
    while let Some(entry) = entries.next().filter(|entry| entry.key.starts_with(prefix)) {
        if page.entries.len() + page.prefixes.len() == max_keys {
            page.next = last;
            break;
        }
        if let Some(folded) = fold(&entry.key, prefix, delimiter) {
            let behind = successor(folded);
            page.prefixes.push(folded.to_owned());
            let Some(behind) = behind else { break };
            entries = contents.entries_from(Bound::Included(&behind));
            last = Some(Position::At(behind));
        } else {
            last = Some(Position::After(entry.key.clone()));
            page.entries.push(entry);
        }
    }
    page
}

/// The part of `key` up to and with the first delimiter behind the prefix.
pub(super) fn fold<'a>(key: &'a str, prefix: &str, delimiter: &str) -> Option<&'a str> {
    if delimiter.is_empty() {
        return None;
    }
    let at = key.get(prefix.len()..)?.find(delimiter)?;
    key.get(..prefix.len() + at + delimiter.len())
}

/// The first text behind everything that begins with `prefix`: the last character that has a next
/// one is replaced by it. UTF-8 sorts as code points do. `None` when nothing comes behind.
pub(super) fn successor(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        // A range of characters steps over the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Timestamp;
    use crate::sandbox::s3::object::Object;
    use crate::sandbox::s3::synthetic::{PREFIX, Synthetic};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn contents(keys: &BTreeSet<String>) -> Contents {
        let mut contents = Contents::default();
        for key in keys {
            contents.insert(key.as_str(), Object::of_type("text/plain", "", Timestamp::from_seconds(0)));
        }
        contents
    }

    /// What one endless page must hold, by the definition: keys, and folded prefixes, each in order.
    fn naive(keys: &BTreeSet<String>, prefix: &str, delimiter: &str, after: &str) -> Vec<(String, bool)> {
        let mut all = Vec::new();
        for key in keys.iter().filter(|key| key.starts_with(prefix) && key.as_str() > after) {
            let rest = &key[prefix.len()..];
            let item = match rest.find(delimiter).filter(|_| !delimiter.is_empty()) {
                Some(at) => (format!("{prefix}{}{delimiter}", &rest[..at]), true),
                None => (key.clone(), false),
            };
            if all.last() != Some(&item) {
                all.push(item);
            }
        }
        all
    }

    /// All pages, put together.
    fn paged(contents: &Contents, prefix: &str, delimiter: &str, after: &str, max_keys: usize) -> Vec<(String, bool)> {
        let mut from = (!after.is_empty()).then(|| Position::After(after.to_owned()));
        let mut all = Vec::new();
        loop {
            let page = page(contents, &Query { prefix, delimiter, from: from.as_ref(), max_keys });
            let count = page.entries.len() + page.prefixes.len();
            assert!(count <= max_keys && (page.next.is_none() || count == max_keys));
            let mut items: Vec<(String, bool)> = page.entries.into_iter().map(|entry| (entry.key, false)).collect();
            items.extend(page.prefixes.into_iter().map(|prefix| (prefix, true)));
            items.sort();
            all.append(&mut items);
            match page.next {
                Some(next) => from = Position::from_token(&next.token()),
                None => return all,
            }
            assert!(from.is_some());
        }
    }

    fn key() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ab/]{0,6}",
            "[a/\u{10FFFF}\u{D7FF}\u{E000}é]{0,5}",
            prop::collection::vec(any::<char>(), 0..4).prop_map(|characters| characters.into_iter().collect()),
        ]
    }

    proptest! {
        #[test]
        fn pages_hold_what_the_definition_says(
            keys in prop::collection::btree_set(key().prop_filter("S3 has no empty key", |key| !key.is_empty()), 0..40),
            prefix in prop_oneof![Just(String::new()), key()],
            delimiter in prop_oneof![Just(String::new()), Just("/".to_owned()), "[a/]{1,2}", Just("\u{10FFFF}".to_owned()), key()],
            after in prop_oneof![Just(String::new()), key()],
            max_keys in 1_usize..8,
        ) {
            prop_assert_eq!(
                paged(&contents(&keys), &prefix, &delimiter, &after, max_keys),
                naive(&keys, &prefix, &delimiter, &after)
            );
        }

        #[test]
        fn tokens_lead_back(key in ".{0,40}", other in "\\PC{0,40}") {
            for position in [Position::After(key.clone()), Position::At(key)] {
                prop_assert_eq!(Position::from_token(&position.token()), Some(position));
            }
            let _ = Position::from_token(&other);
        }

        #[test]
        fn a_successor_is_behind_everything_with_the_prefix(prefix in key(), rest in key(), other in key()) {
            let Some(next) = successor(&prefix) else { return Ok(()) };
            let with_prefix = format!("{prefix}{rest}");
            prop_assert!(with_prefix < next);
            prop_assert!(other < next || other.as_str() >= next.as_str());
            prop_assert!(other.starts_with(&prefix) || other < prefix || other >= next);
        }
    }

    #[test]
    fn no_keys_asked_for_is_no_page() {
        let contents = contents(&["a".to_owned()].into());
        assert_eq!(page(&contents, &Query { prefix: "", delimiter: "", from: None, max_keys: 0 }), Page::default());
    }

    /// Prints, and fails only when a page takes as long as walking the bucket would.
    #[test]
    fn a_page_of_a_million_keys() {
        let contents = Contents::synthetic(Synthetic::new(1_000_000));
        let timed = |label: &str, query: &Query<'_>| {
            #[expect(clippy::disallowed_methods, reason = "measures")]
            let start = std::time::Instant::now();
            let page = page(&contents, query);
            let taken = start.elapsed();
            println!("{label}: {} keys, {} prefixes in {taken:?}", page.entries.len(), page.prefixes.len());
            page
        };
        let middle = Position::After(Synthetic::new(1_000_000).key(500_000));
        let folded = timed("folded into big/", &Query { prefix: "", delimiter: "/", from: None, max_keys: 1_000 });
        assert_eq!((folded.prefixes, folded.next), (vec![PREFIX.to_owned()], None));
        let first = timed("first page", &Query { prefix: PREFIX, delimiter: "/", from: None, max_keys: 1_000 });
        let later = timed("from the middle", &Query { prefix: PREFIX, delimiter: "/", from: Some(&middle), max_keys: 1_000 });
        assert_eq!((first.entries.len(), later.entries.len()), (1_000, 1_000));
    }
}
