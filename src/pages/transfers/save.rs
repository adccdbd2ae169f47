//! The button that saves what is chosen, or everything in the folder that is open.

use super::Marks;
use super::selection::Selection;
use crate::browser::{element, format, task};
use crate::model::location::Permission;
use crate::pages::browse::Spot;
use crate::pages::frame::Visit;
use crate::pages::operations::{self, Desk};
use crate::pages::panel::{self, Panel};
use crate::pages::shortcuts;
use crate::reactive::{Memo, RwSignal, StoredValue, effect};
use crate::state::credentials::CredentialStore;
use crate::state::download;
use crate::state::place::{BrowsePlace, BrowseView};
use crate::state::transfers::{Chosen, Transfers};
use crate::ui::button::button;
use crate::ui::icon::{Icon, icon};
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag, text};
use crate::ui::popover::popover;
use crate::ui::shortcuts::{register, register_shown};
use crate::words::t;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// What is saved, and from where.
#[derive(Clone, Copy)]
struct Saving {
    visit: Visit,
    spot: Memo<Option<Spot>>,
    transfers: Transfers,
    store: CredentialStore,
    selection: Selection,
    panel: Panel,
}

/// What is chosen, and the button that saves it or everything: apart, because the button for uploads stands between.
pub(super) fn save(visit: Visit, spot: Memo<Option<Spot>>, marks: RwSignal<Option<Marks>>) -> [Piece; 2] {
    let selection = Selection::new();
    let panel = Panel::new();
    let saving = Saving { visit, spot, transfers: Transfers::current(), store: CredentialStore::current(), selection, panel };
    let (draw, beside) = (super::selection::mark, panel::beside);
    marks.set(Some(Marks { selection, draw, panel, beside, linked: Selection::linked, choose: Selection::choose }));
    let (desk, questions) = operations::desk(visit, spot, selection);
    let before = StoredValue::new(spot.get_untracked());
    effect(move || {
        let now = spot.get();
        // What a link selects may be selected before this runs for the first time.
        if before.with_value(|before| *before != now) {
            before.set_value(now);
            selection.clear();
        }
    });
    let any = Memo::new(move || spot.with(Option::is_some));
    let some = Memo::new(move || selection.size().rows > 0);
    // An archive of a whole folder lists it first. Rows that can be chosen are listed already.
    let barred = Memo::new(move || saving.barred(if some.get() { &[Permission::Read] } else { &[Permission::List, Permission::Read] }));
    let navigate = use_navigate();
    let keys = live(move || {
        if any.get() {
            shortcuts::in_table();
            register_shown(&shortcuts::NAME);
            super::selection::follow(selection);
            operations::follow_keys(desk);
            let navigate = navigate.clone();
            register(&shortcuts::UP, move |_| up(visit, spot, &navigate));
        }
    });
    [
        live(move || some.get().then(|| chosen(selection))),
        [
            live(move || {
                let why = barred.get();
                any.get().then(|| if some.get() { save_chosen(saving, desk, why) } else { save_everything(saving, why) })
            }),
            questions,
            keys,
        ]
        .piece(),
    ]
}

/// Goes to the folder above, at the row of the one that is left; from the top to all locations.
fn up(visit: Visit, spot: Memo<Option<Spot>>, navigate: &impl Fn(&str, NavigateOptions)) -> bool {
    let Some(Spot { location, prefix }) = spot.get_untracked() else { return false };
    let place = BrowsePlace { role: visit.role_id().get_untracked(), ..BrowsePlace::default() };
    let above = prefix.strip_suffix('/').unwrap_or(&prefix).rfind('/').map_or("", |slash| &prefix[..=slash]);
    let href = if prefix.len() <= location.prefix.len() || !above.starts_with(&location.prefix) {
        place.href()
    } else {
        let row = prefix[above.len()..].to_owned();
        let place = BrowsePlace { bucket: Some(location.name), prefix: above.to_owned(), ..place };
        BrowseView { row, ..BrowseView::default() }.href(&place)
    };
    navigate(&href, NavigateOptions::default());
    true
}

impl Saving {
    /// Why nothing can be saved, where the role lacks what that takes. Tracked.
    fn barred(self, needs: &[Permission]) -> Option<String> {
        let lacks = |spot: &Option<Spot>| {
            needs.iter().copied().find(|needed| spot.as_ref().is_some_and(|spot| !spot.location.permissions.contains(needed)))
        };
        let title = || self.visit.role.with(|role| role.as_ref().map(|role| role.title.clone()).unwrap_or_default());
        self.spot.with(lacks).map(|missing| operations::may_not(missing, &title()))
    }

    /// Saves what is chosen: one object as it is, anything else as an archive.
    fn save(self, chosen: Vec<Chosen>) {
        let (Some(role), Some(spot)) = (self.visit.role_id().get_untracked(), self.spot.get_untracked()) else { return };
        let (transfers, location) = (self.transfers, spot.location);
        match &chosen[..] {
            [Chosen::Object(object)] => {
                let key = object.key.clone();
                let store = self.store;
                task::spawn(async move {
                    let saved = download::download(store, transfers, role.clone(), location.clone(), key.clone(), None).await;
                    if let Err(failure) = saved {
                        transfers.save_failed(role, location, key, failure);
                    }
                });
            }
            _ => transfers.save_archive(role, location, spot.prefix, chosen),
        }
    }
}

fn chosen(selection: Selection) -> Piece {
    let clear = button("button button--inline", t!("Clear"), move || selection.clear()).set("aria-label", t!("Clear the selection"));
    [tag("span").class("selected").child(text(move || selection.size().words())).piece(), clear.piece()].piece()
}

/// The button that would save, grey with the reason.
fn barred_button(why: String) -> Tag {
    let label = [t!("Download"), &why].join(": ");
    button("button", t!("Download"), || {}).set("aria-disabled", "true").set("aria-label", label).set("title", why)
}

fn save_chosen(saving: Saving, desk: Desk, barred: Option<String>) -> Piece {
    let selection = saving.selection;
    let press = move || {
        saving.save(selection.chosen());
        selection.clear();
    };
    let rows = text(move || format::count(selection.size().rows as u64));
    // Where there is no room for the words it says how many.
    let save = barred.map_or_else(|| button("button", t!("Download"), press), barred_button);
    let save = save.child(tag("span").class("selected-rows").child(rows));
    [save.piece(), operations::more(desk), panel::opener(saving.panel, true)].piece()
}

fn save_everything(saving: Saving, barred: Option<String>) -> Piece {
    // Without rows there is nothing to tell details of.
    let lists = saving.spot.with_untracked(|spot| spot.as_ref().is_some_and(Spot::lists));
    let details = lists.then(|| panel::opener(saving.panel, false)).piece();
    if let Some(why) = barred {
        return [barred_button(why).piece(), details].piece();
    }
    let opener = tag("button")
        .class("button")
        .set("type", "button")
        .set("popovertarget", "download-menu")
        .child(t!("Download"))
        .child(icon(Icon::Down));
    let all = button("popover__item popover__item--plain", t!("Everything in this folder"), move || {
        element::close_popovers();
        if let Some(spot) = saving.spot.get_untracked() {
            saving.save(vec![Chosen::Folder(spot.prefix)]);
        }
    });
    let hint = t!("As one ZIP, with all its folders. For less, choose rows first: by the boxes in front of them, or with Space.");
    let body = tag("div").class("menu").child(all).child(tag("p").class("menu__hint secondary small").child(hint));
    [opener.piece(), popover("download-menu", "popover popover--upload", t!("Download"), body).piece(), details].piece()
}
