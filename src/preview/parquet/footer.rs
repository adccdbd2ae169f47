//! What the end of a file says of it: its columns, and where their bytes are.

use super::schema::{self, Leaf, Node};
use super::thrift::{Fault, Kind, Reader};
use super::{MOST_ROWS, Problem};

/// Most columns that a file may have, those within others counted, and parts of a table that are kept.
const MOST_ELEMENTS: usize = 20_000;
const MOST_CHUNKS: usize = 100_000;

/// What a file holds.
#[derive(Debug)]
pub(super) struct File {
    /// Rows of all groups.
    pub(super) rows: u64,
    /// Columns as they are shown.
    pub(super) columns: Vec<Node>,
    /// Columns as they are stored.
    pub(super) leaves: Vec<Leaf>,
    /// The first groups of rows.
    pub(super) groups: Vec<Group>,
}

/// Some rows.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) rows: u64,
    /// One for each leaf.
    pub(super) chunks: Vec<Chunk>,
}

/// The bytes of a column in a group.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chunk {
    pub(super) codec: u64,
    pub(super) first: u64,
    pub(super) length: u64,
    pub(super) encrypted: bool,
    /// In another file.
    pub(super) elsewhere: bool,
}

impl From<Fault> for Problem {
    fn from(_: Fault) -> Self {
        Self::Footer
    }
}

/// Reads the footer.
pub(super) fn read(bytes: &[u8]) -> Result<File, Problem> {
    let mut elements = Vec::new();
    let (mut rows, mut encrypted) = (0, false);
    let mut groups: Vec<Group> = Vec::new();
    let (mut kept_rows, mut kept_chunks) = (0_u64, 0);
    Reader::of(bytes).fields(&mut |reader, id, kind| match id {
        2 => {
            let (length, each) = reader.list(kind)?;
            if length > MOST_ELEMENTS as u64 {
                return Err(Fault::Malformed);
            }
            for _ in 0..length {
                elements.push(schema::element(reader, each)?);
            }
            Ok(true)
        }
        3 => {
            rows = reader.natural(kind)?;
            Ok(true)
        }
        4 => {
            let (length, each) = reader.list(kind)?;
            for _ in 0..length {
                if kept_rows >= MOST_ROWS as u64 || kept_chunks >= MOST_CHUNKS {
                    reader.skip(each)?;
                    continue;
                }
                let group = group(reader, each)?;
                kept_rows = kept_rows.saturating_add(group.rows);
                kept_chunks += group.chunks.len() + 1;
                if group.rows > 0 {
                    groups.push(group);
                }
            }
            Ok(true)
        }
        8 => {
            encrypted = true;
            Ok(false)
        }
        _ => Ok(false),
    })?;
    let (columns, leaves) = schema::build(&elements)?;
    if groups.iter().any(|group| group.chunks.len() != leaves.len()) {
        return Err(Problem::Footer);
    }
    if encrypted && groups.iter().flat_map(|group| &group.chunks).all(|chunk| chunk.encrypted) {
        return Err(Problem::Encrypted);
    }
    Ok(File { rows, columns, leaves, groups })
}

fn group(reader: &mut Reader<'_>, kind: Kind) -> Result<Group, Fault> {
    let mut group = Group::default();
    reader.structure(kind, &mut |reader, id, kind| match id {
        1 => {
            let (length, each) = reader.list(kind)?;
            if length > MOST_ELEMENTS as u64 {
                return Err(Fault::Malformed);
            }
            for _ in 0..length {
                group.chunks.push(chunk(reader, each)?);
            }
            Ok(true)
        }
        3 => {
            group.rows = reader.natural(kind)?;
            Ok(true)
        }
        _ => Ok(false),
    })?;
    Ok(group)
}

fn chunk(reader: &mut Reader<'_>, kind: Kind) -> Result<Chunk, Fault> {
    let mut chunk = Chunk::default();
    // Without what describes the column there is nothing that could be read.
    let mut described = false;
    reader.structure(kind, &mut |reader, id, kind| match id {
        1 => {
            chunk.elsewhere = true;
            Ok(false)
        }
        3 => {
            described = true;
            describe(reader, kind, &mut chunk)
        }
        8 => {
            chunk.encrypted = true;
            Ok(false)
        }
        _ => Ok(false),
    })?;
    chunk.encrypted |= !described;
    Ok(chunk)
}

fn describe(reader: &mut Reader<'_>, kind: Kind, chunk: &mut Chunk) -> Result<bool, Fault> {
    let (mut data, mut dictionary) = (0, 0);
    reader.structure(kind, &mut |reader, id, kind| {
        let field = match id {
            4 => &mut chunk.codec,
            7 => &mut chunk.length,
            9 => &mut data,
            11 => &mut dictionary,
            _ => return Ok(false),
        };
        *field = reader.natural(kind)?;
        Ok(true)
    })?;
    // Some writers give 0 where there is no dictionary.
    chunk.first = if dictionary > 0 && dictionary < data { dictionary } else { data };
    Ok(true)
}
