//! Tokens and the keys that verify them.
//!
//! `access_token` verifies the identity provider's JWT. `key_server` and `jwks` hold the keys
//! of the load balancer and of the identity provider. Nothing in here decides who somebody is: that
//! is `server::identity`, the only user of this module. Input is always hostile; no part of a token
//! stands in an error, a log line or a `Debug` of this module.

pub(in crate::server) mod access_token;
pub(in crate::server) mod discovery;
pub(in crate::server) mod json_object;
pub(in crate::server) mod jwks;
pub(in crate::server) mod key_server;
pub(in crate::server) mod kid;
mod p256_key;
mod token_bucket;
pub(in crate::server) mod unavailable;
pub(in crate::server) mod verified_tokens;

pub use access_token::TokenRule;
