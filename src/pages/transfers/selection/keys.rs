//! Choosing rows by keys and clicks, and staying with a row that moves.

use super::{Rows, Selection};
use crate::browser::element::{self, Element};
use crate::browser::keyboard::{self, When};
use crate::pages::shortcuts;
use crate::reactive::{Memo, StoredValue, effect};
use crate::ui::announce;
use crate::ui::shortcuts::{press, register};
use crate::words::t;
use leptos::ev::Event;
use leptos::prelude::on_cleanup;
use leptos::wasm_bindgen::JsCast;

/// What goes from row to row.
const MOVES: [&str; 6] = ["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"];

/// Hears keys and clicks until the surrounding component ends.
pub(in crate::pages::transfers) fn follow(selection: Selection) {
    let here = move || selection.rows().map(|rows| rows.aim.cursor.get_untracked());
    register(&shortcuts::MARK, move |_| here().map(|at| selection.turn(at, false)).is_some());
    register(&shortcuts::RANGE, move |_| here().map(|at| selection.turn(at, true)).is_some());
    // The table has gone to the row already.
    register(&shortcuts::EXTEND, move |_| here().map(|at| selection.extend(at)).is_some());
    register(&shortcuts::ALL, move |_| {
        selection.all();
        true
    });
    register(&shortcuts::CLEAR, move |_| {
        let some = !selection.is_empty();
        selection.clear();
        some
    });
    let heard = [
        keyboard::hear("keydown", When::Before, move |event| before_key(selection, &event)),
        keyboard::hear("mousedown", When::Before, |event| {
            // Text between the two rows would be selected.
            if row(&event).is_some() && (element::with_shift(&event), element::with_command(&event)).0 {
                event.prevent_default();
            }
        }),
        keyboard::hear("click", When::Before, move |event| {
            if click(selection, &event) {
                event.prevent_default();
                event.stop_propagation();
            }
        }),
    ];
    on_cleanup(move || {
        let _ended = heard;
    });
    let size = Memo::new(move || selection.size());
    let some = StoredValue::new(false);
    effect(move || {
        let size = size.get();
        if size.rows > 0 || some.get_value() {
            announce::say("selection", if size.rows == 0 { t!("Nothing selected").to_owned() } else { size.words() });
        }
        some.set_value(size.rows > 0);
    });
}

/// A range begins where Shift is held for the first time, and ends when one goes on without.
fn before_key(selection: Selection, event: &Event) {
    let is_in_table =
        event.target().and_then(|target| target.dyn_into::<Element>().ok()).is_some_and(|target| fits(&target, "[role=grid]"));
    let Some(press) = press(event).filter(|press| is_in_table && MOVES.contains(&press.key.as_str())) else { return };
    if press.shift {
        selection.begin();
    } else {
        selection.range.set_value(None);
    }
}

/// Whether a click has chosen something, and is not to do anything else.
fn click(selection: Selection, event: &Event) -> bool {
    let (Some((row, target)), Some(rows)) = (row(event), selection.rows()) else { return false };
    let Some(at) = row.get_attribute("id").as_deref().and_then(|id| id.strip_prefix("row-")?.parse().ok()) else { return false };
    let (shift, command) = (element::with_shift(event), element::with_command(event));
    let is_in = |selector: &str| element::closest(&target, selector).is_some();
    // The mark sees to itself; a link to a folder opens in another tab or window, as every link does.
    if is_in(".mark-box") || !shift && (!command || is_in("a[href], button")) {
        selection.range.set_value(None);
        return false;
    }
    if shift {
        selection.begin();
        selection.extend(at);
    } else {
        selection.turn(at, false);
    }
    rows.aim.moved.set(false);
    rows.aim.cursor.set(at);
    if let Some(container) = rows.aim.container.get() {
        element::focus(&container);
    }
    true
}

/// The row that an event is in, and what in it.
fn row(event: &Event) -> Option<(Element, Element)> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    Some((element::closest(&target, ".table--objects .row--body")?, target))
}

fn fits(element: &Element, selector: &str) -> bool {
    element.matches(selector).unwrap_or(false)
}

/// The active row stays the same, wherever more rows or another order put it.
pub(super) fn stay(rows: Rows) {
    let Rows { source, aim, .. } = rows;
    let held = StoredValue::new(None::<(usize, String, String)>);
    effect(move || {
        let (at, listing) = (aim.cursor.get(), source.get());
        listing.revision().track();
        let row = listing.row(at);
        if let (Some((was, key, name)), Some(row)) = (held.get_value(), &row)
            && was == at
            && row.key != key
            && let Some(there) = listing.index_of(&name)
        {
            held.set_value(Some((there, key, name)));
            aim.cursor.set(there);
            return;
        }
        // The first row is where everybody starts: only a row that somebody went to is held.
        held.set_value(row.filter(|_| at > 0).map(|row| (at, row.key, row.name)));
    });
}
