//! Four numbers: how much is out, and how much was refused.

use crate::browser::format;
use crate::model::session::Overview;
use crate::state::roster::Roster;
use crate::ui::piece::{Tag, tag, text};

type Pick = fn(&Overview) -> u64;

const FIGURES: [(&str, &str, Pick); 4] = [
    ("live sessions", "Sessions whose credentials work", |overview| overview.live_sessions),
    ("people", "People who have a live session", |overview| overview.people),
    ("ending within the hour", "Live sessions that expire within the hour", |overview| overview.ending_within_hour),
    ("refused today", "Mints that this portal process has refused since midnight UTC", |overview| overview.refused_today),
];

/// The figures; dashes until they are known.
pub(super) fn figures(roster: Roster) -> Tag {
    let overview = roster.overview();
    let figure = |(name, meaning, pick): (&'static str, &'static str, Pick)| {
        let value = move || {
            overview
                .with(|overview| overview.as_ref()?.as_ref().ok().map(|overview| format::count(pick(overview))))
                .unwrap_or_else(|| "–".to_owned())
        };
        tag("div").set("title", meaning).child(tag("dt").child(name)).child(tag("dd").child(text(value)))
    };
    tag("dl").class("totals").set("aria-label", "Sessions in numbers").children(FIGURES.into_iter().map(figure))
}
