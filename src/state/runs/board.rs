//! The runs of this page: each goes on while the person is elsewhere in the portal, until it is done or stopped.

use super::{MOST, RunOrder, Turn, run};
use crate::browser::task;
use crate::model::location::Location;
use crate::model::names::RoleId;
use crate::model::object::Object;
use crate::state::failure::Failure;
use crate::state::operations::{Pick, objects};
use crate::state::transfers::Transfers;
use crate::words::t;
use futures::future::{AbortHandle, abortable};
use std::sync::Arc;

/// What a run is called on this page.
pub type RunId = u64;

/// A run as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What was ordered.
    pub order: Arc<RunOrder>,
    /// Where each object stands, in the order of the objects.
    pub turns: Arc<Vec<Turn>>,
    /// Whether it goes on.
    pub running: bool,
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.turns, &other.turns) && self.running == other.running
    }
}

impl Shown {
    /// How many objects are in a state.
    #[must_use]
    pub fn count(&self, fits: impl Fn(&Turn) -> bool) -> usize {
        self.turns.iter().filter(|turn| fits(turn)).count()
    }
}

struct Run {
    id: RunId,
    order: Arc<RunOrder>,
    turns: Arc<Vec<Turn>>,
    running: Option<AbortHandle>,
}

/// All of them, in the order in which they were begun.
#[derive(Default)]
pub(in crate::state) struct Board {
    runs: Vec<Run>,
    next: RunId,
}

impl Board {
    pub(in crate::state) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(in crate::state) fn is_active(&self) -> bool {
        self.runs.iter().any(|run| run.running.is_some())
    }

    fn get(&mut self, id: RunId) -> Option<&mut Run> {
        self.runs.iter_mut().find(|run| run.id == id)
    }

    pub(super) fn put(&mut self, order: RunOrder) -> RunId {
        let id = self.next;
        self.next += 1;
        let turns = Arc::new(vec![Turn::Waiting; order.objects.len()]);
        self.runs.push(Run { id, order: Arc::new(order), turns, running: None });
        id
    }

    pub(super) fn see(&mut self, id: RunId, number: usize, turn: Turn) {
        if let Some(place) = self.get(id).and_then(|run| Arc::make_mut(&mut run.turns).get_mut(number)) {
            *place = turn;
        }
    }

    /// The numbers of the objects that are to be run: all that have not gone well. They wait from now on.
    pub(super) fn due(&mut self, id: RunId) -> Vec<usize> {
        let Some(run) = self.get(id).filter(|run| run.running.is_none()) else { return Vec::new() };
        let due: Vec<usize> = run.turns.iter().enumerate().filter(|(_, turn)| !turn.is_fine()).map(|(number, _)| number).collect();
        let turns = Arc::make_mut(&mut run.turns);
        due.iter().for_each(|number| turns[*number] = Turn::Waiting);
        due
    }

    pub(super) fn stop(&mut self, id: RunId) {
        let Some(run) = self.get(id) else { return };
        run.running.take().iter().for_each(AbortHandle::abort);
        for turn in Arc::make_mut(&mut run.turns).iter_mut().filter(|turn| turn.is_under_way()) {
            // While it is throttled, it has not run.
            *turn = if matches!(turn, Turn::Throttled(_)) { Turn::Waiting } else { Turn::Stopped };
        }
    }

    pub(super) fn shown(&mut self, id: RunId) -> Option<Shown> {
        let run = self.get(id)?;
        Some(Shown { order: Arc::clone(&run.order), turns: Arc::clone(&run.turns), running: run.running.is_some() })
    }
}

impl Transfers {
    /// The objects that were picked, those in folders too.
    ///
    /// # Errors
    /// What S3 or the portal refused, and more than [`MOST`] of them.
    pub async fn objects(&self, role: &RoleId, from: &Location, picks: &[Pick], so_far: &dyn Fn(usize)) -> Result<Arc<[Object]>, Failure> {
        let found = objects(&self.store, role, from, picks, MOST, so_far).await?;
        found.map(Into::into).ok_or_else(|| {
            Failure::new(
                t!("There are more than {count} objects in it.", count = MOST),
                t!("Choose less, or have something in AWS do it: S3 Batch Operations invoke a function on millions."),
            )
        })
    }

    /// Begins a run.
    pub fn run(&self, order: RunOrder) {
        let id = self.with_runs(|runs| runs.put(order));
        self.run_due(id);
    }

    /// Runs the function on what has not gone well.
    pub fn run_due(&self, id: RunId) {
        let (due, shown) = self.with_runs(|runs| (runs.due(id), runs.shown(id)));
        let Some(Shown { order, .. }) = shown.filter(|_| !due.is_empty()) else { return };
        let this = *self;
        let (work, handle) = abortable(async move {
            let tell = |number: usize, turn: Turn| {
                this.with_runs(|runs| runs.see(id, number, turn));
                this.changed();
            };
            run(&this.store, &order, &due, &tell).await;
        });
        self.with_runs(|runs| {
            if let Some(run) = runs.get(id) {
                run.running = Some(handle);
            }
        });
        self.go_on();
        task::spawn(async move {
            if work.await.is_ok() {
                this.with_runs(|runs| {
                    if let Some(run) = runs.get(id) {
                        run.running = None;
                    }
                });
                this.go_on();
            }
        });
    }

    /// Ends a run where it is.
    pub fn stop_run(&self, id: RunId) {
        self.with_runs(|runs| runs.stop(id));
        self.go_on();
    }

    /// Takes one that is over off the list.
    pub fn dismiss_run(&self, id: RunId) {
        self.with_runs(|runs| runs.runs.retain(|run| run.id != id || run.running.is_some()));
        self.go_on();
    }

    /// The runs of this page.
    #[must_use]
    pub fn runs(&self) -> Vec<RunId> {
        self.with_runs(|runs| runs.runs.iter().map(|run| run.id).collect())
    }

    /// One of them.
    #[must_use]
    pub fn shown_run(&self, id: RunId) -> Option<Shown> {
        self.with_runs(|runs| runs.shown(id))
    }
}
