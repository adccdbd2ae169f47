//! For tests: balancer, identity provider and STS on free ports, around a portal that repeats what
//! it was asked, under a clock that can be turned.

use super::addresses::{Bound, Endpoints, Listeners};
use super::registry::Registry;
use super::services::{Identity, Services};
use crate::model::clock::{Clock, Timestamp};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::Notify;

/// A clock that stands still until it is told.
pub(super) struct TestClock(AtomicI64);

impl TestClock {
    /// At so many seconds since the Unix epoch.
    pub(super) fn at(seconds: i64) -> Self {
        Self(AtomicI64::new(seconds))
    }

    /// Lets time pass.
    pub(super) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::Relaxed))
    }
}

/// The scene.
pub(super) struct Stage {
    /// Where everything is.
    pub(super) endpoints: Endpoints,
    /// The time.
    pub(super) clock: Arc<TestClock>,
    /// The portal's `/streamed` sends its second half when this is notified.
    pub(super) second_half: Arc<Notify>,
    client: reqwest::Client,
    identity: Services,
    portal: Services,
}

/// An answer, read whole.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Reply {
    /// Where it sends.
    pub(super) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |location| location.to_str().unwrap())
    }

    /// The lines that set cookies.
    pub(super) fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect()
    }

    /// The cookies as a browser would send them back, expired ones left out.
    pub(super) fn cookies(&self) -> String {
        let pairs = self.set_cookies().into_iter().filter(|line| !line.contains("Max-Age=0")).filter_map(|line| line.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// A header that the portal got, when it got it once.
    pub(super) fn got(&self, name: &str) -> Option<String> {
        let echo: Value = serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not from the portal: {}", self.body));
        let lines: Vec<&Value> = echo["headers"].as_array().unwrap().iter().filter(|line| line[0] == name).collect();
        assert!(lines.len() < 2, "{name} stands twice: {lines:?}");
        lines.first().map(|line| line[1].as_str().unwrap().to_owned())
    }
}

impl Stage {
    /// Everything up.
    pub(super) async fn new() -> Self {
        let listeners = Listeners::bind("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
        let endpoints = listeners.endpoints();
        let clock = Arc::new(TestClock::at(1_800_000_000));
        let second_half = Arc::new(Notify::new());
        let Listeners { balancer, portal: Bound { listener, address }, idp, sts, .. } = listeners;
        let (mut identity, mut portal) = (Services::none(), Services::none());
        portal.serve("the portal", listener, echo(second_half.clone()));
        let shared: Arc<dyn Clock> = clock.clone();
        identity.start_identity(Identity { balancer, portal: address, idp, sts }, Arc::new(Registry::new()), &endpoints, &shared);
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { endpoints, clock, second_half, client, identity, portal }
    }

    /// `host:port` of the balancer.
    pub(super) fn host(&self) -> &str {
        self.endpoints.balancer.strip_prefix("http://").unwrap()
    }

    /// GETs a place of the balancer, or an address.
    pub(super) async fn get(&self, place: &str, cookies: &str) -> Reply {
        let address = if place.starts_with('/') { format!("{}{place}", self.endpoints.balancer) } else { place.to_owned() };
        let response = self.client.get(address).header(header::COOKIE, cookies).send().await.unwrap();
        Reply { status: response.status().as_u16(), headers: response.headers().clone(), body: response.text().await.unwrap() }
    }

    /// An answer that is not read yet.
    pub(super) async fn open(&self, place: &str, cookies: &str) -> reqwest::Response {
        self.client.get(format!("{}{place}", self.endpoints.balancer)).header(header::COOKIE, cookies).send().await.unwrap()
    }

    /// Sends the bytes as they are, and reads until the balancer closes.
    pub(super) async fn raw(&self, request: &str) -> Reply {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut stream = tokio::net::TcpStream::connect(self.host()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let headers = lines.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Reply { status, headers, body: body.to_owned() }
    }

    /// Signs a persona in; the cookies.
    pub(super) async fn sign_in(&self, persona: &str) -> String {
        let reply = self.get(&format!("/sandbox/sign-in?as={persona}"), "").await;
        assert_eq!((reply.status, reply.location()), (302, format!("{}/", self.endpoints.balancer).as_str()), "{}", reply.body);
        reply.cookies()
    }

    /// Ends identity provider, STS and balancer, or the portal.
    pub(super) async fn stop_portal(&mut self) {
        std::mem::replace(&mut self.portal, Services::none()).stop().await;
    }

    /// Ends everything.
    pub(super) async fn stop(self) {
        self.identity.stop().await;
        self.portal.stop().await;
    }
}

/// A portal that answers with what it got.
fn echo(second_half: Arc<Notify>) -> Router {
    let signs_out = || async { [(header::SET_COOKIE, "AWSELBAuthSessionCookie-0=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=None")] };
    let streamed = move || {
        let second_half = second_half.clone();
        async move {
            let halves = futures::stream::unfold(0, move |half| {
                let second_half = second_half.clone();
                async move {
                    if half == 1 {
                        second_half.notified().await;
                    }
                    (half < 2).then(|| (Ok::<_, Infallible>(Bytes::from_static(b"half")), half + 1))
                }
            });
            Response::new(Body::from_stream(halves))
        }
    };
    let repeats = |request: Request| async move {
        let line =
            |(name, value): (&header::HeaderName, &header::HeaderValue)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]);
        let lines: Vec<Value> = request.headers().iter().map(line).collect();
        Json(json!({"place": request.uri().to_string(), "headers": lines})).into_response()
    };
    Router::new().route("/sign-out", get(signs_out)).route("/streamed", get(streamed)).fallback(repeats)
}
