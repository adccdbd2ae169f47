//! Trust policies of the roles, where the server's own identity may read them (`iam:GetRole`), held against what
//! `vestibule template role-trust` says that each strategy needs.
//!
//! The portal needs no such permission: where it has none, that is said and nothing is wrong. Whether STS mints is told
//! by `trial`; this says which line of the policy it is, and needs nobody's headers.

use super::access_token::{self, ROLES, SOURCE_IDENTITY, TAGS};
use super::finding::{Check, Code, Finding, Severity};
use super::fix::{Fix, endpoint, list, quoted};
use super::{Captured, Examination, trial};
use crate::server::config::{Role, RoleStrategy};
use crate::server::credentials::entitlement;
use crate::server::identity::Viewer;
use crate::server::own_identity::{self, OwnIdentity};
use crate::server::required::role_trust::{self, Known};
use crate::server::service_error::ServiceError;
use aws_sdk_iam::Client;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Longest time for an answer, the search for an identity included.
const LONGEST: Duration = Duration::from_secs(4);

/// Whether the provider lists the role in the token: a truth.
const AUTHORIZED: &str = "sts:RoleAuthorizedByIdp";

/// A check for each role.
pub(super) async fn check(examination: &Examination) -> Vec<Check> {
    const SUBJECT: &str = "trust policies";
    let config = &examination.config;
    let identity = match readable(examination) {
        Ok(identity) => identity,
        Err(reason) => return vec![Check::not_checked(SUBJECT, reason)],
    };
    let viewer = match &examination.captured {
        Some(captured) => known_viewer(examination, captured).await,
        None => None,
    };
    let client = client(examination, identity).await;
    let client = &client;
    let roles = config.roles.iter().map(|role| Trust { examination, role, viewer: viewer.as_ref() }.check(client, identity));
    futures::future::join_all(roles).await
}

/// The identity with which the IAM of the roles may be asked, or why not.
pub(super) fn readable(examination: &Examination) -> Result<&OwnIdentity, &'static str> {
    let config = &examination.config;
    let identity = examination.identity.as_ref().ok_or("the server's own identity is not used here")?;
    if config.aws.sts_endpoint.is_some() && config.revocation.iam_endpoint.is_none() {
        return Err("aws.sts_endpoint names another STS, and no IAM is named that goes with it (revocation.iam_endpoint)");
    }
    Ok(identity)
}

async fn known_viewer(examination: &Examination, captured: &Captured) -> Option<Viewer> {
    trial::authenticate(examination, captured).await.ok()
}

pub(super) async fn client(examination: &Examination, identity: &OwnIdentity) -> Client {
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
#[derive(Clone, Copy)]
struct Allowed<'a>(&'a Value);

/// A condition of a statement that does not hold.
struct Unmet<'a> {
    statement: &'a Value,
    operator: String,
    key: String,
    why: String,
}

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
        let unjudged = unjudged(&has, self.roles_claim().is_some());
        let but = if unjudged.is_empty() { String::new() } else { format!("; not judged: {}", unjudged.join(", ")) };
        Check::of(subject, findings, format!("trusts who is needed, for all that is sent, and lives long enough{but}"))
    }

    fn known(&self) -> Known {
        let claim = |name: &str| self.viewer.is_some_and(|viewer| viewer.access_token_claim(name).is_some());
        let viewer = self.viewer.filter(|_| self.role.strategy == RoleStrategy::WebIdentity);
        Known {
            audience: viewer.and_then(Viewer::web_identity_audience).map(str::to_owned),
            tags: claim(TAGS),
            source_identity: claim(SOURCE_IDENTITY),
            portal: None,
        }
    }

    /// The first thing in which the policy falls short: without a principal nothing else matters, and so on. Each action has to
    /// be allowed by a statement whose conditions hold; it need not be the same for all.
    fn compared(&self, has: &Value, needs: &Value) -> Option<Finding> {
        let needed = Allowed(&needs["Statement"][0]);
        let all = statements(has);
        let allowed: Vec<Allowed<'_>> = all.iter().filter(|statement| statement["Effect"] == "Allow").map(|one| Allowed(one)).collect();
        let fitting: Vec<&Allowed<'_>> = allowed.iter().filter(|statement| statement.trusts(&needed)).collect();
        let Some(first) = fitting.first() else {
            let trusted: Vec<String> = allowed.iter().flat_map(Allowed::principals).collect();
            return Some(self.finding(
                Code::TrustPrincipal,
                format!("{} does not trust {}.", self.role.arn, needed.principals().join(", ")),
                format!("Its trust policy names {}.", list(trusted.iter().map(String::as_str))),
                &with(has, None, needed.0.clone()),
            ));
        };
        let wanted = texts(&needed.0["Action"]);
        let allows = |action: &str| fitting.iter().copied().filter(|statement| statement.allows(action)).collect::<Vec<_>>();
        let missing: Vec<&str> = wanted.iter().map(String::as_str).filter(|action| allows(action).is_empty()).collect();
        if !missing.is_empty() {
            let actions: Vec<String> = fitting.iter().flat_map(|statement| texts(&statement.0["Action"])).collect();
            // Nothing but the actions: whom it trusts and on which conditions is somebody's decision.
            let mut mended = first.0.clone();
            mended["Action"] = texts(&first.0["Action"]).into_iter().chain(missing.iter().map(|&action| action.to_owned())).collect();
            return Some(self.finding(
                Code::TrustAction,
                format!("{} does not allow {}.", self.role.arn, missing.join(", ")),
                format!("Its trust policy allows {} to {}.", list(actions.iter().map(String::as_str)), needed.principals().join(", ")),
                &with(has, Some(first.0), mended),
            ));
        }
        for action in &wanted {
            let allowing = allows(action);
            let unmet: Vec<Unmet<'_>> = allowing.iter().map_while(|statement| self.unmet(statement, &needed)).collect();
            // One statement that lets it through is enough.
            if let (true, Some(first)) = (unmet.len() == allowing.len(), unmet.first()) {
                let why: Vec<&str> = unmet.iter().map(|unmet| &*unmet.why).collect();
                return Some(self.unmet_condition(action, &why.join("\n"), first, &needed, has));
            }
        }
        None
    }

    /// What a statement asks for that is not sent; nothing where its conditions hold as far as they are known.
    fn unmet<'a>(&self, statement: &Allowed<'a>, needed: &Allowed<'_>) -> Option<Unmet<'a>> {
        for (operator, key, wanted) in statement.conditions() {
            let asks = format!("{operator} {key} {}", list(wanted.iter().map(String::as_str)));
            let is_sent = |value: &str| wanted.iter().any(|wanted| matches(operator, wanted, value));
            let why = if key.ends_with(":aud") {
                let sent: Vec<String> =
                    needed.conditions().into_iter().filter(|(_, name, _)| *name == key).flat_map(|(.., values)| values).collect();
                if sent.iter().any(|value| is_sent(value)) {
                    continue;
                }
                format!("{asks}: sent is {}.", list(sent.iter().map(String::as_str)))
            } else if key == AUTHORIZED {
                match self.roles_claim() {
                    Some(lists) if !is_sent(&lists.to_string()) => {
                        let word = if lists { "lists" } else { "does not list" };
                        format!("{asks}: the token that STS is sent {word} the role in {ROLES}.")
                    }
                    _ => continue,
                }
            } else if key.ends_with(":sub") && self.role.strategy == RoleStrategy::WebIdentity {
                match self.entitled().map(|viewer| viewer.subject().as_str()) {
                    Some(subject) if !is_sent(subject) => format!("{asks}: the person in the headers is another."),
                    _ => continue,
                }
            } else if let (true, Some(pool)) = (key.ends_with(":amr"), &self.examination.config.identity_pool) {
                // How Cognito says that it knows the person, and by which provider.
                let sent = ["authenticated", &*pool.developer_provider];
                if sent.into_iter().any(is_sent) {
                    continue;
                }
                format!("{asks}: sent is {}.", list(sent))
            } else if key == "sts:ExternalId" {
                format!("{asks}: the portal sends no external id.")
            } else {
                continue;
            };
            return Some(Unmet { statement: statement.0, operator: operator.to_owned(), key: key.to_owned(), why });
        }
        None
    }

    /// The person in the headers, where that one is to have the role: of others nothing is known.
    fn entitled(&self) -> Option<&Viewer> {
        self.viewer.filter(|viewer| entitlement::stands(&Arc::new(self.role.clone()), viewer).is_ok())
    }

    /// Whether the token that STS is sent lists the role as one that it may be used for; `None` where no token is known.
    fn roles_claim(&self) -> Option<bool> {
        match self.role.strategy {
            RoleStrategy::WebIdentity => {
                Some(self.entitled()?.access_token_claim(ROLES).is_some_and(|listed| access_token::lists(listed, self.role)))
            }
            // Neither Cognito's tokens nor the portal's own list any.
            _ => Some(false),
        }
    }

    fn unmet_condition(&self, action: &str, why: &str, unmet: &Unmet<'_>, needed: &Allowed<'_>, has: &Value) -> Finding {
        let mut mended = unmet.statement.clone();
        if let Some(keys) = mended["Condition"][&*unmet.operator].as_object_mut() {
            keys.remove(&unmet.key);
            for (operator, key, _) in needed.conditions().into_iter().filter(|(_, key, _)| *key == unmet.key) {
                mended["Condition"][operator][key] = needed.0["Condition"][operator][key].clone();
            }
        }
        if mended["Condition"][&*unmet.operator].as_object().is_some_and(serde_json::Map::is_empty) {
            mended["Condition"].as_object_mut().and_then(|operators| operators.remove(&unmet.operator));
        }
        let policy = with(has, Some(unmet.statement), mended);
        let mut finding = self.finding(
            Code::TrustCondition,
            format!("{} allows {action} only to who sends what the portal does not.", self.role.arn),
            why.to_owned(),
            &policy,
        );
        if unmet.key == AUTHORIZED && self.role.strategy == RoleStrategy::WebIdentity {
            finding.fix =
                Fix::say("If it is meant so, have the provider (of a user pool, the pre token generation trigger) list the role:")
                    .document("claim of the access token", format!("\"{ROLES}\": {}", json!([self.role.arn.as_str()])))
                    .then("If not:")
                    .and(finding.fix);
        }
        if unmet.key.ends_with(":sub") {
            // It may be meant so: then the groups of the role are too wide.
            finding.severity = Severity::Warning;
            finding.breaks =
                format!("The person in the headers is offered “{}” and cannot have it: STS refuses with AccessDenied.", self.role.title);
            finding.fix = Fix::say(format!(
                "If it is meant so, narrow groups in [[roles]] with id = \"{}\" to the same people. If not:",
                self.role.id
            ))
            .and(finding.fix);
        }
        finding
    }

    fn finding(&self, code: Code, what: String, why: String, policy: &Value) -> Finding {
        Finding {
            code,
            severity: Severity::Error,
            what,
            why: format!("iam:GetRole of {}. {why}", self.role.arn.role_name()),
            breaks: format!("Nobody can be given “{}”: STS refuses with AccessDenied.", self.role.title),
            fix: Fix::say("Give it this trust policy, which is what it has, mended:").run(format!(
                "aws iam update-assume-role-policy --role-name {} --policy-document {}{}",
                self.role.arn.role_name(),
                quoted(&policy.to_string()),
                self.endpoint(),
            )),
        }
    }

    fn endpoint(&self) -> String {
        endpoint(self.examination.config.revocation.iam_endpoint.as_ref())
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
            fix: Fix::say(format!("Correct arn in [[roles]] with id = \"{}\", or make the role:", self.role.id)).run(format!(
                "aws iam create-role --role-name {} --assume-role-policy-document {}{}",
                self.role.arn.role_name(),
                quoted(&needs),
                self.endpoint()
            )),
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
            fix: Fix::say("Let the role live as long as duration_seconds says:")
                .run(format!("aws iam update-role --role-name {name} --max-session-duration {seconds}{}", self.endpoint()))
                .then(format!("Or let it be shorter. Write in [[roles]] with id = \"{}\":", self.role.id))
                .configure(format!("duration_seconds = {longest}")),
        }
    }
}

impl<'a> Allowed<'a> {
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

    fn allows(&self, action: &str) -> bool {
        texts(&self.0["Action"]).iter().any(|has| is_like(&has.to_ascii_lowercase(), &action.to_ascii_lowercase()))
    }

    /// Operator, key and values of each condition that compares texts for being equal or alike, or a truth.
    fn conditions(&self) -> Vec<(&'a str, &'a str, Vec<String>)> {
        let operators = self.0["Condition"].as_object().into_iter().flatten();
        let compares =
            operators.filter(|(operator, _)| operator.ends_with("StringEquals") || operator.ends_with("StringLike") || *operator == "Bool");
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
        Value::Bool(truth) => vec![truth.to_string()],
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// What of a policy is not looked at: statements that deny, and conditions of other kinds and keys. Whether the token lists
/// the role is judged where the token is known.
fn unjudged(policy: &Value, knows_roles: bool) -> Vec<String> {
    let mut found = Vec::new();
    for statement in statements(policy) {
        if statement["Effect"] == "Deny" {
            found.push("a statement that denies".to_owned());
            continue;
        }
        let judged = Allowed(statement).conditions();
        for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
            let is_judged = |key: &str| {
                judged.iter().any(|(has, name, _)| *has == operator.as_str() && *name == key)
                    && [":aud", ":sub", ":amr", "sts:ExternalId", "sts:SourceIdentity"].iter().any(|end| key.ends_with(end))
                    || key.starts_with("aws:RequestTag/")
                    || key == AUTHORIZED && operator == "Bool" && knows_roles
            };
            let keys = keys.as_object().into_iter().flatten().map(|(key, _)| key);
            found.extend(keys.filter(|key| !is_judged(key)).map(|key| format!("{operator} {key}")));
        }
    }
    found
}

/// The policy with a statement in the place of another of its own, or beside all.
fn with(policy: &Value, instead_of: Option<&Value>, statement: Value) -> Value {
    let mut mended: Vec<Value> = statements(policy).into_iter().filter(|has| has.is_object()).cloned().collect();
    match instead_of.and_then(|old| mended.iter().position(|has| has == old)) {
        Some(at) => mended[at] = statement,
        None => mended.push(statement),
    }
    json!({"Version": "2012-10-17", "Statement": mended})
}

/// Whether a condition of this operator holds for one value: `…Equals` is exact, `…Like` knows `*` and `?`.
fn matches(operator: &str, wanted: &str, value: &str) -> bool {
    if operator.ends_with("Like") { is_like(wanted, value) } else { wanted == value }
}

/// Whether a pattern of IAM's stands for this: `*` for any letters, `?` for one.
fn is_like(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    // Which beginnings of the text the pattern stands for so far.
    let mut begins = vec![false; text.len() + 1];
    begins[0] = true;
    for letter in pattern.chars() {
        let before = begins.clone();
        for at in 0..=text.len() {
            begins[at] = match letter {
                '*' => before[at] || at > 0 && begins[at - 1],
                '?' => at > 0 && before[at - 1],
                letter => at > 0 && before[at - 1] && text[at - 1] == letter,
            };
        }
    }
    begins[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_what_iam_says() {
        for (pattern, text) in
            [("sts:*", "sts:TagSession"), ("*", ""), ("?*", "x"), ("a*b*c", "a-b-b-c"), ("b1e5-*", "b1e5-"), ("a?c", "abc")]
        {
            assert!(is_like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"),
            ("a*b*c", "a-c"),
            ("a*b", "a-b-"),
            ("*-x", "x"),
            ("", "x"),
            ("?", ""),
            ("a", "A"),
        ] {
            assert!(!is_like(pattern, text), "{pattern} {text}");
        }
        assert!(matches("StringLike", "a*", "ab") && !matches("StringEquals", "a*", "ab") && matches("ForAnyValue:StringLike", "a*", "ab"));
        let allowed = json!({"Action": "STS:*"});
        assert!(Allowed(&allowed).allows("sts:TagSession"), "actions are compared whatever their case");
    }

    #[test]
    fn what_is_not_judged_is_named() {
        let policy = json!({"Statement": [
            {"Effect": "Deny", "Action": "*"},
            {"Effect": "Allow", "Condition": {"StringEquals": {"x:aud": "a", "aws:PrincipalOrgID": "o"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
            {"Effect": "Allow", "Condition": {"Bool": {"sts:RoleAuthorizedByIdp": true, "aws:MultiFactorAuthPresent": "true"}}},
        ]});
        let mut found = unjudged(&policy, true);
        found.sort();
        let others =
            ["Bool aws:MultiFactorAuthPresent", "IpAddress aws:SourceIp", "StringEquals aws:PrincipalOrgID", "a statement that denies"];
        assert_eq!(found, others);
        assert_eq!(unjudged(&policy, false).len(), others.len() + 1, "of no token is it known which roles it lists");
    }
}
