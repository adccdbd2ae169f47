//! A service on loopback that answers as Cognito Identity what a test lays before it, and keeps what
//! it was asked.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use url::Url;

pub(crate) const POOL_ID: &str = "eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab";
pub(crate) const IDENTITY_ID: &str = "eu-west-1:1b2c3d4e-5f60-4822-9b3c-123456789abc";
/// No token of anybody's: nothing here reads it.
pub(crate) const TOKEN: &str = "eyJraWQiOiJldS13ZXN0LTExIiwidHlwIjoiSldTIiwiYWxnIjoiUlM1MTIifQ.eyJzdWIiOiJldS13ZXN0LTE6MWIyYzNkNGUifQ.c2lnbmVkLWJ5LXRoZS1pZGVudGl0eS1wb29s";
pub(crate) const SECRET_KEY: &str = "qPosnYCEXAMPLEKEYwJalrXUtnFEMIbPxRfiCY";
pub(crate) const REQUEST_ID: &str = "0c5cf1a8-7f65-4a1b-9c1e-2b7e1516EXAMPLE";

#[derive(Clone)]
pub(crate) struct Cognito {
    pub(crate) url: Url,
    shared: Arc<Shared>,
}

struct Shared {
    says: Mutex<Option<(u16, String)>>,
    asked: Mutex<Vec<(String, Value)>>,
}

impl Cognito {
    /// Listens on a free port and answers as a pool that knows everybody.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let shared = Arc::new(Shared { says: Mutex::default(), asked: Mutex::default() });
        let router = Router::new().fallback(respond).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    /// Answers the last call of the flow with this from now on.
    pub(crate) fn says(&self, status: u16, body: String) {
        *self.shared.says.lock().unwrap() = Some((status, body));
    }

    /// Every request so far: action and body.
    pub(crate) fn asked(&self) -> Vec<(String, Value)> {
        self.shared.asked.lock().unwrap().clone()
    }
}

async fn respond(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let action = header("x-amz-target").strip_prefix("AWSCognitoIdentityService.").unwrap().to_owned();
    let body: Value = serde_json::from_str(&body).unwrap();
    shared.asked.lock().unwrap().push((action.clone(), body));
    let signed = header("authorization").contains("/eu-west-1/cognito-identity/aws4_request");
    assert_eq!(signed, action == "GetOpenIdTokenForDeveloperIdentity", "{headers:?}");
    let said = shared.says.lock().unwrap().clone();
    let (status, body) = match (action.as_str(), said) {
        // What a case says is about its own call; the enhanced flow's first call succeeds.
        ("GetCredentialsForIdentity", Some(said)) => said,
        ("GetOpenIdTokenForDeveloperIdentity", Some((status, body))) if !body.contains("@enhanced") => (status, body),
        ("GetOpenIdTokenForDeveloperIdentity", _) => (200, json!({"IdentityId": IDENTITY_ID, "Token": TOKEN}).to_string()),
        ("GetCredentialsForIdentity", None) => (
            200,
            json!({"IdentityId": IDENTITY_ID, "Credentials": {
                "AccessKeyId": crate::sts::ACCESS_KEY_ID, "SecretKey": SECRET_KEY, "SessionToken": crate::sts::SESSION_TOKEN,
                "Expiration": 1_795_419_175,
            }})
            .to_string(),
        ),
        _ => (400, json!({"__type": "UnknownOperationException"}).to_string()),
    };
    let kind = [("content-type", "application/x-amz-json-1.1"), ("x-amzn-requestid", REQUEST_ID)];
    (StatusCode::from_u16(status).unwrap(), kind, body).into_response()
}
