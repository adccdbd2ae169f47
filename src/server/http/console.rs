//! `POST /console`: from a form of the portal's own to the AWS console.
//!
//! The answer is a 303 to AWS's sign-in with a token that the server has just been given: it stands in one header of one
//! answer, and in no page. Whatever another site could have a browser send is refused before anything is minted, as around
//! `/api`.

use super::api_layer::{BODY_DEADLINE, MayMint, error_response};
use super::reference::Reference;
use super::{origin, plain_page};
use crate::model::error::{ErrorCode, PortalError};
use crate::model::names::RoleId;
use crate::model::secret::Secret;
use crate::server::portal::{Call, Portal};
use crate::words::{Sentence, say, t};
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::sync::Arc;

/// Longest form.
const BODY: usize = 16 * 1_024;
const FORM: &str = "application/x-www-form-urlencoded";

/// Answers `/console`, whatever the method.
pub async fn console(State(portal): State<Arc<Portal>>, request: Request) -> Response {
    let reference = request.extensions().get::<Reference>().cloned().unwrap_or_default();
    let is_page = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"));
    match open(portal, request).await {
        Ok(address) => go(&address).unwrap_or_else(|| refusal(&reference.report("console", PortalError::defect()), is_page)),
        Err(error) => refusal(&reference.report("console", error), is_page),
    }
}

async fn open(portal: Arc<Portal>, request: Request) -> Result<Secret, PortalError> {
    let (mut parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return Err(bad_request(say!("This path takes POST only."), say!("Open the console from the portal's own pages.")));
    }
    if !origin::is_own(&parts.headers, &portal.config().web.public_url) {
        let (message, next_step) = if origin::is_unsaid(&parts.headers) {
            (
                say!("Your browser does not say which page the request came from, so it could be another site's."),
                say!("Use a browser of the last years: Safari 16.4, Firefox 90, Chrome 76 or a later one."),
            )
        } else {
            (say!("The request did not come from this portal's own pages."), say!("Open the console from the portal's own pages."))
        };
        return Err(PortalError::said(ErrorCode::CrossSite, message, next_step));
    }
    if !is_form(&parts.headers) {
        return Err(bad_request(say!("The body is not announced as a form."), say!("Open the console from the portal's own pages.")));
    }
    let unread = || bad_request(say!("The form is too long, or broke off."), say!("Open the console from the portal's own pages."));
    let Ok(Ok(body)) = tokio::time::timeout(BODY_DEADLINE, to_bytes(body, BODY)).await else { return Err(unread()) };
    let (role, destination) = read(&body).ok_or_else(|| {
        bad_request(
            say!("The form does not name a role, and an address once at most."),
            say!("Open the console from the portal's own pages."),
        )
    })?;
    parts.extensions.insert(MayMint::checked());
    Call::of(portal, parts).console(&role, destination.as_deref()).await
}

/// Exactly one `Content-Type`, that of forms, with or without parameters.
fn is_form(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (lines.next(), lines.next()) else { return false };
    only.to_str().is_ok_and(|value| value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM)))
}

/// The role and the wish. Nothing else may be in the form, keys least of all, and nothing twice.
fn read(body: &[u8]) -> Option<(RoleId, Option<String>)> {
    let (mut role, mut destination) = (None, None);
    for (name, value) in url::form_urlencoded::parse(body) {
        let field = match &*name {
            "role" => &mut role,
            "destination" => &mut destination,
            _ => return None,
        };
        if field.replace(value.into_owned()).is_some() {
            return None;
        }
    }
    Some((RoleId::parse(role?).ok()?, destination))
}

fn go(address: &Secret) -> Option<Response> {
    let mut location = HeaderValue::from_str(address.expose()).ok()?;
    location.set_sensitive(true);
    let mut response = (StatusCode::SEE_OTHER, [(CACHE_CONTROL, "no-store")]).into_response();
    response.headers_mut().insert(LOCATION, location);
    Some(response)
}

/// As a page for a person whose browser came here, and otherwise as everywhere.
fn refusal(error: &PortalError, is_page: bool) -> Response {
    if !is_page {
        return error_response(error);
    }
    let reference = t!("Reference: {reference}", reference = error.reference);
    let mut response = plain_page::page(
        t!("The AWS console did not open"),
        t!("The AWS console did not open"),
        &[&error.message, &error.next_step, &reference],
        &[("class=\"button\" href=\"/browse\"", t!("Back to the portal"))],
    );
    *response.status_mut() = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn bad_request(message: Sentence, next_step: Sentence) -> PortalError {
    PortalError::said(ErrorCode::BadRequest, message, next_step)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_form_names_a_role_and_nothing_strange() {
        let of = |text: &str| read(text.as_bytes()).map(|(role, wish)| (role.to_string(), wish));
        assert_eq!(of("role=analyst"), Some(("analyst".into(), None)));
        assert_eq!(of("destination=https%3A%2F%2Fx&role=a"), Some(("a".into(), Some("https://x".into()))));
        for bad in
            ["", "role=", "role=A%20b", "destination=x", "role=a&role=b", "role=a&destination=x&destination=y", "role=a&sessionKey=k"]
        {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
