use super::*;
use crate::model::secret::Secret;
use proptest::prelude::*;

fn target(name: &str) -> FunctionTarget {
    FunctionTarget {
        name: name.into(),
        arn: format!("arn:aws:lambda:eu-west-1:111122223333:function:{name}"),
        region: "eu-west-1".into(),
        endpoint: "https://lambda.eu-west-1.amazonaws.com".into(),
        qualifiers: Vec::new(),
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    Answer { status, headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(), body: body.into() }
}

#[test]
fn an_invocation() {
    let invocation = Invocation { qualifier: Some("live"), log_tail: true, payload: b"{}".into(), ..Invocation::default() };
    let draft = invocation.draft(&target("word-count")).unwrap();
    let credentials = Credentials {
        access_key_id: "ASIAEXAMPLE".into(),
        secret_access_key: Secret::new("secret"),
        session_token: Secret::new("token"),
        expiration: Timestamp::from_seconds(4_102_444_800),
    };
    let request = sign(draft, &target("word-count"), &credentials, Timestamp::from_seconds(1_369_353_600));
    assert_eq!(request.method(), Method::Post);
    assert_eq!(request.url(), "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/word-count/invocations?Qualifier=live");
    assert_eq!(request.body(), b"{}");
    let headers: Vec<_> = request.headers().filter(|(name, _)| *name != "authorization").collect();
    assert_eq!(
        headers,
        [
            ("content-type", "application/json"),
            ("x-amz-invocation-type", "RequestResponse"),
            ("x-amz-log-type", "Tail"),
            ("x-amz-date", "20130524T000000Z"),
            ("x-amz-security-token", "token"),
        ]
    );
    let (_, authorization) = request.headers().find(|(name, _)| *name == "authorization").unwrap();
    let start = "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20130524/eu-west-1/lambda/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date;x-amz-invocation-type;x-amz-log-type;x-amz-security-token, Signature=";
    assert!(authorization.starts_with(start), "{authorization}");
}

#[test]
fn a_log_is_asked_for_only_where_there_is_one() {
    for kind in [InvocationType::Event, InvocationType::DryRun] {
        let draft = Invocation { kind, log_tail: true, ..Invocation::default() }.draft(&target("f")).unwrap();
        assert!(draft.headers.contains(&("x-amz-invocation-type", kind.as_str().to_owned())));
        assert!(!draft.headers.iter().any(|(name, _)| *name == "x-amz-log-type"));
    }
}

#[test]
fn an_invocation_whose_answer_is_streamed() {
    let invocation = |kind| Invocation { qualifier: Some("live"), kind, log_tail: true, ..Invocation::default() };
    for (kind, sent) in [
        (InvocationType::RequestResponse, "RequestResponse"),
        (InvocationType::DryRun, "DryRun"),
        // There is no such thing, and nothing is queued by mistake.
        (InvocationType::Event, "RequestResponse"),
    ] {
        let draft = invocation(kind).draft_streamed(&target("a b")).unwrap();
        assert_eq!(draft.path.as_str(), "/2021-11-15/functions/a%20b/response-streaming-invocations");
        assert!(draft.headers.contains(&("x-amz-invocation-type", sent.to_owned())));
        assert!(draft.headers.contains(&("x-amz-log-type", "Tail".to_owned())), "the preflights are the same");
        assert_eq!(draft.query, invocation(kind).draft(&target("a b")).unwrap().query);
    }
}

#[test]
fn bodies_in_base64() {
    let body = |payload: &str| read(answer(200, &[], payload)).unwrap().encoded_body();
    assert_eq!(body(r#"{"statusCode":200,"isBase64Encoded":true,"body":"AP8="}"#), Some(vec![0, 255]));
    for none in
        [r#"{"isBase64Encoded":false,"body":"AP8="}"#, r#"{"isBase64Encoded":true,"body":"?"}"#, r#"{"isBase64Encoded":true}"#, "7", ""]
    {
        assert_eq!(body(none), None, "{none}");
    }
}

#[test]
fn names_that_cannot_stand_in_a_url() {
    assert_eq!(Invocation::default().draft(&target("..")), Err(InvocationError::Name(UnsendableKey::DotSegment)));
    let arn = Invocation::default().draft(&target("arn:aws:lambda:eu-west-1:111122223333:function:f")).unwrap();
    assert_eq!(arn.path.as_str(), "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Af/invocations");
    let hostile = Invocation::default().draft(&target("f/../../x?y#z")).unwrap();
    assert_eq!(hostile.path.as_str(), "/2015-03-31/functions/f%2F..%2F..%2Fx%3Fy%23z/invocations");
}

#[test]
fn a_result_with_its_log() {
    // START, a line of the function, END and REPORT.
    let log = "U1RBUlQgUmVxdWVzdElkOiA4ZjUKY291bnRlZCA0MgpFTkQgUmVxdWVzdElkOiA4ZjUKUkVQT1JUIFJlcXVlc3RJZDogOGY1CUR1cmF0aW9uOiAzLjk1IG1zCUJpbGxlZCBEdXJhdGlvbjogNCBtcwlNZW1vcnkgU2l6ZTogMTI4IE1CCU1heCBNZW1vcnkgVXNlZDogNTAgTUIJSW5pdCBEdXJhdGlvbjogMTQ1LjcxIG1zCQo=";
    let outcome = read(answer(
        200,
        &[("X-Amz-Executed-Version", "$LATEST"), ("x-amz-log-result", log), ("x-amzn-RequestId", "8f5")],
        "{\"words\":42}",
    ))
    .unwrap();
    assert_eq!(outcome.payload, b"{\"words\":42}");
    assert_eq!(outcome.error, None);
    assert_eq!(outcome.executed_version.as_deref(), Some("$LATEST"));
    assert_eq!(outcome.request_id.as_deref(), Some("8f5"));
    let log = outcome.log.unwrap();
    assert!(log.text.contains("counted 42\n"), "{}", log.text);
    assert_eq!(
        log.report,
        Some(Report {
            request_id: "8f5".into(),
            duration_ms: Milliseconds::from_micros(3_950),
            billed_ms: Milliseconds::from_micros(4_000),
            memory_mb: 128,
            max_memory_mb: 50,
            init_ms: Some(Milliseconds::from_micros(145_710))
        })
    );
}

#[test]
fn queued_and_allowed() {
    for status in [202, 204] {
        let outcome = read(answer(status, &[], "")).unwrap();
        assert_eq!((outcome.status, outcome.payload.len(), outcome.error, outcome.log), (status, 0, None, None));
    }
}

#[test]
fn a_log_that_is_not_base64_is_no_log() {
    assert_eq!(read(answer(200, &[("x-amz-log-result", "%%%")], "1")).unwrap().log, None);
}

#[test]
fn functions_that_fail() {
    let fail = |body: &str| read(answer(200, &[("X-Amz-Function-Error", "Unhandled")], body)).unwrap().error.unwrap();
    let python = fail(
        r#"{"errorMessage":"no such key","errorType":"KeyError","requestId":"8f5","stackTrace":["  File \"/var/task/f.py\", line 3, in handler\n    x\n"]}"#,
    );
    assert_eq!(python.kind, "Unhandled");
    assert_eq!((python.error_type.as_deref(), python.message.as_deref()), (Some("KeyError"), Some("no such key")));
    assert_eq!(python.trace, ["  File \"/var/task/f.py\", line 3, in handler\n    x"]);
    let node =
        fail(r#"{"errorType":"TypeError","errorMessage":"x","trace":["TypeError: x","    at handler (file:///var/task/i.mjs:2:9)"]}"#);
    assert_eq!(node.trace.len(), 2);
    let ruby = fail(r#"{"errorMessage":"x","errorType":"E","stackTrace":[["f.rb",3,"handler"]]}"#);
    assert_eq!(ruby.trace, [r#"["f.rb",3,"handler"]"#]);
    let timeout = fail(r#"{"errorMessage":"2026-11-23T06:32:55Z 8f5 Task timed out after 3.00 seconds"}"#);
    assert_eq!(timeout.error_type, None);
    for odd in ["", "null", "[1]", "\"text\"", "{", "{\"errorMessage\":7,\"stackTrace\":7}"] {
        assert_eq!(fail(odd), FunctionError { kind: "Unhandled".into(), ..FunctionError::default() }, "{odd}");
    }
}

#[test]
fn refusals_are_errors() {
    let error = read(answer(404, &[("x-amzn-ErrorType", "ResourceNotFoundException")], r#"{"Message":"Function not found"}"#)).unwrap_err();
    assert_eq!(error.code, "ResourceNotFoundException");
}

proptest! {
    #[test]
    fn answers_never_panic(
        status in 100_u16..600,
        function_error in prop::option::of("\\PC{0,10}"),
        log in "[A-Za-z0-9+/=]{0,80}",
        body in prop::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut headers = vec![("x-amz-log-result".to_owned(), log)];
        headers.extend(function_error.map(|value| ("x-amz-function-error".to_owned(), value)));
        let _ = read(Answer { status, headers, body });
    }
}
