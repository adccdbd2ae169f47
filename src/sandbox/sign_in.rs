//! AWS's sign-in page of the console, as far as a portal speaks to it: the federation endpoint, at STS's address.
//!
//! It takes credentials that STS has issued, whole and not expired, in the body of a POST, and gives a sign-in token; whoever
//! comes with that token within 15 minutes sees who they would be in the console. There is no console behind it.

use super::form::Form;
use super::page;
use super::random;
use super::registry::{IssuedSession, Registry};
use crate::model::clock::{Clock, Timestamp};
use crate::model::secret::Secret;
use aws_lc_rs::constant_time;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Where it is.
pub(super) const PATH: &str = "/federation";
const STYLE: &str = "/federation/style.css";
/// How long a sign-in token is good (IAM User Guide).
const TOKEN_SECONDS: i64 = 900;
/// Tokens that are kept; the oldest go.
const CAPACITY: usize = 1_000;

/// The endpoint.
pub(super) struct SignIn {
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
    given: Mutex<Vec<Given>>,
}

/// A token that was given, and for whom.
struct Given {
    token: Secret,
    until: Timestamp,
    session: Arc<IssuedSession>,
}

/// Credentials as the endpoint is sent them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    session_id: String,
    session_key: String,
    session_token: String,
}

impl SignIn {
    /// For what `registry` has issued.
    pub(super) fn new(registry: Arc<Registry>, clock: Arc<dyn Clock>) -> Self {
        Self { registry, clock, given: Mutex::default() }
    }

    /// A token for these credentials, where they are good.
    fn token(&self, body: &[u8]) -> Option<Secret> {
        let form = Form::parse(body).filter(|form| form.get("Action") == Some("getSigninToken"))?;
        // AWS refuses it for most credentials that a portal has.
        if form.get("SessionDuration").is_some() {
            return None;
        }
        let Session { session_id, session_key, session_token } = serde_json::from_str(form.get("Session")?).ok()?;
        let now = self.clock.now();
        let session = self.registry.find(&session_id).filter(|session| !session.is_expired(now))?;
        let is_key = constant_time::verify_slices_are_equal(session.secret.expose().as_bytes(), session_key.as_bytes()).is_ok();
        if !is_key || !session.token_matches(&session_token) {
            return None;
        }
        let token = Secret::new(random::token());
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        if given.len() >= CAPACITY {
            given.remove(0);
        }
        given.push(Given { token: token.clone(), until: now.plus_seconds(TOKEN_SECONDS), session });
        Some(token)
    }

    /// Whose token it is.
    fn session_of(&self, token: &str) -> Option<Arc<IssuedSession>> {
        let now = self.clock.now();
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let found = given.iter().find(|given| given.token.expose() == token && now < given.until)?;
        Some(Arc::clone(&found.session)).filter(|session| !session.is_expired(now))
    }
}

/// `router`, and this beside it.
pub(super) fn beside(router: Router, sign_in: Arc<SignIn>) -> Router {
    let own = Router::new().route(PATH, get(login).post(give)).route(STYLE, get(|| async { page::style() })).with_state(sign_in);
    router.merge(own)
}

async fn give(State(sign_in): State<Arc<SignIn>>, body: Bytes) -> Response {
    match sign_in.token(&body) {
        Some(token) => {
            let answer = serde_json::json!({ "SigninToken": token.expose() }).to_string();
            ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], answer).into_response()
        }
        None => {
            tracing::info!("sandbox sign-in refuses");
            StatusCode::BAD_REQUEST.into_response()
        }
    }
}

async fn login(State(sign_in): State<Arc<SignIn>>, Query(asked): Query<HashMap<String, String>>) -> Response {
    let get = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let session = if get("Action") == "login" { sign_in.session_of(get("SigninToken")) } else { None };
    let Some(session) = session else {
        let sentence = "The sign-in token is none, or is older than 15 minutes. Open the console from the portal again.";
        return page::problem(STYLE, StatusCode::BAD_REQUEST, "Nobody is signed in", sentence);
    };
    page::told(
        STYLE,
        "Signed in to the console",
        "AWS would open its console now. The sandbox has none: this is who you would be there.",
        &[
            ("Signed in as", &session.assumed_role_arn()),
            ("Until", &session.expires.to_string()),
            ("Opens", get("Destination")),
            ("Sent by", get("Issuer")),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::{RoleArn, RoleSessionName};
    use crate::sandbox::form::encode;
    use crate::sandbox::policy::Policy;
    use crate::sandbox::registry::IssueRequest;
    use std::sync::atomic::{AtomicI64, Ordering};

    struct Turned(AtomicI64);

    impl Clock for Turned {
        fn now(&self) -> Timestamp {
            Timestamp::from_seconds(self.0.load(Ordering::SeqCst))
        }
    }

    #[test]
    fn only_what_sts_issued_signs_in_and_not_for_long() {
        let (registry, clock) = (Arc::new(Registry::new()), Arc::new(Turned(AtomicI64::new(0))));
        let credentials = registry.issue(IssueRequest {
            role: RoleArn::parse("arn:aws:iam::000000000000:role/analyst").unwrap(),
            session_name: RoleSessionName::parse("ada.console").unwrap(),
            session_policy: None,
            role_policy: Policy::parse(r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#).unwrap(),
            source_identity: None,
            tags: Vec::new(),
            issued: Timestamp::from_seconds(0),
            expires: Timestamp::from_seconds(3_600),
        });
        let sign_in = SignIn::new(registry, Arc::clone(&clock) as Arc<dyn Clock>);
        let (id, key, token) = (&credentials.access_key_id, credentials.secret_access_key.expose(), credentials.session_token.expose());
        let form = |id: &str, key: &str, token: &str| {
            let session = serde_json::json!({ "sessionId": id, "sessionKey": key, "sessionToken": token }).to_string();
            encode(&[("Action", "getSigninToken"), ("Session", &session)])
        };
        let given = sign_in.token(form(id, key, token).as_bytes()).unwrap();
        assert_eq!(
            sign_in.session_of(given.expose()).unwrap().assumed_role_arn(),
            "arn:aws:sts::000000000000:assumed-role/analyst/ada.console"
        );
        for wrong in [
            form("ASIANOBODY", key, token),
            form(id, &key[1..], token),
            form(id, key, &token[1..]),
            form(id, key, token) + "&SessionDuration=900",
        ] {
            assert!(sign_in.token(wrong.as_bytes()).is_none());
        }
        assert!(sign_in.session_of("").is_none() && sign_in.session_of("other").is_none());
        clock.0.store(TOKEN_SECONDS, Ordering::SeqCst);
        assert!(sign_in.session_of(given.expose()).is_none(), "after 15 minutes");
        clock.0.store(3_600, Ordering::SeqCst);
        assert!(sign_in.token(form(id, key, token).as_bytes()).is_none(), "expired");
    }
}
