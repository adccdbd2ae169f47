//! Parts of the program that a browser loads when they are needed, or when it has nothing else to do.
//!
//! Leptos's lazy routes end the whole program when a part cannot be loaded. Here that is a panel with
//! a button. The server writes what stands in for the part while it is loaded.

use crate::browser::{ON_SERVER, task, timer};
use crate::reactive::{RwSignal, effect};
use crate::ui::button::button;
use crate::ui::first_view::FirstView;
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece, live};
use crate::words::t;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::wasm_split::SplitLoaderError;
use std::future::Future;
use thiserror::Error;

/// Milliseconds before the second and third attempt.
const PAUSES: [u32; 2] = [500, 2_000];

/// A part could not be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a part of the program could not be loaded")]
pub struct Unloaded;

impl From<SplitLoaderError> for Unloaded {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

/// Loads a part.
pub type Load = fn() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Loading,
    Ready,
    Failed,
}

/// Shows what `draw` gives once `load` has loaded it, and `waiting` before.
pub fn lazily<F>(load: Load, waiting: fn() -> Piece, draw: impl Fn() -> F + Send + 'static) -> Piece
where
    F: Future<Output = Result<Piece, Unloaded>>,
{
    let stage = RwSignal::new(Stage::Loading);
    begin(load, stage);
    // What is loaded is there at the first question.
    show(load, stage, Some(waiting), Box::new(move || draw().now_or_never().and_then(Result::ok)))
}

/// The same for what nobody needs before the first view is there.
pub fn later<F>(load: Load, draw: impl Fn() -> F + Send + 'static) -> Piece
where
    F: Future<Output = Result<Piece, Unloaded>>,
{
    show(load, after_first_view(load), Some(|| ().piece()), Box::new(move || draw().now_or_never().and_then(Result::ok)))
}

/// The same for what nobody misses where it cannot be loaded: nothing is shown then, nor before.
pub fn quietly<F>(load: Load, draw: impl Fn() -> F + Send + 'static) -> Piece
where
    F: Future<Output = Result<Piece, Unloaded>>,
{
    show(load, after_first_view(load), None, Box::new(move || draw().now_or_never().and_then(Result::ok)))
}

/// Compiled once, whatever is drawn.
fn show(load: Load, stage: RwSignal<Stage>, waiting: Option<fn() -> Piece>, draw: Box<dyn Fn() -> Option<Piece> + Send>) -> Piece {
    live(move || match stage.get() {
        Stage::Ready => draw().piece(),
        Stage::Loading => waiting.map(|waiting| waiting()).piece(),
        Stage::Failed if waiting.is_none() => ().piece(),
        Stage::Failed => {
            let again = button("button", t!("Try again"), move || {
                stage.set(Stage::Loading);
                begin(load, stage);
            });
            let words = Notice::new(
                Kind::Failed,
                t!("This part of the page did not load"),
                t!("The portal did not send a part of its program."),
                t!("Try again. If it stays, reload the page: the portal may have been renewed since it was opened."),
            );
            notice(words, Some(again.piece())).piece()
        }
    })
}

/// Begins once that is there.
fn after_first_view(load: Load) -> RwSignal<Stage> {
    let (stage, first_view) = (RwSignal::new(Stage::Loading), FirstView::current());
    let mut begun = false;
    effect(move || {
        if first_view.is_there() && !begun {
            begun = true;
            begin(load, stage);
        }
    });
    stage
}

fn begin(load: Load, stage: RwSignal<Stage>) {
    if ON_SERVER {
        return;
    }
    task::spawn(async move {
        let loaded = loaded(load).await;
        // The page may have been left in the meantime.
        let _ = stage.try_set(if loaded { Stage::Ready } else { Stage::Failed });
    });
}

/// Loads a part ahead of its use. Whether that works shows when it is used.
pub fn ahead(load: Load) {
    task::spawn(async move {
        let _ = load().await;
    });
}

/// Loads a part, in three attempts; whether it is there.
pub async fn loaded(load: Load) -> bool {
    let mut pauses = PAUSES.iter();
    loop {
        if load().await.is_ok() {
            return true;
        }
        match pauses.next() {
            Some(pause) => timer::sleep(*pause).await,
            None => return false,
        }
    }
}
