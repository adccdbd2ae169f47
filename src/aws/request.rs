//! Requests before and after signing, and answers, for whoever does the I/O.

use super::uri::{EncodedPath, Origin, Query};
use crate::model::secret::Secret;
use std::fmt;

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Delete,
}

impl Method {
    /// The method as it stands in the request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A request that is not signed yet. It holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Method.
    pub method: Method,
    /// Where to.
    pub origin: Origin,
    /// Path.
    pub path: EncodedPath,
    /// Query.
    pub query: Query,
    /// Headers: names in lower case, each once. All of them get signed.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Draft {
    /// A request without query, headers and body.
    #[must_use]
    pub fn new(method: Method, origin: Origin, path: EncodedPath) -> Self {
        Self { method, origin, path, query: Query::default(), headers: Vec::new(), body: Vec::new() }
    }
}

/// A signed request, to be sent as it stands: nothing may be added, taken away or reordered.
///
/// URL and headers carry the signature and the session token. `Debug` shows neither, and their
/// memory is overwritten when the request is dropped.
pub struct Request {
    pub(super) method: Method,
    pub(super) url: Secret,
    pub(super) headers: Vec<(&'static str, Secret)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// Method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The whole URL. Whoever has it has what it gives until it expires: never show or log it.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.expose()
    }

    /// Headers to set, names in lower case. `host` is not among them: the browser writes it.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.expose()))
    }

    /// Body; empty for none.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Method, URL without its query, names of the headers, length of the body.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("url", &url.split_once('?').map_or(url, |(start, _)| start))
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers that the browser let us see. Names may be in any case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the status is one of success.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// Status and length of the body: bodies of AWS's signature errors repeat the session token.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).field("body_length", &self.body.len()).finish_non_exhaustive()
    }
}
