//! Trust policies: who may take a role, and what they may bring along.
//!
//! A trust policy is the policy of a role as a resource: it has principals in place of resources.
//! As everywhere here, what is not evaluated is refused when it is read.

use super::condition::Condition;
use super::document::{ConditionDocument, EffectDocument, OneOrMany, action, conditions, variables};
use super::pattern::Pattern;
use super::{Context, Decision, Effect, MAX_LENGTH, PolicyError, StatementError};
use serde::Deserialize;
use std::sync::Arc;

/// A parsed trust policy. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TrustPolicy(Arc<[Statement]>);

#[derive(Clone, Debug)]
struct Statement {
    effect: Effect,
    principals: Vec<Principal>,
    actions: Vec<Pattern>,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug)]
enum Principal {
    /// A role or user by its ARN, compared whole.
    Arn(String),
    /// Everybody in an account whose own policies allow it.
    Account(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    version: Option<String>,
    statement: OneOrMany<StatementDocument>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StatementDocument {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: EffectDocument,
    principal: PrincipalDocument,
    action: OneOrMany<String>,
    #[serde(default)]
    condition: ConditionDocument,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE", deny_unknown_fields)]
struct PrincipalDocument {
    aws: OneOrMany<String>,
}

impl TrustPolicy {
    /// Reads a trust policy.
    ///
    /// # Errors
    /// [`PolicyError`] names the place and what is wrong or not known there.
    pub fn parse(json: &str) -> Result<Self, PolicyError> {
        if json.chars().count() > MAX_LENGTH {
            return Err(PolicyError::TooLong);
        }
        let document: Document = serde_json::from_str(json).map_err(|error| PolicyError::Syntax(error.to_string()))?;
        let variables = variables(document.version.as_deref())?;
        if document.statement.0.is_empty() {
            return Err(PolicyError::Empty);
        }
        let read = |(at, statement): (usize, StatementDocument)| {
            statement.read(variables).map_err(|problem| PolicyError::Statement { index: at + 1, problem })
        };
        document.statement.0.into_iter().enumerate().map(read).collect::<Result<Vec<_>, _>>().map(|statements| Self(statements.into()))
    }

    /// What this policy says of `principal`, the ARN of a role or user in `account`, calling `action`.
    #[must_use]
    pub fn decide(&self, principal: &str, account: &str, action: &str, context: &Context) -> Decision {
        let mut decision = Decision::NotAllowed;
        for statement in self.0.iter().filter(|statement| statement.applies(principal, account, action, context)) {
            match statement.effect {
                Effect::Deny => return Decision::Denied,
                Effect::Allow => decision = Decision::Allowed,
            }
        }
        decision
    }
}

impl StatementDocument {
    fn read(self, variables: bool) -> Result<Statement, StatementError> {
        if self.action.0.is_empty() {
            return Err(StatementError::Actions);
        }
        Ok(Statement {
            effect: self.effect.into(),
            principals: self.principal.aws.0.into_iter().map(principal).collect::<Result<_, _>>()?,
            actions: self.action.0.iter().map(|text| action(text)).collect::<Result<_, _>>()?,
            conditions: conditions(self.condition, variables)?,
        })
    }
}

impl Statement {
    fn applies(&self, principal: &str, account: &str, action: &str, context: &Context) -> bool {
        let action = action.to_ascii_lowercase();
        let named = self.principals.iter().any(|named| match named {
            Principal::Arn(arn) => arn == principal,
            Principal::Account(number) => number == account,
        });
        named
            && self.actions.iter().any(|pattern| pattern.matches(&action))
            && self.conditions.iter().all(|condition| condition.holds(context))
    }
}

/// A wildcard stands for nobody here: IAM takes `*` alone, and nothing of this sandbox should.
fn principal(text: String) -> Result<Principal, StatementError> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts[..] {
        [number] | ["arn", _, "iam", "", number, "root"] if number.len() == 12 && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            Ok(Principal::Account(number.to_owned()))
        }
        ["arn", _, "iam", "", _, name] if (name.starts_with("role/") || name.starts_with("user/")) && !name.contains(['*', '?', '$']) => {
            Ok(Principal::Arn(text))
        }
        _ => Err(StatementError::Principal(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::policy::TagKind;
    use serde_json::json;

    const PORTAL: &str = "arn:aws:iam::000000000000:role/portal";

    fn policy(statements: serde_json::Value) -> Result<TrustPolicy, PolicyError> {
        TrustPolicy::parse(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
    }

    fn decide(policy: &TrustPolicy, principal: &str, action: &str) -> Decision {
        policy.decide(principal, principal.split(':').nth(4).unwrap(), action, &Context::new())
    }

    #[test]
    fn a_principal_is_compared_whole() {
        let policy =
            policy(json!({"Effect": "Allow", "Principal": {"AWS": PORTAL}, "Action": ["sts:AssumeRole", "sts:TagSession"]})).unwrap();
        assert_eq!(decide(&policy, PORTAL, "sts:AssumeRole"), Decision::Allowed);
        assert_eq!(decide(&policy, PORTAL, "sts:TagSession"), Decision::Allowed);
        assert_eq!(decide(&policy, PORTAL, "sts:SetSourceIdentity"), Decision::NotAllowed);
        for other in
            ["arn:aws:iam::000000000000:role/portal2", "arn:aws:iam::111122223333:role/portal", "arn:aws:iam::000000000000:user/portal"]
        {
            assert_eq!(decide(&policy, other, "sts:AssumeRole"), Decision::NotAllowed, "{other}");
        }
    }

    #[test]
    fn an_account_stands_for_everybody_in_it_and_a_deny_wins() {
        let everybody = json!({"Effect": "Allow", "Principal": {"AWS": ["000000000000"]}, "Action": "sts:*"});
        let not_the_portal = json!({"Effect": "Deny", "Principal": {"AWS": PORTAL}, "Action": "sts:TagSession"});
        for statements in [json!([everybody, not_the_portal]), json!([not_the_portal, everybody])] {
            let policy = policy(statements).unwrap();
            assert_eq!(decide(&policy, PORTAL, "sts:AssumeRole"), Decision::Allowed);
            assert_eq!(decide(&policy, PORTAL, "sts:TagSession"), Decision::Denied);
            assert_eq!(decide(&policy, "arn:aws:iam::111122223333:role/portal", "sts:AssumeRole"), Decision::NotAllowed);
        }
    }

    #[test]
    fn conditions_see_what_the_request_brings() {
        let policy = policy(json!({"Effect": "Allow", "Principal": {"AWS": PORTAL}, "Action": "sts:*",
            "Condition": {"StringEquals": {"aws:RequestTag/Subject": "ada"}, "StringLike": {"sts:SourceIdentity": "?*"}}}))
        .unwrap();
        let decide = |context: &Context| policy.decide(PORTAL, "000000000000", "sts:AssumeRole", context);
        let whole = Context::new().with("sts:SourceIdentity", "ada").with_tag(TagKind::Request, "subject", "ada");
        assert_eq!(decide(&whole), Decision::Allowed);
        assert_eq!(decide(&Context::new().with("sts:SourceIdentity", "ada")), Decision::NotAllowed);
        assert_eq!(decide(&whole.with_tag(TagKind::Request, "subject", "eve")), Decision::NotAllowed);
    }

    #[test]
    fn what_is_not_evaluated_is_refused() {
        let with = |principal: serde_json::Value| policy(json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}));
        for principal in [
            json!("*"),
            json!({"AWS": "*"}),
            json!({"Service": "ecs.amazonaws.com"}),
            json!({"AWS": PORTAL, "Federated": "x"}),
            json!({"AWS": "arn:aws:iam::000000000000:role/*"}),
            json!({"AWS": "arn:aws:sts::000000000000:assumed-role/portal/x"}),
        ] {
            assert!(with(principal.clone()).is_err(), "{principal}");
        }
        assert!(policy(json!([])).is_err());
        assert!(policy(json!({"Effect": "Allow", "Principal": {"AWS": PORTAL}, "Action": "sts:AssumeRole", "Resource": "*"})).is_err());
        assert!(policy(json!({"Effect": "Allow", "Principal": {"AWS": PORTAL}, "Action": []})).is_err());
    }
}
