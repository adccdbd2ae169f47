//! From an S3 in memory that gets into whatever trouble a test asks for, read by a program that is not ours.

use super::*;
use crate::aws::request::Method;
use crate::model::credentials::CredentialsAnswer;
use crate::model::error::PortalError;
use crate::model::location::{AddressingStyle, Signing};
use crate::model::names::SessionId;
use crate::model::secret::Secret;
use crate::state::credentials::Minted;
use futures::FutureExt;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::{Cursor, Read};
use std::sync::Arc;

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug)]
enum Fault {
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

struct Stored {
    bytes: Vec<u8>,
    version: u32,
}

/// S3, network, credentials and file.
#[derive(Default)]
struct World {
    objects: RefCell<BTreeMap<String, Stored>>,
    /// Which request gets into trouble: the first that contains the text; those of `always` every time.
    faults: RefCell<Vec<(&'static str, Fault)>>,
    always: Vec<(&'static str, Fault)>,
    /// What was sent: what was asked for, range, signed where, access key.
    sent: RefCell<Vec<String>>,
    pauses: RefCell<Vec<u32>>,
    minted: Cell<u32>,
    /// Signatures in URLs are refused.
    guarded: Cell<bool>,
    settled: Cell<Option<Signing>>,
    /// CORS hides entity tags.
    hides_tags: Cell<bool>,
    file: RefCell<Vec<u8>>,
    room: Cell<Option<u64>>,
}

fn role() -> RoleId {
    RoleId::parse("analyst").unwrap()
}

fn noise(length: u64, seed: u64) -> Vec<u8> {
    (0..length).map(|at| ((at + seed).wrapping_mul(2_654_435_761) >> 9).to_le_bytes()[0]).collect()
}

fn modified(version: u32) -> Timestamp {
    Timestamp::from_seconds(1_795_192_800 + i64::from(version) * 60)
}

impl World {
    fn with(objects: &[(&str, u64)]) -> Self {
        let world = Self::default();
        for (seed, (key, size)) in objects.iter().enumerate() {
            world.put(key, noise(*size, seed as u64));
        }
        world
    }

    fn put(&self, key: &str, bytes: Vec<u8>) {
        let mut objects = self.objects.borrow_mut();
        let version = objects.get(key).map_or(0, |stored| stored.version) + 1;
        objects.insert(key.to_owned(), Stored { bytes, version });
    }

    fn fails(self, faults: &[(&'static str, Fault)]) -> Self {
        *self.faults.borrow_mut() = faults.to_vec();
        self
    }

    fn minted_now(&self) -> Arc<Minted> {
        Arc::new(Minted::from_answer(
            CredentialsAnswer {
                version: 1,
                access_key_id: format!("ASIA{}", self.minted.get()),
                secret_access_key: Secret::new("k"),
                session_token: Secret::new("t"),
                expiration: self.now().plus_seconds(3_600),
                role: role(),
                session_id: SessionId::parse("0123456789abcdef0123456789").unwrap(),
                server_now: self.now(),
            },
            0.5,
        ))
    }

    fn count(&self, text: &str) -> usize {
        self.sent.borrow().iter().filter(|line| line.contains(text)).count()
    }

    fn handle(&self, request: &Request) -> LocalBoxFuture<'static, Result<Answer, TransportError>> {
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
    fn list(&self, query: &HashMap<String, String>) -> Answer {
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

    fn object(&self, method: Method, key: &str, headers: &HashMap<&str, &str>) -> Answer {
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

fn job(roots: Vec<Root>, form: Form) -> Job {
    let location = Location {
        name: "b".into(),
        region: "eu-west-1".into(),
        endpoint: "https://s3.example".into(),
        style: AddressingStyle::Path,
        prefix: String::new(),
        permissions: Vec::new(),
        sign: Signing::Query,
    };
    Job { role: role(), location, roots, base: "f/".into(), form }
}

fn folder() -> Job {
    job(vec![Root::Folder("f/".into(), Arc::default())], Form::Archive)
}

fn run(world: &World, job: &Job, progress: &Mutex<Progress>) -> Option<Result<u64, Failure>> {
    let lanes = Lanes::for_sending();
    let way = Way { outside: world, lanes: &lanes, target: world, job, progress, tell: &|| {} };
    // What hangs is dropped, as when a person has it rest.
    way.go().now_or_never()
}

/// Saves a job and reads what was saved.
fn save(world: &World, job: &Job) -> (Vec<Found>, Progress) {
    let progress = Mutex::default();
    let length = run(world, job, &progress).expect("it ends").expect("it works");
    world.file.borrow_mut().truncate(usize::try_from(length).unwrap());
    (entries(world), progress.into_inner().unwrap())
}

/// Path, length and checksum of an entry: whole contents would make a failure unreadable.
type Found = (String, usize, u32);

fn found(path: &str, bytes: &[u8]) -> Found {
    let mut crc = Crc32::default();
    crc.update(bytes);
    (path.to_owned(), bytes.len(), crc.value())
}

fn entries(world: &World) -> Vec<Found> {
    let mut archive = ::zip::ZipArchive::new(Cursor::new(world.file.borrow().clone())).expect("an archive");
    let count = archive.len();
    let read = |at| {
        let mut entry = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        found(entry.name(), &bytes)
    };
    (0..count).map(read).collect()
}

const OBJECTS: [(&str, u64); 8] = [
    ("f/", 0),
    ("f/a.txt", 5),
    ("f/empty", 0),
    ("f/large.bin", 2 * PIECE + 5),
    ("f/sub/", 0),
    ("f/sub/b.txt", 9),
    ("f/sub/own/", 7),
    ("g", 3),
];

fn paths_of(key: &'static str) -> Vec<(&'static str, u64)> {
    match key.strip_prefix("f/") {
        None | Some("") => Vec::new(),
        Some("sub/own/") => vec![("sub/own/", 0), ("sub/own/this folder's own object", 7)],
        Some(path) => vec![(path, u64::MAX)],
    }
}

fn expected() -> Vec<Found> {
    let of = |(seed, (key, size)): (usize, &(&'static str, u64))| {
        paths_of(key).into_iter().map(|(path, most)| found(path, &noise(most.min(*size), seed as u64))).collect::<Vec<_>>()
    };
    OBJECTS.iter().enumerate().flat_map(of).collect()
}

#[test]
fn a_folder_becomes_an_archive() {
    let world = World::with(&OBJECTS);
    let (found, progress) = save(&world, &folder());
    assert_eq!(found, expected());
    assert_eq!((progress.objects, progress.left_out, progress.bytes()), (5, 0, 2 * PIECE + 26));
    assert_eq!(progress.all, Some((5, 2 * PIECE + 26)));
    let last = 2 * PIECE + 4;
    assert_eq!(world.count(&format!("GET f/large.bin bytes={}-{last} query by 0", 2 * PIECE)), 1);
    assert_eq!(world.count("GET f/large.bin"), 3);
    assert_eq!(world.count("GET f/sub/ "), 0, "of a folder's mark nothing is read");
}

#[test]
fn what_a_person_chose_and_nothing_else() {
    let world = World::with(&OBJECTS);
    let object =
        Object { key: "f/a.txt".into(), size: 5, last_modified: Some(modified(1)), etag: String::new(), storage_class: String::new() };
    let (found, progress) = save(&world, &job(vec![Root::Object(object), Root::Folder("f/sub/".into(), Arc::default())], Form::Archive));
    let paths: Vec<&str> = found.iter().map(|(path, ..)| path.as_str()).collect();
    assert_eq!(paths, ["a.txt", "sub/", "sub/b.txt", "sub/own/", "sub/own/this folder's own object"]);
    assert_eq!(progress.all, Some((3, 21)));
}

#[test]
fn everything_but_some() {
    let world = World::with(&OBJECTS);
    let but = Arc::new(["f/a.txt", "f/sub/"].map(str::to_owned).into());
    let (found, progress) = save(&world, &job(vec![Root::Folder("f/".into(), but)], Form::Archive));
    let all = expected();
    let left: Vec<_> = all.into_iter().filter(|(path, ..)| path != "a.txt" && !path.starts_with("sub/")).collect();
    assert!(!left.is_empty());
    assert_eq!(found, left);
    assert_eq!(progress.all.map(|(objects, _)| objects), Some(progress.objects));
}

#[test]
fn it_gets_through() {
    for faults in [
        &[("large.bin", Fault::Refused(503, "SlowDown")), ("large.bin", Fault::Half), ("list", Fault::Refused(500, "InternalError"))][..],
        &[("a.txt", Fault::Silence(TransportError::Network)), ("a.txt", Fault::Silence(TransportError::Unreadable))],
        &[
            ("large.bin bytes=4194304-", Fault::Silence(TransportError::Offline)),
            ("sub/b.txt", Fault::Refused(403, "RequestTimeTooSkewed")),
        ],
        &[("empty", Fault::Refused(500, "InternalError")), ("list f/empty", Fault::Silence(TransportError::Network))],
    ] {
        let world = World::with(&OBJECTS).fails(faults);
        let (found, progress) = save(&world, &folder());
        assert_eq!(found, expected(), "{faults:?}");
        assert_eq!(progress.left_out, 0);
        assert!(world.faults.borrow().is_empty(), "{faults:?}");
    }
}

#[test]
fn credentials_that_run_out_in_the_middle_lose_nothing() {
    let world = World::with(&OBJECTS).fails(&[("large.bin bytes=4194304-", Fault::Refused(400, "ExpiredToken"))]);
    assert_eq!(save(&world, &folder()).0, expected());
    assert_eq!(world.count("GET f/large.bin bytes=4194304-8388607 query by 1"), 1);
    assert_eq!(world.count("large.bin bytes=0-"), 1, "nothing is read twice");
    assert!(world.count("by 1") > 1, "what follows is signed with the new ones");
}

#[test]
fn an_object_that_changes_in_the_middle_is_begun_anew() {
    let world = World::with(&OBJECTS).fails(&[("large.bin bytes=4194304-", Fault::Replaced)]);
    let (found, progress) = save(&world, &folder());
    let mut now = expected();
    now[2] = super::tests::found("large.bin", &noise(2 * PIECE + 6, 99));
    assert_eq!(found, now);
    assert_eq!((progress.objects, progress.left_out), (5, 0));

    let world = World::with(&OBJECTS).fails(&[("large.bin bytes=8388608-", Fault::Replaced)]);
    world.hides_tags.set(true);
    assert_eq!(save(&world, &folder()).0, now, "where CORS hides the tag the time of the change tells it");

    let world = World { always: vec![("GET f/large.bin bytes=4194304-", Fault::Replaced)], ..World::with(&OBJECTS) };
    let (found, progress) = save(&world, &folder());
    assert_eq!(found.len(), expected().len() - 1);
    assert_eq!(progress.missing, [Missing { key: "f/large.bin".into(), why: "was changed again and again while it was read".into() }]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let world = World {
        always: vec![("f/a.txt", Fault::Refused(403, "AccessDenied")), ("GET f/empty", Fault::Refused(403, "InvalidObjectState"))],
        ..World::with(&OBJECTS)
    }
    .fails(&[("large.bin bytes=4194304-", Fault::Deleted), ("GET f/sub/b.txt", Fault::Half), ("GET f/sub/b.txt", Fault::Half)]);
    let (found, progress) = save(&world, &folder());
    let paths: Vec<&str> = found.iter().map(|(path, ..)| path.as_str()).collect();
    assert_eq!(paths, ["sub/", "sub/own/", "sub/own/this folder's own object"]);
    let missing: Vec<(&str, &str)> = progress.missing.iter().map(|missing| (missing.key.as_str(), missing.why.as_str())).collect();
    assert_eq!(
        missing,
        [
            ("f/a.txt", "may not be read by your role"),
            ("f/empty", "is archived and has to be restored first"),
            ("f/large.bin", "is not there any more"),
            ("f/sub/b.txt", "was sent with another length than it has, as if something on the way had unpacked it"),
        ]
    );
    assert_eq!((progress.left_out, progress.objects, progress.bytes()), (4, 1, 7));
}

#[test]
fn where_nothing_can_be_read_it_ends() {
    let keys: Vec<String> = (0..150).map(|number| format!("f/{number:03}")).collect();
    let objects: Vec<(&str, u64)> = keys.iter().map(|key| (key.as_str(), 1)).collect();
    let world = World { always: vec![("GET", Fault::Refused(403, "AccessDenied"))], ..World::with(&objects) };
    let failure = run(&world, &folder(), &Mutex::default()).unwrap().unwrap_err();
    assert!(failure.message.starts_with("None of the first 100 objects could be read."), "{failure:?}");
    assert!(world.count("GET") < 110);
}

#[test]
fn it_rests_and_goes_on() {
    for hangs in ["GET f/a.txt", "large.bin bytes=8388608-", "GET f/sub/own/"] {
        let world = World::with(&OBJECTS).fails(&[(hangs, Fault::Hang)]);
        let progress = Mutex::default();
        assert!(run(&world, &folder(), &progress).is_none(), "{hangs}");
        world.faults.borrow_mut().clear();
        let length = run(&world, &folder(), &progress).unwrap().unwrap();
        world.file.borrow_mut().truncate(usize::try_from(length).unwrap());
        assert_eq!(entries(&world), expected(), "{hangs}");
        assert_eq!(progress.into_inner().unwrap().bytes(), 2 * PIECE + 26);
    }
}

#[test]
fn one_object_as_it_is() {
    let plain = |key: &str, size| {
        job(
            vec![Root::Object(Object { key: key.into(), size, last_modified: None, etag: "\"v1\"".into(), storage_class: String::new() })],
            Form::Plain,
        )
    };
    let world = World::with(&OBJECTS);
    let length = run(&world, &plain("f/large.bin", 2 * PIECE + 5), &Mutex::default()).unwrap().unwrap();
    assert!(length == 2 * PIECE + 5 && *world.file.borrow() == noise(length, 3));
    assert_eq!(run(&World::with(&OBJECTS), &plain("f/empty", 0), &Mutex::default()).unwrap(), Ok(0));
    let failure = run(&world, &plain("f/none", 4), &Mutex::default()).unwrap().unwrap_err();
    assert_eq!(failure.message, "f/none could not be saved: it is not there any more.");
}

#[test]
fn a_bucket_that_refuses_signatures_in_urls() {
    let world = World::with(&OBJECTS);
    world.guarded.set(true);
    assert_eq!(save(&world, &folder()).0, expected());
    assert_eq!(world.settled.get(), Some(Signing::Header));
    let objects = |line: &&String| line.starts_with("GET");
    assert!(world.sent.borrow().iter().filter(objects).all(|line| line.contains("headers by")), "{:?}", world.sent.borrow());
}

#[test]
fn a_full_disk_ends_it() {
    let world = World::with(&OBJECTS);
    world.room.set(Some(PIECE));
    let failure = run(&world, &folder(), &Mutex::default()).unwrap().unwrap_err();
    assert!(failure.message.contains("no room left"));
}

#[test]
fn a_network_that_stays_away_ends_it_and_nothing_is_lost() {
    let world = World { always: vec![("large.bin", Fault::Silence(TransportError::Network))], ..World::with(&OBJECTS) };
    let progress = Mutex::default();
    assert!(run(&world, &folder(), &progress).unwrap().unwrap_err().retry);
    let world = World { file: RefCell::new(world.file.take()), ..World::with(&OBJECTS) };
    run(&world, &folder(), &progress).unwrap().unwrap();
    assert_eq!(world.count("f/a.txt"), 0, "what is written already is not read again");
    assert_eq!(entries(&world), expected());
}
