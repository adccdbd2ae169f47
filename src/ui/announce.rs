//! What is said to people who do not see the page: one place for the whole portal, in its turn, and politely.
//!
//! It is said once nothing new came for a moment, of each matter the newest; what is said twice is heard twice. [`tell`]
//! shows it for a while too, for what has no other place on the page.

use crate::browser::element;
use crate::browser::style::StyleSheet;
use crate::browser::timer::Timer;
use crate::ui::piece::{Tag, tag};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Milliseconds without anything new after which it is said.
const REST_MILLIS: u32 = 400;

/// Milliseconds for which it is shown.
const SHOWN_MILLIS: u32 = 6_000;

/// How it looks where it is shown.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../style/_announce.css"));

struct Pending {
    /// What is to be said, and of what: the newest of each.
    words: Vec<(&'static str, String)>,
    shown: bool,
    last: String,
    saying: Option<Timer>,
    hiding: Option<Timer>,
}

static PENDING: Mutex<Pending> = Mutex::new(Pending { words: Vec::new(), shown: false, last: String::new(), saying: None, hiding: None });

fn pending() -> MutexGuard<'static, Pending> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where it is said. Once a page.
#[must_use]
pub fn place() -> Tag {
    STYLE.adopt();
    // What was to be said before there was a place for it.
    pending().saying = Some(Timer::after(REST_MILLIS, speak));
    tag("p").set("id", "said").class("unseen").set("role", "status")
}

/// Says something of `what`, instead of what was to be said of it and is not said yet.
pub fn say(what: &'static str, words: impl Into<String>) {
    put(what, words.into(), false);
}

/// The same, and shows it.
pub fn tell(what: &'static str, words: impl Into<String>) {
    put(what, words.into(), true);
}

fn put(what: &'static str, words: String, shown: bool) {
    let mut pending = pending();
    pending.words.retain(|(before, _)| *before != what);
    if !words.is_empty() {
        pending.words.push((what, words));
    }
    pending.shown |= shown;
    pending.saying = Some(Timer::after(REST_MILLIS, speak));
}

fn speak() {
    let mut pending = pending();
    pending.saying = None;
    let Some(place) = element::find("#said") else { return };
    let words: Vec<String> = std::mem::take(&mut pending.words).into_iter().map(|(_, words)| words).collect();
    let shown = std::mem::take(&mut pending.shown);
    if words.is_empty() {
        return;
    }
    let mut text = words.join(". ");
    // Nothing is heard of a text that stays the same.
    if text == pending.last {
        text.push('\u{a0}');
    }
    pending.last.clone_from(&text);
    place.set_text_content(Some(&text));
    place.set_class_name(if shown { "said" } else { "unseen" });
    pending.hiding = shown.then(|| Timer::after(SHOWN_MILLIS, hide));
}

fn hide() {
    pending().hiding = None;
    if let Some(place) = element::find("#said") {
        place.set_class_name("unseen");
    }
}
