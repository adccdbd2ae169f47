//! Against an S3 in memory that gets into whatever trouble a test asks for.

use super::*;
use crate::aws::request::Method;
use crate::aws::s3::parts::SMALLEST_PART;
use crate::browser::file::tests::file;
use crate::model::clock::Timestamp;
use crate::model::error::PortalError;
use crate::model::location::{AddressingStyle, Permission, Signing};
use crate::state::credentials::Minted;
use crate::state::exchange::tests::minted;
use futures::FutureExt;
use futures::executor::block_on;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// An error instead of what was asked.
    Refused(u16, &'static str),
    /// No answer; nothing happened.
    Silence(TransportError),
    /// No answer, though it was done.
    LostAnswer,
    /// It never ends.
    Hang,
    /// Done, without an entity tag that the page could see.
    HiddenTag,
}

#[derive(Default)]
struct Bucket {
    objects: HashMap<String, (u64, String)>,
    uploads: HashMap<String, BTreeMap<u16, (u64, String)>>,
    begun: u32,
}

/// S3, network, credentials and file.
#[derive(Default)]
struct World {
    bucket: RefCell<Bucket>,
    /// Which request gets into trouble: the first that contains the text.
    troubles: RefCell<Vec<(&'static str, Trouble)>>,
    /// What was sent: method, what was asked for, access key.
    sent: RefCell<Vec<String>>,
    pauses: RefCell<Vec<u32>>,
    minted: Cell<u32>,
    /// It knows no checksum of a whole object.
    composite: Cell<bool>,
    /// Changes the file's bytes.
    version: Cell<u8>,
    unreadable: Cell<bool>,
    read: Cell<u64>,
}

impl World {
    fn with(troubles: &[(&'static str, Trouble)]) -> Self {
        Self { troubles: RefCell::new(troubles.to_vec()), ..Self::default() }
    }

    fn bytes(&self, first: u64, length: u64) -> Vec<u8> {
        let version = u64::from(self.version.get());
        (first..first + length).map(|at| (at.wrapping_mul(2_654_435_761).wrapping_add(version) >> 7).to_le_bytes()[0]).collect()
    }

    fn minted_now(&self) -> Arc<Minted> {
        minted(self.minted.get(), self.now())
    }

    /// How many requests contained the text.
    fn count(&self, text: &str) -> usize {
        self.sent.borrow().iter().filter(|line| line.contains(text)).count()
    }

    fn handle(&self, request: &Request, body: Option<(u64, u64)>) -> LocalBoxFuture<'static, Result<Answer, TransportError>> {
        let url = url::Url::parse(request.url()).unwrap();
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        let headers: HashMap<&str, &str> = request.headers().collect();
        let text = query.get("X-Amz-Credential").map(String::as_str).or_else(|| headers.get("authorization").copied()).unwrap();
        let key_id = text.split("ASIA").nth(1).unwrap().split('/').next().unwrap().to_owned();
        let what = match (request.method(), query.contains_key("uploads"), query.get("partNumber"), query.contains_key("uploadId")) {
            (Method::Post, true, ..) => "begin".to_owned(),
            (Method::Put, _, Some(number), _) => format!("part {number}."),
            (Method::Put, ..) => "put".to_owned(),
            (Method::Post, _, _, true) => "complete".to_owned(),
            (Method::Get, _, _, true) => "parts".to_owned(),
            (Method::Get, ..) => "list".to_owned(),
            (method, ..) => method.as_str().to_ascii_lowercase(),
        };
        self.sent.borrow_mut().push(format!("{what} by {key_id}"));
        let trouble = {
            let mut troubles = self.troubles.borrow_mut();
            let at = troubles.iter().position(|(which, _)| what.starts_with(which));
            at.map(|at| troubles.remove(at).1)
        };
        let mut answer = match trouble {
            Some(Trouble::Refused(status, code)) => return async move { Ok(error(status, code)) }.boxed_local(),
            Some(Trouble::Silence(error)) => return async move { Err(error) }.boxed_local(),
            Some(Trouble::Hang) => return futures::future::pending().boxed_local(),
            Some(Trouble::LostAnswer | Trouble::HiddenTag) | None => {
                self.answer(&what, url.path().trim_start_matches("/b/"), &query, &headers, request.body(), body)
            }
        };
        match trouble {
            Some(Trouble::LostAnswer) => async { Err(TransportError::Network) }.boxed_local(),
            Some(_) => {
                answer.headers.clear();
                async { Ok(answer) }.boxed_local()
            }
            None => async { Ok(answer) }.boxed_local(),
        }
    }

    fn answer(
        &self,
        what: &str,
        key: &str,
        query: &HashMap<String, String>,
        headers: &HashMap<&str, &str>,
        xml: &[u8],
        body: Option<(u64, u64)>,
    ) -> Answer {
        let mut bucket = self.bucket.borrow_mut();
        let checksum = headers.get("x-amz-checksum-crc64nvme").map(|text| (*text).to_owned());
        let received = body.map(|(first, length)| Checksum::of(&self.bytes(first, length)).to_string());
        if received.is_some() && received != checksum {
            return error(400, "BadDigest");
        }
        let keeps = headers.get("if-none-match") == Some(&"*");
        let id = query.get("uploadId").cloned().unwrap_or_default();
        let size = body.map_or(0, |(_, length)| length);
        let ok = |headers: &[(&str, String)], body: String| Answer {
            status: 200,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            body: body.into_bytes(),
        };
        match what {
            "put" | "complete" if keeps && bucket.objects.contains_key(key) && (what == "put" || bucket.uploads.contains_key(&id)) => {
                error(412, "PreconditionFailed")
            }
            "put" => {
                bucket.objects.insert(key.to_owned(), (size, checksum.unwrap()));
                ok(&[("etag", "\"e\"".into())], String::new())
            }
            "begin" => {
                bucket.begun += 1;
                let id = format!("u{}", bucket.begun);
                bucket.uploads.insert(id.clone(), BTreeMap::new());
                ok(&[], format!("<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"))
            }
            "list" => match bucket.objects.get(key_of(query)) {
                Some((size, _)) => {
                    let object = format!("<Contents><Key>{}</Key><Size>{size}</Size></Contents>", key_of(query));
                    ok(&[], format!("<ListBucketResult>{object}</ListBucketResult>"))
                }
                None => ok(&[], "<ListBucketResult/>".into()),
            },
            "head" => match bucket.objects.get(key) {
                Some((size, checksum)) => {
                    ok(&[("content-length", size.to_string()), ("x-amz-checksum-crc64nvme", checksum.clone())], String::new())
                }
                None => error(404, "NotFound"),
            },
            _ if !bucket.uploads.contains_key(&id) => error(404, "NoSuchUpload"),
            "parts" => {
                let part = |(number, (size, checksum)): (&u16, &(u64, String))| {
                    format!(
                        "<Part><PartNumber>{number}</PartNumber><ETag>e{number}</ETag><Size>{size}</Size><ChecksumCRC64NVME>{checksum}</ChecksumCRC64NVME></Part>"
                    )
                };
                let kind = if self.composite.get() { "" } else { "<ChecksumType>FULL_OBJECT</ChecksumType>" };
                ok(&[], format!("<ListPartsResult>{kind}{}</ListPartsResult>", bucket.uploads[&id].iter().map(part).collect::<String>()))
            }
            "delete" => {
                bucket.uploads.remove(&id);
                ok(&[], String::new())
            }
            "complete" if self.composite.get() && checksum.is_some() => error(400, "BadDigest"),
            "complete" => {
                let parts = bucket.uploads.remove(&id).unwrap();
                let named = String::from_utf8_lossy(xml).matches("<ETag>e").count();
                assert_eq!(named, parts.len(), "every part is named by its tag");
                let whole =
                    parts.values().map(|(size, checksum)| Checksum::parse(checksum, *size).unwrap()).reduce(Checksum::followed_by).unwrap();
                assert_eq!((!self.composite.get()).then(|| whole.to_string()), checksum);
                bucket.objects.insert(key.to_owned(), (whole.length(), whole.to_string()));
                ok(&[], "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>".into())
            }
            _ => {
                let number = query["partNumber"].parse().unwrap();
                bucket.uploads.get_mut(&id).unwrap().insert(number, (size, checksum.unwrap()));
                ok(&[("etag", format!("e{number}"))], String::new())
            }
        }
    }
}

fn key_of(query: &HashMap<String, String>) -> &str {
    &query["prefix"]
}

fn error(status: u16, code: &str) -> Answer {
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
        Timestamp::from_seconds(1_795_415_575)
    }

    fn signing(&self, _: &RoleId, location: &Location) -> (Signing, bool) {
        (location.sign, true)
    }

    fn settle_signing(&self, _: &RoleId, _: &Location, _: Signing) {}

    fn send<'a>(&'a self, request: &'a Request, _: u32) -> LocalBoxFuture<'a, Result<Answer, TransportError>> {
        self.handle(request, None)
    }

    fn pause(&self, milliseconds: u32) -> LocalBoxFuture<'_, ()> {
        self.pauses.borrow_mut().push(milliseconds);
        async {}.boxed_local()
    }
}

impl Outside for World {
    fn read<'a>(&'a self, _: &'a File, first: u64, length: u64) -> LocalBoxFuture<'a, Result<Vec<u8>, Unreadable>> {
        self.read.set(self.read.get() + length);
        let bytes = if self.unreadable.get() { Err(Unreadable) } else { Ok(self.bytes(first, length)) };
        async { bytes }.boxed_local()
    }

    fn send_piece<'a>(
        &'a self,
        request: &'a Request,
        _: &'a File,
        piece: (u64, u64),
        _: u32,
    ) -> LocalBoxFuture<'a, Result<Answer, TransportError>> {
        self.handle(request, Some(piece))
    }
}

fn role() -> RoleId {
    RoleId::parse("analyst").unwrap()
}

fn job(existing: Existing) -> Job {
    let location = Location {
        name: "b".into(),
        region: "eu-west-1".into(),
        endpoint: "http://127.0.0.1:3002".into(),
        style: AddressingStyle::Path,
        prefix: String::new(),
        permissions: vec![Permission::List, Permission::Write],
        sign: Signing::Query,
    };
    Job { role: role(), location, key: "k".into(), existing }
}

/// Three parts, the last of one byte.
const LARGE: u64 = 2 * SMALLEST_PART + 1;

fn go(world: &World, size: u64, progress: &Mutex<Progress>, existing: Existing) -> Option<Result<Outcome, Failure>> {
    let (lanes, readers, job, file) = (Lanes::for_sending(), Lanes::for_reading(), job(existing), file("k", size));
    let way = Way { outside: world, lanes: &lanes, readers: &readers, job: &job, file: &file, progress, tell: &|_| {} };
    way.go().now_or_never()
}

fn stored(world: &World, size: u64) -> bool {
    world.bucket.borrow().objects.get("k") == Some(&(size, Checksum::of(&world.bytes(0, size)).to_string()))
}

fn upload(world: &World, size: u64) -> Result<Outcome, Failure> {
    go(world, size, &Mutex::default(), Existing::Keep).expect("nothing hangs")
}

#[test]
fn in_one_piece_and_in_parts() {
    for (size, requests) in [(0, 1), (5, 1), (SMALLEST_PART, 1), (LARGE, 6)] {
        let world = World::default();
        let progress = Mutex::default();
        assert_eq!(go(&world, size, &progress, Existing::Keep), Some(Ok(Outcome::Stored)), "{size}");
        assert!(stored(&world, size), "{size}");
        assert_eq!((world.sent.borrow().len(), progress.lock().unwrap().bytes()), (requests, size), "{:?}", world.sent.borrow());
        assert_eq!(world.read.get(), size, "every byte is read once for its checksum");
    }
}

#[test]
fn the_first_part_is_read_beside_what_s3_is_asked_first() {
    let world = World::with(&[("begin", Trouble::Hang)]);
    assert_eq!(go(&world, LARGE, &Mutex::default(), Existing::Keep), None);
    assert_eq!(world.read.get(), SMALLEST_PART);
}

#[test]
fn what_is_there_stays() {
    for size in [5, LARGE] {
        let world = World::default();
        world.bucket.borrow_mut().objects.insert("k".into(), (1, "x".into()));
        assert_eq!(upload(&world, size), Ok(Outcome::Exists));
        assert_eq!(world.bucket.borrow().objects["k"].0, 1);
        assert_eq!(world.count("begin"), 0, "nothing of a large file is sent in vain");
        assert_eq!(go(&world, size, &Mutex::default(), Existing::Replace), Some(Ok(Outcome::Stored)));
        assert!(stored(&world, size));
    }
}

#[test]
fn somebody_else_was_first() {
    // It was not there when it was asked for.
    let world = World::with(&[("list", Trouble::Refused(403, "AccessDenied"))]);
    world.bucket.borrow_mut().objects.insert("k".into(), (1, "x".into()));
    let progress = Mutex::default();
    assert_eq!(go(&world, LARGE, &progress, Existing::Keep), Some(Ok(Outcome::Exists)));
    // All parts are there: to replace the object sends none again.
    assert_eq!(go(&world, LARGE, &progress, Existing::Replace), Some(Ok(Outcome::Stored)));
    assert!(stored(&world, LARGE));
    assert_eq!((world.count("part "), world.count("begin")), (3, 1));
}

#[test]
fn parts_that_fail_are_sent_again() {
    let troubles = [
        ("part 2", Trouble::Refused(503, "SlowDown")),
        ("part 2", Trouble::Silence(TransportError::Network)),
        ("part 2", Trouble::LostAnswer),
        ("part 3", Trouble::Silence(TransportError::Offline)),
        ("begin", Trouble::Refused(500, "InternalError")),
        ("complete", Trouble::Refused(503, "SlowDown")),
    ];
    let world = World::with(&troubles);
    assert_eq!(upload(&world, LARGE), Ok(Outcome::Stored));
    assert!(stored(&world, LARGE));
    assert_eq!((world.count("part 1"), world.count("part 2"), world.count("part 3")), (1, 4, 2));
    let mut pauses = world.pauses.take();
    pauses.sort_unstable();
    assert_eq!(pauses, [500, 500, 500, 1_000, 2_000, 2_000]);
}

#[test]
fn credentials_that_expire_in_the_middle_lose_nothing() {
    let world = World::with(&[("part 2", Trouble::Refused(400, "ExpiredToken")), ("complete", Trouble::Refused(400, "ExpiredToken"))]);
    assert_eq!(upload(&world, LARGE), Ok(Outcome::Stored));
    assert!(stored(&world, LARGE));
    assert_eq!((world.count("part 1"), world.count("part 2"), world.count("part 3")), (1, 2, 1));
    assert!(world.sent.borrow().last().unwrap().ends_with("by 2"), "{:?}", world.sent.borrow());
}

#[test]
fn an_answer_that_was_lost_is_asked_after() {
    let world = World::with(&[("complete", Trouble::LostAnswer)]);
    assert_eq!(upload(&world, LARGE), Ok(Outcome::Stored), "{:?}", world.sent.borrow());
    assert_eq!(world.count("head"), 1);
    let world = World::with(&[("put", Trouble::LostAnswer)]);
    assert_eq!(upload(&world, 5), Ok(Outcome::Stored));
    assert_eq!(world.count("head"), 1);
    // An error below a status of success.
    let world = World::with(&[("complete", Trouble::Refused(200, "InternalError"))]);
    assert_eq!(upload(&world, LARGE), Ok(Outcome::Stored));
    // What stands in the way is somebody else's.
    let world = World::with(&[("put", Trouble::Silence(TransportError::Network))]);
    world.bucket.borrow_mut().objects.insert("k".into(), (5, "x".into()));
    assert_eq!(upload(&world, 5), Ok(Outcome::Exists));
    // S3 does not say what is there: that is no success.
    let world = World::with(&[("complete", Trouble::LostAnswer), ("head", Trouble::Refused(403, "AccessDenied"))]);
    assert!(upload(&world, LARGE).unwrap_err().message.contains("did not say"));
}

#[test]
fn what_rests_goes_on_where_it_was() {
    for (hangs, parts) in [("part 2", 4), ("complete", 3)] {
        let world = World::with(&[(hangs, Trouble::Hang)]);
        let progress = Mutex::default();
        let first = go(&world, LARGE, &progress, Existing::Keep);
        assert_eq!(first, None, "{hangs}");
        assert_eq!(go(&world, LARGE, &progress, Existing::Keep), Some(Ok(Outcome::Stored)), "{hangs}");
        assert!(stored(&world, LARGE));
        assert_eq!((world.count("part "), world.count("begin")), (parts, 1), "{hangs}: {:?}", world.sent.borrow());
    }
}

#[test]
fn an_upload_goes_on_after_the_page_was_left() {
    let world = World::with(&[("part 3", Trouble::Hang)]);
    assert_eq!(go(&world, LARGE, &Mutex::default(), Existing::Keep), None);
    let progress = Mutex::new(Progress::of_earlier("u1".into(), SMALLEST_PART));
    assert_eq!(go(&world, LARGE, &progress, Existing::Keep), Some(Ok(Outcome::Stored)));
    assert!(stored(&world, LARGE));
    assert_eq!((world.count("begin"), world.count("part 1"), world.count("part 2"), world.count("part 3")), (1, 1, 1, 2));
}

/// The name, size and time may be the same and the bytes not: parts are held against the file.
#[test]
fn parts_of_another_file_are_replaced() {
    let world = World::with(&[("part 3", Trouble::Hang)]);
    assert_eq!(go(&world, LARGE, &Mutex::default(), Existing::Keep), None);
    world.version.set(1);
    let progress = Mutex::new(Progress::of_earlier("u1".into(), SMALLEST_PART));
    assert_eq!(go(&world, LARGE, &progress, Existing::Keep), Some(Ok(Outcome::Stored)));
    assert!(stored(&world, LARGE));
    assert_eq!((world.count("begin"), world.count("part 1")), (1, 2));
}

#[test]
fn an_upload_that_s3_forgot_is_begun_anew() {
    let world = World::default();
    let lost = Cell::new(0);
    let progress = Mutex::new(Progress::of_earlier("gone".into(), SMALLEST_PART));
    let (lanes, readers, job, file) = (Lanes::for_sending(), Lanes::for_reading(), job(Existing::Keep), file("k", LARGE));
    let tell = |event| lost.set(lost.get() + i32::from(event == Event::Lost));
    let way = Way { outside: &world, lanes: &lanes, readers: &readers, job: &job, file: &file, progress: &progress, tell: &tell };
    assert_eq!(block_on(way.go()), Ok(Outcome::Stored));
    assert!(stored(&world, LARGE));
    assert_eq!((world.count("begin"), lost.get()), (1, 1));
}

#[test]
fn tags_that_the_page_may_not_see_are_listed() {
    let world = World::with(&[("part 1", Trouble::HiddenTag), ("part 2", Trouble::HiddenTag)]);
    assert_eq!(upload(&world, LARGE), Ok(Outcome::Stored));
    assert!(stored(&world, LARGE));
}

/// Other implementations: what they cannot check is not sent, once they have said so.
#[test]
fn an_s3_without_checksums_of_whole_objects() {
    let world = World::default();
    world.composite.set(true);
    assert_eq!(upload(&world, LARGE), Ok(Outcome::Stored));
    assert!(stored(&world, LARGE));
    assert_eq!((world.count("complete"), world.pauses.borrow().len()), (2, 0));
    // S3 itself would have the same word for parts that do not make the file.
    let world = World::with(&[("complete", Trouble::Refused(400, "BadDigest"))]);
    assert_eq!(upload(&world, LARGE).unwrap_err().code.as_deref(), Some("BadDigest"));
    assert!(world.bucket.borrow().objects.is_empty());
}

#[test]
fn a_file_that_changes_is_told_so() {
    let world = World::with(&[("part 2", Trouble::Silence(TransportError::Network))]);
    world.unreadable.set(true);
    let failure = upload(&world, LARGE).unwrap_err();
    assert!(failure.message.contains("changed, moved or deleted"), "{failure:?}");
    assert!(world.bucket.borrow().objects.is_empty());
}

#[test]
fn what_is_refused_is_refused() {
    let world = World::with(&[("part 2", Trouble::Refused(403, "AccessDenied"))]);
    let failure = upload(&world, LARGE).unwrap_err();
    assert_eq!(failure.code.as_deref(), Some("AccessDenied"));
    assert!(failure.message.starts_with("Your role may not store k in b."), "{}", failure.message);
    let many: Vec<(&str, Trouble)> = (0..9).map(|_| ("put", Trouble::Refused(503, "SlowDown"))).collect();
    let world = World::with(&many);
    assert_eq!(upload(&world, 5).unwrap_err().code.as_deref(), Some("SlowDown"));
    assert_eq!(world.count("put"), 9);
}

#[test]
fn an_upload_is_dropped_at_s3() {
    let world = World::with(&[("part 2", Trouble::Hang), ("delete", Trouble::Refused(503, "SlowDown"))]);
    assert_eq!(go(&world, LARGE, &Mutex::default(), Existing::Keep), None);
    assert_eq!(block_on(abandon(&world, &job(Existing::Keep), "u1")), Ok(()));
    assert!(world.bucket.borrow().uploads.is_empty());
    assert_eq!(world.count("delete"), 2);
    assert_eq!(block_on(abandon(&world, &job(Existing::Keep), "u1")), Ok(()), "gone is gone");
}
