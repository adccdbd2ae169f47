//! Every text that a person reads goes through here.
//!
//! This is gettext's model: the English text is the key, and a catalogue gives its translation.
//! `t!` is a text, `tn!` one that depends on a number, `mark!` one that is kept in a table and
//! translated with [`translated`] where it is shown, `say!` one of the server's that the log has
//! in English. A page in English has no catalogue, and pays for a text what it would pay for a literal.
//!
//! What is said is a whole sentence or label with named places, never glued from parts: other languages
//! have another order. Arguments stand in the order of their places; the compiler holds them to that.
//!
//! ```ignore
//! t!("Upload")
//! t!("The role {title} may not write here.", title = role.title)
//! tn!(objects, "{count} object", "{count} objects")
//! tn!(objects, "{count} object in {place}", "{count} objects in {place}", count = objects, place = place)
//! ```

mod catalogue;
mod sentence;

pub use catalogue::{COOKIE, Catalogue, LANGUAGES, Language, PSEUDO, Source, in_language, language, speak, speak_as_the_page};
pub use sentence::{IntoPart, Part, Sentence};

use crate::browser::format;
use std::ops::Deref;

/// A text in the person's language: `&'static str`, or a `String` where it has places.
macro_rules! t {
    ($text:literal) => {{
        const { $crate::words::check($text, &[]) };
        *$crate::words::found(&$text)
    }};
    ($text:literal, $($name:ident = $value:expr),+ $(,)?) => {{
        const { $crate::words::check($text, &[$(stringify!($name)),+]) };
        $crate::words::filled($text, &[$(&*$crate::words::Value::text(&$value)),+])
    }};
}

/// A text that depends on a number, in English of two forms. Without further arguments `{count}` is the number; with
/// them all are named, the number too, in the order of the second form.
macro_rules! tn {
    ($number:expr, $one:literal, $many:literal $(,)?) => {
        match $number {
            number => $crate::words::tn!(number, $one, $many, count = number),
        }
    };
    ($number:expr, $one:literal, $many:literal, $($name:ident = $value:expr),+ $(,)?) => {{
        const {
            $crate::words::check($many, &[$(stringify!($name)),+]);
            $crate::words::check_some($one, &[$(stringify!($name)),+]);
        };
        $crate::words::counted($crate::words::Amount::amount($number), $one, $many, &[$(&*$crate::words::Value::text(&$value)),+])
    }};
}

/// A text that is translated elsewhere: by [`translated`] where it is shown, or with the names of its places by [`filled`].
/// For tables that outlive the choice of a language, and where many texts are chosen from.
macro_rules! mark {
    ($text:literal $(, $name:ident)*) => {{
        const { $crate::words::check($text, &[$(stringify!($name)),*]) };
        $text
    }};
}

/// A [`Sentence`]: what the server says to the person in their language and to the log in English.
macro_rules! say {
    ($text:literal) => {{
        const { $crate::words::check($text, &[]) };
        $crate::words::Sentence::new($text, Vec::new())
    }};
    ($text:literal, $($name:ident = $value:expr),+ $(,)?) => {{
        const { $crate::words::check($text, &[$(stringify!($name)),+]) };
        $crate::words::Sentence::new($text, vec![$($crate::words::IntoPart::part(&$value)),+])
    }};
}

pub(crate) use {mark, say, t, tn};

/// What can stand in a place of a text. Numbers are written as the person's language does.
pub trait Value {
    /// Text, lent where there is some.
    type Text<'a>: Deref<Target = str>
    where
        Self: 'a;

    /// As text.
    fn text(&self) -> Self::Text<'_>;
}

impl Value for str {
    type Text<'a> = &'a str;

    fn text(&self) -> &str {
        self
    }
}

impl Value for String {
    type Text<'a> = &'a str;

    fn text(&self) -> &str {
        self
    }
}

impl<T: Value + ?Sized> Value for &T {
    type Text<'a>
        = T::Text<'a>
    where
        Self: 'a;

    fn text(&self) -> Self::Text<'_> {
        (**self).text()
    }
}

/// A number that decides between the forms of a text.
pub trait Amount: Copy {
    /// How many.
    fn amount(self) -> u64;
}

/// Declares numbers.
macro_rules! amounts {
    ($($kind:ty),+) => {$(
        impl Amount for $kind {
            fn amount(self) -> u64 {
                self as u64
            }
        }

        impl Value for $kind {
            type Text<'a> = String;

            fn text(&self) -> String {
                format::count(self.amount())
            }
        }
    )+};
}

amounts!(u16, u32, u64, usize);

/// The text in the person's language; itself in English, and where the catalogue lacks it.
#[must_use]
pub fn translated(text: &'static str) -> &'static str {
    catalogue::current().and_then(|catalogue| catalogue.get(text)).copied().unwrap_or(text)
}

/// The same, by where a text stands instead of by the text itself: one number goes in and one comes out, which makes the
/// many places where this is called smaller.
#[must_use]
pub fn found(text: &'static &'static str) -> &'static &'static str {
    catalogue::current().and_then(|catalogue| catalogue.get(text)).unwrap_or(text)
}

/// The text in the person's language, with `values` in its places.
#[must_use]
pub fn filled(text: &'static str, values: &[&str]) -> String {
    fill(translated(text), text, values)
}

/// The form of a text that goes with a number, in the person's language, with `values` in its places.
#[must_use]
pub fn counted(number: u64, one: &'static str, many: &'static str, values: &[&str]) -> String {
    let known = catalogue::current().and_then(|catalogue| catalogue.form(one, number));
    fill(known.unwrap_or(if number == 1 { one } else { many }), many, values)
}

/// Puts values into the places of a text. `order` is the English text, whose places stand as the values do.
fn fill(text: &str, order: &str, values: &[&str]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, place, behind)) = next_place(rest) {
        filled.push_str(before);
        let mut known = order;
        for value in values {
            let Some((_, name, behind)) = next_place(known) else { break };
            if name == place {
                filled.push_str(value);
            }
            known = behind;
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

/// What stands before the first place of a text, its name, and what stands behind.
fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (place, behind) = rest.split_once('}')?;
    Some((before, place, behind))
}

/// The names of a text's places, in their order.
pub fn places(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, place, behind) = next_place(rest)?;
        rest = behind;
        Some(place)
    })
}

/// Holds a text to its arguments, when the program is compiled: each has one place, in the same order.
pub const fn check(text: &str, names: &[&str]) {
    assert!(check_some(text, names) == names.len(), "an argument has no place in the text");
}

/// Holds the places of a text to arguments of which it may leave some out. Gives how many it has.
#[expect(clippy::must_use_candidate, reason = "called for its assertions")]
pub const fn check_some(text: &str, names: &[&str]) -> usize {
    let text = text.as_bytes();
    let (mut at, mut name, mut places) = (0, 0, 0);
    while at < text.len() {
        assert!(text[at] != b'}', "a brace is closed that was not opened");
        assert!(text[at] != b'\n' && text[at] != b'\t', "a text is one line");
        if text[at] == b'{' {
            let first = at + 1;
            while text[at] != b'}' {
                at += 1;
                assert!(at < text.len() && text[at] != b'{', "a brace is not closed");
            }
            while name < names.len() && !is_at(names[name], text, first, at) {
                name += 1;
            }
            assert!(name < names.len(), "a place of the text has no argument, or the arguments stand in another order");
            name += 1;
            places += 1;
        }
        at += 1;
    }
    places
}

const fn is_at(name: &str, text: &[u8], first: usize, behind: usize) -> bool {
    let name = name.as_bytes();
    if name.len() != behind - first {
        return false;
    }
    let mut at = 0;
    while at < name.len() {
        if name[at] != text[first + at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_what_is_written() {
        assert_eq!(t!("Upload"), "Upload");
        let place = String::from("reports/{team}");
        assert_eq!(t!("{from} to {place}.", from = "a", place = place), "a to reports/{team}.", "values are not looked into");
        assert_eq!(t!("{count} rows", count = 7_usize), "7 rows");
        for (number, expected) in [(0_u64, "0 objects"), (1, "1 object"), (2, "2 objects")] {
            assert_eq!(tn!(number, "{count} object", "{count} objects"), expected);
        }
        let in_place = |number: u32| tn!(number, "An object in {place}", "{count} objects in {place}", count = number, place = "a");
        assert_eq!([in_place(1), in_place(2)], ["An object in a", "2 objects in a"]);
        assert_eq!(mark!("Name"), "Name");
    }

    #[test]
    fn places_of_a_translation_stand_in_any_order() {
        let english = "{from} to {place}";
        assert_eq!(fill("{place} von {from}: {place}", english, &["a", "b"]), "b von a: b");
        assert_eq!(fill("{unknown}{place", english, &["a", "b"]), "{place");
        assert_eq!(fill("", english, &["a", "b"]), "");
    }

    #[test]
    #[should_panic(expected = "another order")]
    fn arguments_stand_in_the_order_of_the_text() {
        check("{from} to {place}", &["place", "from"]);
    }

    #[test]
    #[should_panic(expected = "no place")]
    fn every_argument_has_a_place() {
        check("to {place}", &["place", "from"]);
    }

    #[test]
    #[should_panic(expected = "not closed")]
    fn a_brace_is_closed() {
        check("to {place", &["place"]);
    }
}
