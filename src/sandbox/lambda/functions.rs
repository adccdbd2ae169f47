//! The functions.

use super::super::s3::bucket::{Behaviour, Buckets};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// How long `slow` sleeps when the event does not say.
const SLOW_SECONDS: f64 = 3.0;
/// The longest that `slow` sleeps.
const SLOWEST_SECONDS: f64 = 30.0;

/// The buckets that the execution role of `word-count` may read. A function has a role of its own:
/// with the caller's choice of bucket it must not become a way around the caller's policy to what
/// is nobody's.
const READABLE: [&str; 3] = ["reports", "odd-names", "empty"];

/// A function that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    /// Gives the event back.
    Echo,
    /// Counts words, lines and bytes of an object.
    WordCount,
    /// Fails.
    Fail,
    /// Sleeps.
    Slow,
    /// Works, but no role of the sandbox may call it.
    Forbidden,
}

/// What a function gave.
pub(super) struct Outcome {
    /// The result, or the error object.
    pub(super) payload: Value,
    /// Whether the function failed.
    pub(super) failed: bool,
    /// What it wrote to its log.
    pub(super) log: Vec<String>,
}

impl Outcome {
    fn result(payload: Value, log: impl Into<String>) -> Self {
        Self { payload, failed: false, log: vec![log.into()] }
    }

    /// The error object that a runtime makes of an exception, and what it logs of it.
    fn failure(error_type: &str, message: &str, place: &str) -> Self {
        let trace = format!("  File \"/var/task/{place}.py\", line 12, in handler");
        let log = format!("[ERROR] {error_type}: {message}\nTraceback (most recent call last):\n{trace}");
        let payload = json!({"errorMessage": message, "errorType": error_type, "stackTrace": [trace]});
        Self { payload, failed: true, log: vec![log] }
    }
}

impl Function {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "echo" => Some(Self::Echo),
            "word-count" => Some(Self::WordCount),
            "fail" => Some(Self::Fail),
            "slow" => Some(Self::Slow),
            "forbidden" => Some(Self::Forbidden),
            _ => None,
        }
    }

    pub(super) async fn run(self, event: Value, buckets: &Buckets) -> Outcome {
        match self {
            Self::Echo => Outcome::result(event, "The event comes back as it came."),
            Self::WordCount => word_count(event, buckets),
            Self::Fail => Outcome::failure("ValueError", "This function always fails, so that its failure can be seen.", "fail"),
            Self::Slow => slow(&event).await,
            Self::Forbidden => Outcome::result(json!({"reached": true}), "Somebody may call this after all."),
        }
    }
}

#[derive(Deserialize)]
struct Counted {
    bucket: String,
    key: String,
}

fn word_count(event: Value, buckets: &Buckets) -> Outcome {
    let failure = |error_type: &str, message: &str| Outcome::failure(error_type, message, "word_count");
    let Ok(Counted { bucket, key }) = serde_json::from_value(event) else {
        return failure("KeyError", "The event must be an object with the texts \"bucket\" and \"key\".");
    };
    let readable = buckets.get(&bucket).filter(|there| READABLE.contains(&bucket.as_str()) && there.behaviour() == Behaviour::Ordinary);
    let Some(there) = readable else {
        return failure("ClientError", "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied");
    };
    let Some(object) = there.read().get(&key) else {
        return failure(
            "NoSuchKey",
            "An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist.",
        );
    };
    let text = String::from_utf8_lossy(&object.body);
    let counts = json!({"words": text.split_whitespace().count(), "lines": text.lines().count(), "bytes": object.body.len()});
    Outcome::result(counts, format!("Read {} bytes of {bucket}/{key}.", object.body.len()))
}

async fn slow(event: &Value) -> Outcome {
    let seconds = match event.get("seconds") {
        None => SLOW_SECONDS,
        Some(seconds) => match seconds.as_f64().filter(|seconds| (0.0..=SLOWEST_SECONDS).contains(seconds)) {
            Some(seconds) => seconds,
            None => return Outcome::failure("ValueError", "\"seconds\" must be a number from 0 to 30.", "slow"),
        },
    };
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    Outcome::result(json!({"slept_seconds": seconds}), format!("Slept {seconds} s."))
}
