//! What is being saved to the device, beside the uploads on the list.

use super::desk::{Direction, Totals, Transfer, TransferId, TransferState};
use super::download::{Form, Job, Progress};
use crate::browser::sink::Sink;
use crate::state::failure::Failure;
use futures::future::AbortHandle;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One file that is being saved.
pub(super) struct Save {
    pub(super) id: TransferId,
    pub(super) job: Arc<Job>,
    /// What the file is called.
    pub(super) name: String,
    pub(super) progress: Arc<Mutex<Progress>>,
    /// Where it is written, until it is whole.
    pub(super) sink: Option<Sink>,
    pub(super) state: TransferState,
    pub(super) running: Option<AbortHandle>,
}

impl Save {
    /// Whether it rests, with what is written of it still there.
    fn can_go_on(&self) -> bool {
        matches!(self.state, TransferState::Paused | TransferState::Failed(_)) && self.sink.is_some()
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self) -> Transfer {
        let progress = self.progress();
        let confirmed = progress.bytes();
        Transfer {
            id: self.id,
            path: self.name.clone(),
            bucket: self.job.location.name.clone(),
            key: self.job.base.clone(),
            size: progress.all.map_or(confirmed, |(_, bytes)| bytes),
            confirmed,
            state: self.state.clone(),
            resumable: self.sink.is_some(),
            direction: Direction::Down {
                objects: progress.objects,
                all: progress.all.map(|(objects, _)| objects),
                archive: self.job.form == Form::Archive,
            },
        }
    }
}

/// All that is being saved or was, in the order in which it came.
#[derive(Default)]
pub(super) struct Saves(Vec<Save>);

impl Saves {
    pub(super) fn push(&mut self, save: Save) {
        self.0.push(save);
    }

    pub(super) fn get(&mut self, id: TransferId) -> Option<&mut Save> {
        self.0.iter_mut().find(|save| save.id == id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_active(&self) -> bool {
        self.0.iter().any(|save| save.state == TransferState::Running)
    }

    /// Whether something that is written so far waits to go on.
    pub(super) fn rests(&self) -> bool {
        self.0.iter().any(Save::can_go_on)
    }

    pub(super) fn ids(&self, fits: impl Fn(&TransferState) -> bool) -> Vec<TransferId> {
        self.0.iter().filter(|save| fits(&save.state)).map(|save| save.id).collect()
    }

    pub(super) fn shown(&self, id: TransferId) -> Option<Transfer> {
        self.0.iter().find(|save| save.id == id).map(Save::shown)
    }

    /// The next that is to be worked on, which is marked as running.
    pub(super) fn begin(&mut self) -> Option<TransferId> {
        let save = self.0.iter_mut().find(|save| save.state == TransferState::Waiting)?;
        save.state = TransferState::Running;
        Some(save.id)
    }

    pub(super) fn pause(&mut self, id: TransferId) {
        if let Some(save) = self.get(id).filter(|save| matches!(save.state, TransferState::Running | TransferState::Waiting)) {
            save.state = TransferState::Paused;
            save.running.take().iter().for_each(AbortHandle::abort);
        }
    }

    /// Has it go on where it was: what is written stays.
    pub(super) fn resume(&mut self, id: TransferId) {
        if let Some(save) = self.get(id).filter(|save| save.can_go_on()) {
            save.state = TransferState::Waiting;
        }
    }

    /// What became of one that was running.
    pub(super) fn finish(&mut self, id: TransferId, result: Result<(), Failure>) {
        if let Some(save) = self.get(id).filter(|save| save.state == TransferState::Running) {
            save.running = None;
            save.state = match result {
                Err(failure) => TransferState::Failed(failure),
                Ok(()) => {
                    save.sink = None;
                    let progress = save.progress();
                    if progress.left_out == 0 {
                        TransferState::Stored
                    } else {
                        TransferState::Incomplete { left_out: progress.left_out, missing: progress.missing.as_slice().into() }
                    }
                }
            };
        }
    }

    /// Takes files off, whatever becomes of them, and gives what was written of those that are not whole.
    pub(super) fn remove(&mut self, goes: impl Fn(&Save) -> bool) -> Vec<Sink> {
        let (gone, left) = std::mem::take(&mut self.0).into_iter().partition(goes);
        self.0 = left;
        let gone: Vec<Save> = gone;
        gone.iter().filter_map(|save| save.running.as_ref()).for_each(AbortHandle::abort);
        gone.into_iter().filter_map(|save| save.sink).collect()
    }

    /// Adds how far all are. Gives how many bytes are left.
    pub(super) fn count(&self, totals: &mut Totals) -> u64 {
        let mut left = 0;
        for save in &self.0 {
            let Transfer { size, confirmed, .. } = save.shown();
            totals.saves += 1;
            totals.bytes += size;
            totals.confirmed += confirmed;
            match save.state {
                TransferState::Waiting | TransferState::Running => {
                    totals.active += 1;
                    totals.unknown |= save.progress().all.is_none();
                    left += size.saturating_sub(confirmed);
                }
                TransferState::Paused => totals.paused += 1,
                TransferState::Incomplete { .. } => totals.incomplete += 1,
                TransferState::Stored => totals.saved += 1,
                _ => {
                    totals.failed += 1;
                    totals.resumable += usize::from(save.can_go_on());
                }
            }
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::sink::tests::sink;
    use crate::model::location::{AddressingStyle, Location, Signing};
    use crate::model::names::RoleId;
    use crate::state::transfers::desk::Desk;
    use crate::state::transfers::download::Missing;

    fn desk_with(saves: usize) -> Desk {
        let location = Location {
            name: "b".into(),
            region: "eu-west-1".into(),
            endpoint: "https://s3.example".into(),
            style: AddressingStyle::Path,
            prefix: String::new(),
            permissions: Vec::new(),
            sign: Signing::Query,
        };
        let job = Job { role: RoleId::parse("reader").unwrap(), location, roots: Vec::new(), base: "f/".into(), form: Form::Archive };
        let mut desk = Desk::default();
        for number in 0..saves {
            let id = desk.next_id();
            desk.saves.push(Save {
                id,
                job: Arc::new(job.clone()),
                name: format!("{number}.zip"),
                progress: Arc::default(),
                sink: Some(sink()),
                state: TransferState::Waiting,
                running: None,
            });
        }
        desk
    }

    #[test]
    fn all_begin_at_once_and_rest_one_by_one() {
        let mut desk = desk_with(2);
        assert_eq!((desk.saves.begin(), desk.saves.begin(), desk.saves.begin()), (Some(0), Some(1), None));
        assert!(desk.is_active());
        let (handle, registration) = AbortHandle::new_pair();
        desk.saves.get(0).unwrap().running = Some(handle);
        desk.pause(0);
        assert!(registration.handle().is_aborted());
        desk.pause(1);
        assert!(!desk.is_active() && desk.is_unfinished(), "what rests would be lost");
        assert_eq!(desk.ids(|state| *state == TransferState::Paused), [0, 1]);
        desk.saves.finish(0, Ok(()));
        assert_eq!(desk.ids(|state| *state == TransferState::Paused), [0, 1], "what was stopped does not finish");
        desk.resume(0);
        assert_eq!(desk.saves.begin(), Some(0));
        desk.saves.finish(0, Ok(()));
        desk.saves.remove(|save| save.id == 1);
        assert!(!desk.is_unfinished());
    }

    #[test]
    fn it_is_whole_only_when_nothing_was_left_out() {
        let mut desk = desk_with(3);
        while desk.saves.begin().is_some() {}
        {
            let save = desk.saves.get(1).unwrap();
            let mut progress = save.progress();
            progress.left_out = 2;
            progress.missing.push(Missing { key: "f/a".into(), why: "is not there any more".into() });
        }
        desk.saves.finish(0, Ok(()));
        desk.saves.finish(1, Ok(()));
        desk.saves.finish(2, Err(Failure::new("m", "n")));
        assert!(!desk.is_active());
        let totals = desk.totals(0);
        assert_eq!((totals.files, totals.saves, totals.saved, totals.incomplete), (0, 3, 1, 1));
        assert_eq!((totals.failed, totals.resumable), (1, 1));
        assert!(desk.is_unfinished(), "what is written of the third would be lost");
        let TransferState::Incomplete { left_out: 2, missing } = desk.shown(1).unwrap().state else { panic!("incomplete") };
        assert_eq!(missing.len(), 1);
        assert!(!desk.shown(0).unwrap().resumable && desk.shown(2).unwrap().resumable);
        assert_eq!(desk.saves.remove(|save| save.state == TransferState::Stored).len(), 0, "what is whole stays where it is");
        assert_eq!(desk.saves.remove(|_| true).len(), 1, "of what failed the file is removed");
        assert!(desk.is_empty());
    }

    #[test]
    fn how_much_there_is_may_be_unknown() {
        let mut desk = desk_with(1);
        desk.saves.begin();
        let totals = desk.totals(0);
        assert!(totals.unknown && totals.active == 1 && totals.seconds_left.is_none());
        desk.saves.get(0).unwrap().progress().all = Some((2, 900));
        let totals = desk.totals(0);
        assert_eq!((totals.unknown, totals.bytes, totals.confirmed), (false, 900, 0));
    }
}
