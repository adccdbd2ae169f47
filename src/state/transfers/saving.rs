//! Saving objects to the device, by the list of transfers.

use super::download::{Form, Job, Outside, Progress, Root, Target, Way, unwritable};
use super::saves::Save;
use super::{TransferId, TransferState, Transfers};
use crate::aws::request::{Answer, Request};
use crate::aws::s3::object::file_name;
use crate::browser::fetch::{self, TransportError};
use crate::browser::sink::{self, MOST_IN_MEMORY, Place, Sink, Unwritable};
use crate::browser::task;
use crate::model::location::Location;
use crate::model::names::RoleId;
use crate::model::object::Object;
use crate::state::credentials::CredentialStore;
use crate::state::failure::Failure;
use crate::words::t;
use futures::FutureExt;
use futures::future::{LocalBoxFuture, abortable};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// What a person chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// One object.
    Object(Object),
    /// Everything below a prefix.
    Folder(String),
    /// The same without some of the keys and folders that are directly in it.
    AllBut(String, Arc<BTreeSet<String>>),
}

impl Chosen {
    /// Its key, or its prefix.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Object(object) => &object.key,
            Self::Folder(prefix) | Self::AllBut(prefix, _) => prefix,
        }
    }
}

/// Whether `key`, which is below `prefix`, is one of `but`, or in a folder that is.
#[must_use]
pub fn is_left_out(but: &BTreeSet<String>, prefix: &str, key: &str) -> bool {
    let below = key.strip_prefix(prefix).unwrap_or_default();
    let row = below.find('/').map_or(key.len(), |slash| prefix.len() + slash + 1);
    // A key may end behind the first slash: the row of a folder stands for it too.
    !but.is_empty() && (but.contains(key) || but.contains(&key[..row]))
}

impl Transfers {
    /// Saves what was chosen in the folder `prefix` as one archive. Only from a click: the browser may ask where to.
    pub fn save_archive(&self, role: RoleId, location: Location, prefix: String, chosen: Vec<Chosen>) {
        let name = archive_name(&location, &prefix, &chosen);
        let root = |chosen| match chosen {
            Chosen::Object(object) => Root::Object(object),
            Chosen::Folder(prefix) => Root::Folder(prefix, Arc::default()),
            Chosen::AllBut(prefix, but) => Root::Folder(prefix, but),
        };
        let roots = chosen.into_iter().map(root).collect();
        // What is open need not end with a slash; names in the archive are whole.
        let base = prefix[..prefix.rfind('/').map_or(0, |slash| slash + 1)].to_owned();
        self.save(Job { role, location, roots, base, form: Form::Archive }, name, sink::best());
    }

    /// Saves one object, for a bucket that gives it to nobody who only has an address.
    ///
    /// # Errors
    /// When it is too large for a browser that can only hold it in memory.
    pub fn save_object(&self, role: RoleId, location: Location, object: Object) -> Result<(), Failure> {
        let place = if object.size <= MOST_IN_MEMORY { Place::Memory } else { sink::best_unasked() };
        if place == Place::Memory && object.size > MOST_IN_MEMORY {
            return Err(Failure::new(
                t!(
                    "{bucket} gives objects to this page only and not to the browser, and this one is larger than a page can hold in memory.",
                    bucket = location.name
                ),
                t!(
                    "Use a browser that lets pages write files (Chrome or Edge, Firefox, Safari from 26 on), or a program such as the AWS command line."
                ),
            ));
        }
        let name = file_name(&object.key);
        let base = object.key.clone();
        self.save(Job { role, location, roots: vec![Root::Object(object)], base, form: Form::Plain }, name, place);
        Ok(())
    }

    /// Shows that an object could not be saved.
    pub fn save_failed(&self, role: RoleId, location: Location, key: String, failure: Failure) {
        let name = file_name(&key);
        let job = Job { role, location, roots: Vec::new(), base: key, form: Form::Plain };
        self.put(job, name, None, TransferState::Failed(failure));
    }

    fn save(&self, job: Job, name: String, place: Place) {
        let this = *self;
        task::spawn(async move {
            match sink::begin(place, &name).await {
                Ok(sink) => this.put(job, name, Some(sink), TransferState::Waiting),
                // The person thought better of it.
                Err(Unwritable::Dismissed) => {}
                Err(error) => this.put(job, name, None, TransferState::Failed(unwritable(error))),
            }
        });
    }

    fn put(&self, job: Job, name: String, sink: Option<Sink>, state: TransferState) {
        {
            let inner = self.inner();
            let mut desk = inner.desk();
            let id = desk.next_id();
            let (job, progress) = (Arc::new(job), Arc::new(Mutex::new(Progress::default())));
            desk.saves.push(Save { id, job, name, progress, sink, state, running: None });
        }
        self.go_on();
    }

    /// Begins with what waits to be saved.
    pub(super) fn begin_saves(&self) {
        loop {
            let next = self.inner().desk().saves.begin();
            let Some(id) = next else { break };
            self.start_save(id);
        }
    }

    fn start_save(&self, id: TransferId) {
        let (this, inner) = (*self, self.inner());
        let taken =
            inner.desk().saves.get(id).and_then(|save| Some((Arc::clone(&save.job), save.sink.clone()?, Arc::clone(&save.progress))));
        let Some((job, sink, progress)) = taken else { return };
        let (work, handle) = abortable(async move {
            let inner = this.inner();
            let tell = move || this.changed();
            let way = Way { outside: &this.store, lanes: &inner.receivers, target: &sink, job: &job, progress: &progress, tell: &tell };
            let length = way.go().await?;
            let media_type = if job.form == Form::Archive { "application/zip" } else { "application/octet-stream" };
            sink.finish(length, media_type).await.map_err(unwritable)
        });
        if let Some(save) = inner.desk().saves.get(id) {
            save.running = Some(handle);
        }
        task::spawn(async move {
            if let Ok(result) = work.await {
                this.inner().desk().saves.finish(id, result);
                this.go_on();
            }
        });
    }

    /// Takes files off the list, and removes what was written of those that are not whole.
    pub(super) fn discard(&self, goes: impl Fn(&Save) -> bool) {
        let sinks = self.inner().desk().saves.remove(goes);
        for sink in sinks {
            task::spawn(async move { sink.discard().await });
        }
    }
}

/// What an archive is called: as the one thing in it, or as the folder that it is from.
fn archive_name(location: &Location, prefix: &str, chosen: &[Chosen]) -> String {
    let of = match chosen {
        [Chosen::Folder(folder)] => folder,
        _ => prefix,
    };
    let name = if of.is_empty() { location.name.clone() } else { file_name(of) };
    format!("{name}.zip")
}

impl Outside for CredentialStore {
    fn receive<'a>(&'a self, request: &'a Request, time_limit: u32) -> LocalBoxFuture<'a, Result<Answer, TransportError>> {
        fetch::receive(request, time_limit).boxed_local()
    }
}

impl Target for Sink {
    fn write<'a>(&'a self, position: u64, bytes: &'a [u8]) -> LocalBoxFuture<'a, Result<(), Unwritable>> {
        Sink::write(self, position, bytes).boxed_local()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_stand_for_what_is_in_them() {
        let but: BTreeSet<String> = ["t/a", "t/f/", "t/"].map(str::to_owned).into();
        for (key, left_out) in
            [("t/a", true), ("t/ab", false), ("t/a/b", false), ("t/f/", true), ("t/f/x/y", true), ("t/ff/x", false), ("t/", true)]
        {
            assert_eq!(is_left_out(&but, "t/", key), left_out, "{key}");
        }
        assert!(!is_left_out(&BTreeSet::new(), "", "a"));
    }

    proptest! {
        /// Every key is left out exactly when the row that stands for it is.
        #[test]
        fn as_the_rows_say(prefix in "([a-c/é]{0,3}/)?", names in prop::collection::vec("[a-c/é]{1,6}", 1..20), pick in any::<u32>()) {
            let keys: Vec<String> = names.iter().map(|name| format!("{prefix}{name}")).collect();
            let row = |key: &String| {
                let below = &key[prefix.len()..];
                below.find('/').map_or_else(|| key.clone(), |slash| format!("{prefix}{}", &below[..=slash]))
            };
            let but: BTreeSet<String> =
                keys.iter().enumerate().filter(|(at, _)| pick >> (at % 32) & 1 == 1).map(|(_, key)| row(key)).collect();
            for key in &keys {
                prop_assert_eq!(is_left_out(&but, &prefix, key), but.contains(&row(key)), "{}", key);
            }
        }
    }
}
