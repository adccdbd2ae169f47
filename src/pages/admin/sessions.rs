//! The table of sessions: ten thousand rows, of which only those in view exist.

use super::{Desk, filters, words};
use crate::browser::format;
use crate::model::names::SessionId;
use crate::model::session::Session;
use crate::pages::shortcuts;
use crate::reactive::{Memo, RwSignal, Signal, StoredValue, effect};
use crate::state::roster::{RosterStatus, Sort, SortBy, can_end, who};
use crate::ui::button::button;
use crate::ui::icon::{Icon, icon};
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag, text};
use crate::ui::shortcuts::register;
use crate::ui::table::{Aim, Table, cell, table};
use crate::words::t;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The table.
pub(super) fn sessions(desk: Desk) -> Piece {
    let roster = desk.roster;
    let (status, count, revision) = (roster.status(), roster.count(), roster.revision());
    let aim = Aim::new();
    let cursor = aim.cursor;
    follow_active(desk, cursor);
    let head = [
        cell_head("cell--tick").child(tick_all(desk)),
        sort_heading(desk, "", t!("Who"), SortBy::Who),
        sort_heading(desk, "cell--role", t!("Role"), SortBy::Role),
        sort_heading(desk, "cell--strategy", t!("Strategy"), SortBy::Strategy),
        sort_heading(desk, "cell--since", t!("Since"), SortBy::Since),
        sort_heading(desk, "cell--until", t!("Until"), SortBy::Until),
        sort_heading(desk, "cell--state", t!("State"), SortBy::State),
        cell_head("cell--end").child(tag("span").class("unseen").child(t!("Action"))),
    ];
    // Space ticks the active row, as it does in every grid.
    shortcuts::in_table();
    register(&shortcuts::MARK, move |_| roster.row(cursor.get_untracked()).map(|session| toggle(desk, &session)).is_some());
    table(Table {
        label: t!("Sessions"),
        class: "table--sessions",
        columns: 8,
        head: head.map(IntoPiece::piece).piece(),
        rows: count,
        complete: Signal::derive(move || status.with(|status| *status == RosterStatus::Complete)),
        loading: Signal::derive(move || count.get() == 0),
        aim,
        open: Arc::new(move |index| roster.row(index).into_iter().for_each(|session| desk.ending.ask_session(session))),
        draw: Arc::new(move |index| {
            let session = Memo::new(move || {
                revision.track();
                roster.row(index.get())
            });
            cells(desk, session)
        }),
    })
    .piece()
}

/// The active row stays the same session, wherever a refresh or another order puts it.
fn follow_active(desk: Desk, cursor: RwSignal<usize>) {
    let revision = desk.roster.revision();
    let active = StoredValue::new(None::<SessionId>);
    effect(move || {
        revision.track();
        let stays = active.with_value(|active| active.as_ref().and_then(|id| desk.roster.place_of(id)));
        if let Some(place) = stays.filter(|place| *place != cursor.get_untracked()) {
            cursor.set(place);
        }
    });
    effect(move || {
        let at = cursor.get();
        // The first row is where everybody starts: only a row that somebody went to is held.
        active.set_value(if at == 0 { None } else { desk.roster.row(at).map(|session| session.id) });
    });
}

fn cell_head(class: &'static str) -> Tag {
    tag("div").set("role", "columnheader").class(format!("cell heading {class}"))
}

fn sort_heading(desk: Desk, class: &'static str, name: &'static str, by: SortBy) -> Tag {
    let sort = desk.roster.sort();
    let direction = move || match sort.get() {
        Sort { by: current, .. } if current != by => None,
        Sort { descending: true, .. } => Some("descending"),
        Sort { descending: false, .. } => Some("ascending"),
    };
    let turn = move || {
        let current = sort.get_untracked();
        desk.roster.set_sort(Sort { by, descending: current.by == by && !current.descending });
    };
    let press = button("sort", name, turn).child(icon(Icon::Up));
    tag("div").set("role", "columnheader").class(format!("cell {class}")).live("aria-sort", direction).child(press)
}

/// What a box says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ticked {
    No,
    /// Some of what it stands for.
    Mixed,
    Yes,
}

/// Ticks everything that is shown and can be ended, or nothing.
fn tick_all(desk: Desk) -> Tag {
    let chosen = desk.ending.selected;
    let on = Memo::new(move || {
        desk.roster.revision().track();
        chosen.with(|chosen| {
            let is_ticked = |session: &Session| !can_end(session.state) || chosen.contains(&session.id);
            match chosen.is_empty() {
                true => Ticked::No,
                false if desk.roster.with_all(|sessions| sessions.iter().all(is_ticked)) => Ticked::Yes,
                false => Ticked::Mixed,
            }
        })
    });
    let turn = move || {
        let all = || {
            desk.roster
                .with_all(|sessions| sessions.iter().filter(|session| can_end(session.state)).map(|session| session.id.clone()).collect())
        };
        chosen.set(if on.get_untracked() == Ticked::No { all() } else { BTreeSet::new() });
    };
    tick(t!("Tick every session that can be ended"), on, turn).set("title", t!("Tick every session that can be ended, or none"))
}

fn toggle(desk: Desk, session: &Session) {
    if can_end(session.state) {
        desk.ending.selected.update(|chosen| {
            if !chosen.remove(&session.id) {
                chosen.insert(session.id.clone());
            }
        });
    }
}

fn tick(label: &'static str, on: Memo<Ticked>, turn: impl FnMut() + Send + 'static) -> Tag {
    button("box", icon(Icon::Check), turn).set("role", "checkbox").set("aria-label", label).live("aria-checked", move || match on.get() {
        Ticked::No => "false",
        Ticked::Mixed => "mixed",
        Ticked::Yes => "true",
    })
}

fn cells(desk: Desk, session: Memo<Option<Session>>) -> Piece {
    let roster = desk.roster;
    // `None` shows nothing: the row element waits for a row.
    let part = move |pick: fn(&Session) -> String| move || session.with(|session| session.as_ref().map(pick));
    let ends = Memo::new(move || session.with(|session| session.as_ref().is_some_and(|session| can_end(session.state))));
    let ticked = Memo::new(move || {
        let is_chosen = |chosen: &BTreeSet<_>| session.with(|session| session.as_ref().is_some_and(|session| chosen.contains(&session.id)));
        if desk.ending.selected.with(is_chosen) { Ticked::Yes } else { Ticked::No }
    });
    let console = Memo::new(move || session.with(|session| session.as_ref().is_some_and(|session| session.id.is_console())));
    let role = move || session.with(|session| session.as_ref().map(|session| filters::title(desk, &session.role)));
    let left = Memo::new(move || {
        desk.tick.track();
        session.with(|session| session.as_ref().and_then(|session| words::left(session, roster.now()))).unwrap_or_default()
    });
    let standing = Memo::new(move || {
        desk.tick.track();
        session.with(|session| session.as_ref().map(|session| words::standing(session, roster.now()))).unwrap_or_default()
    });
    let spread = move || {
        let spread = session.with(|session| session.as_ref().and_then(|session| words::spread(session, roster.now())));
        [Some(standing.get()), spread.map(str::to_owned)].into_iter().flatten().collect::<Vec<_>>().join(". ")
    };
    let mark = live(move || console.get().then(|| tag("span").class("entry__reason").child(t!("AWS console"))));
    let level = move || session.with(|session| session.as_ref().map(|session| session.state.as_str()));
    let detail = move || {
        let console = console.get().then(|| t!("AWS console").to_owned());
        [Some(standing.get()), Some(left.get()), role(), console].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let this = move || session.get_untracked();
    let end = live(move || {
        let name = if ends.get() { t!("End") } else { t!("Block") };
        button("button button--row", name, move || this().into_iter().for_each(|session| desk.ending.ask_action(session)))
            .set("tabindex", "-1")
            .live("aria-label", move || {
                session.with(|session| {
                    session.as_ref().map(|session| {
                        if can_end(session.state) {
                            t!("End the session of {whose}", whose = who(session))
                        } else {
                            t!("Block {whose}", whose = who(session))
                        }
                    })
                })
            })
    });
    let choose = live(move || {
        ends.get().then(|| {
            tick(t!("Tick this session"), ticked, move || this().iter().for_each(|session| toggle(desk, session))).set("tabindex", "-1")
        })
    });
    [
        cell("cell--tick", choose),
        cell(
            "cell--who",
            tag("span")
                .class("who__name")
                .live("title", part(|session| session.subject.to_string()))
                .child(text(part(|session| who(session).to_owned()))),
        )
        .child(tag("span").class("entry__detail").set("aria-hidden", "true").child(text(detail))),
        cell("cell--quiet cell--role", tag("span").class("role__title").child(text(role))).child(mark),
        cell("cell--quiet cell--strategy", text(part(|session| session.strategy.as_str().to_owned()))),
        cell(
            "cell--quiet cell--since",
            tag("span")
                .live("title", part(|session| format::date_time_long(session.issued_at)))
                .child(text(part(|session| format::date_time(session.issued_at)))),
        ),
        cell(
            "cell--quiet cell--until",
            tag("span")
                .live("title", part(|session| format::date_time_long(session.expires_at)))
                .child(text(part(|session| format::date_time(session.expires_at)))),
        )
        .child(tag("span").class("left").child(text(move || left.get()))),
        cell("cell--state", tag("span").class("state").live("data-state", level).live("title", spread).child(text(move || standing.get()))),
        cell("cell--end", end),
    ]
    .map(IntoPiece::piece)
    .piece()
}
