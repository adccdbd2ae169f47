//! What answers requests at the moment.
//!
//! Connections outlive configurations. Each request takes the router that is in force when its head
//! has been read, and keeps it to the end; a reload puts another one in its place for those that
//! come later.

use super::silence::Silences;
use axum::Router;
use std::sync::{Arc, PoisonError, RwLock};

/// A router that can be replaced while connections use it, and what is counted of those.
#[derive(Clone, Debug)]
pub struct Answering {
    router: Arc<RwLock<Router>>,
    silences: Silences,
}

impl Answering {
    /// Answers with this router until it is replaced.
    #[must_use]
    pub fn new(router: Router) -> Self {
        Self { router: Arc::new(RwLock::new(router)), silences: Silences::default() }
    }

    /// The same, counted there.
    #[must_use]
    pub fn counted(self, silences: Silences) -> Self {
        Self { silences, ..self }
    }

    pub(super) const fn silences(&self) -> &Silences {
        &self.silences
    }

    /// The router in force.
    pub fn router(&self) -> Router {
        self.router.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers with another router from the next request on.
    pub fn replace(&self, router: Router) {
        *self.router.write().unwrap_or_else(PoisonError::into_inner) = router;
    }
}
