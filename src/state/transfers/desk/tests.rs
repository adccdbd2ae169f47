use super::super::record::tests::record;
use super::*;
use crate::aws::s3::upload::StoredPart;
use crate::browser::file::tests::file;
use crate::model::location::{AddressingStyle, Signing};

fn location() -> Location {
    Location {
        name: "b".into(),
        region: "eu-west-1".into(),
        endpoint: "http://127.0.0.1:3002".into(),
        style: AddressingStyle::Path,
        prefix: String::new(),
        permissions: Vec::new(),
        sign: Signing::Query,
    }
}

fn add(desk: &mut Desk, path: &str, size: u64) -> TransferId {
    desk.add(&RoleId::parse("analyst").unwrap(), &location(), "team/", file(path, size))
}

fn state(desk: &Desk, id: TransferId) -> TransferState {
    desk.shown(id).unwrap().state
}

#[test]
fn eight_at_a_time_in_the_order_in_which_they_came() {
    let mut desk = Desk::default();
    let ids: Vec<TransferId> = (0..11).map(|number| add(&mut desk, &format!("folder/{number}"), 1)).collect();
    let begun: Vec<TransferId> = std::iter::from_fn(|| desk.begin()).collect();
    assert_eq!(begun, ids[..8]);
    assert_eq!(desk.shown(ids[0]).unwrap().key, "team/folder/0");
    desk.remove(&[ids[8]]);
    desk.finish(ids[3], Ok(Outcome::Stored));
    assert_eq!(desk.begin(), Some(ids[9]), "what was cancelled is passed over");
    assert_eq!(desk.begin(), None);
}

#[test]
fn resting_and_going_on() {
    let mut desk = Desk::default();
    let (first, second) = (add(&mut desk, "a", 1), add(&mut desk, "b", 1));
    let (handle, _registration) = AbortHandle::new_pair();
    desk.begin();
    desk.item(first).unwrap().running = Some(handle.clone());
    desk.pause(first);
    desk.pause(second);
    assert!(handle.is_aborted());
    assert_eq!((state(&desk, first), state(&desk, second), desk.begin()), (TransferState::Paused, TransferState::Paused, None));
    desk.finish(first, Ok(Outcome::Stored));
    assert_eq!(state(&desk, first), TransferState::Paused, "what was aborted has no say any more");
    desk.resume(second);
    desk.resume(first);
    assert_eq!((desk.begin(), desk.begin()), (Some(second), Some(first)));
    desk.finish(second, Err(Failure::new("m", "n")));
    desk.resume(second);
    assert_eq!(desk.begin(), Some(second), "a second try");
}

#[test]
fn what_rests_would_be_missed() {
    let mut desk = Desk::default();
    let id = add(&mut desk, "a", 1);
    desk.begin();
    assert!(desk.is_unfinished());
    desk.pause(id);
    assert!(!desk.is_active() && desk.is_unfinished());
    desk.resume(id);
    desk.begin();
    desk.finish(id, Ok(Outcome::Stored));
    assert!(!desk.is_unfinished());
    desk.remember(record(), &location());
    assert!(!desk.is_unfinished(), "of an earlier page there is nothing more to lose");
}

#[test]
fn only_what_the_person_saw_is_replaced() {
    let mut desk = Desk::default();
    let id = add(&mut desk, "a", 1);
    desk.replace(id);
    assert_eq!(desk.item(id).unwrap().job.existing, Existing::Keep);
    desk.begin();
    desk.finish(id, Ok(Outcome::Exists));
    assert_eq!(desk.begin(), None);
    desk.replace(id);
    assert_eq!((desk.begin(), desk.item(id).unwrap().job.existing), (Some(id), Existing::Replace));
}

#[test]
fn the_same_file_takes_up_what_was_left() {
    let mut desk = Desk::default();
    desk.remember(record(), &location());
    desk.remember(record(), &location());
    assert_eq!(desk.ids(|state| *state == TransferState::Interrupted).len(), 1, "it is shown once");
    let role = RoleId::parse("analyst").unwrap();
    let mut other = file("k", 40);
    other.modified = 2;
    let other = desk.add(&role, &location(), "", other);
    assert_eq!(desk.item(other).unwrap().upload(), None, "another file begins anew");
    let mut kept = Desk::default();
    let mut kept_record = record();
    kept_record.key = "k".into();
    kept_record.path = "k".into();
    kept.remember(kept_record.clone(), &location());
    let id = kept.add(&role, &location(), "", file("k", 40));
    assert_eq!(kept.item(id).unwrap().upload().as_deref(), Some("u"));
    assert_eq!(kept.begin(), Some(id));
    assert_eq!(kept.item(id).unwrap().record("s"), Some(kept_record));
}

#[test]
fn keys_that_cannot_be_are_told_at_once() {
    let mut desk = Desk::default();
    for path in ["../up", "a/./b", &"x".repeat(1_020)] {
        let id = add(&mut desk, path, 1);
        assert!(matches!(state(&desk, id), TransferState::Failed(_)), "{path}");
        desk.resume(id);
        assert_eq!(desk.begin(), None);
    }
}

#[test]
fn what_could_not_be_read_is_told() {
    let mut desk = Desk::default();
    let role = RoleId::parse("analyst").unwrap();
    for what in [LeftOut::File("tree/a".into()), LeftOut::Folder("tree/inner".into())] {
        desk.leave_out(&role, &location(), "team/", what);
    }
    let shown: Vec<Transfer> =
        desk.ids(|state| matches!(state, TransferState::Failed(_))).iter().filter_map(|id| desk.shown(*id)).collect();
    assert_eq!(shown.iter().map(|transfer| transfer.key.as_str()).collect::<Vec<_>>(), ["team/tree/a", "team/tree/inner/"]);
    for transfer in shown {
        let TransferState::Failed(failure) = transfer.state else { panic!("failed") };
        assert!(failure.message.contains(transfer.path.trim_end_matches('/')) && !transfer.resumable);
        desk.resume(transfer.id);
    }
    assert_eq!(desk.begin(), None);
    let totals = desk.totals(0);
    assert_eq!((totals.failed, totals.resumable), (2, 0), "nothing is there to try again with");
}

#[test]
fn only_confirmed_bytes_count() {
    let mut desk = Desk::default();
    let (first, second, third) = (add(&mut desk, "a", 30), add(&mut desk, "b", 10), add(&mut desk, "c", 60));
    desk.begin();
    assert_eq!(desk.totals(0), Totals { files: 3, active: 3, bytes: 100, ..Totals::default() });
    let part = StoredPart { number: 1, etag: "e".into(), size: 20, checksum: None };
    desk.item(first).unwrap().progress.lock().unwrap().confirmed.insert(1, part);
    desk.pause(third);
    desk.totals(1_000);
    desk.begin();
    desk.finish(second, Ok(Outcome::Stored));
    let expected = Totals {
        files: 3,
        stored: 1,
        active: 1,
        paused: 1,
        bytes: 100,
        confirmed: 30,
        rate: Some(10),
        seconds_left: Some(1),
        ..Totals::default()
    };
    assert_eq!(desk.totals(2_000), expected);
    desk.clear();
    assert_eq!(desk.totals(2_000).files, 2);
}
