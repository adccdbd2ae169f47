//! Everything that must be refused, by header and by query signature.

use super::*;
use crate::sandbox::trial::Place;

const TEAM: &str = "/reports?list-type=2&prefix=team%2F&max-keys=2";
const PLAN: &str = "/reports/team/plan.txt";
const PLACES: [Place; 2] = [Place::Header, Place::Query(120)];

fn with(draft: Draft<'_>, place: Place) -> Draft<'_> {
    Draft { place, ..draft }
}

#[tokio::test]
async fn the_right_request_is_answered_both_ways() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    for place in PLACES {
        let (status, headers, body) = stand.ask(with(list(TEAM), place).signed(&analyst)).await;
        assert_eq!((status, element(&body, "KeyCount")), (200, "2"), "{place:?} {body}");
        assert_eq!(headers["x-amz-request-id"].len(), 16);
        assert_eq!(stand.ask(with(list(PLAN), place).signed(&analyst)).await.0, 200, "{place:?}");
    }
}

#[tokio::test]
async fn keys_and_tokens_that_are_not_right() {
    let stand = Stand::new();
    let (analyst, other) = (stand.analyst(), stand.analyst());
    let (id, secret) = (analyst.access_key_id.as_str(), analyst.secret_access_key.expose());
    let token = analyst.session_token.expose().to_owned();
    for place in PLACES {
        let draft = with(list(TEAM), place);
        let ask = |id: &str, secret: &str, token: Option<String>| stand.refusal(draft.signed_with(id, secret, token));
        let others = other.session_token.expose().to_owned();
        assert_eq!(ask(id, "wrong", Some(token.clone())).await, refused(403, "SignatureDoesNotMatch"), "{place:?}");
        assert_eq!(ask(id, other.secret_access_key.expose(), Some(token.clone())).await, refused(403, "SignatureDoesNotMatch"));
        assert_eq!(ask("ASIAUNHEARDOF2345678", secret, Some(token.clone())).await, refused(403, "InvalidAccessKeyId"));
        assert_eq!(ask(id, secret, None).await, refused(403, "InvalidAccessKeyId"), "no token");
        assert_eq!(ask(id, secret, Some(others)).await, refused(400, "InvalidToken"), "another session's token");
        assert_eq!(ask(id, secret, Some(format!("{token}x"))).await, refused(400, "InvalidToken"));
        assert_eq!(ask(id, secret, Some(String::new())).await.0 / 100, 4);
    }
}

#[tokio::test]
async fn an_expired_session_is_told_so() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    stand.clock.turn(3_599);
    assert_eq!(stand.ask(list(TEAM).signed(&analyst)).await.0, 200);
    stand.clock.turn(1);
    for place in PLACES {
        assert_eq!(stand.refusal(with(list(TEAM), place).signed(&analyst)).await, refused(400, "ExpiredToken"), "{place:?}");
    }
    stand.clock.turn(3_600);
    assert_eq!(stand.refusal(list(TEAM).signed(&analyst)).await, refused(403, "InvalidAccessKeyId"), "forgotten");
}

#[tokio::test]
async fn a_presigned_request_lives_as_long_as_it_says() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    let presigned = |seconds, skew| Draft { skew, ..with(list(TEAM), Place::Query(seconds)) }.signed(&analyst);
    assert_eq!(stand.ask(presigned(120, -100)).await.0, 200);
    assert_eq!(stand.refusal(presigned(120, -130)).await, refused(403, "AccessDenied"));
    assert_eq!(stand.refusal(presigned(120, 1_000)).await, refused(403, "RequestTimeTooSkewed"));
    assert_eq!(stand.ask(presigned(7 * 86_400, 0)).await.0, 200);
    assert_eq!(stand.refusal(presigned(7 * 86_400 + 1, 0)).await, refused(400, "AuthorizationQueryParametersError"));
}

#[tokio::test]
async fn clocks_may_be_a_quarter_of_an_hour_apart() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    for skew in [-880, 880] {
        assert_eq!(stand.ask(Draft { skew, ..list(TEAM) }.signed(&analyst)).await.0, 200);
    }
    for skew in [-910, 910] {
        assert_eq!(stand.refusal(Draft { skew, ..list(TEAM) }.signed(&analyst)).await, refused(403, "RequestTimeTooSkewed"));
    }
}

#[tokio::test]
async fn what_the_policy_does_not_allow() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    for (method, target) in [
        ("GET", "/reports?list-type=2"),
        ("GET", "/reports?list-type=2&prefix="),
        ("GET", "/reports?list-type=2&prefix=team"),
        ("GET", "/reports?list-type=2&prefix=archive%2F"),
        ("GET", "/reports?list-type=2&prefix=x%2Fteam%2F"),
        ("GET", "/reports?prefix=archive%2F"),
        ("GET", "/reports/README.md"),
        ("GET", "/reports/archive/2023/q1/summary.json"),
        ("GET", "/reports/archive/not-there"),
        ("GET", "/reports/team/not-there"),
        ("GET", "/reports/team/../README.md"),
        ("GET", "/reports/Team/plan.txt"),
        ("GET", "/reports//team/plan.txt"),
        ("PUT", "/reports/archive/new.txt"),
        ("DELETE", "/reports/README.md"),
        ("GET", "/reports?location"),
        ("GET", "/reports?cors"),
        ("GET", "/reports?policy"),
        ("PUT", "/reports?policy"),
        ("PUT", "/new-bucket-name"),
        ("DELETE", "/reports"),
        ("GET", "/reports/team/plan.txt?versionId=null"),
        ("GET", "/reports/team/plan.txt?acl"),
        ("GET", "/private?list-type=2"),
        ("GET", "/private/board/minutes.txt"),
        ("GET", "/denied?list-type=2"),
        ("GET", "/denied/nobody-reads-this.txt"),
        ("GET", "/"),
    ] {
        let (status, headers, body) = stand.ask(Draft::s3(method, target).signed(&analyst)).await;
        // The bucket that does not exist is no secret, and creating it is refused too.
        let expected = if target == "/new-bucket-name" { (404, "NoSuchBucket") } else { (403, "AccessDenied") };
        assert_eq!((status, element(&body, "Code")), expected, "{method} {target}: {body}");
        assert!(headers.contains_key("x-amz-request-id"));
    }
    assert_eq!(stand.refusal(list("/unheard-of?list-type=2").signed(&analyst)).await, refused(404, "NoSuchBucket"));
    assert_eq!(stand.refusal(list("/odd-names/not-there").signed(&analyst)).await, refused(404, "NoSuchKey"), "may list, so is told");
    let (_, _, body) = stand.ask(list("/reports/README.md").signed(&analyst)).await;
    assert_eq!(
        element(&body, "Message"),
        "User: arn:aws:sts::000000000000:assumed-role/analyst/ada.trial is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::reports/README.md because no identity-based policy allows the s3:GetObject action"
    );
}

#[tokio::test]
async fn a_refused_write_writes_nothing() {
    let stand = Stand::new();
    let reader = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:ListBucket","s3:GetObject"],"Resource":"*"}}"#;
    let reader = issue(&stand.registry, &*stand.clock, reader, None);
    for place in PLACES {
        let put = Draft { body: b"changed", ..with(Draft::s3("PUT", PLAN), place) };
        assert_eq!(stand.refusal(put.signed(&reader)).await, refused(403, "AccessDenied"));
        assert_eq!(stand.refusal(with(Draft::s3("DELETE", PLAN), place).signed(&reader)).await, refused(403, "AccessDenied"));
    }
    let copy = Draft { headers: &[("x-amz-copy-source", "/odd-names/plain.txt")], ..Draft::s3("PUT", PLAN) };
    assert_eq!(stand.refusal(copy.signed(&reader)).await, refused(403, "AccessDenied"));
    assert!(stand.ask(list(PLAN).signed(&reader)).await.2.starts_with("Monday"));
}

#[tokio::test]
async fn a_copy_needs_the_right_to_read_its_source() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    for source in ["/reports/README.md", "private/board/minutes.txt", "/denied/nobody-reads-this.txt", "/reports/archive/not-there"] {
        let headers = [("x-amz-copy-source", source)];
        let copy = Draft { headers: &headers, ..Draft::s3("PUT", "/reports/team/stolen.txt") };
        assert_eq!(stand.refusal(copy.signed(&analyst)).await, refused(403, "AccessDenied"), "{source}");
    }
    // A presigned upload must not become a copy.
    let put = with(Draft::s3("PUT", "/reports/team/stolen.txt"), Place::Query(60));
    let mut request = put.signed(&analyst);
    request.headers_mut().insert("x-amz-copy-source", "/reports/team/plan.txt".parse().unwrap());
    assert_eq!(stand.refusal(request).await, refused(403, "AccessDenied"));
}

#[tokio::test]
async fn a_session_policy_narrows_and_does_not_widen() {
    let stand = Stand::new();
    let narrow = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::reports/team/2026/*","arn:aws:s3:::reports/archive/*"]}]}"#;
    let session = issue(&stand.registry, &*stand.clock, ANALYST, Some(narrow));
    assert_eq!(stand.ask(list("/reports/team/2026/budget.csv").signed(&session)).await.0, 200);
    for target in [PLAN, TEAM, "/reports/archive/2023/q1/summary.json"] {
        assert_eq!(stand.refusal(list(target).signed(&session)).await, refused(403, "AccessDenied"), "{target}");
    }
}

#[tokio::test]
async fn what_was_changed_after_signing() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    let mismatch = refused(403, "SignatureDoesNotMatch");
    for place in PLACES {
        for (from, to) in
            [("max-keys=2", "max-keys=3"), ("prefix=team%2F", "prefix=team%2Fx"), ("list-type=2", "list-type=2&start-after=a")]
        {
            let mut request = with(list(TEAM), place).signed(&analyst);
            *request.uri_mut() = request.uri().to_string().replacen(from, to, 1).parse().unwrap();
            assert_eq!(stand.refusal(request).await, mismatch, "{place:?} {to}");
        }
        let mut request = with(list(PLAN), place).signed(&analyst);
        *request.uri_mut() = request.uri().to_string().replacen("plan.txt", "contacts.csv", 1).parse().unwrap();
        assert_eq!(stand.refusal(request).await, mismatch);
        let mut request = with(list(PLAN), place).signed(&analyst);
        *request.method_mut() = http::Method::DELETE;
        assert_eq!(stand.refusal(request).await, mismatch);
    }
    let mut request = with(list(TEAM), Place::Query(60)).signed(&analyst);
    *request.uri_mut() = request.uri().to_string().replacen("Expires=60", "Expires=600", 1).parse().unwrap();
    assert_eq!(stand.refusal(request).await, mismatch);
    // A header that was not signed.
    let mut request = list(PLAN).signed(&analyst);
    request.headers_mut().insert("x-amz-meta-extra", "1".parse().unwrap());
    assert_eq!(stand.refusal(request).await, refused(403, "AccessDenied"));
    // A body that was not signed.
    let mut request = Draft { body: b"signed!", ..Draft::s3("PUT", "/reports/team/new.txt") }.signed(&analyst);
    *request.body_mut() = Body::from("changed");
    assert_eq!(stand.ask(request).await.0, 400);
    assert_eq!(stand.ask(list("/reports/team/new.txt").signed(&analyst)).await.0, 403, "nothing was put");
}

#[tokio::test]
async fn scopes_of_other_regions_and_services() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    for place in PLACES {
        let region = Draft { region: "us-east-1", ..with(list(TEAM), place) };
        assert_eq!(stand.refusal(region.signed(&analyst)).await, refused(400, "AuthorizationHeaderMalformed"));
        let service = Draft { service: "lambda", ..with(list(TEAM), place) };
        assert_eq!(stand.refusal(service.signed(&analyst)).await, refused(501, "NotImplemented"));
    }
}

#[tokio::test]
async fn nobody_is_not_let_in() {
    let stand = Stand::new();
    for target in
        [TEAM, PLAN, "/", "/denied/x", "/empty?list-type=2", "/reports?list-type=2&prefix=team%2F&X-Amz-Algorithm=AWS4-HMAC-SHA256"]
    {
        assert_eq!(stand.refusal(list(target).unsigned()).await, refused(403, "AccessDenied"), "{target}");
    }
    let old = Draft { headers: &[("authorization", "AWS ASIAX:c2lnbmF0dXJl"), ("date", "Mon, 23 Nov 2026 06:32:55 GMT")], ..list(TEAM) };
    assert_eq!(stand.ask(old.unsigned()).await.0, 403, "signature version 2");
    let form = "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nteam/x\r\n--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--b--\r\n";
    let post =
        Draft { headers: &[("content-type", "multipart/form-data; boundary=b")], body: form.as_bytes(), ..Draft::s3("POST", "/reports") };
    assert_eq!(stand.ask(post.unsigned()).await.0, 403, "a form");
}

#[tokio::test]
async fn what_stands_there_twice() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    for place in PLACES {
        for target in [
            "/reports?list-type=2&prefix=team%2F&prefix=archive%2F",
            "/reports?list-type=2&prefix=team%2F&%70refix=",
            "/reports?list-type=2&prefix=team%2F&Prefix=x",
        ] {
            assert_eq!(stand.refusal(with(list(target), place).signed(&analyst)).await, refused(400, "InvalidArgument"), "{target}");
        }
        let mut request = with(list(TEAM), place).signed(&analyst);
        request.headers_mut().append("x-amz-security-token", "first".parse().unwrap());
        request.headers_mut().append("x-amz-security-token", "second".parse().unwrap());
        assert_eq!(stand.refusal(request).await, refused(400, "InvalidArgument"));
        let mut request = with(list(TEAM), place).signed(&analyst);
        request.headers_mut().append("authorization", "x".parse().unwrap());
        assert_eq!(stand.refusal(request).await, refused(400, "InvalidArgument"), "two signatures");
    }
}

#[tokio::test]
async fn a_signature_must_cover_the_host() {
    use super::super::access::Access;
    use s3s::auth::S3Auth as _;
    let stand = Stand::new();
    let analyst = stand.analyst();
    // Signed by hand, without the host: `s3s` alone would take it.
    let date = crate::model::clock::Clock::now(&*stand.clock).amz_date();
    let token = analyst.session_token.expose();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let names = "x-amz-content-sha256;x-amz-date;x-amz-security-token";
    let canonical = format!(
        "GET\n/empty\nlist-type=2\nx-amz-content-sha256:{empty}\nx-amz-date:{date}\nx-amz-security-token:{token}\n\n{names}\n{empty}"
    );
    let scope = format!("{}/eu-west-1/s3/aws4_request", &date[..8]);
    let digest = <sha2::Sha256 as sha2::Digest>::digest(canonical.as_bytes());
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex::encode(digest));
    let day =
        std::time::SystemTime::UNIX_EPOCH + Duration::from_millis(crate::model::clock::Clock::now(&*stand.clock).millis().unsigned_abs());
    let key = aws_sigv4::sign::v4::generate_signing_key(analyst.secret_access_key.expose(), day, "eu-west-1", "s3");
    let signature = aws_sigv4::sign::v4::calculate_signature(key, to_sign.as_bytes());
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", analyst.access_key_id);
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-amz-date", &date),
        ("x-amz-content-sha256", empty),
        ("x-amz-security-token", token),
    ];
    let (status, _, body) = stand.ask(Draft { headers: &headers, ..list("/empty?list-type=2") }.unsigned()).await;
    assert_eq!((status, element(&body, "Message")), (403, "The host header must be signed"));

    let access = Access { buckets: Arc::default(), registry: Arc::clone(&stand.registry), clock: Arc::clone(&stand.clock) as Arc<_> };
    assert!(access.get_secret_key(&analyst.access_key_id).await.is_ok(), "the key itself is known");
}

#[tokio::test]
async fn only_listed_hosts_are_answered() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    for host in ["evil.example", "127.0.0.1", "127.0.0.1:3003", "reports.127.0.0.1:3002", "127.0.0.1:3002.evil.example", ""] {
        let mut request = list(TEAM).signed(&analyst);
        request.headers_mut().insert("host", host.parse().unwrap());
        assert_eq!(stand.refusal(request).await, refused(403, "AccessDenied"), "{host}");
    }
    let mut request = list(TEAM).signed(&analyst);
    request.headers_mut().remove("host");
    assert_eq!(stand.ask(request).await.0, 403);
}

#[tokio::test]
async fn dot_segments_lead_nowhere() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    let up = list("/odd-names/../reports/README.md").signed(&analyst);
    assert_eq!(stand.refusal(up).await, refused(404, "NoSuchKey"), "a key like any other");
    for target in ["/odd-names/%2E%2E/reports/README.md", "/odd-names/..%2Freports%2FREADME.md"] {
        // The signature covers the path as S3 writes it, in which neither dot nor slash is encoded.
        assert_eq!(stand.refusal(list(target).signed(&analyst)).await, refused(403, "SignatureDoesNotMatch"), "{target}");
    }
    assert_eq!(stand.refusal(list("/../reports/team/plan.txt").signed(&analyst)).await.0, 400);
    assert_eq!(stand.ask(list("/odd-names/dots/../up.txt").signed(&analyst)).await.2, "dots/../up.txt");
    assert_eq!(stand.refusal(list("/odd-names/%FF").signed(&analyst)).await.0 / 100, 4, "not UTF-8");
}
