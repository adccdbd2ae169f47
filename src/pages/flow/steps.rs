//! The eight steps, numbered, each to be opened; one that failed is open.

use super::{handbook, lanes, rows};
use crate::aws::explained::Explained;
use crate::browser::format;
use crate::model::error::PortalError;
use crate::model::flow::{Cause, Row, Step, StepId, StepState};
use crate::state::flow::{FirstRequest, Run};
use crate::ui::piece::{IntoPiece, Piece, Tag, tag};

/// A step's title; the handbook's headings are the same.
pub(super) const fn title(id: StepId) -> &'static str {
    match id {
        StepId::Headers => "The balancer adds three headers",
        StepId::DataHeader => "Vestibule verifies what the balancer signed",
        StepId::AccessToken => "Vestibule verifies the access token",
        StepId::WebIdentity => "Could STS take the access token?",
        StepId::Role => "A role is chosen",
        StepId::Mint => "Vestibule asks for credentials",
        StepId::Answer => "AWS answers",
        StepId::FirstRequest => "The page's first request to S3",
    }
}

/// All of them.
pub(super) fn steps(run: Run) -> Tag {
    let Run { record, first } = run;
    let (eighth, inside) = first_request(first);
    let count = record.steps.len();
    let told = record.steps.into_iter().enumerate().map(|(at, step)| item(at + 1, step, ().piece()));
    let mut items: Vec<Tag> = told.collect();
    items.push(item(count + 1, eighth, inside));
    tag("ol").class("steps").children(items)
}

fn item(number: usize, step: Step, inside: Piece) -> Tag {
    let Step { id, state, micros, summary, rows, cause } = step;
    let failed = state == StepState::Failed;
    let head = tag("summary")
        .class("step__head")
        .child(tag("span").class("step__number number").child(number.to_string()))
        .child(tag("span").class("step__title").child(title(id)))
        .child(lanes::hop(id))
        .child(tag("span").class("step__who small secondary").child(lanes::spoke(id)))
        .child(tag("span").class(class_of(state)).child(word(state)))
        .child(tag("span").class("step__time number small secondary").child(micros.map(time).unwrap_or_default()));
    let mut body = tag("div")
        .class("step__body")
        .child(cause.map(|cause| rows::cause(cause, failed)))
        .child((!summary.is_empty()).then(|| tag("p").child(summary)));
    if !rows.is_empty() {
        body = body.child(rows::table(rows));
    }
    let body = body.child(inside).child(handbook::link(id));
    let details = tag("details").class("step").set("data-state", state.as_str()).set("open", failed).child(head).child(body);
    tag("li").child(details)
}

const fn word(state: StepState) -> &'static str {
    match state {
        StepState::Done => "done",
        StepState::Noted => "to be known",
        StepState::Failed => "failed",
        StepState::NotReached => "not reached",
        StepState::NotNeeded => "not needed",
    }
}

const fn class_of(state: StepState) -> &'static str {
    match state {
        StepState::Done => "step__state small good",
        StepState::Noted => "step__state small warn",
        StepState::Failed => "step__state small bad",
        StepState::NotReached | StepState::NotNeeded => "step__state small secondary",
    }
}

/// Microseconds as a person reads them.
fn time(micros: u32) -> String {
    match micros {
        0..1_000 => [&micros.to_string(), " µs"].concat(),
        1_000..100_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        _ => format::duration(micros / 1_000),
    }
}

/// What is heard when a run is over.
pub(super) fn spoken(run: Option<&Result<Run, PortalError>>) -> String {
    match run {
        None => String::new(),
        Some(Err(error)) => error.message.clone(),
        Some(Ok(run)) => {
            let failed = run.record.steps.iter().find(|step| step.state == StepState::Failed);
            match (failed, &run.first) {
                (Some(step), _) => format!("The flow failed at: {}.", title(step.id)),
                (None, FirstRequest::Failed { .. }) => format!("The flow failed at: {}.", title(StepId::FirstRequest)),
                (None, _) => "The flow worked.".to_owned(),
            }
        }
    }
}

fn first_request(first: FirstRequest) -> (Step, Piece) {
    let step = |state, micros: Option<u32>, summary: String, cause| Step {
        id: StepId::FirstRequest,
        state,
        micros,
        summary,
        rows: Vec::new(),
        cause,
    };
    let micros = |milliseconds: u32| Some(milliseconds.saturating_mul(1_000));
    match first {
        FirstRequest::NotSent(reason) => (step(StepState::NotReached, None, reason.to_owned(), None), ().piece()),
        FirstRequest::Answered { explained, entries, milliseconds } => {
            let summary = format!("S3 answered with {entries} objects and folders of the first ten.");
            (step(StepState::Done, micros(milliseconds), summary, None), inside(explained))
        }
        FirstRequest::Failed { explained, failure, milliseconds } => {
            let code = failure.code.unwrap_or_else(|| "no answer".to_owned());
            let why = failure.reference.map(|reference| ["Request ", &reference].concat()).unwrap_or_default();
            let cause = Cause { code, rule: None, what: failure.message, why, fix: failure.next_step };
            (step(StepState::Failed, micros(milliseconds), String::new(), Some(cause)), explained.map(inside).piece())
        }
    }
}

fn inside(explained: Explained) -> Piece {
    let Explained { target, query, headers, canonical_request, string_to_sign } = explained;
    let mut sent = vec![Row::new("Final URL", target).saying("Method, host and path. What follows the ? stands below, pair by pair.")];
    sent.extend(query.into_iter().map(|(name, value)| {
        let says = purpose(&name);
        Row::new(name, value).saying(says)
    }));
    sent.extend(headers.into_iter().map(|(name, value)| {
        let says = purpose(&name);
        Row::new(name, value).saying(says)
    }));
    [
        rows::text(
            "Canonical request",
            canonical_request,
            "Method, path, query in order, headers, the names of the signed headers, and what is said of the body, line by line.",
        )
        .piece(),
        rows::text(
            "String to sign",
            string_to_sign,
            "Algorithm, time, scope (date, region, service), and the SHA-256 of the canonical request. The signature is over this.",
        )
        .piece(),
        rows::table(sent).piece(),
    ]
    .piece()
}

/// What a part of a signed request is for.
fn purpose(name: &str) -> &'static str {
    match name {
        "X-Amz-Algorithm" => "How it is signed: HMAC-SHA256, with a key for one day, region and service.",
        "X-Amz-Credential" => "Access key id and scope: which key, and what the signature is good for.",
        "X-Amz-Date" | "x-amz-date" => "When it was signed, by the server's clock. S3 takes 15 minutes of difference.",
        "X-Amz-Expires" => "Seconds for which the URL works.",
        "X-Amz-SignedHeaders" => "Headers that the signature covers. With host alone the browser sends no preflight.",
        "X-Amz-Security-Token" | "x-amz-security-token" => {
            "The session token: temporary credentials are none without it. Length and fingerprint only."
        }
        "X-Amz-Signature" => "The signature in hexadecimal. Length and fingerprint only.",
        "x-amz-content-sha256" => "What is said of the body.",
        "authorization" => "Algorithm, credential, signed headers and signature in one.",
        "list-type" => "ListObjectsV2.",
        "encoding-type" => "Keys come percent-encoded: XML cannot hold every key.",
        "prefix" => "Where the role's first location begins.",
        "delimiter" => "Folds what is below into folders.",
        "max-keys" => "At most so many entries.",
        _ => "",
    }
}
