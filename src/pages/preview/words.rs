//! What is said of what is shown.

use super::look::{Body, Laid, Seen};
use crate::browser::format;
use crate::preview::document::Content;
use crate::preview::sniff::{Kind, Syntax};
use crate::preview::table::Table;
use crate::state::failure::Failure;

/// What it is, and how much of it is shown.
pub(super) fn facts(seen: &Seen) -> String {
    match &seen.body {
        Body::Text(laid) => {
            let mut parts = vec![what(seen.kind, laid).to_owned(), laid.encoding.to_string()];
            parts.extend(extent(seen, laid));
            parts.join(" · ")
        }
        Body::Hex(_) => format!("No text · the first {} of {}", format::size(seen.size.min(1_024)), format::size(seen.size)),
        Body::Rows(_, table) => {
            let all = table.all_rows.unwrap_or_default();
            let columns = columns(table);
            if all == table.rows.len() as u64 {
                format!("Parquet · {} · {columns}", rows(all))
            } else {
                format!("Parquet · the first {} of {} · {columns}", format::count(table.rows.len() as u64), rows(all))
            }
        }
        Body::Picture(_) | Body::Drawing(_) | Body::Player(_) | Body::Pdf | Body::Large(_) | Body::Not(_) => {
            format!("{} · {}", capital(seen.kind), format::size(seen.size))
        }
        Body::Empty => String::new(),
    }
}

/// That the object says it is something else, where it does.
pub(super) fn lie(seen: &Seen) -> Option<String> {
    let is = match (&seen.body, seen.kind) {
        (Body::Hex(_), _) => "not text",
        (Body::Text(laid), Kind::Other(_)) => match laid.syntax {
            Syntax::Named(name) => {
                return belied(seen).then(|| format!("It is stored as {}. It is not that: it is {name}, shown as text.", seen.stored));
            }
            _ => "text",
        },
        (_, kind) => kind.name(),
    };
    belied(seen).then(|| format!("It is stored as {}. It is not that: it is {is}.", seen.stored))
}

fn belied(seen: &Seen) -> bool {
    let binary = matches!(seen.body, Body::Hex(_)) && (seen.stored.starts_with("text/") || seen.stored.starts_with("application/json"));
    binary || seen.kind.belies(&seen.stored)
}

fn what(kind: Kind, laid: &Laid) -> &'static str {
    match (kind, laid.syntax) {
        (Kind::Gzip, _) => "Unpacked from gzip",
        (Kind::Drawing, _) => "SVG, as text",
        (_, Syntax::Named(name)) => name,
        (_, Syntax::Json) => "JSON",
        (_, Syntax::JsonLines) => "JSON Lines",
        (_, Syntax::Table(b'\t')) => "TSV",
        (_, Syntax::Table(_)) => "CSV",
        (_, Syntax::Plain) => "Text",
    }
}

/// How much of it is shown.
fn extent(seen: &Seen, laid: &Laid) -> Vec<String> {
    let part = (laid.read < seen.size).then(|| format!("{} of {}", format::size(laid.read), format::size(seen.size)));
    match &laid.document.content {
        Content::Table(table) => {
            let (count, columns) = (table.rows.len() as u64, columns(table));
            let more = laid.cut || seen.has_more();
            let shown = match (more, part) {
                (false, _) => rows(count),
                (true, None) => format!("the first {}", rows(count)),
                (true, Some(part)) => format!("the first {} from the first {part}", rows(count)),
            };
            vec![shown, columns]
        }
        Content::Text(_) => match part {
            Some(part) => vec![format!("the first {part}")],
            None if laid.cut => vec!["the beginning".to_owned()],
            None => vec![format::size(seen.size)],
        },
    }
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{} rows", format::count(count)) }
}

fn columns(table: &Table) -> String {
    let shown = table.headings.len() as u64;
    match table.hidden_columns as u64 {
        0 if shown == 1 => "1 column".to_owned(),
        0 => format!("{} columns", format::count(shown)),
        hidden => format!("the first {} of {} columns", format::count(shown), format::count(shown + hidden)),
    }
}

fn capital(kind: Kind) -> String {
    let name = kind.name().trim_start_matches("an ").trim_start_matches("a ");
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Said of what a player does not take.
pub(super) fn unplayable() -> Failure {
    Failure::new("This browser cannot play it.", "Download it, and open it with another program.")
}
