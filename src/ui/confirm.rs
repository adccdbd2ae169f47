//! The question before something that cannot be taken back. The browser's own dialog: it keeps the
//! focus inside, closes on Escape and gives the focus back.

use crate::browser::element;
use crate::browser::style::StyleSheet;
use crate::reactive::{Memo, RwSignal, effect};
use crate::ui::button::button;
use crate::ui::piece::{ElementRef, IntoPiece, Tag, live, tag, text};
use crate::ui::popover::facts;
use crate::words::t;
use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::event_target_value;
use leptos::wasm_bindgen::JsCast;

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The question itself.
    pub title: String,
    /// What it is about.
    pub facts: Vec<(&'static str, String)>,
    /// What will happen, and what will not.
    pub sentences: Vec<String>,
    /// Where what is told is explained.
    pub explained: Option<String>,
    /// The button that does it: a verb. Empty where there is nothing to do.
    pub verb: String,
    /// What has to be typed before.
    pub typed: Option<String>,
    /// Another thing to do instead.
    pub instead: Option<&'static str>,
}

/// How dialogs look. Only parts of the program that are loaded later ask questions.
pub static STYLE: StyleSheet = StyleSheet::new(include_str!("../../style/_dialog.css"));

/// Shows the dialog while there is something in `asked`. `agree` and `instead` are called once the
/// dialog is gone; nothing is when the person cancels.
pub fn confirm(
    asked: RwSignal<Option<Question>>,
    agree: impl Fn() + Copy + Send + 'static,
    instead: impl Fn() + Copy + Send + 'static,
) -> Tag {
    confirm_as("dialog", asked, agree, instead)
}

/// The same beside others: `id` tells it from them.
pub fn confirm_as(
    id: &'static str,
    asked: RwSignal<Option<Question>>,
    agree: impl Fn() + Copy + Send + 'static,
    instead: impl Fn() + Copy + Send + 'static,
) -> Tag {
    let (title_id, text_id) = ([id, "-title"].concat(), [id, "-text"].concat());
    STYLE.adopt();
    let dialog = ElementRef::new();
    let (cancel, input) = (ElementRef::new(), ElementRef::new());
    let written = RwSignal::new(String::new());
    let question = Memo::new(move || asked.get().unwrap_or_default());
    effect(move || {
        let Some(dialog) = dialog.get() else { return };
        let Some(question) = asked.get() else { return element::close_dialog(&dialog) };
        written.set(String::new());
        element::show_dialog(&dialog);
        // The way out has the focus, unless something is to be typed.
        let first = if question.typed.is_some() { input } else { cancel };
        if let Some(first) = first.get() {
            element::focus(&first);
        }
    });
    let ready =
        Memo::new(move || question.with(|question| question.typed.as_ref().is_none_or(|typed| written.with(|text| text.trim() == typed))));
    let close = move || asked.set(None);
    let go = move || {
        if ready.get_untracked() {
            close();
            agree();
        }
    };
    let on_key = move |event: Event| {
        if event.dyn_into::<KeyboardEvent>().is_ok_and(|event| event.key() == "Enter") {
            go();
        }
    };
    let told = live(move || {
        let question = question.get();
        let pairs = question.facts.into_iter().map(|(name, value)| (name, value.piece()));
        let link = question.explained.map(|href| tag("p").child(tag("a").set("href", href).child(t!("What this means"))));
        let sentences = question.sentences.into_iter().map(|sentence| tag("p").child(sentence));
        [facts(pairs).piece(), tag("div").children(sentences).child(link).piece()].piece()
    });
    let label = move || question.with(|question| question.typed.as_ref().map(|typed| t!("Type {words} to confirm", words = typed)));
    let typing = tag("label")
        .class("dialog__typing")
        .live("hidden", move || question.with(|question| question.typed.is_none()))
        .child(tag("span").child(text(label)))
        .child(
            tag("input")
                .reference(input)
                .class("field")
                .set("type", "text")
                .set("autocomplete", "off")
                .set("inputmode", "numeric")
                .live_value(move || written.get())
                .on("input", move |event| written.set(event_target_value(&event)))
                .on("keydown", on_key),
        );
    let other = button("button button--bare", text(move || question.with(|question| question.instead)), move || {
        close();
        instead();
    })
    .live("hidden", move || question.with(|question| question.instead.is_none()));
    let agree = button("button button--danger", text(move || question.with(|question| question.verb.clone())), go)
        .live("hidden", move || question.with(|question| question.verb.is_empty()))
        .live("aria-disabled", move || (!ready.get()).then_some("true"));
    tag("dialog")
        .reference(dialog)
        .class("dialog")
        .set("aria-labelledby", title_id.clone())
        .set("aria-describedby", text_id.clone())
        .on("close", move |_| {
            // Escape: the browser has closed it already.
            if asked.with_untracked(Option::is_some) {
                close();
            }
        })
        .child(tag("h2").set("id", title_id).child(text(move || question.with(|question| question.title.clone()))))
        .child(tag("div").class("dialog__text").set("id", text_id).child(told))
        .child(typing)
        .child(tag("div").class("dialog__actions").child(other).child(button("button", t!("Cancel"), close).reference(cancel)).child(agree))
}
