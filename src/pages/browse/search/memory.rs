//! How a folder was looked at, kept where a link, Back, Forward and a reload find it.
//!
//! Sort, search, the row that keys led to and what is selected stand in the URL; with the entry of the history stand
//! the first row in view and the active row. Both are written to the entry that there is: only going elsewhere makes a
//! new one.

use super::super::folder::Open;
use super::is_over;
use crate::browser::timer::Timer;
use crate::browser::{clock, navigation};
use crate::reactive::{RwSignal, StoredValue, effect};
use crate::state::listing::{Listing, Sort};
use crate::state::place::{BrowsePlace, BrowseView, Selected, use_browse_place};
use crate::ui::table::Goal;
use leptos::prelude::WithUntracked;
use leptos_router::hooks::use_location;

/// Milliseconds between two writings: browsers refuse a page that does it more often.
const WRITE_MILLIS: i64 = 400;

/// Rows that are in view at most: so many must be there below the first.
const IN_VIEW: usize = 100;

/// What is still to be brought back. Nothing is written in its place until then.
#[derive(Clone, Copy)]
struct Left {
    rows: StoredValue<Option<Pending>>,
    selected: StoredValue<Option<Unselected>>,
}

/// Where in the rows somebody was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Pending {
    row: String,
    /// The first row in view; `None` where only a link was given.
    top: Option<usize>,
    /// So many rows were searched for `row` in vain.
    searched: usize,
    /// Whether `row` comes from the URL.
    linked: bool,
}

/// What was selected.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Unselected {
    wanted: Selected,
    /// Among so many rows it was not whole.
    searched: usize,
}

/// Brings back how a folder was looked at whenever one is opened, and keeps it from then on.
pub(super) fn follow(open: Open, subfolders: RwSignal<bool>) {
    let place = use_browse_place();
    let query = use_location().search;
    let left = Left { rows: StoredValue::new(None::<Pending>), selected: StoredValue::new(None::<Unselected>) };
    let first = StoredValue::new(true);
    // Until this part was there somebody may have typed, or sorted: that is newer than the URL.
    let sort = open.listing.sort();
    let (typed, sorted) = (!open.sought.with_untracked(String::is_empty), sort.get_untracked() != Sort::default());
    effect(move || {
        let place = place.get();
        let view = query.with_untracked(|query| BrowseView::parse(query));
        let note = navigation::kept_note().and_then(|note| Note::parse(&note)).filter(|note| note.href == place.href());
        // A folder that is opened anew is sorted as the one before.
        let at_first = first.get_value();
        first.set_value(false);
        let is_kept = note.is_some() || at_first || view != BrowseView::default();
        if is_kept && !(at_first && sorted) && sort.get_untracked() != view.sort {
            open.listing.set_sort(view.sort);
        }
        let linked = !view.row.is_empty();
        let (row, top) = note.map_or((view.row, None), |note| (note.row, Some(note.top)));
        open.aim.moved.set(false);
        let wanted = Pending { row, top, searched: 0, linked };
        left.rows.set_value((wanted != Pending::default()).then_some(wanted));
        let wanted = view.selected;
        left.selected.set_value((wanted != Selected::default()).then_some(Unselected { wanted, searched: 0 }));
        subfolders.set(view.subfolders);
        if !(at_first && typed) {
            open.sought.set(view.search);
        }
    });
    effect(move || {
        let source = open.source.get();
        source.revision().track();
        let over = is_over(source);
        select(open, left.selected, subfolders, over);
        // In any other order than S3's, rows that are still to come may stand before it.
        if !over && source.sort().get_untracked() != Sort::default() {
            return;
        }
        let Some(mut wanted) = left.rows.get_value() else { return };
        if !is_meant(open, subfolders) {
            return;
        }
        let there = number_of_rows(source);
        // Whoever has gone elsewhere in the meantime stays there.
        if open.aim.moved.get_untracked() {
            left.rows.set_value(None);
            return;
        }
        let found = if !wanted.row.is_empty() && (over || there >= wanted.searched * 2) {
            wanted.searched = there.max(1);
            source.index_of(&wanted.row)
        } else {
            None
        };
        if over || there > wanted.top.unwrap_or(0) + IN_VIEW && (wanted.row.is_empty() || found.is_some()) {
            left.rows.set_value(None);
            open.aim.moved.set(wanted.linked && found.is_some());
            open.aim.goal.set(Some(Goal { row: found, top: wanted.top }));
        } else {
            left.rows.set_value(Some(wanted));
        }
    });
    write(open, subfolders, left, typed || sorted);
}

/// Whether the rows are those that are meant: of a search, once it has begun. Tracked.
fn is_meant(open: Open, subfolders: RwSignal<bool>) -> bool {
    let source = open.source.get();
    let sought = !open.sought.with(String::is_empty);
    let deep = source.target().is_some_and(|target| target.subfolders);
    source.is_searched() == sought && deep == (sought && subfolders.get())
}

fn number_of_rows(source: Listing) -> usize {
    let counts = source.shown().get_untracked();
    counts.folders + counts.objects
}

/// Selects what the URL says, once the rows and the part that selects are there. Tracked.
fn select(open: Open, unselected: StoredValue<Option<Unselected>>, subfolders: RwSignal<bool>, over: bool) {
    let Some(Unselected { wanted, searched }) = unselected.get_value() else { return };
    let Some(marks) = open.marks.get().filter(|_| is_meant(open, subfolders)) else { return };
    let there = number_of_rows(open.source.get_untracked());
    if !over && (there == 0 || there < searched * 2) {
        return;
    }
    let now = Unselected { wanted, searched: there };
    unselected.set_value((!marks.choose(open.rows(), &now.wanted, over)).then_some(now));
}

/// `newer`: what there is at first is newer than what was kept.
fn write(open: Open, subfolders: RwSignal<bool>, left: Left, newer: bool) {
    let place = use_browse_place();
    let later = StoredValue::new(None::<Timer>);
    let written = StoredValue::new(0_i64);
    let now = move || {
        let query = navigation::query();
        let here = BrowsePlace::parse(&query);
        // On the way elsewhere the address is another's already, or not yet.
        if here != place.get_untracked() || left.rows.with_value(Option::is_some) {
            return;
        }
        written.set_value(clock::now().millis());
        let row = open.source.get_untracked().name_of(open.aim.cursor.get_untracked()).unwrap_or_default();
        let selected = || open.marks.get_untracked().map(|marks| marks.linked(open.listing)).unwrap_or_default();
        let view = BrowseView {
            sort: open.listing.sort().get_untracked(),
            search: open.sought.get_untracked(),
            subfolders: subfolders.get_untracked(),
            row: if open.aim.moved.get_untracked() { row.clone() } else { String::new() },
            selected: left.selected.get_value().map_or_else(selected, |unselected| unselected.wanted),
        };
        let href = (BrowseView::parse(&query) != view).then(|| view.href(&here));
        let note = Note { top: open.aim.top.get_untracked(), href: here.href(), row };
        navigation::keep_note(&note.text(), href.as_deref());
    };
    let before = StoredValue::new(None);
    effect(move || {
        let seen = (
            open.aim.cursor.get(),
            open.aim.moved.get(),
            open.aim.top.get(),
            open.sought.get(),
            subfolders.get(),
            open.listing.sort().get(),
            open.marks.get().map(|marks| marks.linked(open.listing)).unwrap_or_default(),
        );
        // Nothing to keep of a folder that was only opened.
        let kept = before.with_value(|before| before.as_ref().map_or(!newer, |before| *before == seen));
        before.set_value(Some(seen));
        if kept {
            return;
        }
        let wait = WRITE_MILLIS - (clock::now().millis() - written.get_value());
        match u32::try_from(wait) {
            Ok(wait) if wait > 0 => later.set_value(Some(Timer::after(wait, now))),
            _ => now(),
        }
    });
}

/// What is kept with an entry of the history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Note {
    top: usize,
    /// The place that it is of.
    href: String,
    row: String,
}

impl Note {
    fn text(&self) -> String {
        format!("{} {} {}", self.top, self.href, self.row)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ' ');
        Some(Self { top: parts.next()?.parse().ok()?, href: parts.next()?.into(), row: parts.next()?.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_note_survives_the_history(top: u32, prefix in any::<String>(), row in any::<String>()) {
            let href = BrowsePlace { prefix, ..BrowsePlace::default() }.href();
            let note = Note { top: top as usize, href, row };
            prop_assert_eq!(Note::parse(&note.text()), Some(note));
        }

        #[test]
        fn another_note_is_none_of_ours(text in any::<String>()) {
            let _ = Note::parse(&text);
        }
    }
}
