//! Versions: those of one object, and what was deleted from a folder.

use super::facts::is_archive;
use super::{Desk, PATIENCE, Subject};
use crate::aws::s3::copy::{self, Change, Source};
use crate::aws::s3::delete::{self, Doomed};
use crate::aws::s3::versions::{self, Content, Version, Versions};
use crate::model::clock::Timestamp;
use crate::state::exchange::errand::{Errand, unreadable};
use crate::state::failure::Failure;
use crate::words::{mark, t};
use std::cmp::Reverse;

/// Most pages of a listing of versions that are read for a folder in one go.
const PAGES: usize = 100;

/// What was deleted from a folder and can come back, as far as its versions were looked through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// What can come back, in the order of keys.
    pub objects: Vec<Hidden>,
    /// The folders in it that have versions, by their prefixes, in order.
    pub folders: Vec<String>,
    /// The object in the middle of which the last page ended.
    pending: Option<Hidden>,
    /// Key and version behind which to go on.
    next: Option<(String, String)>,
}

/// An object that delete markers hide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Key.
    pub key: String,
    /// The delete markers above its newest version, the newest first: each delete of what is deleted already adds one.
    pub markers: Vec<String>,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
}

impl Deleted {
    /// The key up to which it was looked; `None` once that was everything.
    #[must_use]
    pub fn reached(&self) -> Option<&str> {
        self.next.as_ref().map(|(key, _)| key.as_str())
    }

    fn take(&mut self, mut versions: Vec<Version>, prefix: &str) {
        // S3's own order is better than that of times, which are those of the beginning for uploads in parts. Other
        // implementations tell versions and markers apart: of what was written at once the marker came later then, or
        // hides nothing and can go.
        if !versions.is_sorted_by(|one, next| (&one.key, !one.is_latest) <= (&next.key, !next.is_latest)) {
            let place = |version: &Version| (!version.is_latest, Reverse(version.written), version.content.is_some());
            versions.sort_by(|one, next| one.key.cmp(&next.key).then_with(|| place(one).cmp(&place(next))));
        }
        for Version { key, id, is_latest, written, content } in versions.into_iter().filter(|version| version.key.starts_with(prefix)) {
            let above = self.pending.take().filter(|hidden| hidden.key == key);
            match (above, content) {
                (Some(hidden), Some(_)) => self.objects.push(hidden),
                (Some(mut hidden), None) => {
                    hidden.markers.push(id);
                    hidden.deleted = written;
                    self.pending = Some(hidden);
                }
                (None, None) if is_latest => self.pending = Some(Hidden { key, markers: vec![id], deleted: written }),
                (None, _) => {}
            }
        }
    }
}

impl Desk<'_> {
    pub(super) async fn versions(&self) -> Result<Vec<Version>, Failure> {
        let Subject { location, key, .. } = self.subject;
        let mut found: Vec<Version> = Vec::new();
        let mut after = None;
        loop {
            let draft = versions::list(location, key, "", after.as_ref()).map_err(Failure::address)?;
            let answer = self.read(&draft, mark!("list the versions of {key} in bucket {bucket}", key, bucket)).await?;
            let page = versions::read(&answer.body).map_err(|error| unreadable(&error))?;
            // The prefix fits longer keys too: they come behind.
            let others = page.versions.iter().any(|version| version.key > *key);
            found.extend(page.versions.into_iter().filter(|version| version.key == *key));
            if others || page.next.is_none() || page.next == after {
                return Ok(newest_first(found));
            }
            after = page.next;
        }
    }

    pub(super) async fn restore(&self, version: &Version) -> Result<(), Failure> {
        let Subject { location, key, .. } = self.subject;
        let Some(Content { size, etag, class }) = &version.content else {
            return Err(Failure::new(t!("A delete marker holds nothing that could be restored."), t!("Take the marker away instead.")));
        };
        if *size > copy::LARGEST {
            return Err(Failure::new(
                t!("This version is larger than the 5 GiB that one request copies."),
                t!("Copy it with a program such as the AWS command line."),
            ));
        }
        if is_archive(class) {
            return Err(Failure::new(
                t!("This version is archived, and S3 copies it only after it was restored from the archive."),
                t!("Ask the owner of the bucket to restore it from the archive."),
            ));
        }
        let source = Source { bucket: &location.name, key, version: Some(&version.id), etag };
        let draft = copy::onto_itself(location, key, source, Change { class, ..Change::default() }).map_err(Failure::address)?;
        let errand = Errand { time_limit: PATIENCE, ..self.errand() };
        errand
            .send(&draft, copy::read)
            .await
            .map_err(|stop| stop.failure(&self.action(mark!("restore a version of {key} in bucket {bucket}", key, bucket))))?;
        Ok(())
    }

    pub(super) async fn erase(&self, version: &str) -> Result<(), Failure> {
        let Subject { location, key, .. } = self.subject;
        let doomed = Doomed { key, version: Some(version), etag: None };
        let sent = if doomed.fits_in_body() {
            let draft = delete::objects(location, &[doomed]).map_err(Failure::address)?;
            self.errand().send(&draft, delete::read_only).await
        } else {
            let draft = delete::object(location, doomed).map_err(Failure::address)?;
            self.errand().send(&draft, |answer| Ok(delete::read_object(answer, key)?)).await
        };
        // What is gone already is no failure to S3.
        sent.map(drop).map_err(|stop| stop.failure(&self.action(mark!("delete a version of {key} in bucket {bucket}", key, bucket))))
    }

    /// Takes the markers away. The newest goes first: until the last is gone the object stays hidden.
    pub(super) async fn bring_back(&self, markers: &[String]) -> Result<(), Failure> {
        for marker in markers {
            self.erase(marker).await?;
        }
        Ok(())
    }

    pub(super) async fn deleted(&self, so_far: Deleted) -> Result<Deleted, Failure> {
        let Subject { location, key: prefix, .. } = self.subject;
        let mut deleted = so_far;
        for _ in 0..PAGES {
            let draft = versions::list(location, prefix, "/", deleted.next.as_ref()).map_err(Failure::address)?;
            let answer = self.read(&draft, mark!("list the versions in {key} in bucket {bucket}", key, bucket)).await?;
            let Versions { versions, prefixes, next } = versions::read(&answer.body).map_err(|error| unreadable(&error))?;
            deleted.take(versions, prefix);
            deleted.folders.extend(prefixes.into_iter().filter(|folder| folder.starts_with(prefix)));
            if next.is_none() || next == deleted.next {
                return Ok(Deleted { pending: None, next: None, ..deleted });
            }
            deleted.next = next;
        }
        Ok(deleted)
    }
}

/// S3 says so by itself; other implementations tell versions and markers apart.
fn newest_first(mut versions: Vec<Version>) -> Vec<Version> {
    versions.sort_by_key(|version| (Reverse(version.is_latest), Reverse(version.written)));
    versions
}
