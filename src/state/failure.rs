//! A failure as a person reads it, whatever failed.

use crate::browser::fetch::TransportError;
use crate::model::error::{ErrorCode, PortalError};

/// What happened, whose move it is, and the small print to quote when asking somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// One sentence: what happened, to what, why.
    pub message: String,
    /// Whose move it is and what to do.
    pub next_step: String,
    /// The code of the service that refused, to stand small beside the sentence.
    pub code: Option<String>,
    /// The portal's reference or AWS's request id.
    pub reference: Option<String>,
    /// Whether asking again can help without anybody changing anything.
    pub retry: bool,
}

impl Failure {
    /// A failure without code and reference, which asking again does not help.
    #[must_use]
    pub fn new(message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { message: message.into(), next_step: next_step.into(), code: None, reference: None, retry: false }
    }

    /// The same, worth another try.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retry = true;
        self
    }

    /// A request to `host` that did not come to an answer.
    ///
    /// The browser tells a script nothing about why a request failed, so that it cannot probe
    /// networks: a bucket without CORS rules, a name that does not resolve, the page's content
    /// security policy and a cable that is out all look the same. So the sentence lists them.
    #[must_use]
    pub fn transport(error: TransportError, host: &str) -> Self {
        let (message, next_step) = match error {
            TransportError::Offline => {
                (format!("This device is offline, so {host} was not asked."), "Connect to the network, then try again.".into())
            }
            TransportError::TimedOut { milliseconds } => (
                format!("{host} did not answer within {} seconds.", milliseconds.div_ceil(1_000)),
                "Try again. If it keeps happening, the service or the network between is overloaded.".into(),
            ),
            TransportError::Aborted => ("The request was stopped before it was answered.".into(), "Try again.".into()),
            TransportError::Network | TransportError::Redirected | TransportError::Unreadable => (
                format!("The browser got no readable answer from {host}, and it does not tell pages why."),
                format!(
                    "Check the connection, then try again. If only this fails, ask the people who run the portal to check the CORS rules \
                     for this site on {host}, its name and region, and that no proxy or firewall stands between."
                ),
            ),
            TransportError::Refused => (
                format!("The browser refused to send the request to {host}: its address is not one a page can ask."),
                "Ask the people who run the portal to check the endpoint in its configuration.".into(),
            ),
        };
        let retry = !matches!(error, TransportError::Refused);
        Self { message, next_step, code: None, reference: None, retry }
    }
}

impl From<PortalError> for Failure {
    fn from(error: PortalError) -> Self {
        let retry = matches!(
            error.code,
            ErrorCode::MintUnavailable | ErrorCode::RateLimited | ErrorCode::Internal | ErrorCode::NotSignedIn
        );
        Self {
            message: error.message,
            next_step: error.next_step,
            code: Some(error.code.as_str().into()),
            reference: (!error.reference.is_empty()).then_some(error.reference),
            retry,
        }
    }
}
