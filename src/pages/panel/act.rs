//! Work that a part of the panel has begun, and that ends with it.

use crate::browser::task;
use crate::pages::problem::explanation;
use crate::reactive::{RwSignal, StoredValue, Value};
use crate::state::failure::Failure;
use crate::ui::button::button;
use crate::ui::piece::{IntoPiece, Piece, Tag, tag};
use futures::future::{AbortHandle, abortable};
use leptos::prelude::on_cleanup;
use std::future::Future;

/// What came of a question; `None` while it is asked.
pub(super) type Outcome<T> = Option<Result<T, Failure>>;

/// A question whose answer is shown: asked anew, the one before is dropped.
#[derive(Debug)]
pub(super) struct Asking<T> {
    pub(super) outcome: RwSignal<Outcome<T>>,
    running: StoredValue<Option<AbortHandle>>,
}

impl<T> Clone for Asking<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Asking<T> {}

impl<T: Value> Asking<T> {
    /// Nothing is asked yet. Ends with the surrounding piece.
    pub(super) fn new() -> Self {
        let running = StoredValue::new(None::<AbortHandle>);
        on_cleanup(move || running.update_value(|running| running.take().iter().for_each(AbortHandle::abort)));
        Self { outcome: RwSignal::new(None), running }
    }

    /// Asks.
    pub(super) fn ask(self, work: impl Future<Output = Result<T, Failure>> + 'static) {
        if self.outcome.try_set(None).is_err() {
            // What would show it is gone.
            return;
        }
        let (work, handle) = abortable(work);
        self.running.update_value(|running| {
            if let Some(before) = running.replace(handle) {
                before.abort();
            }
        });
        task::spawn(async move {
            if let Ok(found) = work.await {
                let _ = self.outcome.try_set(Some(found));
            }
        });
    }
}

/// What became of something that the person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Under(&'static str),
    Done(&'static str),
    Failed(Failure),
}

/// A line that says what became of it.
pub(super) fn told(deed: Option<Deed>) -> Piece {
    match deed {
        None => ().piece(),
        Some(Deed::Under(words) | Deed::Done(words)) => tag("p").class("panel__told secondary small").child(words).piece(),
        Some(Deed::Failed(failure)) => failed(failure).piece(),
    }
}

/// A failure in few words.
pub(super) fn failed(failure: Failure) -> Tag {
    let explained = explanation(&failure.section);
    let small = [failure.code, failure.reference].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    tag("p")
        .class("panel__told small bad")
        .set("role", "alert")
        .child(failure.message)
        .child(" ")
        .child(failure.next_step)
        .child((!small.is_empty()).then(|| tag("code").class("secondary").child(" ").child(small)))
        .child(" ")
        .child(explained)
}

/// A button that is grey with the reason where there is one. `name` says its label and what it is about.
pub(super) fn barred_button(
    class: &'static str,
    label: &'static str,
    name: &str,
    barred: Option<String>,
    press: impl FnMut() + Send + 'static,
) -> Tag {
    match barred {
        None => button(class, label, press).set("aria-label", name.to_owned()),
        Some(why) => button(class, label, || {}).set("aria-disabled", "true").set("aria-label", [name, &why].join(": ")).set("title", why),
    }
}
