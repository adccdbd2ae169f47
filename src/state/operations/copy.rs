//! Has S3 copy one object. Whether the copy is whole is seen in [`super::batch`], before anything is deleted.

use super::Operation;
use super::walk::Step;
use crate::aws::s3::copy::{self, Source};
use crate::aws::s3::describe::Field;
use crate::aws::s3::object::ObjectRequest;
use crate::aws::s3::parts::{Parts, TooLarge};
use crate::aws::s3::upload::{self, Existing, StoredPart, Upload};
use crate::model::location::{Location, Permission};
use crate::model::object::Object;
use crate::state::details::Facts;
use crate::state::exchange::errand::{Errand, Stop, unreadable};
use crate::state::failure::Failure;
use crate::words::t;
use futures::StreamExt;

/// Milliseconds that S3 may take for a copy: 5 GiB within a region take it about a minute.
const PATIENCE: u32 = 10 * 60_000;

/// Bytes of a part that is copied.
const PART: u64 = 512 * 1024 * 1024;

/// Parts of one object that are copied at the same time.
const ABREAST: usize = 4;

/// An object that was copied, and not looked at yet.
pub(super) struct Copied {
    /// As it was copied: with its entity tag, where that can be known.
    pub(super) object: Object,
    pub(super) to: String,
    /// The entity tag that S3 gave the copy.
    pub(super) etag: String,
    /// Whether the original may have metadata or tags that this page cannot see, and that the copy lacks.
    pub(super) perhaps_less: bool,
}

impl Copied {
    /// Whether what stands at the destination is the copy. A HEAD may come without entity tag.
    pub(super) fn is(&self, there: &Object) -> bool {
        there.size == self.object.size && (there.etag.is_empty() || bare(&there.etag) == bare(&self.etag))
    }
}

/// What became of the attempt to copy one.
pub(super) enum Copy {
    Made(Copied),
    /// There is an object of the name, and it stays.
    Kept,
}

/// A copy that S3 made.
struct Made {
    etag: String,
    perhaps_less: bool,
}

/// Where an object goes.
struct Way<'a> {
    /// To its destination.
    errand: Errand<'a>,
    from: &'a Location,
    source: Source<'a>,
    object: &'a Object,
    key: &'a str,
    existing: Existing,
    /// Whether the original may not be deleted where the copy may lack something of it, and would be.
    spares: bool,
}

impl Operation<'_> {
    /// Copies one. `vacant`: it is known that nothing stands at its destination.
    pub(super) async fn copy(&self, step: &Step, to: &Location, existing: Existing, moves: bool, vacant: bool) -> Result<Copy, Failure> {
        let object = self.known(&step.object).await?;
        if moves && object.etag.is_empty() {
            return Err(Failure::new(
                t!(
                    "S3 does not tell pages the entity tag of {key}, so nobody could see that nothing newer is deleted with it.",
                    key = object.key
                ),
                t!("Copy it instead, or have ETag added to the ExposeHeaders of the bucket's CORS rules."),
            ));
        }
        let errand = Errand { around: self.around, role: self.role, location: to, time_limit: PATIENCE, awaited: false };
        if existing == Existing::Keep && !vacant && errand.is_there(&step.to).await == Some(true) {
            return Ok(Copy::Kept);
        }
        let source = Source { bucket: &self.from.name, key: &object.key, version: None, etag: &object.etag };
        let made =
            Way { errand, from: self.from, source, object: &object, key: &step.to, existing, spares: moves && !self.knowing }.go().await?;
        let Some(Made { etag, perhaps_less }) = made else { return Ok(Copy::Kept) };
        Ok(Copy::Made(Copied { to: step.to.clone(), object, etag, perhaps_less }))
    }

    /// The object with its entity tag, where it was listed without.
    async fn known(&self, object: &Object) -> Result<Object, Failure> {
        if !object.etag.is_empty() {
            return Ok(object.clone());
        }
        let found = self.errand().find(&object.key).await.map_err(|stop| stop.failure(&look_at(&object.key, self.from)))?;
        let mut found = found.ok_or_else(|| changed(&object.key))?;
        // A HEAD, where the role may not list, tells neither time nor class.
        if found.last_modified.is_none() {
            found.storage_class.clone_from(&object.storage_class);
        }
        Ok(found)
    }
}

impl Way<'_> {
    /// The copy; `None` where something stands at the destination and stays.
    async fn go(&self) -> Result<Option<Made>, Failure> {
        let copied = if self.object.size > copy::LARGEST { self.in_parts().await } else { self.whole().await };
        let (error, unsure) = match copied {
            Ok(made) => return Ok(Some(made)),
            Err(Stop::Refused { error, unsure }) if error.code == "PreconditionFailed" => (error, unsure),
            Err(stop) => return Err(stop.failure(&self.action())),
        };
        if error.message.contains("x-amz-copy-source") {
            return Err(changed(&self.object.key));
        }
        let there = self.errand.find(self.key).await.map_err(|stop| stop.failure(&look_at(self.key, self.errand.location)))?;
        let there = there.ok_or_else(|| changed(&self.object.key))?;
        // Our own copy may be what stands in the way, of an attempt whose answer was lost. Size alone does not tell it
        // from somebody else's object, which then would be all that is left after a move.
        let own = unsure && !there.etag.is_empty() && bare(&there.etag) == bare(&self.object.etag) && there.size == self.object.size;
        Ok(own.then_some(Made { etag: there.etag, perhaps_less: self.object.size > copy::LARGEST }))
    }

    /// In one request.
    async fn whole(&self) -> Result<Made, Stop> {
        let mut draft = copy::object(self.errand.location, self.key, self.source, self.existing).map_err(Failure::address)?;
        copy::keep_class(&mut draft, &self.object.storage_class);
        Ok(Made { etag: self.errand.send(&draft, copy::read).await?, perhaps_less: false })
    }

    /// In parts. What describes the content goes along; what else belongs to the object cannot, so nothing is moved
    /// unasked that may have more than this page sees.
    async fn in_parts(&self) -> Result<Made, Stop> {
        let place = self.errand.location;
        let parts = Parts::of_size(self.object.size, PART)
            .map_err(|TooLarge| Failure::new(t!("It is larger than the 5 TiB that an object may have."), t!("It cannot be copied.")))?;
        let head = ObjectRequest::default().head(self.from, self.source.key).map_err(Failure::address)?;
        let facts = Facts::of(&Errand { location: self.from, ..self.errand }.ask(&head).await?);
        if !facts.description.own.is_empty() || facts.tags.is_some() {
            return Err(Stop::Failed(Failure::new(
                t!("It is larger than 5 GiB and has metadata or tags of its own, which a copy in parts made here would lose."),
                t!("Copy it with a program such as the AWS command line."),
            )));
        }
        // S3 counts tags only for who may read them.
        let perhaps_less = !facts.all_seen || !self.from.permissions.contains(&Permission::Tags);
        if perhaps_less && self.spares {
            return Err(Stop::Failed(Failure::new(
                t!(
                    "It is larger than 5 GiB, and may have metadata or tags that are hidden from this page: the copy would lack them, and then the original would be deleted."
                ),
                t!(
                    "Move it again and agree to that, copy it and look at the copy first, or move it with a program such as the AWS command line."
                ),
            )));
        }
        let described = |field: Field| facts.description.field(field);
        let mut draft = upload::begin(place, self.key, described(Field::ContentType)).map_err(Failure::address)?;
        let others = Field::ALL.into_iter().filter(|field| *field != Field::ContentType && !described(*field).is_empty());
        draft.headers.extend(others.map(|field| (field.header(), described(field).to_owned())));
        copy::keep_class(&mut draft, &self.object.storage_class);
        let id = self.errand.ask(&draft).await?;
        let id = upload::read_begun(&id.body).map_err(|error| unreadable(&error))?;
        let upload = Upload { key: self.key, id: &id };
        let done = self.all_parts(upload, parts).await;
        if done.is_err() {
            // What was copied of it costs whoever pays for the bucket. That it goes is not worth a second failure.
            if let Ok(draft) = upload::abort(place, upload) {
                drop(self.errand.ask(&draft).await);
            }
        }
        Ok(Made { etag: done?, perhaps_less })
    }

    async fn all_parts(&self, upload: Upload<'_>, parts: Parts) -> Result<String, Stop> {
        let place = self.errand.location;
        let work = (1..=parts.count()).map(|number| async move {
            let (first, size) = parts.part(number);
            let draft = copy::part(place, upload, number, self.source, (first, size)).map_err(Failure::address)?;
            let etag = self.errand.send(&draft, copy::read_part).await?;
            Ok::<_, Stop>(StoredPart { number, etag, size, checksum: None })
        });
        let mut work = futures::stream::iter(work).buffered(ABREAST);
        let mut stored = Vec::new();
        while let Some(part) = work.next().await {
            stored.push(part?);
        }
        drop(work);
        let draft = upload::complete(place, upload, &stored, None, self.existing).map_err(Failure::address)?;
        self.errand.send(&draft, upload::read_completed).await
    }

    fn action(&self) -> String {
        t!("copy {key} to {to} in bucket {bucket}", key = self.object.key, to = self.key, bucket = self.errand.location.name)
    }
}

fn bare(etag: &str) -> &str {
    etag.trim_matches('"')
}

pub(super) fn look_at(key: &str, location: &Location) -> String {
    t!("look at {key} in bucket {bucket}", key = key, bucket = location.name)
}

fn changed(key: &str) -> Failure {
    Failure::new(t!("{key} was written or deleted in the meantime.", key = key), t!("Reload the listing, then try again."))
}
