//! One file or folder a route.

pub mod access;
pub mod admin;
pub mod browse;
pub mod frame;
pub mod functions;
pub mod not_found;
pub mod problem;
pub mod signed_out;

use crate::ui::piece::{Piece, foreign};
use leptos::prelude::{TextProp, view};
use leptos_meta::Title;

/// Names the page, in the window's title.
fn title(text: impl Into<TextProp>) -> Piece {
    let text = text.into();
    foreign(view! { <Title text/> })
}
