//! *My access*: the person's own sessions, and what their roles open.

mod card;
mod device;
mod roles;

use super::frame::{Section, Visit, framed};
use super::problem::{explanation, portal_notice};
use crate::browser::style::StyleSheet;
use crate::pages::title;
use crate::reactive::Memo;
use crate::state::credentials::CredentialStore;
use crate::state::own_sessions::{OwnSessions, is_over};
use crate::ui::button::button;
use crate::ui::confirm::confirm;
use crate::ui::lazy::{Unloaded, lazily};
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag, text};
use crate::words::t;
use card::Cards;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

/// The page.
pub fn access() -> Piece {
    framed(Section::Access, page)
}

fn page(visit: Visit) -> Piece {
    headed(t!("My access"), lazily(load, waiting, move || own(visit)))
}

/// A page of parts below one heading.
pub(super) fn headed(heading: &'static str, content: Piece) -> Piece {
    [title(|| heading.into()), tag("div").class("access").child(tag("h1").child(heading)).child(content).piece()].piece()
}

/// How that part looks.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_access_cards.css"));

/// Everything below the heading: a part of the program of its own.
#[wasm_split(access, wasm_split_path = leptos::wasm_split, fallible, preload(load_own))]
fn own(visit: Visit) -> Result<Piece, Unloaded> {
    STYLE.adopt();
    Ok(overview(visit))
}

fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_own().boxed_local()
}

fn waiting() -> Piece {
    tag("section")
        .class("access__part")
        .set("aria-busy", "true")
        .child(tag("h2").child(t!("Sessions")))
        .child(tag("ul").class("cards").children((0..2).map(|_| skeleton())))
        .piece()
}

fn skeleton() -> Tag {
    tag("li").class("card card--waiting").child(tag("span").class("skeleton skeleton--name"))
}

fn overview(visit: Visit) -> Piece {
    let store = CredentialStore::current();
    let sessions = OwnSessions::follow(store);
    let cards = Cards::new(visit, store, sessions);
    [sessions_part(cards).piece(), roles::roles(visit), note().piece(), confirm(cards.asked, move || cards.end(), || {}).piece()].piece()
}

fn sessions_part(cards: Cards) -> Tag {
    let sessions = cards.sessions;
    let (all, error, loading, more) = (sessions.all(), sessions.error(), sessions.is_loading(), sessions.has_more());
    let current =
        Memo::new(move || all.with(|all| all.iter().filter(|session| !is_over(session, cards.now())).cloned().collect::<Vec<_>>()));
    let older = Memo::new(move || all.with(|all| all.iter().filter(|session| is_over(session, cards.now())).cloned().collect::<Vec<_>>()));
    let listed = live(move || {
        let now = current.get();
        if !now.is_empty() {
            return tag("ul").class("cards").children(now.into_iter().map(|session| cards.card(session))).piece();
        }
        match error.get() {
            _ if loading.get() => tag("ul").class("cards").set("aria-busy", "true").children((0..2).map(|_| skeleton())).piece(),
            Some(error) => {
                let again = button("button", t!("Try again"), move || sessions.refresh()).piece();
                notice(Notice { title: t!("Your sessions cannot be read").to_owned(), ..portal_notice(error) }, Some(again)).piece()
            }
            None => {
                let words = Notice::new(
                    Kind::Empty,
                    t!("You have no session now"),
                    t!("A session begins when the portal mints credentials for you, in this browser or another."),
                    t!("Open Browse or Functions, and there is one."),
                );
                notice(words, None).piece()
            }
        }
    });
    let stale = live(move || {
        let error = error.get().filter(|_| all.with(|all| !all.is_empty()))?;
        Some(
            tag("p")
                .class("bad")
                .set("role", "status")
                .child(t!("Not up to date: {message} {next_step}", message = error.message, next_step = error.next_step))
                .child(" ")
                .child(explanation(error.section())),
        )
    });
    let count = Memo::new(move || older.with(Vec::len));
    let folded = tag("details")
        .class("older")
        .live("hidden", move || count.get() == 0)
        .child(tag("summary").child(text(move || match (count.get(), more.get()) {
            (count, false) => t!("Ended and expired ({count})", count = count),
            (count, true) => t!("Ended and expired (more than {count})", count = count),
        })))
        .child(live(move || tag("ul").class("cards cards--older").children(older.get().into_iter().map(|session| cards.card(session)))))
        .child(live(move || more.get().then(|| button("button button--inline", t!("Show more"), move || sessions.more()))));
    tag("section")
        .class("access__part")
        .set("aria-labelledby", "own-sessions")
        .child(tag("h2").set("id", "own-sessions").child(t!("Sessions")))
        .child(cards.told())
        .child(stale)
        .child(listed)
        .child(folded)
}

fn note() -> Tag {
    tag("section")
        .class("access__part")
        .set("aria-labelledby", "signing-out")
        .child(tag("h2").set("id", "signing-out").child(t!("Signing out")))
        .child(tag("p").child(t!(
            "Signing out forgets the credentials in every tab of this browser. Credentials that were minted before, here or elsewhere, work until they expire unless their session is ended above."
        )))
}
