//! Values as a person reads them.

use super::schema::{Leaf, Logical, Physical, Unit};
use super::values::Raw;
use crate::model::clock::Timestamp;
use std::fmt::Write as _;

/// Longest text of a value, in bytes, and most bytes of one that is none.
const LONGEST: usize = 300;
const MOST_BYTES: usize = 32;

/// Writes a value.
pub(super) fn text(value: Raw<'_>, leaf: &Leaf) -> String {
    match (value, leaf.logical) {
        (Raw::Boolean(value), _) => if value { "true" } else { "false" }.to_owned(),
        (Raw::Float(value), _) => value.to_string(),
        (Raw::Double(value), _) => value.to_string(),
        (Raw::Integer(value), logical) => integer(value, logical),
        (Raw::Bytes(bytes), Logical::Text) => cut(bytes),
        (Raw::Bytes(bytes), Logical::Decimal { scale }) if (1..=16).contains(&bytes.len()) => {
            let start = if bytes[0] & 0x80 == 0 { 0 } else { -1 };
            point(bytes.iter().fold(start, |value: i128, byte| value << 8 | i128::from(*byte)), scale)
        }
        (Raw::Bytes(bytes), Logical::Uuid) if bytes.len() == 16 => {
            let digits = hex::encode(bytes);
            [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
        }
        (Raw::Bytes([low, high]), Logical::Float16) => half(u16::from_le_bytes([*low, *high])).to_string(),
        (Raw::Bytes(bytes), _) if leaf.physical == Physical::Int96 => {
            old_timestamp(bytes).unwrap_or_else(|| format!("0x{}", hex::encode(bytes)))
        }
        // Many writers say of no text that it is text.
        (Raw::Bytes(bytes), _) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.chars().any(char::is_control) => cut(bytes),
            _ => {
                let more = if bytes.len() > MOST_BYTES { "…" } else { "" };
                format!("0x{}{more}", hex::encode(&bytes[..bytes.len().min(MOST_BYTES)]))
            }
        },
    }
}

fn integer(value: i64, logical: Logical) -> String {
    match logical {
        Logical::Decimal { scale } => point(i128::from(value), scale),
        Logical::Date => date(value).unwrap_or_else(|| value.to_string()),
        Logical::Time(unit) => {
            let each = per_second(unit);
            match u64::try_from(value) {
                Ok(time) if time / each < 86_400 => clock(time / each) + &fraction(time % each, unit),
                _ => value.to_string(),
            }
        }
        Logical::Timestamp { unit, utc } => timestamp(value, unit, utc).unwrap_or_else(|| value.to_string()),
        Logical::Unsigned(width) if width < 64 => (value.cast_unsigned() & ((1 << width) - 1)).to_string(),
        Logical::Unsigned(_) => value.cast_unsigned().to_string(),
        _ => value.to_string(),
    }
}

/// The number with its decimal point, `scale` digits from the end.
fn point(value: i128, scale: u32) -> String {
    let mut digits = value.unsigned_abs().to_string();
    let scale = scale as usize;
    if scale > 0 {
        if digits.len() <= scale {
            digits.insert_str(0, &"0".repeat(scale + 1 - digits.len()));
        }
        digits.insert(digits.len() - scale, '.');
    }
    if value < 0 {
        digits.insert(0, '-');
    }
    digits
}

/// Years 1 to 9999 only: what is beyond is told as it is stored.
fn date(days: i64) -> Option<String> {
    let civil = Timestamp::from_seconds(days.checked_mul(86_400)?).civil();
    (1..=9_999).contains(&civil.year).then(|| format!("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day))
}

fn timestamp(value: i64, unit: Unit, utc: bool) -> Option<String> {
    let each = per_second(unit).cast_signed();
    let seconds = value.div_euclid(each);
    let mut text = date(seconds.div_euclid(86_400))?;
    text.push(' ');
    text.push_str(&clock(seconds.rem_euclid(86_400).cast_unsigned()));
    text.push_str(&fraction(value.rem_euclid(each).cast_unsigned(), unit));
    if utc {
        text.push('Z');
    }
    Some(text)
}

/// Nanoseconds of the day, and the day as astronomers count it.
fn old_timestamp(bytes: &[u8]) -> Option<String> {
    let (nanos, day) = bytes.split_first_chunk()?;
    let (nanos, day) = (i64::from_le_bytes(*nanos), i64::from(u32::from_le_bytes(*day.first_chunk()?)));
    let seconds = (day - 2_440_588).checked_mul(86_400)?.checked_add(nanos.div_euclid(1_000_000_000))?;
    let mut text = date(seconds.div_euclid(86_400))?;
    let _ = write!(text, " {}", clock(seconds.rem_euclid(86_400).cast_unsigned()));
    text.push_str(&fraction(nanos.rem_euclid(1_000_000_000).cast_unsigned(), Unit::Nanos));
    Some(text)
}

const fn per_second(unit: Unit) -> u64 {
    match unit {
        Unit::Millis => 1_000,
        Unit::Micros => 1_000_000,
        Unit::Nanos => 1_000_000_000,
    }
}

fn clock(second_of_day: u64) -> String {
    format!("{:02}:{:02}:{:02}", second_of_day / 3_600, second_of_day / 60 % 60, second_of_day % 60)
}

/// Nothing where it is none.
fn fraction(part: u64, unit: Unit) -> String {
    match unit {
        _ if part == 0 => String::new(),
        Unit::Millis => format!(".{part:03}"),
        Unit::Micros => format!(".{part:06}"),
        Unit::Nanos => format!(".{part:09}"),
    }
}

fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, mantissa) = (i32::from(bits >> 10 & 31), f32::from(bits & 1_023));
    match exponent {
        0 => sign * mantissa * 2_f32.powi(-24),
        31 if mantissa > 0.0 => f32::NAN,
        31 => sign * f32::INFINITY,
        exponent => sign * (1.0 + mantissa / 1_024.0) * 2_f32.powi(exponent - 15),
    }
}

/// The text, cut where it is too long to be read in a cell.
fn cut(bytes: &[u8]) -> String {
    if bytes.len() <= LONGEST {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut text = String::from_utf8_lossy(&bytes[..LONGEST]).trim_end_matches('\u{fffd}').to_owned();
    text.push('…');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times() {
        assert_eq!(point(-5, 2), "-0.05");
        assert_eq!(point(12_345, 2), "123.45");
        assert_eq!(point(7, 0), "7");
        assert_eq!(point(i128::MIN, 60).len(), 63);
        assert_eq!(date(0).as_deref(), Some("1970-01-01"));
        assert_eq!(date(i64::MAX), None);
        assert_eq!(timestamp(-1, Unit::Millis, true).as_deref(), Some("1969-12-31 23:59:59.999Z"));
        assert_eq!(timestamp(i64::MIN, Unit::Nanos, false).as_deref(), Some("1677-09-21 00:12:43.145224192"));
        assert_eq!(timestamp(i64::MAX, Unit::Millis, false), None);
        assert_eq!(integer(-1, Logical::Unsigned(32)), "4294967295");
        assert_eq!(integer(86_400_000, Logical::Time(Unit::Millis)), "86400000");
        assert_eq!([0x3c00, 0xc000, 0x7c00, 0x0001, 0x3555].map(half), [1.0, -2.0, f32::INFINITY, 2_f32.powi(-24), 0.333_251_95]);
    }
}
