//! The rows of a listing in memory: one column a property, names in blocks, and an order.
//!
//! A row costs its name below the prefix and 33 bytes. Blocks, and not one growing string, because
//! a string that doubles holds three times its length for a moment.

mod adopt;
mod search;

use super::{Counts, Row, RowKind, Sort, SortBy};
use crate::model::clock::Timestamp;
use crate::model::object::ListPage;
use search::Search;
use std::cmp::Ordering;
use thiserror::Error;

const BLOCK: usize = 1 << 20;

/// No time of the last write.
const NEVER: i64 = i64::MIN;

/// An answer that lists what was not asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a key does not begin with the prefix that was asked for")]
pub(super) struct ForeignKey;

/// The rows.
#[derive(Debug, Default)]
pub(super) struct Columns {
    prefix: String,
    folders: Names,
    objects: Names,
    sizes: Vec<u64>,
    modified: Vec<i64>,
    class_of: Vec<u8>,
    /// The distinct storage classes; at most 256.
    classes: Vec<String>,
    /// Whether objects and folders arrived in the order of their names, as S3 gives them.
    arrived_sorted: bool,
    sort: Sort,
    /// Objects in the current order, except that it is empty when the order is that of arrival.
    order: Vec<u32>,
    /// Folders by name, except that it is empty when the order is that of arrival.
    folder_order: Vec<u32>,
    /// Which rows can be seen, in their order; `None` for all.
    shown: Option<Shown>,
    /// What made that choice.
    search: Option<Search>,
}

/// Some of the rows, by the numbers in which they arrived, in the order in which they are seen.
#[derive(Debug, Default)]
struct Shown {
    folders: Vec<u32>,
    objects: Vec<u32>,
}

impl Columns {
    pub(super) fn new(prefix: String, sort: Sort) -> Self {
        Self { prefix, sort, arrived_sorted: true, ..Self::default() }
    }

    /// How many rows can be seen. In an order other than that of arrival these are fewer than have
    /// arrived, until the next [`Columns::settle`].
    pub(super) fn counts(&self) -> Counts {
        let objects = if self.is_in_arrival_order() { self.objects.len() } else { self.order.len() };
        let folders = if self.arrived_sorted { self.folders.len() } else { self.folder_order.len() };
        Counts { folders, objects }
    }

    /// How many rows are shown: all that can be seen, or those of them that a search found.
    pub(super) fn shown(&self) -> Counts {
        let of = |shown: &Shown| Counts { folders: shown.folders.len(), objects: shown.objects.len() };
        self.shown.as_ref().map_or_else(|| self.counts(), of)
    }

    /// Adds a page. Sorting goes on when the rows that wait for it are a quarter of the sorted
    /// ones, so that a listing of any length is sorted a few dozen times at most.
    ///
    /// A page with a foreign key is refused as a whole, so that it can be asked for again.
    pub(super) fn push(&mut self, page: &ListPage) -> Result<(), ForeignKey> {
        let mut keys = page.prefixes.iter().chain(page.objects.iter().map(|object| &object.key));
        if !keys.all(|key| key.starts_with(&self.prefix)) {
            return Err(ForeignKey);
        }
        let from = self.prefix.len();
        for folder in &page.prefixes {
            let name = &folder[from..];
            match self.folders.last().map(|last| last.cmp(name)) {
                // Some implementations repeat a folder that goes on over the end of a page.
                Some(Ordering::Equal) => continue,
                Some(Ordering::Greater) => self.arrived_sorted = false,
                Some(Ordering::Less) | None => {}
            }
            self.folders.push(name);
        }
        for object in &page.objects {
            let name = &object.key[from..];
            if self.objects.last().is_some_and(|last| last >= name) {
                self.arrived_sorted = false;
            }
            self.objects.push(name);
            self.sizes.push(object.size);
            self.modified.push(object.last_modified.map_or(NEVER, Timestamp::millis));
            let class = self.class(&object.storage_class);
            self.class_of.push(class);
        }
        self.settle_when_due(page.next.is_none());
        Ok(())
    }

    /// Brings what has arrived into order, unless more is to come and what waits is little beside what is in order.
    fn settle_when_due(&mut self, is_last: bool) {
        let waiting = self.objects.len() - self.order.len().min(self.objects.len());
        let unsettled = self.order.is_empty() || !self.arrived_sorted && self.folder_order.len() < self.folders.len();
        if unsettled || waiting >= (self.order.len() / 4).max(1_000) || is_last {
            self.settle();
        }
    }

    /// Brings everything that has arrived into order.
    pub(super) fn settle(&mut self) {
        if self.arrived_sorted {
            self.folder_order.clear();
        } else {
            extend(&mut self.folder_order, self.folders.len());
            let folders = &self.folders;
            sort(&mut self.folder_order, &|left, right| folders.get(left).cmp(folders.get(right)));
        }
        if self.is_in_arrival_order() {
            self.order = Vec::new();
            return;
        }
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        extend(&mut order, self.objects.len());
        let descending = self.sort.descending;
        if !self.arrived_sorted {
            // What is equal stands by name, upwards, whatever the rest is sorted by.
            let backwards = self.sort.by == SortBy::Name && descending;
            sort(&mut order, &|left, right| {
                let ordering = self.objects.get(left).cmp(self.objects.get(right));
                if backwards { ordering.reverse() } else { ordering }
            });
        }
        match self.sort.by {
            SortBy::Name => {}
            SortBy::Size => order = by_number(order, descending, &|at| self.sizes[at as usize]),
            // The sign's bit turned over, the order of the numbers is that of the times.
            SortBy::Modified => order = by_number(order, descending, &|at| (self.modified[at as usize] as u64) ^ (1 << 63)),
        }
        self.order = order;
    }

    /// Nothing comes any more: what waits is brought into order.
    pub(super) fn finish(&mut self) {
        if self.counts() != (Counts { folders: self.folders.len(), objects: self.objects.len() }) {
            self.settle();
        }
    }

    pub(super) fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.order.clear();
        self.settle();
    }

    /// The row at `index` of those that are shown, folders first.
    pub(super) fn row(&self, index: usize) -> Option<Row> {
        let (at, is_folder) = self.number(index)?;
        if is_folder {
            let name = self.folders.get(at);
            return Some(Row { name: name.to_owned(), key: self.key(name), kind: RowKind::Folder });
        }
        let name = self.objects.get(at);
        let at = at as usize;
        let modified = self.modified[at];
        Some(Row {
            name: name.to_owned(),
            key: self.key(name),
            kind: RowKind::Object {
                size: self.sizes[at],
                modified: (modified != NEVER).then(|| Timestamp::from_millis(modified)),
                class: self.classes[usize::from(self.class_of[at])].clone(),
            },
        })
    }

    /// The number of the folder or object at `index` of the rows that are shown, and whether it is a folder.
    fn number(&self, index: usize) -> Option<(u32, bool)> {
        let counts = self.shown();
        if index < counts.folders {
            return Some((self.shown.as_ref().map_or_else(|| self.folder_at(index), |shown| shown.folders[index]), true));
        }
        let index = index - counts.folders;
        (index < counts.objects).then(|| (self.shown.as_ref().map_or_else(|| self.object_at(index), |shown| shown.objects[index]), false))
    }

    /// The number of the folder at `index` of all, in the current order.
    fn folder_at(&self, index: usize) -> u32 {
        let descending = self.sort.by == SortBy::Name && self.sort.descending;
        let at = if descending { self.counts().folders - 1 - index } else { index };
        if self.arrived_sorted { narrow(at) } else { self.folder_order[at] }
    }

    /// The number of the object at `index` of all, in the current order.
    fn object_at(&self, index: usize) -> u32 {
        if self.is_in_arrival_order() {
            narrow(if self.sort.descending { self.objects.len() - 1 - index } else { index })
        } else {
            self.order[index]
        }
    }

    fn key(&self, name: &str) -> String {
        let mut key = String::with_capacity(self.prefix.len() + name.len());
        key.push_str(&self.prefix);
        key.push_str(name);
        key
    }

    /// By name, upwards or downwards, of names that arrived in order.
    fn is_in_arrival_order(&self) -> bool {
        self.arrived_sorted && self.sort.by == SortBy::Name
    }

    /// The number of a storage class. The 257th and later ones, which no service has, are shown as
    /// the last.
    fn class(&mut self, class: &str) -> u8 {
        let at = self.classes.iter().position(|known| known == class).unwrap_or_else(|| {
            if self.classes.len() <= usize::from(u8::MAX) {
                self.classes.push(class.to_owned());
            }
            self.classes.len() - 1
        });
        u8::try_from(at).unwrap_or(u8::MAX)
    }
}

/// Merges runs of one, two, four and so on. Stable; the standard library's takes three kilobytes of program more, for
/// services that list in another order than that of names.
fn sort(order: &mut Vec<u32>, compare: &dyn Fn(u32, u32) -> Ordering) {
    let mut merged = Vec::with_capacity(order.len());
    let mut width = 1;
    while width < order.len() {
        for pair in order.chunks(2 * width) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let (Some(l), Some(r)) = (left.first(), right.first()) {
                let side = if compare(*l, *r) == Ordering::Greater { &mut right } else { &mut left };
                merged.push(side[0]);
                *side = &side[1..];
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        std::mem::swap(order, &mut merged);
        merged.clear();
        width *= 2;
    }
}

/// Digits of a number by which [`by_number`] sorts at a time.
const DIGIT: u32 = 11;

/// Sorts by numbers, from the last digit to the first, each time keeping what is equal in the order that it has: a
/// million rows in a tenth of the time that comparing them takes. Digits in which no two differ are left out.
fn by_number(mut order: Vec<u32>, descending: bool, number: &dyn Fn(u32) -> u64) -> Vec<u32> {
    let number = |at: u32| if descending { !number(at) } else { number(at) };
    let Some(first) = order.first().map(|at| number(*at)) else { return order };
    let differ = order.iter().fold(0, |differ, at| differ | (number(*at) ^ first));
    let mut sorted = vec![0; order.len()];
    for shift in (0..u64::BITS).step_by(DIGIT as usize) {
        let mask = (1 << DIGIT) - 1;
        if (differ >> shift) & mask == 0 {
            continue;
        }
        let digit = |at: u32| ((number(at) >> shift) & mask) as usize;
        // Where the next row with each digit goes.
        let mut places = vec![0_u32; 1 << DIGIT];
        for at in &order {
            places[digit(*at)] += 1;
        }
        let mut from = 0;
        for place in &mut places {
            from += std::mem::replace(place, from);
        }
        for at in &order {
            let place = &mut places[digit(*at)];
            sorted[*place as usize] = *at;
            *place += 1;
        }
        std::mem::swap(&mut order, &mut sorted);
    }
    order
}

/// Appends the numbers from the length of `order` up to `length`. All that came before are in it.
fn extend(order: &mut Vec<u32>, length: usize) {
    let from = u32::try_from(order.len()).unwrap_or(u32::MAX);
    order.extend(from..u32::try_from(length).unwrap_or(u32::MAX));
}

/// An answer is at most 16 MiB and a browser's memory at most 4 GiB: no number comes near the limit.
fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// Names, one after the other, in blocks.
#[derive(Debug, Default)]
struct Names {
    blocks: Vec<String>,
    spans: Vec<Span>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    block: u32,
    start: u32,
    length: u32,
}

impl Names {
    fn len(&self) -> usize {
        self.spans.len()
    }

    fn push(&mut self, name: &str) {
        let has_room = |block: &String| block.capacity() - block.len() >= name.len();
        if !self.blocks.last().is_some_and(has_room) {
            // A small first block: most folders hold a handful of objects.
            let size = if self.blocks.is_empty() { BLOCK / 16 } else { BLOCK };
            self.blocks.push(String::with_capacity(size.max(name.len())));
        }
        let number = self.blocks.len() - 1;
        let block = &mut self.blocks[number];
        self.spans.push(Span { block: narrow(number), start: narrow(block.len()), length: narrow(name.len()) });
        block.push_str(name);
    }

    fn get(&self, at: u32) -> &str {
        let Span { block, start, length } = self.spans[at as usize];
        &self.blocks[block as usize][start as usize..][..length as usize]
    }

    /// The same without a look at where characters begin.
    fn bytes(&self, at: u32) -> &[u8] {
        let Span { block, start, length } = self.spans[at as usize];
        &self.blocks[block as usize].as_bytes()[start as usize..][..length as usize]
    }

    fn last(&self) -> Option<&str> {
        self.spans.len().checked_sub(1).and_then(|at| u32::try_from(at).ok()).map(|at| self.get(at))
    }
}

#[cfg(test)]
mod tests;
