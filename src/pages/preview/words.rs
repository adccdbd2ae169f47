//! What is said of what is shown.

use super::look::{Body, Laid, Seen};
use crate::browser::format;
use crate::preview::document::Content;
use crate::preview::sniff::{Kind, Syntax};
use crate::preview::table::Table;
use crate::state::failure::Failure;
use crate::words::{t, tn};

/// What it is, and how much of it is shown.
pub(super) fn facts(seen: &Seen) -> String {
    match &seen.body {
        Body::Text(laid) => {
            let mut parts = vec![what(seen.kind, laid).to_owned(), laid.encoding.to_string()];
            parts.extend(extent(seen, laid));
            parts.join(" · ")
        }
        Body::Hex(_) => {
            t!("No text · the first {part} of {size}", part = format::size(seen.size.min(1_024)), size = format::size(seen.size))
        }
        Body::Rows(_, table) => {
            let all = table.all_rows.unwrap_or_default();
            let columns = columns(table);
            if all == table.rows.len() as u64 {
                ["Parquet", &rows(all), &columns].join(" · ")
            } else {
                ["Parquet", &first_of(table.rows.len() as u64, all), &columns].join(" · ")
            }
        }
        Body::Picture(_) | Body::Drawing(_) | Body::Player(_) | Body::Pdf | Body::Large(_) | Body::Not(_) => {
            [seen.kind.title(), &format::size(seen.size)].join(" · ")
        }
        Body::Empty => String::new(),
    }
}

/// That the object says it is something else, where it does.
pub(super) fn lie(seen: &Seen) -> Option<String> {
    let is = match (&seen.body, seen.kind) {
        (Body::Hex(_), _) => t!("not text"),
        (Body::Text(laid), Kind::Other(_)) => match laid.syntax {
            Syntax::Named(name) => {
                return belied(seen).then(|| {
                    t!("It is stored as {stored}. It is not that: it is {name}, shown as text.", stored = seen.stored, name = name)
                });
            }
            _ => t!("text"),
        },
        (_, kind) => kind.name(),
    };
    belied(seen).then(|| t!("It is stored as {stored}. It is not that: it is {kind}.", stored = seen.stored, kind = is))
}

fn belied(seen: &Seen) -> bool {
    let binary = matches!(seen.body, Body::Hex(_)) && (seen.stored.starts_with("text/") || seen.stored.starts_with("application/json"));
    binary || seen.kind.belies(&seen.stored)
}

fn what(kind: Kind, laid: &Laid) -> &'static str {
    match (kind, laid.syntax) {
        (Kind::Gzip, _) => t!("Unpacked from gzip"),
        (Kind::Drawing, _) => t!("SVG, as text"),
        (_, Syntax::Named(name)) => name,
        (_, Syntax::Json) => "JSON",
        (_, Syntax::JsonLines) => "JSON Lines",
        (_, Syntax::Table(b'\t')) => "TSV",
        (_, Syntax::Table(_)) => "CSV",
        (_, Syntax::Plain) => t!("Text"),
    }
}

/// How much of it is shown.
fn extent(seen: &Seen, laid: &Laid) -> Vec<String> {
    let part = (laid.read < seen.size).then(|| t!("{part} of {size}", part = format::size(laid.read), size = format::size(seen.size)));
    match &laid.document.content {
        Content::Table(table) => {
            let (count, columns) = (table.rows.len() as u64, columns(table));
            let more = laid.cut || seen.has_more();
            let shown = match (more, part) {
                (false, _) => rows(count),
                (true, None) => tn!(count, "the first {count} row", "the first {count} rows"),
                (true, Some(part)) => tn!(
                    count,
                    "the first {count} row from the first {part}",
                    "the first {count} rows from the first {part}",
                    count = count,
                    part = part
                ),
            };
            vec![shown, columns]
        }
        Content::Text(_) => match part {
            Some(part) => vec![t!("the first {part}", part = part)],
            None if laid.cut => vec![t!("the beginning").to_owned()],
            None => vec![format::size(seen.size)],
        },
    }
}

fn rows(count: u64) -> String {
    tn!(count, "{count} row", "{count} rows")
}

/// Some of more rows.
fn first_of(shown: u64, all: u64) -> String {
    tn!(all, "the first {shown} of {count} row", "the first {shown} of {count} rows", shown = shown, count = all)
}

fn columns(table: &Table) -> String {
    let shown = table.headings.len() as u64;
    match table.hidden_columns as u64 {
        0 => tn!(shown, "{count} column", "{count} columns"),
        hidden => {
            let all = shown + hidden;
            tn!(all, "the first {shown} of {count} column", "the first {shown} of {count} columns", shown = shown, count = all)
        }
    }
}

/// Said of what a player does not take.
pub(super) fn unplayable() -> Failure {
    Failure::new(t!("This browser cannot play it."), t!("Download it, and open it with another program."))
}
