//! Read by a program that is not ours (the crate `zip`), and field by field where that one is generous.

use super::*;
use crate::model::clock::Timestamp;
use proptest::prelude::*;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc32::default();
    crc.update(bytes);
    crc.value()
}

/// Writes an archive of whole contents.
fn written(contents: &[(String, Vec<u8>, bool)]) -> Vec<u8> {
    let (mut archive, mut out) = (Archive::default(), Vec::new());
    for (path, bytes, known) in contents {
        let crc = crc(bytes);
        let stamp = Stamp::of(Timestamp::from_seconds(1_795_192_801), 60);
        let entry = Entry { path: path.clone(), stamp, size: bytes.len() as u64, crc: known.then_some(crc) };
        assert_eq!(archive.position(), out.len() as u64);
        // What broke off in the middle is written over.
        out.extend(entry.header());
        out.truncate(usize::try_from(archive.position()).unwrap());
        out.extend(entry.header());
        out.extend(bytes);
        out.extend(entry.descriptor(crc));
        archive.add(&entry, crc);
    }
    archive.end(64).for_each(|piece| out.extend(piece));
    out
}

/// What another program finds in it: it compares the checksums itself.
fn read(bytes: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut archive = ::zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut entry = archive.by_index(at).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().to_owned(), bytes)
        })
        .collect()
}

proptest! {
    #[test]
    fn another_program_reads_what_was_written(
        contents in prop::collection::btree_map("[a-zé😀 ]{1,12}(/[a-z]{1,3})?", (prop::collection::vec(any::<u8>(), 0..200), any::<bool>()), 0..12)
    ) {
        let contents: Vec<(String, Vec<u8>, bool)> = contents.into_iter().map(|(path, (bytes, known))| (path, bytes, known)).collect();
        let expected: Vec<(String, Vec<u8>)> = contents.iter().map(|(path, bytes, _)| (path.clone(), bytes.clone())).collect();
        prop_assert_eq!(read(written(&contents)), expected);
    }
}

#[test]
fn folders_times_and_attributes() {
    let bytes = written(&[("folder/".into(), vec![], true), ("folder/über.txt".into(), b"text".to_vec(), false)]);
    let mut archive = ::zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let folder = archive.by_index(0).unwrap();
    assert!(folder.is_dir() && folder.unix_mode() == Some(0o040_755));
    drop(folder);
    let file = archive.by_index(1).unwrap();
    assert_eq!((file.name(), file.unix_mode(), file.size()), ("folder/über.txt", Some(0o100_644), 4));
    let time = file.last_modified().unwrap();
    // 2026-11-20T16:40:01Z, an hour later on the wall.
    assert_eq!((time.year(), time.month(), time.day(), time.hour(), time.minute(), time.second()), (2_026, 11, 20, 17, 40, 0));
    let seconds = file.extra_data_fields().find_map(|field| match field {
        ::zip::ExtraField::ExtendedTimestamp(stamp) => stamp.mod_time(),
        _ => None,
    });
    assert_eq!(seconds, Some(1_795_192_801));
}

#[test]
fn more_than_65_535_entries() {
    let contents: Vec<(String, Vec<u8>, bool)> =
        (0..70_000).map(|number: u32| (format!("{number:05}"), number.to_le_bytes().to_vec(), number.is_multiple_of(2))).collect();
    let bytes = written(&contents);
    assert_eq!(bytes[bytes.len() - 22 + 8..][..4], [0xff; 4], "the old record says that ZIP64 has the number");
    let found = read(bytes);
    assert_eq!(found.len(), 70_000);
    assert_eq!(found[69_999], ("69999".to_owned(), 69_999_u32.to_le_bytes().to_vec()));
}

/// An archive of which long runs of zeros are not in memory.
struct Sparse {
    pieces: Vec<(u64, Vec<u8>)>,
    length: u64,
    at: u64,
}

impl Sparse {
    fn push(&mut self, bytes: Vec<u8>) {
        let at = self.length;
        self.length += bytes.len() as u64;
        self.pieces.push((at, bytes));
    }
}

impl Read for Sparse {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = usize::try_from((self.length - self.at).min(buffer.len() as u64)).unwrap();
        for (place, byte) in (self.at..).zip(&mut buffer[..length]) {
            let piece = self.pieces.iter().find(|(first, bytes)| (*first..first + bytes.len() as u64).contains(&place));
            *byte = piece.map_or(0, |(first, bytes)| bytes[usize::try_from(place - first).unwrap()]);
        }
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.length.saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

#[test]
fn more_than_four_gibibytes() {
    let mut file = Sparse { pieces: Vec::new(), length: 0, at: 0 };
    let mut archive = Archive::default();
    let sizes = [5 << 30, 0xffff_fffe, 0xffff_ffff, 3];
    for (number, size) in sizes.into_iter().enumerate() {
        let crc = if size == 3 { crc(&[0; 3]) } else { 0x1234_5678 };
        let entry = Entry { path: format!("{number}.bin"), stamp: Stamp::default(), size, crc: (size == 3).then_some(crc) };
        assert_eq!(archive.position(), file.length);
        file.push(entry.header());
        file.length += size;
        file.push(entry.descriptor(crc));
        archive.add(&entry, crc);
    }
    assert_eq!(archive.entries, 4);
    archive.end(1 << 20).for_each(|piece| file.push(piece));

    // The form of the local headers and descriptors goes with the size.
    let [first, first_behind, second, second_behind, third, third_behind, ..] = &file.pieces[..] else { panic!("pieces") };
    assert_eq!((first.1[4], &first.1[18..26], first_behind.1.len()), (45, &[0xff; 8][..], 24));
    assert_eq!(first.1[35..55], [1, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(first_behind.1[8..16], (5_u64 << 30).to_le_bytes());
    assert_eq!((second.1[4], &second.1[18..26], second_behind.1.len()), (20, &[0; 8][..], 16));
    assert_eq!((third.1[4], third_behind.1.len()), (45, 24));

    let mut archive = ::zip::ZipArchive::new(file).unwrap();
    let mut starts = Vec::new();
    for (number, size) in sizes.into_iter().enumerate() {
        let entry = archive.by_index_raw(number).unwrap();
        assert_eq!((entry.name(), entry.size(), entry.compressed_size()), (&*format!("{number}.bin"), size, size));
        starts.push(entry.header_start());
    }
    assert!(starts[1] > 5 << 30 && starts[3] > 13 << 30, "{starts:?}");
    let mut bytes = Vec::new();
    archive.by_index(3).unwrap().read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, [0; 3]);
}
