//! Unpacks gzip (RFC 1952), never to more than a bound.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::decompress;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;

/// The beginning of what was packed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// Bytes.
    pub bytes: Vec<u8>,
    /// Whether there is more of it, by the bound or because the packed bytes are only a beginning.
    pub cut: bool,
}

/// Unpacks at most `most` bytes. `None` where it is damaged before the first of them.
#[must_use]
pub fn unpack(packed: &[u8], most: usize) -> Option<Unpacked> {
    let mut bytes = vec![0; most];
    let (status, _, written) = inflate(body(packed)?, &mut bytes);
    bytes.truncate(written);
    bytes.shrink_to_fit();
    match status {
        TINFLStatus::Done => Some(Unpacked { bytes, cut: false }),
        TINFLStatus::HasMoreOutput | TINFLStatus::NeedsMoreInput | TINFLStatus::FailedCannotMakeProgress => {
            Some(Unpacked { bytes, cut: true })
        }
        _ if written > 0 => Some(Unpacked { bytes, cut: true }),
        _ => None,
    }
}

/// Unpacks into `out`, and says how many bytes became of it; `None` where it is damaged or more than fits. Members that
/// follow each other are one.
pub(super) fn unpack_into(mut packed: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut at = 0;
    while !packed.is_empty() {
        let body = body(packed)?;
        let (status, read, written) = inflate(body, out.get_mut(at..)?);
        if status != TINFLStatus::Done {
            return None;
        }
        at += written;
        // Checksum and length come behind each member.
        packed = body.get(read + 8..).unwrap_or_default();
    }
    Some(at)
}

fn inflate(packed: &[u8], out: &mut [u8]) -> (TINFLStatus, usize, usize) {
    decompress(&mut Box::default(), packed, out, 0, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF)
}

/// What stands behind the header.
fn body(packed: &[u8]) -> Option<&[u8]> {
    let ([0x1f, 0x8b, 8, flags], rest) = packed.split_first_chunk()? else { return None };
    // Time, strength, system.
    let mut rest = rest.get(6..)?;
    if flags & 4 != 0 {
        let (length, behind) = rest.split_first_chunk()?;
        rest = behind.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for flag in [8, 16] {
        // Name and comment, each with a zero behind it.
        if flags & flag != 0 {
            rest = &rest[rest.iter().position(|byte| *byte == 0)? + 1..];
        }
    }
    if flags & 2 != 0 {
        rest = rest.get(2..)?;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut packed = b"\x1f\x8b\x08\x08\0\0\0\0\0\x03name.txt\0".to_vec();
        packed.extend(miniz_oxide::deflate::compress_to_vec(bytes, 6));
        packed.extend([0; 8]);
        packed
    }

    #[test]
    fn unpacks_up_to_the_bound() {
        let text = "one line of many\n".repeat(100);
        let whole = packed(text.as_bytes());
        assert_eq!(unpack(&whole, 10_000), Some(Unpacked { bytes: text.clone().into(), cut: false }));
        assert_eq!(unpack(&whole, 100), Some(Unpacked { bytes: text[..100].into(), cut: true }));
        let beginning = unpack(&whole[..whole.len() - 12], 10_000).unwrap();
        assert!(beginning.cut && text.as_bytes().starts_with(&beginning.bytes) && !beginning.bytes.is_empty());
        let two = [whole.clone(), whole].concat();
        let mut out = vec![0; 2 * text.len()];
        assert_eq!(unpack_into(&two, &mut out), Some(2 * text.len()));
        assert_eq!(unpack_into(&two, &mut out[1..]), None);
    }

    #[test]
    fn a_bomb_stays_small() {
        let bomb = packed(&vec![0; 64 * 1024 * 1024]);
        assert!(bomb.len() < 100_000);
        let unpacked = unpack(&bomb, 256 * 1024).unwrap();
        assert_eq!((unpacked.bytes.len(), unpacked.cut), (256 * 1024, true));
    }

    proptest! {
        #[test]
        fn never_panics(bytes in any::<Vec<u8>>(), flags in any::<u8>()) {
            let mut packed = vec![0x1f, 0x8b, 8, flags];
            packed.extend(&bytes);
            let _ = (unpack(&packed, 1_000), unpack(&bytes, 1_000), unpack_into(&packed, &mut [0; 100]));
        }
    }
}
