//! The cells of the active row, for keys: Arrow Right leads into them and Arrow Left back to the row (the other way round
//! where the page runs from right to left), and Enter does what the cell does.
//!
//! The focus stays on the table, which names the cell, or the one control in it, as it names the active row. A focus of
//! its own would be lost whenever the element of the row is put to use for another.

use crate::browser::element::{self, Element, HtmlElement};
use crate::browser::keyboard::{self, Hearing, When};
use crate::browser::timer::Timer;
use crate::reactive::StoredValue;
use crate::ui::shortcuts::{Press, press};
use leptos::ev::Event;
use leptos::wasm_bindgen::JsCast;

/// Marks the cell where keys are.
const ACTIVE: &str = "data-active";

/// Cells of a row, at most.
const MOST: usize = 12;

/// The attribute by which a table names what is active.
const NAMES: &str = "aria-activedescendant";

/// Which column keys are in, from 0; none for the row itself. Its cell is marked.
#[derive(Clone, Copy, Debug)]
pub struct Cells {
    column: StoredValue<Option<usize>>,
    later: StoredValue<Option<Timer>>,
}

impl Cells {
    /// At the row. Hears keys until what is given is dropped.
    pub fn follow() -> (Self, [Hearing; 2]) {
        let cells = Self { column: StoredValue::new(None), later: StoredValue::new(None) };
        let before = keyboard::hear("keydown", When::Before, move |event| {
            if grid(&event).is_some_and(|grid| !is_marked(&grid)) {
                cells.column.set_value(None);
            }
            if press(&event).is_some_and(|press| cells.act(&event, &press)) {
                event.prevent_default();
                event.stop_propagation();
            }
        });
        // The table goes to another row first.
        let after = keyboard::hear("keydown", When::After, move |event| {
            let goes_on = cells.column.get_value().is_some();
            if let Some(grid) = grid(&event).filter(|_| goes_on) {
                cells.later.set_value(Some(Timer::after(0, move || cells.mark(&grid))));
            }
        });
        (cells, [before, after])
    }

    /// Goes to the next cell, or to the one before. `false` where keys are not in a table.
    pub fn step(self, press: &Press) -> bool {
        let Some(grid) = keyboard_grid() else { return false };
        let forwards = (press.key == "ArrowRight") != keyboard::is_right_to_left();
        let Some(row) = active_row(&grid) else { return false };
        let shown: Vec<usize> = (0..MOST).filter(|at| cell(&row, *at).is_some()).collect();
        let here = self.column.get_value().filter(|_| is_marked(&grid)).and_then(|column| shown.iter().position(|at| *at == column));
        let there = match (here, forwards) {
            (None, true) => shown.first(),
            (Some(at), true) => shown.get(at + 1).or(shown.get(at)),
            (Some(at), false) => at.checked_sub(1).and_then(|at| shown.get(at)),
            (None, false) => None,
        };
        self.column.set_value(there.copied());
        self.mark(&grid);
        true
    }

    /// Does what the active cell does. `false` where there is none, or nothing to do in it.
    fn act(self, event: &Event, press: &Press) -> bool {
        if !matches!(press.key.as_str(), "Enter" | " ") || press.control || press.meta || press.alt || press.shift {
            return false;
        }
        let Some(control) = grid(event).filter(is_marked).and_then(|grid| active_row(&grid)?.query_selector("[data-active]").ok()?) else {
            return false;
        };
        let presses = control.matches("a, button").unwrap_or(false);
        // Space on a link would scroll, and here chooses the row.
        if !presses || press.key == " " && !control.matches("[role=checkbox]").unwrap_or(false) {
            return false;
        }
        control.unchecked_into::<HtmlElement>().click();
        true
    }

    /// Names the cell, or the row where keys are in none.
    fn mark(self, grid: &Element) {
        if let Ok(Some(before)) = grid.query_selector("[data-active]") {
            let _ = before.remove_attribute(ACTIVE);
            let _ = before.remove_attribute("id");
        }
        let Some(row) = active_row(grid) else { return };
        let column = self.column.get_value();
        let id = match column.and_then(|column| Some((column, cell(&row, column)?))) {
            Some((column, cell)) => {
                let control = cell.query_selector("a, button").ok().flatten().unwrap_or(cell);
                let id = format!("{}-{column}", id_of(&row));
                let _ = control.set_attribute(ACTIVE, "");
                let _ = control.set_attribute("id", &id);
                id
            }
            None => id_of(&row),
        };
        let _ = grid.set_attribute(NAMES, &id);
    }
}

/// Whether the table names a cell: a click, or the row's going out of view, has led it elsewhere.
fn is_marked(grid: &Element) -> bool {
    let marked = active_row(grid).and_then(|row| row.query_selector("[data-active]").ok().flatten());
    marked.is_some_and(|cell| grid.get_attribute(NAMES).is_some_and(|id| id == id_of(&cell)))
}

fn id_of(element: &Element) -> String {
    element.get_attribute("id").unwrap_or_default()
}

fn grid(event: &Event) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok().filter(|target| target.matches("[role=grid]").unwrap_or(false))
}

/// The table that has the focus.
fn keyboard_grid() -> Option<Element> {
    element::find("[role=grid]:focus").map(JsCast::unchecked_into)
}

fn active_row(grid: &Element) -> Option<Element> {
    grid.query_selector(".row--active:not([hidden])").ok().flatten()
}

/// The cell in a column, unless the window is too narrow for it.
fn cell(row: &Element, column: usize) -> Option<Element> {
    let cell = row.query_selector(&format!(":scope > :nth-child({})", column + 1)).ok().flatten()?;
    (element::extent(&cell).1 > 0.0).then_some(cell)
}
