//! CRC-32 as ZIP (APPNOTE.TXT 4.4.7) and Amazon's event streams have it, computed while bytes go by.
//!
//! Eight bytes a step, with tables that are made at the first use: 8 kB of them would not compress in what a browser
//! has to load.

use std::sync::OnceLock;

/// The polynomial, reflected.
const POLYNOMIAL: u32 = 0xedb8_8320;

/// `TABLES[n][b]`: what the byte `b` leaves behind when `n` zero bytes follow it.
static TABLES: OnceLock<Box<[[u32; 256]; 8]>> = OnceLock::new();

fn tables() -> &'static [[u32; 256]; 8] {
    TABLES.get_or_init(|| {
        let mut tables = Box::new([[0; 256]; 8]);
        for byte in 0..256_u32 {
            let mut rest = byte;
            for table in tables.iter_mut() {
                rest = (0..8).fold(rest, |rest, _| (rest >> 1) ^ if rest & 1 == 1 { POLYNOMIAL } else { 0 });
                table[index(byte)] = rest;
            }
        }
        tables
    })
}

/// The low byte.
const fn index(value: u32) -> usize {
    (value & 0xff) as usize
}

/// The checksum of what went by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Crc32(u32);

impl Crc32 {
    /// As ZIP writes it.
    pub(crate) const fn value(self) -> u32 {
        self.0
    }

    /// Goes on with `bytes`.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let tables = tables();
        let mut state = !self.0;
        let (blocks, rest) = bytes.as_chunks::<8>();
        for &[a, b, c, d, e, f, g, h] in blocks {
            let (low, high) = (state ^ u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
            state = tables[7][index(low)]
                ^ tables[6][index(low >> 8)]
                ^ tables[5][index(low >> 16)]
                ^ tables[4][index(low >> 24)]
                ^ tables[3][index(high)]
                ^ tables[2][index(high >> 8)]
                ^ tables[1][index(high >> 16)]
                ^ tables[0][index(high >> 24)];
        }
        for byte in rest {
            state = (state >> 8) ^ tables[0][index(state ^ u32::from(*byte))];
        }
        self.0 = !state;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(bytes: &[u8]) -> u32 {
        let mut checksum = Crc32::default();
        checksum.update(bytes);
        checksum.value()
    }

    /// The check value of the catalogue of CRC algorithms.
    #[test]
    fn the_catalogues_check_value() {
        assert_eq!(of(b"123456789"), 0xcbf4_3926);
        assert_eq!(of(b""), 0);
    }

    proptest! {
        #[test]
        fn pieces_make_the_whole(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in any::<prop::sample::Index>()) {
            let (first, second) = bytes.split_at(cut.index(bytes.len() + 1));
            let mut streamed = Crc32::default();
            streamed.update(first);
            streamed.update(second);
            prop_assert_eq!(streamed.value(), of(&bytes));
        }
    }
}
