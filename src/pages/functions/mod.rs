//! *Functions*: pick one, write its payload, invoke it, read what came back.

mod form;
mod history;
mod how;
mod log;
mod outcome;
mod payload;
mod result;
mod saved;

use super::frame::{Section, Visit, framed};
use super::shortcuts;
use crate::browser::keyboard;
use crate::browser::style::StyleSheet;
use crate::model::function::FunctionTarget;
use crate::pages::title;
use crate::reactive::{Memo, Signal, effect};
use crate::state::credentials::CredentialStore;
use crate::state::invocation::{Invocation, InvocationState, Order};
use crate::state::place::{FunctionPlace, use_function_place};
use crate::ui::button::button;
use crate::ui::confirm;
use crate::ui::lazy::{Unloaded, lazily};
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, list, live, tag, text};
use crate::ui::shortcuts::register_within;
use crate::words::t;
use form::Form;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use how::How;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use payload::Payload;

/// The page.
pub fn functions() -> Piece {
    framed(Section::Functions, page)
}

/// What the place in the URL is in the chosen role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Function,
    UnknownFunction,
    NoFunctions,
}

fn page(visit: Visit) -> Piece {
    let place = use_function_place();
    let chosen = Memo::new(move || {
        let name = place.with(|place| place.name.clone());
        visit.role.with(|role| {
            let functions = role.as_ref().map(|role| role.functions.as_slice()).unwrap_or_default();
            match name {
                Some(name) => functions.iter().find(|function| function.name == name).cloned(),
                None => functions.first().cloned(),
            }
        })
    });
    let any = move || visit.role.with(|role| role.as_ref().is_some_and(|role| !role.functions.is_empty()));
    let shown = Memo::new(move || match (any(), chosen.with(Option::is_some)) {
        (false, _) => Shown::NoFunctions,
        (true, true) => Shown::Function,
        (true, false) => Shown::UnknownFunction,
    });
    let name = move || chosen.with(|chosen| chosen.as_ref().map_or_else(|| t!("Functions").to_owned(), |function| function.name.clone()));
    let content = live(move || match shown.get() {
        Shown::Function => lazily(load, waiting, move || function(visit, chosen)),
        Shown::UnknownFunction => unknown(visit, place),
        Shown::NoFunctions => none(visit),
    });
    [title(name), tag("div").class("functions").child(choices(visit, chosen)).child(content).piece()].piece()
}

fn choices(visit: Visit, chosen: Memo<Option<FunctionTarget>>) -> Tag {
    let items = live(move || {
        let role = visit.role.get()?;
        let item = |function: FunctionTarget| {
            let href = FunctionPlace { role: Some(role.id.clone()), name: Some(function.name.clone()) }.href();
            let name = function.name;
            let shown = name.clone();
            let current = move || chosen.with(|chosen| chosen.as_ref().is_some_and(|chosen| chosen.name == name)).then_some("page");
            tag("li").child(tag("a").set("href", href).live("aria-current", current).child(shown))
        };
        Some(list(role.functions.into_iter().map(item)))
    });
    tag("nav")
        .class("function-list")
        .set("aria-label", t!("Functions"))
        .child(tag("h1").child(t!("Functions")))
        .child(tag("ul").child(items))
}

/// How that part looks.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_functions_pane.css"));

/// The editor, the call and what comes back: a part of the program of its own.
#[wasm_split(functions, wasm_split_path = leptos::wasm_split, fallible, preload(load_function))]
fn function(visit: Visit, chosen: Memo<Option<FunctionTarget>>) -> Result<Piece, Unloaded> {
    STYLE.adopt();
    // Its fields.
    confirm::STYLE.adopt();
    Ok(pane(visit, chosen).piece())
}

/// Loads that part.
pub(crate) fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_function().boxed_local()
}

/// What stands for a part that is being loaded.
pub(super) fn waiting() -> Piece {
    tag("section").class("function").set("aria-busy", "true").child(tag("span").class("skeleton skeleton--name")).piece()
}

fn pane(visit: Visit, chosen: Memo<Option<FunctionTarget>>) -> Tag {
    let invocation = Invocation::new(CredentialStore::current());
    let how = How::new(chosen);
    let arn = Signal::derive(move || chosen.with(|chosen| chosen.as_ref().map(|function| function.arn.clone())));
    let payload = Payload::new(arn, how.mode());
    let name = move || chosen.with(|chosen| chosen.as_ref().map(|function| function.name.clone()));
    let form = Form::new(payload, visit.role_id(), Signal::derive(name));
    effect(move || {
        chosen.track();
        visit.role.track();
        invocation.reset();
    });
    let state = invocation.state();
    let running = Memo::new(move || state.with(|state| matches!(state, InvocationState::Running(_))));
    let invoke = move || {
        if running.get_untracked() || !payload.insist() || !form.insist() {
            return;
        }
        if let (Some(role), Some(target)) = (visit.role_id().get_untracked(), chosen.get_untracked()) {
            let (qualifier, mode) = (how.qualifier(), how.mode().get_untracked());
            invocation.start(Order { role, target, qualifier, mode, payload: payload.text() });
        }
    };
    let section = ElementRef::new();
    register_within(&shortcuts::INVOKE, section, move |_| {
        invoke();
        true
    });
    let unready = move || (running.get() || payload.wrong().get()).then_some("true");
    let press = button("button button--primary", text(move || how::verb(how.mode().get())), invoke)
        .live("aria-disabled", unready)
        .set("aria-keyshortcuts", "Control+Enter Meta+Enter")
        .child(tag("span").class("key").set("aria-hidden", "true").child(format!("{} ⏎", keyboard::command_key())));
    let saved = saved::row(payload, visit.who.with_value(|who| who.subject.to_string()), chosen);
    let runs = history::section(invocation, arn, payload);
    let bar = tag("div")
        .class("function__bar")
        .child(tag("h2").child(text(name)))
        .child(tag("span").class("function__arn mono small").child(text(move || arn.get())))
        .child(how.controls())
        .child(press);
    tag("section").class("function").live("aria-label", name).reference(section).child(bar).child(
        tag("div").class("function__panes").child(payload.pane(saved, form)).child(outcome::pane(
            invocation,
            Signal::derive(name),
            visit.role_id(),
            runs,
        )),
    )
}

fn unknown(visit: Visit, place: Memo<FunctionPlace>) -> Piece {
    let name = place.with_untracked(|place| place.name.clone()).unwrap_or_default();
    let words = Notice::new(
        Kind::Refused,
        t!("This function is not open here"),
        t!("The role {role} does not open the function “{name}”.", role = role_title(visit), name = name),
        t!("Choose another function or another role, or ask the people who run the portal to add it to this one."),
    );
    notice(words, None).piece()
}

fn none(visit: Visit) -> Piece {
    let words = Notice::new(
        Kind::Empty,
        t!("This role opens no function"),
        t!("Lambda functions that the role {role} may invoke would be listed here.", role = role_title(visit)),
        t!("Choose another role at the top, or ask the people who run the portal to add a function to this one."),
    );
    notice(words, None).piece()
}

fn role_title(visit: Visit) -> String {
    visit.role.with_untracked(|role| role.as_ref().map(|role| role.title.clone())).unwrap_or_default()
}
