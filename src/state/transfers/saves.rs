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
        let rests = |save: &&mut Save| matches!(save.state, TransferState::Paused | TransferState::Failed(_)) && save.sink.is_some();
        if let Some(save) = self.get(id).filter(rests) {
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
                _ => totals.failed += 1,
            }
        }
        left
    }
}
