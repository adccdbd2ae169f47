//! Tags. S3 takes them as a whole and knows no condition, so they are read again before they are written.

use super::{Desk, Subject};
use crate::aws::s3::tags::{self, Tag};
use crate::state::exchange::errand::unreadable;
use crate::state::failure::Failure;
use crate::words::{mark, t};

impl Desk<'_> {
    pub(super) async fn tags(&self) -> Result<Vec<Tag>, Failure> {
        let Subject { location, key, version, .. } = self.subject;
        let draft = tags::get(location, key, version.as_deref()).map_err(Failure::address)?;
        let answer = self.read(&draft, mark!("read the tags of {key} in bucket {bucket}", key, bucket)).await?;
        tags::read(&answer.body).map_err(|error| unreadable(&error))
    }

    pub(super) async fn replace_tags(&self, shown: &[Tag], tags: &[Tag]) -> Result<(), Failure> {
        let Subject { location, key, .. } = self.subject;
        tags::check(tags).map_err(|error| {
            Failure::new(t!("S3 would not take these tags: {reason}.", reason = error.to_string()), t!("Correct them."))
        })?;
        if self.tags().await? != shown {
            return Err(Failure::new(
                t!("The tags of {key} were changed by somebody else in the meantime, so nothing was written.", key = key),
                t!("Look at them again, and change what is there now."),
            ));
        }
        let draft = tags::put(location, key, tags).map_err(Failure::address)?;
        // Written twice they are the same.
        self.errand()
            .ask(&draft)
            .await
            .map_err(|stop| stop.failure(&self.action(mark!("change the tags of {key} in bucket {bucket}", key, bucket))))?;
        Ok(())
    }
}
