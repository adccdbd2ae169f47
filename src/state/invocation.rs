//! Invoking a Lambda function.

use super::credentials::CredentialStore;
use super::failure::Failure;
use crate::model::function::FunctionTarget;
use crate::model::names::RoleId;
use leptos::prelude::*;

/// Where an invocation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvocationState {
    /// None yet.
    Idle,
    /// Sent; no answer yet.
    Running,
    /// The function ran, well or not.
    Done(Outcome),
    /// It did not run, or nobody can tell.
    Failed(Failure),
    /// The person stopped waiting. The function may have run all the same.
    Cancelled,
}

/// What came back from a function that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// HTTP status.
    pub status: u16,
    /// Milliseconds from sending to the whole answer, network included.
    pub milliseconds: u32,
    /// What the function returned; its error object when it failed.
    pub payload: String,
    /// `Unhandled` or `Handled` when the function failed.
    pub function_error: Option<String>,
    /// The last 4 kB of its log.
    pub log_tail: Option<String>,
    /// AWS's request id.
    pub request_id: Option<String>,
}

/// One function call at a time, with its result.
#[derive(Clone, Copy)]
pub struct Invocation {}

impl Invocation {
    /// Nothing sent yet.
    #[must_use]
    pub fn new(store: CredentialStore) -> Self;
    /// Where it stands. Tracked when read.
    #[must_use]
    pub fn state(&self) -> Signal<InvocationState>;
    /// Invokes the function and waits, up to the 15 minutes that Lambda allows. Stops waiting for
    /// the one before.
    pub fn start(&self, role: RoleId, target: FunctionTarget, payload: String);
    /// Stops waiting.
    pub fn cancel(&self);
    /// Forgets the result.
    pub fn reset(&self);
}
