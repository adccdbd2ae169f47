//! What was deleted from the folder that is open, where the bucket keeps versions.

use super::act::{Asking, barred_button, failed};
use super::history;
use super::region::Desk;
use super::words;
use crate::browser::format;
use crate::model::location::Permission;
use crate::reactive::{RwSignal, effect};
use crate::state::details::{Deleted, Version};
use crate::ui::button::button;
use crate::ui::piece::{IntoPiece, Piece, Tag, list, live, tag};
use crate::words::t;

/// The section.
pub(super) fn trash(desk: Desk) -> Piece {
    let spot = desk.open.spot;
    live(move || {
        let Some(spot) = spot.get() else { return ().piece() };
        let content = match history::barred(&desk.role(), &spot.location.permissions) {
            Some(why) => tag("p").class("secondary small").child(why).piece(),
            None => open(desk, spot.prefix, spot.location.permissions),
        };
        let heading = tag("h3").child(t!("Deleted from this folder"));
        tag("section").class("panel__section").set("aria-label", t!("Deleted from this folder")).child(heading).child(content).piece()
    })
}

fn open(desk: Desk, prefix: String, permissions: Vec<Permission>) -> Piece {
    let asking = Asking::<Deleted>::new();
    let shown = RwSignal::new(false);
    let look = {
        let prefix = prefix.clone();
        move || {
            if let Some(folder) = desk.subject(&prefix) {
                let details = desk.details;
                asking.ask(async move { details.deleted(&folder).await });
            }
        }
    };
    {
        let look = look.clone();
        effect(move || {
            if shown.get() {
                look();
            }
        });
    }
    let barred = (!permissions.contains(&Permission::Delete)).then(|| words::role_may_not(&desk.role(), Permission::Delete));
    let toggle = button("button", live(move || if shown.get() { t!("Hide") } else { t!("Show") }.piece()), move || {
        shown.update(|shown| *shown = !*shown);
    })
    .live("aria-expanded", move || if shown.get() { "true" } else { "false" })
    .live("aria-label", move || if shown.get() { t!("Hide deleted objects") } else { t!("Show deleted objects") });
    let lines = live(move || {
        if !shown.get() {
            return ().piece();
        }
        match asking.outcome.get() {
            None => tag("p").class("secondary small").set("role", "status").child(t!("Asking S3")).piece(),
            Some(Err(failure)) => [failed(failure).piece(), button("button", t!("Try again"), look.clone()).piece()].piece(),
            Some(Ok(Deleted { markers, .. })) if markers.is_empty() => {
                tag("p").class("secondary small").child(t!("Nothing that was deleted here can come back.")).piece()
            }
            Some(Ok(Deleted { markers, more })) => {
                let rest = more.then(|| {
                    tag("p").class("secondary small").child(t!("There are more versions in this folder than were looked through."))
                });
                let lines = list(markers.into_iter().map(|marker| line(desk, &prefix, marker, barred.clone(), look.clone())));
                [tag("ul").class("versions").set("aria-label", t!("Deleted objects")).child(lines).piece(), rest.piece()].piece()
            }
        }
    });
    [tag("div").class("panel__actions").child(toggle).piece(), lines].piece()
}

fn line(desk: Desk, prefix: &str, marker: Version, barred: Option<String>, look: impl Fn() + Clone + Send + 'static) -> Tag {
    let name = marker.key.strip_prefix(prefix).filter(|name| !name.is_empty()).unwrap_or(&marker.key).to_owned();
    let time = marker.written.map(format::date_time).unwrap_or_default();
    let about = t!("Bring back {name}", name = name);
    let bring = move || {
        let Some(subject) = desk.subject(&marker.key) else { return };
        let (details, id, look) = (desk.details, marker.id.clone(), look.clone());
        desk.act(t!("Bringing it back"), t!("It is back."), async move { details.erase(&subject, &id).await }, look);
    };
    tag("li")
        .class("versions__line")
        .child(
            tag("div")
                .class("versions__head")
                .child(tag("bdi").class("breakable").child(name))
                .child(tag("span").class("secondary small").child(t!("deleted {time}", time = time))),
        )
        .child(tag("div").class("versions__actions").child(barred_button("button button--inline", t!("Bring back"), &about, barred, bring)))
}
