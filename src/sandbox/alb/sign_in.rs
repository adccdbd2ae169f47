//! The way to the identity provider: the state that brings a person back to where they were.

use super::own_answers::Failure;
use super::{Balancer, cookies};
use crate::model::clock::Timestamp;
use crate::sandbox::random;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

/// The purpose that states are sealed for.
const PURPOSE: &str = "state";
/// Time to sign in, in seconds: ALB's 15 minutes.
const TIME: i64 = 900;

/// What travels to the provider and back, sealed.
#[derive(Serialize, Deserialize)]
struct State {
    /// Path and query that were asked for.
    place: String,
    /// The nonce of the browser that asked.
    nonce: String,
    /// The host that was asked.
    host: String,
    /// When.
    begun: Timestamp,
}

impl Balancer {
    /// 302 to the provider. A POST is lost on the way, as with ALB: the person comes back with GET.
    pub(super) fn to_provider(&self, head: &Parts, host: &str) -> Response {
        // One nonce serves all tabs of a browser, so that signing in twice at a time works.
        let kept = cookies::read(&head.headers, cookies::NONCE).filter(|nonce| is_nonce(nonce));
        let nonce = kept.map_or_else(random::token, str::to_owned);
        let place = head.uri.path_and_query().map_or("/", |place| place.as_str()).to_owned();
        let cookie = cookies::write_nonce(&nonce);
        let state = self.sealer.seal(PURPOSE, &State { place, nonce, host: host.to_owned(), begun: self.clock.now() });
        let mut response = found(&self.provider.authorize_url(host, &state, None));
        cookies::add(&mut response, cookie);
        response
    }

    /// Where the person wanted to go, when the state is ours, fresh, and for this host and browser.
    pub(super) fn place_of(&self, unverified_state: &str, head: &Parts, host: &str) -> Result<String, Failure> {
        let state: State = self.sealer.open(PURPOSE, unverified_state).ok_or(Failure::InvalidState)?;
        if state.host != host || self.clock.now() > state.begun.plus_seconds(TIME) {
            return Err(Failure::InvalidState);
        }
        let nonce = cookies::read(&head.headers, cookies::NONCE).ok_or(Failure::MissingNonce)?;
        if aws_lc_rs::constant_time::verify_slices_are_equal(nonce.as_bytes(), state.nonce.as_bytes()).is_err() {
            return Err(Failure::InvalidNonce);
        }
        Ok(state.place)
    }
}

fn is_nonce(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// 302 to an absolute address, kept by nobody.
pub(super) fn found(location: &str) -> Response {
    (StatusCode::FOUND, [(header::SERVER, "awselb/2.0"), (header::LOCATION, location), (header::CACHE_CONTROL, "no-store")]).into_response()
}
