//! The document, the providers and the route table.

use leptos::prelude::*;

/// The application.
#[component]
pub fn App() -> impl IntoView {}

/// The document around the application.
pub fn shell(_options: LeptosOptions) -> impl IntoView {
    App()
}
