//! The only error that crosses the wire.

use super::json::{FromJson, Json, Members, ReadError, words};
use crate::words::{Sentence, say};
use serde::{Deserialize, Serialize};
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};
use std::fmt;
use std::sync::Arc;

/// What went wrong, sorted by whose move it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request carries no balancer headers.
    NotSignedIn,
    /// The data header breaks a rule.
    HeaderRejected,
    /// The access token breaks a rule.
    TokenRejected,
    /// The person's groups do not entitle to this.
    NotEntitled,
    /// The request came from another site.
    CrossSite,
    /// An administrator blocked the person.
    Blocked,
    /// The request does not say what it wants in the way it must.
    BadRequest,
    /// Too many mints.
    RateLimited,
    /// STS refuses because something is configured wrongly.
    MintMisconfigured,
    /// Something outside does not answer.
    MintUnavailable,
    /// A defect of ours.
    Internal,
}

impl ErrorCode {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::NotSignedIn,
        Self::HeaderRejected,
        Self::TokenRejected,
        Self::NotEntitled,
        Self::CrossSite,
        Self::Blocked,
        Self::BadRequest,
        Self::RateLimited,
        Self::MintMisconfigured,
        Self::MintUnavailable,
        Self::Internal,
    ];

    /// The HTTP status that goes with the code. ([`PortalError::status`] knows the one exception.)
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::NotSignedIn | Self::HeaderRejected | Self::TokenRejected => 401,
            Self::NotEntitled | Self::CrossSite | Self::Blocked => 403,
            Self::BadRequest => 400,
            Self::RateLimited => 429,
            Self::MintMisconfigured => 502,
            Self::MintUnavailable => 503,
            Self::Internal => 500,
        }
    }

    /// The code as it stands in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSignedIn => "not_signed_in",
            Self::HeaderRejected => "header_rejected",
            Self::TokenRejected => "token_rejected",
            Self::NotEntitled => "not_entitled",
            Self::CrossSite => "cross_site",
            Self::Blocked => "blocked",
            Self::BadRequest => "bad_request",
            Self::RateLimited => "rate_limited",
            Self::MintMisconfigured => "mint_misconfigured",
            Self::MintUnavailable => "mint_unavailable",
            Self::Internal => "internal",
        }
    }
}

words!(ErrorCode:
    NotSignedIn | HeaderRejected | TokenRejected | NotEntitled | CrossSite | Blocked | BadRequest | RateLimited | MintMisconfigured
    | MintUnavailable | Internal);

/// An error as people and programs see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortalError {
    /// What, for programs.
    pub code: ErrorCode,
    /// The rule that was broken, with `header_rejected` and `token_rejected`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Box<str>>,
    /// The doctor's finding that explains it, where there is one more exact than the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Box<Explanation>>,
    /// One sentence about the thing that failed.
    pub message: String,
    /// Whose move it is and what to do.
    pub next_step: String,
    /// The same text stands in the log line. Empty until the server's boundary fills it in.
    #[serde(default)]
    pub reference: String,
    /// Seconds after which trying again makes sense; sent as `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// Whether a `bad_request` is about a path that does not exist.
    #[serde(default, skip)]
    pub unknown_path: bool,
    /// Message and next step before they are in a language.
    #[serde(skip)]
    said: Said,
}

/// A section of the handbook that explains an error. One pointer in the error, which stays small with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Explanation(String);

/// What gives message and next step in the language in force, where the server said them. A function, so that the
/// browser's program has nothing of how sentences are made.
#[derive(Clone, Default)]
struct Said(Option<Arc<Saying>>);

/// One pointer to it, so that an error stays small.
struct Saying(Box<dyn Fn() -> [String; 2] + Send + Sync>);

/// Of two errors that say the same in English.
impl PartialEq for Said {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Said {}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Said")
    }
}

impl PortalError {
    /// An error without rule and retry.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self {
            code,
            rule: None,
            finding: None,
            message: message.into(),
            next_step: next_step.into(),
            reference: String::new(),
            retry_after: None,
            unknown_path: false,
            said: Said(None),
        }
    }

    /// An error of the server's: in English, until [`Self::translate`] puts it into the person's language.
    #[must_use]
    pub fn said(code: ErrorCode, message: Sentence, next_step: Sentence) -> Self {
        let english = Self::new(code, message.english(), next_step.english());
        Self { said: Said(Some(Arc::new(Saying(Box::new(move || [message.translated(), next_step.translated()]))))), ..english }
    }

    /// A defect of ours that says nothing more.
    #[must_use]
    pub fn defect() -> Self {
        Self::said(
            ErrorCode::Internal,
            say!("The portal could not run this request."),
            say!("Try again; if it happens again, give the reference to the people who run the portal."),
        )
    }

    /// In the language of the person who is answered. For the boundary, behind the log, which is in English.
    #[must_use]
    pub fn translate(self) -> Self {
        match &self.said.0 {
            Some(said) => {
                let [message, next_step] = (said.0)();
                Self { message, next_step, ..self }
            }
            None => self,
        }
    }

    /// With the rule that was broken, which is a finding of the doctor's too.
    #[must_use]
    pub fn with_rule(mut self, rule: impl Into<String>) -> Self {
        let rule: String = rule.into();
        let of = if self.code == ErrorCode::TokenRejected { "access-token-" } else { "data-header-" };
        let finding = [of, &rule.replace('_', "-")].concat();
        self.rule = Some(rule.into());
        self.with_finding(finding)
    }

    /// With the doctor's finding that explains it.
    #[must_use]
    pub fn with_finding(mut self, finding: impl Into<String>) -> Self {
        self.finding = Some(Box::new(Explanation(finding.into())));
        self
    }

    /// Its section in the handbook's pages on errors and on the doctor.
    #[must_use]
    pub fn section(&self) -> &str {
        self.finding.as_ref().map_or(self.code.as_str(), |finding| finding.0.as_str())
    }

    /// With the seconds after which to try again.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The HTTP status: that of the code, but 404 for an unknown path.
    #[must_use]
    pub const fn status(&self) -> u16 {
        if self.unknown_path { 404 } else { self.code.status() }
    }
}

impl fmt::Display for PortalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code.as_str())
    }
}

impl std::error::Error for PortalError {}

impl FromJson for PortalError {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            code: members.take("code")?,
            rule: members.take::<Option<String>>("rule")?.map(Into::into),
            finding: members.take::<Option<String>>("finding")?.map(|section| Box::new(Explanation(section))),
            message: members.take("message")?,
            next_step: members.take("next_step")?,
            reference: members.take_or_default("reference")?,
            retry_after: members.take("retry_after")?,
            unknown_path: false,
            said: Said(None),
        })
    }
}

/// What server_fn itself has to say: a body that does not parse is the caller's fault, the rest ours.
impl FromServerFnError for PortalError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Deserialization(_) | ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Self::said(
                ErrorCode::BadRequest,
                say!("The body of the request is not the JSON that this path takes."),
                say!("Send a JSON object with the fields that the handbook lists for this path."),
            ),
            _ => Self::defect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wire_shape() {
        let error = PortalError::new(ErrorCode::HeaderRejected, "m", "n").with_rule("signer");
        assert_eq!(
            serde_json::to_value(&error).unwrap(),
            serde_json::json!({"code": "header_rejected", "rule": "signer", "finding": "data-header-signer", "message": "m", "next_step": "n", "reference": ""})
        );
        assert_eq!(error.status(), 401);
    }
}
