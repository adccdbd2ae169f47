//! CRC-64/NVME, the checksum that S3 keeps of every object
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>).
//!
//! Of the checksums that S3 takes it is the one that the whole object has in common with its parts:
//! those of the parts combine to that of the object, in whatever order they were computed.
//!
//! Own code: eight bytes a step with tables that are made at the first use, because 16 kB of them
//! would not compress in what a browser has to load.

use crate::aws::base64;
use std::sync::OnceLock;

/// The polynomial, reflected.
const POLYNOMIAL: u64 = 0x9a6c_9329_ac4b_c9b5;

/// The polynomial 1, reflected.
const ONE: u64 = 1 << 63;

/// `TABLES[n][b]`: what the byte `b` leaves behind when `n` zero bytes follow it.
static TABLES: OnceLock<Box<[[u64; 256]; 8]>> = OnceLock::new();

fn tables() -> &'static [[u64; 256]; 8] {
    TABLES.get_or_init(|| {
        let mut tables = Box::new([[0; 256]; 8]);
        for byte in 0..256_u64 {
            let mut rest = byte;
            for table in tables.iter_mut() {
                rest = (0..8).fold(rest, |rest, _| times_x(rest));
                table[index(byte)] = rest;
            }
        }
        tables
    })
}

/// The low byte.
const fn index(value: u64) -> usize {
    (value & 0xff) as usize
}

/// `value` times x, modulo the polynomial.
const fn times_x(value: u64) -> u64 {
    (value >> 1) ^ if value & 1 == 1 { POLYNOMIAL } else { 0 }
}

/// A checksum with the number of bytes that it is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checksum {
    value: u64,
    length: u64,
}

impl Checksum {
    /// Of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut checksum = Self::default();
        checksum.update(bytes);
        checksum
    }

    /// Reads what S3 tells of something that is so many bytes long; `None` when it is no checksum.
    #[must_use]
    pub fn parse(text: &str, length: u64) -> Option<Self> {
        let bytes: [u8; 8] = base64::decode(text)?.try_into().ok()?;
        Some(Self { value: u64::from_be_bytes(bytes), length })
    }

    /// How many bytes it is of.
    #[must_use]
    pub const fn length(self) -> u64 {
        self.length
    }

    /// Goes on with `bytes`.
    pub fn update(&mut self, bytes: &[u8]) {
        let tables = tables();
        let mut state = !self.value;
        let (blocks, rest) = bytes.as_chunks::<8>();
        for block in blocks {
            let word = state ^ u64::from_le_bytes(*block);
            state = tables[7][index(word)]
                ^ tables[6][index(word >> 8)]
                ^ tables[5][index(word >> 16)]
                ^ tables[4][index(word >> 24)]
                ^ tables[3][index(word >> 32)]
                ^ tables[2][index(word >> 40)]
                ^ tables[1][index(word >> 48)]
                ^ tables[0][index(word >> 56)];
        }
        for byte in rest {
            state = (state >> 8) ^ tables[0][index(state ^ u64::from(*byte))];
        }
        self.value = !state;
        self.length += bytes.len() as u64;
    }

    /// That of the bytes of `self` with those of `next` behind them.
    #[must_use]
    pub fn followed_by(self, next: Self) -> Self {
        Self { value: product(self.value, power_of_x(next.length)) ^ next.value, length: self.length + next.length }
    }
}

/// As S3 writes it: the base64 of its eight bytes, the highest first.
impl std::fmt::Display for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&base64::encode(&self.value.to_be_bytes()))
    }
}

/// x to the power of eight times `bytes`, modulo the polynomial: what so many zero bytes do.
fn power_of_x(mut bytes: u64) -> u64 {
    let (mut result, mut square) = (ONE, ONE >> 8);
    while bytes > 0 {
        if bytes & 1 == 1 {
            result = product(result, square);
        }
        square = product(square, square);
        bytes >>= 1;
    }
    result
}

/// The product of two polynomials, modulo the polynomial.
fn product(a: u64, mut b: u64) -> u64 {
    let mut result = 0;
    for place in (0..64).rev() {
        if a >> place & 1 == 1 {
            result ^= b;
        }
        b = times_x(b);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The check value of the catalogue of CRC algorithms.
    #[test]
    fn the_catalogues_check_value() {
        assert_eq!(Checksum::of(b"123456789").value, 0xae8b_1486_0a79_9888);
        assert_eq!(Checksum::of(b"123456789").to_string(), "rosUhgp5mIg=");
        assert_eq!(Checksum::default().to_string(), "AAAAAAAAAAA=");
        assert_eq!(Checksum::parse("rosUhgp5mIg=", 9), Some(Checksum::of(b"123456789")));
        for wrong in ["", "rosUhgp5mIg", "rosUhgp5mA==", "rosUhgp5mIgA"] {
            assert_eq!(Checksum::parse(wrong, 9), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn pieces_make_the_whole(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in any::<prop::sample::Index>()) {
            let cut = cut.index(bytes.len() + 1);
            let (first, second) = bytes.split_at(cut);
            let whole = Checksum::of(&bytes);
            let mut streamed = Checksum::of(first);
            streamed.update(second);
            prop_assert_eq!(streamed, whole);
            prop_assert_eq!(Checksum::of(first).followed_by(Checksum::of(second)), whole);
            prop_assert_eq!(Checksum::parse(&whole.to_string(), whole.length()), Some(whole));
        }

        /// A length beyond what a test can hold: in two steps it is the same as in one.
        #[test]
        fn long_pieces_combine(a in any::<u64>(), b in any::<u64>(), c in any::<u64>(), lengths in (0..1_u64 << 42, 0..1_u64 << 42)) {
            let [a, b, c] = [(a, 7), (b, lengths.0), (c, lengths.1)].map(|(value, length)| Checksum { value, length });
            prop_assert_eq!(a.followed_by(b).followed_by(c), a.followed_by(b.followed_by(c)));
        }
    }
}
