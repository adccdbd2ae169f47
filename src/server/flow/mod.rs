//! The page *Flow*: one request's way to credentials, told as it happened.
//!
//! | file | tells |
//! | --- | --- |
//! | `headers` | the three headers as they came |
//! | `tokens` | both tokens, rule by rule, and whether STS could take the second |
//! | `role` | which role, and why no other |
//! | `mint` | what AWS was asked, and what it answered |
//! | `own` | this request's values, for the code to do it oneself |
//! | `kept` | the latest mints |
//! | `shown` | values as they may be seen |
//! | `unverified` | what is told of a header that nobody verified |
//!
//! Nothing is judged here: verification, entitlement and minting have been done, by the code that does them for every
//! request, and this says what came of it in their own rules and words. What is told goes to the person whose request
//! it is, in their language; what the doctor says of a mistake is in English, as everywhere. No token, no signature and no key is in it, not even in part, and [`record`] sees to that once more.

mod headers;
mod kept;
mod mint;
mod own;
mod role;
mod shown;
mod tokens;
mod unverified;

pub use kept::{Course, KeptAnswer, KeptGrant, KeptMint, KeptMints};

use super::clock::Stopwatch;
use super::config::{Config, PoolFlow, Role, RoleStrategy};
use super::credentials::refusal::{SecretParts, WITHHELD};
use super::identity::{ACCESS_TOKEN_HEADER, DATA_HEADER, Stages, Viewer};
use crate::model::clock::Timestamp;
use crate::model::error::PortalError;
use crate::model::flow::{Cause, FlowRecord, Row, Step, StepId, StepState};
use crate::model::names::{RoleId, SessionId};
use http::HeaderMap;
use std::sync::Arc;
use std::time::Duration;

/// Everything that is known of one request.
pub struct Flow<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Its roles.
    pub roles: &'a [Arc<Role>],
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// Who sent it, or why that is not known.
    pub viewer: &'a Result<Viewer, PortalError>,
    /// How far verification came.
    pub stages: Stages,
    /// The role that the page asks for.
    pub asked: Option<&'a RoleId>,
    /// Whether the person administers the portal, and may know of roles that are not theirs.
    pub is_admin: bool,
    /// The latest mints.
    pub mints: &'a KeptMints,
    /// The mint that the page asks for; the person's latest of the role where it does not.
    pub session: Option<&'a SessionId>,
    /// The time.
    pub now: Timestamp,
    /// The request's reference.
    pub reference: String,
}

/// What is told of it.
#[must_use]
pub fn record(flow: &Flow<'_>) -> FlowRecord {
    let mut steps = vec![headers::step(flow), tokens::data_header(flow), tokens::access_token(flow)];
    // The choice is made anew for this page, as for every request, and so is what is said of the token.
    let choosing = Stopwatch::start();
    let chosen = flow.viewer.as_ref().ok().map(|viewer| role::chosen(flow, viewer));
    let chose = choosing.elapsed();
    let judging = Stopwatch::start();
    steps.push(timed(tokens::web_identity(flow, chosen.as_ref()), || judging.elapsed()));
    steps.push(match (flow.viewer, &chosen) {
        (Ok(viewer), Some(chosen)) => timed(role::step(flow, viewer, chosen), || chose),
        _ => not_reached(StepId::Role),
    });
    match (flow.viewer, chosen.as_ref().and_then(|chosen| chosen.as_ref().ok())) {
        (Ok(viewer), Some(entitlement)) => steps.extend(mint::steps(flow, viewer, &entitlement.role)),
        _ => steps.extend([not_reached(StepId::Mint), not_reached(StepId::Answer)]),
    }
    let asked = match chosen.as_ref().and_then(|chosen| chosen.as_ref().ok()).map(|entitlement| &entitlement.role.strategy) {
        Some(RoleStrategy::IdentityPool { flow: PoolFlow::Basic, .. }) => "Cognito, STS",
        Some(RoleStrategy::IdentityPool { flow: PoolFlow::Enhanced, .. }) => "Cognito",
        _ => "STS",
    };
    let entitlement = chosen.as_ref().and_then(|chosen| chosen.as_ref().ok());
    let own = flow.viewer.as_ref().map(|viewer| own::values(flow, viewer, entitlement)).unwrap_or_default();
    let mut record = FlowRecord { reference: flow.reference.clone(), server_now: flow.now, asked: asked.to_owned(), steps, own };
    withhold(&mut record, flow.headers);
    record
}

/// Takes out what repeats a part of a token: texts hold only what is no secret, and this sees to it once more.
fn withhold(record: &mut FlowRecord, headers: &HeaderMap) {
    let names = [DATA_HEADER, ACCESS_TOKEN_HEADER];
    let tokens = names.iter().flat_map(|name| headers.get_all(name)).filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
    let tokens = SecretParts::of(tokens);
    let withhold = |text: &mut String| {
        if tokens.are_in(text) {
            WITHHELD.clone_into(text);
        }
    };
    let withhold_row = |Row { name, value, rule, says, verdict: _ }: &mut Row| [name, value, rule, says].into_iter().for_each(withhold);
    record.own.iter_mut().for_each(withhold_row);
    for step in &mut record.steps {
        withhold(&mut step.summary);
        step.rows.iter_mut().for_each(withhold_row);
        for Cause { code, rule, section, what, why, fix, why_in_english: _, fix_in_english: _ } in &mut step.causes {
            [code, section, what, why, fix].into_iter().chain(rule).for_each(withhold);
        }
    }
}

fn not_reached(id: StepId) -> Step {
    Step { id, state: StepState::NotReached, micros: None, summary: String::new(), rows: Vec::new(), causes: Vec::new() }
}

/// How long a step took that was taken: never less than the microsecond that can be told.
fn timed(step: Step, took: impl Fn() -> Duration) -> Step {
    let is_taken = !matches!(step.state, StepState::NotReached | StepState::NotNeeded);
    Step { micros: is_taken.then(|| micros(Some(took())).unwrap_or_default().max(1)), ..step }
}

fn micros(took: Option<Duration>) -> Option<u32> {
    took.map(|took| u32::try_from(took.as_micros()).unwrap_or(u32::MAX))
}

impl From<&PortalError> for Cause {
    fn from(error: &PortalError) -> Self {
        let said = error.clone().translate();
        let section = said.section().to_owned();
        Self {
            code: said.code.as_str().to_owned(),
            rule: said.rule.map(Into::into),
            section,
            what: said.message,
            fix: said.next_step,
            ..Self::default()
        }
    }
}
