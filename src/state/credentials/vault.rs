//! Where the credentials are: in memory, per role, minted by one request at a time.
//!
//! Knows no signals and no browser: the clock and the portal are handed in.

use super::CredentialStatus;
use super::schedule::{self, Held};
use crate::model::clock::{Clock, Timestamp};
use crate::model::credentials::{Credentials, CredentialsAnswer};
use crate::model::error::{ErrorCode, PortalError};
use crate::model::names::{RoleId, SessionId};
use crate::words::t;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Credentials as old as this have outlived what IAM needs to spread an end of others before them.
const YOUNG_MILLIS: i64 = 60_000;

/// Minted credentials with the portal's record of them. Overwritten when the last holder lets go.
#[derive(Debug)]
pub struct Minted {
    /// The credentials.
    pub credentials: Credentials,
    /// The portal's record.
    pub session: SessionId,
    issued: Timestamp,
    refresh_at: Timestamp,
}

/// A mint on its way.
pub(super) type Minting = BoxFuture<'static, Result<CredentialsAnswer, PortalError>>;

type Flight = Shared<BoxFuture<'static, Result<Arc<Minted>, PortalError>>>;

/// The vault.
pub(super) struct Vault {
    clock: Arc<dyn Clock>,
    mint: Box<dyn Fn(RoleId) -> Minting + Send + Sync>,
    chance: fn() -> f64,
    changed: Box<dyn Fn() + Send + Sync>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: Vec<Entry>,
    /// Counts the wipes: what was asked for before one is dropped when it arrives after it.
    generation: u64,
    /// Server's clock minus this device's, in milliseconds.
    offset: i64,
    /// Whether nothing more is asked for: the portal would take it for a request of whoever is signed in by now.
    sealed: bool,
}

struct Entry {
    role: RoleId,
    held: Option<Arc<Minted>>,
    flight: Option<Flight>,
    /// Why the last mint failed.
    refused: Option<PortalError>,
    /// Not before this.
    retry_at: Option<Timestamp>,
}

impl Vault {
    /// An empty vault. `changed` is called after every change, with nothing locked.
    pub(super) fn new(
        clock: Arc<dyn Clock>,
        mint: impl Fn(RoleId) -> Minting + Send + Sync + 'static,
        chance: fn() -> f64,
        changed: impl Fn() + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { clock, mint: Box::new(mint), chance, changed: Box::new(changed), state: Mutex::default() })
    }

    /// Now, on the server's clock as far as it is known.
    pub(super) fn now(&self) -> Timestamp {
        let offset = self.state().offset;
        self.clock.now().plus_millis(offset)
    }

    /// Credentials that work: those held, or new ones. Everybody who asks while a mint is under
    /// way waits for that one.
    pub(super) async fn get(self: &Arc<Self>, role: &RoleId) -> Result<Arc<Minted>, PortalError> {
        let now = self.now();
        let flight = {
            let mut state = self.state();
            match state.entry(role).held.as_ref().filter(|held| held.is_usable(now)) {
                Some(held) => return Ok(Arc::clone(held)),
                None => self.depart(&mut state, role),
            }
        };
        (self.changed)();
        flight.await
    }

    /// Asks for the first credentials of a role now, though nobody waits for them yet. Whoever does later waits for these.
    pub(super) fn begin(self: &Arc<Self>, role: &RoleId) {
        let flight = {
            let mut state = self.state();
            let entry = state.entry(role);
            if entry.held.is_some() || entry.refused.is_some() {
                return;
            }
            self.depart(&mut state, role)
        };
        // The first poll sends the request. What comes of it is looked at by whoever waits.
        let _ = flight.now_or_never();
    }

    /// Other credentials than those with the access key id `refused`, which AWS refused: newer
    /// ones that are held by now, or new ones.
    pub(super) async fn renew(self: &Arc<Self>, role: &RoleId, refused: &str) -> Result<Arc<Minted>, PortalError> {
        let now = self.now();
        let flight = {
            let mut state = self.state();
            let entry = state.entry(role);
            match entry.held.as_ref().filter(|held| held.credentials.access_key_id != refused && held.is_usable(now)) {
                Some(held) => return Ok(Arc::clone(held)),
                None => {
                    entry.held = None;
                    self.depart(&mut state, role)
                }
            }
        };
        (self.changed)();
        flight.await
    }

    /// New credentials, though those held still work; they stay until the new ones are there.
    pub(super) async fn refresh(self: &Arc<Self>, role: &RoleId) -> Result<Arc<Minted>, PortalError> {
        let flight = self.depart(&mut self.state(), role);
        (self.changed)();
        flight.await
    }

    /// Forgets what has expired and starts the renewals that are due, if `active`. The mints under
    /// way are to be driven by the caller; whether something was forgotten or started comes second.
    pub(super) fn pulse(self: &Arc<Self>, active: bool) -> (Vec<BoxFuture<'static, ()>>, bool) {
        let now = self.now();
        let mut state = self.state();
        let mut forgotten = false;
        let mut due = Vec::new();
        for entry in &mut state.entries {
            let Some(held) = &entry.held else { continue };
            if now >= held.credentials.expiration {
                entry.held = None;
                forgotten = true;
            } else if active && entry.due().is_some_and(|due| now >= due) {
                due.push(entry.role.clone());
            }
        }
        let flights: Vec<_> = due.iter().map(|role| self.depart(&mut state, role).map(drop).boxed()).collect();
        let changed = forgotten || !flights.is_empty();
        (flights, changed)
    }

    /// Milliseconds until [`Vault::pulse`] has something to do.
    pub(super) fn next_pulse(&self, visible: bool, active: bool) -> Option<u32> {
        let now = self.now();
        let held: Vec<Held> = self
            .state()
            .entries
            .iter()
            .filter_map(|entry| Some(Held { expires: entry.held.as_ref()?.credentials.expiration, due: entry.due() }))
            .collect();
        schedule::next_pulse(&held, now, visible, active)
    }

    /// Drops all credentials; mints under way come to nothing.
    pub(super) fn wipe(&self) {
        {
            let mut state = self.state();
            state.generation += 1;
            state.entries.clear();
        }
        (self.changed)();
    }

    /// Drops all credentials and asks for no more, until [`Vault::unseal`].
    pub(super) fn seal(&self) {
        self.state().sealed = true;
        self.wipe();
    }

    /// The portal has said that the person is the same.
    pub(super) fn unseal(&self) {
        self.state().sealed = false;
    }

    /// Drops the credentials of one session of the portal's. Whether they were held.
    pub(super) fn forget(&self, session: &str) -> bool {
        let held = {
            let mut state = self.state();
            let entry = state.entries.iter_mut().find(|entry| entry.held.as_ref().is_some_and(|held| held.session.as_str() == session));
            entry.map(|entry| entry.held = None).is_some()
        };
        if held {
            (self.changed)();
        }
        held
    }

    /// Whether `text` holds a secret of what is held.
    pub(super) fn holds(&self, text: &str) -> bool {
        self.state().entries.iter().filter_map(|entry| entry.held.as_ref()).any(|held| {
            let Credentials { secret_access_key, session_token, .. } = &held.credentials;
            [secret_access_key, session_token].iter().any(|secret| text.contains(secret.expose()))
        })
    }

    /// What is known, without secrets.
    pub(super) fn statuses(&self) -> Vec<(RoleId, CredentialStatus)> {
        self.state().entries.iter().map(|entry| (entry.role.clone(), entry.status())).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere does not make the credentials less right.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The mint under way for the role, or a new one.
    fn depart(self: &Arc<Self>, state: &mut State, role: &RoleId) -> Flight {
        if state.sealed {
            return ready(Err(sealed())).boxed().shared();
        }
        let generation = state.generation;
        let entry = state.entry(role);
        if let Some(flight) = &entry.flight {
            return flight.clone();
        }
        let (vault, role) = (Arc::clone(self), role.clone());
        let flight = async move {
            let sent = vault.clock.now();
            let answer = (vault.mint)(role.clone()).await;
            vault.land(&role, generation, sent, answer)
        };
        let flight = flight.boxed().shared();
        entry.flight = Some(flight.clone());
        flight
    }

    fn land(
        &self,
        role: &RoleId,
        generation: u64,
        sent: Timestamp,
        answer: Result<CredentialsAnswer, PortalError>,
    ) -> Result<Arc<Minted>, PortalError> {
        let received = self.clock.now();
        let landed = {
            let mut state = self.state();
            if state.generation != generation {
                return Err(wiped());
            }
            let outcome = match answer {
                Ok(answer) => {
                    state.offset = offset(sent, received, answer.server_now);
                    Ok(Arc::new(Minted::from_answer(answer, (self.chance)())))
                }
                Err(error) => Err(error),
            };
            let now = received.plus_millis(state.offset);
            state.entry(role).land(now, outcome)
        };
        (self.changed)();
        landed
    }
}

impl State {
    fn entry(&mut self, role: &RoleId) -> &mut Entry {
        let at = self.entries.iter().position(|entry| entry.role == *role).unwrap_or_else(|| {
            self.entries.push(Entry { role: role.clone(), held: None, flight: None, refused: None, retry_at: None });
            self.entries.len() - 1
        });
        &mut self.entries[at]
    }
}

impl Entry {
    fn land(&mut self, now: Timestamp, outcome: Result<Arc<Minted>, PortalError>) -> Result<Arc<Minted>, PortalError> {
        self.flight = None;
        match &outcome {
            Ok(minted) => {
                self.held = Some(Arc::clone(minted));
                self.refused = None;
                self.retry_at = None;
            }
            Err(error) => {
                let expires = self.held.as_ref().map_or(now, |held| held.credentials.expiration);
                self.retry_at = Some(schedule::retry_at(now, expires, error.retry_after));
                self.refused = Some(error.clone());
            }
        }
        outcome
    }

    /// When to renew; `None` while that is under way or when there is nothing to renew.
    fn due(&self) -> Option<Timestamp> {
        let held = self.held.as_ref().filter(|_| self.flight.is_none())?;
        Some(self.retry_at.map_or(held.refresh_at, |retry_at| retry_at.max(held.refresh_at)))
    }

    fn status(&self) -> CredentialStatus {
        match (&self.held, &self.flight, &self.refused) {
            (Some(held), _, refused) => CredentialStatus::Live {
                access_key_id: held.credentials.access_key_id.clone(),
                session: held.session.clone(),
                expires: held.credentials.expiration,
                refresh_failed: refused.clone(),
            },
            (None, Some(_), _) => CredentialStatus::Fetching,
            (None, None, Some(error)) => CredentialStatus::Failed(error.clone()),
            (None, None, None) => CredentialStatus::Absent,
        }
    }
}

impl Minted {
    /// Whether they were minted lately, by the server's clock: new ones would fare no better.
    pub(in crate::state) fn is_young(&self, now: Timestamp) -> bool {
        now.millis_since(self.issued) < YOUNG_MILLIS
    }

    /// Minted at the time that the answer names; `chance` (0 to 1) moves the renewal.
    pub(in crate::state) fn from_answer(answer: CredentialsAnswer, chance: f64) -> Self {
        let (issued, session) = (answer.server_now, answer.session_id.clone());
        let credentials = answer.into_credentials();
        let refresh_at = schedule::refresh_at(issued, credentials.expiration, chance);
        Self { credentials, session, issued, refresh_at }
    }

    fn is_usable(&self, now: Timestamp) -> bool {
        now < schedule::usable_until(self.issued, self.credentials.expiration)
    }
}

/// Server's clock minus ours: its answer was written half a round trip ago, and names whole
/// seconds, cut off.
fn offset(sent: Timestamp, received: Timestamp, server_now: Timestamp) -> i64 {
    let middle = sent.plus_millis(received.millis_since(sent) / 2);
    server_now.plus_millis(500).millis_since(middle)
}

fn sealed() -> PortalError {
    PortalError::new(
        ErrorCode::MintUnavailable,
        t!("This page asks for no more credentials: somebody signed out or in in another tab."),
        t!("Load the page again."),
    )
}

fn wiped() -> PortalError {
    PortalError::new(
        ErrorCode::MintUnavailable,
        t!("The credentials were wiped while they were on their way."),
        t!("Try again if you are still signed in."),
    )
}

#[cfg(test)]
mod tests;
