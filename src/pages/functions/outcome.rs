//! What came back from a function.

use crate::browser::{clock, format, task, timer};
use crate::model::json::layout;
use crate::pages::problem::failure_notice;
use crate::reactive::{Memo, RwSignal, effect};
use crate::state::invocation::{FunctionError, Invocation, InvocationState, LogTail, Outcome};
use crate::ui::announce;
use crate::ui::button::button;
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag, text};
use crate::words::t;

/// Milliseconds between two readings of the elapsed time.
const TICK_MILLIS: u32 = 100;

/// The result's pane.
pub(super) fn pane(invocation: Invocation) -> Tag {
    let state = invocation.state();
    let running = Memo::new(move || state.with(|state| *state == InvocationState::Running));
    let elapsed = RwSignal::new(0_u32);
    effect(move || {
        if running.get() {
            elapsed.set(0);
            task::spawn(count(running, elapsed));
        }
    });
    let bar = live(move || match state.get() {
        InvocationState::Done { outcome, milliseconds } => figures(&outcome, milliseconds).piece(),
        InvocationState::Running => {
            let running = text(move || t!("running for {duration}", duration = format::duration(elapsed.get())));
            let stop = button("button button--inline", t!("Stop waiting"), move || invocation.cancel());
            [tag("ul").class("figures small").child(tag("li").child(running)).piece(), stop.piece()].piece()
        }
        _ => ().piece(),
    });
    let spoken = Memo::new(move || state.with(spoken));
    effect(move || announce::say("function", spoken.get()));
    let outcome = tag("div")
        .class("outcome")
        .set("tabindex", "0")
        .set("role", "group")
        .set("aria-labelledby", "result")
        .child(live(move || content(state.get())));
    tag("section")
        .class("pane")
        .set("aria-labelledby", "result")
        .child(tag("div").class("pane__bar").child(tag("h3").set("id", "result").child(t!("Result"))).child(bar))
        .child(outcome)
}

/// Keeps `elapsed` up to date while the function runs.
async fn count(running: Memo<bool>, elapsed: RwSignal<u32>) {
    let started = clock::now();
    while running.try_get_untracked() == Some(true) {
        let millis = clock::now().millis_since(started).clamp(0, i64::from(u32::MAX));
        // Tenths of a second are shown; more would be noise.
        let _ = elapsed.try_set(u32::try_from(millis).unwrap_or_default() / TICK_MILLIS * TICK_MILLIS);
        timer::sleep(TICK_MILLIS).await;
    }
}

fn figures(outcome: &Outcome, milliseconds: u32) -> Tag {
    let (class, verdict) = match &outcome.error {
        Some(_) => ("bad", t!("function error").to_owned()),
        None => ("good", outcome.status.to_string()),
    };
    let mut rest = vec![format::duration(milliseconds)];
    if let Some(report) = outcome.log.as_ref().and_then(|log| log.report.as_ref()) {
        rest.push(t!("billed {milliseconds} ms", milliseconds = report.billed_ms.to_string()));
        rest.push(t!("{used} of {all} MB", used = report.max_memory_mb, all = report.memory_mb));
    }
    let rest = rest.into_iter().map(|text| tag("li").child(text));
    tag("ul").class("figures small").child(tag("li").class(class).child(verdict)).children(rest)
}

fn content(state: InvocationState) -> Piece {
    match state {
        InvocationState::Idle => notice(
            Notice::new(
                Kind::Empty,
                t!("Nothing invoked yet"),
                t!("What the function returns, how long it took and the end of its log will stand here."),
                t!("Write a payload, then invoke."),
            ),
            None,
        )
        .piece(),
        InvocationState::Running => {
            tag("div").class("output").set("aria-hidden", "true").child(tag("span").class("skeleton skeleton--name")).piece()
        }
        InvocationState::Cancelled => notice(
            Notice::new(
                Kind::Empty,
                t!("You stopped waiting"),
                t!("The function may have run to its end all the same: Lambda does not stop when nobody waits."),
                t!("Look at what it does before you invoke it again."),
            ),
            None,
        )
        .piece(),
        InvocationState::Failed(failure) => notice(failure_notice(t!("The function was not invoked"), failure), None).piece(),
        InvocationState::Done { outcome, .. } => done(outcome),
    }
}

fn done(outcome: Outcome) -> Piece {
    let request =
        |id: String| tag("p").class("outcome__request small secondary").child(t!("Request")).child(" ").child(tag("code").child(id));
    [
        outcome.error.map(said).piece(),
        tag("pre").class("output").child(readable(outcome.payload)).piece(),
        outcome.log.filter(|log| !log.text.is_empty()).map(tail).piece(),
        outcome.request_id.map(request).piece(),
    ]
    .piece()
}

/// The function's own failure, as its own.
fn said(error: FunctionError) -> Tag {
    let how = if error.kind == "Handled" {
        t!("The function ended with an error of its own; Lambda and the portal did their part.")
    } else {
        t!("The function broke off; Lambda and the portal did their part.")
    };
    let what = match (error.error_type, error.message) {
        (Some(kind), Some(message)) => format!("{kind}: {message}"),
        (kind, message) => kind.or(message).unwrap_or_default(),
    };
    tag("div").class("outcome__error").child(tag("p").child(how)).child(tag("p").child(tag("strong").child(what)))
}

fn tail(log: LogTail) -> Tag {
    tag("section").class("log").child(tag("h4").child(t!("End of the log"))).child(tag("pre").class("output").child(log.text))
}

/// JSON set out, other text as it is, anything else by its size.
fn readable(payload: Vec<u8>) -> String {
    if payload.is_empty() {
        return t!("(nothing)").into();
    }
    match String::from_utf8(payload) {
        Ok(text) => layout::format(&text).unwrap_or(text),
        Err(error) => t!("({size} that are not text)", size = format::size(error.as_bytes().len() as u64)),
    }
}

fn spoken(state: &InvocationState) -> String {
    match state {
        InvocationState::Idle => String::new(),
        InvocationState::Running => t!("The function is running.").into(),
        InvocationState::Cancelled => t!("Stopped waiting.").into(),
        InvocationState::Failed(failure) => failure.message.clone(),
        InvocationState::Done { outcome, .. } if outcome.error.is_some() => t!("The function ended with an error.").into(),
        InvocationState::Done { milliseconds, .. } => {
            t!("The function answered after {duration}.", duration = format::duration(*milliseconds))
        }
    }
}
