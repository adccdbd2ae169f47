//! Every log line of this process, at every level.

use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Begins to capture; every test's world does.
pub(crate) fn capture() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        let levels = Targets::new().with_target("vestibule", LevelFilter::TRACE).with_default(LevelFilter::INFO);
        let lines = tracing_subscriber::fmt::layer().json().with_writer(Capture);
        tracing_subscriber::registry().with(levels).with(lines).init();
    });
}

/// What was logged so far.
pub(crate) fn text() -> String {
    String::from_utf8(LINES.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap()
}

/// The lines that hold `reference`.
pub(crate) fn lines_with(reference: &str) -> Vec<serde_json::Value> {
    text().lines().filter(|line| line.contains(reference)).map(|line| serde_json::from_str(line).unwrap()).collect()
}

struct Capture;

impl Write for Capture {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Capture {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}
