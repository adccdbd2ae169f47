//! What the server says to a person and to the log.

use super::{Value, fill, filled};
use std::fmt;

/// A text with its values, not yet in a language: the log has it in English, the person in theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    text: &'static str,
    values: Vec<Part>,
}

/// What stands in a place of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The same in every language.
    Text(String),
    /// A part of the sentence that is translated too.
    Sentence(Sentence),
}

impl Sentence {
    /// Of a text and what stands in its places. The macro `say!` checks that they fit.
    #[must_use]
    pub const fn new(text: &'static str, values: Vec<Part>) -> Self {
        Self { text, values }
    }

    /// In English.
    #[must_use]
    pub fn english(&self) -> String {
        self.with(Self::english, |text, values| fill(text, text, values))
    }

    /// In the language of the person who is answered.
    #[must_use]
    pub fn translated(&self) -> String {
        self.with(Self::translated, filled)
    }

    fn with(&self, each: fn(&Self) -> String, all: fn(&'static str, &[&str]) -> String) -> String {
        let value = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Sentence(sentence) => each(sentence),
        };
        let values: Vec<String> = self.values.iter().map(value).collect();
        all(self.text, &values.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// In English, for the log.
impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

/// What can stand in a place of a sentence.
pub trait IntoPart {
    /// As a part.
    fn part(&self) -> Part;
}

impl<T: Value + ?Sized> IntoPart for T {
    fn part(&self) -> Part {
        Part::Text(self.text().to_owned())
    }
}

impl IntoPart for Sentence {
    fn part(&self) -> Part {
        Part::Sentence(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use crate::words::say;

    #[test]
    fn a_sentence_may_stand_in_another() {
        let reason = say!("did not answer within {seconds} seconds", seconds = 5_u32);
        let whole = say!("{source} {reason}.", source = say!("The key server"), reason = reason);
        assert_eq!(whole.english(), "The key server did not answer within 5 seconds.");
        assert_eq!(whole.to_string(), whole.translated(), "English is in force");
    }
}
