//! Against an S3 in memory that lists three at a time and gets into whatever trouble a test asks for.

mod world;

use super::*;
use crate::model::object::Object;
use crate::state::exchange::tests::Script;
use futures::FutureExt;
use futures::executor::block_on;
use proptest::prelude::*;
use std::sync::Arc;
use world::{COUNTED, GIBIBYTE, Trouble, World, ok, place};

fn folder(prefix: &str, to: &str) -> Vec<Pick> {
    vec![Pick { what: Chosen::Folder(prefix.into()), to: to.into() }]
}

fn moves() -> Work {
    Work::Move(place(), Existing::Keep)
}

fn copies() -> Work {
    Work::Copy(place(), Existing::Keep)
}

#[test]
fn a_folder_is_counted_and_deleted_whole() {
    let world = World::with(&["a/1", "a/2", "a/b/3", "a/b/4", "a/5", "b"]);
    let picks = folder("a/", "");
    let (count, _) = world.operation(&picks, async |operation| operation.count(&|_| {}).await);
    assert_eq!(count.unwrap(), Count { objects: 5, bytes: 10 + 11 + 12 + 13 + 14, large: 0, newest: Some(COUNTED) });
    let (outcome, report) = world.run(&picks, &Work::Delete);
    outcome.unwrap();
    assert_eq!(world.keys(), ["b"]);
    assert_eq!((report.done.objects, report.failed, report.irrevocable), (5, 0, 5));
    assert_eq!(world.count_of("deletes"), 2, "a page at a time");
}

#[test]
fn everything_but_some_is_counted_and_moved_without_them() {
    let names = ["a/", "a/1", "a/2", "a/b/3", "a/b/4", "a/bb", "a/c/5", "b"];
    let world = World::with(&names);
    let but = Arc::new(["a/2", "a/b/"].map(str::to_owned).into());
    let picks = [Pick { what: Chosen::AllBut("a/".into(), but), to: "a/b/".into() }];
    let (count, _) = world.operation(&picks, async |operation| operation.count(&|_| {}).await);
    assert_eq!(count.unwrap().objects, 4);
    // What it goes to is left out, and may therefore be in it.
    let (outcome, report) = world.run(&picks, &moves());
    outcome.unwrap();
    assert_eq!(world.keys(), ["a/2", "a/b/", "a/b/1", "a/b/3", "a/b/4", "a/b/bb", "a/b/c/5", "b"]);
    assert_eq!((report.done.objects, report.failed), (4, 0));
    let into_itself = [Pick { what: picks[0].what.clone(), to: "a/x/".into() }];
    assert!(world.run(&into_itself, &moves()).0.is_err());
    let (outcome, _) =
        world.run(&[Pick { what: Chosen::AllBut("".into(), Arc::new(["a/".to_owned()].into())), to: String::new() }], &Work::Delete);
    outcome.unwrap();
    assert!(!world.keys().contains(&"b".to_owned()) && world.keys().len() == 7);
}

#[test]
fn what_came_after_the_count_stays() {
    let world = World::with(&["a/1", "a/2"]);
    // The clock of S3 is an hour ahead of the page's.
    let write = |key, seconds| world.objects.borrow_mut().get_mut(key).unwrap().written = COUNTED.plus_seconds(seconds);
    write("a/1", 3_600);
    write("a/2", 3_599);
    let picks = folder("a/", "");
    let (newest, _) = world.operation(&picks, async |operation| operation.count(&|_| {}).await.unwrap().newest);
    write("a/2", 3_601);
    let (outcome, report) = world.operation(&picks, async |operation| operation.run(&Work::Delete, newest).await);
    outcome.unwrap();
    assert_eq!(world.keys(), ["a/2"]);
    assert_eq!((report.done.objects, report.newer), (1, 1));
    let picks = [Pick { what: world.object("a/2"), to: String::new() }];
    let (_, report) = world.run(&picks, &Work::Delete);
    assert_eq!((report.done.objects, report.newer), (1, 0), "what was picked by itself is meant");
}

#[test]
fn every_name_is_deleted_in_the_way_that_can_name_it() {
    let names = ["a/../x", "a/\u{1}", "a/é & <b>", "a/line\r\nfeed", "a/."];
    let world = World::with(&names);
    let (outcome, report) = world.run(&folder("a/", ""), &Work::Delete);
    outcome.unwrap();
    assert_eq!((world.keys().len(), report.done.objects), (0, 5), "{report:?}");
    assert_eq!(world.count_of("delete a/\u{1}"), 1);
}

#[test]
fn what_s3_refuses_or_leaves_out_is_named() {
    let world = World::with(&["a/1", "a/locked"]);
    let (outcome, report) = world.run(&folder("a/", ""), &Work::Delete);
    outcome.unwrap();
    assert_eq!(world.keys(), ["a/locked"]);
    assert_eq!((report.done.objects, report.failed), (1, 1));
    assert_eq!(report.failures[0].0, "a/locked");
    assert!(report.failures[0].1.message.starts_with("Your role may not delete a/locked"), "{:?}", report.failures);
}

#[test]
fn a_delete_in_a_versioned_bucket_is_undone() {
    let world = World::with(&["a/1", "a/2", "a/3", "a/4"]);
    world.versioned.set(true);
    let (_, report) = world.run(&folder("a/", ""), &Work::Delete);
    assert_eq!((world.keys().len(), report.markers.len(), report.irrevocable), (0, 4, 0));
    let (outcome, report) = world.undo(report);
    outcome.unwrap();
    assert_eq!((report.done.objects, report.markers.len()), (4, 0));
    assert_eq!(world.keys(), ["a/1", "a/2", "a/3", "a/4"]);
}

#[test]
fn what_an_undo_did_not_bring_back_can_be_tried_again() {
    let world = World::default();
    let markers = ["a/1", "a/locked", "a/2"].map(|key| (key.to_owned(), "marker 7".to_owned())).to_vec();
    let (outcome, report) = world.undo(Report { markers, ..Report::default() });
    outcome.unwrap();
    assert_eq!((report.done.objects, report.failed, world.keys()), (2, 1, vec!["a/1".to_owned(), "a/2".to_owned()]));
    assert_eq!(report.markers, [("a/locked".to_owned(), "marker 7".to_owned())]);
    let world = world.trouble("deletes", Trouble::Refused(403, "AccessDenied"));
    let (outcome, report) = world.undo(report);
    assert!(outcome.is_err());
    assert_eq!(report.markers.len(), 1, "it ended the whole, and nothing is forgotten");
}

#[test]
fn an_undo_of_many_forgets_none_that_is_left() {
    let world = World::default();
    let key = |at: u32| if at % 700 == 3 { format!("a/{at}locked") } else { format!("a/{at}") };
    let markers: Vec<(String, String)> = (0..2_500).map(|at| (key(at), "marker 7".to_owned())).collect();
    let (outcome, report) = world.undo(Report { markers, ..Report::default() });
    outcome.unwrap();
    assert_eq!((report.done.objects, report.failed), (2_496, 4));
    assert_eq!(
        report.markers.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(),
        ["a/3locked", "a/703locked", "a/1403locked", "a/2103locked"]
    );
}

#[test]
fn what_may_have_two_markers_is_not_called_undoable() {
    for (trouble, irrevocable) in [(Trouble::LostAnswer, 2), (Trouble::LateError, 2), (Trouble::Refused(503, "SlowDown"), 0)] {
        let world = World::with(&["a/1", "a/2"]).trouble("deletes", trouble);
        world.versioned.set(true);
        let (_, report) = world.run(&folder("a/", ""), &Work::Delete);
        assert_eq!((report.done.objects, report.irrevocable), (2, irrevocable), "{trouble:?}");
        assert_eq!(report.markers.len() as u64, 2 - irrevocable, "{trouble:?}");
    }
}

#[test]
fn a_busy_or_silent_s3_is_asked_again() {
    for trouble in [Trouble::Refused(503, "SlowDown"), Trouble::Silence, Trouble::LateError, Trouble::LostAnswer] {
        let world = World::with(&["a/1", "a/2"]).trouble("deletes", trouble);
        let (outcome, report) = world.run(&folder("a/", ""), &Work::Delete);
        outcome.unwrap();
        assert_eq!((world.keys().len(), report.done.objects, report.failed), (0, 2, 0), "{trouble:?}");
    }
}

#[test]
fn a_listing_without_an_answer_is_asked_for_again() {
    let world = World::with(&["a/1", "a/2"]).trouble("list", Trouble::Silence);
    let (count, _) = world.operation(&folder("a/", ""), async |operation| operation.count(&|_| {}).await);
    assert_eq!(count.unwrap().objects, 2);
    let world = (0..8).fold(world, |world, _| world.trouble("list", Trouble::Silence));
    let (outcome, report) = world.run(&folder("a/", ""), &Work::Delete);
    outcome.unwrap();
    assert_eq!((world.keys().len(), report.done.objects), (0, 2));
}

#[test]
fn a_listing_that_turns_in_circles_is_not_taken_for_whole() {
    let world = World::with(&["a/1", "a/2", "a/3", "a/4"]);
    world.turns.set(true);
    let (count, _) = world.operation(&folder("a/", ""), async |operation| operation.count(&|_| {}).await);
    assert!(count.unwrap_err().message.contains("the same page"));
    assert!(world.run(&folder("a/", ""), &Work::Delete).0.is_err());
}

#[test]
fn a_folder_is_moved_whole() {
    let world = World::with(&["a/1", "a/2", "a/b/3", "a/b/4", "c/1"]);
    let (outcome, report) = world.run(&folder("a/", "c/a/"), &moves());
    outcome.unwrap();
    assert_eq!(world.keys(), ["c/1", "c/a/1", "c/a/2", "c/a/b/3", "c/a/b/4"]);
    assert_eq!((report.done.objects, report.failed, report.kept), (4, 0, 0));
}

#[test]
fn what_a_stopped_move_was_in_the_middle_of_is_counted() {
    let world = World::with(&["a/1", "a/2"]);
    world.stuck.set(Some("deletes"));
    let halves = |report: &Mutex<Report>| {
        let report = report.lock().unwrap();
        (report.under_way, report.unanswered)
    };
    let report = Mutex::default();
    let (role, from, picks) = (RoleId::parse("analyst").unwrap(), place(), folder("a/", "c/"));
    let operation = Operation { around: &world, role: &role, from: &from, picks: &picks, knowing: false, report: &report, tell: &|| {} };
    assert!(operation.run(&moves(), Some(COUNTED)).now_or_never().is_none());
    assert_eq!(halves(&report), (2, 0));
    world.stuck.set(Some("copy"));
    let (report, picks) = (Mutex::default(), folder("c/", "d/"));
    let operation = Operation { report: &report, picks: &picks, ..operation };
    assert!(operation.run(&moves(), Some(COUNTED)).now_or_never().is_none());
    assert_eq!(halves(&report), (0, 2));
}

#[test]
fn nothing_at_the_destination_is_lost() {
    for careless in [false, true] {
        let world = World::with(&["a/1", "a/2", "c/1"]);
        world.careless.set(careless);
        let (_, report) = world.run(&folder("a/", "c/"), &moves());
        assert_eq!(world.keys(), ["a/1", "c/1", "c/2"], "careless: {careless}");
        assert_eq!((report.done.objects, report.kept), (1, 1));
        assert_eq!(world.objects.borrow()["c/1"].size, 12, "what was there");
    }
    let world = World::with(&["a/1", "c/1"]);
    let (_, report) = world.run(&folder("a/", "c/"), &Work::Move(place(), Existing::Replace));
    assert_eq!((world.keys(), report.done.objects), (vec!["c/1".to_owned()], 1));
}

#[test]
fn an_original_stays_until_its_copy_is_there_and_whole() {
    for trouble in [Trouble::Halved, Trouble::Refused(403, "AccessDenied"), Trouble::Overwritten] {
        let world = World::with(&["a/1"]).trouble("copy c/1", trouble);
        let (outcome, report) = world.run(&folder("a/", "c/"), &moves());
        outcome.unwrap();
        assert!(world.keys().contains(&"a/1".to_owned()), "{trouble:?}");
        assert_eq!((report.done.objects, report.failed), (0, 1), "{trouble:?}: {report:?}");
    }
    // Written between the copy and the delete: the new one was not copied.
    let world = World::with(&["a/1"]).trouble("deletes", Trouble::Overwritten);
    let (_, report) = world.run(&folder("a/", "c/"), &moves());
    assert_eq!(world.objects.borrow()["a/1"].size, 4_711);
    assert!(report.failures[0].1.message.starts_with("It is copied, but the original may still be there."), "{report:?}");
}

#[test]
fn a_copy_whose_answer_was_lost_is_found() {
    let world = World::with(&["a/1"]).trouble("copy c/1", Trouble::LostAnswer);
    let (_, report) = world.run(&folder("a/", "c/"), &moves());
    assert_eq!((world.keys(), report.done.objects, report.kept), (vec!["c/1".to_owned()], 1, 0));
}

#[test]
fn a_move_costs_little_more_than_its_copies() {
    let keys: Vec<String> = (0..250).map(|at| format!("a/{at}")).collect();
    let world = World::with(&keys.iter().map(String::as_str).collect::<Vec<_>>());
    world.page.set(1_000);
    let (_, report) = world.run(&folder("a/", "c/"), &moves());
    assert_eq!((report.done.objects, report.failed, report.under_way), (250, 0, 0), "{report:?}");
    let sent = ["copy", "list", "deletes", "head"].map(|what| world.count_of(what));
    assert_eq!(sent, [250, 2 + 3, 3, 0], "what is there and where it goes are listed once, and the copies of each hundred");
}

#[test]
fn somebody_elses_object_is_not_taken_for_the_copy() {
    for existing in [Existing::Keep, Existing::Replace] {
        let world = World::with(&["a/1"]).trouble("copy c/1", Trouble::Rival);
        let (_, report) = world.run(&folder("a/", "c/"), &Work::Move(place(), existing));
        let objects = world.objects.borrow();
        let kept = existing == Existing::Keep;
        assert_eq!((objects.contains_key("a/1"), report.kept == 1, report.done.objects == 0), (kept, kept, kept), "{report:?}");
    }
}

#[test]
fn a_role_that_may_not_list_moves_by_what_a_head_says() {
    let world = World::with(&["a/1"]);
    world.narrow.set(true);
    let picks = [Pick { what: Chosen::Object(Object { etag: String::new(), ..world.stored("a/1") }), to: "c/1".into() }];
    let to = || Work::Move(world.place(), Existing::Keep);
    world.hides_etags.set(true);
    let (_, report) = world.run(&picks, &to());
    assert!(report.failures[0].1.message.starts_with("S3 does not tell pages the entity tag of a/1"), "{report:?}");
    assert_eq!((world.keys(), world.count_of("copy")), (vec!["a/1".to_owned()], 0), "nothing began");
    world.hides_etags.set(false);
    let (_, report) = world.run(&picks, &to());
    assert_eq!((world.keys(), report.done.objects, world.count_of("list")), (vec!["c/1".to_owned()], 1, 0), "{report:?}");
}

#[test]
fn what_is_gone_when_it_is_its_turn_is_named() {
    let world = World::with(&["a/1"]);
    let picks = [Pick { what: Chosen::Object(Object { etag: String::new(), ..world.stored("a/1") }), to: "c/1".into() }];
    world.objects.borrow_mut().clear();
    let (_, report) = world.run(&picks, &moves());
    assert_eq!(report.failures[0].1.message, "a/1 was written or deleted in the meantime.");
}

#[test]
fn a_delete_whose_answer_was_lost_is_a_delete() {
    let world = World::with(&["a/1", "a/2"]).trouble("deletes", Trouble::LostAnswer);
    let (_, report) = world.run(&folder("a/", "c/"), &moves());
    assert_eq!((world.keys(), report.done.objects, report.failed), (vec!["c/1".to_owned(), "c/2".to_owned()], 2, 0), "{report:?}");
}

#[test]
fn more_than_five_gibibytes_are_copied_in_parts() {
    let world = World::default();
    world.put("a/1", 12 * GIBIBYTE + 5);
    world.shows_all.set(true);
    let (outcome, report) = world.run(&folder("a/", "c/"), &moves());
    outcome.unwrap();
    assert_eq!((report.done.bytes, report.failed), (12 * GIBIBYTE + 5, 0), "{report:?}");
    assert_eq!(world.keys(), ["c/1"]);
    assert_eq!((world.objects.borrow()["c/1"].size, world.count_of("part c/1")), (12 * GIBIBYTE + 5, 25));
    assert_eq!(world.count_of("copy"), 0);
}

#[test]
fn what_may_have_more_than_is_seen_is_copied_and_not_moved_unasked() {
    let world = World::with(&["a/1"]);
    world.put("a/2", 6 * GIBIBYTE);
    let (_, report) = world.run(&folder("a/", "c/"), &moves());
    assert!(report.failures[0].1.message.contains("hidden from this page"), "{report:?}");
    assert_eq!((world.keys(), world.count_of("begin")), (vec!["a/2".to_owned(), "c/1".to_owned()], 0));
    let (_, report) = world.run(&folder("a/", "c/"), &copies());
    assert_eq!((report.done.objects, report.perhaps_less), (1, 1), "{report:?}");
    assert_eq!(world.keys(), ["a/2", "c/1", "c/2"]);
    let (count, _) = world.operation(&folder("a/", ""), async |operation| operation.count(&|_| {}).await);
    assert_eq!(count.unwrap().large, 1);
    world.knowing.set(true);
    let (_, report) = world.run(&folder("a/", "e/"), &moves());
    assert_eq!((report.done.objects, report.perhaps_less, report.failed), (1, 1, 0), "{report:?}");
    assert_eq!(world.keys(), ["c/1", "c/2", "e/2"]);
    world.put("a/2", 6 * GIBIBYTE);
    world.shows_all.set(true);
    let (_, report) = world.run(&folder("a/", "d/"), &copies());
    assert_eq!((report.done.objects, report.perhaps_less), (1, 0), "{report:?}");
}

#[test]
fn copies_stand_in_the_class_of_their_originals() {
    let world = World::with(&["a/1", "a/2"]);
    world.put("a/3", 6 * GIBIBYTE);
    for (key, class) in [("a/1", "STANDARD_IA"), ("a/3", "GLACIER_IR")] {
        world.objects.borrow_mut().get_mut(key).unwrap().class = class.into();
    }
    let (_, report) = world.run(&folder("a/", "c/"), &copies());
    assert_eq!(report.failed, 0, "{report:?}");
    let classes = ["c/1", "c/2", "c/3"].map(|key| world.stored(key).storage_class);
    assert_eq!(classes, ["STANDARD_IA", "", "GLACIER_IR"]);
    // Picked from a listing of before, by a role that may not list.
    world.narrow.set(true);
    let picks = [Pick { what: Chosen::Object(Object { etag: String::new(), ..world.stored("a/1") }), to: "d/1".into() }];
    let (_, report) = world.run(&picks, &Work::Copy(world.place(), Existing::Keep));
    assert_eq!((report.done.objects, world.stored("d/1").storage_class.as_str()), (1, "STANDARD_IA"), "{report:?}");
}

#[test]
fn a_copy_in_parts_that_fails_leaves_nothing_behind() {
    let world = World::default();
    world.put("a/1", 6 * GIBIBYTE);
    world.shows_all.set(true);
    let world = world.trouble("part c/1", Trouble::Refused(403, "AccessDenied"));
    let (_, report) = world.run(&folder("a/", "c/"), &moves());
    assert_eq!((world.keys(), report.failed, world.uploads.borrow().len()), (vec!["a/1".to_owned()], 1, 0));
    world.objects.borrow_mut().get_mut("a/1").unwrap().own = true;
    let (_, report) = world.run(&folder("a/", "c/"), &copies());
    assert!(report.failures[0].1.message.contains("metadata or tags of its own"), "{report:?}");
    assert_eq!(world.keys(), ["a/1"]);
}

#[test]
fn what_must_not_begin_does_not() {
    let world = World::with(&["a/1", "a/2"]);
    let narrow = Location { prefix: "c/".into(), ..place() };
    for (picks, work) in [
        (folder("a/", "a/b/"), moves()),
        (folder("a/", "a/"), copies()),
        (vec![Pick { what: world.object("a/1"), to: "a/1".into() }], moves()),
        (folder("a/", "d/"), Work::Copy(narrow, Existing::Keep)),
        (folder("a/", ""), copies()),
    ] {
        let (outcome, report) = world.run(&picks, &work);
        assert!(outcome.is_err(), "{picks:?}");
        assert_eq!(report, Report::default());
    }
    assert_eq!(world.sent.borrow().len(), 0);
    let (outcome, _) = world.run(&folder("a/", "ab/"), &moves());
    outcome.unwrap();
}

#[test]
fn a_listing_of_something_else_ends_it() {
    let strange = "<ListBucketResult><Contents><Key>b</Key><Size>1</Size></Contents></ListBucketResult>";
    let strange = Script::new([Ok(ok(&[], strange.to_owned()))]);
    let report = Mutex::default();
    let (role, from, picks) = (RoleId::parse("analyst").unwrap(), place(), folder("a/", ""));
    let operation = Operation { around: &strange, role: &role, from: &from, picks: &picks, knowing: false, report: &report, tell: &|| {} };
    let failure = block_on(operation.run(&Work::Delete, Some(COUNTED))).unwrap_err();
    assert!(failure.message.contains("not in a/"), "{failure:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever goes wrong, each object is at one of the two places or at both, and whole.
    #[test]
    fn no_object_is_ever_lost(
        names in proptest::collection::btree_set("[a-c/é]{1,4}", 1..12),
        troubles in proptest::collection::vec((0..4_usize, 0..5_usize), 0..8),
        careless: bool,
    ) {
        let world = World::default();
        world.careless.set(careless);
        let names: Vec<String> = names.iter().map(|name| format!("from/x{name}")).collect();
        for (at, name) in names.iter().enumerate() {
            world.put(name, 100 + at as u64);
        }
        for (which, what) in troubles {
            let which = ["copy", "head", "deletes", "list"][which];
            let what = [
                Trouble::Refused(500, "InternalError"),
                Trouble::Refused(403, "AccessDenied"),
                Trouble::LostAnswer,
                Trouble::Silence,
                Trouble::Refused(503, "SlowDown"),
            ][what];
            world.troubles.borrow_mut().push((which, what));
        }
        let (outcome, report) = world.run(&folder("from/", "to/"), &moves());
        let objects = world.objects.borrow();
        for (at, name) in names.iter().enumerate() {
            let copy = name.replacen("from/", "to/", 1);
            let sizes: Vec<u64> = [name, &copy].iter().filter_map(|key| objects.get(*key)).map(|stored| stored.size).collect();
            prop_assert!(!sizes.is_empty() && sizes.iter().all(|size| *size == 100 + at as u64), "{}", name);
        }
        let moved = names.iter().filter(|name| !objects.contains_key(*name)).count() as u64;
        prop_assert!(report.done.objects <= moved, "nothing is called done that is not");
        if outcome.is_ok() {
            prop_assert_eq!(report.done.objects + report.kept + report.failed, names.len() as u64);
        }
    }
}
