//! `GET /metrics`, on a listener of its own: the balancer never reaches it.

use super::Metrics;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use std::sync::Arc;

/// OpenMetrics 1.0, which every Prometheus since 2.5 reads.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A router with this one path.
pub fn router(metrics: Arc<Metrics>) -> Router {
    Router::new().route("/metrics", get(metrics_page)).with_state(metrics)
}

async fn metrics_page(State(metrics): State<Arc<Metrics>>) -> Response {
    ([(CONTENT_TYPE, OPEN_METRICS), (CACHE_CONTROL, "no-store")], metrics.text()).into_response()
}
