//! What makes the search box work, and what stands beside it once it does.

use super::super::folder::Open;
use super::{is_over, keys, memory, words};
use crate::browser::keyboard;
use crate::reactive::{Memo, RwSignal, Signal, effect};
use crate::state::listing::pattern::Pattern;
use crate::state::listing::{Listing, ListingStatus, ListingTarget};
use crate::ui::button::button;
use crate::ui::piece::{ElementRef, IntoPiece, Piece};
use crate::ui::table::Goal;
use crate::words::t;

/// Starts the search, and draws its controls.
pub(super) fn tools(open: Open, field: ElementRef) -> Piece {
    let subfolders = RwSignal::new(false);
    let target: Signal<Option<ListingTarget>> = Memo::new(move || {
        let wanted = subfolders.get() && !open.sought.with(String::is_empty);
        let role = open.visit.role_id().get().filter(|_| wanted)?;
        let spot = open.spot.get()?;
        Some(ListingTarget { role, location: spot.location, prefix: spot.prefix, subfolders: true })
    })
    .into();
    let deep = Listing::follow(open.store, target);
    let pattern = Memo::new(move || open.sought.with(|text| Pattern::parse(text)));
    deep.search(pattern.into());
    open.listing.search(pattern.into());
    effect(move || {
        let source = if target.with(Option::is_some) { deep } else { open.listing };
        open.source.set(source);
    });
    effect(move || {
        let sort = open.listing.sort().get();
        if deep.sort().get_untracked() != sort {
            deep.set_sort(sort);
        }
    });
    effect(move || refresh(open.listing, deep));
    let wanted = RwSignal::new(None::<String>);
    effect(move || go_to(open, wanted));
    let going = keys::follow(open, field, wanted);
    words::follow(open, field, going);
    memory::follow(open, subfolders);

    let toggle = button("button search__deep", t!("With subfolders"), move || subfolders.set(!subfolders.get_untracked()))
        .live("aria-pressed", move || subfolders.get().to_string());
    let go = button("button search__go", t!("Go to"), move || ask(open, wanted))
        .set("title", t!("Show everything, at the first name that is this or comes after it ({key}+Enter)", key = keyboard::command_key()))
        .live("hidden", move || open.sought.with(String::is_empty));
    [toggle.piece(), go.piece()].piece()
}

/// Lists what is below anew whenever the folder itself is: something was stored in it.
fn refresh(folder: Listing, deep: Listing) {
    let anew = folder.status().with(|status| *status == ListingStatus::Loading);
    let begun = deep.status().with_untracked(|status| !matches!(status, ListingStatus::Idle | ListingStatus::Loading));
    let prefix = |listing: Listing| listing.target().map(|target| (target.role, target.location, target.prefix));
    // Another folder is another target, which both follow by themselves.
    if anew && begun && prefix(folder) == prefix(deep) {
        deep.reload();
    }
}

/// Asks to go to the name that stands in the box.
pub(super) fn ask(open: Open, wanted: RwSignal<Option<String>>) {
    let name = open.sought.get_untracked();
    if !name.is_empty() {
        open.sought.set(String::new());
        wanted.set(Some(name));
    }
}

/// Goes to the row that is wanted, once it is there.
fn go_to(open: Open, wanted: RwSignal<Option<String>>) {
    let Some(name) = wanted.get() else { return };
    let source = open.source.get();
    source.revision().track();
    let over = is_over(source);
    // Until everything is shown again, the places of the rows are others.
    if source.is_searched() || source.target().is_none_or(|target| target.subfolders) {
        return;
    }
    let counts = source.shown().get_untracked();
    let last = (counts.folders + counts.objects).checked_sub(1);
    let (row, words) = match source.at_or_after(&name) {
        Some(row) => (Some(row), None),
        None if over => (last, Some(t!("No name so far stands at “{name}” or after it: this is the last row", name = name))),
        None => {
            open.message.set(Some(t!("“{name}” is not listed yet; the list goes there once it is", name = name)));
            return;
        }
    };
    wanted.set(None);
    open.message.set(words);
    if row.is_some() {
        open.aim.moved.set(true);
        open.aim.goal.set(Some(Goal { row, top: None }));
    }
    keys::enter(open);
}
