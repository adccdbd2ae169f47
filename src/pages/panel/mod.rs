//! The side panel of *Browse*: everything about the row that is chosen or active, beside the rows. A part of the
//! program of its own, loaded when it is opened for the first time; only the key that opens it comes with `transfers`.

mod act;
mod edit;
mod follow;
mod history;
mod labels;
mod object;
mod pairs;
mod region;
mod trash;
mod words;

use crate::browser::element::Element;
use crate::browser::style::StyleSheet;
use crate::browser::{clock, element};
use crate::pages::browse::Open;
use crate::pages::shortcuts;
use crate::pages::transfers::Selection;
use crate::reactive::{RwSignal, StoredValue};
use crate::ui::button::button;
use crate::ui::lazy::{Unloaded, lazily};
use crate::ui::piece::{IntoPiece, Piece, live};
use crate::ui::shortcuts::{register_shown, single_keys};
use crate::words::t;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::{on_cleanup, window_event_listener};
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

/// Letters typed with less than this many milliseconds between them belong together.
const TOGETHER_MILLIS: i64 = 1_000;

/// Whether the panel is open.
#[derive(Clone, Copy)]
pub(super) struct Panel {
    shown: RwSignal<bool>,
}

impl Panel {
    pub(super) fn new() -> Self {
        Self { shown: RwSignal::new(false) }
    }
}

/// The button that opens and closes the panel. `needed`: also where there is little room.
pub(super) fn opener(panel: Panel, needed: bool) -> Piece {
    let class = if needed { "button" } else { "button button--details" };
    button(class, t!("Details"), move || panel.shown.update(|shown| *shown = !*shown))
        .live("aria-expanded", move || if panel.shown.get() { "true" } else { "false" })
        .set("aria-keyshortcuts", "i")
        .piece()
}

/// The panel, while it is open, and the keys that open and close it.
pub(super) fn beside(open: Open, selection: Selection, panel: Panel) -> Piece {
    follow_keys(open, panel);
    live(move || panel.shown.get().then(|| lazily(load, || ().piece(), move || draw(open, selection, panel))))
}

/// How it looks.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_panel.css"));

#[wasm_split(panel, wasm_split_path = leptos::wasm_split, fallible, preload(load_draw))]
fn draw(open: Open, selection: Selection, panel: Panel) -> Result<Piece, Unloaded> {
    STYLE.adopt();
    Ok(region::region(open, selection, panel))
}

fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_draw().boxed_local()
}

/// `i` opens and closes, unless it belongs to a name that is being typed; Escape closes.
fn follow_keys(open: Open, panel: Panel) {
    register_shown(&shortcuts::DETAILS);
    let typed = StoredValue::new(0_i64);
    let listener = window_event_listener(ev::keydown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let within = |selector: &str| target.as_ref().is_some_and(|target| target.matches(selector).unwrap_or(false));
        if event.default_prevented() && event.key() == "Escape" || has_modifier(&event) || within("dialog *, dialog, [popover] *") {
            return;
        }
        let now = clock::now().millis();
        let in_rows = within("[role=grid]");
        match event.key().as_str() {
            "i" if in_rows && (!single_keys() || now - typed.get_value() < TOGETHER_MILLIS) => {
                open.aim.typed.set(Some("i".into()));
            }
            "i" if single_keys() && !within("input, textarea, select, [contenteditable]") => {
                event.prevent_default();
                return panel.shown.update(|shown| *shown = !*shown);
            }
            "Escape" if panel.shown.get_untracked() && (in_rows || within(".panel *, .panel")) => {
                panel.shown.set(false);
                if let Some(rows) = open.aim.container.get() {
                    element::focus(&rows);
                }
            }
            _ => {}
        }
        if in_rows && event.key().chars().nth(1).is_none() && event.key() != " " {
            typed.set_value(now);
        }
    });
    on_cleanup(move || listener.remove());
}

fn has_modifier(event: &KeyboardEvent) -> bool {
    event.alt_key() || event.ctrl_key() || event.meta_key()
}
