//! `[[roles]]`: what each role is, and what its settings mean together with those of other sections.

use super::function_schema;
use super::loader::is_region;
use super::problem::Problem;
use super::section::Section;
use super::source::{Entry, Node};
use super::strategy::{self, PoolFlow};
use super::{AccessTokenKind, Aws, Bucket, Function, Idp, Role, RoleGroups, RoleStrategy, SessionPolicy, Warning};
use crate::model::location::{Permission, Signing};
use crate::model::names::{RoleArn, RoleId};
use crate::server::credentials::prefix::{PrefixError, PrefixTemplate};
use crate::server::credentials::session_tags::{self, TagClaimError};
use crate::server::credentials::{assume_role, session_policy};
use std::collections::BTreeMap;

/// Longest prefix: S3's keys end at 1,024 bytes.
const LONGEST_PREFIX: usize = 900;

/// Reads the list of roles. What an operator should know goes to `warnings`.
pub(super) fn read(entry: Option<Entry>, file: &str, problems: &mut Vec<Problem>, warnings: &mut Vec<Warning>) -> Vec<Role> {
    let items = match entry {
        Some(Entry { node: Node::List(items), .. }) if !items.is_empty() => items,
        Some(Entry { node: Node::Table(_), place }) => {
            let message = "is one table".to_owned();
            problems.push(Problem { place, key: "roles".into(), message, fix: "write [[roles]] with double brackets".into() });
            return Vec::new();
        }
        _ => {
            problems.push(Problem {
                place: file.to_owned(),
                key: "roles".into(),
                message: "is missing: without a role nobody can be given credentials".into(),
                fix: "add a [[roles]] table with id, arn and groups".into(),
            });
            return Vec::new();
        }
    };
    let mut seen: BTreeMap<RoleId, usize> = BTreeMap::new();
    let mut roles = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let mut section = Section::open(format!("roles[{index}]"), Some(item), file, problems);
        if let Some(role) = role(&mut section, index, file, warnings) {
            if let Some(first) = seen.insert(role.id.clone(), index) {
                let message = format!("\"{}\" is also the id of roles[{first}]", role.id);
                section.problem("id", message, "give every role an id of its own");
            }
            roles.push(role);
        }
        section.close();
    }
    roles
}

fn role(section: &mut Section<'_>, index: usize, file: &str, warnings: &mut Vec<Warning>) -> Option<Role> {
    let id = section.required_text("id", "analyst").and_then(|text| match RoleId::parse(text) {
        Ok(id) => Some(id),
        Err(error) => {
            section.problem("id", error.to_string(), "choose another id");
            None
        }
    });
    let arn = section.required_text("arn", "arn:aws:iam::111122223333:role/portal-analyst").and_then(|text| match RoleArn::parse(text) {
        Ok(arn) => Some(arn),
        Err(error) => {
            section.problem("arn", error.to_string(), "copy the ARN from IAM");
            None
        }
    });
    let title = section.text("title").filter(|title| !title.is_empty());
    let strategy = strategy(section);
    let groups = groups(section);
    let duration_seconds = u32::try_from(section.integer("duration_seconds", 900..=43_200, 3_600)).unwrap_or(3_600);
    if matches!(strategy, Some(RoleStrategy::AssumeRole { .. })) && duration_seconds > assume_role::LONGEST_SECONDS {
        section.problem(
            "duration_seconds",
            format!(
                "is {duration_seconds}, but assume-role gives an hour at most: the server's own identity is a role, and AWS caps credentials of a role that took another role (role chaining) at 3,600 seconds"
            ),
            "write 3600 or less, or choose strategy = \"web-identity\", which has no such cap",
        );
    }
    let cap_to_access_token = section.boolean("cap_to_access_token", false);
    let session_policy = session_policy(section);
    let buckets = tables(section, "buckets", &format!("roles[{index}].buckets"), file, bucket);
    let functions = tables(section, "functions", &format!("roles[{index}].functions"), file, function);
    if session_policy == SessionPolicy::Generate && buckets.is_empty() && functions.is_empty() {
        let name = id.as_ref().map_or("?", RoleId::as_str);
        warnings.push(Warning::new(
            format!("role {name}"),
            "opens no bucket and no function, so the session policy generated for it denies everything",
            "add [[roles.buckets]] or [[roles.functions]] to it, or set session_policy to \"managed\" or \"none\"",
        ));
    }
    let id = id?;
    let title = title.unwrap_or_else(|| id.to_string());
    let (arn, strategy, groups) = (arn?, strategy?, groups?);
    Some(Role { id, title, arn, strategy, groups, duration_seconds, cap_to_access_token, session_policy, buckets, functions })
}

fn strategy(section: &mut Section<'_>) -> Option<RoleStrategy> {
    let known = "write \"web-identity\", \"assume-role\", \"identity-pool\" or \"self-issued\"";
    let word = section.text("strategy");
    let tag_claims = tag_claims(section);
    let flow = strategy::flow(section);
    let strategy = match word.as_deref() {
        None | Some("web-identity") => RoleStrategy::WebIdentity,
        Some("assume-role") => RoleStrategy::AssumeRole { tag_claims: tag_claims.clone().unwrap_or_default() },
        Some("identity-pool") => {
            RoleStrategy::IdentityPool { flow: flow.unwrap_or(PoolFlow::Basic), tag_claims: tag_claims.clone().unwrap_or_default() }
        }
        Some("self-issued") => RoleStrategy::SelfIssued { tag_claims: tag_claims.clone().unwrap_or_default() },
        Some(other) => {
            let message = format!("does not know \"{other}\"");
            section.problem("strategy", message, known);
            return None;
        }
    };
    if tag_claims.is_some() && strategy.tag_claims().is_none() {
        let message = "has no use with strategy = \"web-identity\": the session's tags are those of the access token";
        section.problem("tag_claims", message, "take it out, or change strategy");
    }
    if flow.is_some() && !matches!(strategy, RoleStrategy::IdentityPool { .. }) {
        section.problem("flow", "is read with strategy = \"identity-pool\" only", "take it out, or change strategy");
    }
    Some(strategy)
}

fn tag_claims(section: &mut Section<'_>) -> Option<Vec<String>> {
    let claims = section.texts("tag_claims")?;
    if let Err(error) = session_tags::check_claims(&claims) {
        let fix = match &error {
            TagClaimError::TooMany(_) => "keep the claims that policies compare",
            TagClaimError::Email(_) => "take it out: the tag `subject` names the person",
            TagClaimError::Taken(_) => "take one of them out: AWS compares tag keys without regard to case, and `subject` is always sent",
            TagClaimError::Key(_) => {
                "name a claim of the access token of letters, digits, spaces and _.:/=+-@, up to 128, not beginning with aws:"
            }
        };
        section.problem("tag_claims", error.to_string(), fix);
    }
    Some(claims)
}

fn groups(section: &mut Section<'_>) -> Option<RoleGroups> {
    let groups = section.required_texts("groups", "analysts");
    if groups.iter().all(String::is_empty) {
        return None;
    }
    let everyone = groups.iter().any(|group| group == "*");
    match (everyone, groups.len()) {
        (true, 1) => Some(RoleGroups::Everyone),
        (true, _) => {
            section.problem("groups", "names \"*\" beside groups", "write [\"*\"] alone for everyone, or the groups alone");
            None
        }
        (false, _) if groups.iter().any(String::is_empty) => {
            section.problem("groups", "holds an empty name", "take it out");
            None
        }
        (false, _) => Some(RoleGroups::AnyOf(groups)),
    }
}

fn session_policy(section: &mut Section<'_>) -> SessionPolicy {
    #[derive(Clone, Copy)]
    enum Word {
        Generate,
        Managed,
        None,
    }
    let words = [("generate", Word::Generate), ("managed", Word::Managed), ("none", Word::None)];
    let word = section.choice("session_policy", &words, Word::Generate);
    let policy_arns = section.texts("policy_arns");
    match (word, policy_arns) {
        (Word::Managed, Some(policy_arns)) if (1..=10).contains(&policy_arns.len()) => SessionPolicy::Managed { policy_arns },
        (Word::Managed, _) => {
            section.problem("policy_arns", "must name one to ten managed policies", "add policy_arns = [\"arn:aws:iam::aws:policy/…\"]");
            SessionPolicy::None
        }
        (_, Some(_)) => {
            section.problem("policy_arns", "is read with session_policy = \"managed\" only", "take it out, or change session_policy");
            SessionPolicy::Generate
        }
        (Word::Generate, None) => SessionPolicy::Generate,
        (Word::None, None) => SessionPolicy::None,
    }
}

/// Reads a list of tables below a section.
fn tables<T>(section: &mut Section<'_>, key: &'static str, path: &str, file: &str, read: impl Fn(&mut Section<'_>) -> Option<T>) -> Vec<T> {
    let items = match section.take(key) {
        None => return Vec::new(),
        Some(Entry { node: Node::List(items), .. }) => items,
        Some(Entry { node, .. }) => {
            section.problem(key, format!("expected a list of tables, found {}", node.kind()), format!("write [[roles.{key}]]"));
            return Vec::new();
        }
    };
    let mut values = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let mut inner = Section::open(format!("{path}[{index}]"), Some(item), file, section.problems());
        values.extend(read(&mut inner));
        inner.close();
    }
    values
}

fn bucket(section: &mut Section<'_>) -> Option<Bucket> {
    let name = section.required_text("name", "reports");
    if let Some(name) = &name {
        let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
        let edges = [name.as_bytes().first(), name.as_bytes().last()].into_iter().flatten().all(u8::is_ascii_alphanumeric);
        if !(3..=63).contains(&name.len()) || !plain || !edges || name.contains("..") {
            section.problem("name", format!("\"{name}\" is not a bucket's name"), "write 3 to 63 of a-z, 0-9, - and .");
        }
    }
    let region = section.text("region");
    if region.as_deref().is_some_and(|region| !is_region(region)) {
        section.problem("region", "is not a region's name", "write it as eu-west-1, or take it out to have it looked up");
    }
    let prefix = section.text("prefix").unwrap_or_default();
    check_prefix(section, &prefix);
    let words = section.texts("permissions").unwrap_or_else(|| vec!["list".to_owned(), "read".to_owned()]);
    let mut permissions = Vec::new();
    for word in words {
        match Permission::ALL.into_iter().find(|permission| permission.as_str() == word) {
            Some(permission) => permissions.push(permission),
            None => section.problem(
                "permissions",
                format!("does not know \"{word}\""),
                format!("choose from {}", Permission::ALL.map(Permission::as_str).join(", ")),
            ),
        }
    }
    permissions.sort_unstable();
    permissions.dedup();
    let kms_keys = section.texts("kms_keys").unwrap_or_default();
    if kms_keys.iter().any(|key| !key.starts_with("arn:") || key.contains(['*', '?'])) {
        section.problem("kms_keys", "holds something that is not a key's ARN", "copy the ARN of the key (not of an alias)");
    }
    let sign = section.choice("sign", &[("query", Signing::Query), ("header", Signing::Header)], Signing::Query);
    Some(Bucket { name: name?, region, prefix, permissions, kms_keys, sign })
}

fn check_prefix(section: &mut Section<'_>, prefix: &str) {
    if prefix.len() > LONGEST_PREFIX {
        section.problem("prefix", format!("is longer than {LONGEST_PREFIX} bytes"), "S3 keys end at 1,024; leave room for names");
    }
    if prefix.contains(['*', '?']) {
        section.problem("prefix", "holds * or ?, which a policy would take for wildcards", "write the prefix out");
    }
    if let Err(error) = PrefixTemplate::parse(prefix) {
        let fix = match error {
            PrefixError::Email => "use ${subject}, which stays the same",
            PrefixError::Unclosed(_) | PrefixError::Unknown(_) => "write ${subject} or ${claim:NAME}",
        };
        section.problem("prefix", error.to_string(), fix);
    }
}

fn function(section: &mut Section<'_>) -> Option<Function> {
    let name = section.required_text("name", "resize-image");
    if let Some(name) = &name {
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !plain || name.len() > 64 {
            section.problem("name", format!("\"{name}\" is not a function's name"), "write its name, not its ARN");
        }
    }
    let qualifiers = section.texts("qualifiers").unwrap_or_default();
    for qualifier in qualifiers.iter().filter(|qualifier| !is_qualifier(qualifier)) {
        section.problem(
            "qualifiers",
            format!("\"{qualifier}\" is neither a version nor an alias"),
            "write versions such as \"7\", aliases such as \"live\", or \"*\" for all; the newest code needs no mention",
        );
    }
    let schema = function_schema::read(section);
    Some(Function { name: name?, qualifiers, schema })
}

/// As Lambda has them (<https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>, `Qualifier`), and `*`.
fn is_qualifier(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    text == "*" || (plain && (1..=128).contains(&text.len()))
}

/// What only several sections together can say of a role.
pub(super) fn cross_check(role: &Role, idp: &Idp, aws: &Aws, file: &str, problems: &mut Vec<Problem>) {
    let mut problem = |key: &str, message: String, fix: &str| {
        problems.push(Problem { place: file.to_owned(), key: format!("role {}: {key}", role.id), message, fix: fix.to_owned() });
    };
    if let Err(error) = session_policy::check_longest(role, &aws.region) {
        problem(
            "session_policy",
            format!(
                "the policy generated for this role can have {} characters with every variable at its longest, and STS takes {}",
                error.length,
                session_policy::LONGEST_POLICY
            ),
            "split the role into several with fewer buckets and functions each, or set session_policy = \"managed\" with policy_arns, or \"none\" to leave the role's own policy as the boundary",
        );
    }
    if idp.access_token == AccessTokenKind::Verify {
        return;
    }
    match &role.strategy {
        RoleStrategy::WebIdentity => problem(
            "strategy",
            "web-identity sends the access token to STS, which reads JWTs only, and idp.access_token says it is opaque".into(),
            "set idp.access_token = \"verify\" when the provider issues JWTs, or choose strategy = \"assume-role\"",
        ),
        strategy if strategy.tag_claims().is_some_and(|claims| !claims.is_empty()) => {
            problem("tag_claims", "names claims of the access token, and idp.access_token says it is opaque".into(), "take it out");
        }
        RoleStrategy::AssumeRole { .. } | RoleStrategy::IdentityPool { .. } | RoleStrategy::SelfIssued { .. } => {}
    }
    let needs_claims = |bucket: &Bucket| PrefixTemplate::parse(&bucket.prefix).is_ok_and(|prefix| prefix.needs_claims());
    if role.buckets.iter().any(needs_claims) {
        problem("prefix", "uses a claim of the access token, and idp.access_token says it is opaque".into(), "use ${subject}");
    }
    if role.cap_to_access_token {
        problem(
            "cap_to_access_token",
            "needs the access token's expiry, and idp.access_token says it is opaque".into(),
            "take it out, and keep duration_seconds short",
        );
    }
}
