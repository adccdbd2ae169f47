//! Fixes: sentences, and what is copied whole, which is commands of the AWS CLI, lines of the configuration and documents.

use crate::model::examination::FixPart;
use serde::Serialize;
use url::Url;

/// What puts a finding right, part by part. It begins with a sentence; what is to be copied stands behind one that says what
/// it is for, and where there are several ways, that says so too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Fix(Vec<FixPart>);

impl Fix {
    /// Begins with a sentence.
    pub(in crate::server) fn say(text: impl Into<String>) -> Self {
        Self::default().then(text)
    }

    /// Another sentence.
    pub(in crate::server) fn then(self, text: impl Into<String>) -> Self {
        self.with(FixPart::Say { text: text.into() })
    }

    /// Commands, a line each. They run as they are pasted, once words in capitals that a sentence names are replaced.
    pub(in crate::server) fn run(self, text: impl Into<String>) -> Self {
        self.with(FixPart::Run { text: text.into() })
    }

    /// Lines of the configuration.
    pub(in crate::server) fn configure(self, text: impl Into<String>) -> Self {
        self.with(FixPart::Configure { text: text.into() })
    }

    /// A document, or a part of one, and where it goes.
    pub(in crate::server) fn document(self, name: &str, text: impl Into<String>) -> Self {
        self.with(FixPart::Document { name: name.to_owned(), text: text.into() })
    }

    /// All of another behind this.
    pub(in crate::server) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn with(mut self, part: FixPart) -> Self {
        self.0.push(part);
        self
    }

    /// Whether there is nothing to say.
    pub(in crate::server) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its parts, in order.
    #[must_use]
    pub fn parts(&self) -> &[FixPart] {
        &self.0
    }

    /// For the portal's own page.
    pub(super) fn into_parts(self) -> Vec<FixPart> {
        self.0
    }

    /// The texts of it, names of documents too.
    pub(super) fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        self.0.iter_mut().flat_map(|part| match part {
            FixPart::Say { text } | FixPart::Run { text } | FixPart::Configure { text } => vec![text],
            FixPart::Document { name, text } => vec![name, text],
        })
    }

    /// All of it as text, a line or more each part.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().map(|part| part.text().as_str()).collect::<Vec<_>>().join("\n")
    }
}

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

/// The command that shows what answers at an address.
pub(super) fn curl(address: &str) -> String {
    format!("curl -v {}", quoted(address))
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
