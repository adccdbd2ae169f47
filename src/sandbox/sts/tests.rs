//! STS against tokens and parameters that it must not take.

use super::*;
use crate::model::clock::Timestamp;
use crate::sandbox::jwt::{PublicJwk, SigningKey};
use crate::sandbox::personas::Persona;
use crate::sandbox::stage::TestClock;
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tower::ServiceExt;

const AUDIENCE: &str = "http://127.0.0.1:3000";
const SIGNATURE: &str = "Invalid signature on the token";
const NO_KEY: &str = "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements";

/// STS, an issuer of its own with one published key, and a clock that can be turned.
struct Scene {
    key: SigningKey,
    issuer: String,
    issuer_is_up: Arc<AtomicBool>,
    fetches: Arc<AtomicUsize>,
    registry: Arc<Registry>,
    clock: Arc<TestClock>,
    sts: Router,
}

impl Scene {
    async fn new() -> Self {
        let key = SigningKey::generate("the-key".to_owned());
        let (issuer_is_up, fetches) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
        let issuer = publish(key.public().clone(), issuer_is_up.clone(), fetches.clone()).await;
        let clock = Arc::new(TestClock::at(1_800_000_000));
        let registry = Arc::new(Registry::new());
        let provider =
            OidcProvider { federated: Federated::UserPool, issuer: issuer.clone(), audiences: vec![AUDIENCE.to_owned()], known_key: None };
        let sts = Arc::new(Sts::new(vec![provider], registry.clone(), clock.clone()));
        let sts = sts.router(Hosts::of(SocketAddr::from(([127, 0, 0, 1], 3004))));
        Self { key, issuer, issuer_is_up, fetches, registry, clock, sts }
    }

    fn claims(&self) -> Value {
        let now = self.clock.now().seconds();
        let subject = Persona::find("analyst").unwrap().subject;
        json!({"iss": self.issuer, "sub": subject, "aud": AUDIENCE, "iat": now, "exp": now + 300, "token_use": "access"})
    }

    /// A good token, but for these claims; `null` removes one.
    fn token_with(&self, changes: Value) -> String {
        let mut claims = self.claims();
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
                value => claims[name] = value.clone(),
            }
        }
        self.key.sign(&claims)
    }

    fn token(&self) -> String {
        self.token_with(json!({}))
    }

    async fn post(&self, body: String) -> (u16, String) {
        let request = Request::post("/").header(header::HOST, "127.0.0.1:3004").body(Body::from(body)).unwrap();
        let response = self.sts.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        (status, String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap())
    }

    /// A good call, but for these parameters; an empty one is left out.
    async fn call_with(&self, changes: &[(&str, &str)]) -> (u16, String) {
        let token = self.token();
        let mut fields = vec![
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", VERSION),
            ("RoleArn", "arn:aws:iam::000000000000:role/analyst"),
            ("RoleSessionName", "session"),
            ("WebIdentityToken", token.as_str()),
        ];
        for &(name, value) in changes {
            fields.retain(|(other, _)| *other != name);
            fields.push((name, value));
        }
        self.post(crate::sandbox::form::encode(&fields)).await
    }

    async fn refused(&self, changes: &[(&str, &str)], status: u16, code: &str, message: &str) {
        let (got, body) = self.call_with(changes).await;
        let expected = format!("<Code>{code}</Code><Message>{}</Message>", quick_xml::escape::escape(message));
        assert!(body.contains(&expected) && got == status, "wanted {status} {expected}\n   got {got} {body}");
        assert!(!body.contains("SecretAccessKey"), "{body}");
    }

    async fn token_refused(&self, token: &str, code: &str, message: &str) {
        self.refused(&[("WebIdentityToken", token)], 400, code, message).await;
    }
}

/// An issuer on a port of its own.
async fn publish(key: PublicJwk, up: Arc<AtomicBool>, fetches: Arc<AtomicUsize>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let discovery = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/jwks.json")});
    let keys = move || {
        fetches.fetch_add(1, Ordering::Relaxed);
        let answer = if up.load(Ordering::Relaxed) { json!({"keys": [key]}) } else { json!("out of order") };
        async move { Json(answer) }
    };
    let router = Router::new().route("/.well-known/openid-configuration", get(|| async { Json(discovery) })).route("/jwks.json", get(keys));
    tokio::spawn(async { axum::serve(listener, router).await });
    issuer
}

fn element<'a>(body: &'a str, name: &str) -> &'a str {
    let (_, rest) = body.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{name} in {body}"));
    rest.split_once(&format!("</{name}>")).unwrap().0
}

#[tokio::test]
async fn issues_credentials_that_the_other_services_know() {
    let scene = Scene::new().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    let (status, body) = scene.call_with(&[("DurationSeconds", "900"), ("Policy", policy)]).await;
    assert_eq!(status, 200, "{body}");
    let session = scene.registry.find(element(&body, "AccessKeyId")).unwrap();
    let expires = scene.clock.now().plus_seconds(900);
    assert_eq!(session.expires, expires);
    assert_eq!(element(&body, "Expiration"), expires.to_string());
    assert!(session.token_matches(element(&body, "SessionToken")));
    assert_eq!(element(&body, "Audience"), AUDIENCE);
    assert_eq!(element(&body, "Provider"), scene.issuer);
    assert_eq!(element(&body, "SubjectFromWebIdentityToken"), Persona::find("analyst").unwrap().subject);
    assert_eq!(element(&body, "Arn"), "arn:aws:sts::000000000000:assumed-role/analyst/session");
    assert!(element(&body, "AssumedRoleId").starts_with("AROA") && element(&body, "AssumedRoleId").ends_with(":session"));
    assert_eq!(element(&body, "PackedPolicySize"), "5");
    let (_, other) = scene.call_with(&[]).await;
    assert_ne!(element(&other, "AccessKeyId"), element(&body, "AccessKeyId"));
    assert!(!other.contains("PackedPolicySize"));
}

#[tokio::test]
async fn a_changed_token_is_refused_wherever_it_changed() {
    let scene = Scene::new().await;
    let token = scene.token();
    let dots: Vec<usize> = token.match_indices('.').map(|(at, _)| at).collect();
    let claims = URL_SAFE_NO_PAD.decode(&token[dots[0] + 1..dots[1]]).unwrap();
    let admin = String::from_utf8(claims).unwrap().replace("a1e5c0de-1111", "ad3140de-2222");
    let forged = format!("{}.{}.{}", &token[..dots[0]], URL_SAFE_NO_PAD.encode(admin), &token[dots[1] + 1..]);
    scene.token_refused(&forged, "InvalidIdentityToken", SIGNATURE).await;
    scene.token_refused(&token[..=dots[1]], "InvalidIdentityToken", SIGNATURE).await;
    for at in (0..token.len()).step_by(29).filter(|at| !dots.contains(at)) {
        let mut changed = token.clone();
        changed.replace_range(at..=at, if token.as_bytes()[at] == b'x' { "y" } else { "x" });
        let (status, body) = scene.call_with(&[("WebIdentityToken", &changed)]).await;
        assert!(status == 400 && body.contains("<Code>InvalidIdentityToken</Code>"), "{at}: {body}");
    }
}

#[tokio::test]
async fn other_algorithms_are_refused() {
    let scene = Scene::new().await;
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let algorithm = "The token's algorithm is not one that the identity provider signs with";
    for alg in ["none", "None", "HS256", "RS512", "ES256", "rs256", ""] {
        let token = format!("{}.{}.", part(&json!({"alg": alg, "kid": "the-key"})), part(&scene.claims()));
        scene.token_refused(&token, "InvalidIdentityToken", algorithm).await;
    }
    // The public key as an HMAC secret, in the forms in which an attacker finds it.
    let jwk = serde_json::to_string(scene.key.public()).unwrap();
    for secret in [jwk.as_str(), scene.key.public().n.as_str()] {
        let signed = format!("{}.{}", part(&json!({"alg": "HS256", "kid": "the-key"})), part(&scene.claims()));
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, signed.as_bytes()));
        scene.token_refused(&format!("{signed}.{signature}"), "InvalidIdentityToken", algorithm).await;
    }
    let critical = scene.key.sign_parts(&json!({"alg": "RS256", "kid": "the-key", "crit": ["b64"], "b64": false}), &scene.claims());
    scene.token_refused(&critical, "InvalidIdentityToken", SIGNATURE).await;
}

#[tokio::test]
async fn other_keys_are_refused() {
    let scene = Scene::new().await;
    let stranger = SigningKey::generate("the-key".to_owned());
    scene.token_refused(&stranger.sign(&scene.claims()), "InvalidIdentityToken", SIGNATURE).await;
    let unknown = SigningKey::generate("another-key".to_owned());
    scene.token_refused(&unknown.sign(&scene.claims()), "InvalidIdentityToken", NO_KEY).await;
    let nameless = scene.key.sign_parts(&json!({"alg": "RS256"}), &scene.claims());
    scene.token_refused(&nameless, "InvalidIdentityToken", NO_KEY).await;
    // A key that the token brings along is not a key of the issuer.
    let header = json!({"alg": "RS256", "kid": "another-key", "jwk": unknown.public(), "jku": "http://evil.example/"});
    scene.token_refused(&unknown.sign_parts(&header, &scene.claims()), "InvalidIdentityToken", NO_KEY).await;
}

#[tokio::test]
async fn unknown_keys_do_not_hammer_the_issuer() {
    let scene = Scene::new().await;
    let unknown = SigningKey::generate("another-key".to_owned()).sign(&scene.claims());
    for _ in 0..20 {
        scene.token_refused(&unknown, "InvalidIdentityToken", NO_KEY).await;
    }
    assert_eq!(scene.fetches.load(Ordering::Relaxed), 1);
    assert_eq!(scene.call_with(&[]).await.0, 200);
    assert_eq!(scene.fetches.load(Ordering::Relaxed), 1, "the known key is still at hand");
    scene.clock.forward(11);
    scene.token_refused(&unknown, "InvalidIdentityToken", NO_KEY).await;
    assert_eq!(scene.fetches.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_issuer_out_of_order_is_asked_again() {
    let scene = Scene::new().await;
    scene.issuer_is_up.store(false, Ordering::Relaxed);
    scene.token_refused(&scene.token(), "InvalidIdentityToken", NO_KEY).await;
    scene.issuer_is_up.store(true, Ordering::Relaxed);
    assert_eq!(scene.call_with(&[]).await.0, 200);
}

#[tokio::test]
async fn claims_that_do_not_hold() {
    let scene = Scene::new().await;
    let now = scene.clock.now().seconds();
    let elsewhere = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_OTHER";
    let foreign = format!("No OpenIDConnect provider found in your account for {elsewhere}");
    let slash = format!("No OpenIDConnect provider found in your account for {}/", scene.issuer);
    let expired = format!("Token expired: current date/time {now} must be before the expiration date/time {now}");
    for (changes, code, message) in [
        (json!({"aud": null}), "InvalidIdentityToken", "Missing a required claim: aud"),
        (json!({"aud": []}), "InvalidIdentityToken", "Missing a required claim: aud"),
        (json!({"aud": ""}), "InvalidIdentityToken", "Incorrect token audience"),
        (json!({"aud": null, "azp": AUDIENCE}), "InvalidIdentityToken", "Missing a required claim: aud"),
        (json!({"aud": "http://127.0.0.1:3000/"}), "InvalidIdentityToken", "Incorrect token audience"),
        (json!({"aud": ["a", "b"]}), "InvalidIdentityToken", "Incorrect token audience"),
        (json!({"azp": "client"}), "InvalidIdentityToken", "Incorrect token audience"),
        (json!({"azp": 1}), "InvalidIdentityToken", "Incorrect token audience"),
        (json!({"exp": now}), "ExpiredTokenException", &expired),
        (json!({"exp": null}), "InvalidIdentityToken", "Missing a required claim: exp"),
        (json!({"exp": (now + 300).to_string()}), "InvalidIdentityToken", "The claim exp is not an integer"),
        (json!({"exp": 1e300}), "InvalidIdentityToken", "The claim exp is not an integer"),
        (json!({"iat": null}), "InvalidIdentityToken", "Missing a required claim: iat"),
        (json!({"iat": now + 301}), "InvalidIdentityToken", "The token is not valid yet"),
        (json!({"nbf": now + 1}), "InvalidIdentityToken", "The token is not valid yet"),
        (json!({"iss": null}), "InvalidIdentityToken", "Missing a required claim: iss"),
        (json!({"iss": elsewhere}), "InvalidIdentityToken", foreign.as_str()),
        (json!({"iss": format!("{}/", scene.issuer)}), "InvalidIdentityToken", slash.as_str()),
        (json!({"sub": null}), "InvalidIdentityToken", "Missing a required claim: sub"),
        (json!({"sub": ""}), "InvalidIdentityToken", "Missing a required claim: sub"),
    ] {
        scene.token_refused(&scene.token_with(changes), code, message).await;
    }
    let (status, body) = scene.call_with(&[("WebIdentityToken", &scene.token_with(json!({"aud": "x", "azp": AUDIENCE})))]).await;
    assert_eq!((status, element(&body, "Audience")), (200, AUDIENCE), "STS takes azp for the audience");
    let not_a_jwt = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
    for garbage in ["00D5e000000!AQ8AQOpaque", "a.b.c", "....", "e30.e30", "e30=.e30=.e30="] {
        scene.token_refused(garbage, "InvalidIdentityToken", not_a_jwt).await;
    }
}

#[tokio::test]
async fn roles_that_do_not_trust_this_person() {
    let scene = Scene::new().await;
    let refused = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    for role in ["brief", "fault-down", "nobody", "Analyst", "analyst/"] {
        let arn = format!("arn:aws:iam::000000000000:role/{role}");
        scene.refused(&[("RoleArn", &arn)], 403, "AccessDenied", refused).await;
    }
    scene.refused(&[("RoleArn", "arn:aws:iam::111122223333:role/analyst")], 403, "AccessDenied", refused).await;
    let stranger = scene.token_with(json!({"sub": "somebody-else"}));
    scene.refused(&[("WebIdentityToken", &stranger)], 403, "AccessDenied", refused).await;
}

#[tokio::test]
async fn parameters_out_of_range() {
    let scene = Scene::new().await;
    let constraint = |member: &str, what: &str| {
        format!("1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must {what}")
    };
    let (long_token, long_policy, long_name) = ("x".repeat(20_001), " ".repeat(2_049), "n".repeat(65));
    for (changes, code, message) in [
        (("DurationSeconds", "899"), "ValidationError", constraint("durationSeconds", "have value greater than or equal to 900")),
        (("DurationSeconds", "-900"), "ValidationError", constraint("durationSeconds", "have value greater than or equal to 900")),
        (("DurationSeconds", "43201"), "ValidationError", constraint("durationSeconds", "have value less than or equal to 43200")),
        (("DurationSeconds", "99999999999"), "ValidationError", constraint("durationSeconds", "have value less than or equal to 43200")),
        (("DurationSeconds", "an hour"), "MalformedInput", "DurationSeconds is not an integer.".to_owned()),
        (("RoleSessionName", "a b"), "ValidationError", constraint("roleSessionName", r"satisfy regular expression pattern: [\w+=,.@-]*")),
        (("RoleSessionName", "Ünal"), "ValidationError", constraint("roleSessionName", r"satisfy regular expression pattern: [\w+=,.@-]*")),
        (("RoleSessionName", "a"), "ValidationError", constraint("roleSessionName", "have length greater than or equal to 2")),
        (("RoleSessionName", &long_name), "ValidationError", constraint("roleSessionName", "have length less than or equal to 64")),
        (("RoleSessionName", ""), "ValidationError", constraint("roleSessionName", "not be null")),
        (("RoleArn", ""), "ValidationError", constraint("roleArn", "not be null")),
        (("RoleArn", "arn:x"), "ValidationError", constraint("roleArn", "have length greater than or equal to 20")),
        (("WebIdentityToken", ""), "ValidationError", constraint("webIdentityToken", "not be null")),
        (("WebIdentityToken", &long_token), "ValidationError", constraint("webIdentityToken", "have length less than or equal to 20000")),
        (("Policy", &long_policy), "ValidationError", constraint("policy", "have length less than or equal to 2048")),
        (
            ("Policy", "{\"€\":1}"),
            "ValidationError",
            constraint("policy", r"satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+"),
        ),
        (
            ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
            "ValidationError",
            "The sandbox has no managed policies that a session could be narrowed with.".to_owned(),
        ),
    ] {
        scene.refused(&[changes], 400, code, &message).await;
    }
    let reader = ("RoleArn", "arn:aws:iam::000000000000:role/reader");
    let over = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    scene.refused(&[reader, ("DurationSeconds", "3601")], 400, "ValidationError", over).await;
    for policy in ["{}", "[]", "{", "Allow", r#"{"Statement":[{"Effect":"Allow"}]}"#] {
        let (status, body) = scene.call_with(&[("Policy", policy)]).await;
        assert!(status == 400 && body.contains("<Code>MalformedPolicyDocument</Code>"), "{policy}: {body}");
    }
}

#[tokio::test]
async fn requests_that_are_none() {
    let scene = Scene::new().await;
    let unknown = "Could not find operation AssumeRoleWithSAML for version 2011-06-15";
    scene.refused(&[("Action", "AssumeRoleWithSAML")], 400, "InvalidAction", unknown).await;
    scene.refused(&[("Action", "AssumeRole")], 403, "MissingAuthenticationToken", "Missing Authentication Token").await;
    let version = "Could not find operation AssumeRoleWithWebIdentity for version 2026-01-01";
    scene.refused(&[("Version", "2026-01-01")], 400, "InvalidAction", version).await;
    scene.refused(&[("Action", "<b>&")], 400, "InvalidAction", "Could not find operation <b>& for version 2011-06-15").await;
    assert!(scene.post(String::new()).await.1.contains("<Code>MissingAction</Code>"));
    assert!(scene.post("Action=a&Action=b".to_owned()).await.1.contains("<Code>MalformedQueryString</Code>"));
    assert_eq!(scene.post("x".repeat(BODY_LIMIT + 1)).await.0, 413);
    for host in ["evil.example", "127.0.0.1:3000", "127.0.0.1"] {
        let request = Request::post("/").header(header::HOST, host).body(Body::empty()).unwrap();
        assert_eq!(scene.sts.clone().oneshot(request).await.unwrap().status(), 421, "{host}");
    }
}

#[tokio::test]
async fn faults_and_the_brief_role() {
    let scene = Scene::new().await;
    let of = |persona: &str| scene.token_with(json!({"sub": Persona::find(persona).unwrap().subject}));
    let (admin, expiring) = (of("admin"), of("expiring"));
    let faulty = |role: &str| format!("arn:aws:iam::000000000000:role/fault-{role}");
    for (role, status, code, message) in [
        ("throttled", 400, "Throttling", "Rate exceeded"),
        ("down", 503, "ServiceUnavailable", "Service is unavailable. Please try again shortly."),
        ("packed", 400, "PackedPolicyTooLarge", "Packed policy consumes 157% of allotted space, please use smaller policy."),
    ] {
        scene.refused(&[("WebIdentityToken", &admin), ("RoleArn", &faulty(role))], status, code, message).await;
    }
    let brief = [("WebIdentityToken", expiring.as_str()), ("RoleArn", "arn:aws:iam::000000000000:role/brief"), ("DurationSeconds", "900")];
    let (status, body) = scene.call_with(&brief).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(Timestamp::parse_rfc3339(element(&body, "Expiration")), Some(scene.clock.now().plus_seconds(20)));
}
