//! The handbook's page on the flow, shown below the steps: each step has a place in it to link to. It is in English.

use super::steps;
use crate::model::flow::StepId;
use crate::pages::handbook::{WRITTEN_IN, paragraphs, written};
use crate::ui::piece::{IntoPiece, Piece, Tag, tag};
use crate::words::t;

const TEXT: &str = include_str!("../../docs/flow.md");

/// A heading and what stands below it.
struct Part {
    heading: &'static str,
    text: &'static str,
}

/// The parts of the page, the first without what comes before.
fn parts() -> impl Iterator<Item = Part> {
    TEXT.split("\n## ").skip(1).map(|part| {
        let (heading, text) = part.split_once('\n').unwrap_or((part, ""));
        Part { heading, text }
    })
}

/// The link from a step to its place.
pub(super) fn link(id: StepId) -> Tag {
    tag("a").set("href", ["#handbook-", id.as_str()].concat()).set("rel", "external").child(t!("This step in the handbook"))
}

/// All of it.
pub(super) fn handbook() -> Tag {
    let part = |Part { heading, text }: Part| {
        let id = StepId::ALL.into_iter().find(|id| steps::name(*id) == heading).map(|id| ["handbook-", id.as_str()].concat());
        tag("section")
            .set("id", id)
            .set("tabindex", "-1")
            .set("lang", WRITTEN_IN)
            .child(tag("h3").child(heading))
            .children(paragraphs(text).map(written))
            .piece()
    };
    let parts: Vec<Piece> = parts().map(part).collect();
    tag("section")
        .class("access__part handbook")
        .set("aria-labelledby", "handbook")
        .child(tag("h2").set("id", "handbook").child(t!("In the handbook")))
        .children(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_its_place_in_the_handbook() {
        let headings: Vec<&str> = parts().map(|part| part.heading).collect();
        let titles: Vec<&str> = StepId::ALL.into_iter().map(steps::name).collect();
        assert_eq!(headings[..8], titles[..]);
        assert!(parts().all(|part| part.text.trim().len() > 100), "each says something");
    }
}
