//! A service on loopback that answers as STS what a test lays before it, and keeps what it was asked.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use url::Url;

pub(crate) const ACCESS_KEY_ID: &str = "ASIAIOSFODNN7EXAMPLE";
pub(crate) const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY";
pub(crate) const SESSION_TOKEN: &str = "AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLESESSIONTOKEN";
pub(crate) const EXPIRATION: &str = "2026-11-23T07:32:55Z";
/// Of every role; the name of the session stands behind it.
pub(crate) const ROLE_UNIQUE_ID: &str = "AROACLKWSDQRAOEXAMPLE";
pub(crate) const REQUEST_ID: &str = "ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE";

/// What STS says.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) delay: Duration,
}

impl Answer {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into(), delay: Duration::ZERO }
    }

    /// Credentials, as the real one writes them.
    pub(crate) fn credentials() -> Self {
        Self::new(
            200,
            format!(
                "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithWebIdentityResult>\
                 <SubjectFromWebIdentityToken>72f5c4a4</SubjectFromWebIdentityToken><Audience>https://portal.example.com</Audience>\
                 <AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/portal-analyst/x</Arn><AssumedRoleId>{ROLE_UNIQUE_ID}:x</AssumedRoleId></AssumedRoleUser>\
                 <Credentials><SessionToken>{SESSION_TOKEN}</SessionToken><SecretAccessKey>{SECRET_ACCESS_KEY}</SecretAccessKey>\
                 <Expiration>{EXPIRATION}</Expiration><AccessKeyId>{ACCESS_KEY_ID}</AccessKeyId></Credentials>\
                 <PackedPolicySize>12</PackedPolicySize></AssumeRoleWithWebIdentityResult>\
                 <ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>"
            ),
        )
    }
}

#[derive(Clone)]
pub(crate) struct Sts {
    pub(crate) url: Url,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Mutex<Answer>,
    asked: Mutex<Vec<HashMap<String, String>>>,
}

impl Sts {
    /// Listens on a free port and answers with credentials until told otherwise.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let shared = Arc::new(Shared { answer: Mutex::new(Answer::credentials()), asked: Mutex::default() });
        let router = Router::new().fallback(respond).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    pub(crate) fn says(&self, answer: Answer) {
        *self.shared.answer.lock().unwrap() = answer;
    }

    /// The parameters of every request so far.
    pub(crate) fn asked(&self) -> Vec<HashMap<String, String>> {
        self.shared.asked.lock().unwrap().clone()
    }
}

async fn respond(State(shared): State<Arc<Shared>>, body: String) -> Response {
    let asked: HashMap<String, String> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let named = asked.get("RoleSessionName").map(|name| format!("{ROLE_UNIQUE_ID}:{name}<"));
    shared.asked.lock().unwrap().push(asked);
    let mut answer = shared.answer.lock().unwrap().clone();
    if let Some(named) = named {
        answer.body = answer.body.replace(&format!("{ROLE_UNIQUE_ID}:x<"), &named);
    }
    tokio::time::sleep(answer.delay).await;
    (StatusCode::from_u16(answer.status).unwrap(), [("content-type", "text/xml"), ("x-amzn-requestid", REQUEST_ID)], answer.body)
        .into_response()
}
