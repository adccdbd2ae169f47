//! One request to S3 that may be sent twice, sent until it is answered or refused for good: each time
//! with the newest credentials.

use super::retry::{Next, Tries};
use super::{Surroundings, host};
use crate::aws::error::{Remedy, ServiceError};
use crate::aws::request::{Answer, Draft, Method};
use crate::aws::s3;
use crate::aws::s3::answer::{AnswerError, NotDone};
use crate::aws::s3::list::ListRequest;
use crate::aws::s3::object::ObjectRequest;
use crate::aws::s3::page;
use crate::browser::fetch::{SHORT, TransportError};
use crate::model::location::{Location, Permission, Signing};
use crate::model::names::RoleId;
use crate::model::object::Object;
use crate::state::failure::Failure;
use crate::words::t;

/// Why a request did not succeed.
pub(in crate::state) enum Stop {
    /// S3 refused. `unsure`: an attempt before may have succeeded all the same.
    Refused { error: ServiceError, unsure: bool },
    /// Something else.
    Failed(Failure),
}

impl<T: Into<Failure>> From<T> for Stop {
    fn from(failure: T) -> Self {
        Self::Failed(failure.into())
    }
}

impl Stop {
    /// As a person reads it; `action` as for [`Failure::service`].
    pub(in crate::state) fn failure(self, action: &str) -> Failure {
        match self {
            Self::Refused { error, .. } => Failure::service(&error, action),
            Self::Failed(failure) => failure,
        }
    }
}

/// In whose name requests are sent, and where.
#[derive(Clone, Copy)]
pub(in crate::state) struct Errand<'a> {
    pub(in crate::state) around: &'a dyn Surroundings,
    pub(in crate::state) role: &'a RoleId,
    pub(in crate::state) location: &'a Location,
    /// Milliseconds for one attempt.
    pub(in crate::state) time_limit: u32,
    /// Whether the person waits for it, and would rather hear soon that it failed.
    pub(in crate::state) awaited: bool,
}

impl<'a> Errand<'a> {
    /// For requests that are answered at once.
    pub(in crate::state) fn short(around: &'a dyn Surroundings, role: &'a RoleId, location: &'a Location) -> Self {
        Self { around, role, location, time_limit: SHORT, awaited: false }
    }

    /// Sends it, and gives an answer of success.
    pub(in crate::state) async fn ask(&self, draft: &Draft) -> Result<Answer, Stop> {
        let read = |answer: Answer| match answer.is_success() {
            true => Ok(answer),
            false => Err(NotDone::Refused(ServiceError::from_s3(&answer))),
        };
        self.persist(draft, read).await.map(|(answer, _)| answer)
    }

    /// Whether there is an object of this name, where the role may list. `None` where nobody knows.
    pub(in crate::state) async fn is_there(&self, key: &str) -> Option<bool> {
        self.listed(key).await.map(|object| object.is_some())
    }

    /// The object of this name; `None` where there is none. By a listing, where the role may: its body tells the
    /// entity tag, which CORS rules seldom let pages see in the answer to a HEAD, and then is empty here.
    pub(in crate::state) async fn find(&self, key: &str) -> Result<Option<Object>, Stop> {
        if let Some(known) = self.listed(key).await {
            return Ok(known);
        }
        let draft = ObjectRequest::default().head(self.location, key).map_err(Failure::address)?;
        let answer = match self.ask(&draft).await {
            Err(Stop::Refused { error, .. }) if error.status == 404 => return Ok(None),
            answer => answer?,
        };
        let size = answer.header("content-length").and_then(|length| length.parse().ok());
        let size = size.ok_or_else(|| Failure::new(t!("S3 did not say how large {key} is.", key = key), t!("Try again.")).retryable())?;
        let etag = answer.header("etag").unwrap_or_default().to_owned();
        Ok(Some(Object { key: key.to_owned(), size, etag, ..Object::default() }))
    }

    /// What a listing says of the name. Not a HEAD: where the role may list below a prefix only, S3 answers that with
    /// 403 for what is not there.
    async fn listed(&self, key: &str) -> Option<Option<Object>> {
        let Self { around, role, location, .. } = *self;
        if !location.permissions.contains(&Permission::List) {
            return None;
        }
        let draft = ListRequest { prefix: key, max_keys: Some(1), ..ListRequest::default() }.draft(location).ok()?;
        let answer = super::read(around, role, location, &draft, "").await.ok()?;
        let page = page::parse(&answer.body).ok()?;
        Some(page.objects.into_iter().next().filter(|object| object.key == key))
    }

    /// Sends it until `read` finds in the answer that it is done.
    pub(in crate::state) async fn send<T>(&self, draft: &Draft, read: impl Fn(&Answer) -> Result<T, NotDone>) -> Result<T, Stop> {
        self.send_unsure(draft, read).await.map(|(done, _)| done)
    }

    /// As [`Self::send`], with whether an attempt before may have been done too.
    pub(in crate::state) async fn send_unsure<T>(
        &self,
        draft: &Draft,
        read: impl Fn(&Answer) -> Result<T, NotDone>,
    ) -> Result<(T, bool), Stop> {
        self.persist(draft, |answer| read(&answer)).await
    }

    async fn persist<T>(&self, draft: &Draft, read: impl Fn(Answer) -> Result<T, NotDone>) -> Result<(T, bool), Stop> {
        let Self { around, role, location, time_limit, awaited } = *self;
        let (mut tries, mut unsure) = (if awaited { Tries::few() } else { Tries::default() }, false);
        let (signing, settled) = around.signing(role, location);
        let settles = !settled && matches!(draft.method, Method::Get | Method::Head);
        let mut place = location.clone();
        place.sign = signing;
        // What S3 said before the other way to sign was tried.
        let mut first = None;
        loop {
            let minted = match around.credentials(role).await {
                Ok(minted) => minted,
                Err(error) => {
                    let failure = Failure::from(error);
                    let next = if failure.retry { tries.again() } else { Next::GiveUp };
                    if next == Next::GiveUp {
                        return Err(Stop::Failed(failure));
                    }
                    wait(around, role, next, "").await?;
                    continue;
                }
            };
            let now = around.now();
            let request = s3::sign(draft.clone(), &place, &minted.credentials, now);
            let outcome = around.send(&request, time_limit).await;
            drop(request);
            let (next, stop) = match outcome.map(|answer| (answer.status, read(answer))) {
                Ok((_, Ok(done))) => {
                    if settles {
                        around.settle_signing(role, location, place.sign);
                    }
                    return Ok((done, unsure));
                }
                Ok((status, Err(NotDone::Refused(error)))) => {
                    let next = tries.after_refusal(&error, minted.is_young(now));
                    // Some companies' policies deny `s3:authType` REST-QUERY-STRING.
                    let denied = error.status == 403 && error.remedy == Remedy::AskForAccess;
                    if settles && denied && next == Next::GiveUp && place.sign == Signing::Query {
                        place.sign = Signing::Header;
                        first = Some(error);
                        continue;
                    }
                    let stop = Stop::Refused { unsure, error };
                    unsure |= may_be_done(status, &stop);
                    (next, stop)
                }
                Ok((_, Err(NotDone::Unclear(error)))) => {
                    unsure = true;
                    (tries.again(), Stop::Failed(unreadable(&error)))
                }
                Err(error) => {
                    unsure |= !matches!(error, TransportError::Offline | TransportError::Refused);
                    (tries.after_silence(error), Stop::Failed(Failure::transport(error, host(draft))))
                }
            };
            if next == Next::GiveUp {
                // Headers need a preflight that the bucket may not allow: the first refusal stands.
                return Err(first.map_or(stop, |error| Stop::Refused { error, unsure: false }));
            }
            wait(around, role, next, &minted.credentials.access_key_id).await?;
        }
    }
}

/// Whether what was refused may be done all the same.
fn may_be_done(status: u16, stop: &Stop) -> bool {
    matches!(stop, Stop::Refused { error, .. } if status >= 500 && error.code != "SlowDown" || status == 200)
}

/// Waits for what comes before the next attempt.
pub(in crate::state) async fn wait(around: &dyn Surroundings, role: &RoleId, next: Next, key_id: &str) -> Result<(), Failure> {
    match next {
        Next::Pause(milliseconds) => around.pause(milliseconds).await,
        Next::Renew => drop(around.other_credentials(role, key_id).await?),
        Next::GiveUp => {}
    }
    Ok(())
}

/// An answer of success that makes no sense.
pub(in crate::state) fn unreadable(error: &AnswerError) -> Failure {
    Failure::new(
        t!("S3 gave an answer that cannot be used: {reason}.", reason = error.to_string()),
        t!("Try again. If it stays, tell the people who run the portal."),
    )
    .told_in("answer-unreadable")
    .retryable()
}
