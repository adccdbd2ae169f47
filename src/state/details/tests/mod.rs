//! Against an S3 in memory with one object in it, which gets into whatever trouble a test asks for.

mod world;

use super::*;
use crate::aws::s3::copy::LARGEST;
use crate::model::location::Permission;
use futures::executor::block_on;
use world::{Trouble, World, subject, tag};

/// Looks, and then edits as `change` says.
fn edit(world: &World, change: impl FnOnce(&mut Edit)) -> Result<(), Failure> {
    let subject = subject();
    let desk = Desk::of(world, &subject);
    let shown = block_on(desk.look()).unwrap();
    let mut edit = Edit { loses_unseen: true, ..Edit::of(&shown) };
    change(&mut edit);
    block_on(desk.edit(&shown, &edit))
}

fn to_json(edit: &mut Edit) {
    edit.description.fields[Field::ContentType as usize] = "application/json".into();
}

#[test]
fn an_edit_changes_what_it_says_and_keeps_the_rest() {
    let world = World::new().with("x-amz-storage-class", "STANDARD_IA");
    edit(&world, to_json).unwrap();
    let headers = world.headers.borrow().clone();
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!((headers["x-amz-meta-author"].as_str(), headers["content-disposition"].as_str()), ("ada", "inline"));
    assert_eq!(headers["x-amz-storage-class"], "STANDARD_IA");
    assert_eq!(world.copied.borrow()["x-amz-tagging-directive"], "COPY");

    // Another class changes nothing else, and what cannot be seen is no obstacle.
    let world = World::exposing(&["etag"]);
    edit(&world, |edit| {
        edit.class = "GLACIER_IR".into();
        edit.loses_unseen = false;
    })
    .unwrap();
    assert_eq!(world.copied.borrow()["x-amz-metadata-directive"], "COPY");
    assert_eq!(world.headers.borrow()["x-amz-meta-author"], "ada");
}

#[test]
fn what_somebody_else_wrote_in_between_is_not_overwritten() {
    for (which, trouble) in [("head", Trouble::Overwritten), ("head", Trouble::Described), ("copy", Trouble::Overwritten)] {
        let world = World::new();
        let subject = subject();
        let desk = Desk::of(&world, &subject);
        let shown = block_on(desk.look()).unwrap();
        let mut edit = Edit { loses_unseen: true, ..Edit::of(&shown) };
        to_json(&mut edit);
        let world = world.trouble(which, trouble);
        let desk = Desk::of(&world, &subject);
        let failure = block_on(desk.edit(&shown, &edit)).unwrap_err();
        assert!(failure.message.contains("changed by somebody else"), "{trouble:?}: {failure:?}");
        assert_eq!(world.headers.borrow()["content-type"], "text/plain");
    }
}

#[test]
fn an_answer_that_is_lost_is_no_conflict() {
    let world = World::new().trouble("copy", Trouble::LostAnswer);
    edit(&world, to_json).unwrap();
    assert_eq!(world.count_of("copy"), 2, "the second finds another entity tag: that of the first");
    // Somebody else's is one all the same.
    let world = World::new().trouble("copy", Trouble::LostAnswer).trouble("copy", Trouble::Described);
    assert!(edit(&world, to_json).unwrap_err().message.contains("changed by somebody else"));
    let world = World::new().trouble("copy", Trouble::Refused(403, "AccessDenied"));
    assert!(edit(&world, to_json).unwrap_err().message.starts_with("Your role may not change a/k.txt"));
}

#[test]
fn what_cannot_be_seen_is_not_lost() {
    let of = |world: &World, edit: &dyn Fn(&mut Edit)| {
        let subject = subject();
        let desk = Desk::of(world, &subject);
        let shown = block_on(desk.look()).unwrap();
        let unseen = block_on(desk.unseen(&shown)).unwrap();
        let mut wanted = Edit::of(&shown);
        edit(&mut wanted);
        (wanted.bar(&shown, &Permission::ALL, &unseen), block_on(desk.edit(&shown, &wanted)).is_ok())
    };
    // Nothing is exposed: the listing tells entity tag and class, and the two headers would be lost.
    let hidden = World::exposing(&[]).with("x-amz-storage-class", "STANDARD_IA");
    let lost = vec![Field::ContentDisposition, Field::ContentEncoding];
    assert_eq!(of(&hidden, &to_json), (Some(Bar::Unseen(lost)), false));
    assert_eq!(hidden.count_of("copy"), 0);
    // The headers are exposed, so nothing of them is hidden; whether there is more metadata nobody knows.
    let usual = World::new();
    assert_eq!(of(&usual, &to_json), (Some(Bar::PerhapsMore), false));
    assert_eq!(usual.count_of("copy"), 0);
    assert_eq!(
        of(&usual, &|edit| {
            to_json(edit);
            edit.loses_unseen = true;
        }),
        (None, true)
    );
    // Where everything is exposed, everything is known.
    let open = World { exposed: None, ..World::new() };
    assert_eq!(of(&open, &to_json), (None, true));
    assert_eq!(of(&open, &|_| {}), (Some(Bar::Same), false));
}

#[test]
fn a_listing_tells_what_headers_hide() {
    let world = World::exposing(&[]).with("x-amz-storage-class", "GLACIER");
    let subject = subject();
    let shown = block_on(Desk::of(&world, &subject).look()).unwrap();
    assert_eq!((shown.etag.as_str(), shown.class.as_deref(), shown.archive), ("\"e1\"", Some("GLACIER"), Some(Archive::Frozen)));
    assert!(shown.silent.contains(&"ETag") && shown.description.own.is_empty());
    assert_eq!(Bar::of(&shown, &Permission::ALL), Some(Bar::Archived(Archive::Frozen)));
    // Without it nothing can be changed.
    let world = World { lists: false, ..World::exposing(&[]) };
    let shown = block_on(Desk::of(&world, &subject).look()).unwrap();
    assert_eq!(Bar::of(&shown, &Permission::ALL), Some(Bar::NoEntityTag));
    let world = World { lists: false, ..World::exposing(&["etag"]) };
    let shown = block_on(Desk::of(&world, &subject).look()).unwrap();
    assert_eq!(Bar::of(&shown, &Permission::ALL), Some(Bar::NoClass));
}

#[test]
fn why_an_object_cannot_be_edited() {
    let shown = Facts { etag: "e".into(), class: Some(String::new()), ..Facts::default() };
    assert_eq!(Bar::of(&shown, &Permission::ALL), None);
    assert_eq!(Bar::of(&shown, &[Permission::Read]), Some(Bar::Role(Permission::Write)));
    assert_eq!(Bar::of(&Facts { size: LARGEST + 1, ..shown.clone() }, &Permission::ALL), Some(Bar::TooLarge));
    let restored = Facts { archive: Some(Archive::Thawed), class: Some("GLACIER".into()), ..shown };
    assert_eq!(Bar::of(&restored, &Permission::ALL), None);
}

#[test]
fn tags_are_replaced_unless_they_are_others_by_now() {
    let subject = subject();
    let world = World::new();
    let desk = Desk::of(&world, &subject);
    let shown = block_on(desk.tags()).unwrap();
    let wanted = [tag("stage", "done"), tag("x", "")];
    block_on(desk.replace_tags(&shown, &wanted)).unwrap();
    assert_eq!(*world.tags.borrow(), wanted);
    assert!(block_on(desk.replace_tags(&shown, &[])).unwrap_err().message.contains("changed by somebody else"));
    assert_eq!(world.tags.borrow().len(), 2);
    assert!(block_on(desk.replace_tags(&wanted, &[tag("aws:x", "")])).unwrap_err().message.contains("AWS's own"));
    assert_eq!(world.count_of("tag"), 1);

    let world = World::new().trouble("tags", Trouble::Tagged);
    let failure = block_on(Desk::of(&world, &subject).replace_tags(&shown, &[])).unwrap_err();
    assert!(failure.message.contains("changed by somebody else"), "{failure:?}");
    let world = World::new().trouble("tag", Trouble::LostAnswer);
    block_on(Desk::of(&world, &subject).replace_tags(&shown, &[])).unwrap();
    assert!(world.tags.borrow().is_empty());
}

fn page(lines: &[(&str, &str, bool)], next: Option<usize>) -> String {
    let mut xml = format!("<ListVersionsResult><IsTruncated>{}</IsTruncated>", next.is_some());
    for (at, (key, id, is_marker)) in lines.iter().enumerate() {
        let (name, content) = if *is_marker { ("DeleteMarker", "") } else { ("Version", "<Size>3</Size><ETag>\"v\"</ETag>") };
        let latest = at == 0 && *id == "v3";
        xml += &format!("<{name}><Key>{key}</Key><VersionId>{id}</VersionId><IsLatest>{latest}</IsLatest>{content}</{name}>");
    }
    if let Some(next) = next {
        xml += &format!("<NextKeyMarker>a/k.txt</NextKeyMarker><NextVersionIdMarker>{next}</NextVersionIdMarker>");
    }
    xml + "</ListVersionsResult>"
}

#[test]
fn versions_are_those_of_the_object_alone() {
    let subject = subject();
    let pages = vec![
        page(&[("a/k.txt", "v3", true), ("a/k.txt", "v2", false)], Some(1)),
        page(&[("a/k.txt", "v1", false), ("a/k.txt.old", "v9", false)], Some(2)),
        "never asked for".to_owned(),
    ];
    let world = World { pages, ..World::new() };
    let desk = Desk::of(&world, &subject);
    let found = block_on(desk.versions()).unwrap();
    assert_eq!(found.iter().map(|version| version.id.as_str()).collect::<Vec<_>>(), ["v3", "v2", "v1"]);
    assert_eq!(world.count_of("versions"), 2);
    assert!(found[0].content.is_none() && block_on(desk.restore(&found[0])).is_err());
    block_on(desk.erase("v1")).unwrap();

    let world = World { pages: vec![page(&[("a/k.txt", "v3", false)], Some(0))], ..World::new() };
    assert!(block_on(Desk::of(&world, &subject).versions()).is_ok(), "a page that leads to itself is the last");
}

/// A page of (key, version, latest, marker), which goes on at another or ends.
fn folder_page(lines: &[(&str, &str, bool, bool)], next: Option<usize>) -> String {
    let mut xml = format!("<ListVersionsResult><IsTruncated>{}</IsTruncated>", next.is_some());
    for (at, (key, id, latest, is_marker)) in lines.iter().enumerate() {
        let (name, content) = if *is_marker { ("DeleteMarker", "") } else { ("Version", "<Size>3</Size><ETag>\"v\"</ETag>") };
        let time = format!("<LastModified>2026-11-25T10:00:{:02}Z</LastModified>", 59 - at);
        xml += &format!("<{name}><Key>{key}</Key><VersionId>{id}</VersionId><IsLatest>{latest}</IsLatest>{time}{content}</{name}>");
    }
    if let Some(next) = next {
        xml += &format!("<NextKeyMarker>a/m</NextKeyMarker><NextVersionIdMarker>{next}</NextVersionIdMarker>");
    }
    xml + "</ListVersionsResult>"
}

fn in_folder(pages: Vec<String>, so_far: Deleted) -> Deleted {
    let subject = Subject { key: "a/".into(), ..subject() };
    block_on(Desk::of(&World { pages, ..World::new() }, &subject).deleted(so_far)).unwrap()
}

fn markers(deleted: &Deleted) -> Vec<(&str, Vec<&str>)> {
    deleted.objects.iter().map(|hidden| (hidden.key.as_str(), hidden.markers.iter().map(String::as_str).collect())).collect()
}

#[test]
fn what_can_come_back_has_a_version_below_its_markers() {
    let first = folder_page(
        &[
            ("a/alive", "v1", true, false),
            ("a/alive", "m1", false, true),
            ("a/hollow", "m2", true, true),
            ("a/hollow", "m1", false, true),
            ("a/m", "m4", true, true),
        ],
        Some(1),
    );
    let second = folder_page(&[("a/m", "m3", false, true), ("a/m", "v2", false, false), ("a/m", "m1", false, true)], None)
        .replace("</ListVersionsResult>", "<CommonPrefixes><Prefix>a/f/</Prefix></CommonPrefixes></ListVersionsResult>");
    let found = in_folder(vec![first, second], Deleted::default());
    assert_eq!(markers(&found), [("a/m", vec!["m4", "m3"])]);
    assert_eq!((found.folders.as_slice(), found.reached()), (&["a/f/".to_owned()][..], None));

    // Versions first and markers behind them, as some services answer.
    let apart = [("a/k", "v1", false, false), ("a/z", "v1", true, false), ("a/k", "m1", true, true), ("a/l", "m1", true, true)];
    assert_eq!(markers(&in_folder(vec![folder_page(&apart, None)], Deleted::default())), [("a/k", vec!["m1"])]);
}

#[test]
fn a_long_folder_is_looked_through_in_steps() {
    // One key, which ends with the page behind the last of the first step.
    let mut pages: Vec<String> = (0..100).map(|at| folder_page(&[("a/m", "m", at == 0, true)], Some(at + 1))).collect();
    pages.push(folder_page(&[("a/m", "v1", false, false)], None));
    let step = in_folder(pages.clone(), Deleted::default());
    assert_eq!((markers(&step).len(), step.reached()), (0, Some("a/m")));
    let all = in_folder(pages, step);
    assert_eq!((all.objects[0].markers.len(), all.reached()), (100, None));
}

#[test]
fn every_marker_goes() {
    let (world, subject) = (World::new(), subject());
    block_on(Desk::of(&world, &subject).bring_back(&["v1".into(), "v1".into()])).unwrap();
    assert_eq!(world.count_of("delete"), 2);
}

#[test]
fn an_older_version_is_copied_as_it_was_listed() {
    let (world, subject) = (World::new(), subject());
    let desk = Desk::of(&world, &subject);
    let content = Content { size: 3, etag: "\"e1\"".into(), class: "STANDARD_IA".into() };
    let version = Version { key: subject.key.clone(), id: "v/1".into(), is_latest: false, written: None, content: Some(content) };
    block_on(desk.restore(&version)).unwrap();
    let copied = world.copied.borrow().clone();
    assert_eq!(copied["x-amz-copy-source"], "b/a/k.txt?versionId=v%2F1");
    assert_eq!((copied["x-amz-metadata-directive"].as_str(), copied["x-amz-storage-class"].as_str()), ("COPY", "STANDARD_IA"));
    let of = |change: &dyn Fn(&mut Content)| {
        let mut version = version.clone();
        version.content.iter_mut().for_each(change);
        block_on(desk.restore(&version)).unwrap_err().message
    };
    assert!(of(&|content| content.size = LARGEST + 1).contains("5 GiB"));
    assert!(of(&|content| content.class = "DEEP_ARCHIVE".into()).contains("archived"));
}
