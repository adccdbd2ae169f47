//! The contract of every call.

use crate::balancer::Person;
use crate::sts::{ACCESS_KEY_ID, EXPIRATION, SECRET_ACCESS_KEY, SESSION_TOKEN};
use crate::world::World;
use axum::body::Body;
use http::{HeaderMap, HeaderValue, Request};
use serde_json::json;
use std::sync::atomic::Ordering;
use vestibule::model::clock::Clock;

const CALLS: [(&str, &str); 8] = [
    ("/api/functions/schemas", r#"{"role":"analyst"}"#),
    ("/api/whoami", "{}"),
    ("/api/credentials", r#"{"role":"analyst"}"#),
    ("/api/sessions/mine", "{}"),
    ("/api/sessions/list", "{}"),
    ("/api/sessions/overview", "{}"),
    ("/api/sessions/revoke", r#"{"subject":"somebody"}"#),
    ("/api/sessions/lift", r#"{"subject":"somebody"}"#),
];

#[tokio::test]
async fn whoami_tells_who_and_what() {
    let world = World::new().await;
    let answer = world.call("/api/whoami", &Person::analyst(), "{}").await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    assert!(!answer.headers.contains_key("content-encoding"));
    assert_eq!(
        answer.json(),
        json!({
            "subject": "72f5c4a4-b0d1-70a1-6f3e-2a9d6c1e8f90", "email": "ana@example.com", "name": "Ana Lyst",
            "groups": ["analysts"], "is_admin": false, "server_now": "2026-11-23T06:32:55Z",
            "roles": [{
                "id": "analyst", "title": "The analyst", "account": "111122223333", "strategy": "web-identity", "duration_seconds": 3_600,
                "buckets": [
                    {"name": "reports", "region": "eu-west-1", "endpoint": "https://reports.s3.eu-west-1.amazonaws.com", "style": "virtual",
                     "prefix": "team/", "permissions": ["list", "read"], "sign": "query"},
                    {"name": "dotted.name", "region": "eu-north-1", "endpoint": "https://s3.eu-north-1.amazonaws.com", "style": "path",
                     "prefix": "", "permissions": ["list", "read"], "sign": "query"},
                ],
                "functions": [{"name": "echo", "arn": "arn:aws:lambda:eu-west-1:111122223333:function:echo", "region": "eu-west-1",
                               "endpoint": "https://lambda.eu-west-1.amazonaws.com"}],
            }],
        }),
        "the role whose prefix needs a claim that the token lacks is not there"
    );
}

#[tokio::test]
async fn schemas_are_for_who_may_have_the_role() {
    let world = World::new().await;
    let answer = world.call("/api/functions/schemas", &Person::analyst(), r#"{"role":"analyst"}"#).await;
    assert_eq!(answer.json(), json!({"functions": [{"name": "echo", "schema": r#"{"type":"object"}"#}]}));
    for role in ["department", "unheard-of"] {
        let body = json!({"role": role}).to_string();
        world.call("/api/functions/schemas", &Person::analyst(), &body).await.error("not_entitled", 403);
    }
}

#[tokio::test]
async fn claims_fill_prefixes_and_groups_make_administrators() {
    let world = World::new().await;
    let mut person = Person::analyst();
    person.groups.push("portal-admins");
    person.claims = json!({"custom:department": "north"});
    let who = world.call("/api/whoami", &person, "{}").await.json();
    assert_eq!(who["is_admin"], true);
    assert_eq!(who["roles"][1]["buckets"][0]["prefix"], "north/72f5c4a4-b0d1-70a1-6f3e-2a9d6c1e8f90/");
    for hostile in ["*", "a/b", "..", "", "${subject}"] {
        person.claims = json!({"custom:department": hostile});
        let who = world.call("/api/whoami", &person, "{}").await.json();
        assert_eq!(who["roles"].as_array().unwrap().len(), 1, "{hostile}");
        world.call("/api/credentials", &person, r#"{"role":"department"}"#).await.error("not_entitled", 403);
    }
}

#[tokio::test]
async fn a_bucket_is_looked_up_once() {
    let world = World::new().await;
    for _ in 0..3 {
        world.call("/api/whoami", &Person::analyst(), "{}").await;
    }
    assert_eq!(world.regions.0.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn credentials_have_the_shape_of_credential_process() {
    let world = World::new().await;
    let answer = world.call("/api/credentials", &Person::analyst(), r#"{"role":"analyst"}"#).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    let mut body = answer.json();
    let id = body["session_id"].take();
    assert_eq!(id.as_str().map(str::len), Some(26));
    assert_eq!(
        body,
        json!({"Version": 1, "AccessKeyId": ACCESS_KEY_ID, "SecretAccessKey": SECRET_ACCESS_KEY, "SessionToken": SESSION_TOKEN,
               "Expiration": EXPIRATION, "role": "analyst", "session_id": null, "server_now": "2026-11-23T06:32:55Z"})
    );
}

#[tokio::test]
async fn own_sessions_are_told_and_nobody_elses() {
    let world = World::new().await;
    let mut headers = Person::analyst().headers(world.clock.now());
    headers.insert("x-forwarded-for", HeaderValue::from_static("6.6.6.6, 192.0.2.7"));
    headers.insert("user-agent", HeaderValue::from_static("Browser/1"));
    let minted = world.call_with("/api/credentials", headers, r#"{"role":"analyst"}"#).await.json();
    let mine = world.call("/api/sessions/mine", &Person::analyst(), "{}").await.json();
    assert_eq!(
        mine,
        json!({"sessions": [{
            "id": minted["session_id"], "subject": "72f5c4a4-b0d1-70a1-6f3e-2a9d6c1e8f90", "email": "ana@example.com", "role": "analyst",
            "strategy": "web-identity", "access_key_id": ACCESS_KEY_ID, "issued_at": "2026-11-23T06:32:55Z", "expires_at": EXPIRATION,
            "state": "live", "source_ip": "192.0.2.7", "user_agent": "Browser/1",
        }], "next": null})
    );
    let others = world.call("/api/sessions/mine", &Person::new("somebody-else", &["analysts"]), "{}").await.json();
    assert_eq!(others, json!({"sessions": [], "next": null}));
    world.clock.advance(3_600);
    let later = world.call("/api/sessions/mine", &Person::analyst(), "{}").await.json();
    assert_eq!(later["sessions"][0]["state"], "expired");
    world.call("/api/sessions/mine", &Person::analyst(), r#"{"cursor":"AAAA"}"#).await.error("bad_request", 400);
}

#[tokio::test]
async fn durations_are_bounded() {
    let world = World::new().await;
    for (asked, expected) in [("900", "900"), ("3600", "3600"), ("43200", "3600"), ("null", "3600")] {
        let body = format!(r#"{{"role":"analyst","duration_seconds":{asked}}}"#);
        assert_eq!(world.call("/api/credentials", &Person::analyst(), &body).await.status, 200);
        assert_eq!(world.sts.asked().last().unwrap()["DurationSeconds"], expected);
    }
    let before = world.sts.asked().len();
    for asked in ["899", "0", "-1", "4294967296", "1.5", "\"900\""] {
        let body = format!(r#"{{"role":"analyst","duration_seconds":{asked}}}"#);
        world.call("/api/credentials", &Person::analyst(), &body).await.error("bad_request", 400);
    }
    assert_eq!(world.sts.asked().len(), before);
}

#[tokio::test]
async fn roles_that_are_not_the_persons_are_refused_alike() {
    let world = World::new().await;
    let other = world.call("/api/credentials", &Person::analyst(), r#"{"role":"operator"}"#).await.error("not_entitled", 403);
    let none = world.call("/api/credentials", &Person::analyst(), r#"{"role":"nothing"}"#).await.error("not_entitled", 403);
    assert_eq!(other["next_step"], none["next_step"]);
    world.call("/api/credentials", &Person::new("outsider", &[]), r#"{"role":"analyst"}"#).await.error("not_entitled", 403);
    assert!(world.sts.asked().is_empty());
}

#[tokio::test]
async fn nobody_gets_anything_without_valid_headers() {
    let world = World::new().await;
    let now = world.clock.now();
    let good = Person::analyst().headers(now);
    let changed = |name: &'static str, value: &str| {
        let mut headers = good.clone();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    };
    let data = Person::analyst().data(now);
    let tampered = format!("{}{}", if data.starts_with('A') { "B" } else { "A" }, &data[1..]);
    let token = Person::analyst().token(now);
    let foreign = Person::new("somebody-else", &["portal-admins"]).token(now);
    let mut without_token = good.clone();
    without_token.remove("x-amzn-oidc-accesstoken");
    let mut twice = good.clone();
    twice.append("x-amzn-oidc-data", HeaderValue::from_str(&data).unwrap());
    for (path, body) in CALLS {
        world.call_with(path, HeaderMap::new(), body).await.error("not_signed_in", 401);
        for headers in [
            changed("x-amzn-oidc-data", &tampered),
            changed("x-amzn-oidc-data", data.trim_end_matches('=')),
            changed("x-amzn-oidc-data", &token),
            changed("x-amzn-oidc-identity", "somebody-else"),
            twice.clone(),
        ] {
            let error = world.call_with(path, headers, body).await.error("header_rejected", 401);
            assert!(error["rule"].is_string(), "{error:#}");
        }
        for headers in [
            changed("x-amzn-oidc-accesstoken", &foreign),
            changed("x-amzn-oidc-accesstoken", &token[..token.len() - 9]),
            changed("x-amzn-oidc-accesstoken", &data),
            without_token.clone(),
        ] {
            let error = world.call_with(path, headers, body).await.error("token_rejected", 401);
            assert!(error["rule"].is_string(), "{error:#}");
        }
    }
    world.clock.advance(131);
    for (path, body) in CALLS {
        let error = world.call_with(path, good.clone(), body).await.error("header_rejected", 401);
        assert_eq!(error["rule"], "expired");
    }
    assert!(world.sts.asked().is_empty());
}

#[tokio::test]
async fn requests_that_do_not_say_what_they_want() {
    let world = World::new().await;
    let ana = Person::analyst();
    for body in ["", "x", "[]", "null", "{", r#"{"role":1}"#, r#"{}"#, r#"{"role":"Not an id"}"#, "\u{0}"] {
        world.call("/api/credentials", &ana, body).await.error("bad_request", 400);
    }
    for path in ["/api/nothing", "/api", "/api/", "/api/credentials/", "/api//credentials", "/api/Credentials", "/api/sessions%2Fmine"] {
        world.call(path, &ana, "{}").await.error("bad_request", 404);
    }
    let long = format!(r#"{{"role":"analyst","x":"{}"}}"#, "x".repeat(64 * 1_024));
    world.call("/api/credentials", &ana, &long).await.error("bad_request", 400);
    let just_right = format!(r#"{{"role":"analyst","x":"{}"}}"#, "x".repeat(64 * 1_024 - 26));
    assert_eq!(just_right.len(), 64 * 1_024 - 1);
    assert_eq!(world.call("/api/credentials", &ana, &just_right).await.status, 200);
}

#[tokio::test]
async fn only_post_and_only_json() {
    let world = World::new().await;
    for (path, body) in CALLS {
        for method in ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"] {
            let mut request = Request::builder().method(method).uri(path).header("sec-fetch-site", "same-origin");
            request.headers_mut().unwrap().extend(Person::analyst().headers(world.clock.now()));
            let answer = world.send(request.body(Body::from(body)).unwrap()).await;
            answer.error("bad_request", 400);
            assert!(!answer.headers.contains_key("access-control-allow-origin"));
        }
        for kind in ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "multipart/form-data", "application/cbor"]
        {
            let mut request = Request::post(path).header("sec-fetch-site", "same-origin").header("content-type", kind);
            request.headers_mut().unwrap().extend(Person::analyst().headers(world.clock.now()));
            world.send(request.body(Body::from(body)).unwrap()).await.error("bad_request", 400);
        }
    }
    assert!(world.sts.asked().is_empty());
}

/// server_fn would answer a browser's form with a redirect that has the error in its URL.
#[tokio::test]
async fn a_browser_that_accepts_html_gets_json_too() {
    let world = World::new().await;
    for headers in [HeaderMap::new(), Person::analyst().headers(world.clock.now())] {
        let mut headers = headers;
        headers.insert("accept", HeaderValue::from_static("text/html,application/xhtml+xml"));
        headers.insert("referer", HeaderValue::from_static("https://portal.example.com/browse"));
        let answer = world.call_with("/api/credentials", headers, r#"{"role":"operator"}"#).await;
        assert!(matches!(answer.status.as_u16(), 401 | 403), "{}", answer.status);
        assert!(!answer.headers.contains_key("location"));
        assert_eq!(answer.header("content-type"), "application/json");
    }
}
