//! *Flow*: how this page got its credentials, step by step, as it happened. It is there for who is refused too.

mod filled;
mod handbook;
mod lanes;
mod rows;
mod samples;
mod steps;

use super::access::headed;
use super::explanations::{self, Explanation};
use super::frame::{Section, Visit, framed_or};
use super::functions::waiting;
use super::problem::{plain_page, portal_notice};
use crate::browser::format;
use crate::browser::style::StyleSheet;
use crate::reactive::{Memo, effect};
use crate::state::credentials::CredentialStore;
use crate::state::flow::FlowRuns;
use crate::state::place::use_asked_role;
use crate::ui::announce;
use crate::ui::button::button;
use crate::ui::notice::notice;
use crate::ui::piece::{IntoPiece, Piece, live, tag};
use crate::words::t;
use filled::Known;
use samples::Drawer;

/// The page.
pub fn flow() -> Piece {
    framed_or(Section::Flow, page, |_| plain_page(t!("Flow"), explanations::explained(Explanation::Flow(None))))
}

fn page(visit: Visit) -> Piece {
    headed(t!("Flow"), explanations::explained(Explanation::Flow(Some(visit))))
}

/// How it looks.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_flow.css"));

/// Everything below the heading.
pub(super) fn explained(visit: Option<Visit>) -> Piece {
    STYLE.adopt();
    let asked = use_asked_role();
    let runs = FlowRuns::new(CredentialStore::current());
    let role = Memo::new(move || visit.and_then(|visit| visit.role.get()));
    // Who is refused has no role to ask for.
    let wanted =
        move || visit.and_then(|_| role.with_untracked(|role| role.as_ref().map(|role| role.id.clone())).or_else(|| asked.get_untracked()));
    let begin = move |anew| runs.begin(wanted(), role.get_untracked(), anew);
    effect(move || {
        role.track();
        asked.track();
        begin(false);
    });
    let (run, running) = (runs.run(), runs.is_running());
    let busy = move || running.get().then_some("true");
    let drawer = Drawer::new();
    let known = Memo::new(move || {
        let own = run.with(|run| run.as_ref().and_then(|run| Some(run.as_ref().ok()?.record.own.clone())));
        Known::new(own.unwrap_or_default(), role.get())
    });
    let opened = steps::Opened::new(Vec::new());
    let again = button("button", t!("Run again"), move || begin(false)).live("aria-disabled", busy);
    let anew = visit.map(|_| {
        button("button", t!("Mint anew"), move || begin(true))
            .live("aria-disabled", busy)
            .live("hidden", move || role.with(Option::is_none))
            .set("title", t!("Has the portal mint other credentials for this page, and tells how that went"))
    });
    let spoken = Memo::new(move || run.with(|run| steps::spoken(run.as_ref())));
    effect(move || announce::say("flow", spoken.get()));
    let told = live(move || match run.get() {
        None => waiting(),
        Some(Ok(run)) => [lanes::heads(&run.record.asked).piece(), steps::steps(run, drawer, opened).piece()].piece(),
        Some(Err(error)) => notice(portal_notice(error), None).piece(),
    });
    let when = live(move || {
        let run = run.get()?.ok()?;
        Some(tag("p").class("secondary small").child(t!(
            "{time} · reference {reference}",
            time = format::date_time(run.record.server_now),
            reference = run.record.reference
        )))
    });
    [
        tag("p").class("flow__intro").child(t!("How this page got its credentials, from the sign-in to its first request, as it just happened. Tokens and signatures are shown by length and fingerprint only.")).piece(),
        tag("div").class("flow__bar").child(again).child(anew).child(drawer.opener()).child(when).piece(),
        samples::drawer(drawer, known).piece(),
        tag("section").class("flow").set("aria-label", t!("Steps")).live("aria-busy", busy).child(told).piece(),
        handbook::handbook().piece(),
    ]
    .piece()
}
