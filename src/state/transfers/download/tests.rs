//! From an S3 in memory that gets into whatever trouble a test asks for, read by a program that is not ours.

mod world;

use super::*;
use crate::model::location::{AddressingStyle, Signing};
use futures::FutureExt;
use std::cell::RefCell;
use std::io::{Cursor, Read};
use std::sync::Arc;
use world::*;

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
