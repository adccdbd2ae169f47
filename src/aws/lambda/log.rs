//! The end of a function's log, as Lambda sends it with the answer: at most 4 kB.

use crate::aws::base64;
use crate::model::json::Json;
use std::fmt;

/// The last 4 kB of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTail {
    /// The text. Its first line may begin in the middle.
    pub text: String,
    /// What the platform reported at the end.
    pub report: Option<Report>,
    /// Id of the trace in X-Ray, where the run was traced.
    pub trace_id: Option<String>,
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

impl LogTail {
    /// Reads what Lambda sends in base64; `None` when that is not base64.
    pub(super) fn decode(encoded: &str) -> Option<Self> {
        // The cut at 4 kB may go through a character.
        let text = String::from_utf8_lossy(&base64::decode(encoded)?).into_owned();
        let report = text.lines().rev().find_map(Report::parse);
        let trace_id = text.lines().rev().find_map(trace_id);
        Some(Self { text, report, trace_id })
    }

    /// The lines, each with what it is.
    pub fn lines(&self) -> impl Iterator<Item = (Level, &str)> {
        let mut before = Level::Plain;
        self.text.lines().map(move |line| {
            let level = match Level::of(line) {
                // What is indented belongs to the line above, such as a stack trace.
                Level::Plain if line.starts_with([' ', '\t']) && before != Level::Platform => before,
                level => level,
            };
            before = level;
            (level, line)
        })
    }
}

/// What a line of a log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Lambda's own words: `START`, `END`, `REPORT`.
    Platform,
    /// The function's words, without a level.
    Plain,
    /// For whoever looks for a mistake.
    Debug,
    /// What happened.
    Info,
    /// What may become a mistake.
    Warning,
    /// What went wrong.
    Error,
}

/// How many words from the beginning of a line its level stands at most: behind date, time and request id.
const LEVEL_WITHIN: usize = 5;

impl Level {
    /// By the formats of Lambda's runtimes, of log4j and of Rust's tracing: the level is a word in capitals near the
    /// beginning, or a member of an object.
    fn of(line: &str) -> Self {
        if line.starts_with('{') {
            return Self::of_object(line);
        }
        if ["START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START ", "INIT_REPORT ", "XRAY TraceId: "]
            .iter()
            .any(|word| line.starts_with(word))
        {
            return Self::Platform;
        }
        if line.starts_with("Traceback (most recent call last)") || line.contains("Task timed out after ") {
            return Self::Error;
        }
        let words = line.split_whitespace().take(LEVEL_WITHIN);
        words.map(|word| Self::named(word.trim_matches(['[', ']', ':', '|']))).find(|level| *level != Self::Plain).unwrap_or(Self::Plain)
    }

    /// A line of a function that logs JSON.
    fn of_object(line: &str) -> Self {
        let Ok(value) = Json::parse(line) else { return Self::Plain };
        let text = |name: &str| value.get(name).and_then(Json::as_text);
        if text("type").is_some_and(|kind| kind.starts_with("platform.")) {
            return Self::Platform;
        }
        text("level").or_else(|| text("severity")).map_or(Self::Plain, |level| Self::named(&level.to_ascii_uppercase()))
    }

    fn named(word: &str) -> Self {
        match word {
            "TRACE" | "DEBUG" => Self::Debug,
            "INFO" | "NOTICE" => Self::Info,
            "WARN" | "WARNING" => Self::Warning,
            "ERROR" | "CRITICAL" | "FATAL" | "SEVERE" => Self::Error,
            _ => Self::Plain,
        }
    }
}

/// `XRAY TraceId: 1-5759e988-bd862e3fe1be46a994272793\tSegmentId: …\tSampled: true`, and of a function that logs JSON
/// the `tracing` of its report: `Root=1-5759e988-…;Parent=…;Sampled=1`.
fn trace_id(line: &str) -> Option<String> {
    if let Some((_, rest)) = line.split_once("XRAY TraceId: ") {
        return rest.split_whitespace().next().map(str::to_owned);
    }
    let value = line.contains("platform.report").then(|| Json::parse(line).ok()).flatten()?;
    let traced = value.get("record")?.get("tracing")?.get("value")?.as_text()?;
    traced.split(';').find_map(|part| part.trim().strip_prefix("Root=")).map(str::to_owned)
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
