//! A request to S3 or Lambda with everything that can be put right without the person: new
//! credentials, a corrected clock, another way to sign, a second try.

pub(super) mod errand;
pub(super) mod retry;

use super::credentials::{CredentialStore, Minted};
use super::failure::Failure;
use crate::aws::error::{Remedy, ServiceError};
use crate::aws::request::{Answer, Draft, Request};
use crate::aws::s3;
use crate::browser::fetch::{self, TransportError};
use crate::browser::{chance, timer};
use crate::model::clock::Timestamp;
use crate::model::error::PortalError;
use crate::model::location::{Location, Signing};
use crate::model::names::RoleId;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use std::sync::Arc;

/// How often a GET is tried again when the service says that it is busy.
const RETRIES: u32 = 2;

/// The first pause before that, in milliseconds; each further one is twice as long.
const FIRST_PAUSE: u32 = 250;

/// What an exchange needs from outside: the credential store and the network, or a test's own.
pub(super) trait Surroundings {
    fn credentials<'a>(&'a self, role: &'a RoleId) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>>;
    fn other_credentials<'a>(&'a self, role: &'a RoleId, refused: &'a str) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>>;
    fn now(&self) -> Timestamp;
    fn signing(&self, role: &RoleId, location: &Location) -> (Signing, bool);
    fn settle_signing(&self, role: &RoleId, location: &Location, signing: Signing);
    fn send<'a>(&'a self, request: &'a Request, time_limit: u32) -> LocalBoxFuture<'a, Result<Answer, TransportError>>;
    fn pause(&self, milliseconds: u32) -> LocalBoxFuture<'_, ()>;
}

impl Surroundings for CredentialStore {
    fn credentials<'a>(&'a self, role: &'a RoleId) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        self.get(role).boxed_local()
    }

    fn other_credentials<'a>(&'a self, role: &'a RoleId, refused: &'a str) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        self.renew(role, refused).boxed_local()
    }

    fn now(&self) -> Timestamp {
        self.now()
    }

    fn signing(&self, role: &RoleId, location: &Location) -> (Signing, bool) {
        self.signing(role, location)
    }

    fn settle_signing(&self, role: &RoleId, location: &Location, signing: Signing) {
        self.settle_signing(role, location, signing);
    }

    fn send<'a>(&'a self, request: &'a Request, time_limit: u32) -> LocalBoxFuture<'a, Result<Answer, TransportError>> {
        fetch::send_signed(request, time_limit).boxed_local()
    }

    fn pause(&self, milliseconds: u32) -> LocalBoxFuture<'_, ()> {
        // Half of it by chance, so that parallel requests do not come back together.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a u32")]
        let jitter = (f64::from(milliseconds) * chance::unit() / 2.0) as u32;
        timer::sleep(milliseconds + jitter).boxed_local()
    }
}

/// Sends a GET to a bucket and brings back an answer of success. `action` completes "Your role may
/// not …" and "S3 could not …".
pub(super) async fn read(
    around: &dyn Surroundings,
    role: &RoleId,
    location: &Location,
    draft: &Draft,
    action: &str,
) -> Result<Answer, Failure> {
    let mut attempt = Attempt::default();
    let (mut signing, settled) = around.signing(role, location);
    let mut place = location.clone();
    let mut minted = around.credentials(role).await?;
    // What S3 said before the other way to sign was tried.
    let mut first_refusal = None;
    loop {
        place.sign = signing;
        let request = s3::sign(draft.clone(), &place, &minted.credentials, around.now());
        let outcome = around.send(&request, fetch::SHORT).await;
        drop(request);
        let error = match outcome {
            Ok(answer) if answer.is_success() => {
                if !settled {
                    around.settle_signing(role, location, signing);
                }
                return Ok(answer);
            }
            Ok(answer) => ServiceError::from_s3(&answer),
            Err(error) => match first_refusal {
                // Headers need a preflight that the bucket may not allow: the refusal stands.
                Some(refusal) => {
                    around.settle_signing(role, location, location.sign);
                    return Err(Failure::service(&refusal, action));
                }
                None => return Err(Failure::transport(error, host(draft))),
            },
        };
        let is_young = minted.is_young(around.now());
        match attempt.next(&error, is_young, !settled && signing == Signing::Query) {
            Move::Renew => minted = around.other_credentials(role, &minted.credentials.access_key_id).await?,
            Move::SignInHeaders => {
                signing = Signing::Header;
                first_refusal = Some(error);
            }
            Move::Pause(milliseconds) => around.pause(milliseconds).await,
            Move::GiveUp => {
                if first_refusal.is_some() {
                    around.settle_signing(role, location, location.sign);
                }
                return Err(Failure::service(first_refusal.as_ref().unwrap_or(&error), action));
            }
        }
    }
}

/// The host that a request goes to, as a person reads it.
pub(super) fn host(draft: &Draft) -> &str {
    draft.origin.host()
}

/// What was tried already.
#[derive(Debug, Default)]
pub(super) struct Attempt {
    renewed: bool,
    signed_in_headers: bool,
    retries: u32,
}

/// What to do about a refusal.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// Fetch new credentials, which also sets the clock by the server's, and send again.
    Renew,
    /// Sign in headers and send again.
    SignInHeaders,
    /// Wait so many milliseconds and send again.
    Pause(u32),
    /// Tell the person.
    GiveUp,
}

impl Attempt {
    /// For a read: everything may be tried again.
    fn next(&mut self, error: &ServiceError, is_young: bool, may_sign_in_headers: bool) -> Move {
        match self.next_for_write(error, is_young) {
            Move::GiveUp => {}
            other => return other,
        }
        match error.remedy {
            // Some companies' policies deny `s3:authType` REST-QUERY-STRING.
            Remedy::AskForAccess if may_sign_in_headers && error.status == 403 && !self.signed_in_headers => {
                self.signed_in_headers = true;
                Move::SignInHeaders
            }
            Remedy::Retry if self.retries < RETRIES => {
                self.retries += 1;
                Move::Pause(FIRST_PAUSE << (self.retries - 1))
            }
            _ => Move::GiveUp,
        }
    }

    /// For what must not happen twice: only what was refused before anything happened.
    ///
    /// Credentials that somebody has ended are replaced too: whoever may still mint goes on, and who is
    /// blocked hears it from the portal. Once a minute at most, because a role may deny for good.
    pub(super) fn next_for_write(&mut self, error: &ServiceError, is_young: bool) -> Move {
        let renews = match error.remedy {
            Remedy::RefreshCredentials | Remedy::CorrectClock => true,
            _ => error.is_denied_by_role() && !is_young,
        };
        if renews && !self.renewed {
            self.renewed = true;
            Move::Renew
        } else {
            Move::GiveUp
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
