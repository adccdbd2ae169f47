//! What every store must do, whatever it keeps its records in.
//!
//! `for_every_store` tells the names of the tests, so that a new one runs with every store.

use super::{DenyWritten, NewBlock, NewSession, Recorded, Refused, SessionStore, StoreError};
use crate::model::clock::Timestamp;
use crate::model::error::ErrorCode;
use crate::model::names::{RoleArn, RoleId, SessionId, Subject};
use crate::model::role::Strategy;
use crate::model::session::{EXPIRY_BAR_SECONDS, Enforced, Session, SessionFilter, SessionState};
use crate::server::credentials::deny::{DenyCondition, Reach};
use crate::server::credentials::session_name::new_session_id;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// 2026-11-23T05:32:55Z, not at the beginning of a bar.
pub(super) const NOW: i64 = 1_795_411_975_000;
/// Life of a session of these tests.
const LIFE: i64 = 900;

pub(super) type Store = Arc<dyn SessionStore>;

/// Hands the names of all tests of the suite to another macro, behind what is given.
macro_rules! for_every_store {
    ($each:ident, $($given:tt)*) => {
        $each! {
            $($given)*;
            a_record_comes_back,
            pages_are_whole_newest_first_and_without_gaps,
            the_limit_holds_when_twenty_mints_arrive_at_once,
            the_limit_slides_with_time,
            one_bad_write_does_not_take_the_others_with_it,
            a_blocked_person_is_not_recorded_until_the_block_is_lifted,
            a_block_that_stands_stays_as_it_is,
            after_a_block_nothing_is_recorded_whatever_was_under_way,
            a_list_is_narrowed,
            a_narrowed_list_has_pages_too,
            a_session_ends_once,
            what_is_to_be_denied,
            a_record_says_where_and_how_it_is_denied,
            roles_with_denies_are_remembered,
            figures_count_what_is_live,
            refused_mints_add_up_by_day_and_code,
        }
    };
}
pub(super) use for_every_store;

pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub(super) fn subject(text: &str) -> Subject {
    Subject::parse(text).unwrap()
}

pub(super) fn mint(subject: &str, millis: i64) -> NewSession {
    NewSession {
        session: Session {
            id: new_session_id().unwrap(),
            subject: Subject::parse(subject).unwrap(),
            email: Some(format!("{subject}@example.com")),
            role: RoleId::parse("analyst").unwrap(),
            strategy: Strategy::WebIdentity,
            access_key_id: "ASIAEXAMPLE".into(),
            issued_at: Timestamp::from_millis(millis),
            expires_at: Timestamp::from_millis(millis).plus_seconds(LIFE),
            state: SessionState::Live,
            source_ip: Some("192.0.2.1".into()),
            user_agent: None,
            ended_at: None,
            denied_at: None,
        },
        assumed_role_id: Some(format!("AROAEXAMPLE:{subject}.x")),
        reach: Some(Reach {
            role_arn: role_arn("portal-analyst"),
            session: Some(DenyCondition::UserId(format!("AROAEXAMPLE:{subject}.x"))),
            person: Some(DenyCondition::UserIdLike(format!("AROAEXAMPLE:{subject}.*"))),
        }),
        request_id: Some("r".into()),
    }
}

fn role_arn(name: &str) -> RoleArn {
    RoleArn::parse(format!("arn:aws:iam::111122223333:role/{name}")).unwrap()
}

pub(super) fn block_of(whom: &str, since: i64) -> NewBlock {
    NewBlock { subject: subject(whom), by: subject("admin"), by_email: Some("admin@example.com".into()), since: at(since) }
}

pub(super) async fn kept(store: &Store, mint: NewSession) -> Session {
    assert_eq!(store.record(mint.clone(), 1_000).await.unwrap(), Recorded::Kept);
    mint.session
}

/// The ids of a whole list, page by page, and how many pages it had.
pub(super) async fn listed(store: &Store, filter: &SessionFilter, now: i64) -> (Vec<SessionId>, usize) {
    let (mut ids, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
    loop {
        let page = store.list(filter, cursor.as_deref(), at(now)).await.unwrap();
        ids.extend(page.sessions.into_iter().map(|session| session.id));
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            return (ids, pages);
        }
    }
}

fn in_state(state: SessionState) -> SessionFilter {
    SessionFilter { state: Some(state), ..SessionFilter::default() }
}

fn of_user(user: &str) -> SessionFilter {
    SessionFilter { user: Some(user.to_owned()), ..SessionFilter::default() }
}

pub(super) async fn a_record_comes_back(store: Store) {
    let one = kept(&store, mint("one", NOW)).await;
    let page = store.of_subject(&one.subject, None, at(NOW)).await.unwrap();
    assert_eq!((page.sessions, page.next), (vec![one.clone()], None));
    let found = store.find(&one.id, at(NOW)).await.unwrap().unwrap();
    assert_eq!((found.session, found.assumed_role_id.as_deref()), (one.clone(), Some("AROAEXAMPLE:one.x")));
    let later = store.of_subject(&one.subject, None, one.expires_at).await.unwrap();
    assert_eq!(later.sessions[0].state, SessionState::Expired);
    assert!(store.of_subject(&subject("other"), None, at(NOW)).await.unwrap().sessions.is_empty());
    assert_eq!(store.find(&new_session_id().unwrap(), at(NOW)).await.unwrap(), None);
    let mut bare = mint("bare", NOW);
    (bare.session.email, bare.session.source_ip, bare.assumed_role_id, bare.request_id) = (None, None, None, None);
    let bare = kept(&store, bare).await;
    assert_eq!(store.find(&bare.id, at(NOW)).await.unwrap().unwrap().session, bare);
    store.ready().await.unwrap();
}

pub(super) async fn pages_are_whole_newest_first_and_without_gaps(store: Store) {
    let mut expected = Vec::new();
    for number in 0..250 {
        // Ten at a time share a millisecond.
        let mint = mint("one", NOW + number / 10);
        expected.push((mint.session.issued_at, mint.session.id.clone()));
        kept(&store, mint).await;
    }
    expected.sort_by(|one, other| other.cmp(one));
    let (one, mut seen, mut cursor, mut pages) = (subject("one"), Vec::new(), None::<String>, 0);
    loop {
        let page = store.of_subject(&one, cursor.as_deref(), at(NOW)).await.unwrap();
        seen.extend(page.sessions.into_iter().map(|session| (session.issued_at, session.id)));
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((pages, &seen), (3, &expected));
    let (all, pages) = listed(&store, &SessionFilter::default(), NOW + 1_000).await;
    assert_eq!((pages, all), (3, expected.into_iter().map(|(_, id)| id).collect()));
    assert!(matches!(store.of_subject(&one, Some("AAAA"), at(NOW)).await, Err(StoreError::Cursor)));
    assert!(matches!(store.list(&SessionFilter::default(), Some("AAAA"), at(NOW)).await, Err(StoreError::Cursor)));
}

pub(super) async fn the_limit_holds_when_twenty_mints_arrive_at_once(store: Store) {
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
    let (one, last) = (subject("one"), NOW + 19);
    assert!(matches!(store.record(mint("one", last), 5).await.unwrap(), Recorded::RateLimited { retry_after: 60 }));
    assert_eq!(store.admits(&one, 5, at(last)).await.unwrap(), Recorded::RateLimited { retry_after: 60 });
    assert_eq!(store.admits(&one, 5, at(last).plus_seconds(60)).await.unwrap(), Recorded::Kept);
    assert_eq!(store.admits(&one, 5, at(last).plus_seconds(-3_600)).await.unwrap(), Recorded::Kept, "the clock stepped back");
    assert_eq!(store.admits(&subject("other"), 5, at(last)).await.unwrap(), Recorded::Kept);
    assert_eq!(store.of_subject(&one, None, at(NOW)).await.unwrap().sessions.len(), 5);
}

pub(super) async fn the_limit_slides_with_time(store: Store) {
    let one = subject("one");
    for seconds in [0, 20, 40] {
        assert_eq!(store.record(mint("one", NOW + seconds * 1_000), 3).await.unwrap(), Recorded::Kept);
    }
    let over = |retry_after| Recorded::RateLimited { retry_after };
    assert_eq!(store.record(mint("one", NOW + 50_000), 3).await.unwrap(), over(10));
    assert_eq!(store.record(mint("one", NOW + 60_000), 3).await.unwrap(), Recorded::Kept);
    assert_eq!(store.record(mint("one", NOW + 60_000), 3).await.unwrap(), over(20));
    assert_eq!(store.admits(&one, 2, at(NOW + 60_000)).await.unwrap(), over(40));
    assert_eq!(store.admits(&one, 0, at(NOW + 900_000)).await.unwrap(), over(60));
}

pub(super) async fn one_bad_write_does_not_take_the_others_with_it(store: Store) {
    let first = mint("one", NOW);
    let mut again = mint("other", NOW);
    again.session.id = SessionId::parse(first.session.id.as_str()).unwrap();
    kept(&store, first.clone()).await;
    let (refused, other) = tokio::join!(store.record(again, 30), store.record(mint("third", NOW), 30));
    assert_eq!(other.unwrap(), Recorded::Kept);
    assert!(matches!(refused, Err(StoreError::Failed(_))), "an id is given once");
    assert_eq!(store.find(&first.session.id, at(NOW)).await.unwrap().unwrap().session, first.session);
}

pub(super) async fn a_blocked_person_is_not_recorded_until_the_block_is_lifted(store: Store) {
    let before = kept(&store, mint("one", NOW)).await;
    let block = store.block(block_of("one", NOW + 1)).await.unwrap();
    assert_eq!((block.since, block.email.as_deref(), block.by.clone()), (at(NOW + 1), Some("one@example.com"), Some(subject("admin"))));
    assert_eq!(store.blocks().await.unwrap(), vec![block.clone()]);
    let one = subject("one");
    assert_eq!(store.admits(&one, 30, at(NOW + 2)).await.unwrap(), Recorded::Blocked);
    assert_eq!(store.record(mint("one", NOW + 2), 30).await.unwrap(), Recorded::Blocked);
    assert_eq!(store.record(mint("other", NOW + 2), 30).await.unwrap(), Recorded::Kept);
    let state = async |now| store.find(&before.id, at(now)).await.unwrap().unwrap().session.state;
    assert_eq!(state(NOW + 2).await, SessionState::Blocked);
    assert_eq!(state(NOW + LIFE * 1_000).await, SessionState::Expired);
    assert_eq!(store.of_subject(&one, None, at(NOW + 2)).await.unwrap().sessions[0].state, SessionState::Blocked);
    assert_eq!(store.lift(&one).await.unwrap(), Some(block));
    assert_eq!(store.lift(&one).await.unwrap(), None);
    assert_eq!(state(NOW + 2).await, SessionState::Live);
    assert_eq!(store.record(mint("one", NOW + 3), 30).await.unwrap(), Recorded::Kept);
    assert!(store.blocks().await.unwrap().is_empty());
    // Nobody has to have minted to be blocked.
    assert_eq!(store.block(block_of("never-seen", NOW)).await.unwrap().email, None);
    assert_eq!(store.record(mint("never-seen", NOW), 30).await.unwrap(), Recorded::Blocked);
}

pub(super) async fn a_block_that_stands_stays_as_it_is(store: Store) {
    let first = store.block(block_of("one", NOW)).await.unwrap();
    let mut second = block_of("one", NOW + 5_000);
    second.by = subject("another-admin");
    assert_eq!(store.block(second).await.unwrap(), first);
    store.block(block_of("two", NOW + 1)).await.unwrap();
    let subjects: Vec<_> = store.blocks().await.unwrap().into_iter().map(|block| block.subject).collect();
    assert_eq!(subjects, [subject("two"), subject("one")], "newest first");
}

/// Mints of one person arrive from many sides while that person is blocked. What the store kept is
/// there; what it was asked after the block had returned is not.
pub(super) async fn after_a_block_nothing_is_recorded_whatever_was_under_way(store: Store) {
    let blocked = Arc::new(AtomicBool::new(false));
    let minting: Vec<_> = (0..8)
        .map(|task| {
            let (store, blocked) = (Arc::clone(&store), Arc::clone(&blocked));
            tokio::spawn(async move {
                let mut ids = Vec::new();
                for number in 0..25 {
                    assert_eq!(store.admits(&subject("other"), 10_000, at(NOW)).await.unwrap(), Recorded::Kept);
                    let mint = mint("one", NOW + task * 100 + number);
                    let id = mint.session.id.clone();
                    let was_blocked = blocked.load(Ordering::SeqCst);
                    match store.record(mint, 10_000).await.unwrap() {
                        Recorded::Kept => {
                            assert!(!was_blocked, "recorded after the block had returned");
                            ids.push(id);
                        }
                        Recorded::Blocked => {}
                        limited @ Recorded::RateLimited { .. } => panic!("{limited:?}"),
                    }
                }
                ids
            })
        })
        .collect();
    tokio::task::yield_now().await;
    store.block(block_of("one", NOW)).await.unwrap();
    blocked.store(true, Ordering::SeqCst);
    let mut kept = BTreeSet::new();
    for task in minting {
        kept.extend(task.await.unwrap());
    }
    let (there, _) = listed(&store, &of_user("one"), NOW).await;
    assert_eq!(there.into_iter().collect::<BTreeSet<_>>(), kept);
}

pub(super) async fn a_list_is_narrowed(store: Store) {
    let mut operator = mint("Ada", NOW + 1);
    operator.session.role = RoleId::parse("operator").unwrap();
    let ada = kept(&store, operator).await;
    let mut renamed = mint("9c1b", NOW + 2);
    renamed.session.email = Some("adam%_@Example.com".into());
    let adam = kept(&store, renamed).await;
    let zoe = kept(&store, mint("zoe", NOW + 3)).await;
    let old = kept(&store, mint("old", NOW - LIFE * 1_000)).await;
    let now = NOW + 10;
    let ids = async |filter: &SessionFilter| listed(&store, filter, now).await.0;
    assert_eq!(ids(&SessionFilter::default()).await, [&zoe, &adam, &ada, &old].map(|session| session.id.clone()));
    for (user, expected) in [
        ("ada", vec![&adam, &ada]),
        ("ADAM%", vec![&adam]),
        ("adam_", vec![]),
        ("ada%", vec![]),
        ("9c1", vec![&adam]),
        ("da", vec![]),
        ("zoe", vec![&zoe]),
        ("zoe@example.com", vec![&zoe]),
        ("zoe@example.comm", vec![]),
        ("", vec![&zoe, &adam, &ada, &old]),
    ] {
        assert_eq!(ids(&of_user(user)).await, expected.iter().map(|session| session.id.clone()).collect::<Vec<_>>(), "{user:?}");
    }
    let operators = SessionFilter { role: Some(RoleId::parse("operator").unwrap()), ..SessionFilter::default() };
    assert_eq!(ids(&operators).await, vec![ada.id.clone()]);
    assert_eq!(ids(&SessionFilter { user: Some("zoe".into()), ..operators.clone() }).await, []);

    store.block(block_of("zoe", NOW + 4)).await.unwrap();
    store.end(&adam.id, &subject("admin"), Enforced::Iam, at(now)).await.unwrap();
    store.end(&ada.id, &subject("admin"), Enforced::Expiry, at(now)).await.unwrap();
    let lee = kept(&store, mint("lee", NOW + 5)).await;
    for (state, expected) in [
        (SessionState::Live, &lee),
        (SessionState::Ending, &adam),
        (SessionState::Ended, &ada),
        (SessionState::Expired, &old),
        (SessionState::Blocked, &zoe),
    ] {
        let page = store.list(&in_state(state), None, at(now)).await.unwrap();
        let seen: Vec<_> = page.sessions.iter().map(|session| (&session.id, session.state)).collect();
        assert_eq!(seen, [(&expected.id, state)]);
        let both = SessionFilter { user: Some(expected.subject.to_string()), ..in_state(state) };
        assert_eq!(ids(&both).await, vec![expected.id.clone()], "{state:?}");
    }
    let much_later = NOW + 2 * LIFE * 1_000;
    assert_eq!(listed(&store, &in_state(SessionState::Ended), much_later).await.0, [adam.id.clone(), ada.id.clone()]);
    assert_eq!(listed(&store, &in_state(SessionState::Expired), much_later).await.0, [lee.id, zoe.id, old.id]);
    for state in [SessionState::Live, SessionState::Ending, SessionState::Blocked] {
        assert_eq!(listed(&store, &in_state(state), much_later).await.0, []);
    }
}

pub(super) async fn a_narrowed_list_has_pages_too(store: Store) {
    let mut expected = Vec::new();
    for number in 0..130 {
        let one = kept(&store, mint("one", NOW + number / 7)).await;
        expected.push((one.issued_at, one.id));
        kept(&store, mint("two", NOW + number)).await;
    }
    expected.sort_by(|one, other| other.cmp(one));
    let expected: Vec<_> = expected.into_iter().map(|(_, id)| id).collect();
    assert_eq!(listed(&store, &of_user("one"), NOW + 500).await, (expected.clone(), 2));
    let live = SessionFilter { user: Some("one".into()), ..in_state(SessionState::Live) };
    assert_eq!(listed(&store, &live, NOW + 500).await, (expected, 2));
    assert_eq!(listed(&store, &in_state(SessionState::Live), NOW + 500).await.0.len(), 260);
}

pub(super) async fn a_session_ends_once(store: Store) {
    let (admin, now) = (subject("admin"), NOW + 10_000);
    let one = kept(&store, mint("one", NOW)).await;
    let ended = store.end(&one.id, &admin, Enforced::Expiry, at(now)).await.unwrap().unwrap();
    assert_eq!((ended.session.state, ended.session.ended_at), (SessionState::Ended, Some(at(now))));
    let again = store.end(&one.id, &subject("else"), Enforced::Iam, at(now + 1)).await.unwrap().unwrap();
    assert_eq!(again, ended, "what has ended stays as it is");
    assert_eq!(store.find(&one.id, at(now + 2)).await.unwrap(), Some(ended));
    assert_eq!(store.record(mint("one", now), 30).await.unwrap(), Recorded::Kept, "the person may mint again");

    let old = kept(&store, mint("old", NOW - LIFE * 1_000)).await;
    let expired = store.end(&old.id, &admin, Enforced::Iam, at(now)).await.unwrap().unwrap();
    assert_eq!((expired.session.state, expired.session.ended_at), (SessionState::Expired, None));
    assert_eq!(store.end(&new_session_id().unwrap(), &admin, Enforced::Iam, at(now)).await.unwrap(), None);

    let two = kept(&store, mint("two", NOW)).await;
    store.block(block_of("two", NOW)).await.unwrap();
    store.end(&two.id, &admin, Enforced::Iam, at(now)).await.unwrap();
    store.lift(&subject("two")).await.unwrap();
    assert_eq!(store.find(&two.id, at(now)).await.unwrap().unwrap().session.state, SessionState::Ending, "a lift brings nothing back");
    let states: Vec<_> = store.unexpired_of(&subject("two"), at(now)).await.unwrap().into_iter().map(|two| two.session.state).collect();
    assert_eq!(states, [SessionState::Ending]);
    assert_eq!(store.unexpired_of(&subject("two"), two.expires_at).await.unwrap(), []);
}

pub(super) async fn what_is_to_be_denied(store: Store) {
    let admin = subject("admin");
    let ended = kept(&store, mint("ended", NOW)).await;
    let blocked = kept(&store, mint("blocked", NOW + 1)).await;
    let both = kept(&store, mint("blocked", NOW + 2)).await;
    kept(&store, mint("live", NOW)).await;
    let old = kept(&store, mint("blocked", NOW - LIFE * 1_000)).await;
    store.block(block_of("blocked", NOW + 3)).await.unwrap();
    store.end(&ended.id, &admin, Enforced::Iam, at(NOW + 4)).await.unwrap();
    store.end(&both.id, &admin, Enforced::Iam, at(NOW + 4)).await.unwrap();
    let to_deny = async |now| {
        let mut denials = store.to_deny(at(now)).await.unwrap();
        denials.sort_by_key(|denial| denial.issued_at);
        denials.into_iter().map(|denial| (denial.id, denial.ended, denial.blocked_since)).collect::<Vec<_>>()
    };
    let since = Some(at(NOW + 3));
    let all = [(ended.id.clone(), true, None), (blocked.id.clone(), false, since), (both.id.clone(), true, since)];
    assert_eq!(to_deny(NOW + 5).await, all);
    let first = store.to_deny(at(NOW + 5)).await.unwrap().into_iter().find(|denial| denial.id == ended.id).unwrap();
    assert_eq!(first.assumed_role_id.as_deref(), Some("AROAEXAMPLE:ended.x"));
    assert_eq!((first.subject, first.role, first.expires_at), (ended.subject, ended.role, ended.expires_at));

    let written = DenyWritten {
        sessions: vec![ended.id.clone(), both.id.clone(), old.id],
        people: vec![(subject("blocked"), at(NOW + 3)), (subject("nobody"), at(NOW))],
        at: at(NOW + 6),
    };
    store.denied(written.clone()).await.unwrap();
    store.denied(DenyWritten { at: at(NOW + 7), ..written }).await.unwrap();
    let found = store.find(&ended.id, at(NOW + 8)).await.unwrap().unwrap().session;
    assert_eq!((found.state, found.denied_at), (SessionState::Ended, Some(at(NOW + 6))));
    assert_eq!(store.blocks().await.unwrap()[0].denied_at, Some(at(NOW + 6)));
    assert_eq!(to_deny(NOW + 8).await, all, "denies stay until what they deny has expired");

    // A block that was lifted and put up again is not the one that IAM had taken.
    store.lift(&subject("blocked")).await.unwrap();
    assert_eq!(to_deny(NOW + 9).await, [(ended.id.clone(), true, None), (both.id.clone(), true, None)]);
    store.block(block_of("blocked", NOW + 10)).await.unwrap();
    store.denied(DenyWritten { sessions: vec![], people: vec![(subject("blocked"), at(NOW + 3))], at: at(NOW + 11) }).await.unwrap();
    assert_eq!(store.blocks().await.unwrap()[0].denied_at, None);
    assert_eq!(to_deny(NOW + LIFE * 1_000 + 2).await, []);
}

pub(super) async fn a_record_says_where_and_how_it_is_denied(store: Store) {
    let admin = subject("admin");
    let source = DenyCondition::SourceIdentity("two".into());
    let reaches = [
        mint("one", NOW).reach,
        Some(Reach { role_arn: role_arn("path/other"), session: None, person: Some(source) }),
        Some(Reach { role_arn: role_arn("nothing"), session: None, person: None }),
        // Of an earlier release.
        None,
    ];
    for (number, reach) in (0..).zip(reaches) {
        let who = format!("person-{number}");
        let blocked = NewSession { reach: reach.clone(), ..mint(&who, NOW + number) };
        let ended = NewSession { reach: reach.clone(), ..mint(&who, NOW + number) };
        let (blocked, ended) = (kept(&store, blocked).await, kept(&store, ended).await);
        store.block(block_of(&who, NOW + 10)).await.unwrap();
        let answer = store.end(&ended.id, &admin, Enforced::Iam, at(NOW + 11)).await.unwrap().unwrap();
        assert_eq!(answer.reach, reach);
        assert_eq!(store.find(&blocked.id, at(NOW + 12)).await.unwrap().unwrap().reach, reach);
        for stored in store.unexpired_of(&subject(&who), at(NOW + 12)).await.unwrap() {
            assert_eq!(stored.reach, reach);
        }
        let denials = store.to_deny(at(NOW + 12)).await.unwrap();
        let reaches: Vec<_> = denials.into_iter().filter(|denial| denial.subject.as_str() == who).map(|denial| denial.reach).collect();
        assert_eq!(reaches, [reach.clone(), reach]);
    }
}

pub(super) async fn roles_with_denies_are_remembered(store: Store) {
    let (one, two) = (role_arn("one"), role_arn("path/two"));
    assert_eq!(store.denied_roles().await.unwrap(), BTreeSet::new());
    store.mark_role(&one, false).await.unwrap();
    for role in [&one, &two, &one] {
        store.mark_role(role, true).await.unwrap();
    }
    assert_eq!(store.denied_roles().await.unwrap(), BTreeSet::from([one.clone(), two.clone()]));
    store.mark_role(&one, false).await.unwrap();
    assert_eq!(store.denied_roles().await.unwrap(), BTreeSet::from([two.clone()]));
    store.mark_role(&two, false).await.unwrap();
    assert_eq!(store.denied_roles().await.unwrap(), BTreeSet::new());
}

pub(super) async fn figures_count_what_is_live(store: Store) {
    let bar = EXPIRY_BAR_SECONDS * 1_000;
    let begin = (NOW / bar + 1) * bar;
    assert_eq!(store.figures(at(NOW)).await.unwrap(), super::Figures::default());
    for (who, expires) in [("one", begin), ("one", begin + bar - 1), ("two", begin + 2 * bar), ("blocked", begin), ("gone", NOW)] {
        let mut mint = mint(who, NOW - 1);
        mint.session.expires_at = at(expires);
        kept(&store, mint).await;
    }
    let ended = kept(&store, mint("three", NOW - 1)).await;
    store.end(&ended.id, &subject("admin"), Enforced::Iam, at(NOW)).await.unwrap();
    store.block(block_of("blocked", NOW)).await.unwrap();
    let figures = store.figures(at(NOW)).await.unwrap();
    assert_eq!((figures.sessions, figures.people, figures.within_hour, figures.ending), (3, 2, 3, 1));
    // Early enough that the one which is gone by now counts too.
    let early = begin + 2 * bar - 3_600_000;
    assert_eq!(store.figures(at(early - 1)).await.unwrap().within_hour, 3);
    assert_eq!(store.figures(at(early)).await.unwrap().within_hour, 4);
    let bars: Vec<_> = figures.expiries.iter().map(|bar| (bar.from.millis(), bar.sessions)).collect();
    assert_eq!(bars, [(begin, 2), (begin + 2 * bar, 1)]);
}

pub(super) async fn refused_mints_add_up_by_day_and_code(store: Store) {
    let day = NOW / 86_400_000;
    let refused = |day, code, mints| Refused { day, code, mints };
    let on = async |day| {
        let mut refused = store.refused_on(day).await.unwrap();
        refused.sort_by_key(|refused| refused.code.as_str());
        refused
    };
    assert_eq!(on(day).await, []);
    store.add_refused(&[refused(day, ErrorCode::Blocked, 2), refused(day - 1, ErrorCode::Blocked, 7)]).await.unwrap();
    // From several portals at once.
    let more = (0..10).map(|_| async {
        store.add_refused(&[refused(day, ErrorCode::RateLimited, 100), refused(day, ErrorCode::Blocked, 1)]).await.unwrap();
    });
    futures::future::join_all(more).await;
    assert_eq!(on(day).await, [refused(day, ErrorCode::Blocked, 12), refused(day, ErrorCode::RateLimited, 1_000)]);
    assert_eq!(on(day - 1).await, [refused(day - 1, ErrorCode::Blocked, 7)]);
    assert_eq!(on(day + 1).await, []);
}
