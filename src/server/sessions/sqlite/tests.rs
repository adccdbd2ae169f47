use super::*;
use crate::model::names::{RoleId, SessionId};
use crate::model::role::Strategy;
use crate::model::session::{Session, SessionState};
use crate::server::credentials::session_name::new_session_id;
use crate::server::sessions::Recorded;

const NOW: i64 = 1_795_411_975_000;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(NOW)
    }
}

fn store() -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("s.db"), &Fixed).unwrap();
    (folder, store)
}

fn mint(subject: &str, millis: i64) -> NewSession {
    NewSession {
        session: Session {
            id: new_session_id().unwrap(),
            subject: Subject::parse(subject).unwrap(),
            email: Some("a@example.com".into()),
            role: RoleId::parse("analyst").unwrap(),
            strategy: Strategy::WebIdentity,
            access_key_id: "ASIAEXAMPLE".into(),
            issued_at: Timestamp::from_millis(millis),
            expires_at: Timestamp::from_millis(millis).plus_seconds(900),
            state: SessionState::Live,
            source_ip: Some("192.0.2.1".into()),
            user_agent: None,
        },
        assumed_role_id: Some("AROA:x".into()),
        request_id: Some("r".into()),
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn block(folder: &tempfile::TempDir, subject: &str) {
    let connection = Connection::open(folder.path().join("s.db")).unwrap();
    connection.execute("INSERT INTO blocks (subject, since) VALUES (?1, 0)", [subject]).unwrap();
}

#[tokio::test]
async fn a_record_comes_back_and_survives_reopening() {
    let (folder, store) = store();
    let kept = mint("one", NOW);
    assert_eq!(store.record(kept.clone(), 30).await.unwrap(), Recorded::Kept);
    drop(store);
    let store = SqliteStore::open(&folder.path().join("s.db"), &Fixed).unwrap();
    let one = Subject::parse("one").unwrap();
    let page = store.of_subject(&one, None, at(NOW)).await.unwrap();
    assert_eq!((page.sessions, page.next), (vec![kept.session.clone()], None));
    let later = store.of_subject(&one, None, kept.session.expires_at).await.unwrap();
    assert_eq!(later.sessions[0].state, SessionState::Expired);
    assert!(store.of_subject(&Subject::parse("other").unwrap(), None, at(NOW)).await.unwrap().sessions.is_empty());
}

#[tokio::test]
async fn pages_are_whole_newest_first_and_without_gaps() {
    let (_folder, store) = store();
    let mut expected = Vec::new();
    for number in 0..250 {
        // Ten at a time share a millisecond.
        let mint = mint("one", NOW + number / 10);
        expected.push((mint.session.issued_at, mint.session.id.clone()));
        assert_eq!(store.record(mint, 1_000).await.unwrap(), Recorded::Kept);
    }
    expected.sort_by(|one, other| other.cmp(one));
    let (one, mut seen, mut cursor, mut pages) = (Subject::parse("one").unwrap(), Vec::new(), None::<String>, 0);
    loop {
        let page = store.of_subject(&one, cursor.as_deref(), at(NOW)).await.unwrap();
        seen.extend(page.sessions.into_iter().map(|session| (session.issued_at, session.id)));
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((pages, seen), (3, expected));
    assert!(matches!(store.of_subject(&one, Some("AAAA"), at(NOW)).await, Err(StoreError::Cursor)));
}

#[tokio::test]
async fn the_limit_holds_when_twenty_mints_arrive_at_once() {
    let (_folder, store) = store();
    let store = Arc::new(store);
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.record(mint("one", NOW + number), 5).await.unwrap() })
        })
        .collect();
    let mut kept = 0;
    for task in tasks {
        kept += usize::from(task.await.unwrap() == Recorded::Kept);
    }
    assert_eq!(kept, 5);
    let one = Subject::parse("one").unwrap();
    let last = at(NOW + 19);
    assert_eq!(store.record(mint("one", last.millis()), 5).await.unwrap(), store.admits(&one, 5, last).await.unwrap());
    assert_eq!(store.admits(&one, 5, last).await.unwrap(), Recorded::RateLimited { retry_after: 60 });
    assert_eq!(store.admits(&one, 5, last.plus_seconds(60)).await.unwrap(), Recorded::Kept);
    assert_eq!(store.admits(&one, 5, last.plus_seconds(-3_600)).await.unwrap(), Recorded::Kept, "the clock stepped back");
    assert_eq!(store.admits(&Subject::parse("other").unwrap(), 5, last).await.unwrap(), Recorded::Kept);
}

#[tokio::test]
async fn a_blocked_person_is_not_recorded() {
    let (folder, store) = store();
    block(&folder, "one");
    let one = Subject::parse("one").unwrap();
    assert_eq!(store.admits(&one, 30, at(NOW)).await.unwrap(), Recorded::Blocked);
    assert_eq!(store.record(mint("one", NOW), 30).await.unwrap(), Recorded::Blocked);
    assert!(store.of_subject(&one, None, at(NOW)).await.unwrap().sessions.is_empty());
    assert_eq!(store.record(mint("other", NOW), 30).await.unwrap(), Recorded::Kept);
}

#[tokio::test]
async fn one_bad_write_does_not_take_the_others_with_it() {
    let (_folder, store) = store();
    let first = mint("one", NOW);
    let mut again = mint("other", NOW);
    again.session.id = SessionId::parse(first.session.id.as_str()).unwrap();
    let (kept, refused, other) = tokio::join!(store.record(first, 30), store.record(again, 30), store.record(mint("third", NOW), 30));
    assert_eq!((kept.unwrap(), other.unwrap()), (Recorded::Kept, Recorded::Kept));
    assert!(matches!(refused, Err(StoreError::Failed(_))));
}

#[tokio::test]
async fn a_file_that_another_process_holds_is_an_error_and_then_works_again() {
    let (folder, store) = store();
    let other = Connection::open(folder.path().join("s.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(store.record(mint("one", NOW), 30).await, Err(StoreError::Failed(_))));
    assert!(store.ready().await.is_err());
    assert!(store.admits(&Subject::parse("one").unwrap(), 30, at(NOW)).await.is_ok(), "reading goes on");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(store.ready().await.is_ok());
    assert_eq!(store.record(mint("one", NOW), 30).await.unwrap(), Recorded::Kept);
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    std::fs::write(&path, "this is not a database, it is a sentence about databases, and a long one").unwrap();
    assert!(SqliteStore::open(&path, &Fixed).unwrap_err().to_string().contains("x.db"));
    assert!(SqliteStore::open(&folder.path().join("no/such/folder.db"), &Fixed).unwrap_err().to_string().contains("folder.db"));
    let newer = folder.path().join("newer.db");
    drop(SqliteStore::open(&newer, &Fixed).unwrap());
    Connection::open(&newer).unwrap().execute("INSERT INTO migrations VALUES (99, 0)", []).unwrap();
    assert!(matches!(SqliteStore::open(&newer, &Fixed), Err(OpenError::Newer { found: 99, .. })));
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, _store) = store();
    assert_eq!(std::fs::metadata(folder.path().join("s.db")).unwrap().permissions().mode() & 0o777, 0o600);
}
