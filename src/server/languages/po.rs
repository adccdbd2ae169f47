//! Reads PO files, the form in which translators and their programs work (GNU gettext manual, "The
//! Format of PO Files"). Strict: what this does not know is refused with its line.

use thiserror::Error;

/// A line that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {what}")]
pub struct Fault {
    /// Which, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// A text and its translation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Where it begins, from 1.
    pub line: usize,
    /// The English text, of one where there is a second form.
    pub id: String,
    /// The English text of many.
    pub plural: Option<String>,
    /// The translation, in each of the language's forms.
    pub forms: Vec<String>,
    /// Whether somebody has to look at it again.
    pub fuzzy: bool,
}

/// A whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What it says of itself: `Language: de`, one a line.
    pub head: String,
    /// The texts in their order.
    pub entries: Vec<Entry>,
}

impl File {
    /// Reads a file.
    ///
    /// # Errors
    /// The first line that cannot be.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut reader = Reader::default();
        for (at, line) in text.lines().enumerate() {
            reader.line(at + 1, line.trim()).map_err(|what| Fault { line: at + 1, what })?;
        }
        reader.end().map_err(|what| Fault { line: text.lines().count(), what })?;
        let mut entries = reader.entries.into_iter();
        match entries.next() {
            Some(Entry { id, plural: None, mut forms, .. }) if id.is_empty() => {
                Ok(Self { head: forms.pop().unwrap_or_default(), entries: entries.collect() })
            }
            _ => Err(Fault { line: 1, what: "the file begins with the head: msgid \"\"" }),
        }
    }

    /// What the file says of itself under a name.
    #[must_use]
    pub fn about(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    }
}

/// The text that the next line in quotes goes on with.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Part {
    #[default]
    None,
    Id,
    Plural,
    Form,
}

#[derive(Default)]
struct Reader {
    entries: Vec<Entry>,
    entry: Entry,
    part: Part,
    fuzzy: bool,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), &'static str> {
        if let Some(flags) = line.strip_prefix("#,") {
            self.end()?;
            self.fuzzy |= flags.split(',').any(|flag| flag.trim() == "fuzzy");
        } else if line.is_empty() || line.starts_with('#') {
            self.end()?;
        } else if line.starts_with('"') {
            let more = unquoted(line)?;
            let text = match self.part {
                Part::None => return Err("a text in quotes stands behind a keyword"),
                Part::Id => Some(&mut self.entry.id),
                Part::Plural => self.entry.plural.as_mut(),
                Part::Form => self.entry.forms.last_mut(),
            };
            text.into_iter().for_each(|text| text.push_str(&more));
        } else {
            let (word, text) = line.split_once(' ').ok_or("a keyword has a text in quotes behind it")?;
            let text = unquoted(text.trim())?;
            match word {
                "msgid" => {
                    self.end()?;
                    self.entry = Entry { line: number, id: text, fuzzy: std::mem::take(&mut self.fuzzy), ..Entry::default() };
                    self.part = Part::Id;
                }
                "msgid_plural" if self.part == Part::Id => {
                    self.entry.plural = Some(text);
                    self.part = Part::Plural;
                }
                "msgstr" if self.part == Part::Id => self.form(text),
                _ if self.part != Part::None && self.part != Part::Id && word == format!("msgstr[{}]", self.entry.forms.len()) => {
                    self.form(text);
                }
                _ => return Err("this keyword is not known, or not in this place"),
            }
        }
        Ok(())
    }

    fn form(&mut self, text: String) {
        self.entry.forms.push(text);
        self.part = Part::Form;
    }

    /// Takes the entry that is over.
    fn end(&mut self) -> Result<(), &'static str> {
        match std::mem::take(&mut self.part) {
            Part::None => Ok(()),
            Part::Form => {
                self.entries.push(std::mem::take(&mut self.entry));
                Ok(())
            }
            Part::Id | Part::Plural => Err("the text before has no msgstr"),
        }
    }
}

/// A text without its quotes and escapes.
fn unquoted(line: &str) -> Result<String, &'static str> {
    let inside = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')).ok_or("a text stands in double quotes")?;
    let mut text = String::with_capacity(inside.len());
    let mut letters = inside.chars();
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '"' => return Err("a quote in a text is written \\\""),
            '\\' => match letters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some(same @ ('"' | '\\')) => same,
                _ => return Err("this escape is not known"),
            },
            other => other,
        });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = r#"# A comment
msgid ""
msgstr ""
"Language: de\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#: src/pages
msgid "Upload"
msgstr "Hochladen"
#, fuzzy
msgid "a \"b\" \\ "
"{c}"
msgstr ""
"x {c}"

msgid "{count} object"
msgid_plural "{count} objects"
msgstr[0] "{count} Objekt"
msgstr[1] "{count} Objekte"
"#;

    #[test]
    fn what_there_is() {
        let file = File::parse(FILE).unwrap();
        assert_eq!(file.about("Language"), Some("de"));
        assert_eq!(file.about("Plural-Forms"), Some("nplurals=2; plural=(n != 1);"));
        assert_eq!(file.about("Nothing"), None);
        let entry = |line, id: &str, plural: Option<&str>, forms: &[&str], fuzzy| Entry {
            line,
            id: id.to_owned(),
            plural: plural.map(str::to_owned),
            forms: forms.iter().map(|form| (*form).to_owned()).collect(),
            fuzzy,
        };
        assert_eq!(
            file.entries,
            [
                entry(8, "Upload", None, &["Hochladen"], false),
                entry(11, "a \"b\" \\ {c}", None, &["x {c}"], true),
                entry(16, "{count} object", Some("{count} objects"), &["{count} Objekt", "{count} Objekte"], false),
            ]
        );
    }

    #[test]
    fn what_cannot_be_is_told_by_its_line() {
        let head = "msgid \"\"\nmsgstr \"\"\n\n";
        for (line, text) in [
            (4, "msgid \"a\nmsgstr \"b\""),
            (4, "msgctxt \"a\""),
            (4, "msgstr \"a\""),
            (4, "\"a\""),
            (5, "msgid \"a\"\nmsgid \"b\""),
            (5, "msgid \"a\"\n\nmsgstr \"b\""),
            (4, "msgid \"a\""),
            (5, "msgid \"a\"\nmsgstr[1] \"b\""),
            (4, "msgid \"\\x\""),
            (4, "msgid \"a\"b\""),
        ] {
            assert_eq!(File::parse(&format!("{head}{text}")).unwrap_err().line, line, "{text}");
        }
        assert!(File::parse("msgid \"a\"\nmsgstr \"b\"").is_err(), "no head");
    }

    proptest! {
        #[test]
        fn never_panics(text in "([\"\\\\#, a-z\\[\\]01\n]|msg(id|str|id_plural) )*") {
            let _ = File::parse(&text);
        }
    }
}
