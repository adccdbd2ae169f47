//! `GET /vestibule.js`: a credential provider for the AWS SDK for JavaScript v3, for pages of this
//! origin that are not ours.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

/// The module. Its bar is 1,000 bytes, so indentation goes.
const MODULE: &str = include_str!("vestibule.js");

/// Answers with the module.
pub async fn vestibule_js() -> Response {
    let lines: Vec<&str> = MODULE.lines().map(str::trim_start).collect();
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "no-cache")], lines.join("\n")).into_response()
}
