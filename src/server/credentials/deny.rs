//! How a policy names credentials that are out already: the words of a deny.
//!
//! Temporary credentials cannot be recalled. IAM evaluates the role's policies with every request,
//! so a deny whose condition names a session, or a person's sessions, ends them (IAM User Guide,
//! "Disabling permissions for temporary security credentials").

use super::session_name;
use crate::model::names::Subject;

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

impl DenyCondition {
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
