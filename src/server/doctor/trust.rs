//! Trust policies of the roles, where the server's own identity may read them (`iam:GetRole`), held against what
//! `vestibule template role-trust` says that each strategy needs.
//!
//! The portal needs no such permission: where it has none, that is said and nothing is wrong. Whether STS mints is told
//! by `trial`; this says which line of the policy it is, and needs nobody's headers.

use super::finding::{Check, Code, Finding, Severity};
use super::fix::{list, quoted};
use super::{Captured, Examination, trial};
use crate::server::config::{Role, RoleStrategy};
use crate::server::identity::Viewer;
use crate::server::own_identity::{self, OwnIdentity};
use crate::server::required::role_trust::{self, Known};
use crate::server::service_error::ServiceError;
use aws_sdk_iam::Client;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::time::Duration;

/// Longest time for an answer, the search for an identity included.
const LONGEST: Duration = Duration::from_secs(4);

/// A check for each role.
pub(super) async fn check(examination: &Examination) -> Vec<Check> {
    const SUBJECT: &str = "trust policies";
    let config = &examination.config;
    let Some(identity) = &examination.identity else {
        return vec![Check::not_checked(SUBJECT, "the server's own identity is not used here")];
    };
    if config.aws.sts_endpoint.is_some() && config.revocation.iam_endpoint.is_none() {
        return vec![Check::not_checked(
            SUBJECT,
            "aws.sts_endpoint names another STS, and no IAM is named that goes with it (revocation.iam_endpoint)",
        )];
    }
    let viewer = match &examination.captured {
        Some(captured) => known_viewer(examination, captured).await,
        None => None,
    };
    let client = client(examination, identity).await;
    let client = &client;
    let roles = config.roles.iter().map(|role| Trust { examination, role, viewer: viewer.as_ref() }.check(client, identity));
    futures::future::join_all(roles).await
}

async fn known_viewer(examination: &Examination, captured: &Captured) -> Option<Viewer> {
    trial::authenticate(examination, captured).await.ok()
}

async fn client(examination: &Examination, identity: &OwnIdentity) -> Client {
    let mut settings = aws_sdk_iam::config::Builder::from(identity.settings().await);
    if let Some(endpoint) = &examination.config.revocation.iam_endpoint {
        settings = settings.endpoint_url(own_identity::endpoint(endpoint));
    }
    Client::from_conf(settings.build())
}

/// One role's.
struct Trust<'a> {
    examination: &'a Examination,
    role: &'a Role,
    viewer: Option<&'a Viewer>,
}

/// A statement that allows something, as far as it matters here.
struct Allowed<'a>(&'a Value);

impl Trust<'_> {
    async fn check(self, client: &Client, identity: &OwnIdentity) -> Check {
        let role = self.role;
        let subject = format!("trust of {}", role.id);
        let asked = async { client.get_role().role_name(role.arn.role_name()).send().await };
        let Ok(answer) = tokio::time::timeout(LONGEST, asked).await else {
            return Check::not_checked(subject, format!("IAM gave no answer within {} seconds", LONGEST.as_secs()));
        };
        let answer = match answer.as_ref().map_err(|error| ServiceError::of(error).withholding(&identity.secrets())) {
            Ok(answer) => answer,
            Err(ServiceError::Refused { code, .. }) if code == "NoSuchEntity" => {
                return Check::of(subject, vec![self.absent()], "");
            }
            Err(error) => {
                return Check::not_checked(
                    subject,
                    format!("the server's own identity may not read it, which the portal does not need (iam:GetRole): IAM {error}"),
                );
            }
        };
        let Some(found) = answer.role().filter(|found| found.arn() == role.arn.as_str()) else {
            return Check::not_checked(subject, "it is in another account than the server's own identity");
        };
        let document = found.assume_role_policy_document().and_then(|text| percent_decode_str(text).decode_utf8().ok());
        let Some(has) = document.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else {
            return Check::not_checked(subject, "IAM's answer holds no policy");
        };
        let needs =
            serde_json::to_value(role_trust::of(&self.examination.config, role, &self.known())).expect("strings and lists are JSON");
        let mut findings: Vec<Finding> = self.compared(&has, &needs).into_iter().collect();
        let longest = found.max_session_duration().and_then(|seconds| u32::try_from(seconds).ok());
        findings.extend(longest.filter(|longest| role.duration_seconds > *longest).map(|longest| self.too_long(longest)));
        Check::of(subject, findings, "trusts who is needed, for all that is sent, and lives long enough")
    }

    fn known(&self) -> Known {
        let claim = |name: &str| self.viewer.is_some_and(|viewer| viewer.access_token_claim(name).is_some());
        let token = self.viewer.filter(|_| self.role.strategy == RoleStrategy::WebIdentity).and_then(Viewer::web_identity_token);
        Known {
            audience: token
                .and_then(|token| token.authorized_party().or_else(|| token.audience().first().map(String::as_str)))
                .map(str::to_owned),
            tags: claim("https://aws.amazon.com/tags"),
            source_identity: claim("https://aws.amazon.com/source_identity"),
            portal: None,
        }
    }

    /// The first thing in which the policy falls short: without a principal nothing else matters, and so on.
    fn compared(&self, has: &Value, needs: &Value) -> Option<Finding> {
        let needed = Allowed(&needs["Statement"][0]);
        let allowed: Vec<Allowed<'_>> =
            statements(has).into_iter().filter(|statement| statement["Effect"] == "Allow").map(Allowed).collect();
        let fitting: Vec<&Allowed<'_>> = allowed.iter().filter(|statement| statement.trusts(&needed)).collect();
        if fitting.is_empty() {
            let trusted: Vec<String> = allowed.iter().flat_map(Allowed::principals).collect();
            return Some(self.finding(
                Code::TrustPrincipal,
                format!("{} does not trust {}.", self.role.arn, needed.principals().join(", ")),
                format!("Its trust policy names {}.", list(trusted.iter().map(String::as_str))),
                needs,
            ));
        }
        let actions: Vec<String> = fitting.iter().flat_map(|statement| texts(&statement.0["Action"])).collect();
        let missing: Vec<String> =
            texts(&needed.0["Action"]).into_iter().filter(|action| !actions.iter().any(|has| stands_for(has, action))).collect();
        if !missing.is_empty() {
            return Some(self.finding(
                Code::TrustAction,
                format!("{} does not allow {}.", self.role.arn, missing.join(", ")),
                format!("Its trust policy allows {} to {}.", list(actions.iter().map(String::as_str)), needed.principals().join(", ")),
                needs,
            ));
        }
        let unmet: Vec<String> = fitting.iter().filter_map(|statement| self.unmet(statement, &needed)).collect();
        // One statement is enough.
        (unmet.len() == fitting.len()).then(|| {
            self.finding(
                Code::TrustCondition,
                format!("{} asks for what the portal does not send.", self.role.arn),
                unmet.join("\n"),
                needs,
            )
        })
    }

    /// What a statement asks for that is not sent; nothing where its conditions hold as far as they are known.
    fn unmet(&self, statement: &Allowed<'_>, needed: &Allowed<'_>) -> Option<String> {
        let person = self.viewer.map(|viewer| viewer.subject().as_str());
        for (operator, key, wanted) in statement.conditions() {
            let sent: Vec<String> = if key.ends_with(":aud") {
                needed.conditions().into_iter().filter(|(_, name, _)| *name == key).flat_map(|(.., values)| values).collect()
            } else if key.ends_with(":sub") && self.role.strategy == RoleStrategy::WebIdentity {
                person.map(|_| "…".to_owned()).into_iter().collect()
            } else if key == "sts:ExternalId" {
                return Some(format!("{operator} {key} {}: the portal sends no external id.", list(wanted.iter().map(String::as_str))));
            } else {
                continue;
            };
            let is_sent = |value: &str| wanted.iter().any(|wanted| stands_for(wanted, value));
            let holds = if key.ends_with(":sub") { person.is_none_or(is_sent) } else { sent.iter().any(|value| is_sent(value)) };
            if !holds {
                let sent = if key.ends_with(":sub") {
                    "the person in the headers is another".to_owned()
                } else {
                    format!("sent is {}", list(sent.iter().map(String::as_str)))
                };
                return Some(format!("{operator} {key} {}: {sent}.", list(wanted.iter().map(String::as_str))));
            }
        }
        None
    }

    fn finding(&self, code: Code, what: String, why: String, needs: &Value) -> Finding {
        Finding {
            code,
            severity: Severity::Error,
            what,
            why: format!("iam:GetRole of {}. {why}", self.role.arn.role_name()),
            breaks: format!("Nobody can be given “{}”: STS refuses with AccessDenied.", self.role.title),
            fix: format!(
                "Give it the trust policy that vestibule template role-trust prints; it takes the place of the whole:\naws iam update-assume-role-policy --role-name {} --policy-document {}",
                self.role.arn.role_name(),
                quoted(&needs.to_string())
            ),
        }
    }

    fn absent(&self) -> Finding {
        let needs =
            serde_json::to_string(&role_trust::of(&self.examination.config, self.role, &self.known())).expect("strings and lists are JSON");
        Finding {
            code: Code::RoleMissing,
            severity: Severity::Error,
            what: format!("There is no role {} in the account of the server.", self.role.arn.role_name()),
            why: "iam:GetRole was answered with NoSuchEntity.".to_owned(),
            breaks: format!("Nobody can be given “{}”: STS refuses with AccessDenied.", self.role.title),
            fix: format!(
                "Correct arn in [[roles]] with id = \"{}\", or make the role:\naws iam create-role --role-name {} --assume-role-policy-document {}",
                self.role.id,
                self.role.arn.role_name(),
                quoted(&needs)
            ),
        }
    }

    fn too_long(&self, longest: u32) -> Finding {
        let (name, seconds) = (self.role.arn.role_name(), self.role.duration_seconds);
        Finding {
            code: Code::MintDuration,
            severity: Severity::Error,
            what: format!("“{}” is to live {seconds} seconds, and its role allows {longest}.", self.role.title),
            why: format!("iam:GetRole of {name} says MaxSessionDuration {longest}."),
            breaks: format!("Nobody can be given “{}”: STS refuses a longer life than the role's.", self.role.title),
            fix: format!(
                "Let the role live as long as duration_seconds says:\naws iam update-role --role-name {name} --max-session-duration {seconds}\nOr write in [[roles]]:\nduration_seconds = {longest}"
            ),
        }
    }
}

impl Allowed<'_> {
    /// `Kind:name` of each principal.
    fn principals(&self) -> Vec<String> {
        match &self.0["Principal"] {
            Value::Object(kinds) => {
                kinds.iter().flat_map(|(kind, names)| texts(names).into_iter().map(move |name| format!("{kind}:{name}"))).collect()
            }
            other => texts(other),
        }
    }

    /// Whether it trusts who is needed. Which principal of AWS the portal is, is not known: any will do.
    fn trusts(&self, needed: &Self) -> bool {
        let has = self.principals();
        needed
            .principals()
            .iter()
            .all(|wanted| has.iter().any(|has| has == wanted || has == "*" || wanted.starts_with("AWS:") && has.starts_with("AWS:")))
    }

    /// Operator, key and values of each condition that compares texts for being equal or alike.
    fn conditions(&self) -> Vec<(&str, &str, Vec<String>)> {
        let operators = self.0["Condition"].as_object().into_iter().flatten();
        let compares = operators.filter(|(operator, _)| operator.ends_with("StringEquals") || operator.ends_with("StringLike"));
        let keys =
            compares.flat_map(|(operator, keys)| keys.as_object().into_iter().flatten().map(move |(key, values)| (operator, key, values)));
        keys.map(|(operator, key, values)| (operator.as_str(), key.as_str(), texts(values))).collect()
    }
}

/// A policy's statements, of which IAM takes one without a list.
fn statements(policy: &Value) -> Vec<&Value> {
    match &policy["Statement"] {
        Value::Array(statements) => statements.iter().collect(),
        one => vec![one],
    }
}

/// Texts, of which IAM takes one without a list.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Whether a pattern of IAM's stands for this; actions are compared whatever their case.
fn stands_for(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(part) = last.replace(part) {
            let Some((_, behind)) = rest.split_once(part) else { return false };
            rest = behind;
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::stands_for;

    #[test]
    fn patterns_stand_for_what_iam_says() {
        for (pattern, text) in
            [("sts:*", "sts:TagSession"), ("*", "x"), ("STS:tagsession", "sts:TagSession"), ("a*b*c", "a-b-b-c"), ("b1e5-*", "b1e5-")]
        {
            assert!(stands_for(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"), ("a*b*c", "a-c"), ("a*b", "a-b-"), ("*-x", "x"), ("", "x")]
        {
            assert!(!stands_for(pattern, text), "{pattern} {text}");
        }
    }
}
