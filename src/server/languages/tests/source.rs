//! Reads the literals of Rust source, with what stands around each.

use std::path::{Path, PathBuf};

/// A text in quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    /// Line, from 1.
    pub(super) line: usize,
    /// Without quotes and escapes.
    pub(super) text: String,
    /// The brackets around it, the innermost last: which of the source it is, and what stands before it (`t!`, `.child`;
    /// `#` of an attribute).
    pub(super) around: Vec<(usize, String)>,
}

impl Literal {
    /// What stands before the innermost bracket.
    pub(super) fn of(&self) -> &str {
        self.around.last().map(|(_, name)| name.as_str()).unwrap_or_default()
    }

    /// Whether it stands, however deep, in something of this name.
    pub(super) fn is_in(&self, names: &[&str]) -> bool {
        self.around.iter().any(|(_, name)| names.contains(&name.as_str()))
    }
}

/// The literals of a piece of source. Comments are no source, and neither are the tests at its end.
pub(super) fn literals(source: &str) -> Vec<Literal> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let (mut found, mut around, mut brackets) = (Vec::new(), Vec::new(), 0);
    let mut at = 0;
    while let Some(letter) = source[at..].chars().next() {
        let rest = &source[at..];
        at += match letter {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '\'' => character(rest),
            'r' if raw(rest).is_some() && !source[..at].ends_with(is_part_of_name) => raw(rest).unwrap_or(1),
            '"' => {
                let (text, length) = unescaped(rest);
                found.push(Literal { line: source[..at].matches('\n').count() + 1, text, around: around.clone() });
                length
            }
            '(' | '[' | '{' => {
                brackets += 1;
                let before = &source[..at];
                let name =
                    before.rsplit(|letter| !is_part_of_name(letter) && !matches!(letter, '!' | '.' | '#')).next().unwrap_or_default();
                // Of a path through fields its end.
                around.push((brackets, name[name.rfind('.').unwrap_or_default()..].to_owned()));
                1
            }
            ')' | ']' | '}' => {
                around.pop();
                1
            }
            other => other.len_utf8(),
        };
    }
    found
}

fn is_part_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length of a character in quotes; of a lifetime its quote.
fn character(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    let escaped = letters.next().is_some_and(|(_, letter)| letter == '\\');
    let end = if escaped {
        rest[3..].find('\'').map(|end| end + 3)
    } else {
        letters.next().filter(|(_, letter)| *letter == '\'').map(|(end, _)| end)
    };
    end.map_or(1, |end| end + 1)
}

/// The length of a raw literal.
fn raw(rest: &str) -> Option<usize> {
    let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
    let inside = rest[1 + hashes..].strip_prefix('"')?;
    let end = inside.find(&["\"", &"#".repeat(hashes)].concat())?;
    Some(1 + hashes + 1 + end + 1 + hashes)
}

/// The text of the literal that begins here, and its length with both quotes.
fn unescaped(rest: &str) -> (String, usize) {
    let (mut text, mut letters) = (String::new(), rest[1..].chars());
    loop {
        match letters.next().expect("a literal ends") {
            '"' => return (text, rest.len() - letters.as_str().len()),
            '\\' => match letters.next().expect("an escape goes on") {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'u' => {
                    let code: String = letters.by_ref().skip(1).take_while(|letter| *letter != '}').collect();
                    text.push(char::from_u32(u32::from_str_radix(&code, 16).unwrap()).unwrap());
                }
                '\n' => letters = letters.as_str().trim_start().chars(),
                same => text.push(same),
            },
            letter => text.push(letter),
        }
    }
}

/// The files of the program below a folder of `src`, with what is in them. What tests alone is left out.
pub(super) fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut folders): (Vec<PathBuf>, Vec<PathBuf>) = (Vec::new(), vec![root.join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.file_stem().is_some_and(|name| name == "tests" || name == "benches");
            if path.is_dir() && !is_test {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !is_test {
                found.push(path);
            }
        }
    }
    let named = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"), text)
    };
    found.into_iter().map(named).collect()
}

#[test]
fn literals_are_found_with_what_is_around_them() {
    let source = r##"
        // t!("In a comment")
        fn f<'a>(c: char) -> &'a str { if c == '"' || c == '\'' { "One" } else { t!( "Two \"{a}\" \u{201c}", a = g("x") ) } }
        #[error("Three \
            four")]
        let r = r#"raw " text"#;
        .child(crate::words::tn!(rows.len(), "{count} row", "{count} rows"))
        #[cfg(test)]
        mod tests { "Five" }
    "##;
    let found: Vec<(usize, String, String)> =
        literals(source).into_iter().map(|found| (found.line, found.text.clone(), found.of().to_owned())).collect();
    let expected = [
        (3, "One", ""),
        (3, "Two \"{a}\" “", "t!"),
        (3, "x", "g"),
        (4, "Three four", "error"),
        (7, "{count} row", "tn!"),
        (7, "{count} rows", "tn!"),
    ];
    assert_eq!(found, expected.map(|(line, text, of)| (line, text.to_owned(), of.to_owned())));
    assert!(literals(source)[3].is_in(&["#"]) && literals(source)[5].is_in(&[".child"]));
}
