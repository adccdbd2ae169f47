//! Who is behind a request: verification of the balancer's headers.
//!
//! [`Authenticator`] is the only thing that makes a [`Viewer`], and it makes one from verified
//! headers only. Everything untrusted is called `unverified_…` until its signature holds.
//!
//! | file | noun |
//! | --- | --- |
//! | `balancer_headers` | the three headers as they arrive: there, once, not too long |
//! | `data_header` | `x-amzn-oidc-data` taken apart: from bytes to members, without trusting them |
//! | `data_header_rules` | the rules that it must pass, the key and the signature |
//! | `authenticator` | all of it in order, with the access token |
//! | `rejection` | the rules' names and what to tell the person |
//! | `stages` | how far it came, and how long it took |
//! | `viewer` | the result |
//! | `unverified` | what headers say of themselves, to show beside a rule that they break |

mod authenticator;
mod balancer_headers;
mod data_header;
mod data_header_rules;
mod rejection;
mod stages;
pub(in crate::server) mod unverified;
mod viewer;

pub use authenticator::Authenticator;
pub use balancer_headers::{ACCESS_TOKEN_HEADER, DATA_HEADER, IDENTITY_HEADER};
pub use rejection::{HeaderRule, Rejection, Rule};
pub use stages::Stages;
pub use viewer::{Viewer, WebIdentityToken};

#[cfg(test)]
pub(crate) mod tests;
