//! The log: structured lines on standard error.
//!
//! Only the portal's own events are written at the configured level. Libraries are held to
//! warnings: some of them print requests, and requests hold tokens. (The sandbox's S3 protocol layer
//! is silent: it calls every refusal an error.)

use super::config::{Log, LogFormat};
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

/// Target of what is written down of mints that are tried and are no session.
pub const PROBES: &str = "vestibule::probes";

/// Starts the log for the whole process. A second call changes nothing.
pub fn start(log: Log) {
    begin(subscriber(log, &all(log), std::io::stderr));
}

/// Starts the log of a command that says everything else itself: probes stand in it as in the portal's own, and nothing
/// besides.
pub fn start_probes(log: Log) {
    begin(subscriber(log, &probes(log), std::io::stderr));
}

fn begin(subscriber: Box<dyn Subscriber + Send + Sync>) {
    if subscriber.try_init().is_err() {
        tracing::debug!("the log had been started before");
    }
}

fn all(log: Log) -> String {
    format!("warn,vestibule={level},hyper=error,aws_config=error,s3s=off", level = log.level.as_str())
}

fn probes(log: Log) -> String {
    format!("off,{PROBES}={level}", level = log.level.as_str())
}

/// Writes events as lines, each with the fields of the request's span.
fn subscriber(log: Log, filter: &str, writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) -> Box<dyn Subscriber + Send + Sync> {
    let lines = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_writer(writer).with_target(false);
    match log.format {
        LogFormat::Text => Box::new(lines.with_ansi(false).finish()),
        // The request is the only span there is: a list of spans would say it twice.
        LogFormat::Json => Box::new(lines.json().flatten_event(true).with_span_list(false).finish()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::LogLevel;
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use tracing::field::Empty;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn lines_of(log: Log, filter: &str, events: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        tracing::subscriber::with_default(subscriber(log, filter, move || writer.clone()), events);
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_command_writes_down_its_probes_as_the_portal_does_and_nothing_else() {
        let events = || {
            tracing::info!(target: PROBES, event = "probe", role = "analyst", "tried");
            tracing::warn!("STS refused");
            tracing::error!(target: "hyper", "broken");
        };
        for (level, lines) in [(LogLevel::Info, 1), (LogLevel::Error, 0)] {
            let log = Log { level, format: LogFormat::Json };
            let of_command = lines_of(log, &probes(log), events);
            assert_eq!(of_command.lines().count(), lines, "{of_command}");
            let of_portal = lines_of(log, &all(log), events);
            let without_time = |text: &str| text.split_once(',').map(|(_, rest)| rest.to_owned());
            let first = of_portal.lines().find(|line| line.contains("probe"));
            assert_eq!(of_command.lines().next().and_then(without_time), first.and_then(without_time), "{of_portal}");
        }
    }

    fn written(format: LogFormat) -> String {
        let log = Log { level: LogLevel::Error, format };
        let text = lines_of(log, &all(log), || {
            let span = tracing::error_span!("request", reference = "r4f", trace_id = Some("Root=1-2"), subject = Empty);
            let _entered = span.enter();
            span.record("subject", "somebody");
            tracing::error!(code = "internal", "a defect");
            tracing::warn!("not at this level");
        });
        assert_eq!(text.lines().count(), 1, "{text}");
        text
    }

    #[test]
    fn each_line_shows_its_request_in_both_formats() {
        let text = written(LogFormat::Text);
        assert!(text.contains(r#"request{reference="r4f" trace_id="Root=1-2" subject="somebody"}: a defect code="internal""#), "{text}");
        let line: serde_json::Value = serde_json::from_str(&written(LogFormat::Json)).unwrap();
        assert_eq!(line["span"], serde_json::json!({"name": "request", "reference": "r4f", "trace_id": "Root=1-2", "subject": "somebody"}));
        assert_eq!((&line["message"], &line["code"]), (&"a defect".into(), &"internal".into()));
    }
}
