//! The languages that pages come in: their texts from PO files, as browsers and this server read them.
//!
//! The files are part of the program. They are read when a language is first asked for; tests hold
//! them to what the code says.

pub mod negotiation;
pub mod plural;
pub mod po;

use crate::words::{Catalogue, PSEUDO, places};
use plural::Rule;
use po::{Entry, File};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A language that pages come in, beside English.
#[derive(Debug)]
pub struct Translation {
    /// What texts are looked up in.
    pub catalogue: Catalogue,
    /// The same for browsers: a script.
    pub script: String,
    /// Where it stands. The name says what is in it.
    pub path: String,
}

static GERMAN: LazyLock<Translation> = LazyLock::new(|| translation("de", "ltr", &german()));

/// English in brackets, longer than it is: what has none was not asked of a catalogue, and what does not fit will not
/// fit in other languages either. The sandbox offers it.
static PSEUDO_LOCALE: LazyLock<Translation> = LazyLock::new(|| {
    let mut file = german();
    for entry in &mut file.entries {
        let english = [Some(&entry.id), entry.plural.as_ref()].into_iter().flatten();
        entry.forms = english.map(|text| pseudo(text)).collect();
    }
    translation(PSEUDO, "ltr", &file)
});

/// The German texts.
#[expect(clippy::missing_panics_doc, reason = "tests read the file")]
#[must_use]
pub fn german() -> File {
    File::parse(include_str!("../../words/de.po")).expect("the German texts can be read")
}

/// The translation into a language of this tag; `None` for English and for what there is not.
#[must_use]
pub fn find(code: &str) -> Option<&'static Translation> {
    match code {
        "de" => Some(&GERMAN),
        PSEUDO => Some(&PSEUDO_LOCALE),
        _ => None,
    }
}

fn pseudo(text: &str) -> String {
    format!("⟦{text}{}⟧", "·".repeat(places(text).fold(text.chars().count(), |length, place| length - place.chars().count()) / 3))
}

fn translation(code: &str, direction: &str, file: &File) -> Translation {
    let text = written(code, direction, file);
    let hash = hex::encode(&Sha256::digest(&text)[..8]);
    // A text is a literal of JavaScript as it is one of JSON.
    let script = format!("document.currentScript.textContent={}", serde_json::to_string(&text).unwrap_or_default());
    let catalogue = Catalogue::read(text.leak()).expect("what is written is read");
    Translation { catalogue, script, path: format!("/pkg/words.{code}.{hash}.js") }
}

/// As [`Catalogue::read`] reads it.
fn written(code: &str, direction: &str, file: &File) -> String {
    let rule = file.about("Plural-Forms").and_then(Rule::parse).expect("the file has a rule for plural forms");
    let forms: String = (0..plural::NUMBERS).map(|number| rule.form(number).unwrap_or_default().to_string()).collect();
    let mut entries: Vec<&Entry> = file.entries.iter().collect();
    entries.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    let mut text = [code, direction, &forms].join("\t");
    for entry in entries {
        text.push('\n');
        text.push_str(&entry.id);
        for form in &entry.forms {
            text.push('\t');
            text.push_str(form);
        }
    }
    text
}

#[cfg(test)]
mod tests;
