//! Texts of the handbook as they stand in pages: paragraphs with `code`, *names* and links. They are in English.

use crate::ui::piece::{IntoPiece, Piece, Tag, tag};

/// The language of the handbook, whatever the page's is.
pub(super) const WRITTEN_IN: &str = "en";

/// What stands between empty lines.
pub(super) fn paragraphs(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty())
}

/// A paragraph.
pub(super) fn written(paragraph: &'static str) -> Tag {
    tag("p").children(inside(paragraph))
}

/// Where a link of the handbook leads in the portal; `None` where no page of the portal shows that part.
fn href(target: &'static str) -> Option<String> {
    match target.split_once('#') {
        Some(("" | "doctor.md" | "errors.md", section)) => Some(["#", section].concat()),
        None if target == "flow.md" => Some("/flow".to_owned()),
        _ => None,
    }
}

/// The next link of a text: what is before it, its words, its target, and the rest.
fn link(text: &'static str) -> Option<(&'static str, &'static str, &'static str, &'static str)> {
    let (before, rest) = text.split_once('[')?;
    let (words, rest) = rest.split_once("](")?;
    let (target, rest) = rest.split_once(')')?;
    Some((before, words, target, rest))
}

fn inside(mut text: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while let Some((before, words, target, rest)) = link(text) {
        pieces.extend(marked(before));
        match href(target) {
            Some(href) => pieces.push(tag("a").set("href", href).set("rel", "external").children(marked(words)).piece()),
            None => pieces.extend(marked(words)),
        }
        text = rest;
    }
    pieces.extend(marked(text));
    pieces
}

/// What stands between backticks is code, and what stands between asterisks elsewhere is a name on a page.
fn marked(text: &'static str) -> impl Iterator<Item = Piece> {
    text.split('`').enumerate().flat_map(|(at, words)| match at % 2 {
        0 => words
            .split('*')
            .enumerate()
            .map(|(at, words)| if at % 2 == 1 { tag("em").child(words).piece() } else { words.piece() })
            .collect(),
        _ => vec![tag("code").child(words).piece()],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_where_the_portal_shows_it() {
        assert_eq!(href("#headers-expired").as_deref(), Some("#headers-expired"));
        assert_eq!(href("doctor.md#bucket-region").as_deref(), Some("#bucket-region"));
        assert_eq!(href("flow.md").as_deref(), Some("/flow"));
        assert_eq!(href("deploy.md"), None);
        assert_eq!(link("See [it](a.md#b), or not."), Some(("See ", "it", "a.md#b", ", or not.")));
        assert_eq!(link("an [open end"), None);
    }
}
