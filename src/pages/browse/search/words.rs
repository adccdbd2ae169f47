//! What a search says of itself: never more than it knows.

use super::super::folder::Open;
use super::super::footer::{self, folders, objects};
use crate::browser::element::HtmlInputElement;
use crate::browser::format;
use crate::browser::timer::Timer;
use crate::model::location::Permission;
use crate::reactive::{Memo, RwSignal, StoredValue, effect};
use crate::state::listing::pattern::Pattern;
use crate::state::listing::{Counts, ListingStatus};
use crate::ui::announce;
use crate::ui::button::button;
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{ElementRef, IntoPiece, Piece};
use crate::words::{t, tn};
use leptos::wasm_bindgen::JsCast;

/// Milliseconds without a change before it is spoken.
const REST_MILLIS: u32 = 700;

/// Keeps the words up to date: in the box and below the rows, and for who hears them. `going`: a name is wanted, and not
/// a search.
pub(super) fn follow(open: Open, field: ElementRef, going: RwSignal<bool>) {
    open.nothing.set(Some(nothing));
    effect(move || {
        let hint = match open.listing.counts().get().objects {
            _ if going.get() => t!("Go to a name").to_owned(),
            0 => t!("Search").to_owned(),
            objects => tn!(objects, "Search {count} object", "Search {count} objects"),
        };
        if let Some(field) = field.get() {
            // Refused for no name of an attribute that exists.
            let _ = field.set_attribute("placeholder", &hint);
        }
    });
    effect(move || {
        let sought = open.sought.get();
        // What is being typed is left alone, and the caret with it.
        if let Some(field) = field.get().and_then(|field| field.dyn_into::<HtmlInputElement>().ok()).filter(|field| field.value() != sought)
        {
            field.set_value(&sought);
        }
    });
    let said = Memo::new(move || {
        let source = open.source.get();
        (!open.sought.with(String::is_empty))
            .then(|| source.status().with(|status| words(status, source.is_looking(), source.shown().get(), source.counts().get())))
    });
    let resting = StoredValue::new(None::<Timer>);
    effect(move || {
        let said = said.get();
        open.found.set(said.clone());
        resting.set_value(said.map(|said| Timer::after(REST_MILLIS, move || announce::say("listing", said))));
    });
    // Said once a listing comes to an end, not with every page.
    let ended = Memo::new(move || {
        let source = open.source.get();
        let searched = !open.sought.with(String::is_empty);
        source.status().with(|status| match status {
            _ if searched => None,
            ListingStatus::Idle | ListingStatus::Loading | ListingStatus::Partial => None,
            ended => Some(footer::words(ended, source.counts().get())),
        })
    });
    effect(move || announce::say("listing", ended.get().unwrap_or_default()));
    effect(move || announce::say("saving", open.message.get().unwrap_or_default()));
}

fn words(status: &ListingStatus, looking: bool, shown: Counts, all: Counts) -> String {
    let matches = || tn!(shown.folders + shown.objects, "{count} match", "{count} matches");
    match status {
        ListingStatus::Idle | ListingStatus::Loading => t!("Asking S3 for the first page").into(),
        ListingStatus::Complete { milliseconds } if !looking => t!(
            "{matches} among {all} · complete in {duration}",
            matches = matches(),
            all = among(all),
            duration = format::duration(*milliseconds)
        ),
        ListingStatus::Stopped if !looking => t!("{matches} among {all} so far · stopped", matches = matches(), all = among(all)),
        ListingStatus::Failed(_) => {
            t!("{matches} among {all} so far · the rest could not be listed", matches = matches(), all = among(all))
        }
        _ => t!("{matches} among {all} so far", matches = matches(), all = among(all)),
    }
}

/// How much there is to look at.
fn among(all: Counts) -> String {
    let objects = objects(all.objects);
    if all.folders == 0 { objects } else { t!("{objects} and {folders}", objects = objects, folders = folders(all.folders)) }
}

/// Why there are no rows: nothing is there, or nothing fits.
fn nothing(open: Open) -> Piece {
    if open.sought.with(String::is_empty) { empty(open) } else { no_match(open) }
}

fn empty(open: Open) -> Piece {
    let (Some(role), Some(spot)) = (open.visit.role.get_untracked(), open.spot.get_untracked()) else { return ().piece() };
    let whole = spot.prefix.is_empty();
    let would = if whole {
        t!("Every object of the bucket {bucket} would be listed here.", bucket = spot.location.name)
    } else {
        t!("Objects whose keys begin with “{prefix}” would be listed here.", prefix = spot.prefix)
    };
    let how = if spot.location.permissions.contains(&Permission::Write) {
        t!("Whatever writes to the bucket fills it; the role {title} may.", title = role.title)
    } else {
        t!("The role {title} may not write here: somebody who may has to.", title = role.title)
    };
    let again = button("button", t!("Look again"), move || open.listing.reload()).piece();
    let title = if whole { t!("This bucket is empty") } else { t!("This folder is empty") };
    notice(Notice::new(Kind::Empty, title, would, how), Some(again)).piece()
}

/// What was looked for, in how much, and whether that was all.
fn no_match(open: Open) -> Piece {
    let source = open.source.get();
    let sought = open.sought.get_untracked();
    let deep = source.target().is_some_and(|target| target.subfolders);
    let glob = Pattern::parse(&sought).is_some_and(|pattern| pattern.is_glob());
    let all = source.counts().get_untracked();
    let (complete, failed) = source
        .status()
        .with_untracked(|status| (matches!(status, ListingStatus::Complete { .. }), matches!(status, ListingStatus::Failed(_))));
    let among = among(all);
    let fits = if glob {
        t!("No name fits the pattern “{sought}”.", sought = sought)
    } else {
        t!("No name holds “{sought}”.", sought = sought)
    };
    let looked = match (complete, failed, deep) {
        (true, _, false) => t!("All {objects} in this folder were looked at.", objects = among),
        (true, _, true) => t!("All {objects} in this folder and its subfolders were looked at.", objects = among),
        (false, false, false) => {
            t!("The first {objects} in this folder were looked at; the listing was stopped before its end.", objects = among)
        }
        (false, false, true) => t!(
            "The first {objects} in this folder and its subfolders were looked at; the listing was stopped before its end.",
            objects = among
        ),
        (false, true, false) => t!("The first {objects} in this folder were looked at; the rest could not be listed.", objects = among),
        (false, true, true) => {
            t!("The first {objects} in this folder and its subfolders were looked at; the rest could not be listed.", objects = among)
        }
    };
    let next = match (complete, deep, glob) {
        (false, ..) => t!("Go on with the listing in the line below to look at the rest."),
        (true, false, _) => t!("Try other words, or look in the subfolders too."),
        (true, true, true) => t!("A pattern fits the whole name: put a * where anything may stand."),
        (true, true, false) => t!("Try other words. A * stands for anything, a ? for one character."),
    };
    let clear = button("button", t!("Clear the search"), move || open.sought.set(String::new())).piece();
    let title = if complete { t!("Nothing found") } else { t!("Nothing found so far") };
    notice(Notice::new(Kind::Empty, title, [fits, looked].join(" "), next), Some(clear)).piece()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::failure::Failure;

    #[test]
    fn it_says_so_far_until_all_is_listed_and_looked_at() {
        let (shown, all) = (Counts { folders: 1, objects: 11 }, Counts { folders: 3, objects: 203 });
        let complete = ListingStatus::Complete { milliseconds: 184 };
        for (status, looking, expected) in [
            (ListingStatus::Partial, false, "12 matches among 203 objects and 3 folders so far"),
            (complete.clone(), true, "12 matches among 203 objects and 3 folders so far"),
            (complete, false, "12 matches among 203 objects and 3 folders · complete in 184\u{a0}ms"),
            (ListingStatus::Stopped, false, "12 matches among 203 objects and 3 folders so far · stopped"),
            (
                ListingStatus::Failed(Failure::new("m", "n")),
                false,
                "12 matches among 203 objects and 3 folders so far · the rest could not be listed",
            ),
        ] {
            assert_eq!(words(&status, looking, shown, all), expected);
        }
        let one = Counts { folders: 0, objects: 1 };
        assert_eq!(words(&ListingStatus::Partial, false, one, one), "1 match among 1 object so far");
    }
}
