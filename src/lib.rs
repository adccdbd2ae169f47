//! Vestibule: a portal for people whom an AWS Application Load Balancer has signed in.
//!
//! The balancer forwards three headers. The server verifies them, mints temporary AWS credentials
//! for that person and hands them to code in the person's browser, which lists S3 objects and
//! invokes Lambda functions directly.
//!
//! | module | what it is | built for |
//! | --- | --- | --- |
//! | [`model`] | the domain: plain types that parse | both |
//! | [`api`] | the server functions: the list of public endpoints | both |
//! | [`aws`] | S3 and Lambda over the wire, without I/O | both |
//! | [`browser`] | the only place that names `web_sys`; inert twins on the server | both |
//! | [`elsewhere`] | credentials as other programs take them, as text | both |
//! | [`preview`] | what can be shown of an object, without I/O | both |
//! | [`reactive`] | signals of one machine type | both |
//! | [`terminal`] | what the page `/cli` and `vestibule credential-process` agree on | both |
//! | [`state`] | reactive contexts: viewer, credentials, location | both |
//! | [`ui`] | components that know no route | both |
//! | [`pages`] | one file or folder a route | both |
//! | [`words`] | what a person reads, in their language | both |
//! | [`app`] | shell, providers, route table | both |
//! | `server` | verification, minting, sessions, HTTP, configuration | `ssr` |
//! | `sandbox` | the stand-ins for balancer, identity provider, STS, S3 and Lambda | `sandbox` |
//!
//! Dependencies point inward: pages → ui, state, api → reactive, browser, terminal, model; server → aws, terminal, model; sandbox → model. All may
//! name `words`.

#![recursion_limit = "512"]

pub mod api;
pub mod app;
pub mod aws;
pub mod browser;
pub mod elsewhere;
pub mod model;
pub mod pages;
pub mod preview;
pub mod reactive;
#[cfg(feature = "sandbox")]
pub mod sandbox;
#[cfg(all(feature = "ssr", not(feature = "sandbox")))]
#[path = "sandbox/absent.rs"]
pub mod sandbox;
#[cfg(feature = "ssr")]
pub mod server;
pub mod state;
pub mod terminal;
pub mod ui;
pub mod words;

/// Takes the server's HTML over in the browser. The page's start-up script calls it once the wasm
/// is loaded.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    words::speak_as_the_page();
    leptos::mount::hydrate_body(app::App);
}
