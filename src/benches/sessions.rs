//! What an administrator's page asks of the SQLite store, with 10,000 live sessions of 4,000 people
//! among 40,000 that have expired. Prints ms a call; the bar is 20.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on fails")]

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use tokio::runtime::Runtime;
use vestibule::model::clock::{Clock, Timestamp};
use vestibule::model::names::{RoleArn, RoleId, Subject};
use vestibule::model::role::Strategy;
use vestibule::model::session::{Session, SessionFilter, SessionState};
use vestibule::server::credentials::deny::{DenyCondition, Reach};
use vestibule::server::credentials::session_name::new_session_id;
use vestibule::server::sessions::sqlite::SqliteStore;
use vestibule::server::sessions::{NewBlock, NewSession, SessionStore};

const LIVE: i64 = 10_000;
const EXPIRED: i64 = 40_000;
const PEOPLE: i64 = 4_000;
const NOW: Timestamp = Timestamp::from_seconds(1_795_411_975);

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        NOW
    }
}

fn mint(number: i64, issued_at: Timestamp) -> NewSession {
    let person = number * 7_919 % PEOPLE;
    NewSession {
        session: Session {
            id: new_session_id().unwrap(),
            subject: Subject::parse(format!("9c1b3a4e-5f60-4711-8a2b-{person:012}")).unwrap(),
            email: Some(format!("person-{person}@example.com")),
            role: RoleId::parse(["analyst", "operator", "reader"][usize::try_from(number % 3).unwrap()]).unwrap(),
            strategy: Strategy::WebIdentity,
            access_key_id: format!("ASIA{number:016}"),
            issued_at,
            expires_at: issued_at.plus_seconds(3_600),
            state: SessionState::Live,
            source_ip: Some("192.0.2.7".to_owned()),
            user_agent: Some(
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Safari/537.36".to_owned(),
            ),
            ended_at: None,
            denied_at: None,
        },
        assumed_role_id: Some(format!("AROAEXAMPLEEXAMPLE12:{number}")),
        reach: Some(Reach {
            role_arn: RoleArn::parse("arn:aws:iam::111122223333:role/portal-analyst").unwrap(),
            session: Some(DenyCondition::UserId(format!("AROAEXAMPLEEXAMPLE12:{number}"))),
            person: Some(DenyCondition::UserIdLike(format!("AROAEXAMPLEEXAMPLE12:{person}.*"))),
        }),
        request_id: None,
    }
}

async fn fill(store: &SqliteStore) {
    for number in 0..EXPIRED {
        store.record(mint(number, NOW.plus_seconds(-3_600 - EXPIRED + number)), u32::MAX).await.unwrap();
    }
    for number in 0..LIVE {
        store.record(mint(number, NOW.plus_millis(-3_500_000 + number * 300)), u32::MAX).await.unwrap();
    }
    for person in 0..40 {
        let subject = Subject::parse(format!("9c1b3a4e-5f60-4711-8a2b-{person:012}")).unwrap();
        let by = Subject::parse("admin").unwrap();
        store.block(NewBlock { subject, by, by_email: None, since: NOW }).await.unwrap();
    }
}

fn sessions(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("s.db"), &Standing).unwrap();
    runtime.block_on(fill(&store));
    let all = SessionFilter::default();
    let in_state = |state| SessionFilter { state: Some(state), ..SessionFilter::default() };
    let of_user = |user: &str| SessionFilter { user: Some(user.to_owned()), ..SessionFilter::default() };
    let filters = [
        ("all", all.clone()),
        ("live", in_state(SessionState::Live)),
        ("blocked", in_state(SessionState::Blocked)),
        ("ended", in_state(SessionState::Ended)),
        ("expired", in_state(SessionState::Expired)),
        ("of a person", of_user("person-1234@")),
        ("of a common beginning", of_user("p")),
        ("of a role", SessionFilter { role: RoleId::parse("reader").ok(), ..all }),
    ];
    let mut group = criterion.benchmark_group("sessions");
    group.sample_size(30);
    for (name, filter) in &filters {
        group.bench_function(format!("page, {name}"), |bencher| {
            bencher.iter(|| runtime.block_on(store.list(black_box(filter), None, NOW)).unwrap());
        });
    }
    group.bench_function("figures", |bencher| bencher.iter(|| runtime.block_on(store.figures(NOW)).unwrap()));
    group.bench_function("what must be denied", |bencher| bencher.iter(|| runtime.block_on(store.to_deny(NOW)).unwrap()));
    group.finish();
}

criterion_group!(benches, sessions);
criterion_main!(benches);
