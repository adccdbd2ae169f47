//! How a file is cut into the parts of a multipart upload
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).

use thiserror::Error;

const MEBIBYTE: u64 = 1024 * 1024;

/// The smallest part that is planned. S3 takes 5 MiB, but each part costs a browser a preflight.
pub const SMALLEST_PART: u64 = 16 * MEBIBYTE;

/// Most parts of an upload.
pub const MOST_PARTS: u64 = 10_000;

/// Largest object, in bytes: 5 TiB.
pub const LARGEST_OBJECT: u64 = 5 * 1024 * 1024 * MEBIBYTE;

/// A file is larger than any object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the largest object has 5 TiB")]
pub struct TooLarge;

/// A file cut into parts of equal size, but for the last. A part of no bytes exists only in an empty
/// file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    size: u64,
    part_size: u64,
}

impl Parts {
    /// Cuts a file of so many bytes: into parts as small as may be.
    ///
    /// # Errors
    /// [`TooLarge`] above [`LARGEST_OBJECT`].
    pub fn of(size: u64) -> Result<Self, TooLarge> {
        Self::of_size(size, SMALLEST_PART.max(size.div_ceil(MOST_PARTS).next_multiple_of(MEBIBYTE)))
    }

    /// Cuts a file into parts of a size that was settled before.
    ///
    /// # Errors
    /// [`TooLarge`] when that makes more than [`MOST_PARTS`] parts, or none.
    pub fn of_size(size: u64, part_size: u64) -> Result<Self, TooLarge> {
        if size > LARGEST_OBJECT || part_size == 0 || size.div_ceil(part_size) > MOST_PARTS {
            Err(TooLarge)
        } else {
            Ok(Self { size, part_size })
        }
    }

    /// Size of every part but the last, in bytes.
    #[must_use]
    pub const fn part_size(self) -> u64 {
        self.part_size
    }

    /// How many parts there are: one at least.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "10,000 at most")]
    pub fn count(self) -> u16 {
        self.size.div_ceil(self.part_size).max(1) as u16
    }

    /// First byte and length of a part. Parts are numbered from 1; a number that is none is empty.
    #[must_use]
    pub fn part(self, number: u16) -> (u64, u64) {
        let first = u64::from(number).saturating_sub(1).saturating_mul(self.part_size).min(self.size);
        (first, self.part_size.min(self.size - first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_limits() {
        assert_eq!(Parts::of(0).map(|parts| (parts.count(), parts.part(1))), Ok((1, (0, 0))));
        assert_eq!(Parts::of(SMALLEST_PART).map(Parts::count), Ok(1));
        assert_eq!(Parts::of(SMALLEST_PART + 1).map(|parts| (parts.count(), parts.part(2))), Ok((2, (SMALLEST_PART, 1))));
        assert_eq!(Parts::of(SMALLEST_PART * MOST_PARTS).map(|parts| (parts.count(), parts.part_size())), Ok((10_000, SMALLEST_PART)));
        assert_eq!(Parts::of(LARGEST_OBJECT).map(|parts| (parts.count(), parts.part_size() / MEBIBYTE)), Ok((9_987, 525)));
        assert_eq!(Parts::of(LARGEST_OBJECT + 1), Err(TooLarge));
        assert_eq!(Parts::of_size(10, 0), Err(TooLarge));
        assert_eq!(Parts::of_size(10_001, 1), Err(TooLarge));
    }

    proptest! {
        #[test]
        fn parts_cover_the_file_once(size in prop_oneof![0..=LARGEST_OBJECT, 0..=4 * SMALLEST_PART, Just(SMALLEST_PART * MOST_PARTS + 1)]) {
            let parts = Parts::of(size).unwrap();
            let count = parts.count();
            prop_assert!((1..=10_000).contains(&count));
            prop_assert!(parts.part_size() >= SMALLEST_PART && parts.part_size() <= 5 * 1024 * MEBIBYTE);
            let mut next = 0;
            for number in 1..=count {
                let (first, length) = parts.part(number);
                prop_assert_eq!(first, next);
                prop_assert!(length == parts.part_size() || number == count && (length > 0 || size == 0));
                next = first + length;
            }
            prop_assert_eq!(next, size);
            prop_assert_eq!(parts.part(count + 1).1, 0);
        }
    }
}
