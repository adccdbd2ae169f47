//! An examination by an administrator: the doctor, with the headers of the very request that asks for it.

use super::Call;
use super::regions::FindRegion;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::examination;
use crate::server::doctor::{Captured, Examination};
use crate::server::outside::Ask;
use crate::server::own_identity::OwnIdentity;
use crate::words::say;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Seconds after which to ask again while another examination runs: how long its slowest check may take.
const COME_AGAIN: u32 = 10;

/// With what the doctor looks around, and whether it is doing so: one examination at a time, because it asks every
/// bucket and function.
pub(super) struct Examiner {
    ask: Arc<dyn Ask>,
    identity: Option<OwnIdentity>,
    regions: Arc<dyn FindRegion>,
    place: Semaphore,
}

impl Examiner {
    pub(super) fn new(ask: Arc<dyn Ask>, identity: Option<OwnIdentity>, regions: Arc<dyn FindRegion>) -> Self {
        Self { ask, identity, regions, place: Semaphore::new(1) }
    }
}

impl Call {
    /// See [`crate::api::doctor`].
    ///
    /// # Errors
    /// As there.
    pub async fn examine(self, mint: bool) -> Result<examination::Examination, PortalError> {
        let result = self.run_examination(mint).await;
        self.reported("doctor", result)
    }

    async fn run_examination(&self, mint: bool) -> Result<examination::Examination, PortalError> {
        self.not_while_rendering()?;
        let viewer = self.administrator("doctor").await?;
        let portal = &*self.portal;
        let examiner = &portal.examiner;
        let Ok(_place) = examiner.place.try_acquire() else {
            let busy = PortalError::said(
                ErrorCode::RateLimited,
                say!("Another examination is running."),
                say!("Wait until it is over: none takes longer than half a minute."),
            );
            return Err(busy.with_retry_after(COME_AGAIN));
        };
        tracing::info!(event = "examination", reference = %self.reference, subject = %viewer.subject(), mint, "an administrator has everything examined");
        let examination = Examination {
            config: portal.config.clone(),
            warnings: portal.warnings.clone(),
            captured: Some(Captured::of(&self.headers)),
            clock: Arc::clone(&portal.clock),
            fetch: Arc::clone(&portal.fetch),
            ask: Arc::clone(&examiner.ask),
            trial: mint.then(|| portal.minting.minters().clone()),
            identity: examiner.identity.clone(),
            issuer: Ok(portal.issuer.clone()),
            regions: Arc::clone(&examiner.regions),
            silences: Some(portal.metrics.silences()),
        };
        let checks = examination.run().await.into_answer();
        Ok(examination::Examination { checks, mint, server_now: portal.clock.now() })
    }
}
