//! What S3 and Lambda refuse, and whose move it is.
//!
//! Codes and their meaning: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html> and
//! the errors of <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>. S3 says
//! `ExpiredToken` where JSON services say `ExpiredTokenException`: both are known here.

use super::request::Answer;
use super::xml::{Walker, XmlError};
use crate::model::clock::Timestamp;
use crate::model::json::Json;
use crate::words::{mark, t, translated};
use std::fmt;

/// Longest body in which an error is looked for.
const LONGEST_BODY: usize = 64 * 1024;

/// Longest code and message that are kept, in characters.
const LONGEST_CODE: usize = 100;
const LONGEST_MESSAGE: usize = 500;

/// An answer that is not one of success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    /// Which service.
    pub service: Service,
    /// HTTP status.
    pub status: u16,
    /// The service's word for it; one that goes with the status when the answer has none, as that
    /// of a HEAD.
    pub code: String,
    /// The service's sentence, without the parts that repeat the signature or the session token.
    /// Empty when there is none.
    pub message: String,
    /// The service's id of the request, for AWS support.
    pub request_id: Option<String>,
    /// The service's time, where the answer tells it.
    pub server_time: Option<Timestamp>,
    /// Whose move it is.
    pub remedy: Remedy,
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Service {
    S3,
    Lambda,
}

/// Whose move it is after an error, and which.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Ours: fetch new credentials and try once more; when that fails too, sign in again.
    RefreshCredentials,
    /// Ours: the signature is too old or too new. Sign by the service's time and try once more;
    /// when that fails too, the clock of this computer is wrong.
    CorrectClock,
    /// The administrator's: the bucket is in another region (the one named, where the answer tells).
    OtherRegion(Option<String>),
    /// Ours: wait a little and try again.
    Retry,
    /// The administrator's: the role may not do this.
    AskForAccess,
    /// The person's: it is not there, or not any more.
    NotFound,
    /// The person's: the input is not acceptable.
    ChangeInput,
    /// The person's: the object is archived and must be restored before it can be read.
    Restore,
    /// The function's owner's: Lambda cannot start it.
    RepairFunction,
    /// Nobody's but the portal's authors': the request itself is wrong.
    Report,
}

impl ServiceError {
    /// Whether a deny in the role's own policies is what refused it: the way in which credentials that
    /// are out are ended. (IAM User Guide, "Troubleshoot access denied error messages".)
    #[must_use]
    pub fn is_denied_by_role(&self) -> bool {
        self.remedy == Remedy::AskForAccess && self.message.contains("explicit deny in") && self.message.contains("identity-based policy")
    }

    /// Reads S3's error: XML, nothing at all (HEAD), or something that a proxy wrote.
    #[must_use]
    pub fn from_s3(answer: &Answer) -> Self {
        let parts = xml_error(&answer.body).unwrap_or_default();
        let code = if parts.code.is_empty() { code_of_status(answer.status).to_owned() } else { parts.code };
        let region = parts.region.or_else(|| answer.header("x-amz-bucket-region").map(str::to_owned)).filter(|region| is_region(region));
        let message = presentable(&parts.message);
        Self {
            service: Service::S3,
            status: answer.status,
            remedy: s3_remedy(&code, &message, answer.status, region),
            code: shorten(&code, LONGEST_CODE),
            message,
            request_id: request_id(parts.request_id.as_deref().or_else(|| answer.header("x-amz-request-id"))),
            server_time: parts.server_time,
        }
    }

    /// What S3 says of one of several in an answer of success.
    #[must_use]
    pub fn of_s3(status: u16, code: &str, message: &str) -> Self {
        let message = presentable(message);
        Self {
            service: Service::S3,
            status,
            remedy: s3_remedy(code, &message, status, None),
            code: shorten(code, LONGEST_CODE),
            message,
            request_id: None,
            server_time: None,
        }
    }

    /// Reads Lambda's error: a header with the type, JSON with the message, or neither.
    #[must_use]
    pub fn from_lambda(answer: &Answer) -> Self {
        let body = answer.body.get(..LONGEST_BODY).unwrap_or(&answer.body);
        let value = std::str::from_utf8(body).ok().and_then(|text| Json::parse(text).ok()).unwrap_or(Json::Null);
        let text = |names: &[&str]| names.iter().find_map(|name| value.get(name)?.as_text());
        // `com.amazonaws.lambda#TooManyRequestsException:http://internal.amazon.com/coral/…`
        let kind = answer.header("x-amzn-errortype").or_else(|| text(&["__type", "code"])).unwrap_or_default();
        let kind = kind.split(':').next().unwrap_or_default();
        let kind = kind.rsplit('#').next().unwrap_or_default().trim();
        let code = if kind.is_empty() { code_of_status(answer.status) } else { kind };
        let message = presentable(text(&["message", "Message"]).or_else(|| answer.header("x-amzn-errormessage")).unwrap_or_default());
        Self {
            service: Service::Lambda,
            status: answer.status,
            remedy: lambda_remedy(code, &message, answer.status),
            code: shorten(code, LONGEST_CODE),
            message,
            request_id: request_id(answer.header("x-amzn-requestid")),
            server_time: None,
        }
    }

    /// One sentence: whose move it is and what to do.
    #[must_use]
    pub fn next_step(&self) -> String {
        let step = match (&self.remedy, self.service) {
            (Remedy::RefreshCredentials, _) => mark!("Your access ran out or was ended. Try again; if it stays so, sign in again."),
            (Remedy::CorrectClock, _) => {
                mark!("Check the clock of this computer: AWS refuses requests whose time is more than a few minutes off.")
            }
            (Remedy::OtherRegion(Some(region)), _) => {
                return t!("Tell your administrator: the configuration must name the region {region} for this bucket.", region = region);
            }
            (Remedy::OtherRegion(None), _) => mark!("Tell your administrator: the configuration names the wrong region for this bucket."),
            (Remedy::Retry, _) => mark!("AWS is busy. Try again in a moment."),
            (Remedy::AskForAccess, Service::S3) => mark!("Ask your administrator whether your role should be allowed to do this here."),
            (Remedy::AskForAccess, Service::Lambda) => {
                mark!("Ask your administrator whether your role should be allowed to invoke this function.")
            }
            (Remedy::NotFound, Service::S3) => mark!("Reload the listing: it may have been deleted or renamed."),
            (Remedy::NotFound, Service::Lambda) => {
                mark!("Ask your administrator: the function was deleted, or the configuration has its name wrong.")
            }
            (Remedy::ChangeInput, _) => mark!("Change what you sent, and try again."),
            (Remedy::Restore, _) => mark!("The object is archived. Ask its owner to restore it."),
            (Remedy::RepairFunction, _) => mark!("Tell the owner of the function: Lambda could not start it."),
            (Remedy::Report, _) => mark!("Give the code and the request id to the people who run the portal."),
        };
        translated(step).to_owned()
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let service = match self.service {
            Service::S3 => "S3",
            Service::Lambda => "Lambda",
        };
        write!(f, "{service} answered {} ({})", self.code, self.status)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

impl std::error::Error for ServiceError {}

/// What an `<Error>` document tells.
#[derive(Default)]
struct XmlParts {
    code: String,
    message: String,
    request_id: Option<String>,
    region: Option<String>,
    server_time: Option<Timestamp>,
}

/// `None` when it is no such document. Some implementations leave out the declaration, the
/// namespace and most of the elements; STS-like ones wrap the error in an `ErrorResponse`.
fn xml_error(body: &[u8]) -> Option<XmlParts> {
    if body.len() > LONGEST_BODY {
        return None;
    }
    read_xml_error(std::str::from_utf8(body).ok()?).ok().flatten()
}

fn read_xml_error(text: &str) -> Result<Option<XmlParts>, XmlError> {
    let mut walker = Walker::new(text);
    let mut parts = XmlParts::default();
    match walker.root()? {
        "Error" => {}
        "ErrorResponse" => loop {
            match walker.child()? {
                Some("Error") => break,
                Some(_) => walker.skip()?,
                None => return Ok(None),
            }
        },
        _ => return Ok(None),
    }
    while let Some(element) = walker.child()? {
        match element {
            "Code" => parts.code = walker.text()?.trim().to_owned(),
            "Message" => parts.message = walker.text()?.into_owned(),
            "RequestId" => parts.request_id = Some(walker.text()?.trim().to_owned()),
            "Region" => parts.region = Some(walker.text()?.trim().to_owned()),
            "ServerTime" => parts.server_time = Timestamp::parse_rfc3339(walker.text()?.trim()),
            _ => walker.skip()?,
        }
    }
    Ok(Some(parts))
}

/// A code for an answer that has none. Where S3 has one for the status, it is that.
const fn code_of_status(status: u16) -> &'static str {
    match status {
        301 => "PermanentRedirect",
        307 => "TemporaryRedirect",
        304 => "NotModified",
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "AccessDenied",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        409 => "Conflict",
        412 => "PreconditionFailed",
        413 => "RequestTooLarge",
        416 => "InvalidRange",
        429 => "TooManyRequests",
        500 => "InternalError",
        502 => "BadGateway",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        _ => "UnknownError",
    }
}

fn s3_remedy(code: &str, message: &str, status: u16, region: Option<String>) -> Remedy {
    match code {
        "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException" | "PermanentRedirect" | "TemporaryRedirect" | "Redirect" => {
            Remedy::OtherRegion(region)
        }
        // A HEAD has no body: it says 400 both for another region and for an expired token.
        "BadRequest" if region.is_some() => Remedy::OtherRegion(region),
        "BadRequest" => Remedy::RefreshCredentials,
        "InvalidObjectState" => Remedy::Restore,
        // The word for a URL that has run out.
        "AccessDenied" if message.starts_with("Request has expired") => Remedy::CorrectClock,
        "AccountProblem" | "AllAccessDisabled" | "NotSignedUp" | "MethodNotAllowed" => Remedy::AskForAccess,
        "KeyTooLongError"
        | "EntityTooLarge"
        | "EntityTooSmall"
        | "MaxMessageLengthExceeded"
        | "InvalidRange"
        | "PreconditionFailed"
        | "BadDigest" => Remedy::ChangeInput,
        // Somebody else wrote the same key at the same moment.
        "ConditionalRequestConflict" => Remedy::Retry,
        _ => common_remedy(code, message, status),
    }
}

fn lambda_remedy(code: &str, message: &str, status: u16) -> Remedy {
    match code {
        "InvalidRequestContentException"
        | "RequestTooLargeException"
        | "RequestEntityTooLargeException"
        | "RequestTooLarge"
        | "UnsupportedMediaTypeException"
        | "InvalidParameterValueException"
        | "SerializationException" => Remedy::ChangeInput,
        "EC2ThrottledException"
        | "ResourceNotReadyException"
        | "ResourceConflictException"
        | "SnapStartTimeoutException"
        | "SnapStartNotReadyException"
        | "ENILimitReachedException"
        | "EFSMountTimeoutException" => Remedy::Retry,
        "EC2AccessDeniedException"
        | "EC2UnexpectedException"
        | "EFSIOException"
        | "EFSMountConnectivityException"
        | "EFSMountFailureException"
        | "InvalidRuntimeException"
        | "InvalidSecurityGroupIDException"
        | "InvalidSubnetIDException"
        | "InvalidZipFileException"
        | "KMSAccessDeniedException"
        | "KMSDisabledException"
        | "KMSInvalidStateException"
        | "KMSNotFoundException"
        | "RecursiveInvocationException"
        | "SnapStartException"
        | "SubnetIPAddressLimitReachedException" => Remedy::RepairFunction,
        _ => common_remedy(code, message, status),
    }
}

/// What the services have in common, with and without `Exception` at the end.
fn common_remedy(code: &str, message: &str, status: u16) -> Remedy {
    match code.strip_suffix("Exception").unwrap_or(code) {
        "ExpiredToken"
        | "InvalidToken"
        | "TokenRefreshRequired"
        | "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "UnrecognizedClient"
        | "InvalidSecurityToken"
        | "Unauthorized" => Remedy::RefreshCredentials,
        "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => Remedy::CorrectClock,
        "InvalidSignature" | "SignatureDoesNotMatch"
            if message.starts_with("Signature expired") || message.starts_with("Signature not yet current") =>
        {
            Remedy::CorrectClock
        }
        "SlowDown"
        | "InternalError"
        | "ServiceUnavailable"
        | "Service"
        | "RequestTimeout"
        | "Throttling"
        | "ThrottledException"
        | "Throttled"
        | "TooManyRequests"
        | "RequestLimitExceeded"
        | "BandwidthLimitExceeded"
        | "OperationAborted"
        | "BadGateway"
        | "GatewayTimeout" => Remedy::Retry,
        "AccessDenied" => Remedy::AskForAccess,
        "NoSuchBucket" | "NoSuchKey" | "NoSuchVersion" | "NoSuchUpload" | "ResourceNotFound" | "NotFound" => Remedy::NotFound,
        _ => match status {
            // It will not know it the next time either.
            501 => Remedy::Report,
            429 | 500.. => Remedy::Retry,
            404 | 410 => Remedy::NotFound,
            _ => Remedy::Report,
        },
    }
}

/// The message without the end that repeats the request. A refused signature is explained by the
/// canonical request, in which the session token stands; only what comes before is kept.
fn presentable(message: &str) -> String {
    let lower = message.to_ascii_lowercase();
    let end = ["canonical string", "string-to-sign", "aws4-hmac-sha256", "x-amz-security-token", "x-amz-signature"]
        .iter()
        .filter_map(|mark| lower.find(mark))
        .min();
    let kept = match end {
        // Back to the end of the sentence before.
        Some(end) => message[..end].rfind(". ").map_or("", |stop| &message[..=stop]),
        None => message,
    };
    shorten(kept, LONGEST_MESSAGE)
}

/// `text` on one line, without controls, and at most so many characters long.
fn shorten(text: &str, longest: usize) -> String {
    let mut short: String = text.trim().chars().map(|char| if char.is_control() { ' ' } else { char }).take(longest).collect();
    if text.trim().chars().nth(longest).is_some() {
        short.push('…');
    }
    short
}

fn request_id(id: Option<&str>) -> Option<String> {
    id.filter(|id| (1..=100).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())).map(str::to_owned)
}

fn is_region(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests;
