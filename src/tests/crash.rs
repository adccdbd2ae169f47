//! The process that keeps the sessions is killed at any moment, and another opens the file.
//!
//! The test starts itself again as that process. It says on standard output what it is about to do
//! and what the store has confirmed, a line each; the lines survive it in the pipe.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use vestibule::model::clock::Clock;
use vestibule::model::names::{RoleId, SessionId, Subject};
use vestibule::model::role::Strategy;
use vestibule::model::session::{Enforced, Session, SessionState};
use vestibule::server::clock::SystemClock;
use vestibule::server::credentials::session_name::new_session_id;
use vestibule::server::sessions::sqlite::SqliteStore;
use vestibule::server::sessions::{NewBlock, NewSession, Recorded, SessionStore};

const NAME: &str = "crash::nothing_that_was_confirmed_is_lost_and_nobody_blocked_mints_when_the_process_is_killed";
/// Names the file to the process that is going to be killed.
const FILE: &str = "CRASH_TEST_FILE";
const PEOPLE: usize = 6;
/// How often the process is killed.
const KILLS: usize = 14;
/// Longest time from the first confirmed mint to the kill, in microseconds.
const LATEST: u64 = 150_000;

#[test]
#[expect(clippy::disallowed_methods, reason = "the process that is going to be killed is told its file")]
fn nothing_that_was_confirmed_is_lost_and_nobody_blocked_mints_when_the_process_is_killed() {
    match std::env::var_os(FILE) {
        Some(file) => writer(&file),
        None => killer(),
    }
}

/// What the killed processes said, over all rounds.
#[derive(Default)]
struct Said {
    blocked: BTreeSet<String>,
    /// People whose block or lift was under way: either may have happened.
    unsure: BTreeSet<String>,
    /// Mints that began while nobody had confirmed a block of their person.
    trying: BTreeMap<String, bool>,
    minted: Vec<String>,
    ended: Vec<String>,
}

impl Said {
    fn hear(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["trying", person, id] => {
                let surely_blocked = self.blocked.contains(person) && !self.unsure.contains(person);
                self.trying.insert(id.to_owned(), surely_blocked);
            }
            ["minted", person, id] => {
                assert!(!self.trying[id], "{person} minted {id} while blocked");
                self.minted.push(id.to_owned());
            }
            ["blocking", person] => drop(self.unsure.insert(person.to_owned())),
            ["blocked", person] => {
                self.unsure.remove(person);
                self.blocked.insert(person.to_owned());
            }
            ["lifting", person] => {
                self.unsure.insert(person.to_owned());
                // Whatever is being tried now may meet the time after the lift.
                self.trying.values_mut().for_each(|blocked| *blocked = false);
            }
            ["lifted", person] => {
                self.unsure.remove(person);
                self.blocked.remove(person);
            }
            ["ended", id] => self.ended.push(id.to_owned()),
            // The test harness speaks too.
            _ => {}
        }
    }
}

fn killer() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.db");
    let mut said = Said::default();
    for _ in 0..KILLS {
        round(&file, at_random(), &mut said);
        inspect(&file, &mut said);
    }
    assert!(said.minted.len() > 100 && !said.ended.is_empty(), "{} minted, {} ended", said.minted.len(), said.ended.len());
}

/// Any moment, as often inside of a transaction as between two.
pub(crate) fn at_random() -> Duration {
    let chance = new_session_id().unwrap().as_str().bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    Duration::from_micros(chance % LATEST)
}

/// One process, from its start to its end.
fn round(file: &Path, after: Duration, said: &mut Said) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture", "--test-threads=1"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    for line in lines.by_ref() {
        said.hear(&line);
        if line.starts_with("minted ") {
            break;
        }
    }
    std::thread::sleep(after);
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    // Lines as short as these are written whole or not at all (POSIX, PIPE_BUF).
    lines.for_each(|line| said.hear(&line));
}

/// Opens the file as the next process would.
fn inspect(file: &Path, said: &mut Said) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(file, &SystemClock).unwrap();
        let now = SystemClock.now();
        let stand: BTreeSet<String> = store.blocks().await.unwrap().into_iter().map(|block| block.subject.to_string()).collect();
        for number in 0..PEOPLE {
            let person = format!("person-{number}");
            if !said.unsure.contains(&person) {
                assert_eq!(stand.contains(&person), said.blocked.contains(&person), "{person}");
            }
            let recorded = store.record(mint(&person), u32::MAX).await.unwrap();
            assert_eq!(recorded == Recorded::Blocked, stand.contains(&person), "{person}");
        }
        for id in &said.minted {
            assert!(store.find(&SessionId::parse(id.as_str()).unwrap(), now).await.unwrap().is_some(), "{id} was confirmed and is lost");
        }
        for id in &said.ended {
            let state = store.find(&SessionId::parse(id.as_str()).unwrap(), now).await.unwrap().unwrap().session.state;
            assert_eq!(state, SessionState::Ended, "{id}");
        }
        said.blocked = stand;
        said.unsure.clear();
        said.trying.clear();
    });
}

fn mint(person: &str) -> NewSession {
    let now = SystemClock.now();
    NewSession {
        session: Session {
            id: new_session_id().unwrap(),
            subject: Subject::parse(person).unwrap(),
            email: None,
            role: RoleId::parse("analyst").unwrap(),
            strategy: Strategy::WebIdentity,
            access_key_id: "ASIAEXAMPLE".into(),
            issued_at: now,
            expires_at: now.plus_seconds(3_600),
            state: SessionState::Live,
            source_ip: None,
            user_agent: None,
            ended_at: None,
            denied_at: None,
        },
        assumed_role_id: None,
        reach: None,
        request_id: None,
    }
}

/// One line, in one write.
fn say(line: &str) {
    std::io::stdout().lock().write_all(format!("{line}\n").as_bytes()).unwrap();
    std::io::stdout().flush().unwrap();
}

/// Mints, blocks, lifts and ends until it is killed.
fn writer(file: &OsStr) {
    // The harness has begun a line.
    say("");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store: Arc<dyn SessionStore> = Arc::new(SqliteStore::open(Path::new(file), &SystemClock).unwrap());
        let admin = Subject::parse("admin").unwrap();
        // Whoever was left blocked would never mint, and the parent waits for a mint.
        let someone = Subject::parse("person-0").unwrap();
        say("lifting person-0");
        store.lift(&someone).await.unwrap();
        say("lifted person-0");
        for number in 0..8 {
            let (store, admin) = (Arc::clone(&store), admin.clone());
            tokio::spawn(async move {
                for turn in number.. {
                    let person = format!("person-{}", turn % PEOPLE);
                    let mint = mint(&person);
                    let id = mint.session.id.clone();
                    say(&format!("trying {person} {id}"));
                    if store.record(mint, u32::MAX).await.unwrap() == Recorded::Kept {
                        say(&format!("minted {person} {id}"));
                        if turn.is_multiple_of(11) {
                            store.end(&id, &admin, Enforced::Expiry, SystemClock.now()).await.unwrap();
                            say(&format!("ended {id}"));
                        }
                    }
                }
            });
        }
        for turn in 0_usize.. {
            let person = format!("person-{}", turn % PEOPLE);
            let subject = Subject::parse(person.as_str()).unwrap();
            if (turn / PEOPLE).is_multiple_of(2) {
                say(&format!("blocking {person}"));
                let block = NewBlock { subject, by: admin.clone(), by_email: None, since: SystemClock.now() };
                store.block(block).await.unwrap();
                say(&format!("blocked {person}"));
            } else {
                say(&format!("lifting {person}"));
                store.lift(&subject).await.unwrap();
                say(&format!("lifted {person}"));
            }
        }
    });
}
