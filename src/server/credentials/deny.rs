//! How a policy names credentials that are out already: the words of a deny.
//!
//! Temporary credentials cannot be recalled. IAM evaluates the role's policies with every request,
//! so a deny whose condition names a session, or a person's sessions, ends them (IAM User Guide,
//! "Disabling permissions for temporary security credentials").

use super::{Minter, session_name};
use crate::model::names::{RoleArn, Subject};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Whose credentials a deny is to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DenyTarget<'a> {
    /// One session.
    Session {
        /// STS's `AssumedRoleId`, `AROA…:session-name`.
        assumed_role_id: &'a str,
    },
    /// Every session that a person has of one role.
    Person {
        /// The person.
        subject: &'a Subject,
        /// The role's unique id, `AROA…`, as STS's answers tell it.
        role_unique_id: &'a str,
    },
}

/// A condition that only the target's credentials meet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DenyCondition {
    /// `StringEquals` on `aws:userId`.
    UserId(String),
    /// `StringLike` on `aws:userId`; a `*` stands for any text.
    UserIdLike(String),
    /// `StringEquals` on `aws:SourceIdentity`.
    SourceIdentity(String),
}

/// What a policy can do about credentials that are out: written down with the mint, so that an end does
/// not depend on what the configuration says by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The role whose policy it is.
    pub role_arn: RoleArn,
    /// What only this session's credentials meet; `None` where nothing can name them.
    pub session: Option<DenyCondition>,
    /// What all credentials meet that the person has of this role; `None` where nothing can name them.
    pub person: Option<DenyCondition>,
}

impl Reach {
    /// Of credentials that this strategy minted. `assumed_role_id` is STS's, `AROA…:session-name`.
    #[must_use]
    pub fn of(minter: &dyn Minter, role_arn: &RoleArn, subject: &Subject, assumed_role_id: Option<&str>) -> Self {
        let role_unique_id = assumed_role_id.and_then(|id| id.split_once(':')).map(|(role, _)| role);
        Self {
            role_arn: role_arn.clone(),
            session: assumed_role_id.and_then(|assumed_role_id| minter.deny_condition(&DenyTarget::Session { assumed_role_id })),
            person: role_unique_id.and_then(|role_unique_id| minter.deny_condition(&DenyTarget::Person { subject, role_unique_id })),
        }
    }
}

/// Text that is no condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a condition of a deny")]
pub struct NotACondition;

/// As it stands in a record: operator, key and value, a space between them.
impl fmt::Display for DenyCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operator, key, value) = self.parts();
        write!(f, "{operator} {key} {value}")
    }
}

impl FromStr for DenyCondition {
    type Err = NotACondition;

    fn from_str(text: &str) -> Result<Self, NotACondition> {
        let (test, value) = text.match_indices(' ').nth(1).map(|(at, _)| (&text[..at], &text[at + 1..])).ok_or(NotACondition)?;
        [Self::UserId, Self::UserIdLike, Self::SourceIdentity]
            .into_iter()
            .map(|kind| kind(value.to_owned()))
            .find(|condition| {
                let (operator, key, _) = condition.parts();
                test.strip_prefix(operator).and_then(|rest| rest.strip_prefix(' ')) == Some(key)
            })
            .ok_or(NotACondition)
    }
}

impl DenyCondition {
    /// The condition's operator, key and value, in IAM's words.
    #[must_use]
    pub fn parts(&self) -> (&'static str, &'static str, &str) {
        match self {
            Self::UserId(value) => ("StringEquals", "aws:userid", value),
            Self::UserIdLike(value) => ("StringLike", "aws:userid", value),
            Self::SourceIdentity(value) => ("StringEquals", "aws:SourceIdentity", value),
        }
    }

    /// The condition of a strategy that sets the session name, as
    /// [`role_session_name`](session_name::role_session_name) writes it.
    #[must_use]
    pub fn by_session_name(target: &DenyTarget<'_>) -> Self {
        match target {
            DenyTarget::Session { assumed_role_id } => Self::UserId((*assumed_role_id).to_owned()),
            DenyTarget::Person { subject, role_unique_id } => {
                Self::UserIdLike(format!("{role_unique_id}:{}.*", session_name::pseudonym(subject)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::SessionId;

    /// What `StringLike` makes of a pattern whose only wildcard is a star at its end.
    fn matches(pattern: &str, text: &str) -> bool {
        text.starts_with(pattern.strip_suffix('*').unwrap())
    }

    #[test]
    fn conditions_come_back_from_their_text() {
        let value = "AROAEXAMPLE:=,.@-a b.*";
        for condition in
            [DenyCondition::UserId, DenyCondition::UserIdLike, DenyCondition::SourceIdentity].map(|kind| kind(value.to_owned()))
        {
            assert_eq!(condition.to_string().parse(), Ok(condition));
        }
        for other in ["", "StringEquals", "StringEquals aws:userid", "StringLike aws:SourceIdentity x", "StringEquals  aws:userid x"] {
            assert_eq!(other.parse::<DenyCondition>(), Err(NotACondition), "{other}");
        }
    }

    #[test]
    fn a_person_is_named_by_every_session_and_nobody_else_by_any() {
        let id = SessionId::parse("a".repeat(26)).unwrap();
        let subjects = ["ada", "ada.b", "ad", "*", "https://login.example/00D/005", &"x".repeat(60)];
        for named in subjects {
            let named = Subject::parse(named).unwrap();
            let target = DenyTarget::Person { subject: &named, role_unique_id: "AROAEXAMPLE" };
            let DenyCondition::UserIdLike(pattern) = DenyCondition::by_session_name(&target) else { panic!() };
            assert!(!pattern.strip_suffix('*').unwrap().contains(['*', '?', '$']), "{pattern}");
            for holder in subjects {
                let user_id = format!("AROAEXAMPLE:{}", session_name::role_session_name(&Subject::parse(holder).unwrap(), &id));
                assert_eq!(matches(&pattern, &user_id), holder == named.as_str(), "{pattern} {user_id}");
            }
        }
    }
}
