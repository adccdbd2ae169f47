//! The line below the sessions: how many there are, whether that is all, and whether it is fresh.

use super::Desk;
use crate::pages::problem::explanation;
use crate::reactive::{Memo, effect};
use crate::state::place::page_href;
use crate::state::roster::{Roster, RosterStatus};
use crate::ui::announce;
use crate::ui::button::{button, link_button};
use crate::ui::piece::{IntoPiece, Tag, live, tag, text};
use crate::words::{t, tn};

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
            let (text, run): (_, fn(&Roster)) = if stop { (t!("Stop"), Roster::stop) } else { (t!("Go on"), Roster::resume) };
            button("button button--inline", text, move || run(&roster))
        })
    });
    let fresh = live(move || {
        let error = stale.get()?;
        let words = t!("Not up to date: {message} {next_step}", message = error.message, next_step = error.next_step);
        Some([words.piece(), " ".piece(), explanation(error.section()).piece()].piece())
    });
    let failed = live(move || {
        status.with(|status| match status {
            RosterStatus::Failed(error) => explanation(error.section()),
            _ => None,
        })
    });
    tag("div")
        .class("browse__foot")
        .child(tag("span").child(text(move || shown.get())))
        .child(failed)
        .child(steer)
        .child(tag("span").class("browse__message").child(fresh))
        .child(link_button("button button--inline", page_href("/admin/doctor", None), t!("Doctor")))
}

fn words(status: &RosterStatus, count: usize) -> String {
    let found = tn!(count, "{count} session", "{count} sessions");
    match status {
        RosterStatus::Loading => t!("Asking the portal for the first page").to_owned(),
        RosterStatus::Partial => t!("{found} so far", found = found),
        RosterStatus::Complete => t!("{found} · kept up to date", found = found),
        RosterStatus::Stopped => t!("{found} so far · stopped", found = found),
        RosterStatus::Failed(_) if count == 0 => t!("Nothing could be read").to_owned(),
        RosterStatus::Failed(error) => t!("{found} so far · the rest could not be read: {message}", found = found, message = error.message),
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
