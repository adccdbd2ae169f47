//! Who spoke: five parties side by side, and for each step a line from one to another.

use crate::model::flow::StepId;
use crate::ui::piece::{Tag, tag};

/// The five, in the order in which a request meets them.
const PARTIES: [&str; 5] = ["You", "Balancer", "Vestibule", "STS", "S3"];

/// The parties' names, above their lanes.
pub(super) fn heads() -> Tag {
    let names = PARTIES.into_iter().map(|name| tag("span").child(name));
    tag("p").class("lanes").set("aria-hidden", "true").child(tag("span").class("lanes__names").children(names))
}

/// A step's line through the lanes. What it shows stands beside it in words.
pub(super) fn hop(id: StepId) -> Tag {
    let line = match id {
        StepId::Headers => "hop__line hop__line--1-3",
        StepId::DataHeader | StepId::AccessToken | StepId::WebIdentity | StepId::Role => "hop__line hop__line--3",
        StepId::Mint => "hop__line hop__line--3-4",
        StepId::Answer => "hop__line hop__line--4-1",
        StepId::FirstRequest => "hop__line hop__line--1-5",
    };
    tag("span").class("hop").set("aria-hidden", "true").child(tag("span").class(line))
}

/// The same in words.
pub(super) const fn spoke(id: StepId) -> &'static str {
    match id {
        StepId::Headers => "You, load balancer → Vestibule",
        StepId::DataHeader | StepId::AccessToken | StepId::WebIdentity | StepId::Role => "Vestibule",
        StepId::Mint => "Vestibule → STS",
        StepId::Answer => "STS → Vestibule → you",
        StepId::FirstRequest => "You → S3",
    }
}
