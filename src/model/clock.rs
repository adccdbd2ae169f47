//! Points in time and the clock that tells them.
//!
//! Everything that depends on the time takes a [`Clock`], so that tests can turn it. Only the
//! server's and the browser's system clocks read the real one.

use super::json::{FromJson, Json, ReadError};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

const MILLIS_PER_SECOND: i64 = 1_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// A point in time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From seconds since the Unix epoch; saturates at the ends of the range.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MILLIS_PER_SECOND))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(MILLIS_PER_SECOND)
    }

    /// This many seconds later (earlier when negative); saturates.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(MILLIS_PER_SECOND))
    }

    /// This many milliseconds later (earlier when negative); saturates.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this; negative when `earlier` is later.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The calendar fields in UTC.
    #[must_use]
    pub const fn civil(self) -> Civil {
        let seconds = self.seconds();
        let second_of_day = seconds.rem_euclid(SECONDS_PER_DAY);
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
        Civil { year, month, day, hour: second_of_day / 3_600, minute: second_of_day / 60 % 60, second: second_of_day % 60 }
    }

    /// SigV4's basic ISO 8601 form, `20261123T063255Z`.
    #[must_use]
    pub fn amz_date(self) -> String {
        let Civil { year, month, day, hour, minute, second } = self.civil();
        format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
    }

    /// Reads SigV4's form, [`amz_date`](Self::amz_date); `None` when `text` is anything else.
    #[must_use]
    pub fn parse_amz_date(text: &str) -> Option<Self> {
        let part = |range: std::ops::Range<usize>| text.get(range);
        let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
        let (hour, minute, second) = (part(9..11)?, part(11..13)?, part(13..15)?);
        let time = Self::parse_rfc3339(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))?;
        (time.amz_date() == text).then_some(time)
    }

    /// Reads a time as HTTP writes it (RFC 9110, 5.6.7): `Fri, 20 Nov 2026 16:40:00 GMT`.
    #[must_use]
    pub fn parse_http_date(text: &str) -> Option<Self> {
        const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
        let mut parts = text.strip_suffix(" GMT")?.split_once(", ")?.1.split(' ');
        let (day, month, year, time) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let month = MONTHS.find(month).filter(|at| at % 3 == 0 && month.len() == 3)? / 3 + 1;
        Self::parse_rfc3339(&format!("{year}-{month:02}-{day}T{time}Z"))
    }

    /// Reads RFC 3339 in UTC (`2026-11-23T06:32:55Z`, with or without a fraction), the form of
    /// S3's `LastModified`, STS's `Expiration` and our own API. Digits past the millisecond are
    /// cut off. `None` when `text` is anything else, other offsets included.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let number = |range: std::ops::Range<usize>| -> Option<i64> {
            let digits = bytes.get(range)?;
            digits.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
        };
        for (at, expected) in [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')] {
            if bytes.get(at) != Some(&expected) {
                return None;
            }
        }
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
        let fraction = match bytes.get(19..)? {
            [b'Z'] => 0,
            [b'.', digits @ .., b'Z'] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
                (0..3).fold(0, |sum, at| sum * 10 + digits.get(at).map_or(0, |digit| i64::from(digit - b'0')))
            }
            _ => return None,
        };
        let in_range = (1..=12).contains(&month) && hour < 24 && minute < 60 && second < 60;
        if !in_range {
            return None;
        }
        let days = days_from_civil(year, month, day);
        if civil_from_days(days) != (year, month, day) {
            return None;
        }
        let seconds = days * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second;
        Some(Self(seconds * MILLIS_PER_SECOND + fraction))
    }
}

/// RFC 3339 in UTC with whole seconds: `2026-11-23T06:32:55Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, hour, minute, second } = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_rfc3339(&text).ok_or_else(|| serde::de::Error::custom("expected a time such as 2026-11-23T06:32:55Z"))
    }
}

impl FromJson for Timestamp {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        json.as_text().and_then(Self::parse_rfc3339).ok_or(ReadError::Unsuitable)
    }
}

/// Calendar fields of a [`Timestamp`] in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Civil {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
}

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Days since 1970-01-01 to (year, month, day) of the proleptic Gregorian calendar. The year is
/// taken to begin in March, so that the leap day is its last.
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// The inverse of [`civil_from_days`].
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_of_http() {
        let expected = Timestamp::parse_rfc3339("2026-11-20T16:40:09Z");
        assert_eq!(Timestamp::parse_http_date("Fri, 20 Nov 2026 16:40:09 GMT"), expected);
        for wrong in ["", "Fri, 20 Nov 2026 16:40:09", "Fri, 20 anF 2026 16:40:09 GMT", "Fri, 20 Nov GMT", "20 Nov 2026 16:40:09 GMT"] {
            assert_eq!(Timestamp::parse_http_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn known_dates() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2013-05-24T00:00:00Z", 1_369_353_600),
            ("2026-11-23T06:32:55Z", 1_795_415_575),
            ("1969-12-31T23:59:59Z", -1),
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), Some(Timestamp::from_seconds(seconds)), "{text}");
            assert_eq!(Timestamp::from_seconds(seconds).to_string(), text);
        }
        assert_eq!(Timestamp::from_seconds(1_369_353_600).amz_date(), "20130524T000000Z");
        assert_eq!(Timestamp::parse_rfc3339("2009-10-12T17:50:30.123456Z"), Some(Timestamp::from_millis(1_255_369_830_123)));
    }

    #[test]
    fn refuses_what_is_not_a_utc_time() {
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T06:32:55",
            "2026-11-23T06:32:55+01:00",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T06:32:55.Z",
            "2026-11-23 06:32:55Z",
            "２026-11-23T06:32:55Z",
        ] {
            assert_eq!(Timestamp::parse_rfc3339(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn display_and_parse_agree(seconds in -62_135_596_800_i64..253_402_300_799) {
            let time = Timestamp::from_seconds(seconds);
            prop_assert_eq!(Timestamp::parse_rfc3339(&time.to_string()), Some(time));
            prop_assert_eq!(Timestamp::parse_amz_date(&time.amz_date()), Some(time));
        }

        #[test]
        fn parse_never_panics(text in "\\PC*") {
            let _ = (Timestamp::parse_rfc3339(&text), Timestamp::parse_amz_date(&text));
        }
    }
}
