//! The whole portal is killed at random moments while people mint and are blocked, and is started again:
//! what an answer handed out is on record, and nobody whose block was confirmed mints.

use crate::balancer::Person;
use crate::crash::at_random;
use crate::process::{ANALYST, Around, Process};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const MINT: &str = r#"{"role":"analyst"}"#;
const KILLS: usize = 6;
const PEOPLE: usize = 6;

/// What came out of the processes, over all rounds.
#[derive(Default)]
struct Heard {
    /// Sessions whose credentials left, by their person.
    minted: BTreeMap<usize, BTreeSet<String>>,
    /// People whose block was confirmed last.
    blocked: BTreeSet<usize>,
    /// People whose block or lift was under way: either may have happened.
    unsure: BTreeSet<usize>,
    /// How many blocks and lifts of a person have begun.
    begun: [u64; PEOPLE],
}

impl Heard {
    /// When a person is surely blocked: how many blocks and lifts had begun by then.
    fn surely_blocked(&self, number: usize) -> Option<u64> {
        (self.blocked.contains(&number) && !self.unsure.contains(&number)).then_some(self.begun[number])
    }
}

fn person(number: usize) -> Person {
    Person::new(&format!("killed-{number}"), &["analysts"])
}

fn admin() -> Person {
    Person::new("the-admin", &["portal-admins"])
}

/// Mints for one person until the process is gone.
async fn minting(process: Arc<Process>, number: usize, heard: Arc<Mutex<Heard>>) {
    loop {
        let before = heard.lock().unwrap().surely_blocked(number);
        let Some((status, answer)) = process.attempt("/api/credentials", &person(number), MINT).await else { return };
        if status == 200 {
            let mut heard = heard.lock().unwrap();
            let stayed_blocked = before.is_some() && before == heard.surely_blocked(number);
            assert!(!stayed_blocked, "{number} minted while blocked: {answer}");
            heard.minted.entry(number).or_default().insert(answer["session_id"].as_str().unwrap().to_owned());
        }
    }
}

/// Blocks and lifts one after the other until the process is gone.
async fn blocking(process: Arc<Process>, heard: Arc<Mutex<Heard>>) {
    for turn in 0_usize.. {
        let number = turn % PEOPLE;
        let is_blocked = {
            let mut heard = heard.lock().unwrap();
            heard.unsure.insert(number);
            heard.begun[number] += 1;
            heard.blocked.contains(&number)
        };
        let path = if is_blocked { "/api/sessions/lift" } else { "/api/sessions/revoke" };
        let body = format!(r#"{{"subject":"killed-{number}"}}"#);
        let Some((status, answer)) = process.attempt(path, &admin(), &body).await else { return };
        assert_eq!(status, 200, "{answer:#}");
        let mut heard = heard.lock().unwrap();
        heard.unsure.remove(&number);
        if is_blocked {
            heard.blocked.remove(&number);
        } else {
            heard.blocked.insert(number);
        }
    }
}

/// Every session of a person, page by page.
async fn sessions_of(process: &Process, number: usize) -> BTreeSet<String> {
    let (mut ids, mut cursor) = (BTreeSet::new(), serde_json::Value::Null);
    loop {
        let body = serde_json::json!({ "cursor": cursor }).to_string();
        let (status, page) = process.call("/api/sessions/mine", &person(number), &body).await;
        assert_eq!(status, 200, "{page:#}");
        ids.extend(page["sessions"].as_array().unwrap().iter().map(|session| session["id"].as_str().unwrap().to_owned()));
        cursor = page["next"].clone();
        if cursor.is_null() {
            return ids;
        }
    }
}

/// Compares what the next process tells with what the ones before handed out.
async fn inspect(process: &Process, heard: &Mutex<Heard>) {
    let (_, overview) = process.call("/api/sessions/overview", &admin(), "{}").await;
    let stand: BTreeSet<String> =
        overview["blocks"].as_array().unwrap().iter().map(|block| block["subject"].as_str().unwrap().to_owned()).collect();
    for number in 0..PEOPLE {
        let is_blocked = stand.contains(&person(number).subject);
        let (sure, blocked, minted) = {
            let heard = heard.lock().unwrap();
            let minted = heard.minted.get(&number).cloned().unwrap_or_default();
            (!heard.unsure.contains(&number), heard.blocked.contains(&number), minted)
        };
        assert!(!sure || is_blocked == blocked, "{number} is blocked: {is_blocked}, and was told: {blocked}");
        let (status, answer) = process.call("/api/credentials", &person(number), MINT).await;
        assert_eq!(status == 403, is_blocked, "{number}: {answer:#}");
        let recorded = sessions_of(process, number).await;
        let lost: Vec<_> = minted.difference(&recorded).collect();
        assert!(lost.is_empty(), "{number} was handed {lost:?}, and nothing is recorded of it");
        let mut heard = heard.lock().unwrap();
        if is_blocked {
            heard.blocked.insert(number);
        } else {
            heard.blocked.remove(&number);
        }
        heard.unsure.remove(&number);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_left_is_on_record_and_nobody_blocked_mints_when_the_portal_is_killed() {
    let around = Around::new().await;
    let text = around.text("", ANALYST).replace("mints_per_minute = 1000", "mints_per_minute = 10000");
    around.write(&text.replace("[idp]\n", "[idp]\nadmin_groups = [\"portal-admins\"]\n"));
    let heard = Arc::new(Mutex::new(Heard::default()));
    for _ in 0..KILLS {
        let process = Arc::new(around.start().await);
        inspect(&process, &heard).await;
        let before: usize = heard.lock().unwrap().minted.values().map(BTreeSet::len).sum();
        let mut work: Vec<_> = (0..PEOPLE).map(|number| tokio::spawn(minting(Arc::clone(&process), number, Arc::clone(&heard)))).collect();
        work.push(tokio::spawn(blocking(Arc::clone(&process), Arc::clone(&heard))));
        let minted = || heard.lock().unwrap().minted.values().map(BTreeSet::len).sum::<usize>();
        while minted() == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(at_random()).await;
        process.signal("KILL");
        for task in work {
            task.await.unwrap();
        }
    }
    inspect(&around.start().await, &heard).await;
    let minted: usize = heard.lock().unwrap().minted.values().map(BTreeSet::len).sum();
    assert!(minted > 20, "{minted} minted");
}
