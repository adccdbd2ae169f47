//! The payload: a text that has to be JSON before it is sent.

use crate::browser::element;
use crate::model::json::layout;
use crate::reactive::{Memo, RwSignal, Signal, StoredValue, effect};
use crate::state::invocation::{Mode, too_large};
use crate::ui::announce;
use crate::ui::button::button;
use crate::ui::piece::{ElementRef, Tag, tag, text};
use crate::words::t;
use leptos::prelude::event_target_value;

/// What stands in the editor of a function that was not opened before.
const FRESH: &str = "{}";

/// The editor's text, one for each function while the page is open.
#[derive(Clone, Copy)]
pub(super) struct Payload {
    written: RwSignal<String>,
    /// Why the text cannot be sent, if so.
    fault: Memo<Option<String>>,
    wrong: Memo<bool>,
    /// Counts the times that somebody tried to send a text that is not JSON.
    insisted: RwSignal<u32>,
    editor: ElementRef,
}

impl Payload {
    /// Follows `function`: each keeps its own text. How much of it can be sent depends on `mode`.
    pub(super) fn new(function: Signal<Option<String>>, mode: Signal<Mode>) -> Self {
        let written = RwSignal::new(FRESH.to_owned());
        let kept = StoredValue::new(Vec::<(String, String)>::new());
        let mut before = None;
        effect(move || {
            let now = function.get();
            if let Some(before) = before.take().filter(|before| Some(before) != now.as_ref()) {
                kept.update_value(|kept| {
                    kept.retain(|(name, _)| *name != before);
                    kept.push((before, written.get_untracked()));
                });
                let again = kept.with_value(|kept| kept.iter().find(|(name, _)| Some(name) == now.as_ref()).map(|(_, text)| text.clone()));
                written.set(again.unwrap_or_else(|| FRESH.to_owned()));
            }
            before = now;
        });
        let fault = Memo::new(move || written.with(|text| fault(mode.get(), text)));
        let wrong = Memo::new(move || fault.with(Option::is_some));
        Self { written, fault, wrong, insisted: RwSignal::new(0), editor: ElementRef::new() }
    }

    /// The text as it will be sent.
    pub(super) fn text(self) -> String {
        self.written.get_untracked()
    }

    /// Whether the text cannot be sent.
    pub(super) fn wrong(self) -> Memo<bool> {
        self.wrong
    }

    /// Whether the text can be sent. Where not, the mistake is told again and the editor gets the
    /// focus.
    pub(super) fn insist(self) -> bool {
        let fine = !self.wrong.get_untracked();
        if !fine {
            self.insisted.update(|times| *times += 1);
            if let Some(editor) = self.editor.get() {
                element::focus(&editor);
            }
        }
        fine
    }

    /// The editor with its bar and the line that tells mistakes.
    pub(super) fn pane(self) -> Tag {
        let Self { written, fault, wrong, insisted, editor } = self;
        let told = move || fault.get().unwrap_or_else(|| t!("JSON, sent as it stands").to_owned());
        let spoken = move || {
            insisted.track();
            wrong.get_untracked().then(told)
        };
        effect(move || announce::say("payload", spoken().unwrap_or_default()));
        let tidy = move || {
            if let Ok(tidied) = written.with_untracked(|text| layout::format(text)) {
                written.set(tidied);
            }
        };
        let bar = tag("div")
            .class("pane__bar")
            .child(tag("h3").set("id", "payload").child(t!("Payload")))
            .child(button("button button--inline", t!("Format"), tidy).live("aria-disabled", move || wrong.get().then_some("true")));
        let area = tag("textarea")
            .reference(editor)
            .class("editor")
            .set("aria-labelledby", "payload")
            .set("aria-describedby", "payload-check")
            .live("aria-invalid", move || wrong.get().to_string())
            .set("spellcheck", "false")
            .set("autocapitalize", "off")
            .live_value(move || written.get())
            .on("input", move |event| written.set(event_target_value(&event)))
            .child(FRESH);
        let class = move || if wrong.get() { "pane__foot pane__foot--wrong" } else { "pane__foot" };
        tag("section")
            .class("pane")
            .set("aria-labelledby", "payload")
            .child(bar)
            .child(area)
            .child(tag("p").live("class", class).set("id", "payload-check").child(text(told)))
    }
}

/// Why a text cannot be sent. A blank one is an invocation without payload, which Lambda takes.
fn fault(mode: Mode, text: &str) -> Option<String> {
    if let Some(failure) = too_large(mode, text.len()) {
        return Some([failure.message, failure.next_step].join(" "));
    }
    if text.trim().is_empty() { None } else { layout::format(text).err().map(|fault| fault.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::{FRESH, Mode, fault};

    #[test]
    fn blank_is_fine_and_half_is_not() {
        let fault = |text| fault(Mode::RequestResponse, text);
        assert_eq!(fault(FRESH), None);
        assert_eq!(fault(" \n"), None);
        assert_eq!(fault("{").unwrap(), "Line 1, column 2: the text ends before the closing brace.");
    }

    #[test]
    fn what_is_too_large_is_told_before_it_is_sent() {
        let text = format!("\"{}\"", "x".repeat(2_000_000));
        assert_eq!(fault(Mode::RequestResponse, &text), None);
        assert!(fault(Mode::Event, &text).unwrap().starts_with("The payload has 2.0\u{a0}MB, and Lambda takes 1 MB"));
    }
}
