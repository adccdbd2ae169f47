//! Sessions as a table for a spreadsheet: RFC 4180, in UTF-8.

use crate::model::clock::Timestamp;
use crate::model::session::Session;

/// The columns.
const HEAD: [&str; 12] = [
    "session_id",
    "email",
    "subject",
    "role",
    "strategy",
    "access_key_id",
    "issued_at",
    "expires_at",
    "state",
    "ended_at",
    "denied_at",
    "source_ip",
];

/// Writes one line a session, below the names of the columns.
#[must_use]
pub fn csv<'a>(sessions: impl IntoIterator<Item = &'a Session>) -> String {
    let mut text = String::new();
    line(&mut text, HEAD);
    for session in sessions {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        let (issued, expires) = (session.issued_at.to_string(), session.expires_at.to_string());
        let (ended, denied) = (time(session.ended_at), time(session.denied_at));
        let cells = [
            session.id.as_str(),
            session.email.as_deref().unwrap_or_default(),
            session.subject.as_str(),
            session.role.as_str(),
            session.strategy.as_str(),
            &session.access_key_id,
            &issued,
            &expires,
            session.state.as_str(),
            &ended,
            &denied,
            session.source_ip.as_deref().unwrap_or_default(),
        ];
        line(&mut text, cells);
    }
    text
}

fn line(text: &mut String, cells: [&str; HEAD.len()]) {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        write_cell(text, cell);
    }
    text.push_str("\r\n");
}

/// A spreadsheet runs what begins like a formula, and an address is whatever its person made it. An
/// apostrophe in front makes text of it (OWASP, "CSV Injection").
fn write_cell(text: &mut String, cell: &str) {
    let runs = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let quoted = runs || cell.contains([',', '"', '\r', '\n']);
    if quoted {
        text.push('"');
    }
    if runs {
        text.push('\'');
    }
    for letter in cell.chars() {
        if letter == '"' {
            text.push('"');
        }
        text.push(letter);
    }
    if quoted {
        text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::session;
    use super::*;
    use crate::model::session::SessionState;
    use proptest::prelude::*;

    fn written(cell: &str) -> String {
        let mut text = String::new();
        write_cell(&mut text, cell);
        text
    }

    #[test]
    fn a_line_a_session() {
        let text = csv(&[session(7, "ada@example.com", SessionState::Live, 0, 3_600)]);
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[0], HEAD.join(","));
        assert_eq!(
            lines[1],
            "00000000000000000000000007,ada@example.com,subject-ada@example.com,analyst,web-identity,ASIA7,1970-01-01T00:00:00Z,\
             1970-01-01T01:00:00Z,live,,,10.0.0.7"
        );
        assert_eq!(lines[2..], [""]);
    }

    #[test]
    fn formulas_become_text_and_quotes_are_doubled() {
        for (cell, expected) in [
            ("plain", "plain"),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=\"x\"", "\"'=\"\"x\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(written(cell), expected, "{cell:?}");
        }
    }

    /// What a reader that follows RFC 4180 gets back.
    fn read(line: &str) -> Vec<String> {
        let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(std::mem::take(&mut cell)),
                other => cell.push(other),
            }
        }
        cells.push(cell);
        cells
    }

    proptest! {
        #[test]
        fn every_cell_comes_back_and_none_is_a_formula(first in any::<String>(), second in any::<String>()) {
            let back = read(&format!("{},{}", written(&first), written(&second)));
            prop_assert_eq!(back.len(), 2);
            for (cell, back) in [first, second].iter().zip(back) {
                prop_assert!(!back.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
                prop_assert!(back == *cell || back.strip_prefix('\'') == Some(cell));
            }
        }
    }
}
