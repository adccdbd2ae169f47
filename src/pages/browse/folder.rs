//! One folder: its rows as they stream in, and what is said when there are none.

use super::footer::footer;
use super::place::Spot;
use super::row::RowText;
use crate::browser::task;
use crate::model::location::Permission;
use crate::pages::frame::Visit;
use crate::pages::problem::failure_notice;
use crate::state::credentials::CredentialStore;
use crate::state::download;
use crate::state::failure::Failure;
use crate::state::listing::{Listing, ListingStatus, ListingTarget, Row, RowKind, Sort, SortBy};
use crate::ui::icon::{Icon, icon};
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece};
use crate::ui::table::{Table, cell, table};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// What stands in the middle of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Rows,
    Empty,
    Failed,
}

/// A folder that is open: what its parts share.
#[derive(Clone, Copy)]
struct Open {
    visit: Visit,
    spot: Memo<Option<Spot>>,
    store: CredentialStore,
    listing: Listing,
    /// The last download that failed.
    failed: RwSignal<Option<Failure>>,
    /// What the running download is doing.
    message: RwSignal<Option<String>>,
}

/// Shows the folder at `spot`.
pub(super) fn folder(visit: Visit, spot: Memo<Option<Spot>>) -> Piece {
    let store = CredentialStore::current();
    let target = Signal::derive(move || {
        let role = visit.role_id().get()?;
        spot.get().map(|Spot { location, prefix }| ListingTarget { role, location, prefix })
    });
    let listing = Listing::follow(store, target);
    let open = Open { visit, spot, store, listing, failed: RwSignal::new(None), message: RwSignal::new(None) };
    Effect::new(move |_| {
        target.track();
        open.failed.set(None);
        open.message.set(None);
    });
    let (status, counts) = (listing.status(), listing.counts());
    let total = Memo::new(move |_| counts.with(|counts| counts.folders + counts.objects));
    let body = Memo::new(move |_| {
        status.with(|status| match status {
            _ if total.get() > 0 => Body::Rows,
            ListingStatus::Complete { .. } => Body::Empty,
            ListingStatus::Failed(_) => Body::Failed,
            _ => Body::Rows,
        })
    });
    let content = move || match body.get() {
        Body::Rows => rows(open, total),
        Body::Empty => empty(open),
        Body::Failed => failed(open),
    };
    view! {
        <div class="browse__body">{content}</div>
        <div class="browse__alert">{move || alert(open, total)}</div>
        {footer(listing, open.message.into())}
    }
    .piece()
}

fn rows(open: Open, total: Memo<usize>) -> Piece {
    let status = open.listing.status();
    let cursor = RwSignal::new(0_usize);
    let navigate = use_navigate();
    let head = view! {
        {sort_heading(open.listing, "", "Name", SortBy::Name)}
        {sort_heading(open.listing, "cell--end cell--size", "Size", SortBy::Size)}
        {sort_heading(open.listing, "cell--time", "Modified", SortBy::Modified)}
        <div role="columnheader" class="cell heading cell--class">"Class"</div>
        <div role="columnheader" class="cell cell--action"><span class="unseen">"Action"</span></div>
    };
    table(Table {
        label: "Folders and objects",
        class: "table--objects",
        columns: 5,
        head: head.piece(),
        rows: total.into(),
        complete: Signal::derive(move || status.with(|status| matches!(status, ListingStatus::Complete { .. }))),
        loading: Signal::derive(move || total.get() == 0),
        cursor,
        open: Callback::new(move |index| match open.listing.row(index) {
            Some(row) if row.kind == RowKind::Folder => {
                if let Some(href) = text(open, row).href {
                    navigate(&href, NavigateOptions::default());
                }
            }
            Some(row) => save(open, row),
            None => {}
        }),
        draw: Callback::new(move |index| cells(open, index)),
    })
}

fn sort_heading(listing: Listing, class: &'static str, name: &'static str, by: SortBy) -> Piece {
    let sort = listing.sort();
    let direction = move || match sort.get() {
        Sort { by: current, .. } if current != by => None,
        Sort { descending: true, .. } => Some("descending"),
        Sort { descending: false, .. } => Some("ascending"),
    };
    let turn = move |_| {
        let current = sort.get_untracked();
        listing.set_sort(Sort { by, descending: current.by == by && !current.descending });
    };
    view! {
        <div role="columnheader" class=format!("cell {class}") aria-sort=direction>
            <button class="sort" type="button" on:click=turn>{name}{icon(Icon::Up)}</button>
        </div>
    }
    .piece()
}

fn cells(open: Open, index: Memo<usize>) -> Piece {
    let revision = open.listing.revision();
    let shown = Memo::new(move |_| {
        revision.track();
        open.listing.row(index.get()).map(|row| text(open, row)).unwrap_or_default()
    });
    // One closure type for all texts of a row keeps the program small.
    let part = move |pick: fn(&RowText) -> String| Signal::derive(move || shown.with(pick));
    let folder = Memo::new(move |_| shown.with(|text| text.folder));
    let blocked = Memo::new(move |_| shown.with(|text| text.obstacle.clone()));
    let save_this = move |_| {
        if let Some(row) = open.listing.row(index.get_untracked()).filter(|row| row.kind != RowKind::Folder) {
            save(open, row);
        }
    };
    let name = view! {
        <a
            class="entry"
            class:entry--folder=folder
            href=move || shown.with(|text| text.href.clone())
            tabindex="-1"
            aria-disabled=move || blocked.with(Option::is_some).then_some("true")
            title=part(|text| text.name.clone())
            on:click=save_this
        >
            {move || icon(if folder.get() { Icon::Folder } else { Icon::Object })}
            <span class="entry__name">{part(|text| text.name.clone())}</span>
            {move || blocked.get().map(|reason| view! { <span class="entry__reason" title=reason>"dot segment"</span> })}
            <span class="entry__detail" aria-hidden="true">{part(|text| text.detail.clone())}</span>
        </a>
    };
    let action = move || {
        (!folder.get()).then(|| {
            view! {
                <button
                    class="row__action"
                    type="button"
                    tabindex="-1"
                    aria-disabled=move || blocked.with(Option::is_some).then_some("true")
                    aria-label=move || shown.with(|text| format!("Download {}", text.name))
                    title=move || blocked.get().unwrap_or_else(|| "Download".into())
                    on:click=save_this
                >
                    {icon(Icon::Download)}
                </button>
            }
        })
    };
    let modified = view! { <span title=move || shown.with(|text| text.modified_long.clone())>{part(|text| text.modified.clone())}</span> };
    view! {
        {cell("", name.piece())}
        {cell("cell--end cell--quiet cell--size", part(|text| text.size.clone()).piece())}
        {cell("cell--quiet cell--time", modified.piece())}
        {cell("cell--quiet cell--class", part(|text| text.class.clone()).piece())}
        {cell("cell--action", action.piece())}
    }
    .piece()
}

fn text(open: Open, row: Row) -> RowText {
    let role = open.visit.role_id().get_untracked();
    open.spot.with_untracked(|spot| spot.as_ref().map(|spot| RowText::new(row, role, spot, open.store.now()))).unwrap_or_default()
}

/// Saves an object to the device, and says what came of it.
fn save(open: Open, row: Row) {
    let (Some(role), Some(spot)) = (open.visit.role_id().get_untracked(), open.spot.get_untracked()) else { return };
    if let Some(failure) = download::obstacle(&spot.location, &row.key) {
        open.failed.set(Some(failure));
        return;
    }
    open.failed.set(None);
    open.message.set(Some(format!("Asking S3 for {}", row.name)));
    task::spawn(async move {
        let answer = download::download(open.store, role, spot.location, row.key).await;
        // The page may have been left in the meantime; its signals are gone then.
        let _ = open.message.try_set(answer.is_ok().then(|| format!("{} is being saved by the browser", row.name)));
        let _ = open.failed.try_set(answer.err());
    });
}

/// What went wrong while there are rows to look at.
fn alert(open: Open, total: Memo<usize>) -> Option<Piece> {
    let status = open.listing.status().get();
    let (failure, resume) = match (open.failed.get(), status) {
        (Some(failure), _) => (failure, false),
        (None, ListingStatus::Failed(failure)) if total.get() > 0 => (failure, true),
        _ => return None,
    };
    let press = move |_| if resume { open.listing.retry() } else { open.failed.set(None) };
    let small = [failure.code, failure.reference].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    Some(
        view! {
            <div class="strip-notice" role="alert">
                {icon(Icon::Failed)}
                <p>{failure.message}" "{failure.next_step}</p>
                <code class="secondary small">{small}</code>
                <button class="button button--inline" type="button" on:click=press>{if resume { "Go on" } else { "Close" }}</button>
            </div>
        }
        .piece(),
    )
}

fn empty(open: Open) -> Piece {
    let (Some(role), Some(spot)) = (open.visit.role.get_untracked(), open.spot.get_untracked()) else { return ().piece() };
    let whole = spot.prefix.is_empty();
    let would = if whole {
        format!("Every object of the bucket {} would be listed here.", spot.location.name)
    } else {
        format!("Objects whose keys begin with “{}” would be listed here.", spot.prefix)
    };
    let how = if spot.location.permissions.contains(&Permission::Write) {
        format!("Whatever writes to the bucket fills it; the role {} may.", role.title)
    } else {
        format!("The role {} may not write here: somebody who may has to.", role.title)
    };
    let again = view! { <button class="button" type="button" on:click=move |_| open.listing.reload()>"Look again"</button> }.piece();
    notice(Notice::new(Kind::Empty, if whole { "This bucket is empty" } else { "This folder is empty" }, would, how), Some(again))
}

fn failed(open: Open) -> Piece {
    let ListingStatus::Failed(failure) = open.listing.status().get_untracked() else { return ().piece() };
    let again = view! { <button class="button" type="button" on:click=move |_| open.listing.retry()>"Try again"</button> }.piece();
    notice(failure_notice("This folder cannot be listed", failure), Some(again))
}
