//! Lambda: invoke a function and read what it answered
//! (<https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>).

use super::base64;
use super::error::ServiceError;
use super::request::{Answer, Draft, Method, Request};
use super::sign::{self, Payload, Scope};
use super::uri::{EncodedPath, EndpointError, Origin, UnsendableKey};
use crate::model::clock::Timestamp;
use crate::model::credentials::Credentials;
use crate::model::function::FunctionTarget;
use crate::model::json::Json;
use std::fmt;
use thiserror::Error;

/// Largest payload of an invocation that waits, in bytes: 6 MB.
pub const LARGEST_PAYLOAD: usize = 6 * 1024 * 1024;

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
        let origin = Origin::parse(&target.endpoint)?;
        let path = EncodedPath::of_segments(&["2015-03-31", "functions", &target.name, "invocations"])?;
        let mut draft = Draft::new(Method::Post, origin, path);
        if let Some(qualifier) = self.qualifier {
            draft.query.push("Qualifier", qualifier);
        }
        draft.headers.push(("content-type", "application/json".to_owned()));
        draft.headers.push(("x-amz-invocation-type", self.kind.as_str().to_owned()));
        if self.log_tail && self.kind == InvocationType::RequestResponse {
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

/// The last 4 kB of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTail {
    /// The text. Its first line may begin in the middle.
    pub text: String,
    /// What the platform reported at the end.
    pub report: Option<Report>,
}

/// Lambda's `REPORT` of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Request id.
    pub request_id: String,
    /// How long it ran.
    pub duration_ms: Milliseconds,
    /// How long is billed.
    pub billed_ms: Milliseconds,
    /// Memory it has, in MB.
    pub memory_mb: u32,
    /// Memory it used at most, in MB.
    pub max_memory_mb: u32,
    /// How long it took to start, when it was a cold start.
    pub init_ms: Option<Milliseconds>,
}

/// Milliseconds, to the microsecond.
///
/// Not an `f64`: its reading and writing alone would add 19 kB (brotli) to the wasm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Milliseconds {
    micros: u64,
}

impl Milliseconds {
    /// From microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self { micros }
    }

    /// As microseconds.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.micros
    }

    /// Reads a decimal number such as `145.71`.
    fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_number = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
        if !(1..=12).contains(&whole.len()) || !is_number(whole) || !is_number(fraction) {
            return None;
        }
        let thousandths = fraction.bytes().chain(*b"000").take(3);
        Some(Self { micros: whole.bytes().chain(thousandths).fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')) })
    }
}

/// As Lambda writes it: `4`, `3.95`.
impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, thousandths) = (self.micros / 1_000, self.micros % 1_000);
        if thousandths == 0 {
            return write!(f, "{whole}");
        }
        let fraction = format!("{thousandths:03}");
        write!(f, "{whole}.{}", fraction.trim_end_matches('0'))
    }
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
    let log = answer.header("x-amz-log-result").and_then(base64::decode).map(|bytes| LogTail::read(&bytes));
    Ok(Outcome {
        status: answer.status,
        error,
        log,
        executed_version: answer.header("x-amz-executed-version").map(str::to_owned),
        request_id: answer.header("x-amzn-requestid").map(str::to_owned),
        payload,
    })
}

impl FunctionError {
    /// The error object differs by runtime: Python and Ruby write `stackTrace`, Node `trace`, custom
    /// runtimes what they like.
    fn read(kind: &str, payload: &[u8]) -> Self {
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

impl LogTail {
    fn read(bytes: &[u8]) -> Self {
        // The cut at 4 kB may go through a character.
        let text = String::from_utf8_lossy(bytes).into_owned();
        let report = text.lines().rev().find_map(Report::parse);
        Self { text, report }
    }
}

impl Report {
    /// Reads a `REPORT` line, or the `platform.report` of a function that logs JSON.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        match line.trim().strip_prefix("REPORT RequestId: ") {
            Some(rest) => Self::parse_text(rest),
            None => Self::parse_json(line),
        }
    }

    /// `8f5…\tDuration: 3.95 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 50 MB`
    fn parse_text(rest: &str) -> Option<Self> {
        let mut fields = rest.split('\t');
        let mut report = Self { request_id: fields.next()?.trim().to_owned(), ..Self::default() };
        for field in fields {
            let Some((name, value)) = field.split_once(": ") else { continue };
            let number = value.trim().split(' ').next().unwrap_or_default();
            match name.trim() {
                "Duration" => report.duration_ms = Milliseconds::parse(number)?,
                "Billed Duration" => report.billed_ms = Milliseconds::parse(number)?,
                "Memory Size" => report.memory_mb = number.parse().ok()?,
                "Max Memory Used" => report.max_memory_mb = number.parse().ok()?,
                "Init Duration" => report.init_ms = Milliseconds::parse(number),
                _ => {}
            }
        }
        Some(report)
    }

    fn parse_json(line: &str) -> Option<Self> {
        if !line.contains("platform.report") {
            return None;
        }
        let value = Json::parse(line).ok()?;
        let record = value.get("record").filter(|_| value.get("type").and_then(Json::as_text) == Some("platform.report"))?;
        let metrics = record.get("metrics")?;
        let number = |name: &str| Milliseconds::parse(metrics.get(name)?.as_number()?);
        let megabytes = |name: &str| metrics.get(name)?.as_number()?.parse().ok();
        Some(Self {
            request_id: record.get("requestId")?.as_text()?.to_owned(),
            duration_ms: number("durationMs")?,
            billed_ms: number("billedDurationMs")?,
            memory_mb: megabytes("memorySizeMB")?,
            max_memory_mb: megabytes("maxMemoryUsedMB")?,
            init_ms: number("initDurationMs"),
        })
    }
}

#[cfg(test)]
mod tests;
