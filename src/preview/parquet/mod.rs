//! The first rows of a Parquet file, read with as few of its bytes as they need.
//!
//! A reader of our own, because the crate `parquet` is made for files that one trusts: its reader of rows asserts how a
//! schema is shaped, it takes as much memory as a page says it needs, and a panic ends the whole program in a browser.
//! Here every length in the file is held against a bound or against the bytes that are there. It does no I/O: [`Reader`]
//! says which bytes it needs next. Files written by Arrow, DuckDB and Polars stand in `src/tests/cases/parquet`.

mod bits;
mod cells;
mod codec;
mod column;
mod footer;
mod pieces;
mod schema;
mod text;
mod thrift;
mod values;

use super::table::{Heading, Table};
use crate::words::{t, translated};
use column::{Column, Stop};
use footer::{File, Group};
use pieces::Pieces;
use std::collections::BTreeMap;
use thiserror::Error;

/// Most bytes that are asked for at once.
pub const STEP: u64 = 4 * 1024 * 1024;

/// Most rows that are shown.
pub const MOST_ROWS: usize = 2_000;

/// Bytes at the end that are read first. The footers of most files fit.
const TAIL: u64 = 64 * 1024;

/// Longest footer.
const LONGEST_FOOTER: u64 = 16 * 1024 * 1024;

/// Most columns that are shown, and leaves below them.
const MOST_COLUMNS: usize = 100;
const MOST_LEAVES: usize = 300;

/// Most bytes that are read, unpacked at a time, and kept as text.
const MOST_READ: u64 = 48 * 1024 * 1024;
const MOST_UNPACKED: u64 = 64 * 1024 * 1024;
const MOST_TEXT: usize = 32 * 1024 * 1024;

/// Why there are no rows to see.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum Problem {
    #[error("{}", t!("It does not begin and end as a Parquet file does."))]
    NotParquet,
    #[error("{}", t!("It is encrypted, and the portal has no key for it."))]
    Encrypted,
    #[error("{}", t!("Its columns are in other files, which it names."))]
    Elsewhere,
    #[error("{}", t!("What it says about its columns is longer than 16 MiB."))]
    FooterTooLarge,
    #[error("{}", t!("What it says about its columns at its end cannot be read: it is damaged or cut off."))]
    Footer,
    #[error("{}", t!("Its columns are nested deeper than 32 levels."))]
    Nested,
    #[error("{}", t!("A part of a column cannot be read: it is damaged or cut off."))]
    Page,
    #[error("{}", t!("A part of a column is larger than 16 MiB."))]
    PageTooLarge,
    #[error("{}", t!("Its first rows take more bytes than are read for a preview."))]
    TooMuch,
    #[error("{}", t!("Its columns are packed with {method}, which the preview cannot unpack.", method = translated(*.0)))]
    Codec(&'static str),
    #[error("{}", t!("A column uses the encoding {encoding}, which the preview cannot read.", encoding = translated(*.0)))]
    Encoding(&'static str),
}

/// Why a part of a page cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Short,
    Malformed,
    Encoding(&'static str),
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Short | Fault::Malformed => Self::Page,
            Fault::Encoding(name) => Self::Encoding(name),
        }
    }
}

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// Ask for these bytes, first and last, and [give](Reader::give) them in this order.
    Read(Vec<(u64, u64)>),
    /// The first rows.
    Rows(Table),
}

/// Reads the first rows of a file.
#[derive(Debug)]
pub struct Reader {
    pieces: Pieces,
    file: Option<File>,
    columns: BTreeMap<(usize, usize), Column>,
    text: usize,
}

impl Reader {
    /// Of a file of `size` bytes.
    #[must_use]
    pub const fn new(size: u64) -> Self {
        Self { pieces: Pieces::of(size), file: None, columns: BTreeMap::new(), text: 0 }
    }

    /// Takes bytes that were asked for.
    pub fn give(&mut self, first: u64, bytes: &[u8]) {
        self.pieces.give(first, bytes);
    }

    /// How many bytes were given.
    #[must_use]
    pub const fn taken(&self) -> u64 {
        self.pieces.taken()
    }

    /// What it takes to show the first `rows` rows.
    ///
    /// # Errors
    /// When they cannot be shown.
    pub fn next(&mut self, rows: usize) -> Result<Next, Problem> {
        if self.file.is_none() {
            match footer(&self.pieces)? {
                Ok(file) => self.file = Some(file),
                Err(needed) => return self.ask(vec![needed]),
            }
        }
        let Some(file) = &self.file else { return Err(Problem::Footer) };
        let rows = rows.min(MOST_ROWS);
        let shown = shown(file);
        let mut needed = Vec::new();
        for (number, (group, wanted)) in groups(file, rows).enumerate() {
            // A small group costs less in one piece than by the columns.
            if let Some(whole) = whole(group, shown.1, &self.pieces) {
                needed.push(whole);
                continue;
            }
            let mut budget = MOST_UNPACKED;
            for (leaf, chunk) in group.chunks.iter().enumerate().take(shown.1) {
                if self.columns.get(&(number, leaf)).is_some_and(|column| column.rows >= wanted) {
                    continue;
                }
                match column::read(&self.pieces, &file.leaves[leaf], chunk, wanted, &mut budget) {
                    Ok(column) if column.rows < wanted => return Err(Problem::Page),
                    Ok(column) => {
                        self.text += column.entries.iter().filter_map(|entry| entry.value.as_ref()).map(String::len).sum::<usize>();
                        if self.text > MOST_TEXT {
                            return Err(Problem::TooMuch);
                        }
                        self.columns.insert((number, leaf), column);
                    }
                    Err(Stop::Needs(first, end)) => needed.push((first, end)),
                    Err(Stop::Problem(problem)) => return Err(problem),
                }
            }
        }
        if needed.is_empty() { Ok(Next::Rows(self.table(file, rows, shown))) } else { self.ask(needed) }
    }

    /// Cuts what is needed into steps.
    fn ask(&self, needed: Vec<(u64, u64)>) -> Result<Next, Problem> {
        let bytes: u64 = needed.iter().map(|(first, end)| end - first).sum();
        if self.pieces.taken() + bytes > MOST_READ {
            return Err(Problem::TooMuch);
        }
        let mut steps = Vec::new();
        for (mut first, end) in needed {
            while first < end {
                let after = end.min(first + STEP);
                steps.push((first, after - 1));
                first = after;
            }
        }
        steps.sort_unstable();
        steps.dedup();
        Ok(Next::Read(steps))
    }

    fn table(&self, file: &File, wanted: usize, (shown, _): (usize, usize)) -> Table {
        let columns = &file.columns[..shown];
        let headings = columns.iter().map(|node| Heading { name: node.name.clone(), kind: node.kind(&file.leaves) }).collect();
        let mut rows = Vec::new();
        for (number, (_, count)) in groups(file, wanted).enumerate() {
            let parts: Vec<Vec<_>> = columns
                .iter()
                .map(|node| (node.leaves.0..node.leaves.1).map(|leaf| by_row(self.columns.get(&(number, leaf)))).collect())
                .collect();
            for row in 0..count {
                let cells = columns.iter().zip(&parts).map(|(node, leaves)| {
                    let entries = leaves.iter().map(|rows| rows.get(row).copied().unwrap_or_default()).collect();
                    cells::cell(node, &file.leaves, &entries)
                });
                rows.push(cells.collect());
            }
        }
        Table { headings, rows, hidden_columns: file.columns.len() - shown, all_rows: Some(file.rows) }
    }
}

/// Reads the footer, or says what it needs.
fn footer(pieces: &Pieces) -> Result<Result<File, (u64, u64)>, Problem> {
    let size = pieces.size();
    // Magic, length of the footer, magic.
    if size < 12 {
        return Err(Problem::NotParquet);
    }
    let start = size.saturating_sub(TAIL);
    let Some(end) = pieces.get(size - 8, size) else { return Ok(Err((start, size))) };
    match end.last_chunk() {
        Some(b"PAR1") => {}
        Some(b"PARE") => return Err(Problem::Encrypted),
        _ => return Err(Problem::NotParquet),
    }
    let length = end.first_chunk().map_or(0, |length| u64::from(u32::from_le_bytes(*length)));
    if length > LONGEST_FOOTER {
        return Err(Problem::FooterTooLarge);
    }
    let first = (size - 8).checked_sub(length).filter(|first| *first >= 4).ok_or(Problem::Footer)?;
    match pieces.get(first, size - 8) {
        Some(bytes) => footer::read(bytes).map(Ok),
        None => {
            let missing = pieces.missing(first);
            Ok(Err((missing, if start > missing { start } else { size - 8 })))
        }
    }
}

/// How many columns are shown, and leaves below them.
fn shown(file: &File) -> (usize, usize) {
    let columns = file.columns.iter().take(MOST_COLUMNS).take_while(|node| node.leaves.1 <= MOST_LEAVES).count();
    (columns, columns.checked_sub(1).map_or(0, |last| file.columns[last].leaves.1))
}

/// The groups that hold the first rows, and how many of each those are.
fn groups(file: &File, rows: usize) -> impl Iterator<Item = (&Group, usize)> {
    let mut left = rows;
    file.groups.iter().map_while(move |group| {
        let wanted = usize::try_from(group.rows).unwrap_or(usize::MAX).min(left);
        left -= wanted;
        (wanted > 0).then_some((group, wanted))
    })
}

/// Where the shown columns of a small group are, as far as nothing of it is there yet.
fn whole(group: &Group, leaves: usize, pieces: &Pieces) -> Option<(u64, u64)> {
    let chunks = &group.chunks[..leaves.min(group.chunks.len())];
    let first = chunks.iter().map(|chunk| chunk.first).min()?;
    let end = chunks.iter().map(|chunk| chunk.first.saturating_add(chunk.length)).max()?.min(pieces.size());
    let (missing, usable) = (pieces.missing(first), chunks.iter().all(|chunk| !chunk.encrypted && !chunk.elsewhere));
    (usable && end > missing && end - first <= STEP).then_some((missing, end))
}

/// The entries of each row.
fn by_row(column: Option<&Column>) -> Vec<&[column::Entry]> {
    let entries = column.map_or(&[][..], |column| &column.entries);
    let starts: Vec<usize> = (0..entries.len()).filter(|at| *at == 0 || entries[*at].repetition == 0).collect();
    let ends = starts.iter().skip(1).copied().chain([entries.len()]);
    starts.iter().zip(ends).map(|(start, end)| &entries[*start..end]).collect()
}

#[cfg(test)]
mod tests;
