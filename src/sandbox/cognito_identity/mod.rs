//! Cognito Identity: JSON 1.1 with two actions, `GetOpenIdTokenForDeveloperIdentity` and
//! `GetCredentialsForIdentity`, of one identity pool.
//!
//! The first is signed, and only a role that may call it is answered; the second is not signed, and
//! only a token of the first is answered. An identity's id is made from the login, so that it stays
//! the same between starts. It listens at STS's address: a request with a target is for it.

mod credentials;
mod open_id_token;
mod refusal;

use super::hosts::{self, Hosts};
use super::jwt::SigningKey;
use super::registry::{ACCOUNT, REGION, Registry};
use super::signature::{Signed, verify_session};
use super::sts::{Federated, OidcProvider};
use super::{policy, random};
use crate::model::clock::Clock;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use refusal::Refusal;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// The pool.
pub(super) const POOL_ID: &str = "eu-west-1:5a4db0c5-0000-4000-8000-000000000001";
/// The name under which the portal names people.
pub(super) const DEVELOPER_PROVIDER: &str = "login.sandbox";
/// The role of the enhanced flow: the pool's own authenticated role.
pub(super) const AUTHENTICATED_ROLE: &str = "pool-enhanced";
/// Issuer of the pool's tokens, and the login under which they are shown again.
const ISSUER: &str = "https://cognito-identity.amazonaws.com";
const PRINCIPAL: &str = "cognito-identity.amazonaws.com";

const TARGET: &str = "x-amz-target";
const SERVICE: &str = "AWSCognitoIdentityService.";
const BODY_LIMIT: usize = 64 * 1_024;

/// The service.
pub(super) struct CognitoIdentity {
    key: SigningKey,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
}

impl CognitoIdentity {
    /// With a fresh key.
    pub(super) fn new(registry: Arc<Registry>, clock: Arc<dyn Clock>) -> Self {
        Self { key: SigningKey::generate_rs512(random::uuid()), registry, clock }
    }

    /// What STS knows of this issuer without asking.
    pub(super) fn provider(&self) -> OidcProvider {
        OidcProvider {
            federated: Federated::IdentityPool,
            issuer: ISSUER.to_owned(),
            audiences: vec![POOL_ID.to_owned()],
            known_key: Some(self.key.public().clone()),
        }
    }

    fn answer(&self, head: &Parts, action: &str, body: &[u8]) -> Result<Value, Refusal> {
        match action {
            "GetOpenIdTokenForDeveloperIdentity" => {
                self.authorize(head, body)?;
                self.get_open_id_token(&read(body)?)
            }
            "GetCredentialsForIdentity" => self.get_credentials(&read(body)?),
            _ => Err(Refusal::new(400, "UnknownOperationException", "")),
        }
    }

    /// The caller's signature, and whether its role may do this.
    fn authorize(&self, head: &Parts, body: &[u8]) -> Result<(), Refusal> {
        let now = self.clock.now();
        self.registry.forget_expired(now);
        let signed = Signed { method: &head.method, uri: &head.uri, headers: &head.headers, body };
        let session = verify_session(signed, "cognito-identity", &self.registry, now)?;
        let context = session.context(now).with("aws:RequestedRegion", REGION).with("aws:ResourceAccount", ACCOUNT);
        let pool = format!("arn:aws:cognito-identity:{REGION}:{ACCOUNT}:identitypool/{POOL_ID}");
        let asked = policy::Request { action: "cognito-identity:GetOpenIdTokenForDeveloperIdentity", resource: &pool, context: &context };
        session.refusal(&asked).map_or(Ok(()), |refusal| Err(Refusal::new(400, "AccessDeniedException", refusal)))
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::new(400, "SerializationException", error.to_string()))
}

/// `router`, with this service for the requests that have a target.
pub(super) fn beside(router: Router, service: Arc<CognitoIdentity>, hosts: Hosts) -> Router {
    router.layer(from_fn_with_state(service, divert)).layer(from_fn_with_state(hosts, hosts::require_listed))
}

async fn divert(State(service): State<Arc<CognitoIdentity>>, request: Request, next: Next) -> Response {
    if request.headers().contains_key(TARGET) { respond(&service, request).await } else { next.run(request).await }
}

async fn respond(service: &CognitoIdentity, request: Request) -> Response {
    let request_id = random::uuid();
    let (head, body) = request.into_parts();
    let answer = match to_bytes(body, BODY_LIMIT).await {
        Ok(body) => match head.headers.get(TARGET).and_then(|target| target.to_str().ok()?.strip_prefix(SERVICE)) {
            Some(action) if head.method == Method::POST && head.uri.path() == "/" => service.answer(&head, action, &body),
            _ => Err(Refusal::new(400, "UnknownOperationException", "")),
        },
        Err(_) => Err(Refusal::new(413, "RequestEntityTooLargeException", "")),
    };
    let (status, body) = match answer {
        Ok(answer) => (StatusCode::OK, answer),
        Err(refusal) => {
            tracing::info!(code = refusal.code, message = refusal.message, request_id, "sandbox Cognito Identity refuses");
            (refusal.status(), refusal.body())
        }
    };
    let mut response = (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], Body::from(body.to_string())).into_response();
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

#[cfg(test)]
mod tests;
