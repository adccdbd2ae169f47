//! A grid of any number of rows of equal height, of which only those in view exist.
//!
//! A fixed pool of row elements stands in one block; each element is told by a signal which row it shows, and stands where
//! that row is. A row that stays in view keeps its element: those that leave it at one end show what comes at the other.
//! Of many that change with one step of the wheel, most do one frame later, as long as they are out of view.
//! Once the container rests they are put into the order of their rows too, for those who read the page in the order in
//! which it is written. (To do that with each step of the wheel would cost as much as all the rest.) The pattern is ARIA's grid with one tab stop:
//! the container has the focus and names the active row, or with `cells` one of its cells. A focus that roves over the
//! rows would be lost with every row that is scrolled out of view and put to use for another.

pub mod cells;
pub mod scroll;

use crate::browser::element;
use crate::browser::timer::Timer;
use crate::reactive::{Memo, RwSignal, Signal, StoredValue, effect};
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, list, live, tag};
use leptos::ev::{Event, KeyboardEvent};
use leptos::wasm_bindgen::JsCast;
use scroll::{Scroll, Window};
use std::sync::Arc;

/// After this many milliseconds without a scroll event the container rests.
const REST_MILLIS: u32 = 160;

/// Row elements are added in steps of this many, so that resizing a window seldom does.
const POOL_STEP: usize = 8;

/// Skeleton rows: enough for a tall window, cut off by a small one.
const SKELETONS: usize = 28;

/// What a table needs to know.
pub struct Table {
    /// Name for screen readers.
    pub label: &'static str,
    /// Class that sets the columns.
    pub class: &'static str,
    /// Number of columns.
    pub columns: usize,
    /// The header's cells.
    pub head: Piece,
    /// Number of rows there are so far.
    pub rows: Signal<usize>,
    /// Whether that number is final.
    pub complete: Signal<bool>,
    /// Whether the first rows are still to come: skeletons stand in.
    pub loading: Signal<bool>,
    /// The active row, and how to come to another.
    pub aim: Aim,
    /// Opens a row, on Enter.
    pub open: Arc<dyn Fn(usize) + Send + Sync>,
    /// Draws the cells of a row.
    pub draw: Arc<dyn Fn(Memo<usize>) -> Piece + Send + Sync>,
}

/// Where in a table a person is, for those who keep it or change it from outside.
#[derive(Clone, Copy, Debug)]
pub struct Aim {
    /// The active row.
    pub cursor: RwSignal<usize>,
    /// Whether the person went there by keys and not by a click.
    pub moved: RwSignal<bool>,
    /// The first row in view, once the container rests.
    pub top: RwSignal<usize>,
    /// Where to go; the table takes it out.
    pub goal: RwSignal<Option<Goal>>,
    /// The character that was typed last into the table.
    pub typed: RwSignal<Option<String>>,
    /// The table, for the focus.
    pub container: ElementRef,
}

impl Aim {
    /// At the first row.
    #[must_use]
    pub fn new() -> Self {
        Self {
            cursor: RwSignal::new(0),
            moved: RwSignal::new(false),
            top: RwSignal::new(0),
            goal: RwSignal::new(None),
            typed: RwSignal::new(None),
            container: ElementRef::new(),
        }
    }
}

impl Default for Aim {
    fn default() -> Self {
        Self::new()
    }
}

/// Where to go in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goal {
    /// The row that becomes active. It comes into view, unless `top` says what does.
    pub row: Option<usize>,
    /// The row that comes to the top; `None` for the shortest way to `row`.
    pub top: Option<usize>,
}

/// Shows a table.
pub fn table(table: Table) -> Tag {
    let Table { label, class, columns, head, rows, complete, loading, aim, open, draw } = table;
    let Aim { cursor, moved, top, goal, typed, container } = aim;
    let head_element = ElementRef::new();
    let probe = ElementRef::new();
    let body = ElementRef::new();
    let block = ElementRef::new();
    let scroll = StoredValue::new(Scroll::default());
    let window = RwSignal::new(Window::default());
    let pool = RwSignal::new(0_usize);
    let rest = StoredValue::new(None::<Timer>);
    let spread = StoredValue::new(None::<Timer>);

    // The first row of the window, once the container rests.
    let settled = RwSignal::new(0_usize);

    // Which row each element shows. Told to those that show another one: to have all of them look would cost as much.
    let shown = StoredValue::new(Vec::<RwSignal<usize>>::new());
    let show = move |wanted: Window| {
        if window.get_untracked() == wanted {
            return;
        }
        window.set(wanted);
        shown.with_value(|shown| {
            for (place, row) in shown.iter().enumerate() {
                let turn = row_of(place, wanted.first, shown.len());
                if row.get_untracked() != turn {
                    row.set(turn);
                }
            }
        });
    };
    let refresh = move || {
        let current = scroll.get_value();
        show(current.window());
        let needed = current.pool().next_multiple_of(POOL_STEP);
        if pool.get_untracked() < needed {
            pool.set(needed);
        }
    };
    let put = move |position: Option<f64>| {
        if let (Some(position), Some(container)) = (position, container.get()) {
            element::set_scroll_top(&container, position);
        }
        refresh();
    };
    let measure = move || {
        if let (Some(container), Some(head), Some(probe)) = (container.get(), head_element.get(), probe.get()) {
            let viewport = element::inner_height(&container) - element::height(&head);
            scroll.update_value(|scroll| scroll.measured(element::height(&probe), viewport));
            place_body(body, scroll);
            refresh();
            settled.set(window.get_untracked().first);
        }
    };
    let watch = StoredValue::new(None);
    effect(move || {
        if let (Some(container), Some(probe)) = (container.get(), probe.get()) {
            measure();
            watch.set_value(Some(element::on_resize(&[&container, &probe], measure)));
        }
    });
    effect(move || {
        let count = rows.get();
        fit(count, body, scroll);
        if count == 0 {
            cursor.set(0);
        }
        refresh();
        settled.set(window.get_untracked().first);
    });
    // Whole numbers: writing a float costs the program several kB.
    let offset = Memo::new(move || window.get().offset.round() as i64);
    effect(move || {
        let offset = offset.get();
        if let Some(block) = block.get() {
            element::set_style(&block, "transform", &format!("translateY({offset}px)"));
        }
    });

    let on_scroll = move |_| {
        let Some(element) = container.get() else { return };
        let position = element::scroll_top(&element);
        let mut correction = None;
        scroll.update_value(|scroll| correction = scroll.scrolled(position));
        let current = scroll.get_value();
        let partway = current.toward(window.get_untracked().first, pool.get_untracked());
        if correction.is_some() || partway == current.window() {
            put(correction);
        } else {
            show(partway);
            // Behind the frame in which this is.
            spread.set_value(Some(Timer::after(0, refresh)));
        }
        rest.set_value(Some(Timer::after(REST_MILLIS, move || {
            let mut correction = None;
            scroll.update_value(|scroll| correction = scroll.settle());
            put(correction);
            top.set(scroll.get_value().first());
            settled.set(window.get_untracked().first);
        })));
    };
    let go = move |row: usize| {
        let count = rows.get_untracked();
        // It may be known before the body has grown to it, and a container goes no further than its body.
        fit(count, body, scroll);
        let row = row.min(count.saturating_sub(1));
        cursor.set(row);
        let mut position = None;
        scroll.update_value(|scroll| position = scroll.reveal(row));
        put(position);
    };
    effect(move || {
        let Some(Goal { row, top }) = goal.get() else { return };
        goal.set(None);
        fit(rows.get_untracked(), body, scroll);
        if let Some(top) = top {
            let mut position = None;
            scroll.update_value(|scroll| position = Some(scroll.lead_with(top)));
            put(position);
        }
        match row {
            Some(row) if top.is_some() => cursor.set(row),
            Some(row) => go(row),
            None => {}
        }
    });
    let on_key = move |event: Event| {
        let Ok(event) = event.dyn_into::<KeyboardEvent>() else { return };
        // What is pressed in the head is for the button there.
        if event.target() != event.current_target() || event.alt_key() || event.ctrl_key() || event.meta_key() || rows.get_untracked() == 0
        {
            return;
        }
        let (at, page) = (cursor.get_untracked(), scroll.get_value().page());
        let step = |row: usize| {
            moved.set(true);
            go(row);
        };
        match event.key().as_str() {
            "ArrowDown" => step(at + 1),
            "ArrowUp" => step(at.saturating_sub(1)),
            "PageDown" => step(at + page),
            "PageUp" => step(at.saturating_sub(page)),
            "Home" => step(0),
            "End" => step(usize::MAX),
            "Enter" => open(at),
            // A character, unless it stands for something to do; what else a key may be called is longer.
            " " | "/" | "?" | "i" => return,
            key if key.chars().nth(1).is_none() => typed.set(Some(key.to_owned())),
            _ => return,
        }
        event.prevent_default();
    };
    let active = move || {
        let (at, first) = (cursor.get(), window.get().first);
        (at < rows.get() && (first..first + pool.get()).contains(&at)).then(|| row_id(at))
    };
    // Which of the pool's elements stands first.
    let head_of_pool = StoredValue::new(0_usize);
    let drawn = RwSignal::new(0_usize);
    effect(move || {
        let (first, size) = (settled.get(), drawn.get());
        let Some(block) = block.get().filter(|_| size > 0) else { return };
        let wanted = first % size;
        element::rotate(&block, (wanted + size - head_of_pool.get_value()) % size, size);
        head_of_pool.set_value(wanted);
    });
    let base = Memo::new(move || window.get().base);
    let elements = live(move || {
        let size = pool.get();
        head_of_pool.set_value(0);
        drawn.set(size);
        let first = window.get_untracked().first;
        let made: Vec<RwSignal<usize>> = (0..size).map(|place| RwSignal::new(row_of(place, first, size))).collect();
        shown.set_value(made.clone());
        let rows_of_pool = made.into_iter().map(|row| {
            let index = Memo::new(move || row.get());
            let absent = move || index.get() >= rows.get();
            let select = move |_| {
                moved.set(false);
                cursor.set(index.get_untracked());
                if let Some(container) = container.get() {
                    element::focus(&container);
                }
            };
            let class = move || if index.get() == cursor.get() { "row row--body row--active" } else { "row row--body" };
            let row = ElementRef::new();
            effect(move || {
                let at = index.get() as i64 - base.get() as i64;
                if let Some(row) = row.get() {
                    element::set_style(&row, "--at", &at.to_string());
                }
            });
            tag("div")
                .reference(row)
                .together()
                .set("role", "row")
                .live("class", class)
                .live("id", move || row_id(index.get()))
                .live("aria-rowindex", move || (index.get() + 2).to_string())
                .live("hidden", absent)
                .on("click", select)
                .child(draw(index))
        });
        list(rows_of_pool)
    });
    let row_count = move || if complete.get() { (rows.get() + 1).to_string() } else { "-1".to_owned() };
    let skeleton = |_| tag("div").class("row row--body").child(tag("span").class("skeleton skeleton--name"));
    tag("div")
        .reference(container)
        .class(format!("table {class}"))
        .set("role", "grid")
        .set("aria-label", label)
        .set("aria-colcount", columns.to_string())
        .live("aria-rowcount", row_count)
        .live("aria-busy", move || loading.get().to_string())
        .live("aria-activedescendant", active)
        .set("tabindex", "0")
        .on("scroll", on_scroll)
        .on("keydown", on_key)
        .child(
            tag("div")
                .reference(head_element)
                .set("role", "rowgroup")
                .class("table__head")
                .child(tag("div").set("role", "row").class("row").set("aria-rowindex", "1").child(head)),
        )
        .child(
            tag("div")
                .reference(body)
                .set("role", "rowgroup")
                .class("table__body")
                .child(tag("div").reference(block).set("role", "presentation").class("table__window").child(elements)),
        )
        .child(
            tag("div")
                .class("table__skeletons")
                .set("aria-hidden", "true")
                .live("hidden", move || !loading.get())
                .children((0..SKELETONS).map(skeleton)),
        )
        .child(tag("div").reference(probe).class("table__probe").set("aria-hidden", "true"))
}

/// A cell. `class` names its column.
pub fn cell(class: &'static str, content: impl IntoPiece) -> Tag {
    tag("div").set("role", "gridcell").class(format!("cell {class}")).child(content)
}

/// The row that an element shows: of as many as there are elements, from the first of the window, the one whose turn it is.
const fn row_of(place: usize, first: usize, size: usize) -> usize {
    first + (place + size - first % size) % size
}

fn row_id(row: usize) -> String {
    format!("row-{row}")
}

/// Makes room for this many rows.
fn fit(count: usize, body: ElementRef, scroll: StoredValue<Scroll>) {
    if scroll.get_value().rows() != count {
        scroll.update_value(|scroll| scroll.counted(count));
        place_body(body, scroll);
    }
}

fn place_body(body: ElementRef, scroll: StoredValue<Scroll>) {
    if let Some(body) = body.get() {
        element::set_style(&body, "block-size", &format!("{}px", scroll.get_value().body_height().ceil() as u64));
    }
}
