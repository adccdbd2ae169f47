//! Invoking a Lambda function.

use super::credentials::CredentialStore;
use super::exchange::{self, Attempt, Move, Surroundings};
use super::failure::Failure;
use crate::aws::lambda::{self, InvocationError};
pub use crate::aws::lambda::{FunctionError, LogTail, Outcome};
use crate::browser::{clock, task};
use crate::model::function::FunctionTarget;
use crate::model::names::RoleId;
use crate::reactive::{RwSignal, Signal, StoredValue};
use crate::words::t;
use futures::future::{AbortHandle, abortable};
use leptos::prelude::on_cleanup;

/// Lambda lets a function run for 15 minutes; a minute more for a slow start.
const TIME_LIMIT: u32 = 16 * 60_000;

/// Where an invocation stands.
#[derive(Clone, Debug, PartialEq)]
pub enum InvocationState {
    /// None yet.
    Idle,
    /// Sent; no answer yet.
    Running,
    /// The function ran, well or not.
    Done {
        /// What came back.
        outcome: Outcome,
        /// Milliseconds from sending to the whole answer, network included.
        milliseconds: u32,
    },
    /// It did not run, or nobody can tell.
    Failed(Failure),
    /// The person stopped waiting. The function may have run all the same.
    Cancelled,
}

/// One invocation at a time, with what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Invocation {
    store: CredentialStore,
    state: RwSignal<InvocationState>,
    running: StoredValue<Option<AbortHandle>>,
}

impl Invocation {
    /// Nothing sent yet. What is under way ends with the surrounding component.
    #[must_use]
    pub fn new(store: CredentialStore) -> Self {
        let invocation = Self { store, state: RwSignal::new(InvocationState::Idle), running: StoredValue::new(None) };
        on_cleanup(move || invocation.abort());
        invocation
    }

    /// Where it stands. Tracked when read.
    #[must_use]
    pub fn state(&self) -> Signal<InvocationState> {
        self.state.into()
    }

    /// Invokes the function with `payload` and waits for as long as Lambda lets it run. Stops
    /// waiting for the one before.
    pub fn start(&self, role: RoleId, target: FunctionTarget, payload: String) {
        self.abort();
        self.state.set(InvocationState::Running);
        let (store, state) = (self.store, self.state);
        let (work, handle) = abortable(async move {
            let _busy = store.busy();
            let begun = clock::now();
            let result = invoke(&store, &role, &target, payload).await;
            let milliseconds = u32::try_from(clock::now().millis_since(begun)).unwrap_or(0);
            state.set(match result {
                Ok(outcome) => InvocationState::Done { outcome, milliseconds },
                Err(failure) => InvocationState::Failed(failure),
            });
        });
        self.running.set_value(Some(handle));
        task::spawn(async move {
            // Aborted: whoever did that has set the state.
            let _ = work.await;
        });
    }

    /// Stops waiting.
    pub fn cancel(&self) {
        if self.state.with_untracked(|state| *state == InvocationState::Running) {
            self.abort();
            self.state.set(InvocationState::Cancelled);
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

/// One run of the function. It is sent again only when it was refused before it could run.
async fn invoke(around: &dyn Surroundings, role: &RoleId, target: &FunctionTarget, payload: String) -> Result<Outcome, Failure> {
    if payload.len() > lambda::LARGEST_PAYLOAD {
        return Err(Failure::new(
            t!("The payload is larger than the 6 MB that Lambda takes."),
            t!("Make it smaller, or put it into S3 and send its key."),
        ));
    }
    let action = t!("invoke {function}", function = target.name);
    let request = lambda::Invocation { log_tail: true, payload: payload.into_bytes(), ..lambda::Invocation::default() };
    let draft = request.draft(target).map_err(|error| match error {
        InvocationError::Endpoint(_) | InvocationError::Name(_) => Failure::new(
            t!("The portal's configuration gives {function} an address that is none.", function = target.name),
            t!("Ask the people who run the portal to correct the function's name or endpoint."),
        ),
    })?;
    let mut attempt = Attempt::default();
    let mut minted = around.credentials(role).await?;
    loop {
        let request = lambda::sign(draft.clone(), target, &minted.credentials, around.now());
        let answer = around.send(&request, TIME_LIMIT).await.map_err(|error| Failure::transport(error, exchange::host(&draft)))?;
        match lambda::read(answer) {
            Ok(outcome) => return Ok(outcome),
            Err(error) => match attempt.next_for_write(&error, minted.is_young(around.now())) {
                Move::Renew => minted = around.other_credentials(role, &minted.credentials.access_key_id).await?,
                Move::SignInHeaders | Move::Pause(_) | Move::GiveUp => return Err(Failure::service(&error, &action)),
            },
        }
    }
}

#[cfg(test)]
mod tests;
