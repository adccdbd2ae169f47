//! A portal of another configuration, in the place of one that runs.
//!
//! What people have done so far stays: the session store, the counted attempts, the figures. Clients
//! and caches stay where their settings are the same, so that a new role costs nobody a fetched key.

use super::{Portal, PortalStartError, Strategies, role_policies};
use crate::server::config::loader::Loaded;
use crate::server::config::{Aws, Config, IdentityPool, SelfIssued};
use crate::server::credentials::minting::Minting;
use crate::server::identity::Authenticator;
use crate::server::own_identity::OwnIdentity;
use std::mem::discriminant;
use std::sync::Arc;

/// Puts what cannot change while the portal runs back to what it is, and says which keys those were.
#[must_use]
pub fn keep_fixed(next: &mut Config, current: &Config) -> Vec<&'static str> {
    let mut kept = Vec::new();
    let mut keep = |key, differs: bool| {
        if differs {
            kept.push(key);
        }
        differs
    };
    if keep("web.listen", next.web.listen != current.web.listen) {
        next.web.listen = current.web.listen;
    }
    // Other files are another certificate; another word is another protocol.
    if keep("web.tls", discriminant(&next.web.tls) != discriminant(&current.web.tls)) {
        next.web.tls = current.web.tls.clone();
    }
    if keep("sessions", next.sessions != current.sessions) {
        next.sessions = current.sessions.clone();
    }
    if keep("log", next.log != current.log) {
        next.log = current.log;
    }
    if keep("metrics.listen", next.metrics != current.metrics) {
        next.metrics = current.metrics;
    }
    kept
}

impl Portal {
    /// The portal of another configuration, whose fixed settings are this one's (see [`keep_fixed`]).
    /// Requests that this one answers are not touched. Nothing is sent.
    ///
    /// # Errors
    /// [`PortalStartError`] when a signing key in a file is not usable.
    pub fn renewed(&self, loaded: Loaded) -> Result<Arc<Self>, PortalStartError> {
        let Loaded { config, warnings } = loaded;
        let same_headers = (&config.alb, &config.idp) == (&self.config.alb, &self.config.idp);
        let authenticator = if same_headers {
            Arc::clone(&self.authenticator)
        } else {
            Arc::new(Authenticator::new(&config, Arc::clone(&self.fetch), Arc::clone(&self.clock)))
        };
        let identity = OwnIdentity::found(&config.aws);
        let (minting, issuer) = if strategies(&config) == strategies(&self.config) {
            (Arc::clone(&self.minting), self.issuer.clone())
        } else {
            let Strategies { minters, issuer } = Strategies::new(&config, &identity, &self.clock)?;
            (Arc::new(Minting::new(minters)), issuer)
        };
        let same_iam = (&config.revocation, &config.aws) == (&self.config.revocation, &self.config.aws);
        Ok(Arc::new(Self {
            authenticator,
            minting,
            issuer,
            role_policies: if same_iam { self.role_policies.clone() } else { role_policies(&config, &identity) },
            roles: config.roles.iter().cloned().map(Arc::new).collect(),
            regions: self.regions.renewed(&config),
            clock: Arc::clone(&self.clock),
            fetch: Arc::clone(&self.fetch),
            post: Arc::clone(&self.post),
            store: Arc::clone(&self.store),
            attempts: Arc::clone(&self.attempts),
            refusals: Arc::clone(&self.refusals),
            denies_are_due: Arc::clone(&self.denies_are_due),
            metrics: Arc::clone(&self.metrics),
            examiner: Arc::clone(&self.examiner),
            mints: Arc::clone(&self.mints),
            config,
            warnings,
        }))
    }
}

/// What the strategies' clients and keys are made from.
fn strategies(config: &Config) -> (&Aws, &Option<IdentityPool>, &Option<SelfIssued>) {
    (&config.aws, &config.identity_pool, &config.self_issued)
}
