//! What is known of one object, and what can be changed about it: metadata, storage class, tags, versions.
//!
//! Nothing is written over what was not shown: an edit is refused where somebody else's came in between, and barred
//! where it would lose what the bucket keeps this page from seeing.

mod edit;
mod facts;
mod history;
mod labels;

pub use crate::aws::s3::describe::{Description, Field};
pub use crate::aws::s3::tags::Tag;
pub use crate::aws::s3::versions::{Content, Version};
pub use edit::{Bar, Edit};
pub use facts::{Archive, Facts};
pub use history::{Deleted, Hidden};

use super::credentials::CredentialStore;
use super::exchange::Surroundings;
use super::exchange::errand::Errand;
use super::failure::Failure;
use super::transfers::Transfers;
use crate::model::location::Location;
use crate::model::names::RoleId;
use crate::words::filled;

/// Milliseconds that S3 may take to copy an object in one request: 5 GiB take it about a minute.
const PATIENCE: u32 = 10 * 60_000;

/// The object, or the version of one, that details are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// In whose name it is asked for.
    pub role: RoleId,
    /// Where it is.
    pub location: Location,
    /// Key.
    pub key: String,
    /// A version, instead of the newest.
    pub version: Option<String>,
}

/// Looks at objects and changes what belongs to them.
#[derive(Clone, Copy, Debug)]
pub struct Details {
    store: CredentialStore,
    transfers: Transfers,
}

impl Details {
    /// For this page. Call it below the component that called [`super::provide`].
    #[must_use]
    pub fn current() -> Self {
        Self { store: CredentialStore::current(), transfers: Transfers::current() }
    }

    /// What S3 says of it.
    ///
    /// # Errors
    /// What S3 or the portal refused.
    pub async fn look(&self, subject: &Subject) -> Result<Facts, Failure> {
        Desk::of(&self.store, subject).look().await
    }

    /// Writes it anew with what `edit` says, unless it is another by now than `shown`.
    ///
    /// # Errors
    /// What S3 or the portal refused, what is [barred](Edit::bar), and what changed in the meantime.
    pub async fn edit(&self, subject: &Subject, shown: &Facts, edit: &Edit) -> Result<(), Failure> {
        Desk::of(&self.store, subject).edit(shown, edit).await?;
        self.changed(subject);
        Ok(())
    }

    /// Which headers of the content the bucket keeps pages from seeing.
    ///
    /// # Errors
    /// What S3 or the portal refused.
    pub async fn unseen(&self, subject: &Subject, shown: &Facts) -> Result<Vec<Field>, Failure> {
        Desk::of(&self.store, subject).unseen(shown).await
    }

    /// Its tags, in the order of their names.
    ///
    /// # Errors
    /// What S3 or the portal refused.
    pub async fn tags(&self, subject: &Subject) -> Result<Vec<Tag>, Failure> {
        Desk::of(&self.store, subject).tags().await
    }

    /// Replaces its tags, unless they are others by now than `shown`.
    ///
    /// # Errors
    /// What S3 or the portal refused, and what changed in the meantime.
    pub async fn replace_tags(&self, subject: &Subject, shown: &[Tag], tags: &[Tag]) -> Result<(), Failure> {
        Desk::of(&self.store, subject).replace_tags(shown, tags).await
    }

    /// Its versions and delete markers, the newest first.
    ///
    /// # Errors
    /// What S3 or the portal refused.
    pub async fn versions(&self, subject: &Subject) -> Result<Vec<Version>, Failure> {
        Desk::of(&self.store, subject).versions().await
    }

    /// Writes an older version anew, as the newest.
    ///
    /// # Errors
    /// What S3 or the portal refused.
    pub async fn restore(&self, subject: &Subject, version: &Version) -> Result<(), Failure> {
        Desk::of(&self.store, subject).restore(version).await?;
        self.changed(subject);
        Ok(())
    }

    /// Deletes a version, or takes a delete marker away, for good.
    ///
    /// # Errors
    /// What S3 or the portal refused.
    pub async fn erase(&self, subject: &Subject, version: &str) -> Result<(), Failure> {
        Desk::of(&self.store, subject).erase(version).await?;
        self.changed(subject);
        Ok(())
    }

    /// Takes the delete markers away that hide it.
    ///
    /// # Errors
    /// What S3 or the portal refused.
    pub async fn bring_back(&self, hidden: &Subject, markers: &[String]) -> Result<(), Failure> {
        Desk::of(&self.store, hidden).bring_back(markers).await?;
        self.changed(hidden);
        Ok(())
    }

    /// What was deleted from the folder whose prefix is the subject's key, and can come back: looks on behind `so_far`.
    ///
    /// # Errors
    /// What S3 or the portal refused.
    pub async fn deleted(&self, folder: &Subject, so_far: Deleted) -> Result<Deleted, Failure> {
        Desk::of(&self.store, folder).deleted(so_far).await
    }

    fn changed(&self, subject: &Subject) {
        self.transfers.arrived(&[(subject.location.name.clone(), subject.key.clone())]);
    }
}

/// Who asks, for what.
struct Desk<'a> {
    around: &'a dyn Surroundings,
    subject: &'a Subject,
}

impl<'a> Desk<'a> {
    fn of(around: &'a dyn Surroundings, subject: &'a Subject) -> Self {
        Self { around, subject }
    }

    fn errand(&self) -> Errand<'a> {
        Errand { awaited: true, ..Errand::short(self.around, &self.subject.role, &self.subject.location) }
    }

    /// Completes "Your role may not …", of a text with places for the key and the bucket, in this order.
    fn action(&self, text: &'static str) -> String {
        filled(text, &[&self.subject.key, &self.subject.location.name])
    }
}

#[cfg(test)]
mod tests;
