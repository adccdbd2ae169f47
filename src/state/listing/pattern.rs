//! What a search looks for in a name.
//!
//! A text is looked for anywhere in the name. With a `*` (any characters, none and `/` among them)
//! or a `?` (one character) it is a pattern, which fits the whole name or, where the name is a path,
//! its last part. In double quotes it is looked for as it stands, stars and all. Nothing else is special.
//! The letters A to Z fit in either case; all others must be the same, byte for byte.

use std::borrow::Cow;

/// A text to look for, made ready once for a million names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Anywhere: the needle, and how far to go on behind each byte that stands at its end.
    Within { needle: Vec<u8>, steps: Box<[u8; 256]> },
    /// The whole: lower case, with `*` and `?`; and how many bytes stand behind the last of them.
    Whole(Vec<u8>, usize),
}

impl Pattern {
    /// Reads what a person typed. `None` when it is empty: everything is shown.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|inner| !inner.is_empty());
        if quoted.is_none() && text.contains(['*', '?']) {
            let tail = text.bytes().rev().take_while(|byte| !matches!(byte, b'*' | b'?')).count();
            return Some(Self(Kind::Whole(text.to_ascii_lowercase().into_bytes(), tail)));
        }
        let needle = quoted.unwrap_or(text).to_ascii_lowercase().into_bytes();
        Some(Self(Kind::Within { steps: steps(&needle), needle }))
    }

    /// Whether it fits `name`.
    #[must_use]
    pub fn fits(&self, name: &str) -> bool {
        self.fits_bytes(name.as_bytes())
    }

    /// Whether it fits the name that is written so in UTF-8.
    pub(super) fn fits_bytes(&self, name: &[u8]) -> bool {
        match &self.0 {
            Kind::Within { needle, steps } => within(name, needle, steps),
            Kind::Whole(pattern, tail) => {
                // A folder's name ends with a slash that nobody types.
                let name = name.strip_suffix(b"/").unwrap_or(name);
                // Most names are dismissed by their ends, to look at which takes no walk along the pattern.
                let end = &pattern[pattern.len() - tail..];
                if !name.len().checked_sub(*tail).is_some_and(|from| name[from..].eq_ignore_ascii_case(end)) {
                    return false;
                }
                let last = memchr::memrchr(b'/', name).map(|at| &name[at + 1..]);
                whole(name, pattern) || last.is_some_and(|last| whole(last, pattern))
            }
        }
    }

    /// Whether it has places for any characters.
    #[must_use]
    pub fn is_glob(&self) -> bool {
        matches!(self.0, Kind::Whole(..))
    }
}

/// The name as a pattern that only a search for it as it stands fits.
#[must_use]
pub fn literal(name: &str) -> Cow<'_, str> {
    if name.contains(['*', '?', '"']) { format!("\"{name}\"").into() } else { name.into() }
}

/// Horspool's table: behind a byte in which no needle's letter but the last stands, the next place where the
/// needle can end is a whole needle away.
fn steps(needle: &[u8]) -> Box<[u8; 256]> {
    let clip = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
    let mut steps = Box::new([clip(needle.len()); 256]);
    for (at, byte) in needle.iter().enumerate().take(needle.len().saturating_sub(1)) {
        let step = clip(needle.len() - 1 - at);
        steps[usize::from(*byte)] = step;
        steps[usize::from(byte.to_ascii_uppercase())] = step;
    }
    steps
}

fn within(name: &[u8], needle: &[u8], steps: &[u8; 256]) -> bool {
    let Some((last, before)) = needle.split_last() else { return true };
    let mut end = before.len();
    while let Some(byte) = name.get(end) {
        // Most places are dismissed by one byte.
        if byte.to_ascii_lowercase() == *last && name[end - before.len()..end].eq_ignore_ascii_case(before) {
            return true;
        }
        end += usize::from(steps[usize::from(*byte)]);
    }
    false
}

/// Goes back to the last star only, since what an earlier one could take the last one can take too.
fn whole(name: &[u8], pattern: &[u8]) -> bool {
    let (mut at, mut of) = (0, 0);
    // Behind the last star, and where the name goes on that it has not taken yet.
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match pattern.get(of) {
            Some(b'*') => {
                of += 1;
                star = Some((of, at));
                continue;
            }
            Some(b'?') => {
                at = next(name, at);
                of += 1;
                continue;
            }
            Some(byte) if *byte == name[at].to_ascii_lowercase() => {
                at += 1;
                of += 1;
                continue;
            }
            _ => {}
        }
        let Some((behind, taken)) = &mut star else { return false };
        *taken = next(name, *taken);
        (at, of) = (*taken, *behind);
    }
    pattern[of..].iter().all(|byte| *byte == b'*')
}

/// Behind the character that begins at `at`.
fn next(name: &[u8], at: usize) -> usize {
    (at + 1..name.len()).find(|at| name[*at] & 0xC0 != 0x80).unwrap_or(name.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fits(pattern: &str, name: &str) -> bool {
        Pattern::parse(pattern).unwrap().fits(name)
    }

    #[test]
    fn texts_and_patterns() {
        for (pattern, name, expected) in [
            ("report", "annual-REPORT.pdf", true),
            ("REPORT", "annual-report.pdf", true),
            ("report", "repo", false),
            ("*.csv", "a.CSV", true),
            ("*.csv", "a.csv.gz", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "a日c", true),
            ("a??c", "a日c", false),
            ("archiv?", "archive/", true),
            ("plan*", "2026/q1/plan.txt", true),
            ("2026*txt", "2026/q1/plan.txt", true),
            ("*", "", true),
            ("**", "x", true),
            ("?", "", false),
            ("[a]", "x[a]y", true),
            ("[a]", "a", false),
            ("\\d", "a\\d", true),
            ("\"a*b\"", "xa*by", true),
            ("\"a*b\"", "aab", false),
            ("\"", "say \"x\"", true),
            ("\"\"", "say \"\"", true),
            ("é", "É", false),
            ("é", "café", true),
            ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} in {name}");
        }
        assert_eq!(Pattern::parse(""), None);
    }

    /// The definition, without a thought of speed.
    fn by_the_book(name: &[char], pattern: &[char]) -> bool {
        match pattern {
            [] => name.is_empty(),
            ['*', rest @ ..] => (0..=name.len()).any(|from| by_the_book(&name[from..], rest)),
            ['?', rest @ ..] => !name.is_empty() && by_the_book(&name[1..], rest),
            [letter, rest @ ..] => name.first().is_some_and(|first| first.eq_ignore_ascii_case(letter)) && by_the_book(&name[1..], rest),
        }
    }

    proptest! {
        #[test]
        fn a_text_is_found_as_the_standard_library_finds_it(name in "[abAB日é*]{0,24}", text in "[abAB日é]{1,4}") {
            prop_assert_eq!(fits(&text, &name), name.to_ascii_lowercase().contains(&text.to_ascii_lowercase()));
        }

        #[test]
        fn a_long_text_is_found_in_a_longer_name(before in any::<String>(), text in "[a-z]{200,600}", after in any::<String>()) {
            let name = format!("{before}{text}{after}");
            prop_assert!(fits(&text, &name));
        }

        #[test]
        fn a_pattern_fits_by_the_book(name in "[abA日]{0,10}", pattern in "[abA日*?]{0,5}[*?][ab日*?]{0,3}") {
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(fits(&pattern, &name), by_the_book(&letters(&name), &letters(&pattern)));
        }

        #[test]
        fn every_name_is_found_by_itself(name in any::<String>().prop_filter("empty", |name| !name.is_empty())) {
            prop_assert!(fits(&literal(&name), &name));
        }

        #[test]
        fn nothing_panics(name in any::<String>(), pattern in any::<String>()) {
            let _ = Pattern::parse(&pattern).map(|pattern| pattern.fits(&name));
        }
    }
}
