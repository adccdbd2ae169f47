//! The strategies `identity-pool` and `self-issued`: what is asked in whose name, and what becomes of
//! everything that is answered.

use crate::balancer::Person;
use crate::captured_log;
use crate::cognito::{self, Cognito};
use crate::sts::{Answer, SECRET_ACCESS_KEY, SESSION_TOKEN};
use crate::world::{TestClock, World};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vestibule::model::clock::Clock;
use vestibule::model::role::Strategy;
use vestibule::server::config::{self, Config, PoolFlow, RoleStrategy, SessionPolicy};
use vestibule::server::credentials::Minter;
use vestibule::server::credentials::identity_pool::IdentityPool;
use vestibule::server::credentials::self_issued::SelfIssued;
use vestibule::server::issuer::Issuer;
use vestibule::server::issuer::key_file::LocalKey;
use vestibule::server::issuer::keys::ListedKey;
use vestibule::server::own_identity::OwnIdentity;

const MINT: &str = r#"{"role":"analyst"}"#;
const ISSUER: &str = "https://portal.example.com/oidc";
/// The server's own secret access key.
const OWN_SECRET: &str = "kWcrlUX5JEDGMLtmEENIaVmYvHNif5zBd9ct81S";
const KEY: &str = include_str!("cases/keys/balancer.private.pem");
const PUBLIC_KEY: &str = include_str!("cases/keys/balancer.public.pem");

/// The minters of the sections that a configuration has, with an identity and a key of the tests.
pub(crate) fn add(config: &Config, clock: &Arc<TestClock>, minters: &mut HashMap<Strategy, Arc<dyn Minter>>) -> Option<Arc<Issuer>> {
    if let Some(pool) = &config.identity_pool {
        let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", OWN_SECRET, None, None, "tests");
        let identity = OwnIdentity::given(&config.aws, SharedCredentialsProvider::new(credentials));
        minters.insert(Strategy::IdentityPool, Arc::new(IdentityPool::new(&config.aws, pool.clone(), identity)));
    }
    let settings = config.self_issued.as_ref()?;
    let key = ListedKey { key: Arc::new(LocalKey::from_pem(KEY).unwrap()), published_at: None };
    let issuer = Arc::new(Issuer::with_keys(settings.issuer.clone(), vec![key], Arc::clone(clock) as Arc<dyn Clock>));
    minters.insert(Strategy::SelfIssued, Arc::new(SelfIssued::new(Arc::clone(&issuer), &config.aws)));
    Some(issuer)
}

pub(crate) async fn pool_world(flow: PoolFlow, tag_claims: &[&str]) -> (World, Cognito) {
    let cognito = Cognito::start().await;
    let endpoint = cognito.url.clone();
    let tag_claims: Vec<String> = tag_claims.iter().map(|&claim| claim.to_owned()).collect();
    let change = move |config: &mut Config| {
        config.identity_pool = Some(config::IdentityPool {
            id: cognito::POOL_ID.to_owned(),
            developer_provider: "login.portal".to_owned(),
            endpoint: Some(endpoint),
        });
        config.roles[0].strategy = RoleStrategy::IdentityPool { flow, tag_claims };
        if flow == PoolFlow::Enhanced {
            config.roles[0].session_policy = SessionPolicy::None;
        }
        config.limits.mints_per_minute = 1_000;
    };
    (World::with(change, |store| store).await, cognito)
}

pub(crate) async fn issuer_world(tag_claims: &[&str]) -> World {
    let tag_claims: Vec<String> = tag_claims.iter().map(|&claim| claim.to_owned()).collect();
    let change = move |config: &mut Config| {
        config.self_issued =
            Some(config::SelfIssued { issuer: ISSUER.to_owned(), keys: Vec::new(), allow_key_file: false, kms_endpoint: None });
        config.roles[0].strategy = RoleStrategy::SelfIssued { tag_claims };
        config.limits.mints_per_minute = 1_000;
    };
    World::with(change, |store| store).await
}

/// The folders of one strategy's cases.
fn cases(of: &str, at_least: usize) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/cases").join(of);
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= at_least, "{} cases of {of}", cases.len());
    cases
}

fn read<T: for<'de> Deserialize<'de>>(case: &Path, file: &str) -> T {
    let file = case.join(file);
    serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// What a case folder beside its answer says should come of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// `basic` or `enhanced`, with an identity pool.
    flow: Option<String>,
    /// Status that the service answers with.
    answer_status: u16,
    /// The portal's code; none with credentials.
    code: Option<String>,
    status: u16,
    #[serde(default)]
    retry_after: bool,
    #[serde(default)]
    next_step: Vec<String>,
}

/// Holds the portal's answer to what the case says of it.
fn check(case: &Path, expected: &Expected, answer: &crate::world::Answered, secrets: &[&str]) {
    let name = case.file_name().unwrap().to_str().unwrap();
    let Some(code) = &expected.code else {
        assert_eq!(answer.status.as_u16(), expected.status, "{name}: {}", answer.body);
        return;
    };
    let error = answer.error(code, expected.status);
    assert_eq!(error["retry_after"].is_u64(), expected.retry_after, "{name}: {error:#}");
    let next_step = error["next_step"].as_str().unwrap();
    for part in &expected.next_step {
        assert!(next_step.contains(part), "{name}: {part} in {next_step}");
    }
    let lines = captured_log::lines_with(error["reference"].as_str().unwrap());
    assert!(lines.len() > 1, "{name}: what the service said is in the log under the same reference, {lines:#?}");
    for secret in secrets {
        assert!(!answer.body.contains(secret) && !format!("{lines:?}").contains(secret), "{name}: {secret}");
    }
}

#[tokio::test]
async fn an_identity_pool_is_asked_in_the_persons_name_and_everything_it_says_is_understood() {
    for case in cases("identity_pool", 14) {
        let expected: Expected = read(&case, "expected.json");
        let flow = if expected.flow.as_deref() == Some("enhanced") { PoolFlow::Enhanced } else { PoolFlow::Basic };
        let (world, cognito) = pool_world(flow, &["custom:department"]).await;
        let mut ana = Person::analyst();
        ana.claims = json!({"custom:department": "blue"});
        if case.join("answer.json").exists() {
            let answer = std::fs::read_to_string(case.join("answer.json")).unwrap().replace("{token}", cognito::TOKEN);
            cognito.says(expected.answer_status, answer.replace("{own_secret}", OWN_SECRET));
        }

        let answer = world.call("/api/credentials", &ana, MINT).await;

        check(&case, &expected, &answer, &[cognito::TOKEN.rsplit('.').next().unwrap(), OWN_SECRET]);
        let requests: Vec<Value> = read(&case, "requests.json");
        let mut asked: Vec<Value> = cognito.asked().into_iter().map(|(action, body)| json!({"action": action, "body": body})).collect();
        // The SDK repeats what may pass.
        asked.dedup();
        assert_eq!(json!(asked), json!(requests), "{}", case.display());
        if expected.code.is_none() {
            let minted = answer.json();
            let of_cognito = (cognito::SECRET_KEY, "2026-11-23T07:32:55Z");
            let wanted = if flow == PoolFlow::Enhanced { of_cognito } else { (SECRET_ACCESS_KEY, crate::sts::EXPIRATION) };
            assert_eq!((minted["SecretAccessKey"].as_str(), minted["Expiration"].as_str()), (Some(wanted.0), Some(wanted.1)));
        }
    }
}

#[tokio::test]
async fn the_basic_flow_takes_the_pools_token_to_sts() {
    let (world, _cognito) = pool_world(PoolFlow::Basic, &[]).await;
    let answer = world.call("/api/credentials", &Person::analyst(), MINT).await.json();
    let asked = &world.sts.asked()[0];
    let name = format!("{}.{}", Person::analyst().subject, answer["session_id"].as_str().unwrap());
    let expected = json!({
        "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": "arn:aws:iam::111122223333:role/portal-analyst",
        "DurationSeconds": "3600", "WebIdentityToken": cognito::TOKEN, "RoleSessionName": name, "Policy": asked["Policy"],
    });
    assert_eq!(json!(asked), expected, "and nothing else");
    let denied = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized</Message></Error></ErrorResponse>";
    world.sts.says(Answer::new(403, denied));
    let error = world.call("/api/credentials", &Person::analyst(), MINT).await.error("mint_misconfigured", 502);
    let next_step = error["next_step"].as_str().unwrap();
    assert!(next_step.contains("cognito-identity.amazonaws.com") && next_step.contains(cognito::POOL_ID), "{next_step}");
    let unknown = "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.</Message></Error></ErrorResponse>";
    world.sts.says(Answer::new(400, unknown));
    let error = world.call("/api/credentials", &Person::analyst(), MINT).await.error("mint_misconfigured", 502);
    assert!(error["next_step"].as_str().unwrap().contains("role mappings"), "{error:#}");
}

#[tokio::test]
async fn the_enhanced_flow_asks_sts_for_nothing() {
    let (world, _cognito) = pool_world(PoolFlow::Enhanced, &[]).await;
    assert_eq!(world.call("/api/credentials", &Person::analyst(), MINT).await.status, 200);
    assert!(world.sts.asked().is_empty());
}

#[tokio::test]
async fn nobody_is_sent_to_aws_with_a_tag_missing() {
    let (world, cognito) = pool_world(PoolFlow::Basic, &["custom:department"]).await;
    for claims in [json!({}), json!({"custom:department": "a/b"}), json!({"custom:department": ["blue"]})] {
        let mut ana = Person::analyst();
        ana.claims = claims;
        world.call("/api/credentials", &ana, MINT).await.error("not_entitled", 403);
    }
    assert!(cognito.asked().is_empty());
    let world = issuer_world(&["custom:department"]).await;
    world.call("/api/credentials", &Person::analyst(), MINT).await.error("not_entitled", 403);
    assert!(world.sts.asked().is_empty());
}

/// The claims of a token that STS was shown, verified with the published key.
async fn claims_of(world: &World, token: &str) -> Value {
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let key = VerifyingKey::from_public_key_pem(PUBLIC_KEY).unwrap();
    key.verify(format!("{header}.{payload}").as_bytes(), &Signature::from_slice(&decode(signature)).unwrap()).unwrap();
    let keys = get(world, "/oidc/.well-known/jwks.json").await.json();
    let header: Value = serde_json::from_slice(&decode(header)).unwrap();
    assert_eq!(header, json!({"alg": "ES256", "kid": keys["keys"][0]["kid"], "typ": "JWT"}));
    serde_json::from_slice(&decode(payload)).unwrap()
}

async fn get(world: &World, path: &str) -> crate::world::Answered {
    world.send(Request::get(path).body(axum::body::Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_portal_signs_for_one_person_and_one_role_and_everything_that_sts_says_is_understood() {
    for case in cases("self_issued", 9) {
        let expected: Expected = read(&case, "expected.json");
        let world = issuer_world(&["custom:department"]).await;
        let mut ana = Person::analyst();
        ana.claims = json!({"custom:department": "blue"});
        // STS's answer may repeat the token, which is not known before it is asked.
        let first = world.call("/api/credentials", &ana, MINT).await;
        assert_eq!(first.status, 200, "{}", first.body);
        let token = world.sts.asked()[0]["WebIdentityToken"].clone();
        if case.join("answer.xml").exists() {
            let answer = std::fs::read_to_string(case.join("answer.xml")).unwrap();
            // The parts that every token of this minute has in common.
            world.sts.says(Answer::new(expected.answer_status, answer.replace("{token}", token.rsplit_once('.').unwrap().0)));
        }

        let answer = world.call("/api/credentials", &ana, MINT).await;

        check(&case, &expected, &answer, &[&token.split('.').nth(1).unwrap()[..60]]);
        let asked = world.sts.asked();
        let mut seen: BTreeMap<&str, Value> = asked[1].iter().map(|(name, value)| (name.as_str(), json!(value))).collect();
        let mut claims = claims_of(&world, &asked[1]["WebIdentityToken"]).await;
        assert!(claims["jti"].take().as_str().is_some_and(|jti| jti.len() == 26));
        seen.insert("WebIdentityToken", claims);
        for name in ["RoleSessionName", "Policy"] {
            assert!(seen.remove(name).is_some(), "{name}");
        }
        assert_eq!(json!(seen), read::<Value>(&case, "request.json"), "{}", case.display());
    }
}

#[tokio::test]
async fn every_role_has_an_audience_of_its_own_and_no_token_is_used_twice() {
    let world = World::with(
        |config| {
            config.self_issued =
                Some(config::SelfIssued { issuer: ISSUER.to_owned(), keys: Vec::new(), allow_key_file: false, kms_endpoint: None });
            for role in &mut config.roles {
                role.strategy = RoleStrategy::SelfIssued { tag_claims: Vec::new() };
            }
        },
        |store| store,
    )
    .await;
    let person = Person::new("https://login.salesforce.com/id/00D/005", &["analysts", "operators"]);
    for role in ["analyst", "operator", "analyst"] {
        let answer = world.call("/api/credentials", &person, &json!({"role": role}).to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let asked = world.sts.asked();
    let mut claims = Vec::new();
    for request in &asked {
        claims.push(claims_of(&world, &request["WebIdentityToken"]).await);
    }
    assert_eq!(claims[0]["aud"], "urn:vestibule:analyst");
    assert_eq!(claims[1]["aud"], "urn:vestibule:operator");
    assert_ne!(claims[0]["jti"], claims[2]["jti"]);
    let source = claims[0]["https://aws.amazon.com/source_identity"].as_str().unwrap();
    assert!(source.starts_with('=') && source.len() == 36, "{source}");
    assert_eq!(claims[0]["sub"], source, "a subject that STS does not take is replaced in both");
    assert!(asked[0]["RoleSessionName"].starts_with(source));
}

#[tokio::test]
async fn the_documents_are_for_everybody_and_are_there_only_for_an_issuer() {
    let world = issuer_world(&[]).await;
    let discovery = get(&world, "/oidc/.well-known/openid-configuration").await;
    assert_eq!(discovery.status, 200);
    assert_eq!((discovery.header("content-type"), discovery.header("cache-control")), ("application/json", "public, max-age=600"));
    let document = discovery.json();
    assert_eq!(
        (&document["issuer"], &document["jwks_uri"]),
        (&json!(ISSUER), &json!("https://portal.example.com/oidc/.well-known/jwks.json"))
    );
    assert_eq!(document["response_types_supported"], json!(["id_token"]));
    assert_eq!(document["subject_types_supported"], json!(["public"]));
    let keys = get(&world, "/oidc/.well-known/jwks.json").await;
    assert_eq!((keys.status.as_u16(), keys.header("cache-control")), (200, "public, max-age=600"));
    let key = &keys.json()["keys"][0];
    assert_eq!((&key["kty"], &key["crv"], &key["alg"], &key["use"]), (&json!("EC"), &json!("P-256"), &json!("ES256"), &json!("sig")));
    assert!(key.get("d").is_none() && !keys.body.contains(&KEY.lines().nth(1).unwrap()[..12]), "the public half only");

    let without = World::new().await;
    for path in ["/oidc/.well-known/openid-configuration", "/.well-known/openid-configuration", "/oidc/.well-known/jwks.json"] {
        assert_ne!(get(&without, path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn no_token_that_the_portal_signs_or_gets_is_logged() {
    let world = issuer_world(&[]).await;
    let watched = Person::new("watched-by-issuer", &["analysts"]);
    let mut tokens = Vec::new();
    for answer in [Answer::credentials(), Answer::new(400, "<Error><Code>ValidationError</Code></Error>"), Answer::new(500, "no")] {
        world.sts.says(answer);
        world.call("/api/credentials", &watched, MINT).await;
    }
    tokens.extend(world.sts.asked().iter().map(|request| request["WebIdentityToken"].clone()));
    let (pool, _cognito) = pool_world(PoolFlow::Basic, &[]).await;
    pool.call("/api/credentials", &watched, MINT).await;
    tokens.push(cognito::TOKEN.to_owned());
    let log = captured_log::text();
    assert!(log.contains("watched-by-issuer"), "the log is captured");
    for token in tokens {
        let (_, payload_and_signature) = token.split_once('.').unwrap();
        for part in payload_and_signature.as_bytes().chunks(16).filter(|part| part.len() == 16) {
            let part = std::str::from_utf8(part).unwrap();
            assert!(!log.contains(part), "{part} is in the log");
        }
    }
    for secret in [SECRET_ACCESS_KEY, SESSION_TOKEN, cognito::SECRET_KEY, OWN_SECRET] {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn who_is_minted_for_can_be_named_again() {
    use vestibule::model::names::Subject;
    use vestibule::server::credentials::deny::{DenyCondition, DenyTarget};
    let world = issuer_world(&[]).await;
    let subject = Subject::parse("ada").unwrap();
    let session = DenyTarget::Session { assumed_role_id: "AROAEXAMPLE:ada.x" };
    let person = DenyTarget::Person { subject: &subject, role_unique_id: "AROAEXAMPLE" };
    let mut minters: HashMap<Strategy, Arc<dyn Minter>> = HashMap::new();
    let mut config = world.portal.config().clone();
    config.identity_pool =
        Some(config::IdentityPool { id: cognito::POOL_ID.to_owned(), developer_provider: "login.portal".to_owned(), endpoint: None });
    add(&config, &world.clock, &mut minters);
    let (own, pool) = (&minters[&Strategy::SelfIssued], &minters[&Strategy::IdentityPool]);
    assert_eq!(own.deny_condition(&session), Some(DenyCondition::UserId("AROAEXAMPLE:ada.x".to_owned())));
    assert_eq!(own.deny_condition(&person), Some(DenyCondition::SourceIdentity("ada".to_owned())));
    assert_eq!(pool.deny_condition(&session), Some(DenyCondition::UserId("AROAEXAMPLE:ada.x".to_owned())));
    assert_eq!(pool.deny_condition(&person), Some(DenyCondition::UserIdLike("AROAEXAMPLE:ada.*".to_owned())));
    let enhanced = DenyTarget::Session { assumed_role_id: "AROAEXAMPLE:CognitoIdentityCredentials" };
    assert_eq!(pool.deny_condition(&enhanced), None, "that would name everybody");
}
