//! Formats JSON without taking it apart: numbers keep every digit, names their order, and a mistake
//! is told by line and column.

use super::tokens::{Malformed, Token, Tokens};
use crate::words::{t, translated};
use std::fmt;

/// Where a text stops being JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Byte of the text.
    pub at: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&t!("Line {line}, column {column}: {what}", line = self.line, column = self.column, what = translated(self.what)))
    }
}

impl Fault {
    fn of(text: &str, Malformed { at, what }: Malformed) -> Self {
        let before = &text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self { at, line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1, what }
    }
}

/// What has just been written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// Nothing, or the name of a member: what comes next stands right there.
    Nothing,
    /// A bracket that opens.
    Opening,
    /// A whole value.
    Value,
}

/// Gives `text` with two spaces of indentation a level, everything else as it was.
///
/// # Errors
/// The first [`Fault`].
pub fn format(text: &str) -> Result<String, Fault> {
    match beginning(text, usize::MAX) {
        (out, None) => Ok(out),
        (_, Some(fault)) => Err(fault),
    }
}

/// As [`format()`], as far as the text is JSON and what comes out has at most `most` bytes and a line. (Each level is
/// indented more than the one around it, so that a text of brackets becomes hundreds of times as long as it is.)
#[must_use]
pub fn beginning(text: &str, most: usize) -> (String, Option<Fault>) {
    let mut out = String::with_capacity((text.len() + text.len() / 4).min(most));
    let (mut depth, mut before) = (0, Before::Nothing);
    let mut tokens = Tokens::of(text);
    while out.len() < most {
        let token = match tokens.token() {
            Ok(Some(token)) => token,
            Ok(None) => break,
            Err(malformed) => return (out, Some(Fault::of(text, malformed))),
        };
        if let Token::Close(container) = token {
            depth -= 1;
            if before == Before::Value {
                newline(&mut out, depth);
            }
            out.push(container.closing());
            before = Before::Value;
            continue;
        }
        if before == Before::Value {
            out.push(',');
        }
        if before != Before::Nothing {
            newline(&mut out, depth);
        }
        match token {
            Token::Open(container) => {
                out.push(container.opening());
                depth += 1;
                before = Before::Opening;
            }
            Token::Name(name) => {
                out.push_str(name);
                out.push_str(": ");
                before = Before::Nothing;
            }
            Token::Text(scalar) | Token::Number(scalar) | Token::Word(scalar) => {
                out.push_str(scalar);
                before = Before::Value;
            }
            Token::Close(_) => {}
        }
    }
    (out, None)
}

fn newline(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formats() {
        assert_eq!(
            format(r#" {"a":[1,2.50,{}],"b":{"c":null},"d":[],"e":12345678901234567890} "#).unwrap(),
            "{\n  \"a\": [\n    1,\n    2.50,\n    {}\n  ],\n  \"b\": {\n    \"c\": null\n  },\n  \"d\": [],\n  \"e\": 12345678901234567890\n}"
        );
        assert_eq!(format("\"\\u00e9 \\\" é\"").unwrap(), "\"\\u00e9 \\\" é\"");
    }

    #[test]
    fn says_where_and_what() {
        for (text, expected) in [
            ("", "Line 1, column 1: a value should stand here."),
            ("{\n  \"a\": 1,\n}", "Line 3, column 1: a comma may not stand before the closing brace."),
            ("[1,]", "Line 1, column 4: a comma may not stand before the closing bracket."),
            ("{\"é\" 1}", "Line 1, column 6: a colon should stand between name and value."),
            ("{a: 1}", "Line 1, column 2: a name in double quotes should stand here."),
            ("{'a': 1}", "Line 1, column 2: a name in double quotes should stand here."),
            ("['a']", "Line 1, column 2: text stands in double quotes, not in single ones."),
            ("{\"a\": 1 \"b\": 2}", "Line 1, column 9: a comma or the closing brace should stand here."),
            ("[1 2]", "Line 1, column 4: a comma or the closing bracket should stand here."),
            ("{\"a\": [1}", "Line 1, column 9: a comma or the closing bracket should stand here."),
            ("{\"a\": 1", "Line 1, column 8: the text ends before the closing brace."),
            ("\"abc", "Line 1, column 1: this text has no closing quote."),
            ("\"a\\x\"", "Line 1, column 3: a backslash may stand only before one of \" \\ / b f n r t u."),
            ("\"\\u12g4\"", "Line 1, column 2: \\u takes four hexadecimal digits."),
            ("007", "Line 1, column 1: a number may not begin with 0."),
            ("1.", "Line 1, column 1: a decimal point must have digits behind it."),
            ("yes", "Line 1, column 1: text stands in double quotes; only true, false and null stand bare."),
            ("{} {}", "Line 1, column 4: nothing may follow the value."),
        ] {
            assert_eq!(format(text).unwrap_err().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_where_it_begins() {
        let fault = format(&"[".repeat(200_000)).unwrap_err();
        assert_eq!((fault.column, fault.what), (501, "this is nested deeper than 500 levels."));
    }

    #[test]
    fn brackets_do_not_grow_without_end() {
        let brackets = format!("[{}]", vec!["[".repeat(400) + &"]".repeat(400); 100].join(","));
        let (out, fault) = beginning(&brackets, 10_000);
        assert!((10_000..12_000).contains(&out.len()) && fault.is_none());
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(text in r#"[ \n\[\]{}:,"\\a-u0-9.eE+é-]{0,24}"#) {
            prop_assert_eq!(format(&text).is_ok(), serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(), "{}", text);
        }

        #[test]
        fn formatting_keeps_the_value_and_is_stable(depth in 0_u32..4, seed in any::<u64>()) {
            let value = sample(depth, seed);
            let formatted = format(&value.to_string()).unwrap();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&formatted).unwrap(), value);
            prop_assert_eq!(format(&formatted).unwrap(), formatted);
        }

        #[test]
        fn never_panics(text in any::<String>()) {
            let _ = format(&text);
        }
    }

    fn sample(depth: u32, seed: u64) -> serde_json::Value {
        let children = || (0..seed % 3).map(|n| sample(depth - 1, seed / 3 + n * 7));
        match (depth, seed % 5) {
            (0, 0) => serde_json::json!(null),
            (0, 1) => serde_json::json!(seed),
            (0, _) => serde_json::json!(format!("t\"{seed}\n\\é")),
            (_, 0..=2) => serde_json::Value::Array(children().collect()),
            _ => serde_json::Value::Object(children().enumerate().map(|(n, child)| (format!("n {n}"), child)).collect()),
        }
    }
}
