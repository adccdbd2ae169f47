//! The operations of this page: each runs on while the person goes elsewhere in the portal, until it is
//! done or stopped.

use super::{Count, Operation, Pick, Report, Work};
use crate::browser::task;
use crate::model::location::Location;
use crate::model::names::RoleId;
use crate::state::failure::Failure;
use crate::state::transfers::Transfers;
use futures::future::{AbortHandle, abortable};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What an operation is called on this page.
pub type OperationId = u64;

/// What is to be done, counted and agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// In whose name.
    pub role: RoleId,
    /// Where everything is.
    pub from: Location,
    /// What is meant.
    pub picks: Vec<Pick>,
    /// What is done.
    pub work: Work,
    /// How much it is.
    pub count: Count,
    /// Whether the person knows that copies in parts may lack what the bucket hides, and wants their originals deleted.
    pub knowing: bool,
}

/// Where an operation stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Under way.
    Running,
    /// Over; the report says what became of each.
    Over,
    /// The person stopped it: what was done stays done.
    Stopped,
    /// It could not go on.
    Failed(Failure),
}

/// An operation as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What was ordered.
    pub order: Arc<Order>,
    /// Whether it takes back what another did.
    pub undoes: bool,
    /// How far it is, without the delete markers, which may be many.
    pub report: Report,
    /// Whether it can be undone.
    pub revocable: bool,
    /// Where it stands.
    pub standing: Standing,
}

/// One operation.
pub(in crate::state) struct Run {
    id: OperationId,
    order: Arc<Order>,
    /// Whether the delete markers of the report are taken away, instead of what was ordered.
    undoes: bool,
    report: Arc<Mutex<Report>>,
    standing: Standing,
    running: Option<AbortHandle>,
}

/// All of them, in the order in which they were begun.
#[derive(Default)]
pub(in crate::state) struct Board {
    runs: Vec<Run>,
    next: OperationId,
}

impl Board {
    pub(in crate::state) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(in crate::state) fn is_active(&self) -> bool {
        self.runs.iter().any(|run| run.standing == Standing::Running)
    }

    fn get(&mut self, id: OperationId) -> Option<&mut Run> {
        self.runs.iter_mut().find(|run| run.id == id)
    }

    fn put(&mut self, order: Arc<Order>, report: Report, undoes: bool) -> (OperationId, Arc<Mutex<Report>>) {
        let (id, report) = (self.next, Arc::new(Mutex::new(report)));
        self.next += 1;
        self.runs.push(Run { id, order, undoes, report: Arc::clone(&report), standing: Standing::Running, running: None });
        (id, report)
    }
}

fn locked(report: &Mutex<Report>) -> MutexGuard<'_, Report> {
    report.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transfers {
    /// Counts what was picked. Tells how far that is.
    ///
    /// # Errors
    /// What S3 or the portal refused.
    pub async fn count(&self, role: &RoleId, from: &Location, picks: &[Pick], so_far: &dyn Fn(Count)) -> Result<Count, Failure> {
        let report = Mutex::default();
        Operation { around: &self.store, role, from, picks, knowing: false, report: &report, tell: &|| {} }.count(so_far).await
    }

    /// Begins with what was ordered.
    pub fn operate(&self, order: Order) {
        self.begin(Arc::new(order), Report::default(), false);
    }

    /// Brings back what an operation deleted, as far as delete markers stand in its place; again, what an undo did not.
    pub fn undo(&self, id: OperationId) {
        let taken = self.with_board(|board| {
            let run = board.get(id).filter(|run| run.standing != Standing::Running)?;
            let mut report = locked(&run.report);
            let left = Report {
                markers: std::mem::take(&mut report.markers),
                irrevocable: report.irrevocable,
                unanswered: report.unanswered,
                ..Report::default()
            };
            let count = Count { objects: left.markers.len() as u64, ..Count::default() };
            Some((Arc::new(Order { count, ..Order::clone(&run.order) }), left))
        });
        if let Some((order, left)) = taken.filter(|(_, left)| !left.markers.is_empty()) {
            self.dismiss(id);
            self.begin(order, left, true);
        }
    }

    /// Ends an operation where it is.
    pub fn stop(&self, id: OperationId) {
        self.with_board(|board| {
            if let Some(run) = board.get(id).filter(|run| run.standing == Standing::Running) {
                run.standing = Standing::Stopped;
                run.running.take().iter().for_each(AbortHandle::abort);
            }
        });
        self.arrived_from(id);
    }

    /// Takes one that is over off the list.
    pub fn dismiss(&self, id: OperationId) {
        self.with_board(|board| board.runs.retain(|run| run.id != id || run.standing == Standing::Running));
        self.go_on();
    }

    /// The operations of this page.
    #[must_use]
    pub fn operations(&self) -> Vec<OperationId> {
        self.with_board(|board| board.runs.iter().map(|run| run.id).collect())
    }

    /// One of them.
    #[must_use]
    pub fn operation(&self, id: OperationId) -> Option<Shown> {
        self.with_board(|board| {
            let run = board.get(id)?;
            let report = locked(&run.report);
            Some(Shown {
                order: Arc::clone(&run.order),
                undoes: run.undoes,
                revocable: run.standing != Standing::Running && !report.markers.is_empty(),
                report: Report { failures: report.failures.clone(), markers: Vec::new(), ..*report },
                standing: run.standing.clone(),
            })
        })
    }

    fn begin(&self, order: Arc<Order>, report: Report, undoes: bool) {
        let (id, report) = self.with_board(|board| board.put(Arc::clone(&order), report, undoes));
        let this = *self;
        let (work, handle) = abortable(async move {
            let Order { role, from, picks, work, count, knowing, .. } = &*order;
            let (store, tell) = (this.store, move || this.changed());
            let operation = Operation { around: &store, role, from, picks, knowing: *knowing, report: &report, tell: &tell };
            if undoes { operation.undo().await } else { operation.run(work, count.newest).await }
        });
        self.with_board(|board| {
            if let Some(run) = board.get(id) {
                run.running = Some(handle);
            }
        });
        self.go_on();
        task::spawn(async move {
            if let Ok(outcome) = work.await {
                this.with_board(|board| {
                    if let Some(run) = board.get(id) {
                        run.running = None;
                        run.standing = outcome.map_or_else(Standing::Failed, |()| Standing::Over);
                    }
                });
                this.arrived_from(id);
            }
        });
    }

    /// The places that an operation changed are listed anew.
    fn arrived_from(&self, id: OperationId) {
        let places = self.with_board(|board| {
            let order = Arc::clone(&board.get(id)?.order);
            let from = order.picks.iter().map(|pick| (order.from.name.clone(), pick.what.key().to_owned()));
            let to = match &order.work {
                Work::Delete => None,
                Work::Copy(to, _) | Work::Move(to, _) => Some(to.name.clone()),
            };
            let to = to.into_iter().flat_map(|to| order.picks.iter().map(move |pick| (to.clone(), pick.to.clone())));
            Some(from.chain(to).collect::<Vec<_>>())
        });
        self.arrived(&places.unwrap_or_default());
    }
}
