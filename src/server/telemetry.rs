//! Structured log lines.
