//! What comes in the stream of an invocation
//! (<https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html>).

use super::{FunctionError, LogTail};
use crate::aws::error::ServiceError;
use crate::aws::event_stream::Message;
use crate::aws::request::Answer;
use crate::model::json::Json;

/// One event of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// As much of the answer as the function has made.
    Chunk(Vec<u8>),
    /// The function is done, well or not.
    Complete(Completion),
    /// Something that came later than this program.
    Other,
}

/// The last event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Set when the function failed, however much it had made.
    pub error: Option<FunctionError>,
    /// The end of the log, when it was asked for.
    pub log: Option<LogTail>,
}

/// Reads a message of the stream.
///
/// # Errors
/// [`ServiceError`] when Lambda ended the stream with one.
pub fn read(message: Message) -> Result<StreamEvent, ServiceError> {
    match (message.header(":message-type").unwrap_or("event"), message.header(":event-type").unwrap_or_default()) {
        ("event", "PayloadChunk") => Ok(StreamEvent::Chunk(message.payload)),
        ("event", "InvokeComplete") => Ok(StreamEvent::Complete(Completion::read(&message.payload))),
        ("event", _) => Ok(StreamEvent::Other),
        _ => Err(refusal(message)),
    }
}

/// The messages `exception` and `error` as what they would be had they come before the stream.
fn refusal(message: Message) -> ServiceError {
    let kind = message.header(":exception-type").or_else(|| message.header(":error-code")).unwrap_or("ServiceException");
    let mut headers = vec![("x-amzn-errortype".to_owned(), kind.to_owned())];
    headers.extend(message.header(":error-message").map(|words| ("x-amzn-errormessage".to_owned(), words.to_owned())));
    ServiceError::from_lambda(&Answer { status: 500, headers, body: message.payload })
}

impl Completion {
    /// An object with `ErrorCode`, `ErrorDetails` and `LogResult`, each of which may be missing.
    fn read(payload: &[u8]) -> Self {
        let value = std::str::from_utf8(payload).ok().and_then(|text| Json::parse(text).ok()).unwrap_or(Json::Null);
        let text = |name: &str| value.get(name).and_then(Json::as_text).filter(|text| !text.is_empty());
        let error = text("ErrorCode").map(|code| {
            let details = text("ErrorDetails").unwrap_or_default();
            let mut error = FunctionError::read("Unhandled", details.as_bytes());
            if error.message.is_none() {
                error.message = Some(details.to_owned()).filter(|details| !details.is_empty());
            }
            error.error_type.get_or_insert_with(|| code.to_owned());
            error
        });
        Self { error, log: text("LogResult").and_then(LogTail::decode) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::Remedy;

    fn message(headers: &[(&str, &str)], payload: &str) -> Message {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Message { headers, payload: payload.into() }
    }

    fn event(kind: &str, payload: &str) -> StreamEvent {
        read(message(&[(":message-type", "event"), (":event-type", kind)], payload)).unwrap()
    }

    fn completion(payload: &str) -> Completion {
        match event("InvokeComplete", payload) {
            StreamEvent::Complete(completion) => completion,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn chunks_and_what_nobody_knows_yet() {
        assert_eq!(event("PayloadChunk", "a\0b"), StreamEvent::Chunk(b"a\0b".into()));
        assert_eq!(event("initial-response", "{}"), StreamEvent::Other);
        assert_eq!(event("Heartbeat", ""), StreamEvent::Other);
    }

    #[test]
    fn completions() {
        for nothing in ["{}", "", "null", "[", r#"{"ErrorCode":"","LogResult":""}"#, r#"{"ErrorCode":7}"#] {
            assert_eq!(completion(nothing), Completion::default(), "{nothing}");
        }
        let log = completion(r#"{"LogResult":"U1RBUlQ="}"#).log.unwrap();
        assert_eq!(log.text, "START");
    }

    #[test]
    fn errors_in_the_middle() {
        let failed = completion(
            r#"{"ErrorCode":"Unhandled","ErrorDetails":"{\"errorType\":\"KeyError\",\"errorMessage\":\"no\",\"trace\":[\"at f\"]}"}"#,
        );
        let error = failed.error.unwrap();
        assert_eq!(
            (error.error_type.as_deref(), error.message.as_deref(), error.trace.as_slice()),
            (Some("KeyError"), Some("no"), &["at f".to_owned()][..])
        );
        let plain = completion(r#"{"ErrorCode":"Function.ResponseSizeTooLarge","ErrorDetails":"Too large."}"#).error.unwrap();
        assert_eq!((plain.error_type.as_deref(), plain.message.as_deref()), (Some("Function.ResponseSizeTooLarge"), Some("Too large.")));
        let bare = completion(r#"{"ErrorCode":"Sandbox.Timedout"}"#).error.unwrap();
        assert_eq!((bare.error_type.as_deref(), bare.message), (Some("Sandbox.Timedout"), None));
    }

    #[test]
    fn a_stream_that_lambda_ends() {
        let exception = read(message(
            &[(":message-type", "exception"), (":exception-type", "TooManyRequestsException")],
            r#"{"message":"Rate exceeded"}"#,
        ))
        .unwrap_err();
        assert_eq!(
            (exception.code.as_str(), exception.message.as_str(), &exception.remedy),
            ("TooManyRequestsException", "Rate exceeded", &Remedy::Retry)
        );
        let error =
            read(message(&[(":message-type", "error"), (":error-code", "InternalError"), (":error-message", "Broken.")], "")).unwrap_err();
        assert_eq!((error.code.as_str(), error.message.as_str()), ("InternalError", "Broken."));
    }
}
