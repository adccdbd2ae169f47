//! One object, read in pieces that are held against each other.

use super::{Way, is_folder, request};
use crate::aws::error::{Remedy, ServiceError};
use crate::aws::request::{Answer, Draft};
use crate::aws::s3::object::ObjectRequest;
use crate::model::clock::Timestamp;
use crate::model::object::Object;
use crate::state::exchange::errand::Stop;
use crate::state::failure::Failure;
use crate::words::t;
use std::sync::Arc;

/// Bytes of a piece. Smaller ones cost more round trips than time, larger ones more memory.
pub(in super::super) const PIECE: u64 = 4 * 1024 * 1024;

/// A piece of an object.
pub(super) struct Part {
    /// The root that the object comes from.
    pub(super) root: usize,
    pub(super) object: Arc<Object>,
    pub(super) first: u64,
    pub(super) length: u64,
    pub(super) is_last: bool,
}

impl Part {
    pub(super) const fn is_first(&self) -> bool {
        self.first == 0
    }
}

/// Why an object, or a piece of it, cannot be had.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It is another than it was.
    Changed,
    /// It cannot be read, in words that complete "it …"; the others can.
    Missing(String),
    /// Nothing can be read.
    Fatal(Failure),
}

/// The pieces of an object: one at least.
pub(super) fn parts(root: usize, object: Object) -> impl Iterator<Item = Part> {
    let count = object.size.div_ceil(PIECE).max(1);
    let object = Arc::new(object);
    (0..count).map(move |number| {
        let first = number * PIECE;
        let length = PIECE.min(object.size - first);
        Part { root, object: Arc::clone(&object), first, length, is_last: number + 1 == count }
    })
}

/// Reads a piece of an object.
pub(super) async fn read(way: &Way<'_>, part: &Part) -> Result<Vec<u8>, Trouble> {
    let object = &*part.object;
    if is_folder(object) {
        return Ok(Vec::new());
    }
    // An empty object has no first byte.
    let range = (part.length > 0).then(|| (part.first, part.first + part.length - 1));
    let draft = draft(way, object, ObjectRequest { range, ..ObjectRequest::default() }, false)?;
    let _lane = way.lanes.take().await;
    let mut again = true;
    loop {
        let answer = request::get(way, &draft, request::limit(part.length)).await.map_err(|stop| trouble(stop, object))?;
        if !is_same(object, &answer) {
            return Err(Trouble::Changed);
        }
        way.lanes.went_well();
        let whole = answer.status == 200 && answer.body.len() as u64 == object.size;
        return match usize::try_from(part.first) {
            _ if answer.body.len() as u64 == part.length => Ok(answer.body),
            // Whoever does not know ranges gives everything.
            Ok(first) if whole => Ok(answer
                .body
                .get(first..)
                .unwrap_or_default()
                .iter()
                .copied()
                .take(usize::try_from(part.length).unwrap_or_default())
                .collect()),
            _ if std::mem::take(&mut again) => continue,
            _ => Err(Trouble::Missing(t!("was sent with another length than it has, as if something on the way had unpacked it").into())),
        };
    }
}

/// Looks what an object is now.
pub(super) async fn look(way: &Way<'_>, object: &Object) -> Result<Object, Trouble> {
    let draft = draft(way, object, ObjectRequest::default(), true)?;
    let answer = request::get(way, &draft, request::SHORT).await.map_err(|stop| trouble(stop, object))?;
    let size = answer.header("content-length").and_then(|length| length.parse().ok());
    let size = size.ok_or_else(|| Trouble::Missing(t!("does not tell how long it is").into()))?;
    let last_modified = answer.header("last-modified").and_then(Timestamp::parse_http_date);
    Ok(Object { size, last_modified, etag: answer.header("etag").unwrap_or_default().to_owned(), ..object.clone() })
}

fn draft(way: &Way<'_>, object: &Object, request: ObjectRequest<'_>, head: bool) -> Result<Draft, Trouble> {
    let location = &way.job.location;
    let draft = if head { request.head(location, &object.key) } else { request.get(location, &object.key) };
    let mut draft = draft.map_err(|_| Trouble::Missing(t!("has a name that no browser can ask for").into()))?;
    // Otherwise the browser unpacks what is stored packed, and a piece of it is nothing that it could unpack.
    draft.query.push("response-content-encoding", "identity");
    Ok(draft)
}

/// Whether an answer is about the object that was found. Where the bucket's CORS rules hide the entity tag, the time of
/// the last change has to do, which every page may see.
fn is_same(object: &Object, answer: &Answer) -> bool {
    let bare = |tag: &str| tag.trim_start_matches("W/").trim_matches('"').to_owned();
    match answer.header("etag") {
        Some(tag) if !object.etag.is_empty() => bare(tag) == bare(&object.etag),
        _ => match (answer.header("last-modified").and_then(Timestamp::parse_http_date), object.last_modified) {
            (Some(now), Some(then)) => now.seconds() == then.seconds(),
            _ => true,
        },
    }
}

fn trouble(stop: Stop, object: &Object) -> Trouble {
    let error: ServiceError = match stop {
        Stop::Refused { error, .. } => error,
        Stop::Failed(failure) => return Trouble::Fatal(failure),
    };
    match error.remedy {
        Remedy::NotFound if error.code == "NoSuchBucket" => {}
        Remedy::NotFound => return Trouble::Missing(t!("is not there any more").into()),
        Remedy::AskForAccess => return Trouble::Missing(t!("may not be read by your role").into()),
        Remedy::Restore => return Trouble::Missing(t!("is archived and has to be restored first").into()),
        // It is shorter now.
        Remedy::ChangeInput if error.code == "InvalidRange" => return Trouble::Changed,
        _ => {}
    }
    Trouble::Fatal(Failure::service(&error, &t!("read {key}", key = object.key)))
}
