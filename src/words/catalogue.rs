//! The texts of a language, and which language is in force.

use crate::browser::lifecycle;
use std::cell::Cell;

/// A language as pages name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// Its tag: `en`, `de`.
    pub code: &'static str,
    /// Which way it is written: `ltr` or `rtl`.
    pub direction: &'static str,
}

/// The languages that a person can choose, by their own names.
pub const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("de", "Deutsch")];

/// No language: English in brackets and longer than it is, for tests. The sandbox offers it.
pub const PSEUDO: &str = "en-XA";

/// The cookie that says what a person chose; absent as long as the browser decides.
pub const COOKIE: &str = "vestibule-language";

/// The language in which the texts of the program are written.
const ENGLISH: Language = Language { code: "en", direction: "ltr" };

/// Where the browser finds the texts of the page's language. A page in English has none.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// A script that puts them into its own element.
    pub path: &'static str,
}

impl Source {
    /// The id of that element.
    pub const ELEMENT: &'static str = "words";
}

/// The translations into a language.
#[derive(Debug)]
pub struct Catalogue {
    /// Which language.
    pub language: Language,
    /// For every number below 200 the form that goes with it, as a digit.
    forms: &'static [u8],
    /// English texts, in the order of their bytes, each with its forms behind tabs.
    entries: Vec<(&'static str, &'static str)>,
}

thread_local! {
    /// In the browser the language of the page. On the server that of the request which the thread works on at the moment.
    static CURRENT: Cell<Option<&'static Catalogue>> = const { Cell::new(None) };
}

/// The catalogue in force; `None` for English.
pub(super) fn current() -> Option<&'static Catalogue> {
    CURRENT.get()
}

/// The language in force.
#[must_use]
pub fn language() -> Language {
    current().map_or(ENGLISH, |catalogue| catalogue.language)
}

/// Has everything that follows in this thread in the language of `catalogue`, or in English.
pub fn speak(catalogue: Option<&'static Catalogue>) {
    CURRENT.set(catalogue);
}

/// Goes on in the language of the page, of which it has brought the texts with it.
pub fn speak_as_the_page() {
    let brought = lifecycle::text_of(Source::ELEMENT).and_then(|text| Catalogue::read(text.leak()));
    speak(brought.map(|catalogue| &*Box::leak(Box::new(catalogue))));
}

/// Runs `work` in the language of `catalogue`, and has the language before in force again.
pub fn in_language<T>(catalogue: Option<&'static Catalogue>, work: impl FnOnce() -> T) -> T {
    /// Puts it back, also when `work` panics: the thread goes on with other requests.
    struct Before(Option<&'static Catalogue>);
    impl Drop for Before {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let _before = Before(CURRENT.replace(catalogue));
    work()
}

impl Catalogue {
    /// Reads what the server writes. The first line is tag, direction and forms; every other an English text and its
    /// translation in each form, in the order of the English texts; all of it behind tabs.
    #[must_use]
    pub fn read(text: &'static str) -> Option<Self> {
        let mut lines = text.split('\n');
        let mut head = lines.next()?.split('\t');
        let language = Language { code: head.next()?, direction: head.next()? };
        let forms = head.next()?.as_bytes();
        Some(Self { language, forms, entries: lines.filter_map(|line| line.split_once('\t')).collect() })
    }

    /// The translation of a text: its forms, of which most have one.
    pub(super) fn get(&self, text: &str) -> Option<&&'static str> {
        let at = self.entries.binary_search_by(|(known, _)| (*known).cmp(text)).ok()?;
        self.entries.get(at).map(|(_, forms)| forms)
    }

    /// The translation of a text in the form that goes with a number.
    pub(super) fn form(&self, text: &str, number: u64) -> Option<&'static str> {
        // Every language's rule looks at small numbers and at the last two digits only.
        let at = if number < 200 { number } else { 100 + number % 100 };
        let form = self.forms.get(usize::try_from(at).ok()?)?.wrapping_sub(b'0');
        self.get(text)?.split('\t').nth(form.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{t, tn};

    /// A language with one form for one, another for two, a third for all others.
    fn catalogue() -> &'static Catalogue {
        let forms: String = (0..200).map(|number| ["2", "0", "1"].get(number).copied().unwrap_or("2")).collect();
        let text = format!("xx\trtl\t{forms}\nUpload\tDaolpu\n{{count}} row\t{{count}} wor\trow {{count}}\t{{count}} swor");
        Box::leak(Box::new(Catalogue::read(text.leak()).unwrap()))
    }

    #[test]
    fn a_catalogue_is_in_force_where_it_is_said() {
        assert_eq!(language(), ENGLISH);
        in_language(Some(catalogue()), || {
            assert_eq!(language(), Language { code: "xx", direction: "rtl" });
            assert_eq!(t!("Upload"), "Daolpu");
            assert_eq!(t!("Download"), "Download", "not in it");
            let rows = [1_u64, 2, 3, 201, 202].map(|rows| tn!(rows, "{count} row", "{count} rows"));
            assert_eq!(rows, ["1 wor", "row 2", "3 swor", "201 swor", "202 swor"]);
        });
        assert_eq!(t!("Upload"), "Upload");
    }

    #[test]
    fn a_panic_ends_it_too() {
        let ended = std::panic::catch_unwind(|| in_language(Some(catalogue()), || panic!("on purpose")));
        assert!(ended.is_err());
        assert_eq!(language(), ENGLISH);
    }

    #[test]
    fn what_is_no_catalogue_is_none() {
        for text in ["", "de", "de\tltr"] {
            assert!(Catalogue::read(text).is_none());
        }
    }
}
