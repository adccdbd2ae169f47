//! A request that reads: an [`Errand`] whose answer may be large, and of which the lanes hear when S3 is busy.

use super::Way;
use crate::aws::error::ServiceError;
use crate::aws::request::{Answer, Draft, Request};
pub(super) use crate::browser::fetch::SHORT;
use crate::browser::fetch::TransportError;
use crate::model::clock::Timestamp;
use crate::model::error::PortalError;
use crate::model::location::{Location, Signing};
use crate::model::names::RoleId;
use crate::state::credentials::Minted;
use crate::state::exchange::Surroundings;
use crate::state::exchange::errand::{Errand, Stop};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use std::sync::Arc;

/// Bytes a millisecond that a network brings at least, or it is given up: 128 kbit/s, all lanes together.
const SLOWEST: u64 = 16;

/// Milliseconds in which so many bytes have to come.
pub(super) fn limit(length: u64) -> u32 {
    u32::try_from(length / SLOWEST).unwrap_or(u32::MAX).saturating_add(30_000)
}

/// Sends a GET or HEAD.
pub(super) async fn get(way: &Way<'_>, draft: &Draft, time_limit: u32) -> Result<Answer, Stop> {
    Errand { around: way, role: &way.job.role, location: &way.job.location, time_limit, awaited: false }.ask(draft).await
}

impl Surroundings for Way<'_> {
    fn credentials<'a>(&'a self, role: &'a RoleId) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        self.outside.credentials(role)
    }

    fn other_credentials<'a>(&'a self, role: &'a RoleId, refused: &'a str) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        self.outside.other_credentials(role, refused)
    }

    fn now(&self) -> Timestamp {
        self.outside.now()
    }

    fn signing(&self, role: &RoleId, location: &Location) -> (Signing, bool) {
        self.outside.signing(role, location)
    }

    fn settle_signing(&self, role: &RoleId, location: &Location, signing: Signing) {
        self.outside.settle_signing(role, location, signing);
    }

    fn send<'a>(&'a self, request: &'a Request, time_limit: u32) -> LocalBoxFuture<'a, Result<Answer, TransportError>> {
        async move {
            let answer = self.outside.receive(request, time_limit).await?;
            if answer.status == 503 || !answer.is_success() && ServiceError::from_s3(&answer).code == "SlowDown" {
                self.lanes.ease();
            }
            Ok(answer)
        }
        .boxed_local()
    }

    fn pause(&self, milliseconds: u32) -> LocalBoxFuture<'_, ()> {
        self.outside.pause(milliseconds)
    }
}
