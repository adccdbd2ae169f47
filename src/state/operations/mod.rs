//! Copies, moves and deletes objects and whole folders, all of it done by S3: no byte comes here.
//!
//! First everything is counted, then the person is asked, then it is done as it is listed once more, so
//! that a million objects need no memory. What was written after the count was not asked about and
//! stays. A move deletes an object only when its copy is there and whole; where something fails, the
//! rest goes on, and the report names what is left.

mod batch;
mod board;
mod copy;
mod delete;
mod walk;

pub(in crate::state) use board::Board;
pub use board::{OperationId, Order, Shown, Standing};

use super::exchange::Surroundings;
use super::exchange::errand::Errand;
use super::failure::Failure;
use super::transfers::{Chosen, is_left_out};
use crate::aws::s3::copy::LARGEST;
use crate::aws::s3::upload::Existing;
use crate::model::clock::Timestamp;
use crate::model::location::Location;
use crate::model::names::RoleId;
use crate::model::object::Object;
use crate::words::t;
use batch::Vacancy;
use std::sync::{Mutex, MutexGuard, PoisonError};
use walk::{Pages, Step};

/// Objects that are copied at the same time: as many as a browser has connections to a host.
const ABREAST: usize = 6;

/// Failures that a report names; the rest are counted.
const NAMED: usize = 100;

/// Delete markers that are remembered, so that a delete can be undone.
pub const UNDOABLE: usize = 100_000;

/// An object or a folder, and where it would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pick {
    /// What it is.
    pub what: Chosen,
    /// Key of the copy, or prefix of the folder's copy. Nothing for what is deleted.
    pub to: String,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Delete.
    Delete,
    /// Copy to a location.
    Copy(Location, Existing),
    /// Copy to a location, and then delete.
    Move(Location, Existing),
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Objects.
    pub objects: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// How many of them S3 copies in parts only.
    pub large: u64,
    /// When the newest of them was written, by the clock of S3; nothing where only their number matters.
    pub newest: Option<Timestamp>,
}

impl Count {
    fn add(&mut self, bytes: u64) {
        self.objects += 1;
        self.bytes += bytes;
        self.large += u64::from(bytes > LARGEST);
    }
}

/// How far it is, and in the end what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Done: deleted, or copied and checked, or moved.
    pub done: Count,
    /// Copied, and not yet looked at, or not yet deleted where they were.
    pub under_way: u64,
    /// Asked for, and not answered: what of these is done, nobody knows.
    pub unanswered: u64,
    /// What failed; the first of them by name.
    pub failed: u64,
    /// Those, with the reason.
    pub failures: Vec<(String, Failure)>,
    /// Not copied, because there is an object of that name.
    pub kept: u64,
    /// Copies that may lack metadata or tags which the bucket hides from this page.
    pub perhaps_less: u64,
    /// Written after the count, and left alone.
    pub newer: u64,
    /// Delete markers that now stand in the place of objects: key and version.
    pub markers: Vec<(String, String)>,
    /// How many were deleted that `markers` cannot bring back.
    pub irrevocable: u64,
}

impl Report {
    /// How many were dealt with, for a progress bar: those too that are copied and still have to be looked at.
    #[must_use]
    pub fn through(&self) -> u64 {
        self.done.objects + self.failed + self.kept + self.under_way
    }

    fn failed(&mut self, key: &str, failure: Failure) {
        self.failed += 1;
        if self.failures.len() < NAMED {
            self.failures.push((key.to_owned(), failure));
        }
    }
}

/// In whose name, and from where.
pub(super) struct Operation<'a> {
    pub(super) around: &'a dyn Surroundings,
    pub(super) role: &'a RoleId,
    pub(super) from: &'a Location,
    pub(super) picks: &'a [Pick],
    /// Whether originals are deleted whose copies may lack what the bucket hides from this page.
    pub(super) knowing: bool,
    pub(super) report: &'a Mutex<Report>,
    pub(super) tell: &'a dyn Fn(),
}

impl Operation<'_> {
    /// Counts everything that was picked. Tells how far it is.
    pub(super) async fn count(&self, so_far: &dyn Fn(Count)) -> Result<Count, Failure> {
        let mut count = Count::default();
        let mut pages = Pages::of(Errand { awaited: true, ..self.errand() }, self.picks);
        while let Some(page) = pages.next().await? {
            for Step { object, .. } in &page {
                count.add(object.size);
                count.newest = count.newest.max(object.last_modified);
            }
            so_far(count);
        }
        Ok(count)
    }

    /// Does it, to everything that is not newer than the newest that was counted: only the clock of S3 tells what came
    /// after the count. An error is one that ends the whole; what was done until then is in the report.
    pub(super) async fn run(&self, work: &Work, newest: Option<Timestamp>) -> Result<(), Failure> {
        for pick in self.picks {
            self.check(pick, work)?;
        }
        let mut pages = Pages::of(self.errand(), self.picks);
        let mut vacancy = Vacancy::default();
        loop {
            let folder = pages.destination().map(str::to_owned);
            let Some(mut page) = pages.next().await? else { return Ok(()) };
            let all = page.len();
            page.retain(|step| step.by_itself || step.object.last_modified <= newest);
            self.report().newer += (all - page.len()) as u64;
            match work {
                Work::Delete => self.delete(&page).await?,
                Work::Copy(to, existing) => self.copy_all(&page, (to, *existing, false), folder.as_deref(), &mut vacancy).await,
                Work::Move(to, existing) => self.copy_all(&page, (to, *existing, true), folder.as_deref(), &mut vacancy).await,
            }
            (self.tell)();
        }
    }

    /// What must not even begin.
    fn check(&self, pick: &Pick, work: &Work) -> Result<(), Failure> {
        let (Work::Copy(to, _) | Work::Move(to, _)) = work else { return Ok(()) };
        let same_bucket = (&to.name, &to.endpoint) == (&self.from.name, &self.from.endpoint);
        let within = match &pick.what {
            Chosen::Object(object) => same_bucket && object.key == pick.to,
            Chosen::Folder(prefix) => same_bucket && pick.to.starts_with(prefix),
            // Into a folder that stays where it is, everything else may go.
            Chosen::AllBut(prefix, but) => same_bucket && pick.to.starts_with(prefix) && !is_left_out(but, prefix, &pick.to),
        };
        if within {
            return Err(Failure::new(t!("It cannot be copied into itself."), t!("Choose another place or another name.")));
        }
        if pick.to.is_empty() || !pick.to.starts_with(&to.prefix) {
            return Err(Failure::new(t!("It would come to stand outside of what your role opens."), t!("Choose another place.")));
        }
        Ok(())
    }

    fn errand(&self) -> Errand<'_> {
        Errand::short(self.around, self.role, self.from)
    }

    fn report(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The objects that were picked, those in folders too; `None` where there are more than `most`.
pub(in crate::state) async fn objects(
    around: &dyn Surroundings,
    role: &RoleId,
    from: &Location,
    picks: &[Pick],
    most: usize,
    so_far: &dyn Fn(usize),
) -> Result<Option<Vec<Object>>, Failure> {
    let mut pages = Pages::of(Errand { awaited: true, ..Errand::short(around, role, from) }, picks);
    let mut objects = Vec::new();
    while let Some(page) = pages.next().await? {
        objects.extend(page.into_iter().map(|step| step.object));
        if objects.len() > most {
            return Ok(None);
        }
        so_far(objects.len());
    }
    Ok(Some(objects))
}

#[cfg(test)]
mod tests;
