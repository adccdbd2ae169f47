//! Lambda: invoke a function and read what it answered
//! (<https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>).

pub mod log;
pub mod stream;

pub use log::{LogTail, Milliseconds, Report};

use super::base64;
use super::error::ServiceError;
use super::request::{Answer, Draft, Method, Request};
use super::sign::{self, Payload, Scope};
use super::uri::{EncodedPath, EndpointError, Origin, UnsendableKey};
use crate::model::clock::Timestamp;
use crate::model::credentials::Credentials;
use crate::model::function::FunctionTarget;
use crate::model::json::Json;
use thiserror::Error;

/// How a function is invoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvocationType {
    /// Wait for the result.
    #[default]
    RequestResponse,
    /// Queue it; there is no result.
    Event,
    /// Check the permission only.
    DryRun,
}

impl InvocationType {
    /// The word of the header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RequestResponse => "RequestResponse",
            Self::Event => "Event",
            Self::DryRun => "DryRun",
        }
    }

    /// The largest payload that Lambda takes, in bytes: 1 MB where it queues, 6 MB otherwise
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
    #[must_use]
    pub const fn largest_payload(self) -> usize {
        match self {
            Self::Event => 1024 * 1024,
            Self::RequestResponse | Self::DryRun => 6 * 1024 * 1024,
        }
    }
}

/// Why an invocation has no URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvocationError {
    /// The configured endpoint is not one.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The function's name cannot stand in a URL.
    #[error("the function's name cannot stand in a URL")]
    Name(#[from] UnsendableKey),
}

/// An invocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation<'a> {
    /// Version or alias; `None` is `$LATEST`.
    pub qualifier: Option<&'a str>,
    /// How.
    pub kind: InvocationType,
    /// Whether the answer brings the last 4 kB of the log. Only where it waits.
    pub log_tail: bool,
    /// The event: JSON, or empty.
    pub payload: Vec<u8>,
}

impl Invocation<'_> {
    /// Writes the request.
    ///
    /// # Errors
    /// When the target's endpoint or name cannot stand in a URL.
    pub fn draft(self, target: &FunctionTarget) -> Result<Draft, InvocationError> {
        let tail = self.log_tail && self.kind == InvocationType::RequestResponse;
        self.write(target, ["2015-03-31", "functions", &target.name, "invocations"], tail)
    }

    /// Writes the request whose answer comes as the function makes it. It cannot be queued: an [`InvocationType::Event`]
    /// runs at once
    /// (<https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html>).
    ///
    /// # Errors
    /// As [`draft`](Self::draft).
    pub fn draft_streamed(self, target: &FunctionTarget) -> Result<Draft, InvocationError> {
        // With a dry run too: its preflight has to be that of the invocation it stands for.
        let tail = self.log_tail;
        let kind = if self.kind == InvocationType::DryRun { self.kind } else { InvocationType::RequestResponse };
        Self { kind, ..self }.write(target, ["2021-11-15", "functions", &target.name, "response-streaming-invocations"], tail)
    }

    fn write(self, target: &FunctionTarget, path: [&str; 4], tail: bool) -> Result<Draft, InvocationError> {
        let mut draft = Draft::new(Method::Post, Origin::parse(&target.endpoint)?, EncodedPath::of_segments(&path)?);
        if let Some(qualifier) = self.qualifier {
            draft.query.push("Qualifier", qualifier);
        }
        draft.headers.push(("content-type", "application/json".to_owned()));
        draft.headers.push(("x-amz-invocation-type", self.kind.as_str().to_owned()));
        if tail {
            draft.headers.push(("x-amz-log-type", "Tail".to_owned()));
        }
        draft.body = self.payload;
        Ok(draft)
    }
}

/// Signs an invocation, in headers.
#[must_use]
pub fn sign(draft: Draft, target: &FunctionTarget, credentials: &Credentials, now: Timestamp) -> Request {
    sign::headers(draft, credentials, Scope::lambda(&target.region), now, Payload::Hashed)
}

/// What became of an invocation that Lambda accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// HTTP status: 200 ran, 202 queued, 204 may be run.
    pub status: u16,
    /// What the function returned: usually JSON. With [`Outcome::error`] the error object.
    pub payload: Vec<u8>,
    /// Set when the function itself failed.
    pub error: Option<FunctionError>,
    /// The end of the log, when it was asked for.
    pub log: Option<LogTail>,
    /// Version that ran. Lambda does not expose this header to browsers.
    pub executed_version: Option<String>,
    /// Lambda's id of the request.
    pub request_id: Option<String>,
}

/// A function's own failure, which Lambda answers with status 200.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionError {
    /// `Unhandled` or `Handled`, as the header says.
    pub kind: String,
    /// Type of the error, such as `ValueError`.
    pub error_type: Option<String>,
    /// Its message.
    pub message: Option<String>,
    /// Stack trace, a frame a line, as the runtime wrote it.
    pub trace: Vec<String>,
}

/// Reads the answer to an invocation.
///
/// # Errors
/// [`ServiceError`] when Lambda refused it, so that the function did not run.
pub fn read(mut answer: Answer) -> Result<Outcome, ServiceError> {
    if !answer.is_success() {
        return Err(ServiceError::from_lambda(&answer));
    }
    let payload = std::mem::take(&mut answer.body);
    let error = answer.header("x-amz-function-error").map(|kind| FunctionError::read(kind, &payload));
    let log = answer.header("x-amz-log-result").and_then(LogTail::decode);
    Ok(Outcome {
        status: answer.status,
        error,
        log,
        executed_version: answer.header("x-amz-executed-version").map(str::to_owned),
        request_id: answer.header("x-amzn-requestid").map(str::to_owned),
        payload,
    })
}

impl Outcome {
    /// The bytes in a result that is written for a load balancer, a function URL or API Gateway, which take the body of
    /// an HTTP answer in base64.
    #[must_use]
    pub fn encoded_body(&self) -> Option<Vec<u8>> {
        let value = Json::parse(std::str::from_utf8(&self.payload).ok()?).ok()?;
        match value.get("isBase64Encoded") {
            Some(Json::Bool(true)) => base64::decode(value.get("body")?.as_text()?),
            _ => None,
        }
    }
}

impl FunctionError {
    /// Reads the error object, which differs by runtime: Python and Ruby write `stackTrace`, Node `trace`, custom
    /// runtimes what they like.
    pub(crate) fn read(kind: &str, payload: &[u8]) -> Self {
        let value = std::str::from_utf8(payload).ok().and_then(|text| Json::parse(text).ok()).unwrap_or(Json::Null);
        let text = |name: &str| value.get(name).and_then(Json::as_text).map(str::to_owned);
        let trace = match value.get("stackTrace").or_else(|| value.get("trace")) {
            Some(Json::List(frames)) => {
                frames.iter().map(|frame| frame.as_text().map_or_else(|| frame.written(), |line| line.trim_end().to_owned())).collect()
            }
            Some(Json::Text(frames)) => frames.lines().map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        Self { kind: kind.to_owned(), error_type: text("errorType"), message: text("errorMessage"), trace }
    }
}

#[cfg(test)]
mod tests;
