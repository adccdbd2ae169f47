//! One file on its way: begun, heard of, and over.

use super::Transfers;
use super::desk::TransferId;
use super::record;
use super::upload::{Event, Outcome, Outside, Way};
use crate::aws::request::{Answer, Request};
use crate::browser::fetch::{self, Body, TransportError};
use crate::browser::file::{self, File, Unreadable};
use crate::browser::task;
use crate::state::credentials::CredentialStore;
use crate::state::failure::Failure;
use crate::words::t;
use futures::FutureExt;
use futures::future::{LocalBoxFuture, abortable};
use std::sync::Arc;

impl Transfers {
    pub(super) fn start(&self, id: TransferId) {
        let (this, inner) = (*self, self.inner());
        let taken = self.with_item(id, |item| (item.job.clone(), item.file.clone(), Arc::clone(&item.progress)));
        let Some((job, Some(file), progress)) = taken else { return };
        let (work, handle) = abortable(async move {
            if !this.is_ours(id).await {
                return Err(elsewhere(&file.path));
            }
            let tell = move |event| this.hear(id, event);
            let way = Way {
                outside: &this.store,
                lanes: &inner.lanes,
                readers: &inner.readers,
                job: &job,
                file: &file,
                progress: &progress,
                tell: &tell,
            };
            way.go().await
        });
        self.with_item(id, |item| item.running = Some(handle));
        task::spawn(async move {
            if let Ok(result) = work.await {
                this.finish(id, result);
            }
        });
    }

    /// Whether this tab has what was begun of a file, which no other can take from then on.
    async fn is_ours(&self, id: TransferId) -> bool {
        let begun = self.with_item(id, |item| item.upload().filter(|_| item.lock.is_none())).flatten();
        let Some(upload) = begun else { return true };
        let lock = record::take(&upload).await;
        let taken = lock.is_some();
        self.with_item(id, |item| item.lock = lock);
        taken
    }

    fn hear(&self, id: TransferId, event: Event) {
        let subject = self.inner().rest().subject.clone();
        match event {
            Event::Begun => {
                self.with_item(id, |item| {
                    if let Some(record) = item.record(&subject) {
                        item.lock = Some(record::hold(&record.upload));
                        record::keep(&record);
                    }
                });
            }
            Event::Lost => {
                if let Some(upload) = self.with_item(id, |item| item.upload()).flatten() {
                    record::forget(&upload);
                    self.with_item(id, |item| item.lock = None);
                }
            }
            Event::Confirmed => {}
        }
        self.changed();
    }

    fn finish(&self, id: TransferId, result: Result<Outcome, Failure>) {
        let inner = self.inner();
        if result == Ok(Outcome::Stored) {
            let stored = self.with_item(id, |item| (item.upload(), (item.job.location.name.clone(), item.job.key.clone())));
            if let Some((upload, place)) = stored {
                upload.iter().for_each(|upload| record::forget(upload));
                self.with_item(id, |item| item.lock = None);
                inner.rest().arrived.push(place);
            }
        }
        inner.desk().finish(id, result);
        self.go_on();
    }
}

/// Another tab was chosen to go on with a file.
fn elsewhere(file: &str) -> Failure {
    Failure::new(
        t!("{file} is being uploaded in another tab.", file = file),
        t!("Follow it there. Where that tab is closed before the end, try again here."),
    )
}

impl Outside for CredentialStore {
    fn read<'a>(&'a self, file: &'a File, first: u64, length: u64) -> LocalBoxFuture<'a, Result<Vec<u8>, Unreadable>> {
        file::read(file, first, length).boxed_local()
    }

    fn send_piece<'a>(
        &'a self,
        request: &'a Request,
        file: &'a File,
        (first, length): (u64, u64),
        time_limit: u32,
    ) -> LocalBoxFuture<'a, Result<Answer, TransportError>> {
        async move {
            let piece = file.piece(first, length).ok_or(TransportError::Refused)?;
            fetch::send_with(request, Some(Body::Piece(&piece)), time_limit).await
        }
        .boxed_local()
    }
}
