//! What came back from a function.

use super::json;
use crate::browser::{clock, format, task, timer};
use crate::pages::problem::failure_notice;
use crate::state::invocation::{FunctionError, Invocation, InvocationState, LogTail, Outcome};
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece};
use leptos::prelude::*;

/// Milliseconds between two readings of the elapsed time.
const TICK_MILLIS: u32 = 100;

/// The result's pane.
pub(super) fn pane(invocation: Invocation) -> Piece {
    let state = invocation.state();
    let running = Memo::new(move |_| state.with(|state| *state == InvocationState::Running));
    let elapsed = RwSignal::new(0_u32);
    Effect::new(move |_| {
        if running.get() {
            elapsed.set(0);
            task::spawn(count(running, elapsed));
        }
    });
    let bar = move || match state.get() {
        InvocationState::Done { outcome, milliseconds } => figures(&outcome, milliseconds),
        InvocationState::Running => view! {
            <ul class="figures small"><li>{move || format!("running for {}", format::duration(elapsed.get()))}</li></ul>
            <button class="button button--inline" type="button" on:click=move |_| invocation.cancel()>"Stop waiting"</button>
        }
        .piece(),
        _ => ().piece(),
    };
    let spoken = Memo::new(move |_| state.with(spoken));
    view! {
        <section class="pane" aria-labelledby="result">
            <div class="pane__bar"><h3 id="result">"Result"</h3>{bar}</div>
            <div class="outcome" tabindex="0" role="group" aria-labelledby="result">{move || content(state.get())}</div>
            <p class="unseen" role="status">{spoken}</p>
        </section>
    }
    .piece()
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

fn figures(outcome: &Outcome, milliseconds: u32) -> Piece {
    let (class, verdict) = match &outcome.error {
        Some(_) => ("bad", "function error".to_owned()),
        None => ("good", outcome.status.to_string()),
    };
    let mut rest = vec![format::duration(milliseconds)];
    if let Some(report) = outcome.log.as_ref().and_then(|log| log.report.as_ref()) {
        rest.push(format!("billed {} ms", report.billed_ms));
        rest.push(format!("{} of {} MB", report.max_memory_mb, report.memory_mb));
    }
    let rest = rest.into_iter().map(|text| view! { <li>{text}</li> }).collect_view();
    view! { <ul class="figures small"><li class=class>{verdict}</li>{rest}</ul> }.piece()
}

fn content(state: InvocationState) -> Piece {
    match state {
        InvocationState::Idle => notice(
            Notice::new(
                Kind::Empty,
                "Nothing invoked yet",
                "What the function returns, how long it took and the end of its log will stand here.",
                "Write a payload, then invoke.",
            ),
            None,
        ),
        InvocationState::Running => {
            view! { <div class="output" aria-hidden="true"><span class="skeleton skeleton--name"></span></div> }.piece()
        }
        InvocationState::Cancelled => notice(
            Notice::new(
                Kind::Empty,
                "You stopped waiting",
                "The function may have run to its end all the same: Lambda does not stop when nobody waits.",
                "Look at what it does before you invoke it again.",
            ),
            None,
        ),
        InvocationState::Failed(failure) => notice(failure_notice("The function was not invoked", failure), None),
        InvocationState::Done { outcome, .. } => done(outcome),
    }
}

fn done(outcome: Outcome) -> Piece {
    let request = outcome.request_id.map(|id| view! { <p class="outcome__request small secondary">"Request "<code>{id}</code></p> });
    view! {
        {outcome.error.map(said)}
        <pre class="output">{text(outcome.payload)}</pre>
        {outcome.log.filter(|log| !log.text.is_empty()).map(tail)}
        {request}
    }
    .piece()
}

/// The function's own failure, as its own.
fn said(error: FunctionError) -> Piece {
    let how = if error.kind == "Handled" { "The function ended with an error of its own" } else { "The function broke off" };
    let what = match (error.error_type, error.message) {
        (Some(kind), Some(message)) => format!("{kind}: {message}"),
        (kind, message) => kind.or(message).unwrap_or_default(),
    };
    view! {
        <div class="outcome__error">
            <p>{how}"; Lambda and the portal did their part."</p>
            <p><strong>{what}</strong></p>
        </div>
    }
    .piece()
}

fn tail(log: LogTail) -> Piece {
    view! { <section class="log"><h4>"End of the log"</h4><pre class="output">{log.text}</pre></section> }.piece()
}

/// JSON set out, other text as it is, anything else by its size.
fn text(payload: Vec<u8>) -> String {
    if payload.is_empty() {
        return "(nothing)".into();
    }
    match String::from_utf8(payload) {
        Ok(text) => json::format(&text).unwrap_or(text),
        Err(error) => format!("({} that are not text)", format::size(error.as_bytes().len() as u64)),
    }
}

fn spoken(state: &InvocationState) -> String {
    match state {
        InvocationState::Idle => String::new(),
        InvocationState::Running => "The function is running.".into(),
        InvocationState::Cancelled => "Stopped waiting.".into(),
        InvocationState::Failed(failure) => failure.message.clone(),
        InvocationState::Done { outcome, .. } if outcome.error.is_some() => "The function ended with an error.".into(),
        InvocationState::Done { milliseconds, .. } => format!("The function answered after {}.", format::duration(*milliseconds)),
    }
}
