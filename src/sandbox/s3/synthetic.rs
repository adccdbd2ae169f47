//! Objects that are worked out from their place in the order instead of being kept: a million of
//! them take no memory.

use super::object::{Entry, Object};
use crate::model::clock::Timestamp;
use std::ops::Bound;

/// All keys begin with this.
pub const PREFIX: &str = "big/";

/// The keys are numbered with eight digits, so that their order is the order of the numbers.
pub const MOST: u64 = 100_000_000;

/// 2026-11-01T00:00:00Z: nothing is younger.
const YOUNGEST: i64 = 1_793_491_200;
const TWO_YEARS: u64 = 63_072_000;

const WORDS: [&str; 16] = [
    "ledger",
    "harbour",
    "minutes",
    "survey",
    "forecast",
    "telemetry",
    "inventory",
    "rainfall",
    "shipment",
    "audit",
    "protocol",
    "festival",
    "sediment",
    "orchard",
    "migration",
    "turbine",
];
const TYPES: [(&str, &str); 6] = [
    ("csv", "text/csv"),
    ("json", "application/json"),
    ("txt", "text/plain; charset=utf-8"),
    ("log", "text/plain; charset=utf-8"),
    ("parquet", "application/vnd.apache.parquet"),
    ("xml", "application/xml"),
];

/// Of the objects in folders, so many lie in ten neighbouring ones: a hundred in each, but a thousand in the last.
const IN_TEN_FOLDERS: u64 = 1_900;

/// `count` objects in key order, numbered from 0.
#[derive(Clone, Copy, Debug)]
pub struct Synthetic {
    count: u64,
    in_folders: bool,
}

impl Synthetic {
    /// This many, at most [`MOST`].
    #[must_use]
    pub fn new(count: u64) -> Self {
        Self { count: count.min(MOST), in_folders: false }
    }

    /// This many, at most [`MOST`], in folders of a hundred, every tenth of a thousand.
    #[must_use]
    pub fn in_folders(count: u64) -> Self {
        Self { in_folders: true, ..Self::new(count) }
    }

    /// How many.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.count
    }

    /// The key of the object with this number; about sixty bytes.
    #[must_use]
    pub fn key(self, number: u64) -> String {
        let random = scatter(number);
        let word = |place: u32| WORDS[(random >> (place * 4)) as usize % WORDS.len()];
        let (extension, _) = kind(random);
        let folder = if self.in_folders { folder(number) } else { String::new() };
        format!("{PREFIX}{folder}{number:08}-{}-{}-{}-{}-{:08x}.{extension}", word(0), word(1), word(2), word(3), random >> 32)
    }

    /// What a listing says of the object with this number.
    #[must_use]
    pub fn entry(self, number: u64) -> Entry {
        let random = scatter(number);
        Entry { key: self.key(number), size: size(random), etag: etag(random), last_modified: last_modified(random), storage_class: None }
    }

    /// The object with this number: its key on every line, cut to its size.
    #[must_use]
    pub fn object(self, number: u64) -> Object {
        let Entry { key, size, etag, last_modified, .. } = self.entry(number);
        let line = format!("{key}\n");
        let body: Vec<u8> = line.bytes().cycle().take(usize::try_from(size).unwrap_or(usize::MAX)).collect();
        let (_, content_type) = kind(scatter(number));
        Object { etag, ..Object::of_type(content_type, body, last_modified) }
    }

    /// The number of the object with this key.
    #[must_use]
    pub fn number(self, key: &str) -> Option<u64> {
        let name = key.strip_prefix(PREFIX)?;
        let digits = name.rsplit_once('/').map_or(name, |(_, name)| name).get(..8)?;
        let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()?;
        (number < self.count && self.key(number) == key).then_some(number)
    }

    /// The first number whose key is not before `bound`; [`count`](Self::count) when there is none.
    #[must_use]
    pub fn first_from(self, bound: Bound<&str>) -> u64 {
        let is_before = |number: u64| match bound {
            Bound::Included(key) => self.key(number).as_str() < key,
            Bound::Excluded(key) => self.key(number).as_str() <= key,
            Bound::Unbounded => false,
        };
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if is_before(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// The folder of the object with this number, numbered in its turn.
fn folder(number: u64) -> String {
    let folder = number / IN_TEN_FOLDERS * 10 + (number % IN_TEN_FOLDERS / 100).min(9);
    format!("{folder:06}-{}/", WORDS[scatter(folder) as usize % WORDS.len()])
}

/// SplitMix64: neighbouring numbers become numbers that have nothing in common.
const fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

const fn kind(random: u64) -> (&'static str, &'static str) {
    TYPES[(random >> 20) as usize % TYPES.len()]
}

/// From 64 bytes to 64 KiB, small ones more often.
const fn size(random: u64) -> u64 {
    let magnitude = 6 + (random >> 23) % 10;
    (1 << magnitude) + (random >> 27) % (1 << magnitude)
}

/// Not the MD5 of the body, which a listing would have to make for a thousand bodies. It has the
/// form of the tag of an object that was uploaded in parts, which is no MD5 of its body either.
fn etag(random: u64) -> String {
    format!("{random:016x}{:016x}-1", scatter(random))
}

const fn last_modified(random: u64) -> Timestamp {
    Timestamp::from_seconds(YOUNGEST - (random % TWO_YEARS) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_order_and_about_sixty_bytes_long() {
        let objects = Synthetic::new(20_000);
        let keys: Vec<String> = (0..objects.count()).map(|number| objects.key(number)).collect();
        assert!(keys.is_sorted_by(|before, after| before < after));
        let mean = keys.iter().map(String::len).sum::<usize>() / keys.len();
        assert!((57..=63).contains(&mean), "{mean}");
        assert!(keys.iter().all(|key| key.matches('/').count() == 1));
    }

    #[test]
    fn a_key_leads_back_to_its_number() {
        let objects = Synthetic::new(1_000);
        for number in [0, 1, 499, 999] {
            let key = objects.key(number);
            assert_eq!(objects.number(&key), Some(number));
            assert_eq!(objects.first_from(Bound::Included(&key)), number);
            assert_eq!(objects.first_from(Bound::Excluded(&key)), number + 1);
            assert_eq!(objects.number(&format!("{key}x")), None);
        }
        assert_eq!(objects.number(&Synthetic::new(1_001).key(1_000)), None);
        assert_eq!(objects.number("big/0000000é"), None);
        assert_eq!(objects.number("big/+0000001-x"), None);
        assert_eq!(objects.first_from(Bound::Included("bih")), 1_000);
        assert_eq!(objects.first_from(Bound::Unbounded), 0);
        assert_eq!(Synthetic::new(u64::MAX).count(), MOST);
    }

    #[test]
    fn folders_are_in_order_too_and_one_in_ten_is_large() {
        let objects = Synthetic::in_folders(IN_TEN_FOLDERS * 2);
        let keys: Vec<String> = (0..objects.count()).map(|number| objects.key(number)).collect();
        assert!(keys.is_sorted_by(|before, after| before < after));
        let mut sizes = std::collections::BTreeMap::new();
        for (number, key) in keys.iter().enumerate() {
            assert_eq!(objects.number(key), Some(number as u64));
            *sizes.entry(key.rsplit_once('/').unwrap().0).or_insert(0) += 1;
        }
        assert_eq!((sizes.len(), sizes.values().filter(|size| **size == 100).count()), (20, 18));
        assert_eq!(sizes.values().max(), Some(&1_000));
    }

    #[test]
    fn bodies_have_the_size_that_the_listing_says() {
        let objects = Synthetic::new(100);
        for number in 0..100 {
            let (entry, object) = (objects.entry(number), objects.object(number));
            assert_eq!((object.body.len() as u64, &object.etag, object.last_modified), (entry.size, &entry.etag, entry.last_modified));
            assert!((64..131_072).contains(&entry.size));
        }
    }
}
