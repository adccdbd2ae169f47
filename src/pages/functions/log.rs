//! The end of a function's log, coloured by the level of its lines.

use crate::state::invocation::{Level, LogTail};
use crate::ui::piece::{Piece, Tag, list, tag};
use crate::words::t;

pub(super) fn tail(log: &LogTail) -> Tag {
    tag("section").class("log").child(tag("h4").child(t!("End of the log"))).child(tag("pre").class("output").child(lines(log)))
}

/// Lines that follow each other at one level are one element.
fn lines(log: &LogTail) -> Piece {
    let mut runs: Vec<(Level, String)> = Vec::new();
    for (level, line) in log.lines() {
        match runs.last_mut() {
            Some((before, text)) if *before == level => text.extend(["\n", line]),
            Some((_, text)) => {
                text.push('\n');
                runs.push((level, line.to_owned()));
            }
            None => runs.push((level, line.to_owned())),
        }
    }
    list(runs.into_iter().map(|(level, text)| tag("span").set("class", class(level)).child(text)))
}

const fn class(level: Level) -> Option<&'static str> {
    match level {
        Level::Plain => None,
        Level::Platform => Some("log--platform"),
        Level::Debug => Some("log--debug"),
        Level::Info => Some("log--info"),
        Level::Warning => Some("log--warning"),
        Level::Error => Some("log--error"),
    }
}
