//! Reactive contexts: viewer, credentials, location.
