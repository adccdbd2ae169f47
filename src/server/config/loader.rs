//! From file and environment to a checked [`Config`]: every problem at once.

use super::problem::Problem;
use super::section::{Queries, Section};
use super::source::{Entry, Node, overlay, parse};
use super::{
    AccessTokenKind, Alb, Aws, Bucket, Config, Function, GroupsFrom, Idp, Limits, Log, LogFormat, LogLevel, Revocation, Role, RoleGroups,
    RoleStrategy, SessionPolicy, Sessions, Web,
};
use crate::model::location::{Permission, Signing};
use crate::model::names::{RoleArn, RoleId};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use url::Url;

/// Account of the sandbox's balancer. Its signing key is anybody's, so `serve` trusts nothing of it.
pub const SANDBOX_ACCOUNT: &str = "000000000000";

/// A configuration that holds, and what its owner should know about it.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Sentences for the start of the log.
    pub warnings: Vec<String>,
}

/// Reads the file, lays the environment over it and checks everything.
///
/// # Errors
/// All problems, in the order of the file.
pub fn load(file: &Path, environment: impl IntoIterator<Item = (String, String)>) -> Result<Loaded, Vec<Problem>> {
    let name = file.display().to_string();
    match std::fs::read_to_string(file) {
        Ok(text) => from_text(&text, &name, environment),
        Err(error) => Err(vec![Problem {
            place: name,
            key: String::new(),
            message: format!("cannot be read: {error}"),
            fix: "create it, or name another with --config FILE or VESTIBULE_CONFIG; `vestibule sandbox` needs none".to_owned(),
        }]),
    }
}

/// As [`load`], from the file's text.
///
/// # Errors
/// All problems.
pub fn from_text(text: &str, file: &str, environment: impl IntoIterator<Item = (String, String)>) -> Result<Loaded, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut root = parse(text, file, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    overlay(&mut root, environment, &mut problems);
    let loader = Loader { file, warnings: Vec::new() };
    match loader.read(root, &mut problems) {
        Some(loaded) if problems.is_empty() => Ok(loaded),
        _ => Err(problems),
    }
}

/// `sessions.store`
#[derive(Clone, Copy, PartialEq, Eq)]
enum Store {
    Sqlite,
    DynamoDb,
}

struct Loader<'a> {
    file: &'a str,
    warnings: Vec<String>,
}

impl Loader<'_> {
    fn read(mut self, root: Entry, problems: &mut Vec<Problem>) -> Option<Loaded> {
        let mut top = Section::open("", Some(root), self.file, problems);
        let [web, alb, idp, aws, sessions, revocation, limits, log, roles] =
            ["web", "alb", "idp", "aws", "sessions", "revocation", "limits", "log", "roles"].map(|key| top.take(key));
        top.close();
        let web = self.web(Section::open("web", web, self.file, problems));
        let alb = self.alb(Section::open("alb", alb, self.file, problems));
        let idp = self.idp(Section::open("idp", idp, self.file, problems));
        let aws = self.aws(Section::open("aws", aws, self.file, problems));
        let sessions = self.sessions(Section::open("sessions", sessions, self.file, problems));
        let revocation = self.revocation(Section::open("revocation", revocation, self.file, problems));
        let limits = limits_section(Section::open("limits", limits, self.file, problems));
        let log = log_section(Section::open("log", log, self.file, problems));
        let roles = self.roles(roles, problems);
        let mut config = Config { web: web?, alb: alb?, idp: idp?, aws: aws?, sessions: sessions?, revocation, limits, log, roles };
        for role in &mut config.roles {
            cross_check(role, &config.idp, self.file, problems);
        }
        Some(Loaded { config, warnings: self.warnings })
    }

    fn warn_clear(&mut self, key: &str, url: &Url) {
        if url.scheme() == "http" {
            self.warnings.push(format!("{key} is plain http on loopback: fine for trying things out, not for service"));
        }
    }

    fn web(&mut self, mut section: Section<'_>) -> Option<Web> {
        let listen = section.text("listen").unwrap_or_else(|| "0.0.0.0:3000".to_owned());
        let listen: Option<SocketAddr> = listen.parse().ok();
        if listen.is_none() {
            section.problem("listen", "is not an address and port", "write it as 0.0.0.0:3000 or [::]:3000");
        }
        let public_url = section
            .required_text("public_url", "https://portal.example.com")
            .and_then(|text| section.check_url("public_url", &text, Queries::Refused));
        if let Some(url) = &public_url {
            if url.path() != "/" {
                section.problem("public_url", "has a path", "write scheme, host and port only; the portal owns the whole host");
            }
            self.warn_clear("web.public_url", url);
        }
        match section.take("tls").map(|entry| entry.node) {
            None => {}
            Some(Node::Text(text)) if text == "off" => {}
            Some(_) => section.problem("tls", "asks for TLS, which this version does not serve", "write tls = \"off\""),
        }
        let trusted_hops = usize::try_from(section.integer("trusted_hops", 0..=16, 1)).unwrap_or(1);
        let signed_out_path = section.text("signed_out_path").unwrap_or_else(|| "/signed-out".to_owned());
        let plain = signed_out_path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.'));
        if !signed_out_path.starts_with('/') || signed_out_path.starts_with("//") || !plain || signed_out_path.len() < 2 {
            section.problem("signed_out_path", "is not a path of this portal", "write it as /signed-out");
        }
        section.close();
        self.warnings.push("web.tls is off: the hop from the balancer to the portal is in clear".to_owned());
        Some(Web { listen: listen?, public_url: public_url?.origin().ascii_serialization(), trusted_hops, signed_out_path })
    }

    fn alb(&mut self, mut section: Section<'_>) -> Option<Alb> {
        let example = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188";
        let signers = section.required_texts("signers", example);
        let mut underivable = None;
        for signer in &signers {
            match LoadBalancerArn::parse(signer) {
                None => section.problem(
                    "signers",
                    format!("\"{signer}\" is not an application load balancer's ARN"),
                    format!("copy it whole from the balancer's description; it looks like {example}"),
                ),
                Some(arn) if arn.account == SANDBOX_ACCOUNT => section.problem(
                    "signers",
                    format!("\"{signer}\" is the sandbox's balancer, whose signature proves nothing"),
                    "name your own load balancer; `vestibule sandbox` needs no configuration",
                ),
                Some(arn) if !matches!(arn.partition, "aws" | "aws-us-gov") => underivable = Some(arn.partition.to_owned()),
                Some(_) => {}
            }
        }
        let clients = section.required_texts("clients", "1example23456789");
        let issuer = section.required_text("issuer", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE");
        if let Some(url) = issuer.as_ref().and_then(|text| section.check_url("issuer", text, Queries::Refused)) {
            self.warn_clear("alb.issuer", &url);
            if url.host_str().is_some_and(|host| host.starts_with("issuer-cognito-idp.")) {
                self.warnings
                    .push("alb.issuer is of Cognito's updated form, which load balancers did not support when this was written".to_owned());
            }
        }
        let key_url = section.url("key_url", Queries::Refused);
        if let Some(url) = &key_url {
            self.warn_clear("alb.key_url", url);
        }
        if let (Some(partition), None) = (&underivable, &key_url) {
            section.problem(
                "key_url",
                format!("is missing; where the balancers of partition {partition} publish their keys is not documented"),
                "add key_url = \"https://…\", the address without the key id",
            );
        }
        let cookie_name = section.text("cookie_name").unwrap_or_else(|| "AWSELBAuthSessionCookie".to_owned());
        if cookie_name.is_empty() || !cookie_name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            section.problem("cookie_name", "is not a cookie's name", "copy it from the listener rule, without -0 at the end");
        }
        let leeway_seconds = u32::try_from(section.integer("leeway_seconds", 0..=60, 10)).unwrap_or(10);
        section.close();
        Some(Alb { signers, clients, issuer: issuer?, key_url, cookie_name, leeway_seconds })
    }

    fn idp(&mut self, mut section: Section<'_>) -> Option<Idp> {
        let jwks_url = section.url("jwks_url", Queries::Accepted);
        if let Some(url) = &jwks_url {
            self.warn_clear("idp.jwks_url", url);
        }
        let access_token = section.choice(
            "access_token",
            &[("verify", AccessTokenKind::Verify), ("opaque", AccessTokenKind::Opaque)],
            AccessTokenKind::Verify,
        );
        let groups_from = section.choice(
            "groups_from",
            &[("access_token", GroupsFrom::AccessToken), ("data", GroupsFrom::Data)],
            GroupsFrom::AccessToken,
        );
        if access_token == AccessTokenKind::Opaque && groups_from == GroupsFrom::AccessToken {
            section.problem(
                "groups_from",
                "is access_token, but an opaque access token cannot be read",
                "write groups_from = \"data\" and let the provider put the groups into its userinfo answer",
            );
        }
        let groups_claim = section.text("groups_claim").unwrap_or_else(|| "cognito:groups".to_owned());
        let admin_groups = section.texts("admin_groups").unwrap_or_default();
        let logout_url = section.url("logout_url", Queries::Accepted);
        section.close();
        Some(Idp { jwks_url, access_token, groups_from, groups_claim, admin_groups, logout_url })
    }

    fn aws(&mut self, mut section: Section<'_>) -> Option<Aws> {
        let region = section.text("region").unwrap_or_else(|| "us-east-1".to_owned());
        if !is_region(&region) {
            section.problem("region", "is not a region's name", "write it as eu-west-1");
        }
        let mut endpoint = |key: &'static str, full: &str| {
            let url = section.url(key, Queries::Refused)?;
            if url.path() != "/" {
                section.problem(key, "has a path", "write scheme, host and port only");
            }
            self.warn_clear(full, &url);
            Some(url)
        };
        let sts_endpoint = endpoint("sts_endpoint", "aws.sts_endpoint");
        let s3_endpoint = endpoint("s3_endpoint", "aws.s3_endpoint");
        let lambda_endpoint = endpoint("lambda_endpoint", "aws.lambda_endpoint");
        section.close();
        Some(Aws { region, sts_endpoint, s3_endpoint, lambda_endpoint })
    }

    fn sessions(&mut self, mut section: Section<'_>) -> Option<Sessions> {
        let store = section.choice("store", &[("sqlite", Store::Sqlite), ("dynamodb", Store::DynamoDb)], Store::Sqlite);
        let [path, table] = ["path", "table"].map(|key| section.text(key));
        let endpoint = section.url("endpoint", Queries::Refused);
        let present = [("path", path.is_some()), ("table", table.is_some()), ("endpoint", endpoint.is_some())];
        for (key, _) in present.into_iter().filter(|(key, is_there)| *is_there && (*key == "path") != (store == Store::Sqlite)) {
            let other = if store == Store::Sqlite { "dynamodb" } else { "sqlite" };
            section.problem(key, format!("is read with store = \"{other}\" only"), "take it out, or change store");
        }
        if let Some(url) = &endpoint {
            self.warn_clear("sessions.endpoint", url);
        }
        let sessions = match (store, table) {
            (Store::Sqlite, _) => {
                if path.as_deref() == Some("") {
                    section.problem("path", "is empty", "write path = \"vestibule.db\"");
                }
                Some(Sessions::Sqlite { path: PathBuf::from(path.unwrap_or_else(|| "vestibule.db".to_owned())) })
            }
            (Store::DynamoDb, Some(table)) if is_table(&table) => Some(Sessions::DynamoDb { table, endpoint }),
            (Store::DynamoDb, Some(_)) => {
                section.problem("table", "is not a table's name", "write 3 to 255 of a-z, A-Z, 0-9, -, _ and .");
                None
            }
            (Store::DynamoDb, None) => {
                section.problem("table", "is missing", "add table = \"vestibule-sessions\"");
                None
            }
        };
        section.close();
        sessions
    }

    fn revocation(&mut self, mut section: Section<'_>) -> Revocation {
        let iam = section.boolean("iam", false);
        let iam_endpoint = section.url("iam_endpoint", Queries::Refused);
        if let Some(url) = &iam_endpoint {
            self.warn_clear("revocation.iam_endpoint", url);
            if !iam {
                section.problem("iam_endpoint", "is read with iam = true only", "take it out, or write iam = true");
            }
        }
        section.close();
        Revocation { iam, iam_endpoint }
    }

    fn roles(&mut self, entry: Option<Entry>, problems: &mut Vec<Problem>) -> Vec<Role> {
        let items = match entry {
            Some(Entry { node: Node::List(items), .. }) if !items.is_empty() => items,
            Some(Entry { node: Node::Table(_), place }) => {
                let message = "is one table".to_owned();
                problems.push(Problem { place, key: "roles".into(), message, fix: "write [[roles]] with double brackets".into() });
                return Vec::new();
            }
            _ => {
                problems.push(Problem {
                    place: self.file.to_owned(),
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
            let mut section = Section::open(format!("roles[{index}]"), Some(item), self.file, problems);
            let role = self.role(&mut section, index);
            if let Some(role) = role {
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

    fn role(&mut self, section: &mut Section<'_>, index: usize) -> Option<Role> {
        let id = section.required_text("id", "analyst").and_then(|text| match RoleId::parse(text) {
            Ok(id) => Some(id),
            Err(error) => {
                section.problem("id", error.to_string(), "choose another id");
                None
            }
        });
        let arn =
            section.required_text("arn", "arn:aws:iam::111122223333:role/portal-analyst").and_then(|text| match RoleArn::parse(text) {
                Ok(arn) => Some(arn),
                Err(error) => {
                    section.problem("arn", error.to_string(), "copy the ARN from IAM");
                    None
                }
            });
        let title = section.text("title").filter(|title| !title.is_empty());
        let strategy = self.strategy(section);
        let groups = groups(section);
        let duration_seconds = u32::try_from(section.integer("duration_seconds", 900..=43_200, 3_600)).unwrap_or(3_600);
        let session_policy = session_policy(section);
        let buckets = tables(section, "buckets", &format!("roles[{index}].buckets"), self.file, bucket);
        let functions = tables(section, "functions", &format!("roles[{index}].functions"), self.file, function);
        if session_policy == SessionPolicy::Generate && buckets.is_empty() && functions.is_empty() {
            let name = id.as_ref().map_or("?", RoleId::as_str);
            self.warnings
                .push(format!("role {name} opens no bucket and no function, so the session policy generated for it denies everything"));
        }
        let id = id?;
        let title = title.unwrap_or_else(|| id.to_string());
        Some(Role { id, title, arn: arn?, strategy: strategy?, groups: groups?, duration_seconds, session_policy, buckets, functions })
    }

    fn strategy(&self, section: &mut Section<'_>) -> Option<RoleStrategy> {
        match section.text("strategy").as_deref() {
            None | Some("web-identity") => Some(RoleStrategy::WebIdentity),
            Some(known @ ("assume-role" | "identity-pool" | "self-issued")) => {
                section.problem("strategy", format!("\"{known}\" is not built into this version"), "write strategy = \"web-identity\"");
                None
            }
            Some(other) => {
                let message = format!("does not know \"{other}\"");
                section.problem("strategy", message, "write strategy = \"web-identity\"");
                None
            }
        }
    }
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
    if prefix.len() > 900 {
        section.problem("prefix", "is longer than 900 bytes", "S3 keys end at 1,024; leave room for names");
    }
    if prefix.contains(['*', '?']) {
        section.problem("prefix", "holds * or ?, which a policy would take for wildcards", "write the prefix out");
    }
    for variable in prefix.split("${").skip(1) {
        let name = variable.split('}').next().unwrap_or_default();
        if !variable.contains('}') {
            section.problem("prefix", "opens ${ and does not close it", "write ${subject} or ${claim:NAME}");
        } else if name == "email" {
            section.problem(
                "prefix",
                "uses ${email}, which a person can change and which nobody verified for federated people",
                "use ${subject}",
            );
        } else if name != "subject" && name.strip_prefix("claim:").is_none_or(str::is_empty) {
            section.problem("prefix", format!("does not know the variable ${{{name}}}"), "write ${subject} or ${claim:NAME}");
        }
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
    Some(Function { name: name? })
}

fn limits_section(mut section: Section<'_>) -> Limits {
    let mints_per_minute = u32::try_from(section.integer("mints_per_minute", 1..=10_000, 30)).unwrap_or(30);
    section.close();
    Limits { mints_per_minute }
}

fn log_section(mut section: Section<'_>) -> Log {
    let levels = [("error", LogLevel::Error), ("warn", LogLevel::Warn), ("info", LogLevel::Info), ("debug", LogLevel::Debug)];
    let level = section.choice("level", &levels, LogLevel::Info);
    let format = section.choice("format", &[("text", LogFormat::Text), ("json", LogFormat::Json)], LogFormat::Text);
    section.close();
    Log { level, format }
}

/// What only several sections together can say.
fn cross_check(role: &Role, idp: &Idp, file: &str, problems: &mut Vec<Problem>) {
    let mut problem = |key: &str, message: String, fix: &str| {
        problems.push(Problem { place: file.to_owned(), key: format!("role {}: {key}", role.id), message, fix: fix.to_owned() });
    };
    if idp.access_token == AccessTokenKind::Opaque {
        match role.strategy {
            RoleStrategy::WebIdentity => problem(
                "strategy",
                "web-identity sends the access token to STS, which reads JWTs only, and idp.access_token says it is opaque".into(),
                "set idp.access_token = \"verify\" when the provider issues JWTs",
            ),
        }
        if role.buckets.iter().any(|bucket| bucket.prefix.contains("${claim:")) {
            problem("prefix", "uses a claim of the access token, and idp.access_token says it is opaque".into(), "use ${subject}");
        }
    }
}

/// DynamoDB developer guide, "Supported data types and naming rules".
fn is_table(name: &str) -> bool {
    (3..=255).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn is_region(text: &str) -> bool {
    (2..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && text.starts_with(|first: char| first.is_ascii_lowercase())
}

struct LoadBalancerArn<'a> {
    partition: &'a str,
    account: &'a str,
}

impl<'a> LoadBalancerArn<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let ["arn", partition, "elasticloadbalancing", region, account, resource] = parts[..] else { return None };
        let name = resource.strip_prefix("loadbalancer/app/")?;
        let whole = partition.starts_with("aws")
            && is_region(region)
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && matches!(name.split('/').collect::<Vec<_>>()[..], [name, id] if !name.is_empty() && !id.is_empty())
            && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'*' | b'?' | b'"'));
        whole.then_some(Self { partition, account })
    }
}

/// Whether any signer is the sandbox's balancer.
#[must_use]
pub fn is_sandbox(alb: &Alb) -> bool {
    alb.signers.iter().filter_map(|signer| LoadBalancerArn::parse(signer)).any(|arn| arn.account == SANDBOX_ACCOUNT)
}
