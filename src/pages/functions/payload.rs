//! The payload: a text that has to be JSON before it is sent.

use super::json::{self, Fault};
use crate::browser::element;
use crate::ui::piece::{IntoPiece, Piece};
use leptos::html::Textarea;
use leptos::prelude::*;

/// What stands in the editor of a function that was not opened before.
const FRESH: &str = "{}";

/// The editor's text, one for each function while the page is open.
#[derive(Clone, Copy)]
pub(super) struct Payload {
    text: RwSignal<String>,
    fault: Memo<Option<Fault>>,
    /// Counts the times that somebody tried to send a text that is not JSON.
    insisted: RwSignal<u32>,
    editor: NodeRef<Textarea>,
}

impl Payload {
    /// Follows `function`: each keeps its own text.
    pub(super) fn new(function: Signal<Option<String>>) -> Self {
        let text = RwSignal::new(FRESH.to_owned());
        let kept = StoredValue::new(Vec::<(String, String)>::new());
        Effect::new(move |before: Option<Option<String>>| {
            let now = function.get();
            if let Some(before) = before.flatten().filter(|before| Some(before) != now.as_ref()) {
                kept.update_value(|kept| {
                    kept.retain(|(name, _)| *name != before);
                    kept.push((before, text.get_untracked()));
                });
                let again = kept.with_value(|kept| kept.iter().find(|(name, _)| Some(name) == now.as_ref()).map(|(_, text)| text.clone()));
                text.set(again.unwrap_or_else(|| FRESH.to_owned()));
            }
            now
        });
        let fault = Memo::new(move |_| text.with(|text| fault(text)));
        Self { text, fault, insisted: RwSignal::new(0), editor: NodeRef::new() }
    }

    /// The text as it will be sent.
    pub(super) fn text(self) -> String {
        self.text.get_untracked()
    }

    /// Why the text cannot be sent, if so.
    pub(super) fn fault(self) -> Signal<Option<Fault>> {
        self.fault.into()
    }

    /// Whether the text can be sent. Where not, the mistake is told again and the editor gets the
    /// focus.
    pub(super) fn insist(self) -> bool {
        let fine = self.fault.with_untracked(Option::is_none);
        if !fine {
            self.insisted.update(|times| *times += 1);
            if let Some(editor) = self.editor.get_untracked() {
                element::focus(&editor);
            }
        }
        fine
    }

    /// The editor with its bar and the line that tells mistakes.
    pub(super) fn pane(self) -> Piece {
        let Self { text, fault, insisted, editor } = self;
        let wrong = Memo::new(move |_| fault.with(Option::is_some));
        let told = move || fault.with(|fault| fault.as_ref().map_or_else(|| "JSON, sent as it stands".to_owned(), ToString::to_string));
        let spoken = move || {
            insisted.track();
            wrong.get_untracked().then(told)
        };
        let tidy = move |_| {
            if let Ok(tidied) = text.with_untracked(|text| json::format(text)) {
                text.set(tidied);
            }
        };
        view! {
            <section class="pane" aria-labelledby="payload">
                <div class="pane__bar">
                    <h3 id="payload">"Payload"</h3>
                    <button class="button button--inline" type="button" aria-disabled=move || wrong.get().then_some("true") on:click=tidy>
                        "Format"
                    </button>
                </div>
                <textarea
                    node_ref=editor
                    class="editor"
                    aria-labelledby="payload"
                    aria-describedby="payload-check"
                    aria-invalid=move || wrong.get().to_string()
                    spellcheck="false"
                    autocapitalize="off"
                    prop:value=text
                    on:input=move |event| text.set(event_target_value(&event))
                >
                    {FRESH}
                </textarea>
                <p class="pane__foot" class:pane__foot--wrong=wrong id="payload-check">{told}</p>
                <p class="unseen" role="status">{spoken}</p>
            </section>
        }
        .piece()
    }
}

/// A blank text is an invocation without payload, which Lambda takes.
fn fault(text: &str) -> Option<Fault> {
    if text.trim().is_empty() { None } else { json::format(text).err() }
}

#[cfg(test)]
mod tests {
    use super::{FRESH, fault};

    #[test]
    fn blank_is_fine_and_half_is_not() {
        assert_eq!(fault(FRESH), None);
        assert_eq!(fault(" \n"), None);
        assert!(fault("{").is_some());
    }
}
