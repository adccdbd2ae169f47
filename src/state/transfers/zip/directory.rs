//! What has to be remembered of every entry until the end of an archive, in little memory: of a path only what differs
//! from the one before, and no offset, because the entries stand one behind the other. A million of them take some
//! 30 MB.

use super::{Entry, Stamp};

/// Bytes of a block. A single growing vector would be moved as a whole, and would be in memory twice meanwhile.
const BLOCK: usize = 1024 * 1024;

/// Bytes of a record beside those of its path, at most.
const RECORD: usize = 40;

/// Entries in the order in which they were pushed.
#[derive(Debug, Default)]
pub(super) struct Directory {
    blocks: Vec<Vec<u8>>,
    last: String,
}

impl Directory {
    pub(super) fn push(&mut self, entry: &Entry, crc: u32) {
        let same = self.last.bytes().zip(entry.path.bytes()).take_while(|(before, now)| before == now).count();
        let new = &entry.path.as_bytes()[same..];
        let fits = |block: &Vec<u8>| block.capacity() - block.len() >= new.len() + RECORD;
        if !self.blocks.last().is_some_and(fits) {
            self.blocks.push(Vec::with_capacity(BLOCK.max(new.len() + RECORD)));
        }
        if let Some(block) = self.blocks.last_mut() {
            number(block, same as u64);
            number(block, new.len() as u64);
            block.extend(new);
            number(block, entry.size);
            block.push(u8::from(entry.crc.is_some()));
            block.extend(crc.to_le_bytes());
            block.extend(entry.stamp.dos().to_le_bytes());
            block.extend(entry.stamp.unix().to_le_bytes());
        }
        self.last.clone_from(&entry.path);
    }

    /// The entries with their checksums.
    pub(super) fn entries(&self) -> Entries<'_> {
        Entries { blocks: &self.blocks, rest: &[], path: Vec::new() }
    }
}

/// Seven bits a byte, the lowest first; the last has the eighth bit clear.
fn number(block: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        block.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    block.push((number & 0x7f) as u8);
}

/// Reads a directory.
pub(super) struct Entries<'a> {
    blocks: &'a [Vec<u8>],
    rest: &'a [u8],
    path: Vec<u8>,
}

impl Entries<'_> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for place in (0..u64::BITS).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            number |= u64::from(byte & 0x7f) << place;
            if byte & 0x80 == 0 {
                break;
            }
        }
        Some(number)
    }

    fn word(&mut self) -> Option<u32> {
        let (bytes, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u32::from_le_bytes(*bytes))
    }
}

impl Iterator for Entries<'_> {
    type Item = (Entry, u32);

    fn next(&mut self) -> Option<(Entry, u32)> {
        if self.rest.is_empty() {
            let (next, blocks) = self.blocks.split_first()?;
            (self.rest, self.blocks) = (next, blocks);
        }
        let same = usize::try_from(self.number()?).ok()?;
        let new = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.rest.split_at_checked(new)?;
        self.path.truncate(same);
        self.path.extend(bytes);
        self.rest = rest;
        let size = self.number()?;
        let (known, rest) = self.rest.split_first()?;
        self.rest = rest;
        let known = *known == 1;
        let (crc, dos, unix) = (self.word()?, self.word()?, self.word()?);
        let path = String::from_utf8(self.path.clone()).ok()?;
        Some((Entry { path, stamp: Stamp::of_parts(dos, unix), size, crc: known.then_some(crc) }, crc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_pushed_comes_back(
            entries in prop::collection::vec(("[aé/]{0,9}", any::<u64>(), any::<u32>(), any::<bool>(), any::<(u32, u32)>()), 0..60)
        ) {
            let entries: Vec<(Entry, u32)> = entries
                .into_iter()
                .map(|(path, size, crc, known, (dos, unix))| {
                    (Entry { path, size, crc: known.then_some(crc), stamp: Stamp::of_parts(dos, unix) }, crc)
                })
                .collect();
            let mut directory = Directory::default();
            entries.iter().for_each(|(entry, crc)| directory.push(entry, *crc));
            prop_assert_eq!(directory.entries().collect::<Vec<_>>(), entries);
        }
    }

    #[test]
    fn a_hundred_thousand_entries_take_three_megabytes() {
        let mut directory = Directory::default();
        let path = |number: u32| format!("some/folder/{:03}/record-{number:07}.txt", number / 1_000);
        for number in 0..100_000 {
            directory.push(&Entry { path: path(number), stamp: Stamp::default(), size: 50_000, crc: None }, number);
        }
        assert!(directory.blocks.len() <= 3, "{} blocks", directory.blocks.len());
        assert!(directory.blocks.iter().all(|block| block.capacity() == BLOCK));
        let last = directory.entries().last().unwrap();
        assert_eq!((last.0.path, last.1), (path(99_999), 99_999));
    }
}
