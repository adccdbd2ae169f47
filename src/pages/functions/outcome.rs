//! Where an invocation stands, and what came back.

use super::result;
use crate::browser::{clock, format, task, timer};
use crate::model::names::RoleId;
use crate::pages::problem::{failure_notice, flow_link};
use crate::reactive::{Memo, RwSignal, Signal, effect};
use crate::state::invocation::{Done, Invocation, InvocationState, Received, Running};
use crate::ui::announce;
use crate::ui::button::button;
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag, text};
use crate::words::{t, tn};
use std::sync::Arc;

/// Milliseconds between two readings of the elapsed time.
const TICK_MILLIS: u32 = 100;

/// What is drawn for as long as it is the same. What changes within it is text that follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Idle,
    /// Whether there is a piece of a streamed answer.
    Running(bool),
    Done,
    Failed,
    Cancelled,
}

impl Shape {
    fn of(state: &InvocationState) -> Self {
        match state {
            InvocationState::Idle => Self::Idle,
            InvocationState::Running(running) => Self::Running(running.received.is_some()),
            InvocationState::Done(_) => Self::Done,
            InvocationState::Failed(_) => Self::Failed,
            InvocationState::Cancelled { .. } => Self::Cancelled,
        }
    }
}

/// The result's pane, with `runs` below what came back. `function` is the name of what is invoked, in this role.
pub(super) fn pane(invocation: Invocation, function: Signal<Option<String>>, role: Signal<Option<RoleId>>, runs: Piece) -> Tag {
    let state = invocation.state();
    let running = Memo::new(move || state.with(|state| matches!(state, InvocationState::Running(_))));
    let shape = Memo::new(move || state.with(Shape::of));
    let elapsed = RwSignal::new(0_u32);
    effect(move || {
        if running.get() {
            elapsed.set(0);
            task::spawn(count(running, elapsed));
        }
    });
    let bar = live(move || match shape.get() {
        Shape::Running(_) => under_way(invocation, state, elapsed),
        Shape::Done => match state.get_untracked() {
            InvocationState::Done(done) => {
                let name = function.get_untracked().unwrap_or_default();
                [result::figures(&done).piece(), result::actions(&done, name)].piece()
            }
            _ => ().piece(),
        },
        _ => ().piece(),
    });
    let spoken = Memo::new(move || state.with(spoken));
    effect(move || announce::say("function", spoken.get()));
    let outcome = tag("div")
        .class("outcome")
        .set("tabindex", "0")
        .set("role", "group")
        .set("aria-labelledby", "result")
        .child(live(move || {
            shape.track();
            content(invocation, state, role)
        }))
        .child(runs);
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

/// What `read` makes of an invocation under way.
fn of_running<T>(state: Signal<InvocationState>, read: impl FnOnce(&Running) -> Option<T>) -> Option<T> {
    state.with(|state| match state {
        InvocationState::Running(running) => read(running),
        _ => None,
    })
}

fn under_way(invocation: Invocation, state: Signal<InvocationState>, elapsed: RwSignal<u32>) -> Piece {
    let waiting = text(move || t!("running for {duration}", duration = format::duration(elapsed.get())));
    let so_far = move || {
        let size = |received: &Received| {
            tn!(
                received.chunks,
                "{size} so far in {count} piece",
                "{size} so far in {count} pieces",
                size = format::size(received.bytes as u64),
                count = received.chunks
            )
        };
        of_running(state, |running| running.received.as_ref().map(size))
    };
    let stop = button("button button--inline", t!("Stop waiting"), move || invocation.cancel());
    let figures = tag("ul").class("figures small").child(tag("li").child(waiting)).child(tag("li").child(text(so_far)));
    [figures.piece(), stop.piece()].piece()
}

fn content(invocation: Invocation, following: Signal<InvocationState>, role: Signal<Option<RoleId>>) -> Piece {
    match following.get_untracked() {
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
        InvocationState::Running(running) => [throttled(invocation, following), coming(following, running.received.is_some())].piece(),
        InvocationState::Cancelled { received } => {
            let words = Notice::new(
                Kind::Empty,
                t!("You stopped waiting"),
                t!("The function may have run to its end all the same: Lambda does not stop when nobody waits."),
                t!("Look at what it does before you invoke it again."),
            );
            [notice(words, None).piece(), received.map(|received| tag("pre").class("output").child(words_of(&received))).piece()].piece()
        }
        InvocationState::Failed(failure) => {
            let why = flow_link(failure.code.as_deref().unwrap_or_default(), role.get_untracked().as_ref());
            notice(failure_notice(t!("The function was not invoked"), failure), why).piece()
        }
        InvocationState::Done(done) => result::content(&done),
    }
}

/// Lambda has too many: what it said, and the way to the next attempt. Nothing while it has not.
fn throttled(invocation: Invocation, state: Signal<InvocationState>) -> Piece {
    let any = Memo::new(move || of_running(state, |running| running.throttled.clone()));
    live(move || {
        let throttled = any.get()?;
        let attempt = t!(
            "Lambda is throttling this function, so it has not run. Attempt {attempt} of {all} comes in about {duration}.",
            attempt = throttled.attempt,
            all = throttled.of,
            duration = format::duration(throttled.milliseconds)
        );
        let said = (!throttled.said.is_empty())
            .then(|| tag("span").class("secondary").child(t!("Lambda said: {message}", message = throttled.said)));
        let now = button("button button--inline", t!("Try now"), move || invocation.try_now());
        Some(tag("div").class("outcome__note").child(tag("p").child(attempt).child(" ").child(now)).child(said))
    })
}

/// What has come of a streamed answer, as it comes.
fn coming(state: Signal<InvocationState>, any: bool) -> Piece {
    if !any {
        return tag("div").class("output").set("aria-hidden", "true").child(tag("span").class("skeleton skeleton--name")).piece();
    }
    let words = move || of_running(state, |running| running.received.as_ref().map(words_of));
    tag("pre").class("output").set("aria-busy", "true").child(text(words)).piece()
}

fn words_of(received: &Received) -> String {
    match &received.text {
        None => t!("({size} that are not text)", size = format::size(received.bytes as u64)),
        Some(text) if received.before > 0 => {
            [&t!("({size} before this)", size = format::size(received.before as u64)), text.as_str()].join("\n")
        }
        Some(text) => text.clone(),
    }
}

fn spoken(state: &InvocationState) -> String {
    match state {
        InvocationState::Idle => String::new(),
        InvocationState::Running(Running { throttled: Some(_), .. }) => {
            t!("Lambda is throttling the function. It will be tried again.").into()
        }
        InvocationState::Running(Running { received: Some(_), .. }) => t!("The answer is coming.").into(),
        InvocationState::Running(_) => t!("The function is running.").into(),
        InvocationState::Cancelled { .. } => t!("Stopped waiting.").into(),
        InvocationState::Failed(failure) => failure.message.clone(),
        InvocationState::Done(done) => ended(done),
    }
}

fn ended(done: &Arc<Done>) -> String {
    match (&done.outcome.error, &done.broken, done.outcome.status) {
        (Some(_), ..) => t!("The function ended with an error.").into(),
        (None, Some(failure), _) => failure.message.clone(),
        (None, None, 202) => t!("The event is queued.").into(),
        (None, None, 204) => t!("You may invoke this function.").into(),
        (None, None, _) => t!("The function answered after {duration}.", duration = format::duration(done.milliseconds)),
    }
}
