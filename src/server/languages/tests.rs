//! What the code says against what the German file says.

use super::*;
use crate::words::{LANGUAGES, in_language, language, t, tn};
use std::collections::BTreeMap;
use std::path::Path;

/// The texts of the code by their English, with the second form where there is one.
fn texts_of_the_code() -> BTreeMap<String, Option<String>> {
    let mut texts = BTreeMap::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // The macros themselves and their tests are in `words`.
            if path.is_dir() && !path.ends_with("src/words") && !path.ends_with("src/tests") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("languages/tests.rs") {
                texts_of(&std::fs::read_to_string(&path).unwrap(), &mut texts);
            }
        }
    }
    texts
}

fn texts_of(source: &str, texts: &mut BTreeMap<String, Option<String>>) {
    let lines: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let source = lines.join("\n");
    for (at, _) in source.match_indices("!(") {
        let name = source[..at].rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default();
        let mut literals = literals(&source[at + 2..]);
        match name {
            "t" | "mark" | "say" => {
                let text = literals.next().expect("a text stands first");
                texts.entry(text).or_insert(None);
            }
            "tn" => {
                let (one, many) = (literals.next().unwrap(), literals.next().unwrap());
                let known = texts.insert(one.clone(), Some(many.clone())).flatten();
                assert!(known.is_none_or(|known| known == many), "“{one}” has two plurals");
            }
            _ => {}
        }
    }
}

/// The literals of a piece of source, from its beginning on.
fn literals(source: &str) -> impl Iterator<Item = String> {
    let mut rest = source;
    std::iter::from_fn(move || {
        let mut text = String::new();
        let mut letters = rest[rest.find('"')? + 1..].chars();
        loop {
            match letters.next()? {
                '"' => break,
                '\\' => match letters.next()? {
                    'n' => text.push('\n'),
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
        rest = letters.as_str();
        Some(text)
    })
}

#[test]
fn every_text_of_the_code_is_translated_and_no_other() {
    let code = texts_of_the_code();
    assert!(code.len() > 500, "the code was read: {}", code.len());
    let file: BTreeMap<String, Option<String>> = german().entries.into_iter().map(|entry| (entry.id, entry.plural)).collect();
    assert_eq!(file.len(), german().entries.len(), "no text stands twice");
    let missing: Vec<_> = code.iter().filter(|(id, plural)| file.get(*id) != Some(plural)).collect();
    assert!(missing.is_empty(), "not in src/words/de.po, or with another plural: {missing:#?}");
    let unused: Vec<_> = file.keys().filter(|id| !code.contains_key(*id)).collect();
    assert!(unused.is_empty(), "in src/words/de.po and nowhere in the code: {unused:#?}");
}

#[test]
fn translations_are_whole_and_have_the_places_of_the_english() {
    let file = german();
    let forms = file.about("Plural-Forms").and_then(Rule::parse).unwrap().forms;
    for Entry { line, id, plural, forms: written, fuzzy } in &file.entries {
        assert!(!fuzzy, "line {line}: “{id}” is fuzzy");
        assert_eq!(written.len(), if plural.is_some() { forms } else { 1 }, "line {line}: forms of “{id}”");
        let many = plural.as_ref().unwrap_or(id);
        for form in written {
            assert!(!form.trim().is_empty(), "line {line}: “{id}” is not translated");
            assert!(!form.contains(['\n', '\t']), "line {line}: a text is one line");
            let sorted = |text: &str| {
                let mut places: Vec<String> = places(text).map(str::to_owned).collect();
                places.sort_unstable();
                places
            };
            assert!(sorted(form) == sorted(many) || sorted(form) == sorted(id), "line {line}: places of “{form}”");
            let ends = |text: &str| text.chars().next_back().filter(|letter| matches!(letter, '.' | '…' | ':' | '?'));
            assert_eq!(ends(form), ends(id), "line {line}: “{id}” and “{form}” end alike");
            assert!(!form.contains('!'), "line {line}: nobody shouts");
            assert!(!form.contains(['<', '&']), "line {line}: a text is no HTML");
        }
    }
}

#[test]
fn the_browser_reads_what_the_server_writes() {
    let german = find("de").unwrap();
    let text: String = serde_json::from_str(german.script.split_once('=').unwrap().1).unwrap();
    let read = Catalogue::read(text.leak()).unwrap();
    assert_eq!(format!("{read:?}"), format!("{:?}", german.catalogue));
    assert!(german.path.starts_with("/pkg/words.de.") && german.path.len() > "/pkg/words.de..js".len());
    assert!(!german.script.contains("</"), "it may stand in a page");
}

#[test]
fn german_is_german() {
    in_language(Some(&find("de").unwrap().catalogue), || {
        assert_eq!((language().code, language().direction), ("de", "ltr"));
        assert_eq!(t!("Cancel"), "Abbrechen");
        assert_eq!([1_u32, 2].map(|count| tn!(count, "{count} object", "{count} objects")), ["1 Objekt", "2 Objekte"]);
    });
}

#[test]
fn the_pseudo_locale_brackets_everything_and_is_longer() {
    in_language(Some(&find(PSEUDO).unwrap().catalogue), || {
        assert_eq!(t!("Cancel"), "⟦Cancel··⟧");
        assert_eq!(tn!(2_u32, "{count} object", "{count} objects"), "⟦2 objects···⟧");
    });
    assert!(find("en").is_none() && find("xx").is_none());
    assert!(LANGUAGES.iter().all(|(code, _)| *code == "en" || find(code).is_some()), "what can be chosen is there");
}

#[test]
fn texts_are_found_in_code() {
    let mut texts = BTreeMap::new();
    let source = r#"
        // t!("In a comment")
        t!("One"); panel.set(t!( "Two \"{a}\"", a = b ));
        tn!(rows.len(), "{count} row", "{count} rows");
        format!("Not {this}"); say!("A \u{201c}quote\u{201d}");
    "#;
    texts_of(source, &mut texts);
    let found: Vec<(&str, Option<&str>)> = texts.iter().map(|(one, many)| (one.as_str(), many.as_deref())).collect();
    assert_eq!(found, [("A “quote”", None), ("One", None), ("Two \"{a}\"", None), ("{count} row", Some("{count} rows"))]);
}
