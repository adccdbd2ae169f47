//! The frame around every page of a signed-in person: header, role, time left, navigation.

mod credentials;
mod language;
mod menus;
mod person;
mod role_menu;
mod time_left;

pub(crate) use menus::load as load_menus;
pub(super) use time_left::warning as expiry_warning;

use super::problem::problem_page;
use super::signed_out::signed_out;
use crate::browser::ON_SERVER;
use crate::model::error::PortalError;
use crate::model::names::RoleId;
use crate::model::role::EntitledRole;
use crate::model::viewer::WhoAmI;
use crate::pages::{title, transfers};
use crate::reactive::{Memo, RwSignal, Signal, StoredValue, effect};
use crate::state::credentials::CredentialStore;
use crate::state::place::{BrowsePlace, FunctionPlace, page_href, use_asked_role};
use crate::state::viewer::{CurrentViewer, Standing};
use crate::ui::button::link_button;
use crate::ui::icon::{Icon, icon};
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag};
use crate::words::{mark, t, translated};

/// What can be read of the pages before, or without, the program that signs requests.
fn noscript() -> Tag {
    // With scripts the browser never shows it: the text of this element is one node to take over, whatever it says.
    let words =
        if ON_SERVER { t!("Vestibule signs its requests to AWS in this page, so it needs JavaScript and WebAssembly.") } else { " " };
    tag("noscript").class("noscript").child(words)
}

/// A part of the portal, as the navigation names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Objects.
    Browse,
    /// Functions.
    Functions,
    /// How credentials come about.
    Flow,
    /// The person's own sessions, and what their roles open.
    Access,
    /// Everybody's sessions, for administrators.
    Admin,
}

impl Section {
    /// All that exist, in the order of the navigation.
    const ALL: [Self; 5] = [Self::Browse, Self::Functions, Self::Flow, Self::Access, Self::Admin];

    fn title(self) -> &'static str {
        translated(match self {
            Self::Browse => mark!("Browse"),
            Self::Functions => mark!("Functions"),
            Self::Flow => mark!("Flow"),
            Self::Access => mark!("My access"),
            Self::Admin => mark!("Admin"),
        })
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Browse => Icon::Folder,
            Self::Functions => Icon::Function,
            Self::Flow => Icon::Flow,
            Self::Access => Icon::Access,
            Self::Admin => Icon::Admin,
        }
    }

    fn href(self, role: Option<RoleId>) -> String {
        match self {
            Self::Browse => BrowsePlace { role, ..BrowsePlace::default() }.href(),
            Self::Functions => FunctionPlace { role, ..FunctionPlace::default() }.href(),
            Self::Flow => page_href("/flow", role.as_ref()),
            Self::Access => page_href("/access", role.as_ref()),
            Self::Admin => page_href("/admin", role.as_ref()),
        }
    }

    /// Whether the page works with a role's credentials. Pages that do not are open without a role,
    /// and looking at them mints nothing; but for *Flow*, which tells of a mint and needs one where the tab holds none.
    const fn needs_role(self) -> bool {
        matches!(self, Self::Browse | Self::Functions)
    }
}

/// Who looks at a page, and in which role.
#[derive(Clone, Copy)]
pub struct Visit {
    /// Who.
    pub who: StoredValue<WhoAmI>,
    /// In which role; `None` where the URL names one that the person does not have.
    pub role: Memo<Option<EntitledRole>>,
}

impl Visit {
    /// The role's id.
    #[must_use]
    pub fn role_id(self) -> Signal<Option<RoleId>> {
        let role = self.role;
        Signal::derive(move || role.with(|role| role.as_ref().map(|role| role.id.clone())))
    }
}

/// What stands in the way of the page itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Open,
    NoRole,
    ForeignRole,
}

/// Shows `page` in the frame to whoever is signed in, and otherwise what is wrong.
pub fn framed(section: Section, page: fn(Visit) -> Piece) -> Piece {
    framed_or(section, page, problem_page)
}

/// The same, with a page of its own for whoever is refused.
pub fn framed_or(section: Section, page: fn(Visit) -> Piece, refused: fn(PortalError) -> Piece) -> Piece {
    let current = CurrentViewer::current();
    let standing = current.standing();
    current.ask_unless_told();
    live(move || match current.get() {
        Some(Ok(who)) => {
            let ended = Memo::new(move || standing.get() == Standing::SignedOut);
            let who = StoredValue::new(who);
            live(move || if ended.get() { signed_out() } else { frame(section, who, page).piece() })
        }
        Some(Err(error)) => refused(error),
        None => tag("p").class("unseen").set("role", "status").child(t!("Asking the portal who is signed in")).piece(),
    })
}

fn frame(section: Section, who: StoredValue<WhoAmI>, page: fn(Visit) -> Piece) -> Tag {
    let asked = use_asked_role();
    let role = Memo::new(move || asked.with(|asked| who.with_value(|who| who.role(asked.as_ref()).cloned())));
    let visit = Visit { who, role };
    let gate = Memo::new(move || match (who.with_value(|who| who.roles.is_empty()), role.with(Option::is_some)) {
        _ if !section.needs_role() => Gate::Open,
        (true, _) => Gate::NoRole,
        (_, true) => Gate::Open,
        (_, false) => Gate::ForeignRole,
    });
    // The first thing that any page does is to sign a request, so its credentials are asked for at
    // once. Only a change of role asks again: wiped credentials stay wiped.
    let store = CredentialStore::current();
    if let Some(role) = visit.role_id().get_untracked().filter(|_| section.needs_role()) {
        store.begin(&role);
    }
    effect(move || {
        if let Some(role) = visit.role_id().get().filter(|_| section.needs_role()) {
            store.fetch(role);
        }
    });
    let sandbox = who.with_value(|who| who.sandbox);
    let shown = Memo::new(move || role.with(Option::is_some));
    let used_elsewhere = RwSignal::new(false);
    let role_controls =
        live(move || shown.get().then(|| [role_menu::role_menu(section, visit), time_left::time_left(visit, used_elsewhere)].piece()));
    let edge = tag("div")
        .class("frame__edge")
        .child(
            sandbox.then(|| tag("aside").class("sandbox-edge").set("aria-label", t!("Sandbox")).child(t!("Sandbox: nothing here is AWS"))),
        )
        .child(noscript());
    let header = tag("header")
        .class("header")
        .child(tag("a").class("mark").set("href", "/browse").child(icon(Icon::Mark)).child("Vestibule"))
        .child(navigation(section, visit))
        .child(tag("div").class("header__end").child(role_controls).child(person::person(who)));
    let content = live(move || match gate.get() {
        Gate::Open => page(visit),
        Gate::NoRole => no_role(who),
        Gate::ForeignRole => foreign_role(section, visit),
    });
    tag("div")
        .class(if sandbox { "frame frame--sandbox" } else { "frame" })
        .child(tag("a").class("skip").set("href", "#page").set("rel", "external").child(t!("Skip to the page")))
        .child(edge)
        .child(header)
        .child(tag("main").class("page").set("id", "page").set("tabindex", "-1").child(content))
        .child(transfers::transfers(visit))
        .child(transfers::keys(visit))
        .child(menus::menu(used_elsewhere, menus::Menu::Elsewhere(visit, used_elsewhere)))
}

fn navigation(here: Section, visit: Visit) -> Tag {
    let role = visit.role_id();
    let is_admin = visit.who.with_value(|who| who.is_admin);
    let open = Section::ALL.into_iter().filter(|section| *section != Section::Admin || is_admin);
    let items = open.map(|section| {
        let link = tag("a")
            .live("href", move || section.href(role.get()))
            .set("aria-current", (section == here).then_some("page"))
            .child(icon(section.icon()))
            .child(section.title());
        tag("li").child(link)
    });
    tag("nav").class("sections").set("aria-label", t!("Sections")).child(tag("ul").children(items))
}

fn no_role(who: StoredValue<WhoAmI>) -> Piece {
    let groups = who.with_value(|who| who.groups.join(", "));
    let message = if groups.is_empty() {
        t!("You are signed in, but your sign-in names no group, and every role here is given to groups.").to_owned()
    } else {
        t!("You are signed in, but none of your groups ({groups}) is given a role here.", groups = groups)
    };
    let words = Notice::new(
        Kind::Refused,
        t!("No role is open to you"),
        message,
        t!("Ask the people who run the portal which group you should be in. Once you are, sign out and in again."),
    );
    headed(t!("No role"), notice(words, None))
}

fn foreign_role(section: Section, visit: Visit) -> Piece {
    let words = Notice::new(
        Kind::Refused,
        t!("This role is not open to you"),
        t!("The address asks for the role “{role}”, which none of your groups is given.", role = asked_text()),
        t!("Choose one of yours, or ask the people who run the portal for that role's group."),
    );
    let link = |role: &EntitledRole| link_button("button", section.href(Some(role.id.clone())), role.title.clone());
    let roles: Vec<Piece> = visit.who.with_value(|who| who.roles.iter().map(link).collect());
    headed(t!("Role not open to you"), notice(words, Some(roles.piece())))
}

fn headed(heading: &'static str, words: Tag) -> Piece {
    [title(|| heading.into()), tag("h1").class("unseen").child(heading).piece(), words.piece()].piece()
}

fn asked_text() -> String {
    use_asked_role().get_untracked().map(String::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::first_mint::FirstMint;
    use serde_json::json;

    /// What a document asks for ahead is what its page would.
    #[test]
    fn pages_that_need_a_role_begin_with_a_mint() {
        let role = json!({"id": "r", "title": "R", "strategy": "web-identity", "duration_seconds": 900, "buckets": [], "functions": []});
        let who = serde_json::from_value::<WhoAmI>(json!({
            "subject": "s", "email": null, "name": null, "groups": [], "is_admin": true, "roles": [role], "server_now": "2026-01-01T00:00:00Z"
        }));
        let who = who.unwrap();
        for section in Section::ALL {
            assert_eq!(FirstMint::of(&section.href(None), "", &who).is_some(), section.needs_role(), "{section:?}");
        }
    }
}
