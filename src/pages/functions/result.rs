//! What a function gave: its result, its failure, its log, and what to quote of the run.

use super::log;
use crate::browser::{format, save};
use crate::model::json::layout;
use crate::pages::problem::failure_notice;
use crate::state::failure::Failure;
use crate::state::invocation::{Done, FunctionError, Mode};
use crate::ui::button::button;
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece, Tag, tag};
use std::sync::Arc;

/// As much of a result is shown, in bytes; the whole can be saved.
const SHOWN: usize = 512 * 1024;

/// The numbers in the bar.
pub(super) fn figures(done: &Done) -> Tag {
    let outcome = &done.outcome;
    let (class, verdict) = match (&outcome.error, &done.broken, done.mode) {
        (Some(_), ..) => ("bad", "function error".to_owned()),
        (None, Some(_), _) => ("bad", "not whole".to_owned()),
        (None, None, Mode::Event) => ("good", format!("{} queued", outcome.status)),
        (None, None, Mode::DryRun) => ("good", format!("{} allowed", outcome.status)),
        (None, None, _) => ("good", outcome.status.to_string()),
    };
    let mut rest = vec![format::duration(done.milliseconds)];
    if let Some(report) = outcome.log.as_ref().and_then(|log| log.report.as_ref()) {
        rest.push(format!("billed {} ms", report.billed_ms));
        rest.push(format!("{} of {} MB", report.max_memory_mb, report.memory_mb));
    }
    rest.extend(done.chunks.map(pieces));
    let rest = rest.into_iter().map(|text| tag("li").child(text));
    tag("ul").class("figures small").child(tag("li").class(class).child(verdict)).children(rest)
}

/// In how many pieces an answer came.
pub(super) fn pieces(chunks: usize) -> String {
    if chunks == 1 { "1 piece".to_owned() } else { format!("{} pieces", format::count(chunks as u64)) }
}

/// What can be done with the result.
pub(super) fn actions(done: &Arc<Done>, function: String) -> Piece {
    let outcome = &done.outcome;
    if outcome.payload.is_empty() {
        return ().piece();
    }
    let kept = Arc::clone(done);
    let name = function.clone();
    let whole = button("button button--inline", "Save", move || {
        let payload = &kept.outcome.payload;
        save::save_bytes(&format!("{name}.{}", extension(payload)), MEDIA_TYPE, payload);
    })
    .set("aria-label", "Save the result as a file");
    let body = outcome.encoded_body().map(|body| {
        button("button button--inline", "Save its body", move || save::save_bytes(&format!("{function}.bin"), MEDIA_TYPE, &body))
            .set("title", "The result holds a body in base64; it is saved as it was before")
    });
    [body.piece(), whole.piece()].piece()
}

/// No browser looks into it, whatever the bytes look like.
const MEDIA_TYPE: &str = "application/octet-stream";

fn extension(payload: &[u8]) -> &'static str {
    match std::str::from_utf8(payload) {
        Ok(text) if layout::format(text).is_ok() => "json",
        Ok(_) => "txt",
        Err(_) => "bin",
    }
}

pub(super) fn content(done: &Arc<Done>) -> Piece {
    let outcome = &done.outcome;
    let accepted = match (outcome.status, done.mode) {
        (202, Mode::Event) => Some((
            "The event is queued",
            "Lambda will run the function with it on its own, and again if it fails. Neither a result nor a log comes back here.",
            "Look for what the function does, or at its log in CloudWatch.",
        )),
        (204, Mode::DryRun) => Some((
            "You may invoke this function",
            "Lambda checked your permission and the payload's form. Nothing has run.",
            "Choose another way to invoke it to run it.",
        )),
        _ => None,
    };
    let request = [
        ("Request", outcome.request_id.clone()),
        ("X-Ray trace", outcome.log.as_ref().and_then(|log| log.trace_id.clone())),
        ("Version", outcome.executed_version.clone()),
        ("Cold start", outcome.log.as_ref().and_then(|log| log.report.as_ref()?.init_ms).map(|init| format!("{init} ms"))),
    ];
    let fact = |(name, value): (&'static str, Option<String>)| {
        value.map(|value| tag("div").child(tag("dt").child(name)).child(" ").child(tag("dd").child(value)))
    };
    [
        done.fell_back.then(fell_back).piece(),
        outcome.error.as_ref().map(said).piece(),
        done.broken.clone().map(broken).piece(),
        match accepted {
            Some((title, message, next)) => notice(Notice::new(Kind::Empty, title, message, next), None).piece(),
            None => output(&outcome.payload),
        },
        outcome.log.as_ref().filter(|log| !log.text.is_empty()).map(log::tail).piece(),
        tag("dl").class("outcome__request small secondary").children(request.into_iter().filter_map(fact)).piece(),
    ]
    .piece()
}

fn fell_back() -> Tag {
    tag("p").class("outcome__note small").child(
        "This browser may not stream from there: its question beforehand (the preflight) was refused. So the function was invoked \
         once, and its result shown when it was whole.",
    )
}

fn broken(failure: Failure) -> Tag {
    notice(failure_notice("The result is not whole", failure), None)
}

/// The function's own failure, as its own.
fn said(error: &FunctionError) -> Tag {
    let how = if error.kind == "Handled" { "The function ended with an error of its own" } else { "The function broke off" };
    let what = match (error.error_type.clone(), error.message.clone()) {
        (Some(kind), Some(message)) => format!("{kind}: {message}"),
        (kind, message) => kind.or(message).unwrap_or_default(),
    };
    tag("div")
        .class("outcome__error")
        .child(tag("p").child(how).child("; Lambda and the portal did their part."))
        .child(tag("p").child(tag("strong").child(what)))
}

fn output(payload: &[u8]) -> Piece {
    let (text, cut) = readable(payload);
    let note = cut.then(|| {
        let words = format!("Only the beginning of {} is shown here. Save it to see the whole.", format::size(payload.len() as u64));
        tag("p").class("outcome__note small").child(words)
    });
    [tag("pre").class("output").child(text).piece(), note.piece()].piece()
}

/// JSON set out, other text as it is, anything else by its size; and whether that is only the beginning.
fn readable(payload: &[u8]) -> (String, bool) {
    if payload.is_empty() {
        return ("(nothing)".into(), false);
    }
    let Ok(text) = std::str::from_utf8(payload) else {
        let size = format::size(payload.len() as u64);
        return (format!("({size} that are not text: save them as a file)"), false);
    };
    let (formatted, fault) = layout::beginning(text, SHOWN);
    if fault.is_none() {
        let cut = formatted.len() >= SHOWN;
        return (formatted, cut);
    }
    let end = text.floor_char_boundary(SHOWN.min(text.len()));
    (text[..end].to_owned(), end < text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_as_they_are_read() {
        assert_eq!(readable(b"{\"a\":1}"), ("{\n  \"a\": 1\n}".into(), false));
        assert_eq!(readable("grün".as_bytes()), ("grün".into(), false));
        assert_eq!(readable(b""), ("(nothing)".into(), false));
        assert_eq!(readable(&[0xff; 3]), ("(3\u{a0}B that are not text: save them as a file)".into(), false));
        assert_eq!((extension(b"[1]"), extension(b"1 2"), extension(&[0xff])), ("json", "txt", "bin"));
    }

    #[test]
    fn only_the_beginning_of_much_is_shown() {
        let lines = "ü\n".repeat(SHOWN);
        let (text, cut) = readable(lines.as_bytes());
        assert!(cut && text.len() <= SHOWN && lines.starts_with(&text));
        let list = format!("[{}0]", "0,".repeat(SHOWN));
        let (text, cut) = readable(list.as_bytes());
        assert!(cut && text.starts_with("[\n  0,") && text.len() < SHOWN + 100);
    }
}
