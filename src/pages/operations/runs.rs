//! Functions that run on objects, in the panel: how far each run is, what became of each object, and trying again.

use super::words;
use crate::browser::{format, save};
use crate::model::json::{Json, ToJson};
use crate::pages::problem::explanation;
use crate::reactive::{Memo, RwSignal, Signal, effect};
use crate::state::invocation::Done;
use crate::state::runs::{RunId, Shown, Turn};
use crate::state::transfers::Transfers;
use crate::ui::announce;
use crate::ui::button::button;
use crate::ui::piece::{IntoPiece, Piece, Tag, list, live, tag, text};
use crate::words::{t, tn};

/// Objects that are shown, those that failed before others; all are in the file.
const LISTED: usize = 200;

/// Characters of a result that are shown.
const SHOWN: usize = 200;

/// A line for each run.
pub(in crate::pages) fn lines(transfers: Transfers, revision: Signal<u32>) -> Piece {
    let ids = Memo::new(move || {
        revision.track();
        transfers.runs()
    });
    live(move || {
        let ids = ids.get();
        (!ids.is_empty()).then(|| {
            let lines = list(ids.into_iter().map(|id| line(transfers, revision, id)));
            tag("ul").class("operations").set("aria-label", t!("Runs of functions")).child(lines)
        })
    })
}

fn line(transfers: Transfers, revision: Signal<u32>, id: RunId) -> Tag {
    let shown = Memo::new(move || {
        revision.track();
        transfers.shown_run(id)
    });
    let part = move |pick: fn(&Shown) -> String| move || shown.with(|shown| shown.as_ref().map(pick));
    let running = Memo::new(move || shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.running)));
    let open = RwSignal::new(false);
    // Said when it is over, and when it begins to wait for Lambda; not at every object.
    let said = Memo::new(move || {
        shown.with(|shown| match shown {
            Some(shown) if !shown.running => [&title(shown), ": ", &standing(shown)].concat(),
            Some(shown) if shown.count(is_throttled) > 0 => t!("Lambda is throttling the function. It will be tried again.").to_owned(),
            _ => String::new(),
        })
    });
    effect(move || announce::say("run", said.get()));
    let bad = Memo::new(move || shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.count(Turn::is_failed) > 0)));
    // What failed is not to be overlooked.
    effect(move || {
        if bad.get() {
            open.set(true);
        }
    });
    let due = Memo::new(move || shown.with(|shown| shown.as_ref().map_or(0, |shown| shown.count(|turn| !turn.is_fine()))));
    let bar = live(move || {
        running.get().then(|| {
            tag("progress")
                .live("aria-label", part(title))
                .live("max", part(|shown| shown.turns.len().max(1).to_string()))
                .live("value", part(|shown| shown.count(is_over).to_string()))
        })
    });
    let named = move |label: String, press: fn(&Transfers, RunId)| {
        let spoken = label.clone();
        button("button button--inline", label, move || press(&transfers, id))
            .live("aria-label", move || shown.with(|shown| shown.as_ref().map(|shown| [&spoken, ": ", &title(shown)].concat())))
    };
    let actions = live(move || {
        if running.get() {
            return named(t!("Stop").to_owned(), Transfers::stop_run).piece();
        }
        let due = due.get();
        let again = (due > 0).then(|| named(tn!(due, "Try {count} again", "Try {count} again"), Transfers::run_due));
        let file = button("button button--inline", t!("Save results"), move || {
            shown.with_untracked(|shown| {
                if let Some(shown) = shown {
                    save::save(&format!("{}.results.jsonl", shown.order.target.name), "application/jsonl", &file(shown));
                }
            });
        });
        [again.piece(), file.piece(), named(t!("Dismiss").to_owned(), Transfers::dismiss_run).piece()].piece()
    });
    let toggle =
        button("button button--inline", text(move || if open.get() { t!("Hide results") } else { t!("Show results") }), move || {
            open.update(|open| *open = !*open);
        })
        .live("aria-expanded", move || if open.get() { "true" } else { "false" });
    let results = live(move || open.get().then(|| results(shown)));
    tag("li")
        .class("transfers__row run")
        .child(tag("span").class("transfers__name").child(text(part(title))))
        .child(bar)
        .child(
            tag("span")
                .live(
                    "class",
                    move || if bad.get() { "transfers__state operations__state bad" } else { "transfers__state operations__state" },
                )
                .child(text(part(standing))),
        )
        .child(tag("span").class("transfers__actions").child(toggle).child(actions))
        .child(results)
}

/// Those that failed come first, and then those under way.
fn results(shown: Memo<Option<Shown>>) -> Tag {
    let lines = Memo::new(move || {
        shown.with(|shown| {
            let Some(shown) = shown else { return (Vec::new(), 0) };
            let mut numbers: Vec<usize> = (0..shown.turns.len()).collect();
            let rank = |turn: &Turn| if turn.is_failed() { 0 } else { usize::from(!turn.is_under_way()) + 1 };
            numbers.sort_by_key(|number| rank(&shown.turns[*number]));
            let rest = numbers.len().saturating_sub(LISTED);
            let line = |number: &usize| {
                let (turn, key) = (&shown.turns[*number], &shown.order.objects[*number].key);
                (key.clone(), outcome(turn, shown.running), turn.is_failed(), section(turn))
            };
            (numbers.iter().take(LISTED).map(line).collect::<Vec<_>>(), rest)
        })
    });
    let items = live(move || {
        let (lines, rest) = lines.get();
        let item = |(key, outcome, failed, section): (String, String, bool, Box<str>)| {
            tag("li")
                .child(tag("span").class("mono").child(key))
                .child(" ")
                .child(tag("span").class(if failed { "bad" } else { "secondary" }).child(outcome))
                .child(" ")
                .child(explanation(&section))
        };
        let more = (rest > 0).then(|| tag("li").class("secondary").child(tn!(rest, "and {count} more object", "and {count} more objects")));
        [list(lines.into_iter().map(item)), more.piece()].piece()
    });
    tag("ul").class("transfers__why run__results").set("tabindex", "0").set("aria-label", t!("Results")).child(items)
}

fn is_throttled(turn: &Turn) -> bool {
    matches!(turn, Turn::Throttled(_))
}

fn is_over(turn: &Turn) -> bool {
    matches!(turn, Turn::Done(_) | Turn::Failed(_) | Turn::Stopped)
}

fn title(shown: &Shown) -> String {
    let objects = words::objects(shown.turns.len() as u64);
    let function = &shown.order.target.name;
    if shown.running {
        t!("Running {function} on {objects}", function = function, objects = objects)
    } else {
        t!("Run {function} on {objects}", function = function, objects = objects)
    }
}

fn standing(shown: &Shown) -> String {
    let fine = shown.count(Turn::is_fine);
    let mut parts = vec![t!("{done} of {all} done", done = fine, all = shown.turns.len())];
    let throttled = shown.count(is_throttled);
    for (count, words) in [
        (shown.count(Turn::is_failed), tn!(shown.count(Turn::is_failed), "{count} failed", "{count} failed")),
        (throttled, tn!(throttled, "{count} throttled, tried again", "{count} throttled, tried again")),
        (shown.count(|turn| *turn == Turn::Stopped), tn!(shown.count(|turn| *turn == Turn::Stopped), "{count} stopped", "{count} stopped")),
    ] {
        if count > 0 {
            parts.push(words);
        }
    }
    parts.join(" · ")
}

/// What of the handbook explains that it failed; nothing where it did not.
fn section(turn: &Turn) -> Box<str> {
    match turn {
        Turn::Failed(failure) => failure.section.clone(),
        Turn::Done(done) if done.outcome.error.is_some() => "function-error".into(),
        _ => Box::default(),
    }
}

/// What became of one object.
fn outcome(turn: &Turn, running: bool) -> String {
    match turn {
        Turn::Waiting if running => t!("waits").to_owned(),
        Turn::Waiting => t!("not run").to_owned(),
        Turn::Running => t!("runs").to_owned(),
        Turn::Throttled(throttled) => t!(
            "Lambda has too many invocations of the function, so it has not run. Attempt {attempt} of {all} comes in about {duration}.",
            attempt = throttled.attempt,
            all = throttled.of,
            duration = format::duration(throttled.milliseconds)
        ),
        Turn::Stopped => t!("stopped; the function may have run all the same").to_owned(),
        Turn::Failed(failure) => [failure.message.as_str(), failure.next_step.as_str()].join(" "),
        Turn::Done(done) => done_words(done),
    }
}

fn done_words(done: &Done) -> String {
    if let Some(error) = &done.outcome.error {
        let what = [error.error_type.as_deref(), error.message.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(": ");
        return t!("function error: {what}", what = what);
    }
    let result = match std::str::from_utf8(&done.outcome.payload) {
        Ok(text) if text.chars().count() > SHOWN => [&text.chars().take(SHOWN).collect::<String>(), "…"].concat(),
        Ok(text) => text.to_owned(),
        Err(_) => t!("({size} that are not text)", size = format::size(done.outcome.payload.len() as u64)),
    };
    [format::duration(done.milliseconds), result].join(" · ")
}

/// A line of JSON for each object.
fn file(shown: &Shown) -> String {
    let mut lines = String::new();
    for (turn, object) in shown.turns.iter().zip(shown.order.objects.iter()) {
        let mut members = vec![
            ("bucket".to_owned(), shown.order.location.name.to_json()),
            ("key".to_owned(), object.key.to_json()),
            ("state".to_owned(), state(turn).to_json()),
        ];
        match turn {
            Turn::Done(done) => {
                let text = String::from_utf8_lossy(&done.outcome.payload);
                members.push(("result".to_owned(), Json::parse(&text).unwrap_or_else(|_| text.to_json())));
            }
            Turn::Failed(failure) => members.push(("reason".to_owned(), failure.message.to_json())),
            _ => {}
        }
        lines.push_str(&Json::Object(members).written());
        lines.push('\n');
    }
    lines
}

/// Data, whatever the page's language.
fn state(turn: &Turn) -> &'static str {
    match turn {
        turn if turn.is_fine() => "done",
        Turn::Done(_) => "function-error",
        Turn::Failed(_) => "failed",
        Turn::Stopped => "stopped",
        _ => "not-run",
    }
}
