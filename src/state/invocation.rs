//! Invoking a Lambda function.

pub mod history;
mod received;
mod send;

use super::credentials::CredentialStore;
use super::failure::Failure;
use crate::aws::lambda::InvocationType;
pub use crate::aws::lambda::log::{Level, LogTail};
pub use crate::aws::lambda::{FunctionError, Outcome};
use crate::browser::{clock, task};
use crate::model::function::FunctionTarget;
use crate::model::names::RoleId;
use crate::reactive::{RwSignal, Signal, StoredValue};
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{AbortHandle, LocalBoxFuture, abortable};
use leptos::prelude::on_cleanup;
pub use received::Received;
pub use send::too_large;
pub(in crate::state) use send::{Network, Watch, carry_out};
use std::sync::Arc;

/// How a function is invoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Wait for the whole result.
    #[default]
    RequestResponse,
    /// See the result as the function makes it.
    ResponseStream,
    /// Queue the event; there is no result.
    Event,
    /// Check the permission; nothing runs.
    DryRun,
}

impl Mode {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::RequestResponse, Self::ResponseStream, Self::Event, Self::DryRun];

    /// Lambda's word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResponseStream => "ResponseStream",
            _ => self.kind().as_str(),
        }
    }

    const fn kind(self) -> InvocationType {
        match self {
            Self::RequestResponse | Self::ResponseStream => InvocationType::RequestResponse,
            Self::Event => InvocationType::Event,
            Self::DryRun => InvocationType::DryRun,
        }
    }

    /// The largest payload, in bytes.
    #[must_use]
    pub const fn largest_payload(self) -> usize {
        self.kind().largest_payload()
    }
}

/// What is to be invoked, and with what.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// In whose name.
    pub role: RoleId,
    /// Which function.
    pub target: FunctionTarget,
    /// Which version or alias of it; `None` is the newest.
    pub qualifier: Option<String>,
    /// How.
    pub mode: Mode,
    /// The event: JSON, or nothing.
    pub payload: String,
}

/// Where an invocation stands.
#[derive(Clone, Debug, PartialEq)]
pub enum InvocationState {
    /// None yet.
    Idle,
    /// Sent; no whole answer yet.
    Running(Running),
    /// The function ran, well or not; or it was queued, or may run.
    Done(Arc<Done>),
    /// It did not run, or nobody can tell.
    Failed(Failure),
    /// The person stopped waiting. The function may have run all the same.
    Cancelled {
        /// What had come of it.
        received: Option<Received>,
    },
}

/// An invocation under way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Running {
    /// Set while Lambda has too many and the next attempt is waited for.
    pub throttled: Option<Throttled>,
    /// What has come of a streamed answer.
    pub received: Option<Received>,
}

/// Lambda has too many invocations; nothing ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// The attempt that comes next, the first being 1.
    pub attempt: u32,
    /// How many there are.
    pub of: u32,
    /// Milliseconds until then, about.
    pub milliseconds: u32,
    /// What Lambda said.
    pub said: String,
}

/// An invocation that came to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// How it was asked for.
    pub mode: Mode,
    /// What came back.
    pub outcome: Outcome,
    /// Milliseconds from sending to the whole answer, network and pauses included.
    pub milliseconds: u32,
    /// In how many pieces the answer came, where it was streamed.
    pub chunks: Option<usize>,
    /// Whether it should have been streamed and could not be, so that it was asked for whole.
    pub fell_back: bool,
    /// Why the answer is not whole, where it is not.
    pub broken: Option<Failure>,
}

/// One invocation at a time, with what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Invocation {
    store: CredentialStore,
    state: RwSignal<InvocationState>,
    running: StoredValue<Option<AbortHandle>>,
    hurry: StoredValue<Option<oneshot::Sender<()>>>,
    /// Where streams are let through, and where they are not.
    streams: StoredValue<Vec<(String, bool)>>,
}

impl Invocation {
    /// Nothing sent yet. What is under way ends with the surrounding component.
    #[must_use]
    pub fn new(store: CredentialStore) -> Self {
        let invocation = Self {
            store,
            state: RwSignal::new(InvocationState::Idle),
            running: StoredValue::new(None),
            hurry: StoredValue::new(None),
            streams: StoredValue::new(Vec::new()),
        };
        on_cleanup(move || invocation.abort());
        invocation
    }

    /// Where it stands. Tracked when read.
    #[must_use]
    pub fn state(&self) -> Signal<InvocationState> {
        self.state.into()
    }

    /// Carries `order` out and waits for as long as Lambda lets a function run. Stops waiting for the one before.
    pub fn start(&self, order: Order) {
        self.abort();
        self.state.set(InvocationState::Running(Running::default()));
        let invocation = *self;
        let (work, handle) = abortable(async move {
            let _busy = invocation.store.busy();
            let begun = clock::now();
            let result = send::carry_out(&invocation.store, &order, &Onlooker { invocation, arn: &order.target.arn }).await;
            let milliseconds = u32::try_from(clock::now().millis_since(begun)).unwrap_or(0);
            let state = match result {
                Ok(done) => {
                    let done = Arc::new(Done { milliseconds, ..done });
                    history::add(clock::now(), order, Arc::clone(&done));
                    InvocationState::Done(done)
                }
                Err(failure) => InvocationState::Failed(failure),
            };
            invocation.state.set(state);
        });
        self.running.set_value(Some(handle));
        task::spawn(async move {
            // Aborted: whoever did that has set the state.
            let _ = work.await;
        });
    }

    /// Ends a pause: the next attempt is made at once.
    pub fn try_now(&self) {
        if let Some(hurry) = self.hurry.try_update_value(Option::take).flatten() {
            // Nobody listens any more: the pause is over.
            let _ = hurry.send(());
        }
    }

    /// Stops waiting.
    pub fn cancel(&self) {
        if let InvocationState::Running(running) = self.state.get_untracked() {
            self.abort();
            self.state.set(InvocationState::Cancelled { received: running.received });
        }
    }

    /// Forgets what came back, and stops waiting.
    pub fn reset(&self) {
        self.abort();
        self.state.set(InvocationState::Idle);
    }

    fn abort(&self) {
        if let Some(handle) = self.running.try_update_value(Option::take).flatten() {
            handle.abort();
        }
    }
}

/// Shows how it goes.
struct Onlooker<'a> {
    invocation: Invocation,
    arn: &'a str,
}

impl Watch for Onlooker<'_> {
    fn see(&self, running: Running) {
        self.invocation.state.set(InvocationState::Running(running));
    }

    fn hurried(&self) -> LocalBoxFuture<'_, ()> {
        let (sender, receiver) = oneshot::channel();
        self.invocation.hurry.set_value(Some(sender));
        receiver.map(drop).boxed_local()
    }

    fn streams(&self) -> Option<bool> {
        self.invocation.streams.with_value(|known| known.iter().find(|(arn, _)| arn == self.arn).map(|(_, streams)| *streams))
    }

    fn settle_streams(&self, streams: bool) {
        self.invocation.streams.update_value(|known| {
            known.retain(|(arn, _)| arn != self.arn);
            known.push((self.arn.to_owned(), streams));
        });
    }
}

#[cfg(test)]
mod tests;
