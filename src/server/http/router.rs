//! Which path goes where.

use super::site::Site;
use super::{api_layer, console, health, language, oidc_documents, pages, reference, security_headers, sign_out, vestibule_js};
use crate::server::config::loader;
use crate::server::portal::Portal;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get};
use std::sync::Arc;
use tower_http::compression::CompressionLayer;

/// The portal's router, with the site found beside the program.
pub fn router(portal: &Arc<Portal>) -> Router {
    with_site(portal, Site::find())
}

/// The portal's router with this site.
pub fn with_site(portal: &Arc<Portal>, site: impl Into<Arc<Site>>) -> Router {
    let site = site.into();
    let taken = ["/healthz", "/readyz", "/vestibule.js", "/sign-out", "/console"];

    let mut machines = Router::new()
        .route("/api", any(api_layer::answer))
        .route("/api/", any(api_layer::answer))
        .route("/api/{*path}", any(api_layer::answer))
        .route("/readyz", get(health::readyz))
        .route("/sign-out", get(sign_out::sign_out))
        .route("/console", any(console::console))
        .with_state(Arc::clone(portal))
        .route("/healthz", get(health::healthz))
        .route("/vestibule.js", get(vestibule_js::vestibule_js));
    machines = machines.merge(oidc_documents::routes(portal.issuer()));
    let signed_out = &portal.config().web.signed_out_path;
    if signed_out != pages::SIGNED_OUT {
        machines = machines.route(signed_out, get(sign_out::signed_out));
    }
    let people = pages::add(Router::new(), portal, &site, &taken).with_state(site.leptos_options()).layer(CompressionLayer::new());

    let spoken = from_fn_with_state(loader::is_sandbox(&portal.config().alb), language::layer);
    let counted = from_fn_with_state(Arc::clone(portal), count);
    people.merge(machines).layer(from_fn(security_headers::layer)).layer(counted).layer(from_fn(reference::layer)).layer(spoken)
}

/// Counts the request while it is being answered.
async fn count(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    let _in_flight = portal.metrics().in_flight();
    next.run(request).await
}
