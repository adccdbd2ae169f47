//! Sessions seen and ended: by administrators, by their people, and by nobody else.

use crate::balancer::Person;
use crate::captured_log;
use crate::sts::{ACCESS_KEY_ID, Answer, EXPIRATION, SECRET_ACCESS_KEY, SESSION_TOKEN};
use crate::world::World;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use vestibule::model::clock::Clock;
use vestibule::server::upkeep;

const MINT: &str = r#"{"role":"analyst"}"#;
const LIST: &str = "/api/sessions/list";
const OVERVIEW: &str = "/api/sessions/overview";
const REVOKE: &str = "/api/sessions/revoke";
const LIFT: &str = "/api/sessions/lift";

fn admin() -> Person {
    Person::new("the-admin", &["portal-admins"])
}

fn analyst(subject: &str) -> Person {
    Person::new(subject, &["analysts"])
}

async fn minted(world: &World, person: &Person) -> String {
    world.call("/api/credentials", person, MINT).await.json()["session_id"].as_str().unwrap().to_owned()
}

async fn states(world: &World, filter: Value) -> Vec<(String, String)> {
    let page = world.call(LIST, &admin(), &filter.to_string()).await.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    page["sessions"].as_array().unwrap().iter().map(|session| (text(&session["subject"]), text(&session["state"]))).collect()
}

/// The one line of the log with this event and this text.
fn audited(event: &str, text: &str) -> Value {
    let mut lines: Vec<Value> = captured_log::lines_with(text).into_iter().filter(|line| line["fields"]["event"] == event).collect();
    assert_eq!(lines.len(), 1, "{event} {text}: {lines:#?}");
    lines.remove(0)["fields"].take()
}

#[tokio::test]
async fn administrators_see_every_session() {
    let world = World::new().await;
    let (one, two) = (analyst("list-one"), analyst("list-two"));
    let first = minted(&world, &one).await;
    world.clock.advance(1);
    minted(&world, &two).await;
    let page = world.call(LIST, &admin(), "{}").await.json();
    assert_eq!(page["next"], Value::Null);
    assert_eq!(
        page["sessions"][1],
        json!({"id": first, "subject": "list-one", "email": "ana@example.com", "role": "analyst", "strategy": "web-identity",
               "access_key_id": ACCESS_KEY_ID, "issued_at": "2026-11-23T06:32:55Z", "expires_at": EXPIRATION, "state": "live",
               "source_ip": null, "user_agent": null})
    );
    let subjects = async |filter: Value| states(&world, filter).await.into_iter().map(|(subject, _)| subject).collect::<Vec<_>>();
    assert_eq!(subjects(json!({})).await, ["list-two", "list-one"]);
    assert_eq!(subjects(json!({"user": " LIST-O "})).await, ["list-one"]);
    assert_eq!(subjects(json!({"user": "ana@"})).await.len(), 2);
    assert_eq!(subjects(json!({"role": "operator"})).await.len(), 0);
    assert_eq!(subjects(json!({"state": "live", "user": "", "role": "analyst", "cursor": null})).await.len(), 2);
    assert_eq!(subjects(json!({"state": "expired"})).await.len(), 0);
    for wrong in [
        json!({"state": "gone"}),
        json!({"role": "Not an id"}),
        json!({"cursor": "AAAA"}),
        json!({"user": "x".repeat(256)}),
        json!({"user": 1}),
    ] {
        world.call(LIST, &admin(), &wrong.to_string()).await.error("bad_request", 400);
    }
}

#[tokio::test]
async fn lists_come_in_pages_of_a_hundred() {
    let world = World::new().await;
    for number in 0..130 {
        minted(&world, &analyst(&format!("paged-{number}"))).await;
    }
    let first = world.call(LIST, &admin(), "{}").await.json();
    let second = world.call(LIST, &admin(), &json!({"cursor": first["next"]}).to_string()).await.json();
    let count = |page: &Value| page["sessions"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&second), &second["next"]), (100, 30, &Value::Null));
}

#[tokio::test]
async fn an_overview_tells_figures_and_blocks() {
    let world = World::new().await;
    for subject in ["overview-one", "overview-two", "overview-two"] {
        minted(&world, &analyst(subject)).await;
    }
    world.call("/api/credentials", &analyst("overview-one"), r#"{"role":"operator"}"#).await.error("not_entitled", 403);
    world.call(REVOKE, &admin(), r#"{"subject":"overview-one"}"#).await;
    let overview = world.call(OVERVIEW, &admin(), "{}").await.json();
    assert_eq!(
        overview,
        json!({
            "live_sessions": 2, "people": 1, "ending_within_hour": 2, "refused_today": 1, "refusals": [{"code": "not_entitled", "mints": 1}],
            "expiries": [
                {"from": "2026-11-23T06:30:00Z", "sessions": 0}, {"from": "2026-11-23T06:45:00Z", "sessions": 0},
                {"from": "2026-11-23T07:00:00Z", "sessions": 0}, {"from": "2026-11-23T07:15:00Z", "sessions": 0},
                {"from": "2026-11-23T07:30:00Z", "sessions": 2},
            ],
            "blocks": [{"subject": "overview-one", "email": "ana@example.com", "since": "2026-11-23T06:32:55Z", "by": "the-admin",
                        "by_email": "ana@example.com", "denied_at": null}],
            "waiting_for_iam": 0, "iam": false, "server_now": "2026-11-23T06:32:55Z",
        })
    );
}

#[tokio::test]
async fn people_end_their_own_sessions_and_mint_again() {
    let world = World::new().await;
    let ana = analyst("ends-herself");
    let id = minted(&world, &ana).await;
    let answer = world.call(REVOKE, &ana, &json!({"id": id}).to_string()).await;
    assert_eq!(answer.json(), json!({"state": "ended", "enforced": "expiry", "until": EXPIRATION, "sessions": 1}));
    let mine = world.call("/api/sessions/mine", &ana, "{}").await.json();
    assert_eq!((&mine["sessions"][0]["state"], &mine["sessions"][0]["ended_at"]), (&json!("ended"), &json!("2026-11-23T06:32:55Z")));
    assert_eq!(world.call(REVOKE, &ana, &json!({"id": id}).to_string()).await.json()["state"], "ended", "twice is no error");
    minted(&world, &ana).await;
    let lines: Vec<_> = captured_log::lines_with(&id).into_iter().filter(|line| line["fields"]["event"] == "end").collect();
    assert_eq!(lines.len(), 2);
    for (field, value) in [("by", "ends-herself"), ("subject", "ends-herself"), ("enforced", "expiry"), ("access_key_id", ACCESS_KEY_ID)] {
        assert_eq!(lines[0]["fields"][field], value);
    }
    assert!(lines[0]["fields"]["reference"].as_str().is_some_and(|reference| reference.len() == 16));
}

#[tokio::test]
async fn administrators_end_any_session() {
    let world = World::new().await;
    let id = minted(&world, &analyst("ended-by-admin")).await;
    let answer = world.call(REVOKE, &admin(), &json!({"id": id}).to_string()).await;
    assert_eq!(answer.json()["state"], "ended");
    assert_eq!(audited("end", &id)["by"], "the-admin");
    world.clock.advance(7_200);
    let expired = minted(&world, &analyst("ended-by-admin")).await;
    let answer = world.call(REVOKE, &admin(), &json!({"id": expired}).to_string()).await.json();
    assert_eq!(answer, json!({"state": "expired", "enforced": "expiry", "until": null, "sessions": 0}), "STS's answer is from before");
    world.call(REVOKE, &admin(), r#"{"id":"00000000000000000000000000"}"#).await.error("bad_request", 400);
}

/// Whoever may not, hears the same of a session that exists as of one that does not.
#[tokio::test]
async fn nobody_ends_anothers_session_or_learns_that_it_exists() {
    let world = World::new().await;
    let id = minted(&world, &analyst("has-a-session")).await;
    let other = analyst("is-curious");
    let mut foreign = world.call(REVOKE, &other, &json!({"id": id}).to_string()).await.error("not_entitled", 403);
    let mut unknown = world.call(REVOKE, &other, r#"{"id":"00000000000000000000000000"}"#).await.error("not_entitled", 403);
    let (one, two) = (foreign["reference"].take(), unknown["reference"].take());
    assert_eq!(foreign, unknown);
    for reference in [one, two] {
        assert_eq!(audited("admin_refused", reference.as_str().unwrap())["subject"], "is-curious");
    }
    assert_eq!(states(&world, json!({"user": "has-a-session"})).await, [("has-a-session".to_owned(), "live".to_owned())]);
}

#[tokio::test]
async fn only_administrators_may() {
    let world = World::new().await;
    let almost = Person::new("almost-admin", &["analysts", "portal-admin", "Portal-Admins", "*"]);
    for (path, body) in [(LIST, "{}"), (OVERVIEW, "{}"), (REVOKE, r#"{"subject":"almost-admin"}"#), (LIFT, r#"{"subject":"almost-admin"}"#)]
    {
        let error = world.call(path, &almost, body).await.error("not_entitled", 403);
        let line = audited("admin_refused", error["reference"].as_str().unwrap());
        assert_eq!((&line["subject"], &line["call"]), (&json!("almost-admin"), &json!(path.trim_start_matches("/api/"))));
    }
    minted(&world, &almost).await;
    for body in ["{}", r#"{"id":null,"subject":null}"#, r#"{"id":"00000000000000000000000000","subject":"x"}"#, r#"{"id":"x"}"#] {
        world.call(REVOKE, &admin(), body).await.error("bad_request", 400);
    }
    world.call(LIFT, &admin(), "{}").await.error("bad_request", 400);
}

#[tokio::test]
async fn an_ended_person_may_not_mint_until_the_block_is_lifted() {
    let world = World::new().await;
    let ana = analyst("ended-person");
    minted(&world, &ana).await;
    minted(&world, &ana).await;
    let answer = world.call(REVOKE, &admin(), r#"{"subject":"ended-person"}"#).await.json();
    assert_eq!(answer, json!({"state": "blocked", "enforced": "expiry", "until": EXPIRATION, "sessions": 2}));
    world.call("/api/credentials", &ana, MINT).await.error("blocked", 403);
    let blocked = || vec![("ended-person".to_owned(), "blocked".to_owned()); 2];
    assert_eq!(states(&world, json!({"state": "blocked"})).await, blocked());
    assert_eq!(states(&world, json!({"state": "live"})).await, []);
    assert_eq!(world.sts.asked().len(), 2);

    let other = world.beside();
    other.call("/api/credentials", &ana, MINT).await.error("blocked", 403);
    let lifted = other.call(LIFT, &admin(), r#"{"subject":"ended-person"}"#).await.json();
    assert_eq!(lifted, json!({"subject": "ended-person", "lifted": true}));
    minted(&world, &ana).await;
    assert_eq!(world.call(LIFT, &admin(), r#"{"subject":"ended-person"}"#).await.json()["lifted"], false);
    let line = audited("block", "ended-person");
    assert_eq!((&line["by"], &line["sessions"], &line["enforced"]), (&json!("the-admin"), &json!(2), &json!("expiry")));
    assert_eq!(captured_log::lines_with("ended-person").iter().filter(|line| line["fields"]["event"] == "lift").count(), 2);
}

/// STS answers slowly, and the person is blocked meanwhile, through another process: the credentials
/// are dropped.
#[tokio::test]
async fn a_block_during_a_slow_mint_keeps_the_credentials_in() {
    let world = World::new().await;
    let other = world.beside();
    let mut slow = Answer::credentials();
    slow.delay = Duration::from_millis(400);
    world.sts.says(slow);
    let ana = analyst("slow-person");
    let block = async {
        while world.sts.asked().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        other.call(REVOKE, &admin(), r#"{"subject":"slow-person"}"#).await.json()
    };
    let (mint, block) = tokio::join!(world.call("/api/credentials", &ana, MINT), block);
    mint.error("blocked", 403);
    assert!(!mint.body.contains(SECRET_ACCESS_KEY) && !mint.body.contains(SESSION_TOKEN));
    assert_eq!(block["sessions"], 0);
    assert_eq!(states(&world, json!({"user": "slow-person"})).await, []);
}

#[tokio::test]
async fn three_hundred_people_are_blocked_and_nobody_else() {
    let world = World::new().await;
    let people: Vec<Person> = (0..300).map(|number| analyst(&format!("crowd-{number}"))).collect();
    for person in &people {
        let answer = world.call(REVOKE, &admin(), &json!({"subject": person.subject}).to_string()).await.json();
        assert_eq!(answer, json!({"state": "blocked", "enforced": "expiry", "until": null, "sessions": 0}));
    }
    for person in people.iter().step_by(7) {
        world.call("/api/credentials", person, MINT).await.error("blocked", 403);
    }
    minted(&world, &analyst("crowd-")).await;
    minted(&world, &analyst("crowd-300")).await;
    let overview = world.call(OVERVIEW, &admin(), "{}").await.json();
    assert_eq!(overview["blocks"].as_array().unwrap().len(), 300);
}

/// A flood of refusals is one write, and every portal on the store tells the same, whatever became of the
/// one that refused.
#[tokio::test]
async fn refusals_are_told_alike_by_all_portals_and_cost_a_write() {
    let world = World::new().await;
    let file = rusqlite::Connection::open(world.folder.path().join("vestibule.db")).unwrap();
    let version = || file.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)).unwrap();
    let told = async |portal: &World| {
        let overview = portal.call(OVERVIEW, &admin(), "{}").await.json();
        (overview["refused_today"].as_u64().unwrap(), overview["refusals"].clone())
    };
    let before = version();
    for _ in 0..40 {
        world.call("/api/credentials", &analyst("flood"), r#"{"role":"operator"}"#).await.error("not_entitled", 403);
    }
    let mut broken = analyst("flood").headers(world.clock.now());
    broken.insert("x-amzn-oidc-data", "x.y.z".parse().unwrap());
    world.call_with("/api/credentials", broken, MINT).await.error("header_rejected", 401);
    world.call("/api/credentials", &analyst("flood"), "{").await.error("bad_request", 400);
    let both = json!([{"code": "not_entitled", "mints": 40}, {"code": "header_rejected", "mints": 1}]);
    assert_eq!(told(&world).await, (41, both.clone()));
    assert_eq!(version(), before, "nothing is written for a refusal");
    assert_eq!(told(&world.beside()).await.0, 0);

    world.portal.write_refusals().await;
    let written = version();
    assert_ne!(written, before);
    world.portal.write_refusals().await;
    assert_eq!(version(), written, "and nothing when there is nothing new");
    let other = world.beside();
    other.call("/api/credentials", &analyst("flood"), r#"{"role":"operator"}"#).await.error("not_entitled", 403);
    other.portal.write_refusals().await;
    for portal in [&world, &other, &world.beside()] {
        assert_eq!(told(portal).await, (42, json!([{"code": "not_entitled", "mints": 41}, {"code": "header_rejected", "mints": 1}])));
    }
    world.clock.advance(24 * 3_600);
    assert_eq!(told(&world).await, (0, json!([])), "a day ends at midnight UTC");
}

/// What is past the days that are kept goes, in the background.
#[tokio::test]
async fn sessions_are_kept_for_the_days_that_are_configured() {
    let world = World::with(|config| config.sessions.keep_days = 2, |store| store).await;
    minted(&world, &analyst("kept-for-days")).await;
    let mine =
        async || world.call("/api/sessions/mine", &analyst("kept-for-days"), "{}").await.json()["sessions"].as_array().unwrap().len();
    world.clock.advance(3_600 + 2 * 86_400 - 1);
    let swept = async || {
        let upkeep = tokio::spawn(upkeep::run(Arc::clone(&world.portal)));
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            if mine().await == 0 {
                break;
            }
        }
        upkeep.abort();
        mine().await
    };
    assert_eq!(swept().await, 1, "to the last second");
    world.clock.advance(1);
    assert_eq!(swept().await, 0);
}
