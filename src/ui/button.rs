//! What is pressed.

use crate::ui::piece::{IntoPiece, IntoText, Piece, Tag, tag};

/// A link that looks like a button.
pub fn link_button(class: &'static str, href: impl IntoText, text: impl IntoPiece) -> Piece {
    tag("a").class(class).set("href", href).child(text).piece()
}

/// A button that does something.
pub fn button(class: &'static str, text: impl IntoPiece, mut press: impl FnMut() + Send + 'static) -> Tag {
    tag("button").class(class).set("type", "button").on("click", move |_| press()).child(text)
}
