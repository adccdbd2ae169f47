//! The name of one of the load balancer's keys.

use std::fmt;

/// A key id: a UUID, 36 characters, lower case.
///
/// The id becomes part of a URL, so it is not text from here on but the number behind it: no `../`,
/// host or query can be in it. The balancer writes lower case; RFC 9562 asks writers for lower case
/// too, so upper case is refused rather than letting one key have many names in the caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::server) struct Kid(u128);

impl Kid {
    /// Reads a key id; `None` when it is anything but a lower-case UUID.
    pub(in crate::server) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return None;
        }
        let mut value = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let digit = match (at, byte) {
                (8 | 13 | 18 | 23, b'-') => continue,
                (8 | 13 | 18 | 23, _) => return None,
                (_, b'0'..=b'9') => byte - b'0',
                (_, b'a'..=b'f') => byte - b'a' + 10,
                _ => return None,
            };
            value = value << 4 | u128::from(digit);
        }
        Some(Self(value))
    }
}

impl fmt::Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            value >> 96,
            value >> 80 & 0xffff,
            value >> 64 & 0xffff,
            value >> 48 & 0xffff,
            value & 0xffff_ffff_ffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Kid;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_not_a_lower_case_uuid() {
        for text in [
            "",
            "0d9a4c3e-1f2b-4a5c-8d6e-7f8091a2b3c",
            "0d9a4c3e-1f2b-4a5c-8d6e-7f8091a2b3c45",
            "0D9A4C3E-1F2B-4A5C-8D6E-7F8091A2B3C4",
            "0d9a4c3e_1f2b_4a5c_8d6e_7f8091a2b3c4",
            "../../../../../../../../etc/passwd..",
            "0d9a4c3e-1f2b-4a5c-8d6e-7f8091a2b3c/",
            "0d9a4c3e-1f2b-4a5c-8d6e-7f8091a2b3é",
        ] {
            assert_eq!(Kid::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn display_and_parse_agree(value: u128) {
            let kid = Kid(value);
            prop_assert_eq!(Kid::parse(&kid.to_string()), Some(kid));
        }

        #[test]
        fn what_parses_is_written_the_same(text in "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}") {
            prop_assert_eq!(Kid::parse(&text).unwrap().to_string(), text);
        }
    }
}
