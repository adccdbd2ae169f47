//! The button that takes files on, with its menu: files, a folder, and what was left unfinished. Files
//! that are dropped onto the page or pasted into it go the same way.

use crate::browser::file::{Choice, File, LeftOut, choose, on_arrival};
use crate::browser::{element, format, task};
use crate::model::location::Permission;
use crate::pages::browse::Spot;
use crate::pages::frame::Visit;
use crate::pages::problem::explanation;
use crate::reactive::{Memo, RwSignal, StoredValue, effect};
use crate::state::failure::Failure;
use crate::state::transfers::{Incomplete, Transfers};
use crate::ui::button::button;
use crate::ui::icon::{Icon, icon};
use crate::ui::piece::{IntoPiece, Piece, Tag, list, live, tag};
use crate::ui::popover::popover;
use crate::words::t;

/// What S3 knows of uploads that were not finished.
#[derive(Clone)]
enum Unfinished {
    Unasked,
    Asking,
    Found(Vec<Incomplete>),
    Refused(Failure),
}

/// Where files go.
#[derive(Clone, Copy)]
struct Place {
    visit: Visit,
    spot: Memo<Option<Spot>>,
    transfers: Transfers,
    unfinished: RwSignal<Unfinished>,
}

pub(super) fn toolbar(visit: Visit, spot: Memo<Option<Spot>>) -> Piece {
    let transfers = Transfers::current();
    visit.who.with_value(|who| transfers.adopt(who));
    let place = Place { visit, spot, transfers, unfinished: RwSignal::new(Unfinished::Unasked) };
    let writable =
        Memo::new(move || spot.with(|spot| spot.as_ref().is_some_and(|spot| spot.location.permissions.contains(&Permission::Write))));
    effect(move || {
        spot.track();
        place.unfinished.set(Unfinished::Unasked);
    });
    let arrivals = StoredValue::new(None);
    effect(move || {
        let watch = writable.get().then(|| on_arrival(move |files, left_out| place.take(files, left_out)));
        arrivals.set_value(watch);
    });
    let any = Memo::new(move || spot.with(Option::is_some));
    live(move || any.get().then(|| if writable.get() { menu(place) } else { barred(visit).piece() }))
}

impl Place {
    /// Takes files on, to the folder that is open now, and says what could not be read.
    fn take(self, files: Vec<File>, left_out: Vec<LeftOut>) {
        let role = self.visit.role_id().try_get_untracked().flatten();
        if let (Some(role), Some(spot)) = (role, self.spot.try_get_untracked().flatten()) {
            self.transfers.add(&role, &spot.location, &spot.prefix, files, left_out);
        }
    }

    fn look(self) {
        let (Some(role), Some(spot)) = (self.visit.role_id().get_untracked(), self.spot.get_untracked()) else { return };
        self.unfinished.set(Unfinished::Asking);
        task::spawn(async move {
            let found = self.transfers.unfinished(role, spot.location, spot.prefix).await;
            let _ = self.unfinished.try_set(found.map_or_else(Unfinished::Refused, Unfinished::Found));
        });
    }

    fn abandon(self, upload: Incomplete) {
        let (Some(role), Some(spot)) = (self.visit.role_id().get_untracked(), self.spot.get_untracked()) else { return };
        task::spawn(async move {
            match self.transfers.abandon(role, spot.location, upload).await {
                Ok(()) => self.look(),
                Err(failure) => drop(self.unfinished.try_set(Unfinished::Refused(failure))),
            }
        });
    }
}

fn menu(place: Place) -> Piece {
    let opener = tag("button")
        .class("button button--upload")
        .set("type", "button")
        .set("popovertarget", "upload-menu")
        .child(t!("Upload"))
        .child(icon(Icon::Down));
    let pick = move |label: &'static str, choice| {
        button("popover__item popover__item--plain", label, move || {
            element::close_popovers();
            choose(choice, move |files| place.take(files, Vec::new()));
        })
    };
    let left = live(move || unfinished(place));
    let body = tag("div")
        .class("menu")
        .child(pick(t!("Files…"), Choice::Files))
        .child(pick(t!("Folder…"), Choice::Folder))
        .child(tag("p").class("menu__hint secondary small").child(t!("Or drop them onto the page, or paste them.")))
        .child(left);
    [opener.piece(), popover("upload-menu", "popover popover--upload", t!("Upload"), body).piece()].piece()
}

/// Why nothing can be uploaded here.
fn barred(visit: Visit) -> Tag {
    let title = visit.role.with_untracked(|role| role.as_ref().map(|role| role.title.clone())).unwrap_or_default();
    let why = t!("The role {role} may not write here.", role = title);
    let label = [t!("Upload"), &why].join(": ");
    button("button button--upload", t!("Upload"), || {}).set("aria-disabled", "true").set("aria-label", label).set("title", why)
}

fn unfinished(place: Place) -> Piece {
    let look = |label| button("popover__item popover__item--plain", label, move || place.look()).piece();
    match place.unfinished.get() {
        Unfinished::Unasked => look(t!("Look for unfinished uploads")),
        Unfinished::Asking => tag("p").class("menu__hint secondary small").set("role", "status").child(t!("Asking S3")).piece(),
        Unfinished::Found(found) if found.is_empty() => {
            tag("p").class("menu__hint secondary small").set("role", "status").child(t!("No upload was left unfinished here.")).piece()
        }
        Unfinished::Found(found) => {
            let item = move |upload: Incomplete| {
                let since = upload.initiated.map(|time| t!("begun {time}", time = format::date_time(time))).unwrap_or_default();
                let key = upload.key.clone();
                let label = t!("Drop {key}", key = key);
                tag("li")
                    .child(tag("span").class("menu__key").set("title", key.clone()).child(key))
                    .child(tag("span").class("secondary small").child(since))
                    .child(button("button button--inline", t!("Drop"), move || place.abandon(upload.clone())).set("aria-label", label))
            };
            let words = t!("Unfinished here, by you or others. To drop one deletes the parts that S3 has of it.");
            [
                tag("p").class("menu__hint secondary small").child(words).piece(),
                tag("ul").class("menu__list").child(list(found.into_iter().map(item))).piece(),
            ]
            .piece()
        }
        Unfinished::Refused(failure) => {
            let explained = explanation(&failure.section);
            let words = tag("p").class("menu__hint small bad").set("role", "alert");
            let words = words.child(failure.message).child(" ").child(failure.next_step).child(" ").child(explained);
            [words.piece(), look(t!("Look again"))].piece()
        }
    }
}
