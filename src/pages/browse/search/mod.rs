//! The search box. It is there from the first paint; what it does comes as a part of the program of its own, once
//! the first rows are there or somebody wants it.

mod keys;
mod memory;
mod tools;
mod words;

use super::folder::Open;
use crate::browser::{ON_SERVER, format, task};
use crate::reactive::{RwSignal, effect};
use crate::state::failure::Failure;
use crate::state::listing::{Listing, ListingStatus};
use crate::ui::icon::{Icon, icon};
use crate::ui::lazy::Unloaded;
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, live, tag};
use futures::FutureExt;
use leptos::prelude::event_target_value;
use leptos::wasm_split::wasm_split;

/// The box for the folder of `open`.
pub(super) fn search(open: Open) -> Tag {
    let field = ElementRef::new();
    let ready = RwSignal::new(false);
    let fetch = move |asked: bool| {
        if ON_SERVER || ready.get_untracked() {
            return;
        }
        task::spawn(async move {
            if load_attached().await.is_ok() {
                let _ = ready.try_set(true);
            } else if asked {
                let _ = open.failed.try_set(Some(Failure::new(
                    "The portal did not send the part of its program that searches.",
                    "Type again to try again; if it stays, reload the page.",
                )));
            }
        });
    };
    effect(move || {
        if !matches!(open.listing.status().get(), ListingStatus::Idle | ListingStatus::Loading) {
            task::when_idle(move || fetch(false));
        }
    });
    let hint = move || match open.listing.counts().get().objects {
        0 => "Search".to_owned(),
        objects => format!("Search {} objects", format::count(objects as u64)),
    };
    let input = tag("input")
        .reference(field)
        .class("search__field")
        .set("type", "search")
        .set("aria-label", "Search this folder")
        .set("aria-keyshortcuts", "/")
        .set("autocomplete", "off")
        .set("spellcheck", "false")
        .live("placeholder", hint)
        .live_value(move || open.sought.get())
        .on("focus", move |_| fetch(true))
        .on("input", move |event| {
            open.sought.set(event_target_value(&event));
            fetch(true);
        });
    let tools = live(move || ready.get().then(|| attached(open, field).now_or_never().and_then(Result::ok)).flatten());
    tag("div").class("search").set("role", "search").child(icon(Icon::Search)).child(input).child(tools)
}

/// Whether everything was listed, or as much as the person wanted, and looked at.
pub(super) fn is_over(source: Listing) -> bool {
    source.status().with(|status| matches!(status, ListingStatus::Complete { .. } | ListingStatus::Stopped)) && !source.is_looking()
}

/// What is said when nothing was found.
pub(super) fn no_match(open: Open) -> Piece {
    // Something was looked for, so the part is there.
    nothing(open).now_or_never().and_then(Result::ok).piece()
}

#[wasm_split(search, wasm_split_path = leptos::wasm_split, fallible, preload(load_attached))]
fn attached(open: Open, field: ElementRef) -> Result<Piece, Unloaded> {
    Ok(tools::tools(open, field))
}

#[wasm_split(search, wasm_split_path = leptos::wasm_split, fallible)]
fn nothing(open: Open) -> Result<Piece, Unloaded> {
    Ok(words::nothing(open))
}
