use super::*;
use crate::server::identity::tests::signed::{ISSUER, JWKS_ADDRESS, POOL_JWKS, POOL_KID};
use crate::server::identity::tests::world::World;

const DISCOVERY_ADDRESS: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE/.well-known/openid-configuration";

fn configured(world: &World) -> Arc<Jwks> {
    Arc::new(Jwks::new(ISSUER, Some(Url::parse(JWKS_ADDRESS).unwrap()), world.fetch(), world.clock()))
}

fn discovered(world: &World, issuer: &str) -> Jwks {
    Jwks::new(issuer, None, world.fetch(), world.clock())
}

async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

fn unavailable<T>(answer: Result<T, JwksError>) -> String {
    match answer {
        Err(JwksError::Unavailable(reason)) => reason.to_string(),
        Err(JwksError::Unknown) => panic!("unknown"),
        Ok(_) => panic!("a key"),
    }
}

#[tokio::test]
async fn the_key_set_is_discovered_from_the_issuer() {
    let world = World::new();
    world.outside.serve(DISCOVERY_ADDRESS, format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"{JWKS_ADDRESS}","more":1}}"#));
    assert!(discovered(&world, ISSUER).key(POOL_KID).await.is_ok());
    assert_eq!(world.outside.requested(), [DISCOVERY_ADDRESS, JWKS_ADDRESS]);
}

#[tokio::test]
async fn a_discovery_document_is_held_to_its_issuer_and_to_https() {
    let world = World::new();
    for (document, reason) in [
        (format!(r#"{{"issuer":"{ISSUER}/","jwks_uri":"{JWKS_ADDRESS}"}}"#), "names another issuer than alb.issuer"),
        (format!(r#"{{"issuer":"https://attacker.example","jwks_uri":"{JWKS_ADDRESS}"}}"#), "names another issuer than alb.issuer"),
        (format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"http://attacker.example/jwks"}}"#), "names a key set that is not behind https"),
        (format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"http://127.0.0.1/jwks"}}"#), "names a key set that is not behind https"),
        (format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"file:///etc/passwd"}}"#), "names a key set that is not behind https"),
        (format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"jwks.json"}}"#), "names a key set that is not behind https"),
        (format!(r#"{{"issuer":"{ISSUER}"}}"#), "is not what OpenID Connect Discovery describes"),
        ("<!doctype html>".to_owned(), "is not what OpenID Connect Discovery describes"),
    ] {
        world.outside.serve(DISCOVERY_ADDRESS, &document);
        let answer = discovered(&world, ISSUER).key(POOL_KID).await;
        assert_eq!(unavailable(answer), format!("The identity provider's discovery document {reason}"), "{document}");
    }
    assert!(world.outside.requested().iter().all(|address| address == DISCOVERY_ADDRESS));
}

#[tokio::test]
async fn plain_http_is_taken_from_loopback_to_loopback() {
    let world = World::new();
    for host in ["127.0.0.1:3005", "localhost:3005", "[::1]:3005"] {
        let issuer = format!("http://{host}");
        world
            .outside
            .serve(&format!("{issuer}/.well-known/openid-configuration"), format!(r#"{{"issuer":"{issuer}","jwks_uri":"{issuer}/jwks"}}"#));
        world.outside.serve(&format!("{issuer}/jwks"), POOL_JWKS);
        assert!(discovered(&world, &issuer).key(POOL_KID).await.is_ok(), "{issuer}");
    }
}

#[tokio::test]
async fn one_fetch_serves_everybody_who_waits() {
    let world = World::new();
    let jwks = configured(&world);
    world.outside.hold();
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            let jwks = Arc::clone(&jwks);
            tokio::spawn(async move { jwks.key(POOL_KID).await })
        })
        .collect();
    settle().await;
    world.outside.open();
    for answer in waiting {
        assert!(answer.await.unwrap().is_ok());
    }
    assert_eq!(world.outside.requests(), 1);
}

#[tokio::test]
async fn an_unknown_id_refreshes_the_set_but_not_every_time() {
    let world = World::new();
    let jwks = configured(&world);
    assert!(jwks.key(POOL_KID).await.is_ok());
    world.outside.serve(JWKS_ADDRESS, POOL_JWKS.replace(POOL_KID, "next"));
    assert!(jwks.key("next").await.is_ok(), "the provider changed its key a moment after the first fetch");
    for index in 0..1_000 {
        assert_eq!(jwks.key(&index.to_string()).await.err(), Some(JwksError::Unknown));
    }
    assert_eq!(world.outside.requests(), 2);
    world.clock.advance_seconds(30);
    assert_eq!(jwks.key("x").await.err(), Some(JwksError::Unknown));
    assert_eq!(jwks.key("x").await.err(), Some(JwksError::Unknown));
    assert_eq!(world.outside.requests(), 3);
}

#[tokio::test]
async fn a_failure_lasts_a_second_at_most() {
    let world = World::new();
    let jwks = configured(&world);
    world.outside.fail(JWKS_ADDRESS, FetchError::Unreachable);
    for _ in 0..100 {
        assert_eq!(unavailable(jwks.key(POOL_KID).await), "The identity provider's key set could not be reached");
    }
    assert_eq!(world.outside.requests(), 1);
    for _ in 0..10 {
        world.clock.advance_seconds(1);
        unavailable(jwks.key(POOL_KID).await);
    }
    assert_eq!(world.outside.requests(), 11);
    world.outside.serve(JWKS_ADDRESS, POOL_JWKS);
    world.clock.advance_seconds(1);
    assert!(jwks.key(POOL_KID).await.is_ok());
}

#[tokio::test]
async fn the_set_is_renewed_in_the_background_and_outlives_an_outage() {
    let world = World::new();
    let jwks = configured(&world);
    assert!(jwks.key(POOL_KID).await.is_ok());
    world.outside.fail(JWKS_ADDRESS, FetchError::TimedOut);
    for _ in 0..11 {
        world.clock.advance_seconds(3_600);
        for _ in 0..20 {
            assert!(jwks.key(POOL_KID).await.is_ok());
            settle().await;
        }
    }
    assert_eq!(world.outside.requests(), 12);
    world.clock.advance_seconds(3_600);
    assert_eq!(unavailable(jwks.key(POOL_KID).await), "The identity provider's key set did not answer within five seconds");
    world.clock.advance_seconds(1);
    world.outside.serve(JWKS_ADDRESS, POOL_JWKS.replace(POOL_KID, "next"));
    assert_eq!(jwks.key(POOL_KID).await.err(), Some(JwksError::Unknown), "withdrawn");
    assert!(jwks.key("next").await.is_ok());
}

#[tokio::test]
async fn discovery_and_key_set_share_five_seconds() {
    struct Slow;
    #[async_trait::async_trait]
    impl Fetch for Slow {
        async fn get(&self, url: &Url, _limit: usize) -> Result<Vec<u8>, FetchError> {
            tokio::time::sleep(Duration::from_secs(3)).await;
            assert_eq!(url.as_str(), DISCOVERY_ADDRESS, "the key set comes too late to be asked for to the end");
            Ok(format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"https://x.example/"}}"#).into_bytes())
        }
    }
    let world = World::new();
    let jwks = Jwks::new(ISSUER, None, Arc::new(Slow), world.clock());
    assert_eq!(unavailable(jwks.key(POOL_KID).await), "The identity provider's key set did not answer within five seconds");
}

#[test]
fn only_rsa_signing_keys_of_2048_bits_and_more_are_taken() {
    let set: serde_json::Value = serde_json::from_str(POOL_JWKS).unwrap();
    let good = &set["keys"][0];
    let with = |changes: &[(&str, serde_json::Value)]| {
        let mut key = good.clone();
        for (name, value) in changes {
            key[*name] = value.clone();
        }
        key
    };
    let weak = &good["n"].as_str().unwrap()[..172];
    let keys = serde_json::json!({"keys": [
        with(&[("kid", "kty".into()), ("kty", "EC".into())]),
        with(&[("kid", "use".into()), ("use", "enc".into())]),
        with(&[("kid", "alg".into()), ("alg", "RS512".into())]),
        with(&[("kid", "weak".into()), ("n", weak.into())]),
        with(&[("kid", "not-base64".into()), ("n", "*".into())]),
        with(&[("kid", 7.into())]),
        {"kty": "oct", "kid": "oct", "k": "AAAA"},
        "nonsense",
        with(&[("kid", "minimal".into()), ("use", serde_json::Value::Null), ("alg", serde_json::Value::Null)]),
        good,
    ]});
    let mut taken: Vec<String> = parse_key_set(keys.to_string().as_bytes()).unwrap().into_keys().collect();
    taken.sort();
    assert_eq!(taken, ["minimal", POOL_KID]);
    for none in ["", "[]", "{}", "{\"keys\":{}}", "<!doctype html>"] {
        assert!(parse_key_set(none.as_bytes()).is_none(), "{none}");
    }
    assert!(parse_key_set(b"{\"keys\":[]}").unwrap().is_empty());
}

#[tokio::test]
async fn a_clock_that_is_set_back_makes_no_key_set_older_than_it_may_be() {
    let world = World::new();
    let jwks = configured(&world);
    assert!(jwks.key(POOL_KID).await.is_ok());
    // The clock ran years ahead when the set was fetched.
    world.clock.advance_seconds(-10 * 365 * 86_400);
    world.outside.serve(JWKS_ADDRESS, POOL_JWKS.replace(POOL_KID, "next"));
    assert!(jwks.key(POOL_KID).await.is_ok());
    settle().await;
    assert_eq!(world.outside.requests(), 2, "renewed at once");
    assert_eq!(jwks.key("next").await.err(), None);
    world.outside.fail(JWKS_ADDRESS, FetchError::TimedOut);
    world.clock.advance_seconds(12 * 3_600);
    assert!(jwks.key("next").await.is_err(), "and it ages");
}
