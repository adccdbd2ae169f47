//! What STS says when it does not mint, sorted by whose move it is.
//!
//! STS names most failures by a code, but sorts them by the message only: every defect of a web
//! identity token is `InvalidIdentityToken`. Codes are matched as text, since `AccessDenied` and
//! `ValidationError` are missing in the service model, and since other implementations (Ceph, MinIO)
//! spell the envelope differently.
//!
//! STS repeats values in some messages, the token included, and what answers in its place may repeat
//! anything anywhere. So whatever holds a part of the token, or of the server's own credentials, is
//! withheld before anything is done with it, and of the rest only the code goes to the browser.
//!
//! Each strategy understands the codes that are its own first; [`StsError::common_refusal`] knows
//! the others. [`Cause`] is the one place that reads AWS's wording.

use super::presented::Presented;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::secret::Secret;
use crate::server::config;
use crate::words::{Sentence, say};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::HashSet;

/// Most characters of a message that are looked at.
const LONGEST_MESSAGE: usize = 1_024;
/// In place of what holds a part of a token or of another secret.
pub(in crate::server) const WITHHELD: &str = "(withheld: it repeats a secret)";
/// Most bytes of an error's body that are looked at.
const LONGEST_BODY: usize = 64 * 1_024;

/// An error as STS wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StsError {
    /// HTTP status.
    pub status: u16,
    /// `Code`; empty when the body has none.
    pub code: String,
    /// `Message`, for matching and for the log.
    pub message: String,
    /// `RequestId`.
    pub request_id: Option<String>,
}

/// An error of STS, understood.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// What the person is told.
    pub error: PortalError,
    /// Whether the same request may succeed in a moment.
    pub retry: bool,
    /// What STS said, where it was STS that refused; nothing of it is a secret.
    pub said: Option<StsError>,
}

/// What STS means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It could not fetch the issuer's keys, or not find the token's.
    ProviderKeys,
    /// The token has no audience.
    NoAudience,
    /// The token's audience is not registered with the IAM OIDC provider.
    OtherAudience,
    /// The account has no IAM OIDC provider for the issuer.
    NoProvider,
    /// The token is not a JWT that it reads.
    NotAJwt,
    /// Another defect of the token.
    OtherToken,
    /// Token or credentials are over.
    Expired,
    /// The provider no longer stands by the token.
    Rejected,
    /// It could not reach the provider.
    ProviderSilent,
    /// The role does not exist, or somebody's policy does not allow it.
    AccessDenied,
    /// Session policy and tags are larger than the space for them.
    PackedPolicy,
    /// The session policy is not one.
    MalformedPolicy,
    /// STS is switched off in this region.
    RegionDisabled,
    /// The credentials are to live longer than the role allows.
    Duration,
    /// They are to live longer than those of a role that took another.
    RoleChaining,
    /// Throttling, or a failure inside.
    Busy,
    /// Anything else.
    Other,
}

impl StsError {
    /// Reads the body of an error: `<ErrorResponse><Error>…` of AWS as well as a bare `<Error>`. A
    /// body that is not XML leaves everything but the status empty.
    #[must_use]
    pub fn parse(status: u16, body: &[u8]) -> Self {
        let mut error = Self { status, ..Self::default() };
        let body = String::from_utf8_lossy(&body[..body.len().min(LONGEST_BODY)]);
        let mut reader = Reader::from_str(&body);
        let mut field = None;
        loop {
            match reader.read_event() {
                Ok(Event::Start(start)) => {
                    field = match start.local_name().as_ref() {
                        "Code" => Some(Field::Code),
                        "Message" => Some(Field::Message),
                        "RequestId" | "RequestID" => Some(Field::RequestId),
                        _ => None,
                    };
                }
                Ok(Event::Text(text)) => {
                    if let Some(field) = field {
                        error.take(field, &text);
                    }
                }
                Ok(Event::GeneralRef(reference)) => {
                    if let (Some(field), Some(character)) = (field, resolve(&reference)) {
                        error.take(field, character.encode_utf8(&mut [0; 4]));
                    }
                }
                Ok(Event::End(_)) => field = None,
                Ok(Event::Eof) | Err(_) => break,
                Ok(_) => {}
            }
        }
        error
    }

    fn take(&mut self, field: Field, text: &str) {
        let target = match field {
            Field::Code => &mut self.code,
            Field::Message => &mut self.message,
            Field::RequestId => self.request_id.get_or_insert_default(),
        };
        let room = LONGEST_MESSAGE.saturating_sub(target.len());
        target.extend(text.chars().filter(|character| !character.is_control()).take(room));
    }

    /// Without what holds a part of the secret.
    #[must_use]
    pub fn withholding(mut self, secret: &Secret) -> Self {
        for text in [Some(&mut self.code), Some(&mut self.message), self.request_id.as_mut()].into_iter().flatten() {
            if repeats(text, secret.expose()) {
                WITHHELD.clone_into(text);
            }
        }
        self
    }

    /// What STS means.
    #[must_use]
    pub fn cause(&self) -> Cause {
        let says = |text: &str| self.message.contains(text);
        match self.code.as_str() {
            "InvalidIdentityToken" if says("retrieve verification key") => Cause::ProviderKeys,
            "InvalidIdentityToken" if says("Missing a required claim: aud") => Cause::NoAudience,
            "InvalidIdentityToken" if says("Incorrect token audience") => Cause::OtherAudience,
            "InvalidIdentityToken" if says("No OpenIDConnect provider found") => Cause::NoProvider,
            "InvalidIdentityToken" if says("is not a valid JWT") => Cause::NotAJwt,
            "InvalidIdentityToken" => Cause::OtherToken,
            "ExpiredTokenException" | "ExpiredToken" => Cause::Expired,
            "IDPRejectedClaim" => Cause::Rejected,
            "IDPCommunicationError" => Cause::ProviderSilent,
            "AccessDenied" | "AccessDeniedException" => Cause::AccessDenied,
            "PackedPolicyTooLarge" | "PackedPolicyTooLargeException" => Cause::PackedPolicy,
            "MalformedPolicyDocument" | "MalformedPolicyDocumentException" => Cause::MalformedPolicy,
            "RegionDisabledException" => Cause::RegionDisabled,
            "ValidationError" if says("role chaining") => Cause::RoleChaining,
            "ValidationError" if says("DurationSeconds") || says("durationSeconds") => Cause::Duration,
            _ if is_busy(self) => Cause::Busy,
            _ => Cause::Other,
        }
    }

    /// What this error means for the mint of `role` with this token.
    #[must_use]
    pub(super) fn refusal(&self, role: &config::Role, token: &Presented<'_>) -> Refusal {
        if let Some(error) = token.explain(self, role) {
            return Refusal::fatal(error);
        }
        match self.cause() {
            Cause::ProviderKeys => unavailable(
                say!("AWS could not fetch the keys of the identity provider."),
                say!(
                    "Try again in a moment. If it stays, the people who run the portal check that the issuer's discovery document and JWKS are public, complete and answer within five seconds."
                ),
            ),
            cause @ (Cause::NoAudience | Cause::OtherAudience | Cause::NoProvider | Cause::NotAJwt | Cause::OtherToken) => {
                Refusal::fatal(invalid_token(cause, role, token))
            }
            Cause::Expired => Refusal::fatal(expired()),
            Cause::Rejected => Refusal::fatal(
                PortalError::said(
                    ErrorCode::TokenRejected,
                    say!("The identity provider no longer stands by your access token."),
                    say!("Sign out and sign in again."),
                )
                .with_rule("expired"),
            ),
            Cause::ProviderSilent => unavailable(
                say!("AWS could not reach the identity provider."),
                say!(
                    "Try again in a moment. If it stays, the people who run the portal check that the issuer's discovery document is public."
                ),
            ),
            Cause::AccessDenied => misconfigured(
                say!("AWS does not let the role of “{title}” be taken with your access token.", title = role.title),
                say!(
                    "The people who run the portal check that {arn} exists and that its trust policy names this issuer and audience ({audience}), and allows sts:TagSession or sts:SetSourceIdentity where the token carries tags or a source identity.",
                    arn = role.arn.as_str(),
                    audience = token.audience()
                ),
            ),
            _ => self.common_refusal(role),
        }
    }

    /// What this error means for the mint of `role`, however it was asked for.
    #[must_use]
    pub fn common_refusal(&self, role: &config::Role) -> Refusal {
        match self.cause() {
            Cause::PackedPolicy => {
                let tagged = role.strategy.tag_claims().is_some();
                let title = &role.title;
                let message = match (percentage(&self.message), tagged) {
                    (Some(percent), true) => say!(
                        "The session policy of “{title}” with the tags is larger than AWS takes ({percent} % of the space).",
                        title = title,
                        percent = percent
                    ),
                    (Some(percent), false) => say!(
                        "The session policy of “{title}” is larger than AWS takes ({percent} % of the space).",
                        title = title,
                        percent = percent
                    ),
                    (None, true) => say!("The session policy of “{title}” with the tags is larger than AWS takes.", title = title),
                    (None, false) => say!("The session policy of “{title}” is larger than AWS takes.", title = title),
                };
                let next_step = if tagged {
                    say!(
                        "The people who run the portal split the role, name fewer tag_claims, or set session_policy to \"managed\" or \"none\" for it."
                    )
                } else {
                    say!("The people who run the portal split the role, or set session_policy to \"managed\" or \"none\" for it.")
                };
                misconfigured(message, next_step)
            }
            Cause::MalformedPolicy => misconfigured(
                say!("AWS cannot read the session policy of “{title}”.", title = role.title),
                say!(
                    "The people who run the portal check the bucket, key and function names of this role, or set session_policy to \"none\" for it."
                ),
            ),
            Cause::RegionDisabled => misconfigured(
                say!("AWS's token service is switched off in this region for the role's account."),
                say!("The people who run the portal activate STS in the region of aws.region, or name another region there."),
            ),
            Cause::Duration | Cause::RoleChaining => misconfigured(
                say!("AWS does not allow credentials of this length for the role of “{title}”.", title = role.title),
                say!(
                    "The people who run the portal lower duration_seconds (now {seconds}) to the role's MaxSessionDuration, or raise that.",
                    seconds = role.duration_seconds
                ),
            ),
            Cause::Busy => unavailable(say!("AWS's token service is busy or failing."), say!("Try again in a moment.")),
            _ => misconfigured(
                say!("AWS refused to mint for “{title}”: {code_name}.", title = role.title, code_name = code_name(&self.code, self.status)),
                say!("The people who run the portal find AWS's own words in the log line with this reference."),
            ),
        }
    }
}

impl Refusal {
    fn fatal(error: PortalError) -> Self {
        Self { error, retry: false, said: None }
    }

    /// The same, with what STS said, secrets withheld.
    #[must_use]
    pub fn said(mut self, said: StsError) -> Self {
        self.said = Some(said);
        self
    }
}

/// One that nothing but an operator's hand, or a person's, can mend.
impl From<PortalError> for Refusal {
    fn from(error: PortalError) -> Self {
        Self::fatal(error)
    }
}

impl From<Refusal> for PortalError {
    fn from(refusal: Refusal) -> Self {
        refusal.error
    }
}

#[derive(Clone, Copy)]
enum Field {
    Code,
    Message,
    RequestId,
}

/// The refusal of a token that STS would not take for want of an audience, before STS is asked.
#[must_use]
pub fn without_audience() -> PortalError {
    PortalError::said(
        ErrorCode::MintMisconfigured,
        say!("Your access token names no audience (aud), so AWS would not take it."),
        say!(
            "The people who run the portal give it one: either resource binding (AuthenticationRequestExtraParams {parameters} at the balancer's authenticate action, with that URL registered as audience of the IAM OIDC provider), or a pre-token-generation trigger V2_0 or V3_0 that adds aud with the app client id. People sign in again afterwards.",
            parameters = "{\"resource\": \"https://…\"}"
        ),
    )
    .with_finding("access-token-no-audience")
}

/// The refusal of a token past its expiry.
#[must_use]
pub fn expired() -> PortalError {
    PortalError::said(
        ErrorCode::TokenRejected,
        say!("Your access token has expired since the balancer forwarded it."),
        say!("Reload the page: the balancer then forwards a fresh one."),
    )
    .with_rule("expired")
}

fn invalid_token(cause: Cause, role: &config::Role, token: &Presented<'_>) -> PortalError {
    let (what, next) = match cause {
        Cause::NoAudience => return without_audience(),
        Cause::OtherAudience => (
            say!("AWS does not know the audience of your access token."),
            say!(
                "The people who run the portal add {audience} to the audiences of the IAM OIDC provider in the account of {arn}. (Where a token has azp, AWS takes that for the audience.)",
                audience = token.audience(),
                arn = role.arn.as_str()
            ),
        ),
        Cause::NoProvider => (
            say!("The role's AWS account does not know the issuer of your access token."),
            say!(
                "The people who run the portal create an IAM OIDC provider in the account of {arn}, with exactly the token's issuer as URL: same path, no slash added.",
                arn = role.arn.as_str()
            ),
        ),
        Cause::NotAJwt => (
            say!("AWS cannot read your access token: it is not a JWT of the kind that AWS takes."),
            say!(
                "The people who run the portal check the balancer's identity provider: its access tokens must be JWTs signed with RS256 or ES256. For others, choose another strategy."
            ),
        ),
        _ => (
            say!("AWS does not accept your access token."),
            say!("The people who run the portal find AWS's own words in the log line with this reference."),
        ),
    };
    PortalError::said(ErrorCode::MintMisconfigured, what, next)
}

fn misconfigured(message: Sentence, next_step: Sentence) -> Refusal {
    Refusal::fatal(PortalError::said(ErrorCode::MintMisconfigured, message, next_step))
}

fn unavailable(message: Sentence, next_step: Sentence) -> Refusal {
    Refusal { error: PortalError::said(ErrorCode::MintUnavailable, message, next_step).with_retry_after(5), retry: true, said: None }
}

/// Throttling and failures inside STS.
fn is_busy(error: &StsError) -> bool {
    error.status >= 500
        || error.status == 429
        || matches!(
            error.code.as_str(),
            "Throttling" | "ThrottlingException" | "ThrottledException" | "RequestLimitExceeded" | "TooManyRequestsException" | "SlowDown"
        )
}

/// `157` of `Packed policy consumes 157% of allotted space`.
fn percentage(message: &str) -> Option<u32> {
    let before = message.split_once('%')?.0;
    let digits = before.trim_end_matches(|character: char| character.is_ascii_digit()).len();
    before[digits..].parse().ok()
}

/// A code is shown only when it looks like one.
pub(super) fn code_name(code: &str, status: u16) -> String {
    let plain =
        (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b':' | b'_'));
    if plain { code.to_owned() } else { format!("HTTP {status}") }
}

/// Whether `message` holds twelve characters in a row of the secret.
pub(in crate::server) fn repeats(message: &str, secret: &str) -> bool {
    message.len() >= ENOUGH && SecretParts::of([secret]).are_in(message)
}

/// Characters that are enough of a secret to be a part of it.
const ENOUGH: usize = 12;

/// Parts of secrets, to be looked for in many texts.
pub(in crate::server) struct SecretParts<'a>(HashSet<&'a [u8]>);

impl<'a> SecretParts<'a> {
    /// Of these secrets.
    pub(in crate::server) fn of(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        Self(secrets.into_iter().flat_map(|secret| secret.as_bytes().windows(ENOUGH)).collect())
    }

    /// Whether the text holds one of them.
    pub(in crate::server) fn are_in(&self, text: &str) -> bool {
        text.as_bytes().windows(ENOUGH).any(|window| self.0.contains(window))
    }
}

/// The character behind `&amp;`, `&#39;` and their like.
fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character);
    }
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_percentage_stands_behind_any_character() {
        assert_eq!(percentage("Packed policy consumes 157% of allotted space"), Some(157));
        assert_eq!(percentage("ü7%"), Some(7));
        for none in ["", "%", "য়%", "seven %"] {
            assert_eq!(percentage(none), None, "{none}");
        }
    }

    #[test]
    fn both_envelopes_are_read() {
        let aws = StsError::parse(
            400,
            br#"<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>ValidationError</Code><Message>The &apos;x&apos; is &lt;1&gt;</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"#,
        );
        assert_eq!(
            (aws.code.as_str(), aws.message.as_str(), aws.request_id.as_deref()),
            ("ValidationError", "The 'x' is <1>", Some("r-1"))
        );
        let bare = StsError::parse(403, br#"<?xml version="1.0"?><Error><Code>AccessDenied</Code><RequestId>tx0</RequestId></Error>"#);
        assert_eq!((bare.status, bare.code.as_str(), bare.message.as_str()), (403, "AccessDenied", ""));
    }

    #[test]
    fn percentages() {
        assert_eq!(percentage("Packed policy consumes 157% of allotted space"), Some(157));
        assert_eq!(percentage("100%"), Some(100));
        assert_eq!(percentage("% x"), None);
    }

    #[test]
    fn a_repeated_token_is_seen() {
        assert!(repeats("Value 'eyJhbGciOiJSUzI1' at", "eyJhbGciOiJSUzI1NiJ9.e30.sig"));
        assert!(!repeats("Token expired: current date/time", "eyJhbGciOiJSUzI1NiJ9.e30.sig"));
    }

    proptest! {
        #[test]
        fn any_body_is_read_without_panic(body in prop::collection::vec(any::<u8>(), 0..400), text in "(<[a-zA-Z]{0,9}>|&[a-z#0-9]{0,5};|\\PC){0,40}") {
            let _ = StsError::parse(400, &body);
            prop_assert!(StsError::parse(400, text.as_bytes()).message.len() <= 4 * LONGEST_MESSAGE);
            let _ = percentage(&text);
        }
    }
}
