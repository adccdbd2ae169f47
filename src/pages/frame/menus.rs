//! What stands in the panels of the header. A part of the program of its own, loaded when the browser has nothing else to
//! do: nobody opens a panel before the page is there.

use super::{Visit, credentials, language};
use crate::pages::elsewhere;
use crate::reactive::RwSignal;
use crate::ui::lazy::{Unloaded, lazily};
use crate::ui::piece::{IntoPiece, Piece, live};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

/// A panel.
#[derive(Clone, Copy)]
pub(super) enum Menu {
    /// The languages to choose from; in the sandbox one more.
    Languages {
        /// Whether this is the sandbox.
        in_sandbox: bool,
    },
    /// What the credentials are, and the way to use them elsewhere, which opens a dialog.
    Credentials(Visit, RwSignal<bool>),
    /// That dialog, which is no panel and loads a part of its own.
    Elsewhere(Visit, RwSignal<bool>),
}

/// Shows a panel's content once it was opened.
pub(super) fn menu(opened: RwSignal<bool>, menu: Menu) -> Piece {
    live(move || opened.get().then(|| lazily(load, || ().piece(), move || draw(menu))))
}

#[wasm_split(menus, wasm_split_path = leptos::wasm_split, fallible, preload(load_draw))]
fn draw(menu: Menu) -> Result<Piece, Unloaded> {
    Ok(match menu {
        Menu::Languages { in_sandbox } => language::languages(in_sandbox).piece(),
        Menu::Credentials(visit, elsewhere) => credentials::credentials(visit, elsewhere),
        Menu::Elsewhere(visit, opened) => elsewhere::elsewhere(visit, opened),
    })
}

/// Loads that part.
pub(crate) fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_draw().boxed_local()
}
