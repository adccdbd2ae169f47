//! Leaving: the balancer's cookie is expired and the identity provider is told.
//!
//! The cookie comes in up to four shards (ALB user guide, "Authenticate users": cookies are split at
//! 4 KB), all of which must go, with the attributes they were set with.

use super::origin;
use super::plain_page::page;
use crate::server::portal::Portal;
use crate::words::t;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::sync::Arc;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// The question to a person whom another site sent here.
fn confirm() -> Response {
    page(
        t!("Sign out"),
        t!("Sign out?"),
        &[t!("Another site sent you here. Nothing has happened yet.")],
        &[("class=\"button\" role=\"button\" href=\"/sign-out\"", t!("Sign out")), ("href=\"/\"", t!("Stay signed in"))],
    )
}

/// `GET /sign-out`. A page of another site gets no further than a button, since its visitor may not
/// want to leave; from our own pages and by hand it signs out.
pub async fn sign_out(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Response {
    if origin::is_navigation_from_elsewhere(&headers) {
        return confirm();
    }
    let config = portal.config();
    let target = config.idp.logout_url.as_ref().map_or(config.web.signed_out_path.as_str(), url::Url::as_str);
    let mut response = (StatusCode::FOUND, [(CACHE_CONTROL, "no-store")]).into_response();
    let answer = response.headers_mut();
    if let Ok(target) = HeaderValue::from_str(target) {
        answer.insert(LOCATION, target);
    }
    let name = &config.alb.cookie_name;
    for shard in ["", "-0", "-1", "-2", "-3"] {
        let cookie = format!("{name}{shard}=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=None");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            answer.append(SET_COOKIE, cookie);
        }
    }
    // Not "cookies": that would sign the person out of every other application of this domain.
    answer.insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\", \"storage\""));
    response
}

/// `GET` of `web.signed_out_path` where that is not the application's own page. The balancer leaves it
/// open.
pub async fn signed_out() -> Response {
    page(
        t!("Signed out"),
        t!("You are signed out"),
        &[
            t!("This browser has forgotten its AWS credentials. Those already issued keep working until they expire."),
            t!("Your identity provider may still know you: signing in again may not ask for a password."),
        ],
        &[("class=\"button\" href=\"/\"", t!("Sign in again"))],
    )
}
