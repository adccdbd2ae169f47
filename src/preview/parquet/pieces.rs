//! The bytes of a file that are there already.

/// Pieces of a file, in order, none of them touching another.
#[derive(Debug)]
pub(super) struct Pieces {
    size: u64,
    pieces: Vec<(u64, Vec<u8>)>,
    taken: u64,
}

impl Pieces {
    pub(super) const fn of(size: u64) -> Self {
        Self { size, pieces: Vec::new(), taken: 0 }
    }

    /// The file's length.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes were given.
    pub(super) const fn taken(&self) -> u64 {
        self.taken
    }

    /// Adds bytes. What is known already stays.
    pub(super) fn give(&mut self, first: u64, bytes: &[u8]) {
        self.taken += bytes.len() as u64;
        let at = self.pieces.partition_point(|(start, _)| *start <= first);
        let (first, bytes) = match at.checked_sub(1).map(|before| &mut self.pieces[before]) {
            Some((start, known)) if *start + known.len() as u64 >= first => {
                let overlap = (*start + known.len() as u64 - first) as usize;
                known.extend_from_slice(bytes.get(overlap..).unwrap_or_default());
                (*start, None)
            }
            _ => (first, Some(bytes)),
        };
        let at = match bytes {
            Some(bytes) => {
                self.pieces.insert(at, (first, bytes.to_vec()));
                at
            }
            None => at - 1,
        };
        // What it has grown into.
        while let Some((start, _)) = self.pieces.get(at + 1) {
            let end = self.pieces[at].0 + self.pieces[at].1.len() as u64;
            if *start > end {
                break;
            }
            let (start, next) = self.pieces.remove(at + 1);
            let known = (end - start) as usize;
            self.pieces[at].1.extend_from_slice(next.get(known..).unwrap_or_default());
        }
    }

    /// What is known from a byte on without a gap, up to the one before `end`.
    pub(super) fn from(&self, first: u64, end: u64) -> &[u8] {
        let at = self.pieces.partition_point(|(start, _)| *start <= first);
        let Some((start, bytes)) = at.checked_sub(1).map(|at| &self.pieces[at]) else { return &[] };
        let skip = usize::try_from(first - start).unwrap_or(usize::MAX);
        let known = bytes.get(skip..).unwrap_or_default();
        &known[..known.len().min(usize::try_from(end.saturating_sub(first)).unwrap_or(usize::MAX))]
    }

    /// The bytes from `first` to the one before `end`, where all are known.
    pub(super) fn get(&self, first: u64, end: u64) -> Option<&[u8]> {
        Some(self.from(first, end)).filter(|known| known.len() as u64 == end - first)
    }

    /// The first byte from `first` on that is not known.
    pub(super) fn missing(&self, first: u64) -> u64 {
        first + self.from(first, self.size).len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_given_is_there_and_nothing_else(given in prop::collection::vec((0_u64..200, 0_usize..60), 0..12)) {
            let whole: Vec<u8> = (0..=255).collect();
            let mut pieces = Pieces::of(256);
            let mut known = vec![false; 256];
            for (first, length) in given {
                let end = (first as usize + length).min(256);
                pieces.give(first, &whole[first as usize..end]);
                known[first as usize..end].fill(true);
            }
            for first in 0..256_u64 {
                let run = known[first as usize..].iter().take_while(|known| **known).count();
                prop_assert_eq!(pieces.from(first, 256), &whole[first as usize..first as usize + run]);
                prop_assert_eq!(pieces.missing(first), first + run as u64);
            }
        }
    }
}
