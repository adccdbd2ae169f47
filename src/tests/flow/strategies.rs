//! The flow of strategies other than `web-identity`.

use super::{MINT, Told, assert_holds_no_part, minted};
use crate::assume_role::assume_role;
use crate::balancer::Person;
use crate::cognito;
use crate::strategies::{issuer_world, pool_world};
use crate::sts::Answer;
use crate::world::World;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde_json::{Value, json};
use vestibule::server::config::{AccessTokenKind, Config, GroupsFrom, PoolFlow, RoleStrategy, SessionPolicy};

#[tokio::test]
async fn assume_role_is_told_with_its_tags_and_source_identity() {
    let world = World::with(|config| assume_role(config, &["custom:department".to_owned()]), |store| store).await;
    world.sts.says(Answer::role_credentials(40));
    let mut ana = Person::analyst();
    ana.claims = json!({"custom:department": "blue"});
    minted(&world, &ana, MINT).await;
    let told = Told::of(&world, &ana, MINT).await;
    assert_eq!(told.states(), "done done done done done done done");
    let asked = &world.sts.asked()[0];
    let not_told = ["Action", "Version", "Policy"];
    for (name, value) in asked.iter().filter(|(name, _)| !not_told.contains(&name.as_str())) {
        assert_eq!(told.value("mint", name), value, "{name}");
    }
    assert!(told.step("mint").to_string().contains("signed with the server's own identity"));
    assert_eq!((told.own("strategy"), told.own("claims")), ("assume-role", "custom:department"));
    assert_eq!((told.own("arn"), told.own("person")), (asked["RoleArn"].as_str(), asked["SourceIdentity"].as_str()));
    let tags = json!([{"Key": "subject", "Value": asked["Tags.member.1.Value"]}, {"Key": "custom:department", "Value": "blue"}]);
    assert_eq!(serde_json::from_str::<Value>(told.own("tags")).unwrap(), tags);
    assert_eq!(told.value("answer", "packed policy"), "40 %");
}

#[tokio::test]
async fn an_identity_pool_is_told_in_both_flows() {
    let (world, cognito) = pool_world(PoolFlow::Basic, &["custom:department"]).await;
    let mut ana = Person::analyst();
    ana.claims = json!({"custom:department": "blue"});
    minted(&world, &ana, MINT).await;
    let told = Told::of(&world, &ana, MINT).await;
    assert_eq!(told.states(), "done done done done done done done");
    let (_, asked) = &cognito.asked()[0];
    assert_eq!(told.value("mint", "IdentityPoolId"), asked["IdentityPoolId"]);
    assert_eq!(told.value("mint", "Logins.login.portal"), asked["Logins"]["login.portal"]);
    assert_eq!(told.value("mint", "PrincipalTags.custom:department"), "blue");
    assert_eq!(told.value("mint", "TokenDuration"), asked["TokenDuration"].to_string());
    assert_eq!(told.value("mint", "RoleSessionName"), world.sts.asked()[0]["RoleSessionName"]);
    assert!(told.value("mint", "WebIdentityToken").contains("SHA-256"));
    assert_eq!(told.0["asked"], "Cognito, STS");
    assert_eq!((told.own("strategy"), told.own("provider")), ("identity-pool", "login.portal"));
    assert_eq!((told.own("pool"), told.own("principal")), (cognito::POOL_ID, "cognito-identity.amazonaws.com"));
    for (name, sent) in [("tags", "PrincipalTags"), ("logins", "Logins")] {
        assert_eq!(serde_json::from_str::<Value>(told.own(name)).unwrap(), asked[sent], "{name}");
    }
    let (world, cognito) = pool_world(PoolFlow::Enhanced, &[]).await;
    minted(&world, &ana, MINT).await;
    let told = Told::of(&world, &ana, MINT).await;
    assert_eq!(told.value("mint", "IdentityId"), cognito.asked()[1].1["IdentityId"]);
    assert!(told.rows("mint", "RoleArn").is_empty() && told.0["asked"] == "Cognito", "STS is not asked");
    assert_eq!((told.own("strategy"), told.own("claims")), ("identity-pool-enhanced", ""));
    assert!(told.rows("answer", "Policy")[0]["says"].as_str().unwrap().contains("its own policy is the boundary"));
}

#[tokio::test]
async fn a_token_of_the_portals_own_is_told_by_its_claims() {
    let world = issuer_world(&[]).await;
    minted(&world, &Person::analyst(), MINT).await;
    let told = Told::of(&world, &Person::analyst(), MINT).await;
    assert_eq!(told.states(), "done done done done done done done");
    assert_eq!((told.value("mint", "iss"), told.value("mint", "aud")), ("https://portal.example.com/oidc", "urn:vestibule:analyst"));
    let sent = &world.sts.asked()[0]["WebIdentityToken"];
    assert_eq!((told.own("strategy"), told.own("own")), ("self-issued", "https://portal.example.com/oidc"));
    // What is to be signed is what was signed, but for times and id.
    let claims: Value = serde_json::from_str(told.own("token")).unwrap();
    let signed = URL_SAFE_NO_PAD.decode(sent.split('.').nth(1).unwrap()).unwrap();
    let mut signed: Value = serde_json::from_slice(&signed).unwrap();
    for name in ["iat", "exp", "jti"] {
        assert!(signed.as_object_mut().unwrap().remove(name).is_some(), "{name}");
    }
    assert_eq!(claims, signed);
    assert_eq!(told.value("mint", "WebIdentityToken"), vestibule::model::secret::print_of(sent.as_bytes()));
    assert_holds_no_part(&told.0.to_string(), [sent].into_iter());
}

#[tokio::test]
async fn opaque_tokens_are_passed_over() {
    let change = |config: &mut Config| {
        (config.idp.access_token, config.idp.groups_from) = (AccessTokenKind::Opaque, GroupsFrom::Data);
        config.roles[0].groups = vestibule::server::config::RoleGroups::Everyone;
        config.roles[0].strategy = RoleStrategy::AssumeRole { tag_claims: Vec::new() };
        config.roles[0].session_policy = SessionPolicy::Managed { policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()] };
    };
    let world = World::with(change, |store| store).await;
    world.sts.says(Answer::role_credentials(12));
    minted(&world, &Person::analyst(), MINT).await;
    let told = Told::of(&world, &Person::analyst(), MINT).await;
    assert_eq!(told.states(), "done done not-needed not-needed done done done");
    let refused = Told::with(&world, HeaderMap::new(), "{}").await;
    assert_eq!(refused.states(), "failed not-reached not-reached not-reached not-reached not-reached not-reached");
    assert_eq!(told.value("mint", "PolicyArns.member.1.arn"), "arn:aws:iam::aws:policy/ReadOnlyAccess");
    assert_eq!(told.value("answer", "PolicyArns"), "arn:aws:iam::aws:policy/ReadOnlyAccess");
}
