//! One folder: its rows as they stream in, and what is said when there are none.

use super::footer::footer;
use super::place::Spot;
use super::row::{self, RowText};
use super::search;
use crate::model::location::Permission;
use crate::pages::frame::Visit;
use crate::pages::operations::may_not;
use crate::pages::problem::{explanation, failure_notice, flow_link};
use crate::pages::transfers::{Marks, Rows};
use crate::reactive::{Memo, RwSignal, Signal, effect};
use crate::state::credentials::CredentialStore;
use crate::state::download;
use crate::state::failure::Failure;
use crate::state::listing::{Counts, Listing, ListingStatus, ListingTarget, Row, RowKind, Sort, SortBy};
use crate::state::transfers::Transfers;
use crate::ui::button::button;
use crate::ui::first_view::FirstView;
use crate::ui::icon::{Icon, icon};
use crate::ui::notice::notice;
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag, text};
use crate::ui::table::{Aim, Table, cell, table};
use crate::words::t;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use std::sync::Arc;

/// What stands in the middle of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Rows,
    Empty,
    Failed,
}

/// Draws something of a folder.
pub(in crate::pages) type Draw = fn(Open) -> Piece;

/// A folder that is open: what its parts share.
#[derive(Clone, Copy)]
pub(in crate::pages) struct Open {
    pub(in crate::pages) visit: Visit,
    pub(in crate::pages) spot: Memo<Option<Spot>>,
    pub(in crate::pages) store: CredentialStore,
    /// The folder itself.
    pub(in crate::pages) listing: Listing,
    /// Whose rows are shown: the folder's, or those of it with all subfolders.
    pub(in crate::pages) source: RwSignal<Listing>,
    /// What is looked for.
    pub(in crate::pages) sought: RwSignal<String>,
    /// What was found, in words, while something is looked for.
    pub(in crate::pages) found: RwSignal<Option<String>>,
    /// Says why there are no rows; comes with the part that searches.
    pub(in crate::pages) nothing: RwSignal<Option<Draw>>,
    /// Where in the table the person is.
    pub(in crate::pages) aim: Aim,
    /// The last thing that failed beside the listing.
    pub(in crate::pages) failed: RwSignal<Option<Failure>>,
    /// What is being done beside the listing.
    pub(in crate::pages) message: RwSignal<Option<String>>,
    pub(in crate::pages) transfers: Transfers,
    /// How rows are marked, once that is loaded.
    pub(in crate::pages) marks: RwSignal<Option<Marks>>,
}

impl Open {
    /// Its rows, for what is done with them.
    pub(super) fn rows(self) -> Rows {
        Rows { folder: self.listing, source: self.source, aim: self.aim }
    }

    /// Why no object of the folder can be downloaded, where the role may not read.
    fn unreadable(self) -> Option<String> {
        let may = |spot: &Spot| spot.location.permissions.contains(&Permission::Read);
        let unreadable = self.spot.with_untracked(|spot| spot.as_ref().is_some_and(|spot| !may(spot)));
        let title = || self.visit.role.with_untracked(|role| role.as_ref().map(|role| role.title.clone()).unwrap_or_default());
        unreadable.then(|| may_not(Permission::Read, &title()))
    }
}

/// Shows the folder at `spot`.
pub(super) fn folder(visit: Visit, spot: Memo<Option<Spot>>, marks: RwSignal<Option<Marks>>) -> Piece {
    let store = CredentialStore::current();
    let target = Signal::derive(move || {
        let role = visit.role_id().get()?;
        spot.get().map(|Spot { location, prefix }| ListingTarget { role, location, prefix, subfolders: false })
    });
    let listing = Listing::follow(store, target);
    let status = listing.status();
    FirstView::current().wait_for(move || !status.with(|status| matches!(status, ListingStatus::Idle | ListingStatus::Loading)));
    let transfers = Transfers::current();
    transfers.keep_fresh(listing, target);
    let open = Open {
        visit,
        spot,
        store,
        listing,
        source: RwSignal::new(listing),
        sought: RwSignal::new(String::new()),
        found: RwSignal::new(None),
        nothing: RwSignal::new(None),
        aim: Aim::new(),
        failed: RwSignal::new(None),
        message: RwSignal::new(None),
        transfers,
        marks,
    };
    effect(move || {
        target.track();
        open.failed.set(None);
        open.message.set(None);
    });
    let total = Memo::new(move || {
        let shown = open.source.get().shown().get();
        shown.folders + shown.objects
    });
    let body = Memo::new(move || {
        let source = open.source.get();
        source.status().with(|status| match status {
            _ if total.get() > 0 => Body::Rows,
            ListingStatus::Failed(_) if source.counts().get() == Counts::default() => Body::Failed,
            ListingStatus::Failed(_) if !source.is_looking() && open.nothing.with(Option::is_some) => Body::Empty,
            _ if search::is_over(source) && open.nothing.with(Option::is_some) => Body::Empty,
            _ => Body::Rows,
        })
    });
    let content = live(move || match body.get() {
        Body::Rows => rows(open, total),
        Body::Empty => open.nothing.get().map(|draw| draw(open)).piece(),
        Body::Failed => failed(open),
    });
    [
        search::search(open).piece(),
        tag("div").class("browse__body").child(content).piece(),
        tag("div").class("browse__alert").child(live(move || alert(open, body))).piece(),
        footer(open.source, open.found, open.message.into()).piece(),
        live(move || open.marks.get().map(|marks| marks.beside(open))),
    ]
    .piece()
}

fn rows(open: Open, total: Memo<usize>) -> Piece {
    let navigate = use_navigate();
    let heading = |class: &'static str| tag("div").set("role", "columnheader").class(class);
    let head = [
        mark(open, None),
        sort_heading(open.listing, "", t!("Name"), SortBy::Name).piece(),
        sort_heading(open.listing, "cell--end cell--size", t!("Size"), SortBy::Size).piece(),
        sort_heading(open.listing, "cell--time", t!("Modified"), SortBy::Modified).piece(),
        heading("cell heading cell--class").child(t!("Class")).piece(),
        heading("cell cell--action").child(tag("span").class("unseen").child(t!("Action"))).piece(),
    ];
    table(Table {
        label: t!("Folders and objects"),
        class: "table--objects",
        columns: 6,
        head: head.piece(),
        rows: total.into(),
        complete: Signal::derive(move || open.source.get().is_complete()),
        loading: Signal::derive(move || total.get() == 0 && !search::is_over(open.source.get())),
        aim: open.aim,
        open: Arc::new(move |index| match open.source.get_untracked().row(index) {
            Some(row) if row.kind == RowKind::Folder => {
                if let Some(href) = row_text(open, row).href {
                    navigate(&href, NavigateOptions::default());
                }
            }
            Some(row) => save(open, row),
            None => {}
        }),
        draw: Arc::new(move |index| cells(open, index)),
    })
    .piece()
}

fn mark(open: Open, at: Option<Memo<usize>>) -> Piece {
    live(move || {
        let rows = open.rows();
        open.marks.get().map(|marks| marks.draw(rows, at))
    })
}

fn sort_heading(listing: Listing, class: &'static str, name: &'static str, by: SortBy) -> Tag {
    let sort = listing.sort();
    let direction = move || match sort.get() {
        Sort { by: current, .. } if current != by => None,
        Sort { descending: true, .. } => Some("descending"),
        Sort { descending: false, .. } => Some("ascending"),
    };
    let turn = move || {
        let current = sort.get_untracked();
        listing.set_sort(Sort { by, descending: current.by == by && !current.descending });
    };
    let press = button("sort", name, turn).child(icon(Icon::Up));
    tag("div").set("role", "columnheader").class(format!("cell {class}")).live("aria-sort", direction).child(press)
}

fn cells(open: Open, index: Memo<usize>) -> Piece {
    // Each time that rows come every row is read again; put into words it is only when it is another.
    let row = Memo::new(move || {
        let source = open.source.get();
        source.revision().track();
        source.row(index.get())
    });
    let shown = Memo::new(move || row.get().map(|row| row_text(open, row)).unwrap_or_default());
    let part = move |pick: fn(&RowText) -> String| move || shown.with(pick);
    let folder = Memo::new(move || shown.with(|text| text.folder));
    let blocked = Memo::new(move || shown.with(|text| text.obstacle.clone()));
    let save_this = move || {
        if let Some(row) = open.source.get_untracked().row(index.get_untracked()).filter(|row| row.kind != RowKind::Folder) {
            save(open, row);
        }
    };
    // Tooltips are there where something is pointed at: that of a time costs as much as all the rest of a row.
    let (name_pointed, time_pointed) = (RwSignal::new(false), RwSignal::new(false));
    let unavailable = move || shown.with(|text| text.obstacle.is_some()).then_some("true");
    let name = pointed(tag("a"), name_pointed)
        .live("class", move || if shown.with(|text| text.folder) { "entry entry--folder" } else { "entry" })
        .live("href", move || shown.with(|text| text.href.clone()))
        .set("tabindex", "-1")
        .live("aria-disabled", unavailable)
        .live("title", move || name_pointed.get().then(|| shown.with(|text| text.name.clone())))
        .on("click", move |_| save_this())
        .child(live(move || icon(if folder.get() { Icon::Folder } else { Icon::Object })))
        .child(tag("span").class("entry__name").child(text(part(|text| text.name.clone()))))
        .child(live(move || {
            // What all rows have alike their buttons say, and each press.
            let reason = blocked.get().filter(|_| open.unreadable().is_none());
            reason.map(|reason| tag("span").class("entry__reason").set("title", reason).child(t!("dot segment")))
        }))
        .child(tag("span").class("entry__detail").set("aria-hidden", "true").child(text(part(|text| text.detail.clone()))));
    let action = live(move || {
        (!folder.get()).then(|| {
            button("row__action", icon(Icon::Download), save_this)
                .set("tabindex", "-1")
                .live("aria-disabled", unavailable)
                .live("aria-label", move || shown.with(|text| t!("Download {name}", name = text.name)))
                .live("title", move || blocked.get().unwrap_or_else(|| t!("Download").into()))
        })
    });
    let modified_long = move || {
        if !time_pointed.get() {
            return None;
        }
        shown.track();
        open.source.get_untracked().row(index.get()).and_then(|row| row::modified_long(&row, open.store.now()))
    };
    let modified = pointed(tag("span"), time_pointed).live("title", modified_long).child(text(part(|text| text.modified.clone())));
    [
        mark(open, Some(index)),
        cell("cell--name", name).piece(),
        cell("cell--end cell--quiet cell--size", text(part(|text| text.size.clone()))).piece(),
        cell("cell--quiet cell--time", modified).piece(),
        cell("cell--quiet cell--class", text(part(|text| text.class.clone()))).piece(),
        cell("cell--action", action).piece(),
    ]
    .piece()
}

/// Says whether something is pointed at.
fn pointed(tag: Tag, signal: RwSignal<bool>) -> Tag {
    tag.on("pointerenter", move |_| signal.set(true)).on("pointerleave", move |_| signal.set(false))
}

fn row_text(open: Open, row: Row) -> RowText {
    let role = open.visit.role_id().get_untracked();
    let mut text = open.spot.with_untracked(|spot| spot.as_ref().map(|spot| RowText::new(row, role, spot))).unwrap_or_default();
    if !text.folder {
        text.obstacle = open.unreadable().or(text.obstacle);
    }
    text
}

/// Saves an object to the device, and says what came of it.
fn save(open: Open, row: Row) {
    let (Some(role), Some(spot)) = (open.visit.role_id().get_untracked(), open.spot.get_untracked()) else { return };
    let unreadable = open.unreadable().map(|why| {
        let next = t!("Choose another role at the top, or ask the people who run the portal to add the permission “read” to this one.");
        Failure::new(why, next)
    });
    if let Some(failure) = unreadable.or_else(|| download::obstacle(&spot.location, &row.key)) {
        open.failed.set(Some(failure));
        return;
    }
    let Open { store, transfers, message, failed, .. } = open;
    download::begin(download::Saving { store, transfers, message, failed }, role, spot.location, row.key, row.name);
}

/// What went wrong while there are rows to look at.
fn alert(open: Open, body: Memo<Body>) -> Option<Tag> {
    let source = open.source.get();
    let status = source.status().get();
    let (failure, resume) = match (open.failed.get(), status) {
        (Some(failure), _) => (failure, false),
        (None, ListingStatus::Failed(failure)) if body.get() != Body::Failed => (failure, true),
        _ => return None,
    };
    let press = move || if resume { source.retry() } else { open.failed.set(None) };
    let explained = explanation(&failure.section);
    let small = [failure.code, failure.reference].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    Some(
        tag("div")
            .class("strip-notice")
            .set("role", "alert")
            .child(icon(Icon::Failed))
            .child(tag("p").child(failure.message).child(" ").child(failure.next_step).child(" ").child(explained))
            .child(tag("code").class("secondary small").child(small))
            .child(button("button button--inline", if resume { t!("Go on") } else { t!("Close") }, press)),
    )
}

fn failed(open: Open) -> Piece {
    let source = open.source.get_untracked();
    let ListingStatus::Failed(failure) = source.status().get_untracked() else { return ().piece() };
    let again = button("button", t!("Try again"), move || source.retry()).piece();
    let why = flow_link(failure.code.as_deref().unwrap_or_default(), open.visit.role_id().get_untracked().as_ref());
    notice(failure_notice(t!("This folder cannot be listed"), failure), Some([again, why.piece()].piece())).piece()
}
