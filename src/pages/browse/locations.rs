//! What a role opens, as rows.

use crate::model::location::{Location, Permission};
use crate::model::names::RoleId;
use crate::pages::frame::Visit;
use crate::state::place::BrowsePlace;
use crate::ui::icon::{Icon, icon};
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag, text};
use crate::words::{t, tn};

/// The locations of the chosen role. They are few and the server knows them, so they are plain
/// rows of links, there from the first paint.
pub(super) fn locations(visit: Visit) -> Piece {
    let content = live(move || {
        let Some(role) = visit.role.get() else { return ().piece() };
        if role.buckets.is_empty() {
            return none(&role.title);
        }
        let headings =
            [("", t!("Bucket")), ("cell--prefix", t!("Below")), ("cell--permissions", t!("You may")), ("cell--region", t!("Region"))];
        let headings =
            headings.map(|(class, text)| tag("div").class(format!("cell heading {class}")).set("role", "columnheader").child(text));
        let head =
            tag("div").class("table__head").set("role", "rowgroup").child(tag("div").class("row").set("role", "row").children(headings));
        let rows = role.buckets.into_iter().map(|location| row(role.id.clone(), location));
        tag("div")
            .class("table table--locations")
            .set("role", "table")
            .set("aria-label", t!("Locations"))
            .child(head)
            .child(tag("div").set("role", "rowgroup").children(rows))
            .piece()
    });
    let count = move || visit.role.with(|role| role.as_ref().map_or(0, |role| role.buckets.len()));
    let footer = move || tn!(count(), "{count} location", "{count} locations");
    let foot = tag("div").class("browse__foot").child(tag("span").child(text(footer)));
    [tag("div").class("browse__body").child(content).piece(), foot.piece()].piece()
}

fn none(title: &str) -> Piece {
    let words = Notice::new(
        Kind::Empty,
        t!("This role opens no bucket"),
        t!("Buckets that the role {title} opens would be listed here.", title = title),
        t!("It may still open functions. Ask the people who run the portal to add a bucket to the role if you need one."),
    );
    notice(words, None).piece()
}

fn row(role: RoleId, location: Location) -> Tag {
    let href = BrowsePlace { role: Some(role), bucket: Some(location.name.clone()), prefix: location.prefix.clone() }.href();
    let permissions = permissions(&location);
    let below = if location.prefix.is_empty() { t!("the whole bucket").to_owned() } else { location.prefix };
    let entry = tag("a")
        .class("entry entry--folder")
        .set("href", href)
        .child(icon(Icon::Bucket))
        .child(tag("span").class("entry__name").child(location.name))
        .child(tag("span").class("entry__detail").set("aria-hidden", "true").child(below.clone()));
    let cell = |class: &'static str| tag("div").class(class).set("role", "cell");
    tag("div")
        .class("row row--body")
        .set("role", "row")
        .child(cell("cell").child(entry))
        .child(cell("cell cell--quiet cell--prefix").child(below))
        .child(cell("cell cell--quiet cell--permissions").child(permissions))
        .child(cell("cell cell--quiet cell--region").child(location.region))
}

/// What a role may do in a location, as one reads it.
pub(in crate::pages) fn permissions(location: &Location) -> String {
    let name = |permission: &Permission| match permission {
        Permission::List => t!("list"),
        Permission::Read => t!("read"),
        Permission::Write => t!("write"),
        Permission::Delete => t!("delete"),
        Permission::Versions => t!("versions"),
        Permission::Tags => t!("tags"),
    };
    location.permissions.iter().map(name).collect::<Vec<_>>().join(", ")
}
