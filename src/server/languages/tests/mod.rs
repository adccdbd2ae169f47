//! What the code says against what the German file says.

mod bare;
mod source;

use super::*;
use crate::words::{LANGUAGES, in_language, language, t, tn};
use source::{Literal, files, literals};
use std::collections::BTreeMap;

/// The macros through which texts go.
const TEXTS: [&str; 4] = ["t!", "tn!", "mark!", "say!"];

/// The texts of the code by their English, with the second form where there is one.
fn texts_of_the_code() -> BTreeMap<String, Option<String>> {
    let mut texts = BTreeMap::new();
    // The macros themselves are in `words`.
    for (_, source) in files("src").iter().filter(|(path, _)| !path.starts_with("src/words/")) {
        texts_of(source, &mut texts);
    }
    texts
}

fn texts_of(source: &str, texts: &mut BTreeMap<String, Option<String>>) {
    let mut calls: BTreeMap<usize, Vec<Literal>> = BTreeMap::new();
    for literal in literals(source) {
        if let Some((bracket, _)) = literal.around.last().filter(|(_, name)| TEXTS.contains(&name.as_str())) {
            calls.entry(*bracket).or_default().push(literal);
        }
    }
    for call in calls.into_values() {
        let is_counted = call[0].of() == "tn!";
        let mut forms = call.into_iter().map(|literal| literal.text);
        let (one, many) = (forms.next().unwrap(), forms.next().filter(|_| is_counted));
        let known = texts.entry(one.clone()).or_insert_with(|| many.clone());
        assert!(known.is_none() || many.is_none() || *known == many, "“{one}” has two plurals");
        if known.is_none() {
            *known = many;
        }
    }
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
