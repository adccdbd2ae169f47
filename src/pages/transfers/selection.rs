//! The rows that are chosen, and the marks in front of rows that show and change it.

use crate::browser::element::{self, Element};
use crate::model::object::Object;
use crate::reactive::{Memo, RwSignal, StoredValue, effect};
use crate::state::listing::{Listing, Row, RowKind};
use crate::state::transfers::Chosen;
use crate::ui::icon::{Icon, icon};
use crate::ui::piece::{ElementRef, IntoPiece, IntoText, Piece, Tag, live, tag};
use leptos::ev::{self, Event};
use leptos::prelude::{on_cleanup, window_event_listener};
use leptos::wasm_bindgen::JsCast;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most rows that are chosen at once by one click. Who wants more wants the folder.
const MOST: usize = 10_000;

/// The rows that are chosen.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Selection {
    chosen: RwSignal<Arc<BTreeMap<String, RowKind>>>,
    /// The row that was chosen last: where a range begins.
    last: StoredValue<usize>,
    /// Whose rows are shown.
    listing: StoredValue<Option<Listing>>,
}

impl Selection {
    pub(super) fn new() -> Self {
        Self { chosen: RwSignal::new(Arc::default()), last: StoredValue::new(0), listing: StoredValue::new(None) }
    }

    pub(in crate::pages) fn clear(self) {
        self.chosen.set(Arc::default());
    }

    /// How many rows are chosen, and how many bytes their objects have; `None` where there are folders among them.
    pub(super) fn size(self) -> (usize, Option<u64>) {
        self.chosen.with(|chosen| {
            let size = |kind: &RowKind| match kind {
                RowKind::Folder => None,
                RowKind::Object { size, .. } => Some(*size),
            };
            (chosen.len(), chosen.values().map(size).sum())
        })
    }

    /// What is chosen, in the order of keys.
    pub(in crate::pages) fn chosen(self) -> Vec<Chosen> {
        self.chosen.with_untracked(|chosen| list(chosen))
    }

    /// The same, tracked.
    pub(in crate::pages) fn watched(self) -> Vec<Chosen> {
        self.chosen.with(|chosen| list(chosen))
    }

    fn has(self, key: &str) -> bool {
        self.chosen.with(|chosen| chosen.contains_key(key))
    }

    /// Turns the mark of a row, or gives its new state to all from the last one to it.
    fn turn(self, listing: Listing, at: usize, range: bool) {
        let Some(row) = listing.row(at) else { return };
        let on = !self.chosen.with_untracked(|chosen| chosen.contains_key(&row.key));
        let last = self.last.get_value();
        let rows = if range { last.min(at)..=last.max(at) } else { at..=at };
        self.mark(rows.take(MOST).filter_map(|at| listing.row(at)), on);
        self.last.set_value(at);
    }

    fn mark(self, rows: impl Iterator<Item = Row>, on: bool) {
        self.chosen.update(|chosen| {
            let chosen = Arc::make_mut(chosen);
            for row in rows {
                if on {
                    chosen.insert(row.key, row.kind);
                } else {
                    chosen.remove(&row.key);
                }
            }
        });
    }
}

/// In the order of keys.
fn list(chosen: &BTreeMap<String, RowKind>) -> Vec<Chosen> {
    let of = |(key, kind): (&String, &RowKind)| match kind {
        RowKind::Folder => Chosen::Folder(key.clone()),
        RowKind::Object { size, modified, class } => Chosen::Object(Object {
            key: key.clone(),
            size: *size,
            last_modified: *modified,
            etag: String::new(),
            storage_class: class.clone(),
        }),
    };
    chosen.iter().map(of).collect()
}

/// Has Space turn the mark of the row that is active.
pub(super) fn follow_keys(selection: Selection) {
    let listener = window_event_listener(ev::keydown, move |event| {
        let grid = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let grid = grid.filter(|grid| event.key() == " " && grid.get_attribute("role").as_deref() == Some("grid"));
        let row = grid.and_then(|grid| grid.get_attribute("aria-activedescendant"));
        let at = row.and_then(|id| id.strip_prefix("row-")?.parse().ok());
        if let (Some(at), Some(listing)) = (at, selection.listing.get_value()) {
            event.prevent_default();
            selection.turn(listing, at, element::with_shift(&event));
        }
    });
    on_cleanup(move || listener.remove());
}

/// The mark in front of a row; without one, that of all rows.
pub(super) fn mark(selection: Selection, listing: Listing, at: Option<Memo<usize>>) -> Piece {
    selection.listing.set_value(Some(listing));
    match at {
        Some(at) => row_mark(selection, listing, at),
        None => head_mark(selection, listing),
    }
}

fn row_mark(selection: Selection, listing: Listing, at: Memo<usize>) -> Piece {
    let revision = listing.revision();
    let key = Memo::new(move || {
        revision.track();
        listing.row(at.get()).map(|row| (row.key, row.name)).unwrap_or_default()
    });
    let on = Memo::new(move || key.with(|(key, _)| selection.has(key)));
    let cell = ElementRef::new();
    effect(move || {
        let on = on.get();
        if let Some(row) = cell.get().and_then(|cell| cell.parent_node()) {
            // Every element takes it.
            let _ = row.unchecked_ref::<Element>().set_attribute("aria-selected", if on { "true" } else { "false" });
        }
    });
    let press = move |event: Event| {
        selection.turn(listing, at.get_untracked(), element::with_shift(&event));
    };
    let name = move || key.with(|(_, name)| format!("Select {name}"));
    tag("div").reference(cell).set("role", "gridcell").class("cell cell--mark").child(check(on, name, press)).piece()
}

fn head_mark(selection: Selection, listing: Listing) -> Piece {
    let (counts, revision) = (listing.shown(), listing.revision());
    let rows = Memo::new(move || {
        revision.track();
        counts.with(|counts| counts.folders + counts.objects)
    });
    let on = Memo::new(move || rows.get() > 0 && selection.size().0 >= rows.get());
    let press = move |_| {
        let rows = rows.get_untracked();
        if on.get_untracked() || rows > MOST {
            selection.clear();
        } else {
            selection.mark((0..rows).filter_map(|at| listing.row(at)), true);
        }
    };
    let too_many = Memo::new(move || rows.get() > MOST);
    let name = move || if too_many.get() { "Clear the selection" } else { "Select all" };
    tag("div")
        .set("role", "columnheader")
        .class("cell cell--mark")
        .child(live(move || (rows.get() > 0).then(|| check(on, name, press))))
        .piece()
}

fn check<T: IntoText>(on: Memo<bool>, name: impl Fn() -> T + Send + 'static, press: impl FnMut(Event) + Send + 'static) -> Tag {
    tag("button")
        .class("mark-box")
        .set("type", "button")
        .set("role", "checkbox")
        .set("tabindex", "-1")
        .live("aria-checked", move || if on.get() { "true" } else { "false" })
        .live("aria-label", name)
        .on("click", press)
        .child(tag("span").child(icon(Icon::Check)))
}
