//! The runs of this tab: what was sent with each, and what differs between two results.

use super::payload::Payload;
use super::result;
use crate::browser::format;
use crate::reactive::{Memo, RwSignal, Signal, effect};
use crate::state::difference::{self, Line};
use crate::state::invocation::history::{self, Run};
use crate::state::invocation::{Invocation, InvocationState};
use crate::ui::button::button;
use crate::ui::piece::{IntoPiece, Piece, Tag, list, live, tag};
use crate::words::{t, tn};
use leptos::prelude::event_target_value;
use std::sync::Arc;

/// The section below a result; nothing before the first.
pub(super) fn section(invocation: Invocation, arn: Signal<Option<String>>, payload: Payload) -> Piece {
    let state = invocation.state();
    // What is remembered changes when an invocation ends, and with the function.
    let runs = move || {
        let _ = state.with(|state| matches!(state, InvocationState::Done(_)));
        arn.get().map(|arn| history::of(&arn)).unwrap_or_default()
    };
    let ended = Memo::new(move || (arn.get(), runs().first().map(|run| run.number)));
    let compared = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    effect(move || {
        ended.track();
        let numbers: Vec<String> = runs().iter().map(|run| run.number.to_string()).collect();
        compared.0.set(numbers.get(1).cloned().unwrap_or_default());
        compared.1.set(numbers.first().cloned().unwrap_or_default());
    });
    live(move || {
        ended.track();
        let runs = runs();
        if runs.is_empty() {
            return None;
        }
        let item = |run: &Arc<Run>| line(run, payload);
        let comparing = (runs.len() > 1).then(|| comparing(&runs, compared));
        let content = tag("section")
            .class("history")
            .set("aria-labelledby", "history")
            .child(tag("h4").set("id", "history").child(t!("History of this tab")))
            .child(tag("ol").children(runs.iter().map(item)))
            .child(comparing);
        Some(content)
    })
}

fn name(run: &Run) -> String {
    t!("Run {number}", number = run.number)
}

fn line(run: &Arc<Run>, payload: Payload) -> Tag {
    let sent = Arc::clone(run);
    let what = run.order.qualifier.as_ref().map(|qualifier| tag("span").class("mono").child(qualifier.clone()));
    tag("li")
        .child(tag("strong").child(name(run)))
        .child(tag("span").class("secondary").child(format::date_time(run.at)))
        .child(what)
        .child(result::figures(&run.done))
        .child(
            button("button button--inline", t!("Use its payload"), move || payload.write(sent.order.payload.clone()))
                .set("aria-label", t!("Use the payload of run {number}", number = run.number)),
        )
}

fn comparing(runs: &[Arc<Run>], (first, second): (RwSignal<String>, RwSignal<String>)) -> Piece {
    let choice = |label: &'static str, chosen: RwSignal<String>| {
        let option = |run: &Arc<Run>| tag("option").set("value", run.number.to_string()).child(name(run));
        tag("select")
            .class("field")
            .set("aria-label", label)
            .live_value(move || chosen.get())
            .on("change", move |event| chosen.set(event_target_value(&event)))
            .children(runs.iter().map(option))
    };
    let kept: Vec<Arc<Run>> = runs.to_vec();
    let find = move |chosen: RwSignal<String>| {
        let number = chosen.get();
        kept.iter().find(|run| run.number.to_string() == number).map(Arc::clone)
    };
    let shown = live(move || {
        let (one, other) = (find(first)?, find(second)?);
        Some(differing(&one.done.outcome.payload, &other.done.outcome.payload))
    });
    let row = tag("p")
        .class("history__compare")
        .child(t!("Compare"))
        .child(choice(t!("The first run to compare"), first))
        .child(choice(t!("The second run to compare"), second));
    [row.piece(), shown].piece()
}

fn differing(one: &[u8], other: &[u8]) -> Piece {
    let words = |words: &'static str| tag("p").class("secondary history__none").child(words).piece();
    if one == other {
        return words(t!("The results are the same."));
    }
    if [one, other].iter().any(|bytes| std::str::from_utf8(bytes).is_err()) {
        return words(t!("The results differ, and not both are text."));
    }
    let text = |bytes| result::readable(bytes).0;
    match difference::between(&text(one), &text(other)) {
        None => words(t!("Nearly everything differs.")),
        Some(lines) if lines.is_empty() => words(t!("What is shown of the results differs in blanks only.")),
        Some(lines) => {
            tag("pre").class("output difference").set("aria-label", t!("Difference")).child(list(lines.into_iter().map(drawn))).piece()
        }
    }
}

fn drawn(line: Line<'_>) -> Tag {
    let (class, mark, text) = match line {
        Line::Same(text) => ("", "  ", text.to_owned()),
        Line::Gone(text) => ("difference--gone", "- ", text.to_owned()),
        Line::New(text) => ("difference--new", "+ ", text.to_owned()),
        Line::Between(lines) => {
            ("difference--between", "", tn!(lines, "… {count} line that is the same", "… {count} lines that are the same"))
        }
    };
    tag("span").class(class).child(mark).child(text).child("\n")
}
