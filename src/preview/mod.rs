//! What can be shown of an object, worked out of its first bytes: plain functions without I/O.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`sniff`] | what the bytes are, whatever the object says of itself |
//! | [`text`] | bytes as text: Unicode |
//! | [`encoding`] | bytes as text: everything older, by the browser's decoder |
//! | [`document`] | text as a page, as lines of JSON or as a table |
//! | [`csv`], [`json`] | tables and trees in text |
//! | [`table`] | what all tables share |
//! | [`hex`] | bytes that are no text |
//! | [`gzip`] | packed text |
//! | [`parquet`] | the first rows of a Parquet file |
//!
//! Nothing in here is trusted: every length that the bytes name is held against a bound or against what is there.
//! Nothing in here becomes markup: what comes out is text for text nodes, and one of a fixed list of media types.

pub mod csv;
pub mod document;
pub mod encoding;
pub mod gzip;
pub mod hex;
pub mod json;
pub mod parquet;
pub mod sniff;
pub mod table;
pub mod text;
