//! Values as each language writes them. What is written means the value and nothing else, whatever it holds.

/// Between single quotes, for `sh`: nothing in them means anything but the quote itself.
pub(crate) fn sh(value: &str) -> String {
    ["'", &value.replace('\'', "'\\''"), "'"].concat()
}

/// Between single quotes, for fish, where a backslash and the quote are written behind a backslash.
pub(super) fn fish(value: &str) -> String {
    ["'", &value.replace('\\', "\\\\").replace('\'', "\\'"), "'"].concat()
}

/// Between single quotes, for PowerShell, which takes four more characters for such a quote (about_Quoting_Rules); each
/// stands twice.
pub(super) fn power_shell(value: &str) -> String {
    let mut text = String::from("'");
    for letter in value.chars() {
        if matches!(letter, '\'' | '\u{2018}'..='\u{201B}') {
            text.push(letter);
        }
        text.push(letter);
    }
    text.push('\'');
    text
}

/// A language in whose string literals a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Python,
    JavaScript,
    Java,
    Rust,
}

/// Between double quotes. Everything outside of ASCII is written by its number: a source file has one encoding or
/// another, and letters that turn the direction of writing can make code look like something else.
pub(crate) fn literal(code: Code, value: &str) -> String {
    let mut text = String::from("\"");
    for letter in value.chars() {
        match letter {
            '\\' | '"' => {
                text.push('\\');
                text.push(letter);
            }
            ' '..='~' => text.push(letter),
            _ => text.push_str(&by_number(code, letter)),
        }
    }
    text.push('"');
    text
}

fn by_number(code: Code, letter: char) -> String {
    let number = u32::from(letter);
    match code {
        Code::JavaScript | Code::Rust => ["\\u{", &digits(number, 16, 1), "}"].concat(),
        Code::Python => ["\\U", &digits(number, 16, 8)].concat(),
        // A compiler replaces \u000a before it looks for strings: it would end the line (JLS, 3.3).
        Code::Java if number < 0x80 => ["\\", &digits(number, 8, 3)].concat(),
        Code::Java => letter.encode_utf16(&mut [0; 2]).iter().map(|unit| ["\\u", &digits((*unit).into(), 16, 4)].concat()).collect(),
    }
}

/// At least `width` digits. By hand: formatting is dear in the browser's program.
fn digits(mut number: u32, base: u32, width: usize) -> String {
    let mut text = String::new();
    while number > 0 || text.len() < width {
        text.insert(0, char::from_digit(number % base, base).unwrap_or('0'));
        number /= base;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    #[test]
    fn each_language_by_example() {
        let hostile = "a'b\"c\\d $(e) `f` %g% \u{2019}";
        assert_eq!(sh(hostile), "'a'\\''b\"c\\d $(e) `f` %g% \u{2019}'");
        assert_eq!(fish(hostile), "'a\\'b\"c\\\\d $(e) `f` %g% \u{2019}'");
        assert_eq!(power_shell(hostile), "'a''b\"c\\d $(e) `f` %g% \u{2019}\u{2019}'");
        let odd = "a\"\\b\nc\u{e9}\u{1F600}\u{202E}";
        assert_eq!(literal(Code::Python, odd), r#""a\"\\b\U0000000ac\U000000e9\U0001f600\U0000202e""#);
        assert_eq!(literal(Code::JavaScript, odd), r#""a\"\\b\u{a}c\u{e9}\u{1f600}\u{202e}""#);
        assert_eq!(literal(Code::Rust, odd), literal(Code::JavaScript, odd));
        assert_eq!(literal(Code::Java, odd), r#""a\"\\b\012c\u00e9\ud83d\ude00\u202e""#);
        assert_eq!(literal(Code::Java, "\\u0022"), r#""\\u0022""#, "a backslash behind a backslash begins no number");
        assert_eq!(literal(Code::JavaScript, "\0"), r#""\u{0}""#);
    }

    /// By fish itself, where it is installed; the browser tests run what is copied for it.
    #[test]
    fn fish_reads_what_was_meant() {
        let values = ["'", "\\", "\\'", "'\\", "a\\\\b", "$HOME (echo e) {a,b} * ?", "\"`e`\"", "\u{2019}\n\t", "", "-e", "\\n\\x41"];
        let quoted = values.map(fish).join(" ");
        let Ok(said) = Command::new("fish").args(["--no-config", "-c", &["printf '%s\\0' ", &quoted].concat()]).output() else { return };
        let read = String::from_utf8(said.stdout).unwrap();
        assert_eq!(read.split_terminator('\0').collect::<Vec<_>>(), values, "{}", String::from_utf8_lossy(&said.stderr));
    }

    /// As PowerShell reads a verbatim string (about_Quoting_Rules, and its tokenizer, for which five characters are such
    /// quotes): what it is, and what is left behind it.
    fn read_by_power_shell(text: &str) -> Option<(String, String)> {
        let is_quote = |letter: &char| ['\'', '\u{2018}', '\u{2019}', '\u{201A}', '\u{201B}'].contains(letter);
        let mut rest = text.chars().peekable();
        rest.next_if(is_quote)?;
        let mut value = String::new();
        loop {
            let letter = rest.next()?;
            if !is_quote(&letter) {
                value.push(letter);
            } else if let Some(second) = rest.next_if(is_quote) {
                value.push(second);
            } else {
                return Some((value, rest.collect()));
            }
        }
    }

    proptest! {
        #[test]
        fn power_shell_reads_what_was_meant(value in "[^\0]{0,40}|['\u{2018}-\u{201B}a`$]{0,20}") {
            prop_assert_eq!(read_by_power_shell(&power_shell(&value)), Some((value, String::new())));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// By the shell that every system has.
        #[test]
        fn a_shell_reads_what_was_meant(value in "[^\0]{0,40}") {
            let said = Command::new("sh").args(["-c", &["printf %s ", &sh(&value)].concat()]).output().unwrap();
            prop_assert_eq!(String::from_utf8(said.stdout).unwrap(), value);
        }

        #[test]
        fn literals_are_plain_and_end_where_they_should(value in "\\PC{0,40}|[\\x00-\\x7f]{0,20}") {
            for code in [Code::Python, Code::JavaScript, Code::Java, Code::Rust] {
                let text = literal(code, &value);
                prop_assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{text}");
                let inside = &text[1..text.len() - 1];
                let mut escaped = false;
                for byte in inside.bytes() {
                    prop_assert!(byte != b'"' || escaped, "{text}");
                    escaped = byte == b'\\' && !escaped;
                }
                prop_assert!(!escaped, "{text}");
            }
        }
    }
}
