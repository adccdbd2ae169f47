//! A floating panel under a button. The browser itself opens it, closes it on Escape or a click
//! outside, and gives the focus back.

use crate::ui::piece::{IntoPiece, Piece};
use leptos::prelude::*;

/// Shows `content` in the panel named `id`, for a button with `popovertarget=id`. `class` places it.
pub fn popover(id: &'static str, class: &'static str, label: &'static str, content: Piece) -> Piece {
    view! { <div id=id class=class popover="auto" role="group" aria-label=label>{content}</div> }.piece()
}

/// A line of names and values, as a panel shows them.
pub fn facts(pairs: impl IntoIterator<Item = (&'static str, Piece)>) -> Piece {
    let pairs = pairs.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect_view();
    view! { <dl class="facts">{pairs}</dl> }.piece()
}
