//! Archives in the format ZIP, without I/O: what is written before, between and behind the objects' bytes
//! (PKWARE's APPNOTE.TXT 6.3.10, <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>).
//!
//! Nothing is compressed: objects that are large are compressed already, and a browser would be slower than the network.
//! Where the checksum is not known before the bytes go by, it stands behind them in a data descriptor. Whatever does
//! not fit into 32 bits, or 16 for the number of entries, is written as ZIP64.
//!
//! An entry is part of the archive once it is [added](Archive::add) and not before, so that what broke off in the middle
//! is written over.

mod directory;
mod names;
mod stamp;

pub(super) use crate::aws::crc32::Crc32;
pub(super) use names::Names;
pub(super) use stamp::Stamp;

use directory::Directory;

/// Above this a field of 32 bits says that ZIP64 has the number.
const LARGE: u64 = 0xffff_ffff;

/// Above this the number of entries stands in ZIP64's record.
const MANY: u64 = 0xffff;

/// Names are UTF-8 (bit 11), and the checksum stands behind the bytes (bit 3).
const UTF8: u16 = 1 << 11;
const DESCRIBED: u16 = 1 << 3;

/// Made on a system whose attributes are those of Unix, by a program that knows ZIP64.
const MADE_BY: u16 = 3 << 8 | 45;

/// Modes of a file and of a folder, as Unix has them; of a folder as DOS has it too.
const FILE: u32 = 0o100_644 << 16;
const FOLDER: u32 = 0o040_755 << 16 | 0x10;

/// An entry of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its path, with `/` between the names; that of a folder ends with one.
    pub(super) path: String,
    /// When it was last changed.
    pub(super) stamp: Stamp,
    /// Bytes.
    pub(super) size: u64,
    /// The checksum, where it is known before the bytes go by.
    pub(super) crc: Option<u32>,
}

impl Entry {
    fn is_folder(&self) -> bool {
        self.path.ends_with('/')
    }

    fn is_large(&self) -> bool {
        self.size >= LARGE
    }

    fn flags(&self) -> u16 {
        if self.crc.is_none() { UTF8 | DESCRIBED } else { UTF8 }
    }

    /// The version of the format that a program has to know.
    fn needs(&self) -> u16 {
        if self.is_large() { 45 } else { 20 }
    }

    /// What stands before its bytes.
    pub(super) fn header(&self) -> Vec<u8> {
        let known = self.crc.map_or(0, |_| self.size);
        let mut header = Vec::with_capacity(96 + self.path.len());
        header.extend(*b"PK\x03\x04");
        header.extend(self.needs().to_le_bytes());
        header.extend(self.flags().to_le_bytes());
        header.extend(0_u16.to_le_bytes());
        header.extend(self.stamp.dos().to_le_bytes());
        header.extend(self.crc.unwrap_or_default().to_le_bytes());
        header.extend(if self.is_large() { [0xff; 8] } else { twice(narrow(known)) });
        header.extend(short(self.path.len()).to_le_bytes());
        header.extend(short(self.stamp.extra().len() + if self.is_large() { 20 } else { 0 }).to_le_bytes());
        header.extend(self.path.as_bytes());
        if self.is_large() {
            header.extend(extra(&[known, known]));
        }
        header.extend(self.stamp.extra());
        header
    }

    /// What stands behind its bytes.
    pub(super) fn descriptor(&self, crc: u32) -> Vec<u8> {
        if self.crc.is_some() {
            return Vec::new();
        }
        let mut descriptor = b"PK\x07\x08".to_vec();
        descriptor.extend(crc.to_le_bytes());
        if self.is_large() {
            descriptor.extend(self.size.to_le_bytes());
            descriptor.extend(self.size.to_le_bytes());
        } else {
            descriptor.extend(twice(narrow(self.size)));
        }
        descriptor
    }

    /// Bytes that it takes in the archive, all in all.
    fn length(&self) -> u64 {
        let described = match (self.crc, self.is_large()) {
            (Some(_), _) => 0,
            (None, false) => 16,
            (None, true) => 24,
        };
        let header = 30 + self.path.len() + self.stamp.extra().len() + if self.is_large() { 20 } else { 0 };
        header as u64 + self.size + described
    }

    /// Its place in the directory at the end.
    fn central(&self, offset: u64, crc: u32) -> Vec<u8> {
        let far = offset >= LARGE;
        let mut large = Vec::new();
        if self.is_large() {
            large.extend([self.size, self.size]);
        }
        if far {
            large.push(offset);
        }
        let large = if large.is_empty() { Vec::new() } else { extra(&large) };
        let mut record = Vec::with_capacity(96 + self.path.len());
        record.extend(*b"PK\x01\x02");
        record.extend(MADE_BY.to_le_bytes());
        record.extend(if far { 45 } else { self.needs() }.to_le_bytes());
        record.extend(self.flags().to_le_bytes());
        record.extend(0_u16.to_le_bytes());
        record.extend(self.stamp.dos().to_le_bytes());
        record.extend(crc.to_le_bytes());
        record.extend(twice(narrow(self.size)));
        record.extend(short(self.path.len()).to_le_bytes());
        record.extend(short(large.len() + self.stamp.extra().len()).to_le_bytes());
        // No comment, the first disk, no attributes of its own.
        record.extend([0; 6]);
        record.extend(if self.is_folder() { FOLDER } else { FILE }.to_le_bytes());
        record.extend(narrow(offset).to_le_bytes());
        record.extend(self.path.as_bytes());
        record.extend(large);
        record.extend(self.stamp.extra());
        record
    }
}

/// An archive that is being written.
#[derive(Debug, Default)]
pub(super) struct Archive {
    /// Bytes of the entries that are complete: where the next begins.
    position: u64,
    entries: u64,
    directory: Directory,
}

impl Archive {
    /// Where the next entry begins.
    pub(super) const fn position(&self) -> u64 {
        self.position
    }

    /// An entry is complete: its header, as many bytes as it says, and its descriptor stand at the archive's position.
    pub(super) fn add(&mut self, entry: &Entry, crc: u32) {
        self.directory.push(entry, crc);
        self.position += entry.length();
        self.entries += 1;
    }

    /// What stands behind the last entry, in pieces of about so many bytes.
    pub(super) fn end(&self, piece: usize) -> impl Iterator<Item = Vec<u8>> {
        let (mut entries, mut offset, mut size) = (self.directory.entries(), 0, 0);
        let mut over = false;
        std::iter::from_fn(move || {
            if over {
                return None;
            }
            let mut bytes = Vec::with_capacity(piece + 512);
            while bytes.len() < piece {
                let Some((entry, crc)) = entries.next() else {
                    size += bytes.len() as u64;
                    bytes.extend(closing(self.entries, self.position, size));
                    over = true;
                    break;
                };
                bytes.extend(entry.central(offset, crc));
                offset += entry.length();
            }
            if !over {
                size += bytes.len() as u64;
            }
            Some(bytes)
        })
    }
}

/// The records behind the directory.
fn closing(entries: u64, offset: u64, size: u64) -> Vec<u8> {
    let mut end = Vec::with_capacity(98);
    if entries >= MANY || offset >= LARGE || size >= LARGE {
        end.extend(*b"PK\x06\x06");
        end.extend(44_u64.to_le_bytes());
        end.extend(MADE_BY.to_le_bytes());
        end.extend(45_u16.to_le_bytes());
        end.extend([0; 8]);
        for number in [entries, entries, size, offset] {
            end.extend(number.to_le_bytes());
        }
        end.extend(*b"PK\x06\x07");
        end.extend(0_u32.to_le_bytes());
        end.extend((offset + size).to_le_bytes());
        end.extend(1_u32.to_le_bytes());
    }
    let few = u16::try_from(entries).unwrap_or(u16::MAX);
    end.extend(*b"PK\x05\x06");
    end.extend([0; 4]);
    end.extend(few.to_le_bytes());
    end.extend(few.to_le_bytes());
    end.extend(narrow(size).to_le_bytes());
    end.extend(narrow(offset).to_le_bytes());
    end.extend([0; 2]);
    end
}

/// The extra field of ZIP64.
fn extra(numbers: &[u64]) -> Vec<u8> {
    let mut field = vec![1, 0];
    field.extend(short(numbers.len() * 8).to_le_bytes());
    field.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    field
}

/// What fits into 32 bits, or the mark that ZIP64 has it.
fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Both sizes: what is not compressed has the same.
fn twice(size: u32) -> [u8; 8] {
    let [a, b, c, d] = size.to_le_bytes();
    [a, b, c, d, a, b, c, d]
}

/// Lengths of paths and fields: a key has 1,024 bytes at most.
fn short(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
