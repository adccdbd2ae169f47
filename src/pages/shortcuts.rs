//! Every shortcut of the portal. The part that a shortcut belongs to says what it does (`ui::shortcuts::register`), the
//! list under `?` shows those that do something, and the handbook's table is held to this one by a test.

use crate::ui::shortcuts::{Group, Place, Shortcut, register, register_shown};
use crate::ui::table::cells::Cells;
use crate::words::mark;
use leptos::prelude::on_cleanup;

const fn shortcut(ways: &'static [&'static str], words: &'static str, group: Group, place: Place) -> Shortcut {
    Shortcut { ways, words, group, place }
}

/// The list of shortcuts.
pub(super) static HELP: Shortcut = shortcut(&["?", "Mod+/"], mark!("Show this list"), Group::Anywhere, Place::Page);

/// The table itself obeys it, as the next three.
pub(super) static ROW: Shortcut = shortcut(&["ArrowDown", "ArrowUp"], mark!("Next row, row before"), Group::Rows, Place::Elsewhere);
pub(super) static PAGE: Shortcut = shortcut(&["PageDown", "PageUp"], mark!("A page down, a page up"), Group::Rows, Place::Elsewhere);
pub(super) static ENDS: Shortcut = shortcut(&["Home", "End"], mark!("First row, last row"), Group::Rows, Place::Elsewhere);
pub(super) static OPEN: Shortcut =
    shortcut(&["Enter"], mark!("Open the row, or do what its active cell does"), Group::Rows, Place::Elsewhere);
pub(super) static NAME: Shortcut =
    shortcut(&["Letters"], mark!("The next row that begins with what is typed"), Group::Rows, Place::Elsewhere);
pub(super) static CELL: Shortcut =
    shortcut(&["ArrowRight", "ArrowLeft"], mark!("Into the cells of the row, and back"), Group::Rows, Place::Rows);

pub(super) static MARK: Shortcut = shortcut(&["Space"], mark!("Select the row, or not any more"), Group::Selection, Place::Rows);
pub(super) static RANGE: Shortcut =
    shortcut(&["Shift+Space"], mark!("Select from the row selected last to this one"), Group::Selection, Place::Rows);
pub(super) static EXTEND: Shortcut = shortcut(
    &["Shift+ArrowDown", "Shift+ArrowUp", "Shift+PageDown", "Shift+PageUp", "Shift+Home", "Shift+End"],
    mark!("Select on the way there"),
    Group::Selection,
    Place::Rows,
);
pub(super) static ALL: Shortcut = shortcut(&["Mod+A"], mark!("Select everything"), Group::Selection, Place::Page);
pub(super) static CLEAR: Shortcut = shortcut(&["Escape"], mark!("Clear the selection"), Group::Selection, Place::Page);

pub(super) static SEARCH: Shortcut = shortcut(&["/"], mark!("Search"), Group::Folder, Place::Page);
pub(super) static GO: Shortcut = shortcut(&["g"], mark!("Go to a name: type it, then Enter"), Group::Folder, Place::Page);
pub(super) static GO_SOUGHT: Shortcut = shortcut(&["Mod+Enter"], mark!("In the search box: go to that name"), Group::Folder, Place::Within);
pub(super) static TO_ROWS: Shortcut =
    shortcut(&["ArrowDown", "Enter"], mark!("In the search box: to the rows"), Group::Folder, Place::Within);
pub(super) static EMPTY: Shortcut =
    shortcut(&["Escape"], mark!("In the search box: empty it, and then to the rows"), Group::Folder, Place::Within);
pub(super) static UP: Shortcut = shortcut(&["Alt+ArrowUp", "u"], mark!("The folder above"), Group::Folder, Place::Page);
pub(super) static RENAME: Shortcut = shortcut(&["F2"], mark!("Rename what is selected, or the active row"), Group::Folder, Place::Page);
pub(super) static DELETE: Shortcut =
    shortcut(&["Delete", "Mod+Backspace"], mark!("Delete what is selected, or the active row"), Group::Folder, Place::Page);
/// The panel's own keys obey it, since in a table it may belong to a name that is being typed.
pub(super) static DETAILS: Shortcut = shortcut(&["i"], mark!("Show the details of the row, or hide them"), Group::Folder, Place::Elsewhere);

pub(super) static INVOKE: Shortcut = shortcut(&["Mod+Enter"], mark!("Invoke the function"), Group::Function, Place::Within);

/// Has keys work in the page's table that the table itself does not obey, and shows those that it does, until the
/// surrounding component ends.
pub(super) fn in_table() {
    for shortcut in [&ROW, &PAGE, &ENDS, &OPEN] {
        register_shown(shortcut);
    }
    let (cells, hearing) = Cells::follow();
    register(&CELL, move |press| cells.step(press));
    on_cleanup(move || {
        let _ended = hearing;
    });
}

/// All of them, in the order of the list.
#[cfg(test)]
const EVERY: [&Shortcut; 22] = [
    &HELP, &ROW, &PAGE, &ENDS, &OPEN, &NAME, &CELL, &MARK, &RANGE, &EXTEND, &ALL, &CLEAR, &SEARCH, &GO, &GO_SOUGHT, &TO_ROWS, &EMPTY, &UP,
    &RENAME, &DELETE, &DETAILS, &INVOKE,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::shortcuts::Combination;

    #[test]
    fn the_handbook_has_this_table() {
        let row = |shortcut: &&Shortcut| {
            let ways: Vec<String> =
                shortcut.ways.iter().map(|way| format!("`{}`", Combination::read(way).labels(false).join("+"))).collect();
            format!("| {} | {} |\n", ways.join(" "), shortcut.words)
        };
        let mut table = String::new();
        for group in Group::ALL {
            let rows: String = EVERY.iter().filter(|shortcut| shortcut.group == group).map(row).collect();
            table.push_str(&format!("| **{}** | |\n{rows}", group.title()));
        }
        let handbook = include_str!("../docs/keyboard.md");
        assert!(handbook.contains(&table), "src/docs/keyboard.md must hold this table:\n{table}");
    }

    #[test]
    fn no_key_does_two_things_in_one_place() {
        for (at, one) in EVERY.iter().enumerate() {
            for other in &EVERY[at + 1..] {
                let both = one.ways.iter().find(|way| other.ways.contains(way));
                // What is within an element stands apart from what is around it, and from what is within another.
                let apart = one.group != other.group && (one.place == Place::Within || other.place == Place::Within);
                let beside = (one.place == Place::Elsewhere) != (other.place == Place::Elsewhere);
                assert!(both.is_none() || apart || beside, "{both:?}: {} and {}", one.words, other.words);
            }
        }
    }
}
