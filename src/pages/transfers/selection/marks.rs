//! The marks in front of rows, which show what is chosen and change it, and the one above them for all.

use super::{Rows, Selection, keys};
use crate::browser::element::{self, Element};
use crate::reactive::{Memo, Presence, effect};
use crate::ui::icon::{Icon, icon};
use crate::ui::piece::{ElementRef, IntoPiece, IntoText, Piece, Tag, live, tag};
use crate::words::t;
use leptos::ev::Event;

/// The mark in front of a row; without one, that of all rows.
pub(in crate::pages::transfers) fn mark(selection: Selection, rows: Rows, at: Option<Memo<usize>>) -> Piece {
    // Tracked: it is drawn anew when other rows are shown.
    rows.source.track();
    match at {
        Some(at) => row_mark(selection, rows, at),
        None => {
            selection.shown.set_value(Some((rows, Presence::of_owner())));
            keys::stay(rows);
            head_mark(selection, rows)
        }
    }
}

fn row_mark(selection: Selection, rows: Rows, at: Memo<usize>) -> Piece {
    let listing = rows.source.get_untracked();
    let revision = listing.revision();
    let key = Memo::new(move || {
        revision.track();
        listing.row(at.get()).map(|row| (row.key, row.name)).unwrap_or_default()
    });
    let on = Memo::new(move || if key.with(|(key, _)| selection.has(key)) { "true" } else { "false" });
    let cell = ElementRef::new();
    effect(move || {
        let on = on.get();
        if let Some(row) = row_of(cell) {
            set(&row, "aria-selected", on);
        }
    });
    effect(move || {
        if let Some(row) = row_of(cell) {
            number(&row);
        }
    });
    let press = move |event: Event| selection.turn(at.get_untracked(), element::with_shift(&event));
    let name = move || key.with(|(_, name)| t!("Select {name}", name = name));
    let check = check(on, name, press).set("tabindex", "-1");
    tag("div").reference(cell).set("role", "gridcell").class("cell cell--mark").child(check).piece()
}

fn head_mark(selection: Selection, rows: Rows) -> Piece {
    let listing = rows.source.get_untracked();
    let shown = listing.shown();
    let count = Memo::new(move || shown.with(|counts| counts.folders + counts.objects));
    let size = Memo::new(move || selection.size());
    let state = Memo::new(move || match (size.with(|size| size.rows), count.get()) {
        (0, _) => "false",
        (chosen, shown) if chosen < shown => "mixed",
        // More may be chosen than a search shows, and others.
        (_, shown) if listing.is_searched() && !selection.has_all(listing, shown) => "mixed",
        _ => "true",
    });
    let press = move |_| if state.get_untracked() == "true" { selection.clear() } else { selection.all() };
    let name = || t!("Select all");
    let cell = ElementRef::new();
    effect(move || {
        let Some(row) = row_of(cell) else { return };
        number(&row);
        if let Some(grid) = element::closest(&row, "[role=grid]") {
            set(&grid, "aria-multiselectable", "true");
        }
    });
    tag("div")
        .reference(cell)
        .set("role", "columnheader")
        .class("cell cell--mark")
        .child(live(move || (count.get() > 0).then(|| check(state, name, press))))
        .piece()
}

fn row_of(cell: ElementRef) -> Option<Element> {
    element::parent(&*cell.get()?)
}

/// Numbers the cells: not all of them are there before the marks, and in a narrow window.
fn number(row: &Element) {
    for (at, cell) in element::children(row).enumerate() {
        set(&cell, "aria-colindex", &(at + 1).to_string());
    }
}

fn set(element: &Element, name: &str, value: &str) {
    // Every element takes it.
    let _ = element.set_attribute(name, value);
}

fn check<T: IntoText>(state: Memo<&'static str>, name: impl Fn() -> T + Send + 'static, press: impl FnMut(Event) + Send + 'static) -> Tag {
    tag("button")
        .class("mark-box")
        .set("type", "button")
        .set("role", "checkbox")
        .live("aria-checked", move || state.get())
        .live("aria-label", name)
        .on("click", press)
        .child(tag("span").child(icon(Icon::Check)))
}
