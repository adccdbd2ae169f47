//! The object that is looked at, and what is under way for it.

use super::look::{self, Asked, Seen};
use crate::browser::task;
use crate::reactive::{RwSignal, StoredValue, effect};
use crate::state::credentials::CredentialStore;
use crate::state::details::Subject;
use crate::state::failure::Failure;
use crate::state::preview;
use futures::future::{AbortHandle, abortable};
use leptos::prelude::{on_cleanup, window_event_listener_untyped};
use std::future::Future;
use std::sync::Arc;

/// Where it stands.
#[derive(Clone)]
pub(super) enum Shown {
    /// Nothing: the page was left.
    Nothing,
    Loading,
    Failed(Failure),
    Ready(Arc<Seen>),
}

#[derive(Clone, Copy)]
pub(super) struct Viewing {
    pub(super) store: CredentialStore,
    pub(super) asked: StoredValue<Arc<Asked>>,
    pub(super) shown: RwSignal<Shown>,
    /// More is being read, while what was read stays.
    pub(super) busy: RwSignal<bool>,
    /// Why more could not be read.
    pub(super) failed: RwSignal<Option<Failure>>,
    /// Whether it is shown over the whole page.
    pub(super) wide: RwSignal<bool>,
    running: StoredValue<Option<AbortHandle>>,
}

impl Viewing {
    /// Begins to look. Ends with the surrounding piece.
    pub(super) fn begin(subject: Subject, size: u64, media_type: String) -> Self {
        let viewing = Self {
            store: CredentialStore::current(),
            asked: StoredValue::new(Arc::new(Asked { subject, size, media_type })),
            shown: RwSignal::new(Shown::Loading),
            busy: RwSignal::new(false),
            failed: RwSignal::new(None),
            wide: RwSignal::new(false),
            running: StoredValue::new(None),
        };
        let returns = preview::returns(viewing.store);
        effect(move || {
            returns.track();
            viewing.look(false);
        });
        // The back/forward cache keeps the heap: nothing of an object is to be in it.
        let left = window_event_listener_untyped("pagehide", move |_| {
            viewing.halt();
            viewing.shown.set(Shown::Nothing);
        });
        on_cleanup(move || {
            left.remove();
            viewing.halt();
        });
        viewing
    }

    pub(super) fn asked(self) -> Arc<Asked> {
        self.asked.get_value()
    }

    /// Looks at it anew. `insist`: also where that takes many bytes.
    pub(super) fn look(self, insist: bool) {
        self.shown.set(Shown::Loading);
        let asked = self.asked();
        self.run(async move {
            let shown = match look::look(self.store, &asked, insist).await {
                Ok(seen) => Shown::Ready(Arc::new(seen)),
                Err(failure) => Shown::Failed(failure),
            };
            let _ = self.shown.try_set(shown);
        });
    }

    /// Shows more of it.
    pub(super) fn more(self) {
        let Shown::Ready(seen) = self.shown.get_untracked() else { return };
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        let asked = self.asked();
        self.run(async move {
            match look::more(self.store, &asked, &seen).await {
                Ok(seen) => drop(self.shown.try_set(Shown::Ready(Arc::new(seen)))),
                Err(failure) => drop(self.failed.try_set(Some(failure))),
            }
            let _ = self.busy.try_set(false);
        });
    }

    fn run(self, work: impl Future<Output = ()> + 'static) {
        let (work, handle) = abortable(work);
        self.halt();
        self.running.update_value(|running| *running = Some(handle));
        task::spawn(async move {
            let _ = work.await;
        });
    }

    /// Breaks off what is under way: its requests are aborted.
    fn halt(self) {
        let _ = self.running.try_update_value(|running| running.take().iter().for_each(AbortHandle::abort));
    }
}
