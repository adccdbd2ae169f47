//! `/oauth2/authorize`: who signs in, and what for.

use super::codes::Authorization;
use super::{Provider, STYLE, problem, see_other, with_query};
use crate::sandbox::form::{self, Form};
use crate::sandbox::page;
use crate::sandbox::personas::Persona;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// Fields that a card carries on.
const CARRIED: [&str; 7] = ["client_id", "redirect_uri", "response_type", "scope", "state", "resource", "nonce"];

/// Checks the request, shows the personas, or, with `login_hint`, goes back with a code.
pub(super) async fn authorize(State(provider): State<Arc<Provider>>, RawQuery(query): RawQuery) -> Response {
    let Some(form) = Form::parse(query.unwrap_or_default().as_bytes()) else {
        return problem("A field of the request stands twice.", StatusCode::BAD_REQUEST);
    };
    // Until client and redirect address are known to be right, nothing may be sent to that address.
    if form.get("client_id") != Some(provider.client.id.as_str()) {
        return problem("The client is not registered here.", StatusCode::BAD_REQUEST);
    }
    let Some(redirect_uri) = provider.client.redirect_uris.iter().find(|uri| form.get("redirect_uri") == Some(uri.as_str())) else {
        return problem("The address to return to is not registered for this client.", StatusCode::BAD_REQUEST);
    };
    let back = |fields: &[(&str, &str)]| {
        let state = form.get("state").map(|state| ("state", state));
        see_other(&with_query(redirect_uri, &fields.iter().copied().chain(state).collect::<Vec<_>>()))
    };
    if form.get("response_type") != Some("code") {
        return back(&[("error", "unsupported_response_type")]);
    }
    let scope = form.get("scope").unwrap_or_default();
    let known = |scope: &str| matches!(scope, "openid" | "email" | "profile");
    if !scope.split(' ').any(|scope| scope == "openid") || !scope.split(' ').all(known) {
        return back(&[("error", "invalid_scope")]);
    }
    if form.get("resource").is_some_and(|resource| resource != provider.client.resource) {
        return back(&[("error", "invalid_target")]);
    }
    let Some(persona) = form.get("login_hint").and_then(Persona::find) else {
        return personas(&form);
    };
    let code = provider.codes.issue(Authorization {
        persona,
        redirect_uri: redirect_uri.clone(),
        scope: scope.to_owned(),
        resource: form.get("resource").map(str::to_owned),
        nonce: form.get("nonce").map(str::to_owned),
        signed_in: provider.clock.now(),
    });
    back(&[("code", &code)])
}

/// The cards: each is this very request with one field more.
fn personas(form: &Form) -> Response {
    let carried: Vec<(&str, &str)> = CARRIED.iter().filter_map(|&name| Some((name, form.get(name)?))).collect();
    page::personas(STYLE, |persona| {
        let fields: Vec<_> = carried.iter().copied().chain([("login_hint", persona.id)]).collect();
        format!("/oauth2/authorize?{}", form::encode(&fields))
    })
}
