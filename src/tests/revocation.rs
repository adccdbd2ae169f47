//! Ends that IAM enforces: what the roles' policies deny, to whom, and for how long. The policies are
//! evaluated with the sandbox's policy engine.

use crate::balancer::Person;
use crate::captured_log;
use crate::iam::StandInIam;
use crate::sts::ROLE_UNIQUE_ID;
use crate::world::World;
use serde_json::{Value, json};
use std::sync::Arc;
use vestibule::model::clock::{Clock, Timestamp};
use vestibule::model::names::RoleArn;
use vestibule::sandbox::policy::{Context, Decision, Policy, Request};
use vestibule::server::revocation::policy::{LONGEST, NAME};
use vestibule::server::revocation::reconciler::Reconciler;

const MINT: &str = r#"{"role":"analyst"}"#;
const ROLE: &str = "portal-analyst";
const ROLES: [&str; 3] = ["portal-analyst", "portal-department", "portal-operator"];

async fn world() -> (World, StandInIam) {
    let world = World::with(|config| config.revocation.iam = true, |store| store).await;
    (world, StandInIam::start(&ROLES).await)
}

fn reconciler(world: &World, iam: &StandInIam) -> Reconciler {
    Reconciler::new(Arc::clone(&world.portal), Arc::new(iam.client()))
}

fn admin() -> Person {
    Person::new("the-admin", &["portal-admins"])
}

fn analyst(subject: &str) -> Person {
    Person::new(subject, &["analysts"])
}

async fn minted(world: &World, person: &Person) -> String {
    world.call("/api/credentials", person, MINT).await.json()["session_id"].as_str().unwrap().to_owned()
}

async fn revoked(world: &World, by: &Person, body: Value) -> Value {
    world.call("/api/sessions/revoke", by, &body.to_string()).await.json()
}

async fn session(world: &World, person: &Person, id: &str) -> Value {
    let mine = world.call("/api/sessions/mine", person, "{}").await.json();
    mine["sessions"].as_array().unwrap().iter().find(|session| session["id"] == id).unwrap().clone()
}

/// Whether the role's policy denies what this person does with the credentials of this session.
fn is_denied(iam: &StandInIam, role: &str, subject: &str, session: &str, issued: Timestamp) -> bool {
    let Some(policy) = iam.policy(role) else { return false };
    let context =
        Context::new().with("aws:userid", format!("{ROLE_UNIQUE_ID}:{subject}.{session}")).with("aws:TokenIssueTime", issued.to_string());
    let request = Request { action: "s3:GetObject", resource: "arn:aws:s3:::reports/team/x", context: &context };
    Policy::parse(&policy).unwrap().decide(&request) == Decision::Denied
}

#[tokio::test]
async fn an_ended_session_is_denied_until_it_expires_and_nothing_else_is() {
    let (world, iam) = world().await;
    let mut reconciler = reconciler(&world, &iam);
    let (ana, bob) = (analyst("ana"), analyst("bob"));
    let (ended, kept, bobs) = (minted(&world, &ana).await, minted(&world, &ana).await, minted(&world, &bob).await);
    assert!(reconciler.pass().await.unwrap());
    assert_eq!(iam.writes(), 0, "nothing to deny, nothing to write");

    let answer = revoked(&world, &ana, json!({"id": ended})).await;
    assert_eq!(
        (&answer["state"], &answer["enforced"], &answer["until"]),
        (&json!("ending"), &json!("iam"), &json!("2026-11-23T07:32:55Z"))
    );
    assert_eq!(session(&world, &ana, &ended).await["state"], "ending");
    assert!(reconciler.pass().await.unwrap());
    let issued = world.clock.now();
    assert!(is_denied(&iam, ROLE, "ana", &ended, issued));
    assert!(!is_denied(&iam, ROLE, "ana", &kept, issued) && !is_denied(&iam, ROLE, "bob", &bobs, issued));
    assert_eq!(iam.policy("portal-operator"), None);
    let told = session(&world, &ana, &ended).await;
    assert_eq!((&told["state"], &told["denied_at"]), (&json!("ended"), &json!("2026-11-23T06:32:55Z")));
    assert!(!is_denied(&iam, ROLE, "ana", &minted(&world, &ana).await, issued), "the person may mint again");

    assert!(reconciler.pass().await.unwrap());
    assert_eq!(iam.writes(), 1, "what stands is not written again");
    world.clock.advance(3_600);
    assert!(reconciler.pass().await.unwrap());
    assert_eq!((iam.policy(ROLE), iam.writes()), (None, 2), "taken away when everything that it denies has expired");
}

#[tokio::test]
async fn a_blocked_person_is_denied_in_every_role_until_the_block_is_lifted() {
    let (world, iam) = world().await;
    let mut reconciler = reconciler(&world, &iam);
    let mut ana = Person::new("blocked-ana", &["analysts", "operators"]);
    ana.claims = json!({"custom:department": "north"});
    let issued = world.clock.now();
    let one = minted(&world, &ana).await;
    let two = world.call("/api/credentials", &ana, r#"{"role":"operator"}"#).await.json()["session_id"].as_str().unwrap().to_owned();
    let neighbours = ["blocked-ana-2", "blocked-an", "blocked"].map(analyst);
    for neighbour in &neighbours {
        minted(&world, neighbour).await;
    }
    world.clock.advance(5);
    let answer = revoked(&world, &admin(), json!({"subject": "blocked-ana"})).await;
    assert_eq!((&answer["state"], &answer["enforced"], &answer["sessions"]), (&json!("blocked"), &json!("iam"), &json!(2)));
    assert!(reconciler.pass().await.unwrap());
    assert!(is_denied(&iam, ROLE, "blocked-ana", &one, issued) && is_denied(&iam, "portal-operator", "blocked-ana", &two, issued));
    assert_eq!(iam.policy("portal-department"), None, "no session of that role is out");
    for neighbour in &neighbours {
        assert!(!is_denied(&iam, ROLE, &neighbour.subject, &one, issued), "{}", neighbour.subject);
    }
    let overview = world.call("/api/sessions/overview", &admin(), "{}").await.json();
    assert_eq!((&overview["blocks"][0]["denied_at"], &overview["iam"]), (&json!("2026-11-23T06:33:00Z"), &json!(true)));

    // IAM may spread the older policy for minutes after a lift: what is minted then works all the same.
    assert!(!is_denied(&iam, ROLE, "blocked-ana", &one, world.clock.now().plus_seconds(60)));
    world.call("/api/sessions/lift", &admin(), r#"{"subject":"blocked-ana"}"#).await.json();
    assert!(reconciler.pass().await.unwrap());
    assert_eq!((iam.policy(ROLE), iam.policy("portal-operator")), (None, None));
    assert_eq!(session(&world, &ana, &one).await["state"], "live");
}

#[tokio::test]
async fn three_hundred_blocked_people_become_one_role_wide_deny() {
    let (world, iam) = world().await;
    let mut reconciler = reconciler(&world, &iam);
    let issued = world.clock.now();
    let mut out = Vec::new();
    for number in 0..300 {
        let person = analyst(&format!("9c1b3a4e-5f60-4711-8a2b-{number:012}"));
        let id = minted(&world, &person).await;
        revoked(&world, &admin(), json!({"subject": person.subject})).await;
        out.push((person, id));
    }
    let bystander = analyst("bystander");
    let before = minted(&world, &bystander).await;
    assert!(reconciler.pass().await.unwrap());
    let policy = iam.policy(ROLE).unwrap();
    assert!(policy.len() <= LONGEST, "{}", policy.len());
    for (person, id) in &out {
        assert!(is_denied(&iam, ROLE, &person.subject, id, issued), "{}", person.subject);
    }
    assert!(is_denied(&iam, ROLE, "bystander", &before, issued), "role-wide is for everybody");
    world.clock.advance(61);
    let again = minted(&world, &bystander).await;
    assert!(!is_denied(&iam, ROLE, "bystander", &again, world.clock.now()), "who is not blocked mints again");
    world.call("/api/credentials", &out[0].0, MINT).await.error("blocked", 403);

    // With fewer people the names fit again.
    for (person, _) in &out[50..] {
        world.call("/api/sessions/lift", &admin(), &json!({"subject": person.subject}).to_string()).await.json();
    }
    assert!(reconciler.pass().await.unwrap());
    assert!(!is_denied(&iam, ROLE, "bystander", &before, issued));
    for (number, (person, id)) in out.iter().enumerate() {
        assert_eq!(is_denied(&iam, ROLE, &person.subject, id, issued), number < 50, "{number}");
    }
}

/// Between the write in the store and the one at IAM the process dies, or IAM is down: whoever works
/// next does what is left.
#[tokio::test]
async fn what_iam_did_not_take_is_tried_again_by_whoever_comes_next() {
    let (world, iam) = world().await;
    let mut first = reconciler(&world, &iam);
    let ana = analyst("outage-ana");
    let id = minted(&world, &ana).await;
    iam.set_down(true);
    revoked(&world, &admin(), json!({"subject": "outage-ana"})).await;
    let ended = minted(&world, &analyst("outage-bob")).await;
    revoked(&world, &admin(), json!({"id": ended})).await;
    assert!(!first.pass().await.unwrap());
    assert_eq!(session(&world, &analyst("outage-bob"), &ended).await["state"], "ending", "nothing is told as done");
    assert!(!captured_log::lines_with("deny_failed").is_empty());
    let overview = world.call("/api/sessions/overview", &admin(), "{}").await.json();
    assert_eq!((&overview["blocks"][0]["denied_at"], &overview["waiting_for_iam"]), (&Value::Null, &json!(1)));
    world.call("/api/credentials", &ana, MINT).await.error("blocked", 403);
    drop(first);
    iam.set_down(false);
    assert!(reconciler(&world.beside(), &iam).pass().await.unwrap());
    assert!(is_denied(&iam, ROLE, "outage-ana", &id, world.clock.now()));
    assert!(is_denied(&iam, ROLE, "outage-bob", &ended, world.clock.now()));
    assert_eq!(session(&world, &analyst("outage-bob"), &ended).await["state"], "ended");
}

#[tokio::test]
async fn two_portals_come_to_the_same_policy() {
    let (world, iam) = world().await;
    let other = world.beside();
    let (mut one, mut two) = (reconciler(&world, &iam), reconciler(&other, &iam));
    let issued = world.clock.now();
    let people = [analyst("converge-1"), analyst("converge-2")];
    let ids = [minted(&world, &people[0]).await, minted(&other, &people[1]).await];
    revoked(&world, &admin(), json!({"subject": "converge-1"})).await;
    assert!(one.pass().await.unwrap());
    let earlier = iam.policy(ROLE).unwrap();
    revoked(&other, &admin(), json!({"subject": "converge-2"})).await;
    assert!(two.pass().await.unwrap());
    // The first had read the store before the second block and its write arrives late.
    iam.put(ROLE, NAME, &earlier);
    assert!(one.pass().await.unwrap());
    for (person, id) in people.iter().zip(&ids) {
        assert!(is_denied(&iam, ROLE, &person.subject, id, issued), "{}", person.subject);
    }
    let writes = iam.writes();
    assert!(one.pass().await.unwrap() && two.pass().await.unwrap());
    assert_eq!(iam.writes(), writes, "they do not fight");
    // The other one wrote, and is gone: whoever lifts takes the policy away at once.
    let mut third = reconciler(&other.beside(), &iam);
    assert!(third.pass().await.unwrap());
    for person in &people {
        world.call("/api/sessions/lift", &admin(), &json!({"subject": person.subject}).to_string()).await.json();
    }
    assert!(third.pass().await.unwrap());
    assert_eq!(iam.policy(ROLE), None);
    revoked(&world, &admin(), json!({"subject": "converge-2"})).await;
    assert!(one.pass().await.unwrap());
    assert!(is_denied(&iam, ROLE, "converge-2", &ids[1], issued));
    world.call("/api/sessions/lift", &admin(), r#"{"subject":"converge-2"}"#).await.json();
    assert!(third.pass().await.unwrap(), "it knows of no policy there");
    assert_eq!(iam.policy(ROLE), None);
    for person in &people {
        revoked(&world, &admin(), json!({"subject": person.subject})).await;
    }
    assert!(one.pass().await.unwrap() && two.pass().await.unwrap());

    // What somebody else did to the policy is noticed within ten minutes.
    iam.put(ROLE, NAME, &earlier);
    world.clock.advance(600);
    assert!(two.pass().await.unwrap());
    assert!(is_denied(&iam, ROLE, "converge-2", &ids[1], issued));
}

#[tokio::test]
async fn a_role_whose_own_policies_leave_little_room_is_denied_role_wide() {
    let (world, iam) = world().await;
    iam.put(ROLE, "of-the-owner", &"x".repeat(9_500));
    let mut reconciler = reconciler(&world, &iam);
    let issued = world.clock.now();
    for number in 0..20 {
        let person = analyst(&format!("little-room-{number}"));
        minted(&world, &person).await;
        revoked(&world, &admin(), json!({"subject": person.subject})).await;
    }
    assert!(reconciler.pass().await.unwrap());
    assert!(is_denied(&iam, ROLE, "little-room-7", "x", issued));
    assert!(iam.policy(ROLE).unwrap().len() < 300);
}

/// A reload takes one role away and gives another a new ARN, while credentials of both are out.
#[tokio::test]
async fn roles_that_left_the_configuration_are_denied_until_their_last_credentials_expire() {
    let (mut world, iam) = world().await;
    let ana = Person::new("moved-ana", &["analysts", "operators"]);
    let cara = Person::new("moved-cara", &["operators"]);
    let operator = async |person: &Person| {
        let answer = world.call("/api/credentials", person, r#"{"role":"operator"}"#).await.json();
        answer["session_id"].as_str().unwrap().to_owned()
    };
    let issued = world.clock.now();
    let (one, two, caras) = (minted(&world, &ana).await, operator(&ana).await, operator(&cara).await);
    world.renew(|config| {
        config.roles.retain(|role| role.id.as_str() != "operator");
        config.roles[0].arn = RoleArn::parse("arn:aws:iam::111122223333:role/portal-department").unwrap();
    });
    let answer = revoked(&world, &admin(), json!({"subject": "moved-ana"})).await;
    assert_eq!((&answer["enforced"], &answer["sessions"]), (&json!("iam"), &json!(2)));
    let answer = revoked(&world, &admin(), json!({"id": caras})).await;
    assert_eq!((&answer["enforced"], &answer["state"]), (&json!("iam"), &json!("ending")));
    assert!(reconciler(&world, &iam).pass().await.unwrap());
    assert!(is_denied(&iam, ROLE, "moved-ana", &one, issued), "by the ARN that the credentials are of");
    assert!(is_denied(&iam, "portal-operator", "moved-ana", &two, issued));
    assert!(is_denied(&iam, "portal-operator", "moved-cara", &caras, issued));
    assert_eq!(iam.policy("portal-department"), None);
    assert_eq!(session(&world, &cara, &caras).await["state"], "ended");
    let overview = world.call("/api/sessions/overview", &admin(), "{}").await.json();
    assert_eq!(overview["blocks"][0]["denied_at"], json!("2026-11-23T06:32:55Z"));

    // Whoever cleans up has not written the policies, and finds the role in no configuration.
    world.clock.advance(3_600);
    assert!(reconciler(&world.beside(), &iam).pass().await.unwrap());
    assert_eq!((iam.policy(ROLE), iam.policy("portal-operator")), (None, None));
    let writes = iam.writes();
    assert!(reconciler(&world.beside(), &iam).pass().await.unwrap());
    assert_eq!(iam.writes(), writes);
}

/// What an earlier release recorded says nothing of a role that is not there any more.
#[tokio::test]
async fn what_no_policy_can_name_is_told_as_expiring() {
    let (mut world, iam) = world().await;
    let (ana, bob) = (analyst("older-ana"), Person::new("older-bob", &["operators"]));
    let anas = minted(&world, &ana).await;
    let bobs = world.call("/api/credentials", &bob, r#"{"role":"operator"}"#).await.json();
    let file = rusqlite::Connection::open(world.folder.path().join("vestibule.db")).unwrap();
    file.execute("UPDATE sessions SET role_arn = NULL, deny_session = NULL, deny_person = NULL", []).unwrap();
    world.renew(|config| config.roles.retain(|role| role.id.as_str() != "operator"));
    assert_eq!(revoked(&world, &admin(), json!({"subject": "older-bob"})).await["enforced"], "expiry");
    let answer = revoked(&world, &admin(), json!({"id": bobs["session_id"]})).await;
    assert_eq!((&answer["enforced"], &answer["state"]), (&json!("expiry"), &json!("ended")));
    assert_eq!(revoked(&world, &admin(), json!({"subject": "older-ana"})).await["enforced"], "iam", "its role is there");
    assert!(reconciler(&world, &iam).pass().await.unwrap());
    assert!(is_denied(&iam, ROLE, "older-ana", &anas, world.clock.now()));
    assert_eq!(iam.policy("portal-operator"), None);
    let overview = world.call("/api/sessions/overview", &admin(), "{}").await.json();
    let denied_at = |subject: &str| {
        let blocks = overview["blocks"].as_array().unwrap();
        blocks.iter().find(|block| block["subject"] == subject).unwrap()["denied_at"].clone()
    };
    assert!(denied_at("older-bob").is_null() && denied_at("older-ana").is_string(), "{overview:#}");
}

/// Without `revocation.iam` nothing is promised that nothing does.
#[tokio::test]
async fn without_iam_an_end_is_enforced_by_the_expiry() {
    let world = World::new().await;
    let id = minted(&world, &analyst("by-expiry")).await;
    assert_eq!(revoked(&world, &admin(), json!({"subject": "by-expiry"})).await["enforced"], "expiry");
    assert_eq!(revoked(&world, &admin(), json!({"id": id})).await["enforced"], "expiry");
}
