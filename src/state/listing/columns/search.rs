//! A search through the rows: in steps of any size, over what is there and what still comes; and the ways to
//! find one row.

use super::super::pattern::Pattern;
use super::{Columns, Names, Row, Shown, Sort, SortBy, narrow};
use std::collections::BTreeSet;

/// A search, and how far it has come.
#[derive(Debug)]
pub(super) struct Search {
    pattern: Pattern,
    folders: Hits,
    objects: Hits,
    /// What the rows shown were made for: the order, how many rows it had, how many hits there were.
    shown_for: Option<(Sort, usize, usize, usize)>,
}

/// Names that were looked at, in the order of their arrival, and those that fit.
#[derive(Debug, Default)]
struct Hits {
    looked: usize,
    found: Vec<u32>,
}

impl Columns {
    /// Begins to look for `pattern`, or shows everything again. Until [`Columns::show_found`] what was shown stays.
    pub(in super::super) fn search(&mut self, pattern: Option<Pattern>) {
        if pattern.is_none() {
            self.shown = None;
        }
        self.search = pattern.map(|pattern| Search { pattern, folders: Hits::default(), objects: Hits::default(), shown_for: None });
    }

    /// What is looked for.
    pub(in super::super) fn pattern(&self) -> Option<&Pattern> {
        self.search.as_ref().map(|search| &search.pattern)
    }

    /// Whether anything that was found is shown.
    pub(in super::super) fn shows_found(&self) -> bool {
        self.search.as_ref().is_none_or(|search| search.shown_for.is_some())
    }

    /// Looks at up to `count` further names; `true` once all that are there were looked at.
    pub(in super::super) fn look(&mut self, count: usize) -> bool {
        let Some(search) = &mut self.search else { return true };
        let left = search.folders.advance(&self.folders, &search.pattern, count);
        search.objects.advance(&self.objects, &search.pattern, left);
        search.folders.looked == self.folders.len() && search.objects.looked == self.objects.len()
    }

    /// Shows what was found, in the current order. `true` when that changed what is shown.
    pub(in super::super) fn show_found(&mut self) -> bool {
        let Some(mut search) = self.search.take() else { return false };
        let counts = self.counts();
        let hits = search.folders.found.len() + search.objects.found.len();
        let now = Some((self.sort, counts.folders, counts.objects, hits));
        let changed = search.shown_for != now;
        if changed {
            search.shown_for = now;
            let backwards = self.sort.descending;
            let arrival = self.arrived_sorted.then_some(self.sort.by == SortBy::Name && backwards);
            let folders = search.folders.ordered(self.folders.len(), counts.folders, arrival, &|index| self.folder_at(index));
            let arrival = self.is_in_arrival_order().then_some(backwards);
            let objects = search.objects.ordered(self.objects.len(), counts.objects, arrival, &|index| self.object_at(index));
            self.shown = Some(Shown { folders, objects });
        }
        self.search = Some(search);
        changed
    }

    /// The row to jump to for `name`, rows being in the order of names, upwards, and all shown: a folder that
    /// begins with it, else the first object at or after it, else the first such folder. `None` when
    /// there is none.
    pub(in super::super) fn at_or_after(&self, name: &str) -> Option<usize> {
        let counts = self.counts();
        let folder = partition(counts.folders, &|index| self.folders.get(self.folder_at(index)) < name);
        if folder < counts.folders && self.folders.get(self.folder_at(folder)).starts_with(name) {
            return Some(folder);
        }
        let object = partition(counts.objects, &|index| self.objects.get(self.object_at(index)) < name);
        if object < counts.objects {
            return Some(counts.folders + object);
        }
        (folder < counts.folders).then_some(folder)
    }

    /// The next of the rows shown, from `from` on and round to it, whose name begins with `beginning`, upper or
    /// lower case.
    pub(in super::super) fn next_with(&self, from: usize, beginning: &str) -> Option<usize> {
        let (all, beginning) = (self.all(), beginning.as_bytes());
        let from = from.min(all);
        let begins = |index: &usize| {
            let start = self.name(*index).and_then(|name| name.as_bytes().get(..beginning.len()));
            start.is_some_and(|start| start.eq_ignore_ascii_case(beginning))
        };
        (from..all).chain(0..from).find(begins)
    }

    /// The row of this name among those shown.
    pub(in super::super) fn index_of(&self, name: &str) -> Option<usize> {
        (0..self.all()).find(|index| self.name(*index) == Some(name))
    }

    /// The rows with these names.
    pub(in super::super) fn named(&self, names: &BTreeSet<String>) -> Vec<Row> {
        let meant = |index: &usize| self.name(*index).is_some_and(|name| names.contains(name));
        (0..self.all()).filter(meant).filter_map(|index| self.row(index)).collect()
    }

    fn all(&self) -> usize {
        let counts = self.shown();
        counts.folders + counts.objects
    }

    fn name(&self, index: usize) -> Option<&str> {
        self.number(index).map(|(at, is_folder)| if is_folder { self.folders.get(at) } else { self.objects.get(at) })
    }
}

/// The first index for which `before` does not hold any more.
fn partition(length: usize, before: &dyn Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, length);
    while low < high {
        let middle = low.midpoint(high);
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

impl Hits {
    /// Gives back how much of `count` is left.
    fn advance(&mut self, names: &Names, pattern: &Pattern, count: usize) -> usize {
        let from = self.looked;
        let until = names.len().min(from.saturating_add(count));
        self.found.extend((from..until).map(narrow).filter(|at| pattern.fits_bytes(names.bytes(*at))));
        self.looked = until;
        count - (until - from)
    }

    /// What was found, in the order of the rows. `arrival` says that it is that of arrival, and whether
    /// backwards; otherwise `at` gives the numbers of the `visible` of `all` rows in their order.
    fn ordered(&self, all: usize, visible: usize, arrival: Option<bool>, at: &dyn Fn(usize) -> u32) -> Vec<u32> {
        match arrival {
            Some(false) => self.found.clone(),
            Some(true) => self.found.iter().rev().copied().collect(),
            None => {
                let mut fits = vec![false; all];
                for number in &self.found {
                    fits[*number as usize] = true;
                }
                (0..visible).map(at).filter(|number| fits[*number as usize]).collect()
            }
        }
    }
}
