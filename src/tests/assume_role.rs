//! The strategy `assume-role`: what STS is asked, signed by whom, and what becomes of its answers.

use crate::balancer::Person;
use crate::captured_log;
use crate::sts::{Answer, OWN_ACCESS_KEY_ID, OWN_SECRET_ACCESS_KEY, OWN_SESSION_TOKEN};
use crate::world::World;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use vestibule::server::config::{Config, RoleStrategy, SessionPolicy};

const MINT: &str = r#"{"role":"analyst"}"#;

/// What a case folder's `setting.json` changes: the role, the person, or what is asked for.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Setting {
    tag_claims: Vec<String>,
    policy_arns: Vec<String>,
    subject: Option<String>,
    claims: BTreeMap<String, Value>,
    duration_seconds: Option<u32>,
}

/// What a case folder's `expected.json` says should come of it. Without a code it is a success.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Status that STS answers with.
    sts_status: u16,
    status: u16,
    code: Option<String>,
    #[serde(default)]
    retry_after: bool,
    /// How often STS is asked altogether.
    attempts: usize,
    #[serde(default)]
    message: String,
    #[serde(default)]
    next_step: String,
}

pub(crate) fn assume_role(config: &mut Config, tag_claims: &[String]) {
    config.roles[0].strategy = RoleStrategy::AssumeRole { tag_claims: tag_claims.to_vec() };
}

fn read<T: for<'a> Deserialize<'a>>(file: &Path) -> Option<T> {
    let text = std::fs::read(file).ok()?;
    Some(serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

#[tokio::test]
async fn every_case() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/cases/mint-assume-role"));
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 20, "{} cases", cases.len());
    for case in cases {
        run(&case).await;
    }
}

async fn run(case: &Path) {
    let name = case.file_name().unwrap().to_str().unwrap();
    let setting: Setting = read(&case.join("setting.json")).unwrap_or_default();
    let expected: Expected = read(&case.join("expected.json")).unwrap();
    let change = |config: &mut Config| {
        assume_role(config, &setting.tag_claims);
        if !setting.policy_arns.is_empty() {
            config.roles[0].session_policy = SessionPolicy::Managed { policy_arns: setting.policy_arns.clone() };
        }
    };
    let world = World::with(change, |store| store).await;
    let mut person = Person::analyst();
    person.subject = setting.subject.unwrap_or(person.subject);
    person.claims = json!(setting.claims);
    let said = std::fs::read_to_string(case.join("answer.xml")).unwrap();
    world.sts.says(Answer::new(expected.sts_status, said.replace("{own session token}", OWN_SESSION_TOKEN)));

    let body = json!({"role": "analyst", "duration_seconds": setting.duration_seconds}).to_string();
    let answer = world.call("/api/credentials", &person, &body).await;

    let asked = world.sts.asked();
    assert_eq!(asked.len(), expected.attempts, "{name}: {}", answer.body);
    let own = [OWN_SESSION_TOKEN, OWN_SECRET_ACCESS_KEY];
    assert!(!own.iter().any(|secret| answer.body.contains(secret)), "{name}: {}", answer.body);
    match &expected.code {
        None => assert_eq!(answer.status, expected.status, "{name}: {}", answer.body),
        Some(code) => {
            let error = answer.error(code, expected.status);
            assert_eq!(error["retry_after"].is_u64(), expected.retry_after, "{name}: {error:#}");
            for (member, wanted) in [("message", &expected.message), ("next_step", &expected.next_step)] {
                assert!(error[member].as_str().unwrap().contains(wanted.as_str()), "{name}: wanted {wanted:?} in {error:#}");
            }
            let lines = captured_log::lines_with(error["reference"].as_str().unwrap());
            assert!(lines.len() > expected.attempts, "{name}: what STS said is in the log under the same reference");
            let log = json!(lines).to_string();
            assert!(!own.iter().any(|secret| log.contains(secret)), "{name}: {log}");
        }
    }
    if let Some(request) = read::<Value>(&case.join("request.json")) {
        let session = asked[0]["RoleSessionName"].rsplit_once('.').unwrap().1;
        let request: Value = serde_json::from_str(&request.to_string().replace("{session}", session)).unwrap();
        assert_eq!(json!(asked[0]), request, "{name}: and nothing else");
        if answer.status == 200 {
            assert_eq!(answer.json()["session_id"], session, "{name}");
        }
    }
}

#[tokio::test]
async fn the_call_is_signed_by_the_portal_for_the_regions_sts() {
    let world = World::with(|config| assume_role(config, &[]), |store| store).await;
    world.sts.says(Answer::role_credentials(1));
    let answer = world.call("/api/credentials", &Person::analyst(), MINT).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let headers = &world.sts.headers()[0];
    let authorization = headers["authorization"].to_str().unwrap();
    assert!(authorization.starts_with(&format!("AWS4-HMAC-SHA256 Credential={OWN_ACCESS_KEY_ID}/")), "{authorization}");
    assert!(authorization.contains("/eu-west-1/sts/aws4_request, "), "{authorization}");
    assert!(authorization.contains("x-amz-security-token"), "{authorization}");
    assert_eq!(headers["x-amz-security-token"], OWN_SESSION_TOKEN);
    assert!(
        !world.sts.asked()[0]
            .values()
            .any(|value| value.contains(&Person::analyst().token(vestibule::model::clock::Clock::now(&*world.clock))))
    );
    let mine = world.call("/api/sessions/mine", &Person::analyst(), "{}").await.json();
    assert_eq!(mine["sessions"][0]["strategy"], "assume-role");
    let who = world.call("/api/whoami", &Person::analyst(), "{}").await.json();
    assert_eq!(who["roles"][0]["strategy"], "assume-role");
}

#[tokio::test]
async fn a_person_without_a_claim_is_not_told_of_the_role() {
    let world = World::with(|config| assume_role(config, &["custom:department".to_owned()]), |store| store).await;
    let mut person = Person::analyst();
    let ids = |who: Value| who["roles"].as_array().unwrap().iter().map(|role| role["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    for value in [json!("a/b"), json!("*"), json!(""), json!(["sales"]), json!(7)] {
        person.claims = json!({"custom:department": value});
        assert!(!ids(world.call("/api/whoami", &person, "{}").await.json()).contains(&"analyst".to_owned()), "{value}");
    }
    person.claims = json!({"custom:department": "Sales and more"});
    assert!(ids(world.call("/api/whoami", &person, "{}").await.json()).contains(&"analyst".to_owned()));
}

#[tokio::test]
async fn an_sts_that_is_not_there_is_unavailable() {
    let change = |config: &mut Config| {
        assume_role(config, &[]);
        config.aws.sts_endpoint = Some(url::Url::parse("http://127.0.0.1:9").unwrap());
    };
    let world = World::with(change, |store| store).await;
    let error = world.call("/api/credentials", &Person::analyst(), MINT).await.error("mint_unavailable", 503);
    assert!(error["message"].as_str().unwrap().contains("token service could not be reached"), "{error:#}");
}

/// A provider that has nothing to give.
#[derive(Debug)]
struct Nothing(fn() -> CredentialsError);

impl ProvideCredentials for Nothing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(self.0()))
    }
}

/// A provider that never comes to an end.
#[derive(Debug)]
struct Endless;

impl ProvideCredentials for Endless {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(std::future::pending())
    }
}

#[tokio::test]
async fn a_portal_without_an_identity_of_its_own_says_so() {
    let nothing = |make| SharedCredentialsProvider::new(Nothing(make));
    for (provider, code, status, message) in [
        (nothing(CredentialsError::not_loaded_no_source), "mint_misconfigured", 502, "has no AWS credentials of its own"),
        (nothing(|| CredentialsError::invalid_configuration("profile x")), "mint_misconfigured", 502, "not well-formed"),
        (nothing(|| CredentialsError::provider_error("503")), "mint_unavailable", 503, "cannot get its own AWS credentials"),
        (SharedCredentialsProvider::new(Endless), "mint_misconfigured", 502, "took too long"),
    ] {
        let world = World::owning(provider, |config| assume_role(config, &[]), |store| store).await;
        let error = world.call("/api/credentials", &Person::analyst(), MINT).await.error(code, status);
        assert!(error["message"].as_str().unwrap().contains(message), "{error:#}");
        assert!(world.sts.asked().is_empty());
    }
}
