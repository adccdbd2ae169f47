//! What the portal does while its database file is full, locked, read-only, damaged or gone: nothing leaves
//! that is not recorded, everything that needs no record goes on, and it recovers by itself.

use crate::balancer::Person;
use crate::captured_log;
use crate::process::{ANALYST, Around, Process};
use crate::sts::{SECRET_ACCESS_KEY, SESSION_TOKEN};
use crate::world::World;
use rusqlite::Connection;
use std::fs::{File, Permissions};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use vestibule::model::clock::Clock;

const MINT: &str = r#"{"role":"analyst"}"#;
/// The user that owns nothing.
const NOBODY: u32 = 65_534;

fn database(world: &World) -> PathBuf {
    world.folder.path().join("vestibule.db")
}

/// What needs no record is answered, what needs one is refused, and `/readyz` says so.
async fn only_minting_has_stopped(world: &World) {
    let person = Person::new("unrecorded", &["analysts"]);
    let answer = world.call("/api/credentials", &person, MINT).await;
    answer.error("mint_unavailable", 503);
    assert!(!answer.body.contains(SECRET_ACCESS_KEY) && !answer.body.contains(SESSION_TOKEN));
    assert_eq!(world.page("/readyz", Default::default()).await.status, 503);
    assert_eq!(world.page("/healthz", Default::default()).await.status, 200);
    assert_eq!(world.call("/api/whoami", &person, "{}").await.status, 200);
    assert_eq!(world.page("/browse", person.headers(world.clock.now())).await.status, 200);
}

async fn all_is_well(world: &World, subject: &str) {
    assert_eq!(world.page("/readyz", Default::default()).await.status, 200);
    let person = Person::new(subject, &["analysts"]);
    assert_eq!(world.call("/api/credentials", &person, MINT).await.status, 200);
    let mine = world.call("/api/sessions/mine", &person, "{}").await.json();
    assert_eq!(mine["sessions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_locked_file_stops_minting_until_it_is_free() {
    let world = World::new().await;
    let holder = Connection::open(database(&world)).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    only_minting_has_stopped(&world).await;
    assert!(captured_log::text().contains("database is locked"), "the log names the cause");
    holder.execute_batch("ROLLBACK").unwrap();
    all_is_well(&world, "after-the-lock").await;
}

#[tokio::test]
async fn a_damaged_file_stops_minting_until_it_is_whole() {
    let world = World::new().await;
    all_is_well(&world, "before-the-damage").await;
    // A change by somebody else makes every connection read the file anew.
    let other = Connection::open(database(&world)).unwrap();
    other.execute("INSERT INTO blocks (subject, since) VALUES ('somebody', 0)", []).unwrap();
    other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let whole = std::fs::read(database(&world)).unwrap();
    let file = File::options().write(true).open(database(&world)).unwrap();
    // All pages but the first, on which the file says what it is.
    file.write_all_at(&vec![0xAA; whole.len() - 4_096], 4_096).unwrap();
    only_minting_has_stopped(&world).await;
    assert!(captured_log::text().contains("database disk image is malformed"), "the log names the cause");
    file.write_all_at(&whole, 0).unwrap();
    all_is_well(&world, "after-the-damage").await;
}

#[tokio::test]
async fn a_file_that_was_moved_away_stops_minting_until_it_is_back() {
    let world = World::new().await;
    all_is_well(&world, "before-it-was-moved").await;
    let [kept, log] = ["vestibule.db", "vestibule.db-wal"].map(|name| world.folder.path().join(name));
    for file in [kept, log] {
        let aside = file.with_extension("aside");
        std::fs::rename(&file, &aside).unwrap();
        only_minting_has_stopped(&world).await;
        let gone = format!("{} cannot be found any more", file.display());
        assert!(captured_log::text().contains(&gone), "the log names the cause");
        // Somebody puts an old copy in its place: what it knows nothing of must not be written past it.
        std::fs::copy(&aside, &file).unwrap();
        only_minting_has_stopped(&world).await;
        assert!(captured_log::text().contains(&format!("{} is another file by now", file.display())));
        std::fs::rename(&aside, &file).unwrap();
    }
    all_is_well(&world, "after-it-was-moved").await;
}

/// The largest file that the process may write; what is beyond fails as on a full disk.
fn limit_files(process: &Process, bytes: &str) {
    let limit = format!("--fsize={bytes}:unlimited");
    assert!(Command::new("prlimit").args(["--pid", &process.id().to_string(), &limit]).status().unwrap().success());
}

#[tokio::test]
async fn a_full_disk_stops_minting_until_there_is_room() {
    let around = Around::new().await;
    around.write(&around.text("", ANALYST));
    // A process that does not ignore this signal ends where a file may not grow.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_vestibule"), "serve", "--config"]).arg(around.file());
    let process = around.start_as(command).await;
    let ana = Person::analyst();
    assert_eq!(process.call("/api/credentials", &ana, MINT).await.0, 200);
    // Not a byte more: what has been moved from the log into the file is written over, and would take
    // a record without growing.
    limit_files(&process, "0");
    for _ in 0..3 {
        let (status, refused) = process.call("/api/credentials", &ana, MINT).await;
        assert_eq!((status, refused["code"].as_str()), (503, Some("mint_unavailable")), "{refused:#}");
        assert_eq!(process.get("/readyz").await, 503);
    }
    assert_eq!(process.get("/healthz").await, 200);
    assert_eq!(process.roles(&ana).await, ["analyst"]);
    assert_eq!(process.page("/browse", &ana).await, 200);
    let told = process.log();
    assert!(told.contains("the session store did not take a transaction"), "{told}");
    limit_files(&process, "unlimited");
    assert_eq!(process.get("/readyz").await, 200);
    assert_eq!(process.call("/api/credentials", &ana, MINT).await.0, 200);
    let (_, mine) = process.call("/api/sessions/mine", &ana, "{}").await;
    assert_eq!(mine["sessions"].as_array().unwrap().len(), 2, "what was refused is not there: {mine:#}");
}

/// Files that nobody may write, not even the superuser through a file that is open already.
struct ReadOnly(Vec<PathBuf>);

impl ReadOnly {
    fn set(files: Vec<PathBuf>) -> Self {
        chattr("+i", &files);
        Self(files)
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        chattr("-i", &self.0);
    }
}

fn chattr(change: &str, files: &[PathBuf]) {
    assert!(Command::new("chattr").arg(change).args(files).status().unwrap().success(), "ext4 and the like have the attribute");
}

#[tokio::test]
async fn a_file_that_becomes_read_only_stops_minting_until_it_may_be_written() {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        // Only the superuser may set the attribute, and nothing else binds a file that is open.
        return;
    }
    let world = World::new().await;
    all_is_well(&world, "before-it-was-read-only").await;
    let read_only = ReadOnly::set(["vestibule.db", "vestibule.db-wal"].map(|name| world.folder.path().join(name)).into());
    for _ in 0..2 {
        only_minting_has_stopped(&world).await;
    }
    let before = Person::new("before-it-was-read-only", &["analysts", "portal-admins"]);
    let mine = world.call("/api/sessions/mine", &before, "{}").await.json();
    assert_eq!(mine["sessions"].as_array().unwrap().len(), 1, "what was recorded is read");
    let all = world.call("/api/sessions/list", &before, "{}").await.json();
    assert_eq!(all["sessions"].as_array().unwrap().len(), 1, "and nothing else was: {all:#}");
    for body in [r#"{"subject":"unrecorded"}"#.to_owned(), format!(r#"{{"id":{}}}"#, mine["sessions"][0]["id"])] {
        world.call("/api/sessions/revoke", &before, &body).await.error("mint_unavailable", 503);
    }
    let log = captured_log::text();
    let told = log.lines().find(|line| line.contains("not ready") && line.contains("Operation not permitted"));
    assert!(told.is_some_and(|line| line.contains(&*database(&world).to_string_lossy())), "the log names the file and the cause: {told:?}");
    drop(read_only);
    all_is_well(&world, "after-it-was-read-only").await;
    let person = Person::new("unrecorded", &["analysts"]);
    assert_eq!(world.call("/api/credentials", &person, MINT).await.status, 200, "nobody was blocked meanwhile");
}

/// As a user who may not write there: the superuser may write anywhere.
fn as_nobody(around: &Around) -> Command {
    if around.folder.path().metadata().unwrap().uid() != 0 {
        return around.command();
    }
    // The program may stand where only the superuser can go.
    let program = around.folder.path().join("vestibule");
    assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_vestibule")).arg(&program).status().unwrap().success());
    let mut command = Command::new(program);
    command.args(["serve", "--config"]).arg(around.file()).uid(NOBODY);
    command
}

#[tokio::test]
async fn a_file_that_may_not_be_written_is_told_at_the_start() {
    let around = Around::new().await;
    around.write(&around.text("", ANALYST));
    drop(around.start().await);
    let mode = |path: &std::path::Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    for file in ["sessions.db", "sessions.db-wal", "sessions.db-shm"].map(|name| around.folder.path().join(name)) {
        if file.exists() {
            mode(&file, 0o444);
        }
    }
    mode(&around.file(), 0o444);
    let command = as_nobody(&around);
    mode(around.folder.path(), 0o555);
    let (code, said) = around.run(command);
    mode(around.folder.path(), 0o755);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("sessions.path ") && said.contains("sessions.db: the file cannot be created or opened"), "{said}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_at_the_start() {
    let around = Around::new().await;
    around.write(&around.text("", ANALYST));
    std::fs::write(around.database(), "A sentence about databases, and one that is long enough to be taken for a head.".repeat(20))
        .unwrap();
    let (code, said) = around.run(around.command());
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("sessions.db: not usable as the session store: file is not a database"), "{said}");
}
