//! Nothing that a person reads stands bare in the code: it goes through the catalogue.

use super::TEXTS;
use super::source::{Literal, files, literals};

/// Where what people see is written.
const SEEN: [&str; 5] = ["src/pages", "src/preview", "src/state", "src/ui", "src/words"];

/// What nobody sees but who works on the program: assertions, the lint's reasons, lines of the log.
const UNSEEN: [&str; 14] = [
    "expect",
    "doc",
    "cfg",
    "derive",
    ".expect",
    "assert!",
    "assert_eq!",
    "assert_ne!",
    "debug_assert!",
    "unreachable!",
    "panic!",
    "include_str!",
    // Selectors.
    ".matches",
    ".query_selector",
];

/// Attributes that are read or heard.
const HEARD: [&str; 7] = ["alt", "aria-description", "aria-label", "aria-roledescription", "aria-valuetext", "placeholder", "title"];

/// Names that are the same in every language, and what only programs read.
const NAMES: [&str; 37] = [
    // Systems, browsers, formats, parts of AWS, this portal.
    "Android",
    "AWS CLI",
    "Brotli",
    "Chrome",
    "Edge",
    "Firefox",
    "JSON Lines",
    "Java (Spring)",
    "Lambda",
    "Linux",
    "Mac",
    "Mac OS X",
    "Markdown",
    "Opera",
    "Parquet",
    "Python",
    "Rust",
    "Safari",
    "Standard",
    "Vestibule",
    "Windows",
    "English",
    "Deutsch",
    "⟦Pseudo⟧",
    // Keys as browsers name them; what is written on them goes through the catalogue.
    "Alt",
    "Backspace",
    "Delete",
    "End",
    "Enter",
    "Escape",
    "Home",
    "Letters",
    "Mod",
    "Space",
    "Control+Enter Meta+Enter",
    // What stands in a ZIP under the folder's own name.
    "this folder's own object",
    // What Lambda calls an error of the function's own.
    "Handled",
];

/// For the log and for programs, and kinds of news of which the newest is said.
const INTERNAL: [&str; 11] = [
    // In samples of code.
    "--bucket reports --prefix team/",
    "region: 'eu-west-1'",
    "role: 'analyst'",
    "Step",
    "a key does not begin with the prefix that was asked for",
    "a part of the program could not be loaded",
    "inline; filename=\"seen\"",
    "selection limit",
    "Key",
    "Piece",
    "Transfers",
];

/// Whether this is something to read. Names of classes are not.
fn is_read(text: &str, is_class: &impl Fn(&str) -> bool) -> bool {
    let mut bare = String::new();
    let mut depth = 0;
    for letter in text.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if depth == 0 => bare.push(letter),
            _ => {}
        }
    }
    let letters = |word: &str| word.chars().filter(|letter| letter.is_alphabetic()).count();
    let words: Vec<&str> = bare.split_whitespace().filter(|word| letters(word) > 0).collect();
    // Markup, addresses, selectors.
    let is_code = text.contains(['<', '>', '[']) || text.contains("://") || text.starts_with('.');
    let is_one = |word: &str| {
        let word = word.trim_end_matches(['…', '.', ':', '?']);
        letters(word) > 2
            && letters(word) == word.chars().count()
            && word.starts_with(char::is_uppercase)
            && !word[1..].contains(char::is_uppercase)
    };
    match words[..] {
        _ if is_code => false,
        [] => false,
        [word] => is_one(word),
        _ => !words.iter().all(|word| word.contains("__") || is_class(word)),
    }
}

fn is_bare(literal: &Literal, attribute: Option<&str>, is_class: &impl Fn(&str) -> bool) -> bool {
    let is_known = NAMES.contains(&literal.text.as_str()) || INTERNAL.contains(&literal.text.as_str());
    if is_known || literal.is_in(&TEXTS) || literal.is_in(&UNSEEN) {
        return false;
    }
    let is_heard = attribute.is_some_and(|name| HEARD.contains(&name)) && literal.text.contains(char::is_alphabetic);
    is_heard || is_read(&literal.text, is_class)
}

/// The bare ones of a piece of source.
fn bare(source: &str, is_class: &impl Fn(&str) -> bool) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut before: Option<Literal> = None;
    for literal in literals(source) {
        // The name of an attribute stands before its value, in the same brackets.
        let attribute = before.as_ref().filter(|before| before.around == literal.around && [".set", ".live"].contains(&literal.of()));
        if is_bare(&literal, attribute.map(|before| before.text.as_str()), is_class) {
            found.push((literal.line, literal.text.clone()));
        }
        before = Some(literal);
    }
    found
}

#[test]
fn what_people_read_goes_through_the_catalogue() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let sheets = std::fs::read_dir(root.join("style")).unwrap().map(|sheet| std::fs::read_to_string(sheet.unwrap().path()).unwrap());
    let styles: String = sheets.collect();
    let is_class = |word: &str| styles.contains(&[".", word].concat());
    let seen = SEEN.iter().flat_map(|folder| files(folder)).filter(|(path, _)| path != "src/words/mod.rs");
    let found: Vec<String> = seen
        .flat_map(|(path, source)| bare(&source, &is_class).into_iter().map(move |(line, text)| format!("{path}:{line}: {text}")))
        .collect();
    assert!(found.is_empty(), "say it with `t!`, or name it in this test where it is the same in every language: {found:#?}");
}

#[test]
fn what_the_portal_answers_goes_through_the_catalogue() {
    let said =
        files("src/server").into_iter().filter(|(_, source)| source.split("#[cfg(test)]").next().unwrap().contains("PortalError::new("));
    let found: Vec<String> = said.map(|(path, _)| path).collect();
    assert!(found.is_empty(), "`PortalError::said` and `say!` have both languages: {found:?}");
}

#[test]
fn bare_words_are_found() {
    let source = r#"
        tag("p").class("popover__item secondary").child("Forgotten").child(t!("Said")).set("title", "hint").set("type", "button");
        button("button", if on { "Hide" } else { "Show all" }, press);
        format!("{name} is gone"); format!("{kind}: {message}"); [a, "px"].concat(); assert!(x, "a reason");
        .live("aria-label", move || if on { "no value" } else { t!("A value") }); announce::say("selection limit", words);
    "#;
    let is_class = |word: &str| ["popover__item", "secondary"].contains(&word);
    let found: Vec<String> = bare(source, &is_class).into_iter().map(|(_, text)| text).collect();
    assert_eq!(found, ["Forgotten", "hint", "Hide", "Show all", "{name} is gone", "no value"]);
}
