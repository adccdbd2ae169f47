use super::*;
use crate::sandbox::s3::gallery::parquet::squares;
use proptest::prelude::*;
use std::fs;
use std::path::PathBuf;

fn cases() -> Vec<(String, Vec<u8>, serde_json::Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/tests/cases/parquet");
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "parquet"))
        .map(|path| {
            let expected = serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap(), expected)
        })
        .collect();
    cases.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(cases.len() >= 12, "{}", cases.len());
    cases
}

/// Reads a file as a page does; gives what was asked for too.
fn read(file: &[u8], rows: usize) -> (Result<Table, Problem>, Vec<(u64, u64)>) {
    let mut reader = Reader::new(file.len() as u64);
    let mut asked = Vec::new();
    let rows = resume(&mut reader, file, rows, &mut asked);
    (rows, asked)
}

fn resume(reader: &mut Reader, file: &[u8], rows: usize, asked: &mut Vec<(u64, u64)>) -> Result<Table, Problem> {
    for _ in 0..1_000 {
        match reader.next(rows)? {
            Next::Rows(table) => return Ok(table),
            Next::Read(ranges) => {
                assert!(!ranges.is_empty());
                for (first, last) in ranges {
                    assert!(first <= last && last < file.len() as u64 && last - first < STEP, "{first}-{last} of {}", file.len());
                    reader.give(first, &file[first as usize..=last as usize]);
                    asked.push((first, last));
                }
            }
        }
    }
    panic!("it asks and asks: {asked:?}");
}

#[test]
fn files_of_other_writers() {
    for (name, file, expected) in cases() {
        let rows = expected["rows"].as_array().map_or(200, Vec::len).max(1);
        match read(&file, rows).0 {
            Ok(table) => {
                let headings: Vec<String> = table.headings.iter().map(|heading| format!("{}:{}", heading.name, heading.kind)).collect();
                assert_eq!(serde_json::json!(headings), expected["headings"], "{name}");
                for (number, row) in table.rows.iter().enumerate() {
                    assert_eq!(serde_json::json!(row), expected["rows"][number], "{name}, row {number}");
                }
                assert_eq!(Some(table.rows.len()), expected["rows"].as_array().map(Vec::len), "{name}");
                assert_eq!(table.all_rows, Some(table.rows.len() as u64), "{name}");
            }
            Err(problem) => assert_eq!(expected["problem"], problem.to_string(), "{name}"),
        }
    }
}

#[test]
fn fewer_rows_are_the_first_ones() {
    for (name, file, _) in cases() {
        let (Ok(all), _) = read(&file, 400) else { continue };
        for rows in [1, 2, 149, 151, 301] {
            let some = read(&file, rows).0.unwrap();
            assert_eq!(some.rows, all.rows[..rows.min(all.rows.len())], "{name}, {rows}");
        }
    }
}

#[test]
fn few_bytes_are_read_of_a_large_file() {
    let file = squares(40, 25_000);
    assert!(file.len() > 16_000_000);
    let (table, asked) = read(&file, 200);
    let table = table.unwrap();
    assert_eq!((table.rows.len(), table.all_rows), (200, Some(1_000_000)));
    assert_eq!(table.rows[199], [Some("199".into()), Some("39601".into())]);
    // The end, and the first group.
    let length = file.len() as u64;
    assert_eq!(asked[0], (length - 64 * 1024, length - 1));
    assert!(asked.len() == 2 && asked[1].0 == 4 && asked[1].1 < 401_000, "{asked:?}");
    // Further rows come from what is there.
    let mut reader = Reader::new(length);
    let mut asked = Vec::new();
    resume(&mut reader, &file, 200, &mut asked).unwrap();
    let table = resume(&mut reader, &file, 400, &mut asked).unwrap();
    assert_eq!((table.rows.len(), asked.len()), (400, 2));
}

#[test]
fn a_large_group_is_read_page_by_page_in_steps() {
    // Two columns of 8 MB in one page each.
    let file = squares(1, 1_000_000);
    let (table, asked) = read(&file, 200);
    assert_eq!(table.unwrap().rows.len(), 200);
    assert!(asked.iter().all(|(first, last)| last - first < STEP), "{asked:?}");
    // Pages of 24 MB are not read for a preview.
    assert_eq!(read(&squares(1, 3_000_000), 200).0, Err(Problem::PageTooLarge));
}

#[test]
fn lengths_that_lie() {
    let file = squares(1, 10);
    let mut long = file.clone();
    let at = long.len() - 8;
    long[at..at + 4].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    assert_eq!(read(&long, 200).0, Err(Problem::FooterTooLarge));
    long[at..at + 4].copy_from_slice(&1_000_000_u32.to_le_bytes());
    assert_eq!(read(&long, 200).0, Err(Problem::Footer));
    let mut encrypted = file.clone();
    encrypted[at + 4..].copy_from_slice(b"PARE");
    assert_eq!(read(&encrypted, 200).0, Err(Problem::Encrypted));
    for cut in 0..file.len() {
        assert!(read(&file[..cut], 200).0.is_err(), "{cut}");
    }
    // A page that says it is two gigabytes long when it is unpacked.
    let page = file.windows(4).position(|bytes| bytes == [0x15, 0, 0x15, 0xa0]).unwrap();
    let mut giant = file[..page + 3].to_vec();
    giant.extend([0xfe, 0xff, 0xff, 0xff, 0x0f]);
    giant.extend(&file[page + 5..]);
    assert!(matches!(read(&giant, 200).0, Err(Problem::Page | Problem::PageTooLarge | Problem::Footer)));
}

#[test]
fn nesting_without_end() {
    // A schema in which each column holds the next.
    let mut footer = vec![0x29, 0xfc];
    let levels = 5_000_u32;
    footer.extend([(levels & 0x7f) as u8 | 0x80, (levels >> 7) as u8]);
    for _ in 0..levels {
        footer.extend([0x48, 1, b'x', 0x15, 2, 0]);
    }
    footer.push(0);
    let mut file = b"PAR1".to_vec();
    file.extend(&footer);
    file.extend((footer.len() as u32).to_le_bytes());
    file.extend(b"PAR1");
    assert_eq!(read(&file, 200).0, Err(Problem::Nested));
    // A footer of nothing but structures in structures.
    let mut file = b"PAR1".to_vec();
    file.extend([0x1c; 100_000]);
    file.extend(100_000_u32.to_le_bytes());
    file.extend(b"PAR1");
    assert_eq!(read(&file, 200).0, Err(Problem::Footer));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Real files with bytes changed at will: the footer and the heads of pages among them.
    #[test]
    fn no_file_panics(case in any::<prop::sample::Index>(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in 0_usize..40) {
        let cases = CASES.with(Clone::clone);
        let mut file = cases[case.index(cases.len())].clone();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if cut < 12 {
            let at = file.len() - 8 - cut * 3;
            file.remove(at);
        }
        let _ = read(&file, 50);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut file = b"PAR1".to_vec();
        file.extend(&bytes);
        file.extend((bytes.len() as u32).to_le_bytes());
        file.extend(b"PAR1");
        let _ = (read(&file, 50), read(&bytes, 50));
    }
}

thread_local! {
    static CASES: std::rc::Rc<Vec<Vec<u8>>> = std::rc::Rc::new(cases().into_iter().map(|(_, file, _)| file).collect());
}
