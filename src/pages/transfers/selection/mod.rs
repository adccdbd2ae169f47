//! The rows that are chosen. `marks` shows and changes them in front of rows, `keys` by keys and clicks.

mod keys;
mod linked;
mod marked;
mod marks;

pub(super) use keys::follow;
pub(super) use marks::mark;

use crate::browser::format;
use crate::reactive::{Presence, RwSignal, StoredValue};
use crate::state::listing::{Listing, ListingStatus, Row};
use crate::state::transfers::Chosen;
use crate::ui::announce;
use crate::ui::table::Aim;
use crate::words::{t, tn};
use marked::Marked;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most rows that are chosen one by one. More are chosen as the whole folder.
const MOST: usize = 10_000;

/// The rows of a folder that is open.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Rows {
    /// The folder itself.
    pub(in crate::pages) folder: Listing,
    /// Whose rows are shown.
    pub(in crate::pages) source: RwSignal<Listing>,
    /// Where in the table the person is.
    pub(in crate::pages) aim: Aim,
}

/// The rows that are chosen.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Selection {
    marked: RwSignal<Arc<Marked>>,
    /// The row that was turned last.
    last: StoredValue<Option<Anchor>>,
    /// The range that is being chosen.
    range: StoredValue<Option<Range>>,
    /// All matches of a search at the time when they were chosen, and where it looks.
    early: StoredValue<Option<(Arc<Marked>, Listing)>>,
    /// The rows, and whether they are still there.
    shown: StoredValue<Option<(Rows, Presence)>>,
}

/// A row, wherever it stands by now.
#[derive(Clone)]
struct Anchor {
    at: usize,
    row: Row,
}

/// Where a range begins, and what was chosen before it.
#[derive(Clone)]
struct Range {
    from: Anchor,
    before: Arc<Marked>,
}

/// How much is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) rows: usize,
    /// Bytes, where no folder is among them.
    pub(super) bytes: Option<u64>,
    /// What it is of what is shown, where somebody chose everything and everything is not there yet.
    pub(super) part: Part,
}

/// What the rows that are chosen are of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Part {
    /// Nothing that had to be said.
    #[default]
    These,
    /// All that is there so far.
    AllSoFar,
    /// All matches that were there when they were chosen. There are more by now.
    Earlier,
}

impl Size {
    /// For people.
    pub(super) fn words(&self) -> String {
        let rows = || tn!(self.rows, "{count} selected", "{count} selected");
        match (self.part, self.bytes) {
            (Part::AllSoFar, _) => tn!(self.rows, "All {count} so far selected", "All {count} so far selected"),
            (Part::Earlier, _) => tn!(self.rows, "{count} selected, not all matches", "{count} selected, not all matches"),
            (Part::These, Some(bytes)) => [&*rows(), &format::size(bytes)].join(" · "),
            (Part::These, None) => rows(),
        }
    }
}

impl Selection {
    pub(super) fn new() -> Self {
        Self {
            marked: RwSignal::new(Arc::default()),
            last: StoredValue::new(None),
            range: StoredValue::new(None),
            early: StoredValue::new(None),
            shown: StoredValue::new(None),
        }
    }

    pub(in crate::pages) fn clear(self) {
        self.last.set_value(None);
        self.range.set_value(None);
        self.early.set_value(None);
        if !self.is_empty() {
            self.marked.set(Arc::default());
        }
    }

    /// Whether nothing is chosen, for once.
    pub(in crate::pages) fn is_empty(self) -> bool {
        self.marked.with_untracked(|marked| marked.is_empty())
    }

    /// How much is chosen. Tracked.
    pub(super) fn size(self) -> Size {
        let marked = self.marked.get();
        let Some(Rows { folder, source, .. }) = self.rows().filter(|_| !marked.is_empty()) else { return Size::default() };
        let whole = matches!(*marked, Marked::AllBut { .. });
        let all = if whole { folder.counts().with(|counts| counts.folders + counts.objects) } else { 0 };
        let (rows, bytes) = marked.size(all);
        let early = self.early.get_value().filter(|(early, _)| Arc::ptr_eq(early, &marked));
        let part = match early {
            Some((_, listing)) if source.get().target() == listing.target() => self.part_of(listing, rows),
            None if whole && !folder.is_complete() => Part::AllSoFar,
            _ => Part::These,
        };
        Size { rows, bytes, part }
    }

    /// What `rows` that were all matches of a search once are of those that it has by now. Tracked.
    fn part_of(self, listing: Listing, rows: usize) -> Part {
        let shown = listing.shown().with(|counts| counts.folders + counts.objects);
        match rows.cmp(&shown) {
            _ if !listing.is_searched() => Part::These,
            Ordering::Less => Part::Earlier,
            // The ends tell another search that has as many by chance.
            Ordering::Equal if !listing.is_complete() && self.has_ends(listing, shown) => Part::AllSoFar,
            // All there are, or those of another search.
            _ => Part::These,
        }
    }

    /// What is chosen, in the order of keys.
    pub(in crate::pages) fn chosen(self) -> Vec<Chosen> {
        self.marked.with_untracked(|marked| marked.chosen())
    }

    /// The same, tracked.
    pub(in crate::pages) fn watched(self) -> Vec<Chosen> {
        self.marked.with(|marked| marked.chosen())
    }

    /// The active row, where there is one.
    pub(in crate::pages) fn active(self) -> Option<Chosen> {
        let Rows { source, aim, .. } = self.rows()?;
        let row = source.get_untracked().row(aim.cursor.get_untracked())?;
        Some(marked::chosen(&row.key, &row.kind))
    }

    fn has(self, key: &str) -> bool {
        self.marked.with(|marked| marked.has(key))
    }

    /// Whether all rows that are shown are chosen. Tracked.
    fn has_all(self, listing: Listing, shown: usize) -> bool {
        self.marked.with(|marked| (0..shown).all(|at| listing.row(at).is_some_and(|row| marked.has(&row.key))))
    }

    /// Whether the first and the last of the rows that are shown are chosen. Tracked.
    fn has_ends(self, listing: Listing, shown: usize) -> bool {
        [0, shown.saturating_sub(1)].into_iter().all(|at| listing.row(at).is_some_and(|row| self.has(&row.key)))
    }

    /// The rows of the folder, while they are there.
    fn rows(self) -> Option<Rows> {
        self.shown.get_value().filter(|(_, presence)| presence.lasts()).map(|(rows, _)| rows)
    }

    fn source(self) -> Option<Listing> {
        self.rows().map(|rows| rows.source.get_untracked())
    }

    /// Chooses a row, or not any more; with `range` all from the last one to it.
    fn turn(self, at: usize, range: bool) {
        let Some(listing) = self.source() else { return };
        let Some(row) = listing.row(at) else { return };
        let last = self.last.get_value();
        if let Some(from) = last.filter(|_| range) {
            self.range.set_value(Some(Range { from, before: self.marked.get_untracked() }));
            self.extend(at);
        } else {
            let on = !self.marked.with_untracked(|marked| marked.has(&row.key));
            self.change(|marked| marked.set([row.clone()].into_iter(), on));
        }
        self.range.set_value(None);
        self.last.set_value(Some(Anchor { at, row }));
    }

    /// Begins a range at the active row, unless there is one.
    fn begin(self) {
        let (Some(listing), Some(rows)) = (self.source(), self.rows()) else { return };
        let at = rows.aim.cursor.get_untracked();
        if let Some(row) = listing.row(at).filter(|_| self.range.with_value(Option::is_none)) {
            self.range.set_value(Some(Range { from: Anchor { at, row }, before: self.marked.get_untracked() }));
        }
    }

    /// Chooses everything from where the range began to a row, and nothing more than what was chosen before.
    fn extend(self, to: usize) {
        let (Some(listing), Some(Range { from, before })) = (self.source(), self.range.get_value()) else { return };
        let stands = listing.row(from.at).is_some_and(|row| row.key == from.row.key);
        let start = if stands { Some(from.at) } else { listing.index_of(&from.row.name) };
        // It is not shown any more: what is shown begins here.
        let start = start.unwrap_or(to);
        let length = start.abs_diff(to) + 1;
        let rows = (0..length.min(MOST)).map(|step| if to < start { start - step } else { start + step });
        let mut marked = before;
        Arc::make_mut(&mut marked).set(rows.filter_map(|at| listing.row(at)), true);
        self.marked.set(marked);
        if length > MOST {
            announce::tell(
                "selection limit",
                t!("Only the first {count} of these rows are selected. Select everything for more.", count = MOST),
            );
        }
    }

    /// Chooses everything that is shown: of a folder that is large, or still being listed, the folder itself.
    fn all(self) {
        let (Some(listing), Some(Rows { folder, .. })) = (self.source(), self.rows()) else { return };
        let rows = listing.shown().with_untracked(|counts| counts.folders + counts.objects);
        let target = listing.target();
        let filtered = listing.is_searched() || target.as_ref().is_some_and(|target| target.subfolders);
        let complete = folder.status().with_untracked(|status| matches!(status, ListingStatus::Complete { .. }));
        if rows > MOST && filtered {
            let words = t!("More than {count} rows were found: look for less to select them all.", count = MOST);
            announce::tell("selection limit", words);
            return;
        }
        self.range.set_value(None);
        let marked = Arc::new(if !filtered && (rows > MOST || !complete) {
            Marked::AllBut { prefix: target.map(|target| target.prefix).unwrap_or_default(), but: BTreeSet::new() }
        } else {
            let mut marked = Marked::default();
            marked.set((0..rows).filter_map(|at| listing.row(at)), true);
            marked
        });
        self.early.set_value(filtered.then(|| (Arc::clone(&marked), listing)));
        self.marked.set(marked);
    }

    fn change(self, change: impl FnOnce(&mut Marked)) {
        let mut marked = self.marked.get_untracked();
        change(Arc::make_mut(&mut marked));
        self.marked.set(marked);
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, Size};

    #[test]
    fn what_is_said_of_it() {
        let words = |rows, bytes, part| Size { rows, bytes, part }.words().replace('\u{a0}', " ");
        assert_eq!(words(2, Some(2_449_000), Part::These), "2 selected · 2.4 MB");
        assert_eq!(words(441, None, Part::These), "441 selected");
        assert_eq!(words(120, None, Part::AllSoFar), "All 120 so far selected");
        assert_eq!(words(120, Some(7), Part::Earlier), "120 selected, not all matches");
    }
}
