//! The functions.

use super::super::s3::bucket::{Behaviour, Buckets};
use super::Lambda;
use crate::model::clock::Clock;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// How long `slow` sleeps when the event does not say.
const SLOW_SECONDS: f64 = 3.0;
/// The longest that `slow` sleeps.
const SLOWEST_SECONDS: f64 = 30.0;

/// The longest count.
const MOST: u32 = 1_000;

/// What `picture` gives.
const PICTURE: &[u8] = include_bytes!("../s3/gallery/picture.png");

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
    /// Counts, each number when it is its turn.
    Count,
    /// As `echo`; the preflight of its stream is refused.
    Buffered,
    /// As `echo`, once it was refused a few times because there are too many.
    Busy,
    /// Gives a picture.
    Picture,
    /// As `echo`. The portal knows what its events look like.
    Resize,
}

/// Takes what a function makes, as it makes it.
pub(super) type Made = UnboundedSender<Vec<u8>>;

/// How a function ended.
pub(super) struct Outcome {
    /// The error object, where it failed.
    pub(super) error: Option<Value>,
    /// What it wrote to its log.
    pub(super) log: Vec<String>,
}

impl Outcome {
    fn result(made: &Made, payload: impl Into<Vec<u8>>, log: impl Into<String>) -> Self {
        // Nobody waits for it any more.
        let _ = made.send(payload.into());
        Self { error: None, log: vec![log.into()] }
    }

    /// The error object that a runtime makes of an exception, and what it logs of it.
    fn failure(error_type: &str, message: &str, place: &str) -> Self {
        let trace = format!("  File \"/var/task/{place}.py\", line 12, in handler");
        let log = format!("[ERROR] {error_type}: {message}\nTraceback (most recent call last):\n{trace}");
        let error = json!({"errorMessage": message, "errorType": error_type, "stackTrace": [trace]});
        Self { error: Some(error), log: vec![log] }
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
            "count" => Some(Self::Count),
            "buffered" => Some(Self::Buffered),
            "busy" => Some(Self::Busy),
            "picture" => Some(Self::Picture),
            "resize" => Some(Self::Resize),
            _ => None,
        }
    }

    /// Whether it has a version or alias of this name. Only `echo` has: its version 1, and `live`, which is that.
    pub(super) fn version(self, qualifier: Option<&str>) -> Option<&'static str> {
        match qualifier {
            None | Some("$LATEST") => Some("$LATEST"),
            Some("1" | "live") if self == Self::Echo => Some("1"),
            Some(_) => None,
        }
    }

    pub(super) async fn run(self, event: Value, lambda: &Lambda, made: &Made) -> Outcome {
        match self {
            Self::Echo | Self::Buffered | Self::Busy | Self::Resize => {
                Outcome::result(made, event.to_string(), "The event comes back as it came.")
            }
            Self::WordCount => word_count(event, &lambda.buckets, made),
            Self::Fail => Outcome::failure("ValueError", "This function always fails, so that its failure can be seen.", "fail"),
            Self::Slow => slow(&event, made).await,
            Self::Forbidden => Outcome::result(made, json!({"reached": true}).to_string(), "Somebody may call this after all."),
            Self::Count => count(event, &*lambda.clock, made).await,
            Self::Picture => Outcome::result(made, PICTURE, "[INFO] A picture of 64 by 64."),
        }
    }
}

#[derive(Deserialize)]
struct Counted {
    bucket: String,
    key: String,
}

fn word_count(event: Value, buckets: &Buckets, made: &Made) -> Outcome {
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
    Outcome::result(made, counts.to_string(), format!("Read {} bytes of {bucket}/{key}.", object.body.len()))
}

async fn slow(event: &Value, made: &Made) -> Outcome {
    let seconds = match event.get("seconds") {
        None => SLOW_SECONDS,
        Some(seconds) => match seconds.as_f64().filter(|seconds| (0.0..=SLOWEST_SECONDS).contains(seconds)) {
            Some(seconds) => seconds,
            None => return Outcome::failure("ValueError", "\"seconds\" must be a number from 0 to 30.", "slow"),
        },
    };
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    Outcome::result(made, json!({"slept_seconds": seconds}).to_string(), format!("Slept {seconds} s."))
}

#[derive(Deserialize)]
#[serde(default)]
struct Counting {
    to: u32,
    seconds: f64,
    fail_after: Option<u32>,
}

impl Default for Counting {
    fn default() -> Self {
        Self { to: 5, seconds: 0.5, fail_after: None }
    }
}

/// A line for each number, with the time at which it was made, and a pause before each but the first.
async fn count(event: Value, clock: &dyn Clock, made: &Made) -> Outcome {
    let counting = serde_json::from_value::<Counting>(event)
        .ok()
        .filter(|counting| (1..=MOST).contains(&counting.to) && (0.0..=SLOWEST_SECONDS).contains(&counting.seconds));
    let Some(Counting { to, seconds, fail_after }) = counting else {
        return Outcome::failure("ValueError", "\"to\" must be a number from 1 to 1000, \"seconds\" one from 0 to 30.", "count");
    };
    let mut log = Vec::new();
    for number in 1..=to {
        if number > 1 {
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        }
        if fail_after.is_some_and(|after| number > after) {
            let failure = Outcome::failure("ValueError", "It was told to stop counting.", "count");
            return Outcome { log: [log, failure.log].concat(), ..failure };
        }
        let line = json!({"count": number, "made": clock.now().millis()});
        log.push(format!("[INFO] {number} of {to}"));
        // Nobody waits for it any more; Lambda does not stop for that.
        let _ = made.send(format!("{line}\n").into_bytes());
    }
    Outcome { error: None, log }
}
