//! A dialog with something to fill in. The browser's own: it keeps the focus inside, closes on Escape and gives the
//! focus back.

use crate::browser::element;
use crate::browser::style::StyleSheet;
use crate::reactive::{Memo, effect};
use crate::ui::confirm;
use crate::ui::piece::{ElementRef, IntoPiece, Piece, live, tag, text};

/// How it looks, beside what every dialog has.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_operations.css"));

/// Shows the dialog `id` while `open`, with the focus on what `first` refers to.
pub(super) fn form(
    id: &'static str,
    open: Memo<bool>,
    close: impl Fn() + Copy + Send + 'static,
    title: impl Fn() -> String + Send + 'static,
    first: ElementRef,
    content: impl Fn() -> Piece + Send + 'static,
) -> Piece {
    confirm::STYLE.adopt();
    STYLE.adopt();
    let dialog = ElementRef::new();
    effect(move || {
        let Some(dialog) = dialog.get() else { return };
        if !open.get() {
            return element::close_dialog(&dialog);
        }
        element::show_dialog(&dialog);
        if let Some(first) = first.get() {
            element::focus(&first);
        }
    });
    let heading = format!("{id}-title");
    tag("dialog")
        .reference(dialog)
        .class("dialog")
        .set("aria-labelledby", heading.clone())
        // Escape: the browser has closed it already.
        .on("close", move |_| close())
        .child(tag("h2").set("id", heading).child(text(title)))
        .child(live(move || open.get().then(&content)))
        .piece()
}
