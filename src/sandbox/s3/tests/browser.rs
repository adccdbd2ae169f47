//! What a browser sees.

use super::*;

fn preflight<'a>(target: &'a str, headers: &'a [(&'a str, &'a str)]) -> Request<Body> {
    Draft { headers, ..Draft::s3("OPTIONS", target) }.unsigned()
}

#[tokio::test]
async fn preflights_of_the_portal_are_answered() {
    let stand = Stand::new();
    for origin in [PORTAL, "http://localhost:3000"] {
        let asked = [
            ("origin", origin),
            ("access-control-request-method", "PUT"),
            ("access-control-request-headers", "authorization,content-type,x-amz-content-sha256,x-amz-date,x-amz-security-token"),
        ];
        let (status, headers, _) = stand.ask(preflight("/reports/team/plan.txt", &asked)).await;
        assert_eq!(status, 200);
        assert_eq!(headers["access-control-allow-origin"], origin);
        assert_eq!(headers["access-control-max-age"], "3000");
        assert_eq!(headers["vary"], "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
        assert!(headers["access-control-allow-headers"].to_str().unwrap().contains("x-amz-security-token"));
    }
}

#[tokio::test]
async fn other_preflights_are_refused() {
    let stand = Stand::new();
    let get = |origin| [("origin", origin), ("access-control-request-method", "GET")];
    for (target, origin, message) in [
        ("/reports/x", "http://evil.example", "CORSResponse: This CORS request is not allowed."),
        ("/reports/x", "null", "CORSResponse: This CORS request is not allowed."),
        ("/reports/x", "http://127.0.0.1:3001", "CORSResponse: This CORS request is not allowed."),
        ("/no-cors/x", PORTAL, "CORSResponse: CORS is not enabled for this bucket."),
        ("/unheard-of/x", PORTAL, "CORSResponse: Bucket not found"),
        ("/", PORTAL, "CORSResponse: Bucket not found"),
    ] {
        let (status, headers, body) = stand.ask(preflight(target, &get(origin))).await;
        assert_eq!((status, element(&body, "Code")), (403, "AccessForbidden"), "{target} {origin}");
        assert!(element(&body, "Message").starts_with(message), "{body}");
        assert!(!headers.contains_key("access-control-allow-origin"));
    }
    assert_eq!(stand.ask(preflight("/reports/x", &[])).await.0, 400);
    assert_eq!(stand.ask(preflight("/reports/x", &[("origin", PORTAL)])).await.0, 400);
}

#[tokio::test]
async fn answers_and_errors_can_be_read_by_the_portal_only() {
    let stand = Stand::new();
    let analyst = stand.analyst();
    let ask = |target: &'static str, origin: &'static str| {
        let mut request = list(target).signed(&analyst);
        request.headers_mut().insert("origin", origin.parse().unwrap());
        stand.ask(request)
    };
    for (target, expected) in
        [("/reports/team/plan.txt", 200), ("/reports/README.md", 403), ("/odd-names/not-there", 404), ("/denied/x", 403)]
    {
        let (status, headers, _) = ask(target, PORTAL).await;
        assert_eq!((status, headers["access-control-allow-origin"].to_str().unwrap()), (expected, PORTAL), "{target}");
        let exposed = headers["access-control-expose-headers"].to_str().unwrap();
        assert!(
            exposed.contains("ETag")
                && exposed.contains("Date")
                && exposed.contains("Content-Range")
                && exposed.contains("x-amz-request-id")
        );
        let (status, headers, _) = ask(target, "http://evil.example").await;
        assert_eq!((status, headers.contains_key("access-control-allow-origin")), (expected, false), "{target}");
    }
    for target in ["/no-cors/readme.txt", "/"] {
        assert!(!ask(target, PORTAL).await.1.contains_key("access-control-allow-origin"), "{target}");
    }
    let (_, headers, _) = stand.ask(list("/reports/team/plan.txt").signed(&analyst)).await;
    assert!(!headers.contains_key("vary"), "S3 says Vary only to those who say Origin");
}

#[tokio::test]
async fn answers_wait_as_long_as_they_are_told() {
    let (registry, clock) = (Arc::new(Registry::new()), Arc::new(TurnedClock::default()));
    let latency = Duration::from_millis(120);
    let router = S3 { latency, ..s3(&registry, &clock, vec![HOST.to_owned()]) }.router();
    let started = crate::model::clock::Clock::now(&*clock);
    let analyst = issue(&registry, &*clock, ANALYST, None);
    let (status, _, _) = read(router.oneshot(list("/empty?list-type=2").signed(&analyst)).await.unwrap()).await;
    assert_eq!(status, 200);
    assert!(crate::model::clock::Clock::now(&*clock).millis_since(started) >= 120);
}
