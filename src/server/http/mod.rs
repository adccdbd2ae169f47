//! The axum router: API layer, headers, pages, health.
