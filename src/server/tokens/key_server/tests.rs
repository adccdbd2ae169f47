use super::*;
use crate::server::identity::tests::signed::{BALANCER_PUBLIC_KEY, KEY_ADDRESS, KID, P384_PUBLIC_KEY, STRANGER_PUBLIC_KEY};
use crate::server::identity::tests::world::World;

const BASE: &str = "https://public-keys.auth.elb.eu-west-1.amazonaws.com";

fn server(world: &World) -> Arc<KeyServer> {
    Arc::new(KeyServer::new(Url::parse(BASE).unwrap(), world.fetch(), world.clock()))
}

fn kid() -> Kid {
    Kid::parse(KID).unwrap()
}

fn other_kid(index: usize) -> Kid {
    Kid::parse(&format!("{index:08x}-0000-4000-8000-000000000000")).unwrap()
}

/// Lets tasks that were started go as far as they can.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

fn unavailable(answer: Answer) -> String {
    match answer {
        Err(KeyError::Unavailable(reason)) => reason.to_string(),
        Err(KeyError::Unknown) => panic!("unknown"),
        Ok(_) => panic!("a key"),
    }
}

#[tokio::test]
async fn one_fetch_serves_everybody_who_waits() {
    let world = World::new();
    let server = server(&world);
    world.outside.hold();
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            let server = Arc::clone(&server);
            tokio::spawn(async move { server.key(kid()).await })
        })
        .collect();
    settle().await;
    assert_eq!(world.outside.requested(), [KEY_ADDRESS]);
    world.outside.open();
    for answer in waiting {
        assert!(answer.await.unwrap().is_ok());
    }
    assert!(server.key(kid()).await.is_ok());
    assert_eq!(world.outside.requests(), 1);
}

#[tokio::test]
async fn a_failure_is_shared_by_those_who_wait_and_then_forgotten() {
    let world = World::new();
    let server = server(&world);
    world.outside.fail(KEY_ADDRESS, FetchError::TimedOut);
    world.outside.hold();
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            let server = Arc::clone(&server);
            tokio::spawn(async move { server.key(kid()).await })
        })
        .collect();
    settle().await;
    world.outside.open();
    for answer in waiting {
        assert_eq!(unavailable(answer.await.unwrap()), "The load balancer's key server did not answer within five seconds");
    }
    assert_eq!(world.outside.requests(), 1, "nobody waits for five seconds after the other");
    world.outside.serve(KEY_ADDRESS, BALANCER_PUBLIC_KEY);
    assert!(server.key(kid()).await.is_ok(), "recovered, without a pause");
}

#[tokio::test]
async fn who_gives_up_waiting_does_not_stop_the_fetch() {
    let world = World::new();
    let server = server(&world);
    world.outside.hold();
    let impatient = tokio::spawn({
        let server = Arc::clone(&server);
        async move { server.key(kid()).await }
    });
    settle().await;
    impatient.abort();
    let patient = tokio::spawn({
        let server = Arc::clone(&server);
        async move { server.key(kid()).await }
    });
    settle().await;
    world.outside.open();
    assert!(patient.await.unwrap().is_ok());
    assert_eq!(world.outside.requests(), 1);
}

#[tokio::test]
async fn an_unknown_key_is_remembered_for_a_minute() {
    let world = World::new();
    let server = server(&world);
    for status in [404, 403, 410] {
        world.outside.fail(KEY_ADDRESS, FetchError::Status(status));
        let before = world.outside.requests();
        for _ in 0..5 {
            assert_eq!(server.key(kid()).await.err(), Some(KeyError::Unknown));
        }
        assert_eq!(world.outside.requests(), before + 1);
        world.clock.advance_seconds(60);
    }
    world.outside.serve(KEY_ADDRESS, BALANCER_PUBLIC_KEY);
    assert!(server.key(kid()).await.is_ok());
}

#[tokio::test]
async fn a_flood_of_unknown_keys_makes_few_requests_and_leaves_known_ones_alone() {
    let world = World::new();
    let server = server(&world);
    assert!(server.key(kid()).await.is_ok());
    let mut refused = 0;
    for index in 0..5_000 {
        match server.key(other_kid(index)).await {
            Err(KeyError::Unknown) => {}
            Err(KeyError::Unavailable(_)) => refused += 1,
            Ok(_) => panic!("a key out of nothing"),
        }
        assert!(server.key(kid()).await.is_ok());
        world.clock.advance_millis(1);
    }
    // Ten at once, and one every 200 ms for five seconds; the first was the known key.
    assert!((30..=35).contains(&world.outside.requests()), "{} requests", world.outside.requests());
    assert_eq!(refused, 5_000 - (world.outside.requests() - 1));

    // The flood does not keep a key from being renewed either.
    world.clock.advance_seconds(3_600);
    for index in 0..100 {
        let _ = server.key(other_kid(10_000 + index)).await;
    }
    let before = world.outside.requests();
    assert!(server.key(kid()).await.is_ok());
    settle().await;
    assert_eq!(world.outside.requests(), before + 1);
    assert_eq!(world.outside.requested().last().unwrap(), KEY_ADDRESS);
}

#[tokio::test]
async fn memory_is_bounded() {
    let world = World::new();
    let server = server(&world);
    for index in 0..KEYS_HELD + 10 {
        world.outside.serve(&format!("{BASE}/{}", other_kid(index)), BALANCER_PUBLIC_KEY);
        assert!(server.key(other_kid(index)).await.is_ok());
        world.clock.advance_seconds(1);
        assert!(server.key(other_kid(0)).await.is_ok(), "what is in use stays");
    }
    let requests = world.outside.requests();
    assert_eq!(requests, KEYS_HELD + 10);
    assert_eq!(server.shared.state().held.len(), KEYS_HELD);

    let shared = &server.shared;
    for index in 0..2 * UNKNOWN_HELD {
        shared.record(other_kid(index + 1_000), &Err(KeyError::Unknown));
    }
    assert_eq!(shared.state().unknown.len(), UNKNOWN_HELD);
    world.clock.advance_seconds(UNKNOWN_FOR_SECONDS);
    shared.record(other_kid(0), &Err(KeyError::Unknown));
    assert_eq!(shared.state().unknown.len(), 1);
    assert!(shared.state().under_way.is_empty());
}

#[tokio::test]
async fn a_key_is_renewed_in_the_background() {
    let world = World::new();
    let server = server(&world);
    let first = server.key(kid()).await.unwrap();
    world.clock.advance_seconds(3_599);
    server.key(kid()).await.unwrap();
    settle().await;
    assert_eq!(world.outside.requests(), 1);

    world.clock.advance_seconds(1);
    world.outside.serve(KEY_ADDRESS, STRANGER_PUBLIC_KEY);
    world.outside.hold();
    for _ in 0..10 {
        let held = server.key(kid()).await.unwrap();
        assert!(Arc::ptr_eq(&held, &first), "nobody waits for the renewal");
    }
    settle().await;
    assert_eq!(world.outside.requests(), 2);
    world.outside.open();
    settle().await;
    assert!(!Arc::ptr_eq(&server.key(kid()).await.unwrap(), &first));
    assert_eq!(world.outside.requests(), 2);
}

#[tokio::test]
async fn an_outage_of_the_key_server_is_bridged_for_twelve_hours() {
    let world = World::new();
    let server = server(&world);
    server.key(kid()).await.unwrap();
    world.outside.fail(KEY_ADDRESS, FetchError::Unreachable);
    for _ in 0..11 {
        world.clock.advance_seconds(3_600);
        for _ in 0..50 {
            assert!(server.key(kid()).await.is_ok());
            settle().await;
        }
    }
    assert_eq!(world.outside.requests(), 12, "one renewal is tried every thirty seconds at most");
    world.clock.advance_seconds(3_600);
    assert_eq!(unavailable(server.key(kid()).await), "The load balancer's key server could not be reached");
    world.outside.serve(KEY_ADDRESS, BALANCER_PUBLIC_KEY);
    assert!(server.key(kid()).await.is_ok());
}

#[tokio::test]
async fn a_key_that_is_withdrawn_is_forgotten_at_its_renewal() {
    let world = World::new();
    let server = server(&world);
    server.key(kid()).await.unwrap();
    world.outside.fail(KEY_ADDRESS, FetchError::Status(404));
    world.clock.advance_seconds(3_600);
    assert!(server.key(kid()).await.is_ok());
    settle().await;
    assert_eq!(server.key(kid()).await.err(), Some(KeyError::Unknown));
}

#[tokio::test]
async fn a_body_that_is_no_p256_key_is_not_held() {
    let world = World::new();
    let server = server(&world);
    for body in ["<!doctype html>", "", "{\"keys\":[]}", &BALANCER_PUBLIC_KEY.replace("PUBLIC", "EC PRIVATE"), &BALANCER_PUBLIC_KEY[..100]]
    {
        world.outside.serve(KEY_ADDRESS, body);
        assert_eq!(
            unavailable(server.key(kid()).await),
            "The load balancer's key server answered with something that is not a PEM public key"
        );
    }
    for error in [FetchError::Status(302), FetchError::Status(500), FetchError::Status(429), FetchError::TooLarge(4_096)] {
        world.outside.fail(KEY_ADDRESS, error);
        unavailable(server.key(kid()).await);
    }
    world.clock.advance_seconds(60);
    world.outside.serve(KEY_ADDRESS, P384_PUBLIC_KEY);
    assert_eq!(server.key(kid()).await.err(), Some(KeyError::Unknown));
    // A point that is not on the curve: the last digit of its y is another.
    world.clock.advance_seconds(60);
    world.outside.serve(KEY_ADDRESS, BALANCER_PUBLIC_KEY.replace("LeA==", "LeQ=="));
    assert_eq!(server.key(kid()).await.err(), Some(KeyError::Unknown));
    assert!(server.shared.state().held.is_empty());
}

#[tokio::test]
async fn a_fetch_that_dies_does_not_block_its_key() {
    struct Dies;
    #[async_trait::async_trait]
    impl Fetch for Dies {
        async fn get(&self, _url: &Url, _limit: usize) -> Result<Vec<u8>, FetchError> {
            panic!("on purpose")
        }
    }
    let world = World::new();
    let server = KeyServer::new(Url::parse(BASE).unwrap(), Arc::new(Dies), world.clock());
    for _ in 0..2 {
        assert_eq!(unavailable(server.key(kid()).await), "The load balancer's key server was not asked to the end");
    }
}

#[test]
fn keys_stand_where_the_documentation_says() {
    let base = |partition: &str, region: &str| {
        documented_base(&format!("arn:{partition}:elasticloadbalancing:{region}:111122223333:loadbalancer/app/portal/1"))
            .map(|base| key_url(&base, kid()).to_string())
    };
    assert_eq!(base("aws", "eu-west-1").unwrap(), KEY_ADDRESS);
    assert_eq!(
        base("aws-us-gov", "us-gov-west-1").unwrap(),
        format!("https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1/{KID}")
    );
    assert_eq!(
        base("aws-us-gov", "us-gov-east-1").unwrap(),
        format!("https://s3-us-gov-east-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-east-1/{KID}")
    );
    for (partition, region) in [
        ("aws-cn", "cn-north-1"),
        ("aws-iso", "us-iso-east-1"),
        ("aws-eusc", "eusc-de-east-1"),
        ("aws", ""),
        ("aws", "x.attacker.example/"),
    ] {
        assert_eq!(base(partition, region), None, "{partition} {region}");
    }
    assert_eq!(documented_base("arn:aws:s3:eu-west-1:111122223333:x"), None);
    assert_eq!(documented_base("nonsense"), None);
}

#[test]
fn a_configured_base_keeps_its_path() {
    for base in ["http://127.0.0.1:3000/keys", "http://127.0.0.1:3000/keys/"] {
        assert_eq!(key_url(&Url::parse(base).unwrap(), kid()).as_str(), format!("http://127.0.0.1:3000/keys/{KID}"));
    }
    assert_eq!(key_url(&Url::parse("http://[::1]:3000").unwrap(), kid()).as_str(), format!("http://[::1]:3000/{KID}"));
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_no_key_older_than_it_may_be() {
    let world = World::new();
    let server = server(&world);
    server.key(kid()).await.unwrap();
    // The clock ran years ahead when the key was fetched.
    world.clock.advance_seconds(-10 * 365 * 86_400);
    server.key(kid()).await.unwrap();
    settle().await;
    assert_eq!(world.outside.requests(), 2, "renewed at once");
    world.outside.fail(KEY_ADDRESS, FetchError::Status(404));
    world.clock.advance_seconds(3_600);
    server.key(kid()).await.unwrap();
    settle().await;
    assert_eq!(server.key(kid()).await.err(), Some(KeyError::Unknown), "and withdrawn when the key server says so");
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_again_when_the_clock_was_set_back() {
    let world = World::new();
    let server = server(&world);
    world.outside.fail(KEY_ADDRESS, FetchError::Status(404));
    assert_eq!(server.key(kid()).await.err(), Some(KeyError::Unknown));
    world.outside.serve(KEY_ADDRESS, BALANCER_PUBLIC_KEY);
    assert_eq!(server.key(kid()).await.err(), Some(KeyError::Unknown), "within the minute");
    world.clock.advance_seconds(-3_600);
    assert!(server.key(kid()).await.is_ok());
}

#[tokio::test]
async fn no_step_of_the_clock_panics() {
    let world = World::new();
    let server = server(&world);
    for step in [i64::MAX / 4_000, -i64::MAX / 2_000, i64::MAX / 4_000, 1, -1, 60, -60] {
        server.key(kid()).await.unwrap();
        world.clock.advance_seconds(step);
        settle().await;
    }
}
