//! Bytes as text by the browser's own `TextDecoder`, which brings the tables of all older encodings.

use super::platform;

/// Text in the encoding that has this label (<https://encoding.spec.whatwg.org/#names-and-labels>). `None` where the
/// browser does not know the label and, with `fatal`, where the bytes are not valid in it; else U+FFFD stands for what
/// is not. Always `None` on the server.
#[must_use]
pub fn decode(label: &str, bytes: &[u8], fatal: bool) -> Option<String> {
    platform::decode(label, bytes, fatal)
}
