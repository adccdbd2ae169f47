//! The axum router: API layer, headers, pages, files, health, and the server around it.
//!
//! | path | who answers | sign-in |
//! | --- | --- | --- |
//! | `/api/*` | [`api_layer`], then the server functions | verified in the call |
//! | pages | [`pages`], rendered by Leptos | verified before rendering; a refusal is rendered too |
//! | `/pkg/*` and the other built files | [`site`] | none |
//! | `/pkg/words.*.js` | [`language`] | none |
//! | `/.well-known/*` below the issuer | [`oidc_documents`], where the portal is an issuer | none |
//! | `/healthz`, `/readyz` | [`health`] | none |
//! | `/vestibule.js` | [`vestibule_js`] | none |
//! | `/console` | [`console`] | verified in the call |
//! | `/sign-out` and the page behind it | [`sign_out`] | none |

pub mod answering;
pub mod api_layer;
pub mod connection;
pub mod console;
pub mod health;
pub mod language;
pub mod oidc_documents;
pub mod origin;
pub mod pages;
mod plain_page;
pub mod reference;
pub mod router;
pub mod security_headers;
pub mod sign_out;
pub mod silence;
pub mod site;
pub mod tls;
pub mod trace_id;
pub mod vestibule_js;

use crate::server::portal::Portal;
use crate::server::upkeep;
use answering::Answering;
use connection::Limits;
use std::future::Future;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Answers requests in clear, by one configuration, until `shutdown` completes; then lets those in
/// flight finish. What the portal does without being asked goes on as long.
///
/// # Errors
/// When the listener cannot be asked for connections at all.
pub async fn serve(portal: Arc<Portal>, listener: TcpListener, shutdown: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
    let upkeep = tokio::spawn(upkeep::run(Arc::clone(&portal)));
    let outcome = connection::serve(listener, Answering::new(router::router(&portal)), None, Limits::default(), shutdown).await;
    upkeep.abort();
    portal.write_refusals().await;
    outcome
}
