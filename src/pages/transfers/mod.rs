//! Files on their way to S3: the panel below every page, and the button of Browse that fills it. A part
//! of the program of its own, loaded when the browser has nothing else to do.

mod panel;
mod toolbar;
mod words;

use crate::browser::style::StyleSheet;
use crate::pages::browse::Spot;
use crate::pages::frame::Visit;
use crate::reactive::Memo;
use crate::state::transfers::Transfers;
use crate::ui::lazy::{Unloaded, lazily};
use crate::ui::piece::{IntoPiece, Piece, live};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

/// What is loaded.
#[derive(Clone, Copy)]
enum Part {
    Panel,
    /// The button of the folder that is open.
    Button(Memo<Option<Spot>>),
}

/// The panel, while there is something in it.
pub(super) fn transfers(visit: Visit) -> Piece {
    let shown = Transfers::current().shown();
    live(move || shown.get().then(|| loaded(visit, Part::Panel)))
}

/// The button of a folder, with its menu.
pub(super) fn upload_button(visit: Visit, spot: Memo<Option<Spot>>) -> Piece {
    loaded(visit, Part::Button(spot))
}

fn loaded(visit: Visit, part: Part) -> Piece {
    lazily(load, || ().piece(), move || draw(visit, part))
}

/// How it looks. It comes with what it is of: in the style sheet of every page it would be loaded before
/// the first row.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_transfers.css"));

#[wasm_split(transfers, wasm_split_path = leptos::wasm_split, fallible, preload(load_draw))]
fn draw(visit: Visit, part: Part) -> Result<Piece, Unloaded> {
    STYLE.adopt();
    Ok(match part {
        Part::Panel => panel::panel(visit),
        Part::Button(spot) => toolbar::toolbar(visit, spot),
    })
}

/// Loads that part.
fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_draw().boxed_local()
}
