//! Shortcuts: what a key does where, in one table that is both obeyed and shown.
//!
//! A part of the portal declares a [`Shortcut`] as a constant and says with [`register`] what it does for as long as the
//! part is there. The overlay lists what is registered and nothing else.
//!
//! Nothing here fires in a field of text, in a dialog or beside an open menu, nor while a character is composed, except
//! what is [`Place::Within`] the element that has the focus.

mod combination;
pub mod overlay;

pub use combination::{Combination, Press};

use crate::browser::element::Element;
use crate::browser::keyboard::{self, Hearing, When};
use crate::browser::{element, storage};
use crate::ui::piece::ElementRef;
use crate::words::mark;
use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::on_cleanup;
use leptos::wasm_bindgen::JsCast;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where it is kept that single characters are no shortcuts.
const OFF: &str = "vestibule-single-keys-off";

/// A shortcut, as it is declared.
#[derive(Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// The ways to press it; see [`Combination`].
    pub ways: &'static [&'static str],
    /// What it does, for people.
    pub words: &'static str,
    /// Under which heading it stands.
    pub group: Group,
    /// Where it works.
    pub place: Place,
}

/// Headings of the overlay, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Wherever one is.
    Anywhere,
    /// In a table.
    Rows,
    /// What is chosen in it.
    Selection,
    /// The folder, and what is in it.
    Folder,
    /// A function.
    Function,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Anywhere, Self::Rows, Self::Selection, Self::Folder, Self::Function];

    /// For people, in English.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Anywhere => mark!("Anywhere"),
            Self::Rows => mark!("In a table"),
            Self::Selection => mark!("Selection"),
            Self::Folder => mark!("In a folder"),
            Self::Function => mark!("Function"),
        }
    }
}

/// Where a shortcut works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Everywhere but in fields of text, dialogs and menus. Letters do not work in a table, where they go to a name.
    Page,
    /// While a table has the focus.
    Rows,
    /// While the element that it is registered with has the focus, or something in it.
    Within,
    /// Something else obeys it: the table, or the browser.
    Elsewhere,
}

/// What a shortcut does. `false` leaves the key to the browser.
type Act = Arc<dyn Fn(&Press) -> bool + Send + Sync>;

struct Entry {
    number: u64,
    shortcut: &'static Shortcut,
    within: Option<ElementRef>,
    act: Act,
}

struct Table {
    entries: Vec<Entry>,
    last: u64,
    /// Hears the keys, from the first shortcut on.
    hearing: Option<Hearing>,
}

static TABLE: Mutex<Table> = Mutex::new(Table { entries: Vec::new(), last: 0, hearing: None });

fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has a shortcut do something, until the surrounding component ends.
pub fn register(shortcut: &'static Shortcut, act: impl Fn(&Press) -> bool + Send + Sync + 'static) {
    enter(shortcut, None, Arc::new(act));
}

/// The same for what works in one element only.
pub fn register_within(shortcut: &'static Shortcut, element: ElementRef, act: impl Fn(&Press) -> bool + Send + Sync + 'static) {
    enter(shortcut, Some(element), Arc::new(act));
}

/// Shows a shortcut that something else obeys.
pub fn register_shown(shortcut: &'static Shortcut) {
    enter(shortcut, None, Arc::new(|_| false));
}

fn enter(shortcut: &'static Shortcut, within: Option<ElementRef>, act: Act) {
    let number = {
        let mut table = table();
        table.hearing.get_or_insert_with(follow);
        table.last += 1;
        let number = table.last;
        table.entries.push(Entry { number, shortcut, within, act });
        number
    };
    on_cleanup(move || table().entries.retain(|entry| entry.number != number));
}

/// What works now, each once.
fn shown() -> Vec<&'static Shortcut> {
    let table = table();
    let mut shown: Vec<&'static Shortcut> = Vec::new();
    for entry in &table.entries {
        if !shown.contains(&entry.shortcut) {
            shown.push(entry.shortcut);
        }
    }
    shown
}

/// Whether single characters are shortcuts (WCAG 2.1.4).
#[must_use]
pub fn single_keys() -> bool {
    storage::read(OFF).is_none()
}

fn set_single_keys(on: bool) {
    storage::write(OFF, (!on).then_some("1"));
}

fn follow() -> Hearing {
    keyboard::hear("keydown", When::After, |event| {
        if event.dyn_ref::<KeyboardEvent>().is_some_and(hear) {
            event.prevent_default();
        }
    })
}

/// What was pressed, unless it is part of a character that is being composed.
#[must_use]
pub fn press(event: &Event) -> Option<Press> {
    let code = keyboard::code(event)?;
    let event = event.dyn_ref::<KeyboardEvent>()?;
    Some(Press {
        key: event.key(),
        code,
        control: event.ctrl_key(),
        meta: event.meta_key(),
        alt: event.alt_key(),
        shift: event.shift_key(),
    })
}

/// Where the focus is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Focus {
    /// Where keys belong to something else.
    Taken,
    Rows,
    Page,
}

fn hear(event: &KeyboardEvent) -> bool {
    let Some(press) = press(event) else { return false };
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let fits = |selector: &str| target.as_ref().is_some_and(|target| target.matches(selector).unwrap_or(false));
    let focus = if fits("input:not([type=checkbox]), textarea, select, [contenteditable]")
        || element::find("dialog[open], :popover-open").is_some()
    {
        Focus::Taken
    } else if fits("[role=grid]") {
        Focus::Rows
    } else {
        Focus::Page
    };
    let silent = press.is_single() && !single_keys();
    let apple = keyboard::is_apple();
    let found = {
        let table = table();
        let works = |entry: &&Entry| {
            entry.shortcut.ways.iter().map(|way| Combination::read(way)).any(|way| {
                let here = match entry.shortcut.place {
                    Place::Page => focus == Focus::Page || focus == Focus::Rows && !way.is_letter(),
                    Place::Rows => focus == Focus::Rows,
                    Place::Within => target.as_ref().is_some_and(|target| is_within(entry.within, target)),
                    Place::Elsewhere => false,
                };
                here && !(silent && way.is_single()) && way.is(&press, apple)
            })
        };
        // What came last stands above what was there.
        table.entries.iter().rev().find(works).map(|entry| Arc::clone(&entry.act))
    };
    found.is_some_and(|act| act(&press))
}

fn is_within(element: Option<ElementRef>, target: &Element) -> bool {
    element.and_then(ElementRef::get).is_some_and(|element| element::contains(&element, target))
}
