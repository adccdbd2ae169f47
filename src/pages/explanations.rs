//! The pages that explain, *Flow*, *Doctor* and *Errors*, as one part of the program: the first view pays for every part,
//! and whoever looks at one of them is likely to look at another. The page that answers a terminal begins here too, since
//! it is nothing to whoever looks at objects.

use super::frame::Visit;
use super::functions::waiting;
use super::{cli, doctor, errors, flow};
use crate::ui::lazy::{Unloaded, lazily};
use crate::ui::piece::Piece;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

/// What is explained.
#[derive(Clone, Copy)]
pub(super) enum Explanation {
    /// How the page got its credentials; to whoever is refused without a visit.
    Flow(Option<Visit>),
    /// What is wrong between the balancer and S3.
    Doctor(Visit),
    /// What each error means; to whoever is refused without a visit.
    Errors(Option<Visit>),
    /// What a terminal asks for.
    Terminal,
}

/// Shows it, once that part is there.
pub(super) fn explained(what: Explanation) -> Piece {
    lazily(load, waiting, move || draw(what))
}

/// Everything behind the headings.
#[wasm_split(explanations, wasm_split_path = leptos::wasm_split, fallible, preload(load_draw))]
fn draw(what: Explanation) -> Result<Piece, Unloaded> {
    Ok(match what {
        Explanation::Flow(visit) => flow::explained(visit),
        Explanation::Doctor(visit) => doctor::explained(visit),
        Explanation::Errors(visit) => errors::explained(visit),
        Explanation::Terminal => cli::explained(),
    })
}

fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_draw().boxed_local()
}
