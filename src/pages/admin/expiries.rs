//! When live sessions expire: a histogram of the coming hours.

use super::Desk;
use crate::browser::{element, format};
use crate::model::clock::Timestamp;
use crate::model::session::{EXPIRY_BAR_SECONDS, ExpiryBar};
use crate::reactive::{Memo, effect};
use crate::ui::piece::{ElementRef, Tag, tag, text};
use crate::words::{t, tn};

/// Bars in the page: always as many, so that none is ever made or removed.
const BARS: usize = 24;

/// One bar of the page: one or more of the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bar {
    from: Timestamp,
    until: Timestamp,
    sessions: u64,
}

/// Puts the server's bars together so that all of them fit, each of the page's equally wide.
fn together(expiries: &[ExpiryBar]) -> Vec<Bar> {
    let Some(first) = expiries.first() else { return Vec::new() };
    let step = expiries.len().div_ceil(BARS).max(1);
    let width = i64::try_from(step).unwrap_or(1) * EXPIRY_BAR_SECONDS;
    let bar = |(at, bars): (usize, &[ExpiryBar])| {
        let from = first.from.plus_seconds(i64::try_from(at).unwrap_or(0) * width);
        Bar { from, until: from.plus_seconds(width), sessions: bars.iter().map(|bar| bar.sessions).sum() }
    };
    expiries.chunks(step).enumerate().map(bar).collect()
}

/// Height in percent: something that is there is seen.
fn height(sessions: u64, most: u64) -> u64 {
    if sessions == 0 { 0 } else { (sessions * 100 / most.max(1)).max(4) }
}

/// The histogram. Every bar says in words what it shows.
pub(super) fn expiries(desk: Desk) -> Tag {
    let overview = desk.roster.overview();
    let bars = Memo::new(move || {
        overview.with(|overview| {
            overview.as_ref().and_then(|overview| overview.as_ref().ok()).map(|overview| together(&overview.expiries)).unwrap_or_default()
        })
    });
    let most = Memo::new(move || bars.with(|bars| bars.iter().map(|bar| bar.sessions).max().unwrap_or(0)));
    let drawn = (0..BARS).map(move |at| {
        let shown = Memo::new(move || bars.with(|bars| bars.get(at).copied()));
        let fill = ElementRef::new();
        effect(move || {
            let height = height(shown.get().map_or(0, |bar| bar.sessions), most.get());
            if let Some(fill) = fill.get() {
                element::set_style(&fill, "block-size", &format!("{height}%"));
            }
        });
        let words = move || shown.get().map(words);
        tag("li")
            .live("hidden", move || shown.get().is_none())
            .live("title", words)
            .child(tag("span").class("unseen").child(text(words)))
            .child(tag("span").class("bars__fill").set("aria-hidden", "true").reference(fill))
    });
    let edge = move |pick: fn(&[Bar]) -> Option<Timestamp>| move || bars.with(|bars| pick(bars)).map(format::date_time);
    let none = move || (most.get() == 0).then(|| t!("Nothing is live"));
    tag("figure")
        .class("expiring")
        .child(tag("figcaption").set("id", "expiring").child(t!("When live sessions expire")))
        .child(tag("ul").class("bars").set("aria-labelledby", "expiring").children(drawn))
        .child(
            tag("p")
                .class("bars__edges")
                .set("aria-hidden", "true")
                .child(tag("span").child(text(edge(|bars| bars.first().map(|bar| bar.from)))))
                .child(tag("span").child(text(none)))
                .child(tag("span").child(text(edge(|bars| bars.last().map(|bar| bar.until))))),
        )
}

fn words(bar: Bar) -> String {
    tn!(
        bar.sessions,
        "{from} to {until}: {count} session",
        "{from} to {until}: {count} sessions",
        from = format::date_time(bar.from),
        until = format::date_time(bar.until),
        count = bar.sessions
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn server(count: usize) -> Vec<ExpiryBar> {
        (0..count).map(|at| ExpiryBar { from: Timestamp::from_seconds(at as i64 * EXPIRY_BAR_SECONDS), sessions: at as u64 % 7 }).collect()
    }

    #[test]
    fn few_bars_stay_as_they_are() {
        let bars = together(&server(4));
        assert_eq!(bars.len(), 4);
        assert_eq!(bars[3], Bar { from: Timestamp::from_seconds(2_700), until: Timestamp::from_seconds(3_600), sessions: 3 });
        assert_eq!(together(&[]), []);
    }

    #[test]
    fn twelve_hours_are_half_an_hour_a_bar() {
        let bars = together(&server(48));
        assert_eq!(bars.len(), 24);
        assert_eq!(bars[1], Bar { from: Timestamp::from_seconds(1_800), until: Timestamp::from_seconds(3_600), sessions: 5 });
    }

    #[test]
    fn one_among_many_is_seen() {
        assert_eq!([height(0, 900), height(1, 900), height(450, 900), height(900, 900), height(0, 0)], [0, 4, 50, 100, 0]);
    }

    proptest! {
        #[test]
        fn no_session_is_lost(count in 0_usize..400) {
            let server = server(count);
            let bars = together(&server);
            prop_assert!(bars.len() <= BARS);
            prop_assert_eq!(bars.iter().map(|bar| bar.sessions).sum::<u64>(), server.iter().map(|bar| bar.sessions).sum::<u64>());
            prop_assert!(bars.windows(2).all(|pair| pair[0].until == pair[1].from));
        }
    }
}
