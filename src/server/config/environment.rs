//! The only place that reads the process's environment.

use super::source::CONFIG_VARIABLE;
use std::path::PathBuf;

/// Every variable whose name and value are text. Others cannot be ours.
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The configuration file that `VESTIBULE_CONFIG` names.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub fn file_from_environment() -> Option<PathBuf> {
    std::env::var_os(CONFIG_VARIABLE).filter(|file| !file.is_empty()).map(PathBuf::from)
}

/// Where cargo-leptos or the person says the site is.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub fn site_root() -> Option<PathBuf> {
    std::env::var_os("LEPTOS_SITE_ROOT").filter(|root| !root.is_empty()).map(PathBuf::from)
}

/// Whether `cargo leptos watch` started this process and reloads pages.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub fn started_by_cargo_leptos() -> bool {
    std::env::var_os("LEPTOS_WATCH").is_some()
}
