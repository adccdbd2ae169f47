//! Values as a page has them: every encoding that writers use today.

use super::Fault;
use super::bits::{Delta, Hybrid};
use super::schema::{Leaf, Physical};
use crate::words::mark;
use std::ops::Range;

/// A value as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Raw<'v> {
    Boolean(bool),
    Integer(i64),
    Float(f32),
    Double(f64),
    Bytes(&'v [u8]),
}

/// The values that pages of a column point to.
pub(super) struct Dictionary {
    bytes: Vec<u8>,
    places: Vec<Range<u32>>,
    physical: Physical,
}

impl Dictionary {
    /// Of a dictionary page.
    pub(super) fn of(bytes: Vec<u8>, count: u64, physical: Physical) -> Result<Self, Fault> {
        if physical == Physical::Boolean {
            return Err(Fault::Malformed);
        }
        let mut places = Vec::new();
        let mut at = 0;
        for _ in 0..count {
            let place = place(&bytes, &mut at, physical)?;
            places.push(place.start as u32..place.end as u32);
        }
        Ok(Self { bytes, places, physical })
    }

    fn get(&self, index: u64) -> Result<Raw<'_>, Fault> {
        let place = usize::try_from(index).ok().and_then(|index| self.places.get(index)).ok_or(Fault::Malformed)?;
        raw(self.bytes.get(place.start as usize..place.end as usize).ok_or(Fault::Malformed)?, self.physical)
    }
}

/// The values of a page, one after the other.
pub(super) enum Values<'p> {
    Plain { bytes: &'p [u8], at: usize, physical: Physical },
    PlainBooleans { bytes: &'p [u8], at: usize },
    Booleans(Hybrid<'p>),
    Indexes(Hybrid<'p>, &'p Dictionary),
    Delta(Delta<'p>),
    Lengths { lengths: Delta<'p>, bytes: &'p [u8], at: usize },
    Prefixes { prefixes: Delta<'p>, lengths: Delta<'p>, bytes: &'p [u8], at: usize, value: Vec<u8> },
    Split { bytes: &'p [u8], width: usize, at: usize, value: Vec<u8>, physical: Physical },
}

impl<'p> Values<'p> {
    /// Of the part of a page that holds them.
    pub(super) fn of(encoding: u64, bytes: &'p [u8], leaf: &Leaf, dictionary: Option<&'p Dictionary>) -> Result<Self, Fault> {
        let physical = leaf.physical;
        Ok(match (encoding, physical) {
            (0, Physical::Boolean) => Self::PlainBooleans { bytes, at: 0 },
            (0, _) => Self::Plain { bytes, at: 0, physical },
            (2 | 8, _) => {
                let dictionary = dictionary.ok_or(Fault::Malformed)?;
                // A page of nulls only may have nothing here.
                let (width, indexes) = bytes.split_first().unwrap_or((&0, &[]));
                Self::Indexes(Hybrid::of(indexes, u32::from(*width))?, dictionary)
            }
            (3, Physical::Boolean) => Self::Booleans(Hybrid::with_length(bytes, 1)?.0),
            (5, Physical::Int32 | Physical::Int64) => Self::Delta(Delta::of(bytes)?),
            (6, Physical::Bytes) => Self::Lengths { lengths: Delta::of(bytes)?, bytes: Delta::of(bytes)?.rest()?, at: 0 },
            (7, Physical::Bytes | Physical::Fixed(_)) => {
                let rest = Delta::of(bytes)?.rest()?;
                let (prefixes, lengths) = (Delta::of(bytes)?, Delta::of(rest)?);
                Self::Prefixes { prefixes, lengths, bytes: Delta::of(rest)?.rest()?, at: 0, value: Vec::new() }
            }
            (9, _) => {
                let width = width(physical).ok_or(Fault::Malformed)?;
                Self::Split { bytes, width, at: 0, value: vec![0; width], physical }
            }
            (encoding, _) => return Err(Fault::Encoding(name(encoding))),
        })
    }

    pub(super) fn next(&mut self) -> Result<Raw<'_>, Fault> {
        match self {
            Self::Plain { bytes, at, physical } => {
                let place = place(bytes, at, *physical)?;
                raw(bytes.get(place).ok_or(Fault::Short)?, *physical)
            }
            Self::PlainBooleans { bytes, at } => {
                let byte = bytes.get(*at / 8).ok_or(Fault::Short)?;
                let value = byte >> (*at % 8) & 1 == 1;
                *at += 1;
                Ok(Raw::Boolean(value))
            }
            Self::Booleans(values) => Ok(Raw::Boolean(values.next()? == 1)),
            Self::Indexes(indexes, dictionary) => dictionary.get(indexes.next()?),
            Self::Delta(values) => Ok(Raw::Integer(values.next()?)),
            Self::Lengths { lengths, bytes, at } => Ok(Raw::Bytes(taken(bytes, at, lengths.next()?)?)),
            Self::Prefixes { prefixes, lengths, bytes, at, value } => {
                let kept = usize::try_from(prefixes.next()?).map_err(|_| Fault::Malformed)?;
                if kept > value.len() {
                    return Err(Fault::Malformed);
                }
                value.truncate(kept);
                value.extend_from_slice(taken(bytes, at, lengths.next()?)?);
                Ok(Raw::Bytes(value))
            }
            Self::Split { bytes, width, at, value, physical } => {
                let count = bytes.len() / *width;
                if *at == count {
                    return Err(Fault::Short);
                }
                for (stream, byte) in value.iter_mut().enumerate() {
                    *byte = bytes[stream * count + *at];
                }
                *at += 1;
                raw(value, *physical)
            }
        }
    }
}

fn taken<'b>(bytes: &'b [u8], at: &mut usize, length: i64) -> Result<&'b [u8], Fault> {
    let length = usize::try_from(length).map_err(|_| Fault::Malformed)?;
    let end = at.checked_add(length).ok_or(Fault::Malformed)?;
    let taken = bytes.get(*at..end).ok_or(Fault::Short)?;
    *at = end;
    Ok(taken)
}

const fn width(physical: Physical) -> Option<usize> {
    Some(match physical {
        Physical::Int32 | Physical::Float => 4,
        Physical::Int64 | Physical::Double => 8,
        Physical::Int96 => 12,
        Physical::Fixed(width) => width,
        Physical::Boolean | Physical::Bytes => return None,
    })
}

/// Where the next plain value is.
fn place(bytes: &[u8], at: &mut usize, physical: Physical) -> Result<Range<usize>, Fault> {
    let (start, length) = match width(physical) {
        Some(width) => (*at, width),
        None => {
            let length = bytes.get(*at..).and_then(<[u8]>::first_chunk).ok_or(Fault::Short)?;
            (*at + 4, u32::from_le_bytes(*length) as usize)
        }
    };
    let end = start.checked_add(length).filter(|end| *end <= bytes.len()).ok_or(Fault::Short)?;
    *at = end;
    Ok(start..end)
}

/// A plain value.
fn raw(bytes: &[u8], physical: Physical) -> Result<Raw<'_>, Fault> {
    let four = || bytes.first_chunk().copied().ok_or(Fault::Short);
    let eight = || bytes.first_chunk().copied().ok_or(Fault::Short);
    Ok(match physical {
        Physical::Int32 => Raw::Integer(i64::from(i32::from_le_bytes(four()?))),
        Physical::Int64 => Raw::Integer(i64::from_le_bytes(eight()?)),
        Physical::Float => Raw::Float(f32::from_le_bytes(four()?)),
        Physical::Double => Raw::Double(f64::from_le_bytes(eight()?)),
        Physical::Boolean => return Err(Fault::Malformed),
        Physical::Int96 | Physical::Bytes | Physical::Fixed(_) => Raw::Bytes(bytes),
    })
}

const fn name(encoding: u64) -> &'static str {
    match encoding {
        3 => mark!("RLE for what is no boolean"),
        4 => "BIT_PACKED",
        5 => mark!("DELTA_BINARY_PACKED for what is no integer"),
        6 => mark!("DELTA_LENGTH_BYTE_ARRAY for what is no byte array"),
        7 => mark!("DELTA_BYTE_ARRAY for what is no byte array"),
        _ => mark!("one that this reader does not know"),
    }
}
