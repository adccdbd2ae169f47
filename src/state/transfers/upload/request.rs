//! One request of an upload, sent until it succeeds or is refused for good, with a piece of the file where it has one.

use super::{Job, Way};
use crate::aws::error::ServiceError;
use crate::aws::request::{Answer, Draft};
use crate::aws::s3;
use crate::aws::s3::answer::NotDone;
use crate::browser::fetch::TransportError;
use crate::browser::file::Unreadable;
use crate::state::exchange;
use crate::state::exchange::errand::{Stop, unreadable, wait};
use crate::state::exchange::retry::{Next, Tries};
use crate::state::failure::Failure;

/// Bytes a millisecond that a network brings at least, or it is given up: 128 kbit/s.
const SLOWEST: u64 = 16;

/// How long S3 may take to put an object together.
const COMPLETION: u32 = 10 * 60_000;

/// What came of one attempt.
enum Tried {
    Done(String),
    Refused(ServiceError),
    Again { unsure: bool },
    GaveUp(Failure),
}

impl Way<'_> {
    /// Sends a request until it succeeds or is refused for good: each time with the newest credentials.
    pub(super) async fn persist(
        &self,
        draft: &Draft,
        piece: Option<(u64, u64)>,
        mut unsure: bool,
        read: fn(&Answer) -> Result<String, NotDone>,
    ) -> Result<String, Stop> {
        let mut tries = Tries::default();
        loop {
            let outcome = self.attempt(draft, piece, read, &mut tries).await?;
            match outcome {
                Tried::Done(text) => {
                    if piece.is_some() {
                        self.lanes.went_well();
                    }
                    return Ok(text);
                }
                Tried::Refused(error) => return Err(Stop::Refused { error, unsure }),
                Tried::Again { unsure: now } => unsure |= now,
                Tried::GaveUp(failure) => return Err(Stop::Failed(failure)),
            }
        }
    }

    /// One attempt, and what has to be waited for before the next.
    async fn attempt(
        &self,
        draft: &Draft,
        piece: Option<(u64, u64)>,
        read: fn(&Answer) -> Result<String, NotDone>,
        tries: &mut Tries,
    ) -> Result<Tried, Failure> {
        let Job { role, location, .. } = self.job;
        let minted = match self.outside.credentials(role).await {
            Ok(minted) => minted,
            Err(error) => {
                let failure = Failure::from(error);
                let next = if failure.retry { tries.again() } else { Next::GiveUp };
                return self.wait(next, "", || Tried::GaveUp(failure), false).await;
            }
        };
        let now = self.outside.now();
        let answer = match piece {
            Some((first, length)) => {
                let request = s3::sign_without_body(draft.clone(), location, &minted.credentials, now);
                let limit = u32::try_from(length / SLOWEST).unwrap_or(u32::MAX).saturating_add(30_000);
                self.outside.send_piece(&request, self.file, (first, length), limit).await
            }
            None => {
                let request = s3::sign(draft.clone(), location, &minted.credentials, now);
                self.outside.send(&request, COMPLETION).await
            }
        };
        let key_id = &minted.credentials.access_key_id;
        match answer.map(|answer| (read(&answer), answer.status)) {
            Ok((Ok(text), _)) => Ok(Tried::Done(text)),
            Ok((Err(NotDone::Refused(error)), status)) => {
                if error.code == "SlowDown" || status == 503 {
                    self.lanes.ease();
                }
                // Only a body can be damaged on its way.
                let wrong = piece.is_none() && error.code == "BadDigest";
                let next = if wrong { Next::GiveUp } else { tries.after_refusal(&error, minted.is_young(now)) };
                let lost = status >= 500 && error.code != "SlowDown" || status == 200;
                self.wait(next, key_id, || Tried::Refused(error), lost).await
            }
            Ok((Err(NotDone::Unclear(error)), _)) => self.wait(tries.again(), key_id, || Tried::GaveUp(unreadable(&error)), true).await,
            Err(error) => {
                // Browsers do not say that it was the file.
                if let Some((first, length)) = piece.filter(|(_, length)| *length > 0) {
                    self.outside.read(self.file, first + length - 1, 1).await.map_err(|Unreadable| self.changed())?;
                }
                let unsent = matches!(error, TransportError::Offline | TransportError::Refused);
                let failed = || Tried::GaveUp(Failure::transport(error, exchange::host(draft)));
                self.wait(tries.after_silence(error), key_id, failed, !unsent).await
            }
        }
    }

    async fn wait(&self, next: Next, key_id: &str, give_up: impl FnOnce() -> Tried, unsure: bool) -> Result<Tried, Failure> {
        if next == Next::GiveUp {
            return Ok(give_up());
        }
        wait(self.outside, &self.job.role, next, key_id).await?;
        Ok(Tried::Again { unsure })
    }
}
