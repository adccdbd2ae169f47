//! A failure as a person reads it, whatever failed.

use crate::aws::error::{Remedy, Service, ServiceError};
use crate::aws::s3::address::AddressError;
use crate::aws::uri::UnsendableKey;
use crate::browser::fetch::TransportError;
use crate::model::error::{ErrorCode, PortalError};
use crate::words::{filled, mark, t};

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
    /// Its section in the handbook's pages on errors and on the doctor; empty where none is about it.
    pub section: Box<str>,
    /// Whether asking again can help without anybody changing anything.
    pub retry: bool,
}

impl Failure {
    /// A failure without code and reference, which asking again does not help.
    #[must_use]
    pub fn new(message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { message: message.into(), next_step: next_step.into(), code: None, reference: None, section: Box::default(), retry: false }
    }

    /// The same, told of in this section of the handbook.
    #[must_use]
    pub fn told_in(mut self, section: &str) -> Self {
        self.section = section.into();
        self
    }

    /// The same, worth another try.
    #[must_use]
    pub fn retryable(mut self) -> Self {
        self.retry = true;
        self
    }

    /// What S3 or Lambda refused. `action` completes "Your role may not …" and "S3 could not …":
    /// `list team/ in reports`.
    #[must_use]
    pub fn service(error: &ServiceError, action: &str) -> Self {
        let service = match error.service {
            Service::S3 => "S3",
            Service::Lambda => "Lambda",
        };
        let text = match &error.remedy {
            Remedy::NotFound => mark!("{service} could not {action}, because it is not there.", service, action),
            Remedy::RefreshCredentials => mark!("{service} could not {action}: it no longer accepts the credentials.", service, action),
            Remedy::Retry => mark!("{service} could not {action}: it is busy or has a fault of its own.", service, action),
            Remedy::CorrectClock => mark!("{service} could not {action}: the clocks disagree.", service, action),
            Remedy::OtherRegion(_) => {
                mark!("{service} could not {action}: it is in another region than the portal believes.", service, action)
            }
            Remedy::AskForAccess | Remedy::ChangeInput | Remedy::Restore | Remedy::RepairFunction | Remedy::Report => {
                mark!("{service} could not {action}.", service, action)
            }
        };
        let mut message = match &error.remedy {
            Remedy::AskForAccess => t!("Your role may not {action}.", action = action),
            _ => filled(text, &[service, action]),
        };
        if !error.message.is_empty() {
            // The service's own words, for whoever has to act on them.
            message = t!("{message} It said: {words}", message = message, words = error.message);
        }
        Self {
            message,
            next_step: error.next_step(),
            code: Some(error.code.clone()),
            reference: error.request_id.clone(),
            section: section_of(error),
            retry: matches!(error.remedy, Remedy::RefreshCredentials | Remedy::CorrectClock | Remedy::Retry),
        }
    }

    /// An object, bucket or function that has no URL.
    #[must_use]
    pub fn address(error: AddressError) -> Self {
        let failure = match error {
            AddressError::Key(UnsendableKey::DotSegment) => Self::new(
                t!(
                    "This object cannot be opened or downloaded here: its name has a part that is only “.” or “..”, and every browser takes such parts out of an address, so it would ask for another object."
                ),
                t!("Ask the owner to copy it to another name, or read it with a program such as the AWS command line."),
            ),
            AddressError::Key(UnsendableKey::Empty) => {
                Self::new(t!("This object has no name, so it has no address of its own."), t!("Ask the owner to copy it to a name."))
            }
            AddressError::Endpoint(_) => Self::new(
                t!("The portal's configuration gives this an address that is none."),
                t!("Ask the people who run the portal to correct the endpoint in its configuration."),
            ),
        };
        failure.told_in("no-address")
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
                (t!("This device is offline, so {host} was not asked.", host = host), t!("Connect to the network, then try again.").into())
            }
            TransportError::TimedOut { milliseconds } => (
                t!("{host} did not answer within {seconds} seconds.", host = host, seconds = milliseconds.div_ceil(1_000)),
                t!("Try again. If it keeps happening, the service or the network between is overloaded.").into(),
            ),
            TransportError::Aborted => (t!("The request was stopped before it was answered.").into(), t!("Try again.").into()),
            TransportError::Network | TransportError::Redirected | TransportError::Unreadable => (
                t!("The browser got no readable answer from {host}, and it does not tell pages why.", host = host),
                t!(
                    "Check the connection, then try again. If only this fails, ask the people who run the portal to check the CORS rules for this site on {host}, its name and region, and that no proxy or firewall stands between.",
                    host = host
                ),
            ),
            TransportError::Refused => (
                t!("The browser refused to send the request to {host}: its address is not one a page can ask.", host = host),
                t!("Ask the people who run the portal to check the endpoint in its configuration.").into(),
            ),
        };
        let (section, retry) = match error {
            TransportError::Offline => ("network-offline", true),
            TransportError::TimedOut { .. } => ("network-timeout", true),
            TransportError::Aborted => ("network-stopped", true),
            TransportError::Network | TransportError::Redirected | TransportError::Unreadable => ("network-unreadable", true),
            TransportError::Refused => ("network-refused", false),
        };
        Self { retry, ..Self::new(message, next_step).told_in(section) }
    }
}

impl From<PortalError> for Failure {
    fn from(error: PortalError) -> Self {
        let retry =
            matches!(error.code, ErrorCode::MintUnavailable | ErrorCode::RateLimited | ErrorCode::Internal | ErrorCode::NotSignedIn);
        let section = error.section().into();
        Self {
            message: error.message,
            next_step: error.next_step,
            code: Some(error.code.as_str().into()),
            reference: (!error.reference.is_empty()).then_some(error.reference),
            section,
            retry,
        }
    }
}

/// Where the handbook tells of what a service refused: by whose move it is, and where one of the doctor's findings is
/// about nothing else, there.
fn section_of(error: &ServiceError) -> Box<str> {
    let word = match &error.remedy {
        Remedy::OtherRegion(_) => return "bucket-region".into(),
        Remedy::NotFound if error.code == "NoSuchBucket" => return "bucket-missing".into(),
        Remedy::NotFound => "not-found",
        Remedy::RefreshCredentials => "credentials",
        Remedy::CorrectClock => "clock",
        Remedy::Retry => "busy",
        Remedy::AskForAccess => "access-denied",
        Remedy::ChangeInput => "input",
        Remedy::Restore => "archived",
        Remedy::RepairFunction => "function",
        Remedy::Report => "other",
    };
    let service = match error.service {
        Service::S3 => "s3-",
        Service::Lambda => "lambda-",
    };
    [service, word].concat().into()
}
