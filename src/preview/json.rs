//! JSON as people read it: a text with one thing a line, or a table of lines.

use super::table::{Heading, MOST_COLUMNS, Table, cell};
use crate::model::json::Json;
use crate::model::json::layout::{self, Fault};

/// How many times as long as what was read the formatted text may become.
const GROWTH: usize = 4;
const SLACK: usize = 64 * 1024;

/// The text with one thing a line, as far as it is JSON, and where it stops being that. `cut` says that there is more
/// text, so that its end is no mistake. `None` where the mistake comes before there is anything to format.
#[must_use]
pub fn tree(text: &str, cut: bool) -> (Option<String>, Option<Fault>) {
    match layout::beginning(text, text.len() * GROWTH + SLACK) {
        (out, None) => (Some(out), None),
        (out, Some(fault)) if cut && is_the_end(text, &fault) => (Some(out), None),
        (_, Some(fault)) => (None, Some(fault)),
    }
}

/// Whether a mistake is that the text ends.
fn is_the_end(text: &str, fault: &Fault) -> bool {
    let rest = text.get(fault.at..).unwrap_or_default();
    // A number, a word or an escape has a few letters; a text that begins there has no other end than this one.
    rest.len() <= 8 || rest.starts_with('"') && !rest.contains('\n')
}

/// A table of the objects that stand one a line, and the first mistake. `None` where there is no object.
#[must_use]
pub fn lines(text: &str, cut: bool, most: usize) -> (Option<Table>, Option<Fault>) {
    let whole = if cut { text.rfind('\n').map_or("", |end| &text[..end]) } else { text };
    let mut names: Vec<String> = Vec::new();
    let (mut rows, mut fault, mut at) = (Vec::new(), None, 0);
    for (number, line) in whole.split('\n').enumerate() {
        if rows.len() == most {
            break;
        }
        let start = at;
        at += line.len() + 1;
        if line.trim().is_empty() {
            continue;
        }
        let value = match Json::parse(line) {
            Ok(value) => value,
            Err(malformed) => {
                let before = line.get(..malformed.at).unwrap_or_default();
                let column = before.chars().count() + 1;
                fault = Some(Fault { at: start + malformed.at, line: number + 1, column, what: malformed.what });
                break;
            }
        };
        let mut row = vec![None; names.len()];
        if let Json::Object(members) = &value {
            for (name, member) in members {
                let place = names.iter().position(|known| known == name).unwrap_or_else(|| {
                    names.push(name.clone());
                    row.push(None);
                    names.len() - 1
                });
                row[place] = shown(member);
            }
        } else {
            return (None, None);
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return (None, fault);
    }
    let columns = names.len().min(MOST_COLUMNS);
    for row in &mut rows {
        row.resize(columns, None);
    }
    let headings = names[..columns].iter().map(|name| Heading { name: cell(name), kind: "" }).collect();
    (Some(Table { headings, rows, hidden_columns: names.len() - columns, all_rows: None }), fault)
}

fn shown(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::Text(text) => Some(cell(text)),
        other => Some(cell(&other.written())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn trees() {
        assert_eq!(tree("{\"a\":[1]}", false).0.unwrap(), "{\n  \"a\": [\n    1\n  ]\n}");
        let (none, fault) = tree("{\n  \"a\": 1,\n}", false);
        assert_eq!(
            (none, fault.unwrap().to_string().as_str()),
            (None, "Line 3, column 1: a comma may not stand before the closing brace.")
        );
        for cut in ["{\"a\": [1, 2", "{\"a\": \"long te", "[tru", "[1, -", "{\"a\"", "[\"x\\u00"] {
            assert!(tree(cut, true).1.is_none(), "{cut}");
            assert!(tree(cut, false).1.is_some(), "{cut}");
        }
        assert!(tree("[1 2, 3, 4, 5, 6]", true).1.is_some());
    }

    #[test]
    fn a_hundred_thousand_levels() {
        let (none, fault) = tree(&"[".repeat(100_000), false);
        assert_eq!((none, fault.unwrap().column), (None, 501));
        let (none, fault) = lines(&"[".repeat(100_000), false, 200);
        assert!(none.is_none() && fault.is_some());
    }

    #[test]
    fn lines_become_a_table() {
        let text = "{\"a\":1,\"b\":\"x\"}\n\n{\"b\":{\"c\":[true,null]},\"d\":null}\n{\"a\"";
        let (table, fault) = lines(text, true, 200);
        let table = table.unwrap();
        assert!(fault.is_none());
        assert_eq!(table.headings.iter().map(|heading| heading.name.as_str()).collect::<Vec<_>>(), ["a", "b", "d"]);
        assert_eq!(table.rows[0], [Some("1".into()), Some("x".into()), None]);
        assert_eq!(table.rows[1], [None, Some("{\"c\":[true,null]}".into()), None]);
        assert_eq!(table.rows.len(), 2);
        let (table, fault) = lines(text, false, 200);
        assert_eq!((table.unwrap().rows.len(), fault.unwrap().line), (2, 4));
        assert_eq!(lines("1\n2\n", false, 200), (None, None));
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>(), cut in any::<bool>()) {
            let _ = (tree(&text, cut), lines(&text, cut, 10));
        }
    }
}
