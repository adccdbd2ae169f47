//! What can be done with the rows that are chosen, beside saving them: copy, move, rename, delete, share. Part of what
//! `transfers` loads; the operations run on in its panel.

mod delete;
mod form;
mod line;
mod relocate;
mod share;
mod words;

pub(super) use line::lines;
pub(super) use words::objects;

use crate::browser::element;
use crate::model::location::Permission;
use crate::pages::browse::Spot;
use crate::pages::frame::Visit;
use crate::pages::shortcuts;
use crate::pages::transfers::Selection;
use crate::reactive::{Memo, RwSignal};
use crate::state::credentials::CredentialStore;
use crate::state::transfers::{Chosen, Transfers};
use crate::ui::announce;
use crate::ui::button::button;
use crate::ui::icon::{Icon, icon};
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag};
use crate::ui::popover::popover;
use crate::ui::shortcuts::register;
use crate::words::t;

/// What the questions share.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    visit: Visit,
    spot: Memo<Option<Spot>>,
    selection: Selection,
    transfers: Transfers,
    store: CredentialStore,
    asked: RwSignal<Option<Asked>>,
}

/// What is asked at the moment, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    act: Act,
    spot: Spot,
    chosen: Vec<Chosen>,
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Copy,
    Move,
    Rename,
    Delete,
    Share,
}

impl Act {
    const ALL: [Self; 5] = [Self::Copy, Self::Move, Self::Rename, Self::Share, Self::Delete];

    fn label(self) -> &'static str {
        match self {
            Self::Copy => t!("Copy…"),
            Self::Move => t!("Move…"),
            Self::Rename => t!("Rename…"),
            Self::Delete => t!("Delete…"),
            Self::Share => t!("Share a link…"),
        }
    }

    /// What the role must be allowed to in the place where the rows are.
    const fn needs(self) -> &'static [Permission] {
        match self {
            Self::Copy | Self::Share => &[Permission::Read],
            Self::Move => &[Permission::Read, Permission::Delete],
            Self::Rename => &[Permission::Read, Permission::Write, Permission::Delete],
            Self::Delete => &[Permission::Delete],
        }
    }

    /// Why it cannot be done, before S3 says so.
    fn barred(self, permissions: &[Permission], chosen: &[Chosen], role: &str) -> Option<String> {
        if let Some(missing) = self.needs().iter().find(|needed| !permissions.contains(needed)) {
            return Some(may_not(*missing, role));
        }
        match (self, chosen) {
            (Self::Rename, [Chosen::Object(_) | Chosen::Folder(_)]) | (Self::Share, [Chosen::Object(_)]) => None,
            (Self::Rename, _) => Some(t!("One at a time.").to_owned()),
            (Self::Share, _) => Some(t!("Only one object has a link.").to_owned()),
            _ => None,
        }
    }
}

/// That a role lacks a permission.
pub(super) fn may_not(missing: Permission, role: &str) -> String {
    match missing {
        Permission::List => t!("The role {role} may not list here.", role = role),
        Permission::Read => t!("The role {role} may not read here.", role = role),
        Permission::Write => t!("The role {role} may not write here.", role = role),
        Permission::Delete => t!("The role {role} may not delete here.", role = role),
        Permission::Versions => t!("The role {role} may not see versions here.", role = role),
        Permission::Tags => t!("The role {role} may not see tags here.", role = role),
    }
}

/// Everything that is asked before something is done, of what is chosen in a folder. Keys may ask it too.
pub(super) fn desk(visit: Visit, spot: Memo<Option<Spot>>, selection: Selection) -> (Desk, Piece) {
    let desk =
        Desk { visit, spot, selection, transfers: Transfers::current(), store: CredentialStore::current(), asked: RwSignal::new(None) };
    (desk, [delete::question(desk), relocate::question(desk), share::question(desk)].piece())
}

/// Has keys ask, until the surrounding component ends.
pub(super) fn follow_keys(desk: Desk) {
    register(&shortcuts::DELETE, move |_| desk.ask_by_key(Act::Delete));
    register(&shortcuts::RENAME, move |_| desk.ask_by_key(Act::Rename));
}

impl Desk {
    /// Asks about what is chosen, or about the active row where nothing is. Says why it cannot be done.
    fn ask_by_key(self, act: Act) -> bool {
        let chosen = if self.selection.is_empty() {
            let in_table = element::find("[role=grid]:focus").is_some();
            self.selection.active().filter(|_| in_table).into_iter().collect()
        } else {
            self.selection.chosen()
        };
        let Some(spot) = self.spot.get_untracked().filter(|_| !chosen.is_empty()) else { return false };
        let role = self.visit.role.with_untracked(|role| role.as_ref().map(|role| role.title.clone()).unwrap_or_default());
        match act.barred(&spot.location.permissions, &chosen, &role) {
            None => self.asked.set(Some(Asked { act, spot, chosen })),
            Some(why) => announce::tell("operation", [act.label().trim_end_matches('…'), &why].join(": ")),
        }
        true
    }
}

/// The button with everything that can be done with what is chosen.
pub(super) fn more(desk: Desk) -> Piece {
    let Desk { visit, spot, selection, .. } = desk;
    let opener =
        tag("button").class("button").set("type", "button").set("popovertarget", "more-menu").child(t!("More")).child(icon(Icon::Down));
    let items = live(move || {
        let chosen = selection.watched();
        let permissions = spot.with(|spot| spot.as_ref().map(|spot| spot.location.permissions.clone()).unwrap_or_default());
        let role = visit.role.with(|role| role.as_ref().map(|role| role.title.clone()).unwrap_or_default());
        tag("div").class("menu").children(Act::ALL.map(|act| item(desk, act, act.barred(&permissions, &chosen, &role))))
    });
    [opener.piece(), popover("more-menu", "popover popover--upload", t!("More"), items).piece()].piece()
}

fn item(desk: Desk, act: Act, barred: Option<String>) -> Tag {
    let class = if act == Act::Delete { "popover__item popover__item--plain bad" } else { "popover__item popover__item--plain" };
    let ask = move || {
        element::close_popovers();
        if let Some(spot) = desk.spot.get_untracked() {
            desk.asked.set(Some(Asked { act, spot, chosen: desk.selection.chosen() }));
        }
    };
    match barred {
        None => button(class, act.label(), ask),
        Some(why) => {
            let said = tag("span").class("secondary small").child(why.clone());
            button("popover__item popover__item--plain", act.label(), || {})
                .child(said)
                .set("aria-disabled", "true")
                .set("aria-label", [act.label(), &why].join(": "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::Object;

    fn object() -> Chosen {
        Chosen::Object(Object { key: "a".into(), size: 1, last_modified: None, etag: String::new(), storage_class: String::new() })
    }

    #[test]
    fn what_cannot_be_done_says_why() {
        let all = Permission::ALL;
        for act in Act::ALL {
            assert_eq!(act.barred(&all, &[object()], "Analyst"), None, "{act:?}");
            let why = act.barred(&[Permission::List], &[object()], "Analyst").unwrap();
            assert!(why.starts_with("The role Analyst may not "), "{why}");
        }
        let folder = Chosen::Folder("f/".into());
        assert_eq!(Act::Share.barred(&all, std::slice::from_ref(&folder), "").as_deref(), Some("Only one object has a link."));
        assert_eq!(Act::Rename.barred(&all, std::slice::from_ref(&folder), ""), None);
        let rest = Chosen::AllBut("f/".into(), std::sync::Arc::default());
        assert_eq!(Act::Rename.barred(&all, &[rest], "").as_deref(), Some("One at a time."));
        assert_eq!(Act::Rename.barred(&all, &[folder, object()], "").as_deref(), Some("One at a time."));
        assert_eq!(Act::Move.barred(&[Permission::Read], &[object()], "R").as_deref(), Some("The role R may not delete here."));
    }
}
