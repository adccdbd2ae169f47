//! What all tables share.

/// Rows that are shown at first, and by how many more at a time.
pub const ROWS: usize = 200;

/// Most columns that are shown.
pub const MOST_COLUMNS: usize = 100;

/// Longest text of a cell, in bytes.
const LONGEST: usize = 600;

/// The head of a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heading {
    /// What it is called; empty where it has no name.
    pub name: String,
    /// What its values are, where the file says so.
    pub kind: &'static str,
}

/// The first rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// A heading for each column.
    pub headings: Vec<Heading>,
    /// Cells; `None` where there is no value.
    pub rows: Vec<Vec<Option<String>>>,
    /// Columns that are left out.
    pub hidden_columns: usize,
    /// How many rows the whole file has, where it says so.
    pub all_rows: Option<u64>,
}

/// The text of a cell, cut where it is too long to be read in one.
pub(super) fn cell(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end])
}
