//! What the person's roles let them do.

use crate::model::role::EntitledRole;
use crate::pages::browse::permissions;
use crate::pages::frame::Visit;
use crate::state::place::{BrowsePlace, FunctionPlace};
use crate::ui::piece::{IntoPiece, Piece, Tag, tag};
use crate::words::t;

/// One list a role.
pub(super) fn roles(visit: Visit) -> Piece {
    let roles = visit.who.with_value(|who| who.roles.clone());
    let groups = visit.who.with_value(|who| who.groups.join(", "));
    let given = if groups.is_empty() {
        t!("Your sign-in names no group.").to_owned()
    } else {
        t!("Given to you by your groups: {groups}.", groups = groups)
    };
    let none = roles
        .is_empty()
        .then(|| tag("p").child(t!("No role is open to you. Ask the people who run the portal which group you should be in.")));
    tag("section")
        .class("access__part")
        .set("aria-labelledby", "own-roles")
        .child(tag("h2").set("id", "own-roles").child(t!("What your roles open")))
        .child(tag("p").class("secondary").child(given))
        .child(none)
        .child(tag("ul").class("opens").children(roles.into_iter().map(role)))
        .piece()
}

fn role(role: EntitledRole) -> Tag {
    let id = role.id;
    let head = tag("div").class("opens__head").child(tag("h3").child(role.title)).child(tag("span").class("secondary small").child(t!(
        "{strategy} · up to {minutes} min",
        strategy = role.strategy.as_str(),
        minutes = role.duration_seconds / 60
    )));
    let nothing = (role.buckets.is_empty() && role.functions.is_empty())
        .then(|| tag("p").class("secondary").child(t!("Opens no bucket and no function.")));
    let buckets = role.buckets.into_iter().map(|location| {
        let place = BrowsePlace { role: Some(id.clone()), bucket: Some(location.name.clone()), prefix: location.prefix.clone() };
        entry(place.href(), format!("{}/{}", location.name, location.prefix), permissions(&location))
    });
    let functions = role.functions.into_iter().map(|function| {
        let place = FunctionPlace { role: Some(id.clone()), name: Some(function.name.clone()) };
        entry(place.href(), function.name, t!("invoke").to_owned())
    });
    let entries: Vec<Piece> = buckets.chain(functions).map(IntoPiece::piece).collect();
    tag("li").child(head).child(nothing).child(tag("ul").class("opens__list").children(entries))
}

fn entry(href: String, name: String, may: String) -> Tag {
    tag("li").child(tag("a").class("mono").set("href", href).child(name)).child(tag("span").class("secondary").child(may))
}
