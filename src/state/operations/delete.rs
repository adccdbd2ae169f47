//! Deletes a page of objects: in one request as far as a body can name them, the others by their URL.

use super::walk::Step;
use super::{Operation, UNDOABLE};
use crate::aws::s3::delete::{self, Doomed, Gone, MOST};
use crate::model::object::Object;
use crate::state::exchange::errand::Stop;
use crate::state::failure::Failure;
use crate::words::t;
use std::collections::{HashMap, HashSet};

impl Operation<'_> {
    pub(super) async fn delete(&self, page: &[Step]) -> Result<(), Failure> {
        let (named, by_url): (Vec<&Object>, Vec<&Object>) =
            page.iter().map(|step| &step.object).partition(|object| doomed(object).fits_in_body());
        for batch in named.chunks(MOST) {
            self.delete_batch(batch).await?;
            (self.tell)();
        }
        for object in by_url {
            self.report().unanswered += 1;
            let deleted = self.delete_one(doomed(object)).await;
            self.report().unanswered -= 1;
            match deleted {
                Ok(gone) => self.gone(object.size, gone),
                Err(failure) => self.report().failed(&object.key, failure),
            }
        }
        Ok(())
    }

    /// An error says that nothing of this kind can succeed.
    async fn delete_batch(&self, batch: &[&Object]) -> Result<(), Failure> {
        let doomed: Vec<Doomed<'_>> = batch.iter().map(|object| doomed(object)).collect();
        let draft = delete::objects(self.from, &doomed).map_err(Failure::address)?;
        let action = t!("delete in bucket {bucket}", bucket = self.from.name);
        let all = batch.len() as u64;
        self.report().unanswered += all;
        let sent = self.errand().send_unsure(&draft, delete::read_objects).await;
        if matches!(sent, Ok(_) | Err(Stop::Refused { unsure: false, .. })) {
            self.report().unanswered -= all;
        }
        let (outcome, unsure) = sent.map_err(|stop| stop.failure(&action))?;
        let mut sizes: HashMap<&str, u64> = batch.iter().map(|object| (object.key.as_str(), object.size)).collect();
        for gone in outcome.deleted {
            if let Some(size) = sizes.remove(gone.key.as_str()) {
                self.gone(size, sure(gone, unsure));
            }
        }
        for (key, error) in outcome.refused {
            if sizes.remove(key.as_str()).is_some() {
                let failure = Failure::service(&error, &t!("delete {key} in bucket {bucket}", key = key, bucket = self.from.name));
                self.report().failed(&key, failure);
            }
        }
        for (key, _) in sizes {
            let failure = Failure::new(t!("S3 did not say what became of it."), t!("Look whether it is there, and delete it again."));
            self.report().failed(key, failure);
        }
        Ok(())
    }

    /// Deletes one: by its name in a body, which needs one preflight for all and no header that a bucket's CORS
    /// rules might not allow; by its URL where no body can name it.
    pub(super) async fn delete_one(&self, doomed: Doomed<'_>) -> Result<Gone, Failure> {
        let action = t!("delete {key} in bucket {bucket}", key = doomed.key, bucket = self.from.name);
        let sent = if doomed.fits_in_body() {
            let draft = delete::objects(self.from, &[doomed]).map_err(Failure::address)?;
            self.errand().send_unsure(&draft, delete::read_only).await
        } else {
            let draft = delete::object(self.from, doomed).map_err(Failure::address)?;
            self.errand().send_unsure(&draft, |answer| Ok(delete::read_object(answer, doomed.key)?)).await
        };
        match sent {
            // Of the attempt before, whose answer was lost.
            Err(Stop::Refused { error, unsure: true })
                if doomed.version.is_none()
                    && matches!(error.code.as_str(), "PreconditionFailed" | "NoSuchKey")
                    && self.errand().is_there(doomed.key).await == Some(false) =>
            {
                Ok(Gone { key: doomed.key.to_owned(), marker: None })
            }
            Ok((gone, unsure)) => Ok(sure(gone, unsure)),
            Err(stop) => Err(stop.failure(&action)),
        }
    }

    fn gone(&self, size: u64, gone: Gone) {
        let mut report = self.report();
        report.done.add(size);
        match gone.marker {
            Some(marker) if report.markers.len() < UNDOABLE => report.markers.push((gone.key, marker)),
            _ => report.irrevocable += 1,
        }
    }

    /// Takes the delete markers of the report away: the objects that stood there are back. Each stays in the report until S3
    /// says that it is gone, so that what fails or is stopped can be tried again.
    pub(super) async fn undo(&self) -> Result<(), Failure> {
        let action = t!("take delete markers away in bucket {bucket}", bucket = self.from.name);
        let mut at = 0;
        loop {
            let batch: Vec<(String, String)> = self.report().markers.iter().skip(at).take(MOST).cloned().collect();
            if batch.is_empty() {
                return Ok(());
            }
            let doomed = batch.iter().map(|(key, version)| Doomed { key, version: Some(version), etag: None });
            let (named, by_url): (Vec<Doomed<'_>>, Vec<Doomed<'_>>) = doomed.partition(Doomed::fits_in_body);
            let mut back = HashSet::new();
            if !named.is_empty() {
                let draft = delete::objects(self.from, &named).map_err(Failure::address)?;
                let outcome = self.errand().send(&draft, delete::read_objects).await.map_err(|stop| stop.failure(&action))?;
                let mut untold: HashSet<&str> = named.iter().map(|doomed| doomed.key).collect();
                back.extend(outcome.deleted.into_iter().map(|gone| gone.key).filter(|key| untold.remove(key.as_str())));
                for (key, error) in outcome.refused {
                    if untold.remove(key.as_str()) {
                        self.report().failed(&key, Failure::service(&error, &action));
                    }
                }
                for key in untold {
                    let failure = Failure::new(t!("S3 did not say what became of it."), t!("Look whether it is there, and try again."));
                    self.report().failed(key, failure);
                }
            }
            for doomed in by_url {
                match self.delete_one(doomed).await {
                    Ok(gone) => {
                        back.insert(gone.key);
                    }
                    Err(failure) => self.report().failed(doomed.key, failure),
                }
            }
            let all = batch.len();
            let left: Vec<(String, String)> = batch.into_iter().filter(|(key, _)| !back.contains(key)).collect();
            let mut report = self.report();
            report.done.objects += (all - left.len()) as u64;
            let next = at + left.len();
            report.markers.splice(at..at + all, left);
            drop(report);
            at = next;
            (self.tell)();
        }
    }
}

/// Without its marker where an attempt before may have left one more below it: taking one away would bring nothing back.
fn sure(gone: Gone, unsure: bool) -> Gone {
    Gone { marker: gone.marker.filter(|_| !unsure), ..gone }
}

fn doomed(object: &Object) -> Doomed<'_> {
    Doomed { key: &object.key, version: None, etag: None }
}
