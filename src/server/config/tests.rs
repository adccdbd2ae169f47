//! The configuration as its owner meets it: what is accepted, and what every mistake is told.

use super::loader::{Loaded, from_text};
use super::{RoleGroups, RoleStrategy, SessionPolicy, Sessions, Store, Tls, print};
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
    assert_eq!(config.sessions, Sessions { store: Store::Sqlite { path: "vestibule.db".into() }, keep_days: 30 });
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
[web.tls]
cert = "/etc/vestibule/portal.pem"
key = "/etc/vestibule/portal.key"
[metrics]
listen = "127.0.0.1:9464"
"#
    );
    let config = load(&text, &[]).unwrap().config;
    let bucket = &config.roles[0].buckets[0];
    assert_eq!(bucket.permissions, Permission::ALL);
    assert_eq!(bucket.sign, Signing::Header);
    assert_eq!(config.roles[0].functions[0].name, "resize-image");
    assert_eq!(config.web.tls, Tls::Files { cert: "/etc/vestibule/portal.pem".into(), key: "/etc/vestibule/portal.key".into() });
    assert_eq!(config.metrics.listen.unwrap().port(), 9_464);
    // What `vestibule config` prints is a file that means the same.
    let printed = print::to_toml(&config);
    assert_eq!(print::to_toml(&load(&printed, &[]).unwrap().config), printed);
}

#[test]
fn a_table_is_a_store_too() {
    let text = format!(
        "{MINIMAL}[sessions]\nstore = \"dynamodb\"\ntable = \"vestibule-sessions\"\nendpoint = \"http://127.0.0.1:8000\"\nkeep_days = 400"
    );
    let config = load(&text, &[]).unwrap().config;
    let endpoint = url::Url::parse("http://127.0.0.1:8000").ok();
    let store = Store::DynamoDb { table: "vestibule-sessions".to_owned(), endpoint };
    assert_eq!(config.sessions, Sessions { store, keep_days: 400 });
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
        "vestibule.toml:18: roles[0].buckets[0].prefix: ${email} may not stand in a prefix: a person can change their address, and for federated people nobody verified it",
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
        (with("[alb]", "tls = \"on\"\n[alb]"), "web.tls: does not know \"on\". Fix: write \"off\", \"self-signed\", or { cert"),
        (with("[alb]", "tls = 1\n[alb]"), "web.tls: expected a word or a table, found an integer"),
        (with("[alb]", "tls = { cert = \"portal.pem\" }\n[alb]"), "web.tls.key: is missing"),
        (with("[alb]", "tls = { cert = \"\", key = \"k\" }\n[alb]"), "web.tls.cert: is empty"),
        (with("[alb]", "tls = { cert = \"c\", key = \"k\", ca = \"x\" }\n[alb]"), "web.tls.ca: is not a known key"),
        (format!("{MINIMAL}[metrics]\nlisten = \"9464\""), "metrics.listen: is not an address and port"),
        (with("[alb]", "signed_out_path = \"//evil.example\"\n[alb]"), "web.signed_out_path: is not a path of this portal"),
        (with("arn:aws:elastic", "arn:aws-cn:elastic"), "alb.key_url: is missing; where the balancers of partition aws-cn"),
        (with("signers = [", "signers = [\"\", "), "alb.signers: \"\" is not an application"),
        (with("50dc6c495c0c9188", "*"), "is not an application load balancer's ARN"),
        (with("issuer = \"https", "issuer = \"http"), "alb.issuer: is not an https URL"),
        (format!("{MINIMAL}[idp]\naccess_token = \"opaque\""), "role analyst: strategy: web-identity sends the access token to STS"),
        (format!("{MINIMAL}[idp]\naccess_token = \"opaque\""), "idp.groups_from: is access_token, but an opaque access token"),
        (format!("{MINIMAL}[sessions]\nkeep_days = 0"), "sessions.keep_days: 0 is out of range. Fix: write a number from 1 to 400"),
        (format!("{MINIMAL}[sessions]\nkeep_days = 401"), "sessions.keep_days: 401 is out of range"),
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
        (format!("{MINIMAL}strategy = \"magic\""), "roles[0].strategy: does not know \"magic\""),
        (
            format!("{MINIMAL}strategy = \"assume-role\"\nduration_seconds = 3601"),
            "roles[0].duration_seconds: is 3601, but assume-role gives an hour at most: the server's own identity is a role",
        ),
        (format!("{MINIMAL}tag_claims = [\"a\"]"), "roles[0].tag_claims: has no use with strategy = \"web-identity\""),
        (format!("{MINIMAL}strategy = \"assume-role\"\ntag_claims = [\"email\"]"), "roles[0].tag_claims: \"email\" may not become a tag"),
        (format!("{MINIMAL}strategy = \"assume-role\"\ntag_claims = [\"a\", \"A\"]"), "roles[0].tag_claims: \"A\" is the key of another"),
        (format!("{MINIMAL}strategy = \"assume-role\"\ntag_claims = [\"aws:x\"]"), "roles[0].tag_claims: \"aws:x\" cannot be the key"),
        (format!("{MINIMAL}cap_to_access_token = 1"), "roles[0].cap_to_access_token: expected true or false, found an integer"),
        (
            format!("{MINIMAL}cap_to_access_token = true\n[idp]\naccess_token = \"opaque\""),
            "role analyst: cap_to_access_token: needs the access token's expiry",
        ),
        (
            format!("{MINIMAL}strategy = \"assume-role\"\ntag_claims = [\"a\"]\n[idp]\naccess_token = \"opaque\""),
            "role analyst: tag_claims: names claims of the access token",
        ),
        (
            format!("{MINIMAL}[[roles.buckets]]\nname = \"reports\"\nprefix = \"${{claim:a}}\"\n[idp]\naccess_token = \"opaque\""),
            "role analyst: prefix: uses a claim of the access token",
        ),
        (format!("{MINIMAL}[[roles.buckets]]\nname = \"reports\"\nprefix = \"${{claim:email}}\""), "prefix: ${email} may not stand"),
        (
            format!("{MINIMAL}[[roles.buckets]]\nname = \"reports\"\nprefix = \"a/${{subject\""),
            "prefix: the variable that begins at byte 2",
        ),
        (
            format!("{MINIMAL}{}", prefixes_of_two_claims(5)),
            "role analyst: session_policy: the policy generated for this role can have 3454 characters with every variable at its longest, and STS takes 2048. Fix: split the role",
        ),
        (format!("{MINIMAL}session_policy = \"managed\""), "roles[0].policy_arns: must name one to ten"),
        (format!("{MINIMAL}policy_arns = [\"arn:aws:iam::aws:policy/X\"]"), "roles[0].policy_arns: is read with"),
        (format!("{MINIMAL}[[roles.buckets]]\nname = \"reports\"\nprefix = \"a*\""), "prefix: holds * or ?"),
        (format!("{MINIMAL}[[roles.buckets]]\nname = \"reports\"\nprefix = \"${{name}}\""), "prefix: ${name} is not a variable"),
        (format!("{MINIMAL}[[roles.functions]]\nname = \"arn:aws:lambda:x\""), "is not a function's name"),
        (
            format!("{MINIMAL}[[roles.functions]]\nname = \"f\"\nqualifiers = [\"live\", \"a:b\"]"),
            "roles[0].functions[0].qualifiers: \"a:b\" is neither a version nor an alias",
        ),
        (
            format!("{MINIMAL}[[roles.functions]]\nname = \"f\"\nschema = \"/nonexistent/f.json\""),
            "roles[0].functions[0].schema: /nonexistent/f.json cannot be read: No such file or directory (os error 2). Fix: name a file",
        ),
        (
            format!("{MINIMAL}[[roles.functions]]\nname = \"f\"\nschema = '{{\"properties\": {{\"a\": {{\"type\": \"int\"}}}}}}'"),
            "roles[0].functions[0].schema: /properties/a has the type \"int\", which is none. Fix: write one of string",
        ),
        (format!("{MINIMAL}[[roles.functions]]\nname = \"f\"\nschema = '{{'"), "schema: is not JSON: Line 1, column 2: the text ends"),
        (format!("{MINIMAL}[[roles.functions]]\nname = \"f\"\nschema = 7"), "schema: expected a string, found an integer"),
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
fn a_role_by_the_servers_own_identity() {
    let role =
        "title = \"Auditor\"\nstrategy = \"assume-role\"\ntag_claims = [\"custom:department\", \"team\"]\ncap_to_access_token = true\n";
    let config = load(&format!("{MINIMAL}{role}"), &[]).unwrap().config;
    let expected = RoleStrategy::AssumeRole { tag_claims: vec!["custom:department".into(), "team".into()] };
    assert_eq!((&config.roles[0].strategy, config.roles[0].cap_to_access_token), (&expected, true));
    let printed = print::to_toml(&config);
    assert_eq!(print::to_toml(&load(&printed, &[]).unwrap().config), printed);
    let config = load(MINIMAL, &[("VESTIBULE_ROLES__0__CAP_TO_ACCESS_TOKEN", "true")]).unwrap().config;
    assert!(config.roles[0].cap_to_access_token);
    let opaque = "strategy = \"assume-role\"\n[idp]\naccess_token = \"opaque\"\ngroups_from = \"data\"\n";
    assert!(load(&format!("{MINIMAL}{opaque}"), &[]).is_ok(), "a token that nobody reads needs no claims");
}

#[test]
fn a_schema_is_in_the_configuration_or_in_a_file() {
    let schema = "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"string\", \"pattern\": \"^\\\\d'$\"}}}";
    let of = |config: &super::Config| config.roles[0].functions[0].schema.clone().unwrap();
    let within = load(&format!("{MINIMAL}[[roles.functions]]\nname = \"f\"\nschema = '''{schema}'''"), &[]).unwrap().config;
    let file = std::env::temp_dir().join(format!("vestibule-schema-{}.json", std::process::id()));
    std::fs::write(&file, schema).unwrap();
    let named = load(&format!("{MINIMAL}[[roles.functions]]\nname = \"f\"\nschema = \"{}\"", file.display()), &[]).unwrap().config;
    std::fs::remove_file(&file).unwrap();
    assert_eq!((of(&within).json, of(&within).file), (of(&named).json, None));
    assert_eq!(of(&named).file, Some(file));
    let printed = print::to_toml(&named);
    assert_eq!(of(&load(&printed, &[]).unwrap().config).json, of(&named).json, "it means the same without the file");
}

/// Tables of this many buckets, each with a prefix that can become long.
fn prefixes_of_two_claims(count: usize) -> String {
    (0..count).map(|n| format!("[[roles.buckets]]\nname = \"reports-{n}\"\nprefix = \"{n}/${{claim:a}}/${{claim:b}}/\"\n")).collect()
}

/// What is only too long with every variable at its longest, is so for somebody.
#[test]
fn a_policy_that_some_people_would_not_get_is_refused_and_other_boundaries_are_not() {
    let buckets = prefixes_of_two_claims(5);
    for (policy, refused) in
        [("", true), ("session_policy = \"none\"\n", false), ("session_policy = \"managed\"\npolicy_arns = [\"x\"]\n", false)]
    {
        assert_eq!(load(&format!("{MINIMAL}{policy}{buckets}"), &[]).is_err(), refused, "{policy}");
    }
}

#[test]
fn loopback_may_be_plain_and_is_warned_of() {
    let loaded = load(&with("https://portal.example.com", "http://127.0.0.1:3000"), &[]).unwrap();
    assert!(loaded.warnings.iter().any(|warning| warning.to_string().starts_with("web.public_url is plain http")), "{:?}", loaded.warnings);
}

#[test]
fn only_a_hop_in_clear_is_warned_of() {
    let warned = |text: &str, environment: &[(&str, &str)]| {
        let loaded = load(text, environment).unwrap();
        (loaded.config.web.tls, loaded.warnings.iter().any(|warning| warning.to_string().starts_with("web.tls is off")))
    };
    assert_eq!(warned(MINIMAL, &[]), (Tls::Off, true));
    assert_eq!(warned(MINIMAL, &[("VESTIBULE_WEB__TLS", "self-signed")]), (Tls::SelfSigned, false));
    let files = [("VESTIBULE_WEB__TLS__CERT", "c.pem"), ("VESTIBULE_WEB__TLS__KEY", "k.pem")];
    assert_eq!(warned(MINIMAL, &files), (Tls::Files { cert: "c.pem".into(), key: "k.pem".into() }, false));
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
