//! Who spoke: five parties side by side, and for each step a line from one to another.

use crate::model::flow::StepId;
use crate::ui::piece::{Tag, tag};
use crate::words::t;

/// The five parties' names above their lanes, in the order in which a request meets them. `asked` is who was asked for
/// credentials.
pub(super) fn heads(asked: &str) -> Tag {
    let names = [t!("You"), t!("Balancer"), "Vestibule", asked, "S3"].map(|name| tag("span").child(name.to_owned()));
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
pub(super) fn spoke(id: StepId, asked: &str) -> String {
    match id {
        StepId::Headers => t!("You, load balancer → Vestibule").to_owned(),
        StepId::DataHeader | StepId::AccessToken | StepId::WebIdentity | StepId::Role => "Vestibule".to_owned(),
        StepId::Mint => t!("Vestibule → {service}", service = asked),
        StepId::Answer => t!("{service} → Vestibule → you", service = asked),
        StepId::FirstRequest => t!("You → S3").to_owned(),
    }
}
