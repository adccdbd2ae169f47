//! Pieces as HTML, on the server.

use super::{Kind, Live, Piece, Tag};
use leptos::tachys::view::{Position, RenderHtml};

/// Stands behind what can be replaced, and between two texts, which a browser would join.
const MARK: &str = "<!>";

impl Piece {
    pub(super) fn write(self, html: &mut String, position: &mut Position) {
        match self.0 {
            Kind::Nothing => {}
            Kind::Text(text) => write_text(&text, html, position),
            Kind::LiveText(read) => write_text(&read().unwrap_or_default(), html, position),
            Kind::Element(tag) => tag.write(html, position),
            Kind::List(pieces) => pieces.into_iter().for_each(|piece| piece.write(html, position)),
            Kind::Live(Live { draw, owner }) => {
                match owner {
                    Some(owner) => owner.with(|| draw().write(html, position)),
                    None => draw().write(html, position),
                }
                html.push_str(MARK);
                *position = Position::NextChild;
            }
            Kind::Foreign(foreign) => foreign.write(html, position),
        }
    }
}

impl Tag {
    fn write(self, html: &mut String, position: &mut Position) {
        let is_void = self.is_void();
        html.push('<');
        html.push_str(self.name);
        for (name, value) in self.attributes {
            write_attribute(name, &value, html);
        }
        for (name, read) in self.live_attributes {
            if let Some(value) = read() {
                write_attribute(name, &value, html);
            }
        }
        html.push('>');
        if !is_void {
            if let Some(inner) = self.inner_html {
                html.push_str(inner);
            }
            let mut inside = Position::FirstChild;
            for child in self.children {
                child.write(html, &mut inside);
            }
            html.push_str("</");
            html.push_str(self.name);
            html.push('>');
        }
        *position = Position::NextChild;
    }
}

fn write_text(text: &str, html: &mut String, position: &mut Position) {
    // Leptos's own text: escaped, marked off from a text before it, and a blank where it is empty,
    // so that there is a node to hydrate.
    text.to_html_with_buf(html, position, true, false, Vec::new());
}

fn write_attribute(name: &str, value: &str, html: &mut String) {
    html.push(' ');
    html.push_str(name);
    if value.is_empty() {
        return;
    }
    html.push_str("=\"");
    for character in value.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            _ => html.push(character),
        }
    }
    html.push('"');
}

#[cfg(test)]
mod tests {
    use crate::ui::piece::{IntoPiece, Piece, list, live, tag, text};
    use leptos::tachys::view::{Position, RenderHtml};
    use proptest::prelude::*;

    fn html(piece: impl IntoPiece) -> String {
        piece.piece().to_html()
    }

    #[test]
    fn elements_attributes_and_texts() {
        let list = tag("ul")
            .class("a")
            .set("hidden", true)
            .set("title", None::<String>)
            .live("id", || Some("x"))
            .children(["one", "two"].map(|word| tag("li").child(word)));
        assert_eq!(html(list), "<ul class=\"a\" hidden id=\"x\"><li>one</li><li>two</li></ul>");
        assert_eq!(html(tag("hr").class("rule")), "<hr class=\"rule\">");
        assert_eq!(html(tag("svg").inner_html("<path d='M0 0'/>")), "<svg><path d='M0 0'/></svg>");
    }

    #[test]
    fn texts_beside_each_other_stay_apart_and_what_lives_has_a_mark_behind_it() {
        let beside = tag("p").child("a").child("b").child(text(|| "c")).child(live(|| "d")).child("e").child(());
        assert_eq!(html(beside), "<p>a<!>b<!>c<!>d<!>e</p>");
        assert_eq!(html(tag("p").child(live(|| None::<Piece>)).child(String::new())), "<p><!> </p>");
        assert_eq!(html(list(["a", "b"])), "a<!>b");
    }

    proptest! {
        /// Whatever a name holds, it neither ends an attribute nor begins an element.
        #[test]
        fn nothing_breaks_out(name in "\\PC*") {
            let html = html(tag("a").set("title", format!("x{name}")).child(format!("x{name}")));
            let rest = html.strip_prefix("<a title=\"").unwrap().strip_suffix("</a>").unwrap();
            prop_assert_eq!(rest.matches('"').count(), 1 + name.matches('"').count(), "in the text, quotes are text");
            prop_assert_eq!(rest.matches('<').count(), 0);
            prop_assert!(rest.split_once('"').is_some_and(|(value, text)| !value.contains('>') && text.starts_with('>')));
        }
    }

    #[test]
    fn the_position_behind_a_piece_is_told() {
        let mut position = Position::FirstChild;
        let mut written = String::new();
        "x".piece().write(&mut written, &mut position);
        assert_eq!(position, Position::NextChildAfterText);
        tag("p").piece().write(&mut written, &mut position);
        assert_eq!(position, Position::NextChild);
    }
}
