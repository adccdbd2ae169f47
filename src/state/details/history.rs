//! Versions: those of one object, and what was deleted from a folder.

use super::facts::is_archive;
use super::{Desk, PATIENCE, Subject};
use crate::aws::s3::copy::{self, Change, Source};
use crate::aws::s3::delete::{self, Doomed};
use crate::aws::s3::versions::{self, Content, Version};
use crate::state::exchange::errand::{Errand, unreadable};
use crate::state::failure::Failure;
use crate::words::{mark, t};

/// Most pages of a listing of versions that are read for a folder.
const PAGES: usize = 100;

/// What was deleted from a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// The delete markers that hide objects, in the order of keys.
    pub markers: Vec<Version>,
    /// Whether there are more, that were not looked for.
    pub more: bool,
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

    pub(super) async fn deleted(&self) -> Result<Deleted, Failure> {
        let Subject { location, key: prefix, .. } = self.subject;
        let mut deleted = Deleted::default();
        let mut after = None;
        for _ in 0..PAGES {
            let draft = versions::list(location, prefix, "/", after.as_ref()).map_err(Failure::address)?;
            let answer = self.read(&draft, mark!("list the versions in {key} in bucket {bucket}", key, bucket)).await?;
            let page = versions::read(&answer.body).map_err(|error| unreadable(&error))?;
            let hides = |version: &Version| version.is_latest && version.content.is_none() && version.key.starts_with(prefix);
            deleted.markers.extend(page.versions.into_iter().filter(hides));
            if page.next.is_none() || page.next == after {
                return Ok(deleted);
            }
            after = page.next;
        }
        Ok(Deleted { more: true, ..deleted })
    }
}

/// S3 says so by itself; other implementations tell versions and markers apart.
fn newest_first(mut versions: Vec<Version>) -> Vec<Version> {
    versions.sort_by_key(|version| (std::cmp::Reverse(version.is_latest), std::cmp::Reverse(version.written)));
    versions
}
