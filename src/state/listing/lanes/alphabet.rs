//! What the names that were seen tell about where others may be.
//!
//! Nobody says how many keys there are, or where. Names are read as numbers whose digits are the characters seen at
//! the same place of other names, so that a range can be cut at a tenth or a half of it. A guess may be wrong: then a lane finds
//! nothing, or too much, and the next guess is better. No guess decides which keys are listed.

/// Characters kept of one place.
const MOST: usize = 128;

/// A place with so many characters shows what stands there.
const PLENTY: usize = 9;

/// How far behind a place that shows little another one speaks for it.
const NEAR: usize = 12;

/// Longest name of a guess, in bytes; S3's own limit is 1,024 with the prefix.
const LONGEST: usize = 512;

/// Characters at each place of the names, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Alphabet {
    places: Vec<Vec<char>>,
}

/// A range of names as numbers: what both ends begin with is left out.
struct Scale {
    /// Where the ends begin to differ.
    from: usize,
    /// What the places from there on are written with.
    digits: Vec<Vec<char>>,
}

/// Places of a number; `f64` holds no more.
const DIGITS: usize = 16;

impl Alphabet {
    /// Looks at a name, up to its first slash where folders fold.
    pub(super) fn learn(&mut self, name: &str, folds: bool) {
        for (place, character) in name.chars().take(LONGEST).take_while(|character| !(folds && *character == '/')).enumerate() {
            if place == self.places.len() {
                self.places.push(Vec::new());
            }
            let seen = &mut self.places[place];
            if let Err(at) = seen.binary_search(&character)
                && seen.len() < MOST
            {
                seen.insert(at, character);
            }
        }
    }

    /// How many times as much lies between `at` and `until` as between `from` and `at`, were the names spread evenly.
    /// `None` where the ends are too close together to tell.
    pub(super) fn ratio(&self, from: &str, at: &str, until: Option<&str>) -> Option<f64> {
        let scale = Scale::of(self, from, until);
        let (from, at, until) = (scale.number(from), scale.number(at), until.map_or(1.0, |until| scale.number(until)));
        (at - from > 1e-9).then(|| ((until - at) / (at - from)).max(0.0))
    }

    /// `parts - 1` names that cut what lies between `low` and `high` evenly, the first `skipped` part of it left out.
    pub(super) fn between(&self, low: &str, high: Option<&str>, skipped: f64, parts: usize) -> Vec<String> {
        let scale = Scale::of(self, low, high);
        let (start, end) = (scale.number(low), high.map_or(1.0, |high| scale.number(high)));
        let start = start + (end - start) * skipped.clamp(0.0, 0.9);
        let width = (end - start) / parts as f64;
        if width <= 1e-12 {
            return Vec::new();
        }
        let stem: String = low.chars().take(scale.from).collect();
        (1..parts).map(|part| scale.name(&stem, start + width * part as f64, width / 16.0)).collect()
    }

    /// Names farther and farther behind `last`, for a range of which only its beginning is known: at each place, from the
    /// first that changed between `first` and `last` to the front, the next character; then one halfway to the end of
    /// what can stand there.
    pub(super) fn ladder(&self, first: &str, last: &str) -> Vec<String> {
        let shared = common(first, last);
        let characters: Vec<char> = last.chars().take(shared + 1).collect();
        let (mut next, mut halfway) = (Vec::new(), Vec::new());
        let mut stem = last.char_indices().nth(characters.len()).map_or(last, |(at, _)| &last[..at]);
        for (place, character) in characters.iter().enumerate().rev() {
            stem = &stem[..stem.len() - character.len_utf8()];
            let digits = self.digits(place);
            let higher = &digits[digits.partition_point(|digit| digit <= character)..];
            let rung = |digit: &char| format!("{stem}{digit}");
            next.extend(higher.first().map(rung));
            halfway.extend(higher.get(higher.len() / 2).filter(|_| higher.len() > 1).map(rung));
        }
        next.extend(halfway);
        next
    }

    /// What may stand at a place: what was seen there, and its like.
    fn digits(&self, place: usize) -> Vec<char> {
        let Some(seen) = self.places.get(place) else { return Vec::new() };
        let mut digits = filled(seen);
        if seen.len() < PLENTY {
            // Of a counter the front shows zeros only, of a hash a part of its digits: a place behind shows more.
            let behind = self.places.iter().skip(place + 1).take(NEAR).find(|behind| behind.len() >= PLENTY);
            if let Some(behind) = behind.map(|behind| filled(behind)).filter(|behind| seen.iter().all(|digit| behind.contains(digit))) {
                digits = behind;
            }
        }
        digits
    }
}

impl Scale {
    fn of(alphabet: &Alphabet, low: &str, high: Option<&str>) -> Self {
        let from = high.map_or(0, |high| common(low, high));
        let digits = (from..from + DIGITS).map(|place| alphabet.digits(place)).collect();
        Self { from, digits }
    }

    fn number(&self, name: &str) -> f64 {
        let (mut number, mut unit) = (0.0, 1.0);
        for (character, digits) in name.chars().skip(self.from).zip(&self.digits) {
            if digits.is_empty() {
                break;
            }
            unit /= digits.len() as f64;
            number += unit * digits.partition_point(|digit| *digit < character) as f64;
        }
        f64::min(number, 1.0)
    }

    /// The name at `number`, as exact as `width`.
    fn name(&self, stem: &str, mut number: f64, width: f64) -> String {
        let (mut name, mut unit) = (stem.to_owned(), 1.0);
        for digits in &self.digits {
            if digits.is_empty() || unit < width {
                break;
            }
            let scaled = number * digits.len() as f64;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between nothing and the number of digits")]
            let digit = (scaled as usize).min(digits.len() - 1);
            number = scaled - digit as f64;
            name.push(digits[digit]);
            unit /= digits.len() as f64;
        }
        name
    }
}

/// How many characters two names begin with in common.
pub(super) fn common(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count()
}

/// With the rest of its kind: digits, hexadecimal digits, letters.
fn filled(seen: &[char]) -> Vec<char> {
    let any = |range: std::ops::RangeInclusive<char>| seen.iter().any(|character| range.contains(character));
    let mut all = seen.to_vec();
    for (kind, hexadecimal) in [('0'..='9', None), ('a'..='z', Some('f')), ('A'..='Z', Some('F'))] {
        if !any(kind.clone()) {
            continue;
        }
        let (first, last) = kind.into_inner();
        // Letters beside digits, and none behind the sixth: no words.
        let last = hexadecimal.filter(|sixth| any('0'..='9') && !seen.iter().any(|seen| *seen > *sixth && *seen <= last)).unwrap_or(last);
        all.extend(first..=last);
    }
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Alphabet {
        let mut alphabet = Alphabet::default();
        names.into_iter().for_each(|name| alphabet.learn(name, false));
        alphabet
    }

    fn numbered() -> Alphabet {
        let names: Vec<String> = (0..1_000).map(|number| format!("{number:08}-ledger-{}.csv", number * 7_919 % 1_000)).collect();
        of(names.iter().map(String::as_str))
    }

    #[test]
    fn a_range_of_numbers_is_cut_evenly() {
        let alphabet = numbered();
        assert_eq!(alphabet.between("00010000-x", Some("0009"), 0.0, 4), ["00030", "00050", "00070"]);
        let ratio = alphabet.ratio("00010000", "00010999", Some("0009")).unwrap();
        assert!((78.0..82.0).contains(&ratio), "{ratio}");
    }

    #[test]
    fn a_ladder_leads_from_the_last_name_to_the_end_of_the_counter() {
        let ladder = numbered().ladder("00000000-ledger-0.csv", "00000999-ledger-81.csv");
        assert_eq!(&ladder[..5], ["00001", "0001", "001", "01", "1"]);
        assert_eq!(&ladder[5..], ["00005", "0005", "005", "05", "5"]);
    }

    #[test]
    fn the_digits_of_hashes_are_known_from_the_places_behind() {
        let names: Vec<String> = (0..1_000_u64)
            .map(|number| format!("{:016x}", number * 18_014_398_509_481 + ((number * 2_654_435_761) & 0xFFFF_FFFF)))
            .collect();
        let alphabet = of(names.iter().map(String::as_str));
        assert_eq!(alphabet.digits(0).into_iter().collect::<String>(), "0123456789abcdef");
        assert_eq!(alphabet.between("", None, 0.0, 4), ["40", "80", "c0"]);
    }

    #[test]
    fn words_have_letters_only() {
        let alphabet = of(["harbour/a", "ledger/b"]);
        assert!(alphabet.digits(0).iter().all(char::is_ascii_lowercase));
        let mut folded = Alphabet::default();
        folded.learn("ab/cd", true);
        assert_eq!(folded.places.len(), 2);
    }

    #[test]
    fn nothing_is_guessed_from_nothing() {
        let alphabet = Alphabet::default();
        assert!(alphabet.ladder("", "").is_empty());
        assert_eq!(alphabet.ratio("a", "b", None), None);
        let guesses = alphabet.between("a", Some("b"), 0.0, 3);
        assert!(guesses.iter().all(String::is_empty), "{guesses:?}");
    }
}
