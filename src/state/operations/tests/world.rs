//! An S3 in memory that lists three at a time and gets into trouble.

use super::super::*;
use crate::aws::request::{Answer, Method, Request};
use crate::aws::s3::checksum::Checksum;
use crate::browser::fetch::TransportError;
use crate::model::error::PortalError;
use crate::model::location::{AddressingStyle, Permission, Signing};
use crate::model::object::Object;
use crate::state::credentials::Minted;
use crate::state::exchange::tests::minted;
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::LocalBoxFuture;
use percent_encoding::percent_decode_str;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub(super) const GIBIBYTE: u64 = 1024 * 1024 * 1024;
/// When the newest of what was counted was written.
pub(super) const COUNTED: Timestamp = Timestamp::from_seconds(1_795_415_000);

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trouble {
    Refused(u16, &'static str),
    /// No answer, though it was done.
    LostAnswer,
    /// No answer, and nothing was done.
    Silence,
    /// 200, and an error in the body.
    LateError,
    /// Done with half of the bytes.
    Halved,
    /// Somebody writes `a/1` just before.
    Overwritten,
    /// Somebody puts another object of the same size there just before, and no answer comes.
    Rival,
}

#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) size: u64,
    pub(super) etag: String,
    pub(super) written: Timestamp,
    /// It has metadata of its own.
    pub(super) own: bool,
    pub(super) class: String,
}

#[derive(Default)]
pub(super) struct World {
    pub(super) objects: RefCell<BTreeMap<String, Stored>>,
    /// Bytes and class of uploads in parts.
    pub(super) uploads: RefCell<HashMap<String, (u64, String)>>,
    /// Keys of a page, and three at least.
    pub(super) page: Cell<usize>,
    pub(super) versioned: Cell<bool>,
    /// It takes no notice of conditions, as older implementations do.
    pub(super) careless: Cell<bool>,
    /// It goes on where the page before did.
    pub(super) turns: Cell<bool>,
    /// The role may not list it.
    pub(super) narrow: Cell<bool>,
    /// Its CORS rules let pages see no entity tag.
    pub(super) hides_etags: Cell<bool>,
    /// They let pages see every header.
    pub(super) shows_all: Cell<bool>,
    /// Requests that are never answered.
    pub(super) stuck: Cell<Option<&'static str>>,
    /// Whether the person agreed to lose what is hidden.
    pub(super) knowing: Cell<bool>,
    pub(super) troubles: RefCell<Vec<(&'static str, Trouble)>>,
    pub(super) sent: RefCell<Vec<String>>,
    counter: Cell<u32>,
}

impl World {
    pub(super) fn with(keys: &[&str]) -> Self {
        let world = Self::default();
        for (at, key) in keys.iter().enumerate() {
            world.put(key, 10 + at as u64);
        }
        world
    }

    pub(super) fn put(&self, key: &str, size: u64) {
        let etag = format!("\"{} of {size}\"", Checksum::of(key.as_bytes()));
        self.objects.borrow_mut().insert(key.to_owned(), Stored { size, etag, written: COUNTED, own: false, class: String::new() });
    }

    pub(super) fn trouble(self, which: &'static str, trouble: Trouble) -> Self {
        self.troubles.borrow_mut().push((which, trouble));
        self
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.objects.borrow().keys().cloned().collect()
    }

    pub(super) fn stored(&self, key: &str) -> Object {
        let Stored { size, etag, written, class, .. } = self.objects.borrow()[key].clone();
        Object { key: key.into(), size, last_modified: Some(written), etag, storage_class: class }
    }

    pub(super) fn object(&self, key: &str) -> Chosen {
        Chosen::Object(self.stored(key))
    }

    pub(super) fn place(&self) -> Location {
        let mut place = place();
        place.permissions.retain(|permission| *permission != Permission::List || !self.narrow.get());
        place
    }

    pub(super) fn count_of(&self, text: &str) -> usize {
        self.sent.borrow().iter().filter(|line| line.starts_with(text)).count()
    }

    fn next(&self) -> u32 {
        self.counter.set(self.counter.get() + 1);
        self.counter.get()
    }

    fn handle(&self, request: &Request) -> Result<Answer, TransportError> {
        let url = url::Url::parse(request.url()).unwrap();
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        let headers: HashMap<String, String> = request.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let key = percent_decode_str(url.path().trim_start_matches("/b").trim_start_matches('/')).decode_utf8().unwrap().into_owned();
        let copies = headers.contains_key("x-amz-copy-source");
        let what = match request.method() {
            Method::Get => "list",
            Method::Head => "head",
            Method::Delete if query.contains_key("uploadId") => "abort",
            Method::Delete => "delete",
            Method::Post if query.contains_key("delete") => "deletes",
            Method::Post if query.contains_key("uploads") => "begin",
            Method::Post => "complete",
            Method::Put if query.contains_key("partNumber") => "part",
            Method::Put => "copy",
        };
        assert_eq!(copies, what == "copy" || what == "part");
        let line = format!("{what} {key}");
        self.sent.borrow_mut().push(line.clone());
        let trouble = {
            let mut troubles = self.troubles.borrow_mut();
            let at = troubles.iter().position(|(which, _)| line.starts_with(which));
            at.map(|at| troubles.remove(at).1)
        };
        match trouble {
            Some(Trouble::Refused(status, code)) => return Ok(error(status, code)),
            Some(Trouble::Silence) => return Err(TransportError::Network),
            Some(Trouble::LateError) => return Ok(Answer { status: 200, ..error(500, "InternalError") }),
            Some(Trouble::Overwritten) => self.put("a/1", 4_711),
            Some(Trouble::Rival) => self.put(&key, 10),
            Some(Trouble::LostAnswer | Trouble::Halved) | None => {}
        }
        let answer = self.answer(what, &key, &query, &headers, request.body());
        if let Some(Trouble::Halved) = trouble {
            self.objects.borrow_mut().get_mut(&key).unwrap().size /= 2;
        }
        if let Some(Trouble::LostAnswer | Trouble::Rival) = trouble { Err(TransportError::Network) } else { Ok(answer) }
    }

    fn answer(&self, what: &str, key: &str, query: &HashMap<String, String>, headers: &HashMap<String, String>, body: &[u8]) -> Answer {
        let mut objects = self.objects.borrow_mut();
        let careful = !self.careless.get();
        let keeps = careful && headers.get("if-none-match").is_some_and(|value| value == "*");
        let source = headers.get("x-amz-copy-source").map(|source| percent_decode_str(source).decode_utf8().unwrap().into_owned());
        let source = source.map(|source| source.strip_prefix("b/").unwrap().to_owned());
        let class = headers.get("x-amz-storage-class").cloned().unwrap_or_default();
        match what {
            "list" => {
                let prefix = query.get("prefix").map_or("", String::as_str);
                let after = query.get("continuation-token").or_else(|| query.get("start-after")).cloned().unwrap_or_default();
                let found: Vec<_> = objects
                    .iter()
                    .filter(|(key, _)| key.starts_with(prefix) && **key > after)
                    .take(query.get("max-keys").map_or(self.page.get().max(3), |most| most.parse().unwrap()))
                    .collect();
                let last = if self.turns.get() && !after.is_empty() { Some(after) } else { found.last().map(|(key, _)| (*key).clone()) };
                let last = last.unwrap_or_default();
                let more = objects.keys().any(|key| key.starts_with(prefix) && *key > last);
                let mut xml = format!("<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>{more}</IsTruncated>");
                for (key, Stored { size, etag, written, class, .. }) in &found {
                    let key: String = crate::aws::uri::encode(key).collect();
                    let etag = crate::aws::xml::escaped(etag);
                    xml += &format!(
                        "<Contents><Key>{key}</Key><Size>{size}</Size><ETag>{etag}</ETag><LastModified>{written}</LastModified>\
                         <StorageClass>{class}</StorageClass></Contents>"
                    );
                }
                let token = crate::aws::xml::escaped(&last);
                ok(&[], xml + &format!("<NextContinuationToken>{token}</NextContinuationToken></ListBucketResult>"))
            }
            "head" => match objects.get(key) {
                Some(Stored { size, etag, own, .. }) => {
                    let mut headers = vec![("content-length", size.to_string())];
                    headers.extend((!self.hides_etags.get()).then(|| ("etag", etag.clone())));
                    headers.extend(self.shows_all.get().then(|| ("access-control-expose-headers", "*".to_owned())));
                    headers.extend(own.then(|| ("x-amz-meta-project", "x".to_owned())));
                    ok(&headers, String::new())
                }
                None => Answer { status: 404, ..Answer::default() },
            },
            "copy" => {
                let Some(from) = objects.get(&source.unwrap()).cloned() else { return error(404, "NoSuchKey") };
                if careful && headers.get("x-amz-copy-source-if-match").is_some_and(|etag| *etag != from.etag) {
                    return error(412, "PreconditionFailed");
                }
                if keeps && objects.contains_key(key) {
                    return error(412, "PreconditionFailed");
                }
                assert!(from.size <= 5 * GIBIBYTE);
                let etag = crate::aws::xml::escaped(&from.etag);
                objects.insert(key.to_owned(), Stored { class, ..from });
                ok(&[], format!("<CopyObjectResult><ETag>{etag}</ETag></CopyObjectResult>"))
            }
            "begin" => {
                self.uploads.borrow_mut().insert(format!("u{}", self.next()), (0, class));
                ok(
                    &[],
                    format!("<InitiateMultipartUploadResult><UploadId>u{}</UploadId></InitiateMultipartUploadResult>", self.counter.get()),
                )
            }
            "part" => {
                let from = objects[&source.unwrap()].clone();
                let (first, last) = headers["x-amz-copy-source-range"].strip_prefix("bytes=").unwrap().split_once('-').unwrap();
                let (first, last): (u64, u64) = (first.parse().unwrap(), last.parse().unwrap());
                assert!(last < from.size && last - first < 5 * GIBIBYTE);
                self.uploads.borrow_mut().get_mut(&query["uploadId"]).unwrap().0 += last - first + 1;
                ok(&[], format!("<CopyPartResult><ETag>p{}</ETag></CopyPartResult>", query["partNumber"]))
            }
            "complete" => {
                let (size, class) = self.uploads.borrow_mut().remove(&query["uploadId"]).unwrap();
                let stored = Stored { size, etag: "\"whole\"".into(), written: COUNTED, own: false, class };
                objects.insert(key.to_owned(), stored);
                ok(&[], "<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>".into())
            }
            "abort" => {
                self.uploads.borrow_mut().remove(&query["uploadId"]);
                ok(&[], String::new())
            }
            "delete" => {
                let there = objects.get(key).map(|stored| stored.etag.clone());
                if careful && headers.get("if-match").is_some_and(|etag| Some(etag) != there.as_ref()) {
                    return error(412, "PreconditionFailed");
                }
                objects.remove(key);
                ok(&[], String::new())
            }
            "deletes" => {
                let delete = s3s::xml::Deserializer::new(body)
                    .named_element("Delete", <s3s::dto::Delete as s3s::xml::DeserializeContent>::deserialize_content)
                    .unwrap();
                assert!(delete.objects.len() <= 1_000);
                let mut xml = "<DeleteResult>".to_owned();
                for object in delete.objects {
                    let name = crate::aws::xml::escaped(&object.key);
                    if object.key.ends_with("locked") {
                        xml += &format!("<Error><Key>{name}</Key><Code>AccessDenied</Code><Message>no</Message></Error>");
                        continue;
                    }
                    let there = objects.get(&object.key).map(|stored| stored.etag.trim_matches('"').to_owned());
                    if careful && object.e_tag.is_some_and(|etag| Some(etag.value()) != there.as_deref()) {
                        xml += &format!("<Error><Key>{name}</Key><Code>PreconditionFailed</Code></Error>");
                        continue;
                    }
                    match object.version_id {
                        Some(version) => {
                            let size = version.strip_prefix("marker ").unwrap().parse().unwrap();
                            let stored = Stored { size, etag: String::new(), written: COUNTED, own: false, class: String::new() };
                            objects.insert(object.key, stored);
                            xml += &format!("<Deleted><Key>{name}</Key></Deleted>");
                        }
                        None => {
                            let size = objects.remove(&object.key).map_or(0, |stored| stored.size);
                            let marker =
                                format!("<DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>marker {size}</DeleteMarkerVersionId>");
                            let marker = if self.versioned.get() { marker } else { String::new() };
                            xml += &format!("<Deleted><Key>{name}</Key>{marker}</Deleted>");
                        }
                    }
                }
                ok(&[], xml + "</DeleteResult>")
            }
            _ => unreachable!(),
        }
    }

    pub(super) fn operation<T>(&self, picks: &[Pick], act: impl AsyncFnOnce(Operation<'_>) -> T) -> (T, Report) {
        self.operation_on(Report::default(), picks, act)
    }

    fn operation_on<T>(&self, report: Report, picks: &[Pick], act: impl AsyncFnOnce(Operation<'_>) -> T) -> (T, Report) {
        let report = Mutex::new(report);
        let (role, from) = (RoleId::parse("analyst").unwrap(), self.place());
        let operation =
            Operation { around: self, role: &role, from: &from, picks, knowing: self.knowing.get(), report: &report, tell: &|| {} };
        let outcome = block_on(act(operation));
        (outcome, report.into_inner().unwrap())
    }

    /// Takes the markers of a report away.
    pub(super) fn undo(&self, of: Report) -> (Result<(), Failure>, Report) {
        let left = Report { markers: of.markers, ..Report::default() };
        self.operation_on(left, &[], async |operation| operation.undo().await)
    }

    pub(super) fn run(&self, picks: &[Pick], work: &Work) -> (Result<(), Failure>, Report) {
        self.operation(picks, async |operation| operation.run(work, Some(COUNTED)).await)
    }
}

impl Surroundings for World {
    fn credentials<'a>(&'a self, _: &'a RoleId) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        async { Ok(minted(1, self.now())) }.boxed_local()
    }

    fn other_credentials<'a>(&'a self, role: &'a RoleId, _: &'a str) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        self.credentials(role)
    }

    fn now(&self) -> Timestamp {
        COUNTED
    }

    fn signing(&self, _: &RoleId, location: &Location) -> (Signing, bool) {
        (location.sign, true)
    }

    fn settle_signing(&self, _: &RoleId, _: &Location, _: Signing) {}

    fn send<'a>(&'a self, request: &'a Request, _: u32) -> LocalBoxFuture<'a, Result<Answer, TransportError>> {
        async move {
            let answer = self.handle(request);
            let last = self.sent.borrow().last().cloned().unwrap_or_default();
            if self.stuck.get().is_some_and(|stuck| last.starts_with(stuck)) {
                std::future::pending::<()>().await;
            }
            answer
        }
        .boxed_local()
    }

    fn pause(&self, _: u32) -> LocalBoxFuture<'_, ()> {
        async {}.boxed_local()
    }
}

pub(super) fn place() -> Location {
    Location {
        name: "b".into(),
        region: "eu-west-1".into(),
        endpoint: "https://s3.example.com".into(),
        style: AddressingStyle::Path,
        prefix: String::new(),
        permissions: Permission::ALL.to_vec(),
        sign: Signing::Query,
    }
}

pub(super) fn ok(headers: &[(&str, String)], body: String) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Answer { status: 200, headers, body: body.into_bytes() }
}

pub(super) fn error(status: u16, code: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: format!("<Error><Code>{code}</Code></Error>").into_bytes() }
}
