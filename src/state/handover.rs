//! How what the server found out while it rendered reaches the browser: as JSON in the page.

use crate::model::json::{self, FromJson, ReadError};
use leptos::server::codee::{Decoder, Encoder};
use serde::Serialize;

/// Codec of a resource: the server writes with serde, the browser reads with [`crate::model::json`].
///
/// Leptos's own codec would bring serde's reader of these types into the browser's program: 18 kB (brotli).
pub struct Handover;

impl<T: Serialize> Encoder<T> for Handover {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Self::Error> {
        serde_json::to_string(value)
    }
}

impl<T: FromJson> Decoder<T> for Handover {
    type Error = ReadError;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, ReadError> {
        json::read(text)
    }
}
