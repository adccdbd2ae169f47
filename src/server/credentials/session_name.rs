//! Names of sessions: the portal's own id of a mint and the `RoleSessionName` that CloudTrail shows.

use crate::model::names::{CONSOLE, RoleSessionName, SessionId, Subject, is_session_name_byte};
use sha2::{Digest, Sha256};

/// Longest subject that leaves room for a dot and a session id in the 64 characters that STS allows.
const SUBJECT_LENGTH: usize = 36;
const SESSION_ID_LENGTH: usize = 26;
/// First character of a subject's stand-in. Subjects that begin with it are replaced too, so that
/// nobody's subject can be somebody else's stand-in.
pub(super) const STAND_IN: char = '=';
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Makes session ids and tokens of 26 or fewer characters from the system's randomness.
///
/// `None` when the system has no randomness to give; nothing may be minted then.
#[must_use]
pub fn random_text<const LENGTH: usize>() -> Option<String> {
    let mut bytes = [0_u8; LENGTH];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect())
}

/// What credentials are minted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A page or a program of the person's.
    Page,
    /// Signing in to the AWS console: they leave for AWS and for nobody else.
    Console,
}

/// A new session id: 130 random bits. `None` when the system has no randomness to give.
#[must_use]
pub fn new_session_id() -> Option<SessionId> {
    loop {
        let id = SessionId::parse(random_text::<SESSION_ID_LENGTH>()?).ok()?;
        // One in 34 billion; those are the console's.
        if !id.is_console() {
            return Some(id);
        }
    }
}

impl Purpose {
    /// A new session id for this: for the console, `console` and 95 random bits.
    #[must_use]
    pub fn session_id(self) -> Option<SessionId> {
        match self {
            Self::Page => new_session_id(),
            Self::Console => SessionId::parse(format!("{CONSOLE}{}", random_text::<{ SESSION_ID_LENGTH - CONSOLE.len() }>()?)).ok(),
        }
    }
}

/// The name under which CloudTrail shows a session: the person's [`pseudonym`], a dot and the
/// session id.
#[must_use]
pub fn role_session_name(subject: &Subject, session: &SessionId) -> RoleSessionName {
    RoleSessionName::parse(format!("{}.{session}", pseudonym(subject)))
        .expect("36 characters of the alphabet, a dot and 26 more are a session name")
}

/// A person as AWS is told: the subject where STS takes it, also as a source identity.
///
/// A subject that STS does not take in a name, that has fewer than two or more than 36 characters, or
/// that holds a dot, is replaced by 36 characters that begin with `=` and hold 175 bits of its
/// SHA-256. Replacing single characters instead would let two people share a name; and a pattern that
/// names all sessions of `ada` as `ada.*` must not name those of `ada.b`.
#[must_use]
pub fn pseudonym(subject: &Subject) -> String {
    let text = subject.as_str();
    let fits = (2..=SUBJECT_LENGTH).contains(&text.len())
        && text.bytes().all(|byte| byte != b'.' && is_session_name_byte(byte))
        && !text.starts_with(STAND_IN);
    if fits { text.to_owned() } else { stand_in(text) }
}

/// `=` and 35 characters of base32.
fn stand_in(subject: &str) -> String {
    let digest = Sha256::digest(subject.as_bytes());
    let mut text = String::from(STAND_IN);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in digest {
        bits = bits << 8 | u32::from(byte);
        held += 8;
        while held >= 5 && text.len() < SUBJECT_LENGTH {
            held -= 5;
            text.push(char::from(ALPHABET[(bits >> held & 31) as usize]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn name(subject: &str) -> String {
        let session = SessionId::parse("abcdefghijklmnopqrstuvwxyz").unwrap();
        role_session_name(&Subject::parse(subject).unwrap(), &session).as_str().to_owned()
    }

    #[test]
    fn a_pool_subject_stands_as_it_is() {
        assert_eq!(name("9c1b3a4e-5f60-4711-8a2b-0123456789ab"), "9c1b3a4e-5f60-4711-8a2b-0123456789ab.abcdefghijklmnopqrstuvwxyz");
    }

    #[test]
    fn what_does_not_fit_is_replaced_by_36_characters() {
        for subject in [
            "https://login.salesforce.com/id/00D/005",
            "Ünal",
            "a b",
            "ada.b",
            "a",
            "9c1b3a4e-5f60-4711-8a2b-0123456789abc",
            "=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            let name = name(subject);
            assert_eq!(name.len(), 63, "{name}");
            assert!(name.starts_with('=') && (subject.len() == 1 || !name.contains(subject)), "{name}");
        }
    }

    #[test]
    fn the_stand_in_does_not_change_between_releases() {
        assert_eq!(name("a b"), "=zbuhucfklvxnebcdfd5gu2l2xduw3q2cshu.abcdefghijklmnopqrstuvwxyz");
    }

    #[test]
    fn ids_differ() {
        let ids: HashSet<_> = (0..1_000).map(|_| Purpose::Page.session_id().unwrap()).collect();
        assert_eq!(ids.len(), 1_000);
        assert!(!ids.iter().any(SessionId::is_console));
        let ids: HashSet<_> = (0..1_000).map(|_| Purpose::Console.session_id().unwrap()).collect();
        assert!(ids.len() == 1_000 && ids.iter().all(SessionId::is_console));
    }

    proptest! {
        #[test]
        fn every_subject_gets_a_name_of_its_own(one in "\\PC{1,60}", other in "\\PC{1,60}") {
            let (Ok(_), Ok(_)) = (Subject::parse(one.as_str()), Subject::parse(other.as_str())) else { return Ok(()) };
            prop_assert!(name(&one).len() <= 64);
            prop_assert_eq!(name(&one) == name(&other), one == other);
        }
    }
}
