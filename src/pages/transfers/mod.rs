//! Files on their way to S3: the panel below every page, and the button of Browse that fills it. A part
//! of the program of its own, loaded when the browser has nothing else to do.

mod panel;
mod toolbar;
mod words;

use crate::browser::task;
use crate::pages::browse::Spot;
use crate::pages::frame::Visit;
use crate::reactive::{Memo, effect};
use crate::state::listing::Listing;
use crate::state::transfers::Transfers;
use crate::ui::lazy::{Unloaded, lazily};
use crate::ui::piece::{IntoPiece, Piece, live, tag};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

/// The panel, while there is something in it.
pub(super) fn transfers(visit: Visit) -> Piece {
    let transfers = Transfers::current();
    effect(move || task::when_idle(move || transfers.look_back()));
    let shown = transfers.shown();
    let shown = Memo::new(move || shown.get());
    live(move || shown.get().then(|| lazily(load, || ().piece(), move || panel(visit))))
}

/// The button of a folder, with its menu.
pub(super) fn upload_button(visit: Visit, spot: Memo<Option<Spot>>) -> Piece {
    let any = Memo::new(move || spot.with(Option::is_some));
    live(move || any.get().then(|| lazily(load_toolbar, waiting, move || upload_menu(visit, spot))))
}

/// Lists a folder again once something was stored in it.
pub(super) fn follow(listing: Listing, spot: Memo<Option<Spot>>) {
    let arrived = Transfers::current().arrived();
    effect(move || {
        let here = arrived.with(|arrived| {
            let spot = spot.get_untracked();
            spot.is_some_and(|spot| arrived.iter().any(|(bucket, key)| *bucket == spot.location.name && key.starts_with(&spot.prefix)))
        });
        if here {
            listing.reload();
        }
    });
}

fn waiting() -> Piece {
    tag("span").class("button button--waiting").set("aria-hidden", "true").child("Upload").piece()
}

#[wasm_split(transfers, wasm_split_path = leptos::wasm_split, fallible, preload(load_panel))]
fn panel(visit: Visit) -> Result<Piece, Unloaded> {
    Ok(panel::panel(visit))
}

#[wasm_split(transfers, wasm_split_path = leptos::wasm_split, fallible, preload(load_upload_menu))]
fn upload_menu(visit: Visit, spot: Memo<Option<Spot>>) -> Result<Piece, Unloaded> {
    Ok(toolbar::toolbar(visit, spot))
}

/// Loads that part.
fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_panel().boxed_local()
}

fn load_toolbar() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_upload_menu().boxed_local()
}
