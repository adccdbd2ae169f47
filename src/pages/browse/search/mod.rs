//! The search box. It is there from the first paint; what it does comes as a part of the program of its own, once
//! the first rows are there or somebody wants it.

mod keys;
mod memory;
mod tools;
mod words;

use super::folder::Open;
use crate::browser::style::StyleSheet;
use crate::browser::task;
use crate::reactive::{RwSignal, effect};
use crate::state::listing::{Listing, ListingStatus};
use crate::ui::icon::{Icon, icon};
use crate::ui::lazy::{Unloaded, lazily};
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, live, tag};
use crate::words::t;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::prelude::event_target_value;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

/// The box for the folder of `open`.
pub(super) fn search(open: Open) -> Tag {
    let field = ElementRef::new();
    let wanted = RwSignal::new(false);
    let want = move || {
        if wanted.try_get_untracked() == Some(false) {
            wanted.set(true);
        }
    };
    effect(move || {
        if !matches!(open.listing.status().get(), ListingStatus::Idle | ListingStatus::Loading) {
            task::when_idle(want);
        }
    });
    let input = tag("input")
        .reference(field)
        .class("search__field")
        .set("type", "search")
        .set("aria-label", t!("Search this folder"))
        .set("placeholder", t!("Search"))
        .set("autocomplete", "off")
        .on("focus", move |_| want())
        .on("input", move |event| open.sought.set(event_target_value(&event)));
    let tools = live(move || wanted.get().then(|| lazily(load, || ().piece(), move || attached(open, field))));
    tag("div").class("search").set("role", "search").child(icon(Icon::Search)).child(input).child(tools)
}

/// Whether everything was listed, or as much as the person wanted, and looked at.
pub(super) fn is_over(source: Listing) -> bool {
    source.status().with(|status| matches!(status, ListingStatus::Complete { .. } | ListingStatus::Stopped)) && !source.is_looking()
}

/// How that part looks. The box itself is there before it.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../../style/_search_tools.css"));

#[wasm_split(search, wasm_split_path = leptos::wasm_split, fallible, preload(load_attached))]
fn attached(open: Open, field: ElementRef) -> Result<Piece, Unloaded> {
    STYLE.adopt();
    Ok(tools::tools(open, field))
}

fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_attached().boxed_local()
}
