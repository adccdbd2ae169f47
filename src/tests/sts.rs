//! A service on loopback that answers as STS what a test lays before it, and keeps what it was asked.

use aws_credential_types::Credentials;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
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

/// What the portal signs with where a strategy needs it.
pub(crate) const OWN_ACCESS_KEY_ID: &str = "ASIAOWNIDENTITYEXAMP";
pub(crate) const OWN_SECRET_ACCESS_KEY: &str = "ownIdentitySecretKeyK7MDENGbPxRfiCYEXAMP";
pub(crate) const OWN_SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjOwnIdentitySessionTokenExampleQ7vK2mZr9TxW4pLs";

/// The portal's own identity.
pub(crate) fn own_credentials() -> Credentials {
    Credentials::new(OWN_ACCESS_KEY_ID, OWN_SECRET_ACCESS_KEY, Some(OWN_SESSION_TOKEN.to_owned()), None, "test")
}

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
        let about = "<SubjectFromWebIdentityToken>72f5c4a4</SubjectFromWebIdentityToken><Audience>https://portal.example.com</Audience>";
        Self::success("AssumeRoleWithWebIdentity", about, 12)
    }

    /// The same for AssumeRole, with this much of the packed policy's space used.
    pub(crate) fn role_credentials(packed_percent: u32) -> Self {
        Self::success("AssumeRole", "<SourceIdentity>72f5c4a4</SourceIdentity>", packed_percent)
    }

    fn success(operation: &str, about: &str, packed_percent: u32) -> Self {
        Self::new(
            200,
            format!(
                "<{operation}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{operation}Result>{about}\
                 <AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/portal-analyst/x</Arn><AssumedRoleId>{ROLE_UNIQUE_ID}:x</AssumedRoleId></AssumedRoleUser>\
                 <Credentials><SessionToken>{SESSION_TOKEN}</SessionToken><SecretAccessKey>{SECRET_ACCESS_KEY}</SecretAccessKey>\
                 <Expiration>{EXPIRATION}</Expiration><AccessKeyId>{ACCESS_KEY_ID}</AccessKeyId></Credentials>\
                 <PackedPolicySize>{packed_percent}</PackedPolicySize></{operation}Result>\
                 <ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{operation}Response>"
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
    headers: Mutex<Vec<HeaderMap>>,
}

impl Sts {
    /// Listens on a free port and answers with credentials until told otherwise.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let shared = Arc::new(Shared { answer: Mutex::new(Answer::credentials()), asked: Mutex::default(), headers: Mutex::default() });
        let router = Router::new().fallback(respond).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    pub(crate) fn says(&self, answer: Answer) {
        *self.shared.answer.lock().unwrap() = answer;
    }

    /// The headers of every request so far.
    pub(crate) fn headers(&self) -> Vec<HeaderMap> {
        self.shared.headers.lock().unwrap().clone()
    }

    /// The parameters of every request so far.
    pub(crate) fn asked(&self) -> Vec<HashMap<String, String>> {
        self.shared.asked.lock().unwrap().clone()
    }
}

async fn respond(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    shared.headers.lock().unwrap().push(headers);
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
