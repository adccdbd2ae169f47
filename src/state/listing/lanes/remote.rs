//! Pages from S3, over one or two host names.
//!
//! Over HTTP/1.1 a browser opens six connections to a host name, so a second name of the same bucket gives twice as
//! many. Not every network lets a browser reach it: one request tries it, and the others wait for nothing.

use super::super::{ListingTarget, Part, page_of};
use super::drive::Source;
use super::pace::Pace;
use super::range::Begin;
use super::survey::Ask;
use crate::aws::request::{Answer, Request};
use crate::aws::s3::address;
use crate::aws::s3::list::From;
use crate::browser::fetch::TransportError;
use crate::model::clock::Timestamp;
use crate::model::error::PortalError;
use crate::model::location::{Location, Signing};
use crate::model::names::RoleId;
use crate::model::object::ListPage;
use crate::state::credentials::{CredentialStore, Minted};
use crate::state::exchange::Surroundings;
use crate::state::failure::Failure;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};

/// Lanes over one host name: its six connections, and what they take up at once.
const OVER_ONE: usize = 8;

/// Lanes over two.
const OVER_TWO: usize = 12;

/// The first pause before a page is asked for again, in milliseconds; each further one is twice as long.
const FIRST_PAUSE: u32 = 250;

/// Host names that were tried in this tab, and whether they answered.
static TRIED: Mutex<Vec<(String, bool)>> = Mutex::new(Vec::new());

/// What is known of the second host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trial {
    Due,
    UnderWay,
    Passed,
    Failed,
}

/// A bucket at its host names.
pub(super) struct Hosts {
    store: CredentialStore,
    target: ListingTarget,
    second: Option<Location>,
    trial: Cell<Trial>,
    under_way: [Cell<usize>; 2],
}

impl Hosts {
    pub(super) fn of(store: CredentialStore, target: ListingTarget) -> Self {
        let second = address::elsewhere(&target.location);
        let tried = TRIED.lock().unwrap_or_else(PoisonError::into_inner);
        let known = second.as_ref().and_then(|second| tried.iter().find(|(endpoint, _)| *endpoint == second.endpoint));
        let trial = match (&second, known) {
            (None, _) | (_, Some((_, false))) => Trial::Failed,
            (_, Some((_, true))) => Trial::Passed,
            (Some(_), None) => Trial::Due,
        };
        drop(tried);
        Self { store, target, second, trial: Cell::new(trial), under_way: [Cell::new(0), Cell::new(0)] }
    }

    /// How many lanes there are connections for, as far as is known.
    pub(super) fn lanes(&self) -> usize {
        if self.trial.get() == Trial::Passed { OVER_TWO } else { OVER_ONE }
    }

    /// The second host name, where the next request should go to it.
    fn turn(&self) -> Option<&Location> {
        let second = self.second.as_ref()?;
        match self.trial.get() {
            Trial::Due => {
                self.trial.set(Trial::UnderWay);
                Some(second)
            }
            Trial::Passed => (self.under_way[1].get() < self.under_way[0].get()).then_some(second),
            Trial::UnderWay | Trial::Failed => None,
        }
    }

    fn decide(&self, second: &Location, passed: bool, pace: &Pace) {
        self.trial.set(if passed { Trial::Passed } else { Trial::Failed });
        TRIED.lock().unwrap_or_else(PoisonError::into_inner).push((second.endpoint.clone(), passed));
        pace.widen(self.lanes());
    }

    async fn ask(&self, around: &Eased<'_>, host: usize, location: &Location, ask: &Ask) -> Result<ListPage, Failure> {
        let _counted = Counted::of(&self.under_way[host]);
        let after;
        let (from, folds) = match &ask.begin {
            Some(Begin::After(name)) => {
                after = [self.target.prefix.as_str(), name].concat();
                (From::After(&after), !self.target.subfolders)
            }
            Some(Begin::Token(token)) => (From::Token(token), !self.target.subfolders),
            None => (From::Start, true),
        };
        page_of(around, &self.target, location, Part { from, folds, most: ask.most }).await
    }
}

impl Source for Hosts {
    fn page<'a>(&'a self, ask: &Ask, pace: &'a Pace) -> LocalBoxFuture<'a, Result<ListPage, Failure>> {
        let ask = ask.clone();
        async move {
            if ask.attempt > 0 {
                self.store.pause(FIRST_PAUSE << ask.attempt.min(4)).await;
            }
            let around = Eased { store: &self.store, pace, moment: Cell::new(pace.moment()) };
            if let Some(second) = self.turn() {
                let answer = self.ask(&around, 1, second, &ask).await;
                let was_known = self.trial.get() == Trial::Passed;
                if !was_known {
                    self.decide(second, answer.is_ok(), pace);
                }
                if was_known || answer.is_ok() {
                    return answer.inspect(|_| pace.went_well());
                }
            }
            self.ask(&around, 0, &self.target.location, &ask).await.inspect(|_| pace.went_well())
        }
        .boxed_local()
    }
}

/// One more request under way, for as long as it lives.
struct Counted<'a>(&'a Cell<usize>);

impl<'a> Counted<'a> {
    fn of(count: &'a Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// The credential store and the network; the pace hears when the service wants a pause.
struct Eased<'a> {
    store: &'a CredentialStore,
    pace: &'a Pace,
    moment: Cell<u32>,
}

impl Surroundings for Eased<'_> {
    fn credentials<'a>(&'a self, role: &'a RoleId) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        self.store.credentials(role)
    }

    fn other_credentials<'a>(&'a self, role: &'a RoleId, refused: &'a str) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        self.store.other_credentials(role, refused)
    }

    fn now(&self) -> Timestamp {
        self.store.now()
    }

    fn signing(&self, role: &RoleId, location: &Location) -> (Signing, bool) {
        self.store.signing(role, location)
    }

    fn settle_signing(&self, role: &RoleId, location: &Location, signing: Signing) {
        self.store.settle_signing(role, location, signing);
    }

    fn send<'a>(&'a self, request: &'a Request, time_limit: u32) -> LocalBoxFuture<'a, Result<Answer, TransportError>> {
        self.store.send(request, time_limit)
    }

    fn pause(&self, milliseconds: u32) -> LocalBoxFuture<'_, ()> {
        self.pace.ease(self.moment.get());
        self.moment.set(self.pace.moment());
        self.store.pause(milliseconds)
    }
}
