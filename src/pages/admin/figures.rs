//! Four numbers: how much is out, and how much was refused.

use super::words;
use crate::browser::format;
use crate::model::session::Overview;
use crate::state::roster::Roster;
use crate::ui::piece::{Tag, tag, text};
use crate::words::{mark, t, translated};

type Pick = fn(&Overview) -> u64;
type Meaning = fn(&Overview) -> String;

const FIGURES: [(&str, Meaning, Pick); 4] = [
    (mark!("live sessions"), |_| t!("Sessions whose credentials work").to_owned(), |overview| overview.live_sessions),
    (mark!("people"), |_| t!("People who have a live session").to_owned(), |overview| overview.people),
    (
        mark!("ending within the hour"),
        |_| t!("Live sessions that expire within the hour").to_owned(),
        |overview| overview.ending_within_hour,
    ),
    (mark!("refused today"), |overview| words::refused(&overview.refusals), |overview| overview.refused_today),
];

/// The figures; dashes until they are known.
pub(super) fn figures(roster: Roster) -> Tag {
    let overview = roster.overview();
    let figure = |(name, meaning, pick): (&'static str, Meaning, Pick)| {
        let told = move |tell: &dyn Fn(&Overview) -> String| overview.with(|overview| overview.as_ref()?.as_ref().ok().map(tell));
        let value = move || told(&|overview| format::count(pick(overview))).unwrap_or_else(|| "–".to_owned());
        tag("div").live("title", move || told(&meaning)).child(tag("dt").child(translated(name))).child(tag("dd").child(text(value)))
    };
    tag("dl").class("totals").set("aria-label", t!("Sessions in numbers")).children(FIGURES.into_iter().map(figure))
}
