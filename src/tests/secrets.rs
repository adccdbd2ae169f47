//! Secrets leave through one door only.

use crate::balancer::Person;
use crate::captured_log;
use crate::sts::{Answer, SECRET_ACCESS_KEY, SESSION_TOKEN};
use crate::world::World;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::routing::get;
use http::Request;
use leptos::prelude::*;
use std::sync::Arc;
use tower::ServiceExt;
use vestibule::api;
use vestibule::model::clock::Clock;
use vestibule::model::names::RoleId;
use vestibule::server::http::reference;
use vestibule::server::portal::Portal;

const MINT: &str = r#"{"role":"analyst"}"#;

/// Parts of a secret that must not be seen; whole ones would miss what is cut or wrapped.
pub(crate) fn parts(secret: &str) -> Vec<String> {
    let characters: Vec<char> = secret.chars().collect();
    characters.chunks(16).filter(|chunk| chunk.len() == 16).map(|chunk| chunk.iter().collect()).collect()
}

#[tokio::test]
async fn nothing_secret_is_logged_whatever_happens() {
    let world = World::new().await;
    let ana = Person::new("watched-analyst", &["analysts", "portal-admins"]);
    let now = world.clock.now();
    let (data, token) = (ana.data(now), ana.token(now));
    for answer in [
        Answer::credentials(),
        Answer::new(
            400,
            format!(
                "<ErrorResponse><Error><Code>ValidationError</Code><Message>Value '{token}' at 'webIdentityToken'</Message></Error></ErrorResponse>"
            ),
        ),
        Answer::new(400, format!("<Error><Code>{token}</Code></Error>")),
        Answer::new(400, format!("<Error><Code>{}</Code><RequestId>{token}</RequestId></Error>", &token[..40])),
        Answer::new(500, &token),
        Answer::new(200, format!("<html>{token}</html>")),
    ] {
        world.sts.says(answer);
        for (path, body) in [
            ("/api/whoami", "{}"),
            ("/api/credentials", MINT),
            ("/api/functions/schemas", MINT),
            ("/api/sessions/mine", "{}"),
            ("/api/credentials", "{"),
            ("/api/sessions/list", "{}"),
            ("/api/sessions/overview", "{}"),
            ("/api/sessions/revoke", r#"{"subject":"somebody"}"#),
            ("/api/sessions/lift", r#"{"subject":"somebody"}"#),
            ("/api/doctor", r#"{"mint":true}"#),
        ] {
            let answer = world.call(path, &ana, body).await;
            if answer.status != 200 {
                assert!(!parts(&token).iter().any(|part| answer.body.contains(part)), "{}", answer.body);
            }
        }
        let page = world.page("/browse", ana.headers(now)).await;
        for secret in [SECRET_ACCESS_KEY, SESSION_TOKEN, &data, &token] {
            assert!(!parts(secret).iter().any(|part| page.body.contains(part)));
        }
    }
    let mut broken = ana.headers(now);
    broken.insert("x-amzn-oidc-accesstoken", format!("{token}x").parse().unwrap());
    world.call_with("/api/credentials", broken, MINT).await.error("token_rejected", 401);
    let mut broken = ana.headers(now);
    broken.insert("x-amzn-oidc-data", format!("A{data}").parse().unwrap());
    world.call_with("/api/credentials", broken, MINT).await.error("header_rejected", 401);
    for misplaced in [&data, &token] {
        let mut headers = ana.headers(now);
        headers.insert("x-amzn-trace-id", misplaced.parse().unwrap());
        world.call_with("/api/credentials", headers, MINT).await;
        world.page(&format!("/browse?token={misplaced}"), ana.headers(now)).await;
    }

    let log = captured_log::text();
    assert!(log.contains("watched-analyst"), "the log is captured");
    // Headers of tokens are public and alike; what follows them is not.
    let signed = |token: &str| token.split_once('.').unwrap().1.to_owned();
    let metrics = world.portal.metrics().text();
    for secret in [SECRET_ACCESS_KEY.to_owned(), SESSION_TOKEN.to_owned(), signed(&data), signed(&token)] {
        for part in parts(&secret) {
            assert!(!metrics.contains(&part), "{part} is in the metrics");
            let line = log.lines().find(|line| line.contains(&part));
            assert!(line.is_none(), "{part} is in the log: {line:?}");
        }
    }
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let world = World::new().await;
    let answer = world.call("/api/credentials", &Person::analyst(), MINT).await;
    let answer: vestibule::model::credentials::CredentialsAnswer = serde_json::from_str(&answer.body).unwrap();
    let shown = format!("{answer:?} {:?}", answer.clone().into_credentials());
    assert!(!shown.contains(SECRET_ACCESS_KEY) && !shown.contains(SESSION_TOKEN), "{shown}");
}

/// A component that asks for credentials while it is rendered on the server would write them into
/// the page.
#[tokio::test]
async fn credentials_are_refused_while_a_page_is_rendered() {
    let world = World::new().await;
    let portal: Arc<Portal> = Arc::clone(&world.portal);
    let page = leptos_axum::render_app_to_stream_with_context(
        move || provide_context(Arc::clone(&portal)),
        || {
            let role = RoleId::parse("analyst").unwrap();
            let minted = Resource::new_blocking(|| (), move |()| api::credentials(role.clone(), None));
            view! { <Suspense>{move || Suspend::new(async move { format!("{:?}", minted.await) })}</Suspense> }
        },
    );
    let router = Router::new().route("/", get(page)).layer(axum::middleware::from_fn(reference::layer));
    let mut request = Request::get("/").header("sec-fetch-site", "same-origin");
    request.headers_mut().unwrap().extend(Person::analyst().headers(world.clock.now()));
    let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let html = String::from_utf8(to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap();
    assert!(html.contains("Internal"), "{html}");
    assert!(world.sts.asked().is_empty());
}

#[tokio::test]
async fn a_panic_becomes_an_error_with_a_reference() {
    crate::captured_log::capture();
    async fn panics() {
        panic!("a defect");
    }
    let router = Router::new().route("/api/x", get(panics)).route("/x", get(panics)).layer(axum::middleware::from_fn(reference::layer));
    for path in ["/api/x", "/x"] {
        let answer = router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), 500);
        let body = String::from_utf8(to_bytes(answer.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap();
        assert!(!body.contains("a defect"));
        let reference = if path == "/x" {
            body.trim().rsplit(' ').next().unwrap().to_owned()
        } else {
            let error: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(error["code"], "internal");
            error["reference"].as_str().unwrap().to_owned()
        };
        assert_eq!(captured_log::lines_with(&reference).len(), 1);
    }
}
