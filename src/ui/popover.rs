//! A floating panel under a button. The browser itself opens it, closes it on Escape or a click
//! outside, and gives the focus back.

use crate::ui::piece::{IntoPiece, Tag, tag};

/// Shows `content` in the panel named `id`, for a button with `popovertarget=id`. `class` places it.
pub fn popover(id: &'static str, class: &'static str, label: &'static str, content: impl IntoPiece) -> Tag {
    tag("div").set("id", id).class(class).set("popover", "auto").set("role", "group").set("aria-label", label).child(content)
}

/// A line of names and values, as a panel shows them.
pub fn facts<P: IntoPiece>(pairs: impl IntoIterator<Item = (&'static str, P)>) -> Tag {
    tag("dl").class("facts").children(pairs.into_iter().flat_map(|(name, value)| [tag("dt").child(name), tag("dd").child(value)]))
}
