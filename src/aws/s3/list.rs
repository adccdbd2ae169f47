//! Asks for a page of `ListObjectsV2`
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>).

use super::address::{self, AddressError};
use crate::aws::request::{Draft, Method};
use crate::model::location::Location;

/// Which page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListRequest<'a> {
    /// Keys begin with this.
    pub prefix: &'a str,
    /// Keys that have it behind the prefix fold into a common prefix; empty for none.
    pub delimiter: &'a str,
    /// Where the page begins.
    pub from: From<'a>,
    /// At most so many entries; S3 gives 1,000 unless told, and never more.
    pub max_keys: Option<u16>,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum From<'a> {
    /// At the first key.
    #[default]
    Start,
    /// At the first key after this one, in the order of UTF-8 bytes.
    After(&'a str),
    /// Where the page with this `next` ended.
    Token(&'a str),
}

impl ListRequest<'_> {
    /// Writes the request.
    ///
    /// # Errors
    /// When the location's endpoint or bucket name cannot stand in a URL.
    pub fn draft(&self, location: &Location) -> Result<Draft, AddressError> {
        let (origin, path) = address::bucket(location)?;
        let mut draft = Draft::new(Method::Get, origin, path);
        let query = &mut draft.query;
        query.push("list-type", "2");
        // XML 1.0 cannot hold every key; percent-encoded it can.
        query.push("encoding-type", "url");
        if !self.prefix.is_empty() {
            query.push("prefix", self.prefix);
        }
        if !self.delimiter.is_empty() {
            query.push("delimiter", self.delimiter);
        }
        match self.from {
            From::Start => {}
            From::After(key) => query.push("start-after", key),
            From::Token(token) => query.push("continuation-token", token),
        }
        if let Some(max_keys) = self.max_keys {
            query.push("max-keys", &max_keys.to_string());
        }
        Ok(draft)
    }
}
