//! The server: verification, minting, sessions, HTTP, configuration.

pub mod cli;
pub mod clock;
pub mod config;
pub mod credentials;
pub mod http;
pub mod identity;
#[cfg(test)]
mod local_services;
pub mod outside;
pub mod own_identity;
pub mod partition;
pub mod portal;
pub mod revocation;
pub mod sessions;
pub mod telemetry;
pub mod tokens;
pub mod upkeep;
