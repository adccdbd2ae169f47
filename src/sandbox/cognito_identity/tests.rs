//! Cognito Identity against callers and tokens that it must not take, and its tokens at STS.

use super::*;
use crate::model::credentials::Credentials;
use crate::model::names::{RoleArn, RoleSessionName};
use crate::sandbox::form;
use crate::sandbox::policy::Policy;
use crate::sandbox::registry::IssueRequest;
use crate::sandbox::sts::Sts;
use crate::sandbox::trial::{Draft, HOST, Place, TurnedClock, element, read};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use tower::ServiceExt;

const TOKEN: &str = "AWSCognitoIdentityService.GetOpenIdTokenForDeveloperIdentity";
const CREDENTIALS: &str = "AWSCognitoIdentityService.GetCredentialsForIdentity";

struct Scene {
    registry: Arc<Registry>,
    clock: Arc<TurnedClock>,
    router: Router,
}

impl Scene {
    fn new() -> Self {
        let (registry, clock) = (Arc::new(Registry::new()), Arc::new(TurnedClock::default()));
        let shared: Arc<dyn Clock> = clock.clone();
        let service = Arc::new(CognitoIdentity::new(registry.clone(), shared.clone()));
        let sts = Arc::new(Sts::new(vec![service.provider()], registry.clone(), shared));
        let hosts = Hosts::of(HOST.parse().unwrap());
        let router = beside(sts.router(hosts.clone()), service, hosts);
        Self { registry, clock, router }
    }

    /// Credentials of a role that may do this.
    fn caller(&self, action: &str) -> Credentials {
        let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}});
        self.registry.issue(IssueRequest {
            role: RoleArn::parse("arn:aws:iam::000000000000:role/portal-task").unwrap(),
            session_name: RoleSessionName::parse("portal").unwrap(),
            session_policy: None,
            role_policy: Policy::parse(&policy.to_string()).unwrap(),
            source_identity: None,
            tags: Vec::new(),
            issued: self.clock.now(),
            expires: self.clock.now().plus_seconds(3_600),
        })
    }

    async fn send(&self, request: http::Request<Body>) -> (u16, Value) {
        let (status, _, body) = read(self.router.clone().oneshot(request).await.unwrap()).await;
        (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }

    /// A call as the portal makes it.
    async fn ask(&self, body: &Value) -> (u16, Value) {
        let caller = self.caller("cognito-identity:GetOpenIdTokenForDeveloperIdentity");
        let body = body.to_string();
        self.send(draft(body.as_bytes(), &target(TOKEN)).signed(&caller)).await
    }

    async fn token(&self) -> (String, String) {
        let (status, answer) = self.ask(&good()).await;
        assert_eq!(status, 200, "{answer}");
        (answer["IdentityId"].as_str().unwrap().to_owned(), answer["Token"].as_str().unwrap().to_owned())
    }

    /// The enhanced flow, unsigned as it is.
    async fn credentials(&self, identity: &str, provider: &str, token: &str) -> (u16, Value) {
        let body = json!({"IdentityId": identity, "Logins": {provider: token}}).to_string();
        self.send(draft(body.as_bytes(), &target(CREDENTIALS)).unsigned()).await
    }

    /// The basic flow.
    async fn assume(&self, role: &str, token: &str) -> (u16, String) {
        let arn = format!("arn:aws:iam::000000000000:role/{role}");
        let fields = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", arn.as_str()),
            ("RoleSessionName", "ada.session"),
            ("WebIdentityToken", token),
        ];
        let request = http::Request::post("/").header("host", HOST).body(Body::from(form::encode(&fields))).unwrap();
        let (status, _, body) = read(self.router.clone().oneshot(request).await.unwrap()).await;
        (status, body)
    }
}

fn good() -> Value {
    json!({
        "IdentityPoolId": POOL_ID, "Logins": {DEVELOPER_PROVIDER: "ada"}, "PrincipalTags": {"subject": "ada", "unit": "blue"},
        "TokenDuration": 120,
    })
}

fn target(name: &'static str) -> [(&'static str, &'static str); 2] {
    [("content-type", "application/x-amz-json-1.1"), (TARGET, name)]
}

fn draft<'a>(body: &'a [u8], headers: &'a [(&'a str, &'a str)]) -> Draft<'a> {
    Draft { method: "POST", target: "/", headers, body, service: "cognito-identity", region: REGION, skew: 0, place: Place::Header }
}

fn refused(answer: &(u16, Value), code: &str) {
    assert_eq!((answer.0, &answer.1["__type"]), (400, &json!(code)), "{}", answer.1);
    assert!(answer.1.get("Token").is_none() && answer.1.get("Credentials").is_none());
}

#[tokio::test]
async fn both_flows_give_credentials_that_the_other_services_know() {
    let scene = Scene::new();
    let (identity, token) = scene.token().await;
    assert!(identity.starts_with("eu-west-1:") && identity.len() == 46, "{identity}");
    assert_eq!(scene.token().await.0, identity, "an identity stays the same");

    let (status, body) = scene.assume("pool", &token).await;
    assert_eq!(status, 200, "{body}");
    let session = scene.registry.find(element(&body, "AccessKeyId")).unwrap();
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(session.tags, [tag("subject", "ada"), tag("unit", "blue")]);
    assert_eq!(element(&body, "SubjectFromWebIdentityToken"), identity);

    let (status, answer) = scene.credentials(&identity, PRINCIPAL, &token).await;
    assert_eq!(status, 200, "{answer}");
    let session = scene.registry.find(answer["Credentials"]["AccessKeyId"].as_str().unwrap()).unwrap();
    assert_eq!((session.role.role_name(), session.session_name.as_str()), (AUTHENTICATED_ROLE, "CognitoIdentityCredentials"));
    assert_eq!(session.tags, [tag("subject", "ada"), tag("unit", "blue")]);
    assert_eq!(answer["Credentials"]["Expiration"], session.expires.seconds());
}

#[tokio::test]
async fn only_a_signed_call_of_a_role_that_may_is_answered() {
    let scene = Scene::new();
    let body = good().to_string();
    let headers = target(TOKEN);
    let draft = || draft(body.as_bytes(), &headers);
    let caller = scene.caller("cognito-identity:GetOpenIdTokenForDeveloperIdentity");
    refused(&scene.send(draft().unsigned()).await, "MissingAuthenticationTokenException");
    let wrong = draft().signed_with(&caller.access_key_id, "wrong", Some(caller.session_token.expose().to_owned()));
    refused(&scene.send(wrong).await, "InvalidSignatureException");
    let without_token = draft().signed_with(&caller.access_key_id, caller.secret_access_key.expose(), None);
    refused(&scene.send(without_token).await, "UnrecognizedClientException");
    refused(&scene.send(Draft { service: "sts", ..draft() }.signed(&caller)).await, "InvalidSignatureException");
    refused(&scene.send(Draft { skew: -600, ..draft() }.signed(&caller)).await, "InvalidSignatureException");
    let mut changed = draft().signed(&caller);
    *changed.body_mut() = Body::from(body.replace("\"ada\"", "\"eve\""));
    refused(&scene.send(changed).await, "InvalidSignatureException");
    refused(&scene.send(draft().signed(&scene.caller("cognito-identity:GetId"))).await, "AccessDeniedException");
    scene.clock.turn(3_601);
    refused(&scene.send(Draft { skew: 3_601, ..draft() }.signed(&caller)).await, "ExpiredTokenException");
}

#[tokio::test]
async fn parameters_that_are_none() {
    let scene = Scene::new();
    for (member, value, code) in [
        ("IdentityPoolId", json!("eu-west-1:0"), "ResourceNotFoundException"),
        ("Logins", json!({"login.other": "ada"}), "NotAuthorizedException"),
        ("Logins", json!({"LOGIN.SANDBOX": "ada"}), "NotAuthorizedException"),
        ("Logins", json!({DEVELOPER_PROVIDER: "ada", "login.other": "ada"}), "InvalidParameterException"),
        ("Logins", json!({}), "InvalidParameterException"),
        ("Logins", json!({DEVELOPER_PROVIDER: ""}), "InvalidParameterException"),
        ("TokenDuration", json!(0), "InvalidParameterException"),
        ("TokenDuration", json!(86_401), "InvalidParameterException"),
        ("PrincipalTags", json!({"": "x"}), "InvalidParameterException"),
        ("IdentityId", json!("eu-west-1:0"), "SerializationException"),
    ] {
        let mut body = good();
        body[member] = value.clone();
        let answer = scene.ask(&body).await;
        refused(&answer, code);
    }
    let headers = target("AWSCognitoIdentityService.GetId");
    refused(&scene.send(draft(b"{}", &headers).unsigned()).await, "UnknownOperationException");
    let headers = [("host", "evil.example"), (TARGET, TOKEN)];
    let mut elsewhere = draft(b"{}", &headers[1..]).unsigned();
    elsewhere.headers_mut().insert("host", headers[0].1.parse().unwrap());
    assert_eq!(scene.send(elsewhere).await.0, 421);
}

#[tokio::test]
async fn tokens_that_are_none_open_nothing() {
    let scene = Scene::new();
    let (identity, token) = scene.token().await;
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let mut other = claims.clone();
    other["exp"] = json!(claims["exp"].as_i64().unwrap() + 1);
    let forged = [
        format!("{header}.{}.{signature}", part(&other)),
        format!("{}.{}.", part(&json!({"alg": "none"})), part(&claims)),
        SigningKey::generate_rs512("other".to_owned()).sign(&claims),
        String::new(),
    ];
    for token in &forged {
        refused(&scene.credentials(&identity, PRINCIPAL, token).await, "NotAuthorizedException");
        assert_ne!(scene.assume("pool", token).await.0, 200, "{token}");
    }
    refused(&scene.credentials("eu-west-1:0", PRINCIPAL, &token).await, "NotAuthorizedException");
    refused(&scene.credentials(&identity, DEVELOPER_PROVIDER, &token).await, "NotAuthorizedException");
    for role in ["analyst", "reader", "self-issued"] {
        let (status, body) = scene.assume(role, &token).await;
        assert_eq!((status, element(&body, "Code")), (403, "AccessDenied"), "{role}");
    }
    scene.clock.turn(120);
    refused(&scene.credentials(&identity, PRINCIPAL, &token).await, "NotAuthorizedException");
    let (status, body) = scene.assume("pool", &token).await;
    assert_eq!((status, element(&body, "Code")), (400, "ExpiredTokenException"));
}
