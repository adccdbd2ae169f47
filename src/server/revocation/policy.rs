//! The inline policy that denies what was ended.
//!
//! The same denials give the same text, whoever writes it. Condition keys and operators: IAM User
//! Guide, "AWS global condition context keys" and "Revoke IAM role temporary security credentials".

use crate::model::clock::Timestamp;
use crate::server::credentials::deny::DenyCondition;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Name of the inline policy. A role's other policies are never touched.
pub const NAME: &str = "VestibuleRevocations";
/// Longest document, in characters. All inline policies of a role together may have 10,240, white
/// space not counted (IAM User Guide, "IAM and STS quotas"); the rest is left to the role's owner.
pub const LONGEST: usize = 8_000;
/// How much the clock of whoever issued a token may differ from ours, in seconds.
const CLOCK_MARGIN: i64 = 60;

/// What one role's policy has to deny.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Denies {
    sessions: BTreeSet<DenyCondition>,
    people: BTreeSet<DenyCondition>,
    last_block: Option<Timestamp>,
    last_issue: Option<Timestamp>,
}

/// A policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// Names every session and person that it denies.
    Listed(String),
    /// Denies everything that was issued before a point in time, whoever holds it: the names would
    /// not fit. People who are not blocked mint again.
    RoleWide(String),
}

impl Denies {
    /// Denies one session that was ended.
    pub fn session(&mut self, condition: DenyCondition, issued_at: Timestamp) {
        self.sessions.insert(condition);
        self.last_issue = self.last_issue.max(Some(issued_at));
    }

    /// Denies every session of a person who is blocked, of which this is one.
    pub fn person(&mut self, condition: DenyCondition, blocked_since: Timestamp, issued_at: Timestamp) {
        self.people.insert(condition);
        self.last_block = self.last_block.max(Some(blocked_since));
        self.last_issue = self.last_issue.max(Some(issued_at));
    }

    /// How many sessions and people are named.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        (self.sessions.len(), self.people.len())
    }

    /// The document, `None` when there is nothing to deny.
    #[must_use]
    pub fn document(&self) -> Option<Document> {
        let listed = self.listed()?;
        if listed.len() <= LONGEST { Some(Document::Listed(listed)) } else { self.role_wide() }
    }

    /// The document that takes the least room.
    #[must_use]
    pub fn role_wide(&self) -> Option<Document> {
        // Not the time of the block: whoever is not blocked is to have working credentials at once.
        let before = self.last_issue?.plus_seconds(CLOCK_MARGIN);
        let condition = json!({"DateLessThan": {"aws:TokenIssueTime": before.to_string()}});
        Some(Document::RoleWide(document(vec![deny("EverythingIssuedBefore", &condition)])))
    }

    fn listed(&self) -> Option<String> {
        let mut statements: Vec<Value> =
            by_operator(&self.sessions).into_iter().map(|(sid, test)| deny(&format!("Ended{sid}"), &Value::Object(test))).collect();
        if let Some(last_block) = self.last_block {
            // Of all blocks the last, so that people share a statement. Whoever is blocked cannot
            // mint, and whoever is lifted later is not named any more: the time only keeps credentials
            // that come after a lift working while IAM still spreads the older policy.
            let before = last_block.plus_seconds(CLOCK_MARGIN).to_string();
            for (sid, mut test) in by_operator(&self.people) {
                test.insert("DateLessThan".to_owned(), json!({"aws:TokenIssueTime": before}));
                statements.push(deny(&format!("Blocked{sid}"), &Value::Object(test)));
            }
        }
        (!statements.is_empty()).then(|| document(statements))
    }
}

impl Document {
    /// The JSON, without white space.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Listed(text) | Self::RoleWide(text) => text,
        }
    }

    /// The word of the log.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Listed(_) => "listed",
            Self::RoleWide(_) => "role-wide",
        }
    }
}

/// Conditions of the same kind in one test each, with the end of its statement's id.
fn by_operator(conditions: &BTreeSet<DenyCondition>) -> Vec<(&'static str, serde_json::Map<String, Value>)> {
    let mut tests: BTreeMap<(&'static str, &'static str, &'static str), Vec<&str>> = BTreeMap::new();
    for condition in conditions {
        let sid = match condition {
            DenyCondition::UserId(_) => "Sessions",
            DenyCondition::UserIdLike(_) => "SessionsLike",
            DenyCondition::SourceIdentity(_) => "Identities",
        };
        let (operator, key, value) = condition.parts();
        tests.entry((sid, operator, key)).or_default().push(value);
    }
    let test = |((sid, operator, key), values): ((_, &str, &str), Vec<&str>)| {
        (sid, serde_json::Map::from_iter([(operator.to_owned(), json!({key: values}))]))
    };
    tests.into_iter().map(test).collect()
}

fn deny(sid: &str, condition: &Value) -> Value {
    json!({"Sid": sid, "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition})
}

fn document(statements: Vec<Value>) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_795_411_975 + seconds)
    }

    #[test]
    fn nothing_to_deny_is_no_policy() {
        assert_eq!(Denies::default().document(), None);
        assert_eq!(Denies::default().role_wide(), None);
    }

    #[test]
    fn kinds_share_statements() {
        let mut denies = Denies::default();
        denies.session(DenyCondition::UserId("AROA:b".into()), at(0));
        denies.session(DenyCondition::UserId("AROA:a".into()), at(1));
        denies.person(DenyCondition::UserIdLike("AROA:ada.*".into()), at(100), at(2));
        denies.person(DenyCondition::UserIdLike("AROA:ada.*".into()), at(100), at(3));
        denies.person(DenyCondition::SourceIdentity("bob".into()), at(200), at(4));
        assert_eq!(denies.counts(), (2, 2));
        let Some(Document::Listed(text)) = denies.document() else { panic!() };
        let before = json!({"aws:TokenIssueTime": "2026-11-23T05:37:15Z"});
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({"Version": "2012-10-17", "Statement": [
                {"Sid": "EndedSessions", "Effect": "Deny", "Action": "*", "Resource": "*",
                 "Condition": {"StringEquals": {"aws:userid": ["AROA:a", "AROA:b"]}}},
                {"Sid": "BlockedIdentities", "Effect": "Deny", "Action": "*", "Resource": "*",
                 "Condition": {"StringEquals": {"aws:SourceIdentity": ["bob"]}, "DateLessThan": before}},
                {"Sid": "BlockedSessionsLike", "Effect": "Deny", "Action": "*", "Resource": "*",
                 "Condition": {"StringLike": {"aws:userid": ["AROA:ada.*"]}, "DateLessThan": before}},
            ]})
        );
        assert!(!text.contains(char::is_whitespace), "{text}");
    }

    #[test]
    fn the_order_of_the_denials_does_not_show() {
        let conditions = || (0..50).map(|number| DenyCondition::UserId(format!("AROA:{number}")));
        let (mut one, mut other) = (Denies::default(), Denies::default());
        conditions().for_each(|condition| one.session(condition, at(0)));
        conditions().rev().for_each(|condition| other.session(condition, at(0)));
        assert_eq!(one.document(), other.document());
    }

    #[test]
    fn what_does_not_fit_becomes_role_wide() {
        let mut denies = Denies::default();
        let mut listed = 0;
        for number in 0_i64..500 {
            denies.person(DenyCondition::UserIdLike(format!("AROAEXAMPLEEXAMPLE12:{number:036}.*")), at(1_000), at(number));
            match denies.document().unwrap() {
                Document::Listed(text) => {
                    assert!(text.len() <= LONGEST);
                    listed += 1;
                }
                Document::RoleWide(text) => assert!(text.len() < 300, "{text}"),
            }
        }
        assert!((100..150).contains(&listed), "{listed}");
        let Some(Document::RoleWide(text)) = denies.document() else { panic!() };
        assert!(text.contains("\"2026-11-23T05:42:14Z\""), "the newest of the denied sessions and a minute: {text}");
    }
}
