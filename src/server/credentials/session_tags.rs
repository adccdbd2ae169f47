//! Session tags: what AWS is told of a person beside their name, for policies that compare it
//! (`aws:PrincipalTag/…`).
//!
//! Keys come from the configuration, values from what an identity provider may let a person choose.
//! AWS itself refuses wildcards in values, but takes slashes, with which a value could reach into
//! another folder where a policy writes `users/${aws:PrincipalTag/…}/*`. Such values are not let
//! through here, and nobody is sent to AWS with a tag that is missing.

use super::session_name::{STAND_IN, pseudonym};
use crate::model::names::Subject;
use serde_json::Value;
use thiserror::Error;

/// Key of the tag that names the person.
pub const SUBJECT: &str = "subject";
/// Most tags of one session (STS service model, `tagListType`).
pub const MOST: usize = 50;
/// Longest key (STS service model, `tagKeyType`).
const LONGEST_KEY: usize = 128;
/// Longest value (STS service model, `tagValueType`).
const LONGEST_VALUE: usize = 256;

/// A tag, within AWS's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionTag {
    /// Key.
    pub key: String,
    /// Value.
    pub value: String,
}

/// Why claims cannot become tags.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TagClaimError {
    /// With `subject` there would be more than AWS takes.
    #[error("names {0} claims; with the tag `subject` AWS takes {MOST} tags")]
    TooMany(usize),
    /// Not a tag's key.
    #[error("\"{0}\" cannot be the key of a tag")]
    Key(String),
    /// Mutable and, for federated people, unverified.
    #[error("\"{0}\" may not become a tag: a person can change their address, and for federated people nobody verified it")]
    Email(String),
    /// Twice, or `subject`.
    #[error("\"{0}\" is the key of another tag already")]
    Taken(String),
}

/// Whether these claims can become tags of the same name.
///
/// # Errors
/// [`TagClaimError`] for the first that cannot.
pub fn check_claims(claims: &[String]) -> Result<(), TagClaimError> {
    if claims.len() >= MOST {
        return Err(TagClaimError::TooMany(claims.len()));
    }
    let mut taken = vec![SUBJECT.to_owned()];
    for claim in claims {
        let key = claim.to_ascii_lowercase();
        let plain = |byte: u8| is_plain(byte) || byte == b'/';
        if !(1..=LONGEST_KEY).contains(&claim.len()) || !claim.bytes().all(plain) || claim.trim() != claim || key.starts_with("aws:") {
            return Err(TagClaimError::Key(claim.clone()));
        }
        if key == "email" {
            return Err(TagClaimError::Email(claim.clone()));
        }
        if taken.contains(&key) {
            return Err(TagClaimError::Taken(claim.clone()));
        }
        taken.push(key);
    }
    Ok(())
}

/// The tags of one person: `subject`, then one a claim; `claim` looks a claim of the verified access
/// token up. `None` when a claim is missing or has a value that is not let through: that person is
/// not entitled.
#[must_use]
pub fn tags_of<'a>(claims: &[String], subject: &Subject, claim: impl Fn(&str) -> Option<&'a Value>) -> Option<Vec<SessionTag>> {
    let mut tags = Vec::with_capacity(claims.len() + 1);
    tags.push(SessionTag { key: SUBJECT.to_owned(), value: subject_value(subject) });
    for name in claims {
        let value = claim(name)?.as_str().filter(|value| is_value(value))?;
        tags.push(SessionTag { key: name.clone(), value: value.to_owned() });
    }
    Some(tags)
}

/// The subject where it can stand in a tag, else its pseudonym. One that begins as a pseudonym does
/// is replaced too, so that nobody can be taken for somebody else.
fn subject_value(subject: &Subject) -> String {
    let text = subject.as_str();
    if is_value(text) && !text.starts_with(STAND_IN) { text.to_owned() } else { pseudonym(subject) }
}

fn is_value(text: &str) -> bool {
    (1..=LONGEST_VALUE).contains(&text.len()) && text.bytes().all(is_plain) && text.trim() == text && !text.bytes().all(|byte| byte == b'.')
}

/// What AWS takes in keys and values, of ASCII, without the slash.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_' | b'.' | b':' | b'=' | b'+' | b'-' | b'@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn tags(claims: &[&str], subject: &str, token: &Value) -> Option<Vec<(String, String)>> {
        let claims: Vec<String> = claims.iter().map(|claim| (*claim).to_owned()).collect();
        let tags = tags_of(&claims, &Subject::parse(subject).unwrap(), |name| token.get(name))?;
        Some(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn the_subject_comes_first_and_claims_keep_their_names() {
        let token = json!({"custom:department": "Sales and more", "team": "blue"});
        let expected = vec![pair("subject", "ada.b"), pair("team", "blue"), pair("custom:department", "Sales and more")];
        assert_eq!(tags(&["team", "custom:department"], "ada.b", &token), Some(expected));
        assert_eq!(tags(&[], "ada", &token), Some(vec![pair("subject", "ada")]));
    }

    #[test]
    fn a_person_without_a_claim_has_no_tags_at_all() {
        for value in [json!(null), json!(["a"]), json!(7), json!(""), json!("a/b"), json!("a*"), json!("${x}"), json!("..")] {
            assert_eq!(tags(&["c"], "ada", &json!({"c": value})), None, "{value}");
        }
        for value in [" a", "a ", "é", "\"", "\u{0}", &"x".repeat(257)] {
            assert_eq!(tags(&["c"], "ada", &json!({"c": value})), None, "{value}");
        }
        assert_eq!(tags(&["c"], "ada", &json!({"C": "x"})), None, "claims are told apart by case");
        assert!(tags(&["c"], "ada", &json!({"c": "x".repeat(256)})).is_some());
    }

    #[test]
    fn claims_that_cannot_be_keys_are_refused() {
        let check = |claims: &[&str]| check_claims(&claims.iter().map(|claim| (*claim).to_owned()).collect::<Vec<_>>());
        assert_eq!(check(&["custom:a", "b c", "https://x/y"]), Ok(()));
        for wrong in ["", "aws:x", "AWS:x", "a*", "é", " a", &"x".repeat(129)] {
            assert_eq!(check(&[wrong]), Err(TagClaimError::Key(wrong.into())), "{wrong}");
        }
        assert_eq!(check(&["a", "A"]), Err(TagClaimError::Taken("A".into())));
        assert_eq!(check(&["Subject"]), Err(TagClaimError::Taken("Subject".into())));
        assert_eq!(check(&["Email"]), Err(TagClaimError::Email("Email".into())));
        let many: Vec<String> = (0..MOST).map(|n| format!("c{n}")).collect();
        assert_eq!(check_claims(&many), Err(TagClaimError::TooMany(50)));
        assert_eq!(check_claims(&many[1..]), Ok(()));
    }

    proptest! {
        /// Whatever an identity provider sends: what reaches AWS holds no wildcard, no variable and
        /// no way into another folder, and there is one tag a key.
        #[test]
        fn no_value_means_more_than_itself(value in "\\PC{0,40}", subject in "\\PC{1,60}") {
            let Ok(subject) = Subject::parse(subject) else { return Ok(()) };
            let token = json!({"c": value});
            let Some(tags) = tags_of(&["c".to_owned()], &subject, |name| token.get(name)) else { return Ok(()) };
            prop_assert_eq!(tags.len(), 2);
            prop_assert_eq!(&tags[1].value, &value);
            for tag in tags {
                prop_assert!(!tag.value.contains(['*', '?', '$', '/', '"', '\\']) && !tag.value.is_empty());
            }
        }

        #[test]
        fn every_subject_has_a_value_of_its_own(one in "[a-c=/.]{1,5}", other in "[a-c=/.]{1,5}") {
            let value = |text: &str| subject_value(&Subject::parse(text).unwrap());
            prop_assert_eq!(value(&one) == value(&other), one == other);
        }
    }
}
