//! Against an IAM that we did not write.

use super::*;
use crate::model::clock::Timestamp;
use crate::server::credentials::deny::DenyCondition;
use crate::server::local_services::LocalService;
use crate::server::revocation::policy::Denies;
use aws_sdk_iam::config::{BehaviorVersion, Credentials, Region};

const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;

#[tokio::test]
async fn a_policy_comes_back_as_it_was_put_and_goes() {
    let service = LocalService::ministack().await;
    let settings = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(&service.endpoint)
        // MiniStack takes an access key id of twelve digits for the root user of that account.
        .credentials_provider(Credentials::new("111122223333", "test", None, None, "test"))
        .build();
    let client = Client::from_conf(settings);
    client.create_role().role_name("portal-analyst").assume_role_policy_document(TRUST).send().await.unwrap();
    let iam = Iam::with_client(client);
    let role = RoleArn::parse("arn:aws:iam::111122223333:role/portal-analyst").unwrap();
    assert_eq!(iam.get(&role).await, Ok(None));
    assert_eq!(iam.delete(&role).await, Ok(()), "there was none");

    let mut denies = Denies::default();
    denies.session(DenyCondition::UserId("AROAEXAMPLE:ada,=+.@-_.x".into()), Timestamp::from_seconds(0));
    denies.person(DenyCondition::UserIdLike("AROAEXAMPLE:=zbuh.*".into()), Timestamp::from_seconds(1), Timestamp::from_seconds(0));
    let document = denies.document().unwrap();
    iam.put(&role, document.text()).await.unwrap();
    assert_eq!(iam.get(&role).await.unwrap().as_deref(), Some(document.text()));
    let other = denies.role_wide().unwrap();
    iam.put(&role, other.text()).await.unwrap();
    assert_eq!(iam.get(&role).await.unwrap().as_deref(), Some(other.text()));
    iam.delete(&role).await.unwrap();
    assert_eq!(iam.get(&role).await, Ok(None));

    let missing = RoleArn::parse("arn:aws:iam::111122223333:role/nothing").unwrap();
    let refused = iam.put(&missing, document.text()).await;
    assert!(matches!(&refused, Err(RolePolicyError::Failed(words)) if words.starts_with("NoSuchEntity")), "{refused:?}");
}

#[tokio::test]
async fn an_iam_that_is_not_there_is_an_error() {
    let settings = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url("http://127.0.0.1:9")
        .credentials_provider(Credentials::new("AKIAEXAMPLE", "secret", None, None, "test"))
        .build();
    let iam = Iam::with_client(Client::from_conf(settings));
    let role = RoleArn::parse("arn:aws:iam::111122223333:role/portal-analyst").unwrap();
    let failed = iam.get(&role).await;
    assert!(matches!(&failed, Err(RolePolicyError::Failed(words)) if !words.contains("secret")), "{failed:?}");
}

/// AWS's words about a signature repeat the request that was signed, session token included.
#[tokio::test]
async fn what_repeats_the_session_token_is_not_repeated() {
    let echo = axum::Router::new().fallback(|headers: http::HeaderMap| async move {
        let token = headers["x-amz-security-token"].to_str().unwrap().to_owned();
        let error = format!("<Code>SignatureDoesNotMatch</Code><Message>The canonical request was x-amz-security-token:{token}</Message>");
        let body = format!("<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>r</RequestId></ErrorResponse>");
        (http::StatusCode::FORBIDDEN, [("content-type", "text/xml")], body)
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, echo).await });
    let settings = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .endpoint_url(format!("http://{address}"))
        .credentials_provider(Credentials::new("ASIAEXAMPLE", "key", Some("the-session-token".to_owned()), None, "test"))
        .build();
    let role = RoleArn::parse("arn:aws:iam::111122223333:role/portal-analyst").unwrap();
    let Err(RolePolicyError::Failed(words)) = Iam::with_client(Client::from_conf(settings)).get(&role).await else { panic!() };
    assert!(words.starts_with("SignatureDoesNotMatch") && !words.contains("the-session-token"), "{words}");
}
