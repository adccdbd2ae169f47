//! What is said of operations.

use crate::state::operations::{Count, Report, Shown, Standing, Work};
use crate::state::transfers::Chosen;
use crate::words::{t, tn};

/// `12 objects`, `1 object`.
pub(in crate::pages) fn objects(number: u64) -> String {
    tn!(number, "{count} object", "{count} objects")
}

/// What was chosen, by name where it is one.
pub(super) fn chosen(chosen: &[Chosen]) -> String {
    let folders = chosen.iter().filter(|chosen| matches!(chosen, Chosen::Folder(_))).count() as u64;
    match (chosen, folders) {
        ([Chosen::AllBut(_, but)], _) if but.is_empty() => t!("everything").to_owned(),
        ([Chosen::AllBut(_, but)], _) => tn!(but.len(), "everything but {count}", "everything but {count}"),
        ([one], _) => name(one.key()).to_owned(),
        (many, 0) => objects(many.len() as u64),
        (many, folders) => {
            let rest = many.len() as u64 - folders;
            let folders = tn!(folders, "{count} folder", "{count} folders");
            if rest == 0 { folders } else { t!("{folders} and {objects}", folders = folders, objects = objects(rest)) }
        }
    }
}

/// The last part of a key or prefix, a folder's with its slash.
pub(super) fn name(key: &str) -> &str {
    let bare = key.strip_suffix('/').unwrap_or(key);
    &key[bare.rfind('/').map_or(0, |at| at + 1)..]
}

/// What an operation does, for its line in the panel.
pub(super) fn title(shown: &Shown) -> String {
    let picked: Vec<Chosen> = shown.order.picks.iter().map(|pick| pick.what.clone()).collect();
    let (what, over) = (chosen(&picked), shown.standing != Standing::Running);
    match (&shown.order.work, destination(shown).unwrap_or_default()) {
        _ if shown.undoes && over => t!("Bring back {what}", what = what),
        _ if shown.undoes => t!("Bringing back {what}", what = what),
        (Work::Delete, _) if over => t!("Delete {what}", what = what),
        (Work::Delete, _) => t!("Deleting {what}", what = what),
        (Work::Copy(..), to) if over => t!("Copy {what} to {place}", what = what, place = to),
        (Work::Copy(..), to) => t!("Copying {what} to {place}", what = what, place = to),
        (Work::Move(..), to) if over => t!("Move {what} to {place}", what = what, place = to),
        (Work::Move(..), to) => t!("Moving {what} to {place}", what = what, place = to),
    }
}

/// Where it goes: the copy itself where there is one, else the folder of all.
fn destination(shown: &Shown) -> Option<String> {
    let (Work::Copy(place, _) | Work::Move(place, _)) = &shown.order.work else { return None };
    let to = match shown.order.picks.as_slice() {
        [one] => one.to.as_str(),
        [first, ..] => first.to.strip_suffix(name(&first.to)).unwrap_or_default(),
        [] => return None,
    };
    Some(format!("{}/{to}", place.name))
}

/// How far it is, or what became of it.
pub(super) fn standing(shown: &Shown) -> String {
    let Report { done, failed, kept, newer, perhaps_less, irrevocable, under_way, unanswered, .. } = &shown.report;
    let Count { objects: all, .. } = shown.order.count;
    let mut parts = match &shown.standing {
        Standing::Running => vec![tn!(all, "{done} of {count} object", "{done} of {count} objects", done = done.objects, count = all)],
        Standing::Over => vec![past(shown)],
        Standing::Stopped => vec![t!("stopped: {done}", done = past(shown))],
        Standing::Failed(failure) => vec![past(shown), failure.message.clone(), failure.next_step.clone()],
    };
    let halves = under_way + unanswered;
    if halves > 0 && shown.standing != Standing::Running {
        parts.push(halfway(&shown.order.work, halves));
    }
    if *kept > 0 {
        parts.push(tn!(
            *kept,
            "{count} object left, because there is one of that name",
            "{count} objects left, because there is one of that name"
        ));
    }
    if *perhaps_less > 0 {
        parts.push(tn!(
            *perhaps_less,
            "{count} copy may lack metadata or tags that are hidden from this page",
            "{count} copies may lack metadata or tags that are hidden from this page"
        ));
    }
    if *irrevocable > 0 {
        parts.push(tn!(
            *irrevocable,
            "{count} object cannot be brought back from here",
            "{count} objects cannot be brought back from here"
        ));
    }
    if *newer > 0 {
        parts.push(tn!(
            *newer,
            "{count} object came in the meantime and left alone",
            "{count} objects came in the meantime and left alone"
        ));
    }
    if *failed > 0 {
        parts.push(tn!(*failed, "{count} object failed", "{count} objects failed"));
    }
    parts.join(" · ")
}

/// What it was in the middle of when it ended.
fn halfway(work: &Work, number: u64) -> String {
    match work {
        Work::Delete => tn!(
            number,
            "{count} object perhaps deleted too, and not to be brought back from here",
            "{count} objects perhaps deleted too, and not to be brought back from here"
        ),
        Work::Copy(..) => tn!(number, "{count} object perhaps copied too", "{count} objects perhaps copied too"),
        Work::Move(..) => tn!(
            number,
            "{count} object copied or about to be, whose original may still be there; it is moved again only where objects of the same name may be replaced",
            "{count} objects copied or about to be, whose originals may still be there; they are moved again only where objects of the same name may be replaced"
        ),
    }
}

/// What was done.
fn past(shown: &Shown) -> String {
    let done = shown.report.done.objects;
    match &shown.order.work {
        _ if shown.undoes => tn!(done, "{count} object brought back", "{count} objects brought back"),
        Work::Delete => tn!(done, "{count} object deleted", "{count} objects deleted"),
        Work::Copy(..) => tn!(done, "{count} object copied", "{count} objects copied"),
        Work::Move(..) => tn!(done, "{count} object moved", "{count} objects moved"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::s3::upload::Existing;
    use crate::model::location::{AddressingStyle, Location, Signing};
    use crate::model::names::RoleId;
    use crate::model::object::Object;
    use crate::state::operations::Order;

    #[test]
    fn what_it_was_in_the_middle_of_is_told_when_it_ended() {
        let location = Location {
            name: "b".into(),
            region: String::new(),
            endpoint: String::new(),
            style: AddressingStyle::Path,
            prefix: String::new(),
            permissions: Vec::new(),
            sign: Signing::Query,
        };
        let order = Order {
            role: RoleId::parse("analyst").unwrap(),
            from: location.clone(),
            picks: Vec::new(),
            work: Work::Move(location, Existing::Keep),
            count: Count { objects: 9, bytes: 9, large: 0, newest: None },
            knowing: false,
        };
        let report =
            Report { done: Count { objects: 2, bytes: 2, large: 0, newest: None }, under_way: 3, unanswered: 1, ..Report::default() };
        let mut shown = Shown { order: order.into(), undoes: false, report, revocable: false, standing: Standing::Running };
        assert_eq!(standing(&shown), "2 of 9 objects");
        shown.standing = Standing::Stopped;
        let said = standing(&shown);
        assert!(
            said.starts_with("stopped: 2 objects moved · 4 objects copied or about to be, whose originals may still be there"),
            "{said}"
        );
    }

    #[test]
    fn what_was_chosen_is_named() {
        let object = |key: &str| {
            Chosen::Object(Object { key: key.into(), size: 1, last_modified: None, etag: String::new(), storage_class: String::new() })
        };
        let folder = |prefix: &str| Chosen::Folder(prefix.into());
        assert_eq!(chosen(&[object("a/b.txt")]), "b.txt");
        assert_eq!(chosen(&[folder("a/b/")]), "b/");
        assert_eq!(chosen(&[object("a"), object("b")]), "2 objects");
        assert_eq!(chosen(&[folder("a/"), object("b")]), "1 folder and 1 object");
        assert_eq!(chosen(&[folder("a/"), folder("b/")]), "2 folders");
        let but = |keys: &[&str]| [Chosen::AllBut("a/".into(), std::sync::Arc::new(keys.iter().map(|key| (*key).into()).collect()))];
        assert_eq!(chosen(&but(&[])), "everything");
        assert_eq!(chosen(&but(&["a/b", "a/c/"])), "everything but 2");
        assert_eq!(["a", "/", "a//", "a/b/"].map(name), ["a", "/", "/", "b/"]);
    }
}
