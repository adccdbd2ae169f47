//! `X-Amzn-Trace-Id`: what ties a request's log lines to those of the balancer and of AWS X-Ray.
//!
//! The balancer adds or completes the header (Elastic Load Balancing user guide, "Request tracing for
//! your Application Load Balancer"): `Root=1-67891233-abcdef012345678912345678`, with further fields
//! between semicolons. A client can put anything into it, so it is taken only when it is short and
//! made of harmless characters; it proves nothing.

use http::HeaderMap;
use std::fmt;

const HEADER: &str = "x-amzn-trace-id";
/// A root, a parent, a sampling decision and a lineage have about 150 characters.
const LONGEST: usize = 256;

/// The id of a request's trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceId(String);

impl TraceId {
    /// The header's value, when there is exactly one and it can stand in a log.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut lines = headers.get_all(HEADER).iter();
        let (Some(line), None) = (lines.next(), lines.next()) else { return None };
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'=' | b';' | b'-' | b'_' | b':' | b'.' | b'|');
        let bytes = line.as_bytes();
        if bytes.is_empty() || bytes.len() > LONGEST || !bytes.iter().all(is_plain) {
            return None;
        }
        line.to_str().ok().map(|text| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn of(lines: &[&[u8]]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HEADER, HeaderValue::from_bytes(line).ok()?);
        }
        TraceId::of(&headers).map(|id| id.to_string())
    }

    #[test]
    fn what_balancers_send_is_taken() {
        for text in [
            "Root=1-67891233-abcdef012345678912345678",
            "Self=1-67891233-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678",
            "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2",
        ] {
            assert_eq!(of(&[text.as_bytes()]).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_would_not_read_well_in_a_log_is_not() {
        let long = "x".repeat(LONGEST + 1);
        for text in ["", " ", "Root=1 2", "a\tb", "a\"b", "a,b", "{\"a\":1}", "\u{1b}[31m", "Rööt", long.as_str()] {
            assert_eq!(of(&[text.as_bytes()]), None, "{text:?}");
        }
        assert!(of(&["x".repeat(LONGEST).as_bytes()]).is_some());
        assert_eq!(of(&[b"Root=1", b"Root=2"]), None, "two lines are nobody's");
        assert_eq!(of(&[]), None);
    }

    proptest! {
        #[test]
        fn nothing_else_comes_through(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some(text) = of(&[&bytes]) {
                prop_assert!(text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b',')));
            }
        }
    }
}
