//! Files on their way to S3 and objects on their way to the device: the panel below every page, and the buttons of
//! Browse that fill it, with the marks in front of rows. A part
//! of the program of its own, loaded when the browser has nothing else to do.

mod keys;
mod panel;
mod save;
mod selection;
mod toolbar;
mod words;

use crate::browser::style::StyleSheet;
use crate::pages::browse::{Open, Spot};
use crate::pages::frame::Visit;
use crate::pages::panel::Panel;
use crate::reactive::{Memo, RwSignal};
use crate::state::listing::Listing;
use crate::state::place::Selected;
use crate::state::transfers::Transfers;
use crate::ui::lazy::{Unloaded, later, quietly};
use crate::ui::piece::{IntoPiece, Piece, live};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
pub(super) use selection::{Rows, Selection};

/// What draws the marks in front of rows. It comes with this part of the program.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    selection: Selection,
    draw: fn(Selection, Rows, Option<Memo<usize>>) -> Piece,
    panel: Panel,
    beside: fn(Open, Selection, Panel) -> Piece,
    linked: fn(Selection, Listing) -> Selected,
    choose: fn(Selection, Rows, &Selected, bool) -> bool,
}

impl Marks {
    /// The mark in front of the row at an index; without one, that of the heading.
    pub(super) fn draw(self, rows: Rows, at: Option<Memo<usize>>) -> Piece {
        (self.draw)(self.selection, rows, at)
    }

    /// What stands beside the rows of a folder, once it is wanted.
    pub(super) fn beside(self, open: Open) -> Piece {
        (self.beside)(open, self.selection, self.panel)
    }

    /// What a link to the folder says of the rows that are selected. Tracked.
    pub(super) fn linked(self, folder: Listing) -> Selected {
        (self.linked)(self.selection, folder)
    }

    /// Selects what a link said. Whether that is the end of it.
    pub(super) fn choose(self, rows: Rows, wanted: &Selected, over: bool) -> bool {
        (self.choose)(self.selection, rows, wanted, over)
    }
}

/// What is loaded.
#[derive(Clone, Copy)]
enum Part {
    Panel,
    /// The buttons of the folder that is open.
    Buttons(Memo<Option<Spot>>, RwSignal<Option<Marks>>),
    /// What hears keys and says what happens, on every page.
    Keys,
}

/// The panel, while there is something in it.
pub(super) fn transfers(visit: Visit) -> Piece {
    let shown = Transfers::current().shown();
    live(move || shown.get().then(|| loaded(visit, Part::Panel)))
}

/// The shortcuts that work everywhere with the list of them all, and what is said to who does not see the page.
pub(super) fn keys(visit: Visit) -> Piece {
    quietly(load, move || draw(visit, Part::Keys))
}

/// The buttons of a folder, with their menus. They say how rows are marked.
pub(super) fn buttons(visit: Visit, spot: Memo<Option<Spot>>, marks: RwSignal<Option<Marks>>) -> Piece {
    loaded(visit, Part::Buttons(spot, marks))
}

fn loaded(visit: Visit, part: Part) -> Piece {
    later(load, move || draw(visit, part))
}

/// How it looks. It comes with what it is of: in the style sheet of every page it would be loaded before
/// the first row.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_transfers.css"));

#[wasm_split(transfers, wasm_split_path = leptos::wasm_split, fallible, preload(load_draw))]
fn draw(visit: Visit, part: Part) -> Result<Piece, Unloaded> {
    STYLE.adopt();
    Ok(match part {
        Part::Panel => panel::panel(visit),
        Part::Keys => keys::keys(visit),
        Part::Buttons(spot, marks) => {
            let [chosen, save] = save::save(visit, spot, marks);
            [chosen, toolbar::toolbar(visit, spot), save].piece()
        }
    })
}

/// Loads that part.
fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_draw().boxed_local()
}
