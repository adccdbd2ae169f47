//! `/cli`: a terminal asks for credentials. `vestibule credential-process` opens it; nothing links to it.
//!
//! It stands outside of the frame: its policy lets a form go to the terminal's port, so every way out of it loads a page of
//! another policy.

use super::explanations::{self, Explanation};
use super::functions::waiting;
use super::problem::{plain_page, portal_notice, sign_in_link};
use crate::browser::style::StyleSheet;
use crate::browser::{element, navigation};
use crate::model::role::EntitledRole;
use crate::model::viewer::WhoAmI;
use crate::reactive::{Memo, StoredValue, effect};
use crate::state::terminal::{Delivery, DeliveryStatus};
use crate::state::viewer::{CurrentViewer, Standing};
use crate::terminal::{Asked, Unreadable, is_key};
use crate::ui::announce;
use crate::ui::button::button;
use crate::ui::copy::copy_button;
use crate::ui::lazy::{Unloaded, lazily};
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, live, tag, text};
use crate::ui::popover::facts;
use crate::words::t;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

/// How it looks.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_cli.css"));

/// The page.
pub fn cli() -> Piece {
    plain_page(t!("Terminal"), explanations::explained(Explanation::Terminal))
}

/// Everything below the heading: a part of the program of its own, because what seals is large.
pub(super) fn explained() -> Piece {
    lazily(load, waiting, question)
}

#[wasm_split(terminal, wasm_split_path = leptos::wasm_split, fallible, preload(load_question))]
fn question() -> Result<Piece, Unloaded> {
    STYLE.adopt();
    let current = CurrentViewer::current();
    let standing = current.standing();
    current.ask_unless_told();
    let shown = live(move || match (standing.get(), current.get()) {
        (Standing::SignedOut, _) => notice(signed_out(), Some(sign_in_link())).piece(),
        (_, Some(Ok(who))) => of(who),
        (_, Some(Err(error))) => notice(portal_notice(error), Some(sign_in_link())).piece(),
        (_, None) => waiting(),
    });
    Ok([shown, announce::place().piece()].piece())
}

fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_question().boxed_local()
}

fn signed_out() -> Notice {
    Notice::new(
        Kind::Empty,
        t!("You are signed out"),
        t!("This browser has forgotten your credentials, in every tab."),
        t!("Sign in, then run the command again."),
    )
}

fn of(who: WhoAmI) -> Piece {
    let who = StoredValue::new(who);
    match Asked::parse(&navigation::query()) {
        Ok(asked) if is_key(&asked) => of_role(who, asked),
        Ok(_) => unreadable(Unreadable("key")),
        Err(error) => unreadable(error),
    }
}

fn unreadable(Unreadable(part): Unreadable) -> Piece {
    let words = Notice::new(
        Kind::Failed,
        t!("This address is not whole"),
        t!("Its part “{part}” is missing, or is not as the command writes it. Nothing was minted.", part = part),
        t!("Run the command again and open the address that it prints, from its beginning to its end."),
    );
    notice(words, None).piece()
}

fn of_role(who: StoredValue<WhoAmI>, asked: Asked) -> Piece {
    let role = who.with_value(|who| who.roles.iter().find(|role| role.id == *asked.role()).cloned());
    match role {
        Some(role) => offer(who, role, asked),
        None => foreign(who, &asked),
    }
}

fn foreign(who: StoredValue<WhoAmI>, asked: &Asked) -> Piece {
    let own: Vec<String> = who.with_value(|who| who.roles.iter().map(|role| role.id.to_string()).collect());
    let next = if own.is_empty() {
        t!("Ask the people who run the portal which group you should be in.").to_owned()
    } else {
        t!(
            "Run the command with a role of yours ({roles}), or ask the people who run the portal for that role's group.",
            roles = own.join(", ")
        )
    };
    let message = t!("The terminal asks for the role “{role}”, which none of your groups is given.", role = asked.role().to_string());
    notice(Notice::new(Kind::Refused, t!("This role is not open to you"), message, next), None).piece()
}

fn offer(who: StoredValue<WhoAmI>, role: EntitledRole, asked: Asked) -> Piece {
    let (code, host) = (asked.check_code(), asked.host());
    let delivery = Delivery::of(asked);
    let status = delivery.status();
    effect(move || announce::say("terminal", status.with(spoken)));
    let stage = Memo::new(move || status.with(Stage::of));
    let role = StoredValue::new(role);
    live(move || {
        match stage.get() {
        Stage::Used => used().piece(),
        Stage::Shown => shown(delivery).piece(),
        Stage::Open => tag("section")
            .class("terminal")
            .set("aria-labelledby", "terminal-title")
            .child(tag("h2").set("id", "terminal-title").child(t!("Give a terminal your credentials?")))
            .child(tag("p").child(role.with_value(|role| {
                t!("“vestibule credential-process” asks for credentials of the role {role}. With them it can do what you can do in that role.", role = role.title.clone())
            })))
            .child(
                tag("div")
                    .class("terminal__check")
                    .child(tag("p").class("terminal__code").set("dir", "ltr").set("aria-label", t!("Check code")).set("role", "img").child(code.clone()))
                    .child(tag("p").child(t!("Only go on if your terminal shows {code}.", code = code.clone()))),
            )
            .child(particulars(who, role, host.clone()))
            .child(live(move || failure(status.get())))
            .child(buttons(delivery))
            .child(tag("p").class("secondary small").child(t!(
                "You started no such command? Then close this page, and nothing has happened. Send nobody what it copies."
            )))
            .piece(),
    }
    })
}

/// What is drawn anew when it changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Open,
    Shown,
    Used,
}

impl Stage {
    fn of(status: &DeliveryStatus) -> Self {
        match status {
            DeliveryStatus::Used => Self::Used,
            DeliveryStatus::Shown(_) => Self::Shown,
            DeliveryStatus::Ready | DeliveryStatus::Minting | DeliveryStatus::Sent | DeliveryStatus::Failed(_) => Self::Open,
        }
    }
}

fn particulars(who: StoredValue<WhoAmI>, role: StoredValue<EntitledRole>, host: String) -> Tag {
    let person = who.with_value(|who| who.email.clone().or_else(|| who.name.clone()).unwrap_or_else(|| who.subject.to_string()));
    let (id, minutes) = role.with_value(|role| (role.id.to_string(), role.duration_seconds / 60));
    facts([
        (t!("Role"), tag("code").child(id).piece()),
        (t!("Works for"), t!("up to {minutes} minutes", minutes = minutes).piece()),
        (t!("Sent to"), t!("{host}, on this device", host = host).piece()),
        (t!("Signed in as"), person.piece()),
    ])
}

fn buttons(delivery: Delivery) -> Tag {
    let status = delivery.status();
    let is_busy = Memo::new(move || status.with(|status| matches!(status, DeliveryStatus::Minting | DeliveryStatus::Sent)));
    let busy = move || is_busy.get().then_some("true");
    let word = text(move || match status.get() {
        DeliveryStatus::Minting => t!("Minting…"),
        DeliveryStatus::Sent => t!("Sent"),
        _ => t!("Send to the terminal"),
    });
    tag("div")
        .class("terminal__actions")
        .child(button("button button--primary", word, move || delivery.send()).live("aria-disabled", busy))
        .child(button("button", t!("Copy for a terminal elsewhere"), move || delivery.show()).live("aria-disabled", busy))
}

fn failure(status: DeliveryStatus) -> Option<Tag> {
    let DeliveryStatus::Failed(error) = status else { return None };
    let Notice { title, message, next_step, explained, .. } = portal_notice(error);
    let next_step = tag("p").class("secondary").child(next_step).child(" ").child(explained);
    let lines = [tag("p").class("terminal__failed").child(title), tag("p").child(message), next_step];
    Some(tag("div").class("terminal__failure").set("role", "alert").children(lines))
}

/// What is sealed, to be pasted.
fn shown(delivery: Delivery) -> Tag {
    let status = delivery.status();
    let place = ElementRef::new();
    effect(move || {
        if let Some(place) = place.get() {
            element::focus(&place);
        }
    });
    tag("section")
        .class("terminal")
        .set("aria-labelledby", "terminal-title")
        .child(tag("h2").set("id", "terminal-title").child(t!("Paste this into the terminal")))
        .child(tag("p").child(t!("Only the command that shows the check code can open it, once.")))
        .child(
            tag("pre")
                .class("terminal__sealed")
                .set("dir", "ltr")
                .reference(place)
                .set("tabindex", "0")
                .set("role", "group")
                .set("aria-label", t!("Sealed credentials"))
                .child(text(move || sealed(status.get()))),
        )
        .child(
            tag("div")
                .class("terminal__actions")
                .child(copy_button("button button--primary", t!("Copy"), move || sealed(status.get_untracked()))),
        )
}

fn sealed(status: DeliveryStatus) -> String {
    match status {
        DeliveryStatus::Shown(text) => text,
        _ => String::new(),
    }
}

fn used() -> Tag {
    let words = Notice::new(
        Kind::Empty,
        t!("This page has been used"),
        t!("It answers one run of the command, once, and this browser has done that."),
        t!("If the terminal got nothing, run the command again there: it opens a new page."),
    );
    notice(words, None)
}

/// What is said once it is known.
fn spoken(status: &DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Minting => t!("Minting…"),
        DeliveryStatus::Sent => t!("Sent"),
        _ => "",
    }
}
