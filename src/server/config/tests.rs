//! The configuration as its owner meets it: what is accepted, and what every mistake is told.

use super::loader::{Loaded, from_text};
use super::{RoleGroups, SessionPolicy, Sessions, print};
use crate::model::location::{Permission, Signing};
use proptest::prelude::*;

const MINIMAL: &str = r#"
[web]
public_url = "https://portal.example.com"
[alb]
signers = ["arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188"]
clients = ["1example23456789"]
issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"
[[roles]]
id = "analyst"
arn = "arn:aws:iam::111122223333:role/portal-analyst"
groups = ["analysts"]
"#;

fn load(text: &str, environment: &[(&str, &str)]) -> Result<Loaded, Vec<String>> {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    from_text(text, "vestibule.toml", environment).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

fn problems(text: &str) -> Vec<String> {
    load(text, &[]).err().unwrap_or_default()
}

/// The minimal file with one piece of text replaced.
fn with(from: &str, to: &str) -> String {
    assert!(MINIMAL.contains(from), "{from}");
    MINIMAL.replacen(from, to, 1)
}

#[test]
fn the_minimum_has_sensible_defaults() {
    let config = load(MINIMAL, &[]).unwrap().config;
    assert_eq!(config.web.listen.to_string(), "0.0.0.0:3000");
    assert_eq!(config.web.public_url, "https://portal.example.com");
    assert_eq!(config.web.signed_out_path, "/signed-out");
    assert_eq!(config.alb.leeway_seconds, 10);
    assert_eq!(config.alb.cookie_name, "AWSELBAuthSessionCookie");
    assert_eq!(config.idp.groups_claim, "cognito:groups");
    assert_eq!(config.limits.mints_per_minute, 30);
    assert_eq!(config.sessions, Sessions::Sqlite { path: "vestibule.db".into() });
    let role = &config.roles[0];
    assert_eq!((role.title.as_str(), role.duration_seconds, &role.session_policy), ("analyst", 3600, &SessionPolicy::Generate));
    assert_eq!(role.groups, RoleGroups::AnyOf(vec!["analysts".into()]));
}

#[test]
fn everything_the_design_shows_is_read() {
    let text = format!(
        r#"{MINIMAL}
title = "Data analyst"
strategy = "web-identity"
duration_seconds = 7200
session_policy = "managed"
policy_arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
[[roles.buckets]]
name = "reports"
region = "eu-central-1"
prefix = "team/${{subject}}/${{claim:custom:unit}}/"
permissions = ["tags", "list", "read", "write", "delete", "versions", "list"]
kms_keys = ["arn:aws:kms:eu-west-1:111122223333:key/1"]
sign = "header"
[[roles.functions]]
name = "resize-image"
[revocation]
iam = true
iam_endpoint = "https://iam.example.com"
[idp]
logout_url = "https://login.example.com/logout?client_id=1&logout_uri=https://portal.example.com/signed-out"
admin_groups = ["portal-admins"]
"#
    );
    let config = load(&text, &[]).unwrap().config;
    let bucket = &config.roles[0].buckets[0];
    assert_eq!(bucket.permissions, Permission::ALL);
    assert_eq!(bucket.sign, Signing::Header);
    assert_eq!(config.roles[0].functions[0].name, "resize-image");
    // What `vestibule config` prints is a file that means the same.
    let printed = print::to_toml(&config);
    assert_eq!(print::to_toml(&load(&printed, &[]).unwrap().config), printed);
}

#[test]
fn a_table_is_a_store_too() {
    let text = format!("{MINIMAL}[sessions]\nstore = \"dynamodb\"\ntable = \"vestibule-sessions\"\nendpoint = \"http://127.0.0.1:8000\"");
    let config = load(&text, &[]).unwrap().config;
    let endpoint = url::Url::parse("http://127.0.0.1:8000").ok();
    assert_eq!(config.sessions, Sessions::DynamoDb { table: "vestibule-sessions".to_owned(), endpoint });
    let printed = print::to_toml(&config);
    assert_eq!(load(&printed, &[]).unwrap().config.sessions, config.sessions);
}

#[test]
fn the_environment_wins() {
    let config = load(
        MINIMAL,
        &[
            ("VESTIBULE_ALB__ISSUER", "https://issuer.example.com/pool"),
            ("VESTIBULE_ALB__LEEWAY_SECONDS", "20"),
            ("VESTIBULE_ALB__CLIENTS", "one, two"),
            ("VESTIBULE_IDP__ADMIN_GROUPS", r#"["a,b", "c"]"#),
            ("VESTIBULE_ROLES__0__TITLE", "From outside"),
            ("VESTIBULE_REVOCATION__IAM", "true"),
            ("VESTIBULE_CONFIG", "elsewhere.toml"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap()
    .config;
    assert_eq!(config.alb.issuer, "https://issuer.example.com/pool");
    assert_eq!(config.alb.leeway_seconds, 20);
    assert_eq!(config.alb.clients, ["one", "two"]);
    assert_eq!(config.idp.admin_groups, ["a,b", "c"]);
    assert!(config.revocation.iam);
    assert_eq!(config.roles[0].title, "From outside");
}

#[test]
fn all_problems_at_once_with_file_key_and_fix() {
    let text = r#"
[web]
public_url = "http://portal.example.com"
colour = "red"
[alb]
signers = ["arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/app/sandbox/1", "portal"]
clientz = ["x"]
issuer = 5
[limits]
mints_per_minute = 0
[[roles]]
id = "Analyst"
arn = "arn:aws:iam::1:role/x"
groups = []
duration_seconds = 60
[[roles.buckets]]
name = "Reports"
prefix = "${email}/"
permissions = ["list", "admin"]
[surprise]
"#;
    let found = load(text, &[("VESTIBULE_ALB__ISSUERS", "x"), ("VESTIBULE_NONSENSE", "1")]).unwrap_err();
    let wanted = [
        "vestibule.toml:3: web.public_url: is not an https URL",
        "vestibule.toml:4: web.colour: is not a known key",
        "vestibule.toml:6: alb.signers: \"arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/app/sandbox/1\" is the sandbox's balancer",
        "vestibule.toml:6: alb.signers: \"portal\" is not an application load balancer's ARN",
        "vestibule.toml:7: alb.clientz: is not a known key. Fix: did you mean clients?",
        "vestibule.toml:5: alb.clients: is missing",
        "vestibule.toml:8: alb.issuer: expected a string, found an integer",
        "vestibule.toml:10: limits.mints_per_minute: 0 is out of range. Fix: write a number from 1 to 10000",
        "vestibule.toml:12: roles[0].id: role id: expected",
        "vestibule.toml:13: roles[0].arn: role ARN: expected",
        "vestibule.toml:14: roles[0].groups: is empty",
        "vestibule.toml:15: roles[0].duration_seconds: 60 is out of range",
        "vestibule.toml:17: roles[0].buckets[0].name: \"Reports\" is not a bucket's name",
        "vestibule.toml:18: roles[0].buckets[0].prefix: uses ${email}",
        "vestibule.toml:19: roles[0].buckets[0].permissions: does not know \"admin\"",
        "vestibule.toml:20: surprise: is not a known key",
        "VESTIBULE_ALB__ISSUERS: alb.issuers: is not a known key. Fix: did you mean issuer?",
        "VESTIBULE_NONSENSE: nonsense: is not a known key",
    ];
    for wanted in wanted {
        assert!(found.iter().any(|problem| problem.starts_with(wanted)), "{wanted}\nnot in\n{}", found.join("\n"));
    }
    assert_eq!(found.len(), wanted.len(), "{}", found.join("\n"));
    assert!(found.iter().all(|problem| problem.contains(". Fix: ")));
}

#[test]
fn each_mistake_is_told() {
    for (text, wanted) in [
        (with("https://portal.example.com", "https://portal.example.com/app"), "web.public_url: has a path"),
        (with("https://portal.example.com", "https://me:pw@portal.example.com"), "web.public_url: holds a user name or password"),
        (with("[alb]", "tls = \"self-signed\"\n[alb]"), "web.tls: asks for TLS, which this version does not serve"),
        (with("[alb]", "signed_out_path = \"//evil.example\"\n[alb]"), "web.signed_out_path: is not a path of this portal"),
        (with("arn:aws:elastic", "arn:aws-cn:elastic"), "alb.key_url: is missing; where the balancers of partition aws-cn"),
        (with("signers = [", "signers = [\"\", "), "alb.signers: \"\" is not an application"),
        (with("50dc6c495c0c9188", "*"), "is not an application load balancer's ARN"),
        (with("issuer = \"https", "issuer = \"http"), "alb.issuer: is not an https URL"),
        (format!("{MINIMAL}[idp]\naccess_token = \"opaque\""), "role analyst: strategy: web-identity sends the access token to STS"),
        (format!("{MINIMAL}[idp]\naccess_token = \"opaque\""), "idp.groups_from: is access_token, but an opaque access token"),
        (format!("{MINIMAL}[sessions]\nstore = \"dynamodb\""), "sessions.table: is missing"),
        (format!("{MINIMAL}[sessions]\nstore = \"dynamodb\"\ntable = \"a b\""), "sessions.table: is not a table's name"),
        (format!("{MINIMAL}[sessions]\nstore = \"postgres\""), "sessions.store: does not know \"postgres\""),
        (format!("{MINIMAL}[sessions]\npath = \"\""), "sessions.path: is empty"),
        (format!("{MINIMAL}[sessions]\ntable = \"sessions\""), "sessions.table: is read with store = \"dynamodb\" only"),
        (
            format!("{MINIMAL}[sessions]\nstore = \"dynamodb\"\ntable = \"sessions\"\npath = \"x.db\""),
            "sessions.path: is read with store = \"sqlite\" only",
        ),
        (format!("{MINIMAL}[revocation]\niam = 1"), "revocation.iam: expected true or false, found an integer"),
        (
            format!("{MINIMAL}[revocation]\niam_endpoint = \"https://iam.example.com\""),
            "revocation.iam_endpoint: is read with iam = true only",
        ),
        (with("[\"analysts\"]", "[\"*\", \"analysts\"]"), "roles[0].groups: names \"*\" beside groups"),
        (with("groups = [\"analysts\"]", ""), "roles[0].groups: is missing"),
        (format!("{MINIMAL}strategy = \"assume-role\""), "roles[0].strategy: \"assume-role\" is not built into this version"),
        (format!("{MINIMAL}session_policy = \"managed\""), "roles[0].policy_arns: must name one to ten"),
        (format!("{MINIMAL}policy_arns = [\"arn:aws:iam::aws:policy/X\"]"), "roles[0].policy_arns: is read with"),
        (format!("{MINIMAL}[[roles.buckets]]\nname = \"reports\"\nprefix = \"a*\""), "prefix: holds * or ?"),
        (format!("{MINIMAL}[[roles.buckets]]\nname = \"reports\"\nprefix = \"${{name}}\""), "prefix: does not know the variable ${name}"),
        (format!("{MINIMAL}[[roles.functions]]\nname = \"arn:aws:lambda:x\""), "is not a function's name"),
        (
            format!("{MINIMAL}[[roles]]\nid = \"analyst\"\narn = \"arn:aws:iam::111122223333:role/b\"\ngroups = [\"*\"]"),
            "is also the id of roles[0]",
        ),
        (MINIMAL.replace("[[roles]]", "[roles]"), "roles: is one table"),
        (MINIMAL[..MINIMAL.find("[[roles]]").unwrap()].to_owned(), "roles: is missing"),
        ("a = 1\na = 2\n[b".to_owned(), "is not valid TOML"),
    ] {
        let found = problems(&text);
        assert!(found.iter().any(|problem| problem.contains(wanted)), "{wanted}\nnot in\n{}\nof\n{text}", found.join("\n"));
    }
}

#[test]
fn loopback_may_be_plain_and_is_warned_of() {
    let loaded = load(&with("https://portal.example.com", "http://127.0.0.1:3000"), &[]).unwrap();
    assert!(loaded.warnings.iter().any(|warning| warning.starts_with("web.public_url is plain http")), "{:?}", loaded.warnings);
}

#[test]
fn china_works_with_a_key_url() {
    let text = with("arn:aws:elastic", "arn:aws-cn:elastic").replace("[[roles]]", "key_url = \"https://keys.example.com.cn\"\n[[roles]]");
    assert_eq!(load(&text, &[]).unwrap().config.alb.key_url.unwrap().as_str(), "https://keys.example.com.cn/");
}

#[test]
fn a_file_that_is_missing_is_one_problem() {
    let missing = std::path::Path::new("/nonexistent/vestibule.toml");
    let found = super::loader::load(missing, []).unwrap_err();
    assert_eq!(found.len(), 1);
    assert!(found[0].to_string().starts_with("/nonexistent/vestibule.toml: cannot be read"));
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*", value in "\\PC*") {
        let _ = load(&text, &[("VESTIBULE_ALB__SIGNERS", &value)]);
        let _ = load(MINIMAL, &[("VESTIBULE_ROLES", &value), ("VESTIBULE_WEB__PUBLIC_URL", &value)]);
    }
}
