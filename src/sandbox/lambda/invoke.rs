//! `POST /2015-03-31/functions/{name}/invocations`.

use super::functions::{Function, Outcome};
use super::{Asking, Lambda, stream};
use crate::model::clock::Timestamp;
use crate::sandbox::policy::Request as Asked;
use crate::sandbox::registry::{ACCOUNT, REGION};
use crate::sandbox::signature::{SignatureError, Signed, decode_segment, verify_session};
use axum::body::{Body, Bytes, HttpBody as _};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::{Value, json};
use std::sync::{Arc, PoisonError};
use tokio::sync::mpsc;

/// The longest event of a synchronous invocation (Lambda quotas), with AWS's hundred bytes of slack.
pub(super) const MAX_PAYLOAD: usize = 6_291_556;
/// The longest event of an asynchronous one.
pub(super) const MAX_EVENT_PAYLOAD: usize = 1_048_576;
/// How often `busy` is refused when the event does not say.
const REFUSALS: u64 = 2;
/// As much of the log as an answer holds.
const LOG_TAIL_BYTES: usize = 4_096;

/// An error of the service (not of a function).
pub(super) struct Refusal {
    status: StatusCode,
    error_type: &'static str,
    message: String,
    /// The name that the message has in the body: the front end of AWS and Lambda itself differ.
    message_name: &'static str,
}

impl Refusal {
    fn new(status: StatusCode, error_type: &'static str, message: impl Into<String>) -> Self {
        Self { status, error_type, message: message.into(), message_name: "Message" }
    }

    pub(super) fn unknown_operation() -> Self {
        Self::new(StatusCode::NOT_FOUND, "UnknownOperationException", "There is no such operation here.")
    }

    fn too_many() -> Self {
        Self { message_name: "message", ..Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate Exceeded.") }
    }

    fn too_large(length: Option<usize>, kind: InvocationType) -> Self {
        let (name, limit) = match kind {
            InvocationType::Event => ("Event", MAX_EVENT_PAYLOAD),
            _ => ("RequestResponse", MAX_PAYLOAD),
        };
        let length = length.map_or_else(|| "The".to_owned(), |length| format!("{length} byte"));
        let message = format!("{length} payload is too large for the {name} invocation type (limit {limit} bytes)");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestTooLargeException", message)
    }
}

impl From<SignatureError> for Refusal {
    fn from(error: SignatureError) -> Self {
        let error_type = match error {
            SignatureError::Missing => "MissingAuthenticationTokenException",
            SignatureError::Incomplete(_) => "IncompleteSignatureException",
            SignatureError::UnknownToken => "UnrecognizedClientException",
            SignatureError::ExpiredToken => "ExpiredTokenException",
            SignatureError::Scope(_) | SignatureError::Expired { .. } | SignatureError::NotYetCurrent { .. } | SignatureError::Mismatch => {
                "InvalidSignatureException"
            }
        };
        Self { message_name: "message", ..Self::new(StatusCode::FORBIDDEN, error_type, error.to_string()) }
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        let kind = if refusal.status.is_server_error() { "Service" } else { "User" };
        let body = json!({"Type": kind, refusal.message_name: refusal.message});
        let headers = [(header::CONTENT_TYPE.as_str(), "application/json"), ("x-amzn-errortype", refusal.error_type)];
        (refusal.status, headers, body.to_string()).into_response()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum InvocationType {
    RequestResponse,
    Event,
    DryRun,
}

impl InvocationType {
    fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        match headers.get("x-amz-invocation-type").map(HeaderValue::as_bytes) {
            None | Some(b"RequestResponse") => Ok(Self::RequestResponse),
            Some(b"Event") => Ok(Self::Event),
            Some(b"DryRun") => Ok(Self::DryRun),
            Some(_) => Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "InvalidParameterValueException",
                "X-Amz-Invocation-Type must be RequestResponse, Event or DryRun.",
            )),
        }
    }
}

/// Answers one invocation. The order of the checks is AWS's: who, what may be done, does it exist.
pub(super) async fn invoke(
    lambda: &Arc<Lambda>,
    parts: &http::request::Parts,
    body: Body,
    asking: Asking<'_>,
) -> Result<Response, Refusal> {
    let Asking { name, request_id, streamed } = asking;
    let kind = InvocationType::of(&parts.headers)?;
    if streamed && kind == InvocationType::Event {
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "InvalidParameterValueException", "What is queued cannot be streamed."));
    }
    let payload = read(body, kind).await?;
    let now = lambda.clock.now();
    lambda.registry.forget_expired(now);
    let signed = Signed { method: &parts.method, uri: &parts.uri, headers: &parts.headers, body: &payload };
    let session = verify_session(signed, "lambda", &lambda.registry, now)?;

    let name = decode_segment(name).ok_or_else(Refusal::unknown_operation)?;
    let (function_name, qualifier) = function_name(&name).ok_or_else(|| not_found(&function_arn(&name)))?;
    let qualifier = qualifier.or(query_qualifier(parts));
    // To IAM a version or an alias is a resource of its own.
    let arn = qualifier.map_or_else(|| function_arn(function_name), |qualifier| function_arn(&format!("{function_name}:{qualifier}")));
    let context = session.context(now).with("aws:RequestedRegion", REGION).with("aws:ResourceAccount", ACCOUNT);
    let asked = Asked { action: "lambda:InvokeFunction", resource: &arn, context: &context };
    if let Some(refusal) = session.refusal(&asked) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "AccessDeniedException", refusal));
    }
    let function = Function::named(function_name).ok_or_else(|| not_found(&arn))?;
    let version = function.version(qualifier).ok_or_else(|| not_found(&arn))?;
    let event = parse(&payload)?;
    if function == Function::Busy && kind != InvocationType::DryRun {
        let refusals = event.get("refusals").and_then(Value::as_u64).unwrap_or(REFUSALS);
        let mut refused = lambda.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let so_far = refused.remove(&session.access_key_id).unwrap_or_default();
        if so_far < refusals {
            refused.insert(session.access_key_id.clone(), so_far + 1);
            return Err(Refusal::too_many());
        }
    }

    let run = Run { request_id: request_id.to_owned(), version, started: lambda.clock.now() };
    let with_log = parts.headers.get("x-amz-log-type").is_some_and(|kind| kind == "Tail");
    match kind {
        InvocationType::DryRun => Ok(StatusCode::NO_CONTENT.into_response()),
        InvocationType::Event => {
            let lambda = Arc::clone(lambda);
            tokio::spawn(async move { function.run(event, &lambda, &mpsc::unbounded_channel().0).await });
            Ok(StatusCode::ACCEPTED.into_response())
        }
        InvocationType::RequestResponse if streamed => {
            let lambda = Arc::clone(lambda);
            Ok(stream::answer(version, move |made| async move {
                let outcome = function.run(event, &lambda, &made).await;
                let log = with_log.then(|| run.log_tail(&outcome, lambda.clock.now()));
                (outcome, log)
            }))
        }
        InvocationType::RequestResponse => {
            let (made, mut pieces) = mpsc::unbounded_channel();
            let outcome = function.run(event, lambda, &made).await;
            drop(made);
            let mut payload = Vec::new();
            while let Some(piece) = pieces.recv().await {
                payload.extend(piece);
            }
            let log = with_log.then(|| run.log_tail(&outcome, lambda.clock.now()));
            Ok(answer(version, payload, outcome, log))
        }
    }
}

async fn read(body: Body, kind: InvocationType) -> Result<Bytes, Refusal> {
    let limit = if kind == InvocationType::Event { MAX_EVENT_PAYLOAD } else { MAX_PAYLOAD };
    let announced = body.size_hint().exact().and_then(|length| usize::try_from(length).ok());
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::too_large(announced, kind)),
        Err(_) => Err(Refusal::new(StatusCode::BAD_REQUEST, "InvalidRequestContentException", "The request body could not be read.")),
    }
}

/// No payload is an empty event.
fn parse(payload: &[u8]) -> Result<Value, Refusal> {
    if payload.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(payload).map_err(|error| {
        let message = format!("Could not parse request body into json: {error}");
        Refusal::new(StatusCode::BAD_REQUEST, "InvalidRequestContentException", message)
    })
}

/// A function that fails gives the error object alone, whatever it had made.
fn answer(version: &'static str, payload: Vec<u8>, outcome: Outcome, log: Option<String>) -> Response {
    let failed = outcome.error.is_some();
    let mut response = outcome.error.map_or(payload, |error| error.to_string().into_bytes()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-amz-executed-version", HeaderValue::from_static(version));
    if failed {
        headers.insert("x-amz-function-error", HeaderValue::from_static("Unhandled"));
    }
    if let Some(log) = log.and_then(|log| HeaderValue::from_str(&log).ok()) {
        headers.insert("x-amz-log-result", log);
    }
    response
}

/// One run of a function.
struct Run {
    request_id: String,
    version: &'static str,
    started: Timestamp,
}

impl Run {
    /// The last 4 KB of the log, in base64. Every run is traced.
    fn log_tail(&self, outcome: &Outcome, ended: Timestamp) -> String {
        let Self { request_id, version, started } = self;
        let duration = ended.millis_since(*started).max(1);
        let mut log = format!("START RequestId: {request_id} Version: {version}\n");
        for line in &outcome.log {
            log.push_str(line);
            log.push('\n');
        }
        // The first eight digits of a trace's id are its time.
        let trace = format!("1-{:08x}-{}", started.seconds(), request_id.replace('-', "").get(..24).unwrap_or_default());
        log.push_str(&format!(
            "END RequestId: {request_id}\nREPORT RequestId: {request_id}\tDuration: {duration}.00 ms\tBilled Duration: {duration} ms\tMemory Size: 128 MB\tMax Memory Used: 34 MB\t\nXRAY TraceId: {trace}\tSegmentId: {}\tSampled: true\t\n",
            request_id.replace('-', "").get(..16).unwrap_or_default()
        ));
        let tail = &log.as_bytes()[log.len().saturating_sub(LOG_TAIL_BYTES)..];
        STANDARD.encode(tail)
    }
}

/// The name and the qualifier in a name, a partial ARN or an ARN; `None` when it names another
/// account or region.
fn function_name(text: &str) -> Option<(&str, Option<&str>)> {
    let fields: Vec<&str> = text.split(':').collect();
    match fields[..] {
        [name, qualifier] => Some((name, Some(qualifier))),
        [name] | [ACCOUNT, "function", name] | ["arn", "aws", "lambda", REGION, ACCOUNT, "function", name] => Some((name, None)),
        [ACCOUNT, "function", name, qualifier] | ["arn", "aws", "lambda", REGION, ACCOUNT, "function", name, qualifier] => {
            Some((name, Some(qualifier)))
        }
        _ => None,
    }
}

fn query_qualifier(parts: &http::request::Parts) -> Option<&str> {
    parts
        .uri
        .query()?
        .split('&')
        .find_map(|pair| pair.strip_prefix("Qualifier="))
        .map(|value| if value == "%24LATEST" { "$LATEST" } else { value })
}

fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

fn not_found(arn: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", format!("Function not found: {arn}"))
}
