//! STS: the Query API with one action, `AssumeRoleWithWebIdentity`. What asks for IAM's version of
//! the API is handed to the stand-in of IAM.
//!
//! It believes nothing that it has not checked: the web identity token's signature against the
//! issuer's published keys, its issuer, audience and times, then the role's trust in the token's
//! audience and subject. Codes, messages and statuses of its refusals are those that AWS is known
//! to give; where AWS's wording is not known the message says plainly what is wrong.

mod answer;
mod assume_role;
mod issuer_keys;
mod refusal;
mod web_identity;

use super::form::Form;
use super::hosts::{self, Hosts};
use super::iam;
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

/// The IAM OIDC provider: whose tokens count, and for whom they must have been made.
#[derive(Clone, Debug)]
pub(super) struct OidcProvider {
    /// The issuer, compared whole.
    pub(super) issuer: String,
    /// The registered audiences.
    pub(super) audiences: Vec<String>,
}

/// The service.
pub(super) struct Sts {
    provider: OidcProvider,
    keys: IssuerKeys,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
}

impl Sts {
    /// STS that trusts `provider` and registers what it issues.
    pub(super) fn new(provider: OidcProvider, registry: Arc<Registry>, clock: Arc<dyn Clock>) -> Self {
        Self { keys: IssuerKeys::new(provider.issuer.clone(), Outbound::new(), clock.clone()), provider, registry, clock }
    }

    /// The service's one address.
    pub(super) fn router(self: Arc<Self>, hosts: Hosts) -> Router {
        Router::new()
            .route("/", post(query))
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .layer(middleware::from_fn_with_state(hosts, hosts::require_listed))
            .with_state(self)
    }

    async fn dispatch(&self, body: &[u8]) -> Result<answer::Success, Refusal> {
        let form = Form::parse(body).ok_or_else(|| Refusal::malformed("A parameter stands twice."))?;
        let action = form.get("Action").ok_or_else(Refusal::missing_action)?;
        let version = form.get("Version").unwrap_or_default();
        if action != "AssumeRoleWithWebIdentity" || version != VERSION {
            return Err(Refusal::invalid_action(action, version));
        }
        self.assume_role_with_web_identity(&form).await
    }
}

async fn query(State(sts): State<Arc<Sts>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let request_id = random::uuid();
    if let Some(form) = Form::parse(&body).filter(|form| form.get("Version") == Some(iam::VERSION)) {
        let signed = Signed { method: &method, uri: &uri, headers: &headers, body: &body };
        return iam::answer(&sts.registry, signed, &form, sts.clock.now(), &request_id);
    }
    match sts.dispatch(&body).await {
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
mod tests;
