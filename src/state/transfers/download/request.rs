//! A request that reads, sent until it is answered or refused for good: each time with the newest credentials, signed
//! in the way that the bucket accepts.

use super::Way;
use crate::aws::error::{Remedy, ServiceError};
use crate::aws::request::{Answer, Draft};
use crate::aws::s3;
pub(super) use crate::browser::fetch::SHORT;
use crate::model::location::Signing;
use crate::state::exchange;
use crate::state::exchange::retry::{Next, Tries};
use crate::state::failure::Failure;

/// Bytes a millisecond that a network brings at least, or it is given up: 128 kbit/s, all lanes together.
const SLOWEST: u64 = 16;

/// Milliseconds in which so many bytes have to come.
pub(super) fn limit(length: u64) -> u32 {
    u32::try_from(length / SLOWEST).unwrap_or(u32::MAX).saturating_add(30_000)
}

/// Why a request did not succeed.
pub(super) enum Stop {
    Refused(ServiceError),
    Failed(Failure),
}

impl<T: Into<Failure>> From<T> for Stop {
    fn from(failure: T) -> Self {
        Self::Failed(failure.into())
    }
}

impl Stop {
    pub(super) fn failure(self, action: &str) -> Failure {
        match self {
            Self::Refused(error) => Failure::service(&error, action),
            Self::Failed(failure) => failure,
        }
    }
}

/// Sends a GET or HEAD.
pub(super) async fn get(way: &Way<'_>, draft: &Draft, time_limit: u32) -> Result<Answer, Stop> {
    let (outside, role) = (way.outside, &way.job.role);
    let mut place = way.job.location.clone();
    let (signing, settled) = outside.signing(role, &place);
    place.sign = signing;
    let mut tries = Tries::default();
    // What S3 said before the other way to sign was tried.
    let mut first = None;
    loop {
        let minted = match outside.credentials(role).await {
            Ok(minted) => minted,
            Err(error) => {
                let failure = Failure::from(error);
                match tries.again() {
                    Next::Pause(milliseconds) if failure.retry => outside.pause(milliseconds).await,
                    _ => return Err(Stop::Failed(failure)),
                }
                continue;
            }
        };
        let now = outside.now();
        let request = s3::sign(draft.clone(), &place, &minted.credentials, now);
        let sent = outside.receive(&request, time_limit).await;
        drop(request);
        let (next, stop) = match sent {
            Ok(answer) if answer.is_success() => {
                if !settled {
                    outside.settle_signing(role, &way.job.location, place.sign);
                }
                return Ok(answer);
            }
            Ok(answer) => {
                let error = ServiceError::from_s3(&answer);
                if error.code == "SlowDown" || answer.status == 503 {
                    way.lanes.ease();
                }
                let denied = error.remedy == Remedy::AskForAccess && error.status == 403;
                let next = tries.after_refusal(&error, minted.is_young(now));
                if denied && next == Next::GiveUp && !settled && place.sign == Signing::Query {
                    place.sign = Signing::Header;
                    first = Some(error);
                    continue;
                }
                (next, Stop::Refused(error))
            }
            Err(error) => (tries.after_silence(error), Stop::Failed(Failure::transport(error, exchange::host(draft)))),
        };
        match next {
            Next::Pause(milliseconds) => outside.pause(milliseconds).await,
            Next::Renew => drop(outside.other_credentials(role, &minted.credentials.access_key_id).await?),
            // Headers need a preflight that the bucket may not allow: the first refusal stands.
            Next::GiveUp => return Err(first.map_or(stop, Stop::Refused)),
        }
    }
}
