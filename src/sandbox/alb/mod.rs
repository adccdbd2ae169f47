//! The load balancer: signs people in, and tells the portal behind it who they are.
//!
//! It behaves as an Application Load Balancer with `authenticate-cognito` rules does: its session
//! stands in sealed, sharded cookies; it removes every identity header that a client sends; it
//! signs `x-amzn-oidc-data` afresh for every request with a P-256 key of its own, in the padded
//! format, and publishes the key. `/sandbox/…` is the one thing that AWS's does not have.

mod callback;
mod cookies;
mod forward;
mod identity_headers;
mod own_answers;
mod provider;
mod rules;
mod session;
mod shortcuts;
mod sign_in;
mod signer;

use super::hosts::{self, Hosts};
use super::seal::Sealer;
use crate::model::clock::{Clock, Timestamp};
use crate::model::secret::Secret;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use forward::Forwarder;
use own_answers::Failure;
use provider::ProviderClient;
use rules::Rule;
use session::{Session, SessionState};
use signer::DataSigner;
use std::net::SocketAddr;
use std::sync::Arc;

/// Where the provider sends a person back to.
pub(super) const CALLBACK: &str = "/oauth2/idpresponse";
/// Where the keys of the data header are published.
pub(super) const KEYS: &str = "/sandbox/keys";

/// What the balancer is told.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// Where the portal listens.
    pub(super) portal: SocketAddr,
    /// Its own ARN, the `signer`.
    pub(super) arn: String,
    /// The identity provider's issuer.
    pub(super) issuer: String,
    /// Its client id there.
    pub(super) client_id: String,
    /// Its client secret there.
    pub(super) client_secret: Secret,
    /// `AuthenticationRequestExtraParams`: the resource to bind access tokens to.
    pub(super) resource: String,
    /// The cookie's name before `-0`, `-1`, …
    pub(super) cookie_name: String,
    /// What `GET /sandbox/endpoints` answers.
    pub(super) endpoints: String,
}

/// The balancer.
pub(super) struct Balancer {
    settings: Settings,
    hosts: Hosts,
    provider: ProviderClient,
    signer: DataSigner,
    sealer: Sealer,
    forwarder: Forwarder,
    clock: Arc<dyn Clock>,
}

impl Balancer {
    /// A balancer with fresh keys.
    pub(super) fn new(settings: Settings, clock: Arc<dyn Clock>) -> Self {
        Self {
            hosts: Hosts::of(settings.address),
            provider: ProviderClient::new(&settings),
            signer: DataSigner::new(&settings),
            sealer: Sealer::new(),
            forwarder: Forwarder::new(settings.portal, settings.address.port()),
            clock,
            settings,
        }
    }

    /// Everything that is asked of it. Needs the peer's address (`ConnectInfo`).
    pub(super) fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(self)
    }
}

async fn answer(State(balancer): State<Arc<Balancer>>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request) -> Response {
    if let Some(refusal) = own_answers::over_limits(&request) {
        return refusal;
    }
    let (mut head, body) = request.into_parts();
    let Some(host) = balancer.hosts.of_request(&head.uri, &head.headers).map(str::to_owned) else {
        return hosts::refusal();
    };
    identity_headers::strip(&mut head.headers);
    match rules::rule(head.uri.path()) {
        Rule::Callback => balancer.callback(&head, &host).await,
        Rule::Sandbox => balancer.shortcut(&head, &host).await,
        Rule::Open => balancer.forwarder.forward(head, body, peer, balancer.clock.now()).await,
        rule @ (Rule::Deny | Rule::Authenticate) => balancer.guarded(rule, head, body, &host, peer).await,
    }
}

impl Balancer {
    /// Forwards with the person's headers, or sees to it that there is a person.
    async fn guarded(&self, rule: Rule, mut head: Parts, body: Body, host: &str, peer: SocketAddr) -> Response {
        let (session, renewed) = match self.current(&head.headers).await {
            Ok((SessionState::Live(session), renewed)) => (session, renewed),
            Ok((SessionState::Absent, _)) if rule == Rule::Deny => return own_answers::unauthorized(),
            // With an expired session ALB redirects even where the rule says deny.
            Ok((SessionState::Absent | SessionState::Expired, _)) => return self.to_provider(&head, host),
            Err(failure) => return failure.answer(),
        };
        let cookies = renewed.then(|| self.session_cookies(&session, &head.headers));
        forward::strip_hop_by_hop(&mut head.headers);
        if let Err(failure) = identity_headers::add(&mut head.headers, &session, &self.signer, self.clock.now()) {
            return failure.answer();
        }
        let mut response = self.forwarder.forward(head, body, peer, self.clock.now()).await;
        if let Some(cookies) = cookies {
            cookies::add_unless_set(&mut response, &self.settings.cookie_name, cookies);
        }
        response
    }

    /// The request's session, with a live access token, and whether that had to be fetched.
    async fn current(&self, headers: &HeaderMap) -> Result<(SessionState, bool), Failure> {
        let now = self.clock.now();
        let session = match self.read_session(headers, now) {
            SessionState::Live(session) if session.access_token_expired(now) => session,
            other => return Ok((other, false)),
        };
        match self.provider.renew(&session, now).await? {
            Some(session) => Ok((SessionState::Live(Box::new(session)), true)),
            None => Ok((SessionState::Expired, false)),
        }
    }

    fn read_session(&self, headers: &HeaderMap, now: Timestamp) -> SessionState {
        let sealed = cookies::read_shards(headers, &self.settings.cookie_name);
        match sealed.and_then(|sealed| self.sealer.open::<Session>(session::PURPOSE, &sealed)) {
            None => SessionState::Absent,
            Some(session) if session.expired(now) => SessionState::Expired,
            Some(session) => SessionState::Live(Box::new(session)),
        }
    }

    fn session_cookies(&self, session: &Session, before: &HeaderMap) -> Vec<HeaderValue> {
        cookies::write_shards(&self.settings.cookie_name, &self.sealer.seal(session::PURPOSE, session), before)
    }
}

#[cfg(test)]
mod tests;
