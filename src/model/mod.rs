//! The domain: plain types that parse rather than validate, shared by server, sandbox and browser.
//!
//! Nothing in here does I/O, reads the time or knows a framework.

pub mod clock;
pub mod credentials;
pub mod error;
pub mod examination;
pub mod flow;
pub mod function;
pub mod json;
pub mod location;
pub mod names;
pub mod object;
pub mod role;
pub mod schema;
pub mod secret;
pub mod session;
pub mod viewer;
