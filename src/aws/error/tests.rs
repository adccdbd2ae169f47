use super::*;
use proptest::prelude::*;

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    Answer { status, headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(), body: body.into() }
}

fn s3(status: u16, body: &str) -> ServiceError {
    ServiceError::from_s3(&answer(status, &[], body))
}

fn lambda(status: u16, kind: &str, message: &str) -> ServiceError {
    let body = serde_json::json!({ "Type": "User", "message": message }).to_string();
    ServiceError::from_lambda(&answer(status, &[("x-amzn-ErrorType", kind), ("x-amzn-RequestId", "8f5-1")], &body))
}

#[test]
fn a_whole_error_of_s3() {
    let error = s3(
        404,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>\
         <Key>a&amp;b</Key><RequestId>4442587FB7D0A2F9</RequestId><HostId>x/y=</HostId></Error>",
    );
    assert_eq!(
        error,
        ServiceError {
            service: Service::S3,
            status: 404,
            code: "NoSuchKey".into(),
            message: "The specified key does not exist.".into(),
            request_id: Some("4442587FB7D0A2F9".into()),
            server_time: None,
            remedy: Remedy::NotFound,
        }
    );
    assert_eq!(error.to_string(), "S3 answered NoSuchKey (404): The specified key does not exist.");
}

#[test]
fn whose_move_it_is_with_s3() {
    for (status, code, remedy) in [
        (400, "ExpiredToken", Remedy::RefreshCredentials),
        (400, "InvalidToken", Remedy::RefreshCredentials),
        (400, "TokenRefreshRequired", Remedy::RefreshCredentials),
        (403, "InvalidAccessKeyId", Remedy::RefreshCredentials),
        (403, "RequestTimeTooSkewed", Remedy::CorrectClock),
        (403, "AccessDenied", Remedy::AskForAccess),
        (403, "SignatureDoesNotMatch", Remedy::Report),
        (301, "PermanentRedirect", Remedy::OtherRegion(None)),
        (307, "TemporaryRedirect", Remedy::OtherRegion(None)),
        (400, "AuthorizationHeaderMalformed", Remedy::OtherRegion(None)),
        (400, "IllegalLocationConstraintException", Remedy::OtherRegion(None)),
        (503, "SlowDown", Remedy::Retry),
        (500, "InternalError", Remedy::Retry),
        (404, "NoSuchBucket", Remedy::NotFound),
        (403, "InvalidObjectState", Remedy::Restore),
        (400, "KeyTooLongError", Remedy::ChangeInput),
        (416, "InvalidRange", Remedy::ChangeInput),
        (400, "SomethingNew", Remedy::Report),
        (507, "SomethingNew", Remedy::Retry),
    ] {
        // Bare, as Ceph and others write it.
        let error = s3(status, &format!("<Error><Code>{code}</Code></Error>"));
        assert_eq!(error.remedy, remedy, "{code}");
        assert!(!error.next_step().is_empty());
    }
}

#[test]
fn the_region_is_told() {
    let error = s3(
        400,
        "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region 'us-east-1' is wrong; \
         expecting 'eu-west-1'</Message><Region>eu-west-1</Region></Error>",
    );
    assert_eq!(error.remedy, Remedy::OtherRegion(Some("eu-west-1".into())));
    assert!(error.next_step().contains("eu-west-1"));
    let head = ServiceError::from_s3(&answer(400, &[("X-Amz-Bucket-Region", "eu-west-1")], ""));
    assert_eq!(head.remedy, Remedy::OtherRegion(Some("eu-west-1".into())));
    let hostile = s3(301, "<Error><Code>PermanentRedirect</Code><Region>&lt;script&gt; x</Region></Error>");
    assert_eq!(hostile.remedy, Remedy::OtherRegion(None));
}

/// A HEAD has no body; a proxy has one of its own.
#[test]
fn errors_without_a_document() {
    for body in
        ["", "<html><head><title>503</title></head><body><h1>Service Unavailable</h1><br></body></html>", "Forbidden", "\u{0}", "{\"a\":1}"]
    {
        for (status, code, remedy) in [
            (301, "PermanentRedirect", Remedy::OtherRegion(None)),
            (400, "BadRequest", Remedy::RefreshCredentials),
            (403, "AccessDenied", Remedy::AskForAccess),
            (404, "NotFound", Remedy::NotFound),
            (416, "InvalidRange", Remedy::ChangeInput),
            (429, "TooManyRequests", Remedy::Retry),
            (503, "ServiceUnavailable", Remedy::Retry),
            (599, "UnknownError", Remedy::Retry),
            (0, "UnknownError", Remedy::Report),
        ] {
            let error = s3(status, body);
            assert_eq!((error.code.as_str(), &error.remedy, error.message.as_str()), (code, &remedy, ""), "{status} {body}");
        }
    }
    let error = ServiceError::from_s3(&answer(403, &[("x-amz-request-id", "ABC")], ""));
    assert_eq!(error.request_id.as_deref(), Some("ABC"));
    assert_eq!(error.to_string(), "S3 answered AccessDenied (403)");
}

#[test]
fn errors_in_a_wrapper() {
    let error =
        s3(403, "<ErrorResponse xmlns=\"u\"><Type/><Error><Code>AccessDenied</Code></Error><RequestId>r</RequestId></ErrorResponse>");
    assert_eq!(error.code, "AccessDenied");
    assert_eq!(s3(403, "<ErrorResponse><Type/></ErrorResponse>").code, "AccessDenied");
}

#[test]
fn a_url_that_ran_out_is_a_matter_of_time() {
    let error = s3(
        403,
        "<Error><Code>AccessDenied</Code><Message>Request has expired</Message><X-Amz-Expires>120</X-Amz-Expires>\
         <Expires>2026-11-23T06:30:00Z</Expires><ServerTime>2026-11-23T06:32:55Z</ServerTime></Error>",
    );
    assert_eq!(error.remedy, Remedy::CorrectClock);
    assert_eq!(error.server_time, Timestamp::parse_rfc3339("2026-11-23T06:32:55Z"));
}

#[test]
fn whose_move_it_is_with_lambda() {
    for (status, kind, message, remedy) in [
        (404, "ResourceNotFoundException", "Function not found: f", Remedy::NotFound),
        (403, "AccessDeniedException", "User: x is not authorized to perform: lambda:InvokeFunction", Remedy::AskForAccess),
        (403, "ExpiredTokenException", "The security token included in the request is expired", Remedy::RefreshCredentials),
        (403, "UnrecognizedClientException", "The security token included in the request is invalid.", Remedy::RefreshCredentials),
        (403, "InvalidSignatureException", "Signature expired: 20261123T060000Z is now earlier than x (y - 5 min.)", Remedy::CorrectClock),
        (403, "InvalidSignatureException", "The request signature we calculated does not match.", Remedy::Report),
        (429, "TooManyRequestsException", "Rate Exceeded.", Remedy::Retry),
        (500, "ServiceException", "", Remedy::Retry),
        (400, "InvalidRequestContentException", "Could not parse request body into json", Remedy::ChangeInput),
        (413, "RequestTooLargeException", "x", Remedy::ChangeInput),
        (502, "KMSAccessDeniedException", "x", Remedy::RepairFunction),
        (502, "EC2ThrottledException", "x", Remedy::Retry),
        (404, "com.amazonaws#ResourceNotFoundException:http://internal.amazon.com/coral/", "x", Remedy::NotFound),
    ] {
        let error = lambda(status, kind, message);
        assert_eq!(error.remedy, remedy, "{kind}");
        assert_eq!(error.message, message);
        assert_eq!(error.request_id.as_deref(), Some("8f5-1"));
        assert!(!error.next_step().is_empty());
    }
}

#[test]
fn lambda_without_the_header() {
    let body = |text: &str| ServiceError::from_lambda(&answer(403, &[], text));
    assert_eq!(body(r#"{"__type":"a.b#ExpiredTokenException","message":"m"}"#).remedy, Remedy::RefreshCredentials);
    assert_eq!(body(r#"{"Message":"User is not authorized"}"#).message, "User is not authorized");
    for odd in ["", "null", "[]", "<html>", "{\"message\":7}", &format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000))] {
        let error = body(odd);
        assert_eq!((error.code.as_str(), error.message.as_str(), &error.remedy), ("AccessDenied", "", &Remedy::AskForAccess));
    }
}

/// AWS explains a wrong signature with the request as it understood it, session token included.
#[test]
fn messages_do_not_repeat_the_session_token() {
    let message = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing \
                   method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'POST\n\
                   /2015-03-31/functions/f/invocations\n\nhost:h\nx-amz-security-token:the-session-token\n\nhost\ne3b0'\n\nThe String-to-Sign \
                   should have been\n'AWS4-HMAC-SHA256\n20261123T063255Z\n'\n";
    for error in [
        lambda(403, "InvalidSignatureException", message),
        s3(
            403,
            &format!(
                "<Error><Code>SignatureDoesNotMatch</Code><Message>{message}</Message><CanonicalRequest>GET\nX-Amz-Security-Token=the-session-token</CanonicalRequest><StringToSign>the-session-token</StringToSign></Error>"
            ),
        ),
    ] {
        assert!(!format!("{error} {error:?}").contains("the-session"), "{error:?}");
        assert!(error.message.ends_with("signing method."), "{}", error.message);
    }
    let authorization = "'AWS4-HMAC-SHA256 Credential=x, Signature=abc' not a valid key=value pair";
    assert_eq!(lambda(403, "IncompleteSignatureException", authorization).message, "");
    let answer = answer(403, &[("x", "the-session-token")], "the-session-token");
    assert!(!format!("{answer:?}").contains("the-session"));
}

#[test]
fn long_and_odd_messages_are_bounded() {
    let error = s3(
        400,
        &format!(
            "<Error><Code>{}</Code><Message>a\u{7}b {}</Message><RequestId>no spaces here</RequestId></Error>",
            "C".repeat(300),
            "é".repeat(2_000)
        ),
    );
    assert_eq!(error.code.chars().count(), LONGEST_CODE + 1);
    assert_eq!(error.message.chars().count(), LONGEST_MESSAGE + 1);
    assert!(error.message.starts_with("a b é"));
    assert_eq!(error.request_id, None);
    let huge = format!("<Error><Code>NoSuchKey</Code><Message>{}</Message></Error>", "x".repeat(LONGEST_BODY));
    assert_eq!(s3(404, &huge).code, "NotFound");
}

proptest! {
    #[test]
    fn never_panics(status in any::<u16>(), body in prop::collection::vec(any::<u8>(), 0..200), kind in "\\PC{0,20}", text in "\\PC{0,60}") {
        let bytes = Answer { status, headers: vec![("x-amzn-errortype".into(), kind)], body };
        let json = Answer { body: serde_json::json!({ "message": text }).to_string().into(), ..bytes.clone() };
        let xml = Answer { body: format!("<Error><Code>{text}</Code><Message>{text}</Message></Error>").into(), ..bytes.clone() };
        for answer in [bytes, json, xml] {
            for error in [ServiceError::from_s3(&answer), ServiceError::from_lambda(&answer)] {
                let _ = (error.to_string(), error.next_step());
            }
        }
    }

    /// Wherever the token stands behind a mark of the canonical request, it is not kept.
    #[test]
    fn what_follows_a_mark_is_dropped(before in "[ -~]{0,40}", mark in "([Xx]-[Aa]mz-[Ss]ecurity-[Tt]oken|X-AMZ-SECURITY-TOKEN)[:=]") {
        let shown = presentable(&format!("{before}{mark}the-session-token"));
        prop_assert!(!shown.contains("the-session-token"));
    }
}
