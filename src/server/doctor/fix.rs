//! Fixes as text to be copied: commands of the AWS CLI and lines of the configuration.

use url::Url;

/// Text as one word of a POSIX shell.
pub(in crate::server) fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':' | b'=' | b'@' | b',' | b'+');
    if !text.is_empty() && text.bytes().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// A list of strings in TOML.
pub(in crate::server) fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| toml::Value::from(text).to_string()).collect();
    format!("[{}]", texts.join(", "))
}

/// The option that has a command of the AWS CLI asked of another endpoint, where there is one.
pub(in crate::server) fn endpoint(url: Option<&Url>) -> String {
    url.map_or_else(String::new, |url| format!(" --endpoint-url {}", quoted(url.as_str().trim_end_matches('/'))))
}

/// Untrusted text to be shown: short, in quotes, without what a terminal would obey.
pub(in crate::server) fn shown(text: Option<&str>) -> String {
    const LONGEST: usize = 200;
    match text {
        None => "nothing".to_owned(),
        Some(text) => {
            let end = if text.chars().count() > LONGEST { "…" } else { "" };
            let visible: String = text.chars().take(LONGEST).map(|char| if char.is_control() { '\u{fffd}' } else { char }).collect();
            format!("“{visible}{end}”")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell_stay_one_word() {
        assert_eq!(quoted("arn:aws:s3:::a/b"), "arn:aws:s3:::a/b");
        assert_eq!(quoted("{\"a\": 'b'}"), "'{\"a\": '\\''b'\\''}'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn shown_text_obeys_nobody() {
        assert_eq!(shown(Some("a\u{1b}[31mb")), "“a\u{fffd}[31mb”");
        assert_eq!(shown(Some(&"x".repeat(300))).chars().count(), 203);
        assert_eq!(list(["a", "b\"c"]), r#"["a", 'b"c']"#);
    }
}
