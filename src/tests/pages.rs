//! Pages, files and what stands around them.

use crate::balancer::Person;
use crate::world::World;
use axum::body::Body;
use http::{HeaderMap, Request};
use url::Url;
use vestibule::model::clock::Clock;
use vestibule::server::outside::FetchError;

#[tokio::test]
async fn health_checks_need_no_headers_and_mint_nothing() {
    let world = World::new().await;
    for path in ["/healthz", "/readyz"] {
        let request = Request::get(path).header("host", "10.0.0.7:3000").header("user-agent", "ELB-HealthChecker/2.0");
        let answer = world.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"), "{path}");
    }
    assert!(world.sts.asked().is_empty());
}

#[tokio::test]
async fn every_answer_has_the_headers_that_protect_it() {
    let world = World::new().await;
    for path in ["/", "/browse", "/nothing/here", "/healthz", "/vestibule.js", "/sign-out", "/bye", "/api/whoami", "/pkg/none.js"] {
        let answer = world.page(path, Person::analyst().headers(world.clock.now())).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"));
        let policy = answer.header("content-security-policy");
        for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(directive), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn a_page_may_reach_the_configured_buckets_and_functions_only() {
    let world = World::new().await;
    let first = world.page("/browse", Person::analyst().headers(world.clock.now())).await;
    assert_eq!((first.status.as_u16(), first.header("cache-control")), (200, "private, no-store"));
    let policy = first.header("content-security-policy");
    let (before, after) = policy.split_once("'nonce-").unwrap();
    let nonce = after.split_once('\'').unwrap().0;
    assert!(nonce.len() >= 16, "{nonce}");
    let listings = "https://reports.s3.dualstack.eu-west-1.amazonaws.com https://s3.dualstack.eu-north-1.amazonaws.com/dotted.name https://s3.dualstack.eu-north-1.amazonaws.com/dotted.name/";
    let buckets = "https://reports.s3.eu-west-1.amazonaws.com https://s3.eu-north-1.amazonaws.com/dotted.name https://s3.eu-north-1.amazonaws.com/dotted.name/";
    assert_eq!(
        policy,
        format!(
            "{before}'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; \
             manifest-src 'self'; media-src blob: {buckets}; frame-src blob: {buckets}; connect-src 'self' {buckets} {listings} \
             https://lambda.eu-west-1.amazonaws.com; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; worker-src 'self'"
        )
    );
    let second = world.page("/browse", Person::analyst().headers(world.clock.now())).await;
    assert!(!second.header("content-security-policy").contains(nonce), "a nonce is used once");
}

#[tokio::test]
async fn a_form_may_leave_for_a_terminal_from_the_page_that_answers_it_only() {
    let world = World::new().await;
    let (state, key) = ("5a".repeat(32), "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
    let good = format!("/cli?role=analyst&port=49152&state={state}&key={key}");
    let answered = async |path: &str| {
        let answer = world.page(path, Person::analyst().headers(world.clock.now())).await;
        let policy = answer.header("content-security-policy").to_owned();
        let form = policy.split("; ").find_map(|part| part.strip_prefix("form-action ")).unwrap().to_owned();
        (answer.status.as_u16(), form, answer.header("referrer-policy").to_owned())
    };
    let own = (200, "'self'".to_owned(), "no-referrer".to_owned());
    assert_eq!(answered(&good).await, (200, "'self' http://127.0.0.1:49152".to_owned(), "origin".to_owned()));
    for wrong in [
        good.replace("/cli?", "/access?"),
        good.replace("analyst", "operator"),
        good.replace("49152", "443"),
        good.replace("49152", "49152;script-src%20*"),
        good.replace(&state, "5a"),
        good.replace(key, &format!("02{}", "f".repeat(64))),
        format!("{good}&port=49153"),
        "/cli".to_owned(),
    ] {
        assert_eq!(answered(&wrong).await, own, "{wrong}");
    }
    let nobody = world.page(&good, HeaderMap::new()).await;
    assert!(nobody.status == 401 && nobody.header("content-security-policy").contains("form-action 'self';"));
}

#[tokio::test]
async fn other_endpoints_are_listed_in_place_of_awss() {
    let world = World::with(
        |config| {
            config.aws.s3_endpoint = Some(Url::parse("http://127.0.0.1:3002").unwrap());
            config.aws.lambda_endpoint = Some(Url::parse("http://127.0.0.1:3003/").unwrap());
        },
        |store| store,
    )
    .await;
    let policy = world.page("/browse", Person::analyst().headers(world.clock.now())).await;
    let policy = policy.header("content-security-policy");
    assert!(policy.contains("connect-src 'self' http://127.0.0.1:3002/dotted.name http://127.0.0.1:3002/dotted.name/ http://127.0.0.1:3002/reports http://127.0.0.1:3002/reports/ http://localhost:3002/dotted.name http://localhost:3002/dotted.name/ http://localhost:3002/reports http://localhost:3002/reports/ http://127.0.0.1:3003;"), "{policy}");
    assert!(!policy.contains("amazonaws"), "{policy}");
}

#[tokio::test]
async fn a_refusal_has_a_page_with_the_true_status() {
    let world = World::new().await;
    assert_eq!(world.page("/browse", HeaderMap::new()).await.status, 401);
    let mut broken = Person::analyst().headers(world.clock.now());
    broken.insert("x-amzn-oidc-identity", "somebody-else".parse().unwrap());
    assert_eq!(world.page("/browse", broken).await.status, 401);
    *world.keys.0.lock().unwrap() = Some(FetchError::TimedOut);
    let down = world.page("/browse", Person::analyst().headers(world.clock.now())).await;
    assert_eq!(down.status, 503);
    assert!(down.header("retry-after").parse::<u32>().unwrap() > 0);
}

#[tokio::test]
async fn paths_that_nobody_answers_are_not_found() {
    let world = World::new().await;
    let answer = world.page("/nothing/here", Person::analyst().headers(world.clock.now())).await;
    assert_eq!(answer.status, 404);
    let posted = world.send(Request::post("/nothing/here").body(Body::empty()).unwrap()).await;
    assert_eq!(posted.status, 404);
}

#[tokio::test]
async fn the_credential_provider_for_other_pages_is_small() {
    let world = World::new().await;
    let answer = world.send(Request::get("/vestibule.js").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/javascript; charset=utf-8"));
    assert!(answer.body.len() < 1_000, "{} bytes", answer.body.len());
    assert!(answer.body.contains("export function vestibuleCredentials("));
    for name in ["accessKeyId", "secretAccessKey", "sessionToken", "expiration: new Date("] {
        assert!(answer.body.contains(name), "{name}");
    }
}
