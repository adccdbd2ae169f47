//! *Browse*: the locations that a role opens, then folders and objects.

mod folder;
mod footer;
mod locations;
mod place;
mod row;
mod search;

use super::frame::{Section, Visit, framed};
use crate::model::location::Permission;
use crate::pages::operations::may_not;
use crate::pages::{title, transfers};
use crate::reactive::{Memo, RwSignal};
use crate::state::place::{BrowsePlace, use_browse_place};
use crate::ui::breadcrumbs::breadcrumbs;
use crate::ui::button::link_button;
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece, live, tag, text};
use crate::words::t;
pub(super) use folder::Open;
pub(super) use locations::permissions;
pub(super) use place::Spot;
pub(super) use row::class_name;

/// The page.
pub fn browse() -> Piece {
    framed(Section::Browse, page)
}

/// What the place in the URL is in the chosen role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Locations,
    Folder,
    Unlisted,
    UnknownBucket,
}

fn page(visit: Visit) -> Piece {
    let place = use_browse_place();
    let spot = Memo::new(move || visit.role.with(|role| place.with(|place| role.as_ref().and_then(|role| Spot::find(role, place)))));
    let shown = Memo::new(move || match (place.with(|place| place.bucket.is_some()), spot.with(|spot| spot.as_ref().map(Spot::lists))) {
        (false, _) => Shown::Locations,
        (true, Some(true)) => Shown::Folder,
        (true, Some(false)) => Shown::Unlisted,
        (true, None) => Shown::UnknownBucket,
    });
    let crumbs = Memo::new(move || visit.role.with(|role| place.with(|place| place::crumbs(role.as_ref(), place, spot.get().as_ref()))));
    let name = move || crumbs.with(|crumbs| place::title(crumbs));
    let marks = RwSignal::new(None);
    let content = live(move || match shown.get() {
        Shown::Locations => locations::locations(visit),
        Shown::Folder => folder::folder(visit, spot, marks),
        Shown::Unlisted => unlisted(visit),
        Shown::UnknownBucket => unknown_bucket(visit, place),
    });
    let bar = tag("div").class("browse__bar").child(breadcrumbs(t!("Folders"), crumbs)).child(transfers::buttons(visit, spot, marks));
    let heading = tag("h1").class("unseen").child(text(name));
    [title(name), heading.piece(), tag("div").class("browse").child(bar).child(content).piece()].piece()
}

/// Instead of a folder that S3 would refuse to list.
fn unlisted(visit: Visit) -> Piece {
    let title = visit.role.with(|role| role.as_ref().map(|role| role.title.clone())).unwrap_or_default();
    let words = Notice::new(
        Kind::Refused,
        t!("This folder cannot be listed"),
        may_not(Permission::List, &title),
        t!("Choose another role at the top, or ask the people who run the portal to add the permission “list” to this one."),
    );
    tag("div").class("browse__body").child(notice(words, None)).piece()
}

fn unknown_bucket(visit: Visit, place: Memo<BrowsePlace>) -> Piece {
    let bucket = place.with_untracked(|place| place.bucket.clone()).unwrap_or_default();
    let (title, id) = visit.role.get_untracked().map(|role| (role.title, role.id)).unzip();
    let words = Notice::new(
        Kind::Refused,
        t!("This bucket is not open here"),
        t!("The role {title} does not open the bucket “{bucket}”.", title = title.unwrap_or_default(), bucket = bucket),
        t!("Choose another role at the top, or ask the people who run the portal to add the bucket to this one."),
    );
    let back = BrowsePlace { role: id, ..BrowsePlace::default() }.href();
    tag("div").class("browse__body").child(notice(words, Some(link_button("button", back, t!("All locations"))))).piece()
}
