//! What came back from a function.

use super::json;
use super::report::Report;
use crate::browser::{clock, format, task, timer};
use crate::pages::problem::failure_notice;
use crate::state::invocation::{Invocation, InvocationState, Outcome};
use crate::ui::notice::{Kind, Notice, notice};
use leptos::prelude::*;

/// Milliseconds between two readings of the elapsed time.
const TICK_MILLIS: u32 = 100;

/// The result's pane.
pub(super) fn pane(invocation: Invocation) -> AnyView {
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
        InvocationState::Done(outcome) => figures(&outcome),
        InvocationState::Running => view! {
            <ul class="figures small"><li>{move || format!("running for {}", format::duration(elapsed.get()))}</li></ul>
            <button class="button button--inline" type="button" on:click=move |_| invocation.cancel()>"Stop waiting"</button>
        }
        .into_any(),
        _ => ().into_any(),
    };
    let spoken = Memo::new(move |_| state.with(spoken));
    view! {
        <section class="pane" aria-labelledby="result">
            <div class="pane__bar"><h3 id="result">"Result"</h3>{bar}</div>
            <div class="outcome" tabindex="0" role="region" aria-labelledby="result">{move || content(state.get())}</div>
            <p class="unseen" role="status">{spoken}</p>
        </section>
    }
    .into_any()
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

fn figures(outcome: &Outcome) -> AnyView {
    let report = outcome.log_tail.as_deref().map(Report::find).unwrap_or_default();
    let (class, verdict) = match &outcome.function_error {
        Some(_) => ("bad", format!("{}, function error", outcome.status)),
        None => ("good", outcome.status.to_string()),
    };
    let memory = report.used.map(|used| report.memory.map_or_else(|| used.clone(), |memory| format!("{used} of {memory}")));
    let rest = [Some(format::duration(outcome.milliseconds)), report.billed.map(|billed| format!("billed {billed}")), memory];
    let rest = rest.into_iter().flatten().map(|text| view! { <li>{text}</li> }).collect_view();
    view! { <ul class="figures small"><li class=class>{verdict}</li>{rest}</ul> }.into_any()
}

fn content(state: InvocationState) -> AnyView {
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
        InvocationState::Running => view! { <div class="output" aria-hidden="true"><span class="skeleton skeleton--name"></span></div> }.into_any(),
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
        InvocationState::Done(outcome) => done(outcome),
    }
}

fn done(outcome: Outcome) -> AnyView {
    let said = outcome.function_error.as_ref().map(|kind| {
        let how = if kind == "Handled" { "The function ended with an error of its own" } else { "The function broke off" };
        view! { <p class="outcome__error">{how}": the portal and Lambda did their part. Its error is below."</p> }
    });
    let payload = if outcome.payload.is_empty() { "(nothing)".to_owned() } else { json::format(&outcome.payload).unwrap_or(outcome.payload) };
    let log = outcome.log_tail.filter(|log| !log.is_empty()).map(|log| {
        view! { <section class="log"><h4>"End of the log"</h4><pre class="output">{log}</pre></section> }
    });
    let request = outcome.request_id.map(|id| view! { <p class="outcome__request small secondary">"Request "<code>{id}</code></p> });
    view! {
        {said}
        <pre class="output">{payload}</pre>
        {log}
        {request}
    }
    .into_any()
}

fn spoken(state: &InvocationState) -> String {
    match state {
        InvocationState::Idle => String::new(),
        InvocationState::Running => "The function is running.".into(),
        InvocationState::Cancelled => "Stopped waiting.".into(),
        InvocationState::Failed(failure) => failure.message.clone(),
        InvocationState::Done(outcome) if outcome.function_error.is_some() => "The function ended with an error.".into(),
        InvocationState::Done(outcome) => format!("The function answered after {}.", format::duration(outcome.milliseconds)),
    }
}
