//! The document, the providers and the route table.

use leptos::prelude::*;

/// The application.
#[component]
pub fn App() -> impl IntoView {}
