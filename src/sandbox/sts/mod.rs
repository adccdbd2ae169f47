//! STS: the Query API with two actions, `AssumeRoleWithWebIdentity` and `AssumeRole`. What asks for
//! IAM's version of the API is handed to the stand-in of IAM.
//!
//! It believes nothing that it has not checked. With a web identity token: the token's signature
//! against the keys of its issuer, its issuer, audience and times, then the role's trust in the token's
//! issuer, audience and subject, and in the tags and the source identity that it carries; the account
//! knows three issuers: the user pool, the portal itself, and the identity pool next door. With a
//! signed request: the signature, then the policies of both
//! sides. Codes, messages and statuses of its refusals are those that AWS is known
//! to give; where AWS's wording is not known the message says plainly what is wrong.

mod answer;
mod assume_role;
mod issue;
mod issuer_keys;
mod parameters;
mod refusal;
mod signed_assume_role;
mod trust;
mod web_identity;

use super::form::Form;
use super::hosts::{self, Hosts};
use super::iam;
use super::jwt::PublicJwk;
use super::outbound::Outbound;
use super::random;
use super::registry::Registry;
use super::roles::Fault;
use super::signature::Signed;
use crate::model::clock::Clock;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use axum::routing::post;
use axum::{Router, middleware};
use issuer_keys::IssuerKeys;
use refusal::Refusal;
use std::sync::Arc;

/// The version of the Query API that STS has always had.
const VERSION: &str = "2011-06-15";
/// Largest request: a token of 20,000 characters, a policy of 2,048, and room.
const BODY_LIMIT: usize = 64 * 1024;

/// Who signs web identity tokens that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Federated {
    /// The user pool.
    UserPool,
    /// The identity pool, which every account knows.
    IdentityPool,
    /// The portal itself.
    Portal,
}

/// An IAM OIDC provider: whose tokens count, and for whom they must have been made.
#[derive(Clone, Debug)]
pub(super) struct OidcProvider {
    /// Which of the three.
    pub(super) federated: Federated,
    /// The issuer, compared whole.
    pub(super) issuer: String,
    /// The registered audiences.
    pub(super) audiences: Vec<String>,
    /// Its key, where STS knows it without asking.
    pub(super) known_key: Option<PublicJwk>,
}

/// A provider, with its keys.
struct Trusted {
    provider: OidcProvider,
    keys: IssuerKeys,
}

/// The service.
pub(super) struct Sts {
    trusted: Vec<Trusted>,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
}

impl Sts {
    /// STS that trusts `providers` and registers what it issues.
    pub(super) fn new(providers: Vec<OidcProvider>, registry: Arc<Registry>, clock: Arc<dyn Clock>) -> Self {
        let outbound = Outbound::new();
        let trusted = |provider: OidcProvider| {
            let keys = IssuerKeys::new(provider.issuer.clone(), outbound.clone(), clock.clone());
            let keys = match &provider.known_key {
                Some(key) => keys.known(key.clone()),
                None => keys,
            };
            Trusted { provider, keys }
        };
        Self { trusted: providers.into_iter().map(trusted).collect(), registry, clock }
    }

    /// The service's one address.
    pub(super) fn router(self: Arc<Self>, hosts: Hosts) -> Router {
        Router::new()
            .route("/", post(query))
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .layer(middleware::from_fn_with_state(hosts, hosts::require_listed))
            .with_state(self)
    }

    async fn dispatch(&self, request: Signed<'_>) -> Result<answer::Success, Refusal> {
        let form = Form::parse(request.body).ok_or_else(|| Refusal::malformed("A parameter stands twice."))?;
        let action = form.get("Action").ok_or_else(Refusal::missing_action)?;
        let version = form.get("Version").unwrap_or_default();
        match (action, version) {
            ("AssumeRoleWithWebIdentity", VERSION) => self.assume_role_with_web_identity(&form).await,
            ("AssumeRole", VERSION) => self.assume_role(request, &form).await,
            _ => Err(Refusal::invalid_action(action, version)),
        }
    }
}

async fn query(State(sts): State<Arc<Sts>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let request_id = random::uuid();
    let request = Signed { method: &method, uri: &uri, headers: &headers, body: &body };
    if let Some(form) = Form::parse(&body).filter(|form| form.get("Version") == Some(iam::VERSION)) {
        return iam::answer(&sts.registry, request, &form, sts.clock.now(), &request_id);
    }
    match sts.dispatch(request).await {
        Ok(success) => answer::success(&success, &request_id),
        Err(refusal) => {
            tracing::info!(code = refusal.code, message = %refusal.message, request_id, "sandbox STS refuses");
            answer::refusal(&refusal, &request_id)
        }
    }
}

/// Misbehaves as the role says.
async fn misbehave(fault: Fault) -> Refusal {
    match fault {
        Fault::Refusal(status, code, message) => Refusal::new(status, code, message),
        Fault::Silence(time) => {
            tokio::time::sleep(time).await;
            Refusal::new(503, "ServiceUnavailable", "Service is unavailable. Please try again shortly.")
        }
    }
}

#[cfg(test)]
mod signed_tests;
#[cfg(test)]
mod tests;
