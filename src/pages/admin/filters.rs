//! One row of controls: what to show, and what to do with it.

use super::Desk;
use super::words::state_name;
use crate::browser::save;
use crate::browser::timer::Timer;
use crate::model::names::RoleId;
use crate::model::session::{SessionFilter, SessionState};
use crate::reactive::{Memo, RwSignal, StoredValue, effect};
use crate::state::roster::{RosterStatus, csv};
use crate::ui::button::button;
use crate::ui::piece::{IntoPiece, Piece, Tag, list, live, tag, text};
use crate::words::t;
use leptos::prelude::event_target_value;
use std::collections::BTreeSet;

/// Milliseconds without a key before the server is asked.
const TYPING_MILLIS: u32 = 300;

const STATES: [SessionState; 5] =
    [SessionState::Live, SessionState::Ending, SessionState::Ended, SessionState::Blocked, SessionState::Expired];

/// The row.
pub(super) fn filters(desk: Desk) -> Tag {
    tag("div")
        .class("admin__bar")
        .set("role", "group")
        .set("aria-label", t!("Filter and actions"))
        .child(person(desk))
        .child(roles(desk))
        .child(states(desk))
        .child(actions(desk))
}

/// Another filter is another selection: nothing that is out of sight is ended.
fn narrow(desk: Desk, change: impl FnOnce(&mut SessionFilter)) {
    let mut filter = desk.roster.filter().get_untracked();
    change(&mut filter);
    desk.ending.selected.set(BTreeSet::new());
    desk.roster.set_filter(filter);
}

fn person(desk: Desk) -> Tag {
    let filter = desk.roster.filter();
    let written = RwSignal::new(String::new());
    let pause = StoredValue::new(None::<Timer>);
    // Cleared by the button of the empty page.
    effect(move || {
        if filter.with(|filter| filter.user.is_none()) {
            written.set(String::new());
        }
    });
    let on_input = move |event| {
        written.set(event_target_value(&event));
        let wait = Timer::after(TYPING_MILLIS, move || {
            let user = written.get_untracked().trim().to_owned();
            narrow(desk, |filter| filter.user = Some(user).filter(|user| !user.is_empty()));
        });
        pause.set_value(Some(wait));
    };
    tag("input")
        .class("field field--person")
        .set("type", "search")
        .set("aria-label", t!("Person"))
        .set("placeholder", t!("Address or subject begins with"))
        .set("autocomplete", "off")
        .set("spellcheck", "false")
        .live_value(move || written.get())
        .on("input", on_input)
}

fn roles(desk: Desk) -> Tag {
    let filter = desk.roster.filter();
    let (revision, known) = (desk.roster.revision(), StoredValue::new(BTreeSet::<RoleId>::new()));
    // Every role that was ever in a row stays to choose from.
    let ids = Memo::new(move || {
        revision.track();
        known.update_value(|known| {
            desk.visit.who.with_value(|who| known.extend(who.roles.iter().map(|role| role.id.clone())));
            desk.roster.with_all(|sessions| {
                sessions.iter().for_each(|session| {
                    if !known.contains(&session.role) {
                        known.insert(session.role.clone());
                    }
                });
            });
        });
        known.get_value()
    });
    let options = live(move || list(ids.get().into_iter().map(|id| option(id.to_string(), title(desk, &id)))));
    let value = move || {
        ids.track();
        filter.with(|filter| filter.role.as_ref().map_or_else(String::new, ToString::to_string))
    };
    tag("select")
        .class("field")
        .set("aria-label", t!("Role"))
        .live_value(value)
        .on("change", move |event| narrow(desk, |filter| filter.role = RoleId::parse(event_target_value(&event)).ok()))
        .child(option(String::new(), t!("All roles").to_owned()))
        .child(options)
}

fn states(desk: Desk) -> Tag {
    let filter = desk.roster.filter();
    let find = |word: String| STATES.into_iter().find(|state| state.as_str() == word);
    tag("select")
        .class("field")
        .set("aria-label", t!("State"))
        .live_value(move || filter.with(|filter| filter.state.map_or("", SessionState::as_str)))
        .on("change", move |event| narrow(desk, |filter| filter.state = find(event_target_value(&event))))
        .child(option(String::new(), t!("All states").to_owned()))
        .children(STATES.into_iter().map(|state| option(state.as_str().to_owned(), state_name(state).to_owned())))
}

fn option(value: String, text: String) -> Tag {
    tag("option").set("value", value).child(text)
}

/// The role as the configuration names it for people, where this person has it too.
pub(super) fn title(desk: Desk, id: &RoleId) -> String {
    let title = desk.visit.who.with_value(|who| who.roles.iter().find(|role| role.id == *id).map(|role| role.title.clone()));
    title.unwrap_or_else(|| id.to_string())
}

fn actions(desk: Desk) -> Piece {
    let status = desk.roster.status();
    let chosen = Memo::new(move || desk.ending.selected.with(BTreeSet::len));
    let whole = Memo::new(move || status.with(|status| *status == RosterStatus::Complete));
    let end = button("button", text(move || t!("End selected ({count})", count = chosen.get())), move || {
        desk.ending.ask_selected();
    })
    .live("aria-disabled", move || (chosen.get() == 0).then_some("true"))
    .live("title", move || (chosen.get() == 0).then(|| t!("Tick the sessions to end first")));
    let export = button("button", t!("Export CSV"), move || {
        if whole.get_untracked() {
            save::save("sessions.csv", "text/csv;charset=utf-8", &desk.roster.with_all(|sessions| csv(sessions)));
        }
    })
    .live("aria-disabled", move || (!whole.get()).then_some("true"))
    .live("title", move || (!whole.get()).then(|| t!("Once every session is read")));
    tag("div").class("admin__actions").child(end).child(export).piece()
}
