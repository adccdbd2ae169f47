//! A table of what is in an object.

use crate::preview::table::Table;
use crate::ui::piece::{Tag, tag};
use crate::words::t;

/// Shows it. Rows are numbered from 1, as the file has them below its heading.
pub(super) fn table(table: &Table) -> Tag {
    let headings = table.headings.iter().map(|heading| {
        tag("th")
            .set("scope", "col")
            .child(heading.name.clone())
            .child((!heading.kind.is_empty()).then(|| tag("span").class("preview__kind").child(heading.kind)))
    });
    let rows = table.rows.iter().enumerate().map(|(number, cells)| {
        let cells = cells.iter().map(|cell| match cell {
            Some(text) => tag("td").child(text.clone()),
            None => tag("td").child(tag("span").class("preview__none").set("title", t!("no value")).child("–")),
        });
        tag("tr").child(tag("th").set("scope", "row").child((number + 1).to_string())).children(cells)
    });
    let head = tag("tr").child(tag("th").set("scope", "col").child(tag("span").class("unseen").child(t!("Row")))).children(headings);
    tag("table").class("preview__table").child(tag("thead").child(head)).child(tag("tbody").children(rows))
}
