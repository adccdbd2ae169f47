//! The line below the sessions: how many there are, whether that is all, and whether it is fresh.

use super::Desk;
use crate::browser::format;
use crate::reactive::{Memo, effect};
use crate::state::place::page_href;
use crate::state::roster::{Roster, RosterStatus};
use crate::ui::announce;
use crate::ui::button::{button, link_button};
use crate::ui::piece::{Tag, live, tag, text};

/// The footer, with *Stop* while rows are coming and *Go on* once stopped or failed.
pub(super) fn footer(desk: Desk) -> Tag {
    let roster = desk.roster;
    let (status, count, stale) = (roster.status(), roster.count(), roster.stale());
    let shown = Memo::new(move || status.with(|status| words(status, count.get())));
    // Spoken once everything is there or failed, not with every page.
    let spoken = Memo::new(move || {
        status.with(|status| match status {
            RosterStatus::Loading | RosterStatus::Partial => String::new(),
            ended => words(ended, count.get()),
        })
    });
    effect(move || announce::say("sessions", spoken.get()));
    let action = Memo::new(move || {
        status.with(|status| match status {
            RosterStatus::Loading | RosterStatus::Partial => Some(true),
            RosterStatus::Stopped | RosterStatus::Failed(_) => Some(false),
            RosterStatus::Complete => None,
        })
    });
    let steer = live(move || {
        action.get().map(|stop| {
            let (text, run): (_, fn(&Roster)) = if stop { ("Stop", Roster::stop) } else { ("Go on", Roster::resume) };
            button("button button--inline", text, move || run(&roster))
        })
    });
    let fresh = move || stale.with(|stale| stale.as_ref().map(|error| format!("Not up to date: {} {}", error.message, error.next_step)));
    tag("div")
        .class("browse__foot")
        .child(tag("span").child(text(move || shown.get())))
        .child(steer)
        .child(tag("span").class("browse__message").child(text(fresh)))
        .child(link_button("button button--inline", page_href("/admin/doctor", None), "Doctor"))
}

fn words(status: &RosterStatus, count: usize) -> String {
    let found = if count == 1 { "1 session".to_owned() } else { format!("{} sessions", format::count(count as u64)) };
    match status {
        RosterStatus::Loading => "Asking the portal for the first page".to_owned(),
        RosterStatus::Partial => format!("{found} so far"),
        RosterStatus::Complete => format!("{found} · kept up to date"),
        RosterStatus::Stopped => format!("{found} so far · stopped"),
        RosterStatus::Failed(_) if count == 0 => "Nothing could be read".to_owned(),
        RosterStatus::Failed(error) => format!("{found} so far · the rest could not be read: {}", error.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::error::{ErrorCode, PortalError};

    #[test]
    fn it_says_so_far_until_everything_is_there() {
        let failed = RosterStatus::Failed(PortalError::new(ErrorCode::MintUnavailable, "No.", "Wait."));
        for (status, count, expected) in [
            (RosterStatus::Loading, 0, "Asking the portal for the first page"),
            (RosterStatus::Partial, 100, "100 sessions so far"),
            (RosterStatus::Complete, 1, "1 session · kept up to date"),
            (RosterStatus::Stopped, 200, "200 sessions so far · stopped"),
            (failed.clone(), 0, "Nothing could be read"),
            (failed, 100, "100 sessions so far · the rest could not be read: No."),
        ] {
            assert_eq!(words(&status, count), expected);
        }
    }
}
