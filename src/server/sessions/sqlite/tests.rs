use super::*;
use crate::server::sessions::suite::{self, NOW, at, block_of, for_every_store, kept, listed, mint, subject};
use crate::server::sessions::{Recorded, Refused, SessionStore};

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

mod as_every_store {
    use super::*;

    fn open() -> (tempfile::TempDir, suite::Store) {
        let (folder, store) = store();
        (folder, Arc::new(store))
    }

    macro_rules! one_test_each {
        (; $($name:ident),* $(,)?) => {
            $(#[tokio::test]
            async fn $name() {
                let (_folder, store) = open();
                suite::$name(store).await;
            })*
        };
    }
    for_every_store!(one_test_each,);
}

#[tokio::test]
async fn old_sessions_are_forgotten_and_blocks_are_not() {
    let (_folder, store) = store();
    let store: suite::Store = Arc::new(store);
    kept(&store, mint("old", NOW - 86_400_000)).await;
    let young = kept(&store, mint("young", NOW)).await;
    store.block(block_of("old", NOW - 86_400_000)).await.unwrap();
    let (today, long_ago) = (NOW / 86_400_000, NOW / 86_400_000 - 1);
    for day in [today, long_ago] {
        store.add_refused(&[Refused { day, code: crate::model::error::ErrorCode::Blocked, mints: 1 }]).await.unwrap();
    }
    while store.forget_expired(young.expires_at).await.unwrap() {}
    assert_eq!((store.refused_on(today).await.unwrap().len(), store.refused_on(long_ago).await.unwrap().len()), (1, 0));
    assert_eq!(listed(&store, &SessionFilter::default(), NOW).await.0, vec![young.id]);
    assert_eq!(store.blocks().await.unwrap().len(), 1);
    assert_eq!(store.admits(&subject("old"), 30, at(NOW)).await.unwrap(), Recorded::Blocked);
}

#[tokio::test]
async fn records_and_blocks_survive_reopening() {
    let (folder, store) = store();
    let kept = mint("one", NOW);
    assert_eq!(store.record(kept.clone(), 30).await.unwrap(), Recorded::Kept);
    let block = store.block(block_of("two", NOW)).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&folder.path().join("s.db"), &Fixed).unwrap();
    assert_eq!(store.of_subject(&subject("one"), None, at(NOW)).await.unwrap().sessions, vec![kept.session]);
    assert_eq!(store.blocks().await.unwrap(), vec![block]);
    assert_eq!(store.record(mint("two", NOW), 30).await.unwrap(), Recorded::Blocked);
}

/// What must survive the end of the machine is written with `synchronous = FULL`, mints with `NORMAL`.
#[tokio::test]
async fn ends_wait_for_the_disk_and_mints_do_not() {
    let (_folder, store) = store();
    for (durability, expected) in [(Durability::Process, 1), (Durability::Machine, 2), (Durability::Process, 1)] {
        let read = |connection: &Connection| Ok(connection.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0))?);
        assert_eq!(store.write(durability, read).await.unwrap(), expected, "{durability:?}");
    }
}

#[tokio::test]
async fn two_portals_on_one_file_see_each_others_blocks_and_mints() {
    let (folder, one) = store();
    let other = SqliteStore::open(&folder.path().join("s.db"), &Fixed).unwrap();
    for number in 0..4 {
        let store = if number % 2 == 0 { &one } else { &other };
        assert_eq!(store.record(mint("ada", NOW + number), 4).await.unwrap(), Recorded::Kept);
    }
    assert!(matches!(one.record(mint("ada", NOW + 5), 4).await.unwrap(), Recorded::RateLimited { .. }));
    one.block(block_of("bob", NOW)).await.unwrap();
    assert_eq!(other.record(mint("bob", NOW), 30).await.unwrap(), Recorded::Blocked);
}

/// What stands in the database's own words: each list is a search through an index, whatever the
/// filter.
#[tokio::test]
async fn no_list_reads_the_whole_table() {
    use crate::model::session::SessionState;
    let (folder, store) = store();
    let connection = Connection::open(folder.path().join("s.db")).unwrap();
    let states = [SessionState::Live, SessionState::Ending, SessionState::Ended, SessionState::Expired, SessionState::Blocked];
    let states = states.map(|state| SessionFilter { state: Some(state), ..SessionFilter::default() });
    let user = SessionFilter { user: Some("a".into()), ..SessionFilter::default() };
    let role = SessionFilter { role: crate::model::names::RoleId::parse("analyst").ok(), ..SessionFilter::default() };
    for filter in states.into_iter().chain([SessionFilter::default(), user, role]) {
        let plan = list::plan(&connection, &filter, at(NOW)).unwrap();
        assert!(!plan.iter().any(|step| step.contains("SCAN s") && !step.contains("INDEX")), "{filter:?}: {plan:#?}");
    }
    drop(store);
}

/// A beginning that many sessions share is searched in another way, and finds the same.
#[tokio::test]
async fn a_common_beginning_finds_all_and_nobody_else() {
    let (_folder, store) = store();
    let store: suite::Store = Arc::new(store);
    let mints: Vec<_> = (0..2_300).map(|number| mint(if number % 10 == 0 { "Zed" } else { "ada" }, NOW + number / 7)).collect();
    let mut expected: Vec<_> = mints
        .iter()
        .filter(|mint| mint.session.subject.as_str() == "ada")
        .map(|mint| (mint.session.issued_at, mint.session.id.clone()))
        .collect();
    expected.sort_by(|one, other| other.cmp(one));
    for some in mints.chunks(200) {
        let written = some.iter().map(|mint| store.record(mint.clone(), u32::MAX));
        assert!(futures::future::join_all(written).await.iter().all(|recorded| matches!(recorded, Ok(Recorded::Kept))));
    }
    for user in ["AD", "ada@example.com"] {
        let filter = SessionFilter { user: Some(user.to_owned()), ..SessionFilter::default() };
        let expected: Vec<_> = expected.iter().map(|(_, id)| id.clone()).collect();
        assert_eq!(listed(&store, &filter, NOW).await.0, expected, "{user}");
    }
}

#[tokio::test]
async fn a_file_that_another_process_holds_is_an_error_and_then_works_again() {
    let (folder, store) = store();
    let other = Connection::open(folder.path().join("s.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(store.record(mint("one", NOW), 30).await, Err(StoreError::Failed(_))));
    assert!(matches!(store.block(block_of("one", NOW)).await, Err(StoreError::Failed(_))));
    assert!(store.ready().await.is_err());
    assert!(store.admits(&subject("one"), 30, at(NOW)).await.is_ok(), "reading goes on");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(store.ready().await.is_ok());
    assert_eq!(store.record(mint("one", NOW), 30).await.unwrap(), Recorded::Kept);
}

/// A full disk as SQLite meets it: the file may not grow any more.
#[tokio::test]
async fn a_full_disk_is_an_error_and_takes_nothing_back() {
    let (folder, store) = store();
    assert_eq!(store.record(mint("one", NOW), 30).await.unwrap(), Recorded::Kept);
    store
        .write(Durability::Process, |connection| {
            let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
            connection.pragma_update(None, "max_page_count", pages)?;
            Ok(())
        })
        .await
        .unwrap();
    let mut kept = 1;
    let full = loop {
        let mut large = mint("other", NOW);
        large.session.user_agent = Some("x".repeat(4_000));
        match store.record(large, 1_000).await {
            Ok(Recorded::Kept) => kept += 1,
            other => break other,
        }
        assert!(kept < 100, "the file grows after all");
    };
    assert!(matches!(&full, Err(StoreError::Failed(cause)) if cause.contains("full")), "{full:?}");
    drop(store);
    let store = SqliteStore::open(&folder.path().join("s.db"), &Fixed).unwrap();
    let there = store.list(&Default::default(), None, at(NOW)).await.unwrap().sessions.len();
    assert_eq!(there, kept, "everything that was answered with success, and nothing else");
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

/// Linux's file system of processes takes no files of others, not even the superuser's.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    let refused = SqliteStore::open(Path::new("/proc/vestibule.db"), &Fixed).unwrap_err();
    assert!(matches!(refused, OpenError::File { .. }) && refused.to_string().contains("sessions.path /proc/vestibule.db"), "{refused}");
}

/// Half of the file is somebody else's bytes: the portal says so, and does not begin anew.
#[tokio::test]
async fn a_damaged_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.db");
    let store = SqliteStore::open(&path, &Fixed).unwrap();
    for number in 0..200 {
        store.record(mint("one", NOW + number), 1_000).await.unwrap();
    }
    drop(store);
    // The writer closes the file, and with it the write-ahead log, a moment after its last handle.
    let closed = || !folder.path().join("s.db-wal").exists();
    for _ in 0..500 {
        if closed() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(closed());
    let mut bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[4_096..half].fill(0xAA);
    std::fs::write(&path, bytes).unwrap();
    let outcome = match SqliteStore::open(&path, &Fixed) {
        Err(error) => error.to_string(),
        Ok(store) => store.list(&Default::default(), None, at(NOW)).await.unwrap_err().to_string(),
    };
    assert!(outcome.contains("malformed") || outcome.contains("not a database"), "{outcome}");
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, _store) = store();
    assert_eq!(std::fs::metadata(folder.path().join("s.db")).unwrap().permissions().mode() & 0o777, 0o600);
}
