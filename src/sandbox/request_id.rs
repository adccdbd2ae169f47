//! Request ids, as the services put them into their answers.

use aws_lc_rs::rand;
use http::HeaderValue;

/// Upper-case hex of this many random bytes, at most 32.
pub(super) fn request_id(bytes: usize) -> HeaderValue {
    let mut random = [0; 32];
    // An id of zeros names no request, and does no harm either.
    let _ = rand::fill(&mut random);
    let text = hex::encode_upper(&random[..bytes.min(random.len())]);
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("0"))
}
