//! *Flow*: how this page got its credentials, step by step, as it happened. It is there for who is refused too.

mod handbook;
mod lanes;
mod rows;
mod samples;
mod steps;

use super::frame::{Section, Visit, framed_or};
use super::problem::{plain_page, portal_notice};
use crate::browser::format;
use crate::browser::style::StyleSheet;
use crate::pages::title;
use crate::reactive::{Memo, RwSignal, effect};
use crate::state::credentials::CredentialStore;
use crate::state::flow::FlowRuns;
use crate::state::place::use_asked_role;
use crate::ui::announce;
use crate::ui::button::button;
use crate::ui::lazy::{Unloaded, lazily};
use crate::ui::notice::notice;
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

/// The page.
pub fn flow() -> Piece {
    framed_or(Section::Flow, page, |_| plain_page("Flow", content(None)))
}

fn page(visit: Visit) -> Piece {
    [title(|| "Flow".into()), tag("div").class("access").child(tag("h1").child("Flow")).child(content(Some(visit))).piece()].piece()
}

fn content(visit: Option<Visit>) -> Piece {
    lazily(load, waiting, move || own(visit))
}

/// How that part looks.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_flow.css"));

/// Everything below the heading: a part of the program of its own.
#[wasm_split(flow, wasm_split_path = leptos::wasm_split, fallible, preload(load_own))]
fn own(visit: Option<Visit>) -> Result<Piece, Unloaded> {
    STYLE.adopt();
    Ok(overview(visit))
}

fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_own().boxed_local()
}

fn waiting() -> Piece {
    tag("section").class("access__part").set("aria-busy", "true").child(tag("span").class("skeleton skeleton--name")).piece()
}

fn overview(visit: Option<Visit>) -> Piece {
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
    let open = RwSignal::new(false);
    let again = button("button", "Run again", move || begin(false)).live("aria-disabled", busy);
    let anew = visit.map(|_| {
        button("button", "Mint anew", move || begin(true))
            .live("aria-disabled", busy)
            .live("hidden", move || role.with(Option::is_none))
            .set("title", "Has the portal mint other credentials for this page, and tells how that went")
    });
    let drawer = button("button", "Do it yourself", move || open.update(|open| *open = !*open))
        .live("aria-expanded", move || if open.get() { "true" } else { "false" })
        .set("aria-controls", "do-it-yourself");
    let spoken = Memo::new(move || run.with(|run| steps::spoken(run.as_ref())));
    effect(move || announce::say("flow", spoken.get()));
    let told = live(move || match run.get() {
        None => waiting(),
        Some(Ok(run)) => [lanes::heads().piece(), steps::steps(run).piece()].piece(),
        Some(Err(error)) => notice(portal_notice(error), None).piece(),
    });
    let when = live(move || {
        let run = run.get()?.ok()?;
        Some(tag("p").class("secondary small").child(format!(
            "{} · reference {}",
            format::date_time(run.record.server_now),
            run.record.reference
        )))
    });
    [
        tag("p").class("flow__intro").child("How this page got its credentials, from the sign-in to its first request, as it just happened. Tokens and signatures are shown by length and fingerprint only.").piece(),
        tag("div").class("flow__bar").child(again).child(anew).child(drawer).child(when).piece(),
        samples::drawer(open, role).piece(),
        tag("section").class("flow").set("aria-label", "Steps").live("aria-busy", busy).child(told).piece(),
        handbook::handbook().piece(),
    ]
    .piece()
}

/// A button that copies a text, and says whether it did.
fn copy_button(text: String) -> Tag {
    use crate::browser::{clipboard, task};
    use crate::ui::piece;
    let copied = RwSignal::new(None::<bool>);
    let word = move || match copied.get() {
        None => "Copy",
        Some(true) => "Copied",
        Some(false) => "Copy it by hand",
    };
    button("button button--inline", piece::text(word), move || {
        let text = text.clone();
        task::spawn(async move {
            let done = clipboard::copy(&text).await;
            let _ = copied.try_set(Some(done));
        });
    })
}
