//! Reactive contexts and the work behind them: who is signed in, where in the portal, credentials,
//! listings, invocations, uploads, downloads, operations on objects, sessions.
//!
//! [`provide`] sets everything up once, in the application's root. Decisions are plain functions
//! and types in the same files, tested natively; what touches the browser goes through
//! [`crate::browser`], so nothing in here knows on which side it runs.

pub mod credentials;
pub mod details;
pub mod difference;
pub mod download;
pub mod examination;
mod exchange;
pub mod failure;
pub mod first_mint;
pub mod flow;
pub mod function_schemas;
pub mod invocation;
pub mod language;
pub mod listing;
pub mod operations;
pub mod own_sessions;
pub mod place;
pub mod preview;
pub mod pulse;
pub mod roster;
pub mod runs;
pub mod saved_events;
pub mod share;
pub mod terminal;
pub mod transfers;
pub mod viewer;

use crate::browser::lifecycle;

/// Provides [`viewer::CurrentViewer`], [`credentials::CredentialStore`], [`transfers::Transfers`] and [`language::PageLanguage`]
/// and, in the browser, ties them to the life of the page. Call it once, in the application's root component.
pub fn provide() {
    lifecycle::stop_resource_timing();
    language::PageLanguage::provide();
    let store = credentials::CredentialStore::provide();
    transfers::Transfers::provide(store);
    viewer::CurrentViewer::provide(store);
}
