//! Reads an object, or its head.

use super::address::{self, AddressError};
use crate::aws::request::{Draft, Method};
use crate::aws::uri;
use crate::model::location::Location;

/// How an object is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ObjectRequest<'a> {
    /// First and last byte, both included.
    pub range: Option<(u64, u64)>,
    /// What the browser does with it when it is opened by its URL.
    pub disposition: Disposition<'a>,
    /// A version, instead of the newest.
    pub version: Option<&'a str>,
    /// The media type that S3 is to say, whatever the object's own metadata say.
    pub media_type: Option<&'a str>,
}

/// What a browser does with an object that it opens by its URL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disposition<'a> {
    /// What the object's own metadata say.
    #[default]
    AsStored,
    /// Show it.
    Inline,
    /// Save it under this name.
    SaveAs(&'a str),
}

impl ObjectRequest<'_> {
    /// Writes a GET.
    ///
    /// # Errors
    /// When the location's endpoint cannot stand in a URL, or a browser would ask for another
    /// object than `key`.
    pub fn get(&self, location: &Location, key: &str) -> Result<Draft, AddressError> {
        self.draft(Method::Get, location, key)
    }

    /// Writes a HEAD.
    ///
    /// # Errors
    /// As [`ObjectRequest::get`].
    pub fn head(&self, location: &Location, key: &str) -> Result<Draft, AddressError> {
        self.draft(Method::Head, location, key)
    }

    fn draft(&self, method: Method, location: &Location, key: &str) -> Result<Draft, AddressError> {
        let (origin, path) = address::object(location, key)?;
        let mut draft = Draft::new(method, origin, path);
        match self.disposition {
            Disposition::AsStored => {}
            Disposition::Inline => draft.query.push("response-content-disposition", "inline"),
            Disposition::SaveAs(name) => draft.query.push("response-content-disposition", &attachment(name)),
        }
        if let Some(version) = self.version {
            draft.query.push("versionId", version);
        }
        if let Some(media_type) = self.media_type {
            draft.query.push("response-content-type", media_type);
        }
        if let Some((first, last)) = self.range {
            // Of all forms only this one is safe-listed by CORS and needs no preflight.
            draft.headers.push(("range", format!("bytes={first}-{last}")));
        }
        Ok(draft)
    }
}

/// The name under which a browser may save `key`: its last segment that is not empty, without
/// characters that no file system takes or that make a name look like another (controls, slashes,
/// bidirectional overrides).
#[must_use]
pub fn file_name(key: &str) -> String {
    let segment = key.rsplit('/').find(|segment| !segment.is_empty()).unwrap_or_default();
    let name: String = segment.chars().filter(|char| !is_deceptive(*char)).map(|char| if char == '\\' { '_' } else { char }).collect();
    if name.trim_matches(['.', ' ']).is_empty() { "object".to_owned() } else { name }
}

/// Controls, and the marks that reorder the text around them (`gpj.exe` shown as `exe.jpg`).
fn is_deceptive(char: char) -> bool {
    char.is_control() || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `Content-Disposition: attachment` with the name twice, as RFC 6266 advises (appendix D): plain for
/// old programs, and as UTF-8 in `filename*`, which wins.
fn attachment(key: &str) -> String {
    let name = file_name(key);
    let plain: String = name
        .chars()
        .map(|char| if char.is_ascii_graphic() && !matches!(char, '"' | '\\' | '%') || char == ' ' { char } else { '_' })
        .collect();
    let mut value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''");
    value.extend(uri::encode(&name));
    value
}

#[cfg(test)]
mod tests;
