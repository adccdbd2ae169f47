//! The line below a listing: how much there is, and whether that is all.

use crate::browser::format;
use crate::reactive::{Memo, RwSignal, Signal};
use crate::state::listing::{Counts, Listing, ListingStatus};
use crate::ui::button::button;
use crate::ui::piece::{Tag, live, tag, text};
use crate::words::{t, tn};

/// The footer, with *Stop* while rows are coming and *Go on* once stopped. `found` says what a search
/// found; `message` tells what a download is doing. What of it is said comes with the part that searches.
pub(super) fn footer(source: RwSignal<Listing>, found: RwSignal<Option<String>>, message: Signal<Option<String>>) -> Tag {
    let status = move || source.get().status().get();
    let counts = move || source.get().found().get();
    let shown = Memo::new(move || found.get().unwrap_or_else(|| words(&status(), counts())));
    let action = Memo::new(move || match status() {
        ListingStatus::Loading | ListingStatus::Partial => Some(true),
        ListingStatus::Stopped => Some(false),
        _ => None,
    });
    let steer = live(move || {
        action.get().map(|stop| {
            let (text, run): (_, fn(&Listing)) = if stop { (t!("Stop"), Listing::stop) } else { (t!("Go on"), Listing::retry) };
            button("button button--inline", text, move || run(&source.get_untracked()))
        })
    });
    tag("div")
        .class("browse__foot")
        .child(tag("span").child(text(move || shown.get())))
        .child(steer)
        .child(tag("span").class("browse__message").child(text(move || message.get())))
}

/// What there is: "so far" until everything is.
pub(super) fn words(status: &ListingStatus, counts: Counts) -> String {
    let found = found(counts);
    match status {
        ListingStatus::Idle | ListingStatus::Loading => t!("Asking S3 for the first page").into(),
        ListingStatus::Partial => t!("{found} so far", found = found),
        ListingStatus::Complete { milliseconds } => {
            t!("{found} · complete in {duration}", found = found, duration = format::duration(*milliseconds))
        }
        ListingStatus::Stopped => t!("{found} so far · stopped", found = found),
        ListingStatus::Failed(_) if counts == Counts::default() => t!("Nothing could be listed").into(),
        ListingStatus::Failed(_) => t!("{found} so far · the rest could not be listed", found = found),
    }
}

fn found(counts: Counts) -> String {
    let objects = objects(counts.objects);
    if counts.folders == 0 { objects } else { [objects, folders(counts.folders)].join(" · ") }
}

/// So many objects.
pub(in crate::pages) fn objects(count: usize) -> String {
    tn!(count, "{count} object", "{count} objects")
}

/// So many folders.
pub(in crate::pages) fn folders(count: usize) -> String {
    tn!(count, "{count} folder", "{count} folders")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::failure::Failure;

    #[test]
    fn it_says_so_far_until_everything_is_there() {
        let counts = Counts { folders: 3, objects: 1 };
        let failed = ListingStatus::Failed(Failure::new("m", "n"));
        for (status, expected) in [
            (ListingStatus::Partial, "1 object · 3 folders so far"),
            (ListingStatus::Complete { milliseconds: 184 }, "1 object · 3 folders · complete in 184\u{a0}ms"),
            (ListingStatus::Stopped, "1 object · 3 folders so far · stopped"),
            (failed.clone(), "1 object · 3 folders so far · the rest could not be listed"),
        ] {
            assert_eq!(words(&status, counts), expected);
        }
        assert_eq!(words(&failed, Counts::default()), "Nothing could be listed");
        assert_eq!(words(&ListingStatus::Complete { milliseconds: 9 }, Counts::default()), "0 objects · complete in 9\u{a0}ms");
    }
}
