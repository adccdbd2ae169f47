//! What was deleted from the folder that is open, where the bucket keeps versions.

use super::act::{Asking, barred_button, failed};
use super::history;
use super::region::Desk;
use super::words;
use crate::browser::format;
use crate::model::location::Permission;
use crate::reactive::{RwSignal, StoredValue, effect};
use crate::state::details::{Deleted, Hidden};
use crate::state::place::BrowsePlace;
use crate::ui::button::button;
use crate::ui::piece::{IntoPiece, Piece, Tag, list, live, tag};
use crate::words::t;
use std::collections::BTreeSet;

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
    let prefix = StoredValue::new(prefix);
    // Where it is looked on from.
    let so_far = StoredValue::new(Deleted::default());
    let look = move || {
        if let Some(folder) = prefix.with_value(|prefix| desk.subject(prefix)) {
            let (details, so_far) = (desk.details, so_far.get_value());
            asking.ask(async move { details.deleted(&folder, so_far).await });
        }
    };
    effect(move || {
        if shown.get() {
            so_far.set_value(Deleted::default());
            look();
        }
    });
    let barred = (!permissions.contains(&Permission::Delete)).then(|| words::role_may_not(&desk.role(), Permission::Delete));
    let toggle = button("button", live(move || if shown.get() { t!("Hide") } else { t!("Show") }.piece()), move || {
        shown.update(|shown| *shown = !*shown);
    })
    .live("aria-expanded", move || if shown.get() { "true" } else { "false" })
    .live("aria-label", move || if shown.get() { t!("Hide deleted objects") } else { t!("Show deleted objects") });
    let quiet = |words: &str| tag("p").class("secondary small").child(words.to_owned());
    let lines = live(move || {
        if !shown.get() {
            return ().piece();
        }
        match asking.outcome.get() {
            None => quiet(t!("Asking S3")).set("role", "status").piece(),
            Some(Err(failure)) => [failed(failure).piece(), button("button", t!("Try again"), look).piece()].piece(),
            Some(Ok(found)) => {
                let folders = StoredValue::new(found.folders.clone());
                let reached = found.reached().map(|key| below(prefix, key));
                let lines = if found.objects.is_empty() {
                    quiet(if reached.is_some() {
                        t!("Nothing that can come back was found so far.")
                    } else {
                        t!("Nothing that was deleted here can come back.")
                    })
                } else {
                    let lines = list(
                        found.objects.iter().cloned().map(|hidden| line(desk, asking, below(prefix, &hidden.key), hidden, barred.clone())),
                    );
                    tag("ul").class("versions").set("aria-label", t!("Deleted objects")).child(lines)
                };
                let rest = reached.map(|name| {
                    let go_on = move || {
                        so_far.set_value(found.clone());
                        look();
                    };
                    let said = quiet(&t!("So far the names up to “{name}” were looked through.", name = name));
                    [said.piece(), button("button", t!("Go on"), go_on).piece()].piece()
                });
                [
                    lines.piece(),
                    rest.piece(),
                    live(move || deserted(desk, prefix, folders)),
                    quiet(t!("What was deleted from a folder in it is shown in that folder.")).piece(),
                ]
                .piece()
            }
        }
    });
    [tag("div").class("panel__actions").child(toggle).piece(), lines].piece()
}

/// The ways to folders that stand among no rows, because all that is in them was deleted.
fn deserted(desk: Desk, prefix: StoredValue<String>, folders: StoredValue<Vec<String>>) -> Piece {
    let listing = desk.open.listing;
    // Only a listing that is whole, and not narrowed by a search, tells that a folder is not there.
    if !listing.is_complete() || !desk.open.sought.with(String::is_empty) || listing.is_searched() {
        return ().piece();
    }
    let there: BTreeSet<String> = (0..listing.counts().get().folders).filter_map(|at| listing.row(at)).map(|row| row.key).collect();
    let mut gone = folders.get_value();
    gone.retain(|folder| !there.contains(folder));
    let Some(place) = desk.subject("").filter(|_| !gone.is_empty()) else { return ().piece() };
    let line = |folder: String| {
        let name = below(prefix, &folder);
        let to = BrowsePlace { role: Some(place.role.clone()), bucket: Some(place.location.name.clone()), prefix: folder };
        tag("li").class("versions__line").child(tag("a").class("breakable").set("href", to.href()).child(name))
    };
    let words = t!("Everything in these folders was deleted:");
    [
        tag("p").class("secondary small").child(words).piece(),
        tag("ul").class("versions").set("aria-label", t!("Deleted folders")).child(list(gone.into_iter().map(line))).piece(),
    ]
    .piece()
}

/// The name of a key in the folder.
fn below(prefix: StoredValue<String>, key: &str) -> String {
    prefix.with_value(|prefix| key.strip_prefix(prefix.as_str()).filter(|name| !name.is_empty()).unwrap_or(key).to_owned())
}

fn line(desk: Desk, asking: Asking<Deleted>, name: String, hidden: Hidden, barred: Option<String>) -> Tag {
    let time = hidden.deleted.map(format::date_time).unwrap_or_default();
    let about = t!("Bring back {name}", name = name);
    let bring = move || {
        let Some(subject) = desk.subject(&hidden.key) else { return };
        let (details, Hidden { key, markers, .. }) = (desk.details, hidden.clone());
        let then = move || {
            // The folder is not looked through again for one of many. It may have been left in the meantime.
            if let Some(Some(Ok(mut found))) = asking.outcome.try_get_untracked() {
                found.objects.retain(|hidden| hidden.key != key);
                asking.outcome.set(Some(Ok(found)));
            }
        };
        desk.act(t!("Bringing it back"), t!("It is back."), async move { details.bring_back(&subject, &markers).await }, then);
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
