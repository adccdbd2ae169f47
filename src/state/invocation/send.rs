//! From an order to what came of it. A function is never run twice: what is sent again was refused before it could run.

use super::{Done, Mode, Order, Received, Running, Throttled};
use crate::aws::error::ServiceError;
use crate::aws::event_stream::{Decoder, Malformed};
use crate::aws::lambda::stream::{self, Completion, StreamEvent};
use crate::aws::lambda::{self, FunctionError, InvocationError, InvocationType, Outcome};
use crate::aws::request::{Answer, Draft, Request};
use crate::browser::fetch::{self, Opened, TransportError};
use crate::browser::format;
use crate::state::credentials::{CredentialStore, Minted};
use crate::state::exchange::{Attempt, Move, Surroundings};
use crate::state::failure::Failure;
use crate::words::t;
use futures::future::{LocalBoxFuture, select};
use futures::{FutureExt, StreamExt};
use std::sync::Arc;

/// Lambda lets a function run for 15 minutes; a minute more for a slow start.
pub(super) const TIME_LIMIT: u32 = 16 * 60_000;

/// Milliseconds before each further attempt while Lambda has too many.
pub(super) const PAUSES: [u32; 5] = [1_000, 2_000, 4_000, 8_000, 16_000];

/// The network, with answers that are read as they come.
pub(in crate::state) trait Network: Surroundings {
    fn open<'a>(&'a self, request: &'a Request, time_limit: u32) -> LocalBoxFuture<'a, Result<Opened, TransportError>>;
}

impl Network for CredentialStore {
    fn open<'a>(&'a self, request: &'a Request, time_limit: u32) -> LocalBoxFuture<'a, Result<Opened, TransportError>> {
        fetch::open_signed(request, time_limit).boxed_local()
    }
}

/// Who sees how it goes, and may end a pause.
pub(in crate::state) trait Watch {
    fn see(&self, running: Running);
    fn hurried(&self) -> LocalBoxFuture<'_, ()>;
    /// Whether answers of this function can be streamed, where that is known.
    fn streams(&self) -> Option<bool>;
    fn settle_streams(&self, streams: bool);
}

/// Why there is no answer of success.
enum Stop {
    Refused(ServiceError),
    Silent(TransportError),
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Carries an order out. Its time is the caller's to take.
pub(in crate::state) async fn carry_out(around: &dyn Network, order: &Order, watch: &dyn Watch) -> Result<Done, Failure> {
    if let Some(failure) = too_large(order.mode, order.payload.len()) {
        return Err(failure);
    }
    let mut errand = Errand { around, order, watch, minted: around.credentials(&order.role).await? };
    if order.mode != Mode::ResponseStream {
        return errand.whole(order.mode.kind(), false).await;
    }
    match watch.streams() {
        Some(true) => errand.streamed().await,
        Some(false) => errand.whole(InvocationType::RequestResponse, true).await,
        None if errand.may_stream().await? => {
            watch.settle_streams(true);
            errand.streamed().await
        }
        None => {
            let done = errand.whole(InvocationType::RequestResponse, true).await?;
            // An answer came by the other way, so it was not the network that failed.
            watch.settle_streams(false);
            Ok(done)
        }
    }
}

/// Why a payload of so many bytes is not sent.
#[must_use]
pub fn too_large(mode: Mode, bytes: usize) -> Option<Failure> {
    let most = mode.largest_payload();
    (bytes > most).then(|| {
        let (size, most) = (format::size(bytes as u64), most / (1024 * 1024));
        let message = if mode == Mode::Event {
            t!("The payload has {size}, and Lambda takes {most} MB with an event that it queues.", size = size, most = most)
        } else {
            t!("The payload has {size}, and Lambda takes {most} MB with an invocation that waits.", size = size, most = most)
        };
        Failure::new(message, t!("Make it smaller, or put it into S3 and send its key."))
    })
}

struct Errand<'a> {
    around: &'a dyn Network,
    order: &'a Order,
    watch: &'a dyn Watch,
    minted: Arc<Minted>,
}

impl Errand<'_> {
    fn invocation(&self, kind: InvocationType, payload: Vec<u8>) -> lambda::Invocation<'_> {
        lambda::Invocation { qualifier: self.order.qualifier.as_deref(), kind, log_tail: true, payload }
    }

    fn unaddressed(&self, error: InvocationError) -> Failure {
        match error {
            InvocationError::Endpoint(_) | InvocationError::Name(_) => Failure::new(
                t!("The portal's configuration gives {function} an address that is none.", function = self.order.target.name),
                t!("Ask the people who run the portal to correct the function's name or endpoint."),
            )
            .told_in("no-address"),
        }
    }

    fn failure(&self, stop: Stop) -> Failure {
        let name = &self.order.target.name;
        match stop {
            Stop::Refused(error) => {
                let action = match &self.order.qualifier {
                    Some(qualifier) => t!("invoke {function}", function = format!("{name}:{qualifier}")),
                    None => t!("invoke {function}", function = name),
                };
                Failure::service(&error, &action)
            }
            Stop::Silent(error) => self.silent(error),
            Stop::Failed(failure) => failure,
        }
    }

    fn silent(&self, error: TransportError) -> Failure {
        let endpoint = &self.order.target.endpoint;
        Failure::transport(error, endpoint.split_once("://").map_or(endpoint.as_str(), |(_, host)| host))
    }

    /// Asks for the answer in one piece.
    async fn whole(&mut self, kind: InvocationType, fell_back: bool) -> Result<Done, Failure> {
        let payload = self.order.payload.clone().into_bytes();
        let draft = self.invocation(kind, payload).draft(&self.order.target).map_err(|error| self.unaddressed(error))?;
        let opened = self.send(&draft).await.map_err(|stop| self.failure(stop))?;
        let answer = collect(opened).await.map_err(|error| self.silent(error))?;
        let outcome = lambda::read(answer).map_err(|error| self.failure(Stop::Refused(error)))?;
        Ok(Done { mode: self.order.mode, outcome, milliseconds: 0, chunks: None, fell_back, broken: None })
    }

    /// Whether the browser lets a page stream from there.
    ///
    /// A preflight that is refused looks to a page like a network that failed in the middle, after which nobody knows
    /// whether the function has run. So what is asked first is a dry run, which needs the same preflight: where it does
    /// not come through nothing has run, and the function can be invoked in the other way.
    async fn may_stream(&mut self) -> Result<bool, Failure> {
        let dry = self.invocation(InvocationType::DryRun, b"{}".to_vec());
        let draft = dry.draft_streamed(&self.order.target).map_err(|error| self.unaddressed(error))?;
        match self.send(&draft).await {
            Ok(_) => Ok(true),
            Err(Stop::Silent(TransportError::Network)) => Ok(false),
            // Another implementation that does not know of streams.
            Err(Stop::Refused(error)) if matches!(error.status, 404 | 405 | 501) && error.code != "ResourceNotFoundException" => Ok(false),
            Err(stop) => Err(self.failure(stop)),
        }
    }

    /// Reads the answer as it comes.
    async fn streamed(&mut self) -> Result<Done, Failure> {
        let payload = self.order.payload.clone().into_bytes();
        let invocation = self.invocation(InvocationType::RequestResponse, payload);
        let draft = invocation.draft_streamed(&self.order.target).map_err(|error| self.unaddressed(error))?;
        let mut opened = self.send(&draft).await.map_err(|stop| self.failure(stop))?;
        drop(draft);
        let mut reading = Reading::default();
        let broken = loop {
            match opened.body.next().await {
                None if reading.completion.is_some() => break None,
                None => break Some(ended_early()),
                Some(Err(error)) => break Some(self.silent(error)),
                Some(Ok(bytes)) => match reading.take(&bytes) {
                    Ok(()) => self.watch.see(Running { throttled: None, received: Some(reading.received()) }),
                    Err(Unreadable::Refused(error)) => break Some(self.failure(Stop::Refused(error))),
                    Err(Unreadable::Malformed(error)) => break Some(malformed(error)),
                },
            }
        };
        let Reading { payload, chunks, completion, .. } = reading;
        let Completion { error, log } = completion.unwrap_or_default();
        let head = Answer { status: opened.status, headers: opened.headers, body: Vec::new() };
        // Where the function failed before it had made anything, the head says so, and the error object is what came.
        let error = error.or_else(|| head.header("x-amz-function-error").map(|kind| FunctionError::read(kind, &payload)));
        let outcome = Outcome {
            status: head.status,
            payload,
            error,
            log,
            executed_version: head.header("x-amz-executed-version").map(str::to_owned),
            request_id: head.header("x-amzn-requestid").map(str::to_owned),
        };
        Ok(Done { mode: self.order.mode, outcome, milliseconds: 0, chunks: Some(chunks), fell_back: false, broken })
    }

    /// Sends until Lambda takes it or refuses for good.
    async fn send(&mut self, draft: &Draft) -> Result<Opened, Stop> {
        let (mut attempt, mut throttled) = (Attempt::default(), 0);
        loop {
            let request = lambda::sign(draft.clone(), &self.order.target, &self.minted.credentials, self.around.now());
            let opened = self.around.open(&request, TIME_LIMIT).await.map_err(Stop::Silent)?;
            drop(request);
            if opened.is_success() {
                return Ok(opened);
            }
            let answer = collect(opened).await.map_err(Stop::Silent)?;
            let error = ServiceError::from_lambda(&answer);
            if error.status == 429 {
                let Some(pause) = PAUSES.get(throttled) else { return Err(Stop::Refused(error)) };
                throttled += 1;
                self.wait(throttled, *pause, error.message).await;
                continue;
            }
            match attempt.next_for_write(&error, self.minted.is_young(self.around.now())) {
                Move::Renew => {
                    let refused = &self.minted.credentials.access_key_id;
                    self.minted = self.around.other_credentials(&self.order.role, refused).await.map_err(Failure::from)?;
                }
                Move::SignInHeaders | Move::Pause(_) | Move::GiveUp => return Err(Stop::Refused(error)),
            }
        }
    }

    /// Waits before the next attempt, unless the person will not.
    async fn wait(&self, throttled: usize, milliseconds: u32, said: String) {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let throttled = Throttled { attempt: number(throttled + 1), of: number(PAUSES.len() + 1), milliseconds, said };
        self.watch.see(Running { throttled: Some(throttled), received: None });
        select(self.around.pause(milliseconds), self.watch.hurried()).await;
        self.watch.see(Running::default());
    }
}

/// The rest of an answer.
async fn collect(mut opened: Opened) -> Result<Answer, TransportError> {
    let mut body = Vec::new();
    while let Some(bytes) = opened.body.next().await {
        body.extend(bytes?);
    }
    Ok(Answer { status: opened.status, headers: opened.headers, body })
}

/// What has been read of a stream.
#[derive(Default)]
struct Reading {
    decoder: Decoder,
    payload: Vec<u8>,
    chunks: usize,
    completion: Option<Completion>,
}

enum Unreadable {
    Refused(ServiceError),
    Malformed(Malformed),
}

impl Reading {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Unreadable> {
        self.decoder.push(bytes);
        while let Some(message) = self.decoder.message().map_err(Unreadable::Malformed)? {
            match stream::read(message).map_err(Unreadable::Refused)? {
                StreamEvent::Chunk(bytes) => {
                    self.payload.extend(bytes);
                    self.chunks += 1;
                }
                StreamEvent::Complete(completion) => self.completion = Some(completion),
                StreamEvent::Other => {}
            }
        }
        Ok(())
    }

    fn received(&self) -> Received {
        Received::of(&self.payload, self.chunks)
    }
}

fn ended_early() -> Failure {
    Failure::new(
        t!("The answer ended before Lambda said that it was whole."),
        t!("What came is shown. The function may have run to its end all the same: look at what it does before you invoke it again."),
    )
}

fn malformed(error: Malformed) -> Failure {
    let why = match error {
        Malformed::Length => t!("a message has lengths that cannot be"),
        Malformed::Prelude => t!("the checksum of a message's lengths does not fit"),
        Malformed::Checksum => t!("the checksum of a message does not fit"),
        Malformed::Header => t!("a message has a header that cannot be read"),
    };
    Failure::new(
        t!("The answer is no event stream from here on: {why}.", why = why),
        t!("What came before is shown. If it happens again, something between this browser and Lambda changes what passes."),
    )
}
