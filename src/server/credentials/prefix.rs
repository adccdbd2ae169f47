//! Prefixes with variables: `team/${subject}/` and `team/${claim:department}/`.
//!
//! What is put in for a variable may be anything that an identity provider lets a person choose.
//! Only values without a meaning in S3 keys and IAM policies are let through.

use crate::model::names::Subject;
use thiserror::Error;

const LONGEST_VALUE: usize = 128;

/// A prefix, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixTemplate(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Subject,
    Claim(String),
}

/// Why a prefix with variables cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PrefixError {
    /// `${` without `}`.
    #[error("the variable that begins at byte {0} has no closing brace")]
    Unclosed(usize),
    /// Mutable and, for federated people, unverified.
    #[error("${{email}} may not stand in a prefix: a person can change their address, and for federated people nobody verified it")]
    Email,
    /// Neither the subject nor a claim.
    #[error("${{{0}}} is not a variable: only ${{subject}} and ${{claim:NAME}} are")]
    Unknown(String),
}

impl PrefixTemplate {
    /// Reads a configured prefix.
    ///
    /// # Errors
    /// [`PrefixError`] for an unknown or unclosed variable.
    pub fn parse(text: &str) -> Result<Self, PrefixError> {
        let (mut parts, mut rest, mut at) = (Vec::new(), text, 0);
        while let Some((literal, tail)) = rest.split_once("${") {
            at += literal.len();
            let Some((variable, after)) = tail.split_once('}') else { return Err(PrefixError::Unclosed(at)) };
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            parts.push(match variable {
                "subject" => Part::Subject,
                "email" | "claim:email" => return Err(PrefixError::Email),
                _ => match variable.strip_prefix("claim:") {
                    Some(name) if !name.is_empty() => Part::Claim(name.to_owned()),
                    _ => return Err(PrefixError::Unknown(variable.to_owned())),
                },
            });
            at += variable.len() + 3;
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The prefix of one person; `claim` looks a claim of the verified access token up. `None` when
    /// a value is missing or is not `[A-Za-z0-9_.@=+-]{1,128}`: that person is not entitled.
    ///
    /// A value of dots only is refused too: browsers collapse such path segments.
    #[must_use]
    pub fn expand<'a>(&self, subject: &Subject, claim: impl Fn(&str) -> Option<&'a serde_json::Value>) -> Option<String> {
        let mut prefix = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => prefix.push_str(text),
                Part::Subject => prefix.push_str(checked(subject.as_str())?),
                Part::Claim(name) => prefix.push_str(checked(claim(name)?.as_str()?)?),
            }
        }
        Some(prefix)
    }

    /// The prefixes of everybody as one pattern of IAM: what is written by `literal`, `subject` in the
    /// person's place, and what `claim` makes of a claim's name.
    #[must_use]
    pub fn pattern(&self, literal: impl Fn(&str) -> String, subject: &str, claim: impl Fn(&str) -> String) -> String {
        let written = |part: &Part| match part {
            Part::Literal(text) => literal(text),
            Part::Subject => subject.to_owned(),
            Part::Claim(name) => claim(name),
        };
        self.0.iter().map(written).collect()
    }

    /// The longest prefix that any person can get, for checks at start-up.
    #[must_use]
    pub fn longest(&self) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Literal(text) => text.clone(),
                Part::Subject | Part::Claim(_) => "x".repeat(LONGEST_VALUE),
            })
            .collect()
    }

    /// Whether the prefix names a claim, which needs a readable access token.
    #[must_use]
    pub fn needs_claims(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Claim(_)))
    }
}

fn checked(value: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'@' | b'=' | b'+' | b'-');
    let fits = (1..=LONGEST_VALUE).contains(&value.len()) && value.bytes().all(plain) && !value.bytes().all(|byte| byte == b'.');
    fits.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn expand(template: &str, subject: &str, claims: &Value) -> Option<String> {
        PrefixTemplate::parse(template).unwrap().expand(&Subject::parse(subject).unwrap(), |name| claims.get(name))
    }

    #[test]
    fn variables_are_filled_in() {
        let claims = json!({"custom:team": "blue"});
        assert_eq!(expand("", "s", &claims).unwrap(), "");
        assert_eq!(expand("a/$b/{c}", "s", &claims).unwrap(), "a/$b/{c}");
        assert_eq!(expand("u/${subject}/${claim:custom:team}/", "s-1", &claims).unwrap(), "u/s-1/blue/");
    }

    #[test]
    fn values_that_could_mean_something_are_refused() {
        for value in ["", "a/b", "*", "a?", "${x}", "a b", "\"", "é", "..", ".", &"x".repeat(129)] {
            assert_eq!(expand("u/${claim:c}/", "s", &json!({"c": value})), None, "{value}");
        }
        assert_eq!(expand("u/${claim:c}/", "s", &json!({"c": ["a"]})), None);
        assert_eq!(expand("u/${claim:c}/", "s", &json!({})), None);
        assert_eq!(expand("u/${subject}/", "https://login/id", &json!({})), None);
        assert!(expand("u/${claim:c}/", "s", &json!({"c": "x".repeat(128)})).is_some());
    }

    #[test]
    fn unknown_variables_are_refused() {
        assert_eq!(PrefixTemplate::parse("ab${subject"), Err(PrefixError::Unclosed(2)));
        assert_eq!(PrefixTemplate::parse("${email}"), Err(PrefixError::Email));
        assert_eq!(PrefixTemplate::parse("${aws:username}"), Err(PrefixError::Unknown("aws:username".into())));
        assert_eq!(PrefixTemplate::parse("${claim:}"), Err(PrefixError::Unknown("claim:".into())));
    }
}
