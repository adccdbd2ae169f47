//! Tags. S3 takes them as a whole and knows no condition, so they are read again before they are written.

use super::{Desk, Subject};
use crate::aws::s3::tags::{self, Tag};
use crate::state::exchange::errand::unreadable;
use crate::state::failure::Failure;

impl Desk<'_> {
    pub(super) async fn tags(&self) -> Result<Vec<Tag>, Failure> {
        let Subject { location, key, version, .. } = self.subject;
        let draft = tags::get(location, key, version.as_deref()).map_err(Failure::address)?;
        let answer = self.read(&draft, "read the tags of").await?;
        tags::read(&answer.body).map_err(|error| unreadable(&error))
    }

    pub(super) async fn replace_tags(&self, shown: &[Tag], tags: &[Tag]) -> Result<(), Failure> {
        let Subject { location, key, .. } = self.subject;
        tags::check(tags).map_err(|error| Failure::new(format!("S3 would not take these tags: {error}."), "Correct them."))?;
        if self.tags().await? != shown {
            return Err(Failure::new(
                format!("The tags of {key} were changed by somebody else in the meantime, so nothing was written."),
                "Look at them again, and change what is there now.",
            ));
        }
        let draft = tags::put(location, key, tags).map_err(Failure::address)?;
        // Written twice they are the same.
        self.errand().ask(&draft).await.map_err(|stop| stop.failure(&self.action("change the tags of")))?;
        Ok(())
    }
}
