//! The tags of an object.

use super::act::{Asking, barred_button, failed};
use super::object::Seen;
use super::pairs::{Labels, Pairs};
use crate::aws::s3::tags;
use crate::model::location::Permission;
use crate::reactive::{Memo, RwSignal, effect};
use crate::state::details::Tag;
use crate::ui::button::button;
use crate::ui::piece::{IntoPiece, Piece, live, tag};
use crate::words::{mark, t};

/// What is said of a tag.
static TAG: Labels = Labels {
    add: mark!("Add a tag"),
    name: mark!("Name of tag {number}", number),
    value: mark!("Value of tag {number}", number),
    remove: mark!("Remove tag {number}", number),
};

/// The section.
pub(super) fn labels(seen: Seen) -> Piece {
    let barred = seen.barred(Permission::Tags);
    let content = match barred {
        Some(why) => tag("p").class("secondary small").child(why).piece(),
        None => open(seen),
    };
    tag("section").class("panel__section").set("aria-label", t!("Tags")).child(tag("h3").child(t!("Tags"))).child(content).piece()
}

fn open(seen: Seen) -> Piece {
    let asking = Asking::<Vec<Tag>>::new();
    let look = move || {
        let (details, subject) = (seen.desk.details, seen.subject());
        asking.ask(async move { details.tags(&subject).await });
    };
    effect(look);
    let editing = RwSignal::new(None::<Vec<Tag>>);
    let pairs = Pairs::new();
    let is_edited = Memo::new(move || editing.with(Option::is_some));
    live(move || {
        if is_edited.get() {
            return form(seen, editing, pairs, look);
        }
        match asking.outcome.get() {
            None => tag("p").class("secondary small").set("role", "status").child(t!("Asking S3")).piece(),
            Some(Err(failure)) => [failed(failure).piece(), button("button", t!("Try again"), look).piece()].piece(),
            Some(Ok(found)) => {
                let shown = if found.is_empty() {
                    tag("p").class("secondary small").child(t!("It has no tags.")).piece()
                } else {
                    let lines = found.iter().flat_map(|Tag { key, value }| {
                        let value = if value.is_empty() { "–".to_owned() } else { value.clone() };
                        [
                            tag("dt").child(tag("span").class("mono breakable").child(key.clone())),
                            tag("dd").child(tag("span").class("mono breakable").child(value)),
                        ]
                    });
                    tag("dl").class("facts").children(lines).piece()
                };
                let edit = move || {
                    pairs.set(found.iter().map(|tag| (tag.key.clone(), tag.value.clone())));
                    editing.set(Some(found.clone()));
                };
                let change = button("button", t!("Change…"), edit).set("aria-label", t!("Change… tags"));
                [shown, tag("div").class("panel__actions").child(change).piece()].piece()
            }
        }
    })
}

fn form(seen: Seen, editing: RwSignal<Option<Vec<Tag>>>, pairs: Pairs, look: impl Fn() + Copy + Send + 'static) -> Piece {
    let Some(shown) = editing.get_untracked() else { return ().piece() };
    let wanted = Memo::new(move || {
        let mut tags: Vec<Tag> = pairs.get().into_iter().map(|(key, value)| Tag { key, value }).collect();
        tags.sort();
        tags
    });
    let bar = {
        let shown = shown.clone();
        Memo::new(move || {
            wanted.with(|wanted| match tags::check(wanted) {
                Err(error) => Some(t!("S3 would not take these: {reason}.", reason = error.to_string())),
                Ok(()) if *wanted == shown => Some(t!("Nothing is changed yet.").to_owned()),
                Ok(()) => None,
            })
        })
    };
    let save = live(move || {
        let (shown, barred) = (shown.clone(), bar.get());
        let why = barred.clone().map(|why| tag("p").class("secondary small").child(why));
        let press = move || {
            let (details, subject, shown, wanted) = (seen.desk.details, seen.subject(), shown.clone(), wanted.get_untracked());
            let then = move || {
                if editing.try_set(None).is_ok() {
                    look();
                }
            };
            seen.desk.act(t!("Saving"), t!("Tags saved."), async move { details.replace_tags(&subject, &shown, &wanted).await }, then);
        };
        let save = barred_button("button button--primary", t!("Save"), t!("Save tags"), barred, press);
        [
            why.piece(),
            tag("div").class("panel__actions").child(save).child(button("button", t!("Cancel"), move || editing.set(None))).piece(),
        ]
        .piece()
    });
    [pairs.editor(&TAG, tags::MOST), save].piece()
}
