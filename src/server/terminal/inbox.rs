//! What comes to the command, and whether it is the answer. It takes one, once.

use crate::model::credentials::Credentials;
use crate::model::json;
use crate::terminal::{Asked, OwnKey};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, StatusCode};
use std::sync::{Mutex, MutexGuard, PoisonError};
use thiserror::Error;
use tokio::sync::mpsc::UnboundedSender;
use url::form_urlencoded;

/// Most bytes of what is sent. Session tokens have some kilobytes.
pub(super) const LONGEST: usize = 64 * 1_024;

/// With so many refused requests the command gives up.
pub(super) const MOST_REFUSED: u32 = 20;

/// What happened.
#[derive(Debug)]
pub(super) enum News {
    /// Something was refused, for the `count`th time.
    Refused {
        /// Why.
        refusal: Refusal,
        /// How often by now.
        count: u32,
    },
    /// The answer.
    Delivered(Box<Credentials>),
}

/// Why something is not taken. Each is a sentence without its full stop, and repeats nothing of what came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Refusal {
    #[error("the request was for another host than 127.0.0.1 and this port")]
    Host,
    #[error("nothing is at this address")]
    Path,
    #[error("only the form of the portal's page is taken, and that is a POST")]
    Method,
    #[error("the request came from another page than the portal's")]
    Origin,
    #[error("the request holds no form")]
    Kind,
    #[error("the request is longer than 64 kB, or did not come whole")]
    Length,
    #[error("the form is not that of the portal's page")]
    Form,
    #[error("the answer belongs to another run of the command, which may be over")]
    State,
    #[error("what came cannot be opened: it was sealed for another run of the command, or changed on its way")]
    Seal,
    #[error("what was sealed are no credentials")]
    Content,
    #[error("this run of the command has its answer already")]
    Used,
}

impl Refusal {
    /// As an HTTP status.
    #[must_use]
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::Host => StatusCode::MISDIRECTED_REQUEST,
            Self::Path => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Origin | Self::State => StatusCode::FORBIDDEN,
            Self::Kind => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Length => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Form | Self::Seal | Self::Content => StatusCode::BAD_REQUEST,
            Self::Used => StatusCode::GONE,
        }
    }
}

/// Waits for one answer.
#[derive(Debug)]
pub(super) struct Inbox {
    asked: Asked,
    key: OwnKey,
    origin: String,
    news: UnboundedSender<News>,
    stage: Mutex<Stage>,
}

#[derive(Debug, Default)]
struct Stage {
    used: bool,
    refused: u32,
}

impl Inbox {
    /// For what `asked` asks the portal at `origin` for.
    pub(super) fn new(asked: Asked, key: OwnKey, origin: &str, news: UnboundedSender<News>) -> Self {
        Self { asked, key, origin: origin.to_owned(), news, stage: Mutex::default() }
    }

    /// Whether a request may go on to its body.
    ///
    /// # Errors
    /// [`Refusal`], counted.
    pub(super) fn admit(&self, head: &Parts) -> Result<(), Refusal> {
        self.judge(head).map_err(|refusal| self.count(refusal))
    }

    /// Takes the answer out of a form.
    ///
    /// # Errors
    /// [`Refusal`], counted.
    pub(super) fn take(&self, form: &[u8]) -> Result<(), Refusal> {
        self.read(form).map_err(|refusal| self.count(refusal))
    }

    /// Counts what was refused elsewhere.
    pub(super) fn count(&self, refusal: Refusal) -> Refusal {
        let count = {
            let mut stage = self.stage();
            stage.refused += 1;
            stage.refused
        };
        // Whoever listened has its answer.
        let _ = self.news.send(News::Refused { refusal, count });
        refusal
    }

    /// Takes what a person pasted.
    pub(super) fn pasted(&self, sealed: &str) {
        let _counted = self.open(sealed).map_err(|refusal| self.count(refusal));
    }

    fn judge(&self, head: &Parts) -> Result<(), Refusal> {
        let is = |name, value: &str| one(&head.headers, &name).is_some_and(|found| found == value.as_bytes());
        if head.uri.authority().is_some() || !is(HOST, &self.asked.host()) {
            return Err(Refusal::Host);
        }
        if head.uri.query().is_some() || !same(head.uri.path(), &self.asked.path()) {
            return Err(Refusal::Path);
        }
        if head.method != Method::POST {
            return Err(Refusal::Method);
        }
        if !is(ORIGIN, &self.origin) {
            return Err(Refusal::Origin);
        }
        if !is(CONTENT_TYPE, "application/x-www-form-urlencoded") {
            return Err(Refusal::Kind);
        }
        if self.stage().used {
            return Err(Refusal::Used);
        }
        Ok(())
    }

    fn read(&self, form: &[u8]) -> Result<(), Refusal> {
        let fields: Vec<_> = form_urlencoded::parse(form).collect();
        let [(first, state), (second, sealed)] = fields.as_slice() else { return Err(Refusal::Form) };
        if (first.as_ref(), second.as_ref()) != ("state", "sealed") {
            return Err(Refusal::Form);
        }
        if !same(state, &self.asked.state()) {
            return Err(Refusal::State);
        }
        self.open(sealed)
    }

    fn open(&self, sealed: &str) -> Result<(), Refusal> {
        let opened = self.key.open(&self.asked, &self.origin, sealed).map_err(|_| Refusal::Seal)?;
        let text = std::str::from_utf8(&opened).map_err(|_| Refusal::Content)?;
        let credentials = json::read(text).map_err(|_| Refusal::Content)?;
        if std::mem::replace(&mut self.stage().used, true) {
            return Err(Refusal::Used);
        }
        // Whoever listened has given up meanwhile.
        let _ = self.news.send(News::Delivered(Box::new(credentials)));
        Ok(())
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The value of the header, where there is exactly one.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h [u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value.as_bytes())
}

/// Whether two texts are the same, in a time that does not tell how much of them is.
fn same(one: &str, other: &str) -> bool {
    verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}
