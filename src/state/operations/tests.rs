//! Against an S3 in memory that lists three at a time and gets into whatever trouble a test asks for.

use super::*;
use crate::aws::request::{Answer, Method, Request};
use crate::aws::s3::checksum::Checksum;
use crate::browser::fetch::TransportError;
use crate::model::credentials::CredentialsAnswer;
use crate::model::error::PortalError;
use crate::model::location::{AddressingStyle, Signing};
use crate::model::names::SessionId;
use crate::model::object::Object;
use crate::model::secret::Secret;
use crate::state::credentials::Minted;
use futures::FutureExt;
use futures::executor::block_on;
use futures::future::LocalBoxFuture;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const GIBIBYTE: u64 = 1024 * 1024 * 1024;
/// When things were counted.
const COUNTED: Timestamp = Timestamp::from_seconds(1_795_415_000);

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug)]
enum Trouble {
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
}

#[derive(Clone, Debug)]
struct Stored {
    size: u64,
    etag: String,
    written: Timestamp,
    /// It has metadata of its own.
    own: bool,
}

#[derive(Default)]
struct World {
    objects: RefCell<BTreeMap<String, Stored>>,
    /// Bytes of uploads in parts.
    uploads: RefCell<HashMap<String, u64>>,
    versioned: Cell<bool>,
    /// It takes no notice of conditions, as older implementations do.
    careless: Cell<bool>,
    troubles: RefCell<Vec<(&'static str, Trouble)>>,
    sent: RefCell<Vec<String>>,
    counter: Cell<u32>,
}

impl World {
    fn with(keys: &[&str]) -> Self {
        let world = Self::default();
        for (at, key) in keys.iter().enumerate() {
            world.put(key, 10 + at as u64);
        }
        world
    }

    fn put(&self, key: &str, size: u64) {
        let etag = format!("\"{} of {size}\"", Checksum::of(key.as_bytes()));
        self.objects.borrow_mut().insert(key.to_owned(), Stored { size, etag, written: COUNTED, own: false });
    }

    fn trouble(self, which: &'static str, trouble: Trouble) -> Self {
        self.troubles.borrow_mut().push((which, trouble));
        self
    }

    fn keys(&self) -> Vec<String> {
        self.objects.borrow().keys().cloned().collect()
    }

    fn object(&self, key: &str) -> Chosen {
        let stored = self.objects.borrow()[key].clone();
        Chosen::Object(Object {
            key: key.into(),
            size: stored.size,
            last_modified: Some(stored.written),
            etag: stored.etag,
            storage_class: String::new(),
        })
    }

    fn count_of(&self, text: &str) -> usize {
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
            Some(Trouble::LostAnswer | Trouble::Halved) | None => {}
        }
        let answer = self.answer(what, &key, &query, &headers, request.body());
        if let Some(Trouble::Halved) = trouble {
            self.objects.borrow_mut().get_mut(&key).unwrap().size /= 2;
        }
        if let Some(Trouble::LostAnswer) = trouble { Err(TransportError::Network) } else { Ok(answer) }
    }

    fn answer(&self, what: &str, key: &str, query: &HashMap<String, String>, headers: &HashMap<String, String>, body: &[u8]) -> Answer {
        let mut objects = self.objects.borrow_mut();
        let careful = !self.careless.get();
        let keeps = careful && headers.get("if-none-match").is_some_and(|value| value == "*");
        let source = headers.get("x-amz-copy-source").map(|source| percent_decode_str(source).decode_utf8().unwrap().into_owned());
        let source = source.map(|source| source.strip_prefix("b/").unwrap().to_owned());
        match what {
            "list" => {
                let after = query.get("continuation-token").cloned().unwrap_or_default();
                let found: Vec<_> = objects
                    .iter()
                    .filter(|(key, _)| key.starts_with(&query["prefix"]) && **key > after)
                    .take(query.get("max-keys").map_or(3, |most| most.parse().unwrap()))
                    .collect();
                let last = found.last().map(|(key, _)| (*key).clone()).unwrap_or_default();
                let more = objects.keys().any(|key| key.starts_with(&query["prefix"]) && *key > last);
                let mut xml = format!("<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>{more}</IsTruncated>");
                for (key, Stored { size, etag, written, .. }) in &found {
                    let key: String = crate::aws::uri::encode(key).collect();
                    let etag = crate::aws::xml::escaped(etag);
                    xml += &format!(
                        "<Contents><Key>{key}</Key><Size>{size}</Size><ETag>{etag}</ETag><LastModified>{written}</LastModified></Contents>"
                    );
                }
                let token = crate::aws::xml::escaped(&last);
                ok(&[], xml + &format!("<NextContinuationToken>{token}</NextContinuationToken></ListBucketResult>"))
            }
            "head" => match objects.get(key) {
                Some(Stored { size, etag, own, .. }) => {
                    let mut headers = vec![("content-length", size.to_string()), ("etag", etag.clone())];
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
                objects.insert(key.to_owned(), from);
                ok(&[], format!("<CopyObjectResult><ETag>{etag}</ETag></CopyObjectResult>"))
            }
            "begin" => {
                self.uploads.borrow_mut().insert(format!("u{}", self.next()), 0);
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
                *self.uploads.borrow_mut().get_mut(&query["uploadId"]).unwrap() += last - first + 1;
                ok(&[], format!("<CopyPartResult><ETag>p{}</ETag></CopyPartResult>", query["partNumber"]))
            }
            "complete" => {
                let size = self.uploads.borrow_mut().remove(&query["uploadId"]).unwrap();
                let stored = Stored { size, etag: "\"whole\"".into(), written: COUNTED, own: false };
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
                            let stored = Stored { size, etag: String::new(), written: COUNTED, own: false };
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

    fn operation<T>(&self, picks: &[Pick], act: impl AsyncFnOnce(Operation<'_>) -> T) -> (T, Report) {
        let report = Mutex::default();
        let (role, from) = (RoleId::parse("analyst").unwrap(), place());
        let operation = Operation { around: self, role: &role, from: &from, picks, report: &report, tell: &|| {} };
        let outcome = block_on(act(operation));
        (outcome, report.into_inner().unwrap())
    }

    fn run(&self, picks: &[Pick], work: &Work) -> (Result<(), Failure>, Report) {
        self.operation(picks, async |operation| operation.run(work, COUNTED).await)
    }
}

impl Surroundings for World {
    fn credentials<'a>(&'a self, role: &'a RoleId) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
        let answer = CredentialsAnswer {
            version: 1,
            access_key_id: "ASIA".into(),
            secret_access_key: Secret::new("k"),
            session_token: Secret::new("t"),
            expiration: self.now().plus_seconds(3_600),
            role: role.clone(),
            session_id: SessionId::parse("0123456789abcdef0123456789").unwrap(),
            server_now: self.now(),
        };
        async move { Ok(Arc::new(Minted::from_answer(answer, 0.5))) }.boxed_local()
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
        async move { self.handle(request) }.boxed_local()
    }

    fn pause(&self, _: u32) -> LocalBoxFuture<'_, ()> {
        async {}.boxed_local()
    }
}

fn place() -> Location {
    Location {
        name: "b".into(),
        region: "eu-west-1".into(),
        endpoint: "https://s3.example.com".into(),
        style: AddressingStyle::Path,
        prefix: String::new(),
        permissions: crate::model::location::Permission::ALL.to_vec(),
        sign: Signing::Query,
    }
}

fn ok(headers: &[(&str, String)], body: String) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Answer { status: 200, headers, body: body.into_bytes() }
}

fn error(status: u16, code: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: format!("<Error><Code>{code}</Code></Error>").into_bytes() }
}

fn folder(prefix: &str, to: &str) -> Vec<Pick> {
    vec![Pick { what: Chosen::Folder(prefix.into()), to: to.into() }]
}

fn moves() -> Work {
    Work::Move(place(), Existing::Keep)
}

fn copies() -> Work {
    Work::Copy(place(), Existing::Keep)
}

#[test]
fn a_folder_is_counted_and_deleted_whole() {
    let world = World::with(&["a/1", "a/2", "a/b/3", "a/b/4", "a/5", "b"]);
    let picks = folder("a/", "");
    let (count, _) = world.operation(&picks, async |operation| operation.count(&|_| {}).await);
    assert_eq!(count.unwrap(), Count { objects: 5, bytes: 10 + 11 + 12 + 13 + 14 });
    let (outcome, report) = world.run(&picks, &Work::Delete);
    outcome.unwrap();
    assert_eq!(world.keys(), ["b"]);
    assert_eq!((report.done.objects, report.failed, report.irrevocable), (5, 0, true));
    assert_eq!(world.count_of("deletes"), 2, "a page at a time");
}

#[test]
fn everything_but_some_is_counted_and_moved_without_them() {
    let names = ["a/", "a/1", "a/2", "a/b/3", "a/b/4", "a/bb", "a/c/5", "b"];
    let world = World::with(&names);
    let but = Arc::new(["a/2", "a/b/"].map(str::to_owned).into());
    let picks = [Pick { what: Chosen::AllBut("a/".into(), but), to: "a/b/".into() }];
    let (count, _) = world.operation(&picks, async |operation| operation.count(&|_| {}).await);
    assert_eq!(count.unwrap().objects, 4);
    // What it goes to is left out, and may therefore be in it.
    let (outcome, report) = world.run(&picks, &moves());
    outcome.unwrap();
    assert_eq!(world.keys(), ["a/2", "a/b/", "a/b/1", "a/b/3", "a/b/4", "a/b/bb", "a/b/c/5", "b"]);
    assert_eq!((report.done.objects, report.failed), (4, 0));
    let into_itself = [Pick { what: picks[0].what.clone(), to: "a/x/".into() }];
    assert!(world.run(&into_itself, &moves()).0.is_err());
    let (outcome, _) =
        world.run(&[Pick { what: Chosen::AllBut("".into(), Arc::new(["a/".to_owned()].into())), to: String::new() }], &Work::Delete);
    outcome.unwrap();
    assert!(!world.keys().contains(&"b".to_owned()) && world.keys().len() == 7);
}

#[test]
fn what_came_after_the_count_stays() {
    let world = World::with(&["a/1", "a/2"]);
    world.objects.borrow_mut().get_mut("a/2").unwrap().written = COUNTED.plus_seconds(1);
    let (_, report) = world.run(&folder("a/", ""), &Work::Delete);
    assert_eq!(world.keys(), ["a/2"]);
    assert_eq!((report.done.objects, report.newer), (1, 1));
    let picks = [Pick { what: world.object("a/2"), to: String::new() }];
    let (_, report) = world.run(&picks, &Work::Delete);
    assert_eq!((report.done.objects, report.newer), (1, 0), "what was picked by itself is meant");
}

#[test]
fn every_name_is_deleted_in_the_way_that_can_name_it() {
    let names = ["a/../x", "a/\u{1}", "a/é & <b>", "a/line\r\nfeed", "a/."];
    let world = World::with(&names);
    let (outcome, report) = world.run(&folder("a/", ""), &Work::Delete);
    outcome.unwrap();
    assert_eq!((world.keys().len(), report.done.objects), (0, 5), "{report:?}");
    assert_eq!(world.count_of("delete a/\u{1}"), 1);
}

#[test]
fn what_s3_refuses_or_leaves_out_is_named() {
    let world = World::with(&["a/1", "a/locked"]);
    let (outcome, report) = world.run(&folder("a/", ""), &Work::Delete);
    outcome.unwrap();
    assert_eq!(world.keys(), ["a/locked"]);
    assert_eq!((report.done.objects, report.failed), (1, 1));
    assert_eq!(report.failures[0].0, "a/locked");
    assert!(report.failures[0].1.message.starts_with("Your role may not delete a/locked"), "{:?}", report.failures);
}

#[test]
fn a_delete_in_a_versioned_bucket_is_undone() {
    let world = World::with(&["a/1", "a/2", "a/3", "a/4"]);
    world.versioned.set(true);
    let (_, report) = world.run(&folder("a/", ""), &Work::Delete);
    assert_eq!((world.keys().len(), report.markers.len(), report.irrevocable), (0, 4, false));
    let (back, _) = world.operation(&[], async |operation| operation.undo(&report.markers).await);
    assert_eq!(back.unwrap().objects, 4);
    assert_eq!(world.keys(), ["a/1", "a/2", "a/3", "a/4"]);
}

#[test]
fn a_busy_or_silent_s3_is_asked_again() {
    for trouble in [Trouble::Refused(503, "SlowDown"), Trouble::Silence, Trouble::LateError, Trouble::LostAnswer] {
        let world = World::with(&["a/1", "a/2"]).trouble("deletes", trouble);
        let (outcome, report) = world.run(&folder("a/", ""), &Work::Delete);
        outcome.unwrap();
        assert_eq!((world.keys().len(), report.done.objects, report.failed), (0, 2, 0), "{trouble:?}");
    }
}

#[test]
fn a_folder_is_moved_whole() {
    let world = World::with(&["a/1", "a/2", "a/b/3", "a/b/4", "c/1"]);
    let (outcome, report) = world.run(&folder("a/", "c/a/"), &moves());
    outcome.unwrap();
    assert_eq!(world.keys(), ["c/1", "c/a/1", "c/a/2", "c/a/b/3", "c/a/b/4"]);
    assert_eq!((report.done.objects, report.failed, report.kept), (4, 0, 0));
}

#[test]
fn nothing_at_the_destination_is_lost() {
    for careless in [false, true] {
        let world = World::with(&["a/1", "a/2", "c/1"]);
        world.careless.set(careless);
        let (_, report) = world.run(&folder("a/", "c/"), &moves());
        assert_eq!(world.keys(), ["a/1", "c/1", "c/2"], "careless: {careless}");
        assert_eq!((report.done.objects, report.kept), (1, 1));
        assert_eq!(world.objects.borrow()["c/1"].size, 12, "what was there");
    }
    let world = World::with(&["a/1", "c/1"]);
    let (_, report) = world.run(&folder("a/", "c/"), &Work::Move(place(), Existing::Replace));
    assert_eq!((world.keys(), report.done.objects), (vec!["c/1".to_owned()], 1));
}

#[test]
fn an_original_stays_until_its_copy_is_there_and_whole() {
    for trouble in [Trouble::Halved, Trouble::Refused(403, "AccessDenied"), Trouble::Overwritten] {
        let world = World::with(&["a/1"]).trouble("copy c/1", trouble);
        let (outcome, report) = world.run(&folder("a/", "c/"), &moves());
        outcome.unwrap();
        assert!(world.keys().contains(&"a/1".to_owned()), "{trouble:?}");
        assert_eq!((report.done.objects, report.failed), (0, 1), "{trouble:?}: {report:?}");
    }
    // Written between the copy and the delete: the new one was not copied.
    let world = World::with(&["a/1"]).trouble("deletes", Trouble::Overwritten);
    let (_, report) = world.run(&folder("a/", "c/"), &moves());
    assert_eq!(world.objects.borrow()["a/1"].size, 4_711);
    assert!(report.failures[0].1.message.starts_with("It is copied, but the original may still be there."), "{report:?}");
}

#[test]
fn a_copy_whose_answer_was_lost_is_found() {
    let world = World::with(&["a/1"]).trouble("copy c/1", Trouble::LostAnswer);
    let (_, report) = world.run(&folder("a/", "c/"), &moves());
    assert_eq!((world.keys(), report.done.objects, report.kept), (vec!["c/1".to_owned()], 1, 0));
}

#[test]
fn a_delete_whose_answer_was_lost_is_a_delete() {
    let world = World::with(&["a/1", "a/2"]).trouble("deletes", Trouble::LostAnswer);
    let (_, report) = world.run(&folder("a/", "c/"), &moves());
    assert_eq!((world.keys(), report.done.objects, report.failed), (vec!["c/1".to_owned(), "c/2".to_owned()], 2, 0), "{report:?}");
}

#[test]
fn more_than_five_gibibytes_are_copied_in_parts() {
    let world = World::default();
    world.put("a/1", 12 * GIBIBYTE + 5);
    let (outcome, report) = world.run(&folder("a/", "c/"), &moves());
    outcome.unwrap();
    assert_eq!((report.done.bytes, report.failed), (12 * GIBIBYTE + 5, 0), "{report:?}");
    assert_eq!(world.keys(), ["c/1"]);
    assert_eq!((world.objects.borrow()["c/1"].size, world.count_of("part c/1")), (12 * GIBIBYTE + 5, 25));
    assert_eq!(world.count_of("copy"), 0);
}

#[test]
fn a_copy_in_parts_that_fails_leaves_nothing_behind() {
    let world = World::default();
    world.put("a/1", 6 * GIBIBYTE);
    let world = world.trouble("part c/1", Trouble::Refused(403, "AccessDenied"));
    let (_, report) = world.run(&folder("a/", "c/"), &moves());
    assert_eq!((world.keys(), report.failed, world.uploads.borrow().len()), (vec!["a/1".to_owned()], 1, 0));
    world.objects.borrow_mut().get_mut("a/1").unwrap().own = true;
    let (_, report) = world.run(&folder("a/", "c/"), &copies());
    assert!(report.failures[0].1.message.contains("metadata or tags of its own"), "{report:?}");
    assert_eq!(world.keys(), ["a/1"]);
}

#[test]
fn what_must_not_begin_does_not() {
    let world = World::with(&["a/1", "a/2"]);
    let narrow = Location { prefix: "c/".into(), ..place() };
    for (picks, work) in [
        (folder("a/", "a/b/"), moves()),
        (folder("a/", "a/"), copies()),
        (vec![Pick { what: world.object("a/1"), to: "a/1".into() }], moves()),
        (folder("a/", "d/"), Work::Copy(narrow, Existing::Keep)),
        (folder("a/", ""), copies()),
    ] {
        let (outcome, report) = world.run(&picks, &work);
        assert!(outcome.is_err(), "{picks:?}");
        assert_eq!(report, Report::default());
    }
    assert_eq!(world.sent.borrow().len(), 0);
    let (outcome, _) = world.run(&folder("a/", "ab/"), &moves());
    outcome.unwrap();
}

#[test]
fn a_listing_of_something_else_ends_it() {
    let world = World::with(&["a/1"]);
    let strange = "<ListBucketResult><Contents><Key>b</Key><Size>1</Size></Contents></ListBucketResult>";
    struct Strange(World, &'static str);
    impl Surroundings for Strange {
        fn credentials<'a>(&'a self, role: &'a RoleId) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
            self.0.credentials(role)
        }
        fn other_credentials<'a>(&'a self, role: &'a RoleId, _: &'a str) -> LocalBoxFuture<'a, Result<Arc<Minted>, PortalError>> {
            self.0.credentials(role)
        }
        fn now(&self) -> Timestamp {
            COUNTED
        }
        fn signing(&self, _: &RoleId, location: &Location) -> (Signing, bool) {
            (location.sign, true)
        }
        fn settle_signing(&self, _: &RoleId, _: &Location, _: Signing) {}
        fn send<'a>(&'a self, _: &'a Request, _: u32) -> LocalBoxFuture<'a, Result<Answer, TransportError>> {
            async { Ok(ok(&[], self.1.to_owned())) }.boxed_local()
        }
        fn pause(&self, _: u32) -> LocalBoxFuture<'_, ()> {
            async {}.boxed_local()
        }
    }
    let strange = Strange(world, strange);
    let report = Mutex::default();
    let (role, from, picks) = (RoleId::parse("analyst").unwrap(), place(), folder("a/", ""));
    let operation = Operation { around: &strange, role: &role, from: &from, picks: &picks, report: &report, tell: &|| {} };
    let failure = block_on(operation.run(&Work::Delete, COUNTED)).unwrap_err();
    assert!(failure.message.contains("not in a/"), "{failure:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever goes wrong, each object is at one of the two places or at both, and whole.
    #[test]
    fn no_object_is_ever_lost(
        names in proptest::collection::btree_set("[a-c/é]{1,4}", 1..12),
        troubles in proptest::collection::vec((0..4_usize, 0..5_usize), 0..8),
        careless: bool,
    ) {
        let world = World::default();
        world.careless.set(careless);
        let names: Vec<String> = names.iter().map(|name| format!("from/x{name}")).collect();
        for (at, name) in names.iter().enumerate() {
            world.put(name, 100 + at as u64);
        }
        for (which, what) in troubles {
            let which = ["copy", "head", "deletes", "list"][which];
            let what = [
                Trouble::Refused(500, "InternalError"),
                Trouble::Refused(403, "AccessDenied"),
                Trouble::LostAnswer,
                Trouble::Silence,
                Trouble::Refused(503, "SlowDown"),
            ][what];
            world.troubles.borrow_mut().push((which, what));
        }
        let (outcome, report) = world.run(&folder("from/", "to/"), &moves());
        let objects = world.objects.borrow();
        for (at, name) in names.iter().enumerate() {
            let copy = name.replacen("from/", "to/", 1);
            let sizes: Vec<u64> = [name, &copy].iter().filter_map(|key| objects.get(*key)).map(|stored| stored.size).collect();
            prop_assert!(!sizes.is_empty() && sizes.iter().all(|size| *size == 100 + at as u64), "{}", name);
        }
        let moved = names.iter().filter(|name| !objects.contains_key(*name)).count() as u64;
        prop_assert!(report.done.objects <= moved, "nothing is called done that is not");
        if outcome.is_ok() {
            prop_assert_eq!(report.done.objects + report.kept + report.failed, names.len() as u64);
        }
    }
}
