//! The pages of a column, as far as the first rows need them.

use super::bits::Hybrid;
use super::codec;
use super::footer::Chunk;
use super::pieces::Pieces;
use super::schema::Leaf;
use super::text;
use super::thrift::{Fault as ThriftFault, Reader};
use super::values::{Dictionary, Values};
use super::{Fault, Problem, STEP};

/// Bytes that are asked for where nobody knows yet how long a page is, and longest head of one.
const FIRST: u64 = 128 * 1024;
const LONGEST_HEAD: u64 = 1024 * 1024;

/// Most pages that are opened for the first rows, and values of lists in them.
const MOST_PAGES: usize = 1_000;
const MOST_ENTRIES: usize = 50_000;

/// A value, or that there is none, with the levels that say where it belongs.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) definition: u32,
    pub(super) repetition: u32,
    pub(super) value: Option<String>,
}

/// The first rows of a column.
#[derive(Debug, Default)]
pub(super) struct Column {
    pub(super) entries: Vec<Entry>,
    /// How many rows there are, whole ones.
    pub(super) rows: usize,
}

/// Why a column cannot be read now.
#[derive(Debug)]
pub(super) enum Stop {
    /// These bytes are needed: the first, and the one behind the last.
    Needs(u64, u64),
    Problem(Problem),
}

impl<T: Into<Problem>> From<T> for Stop {
    fn from(problem: T) -> Self {
        Self::Problem(problem.into())
    }
}

#[derive(Default)]
struct Head {
    kind: u64,
    unpacked: u64,
    packed: u64,
    values: u64,
    encoding: u64,
    /// Of the newer kind of page: how long the levels are, which are not packed.
    definition_bytes: u64,
    repetition_bytes: u64,
    plain: bool,
}

/// Reads the first `wanted` rows of a column in a group.
pub(super) fn read(pieces: &Pieces, leaf: &Leaf, chunk: &Chunk, wanted: usize, budget: &mut u64) -> Result<Column, Stop> {
    if chunk.encrypted {
        return Err(Problem::Encrypted.into());
    }
    if chunk.elsewhere {
        return Err(Problem::Elsewhere.into());
    }
    let end = chunk.first.checked_add(chunk.length).filter(|end| *end <= pieces.size()).ok_or(Problem::Footer)?;
    let (mut at, mut dictionary, mut column, mut pages) = (chunk.first, None, Column::default(), 0);
    while at < end && column.rows < wanted && column.entries.len() < MOST_ENTRIES {
        pages += 1;
        if pages > MOST_PAGES {
            return Err(Problem::TooMuch.into());
        }
        let (head, length) = head(pieces, at, end)?;
        let first = at + length;
        at = first.checked_add(head.packed).filter(|after| *after <= end).ok_or(Problem::Page)?;
        if !matches!(head.kind, 0 | 2 | 3) {
            continue;
        }
        if head.packed > codec::LARGEST_PAGE as u64 || head.unpacked > codec::LARGEST_PAGE as u64 {
            return Err(Problem::PageTooLarge.into());
        }
        let body = pieces.get(first, at).ok_or(Stop::Needs(pieces.missing(first), at))?;
        *budget = budget.checked_sub(head.unpacked).ok_or(Problem::TooMuch)?;
        match head.kind {
            2 => {
                let bytes = codec::unpack(chunk.codec, body, head.unpacked as usize)?;
                dictionary = Some(Dictionary::of(bytes, head.values, leaf.physical)?);
            }
            0 => {
                let bytes = codec::unpack(chunk.codec, body, head.unpacked as usize)?;
                let (mut levels, mut rest) = ([None, None], &*bytes);
                for (level, most) in levels.iter_mut().zip([leaf.most_repetition, leaf.most_definition]) {
                    if most > 0 {
                        let (read, behind) = Hybrid::with_length(rest, width(most))?;
                        (*level, rest) = (Some(read), behind);
                    }
                }
                let values = Values::of(head.encoding, rest, leaf, dictionary.as_ref())?;
                append(&mut column, leaf, levels, values, head.values, wanted)?;
            }
            _ => {
                let split = |bytes: u64| usize::try_from(bytes).map_err(|_| Problem::Page);
                let (repetition, rest) = body.split_at_checked(split(head.repetition_bytes)?).ok_or(Problem::Page)?;
                let (definition, rest) = rest.split_at_checked(split(head.definition_bytes)?).ok_or(Problem::Page)?;
                let length = head.unpacked.checked_sub(head.repetition_bytes + head.definition_bytes).ok_or(Problem::Page)?;
                let codec = if head.plain { 0 } else { chunk.codec };
                let bytes = if length == 0 { Vec::new() } else { codec::unpack(codec, rest, length as usize)? };
                let level = |bytes, most| if most > 0 { Hybrid::of(bytes, width(most)).map(Some) } else { Ok(None) };
                let levels = [level(repetition, leaf.most_repetition)?, level(definition, leaf.most_definition)?];
                let values = Values::of(head.encoding, &bytes, leaf, dictionary.as_ref())?;
                append(&mut column, leaf, levels, values, head.values, wanted)?;
            }
        }
    }
    if at == end && !column.entries.is_empty() && column.rows < wanted {
        // The last row ends where the column does.
        column.rows += 1;
    }
    Ok(column)
}

/// Adds the values of a page. A row is whole when the next one begins.
fn append(
    column: &mut Column,
    leaf: &Leaf,
    [mut repetitions, mut definitions]: [Option<Hybrid<'_>>; 2],
    mut values: Values<'_>,
    count: u64,
    wanted: usize,
) -> Result<(), Stop> {
    let next = |levels: &mut Option<Hybrid<'_>>, without: u32, most: u32| match levels {
        None => Ok(without),
        Some(levels) => match levels.next()? as u32 {
            level if level > most => Err(Fault::Malformed),
            level => Ok(level),
        },
    };
    for _ in 0..count {
        let repetition = next(&mut repetitions, 0, leaf.most_repetition)?;
        let definition = next(&mut definitions, leaf.most_definition, leaf.most_definition)?;
        if repetition == 0 && !column.entries.is_empty() {
            column.rows += 1;
            if column.rows == wanted {
                return Ok(());
            }
        }
        if column.entries.len() == MOST_ENTRIES {
            return Ok(());
        }
        let value = if definition == leaf.most_definition { Some(text::text(values.next()?, leaf)) } else { None };
        column.entries.push(Entry { definition, repetition, value });
    }
    Ok(())
}

/// The head of the page at `at`, and how long it is.
fn head(pieces: &Pieces, at: u64, end: u64) -> Result<(Head, u64), Stop> {
    let known = pieces.from(at, end);
    let mut reader = Reader::of(known);
    match parse(&mut reader) {
        Ok(head) => Ok((head, reader.position() as u64)),
        Err(ThriftFault::End) => {
            let have = known.len() as u64;
            if at + have >= end || have > LONGEST_HEAD {
                return Err(Problem::Page.into());
            }
            Err(Stop::Needs(at + have, (at + (have * 2).clamp(FIRST, STEP)).min(end)))
        }
        Err(ThriftFault::Malformed) => Err(Problem::Page.into()),
    }
}

fn parse(reader: &mut Reader<'_>) -> Result<Head, ThriftFault> {
    let mut head = Head::default();
    reader.fields(&mut |reader, id, kind| match id {
        1..=3 => {
            let field = match id {
                1 => &mut head.kind,
                2 => &mut head.unpacked,
                _ => &mut head.packed,
            };
            *field = reader.natural(kind)?;
            Ok(true)
        }
        5 | 7 => reader.structure(kind, &mut |reader, id, kind| {
            let field = match id {
                1 => &mut head.values,
                2 => &mut head.encoding,
                _ => return Ok(false),
            };
            *field = reader.natural(kind)?;
            Ok(true)
        }),
        8 => reader.structure(kind, &mut |reader, id, kind| {
            let field = match id {
                1 => &mut head.values,
                4 => &mut head.encoding,
                5 => &mut head.definition_bytes,
                6 => &mut head.repetition_bytes,
                7 => {
                    head.plain = kind == super::thrift::Kind::False;
                    return Ok(false);
                }
                _ => return Ok(false),
            };
            *field = reader.natural(kind)?;
            Ok(true)
        }),
        _ => Ok(false),
    })?;
    Ok(head)
}

/// How many bits a level takes that is `most` at the most.
const fn width(most: u32) -> u32 {
    u32::BITS - most.leading_zeros()
}
