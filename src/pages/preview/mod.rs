//! What is in an object: shown beside its details, and on request over the whole page.
//!
//! Two parts of the program, each loaded when it is needed: this one and what reads Parquet. Nothing of an object becomes
//! markup or a document of the portal's own origin: text stands in text nodes, pictures in `img`, sound and films in
//! players, PDFs in a frame of the bucket's origin.

mod content;
mod look;
mod players;
mod table;
mod viewing;
mod words;

use crate::browser::style::StyleSheet;
use crate::state::details::Subject;
use crate::ui::confirm;
use crate::ui::lazy::{Unloaded, lazily};
use crate::ui::piece::{IntoPiece, Piece, tag};
use crate::words::t;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::{SplitLoaderError, wasm_split};

/// Shows what is in an object, or a version of it, of `size` bytes. `media_type` is the content type that it was given;
/// empty where nobody knows.
pub(super) fn preview(subject: Subject, size: u64, media_type: String) -> Piece {
    lazily(load, waiting, move || draw(subject.clone(), size, media_type.clone()))
}

fn waiting() -> Piece {
    tag("p").class("secondary small").set("role", "status").child(t!("Loading the preview")).piece()
}

/// How it looks.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_preview.css"));

#[wasm_split(preview, wasm_split_path = leptos::wasm_split, fallible, preload(load_draw))]
fn draw(subject: Subject, size: u64, media_type: String) -> Result<Piece, Unloaded> {
    confirm::STYLE.adopt();
    STYLE.adopt();
    Ok(content::preview(viewing::Viewing::begin(subject, size, media_type)))
}

fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_draw().boxed_local()
}
