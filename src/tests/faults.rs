//! What happens when things around the portal fail, and when people ask for too much.

use crate::balancer::Person;
use crate::captured_log;
use crate::iam::StandInIam;
use crate::sts::{Answer, SECRET_ACCESS_KEY, SESSION_TOKEN};
use crate::world::World;
use async_trait::async_trait;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use vestibule::model::clock::Timestamp;
use vestibule::model::names::{RoleArn, SessionId, Subject};
use vestibule::model::session::{Block, Enforced, SessionFilter, SessionPage};
use vestibule::server::outside::FetchError;
use vestibule::server::revocation::reconciler::Reconciler;
use vestibule::server::sessions::{
    Denial, DenyWritten, Figures, NewBlock, NewSession, Recorded, Refused, SessionStore, StoreError, StoredSession,
};

const MINT: &str = r#"{"role":"analyst"}"#;

/// What a store says in place of recording.
type Says = fn() -> Result<Recorded, StoreError>;

/// A store that admits everybody and then does not record.
struct Unrecording {
    store: Arc<dyn SessionStore>,
    says: Says,
    broken: Arc<AtomicBool>,
}

#[async_trait]
impl SessionStore for Unrecording {
    async fn record(&self, mint: NewSession, limit: u32) -> Result<Recorded, StoreError> {
        if self.broken.load(Ordering::SeqCst) { (self.says)() } else { self.store.record(mint, limit).await }
    }

    async fn admits(&self, _subject: &Subject, _limit: u32, _now: Timestamp) -> Result<Recorded, StoreError> {
        Ok(Recorded::Kept)
    }

    async fn of_subject(&self, subject: &Subject, cursor: Option<&str>, now: Timestamp) -> Result<SessionPage, StoreError> {
        self.store.of_subject(subject, cursor, now).await
    }

    async fn list(&self, filter: &SessionFilter, cursor: Option<&str>, now: Timestamp) -> Result<SessionPage, StoreError> {
        self.store.list(filter, cursor, now).await
    }

    async fn find(&self, id: &SessionId, now: Timestamp) -> Result<Option<StoredSession>, StoreError> {
        self.store.find(id, now).await
    }

    async fn unexpired_of(&self, subject: &Subject, now: Timestamp) -> Result<Vec<StoredSession>, StoreError> {
        self.store.unexpired_of(subject, now).await
    }

    async fn end(&self, id: &SessionId, by: &Subject, enforced: Enforced, now: Timestamp) -> Result<Option<StoredSession>, StoreError> {
        if self.broken.load(Ordering::SeqCst) { broken() } else { self.store.end(id, by, enforced, now).await }
    }

    async fn block(&self, block: NewBlock) -> Result<Block, StoreError> {
        if self.broken.load(Ordering::SeqCst) { broken() } else { self.store.block(block).await }
    }

    async fn lift(&self, subject: &Subject) -> Result<Option<Block>, StoreError> {
        if self.broken.load(Ordering::SeqCst) { broken() } else { self.store.lift(subject).await }
    }

    async fn blocks(&self) -> Result<Vec<Block>, StoreError> {
        self.store.blocks().await
    }

    async fn to_deny(&self, now: Timestamp) -> Result<Vec<Denial>, StoreError> {
        self.store.to_deny(now).await
    }

    async fn denied(&self, written: DenyWritten) -> Result<(), StoreError> {
        self.store.denied(written).await
    }

    async fn denied_roles(&self) -> Result<BTreeSet<RoleArn>, StoreError> {
        self.store.denied_roles().await
    }

    async fn mark_role(&self, role: &RoleArn, holds_denies: bool) -> Result<(), StoreError> {
        if self.broken.load(Ordering::SeqCst) { broken() } else { self.store.mark_role(role, holds_denies).await }
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        self.store.figures(now).await
    }

    async fn add_refused(&self, refused: &[Refused]) -> Result<(), StoreError> {
        if self.broken.load(Ordering::SeqCst) { broken() } else { self.store.add_refused(refused).await }
    }

    async fn refused_on(&self, day: i64) -> Result<Vec<Refused>, StoreError> {
        self.store.refused_on(day).await
    }

    async fn forget_expired(&self, before: Timestamp) -> Result<bool, StoreError> {
        self.store.forget_expired(before).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        if self.broken.load(Ordering::SeqCst) { broken() } else { self.store.ready().await }
    }
}

fn broken<T>() -> Result<T, StoreError> {
    Err(StoreError::Failed("broken by the test".into()))
}

/// Counts that the store did not take are neither lost nor counted twice.
#[tokio::test]
async fn refusals_are_counted_while_the_store_takes_nothing() {
    let (world, broken) = unrecording(|| Ok(Recorded::Blocked)).await;
    let (ana, admin) = (Person::new("refused-ana", &["analysts"]), Person::new("the-admin", &["portal-admins"]));
    let refused = async || world.call("/api/sessions/overview", &admin, "{}").await.json()["refused_today"].as_u64().unwrap();
    for number in 1..=3 {
        world.call("/api/credentials", &ana, MINT).await.error("blocked", 403);
        world.portal.write_refusals().await;
        assert_eq!(refused().await, number);
    }
    broken.store(false, Ordering::SeqCst);
    assert_eq!(world.beside().call("/api/sessions/overview", &admin, "{}").await.json()["refused_today"], 0, "none was written");
    world.portal.write_refusals().await;
    world.portal.write_refusals().await;
    assert_eq!(refused().await, 3);
    assert_eq!(world.beside().call("/api/sessions/overview", &admin, "{}").await.json()["refused_today"], 3);
}

/// What is already recorded is denied, though the store takes no writes at the moment.
#[tokio::test]
async fn a_deny_does_not_wait_for_the_store() {
    let (world, broken) = unrecording(|| Ok(Recorded::Blocked)).await;
    let iam = StandInIam::start(&["portal-analyst", "portal-department", "portal-operator"]).await;
    let pass = async || Reconciler::new(Arc::clone(&world.portal), Arc::new(iam.client())).pass().await;
    let (ana, admin) = (Person::new("denied-ana", &["analysts"]), Person::new("the-admin", &["portal-admins"]));
    broken.store(false, Ordering::SeqCst);
    assert_eq!(world.call("/api/credentials", &ana, MINT).await.status, 200);
    assert_eq!(world.call("/api/sessions/revoke", &admin, r#"{"subject":"denied-ana"}"#).await.status, 200);
    broken.store(true, Ordering::SeqCst);
    assert!(pass().await.is_err());
    let policy = iam.policy("portal-analyst");
    assert!(policy.as_ref().is_some_and(|policy| policy.contains(":denied-ana.*")), "{policy:?}");
    broken.store(false, Ordering::SeqCst);
    assert!(pass().await.unwrap());
    world.call("/api/sessions/lift", &admin, r#"{"subject":"denied-ana"}"#).await;
    assert!(pass().await.unwrap());
    assert_eq!(iam.policy("portal-analyst"), None);
}

async fn unrecording(says: Says) -> (World, Arc<AtomicBool>) {
    let broken = Arc::new(AtomicBool::new(true));
    let flag = Arc::clone(&broken);
    let world = World::with(|_| {}, move |store| Arc::new(Unrecording { store, says, broken: flag })).await;
    (world, broken)
}

#[tokio::test]
async fn what_is_not_recorded_does_not_leave() {
    let cases: [(Says, &str, u16); 3] = [
        (|| Err(StoreError::Failed("disk full".into())), "mint_unavailable", 503),
        (|| Ok(Recorded::Blocked), "blocked", 403),
        (|| Ok(Recorded::RateLimited { retry_after: 7 }), "rate_limited", 429),
    ];
    for (says, code, status) in cases {
        let (world, broken) = unrecording(says).await;
        let answer = world.call("/api/credentials", &Person::analyst(), MINT).await;
        answer.error(code, status);
        assert_eq!(world.sts.asked().len(), 1, "STS had minted");
        assert!(!answer.body.contains(SECRET_ACCESS_KEY) && !answer.body.contains(SESSION_TOKEN));
        broken.store(false, Ordering::SeqCst);
        assert_eq!(world.call("/api/credentials", &Person::analyst(), MINT).await.status, 200, "and it works again");
    }
}

#[tokio::test]
async fn a_store_that_fails_shows_in_readyz_and_not_in_healthz() {
    let (world, broken) = unrecording(|| Ok(Recorded::Kept)).await;
    assert_eq!(world.page("/readyz", Default::default()).await.status, 503);
    assert_eq!(world.page("/healthz", Default::default()).await.status, 200);
    broken.store(false, Ordering::SeqCst);
    assert_eq!(world.page("/readyz", Default::default()).await.status, 200);
}

#[tokio::test]
async fn an_end_that_is_not_written_is_not_told_as_done() {
    let (world, _broken) = unrecording(|| Ok(Recorded::Kept)).await;
    let admin = Person::new("admin", &["portal-admins"]);
    for (path, body) in [("/api/sessions/revoke", r#"{"subject":"x"}"#), ("/api/sessions/lift", r#"{"subject":"x"}"#)] {
        let error = world.call(path, &admin, body).await.error("mint_unavailable", 503);
        assert!(captured_log::lines_with("broken by the test").len() > 1, "{error:#}");
    }
}

#[tokio::test]
async fn a_blocked_person_does_not_reach_sts() {
    let world = World::new().await;
    let database = rusqlite::Connection::open(world.folder.path().join("vestibule.db")).unwrap();
    database.execute("INSERT INTO blocks (subject, since) VALUES (?1, 0)", [Person::analyst().subject]).unwrap();
    world.call("/api/credentials", &Person::analyst(), MINT).await.error("blocked", 403);
    assert!(world.sts.asked().is_empty());
    assert_eq!(world.call("/api/whoami", &Person::analyst(), "{}").await.status, 200);
    assert_eq!(world.call("/api/credentials", &Person::new("other", &["analysts"]), MINT).await.status, 200);
}

#[tokio::test]
async fn a_person_who_asks_too_often_waits_and_others_do_not() {
    let world = World::with(|config| config.limits.mints_per_minute = 3, |store| store).await;
    for _ in 0..3 {
        assert_eq!(world.call("/api/credentials", &Person::analyst(), MINT).await.status, 200);
        world.clock.advance(10);
    }
    let error = world.call("/api/credentials", &Person::analyst(), MINT).await.error("rate_limited", 429);
    assert_eq!(error["retry_after"], 30);
    assert_eq!(world.sts.asked().len(), 3);
    assert_eq!(world.call("/api/credentials", &Person::new("other", &["analysts"]), MINT).await.status, 200);
    world.clock.advance(30);
    assert_eq!(world.call("/api/credentials", &Person::analyst(), MINT).await.status, 200);
}

#[tokio::test]
async fn a_flood_does_not_reach_sts_even_when_sts_refuses() {
    let world = World::with(|config| config.limits.mints_per_minute = 5, |store| store).await;
    world.sts.says(Answer::new(403, "<Error><Code>AccessDenied</Code></Error>"));
    let ana = Person::analyst();
    let calls = (0..20).map(|_| world.call("/api/credentials", &ana, MINT));
    let mut limited = 0;
    for call in calls {
        limited += usize::from(call.await.status == 429);
    }
    assert_eq!((limited, world.sts.asked().len()), (15, 5));
}

#[tokio::test]
async fn an_sts_that_does_not_answer_is_given_up_after_five_seconds() {
    let world = World::new().await;
    let mut slow = Answer::credentials();
    slow.delay = Duration::from_secs(30);
    world.sts.says(slow);
    let ana = Person::analyst();
    let mint = tokio::time::timeout(Duration::from_secs(7), world.call("/api/credentials", &ana, MINT));
    let others = async {
        for _ in 0..20 {
            assert_eq!(world.call("/api/whoami", &ana, "{}").await.status, 200);
        }
    };
    let others = tokio::time::timeout(Duration::from_secs(2), others);
    let (mint, others) = tokio::join!(mint, others);
    others.expect("other requests are not held up");
    mint.expect("bounded").error("mint_unavailable", 503);
    world.sts.says(Answer::credentials());
    assert_eq!(world.call("/api/credentials", &ana, MINT).await.status, 200, "recovers without a restart");
}

#[tokio::test]
async fn an_sts_that_is_not_there_is_unavailable() {
    let world = World::with(|config| config.aws.sts_endpoint = Some(url::Url::parse("http://127.0.0.1:9").unwrap()), |store| store).await;
    world.call("/api/credentials", &Person::analyst(), MINT).await.error("mint_unavailable", 503);
}

#[tokio::test]
async fn a_key_server_that_is_down_is_nobodys_fault_but_its_own() {
    let world = World::new().await;
    *world.keys.0.lock().unwrap() = Some(FetchError::Unreachable);
    for (path, body) in [("/api/whoami", "{}"), ("/api/credentials", MINT), ("/api/sessions/mine", "{}")] {
        let error = world.call(path, &Person::analyst(), body).await.error("mint_unavailable", 503);
        assert!(error["retry_after"].as_u64().is_some_and(|seconds| seconds > 0));
    }
}
