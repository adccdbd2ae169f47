//! Tests of header verification. [`world`] and [`signed`] also serve the tests of other modules:
//! they are the only way to a [`Viewer`](super::Viewer) there, through real signed headers.

mod cases;
pub(crate) mod described;
mod properties;
pub(crate) mod secrecy;
pub(crate) mod signed;
pub(crate) mod world;

use signed::{AccessToken, DataHeader, headers};
use std::collections::BTreeSet;
use std::sync::Arc;
use world::{World, config};

use super::Authenticator;
use crate::server::config::{AccessTokenKind, GroupsFrom};

#[tokio::test]
async fn every_remainder_of_padding_is_accepted() {
    let world = World::new();
    let authenticator = world.authenticator(&config());
    let mut remainders = BTreeSet::new();
    for length in 0..6 {
        let mut data = DataHeader::new(&world);
        data.header.set("typ", serde_json::json!("J".repeat(length / 2)));
        data.payload.set("name", serde_json::json!("n".repeat(length)));
        let token = data.signed();
        let padding = |part: &str| part.len() - part.trim_end_matches('=').len();
        let paddings: Vec<usize> = token.split('.').map(padding).collect();
        remainders.insert((0, paddings[0]));
        remainders.insert((1, paddings[1]));
        assert_eq!(paddings[2], 2, "64 bytes always leave two");
        let viewer = authenticator.authenticate(&headers(&token, signed::SUBJECT, &AccessToken::new(&world).signed())).await.unwrap();
        assert_eq!(viewer.name().unwrap().len(), length);
    }
    assert_eq!(remainders, (0..2).flat_map(|part| (0..3).map(move |padding| (part, padding))).collect());
}

#[tokio::test]
async fn a_viewer_says_what_the_headers_say() {
    let world = World::new();
    let mut access_token = AccessToken::new(&world);
    access_token.claims.set("aud", serde_json::json!("https://portal.example.com"));
    access_token.claims.set("azp", serde_json::json!("party"));
    let headers = headers(&DataHeader::new(&world).signed(), signed::SUBJECT, &access_token.signed());
    let viewer = world.authenticator(&config()).authenticate(&headers).await.unwrap();
    assert_eq!(viewer.subject().as_str(), signed::SUBJECT);
    assert_eq!((viewer.email(), viewer.name()), (Some("ana@example.com"), Some("Ana Lyst")));
    assert_eq!(viewer.groups(), ["analysts"]);
    assert_eq!(viewer.access_token_claim("client_id").unwrap(), signed::CLIENT);
    assert_eq!(viewer.access_token_claim("email"), None, "a claim of the data header only");
    let token = viewer.web_identity_token().unwrap();
    assert_eq!((token.audience(), token.authorized_party()), (&["https://portal.example.com".to_owned()][..], Some("party")));
    assert_eq!(token.expires().seconds(), world.clock.time().seconds() + 3_600);
    assert_eq!(token.open().expose(), access_token.signed());
}

#[tokio::test]
async fn opaque_access_tokens_leave_the_groups_to_the_data_header() {
    let world = World::new();
    let mut config = config();
    config.idp.access_token = AccessTokenKind::Opaque;
    config.idp.groups_from = GroupsFrom::Data;
    let mut data = DataHeader::new(&world);
    data.payload.set("cognito:groups", serde_json::json!(["readers"]));
    let viewer = world.authenticator(&config).authenticate(&headers(&data.signed(), signed::SUBJECT, "00Dexample!opaque")).await.unwrap();
    assert_eq!(viewer.groups(), ["readers"]);
    assert!(viewer.web_identity_token().is_none());
    assert!(viewer.access_token_claim("client_id").is_none());
    config.idp.groups_from = GroupsFrom::AccessToken;
    let viewer = world.authenticator(&config).authenticate(&headers(&data.signed(), signed::SUBJECT, "00Dexample!opaque")).await.unwrap();
    assert!(viewer.groups().is_empty(), "the data header's groups count only where the configuration says so");
}

#[tokio::test]
async fn a_repeat_is_not_verified_again_but_still_held_to_its_time_and_its_neighbours() {
    let world = World::new();
    let authenticator = world.authenticator(&config());
    let (data, access_token) = (DataHeader::new(&world).signed(), AccessToken::new(&world).signed());
    let request = headers(&data, signed::SUBJECT, &access_token);
    authenticator.authenticate(&request).await.unwrap();
    assert_eq!(world.outside.requests(), 2);
    authenticator.authenticate(&request).await.unwrap();
    assert_eq!(world.outside.requests(), 2);

    let rule = async |request| authenticator.authenticate(&request).await.unwrap_err().rule.unwrap().into_string();
    assert_eq!(rule(headers(&data, "somebody-else", &access_token)).await, "identity");
    let mut other = AccessToken::new(&world);
    other.claims.set("sub", serde_json::json!("somebody-else"));
    assert_eq!(rule(headers(&data, signed::SUBJECT, &other.signed())).await, "subject");
    let mut other = AccessToken::new(&world);
    other.claims.set("client_id", serde_json::json!("another"));
    assert_eq!(rule(headers(&data, signed::SUBJECT, &other.signed())).await, "client");
    let mut somebody = DataHeader::new(&world);
    somebody.payload.set("sub", serde_json::json!("somebody-else"));
    assert_eq!(rule(headers(&somebody.signed(), "somebody-else", &access_token)).await, "subject", "a token that is kept for Ana");

    world.clock.advance_seconds(signed::DATA_LIFE + 9);
    authenticator.authenticate(&request).await.unwrap();
    world.clock.advance_seconds(1);
    assert_eq!(rule(request).await, "expired");
}

#[tokio::test]
async fn every_signer_is_asked_for_where_its_own_keys_are() {
    let world = World::new();
    let mut config = config();
    config.alb.signers = vec![
        signed::SIGNER.to_owned(),
        "arn:aws-us-gov:elasticloadbalancing:us-gov-east-1:111122223333:loadbalancer/app/portal/1".to_owned(),
        "arn:aws-cn:elasticloadbalancing:cn-north-1:111122223333:loadbalancer/app/portal/2".to_owned(),
    ];
    let bases = [
        "https://public-keys.auth.elb.eu-west-1.amazonaws.com",
        "https://s3-us-gov-east-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-east-1",
    ];
    for base in bases {
        world.outside.serve(&format!("{base}/{}", signed::KID), signed::BALANCER_PUBLIC_KEY);
    }
    let access_token = AccessToken::new(&world).signed();
    let request = |signer: &str| {
        let mut data = DataHeader::new(&world);
        data.header.set("signer", serde_json::json!(signer));
        headers(&data.signed(), signed::SUBJECT, &access_token)
    };
    let authenticator = world.authenticator(&config);
    for signer in &config.alb.signers[..2] {
        authenticator.authenticate(&request(signer)).await.unwrap();
    }
    assert_eq!(world.outside.requests(), 3, "one for each signer's key and one for the key set");
    let error = authenticator.authenticate(&request(&config.alb.signers[2])).await.unwrap_err();
    assert_eq!(error.status(), 500);
    assert!(error.next_step.contains("alb.key_url"));

    config.alb.key_url = Some("https://keys.example.com/elb/".parse().unwrap());
    world.outside.serve(&format!("https://keys.example.com/elb/{}", signed::KID), signed::BALANCER_PUBLIC_KEY);
    let authenticator: Authenticator = world.authenticator(&config);
    for signer in &config.alb.signers {
        authenticator.authenticate(&request(signer)).await.unwrap();
    }
    assert_eq!(world.outside.requests(), 5, "one key server, one key, one key set");
}

#[tokio::test]
async fn verification_can_run_on_many_tasks_at_once() {
    let world = World::new();
    let authenticator = Arc::new(world.authenticator(&config()));
    let mut tasks = Vec::new();
    for index in 0..50 {
        let mut data = DataHeader::new(&world);
        data.payload.set("name", serde_json::json!(index.to_string()));
        let request = headers(&data.signed(), signed::SUBJECT, &AccessToken::new(&world).signed());
        let authenticator = Arc::clone(&authenticator);
        tasks.push(tokio::spawn(async move { authenticator.authenticate(&request).await.unwrap().name().unwrap().to_owned() }));
    }
    for (index, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), index.to_string());
    }
    assert_eq!(world.outside.requests(), 2);
}
