//! Which language a person reads: as they chose, else as their browser says, else English.

use super::{Translation, find};
use crate::words::{COOKIE as CHOSEN, PSEUDO};
use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};

/// Says for a minute that the texts of another language could not be loaded.
pub const UNAVAILABLE: &str = "vestibule-language-unavailable";

/// The translation for a request; `None` for English. The pseudo-locale only `in_sandbox`.
#[must_use]
pub fn choose(headers: &HeaderMap, in_sandbox: bool) -> Option<&'static Translation> {
    if cookie(headers, UNAVAILABLE).is_some() {
        return None;
    }
    match cookie(headers, CHOSEN) {
        Some("en") => None,
        Some(PSEUDO) if in_sandbox => find(PSEUDO),
        Some(code @ "de") => find(code),
        _ => accepted(headers),
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(known, value)| (known == name).then_some(value))
}

/// What the browser asks for, the most wanted that there is (RFC 9110, section 12.5.4; RFC 4647, "Lookup").
fn accepted(headers: &HeaderMap) -> Option<&'static Translation> {
    let lines = headers.get_all(ACCEPT_LANGUAGE).into_iter().filter_map(|line| line.to_str().ok());
    let mut ranges: Vec<(&str, u32)> = lines.flat_map(|line| line.split(',')).filter_map(range).collect();
    ranges.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    ranges.into_iter().find_map(|(range, _)| known(range)).flatten()
}

/// A range and its weight in thousandths; `None` where it is not wanted at all.
fn range(entry: &str) -> Option<(&str, u32)> {
    let (range, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
    let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok())?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let thousandths = (weight.clamp(0.0, 1.0) * 1_000.0) as u32;
    (thousandths > 0).then_some((range.trim(), thousandths))
}

/// The language of a range: `Some(None)` is English.
fn known(range: &str) -> Option<Option<&'static Translation>> {
    let language = range.split('-').next()?;
    if language.eq_ignore_ascii_case("en") || range == "*" {
        Some(None)
    } else if language.eq_ignore_ascii_case("de") {
        Some(find("de"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(lines: &[(http::HeaderName, &str)], in_sandbox: bool) -> &'static str {
        let headers = lines.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        choose(&headers, in_sandbox).map_or("en", |translation| translation.catalogue.language.code)
    }

    #[test]
    fn as_the_browser_says() {
        for (accept, expected) in [
            ("", "en"),
            ("de", "de"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("DE", "de"),
            ("en-GB,en;q=0.9,de;q=0.8", "en"),
            ("fr-FR,fr;q=0.9,de;q=0.5,en;q=0.4", "de"),
            ("fr, en;q=0.4, de;q=0.5", "de"),
            ("fr", "en"),
            ("*", "en"),
            ("de;q=0", "en"),
            ("de;q=0.000, *", "en"),
            ("den", "en"),
            ("de;q=x", "en"),
            ("de;q=NaN", "en"),
            (";;;,,,q=", "en"),
        ] {
            assert_eq!(chosen(&[(ACCEPT_LANGUAGE, accept)], false), expected, "{accept}");
        }
    }

    #[test]
    fn the_choice_comes_first() {
        let german = (ACCEPT_LANGUAGE, "de");
        assert_eq!(chosen(&[german.clone(), (COOKIE, "a=b; vestibule-language=en")], false), "en");
        assert_eq!(chosen(&[(COOKIE, "vestibule-language=de")], false), "de");
        assert_eq!(chosen(&[german.clone(), (COOKIE, "vestibule-language=xx")], false), "de");
        assert_eq!(chosen(&[german, (COOKIE, "vestibule-language=de; vestibule-language-unavailable=1")], false), "en");
        assert_eq!(chosen(&[(COOKIE, "vestibule-language=en-XA")], true), "en-XA");
        assert_eq!(chosen(&[(COOKIE, "vestibule-language=en-XA")], false), "en");
        assert_eq!(chosen(&[(ACCEPT_LANGUAGE, "en-XA")], true), "en");
    }
}
