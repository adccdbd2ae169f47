//! What answers requests at the moment.
//!
//! Connections outlive configurations. Each request takes the router that is in force when its head
//! has been read, and keeps it to the end; a reload puts another one in its place for those that
//! come later.

use axum::Router;
use std::sync::{Arc, PoisonError, RwLock};

/// A router that can be replaced while connections use it.
#[derive(Clone, Debug)]
pub struct Answering(Arc<RwLock<Router>>);

impl Answering {
    /// Answers with this router until it is replaced.
    #[must_use]
    pub fn new(router: Router) -> Self {
        Self(Arc::new(RwLock::new(router)))
    }

    /// The router in force.
    pub fn router(&self) -> Router {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers with another router from the next request on.
    pub fn replace(&self, router: Router) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = router;
    }
}
