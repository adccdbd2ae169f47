//! The stand-in over its whole service.

use super::Lambda;
use super::invoke::{MAX_EVENT_PAYLOAD, MAX_PAYLOAD};
use crate::aws::event_stream::Decoder;
use crate::model::clock::Clock as _;
use crate::model::credentials::Credentials;
use crate::sandbox::registry::Registry;
use crate::sandbox::s3::seed;
use crate::sandbox::trial::{ANALYST, Draft, HOST, PORTAL, Place, TurnedClock, issue, read};
use axum::Router;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt as _;

struct Stand {
    router: Router,
    registry: Arc<Registry>,
    clock: Arc<TurnedClock>,
    analyst: Credentials,
}

impl Stand {
    fn new() -> Self {
        let (registry, clock) = (Arc::new(Registry::new()), Arc::new(TurnedClock::default()));
        let lambda = Lambda {
            buckets: Arc::new(seed(0)),
            registry: Arc::clone(&registry),
            clock: Arc::clone(&clock) as Arc<_>,
            allowed_hosts: vec![HOST.to_owned()],
            cors_origins: vec![PORTAL.to_owned()],
            refused: Arc::default(),
        };
        let analyst = issue(&registry, &*clock, ANALYST, None);
        Self { router: lambda.router(), registry, clock, analyst }
    }

    async fn ask(&self, request: Request<Body>) -> (u16, HeaderMap, String) {
        read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    async fn invoke(&self, name: &str, event: &Value) -> (u16, HeaderMap, Value) {
        let (status, headers, body) = self.ask(invocation(&path(name), event.to_string().as_bytes()).signed(&self.analyst)).await;
        (status, headers, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    /// Status and type of the error.
    async fn refusal(&self, request: Request<Body>) -> (u16, String) {
        let (status, headers, body) = self.ask(request).await;
        assert!(serde_json::from_str::<Value>(&body).unwrap().is_object());
        (status, headers["x-amzn-errortype"].to_str().unwrap().to_owned())
    }
}

fn path(name: &str) -> String {
    format!("/2015-03-31/functions/{name}/invocations")
}

fn invocation<'a>(target: &'a str, body: &'a [u8]) -> Draft<'a> {
    Draft { body, service: "lambda", ..Draft::s3("POST", target) }
}

fn refused(status: u16, error_type: &str) -> (u16, String) {
    (status, error_type.to_owned())
}

#[tokio::test]
async fn functions_answer() {
    let stand = Stand::new();
    let event = json!({"a": [1, "ü"]});
    for name in ["echo", "echo:$LATEST", "arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Aecho", "000000000000:function:echo"] {
        let (status, headers, result) = stand.invoke(name, &event).await;
        assert_eq!((status, &result), (200, &event), "{name}");
        assert_eq!(headers["x-amz-executed-version"], "$LATEST");
        assert!(!headers.contains_key("x-amz-log-result") && !headers.contains_key("x-amz-function-error"));
        assert_eq!(headers["x-amzn-requestid"].len(), 36);
    }
    let (status, _, body) = stand.ask(invocation(&path("echo"), b"").signed(&stand.analyst)).await;
    assert_eq!((status, body.as_str()), (200, "{}"));
    let (_, _, counts) = stand.invoke("word-count", &json!({"bucket": "reports", "key": "team/plan.txt"})).await;
    assert_eq!(counts, json!({"words": 12, "lines": 3, "bytes": 75}));
}

#[tokio::test]
async fn a_function_that_fails_is_not_a_service_that_fails() {
    let stand = Stand::new();
    let (status, headers, error) = stand.invoke("fail", &json!({})).await;
    assert_eq!((status, &headers["x-amz-function-error"]), (200, &"Unhandled".parse().unwrap()));
    assert_eq!(error["errorType"], "ValueError");
    assert!(error["errorMessage"].is_string() && error["stackTrace"].is_array());

    for (bucket, key) in
        [("private", "board/minutes.txt"), ("denied", "nobody-reads-this.txt"), ("unheard-of", "x"), ("reports", "not-there")]
    {
        let (status, headers, error) = stand.invoke("word-count", &json!({"bucket": bucket, "key": key})).await;
        assert_eq!((status, headers.contains_key("x-amz-function-error")), (200, true), "{bucket}");
        assert!(error.get("words").is_none());
    }
    assert!(stand.invoke("word-count", &json!(7)).await.1.contains_key("x-amz-function-error"));
    assert!(stand.invoke("slow", &json!({"seconds": 31})).await.1.contains_key("x-amz-function-error"));
}

#[tokio::test]
async fn the_log_tells_how_long_it_took() {
    let stand = Stand::new();
    let target = path("slow");
    let draft = Draft { headers: &[("x-amz-log-type", "Tail")], ..invocation(&target, br#"{"seconds": 0.2}"#) };
    let started = stand.clock.now();
    let (status, headers, _) = stand.ask(draft.signed(&stand.analyst)).await;
    let waited = stand.clock.now().millis_since(started);
    let log = String::from_utf8(STANDARD.decode(headers["x-amz-log-result"].as_bytes()).unwrap()).unwrap();
    let id = headers["x-amzn-requestid"].to_str().unwrap();
    assert_eq!(status, 200);
    assert!(
        log.starts_with(&format!("START RequestId: {id} Version: $LATEST\n")) && log.contains(&format!("\nEND RequestId: {id}\n")),
        "{log}"
    );
    let duration: f64 = log.split_once("\tDuration: ").unwrap().1.split_once(" ms").unwrap().0.parse().unwrap();
    assert!((200.0..=waited as f64).contains(&duration), "{duration} of {waited}");
}

#[tokio::test]
async fn kinds_of_invocation() {
    let stand = Stand::new();
    let target = path("echo");
    let kind = |headers: &'static [(&'static str, &'static str)]| Draft { headers, ..invocation(&target, b"{}") }.signed(&stand.analyst);
    let (status, _, body) = stand.ask(kind(&[("x-amz-invocation-type", "Event")])).await;
    assert_eq!((status, body.as_str()), (202, ""));
    let (status, _, body) = stand.ask(kind(&[("x-amz-invocation-type", "DryRun")])).await;
    assert_eq!((status, body.as_str()), (204, ""));
    assert_eq!(stand.ask(kind(&[("x-amz-invocation-type", "RequestResponse")])).await.0, 200);
    assert_eq!(stand.refusal(kind(&[("x-amz-invocation-type", "Later")])).await, refused(400, "InvalidParameterValueException"));
    let forbidden = path("forbidden");
    let dry = Draft { headers: &[("x-amz-invocation-type", "DryRun")], ..invocation(&forbidden, b"{}") };
    assert_eq!(stand.refusal(dry.signed(&stand.analyst)).await, refused(403, "AccessDeniedException"));
}

#[tokio::test]
async fn versions_and_aliases() {
    let stand = Stand::new();
    for (target, version) in [("echo:live", "1"), ("echo:1", "1"), ("echo", "$LATEST")] {
        assert_eq!(stand.invoke(target, &json!({})).await.1["x-amz-executed-version"], version);
    }
    let target = format!("{}?Qualifier=live", path("echo"));
    assert_eq!(stand.ask(invocation(&target, b"{}").signed(&stand.analyst)).await.1["x-amz-executed-version"], "1");
    // The policy names `word-count` alone: its versions are other resources.
    assert_eq!(stand.refusal(invocation(&path("word-count:1"), b"{}").signed(&stand.analyst)).await, refused(403, "AccessDeniedException"));
}

#[tokio::test]
async fn too_many_and_then_not() {
    let stand = Stand::new();
    let target = path("busy");
    let ask = |event: &'static [u8]| stand.ask(invocation(&target, event).signed(&stand.analyst));
    for status in [429, 429, 200, 429, 429, 200] {
        assert_eq!(ask(b"{}").await.0, status);
    }
    assert_eq!(ask(br#"{"refusals": 0}"#).await.0, 200);
    assert_eq!(stand.refusal(invocation(&target, b"{}").signed(&stand.analyst)).await, refused(429, "TooManyRequestsException"));
    let other = issue(&stand.registry, &*stand.clock, ANALYST, None);
    for status in [429, 429, 200] {
        assert_eq!(stand.ask(invocation(&target, b"{}").signed(&other)).await.0, status, "with what nobody else has begun");
    }
}

fn streamed(name: &str) -> String {
    format!("/2021-11-15/functions/{name}/response-streaming-invocations")
}

/// The messages of a stream: their type and payload.
async fn messages(stand: &Stand, name: &str, event: &[u8]) -> Vec<(String, Vec<u8>)> {
    let target = streamed(name);
    let draft = Draft { headers: &[("x-amz-log-type", "Tail")], ..invocation(&target, event) };
    let response = stand.router.clone().oneshot(draft.signed(&stand.analyst)).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"application/vnd.amazon.eventstream".parse().unwrap())
    );
    let mut decoder = Decoder::default();
    decoder.push(&response.into_body().collect().await.unwrap().to_bytes());
    let mut messages = Vec::new();
    while let Some(message) = decoder.message().unwrap() {
        messages.push((message.header(":event-type").unwrap().to_owned(), message.payload));
    }
    assert!(!decoder.is_within());
    messages
}

#[tokio::test]
async fn answers_come_in_pieces() {
    let stand = Stand::new();
    let counted = messages(&stand, "count", br#"{"to": 3, "seconds": 0}"#).await;
    let kinds: Vec<&str> = counted.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["PayloadChunk", "PayloadChunk", "PayloadChunk", "InvokeComplete"]);
    let line: Value = serde_json::from_slice(&counted[2].1).unwrap();
    assert_eq!(line["count"], 3);
    let end: Value = serde_json::from_slice(&counted[3].1).unwrap();
    assert!(end.get("ErrorCode").is_none());
    let log = String::from_utf8(STANDARD.decode(end["LogResult"].as_str().unwrap()).unwrap()).unwrap();
    assert!(log.contains("[INFO] 3 of 3\n") && log.contains("\nXRAY TraceId: 1-"), "{log}");

    let failed = messages(&stand, "count", br#"{"to": 3, "seconds": 0, "fail_after": 1}"#).await;
    assert_eq!(failed.len(), 2);
    let end: Value = serde_json::from_slice(&failed[1].1).unwrap();
    assert_eq!(end["ErrorCode"], "Unhandled");
    assert!(end["ErrorDetails"].as_str().unwrap().contains("ValueError"));

    // The same as a whole.
    let (status, _, body) = stand.ask(invocation(&path("count"), br#"{"to": 2, "seconds": 0}"#).signed(&stand.analyst)).await;
    assert_eq!((status, body.lines().count()), (200, 2));
    let (_, headers, _) = stand.invoke("count", &json!({"to": 2, "seconds": 0, "fail_after": 1})).await;
    assert!(headers.contains_key("x-amz-function-error"));
    let (_, headers, _) = stand.invoke("count", &json!({"to": 1_001})).await;
    assert!(headers.contains_key("x-amz-function-error"));
    let picture = messages(&stand, "picture", b"{}").await;
    assert!(picture[0].1.starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn what_is_streamed_is_checked_like_the_rest() {
    let stand = Stand::new();
    let target = streamed("echo");
    let kind = |headers: &'static [(&'static str, &'static str)]| Draft { headers, ..invocation(&target, b"{}") }.signed(&stand.analyst);
    assert_eq!(stand.ask(kind(&[("x-amz-invocation-type", "DryRun")])).await.0, 204);
    assert_eq!(stand.refusal(kind(&[("x-amz-invocation-type", "Event")])).await, refused(400, "InvalidParameterValueException"));
    assert_eq!(
        stand.refusal(invocation(&streamed("forbidden"), b"{}").signed(&stand.analyst)).await,
        refused(403, "AccessDeniedException")
    );
    assert_eq!(stand.refusal(invocation(&target, b"{}").unsigned()).await, refused(403, "MissingAuthenticationTokenException"));
    for (name, allowed) in [("echo", 200), ("buffered", 403)] {
        let headers = [("origin", PORTAL), ("access-control-request-method", "POST"), ("access-control-request-headers", "authorization")];
        let target = streamed(name);
        let ask = |target: &str| stand.ask(Draft { headers: &headers, ..Draft::s3("OPTIONS", target) }.unsigned());
        assert_eq!(ask(&target).await.0, allowed, "{name}");
        assert_eq!(ask(&path(name)).await.0, 200, "{name}");
    }
}

#[tokio::test]
async fn events_that_are_no_events() {
    let stand = Stand::new();
    let target = path("echo");
    for body in [&b"{"[..], b"\xFF", b"{} {}", b"nonsense"] {
        assert_eq!(stand.refusal(invocation(&target, body).signed(&stand.analyst)).await, refused(400, "InvalidRequestContentException"));
    }
    let text = |length: usize| format!("\"{}\"", "x".repeat(length - 2)).into_bytes();
    assert_eq!(stand.ask(invocation(&target, &text(MAX_PAYLOAD)).signed(&stand.analyst)).await.0, 200);
    let large = text(MAX_PAYLOAD + 1);
    assert_eq!(stand.refusal(invocation(&target, &large).signed(&stand.analyst)).await, refused(413, "RequestTooLargeException"));
    let large = text(MAX_EVENT_PAYLOAD + 1);
    let event = Draft { headers: &[("x-amz-invocation-type", "Event")], ..invocation(&target, &large) };
    assert_eq!(stand.refusal(event.signed(&stand.analyst)).await, refused(413, "RequestTooLargeException"));
    // Deep nesting ends in an error, not in a stack overflow.
    let deep = "[".repeat(100_000);
    assert_eq!(
        stand.refusal(invocation(&target, deep.as_bytes()).signed(&stand.analyst)).await,
        refused(400, "InvalidRequestContentException")
    );
}

#[tokio::test]
async fn names_that_lead_nowhere() {
    let stand = Stand::new();
    for name in
        ["forbidden", "arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Aforbidden", "echo%2F..%2Fforbidden", "ech", "ECHO"]
    {
        let (status, headers, body) = stand.invoke(name, &json!({})).await;
        assert_eq!((status, &headers["x-amzn-errortype"]), (403, &"AccessDeniedException".parse().unwrap()), "{name} {body}");
    }
    for name in [
        "unheard-of",
        "echo:7",
        "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aecho",
        "arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Aecho",
    ] {
        let (status, headers, body) = stand.invoke(name, &json!({})).await;
        assert_eq!((status, &headers["x-amzn-errortype"]), (404, &"ResourceNotFoundException".parse().unwrap()), "{name} {body}");
    }
    for target in ["/", "/2015-03-31/functions", "/2015-03-31/functions//invocations", "/2015-03-31/functions/a/b/invocations"] {
        assert_eq!(stand.ask(invocation(target, b"{}").signed(&stand.analyst)).await.0, 404, "{target}");
    }
    let list = Draft { service: "lambda", ..Draft::s3("GET", "/2015-03-31/functions/echo/invocations") };
    assert_eq!(stand.ask(list.signed(&stand.analyst)).await.0, 404);
}

#[tokio::test]
async fn who_is_not_let_in() {
    let stand = Stand::new();
    let other = issue(&stand.registry, &*stand.clock, ANALYST, None);
    let target = path("echo");
    let draft = invocation(&target, b"{}");
    let (id, secret) = (stand.analyst.access_key_id.as_str(), stand.analyst.secret_access_key.expose());
    let token = || Some(stand.analyst.session_token.expose().to_owned());
    let ask = |id: &str, secret: &str, token| stand.refusal(draft.signed_with(id, secret, token));
    assert_eq!(ask(id, "wrong", token()).await, refused(403, "InvalidSignatureException"));
    assert_eq!(ask("ASIAUNHEARDOF2345678", secret, token()).await, refused(403, "UnrecognizedClientException"));
    assert_eq!(ask(id, secret, None).await, refused(403, "UnrecognizedClientException"));
    assert_eq!(ask(id, secret, Some(other.session_token.expose().to_owned())).await, refused(403, "UnrecognizedClientException"));
    assert_eq!(stand.refusal(draft.unsigned()).await, refused(403, "MissingAuthenticationTokenException"));
    for (region, service) in [("us-east-1", "lambda"), ("eu-west-1", "s3")] {
        let scoped = Draft { region, service, ..invocation(&target, b"{}") };
        assert_eq!(stand.refusal(scoped.signed(&stand.analyst)).await, refused(403, "InvalidSignatureException"));
    }
    for (skew, fits) in [(-290, true), (290, true), (-310, false), (310, false)] {
        let skewed = Draft { skew, ..invocation(&target, b"{}") }.signed(&stand.analyst);
        assert_eq!(stand.ask(skewed).await.0 == 200, fits, "{skew}");
    }
    let query = Draft { place: Place::Query(60), ..invocation(&target, b"{}") };
    assert_eq!(stand.refusal(query.signed(&stand.analyst)).await, refused(403, "MissingAuthenticationTokenException"));

    let narrow = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let narrow = issue(&stand.registry, &*stand.clock, ANALYST, Some(narrow));
    assert_eq!(stand.refusal(draft.signed(&narrow)).await, refused(403, "AccessDeniedException"));
    assert_eq!(stand.ask(draft.signed(&stand.analyst)).await.0, 200);
}

#[tokio::test]
async fn an_expired_session_is_told_so() {
    let stand = Stand::new();
    let target = path("echo");
    stand.clock.turn(3_600);
    let late = Draft { skew: 3_600, ..invocation(&target, b"{}") };
    assert_eq!(stand.refusal(late.signed(&stand.analyst)).await, refused(403, "ExpiredTokenException"));
    stand.clock.turn(3_600);
    let later = Draft { skew: 7_200, ..invocation(&target, b"{}") };
    assert_eq!(stand.refusal(later.signed(&stand.analyst)).await, refused(403, "UnrecognizedClientException"));
}

#[tokio::test]
async fn what_was_changed_after_signing() {
    let stand = Stand::new();
    let target = path("echo");
    let signed = || Draft { headers: &[("x-amz-log-type", "None")], ..invocation(&target, b"{}") }.signed(&stand.analyst);
    let mismatch = refused(403, "InvalidSignatureException");
    let mut request = signed();
    *request.body_mut() = Body::from("[]");
    assert_eq!(stand.refusal(request).await, mismatch);
    let mut request = signed();
    request.headers_mut().insert("x-amz-log-type", "Tail".parse().unwrap());
    assert_eq!(stand.refusal(request).await, mismatch);
    let mut request = signed();
    request.headers_mut().insert("x-amz-invocation-type", "Event".parse().unwrap());
    assert_eq!(stand.refusal(request).await, mismatch, "not signed");
    for changed in [path("fail"), format!("{target}?Qualifier=1"), "/2015-03-31/functions/./echo/invocations".to_owned()] {
        let mut request = signed();
        *request.uri_mut() = changed.parse().unwrap();
        assert_eq!(stand.ask(request).await.0 / 100, 4, "{changed}");
    }
    let mut request = signed();
    request.headers_mut().append("x-amz-date", "20261123T063255Z".parse().unwrap());
    assert_eq!(stand.ask(request).await.0, 403, "two dates");
    for broken in ["", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a, Credential=b", "AWS4-HMAC-SHA256 Signature=é", "Bearer x"] {
        let mut request = signed();
        request.headers_mut().insert("authorization", http::HeaderValue::from_bytes(broken.as_bytes()).unwrap());
        assert_eq!(stand.ask(request).await.0, 403, "{broken}");
    }
}

#[tokio::test]
async fn only_the_portal_may_read_answers() {
    let stand = Stand::new();
    let target = path("echo");
    let preflight = |origin| {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization,x-amz-date,x-amz-security-token,x-amz-log-type"),
        ];
        stand.ask(Draft { headers: &headers, ..Draft::s3("OPTIONS", &target) }.unsigned())
    };
    let (status, headers, _) = preflight(PORTAL).await;
    assert_eq!((status, &headers["access-control-allow-origin"]), (200, &PORTAL.parse().unwrap()));
    assert_eq!(headers["access-control-max-age"], "172800");
    let (status, headers, _) = preflight("http://evil.example").await;
    assert_eq!((status, headers.contains_key("access-control-allow-origin")), (403, false));

    for (origin, name, readable) in [(PORTAL, "echo", true), (PORTAL, "forbidden", true), ("http://evil.example", "echo", false)] {
        let target = path(name);
        let headers = [("origin", origin)];
        let (_, headers, _) = stand.ask(Draft { headers: &headers, ..invocation(&target, b"{}") }.signed(&stand.analyst)).await;
        assert_eq!(headers.contains_key("access-control-allow-origin"), readable, "{origin} {name}");
        assert!(!readable || headers["access-control-expose-headers"].to_str().unwrap().contains("x-amzn-ErrorType"));
    }
    let mut request = invocation(&target, b"{}").signed(&stand.analyst);
    request.headers_mut().insert("host", "evil.example".parse().unwrap());
    assert_eq!(stand.ask(request).await.0, 403);
}
