//! What is said of operations.

use crate::browser::format;
use crate::state::operations::{Count, Report, Shown, Standing, Work};
use crate::state::transfers::Chosen;

/// `12 objects`, `1 object`.
pub(in crate::pages) fn objects(number: u64) -> String {
    if number == 1 { "1 object".to_owned() } else { format!("{} objects", format::count(number)) }
}

/// What was chosen, by name where it is one.
pub(super) fn chosen(chosen: &[Chosen]) -> String {
    let folders = chosen.iter().filter(|chosen| matches!(chosen, Chosen::Folder(_))).count() as u64;
    match (chosen, folders) {
        ([Chosen::AllBut(_, but)], _) if but.is_empty() => "everything".to_owned(),
        ([Chosen::AllBut(_, but)], _) => format!("everything but {}", format::count(but.len() as u64)),
        ([one], _) => name(one.key()).to_owned(),
        (many, 0) => objects(many.len() as u64),
        (many, folders) => {
            let folders = if folders == 1 { "1 folder".to_owned() } else { format!("{} folders", format::count(folders)) };
            let rest = many.len() as u64 - many.iter().filter(|chosen| matches!(chosen, Chosen::Folder(_))).count() as u64;
            if rest == 0 { folders } else { format!("{folders} and {}", objects(rest)) }
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
    let verb = match (&shown.order.work, shown.undoes, over) {
        (_, true, false) => "Bringing back",
        (_, true, true) => "Bring back",
        (Work::Delete, ..) if over => "Delete",
        (Work::Delete, ..) => "Deleting",
        (Work::Copy(..), ..) if over => "Copy",
        (Work::Copy(..), ..) => "Copying",
        (Work::Move(..), ..) if over => "Move",
        (Work::Move(..), ..) => "Moving",
    };
    match destination(shown) {
        Some(to) if !shown.undoes => format!("{verb} {what} to {to}"),
        _ => format!("{verb} {what}"),
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
    let Report { done, failed, kept, newer, .. } = &shown.report;
    let Count { objects: all, .. } = shown.order.count;
    let mut parts = match &shown.standing {
        Standing::Running => vec![format!("{} of {}", format::count(done.objects), objects(all))],
        Standing::Over => vec![format!("{} {}", objects(done.objects), past(shown))],
        Standing::Stopped => vec![format!("stopped: {} {}", objects(done.objects), past(shown))],
        Standing::Failed(failure) => {
            vec![format!("{} {}", objects(done.objects), past(shown)), failure.message.clone(), failure.next_step.clone()]
        }
    };
    if *kept > 0 {
        parts.push(format!("{} left, because there is one of that name", objects(*kept)));
    }
    if *newer > 0 {
        parts.push(format!("{} came in the meantime and left alone", objects(*newer)));
    }
    if *failed > 0 {
        parts.push(format!("{} failed", objects(*failed)));
    }
    parts.join(" · ")
}

fn past(shown: &Shown) -> &'static str {
    match &shown.order.work {
        _ if shown.undoes => "brought back",
        Work::Delete => "deleted",
        Work::Copy(..) => "copied",
        Work::Move(..) => "moved",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::Object;

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
