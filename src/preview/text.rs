//! Bytes as text: Unicode in all its forms, and whether it is text at all.

use std::borrow::Cow;

/// What bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// Text, and the name of how it is written.
    Text(String, &'static str),
    /// Text in an older encoding: [`encoding`](super::encoding) finds out which.
    Older,
    /// No text.
    Binary,
}

/// Reads bytes as text. `cut` says that there is more behind them, so that the last character may be incomplete.
#[must_use]
pub fn decode(bytes: &[u8], cut: bool) -> Decoded {
    match bytes {
        // UTF-32 in the smaller order begins as UTF-16 does.
        [0xff, 0xfe, 0, 0, ..] => Decoded::Binary,
        [0xff, 0xfe, rest @ ..] => Decoded::Text(utf16(rest, u16::from_le_bytes), "UTF-16LE"),
        [0xfe, 0xff, rest @ ..] => Decoded::Text(utf16(rest, u16::from_be_bytes), "UTF-16BE"),
        [0xef, 0xbb, 0xbf, rest @ ..] => {
            Decoded::Text(utf8(rest, cut).map_or_else(|| String::from_utf8_lossy(rest), Cow::Borrowed).into_owned(), "UTF-8")
        }
        _ => without_mark(bytes, cut),
    }
}

fn without_mark(bytes: &[u8], cut: bool) -> Decoded {
    if let Some(order) = unmarked_utf16(bytes) {
        return match order {
            Order::Little => Decoded::Text(utf16(bytes, u16::from_le_bytes), "UTF-16LE"),
            Order::Big => Decoded::Text(utf16(bytes, u16::from_be_bytes), "UTF-16BE"),
        };
    }
    // Form feeds and the escapes of terminals stand in logs.
    let strange = bytes.iter().filter(|byte| matches!(byte, 1..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)).count();
    if bytes.contains(&0) || strange * 50 > bytes.len() {
        return Decoded::Binary;
    }
    utf8(bytes, cut).map_or(Decoded::Older, |text| Decoded::Text(text.to_owned(), if text.is_ascii() { "ASCII" } else { "UTF-8" }))
}

/// UTF-8, without a last character that is cut.
fn utf8(bytes: &[u8], cut: bool) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if cut && error.error_len().is_none() => std::str::from_utf8(&bytes[..error.valid_up_to()]).ok(),
        Err(_) => None,
    }
}

enum Order {
    Little,
    Big,
}

/// UTF-16 that does not say so: most letters of most languages have a zero as their other half.
fn unmarked_utf16(bytes: &[u8]) -> Option<Order> {
    let sample = &bytes[..bytes.len().min(2_048) / 2 * 2];
    if sample.len() < 4 {
        return None;
    }
    let zeros = |from: usize| sample.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), sample.len() / 2);
    match (even, odd) {
        (0, odd) if odd * 10 >= half * 7 => Some(Order::Little),
        (even, 0) if even * 10 >= half * 7 => Some(Order::Big),
        _ => None,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8], cut: bool) -> (String, &'static str) {
        match decode(bytes, cut) {
            Decoded::Text(text, encoding) => (text, encoding),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn unicode_in_all_forms() {
        let text = "Grüße, 日本 😀\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        assert_eq!(read(text.as_bytes(), false), (text.into(), "UTF-8"));
        assert_eq!(read(b"plain\tASCII\r\n", false).1, "ASCII");
        assert_eq!(read(&[b"\xef\xbb\xbf", text.as_bytes()].concat(), false), (text.into(), "UTF-8"));
        assert_eq!(read(&[&[0xff, 0xfe], &*little].concat(), false), (text.into(), "UTF-16LE"));
        assert_eq!(read(&[&[0xfe, 0xff], &*big].concat(), false), (text.into(), "UTF-16BE"));
        let unmarked: Vec<u8> = "name;value\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&unmarked, false), ("name;value\n".into(), "UTF-16LE"));
    }

    #[test]
    fn what_is_cut_and_what_is_none() {
        assert_eq!(read("ab😀".as_bytes().split_last().unwrap().1, true).0, "ab");
        assert_eq!(decode("ab😀".as_bytes().split_last().unwrap().1, false), Decoded::Older);
        assert_eq!(decode(b"Gr\xfc\xdfe", false), Decoded::Older);
        assert_eq!(decode(b"\x7fELF\x02\x01\x01\0\0\0\0", false), Decoded::Binary);
        assert_eq!(decode(&[1, 2, 3, 4, 5, 6], false), Decoded::Binary);
        assert_eq!(read(b"\x1b[31mred\x1b[0m\n", false).1, "ASCII");
    }

    proptest! {
        #[test]
        fn never_panics(bytes in any::<Vec<u8>>(), cut in any::<bool>()) {
            let _ = decode(&bytes, cut);
        }

        #[test]
        fn utf8_is_read_at_every_cut(text in "\\PC{0,40}", at in any::<prop::sample::Index>()) {
            let bytes = text.as_bytes();
            let end = at.index(bytes.len() + 1);
            match decode(&bytes[..end], true) {
                Decoded::Text(read, _) => {
                    let is_beginning = text.trim_start_matches('\u{feff}').starts_with(&read);
                    prop_assert!(is_beginning);
                }
                // Nothing but a beginning of a character can look like anything else.
                other => prop_assert!(end == 0 || bytes.contains(&0), "{:?}", other),
            }
        }
    }
}
