//! The eight steps, numbered, each to be opened; one that failed is open.

use super::samples::Drawer;
use super::{handbook, lanes, rows};
use crate::aws::explained::Explained;
use crate::browser::format;
use crate::model::error::PortalError;
use crate::model::flow::{Cause, Row, Step, StepId, StepState};
use crate::reactive::StoredValue;
use crate::state::flow::{FirstRequest, Run};
use crate::ui::piece::{IntoPiece, Piece, Tag, tag};
use crate::words::{mark, t, tn, translated};

/// A step's name in English, which is its heading in the handbook.
pub(super) const fn name(id: StepId) -> &'static str {
    match id {
        StepId::Headers => mark!("The balancer adds three headers"),
        StepId::DataHeader => mark!("Vestibule verifies what the balancer signed"),
        StepId::AccessToken => mark!("Vestibule verifies the access token"),
        StepId::WebIdentity => mark!("Could STS take the access token?"),
        StepId::Role => mark!("A role is chosen"),
        StepId::Mint => mark!("Vestibule asks for credentials"),
        StepId::Answer => mark!("AWS answers"),
        StepId::FirstRequest => mark!("The page's first request to S3"),
    }
}

/// The same in the person's language.
pub(super) fn title(id: StepId) -> &'static str {
    translated(name(id))
}

/// Steps that the person has open, so that another run leaves them so.
pub(super) type Opened = StoredValue<Vec<StepId>>;

/// All of them.
pub(super) fn steps(run: Run, drawer: Drawer, opened: Opened) -> Tag {
    let Run { record, first } = run;
    let (eighth, inside) = first_request(first);
    let (count, asked) = (record.steps.len(), record.asked);
    let told = record.steps.into_iter().enumerate().map(|(at, step)| item(at + 1, step, &asked, ().piece(), drawer, opened));
    let mut items: Vec<Tag> = told.collect();
    items.push(item(count + 1, eighth, &asked, inside, drawer, opened));
    tag("ol").class("steps").children(items)
}

fn item(number: usize, step: Step, asked: &str, inside: Piece, drawer: Drawer, opened: Opened) -> Tag {
    let Step { id, state, micros, summary, rows, causes } = step;
    let failed = state == StepState::Failed;
    if failed && !opened.with_value(|opened| opened.contains(&id)) {
        opened.update_value(|opened| opened.push(id));
    }
    let toggle = move |_| {
        opened.update_value(|opened| match opened.iter().position(|open| *open == id) {
            Some(at) => drop(opened.remove(at)),
            None => opened.push(id),
        });
    };
    let head = tag("summary")
        .class("step__head")
        .on("click", toggle)
        .child(tag("span").class("step__number number").child(number.to_string()))
        .child(tag("span").class("step__title").child(title(id)))
        .child(lanes::hop(id))
        .child(tag("span").class("step__who small secondary").child(lanes::spoke(id, asked)))
        .child(tag("span").class(class_of(state)).child(word(state)))
        .child(tag("span").class("step__time number small secondary").child(micros.map(format::brief).unwrap_or_default()));
    let mut body = tag("div")
        .class("step__body")
        .children(causes.into_iter().map(|cause| rows::cause(cause, failed)))
        .child((!summary.is_empty()).then(|| tag("p").child(summary)));
    if !rows.is_empty() {
        body = body.child(rows::table(rows));
    }
    let further = tag("p").class("step__further small").child(handbook::link(id)).child(drawer.opener_at(number));
    let body = body.child(inside).child(further);
    let details = tag("details")
        .class("step")
        .set("data-state", state.as_str())
        .set("open", opened.with_value(|opened| opened.contains(&id)))
        .child(head)
        .child(body);
    tag("li").child(details)
}

fn word(state: StepState) -> &'static str {
    translated(match state {
        StepState::Done => mark!("done"),
        StepState::Noted => mark!("to be known"),
        StepState::Failed => mark!("failed"),
        StepState::NotReached => mark!("not reached"),
        StepState::NotNeeded => mark!("not needed"),
    })
}

const fn class_of(state: StepState) -> &'static str {
    match state {
        StepState::Done => "step__state small good",
        StepState::Noted => "step__state small warn",
        StepState::Failed => "step__state small bad",
        StepState::NotReached | StepState::NotNeeded => "step__state small secondary",
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
                (Some(step), _) => t!("The flow failed at: {step}.", step = title(step.id)),
                (None, FirstRequest::Failed { .. }) => t!("The flow failed at: {step}.", step = title(StepId::FirstRequest)),
                (None, _) => t!("The flow worked.").to_owned(),
            }
        }
    }
}

fn first_request(first: FirstRequest) -> (Step, Piece) {
    let step = |state, micros: Option<u32>, summary: String, cause: Option<Cause>| Step {
        id: StepId::FirstRequest,
        state,
        micros,
        summary,
        rows: Vec::new(),
        causes: cause.into_iter().collect(),
    };
    let micros = |milliseconds: u32| Some(milliseconds.saturating_mul(1_000));
    match first {
        FirstRequest::NotSent(reason) => (step(StepState::NotReached, None, reason.to_owned(), None), ().piece()),
        FirstRequest::Answered { explained, entries, milliseconds } => {
            let summary = tn!(
                entries,
                "S3 answered with {count} object or folder of the first ten.",
                "S3 answered with {count} objects and folders of the first ten."
            );
            (step(StepState::Done, micros(milliseconds), summary, None), inside(explained))
        }
        FirstRequest::Failed { explained, failure, milliseconds } => {
            let code = failure.code.unwrap_or_else(|| t!("no answer").to_owned());
            let why = failure.reference.map(|reference| t!("Request {reference}", reference = reference)).unwrap_or_default();
            let cause =
                Cause { code, section: failure.section.into(), what: failure.message, why, fix: failure.next_step, ..Cause::default() };
            (step(StepState::Failed, micros(milliseconds), String::new(), Some(cause)), explained.map(inside).piece())
        }
    }
}

fn inside(explained: Explained) -> Piece {
    let Explained { target, query, headers, canonical_request, string_to_sign } = explained;
    let mut sent =
        vec![Row::new(t!("Final URL"), target).saying(t!("Method, host and path. What follows the ? stands below, pair by pair."))];
    let mut scope = None;
    for (name, value) in query.into_iter().chain(headers) {
        let says = purpose(&name);
        scope = scope.or_else(|| scope_of(&name, &value));
        sent.push(Row::new(name, value).saying(says));
    }
    sent.extend(scope.into_iter().flatten());
    [
        rows::shown(
            t!("Canonical request"),
            canonical_request,
            t!("Method, path, query in order, headers, the names of the signed headers, and what is said of the body, line by line."),
        )
        .piece(),
        rows::shown(
            t!("String to sign"),
            string_to_sign,
            t!("Algorithm, time, scope (date, region, service), and the SHA-256 of the canonical request. The signature is over this."),
        )
        .piece(),
        rows::table(sent).piece(),
    ]
    .piece()
}

/// The parts of what the signature is for, and the key that makes it.
fn scope_of(name: &str, value: &str) -> Option<[Row; 5]> {
    let credential = match name {
        "X-Amz-Credential" => value.replace("%2F", "/"),
        "authorization" => value.split_once("Credential=")?.1.split(',').next()?.to_owned(),
        _ => return None,
    };
    let mut parts = credential.split('/');
    let (key, date, region, service) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let folded = ["HMAC(HMAC(HMAC(HMAC(\"AWS4\" + …, \"", date, "\"), \"", region, "\"), \"", service, "\"), \"aws4_request\")"].concat();
    Some([
        Row::new(t!("The signature, taken apart"), ""),
        Row::new(t!("access key id"), key).saying(t!("Step 7 had it. S3 looks up by it whose session this is, and what it may do.")),
        Row::new(t!("day, region, service"), [date, " · ", region, " · ", service].concat())
            .saying(t!("The signature is good for these alone.")),
        Row::new(t!("signing key"), folded).saying(t!(
            "HMAC-SHA256 four times, from the secret access key (…). It is made in this page and never sent; S3 makes the same."
        )),
        Row::new(t!("signature"), t!("hex(HMAC(signing key, string to sign))")).saying(t!("64 digits. S3 makes them too, and compares.")),
    ])
}

/// What a part of a signed request is for.
fn purpose(name: &str) -> &'static str {
    translated(match name {
        "X-Amz-Algorithm" => mark!("How it is signed: HMAC-SHA256, with a key for one day, region and service."),
        "X-Amz-Credential" => mark!("Access key id and scope: which key, and what the signature is good for."),
        "X-Amz-Date" | "x-amz-date" => mark!("When it was signed, by the server's clock. S3 takes 15 minutes of difference."),
        "X-Amz-Expires" => mark!("Seconds for which the URL works."),
        "X-Amz-SignedHeaders" => mark!("Headers that the signature covers. With host alone the browser sends no preflight."),
        "X-Amz-Security-Token" | "x-amz-security-token" => {
            mark!("The session token: temporary credentials are none without it. Length and fingerprint only.")
        }
        "X-Amz-Signature" => mark!("The signature in hexadecimal. Length and fingerprint only."),
        "x-amz-content-sha256" => mark!("What is said of the body."),
        "authorization" => mark!("Algorithm, credential, signed headers and signature in one."),
        "list-type" => mark!("ListObjectsV2."),
        "encoding-type" => mark!("Keys come percent-encoded: XML cannot hold every key."),
        "prefix" => mark!("Where the role's first location begins."),
        "delimiter" => mark!("Folds what is below into folders."),
        "max-keys" => mark!("At most so many entries."),
        _ => "",
    })
}
