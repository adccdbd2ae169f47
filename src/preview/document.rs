//! Text as it is shown.

use super::sniff::Syntax;
use super::table::Table;
use super::{csv, json};
use crate::words::t;

/// What is shown of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// As it stands, or formatted.
    Text(String),
    /// As a table.
    Table(Table),
}

/// A text, laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What is shown.
    pub content: Content,
    /// Where it stops being what it should be.
    pub fault: Option<String>,
}

/// Lays out a text. `cut` says that there is more of it; a table has at most `rows` rows.
#[must_use]
pub fn lay_out(text: String, cut: bool, syntax: Syntax, rows: usize) -> Document {
    match syntax {
        Syntax::Table(likely) => match csv::read(&text, cut, rows, likely) {
            Some(table) => Document { content: Content::Table(table), fault: None },
            None if text.trim().is_empty() => plain(text, None),
            None => plain(text, Some(t!("No row ends in what was read, so it is shown as text.").to_owned())),
        },
        Syntax::Json => match json::tree(&text, cut) {
            (Some(tree), _) => plain(tree, None),
            // A second value on a line of its own: what is called JSON is often lines of it.
            (None, Some(fault)) => match json::lines(&text, cut, rows) {
                (Some(table), None) => Document { content: Content::Table(table), fault: None },
                _ => plain(text, Some(fault.to_string())),
            },
            (None, None) => plain(text, None),
        },
        Syntax::JsonLines => match json::lines(&text, cut, rows) {
            (Some(table), fault) => Document { content: Content::Table(table), fault: fault.map(|fault| fault.to_string()) },
            (None, fault) => plain(text, fault.map(|fault| fault.to_string())),
        },
        Syntax::Plain | Syntax::Named(_) => plain(text, None),
    }
}

fn plain(text: String, fault: Option<String>) -> Document {
    Document { content: Content::Text(text), fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, syntax: Syntax) -> Document {
        lay_out(text.to_owned(), false, syntax, 200)
    }

    #[test]
    fn each_syntax() {
        assert!(matches!(of("a,b\n1,2\n", Syntax::Table(b',')).content, Content::Table(_)));
        assert!(matches!(of("{\"a\":1}\n{\"a\":2}\n", Syntax::Json).content, Content::Table(_)));
        assert_eq!(of("{\"a\":1}", Syntax::Json).content, Content::Text("{\n  \"a\": 1\n}".into()));
        let broken = of("{\"a\": 1,\n \"b\" 2}", Syntax::Json);
        assert_eq!(broken.content, Content::Text("{\"a\": 1,\n \"b\" 2}".into()));
        assert_eq!(broken.fault.as_deref(), Some("Line 2, column 6: a colon should stand between name and value."));
        assert_eq!(of("<b>bold</b>", Syntax::Named("HTML")).content, Content::Text("<b>bold</b>".into()));
    }
}
