//! `POST /console`: a form of the portal's own pages, answered with a way into the AWS console.

use crate::balancer::Person;
use crate::captured_log;
use crate::secrets::parts;
use crate::sts::{ACCESS_KEY_ID, Answer, SECRET_ACCESS_KEY, SESSION_TOKEN};
use crate::world::{Answered, World};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use url::Url;
use vestibule::model::clock::Clock;

const SIGN_IN_TOKEN: &str = "VCQgs5qZZt3Q6fn8Tr5signInTokenOfTheTestsC_xj55Te8RC";
const FORM: &str = "application/x-www-form-urlencoded";
const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

type Said = (u16, String);

/// A sign-in endpoint that answers what a test lays before it, and keeps what it was asked.
#[derive(Clone)]
struct SignIn {
    url: Url,
    says: Arc<Mutex<Said>>,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl SignIn {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/federation", listener.local_addr().unwrap())).unwrap();
        let says = Arc::new(Mutex::new((200, format!(r#"{{"SigninToken":"{SIGN_IN_TOKEN}"}}"#))));
        let sign_in = Self { url, says, asked: Arc::default() };
        let router = Router::new().fallback(answer).with_state(sign_in.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        sign_in
    }

    fn says(&self, status: u16, body: &str) {
        *self.says.lock().unwrap() = (status, body.to_owned());
    }

    fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(State(sign_in): State<SignIn>, request: Request<Body>) -> (StatusCode, String) {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    sign_in.asked.lock().unwrap().push((format!("{} {}", head.method, head.uri), String::from_utf8(body.to_vec()).unwrap()));
    let (status, body) = sign_in.says.lock().unwrap().clone();
    (StatusCode::from_u16(status).unwrap(), body)
}

async fn world() -> (World, SignIn) {
    let sign_in = SignIn::start().await;
    let url = sign_in.url.clone();
    (World::with(|config| config.aws.signin_endpoint = Some(url), |store| store).await, sign_in)
}

async fn post(world: &World, balancer: HeaderMap, lines: &[(&str, &str)], body: &str) -> Answered {
    let mut request = Request::post("/console");
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    request.headers_mut().unwrap().extend(balancer);
    world.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

/// As the portal's own page does it.
async fn opened(world: &World, person: &Person, body: &str) -> Answered {
    post(world, person.headers(world.clock.now()), &[OWN, ("content-type", FORM)], body).await
}

async fn sessions(world: &World, person: &Person) -> Value {
    world.call("/api/sessions/mine", person, "{}").await.json()["sessions"].clone()
}

#[tokio::test]
async fn a_303_to_sign_in_with_fresh_keys_in_a_body_and_a_session_named_console() {
    let (world, sign_in) = world().await;
    let ana = Person::analyst();
    let answer = opened(&world, &ana, "role=analyst").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (303, ""));
    assert_eq!((answer.header("cache-control"), answer.header("referrer-policy")), ("no-store", "no-referrer"));
    assert!(answer.header("content-security-policy").starts_with("default-src 'none'"));
    let address = Url::parse(answer.header("location")).unwrap();
    assert_eq!(address[..url::Position::AfterPath], sign_in.url[..]);
    let pairs: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        pairs,
        [
            pair("Action", "login"),
            pair("Issuer", "https://portal.example.com"),
            pair("Destination", "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1"),
            pair("SigninToken", SIGN_IN_TOKEN),
        ]
    );
    let [(asked, form)] = &sign_in.asked()[..] else { panic!("one call") };
    assert_eq!(asked, "POST /federation");
    let form: Vec<(String, String)> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    assert_eq!((form.len(), &form[0]), (2, &pair("Action", "getSigninToken")));
    let session: Value = serde_json::from_str(&form[1].1).unwrap();
    assert_eq!(session, serde_json::json!({ "sessionId": ACCESS_KEY_ID, "sessionKey": SECRET_ACCESS_KEY, "sessionToken": SESSION_TOKEN }));

    let recorded = sessions(&world, &ana).await;
    let id = recorded[0]["id"].as_str().unwrap();
    assert!(id.len() == 26 && id.starts_with("console"), "{id}");
    let named = world.sts.asked()[0]["RoleSessionName"].clone();
    assert!(named.ends_with(&format!(".{id}")), "what CloudTrail shows: {named}");
    let page = world.call("/api/credentials", &ana, r#"{"role":"analyst"}"#).await.json();
    assert!(!page["session_id"].as_str().unwrap().starts_with("console"));
}

#[tokio::test]
async fn whatever_another_site_could_send_mints_nothing() {
    let (world, sign_in) = world().await;
    let ana = Person::analyst();
    let balancer = || ana.headers(world.clock.now());
    let own = "https://portal.example.com";
    let form = ("content-type", FORM);
    for lines in [
        &[form][..],
        &[form, ("origin", "null")],
        &[form, ("origin", "https://evil.example.com")],
        &[form, ("origin", "https://portal.example.com.evil.test")],
        &[form, ("sec-fetch-site", "cross-site")],
        &[form, ("sec-fetch-site", "cross-site"), ("origin", own)],
        &[form, ("sec-fetch-site", "same-site"), ("origin", own)],
        &[form, ("sec-fetch-site", "none"), ("origin", own)],
        &[form, ("sec-fetch-site", "cross-site"), ("x-vestibule-client", "1")],
    ] {
        let error = post(&world, balancer(), lines, "role=analyst").await.error("cross_site", 403);
        let unsaid = lines.contains(&("origin", "null")) && lines.len() == 2;
        assert_eq!(error["next_step"].as_str().unwrap().contains("Safari 16.4"), unsaid, "{lines:?}: {error}");
    }
    for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
        post(&world, balancer(), &[OWN, ("content-type", kind)], "role=analyst").await.error("bad_request", 400);
    }
    post(&world, balancer(), &[OWN], "role=analyst").await.error("bad_request", 400);
    post(&world, balancer(), &[OWN, form, form], "role=analyst").await.error("bad_request", 400);
    for body in [
        "",
        "role=",
        "role=analyst&role=analyst",
        "role=analyst&sessionId=ASIA&sessionKey=k",
        "role=analyst&destination=a&destination=b",
        &format!("role=analyst&destination={}", "x".repeat(20_000)),
    ] {
        opened(&world, &ana, body).await.error("bad_request", 400);
    }
    for method in [Method::GET, Method::PUT, Method::HEAD, Method::OPTIONS, Method::DELETE] {
        let mut request =
            Request::builder().method(method.clone()).uri("/console?role=analyst").header(OWN.0, OWN.1).header(form.0, form.1);
        request.headers_mut().unwrap().extend(balancer());
        assert_eq!(world.send(request.body(Body::from("role=analyst")).unwrap()).await.status, 400, "{method}");
    }
    for wish in [
        "https://console.aws.amazon.com.evil.example/",
        "https://user@console.aws.amazon.com/",
        "https://evil.example/\\console.aws.amazon.com",
        "//console.aws.amazon.com/",
        "http://console.aws.amazon.com/",
        "https://console.aws.amazon.com:8443/",
        "https://CONSOLE.aws.amazon.com/",
    ] {
        let body = url::form_urlencoded::Serializer::new("role=analyst".to_owned()).append_pair("destination", wish).finish();
        let error = opened(&world, &ana, &body).await.error("bad_request", 400);
        assert!(error["message"].as_str().unwrap().contains("AWS console"), "{wish}: {error}");
    }
    assert_eq!((world.sts.asked().len(), sign_in.asked().len()), (0, 0));
    assert_eq!(sessions(&world, &ana).await, serde_json::json!([]));
}

#[tokio::test]
async fn a_browser_without_fetch_metadata_opens_it_from_a_form_that_names_the_portal() {
    let (world, _sign_in) = world().await;
    let ana = Person::analyst();
    let lines = [("content-type", FORM), ("origin", "https://portal.example.com")];
    assert_eq!(post(&world, ana.headers(world.clock.now()), &lines, "role=analyst").await.status, 303);
}

#[tokio::test]
async fn a_session_whose_sign_in_failed_is_ended() {
    let (world, sign_in) = world().await;
    let ana = Person::new("unlucky-analyst", &["analysts"]);
    sign_in.says(400, "no");
    opened(&world, &ana, "role=analyst").await.error("mint_misconfigured", 502);
    let refused = sessions(&world, &ana).await;
    assert_eq!((refused.as_array().unwrap().len(), &refused[0]["state"]), (1, &Value::from("ended")), "{refused:#}");
    assert!(refused[0]["id"].as_str().unwrap().starts_with("console") && refused[0]["ended_at"].is_string(), "{refused:#}");
    assert!(captured_log::text().contains("unlucky-analyst"));

    sign_in.says(200, &format!(r#"{{"SigninToken":"{SIGN_IN_TOKEN}"}}"#));
    assert_eq!(opened(&world, &ana, "role=analyst").await.status, 303);
    let both = sessions(&world, &ana).await;
    let mut states = both.as_array().unwrap().iter().map(|session| session["state"].as_str().unwrap()).collect::<Vec<_>>();
    states.sort_unstable();
    assert_eq!(states, ["ended", "live"], "{both:#}");
}

#[tokio::test]
async fn who_may_not_mint_opens_no_console() {
    let (world, sign_in) = world().await;
    opened(&world, &Person::analyst(), "role=operator").await.error("not_entitled", 403);
    opened(&world, &Person::analyst(), "role=made-up").await.error("not_entitled", 403);
    opened(&world, &Person::new("outsider", &[]), "role=analyst").await.error("not_entitled", 403);
    post(&world, HeaderMap::new(), &[OWN, ("content-type", FORM)], "role=analyst").await.error("not_signed_in", 401);
    let mut forged = Person::analyst().headers(world.clock.now());
    forged.insert("x-amzn-oidc-identity", "somebody-else".parse().unwrap());
    post(&world, forged, &[OWN, ("content-type", FORM)], "role=analyst").await.error("header_rejected", 401);

    let admin = Person::new("admin", &["portal-admins"]);
    let blocked = Person::new("blocked-analyst", &["analysts"]);
    world.call("/api/sessions/revoke", &admin, r#"{"subject":"blocked-analyst"}"#).await;
    opened(&world, &blocked, "role=analyst").await.error("blocked", 403);
    assert_eq!((world.sts.asked().len(), sign_in.asked().len()), (0, 0));

    let eager = Person::new("eager-analyst", &["analysts"]);
    for _ in 0..30 {
        assert_eq!(opened(&world, &eager, "role=analyst").await.status, 303);
    }
    opened(&world, &eager, "role=analyst").await.error("rate_limited", 429);
    world.call("/api/credentials", &eager, r#"{"role":"analyst"}"#).await.error("rate_limited", 429);
}

#[tokio::test]
async fn a_console_that_is_not_known_is_not_offered() {
    let world = World::new().await;
    let ana = Person::analyst();
    let roles = world.call("/api/whoami", &ana, "{}").await.json()["roles"].clone();
    assert!(roles.as_array().unwrap().iter().all(|role| role.get("console").is_none()));
    let error = opened(&world, &ana, "role=analyst").await.error("bad_request", 400);
    assert!(error["next_step"].as_str().unwrap().contains("aws.signin_endpoint"));
    assert!(world.page("/browse", ana.headers(world.clock.now())).await.header("content-security-policy").contains("form-action 'self';"));

    let (world, sign_in) = self::world().await;
    let roles = world.call("/api/whoami", &ana, "{}").await.json()["roles"].clone();
    assert!(roles.as_array().unwrap().iter().all(|role| role["console"] == true));
    let policy = world.page("/browse", ana.headers(world.clock.now())).await;
    let origin = sign_in.url.origin().ascii_serialization();
    assert!(policy.header("content-security-policy").contains(&format!("form-action 'self' {origin};")));
    // Nothing else may lead there.
    let strict = world.page("/sign-out", ana.headers(world.clock.now())).await;
    assert!(strict.header("content-security-policy").contains("form-action 'self';"));
}

#[tokio::test]
async fn a_browser_is_told_on_a_page_what_went_wrong_and_nothing_secret_is_seen() {
    let (world, sign_in) = world().await;
    let ana = Person::new("console-analyst", &["analysts"]);
    let page = [OWN, ("content-type", FORM), ("accept", "text/html,application/xhtml+xml")];
    let leaky = format!("<html>{SECRET_ACCESS_KEY} {SESSION_TOKEN} {SIGN_IN_TOKEN}</html>");
    for (status, body, code, says) in [
        (400, leaky.as_str(), 502, "did not take the credentials"),
        (503, leaky.as_str(), 503, "does not answer"),
        (200, leaky.as_str(), 502, "did not take the credentials"),
        (200, "{}", 502, "did not take the credentials"),
    ] {
        sign_in.says(status, body);
        let answer = post(&world, ana.headers(world.clock.now()), &page, "role=analyst").await;
        assert_eq!(answer.status.as_u16(), code, "{}", answer.body);
        assert!(answer.body.contains(says) && answer.body.contains("Reference: "), "{}", answer.body);
        assert!(!answer.headers.contains_key("location"));
        for secret in [SECRET_ACCESS_KEY, SESSION_TOKEN, SIGN_IN_TOKEN] {
            assert!(!parts(secret).iter().any(|part| answer.body.contains(part)));
        }
    }
    world.sts.says(Answer::new(403, "<Error><Code>AccessDenied</Code></Error>"));
    let answer = post(&world, ana.headers(world.clock.now()), &page, "role=analyst").await;
    assert_eq!(answer.status, 502);
    assert!(answer.body.contains("AWS does not let the role"), "{}", answer.body);
    world.sts.says(Answer::credentials());
    sign_in.says(200, &format!(r#"{{"SigninToken":"{SIGN_IN_TOKEN}"}}"#));
    assert_eq!(opened(&world, &ana, "role=analyst").await.status, 303);

    let log = captured_log::text();
    assert!(log.contains("console-analyst") && log.contains("console_sign_in"), "the log is captured");
    for secret in [SECRET_ACCESS_KEY, SESSION_TOKEN, SIGN_IN_TOKEN] {
        for part in parts(secret) {
            assert!(!log.contains(&part), "{part} is in the log");
            assert!(!world.portal.metrics().text().contains(&part));
        }
    }
}
