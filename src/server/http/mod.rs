//! The axum router: API layer, headers, pages, files, health, and the server around it.
//!
//! | path | who answers | sign-in |
//! | --- | --- | --- |
//! | `/api/*` | [`api_layer`], then the server functions | verified in the call |
//! | pages | [`pages`], rendered by Leptos | verified before rendering; a refusal is rendered too |
//! | `/pkg/*` and the other built files | [`site`] | none |
//! | `/healthz`, `/readyz` | [`health`] | none |
//! | `/vestibule.js` | [`vestibule_js`] | none |
//! | `/sign-out` and the page behind it | [`sign_out`] | none |

pub mod api_layer;
pub mod connection;
pub mod health;
pub mod origin;
pub mod pages;
pub mod reference;
pub mod router;
pub mod security_headers;
pub mod sign_out;
pub mod site;
pub mod vestibule_js;

use crate::server::portal::Portal;
use crate::server::upkeep;
use std::future::Future;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Answers requests until `shutdown` completes, then lets those in flight finish. What the portal does
/// without being asked goes on as long.
///
/// # Errors
/// When the listener cannot be asked for connections at all.
pub async fn serve(portal: Arc<Portal>, listener: TcpListener, shutdown: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
    let upkeep = tokio::spawn(upkeep::run(Arc::clone(&portal)));
    let outcome = connection::serve(router::router(&portal), listener, shutdown).await;
    upkeep.abort();
    outcome
}
