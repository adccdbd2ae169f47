//! The keyboard's ways to the search, from it, and to a row by its first letters.

use super::super::folder::Open;
use super::tools;
use crate::browser::element::Element;
use crate::browser::{clock, element};
use crate::reactive::{RwSignal, StoredValue, effect};
use crate::ui::piece::ElementRef;
use crate::ui::table::Goal;
use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::{on_cleanup, window_event_listener};
use leptos::wasm_bindgen::JsCast;

/// Letters typed with less than this many milliseconds between them belong together.
const TOGETHER_MILLIS: i64 = 1_000;

/// `/` leads into the box; from there Enter and Arrow Down lead to the rows, Ctrl and Enter to the row of that name,
/// Escape empties the box and then leads to the rows.
pub(super) fn follow(open: Open, field: ElementRef, wanted: RwSignal<Option<String>>) {
    let listener = window_event_listener(ev::keydown, move |event| {
        let Some(field) = field.get() else { return };
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let handled = match target {
            Some(target) if target == *field.unchecked_ref::<Element>() => in_box(open, &event, wanted),
            ref target if event.key() == "/" && !has_modifier(&event) && !target.as_ref().is_some_and(takes_text) => {
                element::focus(&field);
                true
            }
            _ => false,
        };
        if handled {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
    type_ahead(open);
}

/// Gives the focus to the rows.
pub(super) fn enter(open: Open) {
    if let Some(container) = open.aim.container.get() {
        element::focus(&container);
    }
}

fn in_box(open: Open, event: &KeyboardEvent, wanted: RwSignal<Option<String>>) -> bool {
    // Enter ends the composition of a character, where characters are composed.
    if event.is_composing() {
        return false;
    }
    match event.key().as_str() {
        "Enter" if event.ctrl_key() || event.meta_key() => tools::ask(open, wanted),
        "Escape" if !open.sought.with_untracked(String::is_empty) => open.sought.set(String::new()),
        "Enter" | "ArrowDown" | "Escape" => enter(open),
        _ => return false,
    }
    true
}

fn has_modifier(event: &KeyboardEvent) -> bool {
    event.alt_key() || event.ctrl_key() || event.meta_key()
}

fn takes_text(element: &Element) -> bool {
    element.matches("input, textarea, select, [contenteditable], dialog *").unwrap_or(false)
}

/// The next row that begins with what is typed; the same letter again and again goes from one to the next.
fn type_ahead(open: Open) {
    let typed = StoredValue::new((String::new(), 0_i64));
    effect(move || {
        let Some(letter) = open.aim.typed.get() else { return };
        open.aim.typed.set(None);
        let now = clock::now().millis();
        let mut beginning = String::new();
        typed.update_value(|(text, at)| {
            if now - *at > TOGETHER_MILLIS {
                text.clear();
            }
            *at = now;
            text.push_str(&letter);
            beginning.clone_from(text);
        });
        let again = beginning.replace(&letter, "").is_empty();
        let (from, beginning) = (open.aim.cursor.get_untracked() + usize::from(again), if again { letter } else { beginning });
        if let Some(row) = open.source.get_untracked().next_with(from, &beginning) {
            open.aim.moved.set(true);
            open.aim.goal.set(Some(Goal { row: Some(row), top: None }));
        }
    });
}
