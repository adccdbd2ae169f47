//! What a role opens, as rows.

use crate::model::location::{Location, Permission};
use crate::model::names::RoleId;
use crate::pages::frame::Visit;
use crate::state::place::BrowsePlace;
use crate::ui::icon::{Icon, icon};
use crate::ui::notice::{Kind, Notice, notice};
use crate::ui::piece::{IntoPiece, Piece};
use leptos::prelude::*;

/// The locations of the chosen role. They are few and the server knows them, so they are plain
/// rows of links, there from the first paint.
pub(super) fn locations(visit: Visit) -> Piece {
    let content = move || {
        let Some(role) = visit.role.get() else { return ().piece() };
        if role.buckets.is_empty() {
            return none(&role.title);
        }
        let rows = role.buckets.into_iter().map(|location| row(role.id.clone(), location)).collect_view();
        view! {
            <div class="table table--locations" role="table" aria-label="Locations">
                <div class="table__head" role="rowgroup">
                    <div class="row" role="row">
                        {heading("", "Bucket")}
                        {heading("cell--prefix", "Below")}
                        {heading("cell--permissions", "You may")}
                        {heading("cell--region", "Region")}
                    </div>
                </div>
                <div role="rowgroup">{rows}</div>
            </div>
        }
        .piece()
    };
    let count = move || visit.role.with(|role| role.as_ref().map_or(0, |role| role.buckets.len()));
    let footer = move || match count() {
        1 => "1 location".to_owned(),
        count => format!("{count} locations"),
    };
    view! {
        <div class="browse__body">{content}</div>
        <div class="browse__foot"><span>{footer}</span></div>
    }
    .piece()
}

fn none(title: &str) -> Piece {
    let words = Notice::new(
        Kind::Empty,
        "This role opens no bucket",
        format!("Buckets that the role {title} opens would be listed here."),
        "It may still open functions. Ask the people who run the portal to add a bucket to the role if you need one.",
    );
    notice(words, None)
}

fn heading(class: &'static str, text: &'static str) -> Piece {
    view! { <div class=format!("cell heading {class}") role="columnheader">{text}</div> }.piece()
}

fn row(role: RoleId, location: Location) -> Piece {
    let href = BrowsePlace { role: Some(role), bucket: Some(location.name.clone()), prefix: location.prefix.clone() }.href();
    let permissions = location.permissions.iter().copied().map(Permission::as_str).collect::<Vec<_>>().join(", ");
    let below = if location.prefix.is_empty() { "the whole bucket".to_owned() } else { location.prefix };
    view! {
        <div class="row row--body" role="row">
            <div class="cell" role="cell">
                <a class="entry entry--folder" href=href>
                    {icon(Icon::Bucket)}
                    <span class="entry__name">{location.name}</span>
                    <span class="entry__detail" aria-hidden="true">{below.clone()}</span>
                </a>
            </div>
            <div class="cell cell--quiet cell--prefix" role="cell">{below}</div>
            <div class="cell cell--quiet cell--permissions" role="cell">{permissions}</div>
            <div class="cell cell--quiet cell--region" role="cell">{location.region}</div>
        </div>
    }
    .piece()
}
