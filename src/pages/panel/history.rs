//! The versions of an object: look at one, save it, bring it back, delete it for good.

use super::act::{Asking, barred_button, failed};
use super::object::{Seen, begin_save};
use super::words;
use crate::browser::format;
use crate::model::location::Permission;
use crate::pages::browse::class_name;
use crate::reactive::{RwSignal, StoredValue, effect};
use crate::state::details::{Subject, Version};
use crate::ui::button::button;
use crate::ui::confirm::{Question, confirm_as};
use crate::ui::piece::{IntoPiece, Piece, Tag, list, live, tag};
use crate::words::t;

/// Versions that are shown at first; the rest when they are asked for.
const AT_FIRST: usize = 20;

/// The section.
pub(super) fn history(seen: Seen) -> Piece {
    let content = match barred(&seen.desk.role(), &seen.permissions()) {
        Some(why) => tag("p").class("secondary small").child(why).piece(),
        None => open(seen),
    };
    tag("section").class("panel__section").set("aria-label", t!("Versions")).child(tag("h3").child(t!("Versions"))).child(content).piece()
}

fn open(seen: Seen) -> Piece {
    let shown = seen.desk.versions_shown;
    let asking = Asking::<Vec<Version>>::new();
    let look = move || {
        let (details, subject) = (seen.desk.details, seen.subject.get_value());
        asking.ask(async move { details.versions(&subject).await });
    };
    effect(move || {
        if shown.get() {
            look();
        }
    });
    let doomed = StoredValue::new(None::<Version>);
    let asked = RwSignal::new(None::<Question>);
    let agree = move || {
        let Some(version) = doomed.get_value() else { return };
        let (details, subject) = (seen.desk.details, seen.subject.get_value());
        let done = if version.content.is_some() { t!("The version is deleted for good.") } else { t!("The delete marker is gone.") };
        let then = move || {
            if seen.version.try_set(None).is_ok() {
                look();
            }
        };
        seen.desk.act(t!("Deleting"), done, async move { details.erase(&subject, &version.id).await }, then);
    };
    let all = RwSignal::new(false);
    let lines = live(move || {
        if !shown.get() {
            return ().piece();
        }
        match asking.outcome.get() {
            None => tag("p").class("secondary small").set("role", "status").child(t!("Asking S3")).piece(),
            Some(Err(failure)) => [failed(failure).piece(), button("button", t!("Try again"), look).piece()].piece(),
            Some(Ok(found)) => {
                let many = found.len();
                let cut = if all.get() { many } else { AT_FIRST };
                let only = found.iter().filter(|version| version.content.is_some()).count() == 1;
                let ask = move |version: Version, revives| {
                    asked.set(Some(question(seen, &version, only, revives)));
                    doomed.set_value(Some(version));
                };
                let rest =
                    (many > cut).then(|| button("button button--inline", t!("Show all {count}", count = many), move || all.set(true)));
                let none = (many == 1 && found[0].id == "null").then(|| {
                    tag("p").class("secondary small").child(t!("The bucket keeps no versions, or did not yet when this was written."))
                });
                // Below the newest marker may be another, or nothing.
                let revives = found.get(1).is_some_and(|below| below.content.is_some());
                let ask = move |version: Version| ask(version, revives);
                let lines = list(found.into_iter().take(cut).map(|version| line(seen, version, revives, ask, look)));
                [tag("ul").class("versions").set("aria-label", t!("Versions")).child(lines).piece(), rest.piece(), none.piece()].piece()
            }
        }
    });
    let toggle = button("button", live(move || if shown.get() { t!("Hide") } else { t!("Show") }.piece()), move || {
        shown.update(|shown| *shown = !*shown);
    })
    .live("aria-expanded", move || if shown.get() { "true" } else { "false" })
    .live("aria-label", move || if shown.get() { t!("Hide versions") } else { t!("Show versions") });
    [tag("div").class("panel__actions").child(toggle).piece(), lines, confirm_as("erase", asked, agree, || {}).piece()].piece()
}

/// `revives`: the object is there again without the newest marker.
fn line(
    seen: Seen,
    version: Version,
    revives: bool,
    ask: impl Fn(Version) + Copy + Send + 'static,
    look: impl Fn() + Copy + Send + 'static,
) -> Tag {
    let time = version.written.map(format::date_time).unwrap_or_default();
    let is_marker = version.content.is_none();
    let (mut facts, class) = match &version.content {
        Some(content) => (vec![format::size(content.size)], content.class.clone()),
        None => (vec![t!("Delete marker").to_owned()], String::new()),
    };
    if !class.is_empty() {
        facts.push(class_name(&class));
    }
    let badge = match (version.is_latest, is_marker) {
        (true, false) => Some(t!("newest")),
        (true, true) => Some(t!("hides the object")),
        _ => None,
    };
    let head = tag("div")
        .class("versions__head")
        .child(tag("span").set("title", version.written.map(format::date_time_long)).child(time.clone()))
        .child(badge.map(|badge| tag("span").class("panel__badge").child(badge)))
        .child(tag("span").class("secondary small").child(facts.join(" · ")));
    let class = "button button--inline";
    let delete_barred = seen.barred(Permission::Delete);
    let erase = {
        let version = version.clone();
        move || ask(version.clone())
    };
    let actions = if is_marker {
        let (label, name) = if version.is_latest && revives {
            (t!("Bring the object back"), t!("Bring the object back: the delete marker of {time}", time = time))
        } else {
            (t!("Take away"), t!("Take away the delete marker of {time}", time = time))
        };
        vec![barred_button(class, label, &name, delete_barred, erase)]
    } else {
        let read_barred = seen.barred(Permission::Read);
        let restore_barred = read_barred
            .clone()
            .or_else(|| seen.barred(Permission::Write))
            .or_else(|| version.is_latest.then(|| t!("It is the newest already.").to_owned()));
        let (id, name) = (version.id.clone(), time.clone());
        let show = move || seen.version.set(Some((id.clone(), name.clone())));
        let save = {
            let id = version.id.clone();
            move || begin_save(seen, Subject { version: Some(id.clone()), ..seen.subject.get_value() })
        };
        let restore = {
            let version = version.clone();
            move || {
                let (details, subject, version) = (seen.desk.details, seen.subject.get_value(), version.clone());
                let then = move || {
                    if seen.version.try_set(None).is_ok() {
                        look();
                    }
                };
                let done = t!("Restored: what it was is now the newest version.");
                seen.desk.act(t!("Restoring"), done, async move { details.restore(&subject, &version).await }, then);
            }
        };
        vec![
            barred_button(class, t!("Look at"), &t!("Look at the version of {time}", time = time), read_barred.clone(), show),
            barred_button(class, t!("Download"), &t!("Download the version of {time}", time = time), read_barred, save),
            barred_button(class, t!("Restore"), &t!("Restore the version of {time}", time = time), restore_barred, restore),
            barred_button(
                "button button--inline bad",
                t!("Delete…"),
                &t!("Delete… the version of {time}", time = time),
                delete_barred,
                erase,
            ),
        ]
    };
    tag("li").class("versions__line").child(head).child(tag("div").class("versions__actions").children(actions))
}

/// Before a version goes for good. `only`: there is no other. `revives`: as in [`line`].
fn question(seen: Seen, version: &Version, only: bool, revives: bool) -> Question {
    let key = seen.subject.with_value(|subject| subject.key.clone());
    let mut facts = vec![(t!("Object"), key), (t!("Written"), version.written.map(format::date_time_long).unwrap_or_default())];
    let Some(content) = &version.content else {
        let sentence = match (version.is_latest, revives) {
            (true, true) => t!("The delete marker goes, and the object is there again as it was before it was deleted."),
            (true, false) => t!("The delete marker goes. The object stays deleted, because no version of it comes next."),
            (false, _) => t!("The delete marker goes. It hides nothing, because there are newer versions."),
        };
        return Question {
            title: t!("Take the delete marker away?").to_owned(),
            facts,
            sentences: vec![sentence.to_owned()],
            verb: t!("Take it away").to_owned(),
            ..Question::default()
        };
    };
    facts.push((t!("Size"), format::size(content.size)));
    facts.push((t!("Version"), version.id.clone()));
    let mut sentences = vec![t!("A version that is deleted is gone for good: there is no undo, and nobody can bring it back.").to_owned()];
    if only {
        sentences.push(t!("It is the only one: the object itself goes with it.").to_owned());
    } else if version.is_latest {
        sentences.push(t!("It is the newest: the one before takes its place.").to_owned());
    }
    Question {
        title: t!("Delete this version for good?").to_owned(),
        facts,
        sentences,
        verb: t!("Delete for good").to_owned(),
        ..Question::default()
    }
}

/// Why versions cannot be seen in a place: S3 only lists them.
pub(super) fn barred(role: &str, permissions: &[Permission]) -> Option<String> {
    match (permissions.contains(&Permission::Versions), permissions.contains(&Permission::List)) {
        (true, true) => None,
        (true, false) => Some(t!("The role {role} may not see versions here: it lacks the permission “list”.", role = role)),
        (false, _) => Some(words::role_may_not(role, Permission::Versions)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_take_two_permissions() {
        let lacking = |permissions: &[Permission]| barred("R", permissions).unwrap_or_default();
        assert_eq!(lacking(&[Permission::List, Permission::Versions]), "");
        assert!(lacking(&[Permission::Versions]).ends_with("lacks the permission “list”."));
        assert!(lacking(&[Permission::List]).ends_with("lacks the permission “versions”."));
    }
}
