//! The sections and keys of the strategies `identity-pool` and `self-issued`.

use super::loader::{Loaded, from_text};
use super::{IssuerKey, KeySource, PoolFlow, RoleStrategy, print};
use crate::model::clock::Timestamp;

const HEAD: &str = r#"
[web]
public_url = "https://portal.example.com"
[alb]
signers = ["arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188"]
clients = ["1example23456789"]
issuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE"
"#;
const POOL: &str = r#"
[identity_pool]
id = "eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab"
developer_provider = "login.portal"
"#;
const ISSUER: &str = r#"
[self_issued]
issuer = "https://portal.example.com/oidc"
[[self_issued.keys]]
kms_key_id = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
"#;

fn role(settings: &str) -> String {
    format!(
        "[[roles]]\nid = \"analyst\"\narn = \"arn:aws:iam::111122223333:role/portal-analyst\"\ngroups = [\"analysts\"]\n{settings}\n[[roles.functions]]\nname = \"echo\"\n"
    )
}

fn load(sections: &str, settings: &str) -> Result<Loaded, Vec<String>> {
    let text = format!("{HEAD}{sections}{}", role(settings));
    from_text(&text, "vestibule.toml", []).map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

/// Holds a mistake to one problem, which says this.
fn told(sections: &str, settings: &str, wanted: &str) {
    let found = load(sections, settings).err().unwrap_or_default();
    assert!(found.len() == 1 && found[0].contains(wanted), "{wanted}\nis not the one of\n{}\nof {sections}{settings}", found.join("\n"));
    assert!(found[0].contains(". Fix: "));
}

#[test]
fn both_strategies_are_read_and_printed_as_they_are() {
    let sections = format!("{POOL}endpoint = \"http://127.0.0.1:3004\"\n{ISSUER}");
    for settings in [
        "strategy = \"identity-pool\"\ntag_claims = [\"custom:department\"]",
        "strategy = \"identity-pool\"\nflow = \"enhanced\"\nsession_policy = \"none\"",
        "strategy = \"self-issued\"\nduration_seconds = 43200\ntag_claims = []",
    ] {
        let loaded = load(&sections, settings).unwrap();
        let printed = print::to_toml(&loaded.config);
        let again = from_text(&printed, "vestibule.toml", []).unwrap_or_else(|problems| panic!("{problems:?}\n{printed}"));
        assert_eq!(print::to_toml(&again.config), printed);
        assert_eq!(again.config.roles[0].strategy, loaded.config.roles[0].strategy);
        assert_eq!((&again.config.identity_pool, &again.config.self_issued), (&loaded.config.identity_pool, &loaded.config.self_issued));
    }
    let loaded = load(POOL, "strategy = \"identity-pool\"").unwrap();
    assert_eq!(loaded.config.roles[0].strategy, RoleStrategy::IdentityPool { flow: PoolFlow::Basic, tag_claims: Vec::new() });
    assert_eq!(loaded.config.identity_pool.unwrap().region(), "eu-west-1");
    let enhanced = load(POOL, "strategy = \"identity-pool\"\nflow = \"enhanced\"\nsession_policy = \"none\"").unwrap();
    assert!(
        enhanced.warnings.iter().any(|warning| warning.message.contains("pool's own authenticated role, for an hour")),
        "{:?}",
        enhanced.warnings
    );
}

#[test]
fn a_strategy_without_its_section_is_a_problem_and_a_section_without_a_role_is_none() {
    told("", "strategy = \"identity-pool\"", "role analyst: strategy: is identity-pool, and there is no section [identity_pool]");
    told("", "strategy = \"self-issued\"", "role analyst: strategy: is self-issued, and there is no section [self_issued]");
    assert!(load(&format!("{POOL}{ISSUER}"), "").is_ok());
}

#[test]
fn settings_that_do_not_go_together() {
    for (settings, wanted) in [
        ("flow = \"basic\"", "roles[0].flow: is read with strategy = \"identity-pool\" only"),
        ("tag_claims = [\"a\"]", "roles[0].tag_claims: has no use with strategy = \"web-identity\""),
        ("strategy = \"self-issued\"\nflow = \"basic\"", "roles[0].flow: is read with"),
        ("strategy = \"identity-pool\"\nflow = \"sideways\"", "roles[0].flow: does not know \"sideways\""),
        ("strategy = \"identity-pool\"\ntag_claims = [\"subject\"]", "roles[0].tag_claims: "),
        ("strategy = \"identity-pool\"\nflow = \"enhanced\"", "session_policy: cannot be passed in the enhanced flow"),
        (
            "strategy = \"identity-pool\"\nflow = \"enhanced\"\nsession_policy = \"none\"\nduration_seconds = 900",
            "duration_seconds: cannot be chosen in the enhanced flow",
        ),
        (
            "strategy = \"identity-pool\"\nflow = \"enhanced\"\nsession_policy = \"none\"\ncap_to_access_token = true",
            "cap_to_access_token: cannot be kept in the enhanced flow",
        ),
        ("strategy = \"token-vending\"", "roles[0].strategy: does not know \"token-vending\""),
    ] {
        told(&format!("{POOL}{ISSUER}"), settings, wanted);
    }
    let opaque = format!("{POOL}{ISSUER}[idp]\naccess_token = \"opaque\"\ngroups_from = \"data\"\n");
    assert!(load(&opaque, "strategy = \"self-issued\"").is_ok(), "neither needs the access token");
    assert!(load(&opaque, "strategy = \"identity-pool\"").is_ok());
    told(&opaque, "strategy = \"self-issued\"\ntag_claims = [\"a\"]", "tag_claims: names claims of the access token");
}

#[test]
fn identity_pools_that_are_none() {
    for (from, to, wanted) in [
        ("eu-west-1:0a1b", "0a1b", "identity_pool.id: is not an identity pool's id"),
        ("eu-west-1:0a1b", "eu-west-1:XYZ", "identity_pool.id: is not an identity pool's id"),
        ("login.portal", "login portal", "identity_pool.developer_provider: is not a developer provider's name"),
        ("developer_provider = \"login.portal\"", "", "identity_pool.developer_provider: is missing"),
        ("developer_provider", "endpoint = \"http://pool.example.com\"\ndeveloper_provider", "identity_pool.endpoint: is not an https URL"),
        ("developer_provider", "endpoint = \"https://pool.example.com/x\"\ndeveloper_provider", "identity_pool.endpoint: has a path"),
        ("developer_provider", "provider = \"x\"\ndeveloper_provider", "identity_pool.provider: is not a known key"),
    ] {
        told(&POOL.replacen(from, to, 1), "", wanted);
    }
}

#[test]
fn issuers_that_iam_would_not_take() {
    for (issuer, wanted) in [
        ("http://portal.example.com", "is not an https URL"),
        ("https://portal.example.com/", "ends in a slash"),
        ("https://portal.example.com/oidc/", "ends in a slash"),
        ("https://portal.example.com:8443", "names a port"),
        ("https://Portal.example.com", "is not written as URLs are compared"),
        ("https://portal.example.com/a/../b", "is not written as URLs are compared"),
        ("https://portal.example.com?x=1", "holds a query or fragment"),
        ("https://portal.example.com/{x}", "is not written as URLs are compared"),
        ("https://portal.example.com/a//b", "has an empty part"),
        ("https://portal.example.com/*x", "has a path with other characters"),
        (&format!("https://portal.example.com/{}", "x".repeat(240)), "is longer than the 255 characters"),
        ("portal", "is not a URL"),
    ] {
        told(&ISSUER.replace("https://portal.example.com/oidc", issuer), "", wanted);
    }
    assert!(load(&ISSUER.replace("https://portal.example.com/oidc", "http://127.0.0.1:3000"), "").is_ok());
}

#[test]
fn signing_keys_and_their_order() {
    let with_keys = |keys: &str| format!("[self_issued]\nissuer = \"https://portal.example.com\"\n{keys}");
    let key = |lines: &str| format!("[[self_issued.keys]]\n{lines}\n");
    for (keys, wanted) in [
        (String::new(), "self_issued.keys: is missing"),
        ("keys = [\"a\"]\n".to_owned(), "self_issued.keys[0]: expected a table"),
        (key(""), "self_issued.keys[0].kms_key_id: is missing"),
        (key("kms_key_id = \"alias/portal\""), "is not a KMS key's id or ARN. Fix: copy the key's ARN; not of an alias"),
        (key("kms_key_id = \"arn:aws:kms:eu-west-1:111122223333:alias/portal\""), "is not a KMS key's id or ARN"),
        (key("kms_key_id = \"k\"\nfile = \"k.pem\""), "self_issued.keys[0].file: stands beside kms_key_id"),
        (key("file = \"k.pem\""), "self_issued.keys[0].file: is a file, and whoever can copy it"),
        (key("kms_key_id = \"a\"") + &key("kms_key_id = \"b\""), "self_issued.keys[1].published_at: is missing"),
        (key("kms_key_id = \"a\"\npublished_at = \"tomorrow\""), "self_issued.keys[0].published_at: is not a time in UTC"),
        (
            key("kms_key_id = \"a\"\npublished_at = \"2026-11-25T09:00:00Z\"")
                + &key("kms_key_id = \"b\"\npublished_at = \"2026-11-24T09:00:00Z\""),
            "self_issued.keys: are not in the order of published_at",
        ),
    ] {
        let found = load(&with_keys(&keys), "").err().unwrap_or_default();
        assert!(found.iter().any(|problem| problem.contains(wanted)), "{wanted}\nnot in\n{}\nof {keys}", found.join("\n"));
    }
    told(&with_keys(&("allow_key_file = \"perhaps\"\n".to_owned() + &key("kms_key_id = \"a\""))), "", "expected true or false");
    let keys = "allow_key_file = true\n".to_owned()
        + &key("file = \"old.pem\"")
        + &key("kms_key_id = \"mrk-1234\"\npublished_at = \"2026-11-25T09:00:00Z\"");
    let loaded = load(&with_keys(&keys), "").unwrap();
    let at = Timestamp::parse_rfc3339("2026-11-25T09:00:00Z");
    assert_eq!(
        loaded.config.self_issued.unwrap().keys,
        [
            IssuerKey { source: KeySource::File("old.pem".into()), published_at: None },
            IssuerKey { source: KeySource::Kms("mrk-1234".to_owned()), published_at: at },
        ]
    );
    assert!(loaded.warnings.iter().any(|warning| warning.message.contains("sign in to AWS as anybody")), "{:?}", loaded.warnings);
}
