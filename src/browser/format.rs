//! Numbers, sizes and times in the person's own language and zone, by the browser's `Intl`. The
//! server writes a neutral form.

use super::platform;
use crate::model::clock::Timestamp;

/// A whole number with the grouping of the person's language: `1,203,441`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "nobody counts past 2^53 objects")]
pub fn count(number: u64) -> String {
    platform::decimal(number as f64, 0)
}

/// A size in decimal units, as storage is sold and S3 bills: `2.4 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    let (value, unit) = scale(bytes);
    let digits = u32::from(unit != "B" && value < 99.95);
    let mut text = platform::decimal(value, digits);
    // A no-break space, so that number and unit stay on one line.
    text.push('\u{a0}');
    text.push_str(unit);
    text
}

/// A point in time, short: `3 Nov 14:22`, with the year when it is another.
#[must_use]
pub fn date_time(time: Timestamp) -> String {
    platform::date_time(time)
}

/// A point in time with everything, seconds and zone included, for a tooltip.
#[must_use]
pub fn date_time_long(time: Timestamp) -> String {
    platform::date_time_long(time)
}

/// How long ago or ahead: `3 days ago`, `in 5 minutes`.
#[must_use]
pub fn relative(time: Timestamp, now: Timestamp) -> String {
    let (amount, unit) = steps(time.millis_since(now) / 1_000);
    platform::relative(amount, unit)
}

/// A span that runs down: `52 min`, `4:59` in the last five minutes, `0:00` at the end.
#[must_use]
pub fn countdown(seconds: i64) -> String {
    let seconds = seconds.max(0);
    if seconds < 300 {
        format!("{}:{:02}", seconds / 60, seconds % 60)
    } else if seconds < 3 * 3_600 {
        format!("{}\u{a0}min", seconds / 60)
    } else {
        format!("{}\u{a0}h", seconds / 3_600)
    }
}

/// A span that something took: `184 ms`, `2.1 s`.
#[must_use]
pub fn duration(milliseconds: u32) -> String {
    if milliseconds < 1_000 {
        format!("{milliseconds}\u{a0}ms")
    } else {
        format!("{}\u{a0}s", platform::decimal(f64::from(milliseconds) / 1_000.0, 1))
    }
}

/// A span that was measured closely: `870 µs`, `12.3 ms`, `184 ms`, `2.1 s`.
#[must_use]
pub fn brief(microseconds: u32) -> String {
    match microseconds {
        0..1_000 => [&count(microseconds.into()), "\u{a0}µs"].concat(),
        1_000..100_000 => [&platform::decimal(f64::from(microseconds) / 1_000.0, 1), "\u{a0}ms"].concat(),
        _ => duration(microseconds / 1_000),
    }
}

/// The value in the largest decimal unit that leaves at least one before the point, as it will be
/// rounded: 999,950 bytes are 1.0 MB, not 1,000.0 kB.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn scale(bytes: u64) -> (f64, &'static str) {
    let mut value = bytes as f64;
    let mut unit = "B";
    for larger in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        let limit = if unit == "B" { 1_000.0 } else { 999.5 };
        if value < limit {
            break;
        }
        value /= 1_000.0;
        unit = larger;
    }
    (value, unit)
}

/// Seconds in the largest unit of which there is at least one.
fn steps(seconds: i64) -> (i64, &'static str) {
    for (length, unit) in [(31_557_600, "year"), (2_629_800, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute")] {
        if seconds.abs() >= length {
            return (seconds / length, unit);
        }
    }
    (seconds, "second")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (2_449_000, "2.4 MB"),
            (99_949, "99.9 kB"),
            (99_950, "100 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (5_497_558_138_880, "5.5 TB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(size(bytes).replace('\u{a0}', " "), text, "{bytes}");
        }
    }

    #[test]
    fn spans() {
        for (seconds, text) in [(-1, "0:00"), (0, "0:00"), (61, "1:01"), (299, "4:59"), (300, "5 min"), (3_599, "59 min"), (43_200, "12 h")]
        {
            assert_eq!(countdown(seconds).replace('\u{a0}', " "), text);
        }
        assert_eq!(duration(184), "184\u{a0}ms");
        assert_eq!(duration(2_149), "2.1\u{a0}s");
        for (microseconds, text) in [(0, "0 µs"), (870, "870 µs"), (12_345, "12.3 ms"), (184_900, "184 ms"), (2_149_000, "2.1 s")] {
            assert_eq!(brief(microseconds).replace('\u{a0}', " "), text);
        }
    }

    #[test]
    fn steps_of_time() {
        assert_eq!(steps(-59), (-59, "second"));
        assert_eq!(steps(-86_400 * 3 - 5), (-3, "day"));
        assert_eq!(steps(3_600), (1, "hour"));
    }
}
