//! Copies one object, looks at the copy, and only then, for a move, deletes what was copied.

use super::walk::Step;
use super::{Fate, Operation};
use crate::aws::request::Answer;
use crate::aws::s3::copy::{self, Source};
use crate::aws::s3::delete::Doomed;
use crate::aws::s3::object::ObjectRequest;
use crate::aws::s3::parts::{Parts, TooLarge};
use crate::aws::s3::upload::{self, Existing, StoredPart, Upload};
use crate::model::location::Location;
use crate::model::object::Object;
use crate::state::exchange::errand::{Errand, Stop, unreadable};
use crate::state::failure::Failure;
use futures::StreamExt;

/// Milliseconds that S3 may take for a copy: 5 GiB within a region take it about a minute.
const PATIENCE: u32 = 10 * 60_000;

/// Bytes of a part that is copied.
const PART: u64 = 512 * 1024 * 1024;

/// Parts of one object that are copied at the same time.
const ABREAST: usize = 4;

/// Where an object goes.
struct Way<'a> {
    /// To its destination.
    errand: Errand<'a>,
    from: &'a Location,
    source: Source<'a>,
    object: &'a Object,
    key: &'a str,
    existing: Existing,
}

impl Operation<'_> {
    /// Copies one, or moves it. Fails where the copy is not known to be whole.
    pub(super) async fn copy(&self, step: &Step, to: &Location, existing: Existing, moves: bool) -> Result<Fate, Failure> {
        let Step { object, to: key, .. } = step;
        let object = &self.known(object).await?;
        let source = Source { bucket: &self.from.name, key: &object.key, version: None, etag: &object.etag };
        let errand = Errand { around: self.around, role: self.role, location: to, time_limit: PATIENCE, awaited: false };
        let fate = Way { errand, from: self.from, source, object, key, existing }.go().await?;
        if moves && matches!(fate, Fate::Done) {
            // What was written in the meantime was not copied, and stays.
            let etag = Some(object.etag.as_str()).filter(|etag| !etag.is_empty());
            let deleted = self.delete_one(Doomed { key: &object.key, version: None, etag }).await;
            deleted.map_err(|failure| Failure {
                message: format!("It is copied, but the original may still be there. {}", failure.message),
                ..failure
            })?;
        }
        Ok(fate)
    }
}

impl Operation<'_> {
    /// The object with its entity tag, where it was listed without and the bucket lets pages see it.
    async fn known(&self, object: &Object) -> Result<Object, Failure> {
        let mut object = object.clone();
        if object.etag.is_empty()
            && let Ok(draft) = ObjectRequest::default().head(self.from, &object.key)
        {
            let action = format!("look at {} in bucket {}", object.key, self.from.name);
            let there = self.errand().ask(&draft).await.map_err(|stop| stop.failure(&action))?;
            object.size = there.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(object.size);
            object.etag = there.header("etag").unwrap_or_default().to_owned();
        }
        Ok(object)
    }
}

impl Way<'_> {
    async fn go(&self) -> Result<Fate, Failure> {
        if self.existing == Existing::Keep && self.errand.is_there(self.key).await == Some(true) {
            return Ok(Fate::Kept);
        }
        let copied = if self.object.size > copy::LARGEST { self.in_parts().await } else { self.whole().await };
        let etag = match copied {
            Ok(etag) => Some(etag),
            Err(Stop::Refused { error, unsure }) if error.code == "PreconditionFailed" => {
                if !error.message.is_empty() && error.message.contains("x-amz-copy-source") {
                    return Err(self.changed());
                }
                // Our own copy may be what stands in the way: of an attempt whose answer was lost.
                match self.head().await? {
                    Some(there) if unsure && self.is_it(&there, None) => None,
                    Some(_) => return Ok(Fate::Kept),
                    None => return Err(self.changed()),
                }
            }
            Err(stop) => return Err(stop.failure(&self.action())),
        };
        match self.head().await? {
            Some(there) if self.is_it(&there, etag.as_deref()) => Ok(Fate::Done),
            _ => Err(Failure::new(
                format!("The copy at {} is not what was copied.", self.key),
                "Nothing was deleted. Look at both, then try again.",
            )),
        }
    }

    /// In one request.
    async fn whole(&self) -> Result<String, Stop> {
        let draft = copy::object(self.errand.location, self.key, self.source, self.existing).map_err(Failure::address)?;
        self.errand.send(&draft, copy::read).await
    }

    /// In parts. What describes the content goes along; what else belongs to the object cannot.
    async fn in_parts(&self) -> Result<String, Stop> {
        let place = self.errand.location;
        let parts = Parts::of_size(self.object.size, PART)
            .map_err(|TooLarge| Failure::new("It is larger than the 5 TiB that an object may have.", "It cannot be copied."))?;
        let head = ObjectRequest::default().head(self.from, self.source.key).map_err(Failure::address)?;
        let head = Errand { location: self.from, ..self.errand }.ask(&head).await?;
        let own = head.headers.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("x-amz-meta-"));
        if own || head.header("x-amz-tagging-count").is_some() {
            return Err(Stop::Failed(Failure::new(
                "It is larger than 5 GiB and has metadata or tags of its own, which a copy in parts made here would lose.",
                "Copy it with a program such as the AWS command line.",
            )));
        }
        let media_type = head.header("content-type").unwrap_or_default();
        let mut draft = upload::begin(place, self.key, media_type).map_err(Failure::address)?;
        for name in ["cache-control", "content-disposition", "content-encoding", "content-language", "expires"] {
            draft.headers.extend(head.header(name).map(|value| (name, value.to_owned())));
        }
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
        done
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

    /// What stands at the destination; `None` where nothing does.
    async fn head(&self) -> Result<Option<Answer>, Failure> {
        let draft = ObjectRequest::default().head(self.errand.location, self.key).map_err(Failure::address)?;
        match self.errand.ask(&draft).await {
            Ok(answer) => Ok(Some(answer)),
            Err(Stop::Refused { error, .. }) if error.status == 404 => Ok(None),
            Err(stop) => Err(stop.failure(&format!("look at {} in bucket {}", self.key, self.errand.location.name))),
        }
    }

    /// Whether what stands there is the copy. Entity tags are compared where the bucket lets pages see them.
    fn is_it(&self, there: &Answer, etag: Option<&str>) -> bool {
        let length = there.header("content-length").and_then(|length| length.parse().ok());
        let bare = |etag: &str| etag.trim_matches('"').to_owned();
        let same = match (there.header("etag"), etag) {
            (Some(found), Some(copied)) => bare(found) == bare(copied),
            _ => true,
        };
        length == Some(self.object.size) && same
    }

    fn changed(&self) -> Failure {
        Failure::new(format!("{} was written or deleted in the meantime.", self.object.key), "Reload the listing, then try again.")
    }

    fn action(&self) -> String {
        format!("copy {} to {} in bucket {}", self.object.key, self.key, self.errand.location.name)
    }
}
