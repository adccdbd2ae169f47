//! The search through a listing's rows, and the ways to one of them. The browser loads this part of the program
//! after the first rows.

use super::pattern::Pattern;
use super::{Columns, Listing, ListingStatus, ListingTarget, Row, Sort};
use crate::browser::{clock, task, timer};
use crate::reactive::{Signal, StoredValue, effect};
use std::collections::BTreeSet;

/// Names looked at between two glances at the clock.
const STEP: usize = 2_048;

/// Milliseconds of looking in one go, so that a frame is not late.
const SLICE_MILLIS: i64 = 12;

/// Milliseconds between two changes of what is shown while rows or hits keep coming.
const SHOW_MILLIS: i64 = 250;

impl Listing {
    /// Shows only rows that fit `pattern`, as it changes and as rows come, until the surrounding component ends.
    pub fn search(self, pattern: Signal<Option<Pattern>>) {
        let running = StoredValue::new(false);
        let shown_at = StoredValue::new(0_i64);
        effect(move || {
            self.revision.track();
            let pattern = pattern.get();
            let same = self.columns.with_value(|columns| columns.pattern() == pattern.as_ref());
            if !same {
                let none = pattern.is_none();
                self.columns.update_value(|columns| columns.search(pattern));
                shown_at.set_value(clock::now().millis());
                if none {
                    self.looking.set(false);
                    self.publish();
                }
            }
            if !running.get_value() && self.look(shown_at) == Some(false) {
                running.set_value(true);
                task::spawn(async move {
                    loop {
                        timer::sleep(0).await;
                        if self.look(shown_at) != Some(false) {
                            break;
                        }
                    }
                    let _ = running.try_update_value(|running| *running = false);
                });
            }
        });
    }

    /// Looks on for a while. `true` once everything is looked at and shown, `None` when the listing is gone.
    fn look(self, shown_at: StoredValue<i64>) -> Option<bool> {
        let begun = clock::now().millis();
        let last = shown_at.try_update_value(|at| *at)?;
        // Nothing comes after this: the last of what was found waits for nothing.
        let is_last = !self.status.with_untracked(|status| matches!(status, ListingStatus::Loading | ListingStatus::Partial));
        let (idle, seen, shown, changed) = self.columns.try_update_value(|columns| {
            let mut seen = columns.look(STEP);
            while !seen && clock::now().millis() - begun < SLICE_MILLIS {
                seen = columns.look(STEP);
            }
            let show = seen && (is_last || !columns.shows_found()) || clock::now().millis() - last >= SHOW_MILLIS;
            (columns.pattern().is_none(), seen, show, show && columns.show_found())
        })?;
        if idle {
            return Some(true);
        }
        if shown {
            shown_at.set_value(clock::now().millis());
        }
        let done = seen && shown;
        if self.looking.get_untracked() == done {
            self.looking.set(!done);
        }
        if changed {
            self.publish();
        }
        Some(done)
    }

    /// Whether a search decides which rows are shown.
    #[must_use]
    pub fn is_searched(&self) -> bool {
        self.columns.with_value(|columns| columns.pattern().is_some())
    }

    /// The row to jump to for `name`: a folder that begins with it, else the first object at or after it, else the
    /// first such folder. `None` when no such row is there (yet). Everything is shown, in the order of names.
    #[must_use]
    pub fn at_or_after(&self, name: &str) -> Option<usize> {
        if self.sort.get_untracked() != Sort::default() {
            self.set_sort(Sort::default());
        }
        self.columns.with_value(|columns| columns.at_or_after(name))
    }

    /// The next of the rows shown, from `from` on and round to it, whose name begins with `beginning`.
    #[must_use]
    pub fn next_with(&self, from: usize, beginning: &str) -> Option<usize> {
        self.columns.with_value(|columns| columns.next_with(from, beginning))
    }

    /// The row of this name among those shown.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.columns.with_value(|columns| columns.index_of(name))
    }

    /// The rows with these names.
    #[must_use]
    pub fn named(&self, names: &BTreeSet<String>) -> Vec<Row> {
        self.columns.with_value(|columns| columns.named(names))
    }

    /// What is listed.
    #[must_use]
    pub fn target(&self) -> Option<ListingTarget> {
        self.progress.with_value(|progress| progress.target.clone())
    }

    /// The name of the row at `index`.
    #[must_use]
    pub fn name_of(&self, index: usize) -> Option<String> {
        self.columns.with_value(|columns: &Columns| columns.row(index)).map(|row: Row| row.name)
    }
}
