use super::super::exchange::Surroundings;
use super::super::exchange::tests::{Script, role};
use super::send::{Network, PAUSES, TIME_LIMIT, Watch, carry_out};
use super::*;
use crate::aws::crc32::Crc32;
use crate::aws::request::{Answer, Method, Request};
use crate::browser::fetch::{Opened, TransportError};
use crate::model::location::Signing;
use futures::executor::block_on;
use futures::{StreamExt, stream};
use std::cell::{Cell, RefCell};

type Came = Result<Answer, TransportError>;

/// The script's answers, in pieces of a few bytes, as a network would cut them.
impl Network for Script {
    fn open<'a>(&'a self, request: &'a Request, time_limit: u32) -> LocalBoxFuture<'a, Result<Opened, TransportError>> {
        let answer = self.send(request, time_limit);
        async move {
            let Answer { status, headers, body } = answer.await?;
            // A test writes an answer that breaks off as one with this header.
            let breaks = headers.iter().any(|(name, _)| name == BREAKS);
            let pieces: Vec<_> = body.chunks(7).map(|piece| Ok(piece.to_vec())).collect();
            let end = breaks.then_some(Err(TransportError::Unreadable));
            Ok(Opened { status, headers, body: stream::iter(pieces.into_iter().chain(end)).boxed_local() })
        }
        .boxed_local()
    }
}

const BREAKS: &str = "breaks-off";

/// Remembers everything that it is told.
#[derive(Default)]
struct Seen {
    steps: RefCell<Vec<Running>>,
    streams: Cell<Option<bool>>,
    impatient: bool,
}

impl Watch for Seen {
    fn see(&self, running: Running) {
        self.steps.borrow_mut().push(running);
    }

    fn hurried(&self) -> LocalBoxFuture<'_, ()> {
        if self.impatient { async {}.boxed_local() } else { futures::future::pending().boxed_local() }
    }

    fn streams(&self) -> Option<bool> {
        self.streams.get()
    }

    fn settle_streams(&self, streams: bool) {
        self.streams.set(Some(streams));
    }
}

fn target() -> FunctionTarget {
    FunctionTarget {
        name: "echo".into(),
        arn: "arn:aws:lambda:eu-west-1:111122223333:function:echo".into(),
        region: "eu-west-1".into(),
        endpoint: "https://lambda.eu-west-1.amazonaws.com".into(),
        qualifiers: Vec::new(),
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Came {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ok(Answer { status, headers, body: body.into() })
}

fn refused(status: u16, code: &str) -> Came {
    answer(status, &[("x-amzn-errortype", code)], "{\"Message\":\"No.\"}")
}

pub(super) fn outcome() -> Outcome {
    Outcome { status: 200, payload: Vec::new(), error: None, log: None, executed_version: None, request_id: None }
}

pub(super) fn order(mode: Mode, payload: String) -> Order {
    Order { role: role(), target: target(), qualifier: None, mode, payload }
}

fn carried(script: &Script, order: &Order, seen: &Seen) -> Result<Done, Failure> {
    block_on(carry_out(script, order, seen))
}

fn invoke_once(script: &Script, payload: String) -> Result<Outcome, Failure> {
    carried(script, &order(Mode::RequestResponse, payload), &Seen::default()).map(|done| done.outcome)
}

/// An event of the stream, as Lambda frames it.
fn event(kind: &str, payload: &str) -> Vec<u8> {
    let header = |name: &str, value: &str| {
        let length = u16::try_from(value.len()).unwrap().to_be_bytes();
        [&[u8::try_from(name.len()).unwrap()], name.as_bytes(), &[7], &length, value.as_bytes()].concat()
    };
    let headers = [header(":message-type", "event"), header(":event-type", kind)].concat();
    let sum = |bytes: &[u8]| {
        let mut sum = Crc32::default();
        sum.update(bytes);
        sum.value().to_be_bytes()
    };
    let length = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
    let mut frame = [length(headers.len() + payload.len() + 16), length(headers.len())].concat();
    frame.extend(sum(&frame));
    frame.extend(headers);
    frame.extend(payload.as_bytes());
    frame.extend(sum(&frame));
    frame
}

fn streamed(headers: &[(&str, &str)], events: &[(&str, &str)]) -> Came {
    answer(200, headers, events.iter().flat_map(|(kind, payload)| event(kind, payload)).collect::<Vec<u8>>())
}

#[test]
fn a_function_that_runs() {
    let script = Script::new([answer(200, &[("x-amz-log-result", "U1RBUlQ=")], "{\"a\":1}")]);
    let outcome = invoke_once(&script, "{}".into()).unwrap();
    assert_eq!(outcome.payload, b"{\"a\":1}");
    assert_eq!(outcome.error, None);
    assert_eq!(outcome.log.unwrap().text, "START");
    assert_eq!(*script.sent.borrow(), [(Method::Post, Signing::Header, "ASIA1".to_owned())]);
    assert_eq!(*script.time_limits.borrow(), [TIME_LIMIT]);
}

#[test]
fn a_function_that_fails_is_an_outcome() {
    let script = Script::new([answer(200, &[("x-amz-function-error", "Unhandled")], "{\"errorMessage\":\"no\"}")]);
    let outcome = invoke_once(&script, String::new()).unwrap();
    assert_eq!(outcome.error.unwrap().message.as_deref(), Some("no"));
}

#[test]
fn queued_and_only_asked() {
    for (mode, status) in [(Mode::Event, 202), (Mode::DryRun, 204)] {
        let done = carried(&Script::new([answer(status, &[], "")]), &order(mode, "{}".into()), &Seen::default()).unwrap();
        assert_eq!((done.mode, done.outcome.status, done.chunks, done.fell_back), (mode, status, None, false));
    }
}

#[test]
fn expired_credentials_are_replaced_once() {
    let expired = || refused(403, "ExpiredTokenException");
    let script = Script::new([expired(), answer(200, &[], "1")]);
    assert!(invoke_once(&script, String::new()).is_ok());
    assert_eq!(script.keys(), ["ASIA1", "ASIA2"]);
    let script = Script::new([expired(), expired()]);
    assert!(invoke_once(&script, String::new()).is_err());
}

#[test]
fn what_may_have_run_is_never_sent_twice() {
    for outcome in [
        refused(500, "ServiceException"),
        answer(502, &[], "<html>"),
        Err(TransportError::Network),
        Err(TransportError::TimedOut { milliseconds: TIME_LIMIT }),
        answer(200, &[(BREAKS, "")], "half"),
    ] {
        for mode in [Mode::RequestResponse, Mode::Event, Mode::DryRun] {
            let script = Script::new([outcome.clone()]);
            let failure = carried(&script, &order(mode, String::new()), &Seen::default()).unwrap_err();
            assert!(failure.retry, "{failure:?}");
            assert_eq!(script.sent.borrow().len(), 1);
        }
        let script = Script::new([outcome.clone()]);
        let known = Seen { streams: Cell::new(Some(true)), ..Seen::default() };
        let result = carried(&script, &order(Mode::ResponseStream, String::new()), &known);
        assert!(result.is_err() || result.unwrap().broken.is_some());
        assert_eq!(script.sent.borrow().len(), 1);
    }
}

#[test]
fn too_many_are_tried_again_later_and_later() {
    let busy = || refused(429, "TooManyRequestsException");
    let script = Script::new([busy(), busy(), answer(200, &[], "1")]);
    let seen = Seen::default();
    assert_eq!(carried(&script, &order(Mode::RequestResponse, String::new()), &seen).unwrap().outcome.payload, b"1");
    assert_eq!(*script.pauses.borrow(), PAUSES[..2]);
    let throttled = |attempt, milliseconds| Throttled { attempt, of: 6, milliseconds, said: "No.".into() };
    let told: Vec<_> = seen.steps.borrow().iter().map(|running| running.throttled.clone()).collect();
    assert_eq!(told, [Some(throttled(2, 1_000)), None, Some(throttled(3, 2_000)), None]);

    let script = Script::new((0..6).map(|_| busy()));
    let failure = carried(&script, &order(Mode::Event, String::new()), &Seen::default()).unwrap_err();
    assert_eq!((failure.code.as_deref(), failure.retry), (Some("TooManyRequestsException"), true));
    assert_eq!(*script.pauses.borrow(), PAUSES);
}

#[test]
fn an_impatient_person_ends_the_pause() {
    let mut script = Script::new([refused(429, "TooManyRequestsException"), answer(200, &[], "1")]);
    script.pauses_last = true;
    let seen = Seen { impatient: true, ..Seen::default() };
    assert!(carried(&script, &order(Mode::RequestResponse, String::new()), &seen).is_ok());
}

#[test]
fn a_function_that_the_role_may_not_invoke() {
    let script = Script::new([refused(403, "AccessDeniedException")]);
    let failure = invoke_once(&script, String::new()).unwrap_err();
    assert_eq!(failure.message, "Your role may not invoke echo. It said: No.");
    assert!(!failure.retry);
    let script = Script::new([refused(403, "AccessDeniedException")]);
    let live = Order { qualifier: Some("live".into()), ..order(Mode::RequestResponse, String::new()) };
    assert_eq!(carried(&script, &live, &Seen::default()).unwrap_err().message, "Your role may not invoke echo:live. It said: No.");
}

#[test]
fn too_large_a_payload_is_not_sent() {
    for (mode, most) in
        [(Mode::RequestResponse, 6_291_456), (Mode::ResponseStream, 6_291_456), (Mode::DryRun, 6_291_456), (Mode::Event, 1_048_576)]
    {
        let script = Script::new([]);
        assert!(carried(&script, &order(mode, "x".repeat(most + 1)), &Seen::default()).is_err(), "{mode:?}");
        assert!(script.sent.borrow().is_empty());
        assert_eq!(too_large(mode, most), None);
    }
}

#[test]
fn an_answer_is_seen_as_it_comes() {
    let script = Script::new([
        answer(204, &[], ""),
        streamed(
            &[("x-amzn-requestid", "8f5")],
            &[("PayloadChunk", "one "), ("PayloadChunk", "two"), ("InvokeComplete", r#"{"LogResult":"U1RBUlQ="}"#)],
        ),
    ]);
    let seen = Seen::default();
    let done = carried(&script, &order(Mode::ResponseStream, "{}".into()), &seen).unwrap();
    assert_eq!((done.outcome.payload.as_slice(), done.chunks, &done.broken, done.fell_back), (&b"one two"[..], Some(2), &None, false));
    assert_eq!((done.outcome.log.unwrap().text.as_str(), done.outcome.request_id.as_deref()), ("START", Some("8f5")));
    let texts: Vec<_> = seen.steps.borrow().iter().filter_map(|running| running.received.clone()?.text).collect();
    assert!(texts.contains(&"one ".to_owned()), "before the rest: {texts:?}");
    assert_eq!(seen.streams.get(), Some(true));
    // Known by now: no other dry run.
    let script = Script::new([streamed(&[], &[("InvokeComplete", "{}")])]);
    assert!(carried(&script, &order(Mode::ResponseStream, "{}".into()), &seen).is_ok());
}

#[test]
fn where_streams_do_not_come_through_the_answer_comes_whole() {
    let unknown = || answer(404, &[("x-amzn-errortype", "UnknownOperationException")], "{}");
    for closed in [Err(TransportError::Network), unknown(), answer(405, &[], ""), answer(501, &[], "")] {
        let script = Script::new([closed, answer(200, &[], "1")]);
        let seen = Seen::default();
        let done = carried(&script, &order(Mode::ResponseStream, "{}".into()), &seen).unwrap();
        assert_eq!((done.outcome.payload.as_slice(), done.fell_back, done.chunks), (&b"1"[..], true, None));
        assert_eq!(seen.streams.get(), Some(false));
        let script = Script::new([answer(200, &[], "2")]);
        assert!(carried(&script, &order(Mode::ResponseStream, "{}".into()), &seen).unwrap().fell_back, "known by now");
    }
    // The network itself fails: nothing is known of streams.
    let (script, seen) = (Script::new([Err(TransportError::Network), Err(TransportError::Network)]), Seen::default());
    assert!(carried(&script, &order(Mode::ResponseStream, "{}".into()), &seen).is_err());
    assert_eq!(seen.streams.get(), None);
}

#[test]
fn what_the_dry_run_is_refused_is_told() {
    for (status, code) in [(403, "AccessDeniedException"), (404, "ResourceNotFoundException"), (500, "ServiceException")] {
        let script = Script::new([refused(status, code)]);
        let failure = carried(&script, &order(Mode::ResponseStream, "{}".into()), &Seen::default()).unwrap_err();
        assert_eq!(failure.code.as_deref(), Some(code));
    }
}

#[test]
fn a_stream_that_fails_keeps_what_came() {
    let stream = |came: Came| {
        let known = Seen { streams: Cell::new(Some(true)), ..Seen::default() };
        carried(&Script::new([came]), &order(Mode::ResponseStream, "{}".into()), &known).unwrap()
    };
    let function = stream(streamed(
        &[],
        &[("PayloadChunk", "one"), ("InvokeComplete", r#"{"ErrorCode":"Unhandled","ErrorDetails":"{\"errorMessage\":\"no\"}"}"#)],
    ));
    assert_eq!((function.outcome.error.unwrap().message.as_deref(), function.broken), (Some("no"), None));
    assert_eq!(function.outcome.payload, b"one");

    let early = stream(streamed(&[], &[("PayloadChunk", "one")]));
    assert!(early.broken.unwrap().message.contains("before Lambda said"), "no completion");
    assert_eq!(early.outcome.payload, b"one");

    let network = stream(streamed(&[(BREAKS, "")], &[("PayloadChunk", "one")]));
    assert!(network.broken.unwrap().message.contains("lambda.eu-west-1.amazonaws.com"));
    assert_eq!(network.outcome.payload, b"one");

    let mut damaged = event("PayloadChunk", "one");
    damaged.extend(event("PayloadChunk", "two"));
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let damaged = stream(answer(200, &[], damaged));
    assert!(damaged.broken.unwrap().message.contains("checksum"));
    assert_eq!(damaged.outcome.payload, b"one");

    // The head says it, and what came is the error object.
    let head =
        stream(streamed(&[("x-amz-function-error", "Unhandled")], &[("PayloadChunk", r#"{"errorType":"E"}"#), ("InvokeComplete", "{}")]));
    assert_eq!(head.outcome.error.unwrap().error_type.as_deref(), Some("E"));
}
