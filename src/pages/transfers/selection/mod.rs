//! The rows that are chosen. `marks` shows and changes them in front of rows, `keys` by keys and clicks.

mod keys;
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
    /// Whether it is everything, and everything is not listed yet.
    pub(super) so_far: bool,
}

impl Size {
    /// For people.
    pub(super) fn words(&self) -> String {
        let rows = || tn!(self.rows, "{count} selected", "{count} selected");
        match self.bytes {
            _ if self.so_far => tn!(self.rows, "All {count} so far selected", "All {count} so far selected"),
            Some(bytes) => [&*rows(), &format::size(bytes)].join(" · "),
            None => rows(),
        }
    }
}

impl Selection {
    pub(super) fn new() -> Self {
        Self {
            marked: RwSignal::new(Arc::default()),
            last: StoredValue::new(None),
            range: StoredValue::new(None),
            shown: StoredValue::new(None),
        }
    }

    pub(in crate::pages) fn clear(self) {
        self.last.set_value(None);
        self.range.set_value(None);
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
        let Some(Rows { folder, .. }) = self.rows().filter(|_| !marked.is_empty()) else { return Size::default() };
        let whole = matches!(*marked, Marked::AllBut { .. });
        let all = if whole { folder.counts().with(|counts| counts.folders + counts.objects) } else { 0 };
        let (rows, bytes) = marked.size(all);
        Size { rows, bytes, so_far: whole && !folder.is_complete() }
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
        self.marked.set(Arc::new(if !filtered && (rows > MOST || !complete) {
            Marked::AllBut { prefix: target.map(|target| target.prefix).unwrap_or_default(), but: BTreeSet::new() }
        } else {
            let mut marked = Marked::default();
            marked.set((0..rows).filter_map(|at| listing.row(at)), true);
            marked
        }));
    }

    fn change(self, change: impl FnOnce(&mut Marked)) {
        let mut marked = self.marked.get_untracked();
        change(Arc::make_mut(&mut marked));
        self.marked.set(marked);
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn what_is_said_of_it() {
        let words = |rows, bytes, so_far| Size { rows, bytes, so_far }.words().replace('\u{a0}', " ");
        assert_eq!(words(2, Some(2_449_000), false), "2 selected · 2.4 MB");
        assert_eq!(words(441, None, false), "441 selected");
        assert_eq!(words(120, None, true), "All 120 so far selected");
    }
}
