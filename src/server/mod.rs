//! The server: verification, minting, sessions, HTTP, configuration.

pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod credentials;
pub mod doctor;
pub mod flow;
pub mod http;
pub mod identity;
pub mod issuer;
pub mod languages;
#[cfg(test)]
mod local_services;
pub mod metrics;
pub mod outside;
pub mod own_identity;
pub mod partition;
pub mod portal;
pub mod reload;
pub mod required;
pub mod revocation;
mod service_error;
pub mod sessions;
pub mod telemetry;
pub mod template;
pub mod terminal;
pub mod tokens;
pub mod upkeep;
