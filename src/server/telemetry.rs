//! The log: structured lines on standard error.
//!
//! Only the portal's own events are written at the configured level. Libraries are held to
//! warnings: some of them print requests, and requests hold tokens. (The sandbox's S3 protocol layer
//! is silent: it calls every refusal an error.)

use super::config::{Log, LogFormat};
use tracing_subscriber::EnvFilter;

/// Starts the log for the whole process. A second call changes nothing.
pub fn start(log: Log) {
    let filter = EnvFilter::new(format!("warn,vestibule={level},hyper=error,aws_config=error,s3s=off", level = log.level.as_str()));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let started = match log.format {
        LogFormat::Text => subscriber.with_ansi(false).try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("the log had been started before");
    }
}
