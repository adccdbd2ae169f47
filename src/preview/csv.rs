//! Tables in text: separators found out, quotes understood.

use super::table::{Heading, MOST_COLUMNS, Table, cell};
use csv_core::{ReadRecordResult, ReaderBuilder};

/// What may stand between cells.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Rows and bytes that are looked at to find out which.
const LOOKED_AT: usize = 30;
const SAMPLE: usize = 64 * 1024;

/// Reads the first `most` rows. `cut` says that there is more text, so that a last row without an end does not count;
/// `likely` is the separator of the file's extension. `None` where there is no whole row.
#[must_use]
pub fn read(text: &str, cut: bool, most: usize, likely: u8) -> Option<Table> {
    let (separator, text) = match stated(text) {
        Some(stated) => stated,
        None => (separator(text, cut, likely), text),
    };
    // The names of the columns are a row too.
    let mut rows = rows(text.as_bytes(), cut, most.saturating_add(1), separator);
    let first = rows.first()?;
    let names = if is_heading(first) { Some(rows.remove(0)) } else { None };
    if names.is_none() {
        rows.truncate(most);
    }
    let width = rows.iter().map(Vec::len).chain(names.as_ref().map(Vec::len)).max().unwrap_or_default();
    let shown = width.min(MOST_COLUMNS);
    let name = |at: usize| match &names {
        Some(names) => names.get(at).map(|name| cell(name)).unwrap_or_default(),
        None => (at + 1).to_string(),
    };
    Some(Table {
        headings: (0..shown).map(|at| Heading { name: name(at), kind: "" }).collect(),
        rows: rows.into_iter().map(|row| (0..shown).map(|at| row.get(at).map(|text| cell(text))).collect()).collect(),
        hidden_columns: width - shown,
        all_rows: None,
    })
}

/// What spreadsheets write in a first line of its own.
fn stated(text: &str) -> Option<(u8, &str)> {
    let rest = text.strip_prefix("sep=")?;
    let (separator, rest) = (rest.bytes().next().filter(u8::is_ascii)?, rest.get(1..)?);
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'))?;
    Some((separator, rest))
}

/// The separator that cuts the first rows most evenly.
fn separator(text: &str, cut: bool, likely: u8) -> u8 {
    let sample = &text.as_bytes()[..text.len().min(SAMPLE)];
    let cut = cut || sample.len() < text.len();
    let score = |separator: u8| {
        let rows = rows(sample, cut, LOOKED_AT, separator);
        let widths: Vec<usize> = rows.iter().map(Vec::len).collect();
        let even = |width: usize| widths.iter().filter(|other| **other == width).count();
        let best = widths.iter().copied().filter(|width| *width > 1).map(|width| (even(width), width)).max();
        best.map_or((0, 0), |(even, width)| (even * 100 / widths.len().max(1), width))
    };
    let mut found = (likely, score(likely));
    for separator in SEPARATORS {
        let score = score(separator);
        if score > found.1 {
            found = (separator, score);
        }
    }
    found.0
}

/// Rows as they stand. What is more than a hundred columns wide is read all the same, so that it can be counted.
fn rows(mut input: &[u8], cut: bool, most: usize, separator: u8) -> Vec<Vec<String>> {
    let mut reader = ReaderBuilder::new().delimiter(separator).build();
    let (mut output, mut ends) = (vec![0; 4_096], vec![0; 64]);
    let (mut written, mut fields) = (0, 0);
    let mut rows = Vec::new();
    while rows.len() < most {
        let (result, read, wrote, ended) = reader.read_record(input, &mut output[written..], &mut ends[fields..]);
        input = &input[read..];
        written += wrote;
        fields += ended;
        match result {
            ReadRecordResult::OutputFull => output.resize(output.len() * 2, 0),
            ReadRecordResult::OutputEndsFull => ends.resize(ends.len() * 2, 0),
            // To give nothing more says that this is the end.
            ReadRecordResult::InputEmpty if cut => break,
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::End => break,
            ReadRecordResult::Record => {
                let mut start = 0;
                let cells = ends[..fields].iter().map(|end| {
                    let cell = String::from_utf8_lossy(&output[start..*end]).into_owned();
                    start = *end;
                    cell
                });
                rows.push(cells.collect());
                (written, fields) = (0, 0);
            }
        }
    }
    rows
}

/// Whether a first row names columns: nothing in it is a number, and not everything is empty.
fn is_heading(row: &[String]) -> bool {
    row.iter().any(|cell| !cell.trim().is_empty()) && !row.iter().any(|cell| looks_like_number(cell.trim()))
}

fn looks_like_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.chars().all(|char| char.is_ascii_digit() || ".,:/-TZ%eE ".contains(char))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(table: &Table) -> Vec<&str> {
        table.headings.iter().map(|heading| heading.name.as_str()).collect()
    }

    fn row(table: &Table, at: usize) -> Vec<&str> {
        table.rows[at].iter().map(|cell| cell.as_deref().unwrap_or("–")).collect()
    }

    #[test]
    fn separators_are_found_out() {
        for (text, expected) in [
            ("a,b\n\"1,5\",2\n", ["1,5", "2"]),
            ("a;b\n1,5;2\n", ["1,5", "2"]),
            ("a\tb\n1;5\t2\n", ["1;5", "2"]),
            ("a|b\n1|2\n", ["1", "2"]),
            ("sep=_\na_b\n1_2\n", ["1", "2"]),
        ] {
            let table = read(text, false, 200, b',').unwrap();
            assert_eq!((names(&table), row(&table, 0)), (vec!["a", "b"], expected.to_vec()), "{text}");
        }
    }

    #[test]
    fn quotes_breaks_and_uneven_rows() {
        let table = read("name,text\nx,\"two\nlines, \"\"quoted\"\"\"\ny\nz,1,2\n", false, 200, b',').unwrap();
        assert_eq!(names(&table), ["name", "text", ""]);
        assert_eq!(row(&table, 0), ["x", "two\nlines, \"quoted\"", "–"]);
        assert_eq!((row(&table, 1), row(&table, 2)), (vec!["y", "–", "–"], vec!["z", "1", "2"]));
    }

    #[test]
    fn a_first_row_of_numbers_names_nothing() {
        let table = read("1,2.5\n3,4\n", false, 200, b',').unwrap();
        assert_eq!((names(&table), table.rows.len()), (vec!["1", "2"], 2));
        assert_eq!(names(&read("day,2026-11-01\n", false, 200, b',').unwrap()), ["1", "2"]);
    }

    #[test]
    fn what_is_cut_does_not_count() {
        assert_eq!(read("a,b\n1,2\n3,", true, 200, b',').unwrap().rows.len(), 1);
        assert_eq!(read("a,b\n1,2\n3,", false, 200, b',').unwrap().rows.len(), 2);
        assert_eq!(read("a,b", true, 200, b','), None);
        assert_eq!(read("a\n1\n2\n3\n", false, 2, b',').unwrap().rows.len(), 2);
        assert_eq!(read("1\n2\n3\n", false, 2, b',').unwrap().rows.len(), 2);
    }

    #[test]
    fn a_line_of_ten_megabytes() {
        let text = "0123456789,".repeat(1_000_000);
        assert_eq!(read(&text, true, 200, b','), None);
        let table = read(&text, false, 200, b',').unwrap();
        assert_eq!((table.headings.len(), table.hidden_columns, table.rows.len()), (100, 999_901, 1));
        let cell = read(&"x".repeat(10_000_000), false, 200, b',').unwrap().headings[0].name.clone();
        assert_eq!(cell.chars().count(), 601);
    }

    proptest! {
        #[test]
        fn never_panics(text in any::<String>(), cut in any::<bool>(), most in 0_usize..5) {
            let _ = read(&text, cut, most, b';');
        }

        #[test]
        fn agrees_on_what_was_written(cells in prop::collection::vec(prop::collection::vec("[a-c,;\"\n\t ]{1,6}", 3), 2..6)) {
            let line = |row: &Vec<String>| row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect::<Vec<_>>().join(",");
            let text = cells.iter().map(line).collect::<Vec<_>>().join("\r\n");
            let read = rows(text.as_bytes(), false, 100, b',');
            prop_assert_eq!(read, cells);
        }
    }
}
