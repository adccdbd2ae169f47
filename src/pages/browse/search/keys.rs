//! The keyboard's ways to the search, from it, and to a row by its first letters.

use super::super::folder::Open;
use super::tools;
use crate::browser::keyboard::{self, When};
use crate::browser::{clock, element};
use crate::pages::shortcuts;
use crate::reactive::{RwSignal, StoredValue, effect};
use crate::ui::piece::ElementRef;
use crate::ui::shortcuts::{register, register_within};
use crate::ui::table::Goal;
use leptos::prelude::on_cleanup;

/// Letters typed with less than this many milliseconds between them belong together.
const TOGETHER_MILLIS: i64 = 1_000;

/// `/` leads into the box, and `g` to go to a name; from there Enter and Arrow Down lead to the rows, Ctrl and Enter to
/// the row of that name, Escape empties the box and then leads to the rows. Gives whether a name is wanted.
pub(super) fn follow(open: Open, field: ElementRef, wanted: RwSignal<Option<String>>) -> RwSignal<bool> {
    let going = RwSignal::new(false);
    let into = move |goes: bool| {
        let focused = field.get().map(|field| element::focus(&field)).is_some();
        // What has the focus until then loses it first.
        going.set(goes);
        focused
    };
    register(&shortcuts::SEARCH, move |_| into(false));
    register(&shortcuts::GO, move |_| into(true));
    let ask = move || {
        going.set(false);
        tools::ask(open, wanted);
        true
    };
    register_within(&shortcuts::GO_SOUGHT, field, move |_| ask());
    register_within(&shortcuts::TO_ROWS, field, move |press| {
        if going.get_untracked() && press.key == "Enter" && !open.sought.with_untracked(String::is_empty) {
            return ask();
        }
        enter(open);
        true
    });
    register_within(&shortcuts::EMPTY, field, move |_| {
        if open.sought.with_untracked(String::is_empty) {
            enter(open);
        } else {
            open.sought.set(String::new());
        }
        true
    });
    // Whoever leaves the box has thought better of it.
    let left = keyboard::hear("focusout", When::After, move |_| {
        if going.try_get_untracked() == Some(true) {
            going.set(false);
        }
    });
    on_cleanup(move || {
        let _ended = left;
    });
    type_ahead(open);
    going
}

/// Gives the focus to the rows.
pub(super) fn enter(open: Open) {
    if let Some(container) = open.aim.container.get() {
        element::focus(&container);
    }
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
