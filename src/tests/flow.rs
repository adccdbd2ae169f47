//! The page *Flow*: what one request is told of its own way to credentials, let in or not.

use crate::assume_role::assume_role;
use crate::balancer::Person;
use crate::captured_log;
use crate::cognito;
use crate::sts::{ACCESS_KEY_ID, Answer, EXPIRATION, REQUEST_ID, SECRET_ACCESS_KEY, SESSION_TOKEN};
use crate::world::World;
use axum::body::Body;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use vestibule::model::clock::Clock;
use vestibule::server::config::Config;
use vestibule::server::outside::FetchError;

mod strategies;

const STEPS: [&str; 7] = ["headers", "data-header", "access-token", "web-identity", "role", "mint", "answer"];
const MINT: &str = r#"{"role":"analyst"}"#;

/// A told flow. Every one is looked through for secrets.
struct Told(Value);

impl Told {
    async fn with(world: &World, headers: HeaderMap, body: &str) -> Self {
        let tokens: Vec<String> = ["x-amzn-oidc-data", "x-amzn-oidc-accesstoken"]
            .iter()
            .flat_map(|name| {
                headers.get_all(*name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect::<Vec<_>>()
            })
            .collect();
        let answer = world.call_with("/api/flow", headers, body).await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"), "{}", answer.body);
        let secrets = [SECRET_ACCESS_KEY, SESSION_TOKEN, cognito::TOKEN, cognito::SECRET_KEY].map(str::to_owned);
        assert_holds_no_part(&answer.body, tokens.iter().chain(&secrets));
        let told = Self(answer.json());
        let ids: Vec<&str> = told.0["steps"].as_array().unwrap().iter().map(|step| step["id"].as_str().unwrap()).collect();
        assert_eq!(ids, STEPS);
        told
    }

    async fn of(world: &World, person: &Person, body: &str) -> Self {
        Self::with(world, person.headers(world.clock.now()), body).await
    }

    fn states(&self) -> String {
        let state = |step: &Value| step["state"].as_str().unwrap().to_owned();
        self.0["steps"].as_array().unwrap().iter().map(state).collect::<Vec<_>>().join(" ")
    }

    fn step(&self, id: &str) -> &Value {
        self.0["steps"].as_array().unwrap().iter().find(|step| step["id"] == id).unwrap()
    }

    /// The rows of this name in a step.
    fn rows(&self, id: &str, name: &str) -> Vec<&Value> {
        self.step(id)["rows"].as_array().unwrap().iter().filter(|row| row["name"] == name).collect()
    }

    fn value(&self, id: &str, name: &str) -> &str {
        let rows = self.rows(id, name);
        rows.first().unwrap_or_else(|| panic!("{name} in {:#}", self.step(id)))["value"].as_str().unwrap_or_default()
    }

    /// A value for the code to do it oneself; empty where there is none.
    fn own(&self, name: &str) -> &str {
        let rows = self.0["own"].as_array().map(Vec::as_slice).unwrap_or_default();
        rows.iter().find(|row| row["name"] == name).and_then(|row| row["value"].as_str()).unwrap_or_default()
    }

    /// Rule and verdict of every rule of a step.
    fn rules(&self, id: &str) -> Vec<(&str, &str)> {
        let rows = self.step(id)["rows"].as_array().unwrap();
        rows.iter().filter_map(|row| Some((row["rule"].as_str()?, row["verdict"].as_str()?))).collect()
    }
}

/// No sixteen characters of a secret, wherever in it they begin.
fn assert_holds_no_part<'a>(text: &str, secrets: impl Iterator<Item = &'a String>) {
    let seen: HashSet<&[u8]> = text.as_bytes().windows(16).collect();
    for secret in secrets {
        if let Some(part) = secret.as_bytes().windows(16).find(|part| seen.contains(part)) {
            panic!("{} of a secret is in {text}", String::from_utf8_lossy(part));
        }
    }
}

fn changed(headers: &HeaderMap, name: &'static str, value: &str) -> HeaderMap {
    let mut headers = headers.clone();
    headers.insert(name, HeaderValue::from_str(value).unwrap());
    headers
}

async fn minted(world: &World, person: &Person, body: &str) -> Value {
    let answer = world.call("/api/credentials", person, body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[tokio::test]
async fn a_flow_that_worked_is_told_as_it_happened() {
    let world = World::new().await;
    let ana = Person::analyst();
    let session = minted(&world, &ana, MINT).await["session_id"].as_str().unwrap().to_owned();
    minted(&world, &ana, r#"{"role":"analyst","duration_seconds":900}"#).await;

    let told = Told::of(&world, &ana, &json!({"role": "analyst", "session": session}).to_string()).await;

    assert_eq!(told.states(), "done done done done done done done", "{:#}", told.0);
    assert_eq!(told.value("access-token", "aud"), "https://portal.example.com");
    assert_eq!(told.value("data-header", "email"), "ana@example.com", "claims without a rule are told too");
    assert_eq!(told.value("data-header", "client"), "1example23456789");
    let names = "shape alphabet padding header_json alg kid signer client issuer expired unknown_key signature payload_json payload_mismatch \
                 subject identity";
    let kept: Vec<_> = names.split(' ').map(|name| (name, "kept")).collect();
    assert_eq!(told.rules("data-header"), kept);
    let kept: Vec<_> = "missing jwks signature issuer expired use client subject".split(' ').map(|name| (name, "kept")).collect();
    assert_eq!(told.rules("access-token"), kept);
    for id in STEPS {
        assert!(told.step(id)["micros"].is_u64(), "{id} was timed");
    }
    // What is told was sent: the first mint, and not the second.
    let asked: &HashMap<String, String> = &world.sts.asked()[0];
    for name in ["RoleArn", "RoleSessionName", "DurationSeconds"] {
        assert_eq!(told.value("mint", name), asked[name], "{name}");
    }
    assert_eq!(told.value("mint", "DurationSeconds"), "3600");
    assert!(told.value("mint", "WebIdentityToken").contains(" B, SHA-256 "));
    let policy: Value = serde_json::from_str(told.value("answer", "Policy")).unwrap();
    assert_eq!(policy, serde_json::from_str::<Value>(&asked["Policy"]).unwrap());
    assert_eq!(told.value("answer", "AccessKeyId"), ACCESS_KEY_ID);
    assert!(told.value("answer", "Expiration").starts_with(EXPIRATION));
    assert_eq!((told.value("answer", "request id"), told.value("answer", "session")), (REQUEST_ID, session.as_str()));
    let latest = Told::of(&world, &ana, MINT).await;
    assert_eq!(latest.value("mint", "DurationSeconds"), "900");
    for name in ["signer", "client"] {
        assert_eq!(told.own(name), told.value("data-header", name), "{name}");
    }
    assert_eq!((told.own("issuer"), told.own("arn")), (told.value("data-header", "iss"), asked["RoleArn"].as_str()));
    assert_eq!((told.own("role"), told.own("strategy"), told.own("claims")), ("analyst", "web-identity", ""));
    assert!(
        told.own("keys").starts_with("http") && told.own("AWS_ENDPOINT_URL_STS").starts_with("http://127.0.0.1:"),
        "{:#}",
        told.0["own"]
    );
}

#[tokio::test]
async fn bytes_that_were_verified_before_are_told_so() {
    let world = World::new().await;
    let headers = Person::analyst().headers(world.clock.now());
    let first = Told::with(&world, headers.clone(), "{}").await;
    assert!(first.step("data-header")["summary"].is_null());
    let second = Told::with(&world, headers, "{}").await;
    for id in ["data-header", "access-token"] {
        assert!(second.step(id)["summary"].as_str().unwrap().contains("verified before"), "{id}");
    }
}

/// Every rule of the balancer's header that a value breaks, and where judging ended.
#[tokio::test]
async fn a_refused_flow_ends_at_the_rule_that_whoami_names() {
    let now = World::new().await.clock.now();
    let ana = Person::analyst();
    let good = ana.headers(now);
    let (data, token) = (ana.data(now), ana.token(now));
    let foreign = Person::new("somebody-else", &["portal-admins"]).token(now);
    let without = |name: &str| {
        let mut headers = good.clone();
        headers.remove(HeaderName::from_bytes(name.as_bytes()).unwrap());
        headers
    };
    let twice = {
        let mut headers = good.clone();
        headers.append("x-amzn-oidc-data", HeaderValue::from_str(&data).unwrap());
        headers
    };
    let mut unsigned = data.clone();
    unsigned.replace_range(data.rfind('.').unwrap() + 1.., &"A".repeat(86));
    unsigned.push_str("==");
    type Change = fn(&mut Config);
    let as_it_is: Change = |_| {};
    let cases: Vec<(HeaderMap, Change, &str, &str, &str)> = vec![
        (without("x-amzn-oidc-data"), as_it_is, "headers", "missing", "header_rejected"),
        (twice, as_it_is, "headers", "duplicate", "header_rejected"),
        (changed(&good, "x-amzn-oidc-data", &"x".repeat(17_000)), as_it_is, "headers", "size", "header_rejected"),
        (changed(&good, "x-amzn-oidc-data", "only.two"), as_it_is, "data-header", "shape", "header_rejected"),
        (changed(&good, "x-amzn-oidc-data", &data.replace('=', "")), as_it_is, "data-header", "padding", "header_rejected"),
        (changed(&good, "x-amzn-oidc-data", &unsigned), as_it_is, "data-header", "signature", "header_rejected"),
        (good.clone(), |config| config.alb.signers[0].push('0'), "data-header", "signer", "header_rejected"),
        (good.clone(), |config| config.alb.clients = vec!["another".to_owned()], "data-header", "client", "header_rejected"),
        (good.clone(), |config| config.alb.issuer.push('/'), "data-header", "issuer", "header_rejected"),
        (changed(&good, "x-amzn-oidc-identity", "somebody-else"), as_it_is, "data-header", "identity", "header_rejected"),
        (without("x-amzn-oidc-accesstoken"), as_it_is, "access-token", "missing", "token_rejected"),
        (changed(&good, "x-amzn-oidc-accesstoken", "opaque-and-of-no-form"), as_it_is, "access-token", "jwks", "token_rejected"),
        (
            changed(&good, "x-amzn-oidc-accesstoken", &format!("{}AAAA", &token[..token.len() - 4])),
            as_it_is,
            "access-token",
            "signature",
            "token_rejected",
        ),
        (changed(&good, "x-amzn-oidc-accesstoken", &foreign), as_it_is, "access-token", "subject", "token_rejected"),
    ];
    for (headers, change, step, rule, code) in cases {
        let world = World::with(change, |store| store).await;
        let refused = world.call_with("/api/whoami", headers.clone(), "{}").await.error(code, 401);
        assert_eq!(refused["rule"], rule);
        let told = Told::with(&world, headers, "{}").await;
        let at = STEPS.iter().position(|id| *id == step).unwrap();
        let states = told.states();
        let states: Vec<&str> = states.split(' ').collect();
        assert!(states[..at].iter().all(|state| *state == "done"), "{rule}: {states:?}");
        assert_eq!(states[at], "failed", "{rule}: {states:?}");
        assert!(states[at + 1..].iter().all(|state| *state == "not-reached"), "{rule}: {states:?}");
        let cause = &told.step(step)["causes"][0];
        assert_eq!((&cause["code"], &cause["rule"], &cause["what"]), (&json!(code), &json!(rule), &refused["message"]));
        assert!(!cause["fix"].as_str().unwrap().is_empty());
        let rules = told.rules(step);
        let broken = rules.iter().position(|(name, verdict)| (*name, *verdict) == (rule, "broken")).unwrap_or_else(|| panic!("{rules:?}"));
        for (place, (name, verdict)) in rules.iter().enumerate() {
            let expected = match place.cmp(&broken) {
                std::cmp::Ordering::Less => "kept",
                std::cmp::Ordering::Equal => "broken",
                std::cmp::Ordering::Greater => "not-judged",
            };
            assert_eq!(*verdict, expected, "{name} where {rule} is broken");
        }
        assert!(told.0["own"].is_null(), "{rule}: nothing of theirs is known");
        let reference = told.0["reference"].as_str().unwrap();
        let lines = captured_log::lines_with(reference);
        assert!(lines.iter().any(|line| line["fields"]["rule"] == rule), "the refusal is in the log under the flow's reference");
    }
}

/// Whoever gets past the balancer can ask. They hear what they sent, and how that is put right if they are right, and
/// nothing of the configuration.
#[tokio::test]
async fn who_is_not_verified_hears_what_they_sent_and_nothing_of_the_configuration() {
    const CONFIGURED: [&str; 4] = [
        "arn:aws:elasticloadbalancing:eu-west-1:444455556666:loadbalancer/app/configured/50dc6c495c0c9188",
        "configuredclient",
        "https://configured-issuer.example.com",
        "https://configured-keys.example.com",
    ];
    type Change = fn(&mut Config);
    let cases: [(Change, &str, &str); 3] = [
        (|config| config.alb.signers = vec![CONFIGURED[0].to_owned()], "signer", "signers = [\"arn:aws:elasticloadbalancing:"),
        (|config| config.alb.clients = vec![CONFIGURED[1].to_owned()], "client", "clients = [\"1example23456789\"]"),
        (
            |config| config.alb.issuer = CONFIGURED[2].to_owned(),
            "issuer",
            "issuer = \"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE\"",
        ),
    ];
    let ana = Person::analyst();
    for (change, rule, fix) in cases {
        let with_keys = move |config: &mut Config| {
            config.alb.key_url = Some(CONFIGURED[3].parse().unwrap());
            change(config);
        };
        let world = World::with(with_keys, |store| store).await;
        let told = Told::of(&world, &ana, MINT).await;
        let cause = &told.step("data-header")["causes"][0];
        assert_eq!(cause["rule"], rule);
        assert!(cause["why"].as_str().unwrap().contains("in the header is “"), "{cause:#}");
        assert!(cause["fix"].as_str().unwrap().contains(fix), "{cause:#}");
        for configured in CONFIGURED {
            assert!(!told.0.to_string().contains(configured), "{configured} is told where {rule} is broken: {:#}", told.0);
        }
    }
}

#[tokio::test]
async fn a_flow_is_told_in_the_persons_language() {
    let world = World::new().await;
    let ana = Person::analyst();
    let asked_in_german = |mut headers: HeaderMap| {
        headers.insert("accept-language", HeaderValue::from_static("de"));
        headers
    };
    let mut noor = Person::analyst();
    noor.audience = None;
    let told = Told::with(&world, asked_in_german(ana.headers(world.clock.now())), MINT).await;
    let signer = told.rows("data-header", "signer")[0];
    assert_eq!(signer["says"], "signer ist einer der eingerichteten Load Balancer, ganz verglichen.");
    let told = Told::with(&world, asked_in_german(changed(&ana.headers(world.clock.now()), "x-amzn-oidc-data", "only.two")), "{}").await;
    let refused = &told.step("data-header")["causes"][0];
    assert!(refused["what"].as_str().unwrap().starts_with("Der Header x-amzn-oidc-data"), "{refused:#}");
    // What the doctor says is in English, and says so.
    let told = Told::with(&world, asked_in_german(noor.headers(world.clock.now())), MINT).await;
    let cause = &told.step("web-identity")["causes"][0];
    assert!(cause["what"].as_str().unwrap().starts_with("Das Zugriffstoken nennt keine Zielgruppe"), "{cause:#}");
    assert_eq!((&cause["why_in_english"], &cause["fix_in_english"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn nobody_signed_in_and_expired_are_flows_too() {
    let world = World::new().await;
    let told = Told::with(&world, HeaderMap::new(), "{}").await;
    assert!(told.states().starts_with("failed not-reached"), "{}", told.states());
    assert_eq!(told.step("headers")["causes"][0]["code"], "not_signed_in");
    let headers = Person::analyst().headers(world.clock.now());
    world.clock.advance(131);
    let told = Told::with(&world, headers, "{}").await;
    assert_eq!(told.step("data-header")["causes"][0]["rule"], "expired");
}

#[tokio::test]
async fn keys_that_cannot_be_had_break_no_rule() {
    let world = World::new().await;
    *world.keys.0.lock().unwrap() = Some(FetchError::Status(503));
    let told = Told::of(&world, &Person::analyst(), "{}").await;
    assert!(told.states().starts_with("done failed not-reached"), "{}", told.states());
    assert_eq!(told.step("data-header")["causes"][0]["code"], "mint_unavailable");
    let rules = told.rules("data-header");
    let first = rules.iter().position(|(_, verdict)| *verdict != "kept").unwrap();
    assert_eq!(rules[first], ("unknown_key", "not-judged"));
    assert!(rules[first..].iter().all(|(_, verdict)| *verdict == "not-judged"), "{rules:?}");
}

#[tokio::test]
async fn other_peoples_roles_are_told_to_administrators_only() {
    let world = World::new().await;
    let mut ana = Person::analyst();
    let told = Told::of(&world, &ana, r#"{"role":"operator"}"#).await;
    assert_eq!(told.states(), "done done done done failed not-reached not-reached");
    let text = told.step("role").to_string();
    assert!(!text.contains("The operator") && !text.contains("operators"), "{text}");
    assert_eq!(told.value("role", "others"), "1 other role");
    assert!(told.own("arn").is_empty() && !told.own("signer").is_empty(), "{:#}", told.0["own"]);
    let none = Told::of(&world, &ana, r#"{"role":"nothing"}"#).await;
    let cause = |told: &Told| told.step("role")["causes"][0].to_string().replace("nothing", "operator");
    assert_eq!(cause(&told), cause(&none), "a role that does not exist is refused in the same words");
    // A member hears which claim is missing.
    assert!(told.rows("role", "department")[0]["says"].as_str().unwrap().contains("${claim:custom:department}"), "{text}");
    ana.groups.push("portal-admins");
    let told = Told::of(&world, &ana, r#"{"role":"operator"}"#).await;
    assert!(told.rows("role", "operator")[0]["says"].as_str().unwrap().contains("operators"));
    assert!(told.step("role")["causes"][0]["fix"].as_str().unwrap().contains("id = \"operator\""));
    let outsider = Told::of(&world, &Person::new("outsider", &[]), "{}").await;
    assert_eq!(outsider.step("role")["causes"][0]["what"], "No role is open to you.");
}

#[tokio::test]
async fn a_mint_is_told_to_its_own_person_only() {
    let world = World::new().await;
    let session = minted(&world, &Person::analyst(), MINT).await["session_id"].as_str().unwrap().to_owned();
    let asked = json!({"role": "analyst", "session": session}).to_string();
    let other = Told::of(&world, &Person::new("somebody-else", &["analysts"]), &asked).await;
    assert_eq!(other.states(), "done done done done done not-reached not-reached");
    assert!(other.step("mint")["summary"].as_str().unwrap().contains("remembers no mint"));
}

#[tokio::test]
async fn a_token_without_an_audience_ends_the_flow_where_it_is_sent_to_sts() {
    let mut noor = Person::analyst();
    noor.audience = None;
    let world = World::new().await;
    world.call("/api/credentials", &noor, MINT).await.error("mint_misconfigured", 502);
    let told = Told::of(&world, &noor, MINT).await;
    assert_eq!(told.states(), "done done done failed done failed not-reached");
    let cause = &told.step("web-identity")["causes"][0];
    assert_eq!(cause["code"], "access-token-no-audience");
    assert!(cause["fix"].as_str().unwrap().contains("add-client-id-to-open-id-connect-provider"), "{cause:#}");
    let world = World::with(|config| assume_role(config, &[]), |store| store).await;
    world.sts.says(Answer::role_credentials(12));
    minted(&world, &noor, MINT).await;
    let told = Told::of(&world, &noor, MINT).await;
    assert_eq!(told.states(), "done done done noted done done done", "that strategy never sends it");
    assert!(told.step("web-identity")["summary"].as_str().unwrap().contains("assume-role, does not send it"));
}

#[tokio::test]
async fn what_sts_refuses_comes_with_a_cause_and_a_command() {
    let world = World::new().await;
    let denied = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>User: arn:aws:sts::111122223333:assumed-role/hidden is not authorized</Message></Error></ErrorResponse>";
    world.sts.says(Answer::new(403, denied));
    world.call("/api/credentials", &Person::analyst(), MINT).await.error("mint_misconfigured", 502);
    let told = Told::of(&world, &Person::analyst(), MINT).await;
    assert_eq!(told.states(), "done done done done done failed not-reached");
    let cause = &told.step("mint")["causes"][0];
    assert_eq!(cause["code"], "mint-access-denied");
    assert!(cause["fix"].as_str().unwrap().contains("aws iam update-assume-role-policy --role-name portal-analyst"), "{cause:#}");
    assert!(
        cause["why"].as_str().unwrap().contains("403") && !told.0.to_string().contains("hidden"),
        "the code is told, and not the message"
    );
    assert!(
        told.rows("mint", "AssumeRoleWithWebIdentity, not signed: the token in it counts")[0]["value"]
            .as_str()
            .unwrap()
            .starts_with("refused after")
    );
    // Attempts that are repeated are told one by one.
    world.sts.says(Answer::new(503, ""));
    world.call("/api/credentials", &Person::analyst(), MINT).await.error("mint_unavailable", 503);
    let told = Told::of(&world, &Person::analyst(), MINT).await;
    assert_eq!(told.rows("mint", "RoleArn").len(), 3);
}

#[tokio::test]
async fn who_is_turned_away_before_sts_is_told_so() {
    let world = World::with(|config| config.limits.mints_per_minute = 1, |store| store).await;
    let ana = Person::analyst();
    minted(&world, &ana, MINT).await;
    world.call("/api/credentials", &ana, MINT).await.error("rate_limited", 429);
    let told = Told::of(&world, &ana, MINT).await;
    assert_eq!(told.step("mint")["causes"][0]["code"], "rate_limited");
    assert!(told.rows("mint", "RoleArn").is_empty(), "nothing was sent");
}

/// Tokens in places where none belongs: nothing of them comes back.
#[tokio::test]
async fn tokens_in_the_wrong_place_are_not_told() {
    let world = World::new().await;
    let now = world.clock.now();
    let ana = Person::new("watched-in-flow", &["analysts"]);
    let (data, token) = (ana.data(now), ana.token(now));
    let good = ana.headers(now);
    minted(&world, &ana, MINT).await;
    for headers in [
        changed(&good, "x-amzn-oidc-identity", &token),
        changed(&good, "x-amzn-oidc-data", &token),
        changed(&good, "x-amzn-oidc-accesstoken", &data),
        changed(&good, "x-amzn-oidc-data", &format!("{data}.{token}")),
    ] {
        let told = Told::with(&world, headers, MINT).await;
        assert_holds_no_part(&told.0.to_string(), [&data, &token].into_iter());
    }
    // A claim may hold anything.
    let mut odd = ana.clone();
    let other = Person::analyst().token(now);
    odd.claims = json!({"custom:copied": other, "custom:long": "x".repeat(900)});
    let told = Told::of(&world, &odd, "{}").await;
    assert_holds_no_part(&told.0.to_string(), [&other].into_iter());
    let log = captured_log::text();
    let signed = |token: &str| token.split_once('.').unwrap().1.to_owned();
    assert!(log.contains("watched-in-flow"), "the log is captured");
    assert_holds_no_part(&log, [signed(&data), signed(&token), signed(&other)].iter());
}

#[tokio::test]
async fn the_layer_stands_around_it_too() {
    let world = World::new().await;
    let ana = Person::analyst();
    let ask = |method: &str, site: &str| {
        let mut request =
            Request::builder().method(method).uri("/api/flow").header("sec-fetch-site", site).header("content-type", "application/json");
        request.headers_mut().unwrap().extend(ana.headers(world.clock.now()));
        request.body(Body::from("{}")).unwrap()
    };
    world.send(ask("GET", "same-origin")).await.error("bad_request", 400);
    world.send(ask("POST", "cross-site")).await.error("cross_site", 403);
    world.call("/api/flow", &ana, r#"{"role":"Not an id"}"#).await.error("bad_request", 400);
}
