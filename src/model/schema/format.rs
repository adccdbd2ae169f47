//! What text looks like: the formats of JSON Schema that are checked.

use crate::words::t;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A format. What a schema names besides is a remark and not checked, as JSON Schema has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `2026-11-28`
    Date,
    /// `16:00:00Z`
    Time,
    /// `2026-11-28T16:00:00Z`
    DateTime,
    /// An e-mail address.
    Email,
    /// A URI with its scheme.
    Uri,
    /// A UUID.
    Uuid,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
}

impl Format {
    /// The format of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "date" => Some(Self::Date),
            "time" => Some(Self::Time),
            "date-time" => Some(Self::DateTime),
            "email" => Some(Self::Email),
            "uri" => Some(Self::Uri),
            "uuid" => Some(Self::Uuid),
            "ipv4" => Some(Self::Ipv4),
            "ipv6" => Some(Self::Ipv6),
            _ => None,
        }
    }

    /// What one looks like.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Date => "2026-11-28",
            Self::Time => "16:00:00Z",
            Self::DateTime => "2026-11-28T16:00:00Z",
            Self::Email => "ana@example.com",
            Self::Uri => "https://example.com/a",
            Self::Uuid => "123e4567-e89b-12d3-a456-426614174000",
            Self::Ipv4 => "192.0.2.1",
            Self::Ipv6 => "2001:db8::1",
        }
    }

    /// What text that does not have it is told.
    pub(super) fn wanted(self) -> &'static str {
        match self {
            Self::Date => t!("This must be a date, such as 2026-11-28."),
            Self::Time => t!("This must be a time with its zone, such as 16:00:00Z."),
            Self::DateTime => t!("This must be a date and time with its zone, such as 2026-11-28T16:00:00Z."),
            Self::Email => t!("This must be an e-mail address."),
            Self::Uri => t!("This must be a URI with its scheme, such as https://example.com/a."),
            Self::Uuid => t!("This must be a UUID."),
            Self::Ipv4 => t!("This must be an IPv4 address."),
            Self::Ipv6 => t!("This must be an IPv6 address."),
        }
    }

    /// Whether `text` has it.
    #[must_use]
    pub fn fits(self, text: &str) -> bool {
        match self {
            Self::Date => is_date(text),
            Self::Time => is_time(text),
            Self::DateTime => text.split_once(['T', 't']).is_some_and(|(date, time)| is_date(date) && is_time(time)),
            Self::Email => is_email(text),
            Self::Uri => is_uri(text),
            Self::Uuid => {
                let parts: Vec<&str> = text.split('-').collect();
                parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
                    && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
            }
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
        }
    }
}

/// So many digits, within a range.
fn digits(text: &str, length: usize, least: u32, most: u32) -> Option<u32> {
    if text.len() != length || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|number| (least..=most).contains(number))
}

/// RFC 3339, `full-date`.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let year = parts.next().and_then(|part| digits(part, 4, 0, 9_999));
    let month = parts.next().and_then(|part| digits(part, 2, 1, 12));
    let (Some(year), Some(month)) = (year, month) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    parts.next().is_some_and(|part| digits(part, 2, 1, days).is_some()) && parts.next().is_none()
}

/// RFC 3339, `full-time`.
fn is_time(text: &str) -> bool {
    let Some(zone) = text.find(['Z', 'z', '+', '-']) else { return false };
    let (clock, zone) = text.split_at(zone);
    let (whole, fraction) = clock.split_once('.').map_or((clock, None), |(whole, fraction)| (whole, Some(fraction)));
    let parts: Vec<&str> = whole.split(':').collect();
    let [hour, minute, second] = parts.as_slice() else { return false };
    let is_zone = match zone.strip_prefix(['+', '-']) {
        None => zone.len() == 1,
        Some(offset) => {
            offset.split_once(':').is_some_and(|(hours, minutes)| digits(hours, 2, 0, 23).is_some() && digits(minutes, 2, 0, 59).is_some())
        }
    };
    is_zone
        && digits(hour, 2, 0, 23).is_some()
        && digits(minute, 2, 0, 59).is_some()
        && digits(second, 2, 0, 60).is_some()
        && fraction.is_none_or(|fraction| !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit()))
}

/// An address that mail could go to: as strict as forms in browsers are.
fn is_email(text: &str) -> bool {
    let blank = |character: char| character.is_whitespace() || character.is_control();
    text.rsplit_once('@').is_some_and(|(person, host)| {
        !person.is_empty()
            && !text.contains(blank)
            && !person.contains('@')
            && host.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
    })
}

/// RFC 3986, as far as its characters go.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let named = scheme.starts_with(|character: char| character.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}');
    named && !rest.is_empty() && rest.bytes().all(plain)
}
