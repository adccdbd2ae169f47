//! Checks and formats JSON without taking it apart: numbers keep every digit, names their order,
//! and a mistake is told by line and column.
//!
//! The grammar is RFC 8259's. The scanner keeps its own stack, so that a payload of nothing but
//! brackets cannot exhaust the program's.

use std::fmt;

/// Where a text stops being JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Line, from 1.
    pub(super) line: usize,
    /// Column in characters, from 1.
    pub(super) column: usize,
    /// What is wrong there.
    pub(super) what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line {}, column {}: {}", self.line, self.column, self.what)
    }
}

/// Deepest nesting that is read. Indentation makes the formatted text grow with the square of it.
const DEEPEST: usize = 500;

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    Colon,
    CommaOrEnd,
    Nothing,
}

/// Gives `text` with two spaces of indentation a level, everything else as it was.
///
/// # Errors
/// The first [`Fault`].
pub(super) fn format(text: &str) -> Result<String, Fault> {
    Scanner { text, at: 0, out: String::with_capacity(text.len() + text.len() / 4), open: Vec::new() }.run().map_err(|(at, what)| {
        let before = &text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Fault { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1, what }
    })
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    out: String,
    /// Closing brackets that are still to come.
    open: Vec<u8>,
}

impl Scanner<'_> {
    fn run(mut self) -> Result<String, (usize, &'static str)> {
        let mut expect = Expect::Value;
        loop {
            self.skip_blanks();
            let Some(next) = self.peek() else {
                return if expect == Expect::Nothing { Ok(self.out) } else { Err((self.at, self.unfinished())) };
            };
            expect = match (expect, next) {
                (Expect::Nothing, _) => return Err((self.at, "nothing may follow the value.")),
                (Expect::ValueOrEnd | Expect::NameOrEnd | Expect::CommaOrEnd, close) if self.open.last() == Some(&close) => {
                    self.open.pop();
                    self.at += 1;
                    if expect == Expect::CommaOrEnd {
                        self.newline();
                    }
                    self.out.push(char::from(close));
                    self.after_value()
                }
                (Expect::CommaOrEnd, b',') => {
                    self.at += 1;
                    self.out.push(',');
                    self.newline();
                    if self.open.last() == Some(&b'}') { Expect::Name } else { Expect::Value }
                }
                (Expect::CommaOrEnd, _) => return Err((self.at, self.comma_or_end())),
                (Expect::Colon, b':') => {
                    self.at += 1;
                    self.out.push_str(": ");
                    Expect::Value
                }
                (Expect::Colon, _) => return Err((self.at, "a colon should stand between name and value.")),
                (Expect::Name | Expect::NameOrEnd, b'"') => {
                    if expect == Expect::NameOrEnd {
                        self.newline();
                    }
                    self.string()?;
                    Expect::Colon
                }
                (Expect::Name, b'}') => return Err((self.at, "a comma may not stand before the closing brace.")),
                (Expect::Name | Expect::NameOrEnd, _) => return Err((self.at, "a name in double quotes should stand here.")),
                (Expect::Value, b']') if self.open.last() == Some(&b']') => {
                    return Err((self.at, "a comma may not stand before the closing bracket."));
                }
                (Expect::Value | Expect::ValueOrEnd, _) => {
                    if expect == Expect::ValueOrEnd {
                        self.newline();
                    }
                    self.value(next)?
                }
            };
        }
    }

    fn value(&mut self, next: u8) -> Result<Expect, (usize, &'static str)> {
        match next {
            b'{' | b'[' => {
                if self.open.len() == DEEPEST {
                    return Err((self.at, "this is nested deeper than 500 levels."));
                }
                self.at += 1;
                self.out.push(char::from(next));
                let object = next == b'{';
                self.open.push(if object { b'}' } else { b']' });
                return Ok(if object { Expect::NameOrEnd } else { Expect::ValueOrEnd });
            }
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            b'a'..=b'z' | b'A'..=b'Z' => self.word()?,
            b'\'' => return Err((self.at, "text stands in double quotes, not in single ones.")),
            _ => return Err((self.at, "a value should stand here.")),
        }
        Ok(self.after_value())
    }

    fn string(&mut self) -> Result<(), (usize, &'static str)> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err((start, "this text has no closing quote.")),
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                Some(b'\n' | b'\r') => return Err((start, "this text has no closing quote on its line; a line break is written \\n.")),
                Some(0..0x20) => return Err((self.at, "a control character in a text is written as an escape, such as \\t.")),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        self.out.push_str(&self.text[start..self.at]);
        Ok(())
    }

    fn escape(&mut self) -> Result<(), (usize, &'static str)> {
        let rest = &self.text.as_bytes()[self.at + 1..];
        match rest.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') if rest.len() >= 5 && rest[1..5].iter().all(u8::is_ascii_hexdigit) => self.at += 6,
            Some(b'u') => return Err((self.at, "\\u takes four hexadecimal digits.")),
            _ => return Err((self.at, "a backslash may stand only before one of \" \\ / b f n r t u.")),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), (usize, &'static str)> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.peek();
        if self.digits() == 0 {
            return Err((start, "a minus must have a number behind it."));
        }
        if first == Some(b'0') && self.text[start..self.at].trim_start_matches('-').len() > 1 {
            return Err((start, "a number may not begin with 0."));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err((start, "a decimal point must have digits behind it."));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err((start, "an exponent must have digits."));
            }
        }
        self.out.push_str(&self.text[start..self.at]);
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn word(&mut self) -> Result<(), (usize, &'static str)> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.at += 1;
        }
        let word = &self.text[start..self.at];
        match word {
            "true" | "false" | "null" => {
                self.out.push_str(word);
                Ok(())
            }
            _ => Err((start, "text stands in double quotes; only true, false and null stand bare.")),
        }
    }

    fn after_value(&self) -> Expect {
        if self.open.is_empty() { Expect::Nothing } else { Expect::CommaOrEnd }
    }

    fn unfinished(&self) -> &'static str {
        match self.open.last() {
            None => "a value should stand here.",
            Some(b'}') => "the text ends before the closing brace.",
            Some(_) => "the text ends before the closing bracket.",
        }
    }

    fn comma_or_end(&self) -> &'static str {
        if self.open.last() == Some(&b'}') {
            "a comma or the closing brace should stand here."
        } else {
            "a comma or the closing bracket should stand here."
        }
    }

    fn newline(&mut self) {
        self.out.push('\n');
        for _ in &self.open {
            self.out.push_str("  ");
        }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
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
