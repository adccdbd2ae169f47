//! Changes metadata and storage class: S3 copies the object onto itself, because it has no other way.

use super::facts::{Archive, Facts};
use super::{Desk, PATIENCE, Subject};
use crate::aws::s3::copy::{self, Change, Source};
use crate::aws::s3::describe::{Description, DescriptionError, Field};
use crate::model::location::Permission;
use crate::state::exchange::errand::{Errand, Stop};
use crate::state::failure::Failure;
use crate::words::{mark, t};

/// What is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// What it says about itself.
    pub description: Description,
    /// Storage class; empty for `STANDARD`.
    pub class: String,
    /// Whether the person agreed that metadata which this page cannot see is lost.
    pub loses_unseen: bool,
}

/// Why an object cannot be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bar {
    /// The role may not.
    Role(Permission),
    /// Larger than one request copies.
    TooLarge,
    /// It has to be restored first.
    Archived(Archive),
    /// Nothing would tell whether somebody else wrote it in the meantime.
    NoEntityTag,
    /// A copy has the storage class that it is told, and this one's cannot be seen.
    NoClass,
    /// These headers would be lost, and nobody would see it.
    Unseen(Vec<Field>),
    /// Its own metadata may be more than is shown, and would be lost.
    PerhapsMore,
    /// Nothing is changed.
    Same,
    /// S3 would not take it.
    Unfit(DescriptionError),
}

impl Bar {
    /// Why an object cannot be edited at all.
    #[must_use]
    pub fn of(shown: &Facts, permissions: &[Permission]) -> Option<Self> {
        let missing = [Permission::Read, Permission::Write].into_iter().find(|needed| !permissions.contains(needed));
        match shown.archive {
            _ if missing.is_some() => missing.map(Self::Role),
            Some(archive @ (Archive::Frozen | Archive::Thawing)) => Some(Self::Archived(archive)),
            _ if shown.size > copy::LARGEST => Some(Self::TooLarge),
            _ if shown.etag.is_empty() => Some(Self::NoEntityTag),
            _ if shown.class.is_none() => Some(Self::NoClass),
            _ => None,
        }
    }
}

impl Edit {
    /// What is there.
    #[must_use]
    pub fn of(shown: &Facts) -> Self {
        Self { description: shown.description.clone(), class: shown.class.clone().unwrap_or_default(), loses_unseen: false }
    }

    /// Whether it says anything else about the content.
    #[must_use]
    pub fn describes(&self, shown: &Facts) -> bool {
        self.description != shown.description
    }

    /// Why it cannot be made. `unseen` are headers that the bucket hides.
    #[must_use]
    pub fn bar(&self, shown: &Facts, permissions: &[Permission], unseen: &[Field]) -> Option<Bar> {
        if let Some(bar) = Bar::of(shown, permissions) {
            return Some(bar);
        }
        if !self.describes(shown) {
            // S3 keeps what it says about itself, seen or not.
            return (Some(&self.class) == shown.class.as_ref()).then_some(Bar::Same);
        }
        // What was typed in the place of what cannot be seen is known.
        let lost: Vec<Field> = unseen.iter().copied().filter(|field| self.description.field(*field).is_empty()).collect();
        match self.description.check() {
            Err(error) => Some(Bar::Unfit(error)),
            Ok(()) if !lost.is_empty() => Some(Bar::Unseen(lost)),
            Ok(()) if !shown.all_seen && !self.loses_unseen => Some(Bar::PerhapsMore),
            Ok(()) => None,
        }
    }
}

impl Desk<'_> {
    pub(super) async fn edit(&self, shown: &Facts, edit: &Edit) -> Result<(), Failure> {
        let Subject { location, key, .. } = self.subject;
        let unseen = if edit.describes(shown) { self.unseen(shown).await? } else { Vec::new() };
        if edit.bar(shown, &location.permissions, &unseen).is_some() {
            return Err(Failure::new(t!("It cannot be changed so."), t!("Open the form again, which says why.")));
        }
        // An entity tag stays the same where only metadata are changed, so they are compared too.
        let mut now = self.look().await?;
        now.all_seen = shown.all_seen;
        if now != *shown {
            return Err(self.overtaken());
        }
        let (encryption, encryption_key) = &shown.encryption;
        let change = Change {
            description: Some(&edit.description).filter(|_| edit.describes(shown)),
            class: &edit.class,
            encryption: (encryption, encryption_key),
        };
        let source = Source { bucket: &location.name, key, version: None, etag: &shown.etag };
        let draft = copy::onto_itself(location, key, source, change).map_err(Failure::address)?;
        let errand = Errand { time_limit: PATIENCE, ..self.errand() };
        match errand.send(&draft, copy::read).await {
            Ok(_) => Ok(()),
            // Of an attempt whose answer was lost, or of somebody else.
            Err(Stop::Refused { error, unsure }) if error.code == "PreconditionFailed" => {
                let there = self.look().await?;
                if unsure && there.description == edit.description && there.class.as_ref() == Some(&edit.class) && there.size == shown.size
                {
                    return Ok(());
                }
                Err(self.overtaken())
            }
            Err(stop) => Err(stop.failure(&self.action(mark!("change {key} in bucket {bucket}", key, bucket)))),
        }
    }

    pub(super) fn overtaken(&self) -> Failure {
        Failure::new(
            t!("{key} was changed by somebody else in the meantime, so nothing was written.", key = self.subject.key),
            t!("Look at it again, and change what is there now."),
        )
    }
}
