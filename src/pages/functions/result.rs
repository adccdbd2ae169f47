//! What a function gave: its result, its failure, its log, and what to quote of the run.

use super::log;
use crate::browser::{format, save};
use crate::model::json::layout;
use crate::pages::problem::{explanation, failure_notice};
use crate::state::failure::Failure;
use crate::state::invocation::{Done, FunctionError, Mode};
use crate::ui::button::button;
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece, Tag, tag};
use crate::words::{t, tn};
use std::sync::Arc;

/// As much of a result is shown, in bytes; the whole can be saved.
const SHOWN: usize = 512 * 1024;

/// The numbers in the bar.
pub(super) fn figures(done: &Done) -> Tag {
    let outcome = &done.outcome;
    let (class, verdict) = match (&outcome.error, &done.broken, done.mode) {
        (Some(_), ..) => ("bad", t!("function error").to_owned()),
        (None, Some(_), _) => ("bad", t!("not whole").to_owned()),
        (None, None, Mode::Event) => ("good", t!("{status} queued", status = outcome.status.to_string())),
        (None, None, Mode::DryRun) => ("good", t!("{status} allowed", status = outcome.status.to_string())),
        (None, None, _) => ("good", outcome.status.to_string()),
    };
    let mut rest = vec![format::duration(done.milliseconds)];
    if let Some(report) = outcome.log.as_ref().and_then(|log| log.report.as_ref()) {
        rest.push(t!("billed {milliseconds} ms", milliseconds = report.billed_ms.to_string()));
        rest.push(t!("{used} of {all} MB", used = report.max_memory_mb, all = report.memory_mb));
    }
    rest.extend(done.chunks.map(|chunks| tn!(chunks, "{count} piece", "{count} pieces")));
    let rest = rest.into_iter().map(|text| tag("li").child(text));
    tag("ul").class("figures small").child(tag("li").class(class).child(verdict)).children(rest)
}

/// What can be done with the result.
pub(super) fn actions(done: &Arc<Done>, function: String) -> Piece {
    let outcome = &done.outcome;
    if outcome.payload.is_empty() {
        return ().piece();
    }
    let kept = Arc::clone(done);
    let name = function.clone();
    let whole = button("button button--inline", t!("Save"), move || {
        let payload = &kept.outcome.payload;
        save::save_bytes(&format!("{name}.{}", extension(payload)), MEDIA_TYPE, payload);
    })
    .set("aria-label", t!("Save the result as a file"));
    let body = outcome.encoded_body().map(|body| {
        button("button button--inline", t!("Save its body"), move || save::save_bytes(&format!("{function}.bin"), MEDIA_TYPE, &body))
            .set("title", t!("The result holds a body in base64; it is saved as it was before"))
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
            t!("The event is queued"),
            t!("Lambda will run the function with it on its own, and again if it fails. Neither a result nor a log comes back here."),
            t!("Look for what the function does, or at its log in CloudWatch."),
        )),
        (204, Mode::DryRun) => Some((
            t!("You may invoke this function"),
            t!("Lambda checked your permission and the payload's form. Nothing has run."),
            t!("Choose another way to invoke it to run it."),
        )),
        _ => None,
    };
    let request = [
        (t!("Request"), outcome.request_id.clone()),
        (t!("X-Ray trace"), outcome.log.as_ref().and_then(|log| log.trace_id.clone())),
        (t!("Version"), outcome.executed_version.clone()),
        (
            t!("Cold start"),
            outcome
                .log
                .as_ref()
                .and_then(|log| log.report.as_ref()?.init_ms)
                .map(|init| t!("{milliseconds} ms", milliseconds = init.to_string())),
        ),
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
        t!("This browser may not stream from there: its question beforehand (the preflight) was refused. So the function was invoked once, and its result shown when it was whole."),
    )
}

fn broken(failure: Failure) -> Tag {
    notice(failure_notice(t!("The result is not whole"), failure), None)
}

/// The function's own failure, as its own.
fn said(error: &FunctionError) -> Tag {
    let how = if error.kind == "Handled" {
        t!("The function ended with an error of its own; Lambda and the portal did their part.")
    } else {
        t!("The function broke off; Lambda and the portal did their part.")
    };
    let what = match (error.error_type.clone(), error.message.clone()) {
        (Some(kind), Some(message)) => format!("{kind}: {message}"),
        (kind, message) => kind.or(message).unwrap_or_default(),
    };
    tag("div")
        .class("outcome__error")
        .child(tag("p").child(how).child(" ").child(explanation("function-error")))
        .child(tag("p").child(tag("strong").child(what)))
}

fn output(payload: &[u8]) -> Piece {
    let (text, cut) = readable(payload);
    let note = cut.then(|| {
        let words = t!("Only the beginning of {size} is shown here. Save it to see the whole.", size = format::size(payload.len() as u64));
        tag("p").class("outcome__note small").child(words)
    });
    [tag("pre").class("output").child(text).piece(), note.piece()].piece()
}

/// JSON set out, other text as it is, anything else by its size; and whether that is only the beginning.
pub(super) fn readable(payload: &[u8]) -> (String, bool) {
    if payload.is_empty() {
        return (t!("(nothing)").into(), false);
    }
    let Ok(text) = std::str::from_utf8(payload) else {
        let size = format::size(payload.len() as u64);
        return (t!("({size} that are not text: save them as a file)", size = size), false);
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
