//! Pages: verified first, then rendered by Leptos.
//!
//! A person who is not let in gets the page too, with the true status: the page says what is wrong
//! and what to do.

use super::language;
use super::reference::Reference;
use super::security_headers::{self, Terminal};
use super::site::Site;
use crate::app;
use crate::model::error::PortalError;
use crate::server::identity::Viewer;
use crate::server::languages::Translation;
use crate::server::portal::{Call, Portal, Reachable};
use crate::state::first_mint::FirstMint;
use crate::state::viewer::Handover;
use crate::words::Source;
use any_spawner::Executor;
use axum::Router;
use axum::extract::{Request, State};
use axum::handler::Handler;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use leptos::nonce::use_nonce;
use leptos::prelude::{LeptosOptions, provide_context, use_context};
use leptos_axum::{ResponseOptions, render_app_async_stream_with_context};
use std::sync::Arc;

/// The application's own page for people who have left; it opens to everybody.
pub(super) const SIGNED_OUT: &str = "/signed-out";

/// Who asks for a page, found out once before it is rendered.
#[derive(Clone, Debug)]
pub struct Verified(Arc<Result<Viewer, PortalError>>);

impl Verified {
    /// The verified person.
    ///
    /// # Errors
    /// The refusal, logged already.
    pub fn viewer(&self) -> Result<Viewer, PortalError> {
        (*self.0).clone()
    }
}

/// Adds the application's routes, but for the paths that others answer, and answers what nobody
/// else does with a file or with the application's own "not found".
pub fn add(router: Router<LeptosOptions>, portal: &Arc<Portal>, site: &Arc<Site>, taken: &[&str]) -> Router<LeptosOptions> {
    // Set already where a router was made before.
    let _ = Executor::init_tokio();
    let options = site.leptos_options();
    let context = {
        let (portal, watch) = (Arc::clone(portal), site.is_watched());
        move || provide(&portal, watch)
    };
    let shell = move || app::shell(options.clone());
    let around = from_fn_with_state(Arc::clone(portal), around);
    let render = render_app_async_stream_with_context(context, shell);
    let page = render.clone().layer(around.clone());
    let not_found = move |request: Request| async move {
        let mut response = render(request).await;
        if response.status() == StatusCode::OK {
            *response.status_mut() = StatusCode::NOT_FOUND;
        }
        response
    };
    let not_found = not_found.layer(around.clone());
    let site = Arc::clone(site);
    let fallback = move |request: Request| async move {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return StatusCode::NOT_FOUND.into_response();
        }
        match site.answer(request.uri().path(), request.headers()).or_else(|| language::script(request.uri().path())) {
            Some(file) => file,
            None => not_found.call(request, ()).await,
        }
    };
    let router = router.route("/", get(|| async { (StatusCode::FOUND, [(LOCATION, "/browse")]) }));
    let pages = app::PAGES.into_iter().filter(|(path, _)| !taken.contains(path));
    pages.fold(router, |router, (path, _)| router.route(path, get(page.clone()))).fallback(fallback)
}

/// Verifies before a page is rendered, and gives the page the status of a refusal.
async fn around(State(portal): State<Arc<Portal>>, mut request: Request, next: Next) -> Response {
    let reference = request.extensions().get::<Reference>().cloned().unwrap_or_default();
    let is_open = request.uri().path() == SIGNED_OUT;
    let verified = portal.authenticate(request.headers()).await.map_err(|error| reference.report("page", error));
    let refusal = verified.as_ref().err().filter(|_| !is_open).map(|error| (error.status(), error.retry_after));
    request.extensions_mut().insert(Verified(Arc::new(verified)));
    let reachable = portal.reachable().await;
    request.extensions_mut().insert(reachable);
    if !is_open {
        let (parts, body) = request.into_parts();
        let known = Handover(Call::of(Arc::clone(&portal), parts.clone()).whoami().await);
        request = Request::from_parts(parts, body);
        let query = request.uri().query().unwrap_or_default();
        if let Some(mint) = known.0.as_ref().ok().and_then(|who| FirstMint::of(request.uri().path(), query, who)) {
            request.extensions_mut().insert(mint);
        }
        if let Some(terminal) = known.0.as_ref().ok().and_then(|who| Terminal::asked(request.uri(), &who.roles)) {
            request.extensions_mut().insert(terminal);
        }
        request.extensions_mut().insert(known);
    }

    let mut response = next.run(request).await;
    if let Some((status, retry_after)) = refusal {
        if response.status() == StatusCode::OK {
            *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        }
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

/// What components and server functions find in the context. The policy goes into the answer here,
/// since Leptos makes the nonce a moment before.
fn provide(portal: &Arc<Portal>, watch: bool) {
    provide_context(Arc::clone(portal));
    if let Some(translation) = use_context::<Parts>().and_then(|parts| parts.extensions.get::<&'static Translation>().copied()) {
        provide_context(Source { path: &translation.path });
    }
    if let Some(known) = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Handover>().cloned()) {
        provide_context(known);
    }
    if let Some(mint) = use_context::<Parts>().and_then(|parts| parts.extensions.get::<FirstMint>().cloned()) {
        provide_context(mint);
    }
    let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>()) else { return };
    let reachable = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Reachable>().cloned()).unwrap_or_default();
    let terminal = use_context::<Parts>().and_then(|parts| parts.extensions.get::<Terminal>().cloned());
    if let Ok(policy) = HeaderValue::from_str(&security_headers::page_policy(&nonce, &reachable, terminal.as_ref(), watch)) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
    if terminal.is_some() {
        // The terminal wants to know whose page sends it something, and under no-referrer a form's Origin is `null`.
        response.insert_header(REFERRER_POLICY, HeaderValue::from_static("origin"));
    }
}
