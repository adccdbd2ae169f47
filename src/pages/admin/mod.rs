//! *Admin*: everybody's sessions, ending them, and blocks.

mod blocks;
mod ending;
mod expiries;
mod figures;
mod filters;
mod footer;
mod sessions;
pub(super) mod words;

use super::frame::{Section, Visit, framed};
use super::problem::portal_notice;
use crate::browser::style::StyleSheet;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::session::SessionFilter;
use crate::pages::title;
use crate::reactive::{Memo, RwSignal};
use crate::state::credentials::CredentialStore;
use crate::state::place::page_href;
use crate::state::pulse;
use crate::state::roster::{Roster, RosterStatus};
use crate::ui::button::{button, link_button};
use crate::ui::lazy::{Unloaded, lazily};
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece, live, tag};
use crate::words::t;
use ending::Ending;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

/// Milliseconds between two changes of the countdowns.
const TICK_MILLIS: u32 = 1_000;

/// The page.
pub fn admin() -> Piece {
    framed(Section::Admin, page)
}

fn page(visit: Visit) -> Piece {
    let is_admin = visit.who.with_value(|who| who.is_admin);
    let content = if is_admin { lazily(load, waiting, move || administration(visit)) } else { refused(visit, None) };
    [title(|| t!("Admin").into()), tag("h1").class("unseen").child(t!("Sessions")).piece(), content].piece()
}

/// How that part looks.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_admin_desk.css"));

/// Everything behind the gate: a part of the program of its own.
#[wasm_split(admin, wasm_split_path = leptos::wasm_split, fallible, preload(load_administration))]
fn administration(visit: Visit) -> Result<Piece, Unloaded> {
    STYLE.adopt();
    Ok(desk(visit))
}

fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_administration().boxed_local()
}

fn waiting() -> Piece {
    let row = |_| tag("div").class("row row--body").child(tag("span").class("skeleton skeleton--name"));
    tag("div")
        .class("admin")
        .set("aria-busy", "true")
        .child(tag("div").class("admin__top"))
        .child(tag("div").class("admin__bar"))
        .child(tag("div").class("admin__body admin__body--waiting").children((0..28).map(row)))
        .piece()
}

/// What stands in the middle of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Rows,
    Empty,
    Failed,
}

/// What the parts of the page share.
#[derive(Clone, Copy)]
struct Desk {
    visit: Visit,
    roster: Roster,
    ending: Ending,
    /// Changes once a second, for every countdown of the page.
    tick: RwSignal<u32>,
}

fn desk(visit: Visit) -> Piece {
    let roster = Roster::follow();
    let tick = RwSignal::new(0_u32);
    pulse::every(TICK_MILLIS, move || tick.update(|tick| *tick = tick.wrapping_add(1)));
    let ending = Ending::new(roster, CredentialStore::current());
    let desk = Desk { visit, roster, ending, tick };
    let (status, count) = (roster.status(), roster.count());
    let body = Memo::new(move || {
        status.with(|status| match status {
            _ if count.get() > 0 => Body::Rows,
            RosterStatus::Complete => Body::Empty,
            RosterStatus::Failed(_) => Body::Failed,
            _ => Body::Rows,
        })
    });
    // The table stays, hidden where there is nothing to show: its place and focus outlive a filter.
    let rows = tag("div").class("admin__rows").live("hidden", move || body.get() != Body::Rows).child(sessions::sessions(desk));
    let instead = live(move || match body.get() {
        Body::Rows => ().piece(),
        Body::Empty => empty(roster),
        Body::Failed => failed(desk),
    });
    tag("div")
        .class("admin")
        .child(tag("div").class("admin__top").child(figures::figures(roster)).child(expiries::expiries(desk)))
        .child(filters::filters(desk))
        .child(tag("div").class("admin__body").child(rows).child(instead))
        .child(blocks::blocks(desk))
        .child(ending.outcome())
        .child(footer::footer(desk))
        .child(ending.dialog())
        .piece()
}

fn empty(roster: Roster) -> Piece {
    if roster.filter().get_untracked() == SessionFilter::default() {
        let words = Notice::new(
            Kind::Empty,
            t!("There is no session"),
            t!("Every set of credentials that the portal mints would be listed here, with who has it and how long."),
            t!("The first one comes when somebody opens Browse or Functions."),
        );
        return notice(words, None).piece();
    }
    let words = Notice::new(
        Kind::Empty,
        t!("No session matches"),
        t!("None of the sessions is of this person, role and state."),
        t!("Widen the filter."),
    );
    let clear = button("button", t!("Show all sessions"), move || roster.set_filter(SessionFilter::default()));
    notice(words, Some(clear.piece())).piece()
}

fn failed(desk: Desk) -> Piece {
    let RosterStatus::Failed(error) = desk.roster.status().get_untracked() else { return ().piece() };
    if error.code == ErrorCode::NotEntitled {
        return refused(desk.visit, Some(error));
    }
    let again = button("button", t!("Try again"), move || desk.roster.resume()).piece();
    notice(Notice { title: t!("The sessions cannot be read").to_owned(), ..portal_notice(error) }, Some(again)).piece()
}

/// For somebody who is not an administrator, or was when the page was opened.
pub(super) fn refused(visit: Visit, error: Option<PortalError>) -> Piece {
    let mut words = Notice::new(
        Kind::Refused,
        t!("This page is for administrators"),
        t!("It is about everybody's sessions and the portal itself. None of your groups is an administrators' group."),
        t!("Ask the people who run the portal for that group, then sign out and in again. Your own sessions are on My access."),
    );
    if let Some(error) = error {
        Notice { codes: words.codes, explained: words.explained, .. } = portal_notice(error);
    }
    let own = link_button("button", page_href("/access", visit.role_id().get_untracked().as_ref()), t!("My access"));
    notice(words, Some(own)).piece()
}
