//! An S3 in memory that gets into whatever trouble a test asks for, and a file.

use super::super::*;
use crate::aws::request::Method;
use crate::model::error::PortalError;
use crate::model::location::Signing;
use crate::state::credentials::Minted;
use crate::state::exchange::tests::minted;
use futures::FutureExt;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    Refused(u16, &'static str),
    Silence(TransportError),
    /// Half of the body.
    Half,
    /// It never ends.
    Hang,
    /// The object is replaced before the request is answered.
    Replaced,
    /// The object is deleted before the request is answered.
    Deleted,
}

pub(super) struct Stored {
    pub(super) bytes: Vec<u8>,
    pub(super) version: u32,
}

/// S3, network, credentials and file.
#[derive(Default)]
pub(super) struct World {
    pub(super) objects: RefCell<BTreeMap<String, Stored>>,
    /// Which request gets into trouble: the first that contains the text; those of `always` every time.
    pub(super) faults: RefCell<Vec<(&'static str, Fault)>>,
    pub(super) always: Vec<(&'static str, Fault)>,
    /// What was sent: what was asked for, range, signed where, access key.
    pub(super) sent: RefCell<Vec<String>>,
    pub(super) pauses: RefCell<Vec<u32>>,
    pub(super) minted: Cell<u32>,
    /// Signatures in URLs are refused.
    pub(super) guarded: Cell<bool>,
    pub(super) settled: Cell<Option<Signing>>,
    /// CORS hides entity tags.
    pub(super) hides_tags: Cell<bool>,
    pub(super) file: RefCell<Vec<u8>>,
    pub(super) room: Cell<Option<u64>>,
}

pub(super) fn role() -> RoleId {
    RoleId::parse("analyst").unwrap()
}

pub(super) fn noise(length: u64, seed: u64) -> Vec<u8> {
    (0..length).map(|at| ((at + seed).wrapping_mul(2_654_435_761) >> 9).to_le_bytes()[0]).collect()
}

pub(super) fn modified(version: u32) -> Timestamp {
    Timestamp::from_seconds(1_795_192_800 + i64::from(version) * 60)
}

impl World {
    pub(super) fn with(objects: &[(&str, u64)]) -> Self {
        let world = Self::default();
        for (seed, (key, size)) in objects.iter().enumerate() {
            world.put(key, noise(*size, seed as u64));
        }
        world
    }

    pub(super) fn put(&self, key: &str, bytes: Vec<u8>) {
        let mut objects = self.objects.borrow_mut();
        let version = objects.get(key).map_or(0, |stored| stored.version) + 1;
        objects.insert(key.to_owned(), Stored { bytes, version });
    }

    pub(super) fn fails(self, faults: &[(&'static str, Fault)]) -> Self {
        *self.faults.borrow_mut() = faults.to_vec();
        self
    }

    pub(super) fn minted_now(&self) -> Arc<Minted> {
        minted(self.minted.get(), self.now())
    }

    pub(super) fn count(&self, text: &str) -> usize {
        self.sent.borrow().iter().filter(|line| line.contains(text)).count()
    }

    pub(super) fn handle(&self, request: &Request) -> LocalBoxFuture<'static, Result<Answer, TransportError>> {
        let url = url::Url::parse(request.url()).unwrap();
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        let headers: HashMap<&str, &str> = request.headers().collect();
        let in_query = query.contains_key("X-Amz-Credential");
        let credential = query.get("X-Amz-Credential").map(String::as_str).or_else(|| headers.get("authorization").copied()).unwrap();
        let key_id = credential.split("ASIA").nth(1).unwrap().split('/').next().unwrap().to_owned();
        let key = percent_encoding::percent_decode_str(url.path().strip_prefix("/b").unwrap().trim_start_matches('/'))
            .decode_utf8()
            .unwrap()
            .into_owned();
        let what = if query.contains_key("list-type") {
            format!("list {}", query.get("start-after").or(query.get("continuation-token")).map_or("", String::as_str))
        } else {
            assert_eq!(query.get("response-content-encoding").map(String::as_str), Some("identity"));
            format!("{} {key} {}", request.method().as_str(), headers.get("range").unwrap_or(&"whole"))
        };
        self.sent.borrow_mut().push(format!("{what} {} by {key_id}", if in_query { "query" } else { "headers" }));
        if self.guarded.get() && in_query {
            return async { Ok(error(403, "AccessDenied")) }.boxed_local();
        }
        let fault = {
            let mut faults = self.faults.borrow_mut();
            let at = faults.iter().position(|(which, _)| what.contains(which));
            let always = self.always.iter().find(|(which, _)| what.contains(which)).map(|(_, fault)| *fault);
            at.map(|at| faults.remove(at).1).or(always)
        };
        match fault {
            Some(Fault::Refused(status, code)) => return async move { Ok(error(status, code)) }.boxed_local(),
            Some(Fault::Silence(error)) => return async move { Err(error) }.boxed_local(),
            Some(Fault::Hang) => return futures::future::pending().boxed_local(),
            Some(Fault::Replaced) => {
                let length = self.objects.borrow()[&key].bytes.len() as u64;
                self.put(&key, noise(length + 1, 99));
            }
            Some(Fault::Deleted) => drop(self.objects.borrow_mut().remove(&key)),
            Some(Fault::Half) | None => {}
        }
        let mut answer = if query.contains_key("list-type") { self.list(&query) } else { self.object(request.method(), &key, &headers) };
        if matches!(fault, Some(Fault::Half)) {
            answer.body.truncate(answer.body.len() / 2);
        }
        async { Ok(answer) }.boxed_local()
    }

    /// Pages of three.
    pub(super) fn list(&self, query: &HashMap<String, String>) -> Answer {
        let prefix = query.get("prefix").map_or("", String::as_str);
        let after = query.get("continuation-token").or(query.get("start-after")).cloned().unwrap_or_default();
        let objects = self.objects.borrow();
        let rest: Vec<_> = objects.iter().filter(|(key, _)| key.starts_with(prefix) && **key > after).collect();
        let mut body = format!("<ListBucketResult><IsTruncated>{}</IsTruncated>", rest.len() > 3);
        for (key, Stored { bytes, version }) in rest.iter().take(3) {
            let size = bytes.len();
            let civil = modified(*version).civil();
            let time = format!("{}-{:02}-{:02}T{:02}:{:02}:00.000Z", civil.year, civil.month, civil.day, civil.hour, civil.minute);
            write!(
                body,
                "<Contents><Key>{key}</Key><LastModified>{time}</LastModified><ETag>\"v{version}\"</ETag><Size>{size}</Size></Contents>"
            )
            .unwrap();
        }
        if let Some((last, _)) = rest.get(2).filter(|_| rest.len() > 3) {
            write!(body, "<NextContinuationToken>{last}</NextContinuationToken>").unwrap();
        }
        body.push_str("</ListBucketResult>");
        Answer { status: 200, headers: Vec::new(), body: body.into_bytes() }
    }

    pub(super) fn object(&self, method: Method, key: &str, headers: &HashMap<&str, &str>) -> Answer {
        let objects = self.objects.borrow();
        let Some(Stored { bytes, version }) = objects.get(key) else { return error(404, "NoSuchKey") };
        let range = headers.get("range").map(|range| {
            let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
            (first.parse::<usize>().unwrap(), last.parse::<usize>().unwrap() + 1)
        });
        let civil = modified(*version).civil();
        let date = format!("Fri, {:02} Nov {} {:02}:{:02}:00 GMT", civil.day, civil.year, civil.hour, civil.minute);
        let mut headers = vec![("last-modified".to_owned(), date), ("content-length".to_owned(), bytes.len().to_string())];
        if !self.hides_tags.get() {
            headers.push(("etag".to_owned(), format!("\"v{version}\"")));
        }
        let (status, body) = match range {
            _ if method == Method::Head => (200, Vec::new()),
            None => (200, bytes.clone()),
            Some((first, _)) if first >= bytes.len() => return error(416, "InvalidRange"),
            Some((first, end)) => (206, bytes[first..end.min(bytes.len())].to_vec()),
        };
        Answer { status, headers, body }
    }
}

pub(super) fn error(status: u16, code: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: format!("<Error><Code>{code}</Code></Error>").into_bytes() }
}

impl Surroundings for World {
    fn credentials<'a>(&'a self, _: &'a RoleId) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        async { Ok(self.minted_now()) }.boxed_local()
    }

    fn other_credentials<'a>(&'a self, _: &'a RoleId, refused: &'a str) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        if refused == format!("ASIA{}", self.minted.get()) {
            self.minted.set(self.minted.get() + 1);
        }
        async { Ok(self.minted_now()) }.boxed_local()
    }

    fn now(&self) -> Timestamp {
        modified(0)
    }

    fn signing(&self, _: &RoleId, location: &Location) -> (Signing, bool) {
        self.settled.get().map_or((location.sign, location.sign == Signing::Header), |signing| (signing, true))
    }

    fn settle_signing(&self, _: &RoleId, _: &Location, signing: Signing) {
        self.settled.set(Some(signing));
    }

    fn send<'a>(&'a self, _: &'a Request, _: u32) -> LocalBoxFuture<'a, Result<Answer, TransportError>> {
        unreachable!("large answers are received")
    }

    fn pause(&self, milliseconds: u32) -> LocalBoxFuture<'_, ()> {
        self.pauses.borrow_mut().push(milliseconds);
        async {}.boxed_local()
    }
}

impl Outside for World {
    fn receive<'a>(&'a self, request: &'a Request, _: u32) -> LocalBoxFuture<'a, Result<Answer, TransportError>> {
        self.handle(request)
    }
}

impl Target for World {
    fn write<'a>(&'a self, position: u64, bytes: &'a [u8]) -> LocalBoxFuture<'a, Result<(), Unwritable>> {
        let (position, mut file) = (usize::try_from(position).unwrap(), self.file.borrow_mut());
        let end = position + bytes.len();
        if self.room.get().is_some_and(|room| end as u64 > room) {
            return async { Err(Unwritable::Full) }.boxed_local();
        }
        let length = file.len().max(end);
        file.resize(length, 0);
        file[position..end].copy_from_slice(bytes);
        async { Ok(()) }.boxed_local()
    }
}
