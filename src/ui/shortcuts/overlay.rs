//! The list of shortcuts: those that work on the page that is open, and whether single characters are among them.

use super::{Combination, Group, Shortcut, set_single_keys, shown, single_keys};
use crate::browser::element;
use crate::browser::keyboard;
use crate::browser::style::StyleSheet;
use crate::reactive::{RwSignal, effect};
use crate::ui::button::button;
use crate::ui::confirm;
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, list, live, tag};
use crate::words::{t, translated};
use leptos::ev::Event;

/// How it looks, beside what every dialog has.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_shortcuts.css"));

/// Shows the list while `open`.
pub fn overlay(open: RwSignal<bool>) -> Piece {
    confirm::STYLE.adopt();
    STYLE.adopt();
    let (dialog, close) = (ElementRef::new(), ElementRef::new());
    effect(move || {
        let Some(dialog) = dialog.get() else { return };
        if !open.get() {
            return element::close_dialog(&dialog);
        }
        element::show_dialog(&dialog);
        if let Some(close) = close.get() {
            element::focus(&close);
        }
    });
    tag("dialog")
        .reference(dialog)
        .class("dialog dialog--wide")
        .set("aria-labelledby", "shortcuts-title")
        .on("close", move |_| {
            // Escape: the browser has closed it already.
            if open.get_untracked() {
                open.set(false);
            }
        })
        .child(tag("h2").set("id", "shortcuts-title").child(t!("Keyboard shortcuts")))
        .child(live(move || open.get().then(content)))
        .child(tag("div").class("dialog__actions").child(button("button", t!("Close"), move || open.set(false)).reference(close)))
        .piece()
}

fn content() -> Piece {
    let on = RwSignal::new(single_keys());
    let shown = shown();
    let groups: Vec<Piece> = Group::ALL
        .into_iter()
        .filter_map(|group| {
            let rows: Vec<Tag> = shown.iter().filter(|shortcut| shortcut.group == group).map(|shortcut| row(shortcut, on)).collect();
            (!rows.is_empty()).then(|| {
                let id = format!("shortcuts-{group:?}");
                tag("section")
                    .set("aria-labelledby", id.clone())
                    .child(tag("h3").set("id", id).child(translated(group.title())))
                    .child(tag("dl").class("shortcuts__list").children(rows))
                    .piece()
            })
        })
        .collect();
    let turn = move |_: Event| {
        let now = !on.get_untracked();
        set_single_keys(now);
        on.set(now);
    };
    let choice = tag("label")
        .class("dialog__choice shortcuts__choice")
        .child(tag("input").set("type", "checkbox").set("checked", on.get_untracked()).on("change", turn))
        .child(tag("span").child(t!(
            "Single characters are shortcuts. Switch this off where you dictate, or where they get in your way. The others stay."
        )));
    [tag("div").class("shortcuts").children(groups).piece(), choice.piece()].piece()
}

fn row(shortcut: &'static Shortcut, on: RwSignal<bool>) -> Tag {
    let ways = shortcut.ways.iter().map(|way| {
        let combination = Combination::read(way);
        let keys = combination.labels(keyboard::is_apple()).into_iter().map(|label| tag("kbd").child(label));
        let off = move || combination.is_single() && !on.get();
        tag("span")
            .live("class", move || if off() { "shortcuts__way shortcuts__way--off" } else { "shortcuts__way" })
            .set("data-way", *way)
            .children(keys)
            .child(live(move || off().then(|| tag("span").class("unseen").child(t!("off")))))
    });
    tag("div").child(tag("dt").child(translated(shortcut.words))).child(tag("dd").child(list(ways)))
}
