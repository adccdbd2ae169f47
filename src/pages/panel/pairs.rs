//! Names with values that a person edits.

use crate::browser::{element, format};
use crate::reactive::{Memo, RwSignal, StoredValue, effect};
use crate::ui::button::button;
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, list, live, tag};
use crate::words::{filled, t, translated};
use leptos::prelude::event_target_value;

/// A name, its value, and a number that stays while both are typed.
type Line = (u32, String, String);

/// What is said of lines of a kind, with a place for a line's number where it is about one. Translated where it is shown.
pub(super) struct Labels {
    /// Names the button for one more.
    pub(super) add: &'static str,
    pub(super) name: &'static str,
    pub(super) value: &'static str,
    pub(super) remove: &'static str,
}

/// Names with values.
#[derive(Clone, Copy)]
pub(super) struct Pairs {
    lines: RwSignal<Vec<Line>>,
    /// The number of the next line, and of the one that was added last.
    next: StoredValue<u32>,
    fresh: StoredValue<Option<u32>>,
}

impl Pairs {
    pub(super) fn new() -> Self {
        Self { lines: RwSignal::new(Vec::new()), next: StoredValue::new(0), fresh: StoredValue::new(None) }
    }

    /// Begins with these.
    pub(super) fn set(self, pairs: impl IntoIterator<Item = (String, String)>) {
        let lines = pairs.into_iter().map(|(name, value)| (self.number(), name, value)).collect();
        self.fresh.set_value(None);
        self.lines.set(lines);
    }

    /// What there is. Tracked.
    pub(super) fn get(self) -> Vec<(String, String)> {
        self.lines.with(|lines| lines.iter().map(|(_, name, value)| (name.clone(), value.clone())).collect())
    }

    fn number(self) -> u32 {
        self.next
            .try_update_value(|next| {
                *next += 1;
                *next
            })
            .unwrap_or_default()
    }

    /// The lines with a button for one more, up to `most`.
    pub(super) fn editor(self, labels: &'static Labels, most: usize) -> Piece {
        let ids = Memo::new(move || self.lines.with(|lines| lines.iter().map(|(id, ..)| *id).collect::<Vec<u32>>()));
        let lines = live(move || list(ids.get().into_iter().enumerate().map(|(at, id)| self.line(labels, at + 1, id))));
        let add = live(move || {
            (ids.with(Vec::len) < most).then(|| {
                button("button button--inline", translated(labels.add), move || {
                    let id = self.number();
                    self.fresh.set_value(Some(id));
                    self.lines.update(|lines| lines.push((id, String::new(), String::new())));
                })
            })
        });
        [tag("div").class("pairs").child(lines).piece(), add].piece()
    }

    fn line(self, labels: &'static Labels, at: usize, id: u32) -> Tag {
        let part = move |pick: fn(&Line) -> &String| {
            self.lines.with(|lines| lines.iter().find(|line| line.0 == id).map(|line| pick(line).clone()).unwrap_or_default())
        };
        let change = move |put: fn(&mut Line) -> &mut String, text: String| {
            self.lines.update(|lines| {
                if let Some(line) = lines.iter_mut().find(|line| line.0 == id) {
                    *put(line) = text;
                }
            });
        };
        let named = |text| filled(text, &[&format::count(at as u64)]);
        let first = ElementRef::new();
        if self.fresh.get_value() == Some(id) {
            effect(move || {
                if let Some(first) = first.get() {
                    element::focus(&first);
                }
            });
        }
        let field = |label: String| {
            tag("input")
                .class("field mono")
                .set("type", "text")
                .set("autocomplete", "off")
                .set("spellcheck", "false")
                .set("aria-label", label)
        };
        tag("div")
            .class("pairs__line")
            .child(
                field(named(labels.name))
                    .reference(first)
                    .live_value(move || part(|line| &line.1))
                    .on("input", move |event| change(|line| &mut line.1, event_target_value(&event))),
            )
            .child(
                field(named(labels.value))
                    .live_value(move || part(|line| &line.2))
                    .on("input", move |event| change(|line| &mut line.2, event_target_value(&event))),
            )
            .child(
                button("button button--inline", t!("Remove"), move || self.lines.update(|lines| lines.retain(|line| line.0 != id)))
                    .set("aria-label", named(labels.remove)),
            )
    }
}
