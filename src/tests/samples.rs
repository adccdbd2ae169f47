//! The handbook's samples in Rust, run as they stand: with each strategy's part in the place of the one that mints.

#[expect(unreachable_pub, reason = "it stands as it would in a program of its own")]
#[path = "../docs/samples/list.rs"]
mod list;

use crate::cognito::{self, Cognito};
use crate::sts::{ACCESS_KEY_ID, Answer, OWN_ACCESS_KEY_ID, OWN_SECRET_ACCESS_KEY, SESSION_TOKEN, Sts};
use axum::Router;
use axum::extract::Request;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::process::Command;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const SUBJECT: &str = "b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41";
const TOKEN: &str = "the-persons-own-access-token";
const PAGE: &str = "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>reports</Name><Prefix>team/</Prefix><KeyCount>1</KeyCount>\
                    <MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Contents><Key>team/plan.txt</Key><Size>5</Size></Contents></ListBucketResult>";

/// A strategy's part, with the imports of the file in which the drawer puts it.
macro_rules! part {
    ($(#[$attribute:meta])? $name:ident, $file:literal) => {
        $(#[$attribute])?
        mod $name {
            use aws_config::{BehaviorVersion, Region};
            use aws_sdk_s3::config::Credentials;
            use serde_json::Value;
            use std::error::Error;
            include!("../docs/samples/chosen.rs");
            include!($file);

            /// The id of the minted key.
            pub(super) async fn run(person: &Value) -> Result<String, String> {
                minted(person, super::TOKEN).await.map(|keys| keys.access_key_id().to_owned()).map_err(|error| error.to_string())
            }
        }
    };
}

part!(assume_role, "../docs/samples/assume-role/mint.rs");
part!(identity_pool, "../docs/samples/identity-pool/mint.rs");
part!(identity_pool_enhanced, "../docs/samples/identity-pool-enhanced/mint.rs");
part!(
    #[expect(clippy::disallowed_methods, reason = "it stands as it would in a program of its own, which has a clock")]
    self_issued,
    "../docs/samples/self-issued/mint.rs"
);

/// Who asks: in the sample's list, and with the claim that becomes a tag.
fn person() -> Value {
    json!({"sub": SUBJECT, "department": "blue"})
}

/// Runs a sample where STS and another service are these. The SDK looks for that in its environment, so it runs in a process
/// of its own: this program again. Gives what it says.
async fn run(sample: &'static str, sts: &Sts, elsewhere: (&'static str, String)) -> String {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program
        .args(["samples::in_a_process_of_its_own", "--exact", "--ignored", "--nocapture"])
        .env("SAMPLE", sample)
        .env("AWS_ENDPOINT_URL_STS", sts.url.as_str())
        .env(elsewhere.0, elsewhere.1)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", OWN_ACCESS_KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", OWN_SECRET_ACCESS_KEY);
    let run = tokio::task::spawn_blocking(move || program.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    said
}

#[tokio::test]
#[ignore = "run by the tests of this file, which say where AWS's services are"]
#[expect(clippy::disallowed_methods, reason = "which sample it is stands in the environment, as where AWS's services are does")]
async fn in_a_process_of_its_own() {
    let person = person();
    let stranger = json!({"sub": "eeeeeeee-0002-4a6b-8c3d-5f0e7a9b2c41", "department": "blue"});
    let without_claim = json!({"sub": SUBJECT});
    macro_rules! each {
        ($name:ident) => {{
            println!("minted {}", $name::run(&person).await.unwrap());
            println!("a stranger: {}", $name::run(&stranger).await.unwrap_err());
            println!("without a claim: {}", $name::run(&without_claim).await.unwrap_err());
        }};
    }
    match std::env::var("SAMPLE").unwrap().as_str() {
        "list" => println!("listed {:?}", list::listed(&person, TOKEN).await.unwrap()),
        "assume-role" => each!(assume_role),
        "identity-pool" => each!(identity_pool),
        "identity-pool-enhanced" => each!(identity_pool_enhanced),
        "self-issued" => each!(self_issued),
        other => panic!("{other}"),
    }
}

/// Somebody was let in, and nobody else.
fn assert_minted(said: &str) {
    for line in [format!("minted {ACCESS_KEY_ID}"), "a stranger: this person may not".into(), "without a claim: a claim is missing".into()]
    {
        assert!(said.contains(&line), "{line}: {said}");
    }
}

#[tokio::test]
async fn the_sample_takes_the_role_with_the_persons_token_and_lists_the_bucket() {
    let sts = Sts::start().await;
    let asked: Arc<Mutex<Vec<(String, String, String)>>> = Arc::default();
    let seen = Arc::clone(&asked);
    let answer = move |request: Request| {
        let header = |name| request.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        seen.lock().unwrap().push((request.uri().to_string(), header("authorization"), header("x-amz-security-token")));
        async { PAGE }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let s3 = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });

    let said = run("list", &sts, ("AWS_ENDPOINT_URL_S3", s3)).await;

    assert!(said.contains("listed [\"team/plan.txt\"]"), "{said}");
    let call = &sts.asked()[0];
    assert_eq!((call["RoleSessionName"].as_str(), call["WebIdentityToken"].as_str()), (SUBJECT, TOKEN));
    let asked = asked.lock().unwrap();
    let [(uri, authorization, token)] = &asked[..] else { panic!("{asked:?}") };
    assert!(uri.starts_with("/reports") && uri.contains("prefix=team%2F"), "{uri}");
    assert!(authorization.contains(&format!("Credential={ACCESS_KEY_ID}/")), "{authorization}");
    assert_eq!(token, SESSION_TOKEN);
}

#[tokio::test]
async fn assume_role_is_signed_and_names_the_person_three_times() {
    let sts = Sts::start().await;
    sts.says(Answer::role_credentials(12));
    assert_minted(&run("assume-role", &sts, ("AWS_REGION", "eu-west-1".into())).await);
    let [call] = &sts.asked()[..] else { panic!("one call") };
    for (name, value) in [
        ("Action", "AssumeRole"),
        ("RoleSessionName", SUBJECT),
        ("SourceIdentity", SUBJECT),
        ("Tags.member.1.Key", "subject"),
        ("Tags.member.1.Value", SUBJECT),
        ("Tags.member.2.Key", "department"),
        ("Tags.member.2.Value", "blue"),
    ] {
        assert_eq!(call[name], value, "{name}");
    }
    let authorization = sts.headers()[0]["authorization"].to_str().unwrap().to_owned();
    assert!(authorization.contains(&format!("Credential={OWN_ACCESS_KEY_ID}/")), "{authorization}");
}

#[tokio::test]
async fn a_pool_is_asked_in_the_persons_name_and_then_sts_or_the_pool_again() {
    let (sts, cognito) = (Sts::start().await, Cognito::start().await);
    let elsewhere = ("AWS_ENDPOINT_URL_COGNITO_IDENTITY", cognito.url.to_string());
    assert_minted(&run("identity-pool", &sts, elsewhere.clone()).await);
    let (action, asked) = cognito.asked()[0].clone();
    assert_eq!(action, "GetOpenIdTokenForDeveloperIdentity");
    assert_eq!(asked["Logins"], json!({"login.portal": SUBJECT}));
    assert_eq!(asked["PrincipalTags"], json!({"subject": SUBJECT, "department": "blue"}));
    assert_eq!(sts.asked()[0]["WebIdentityToken"], cognito::TOKEN);
    assert!(!sts.headers()[0].contains_key("authorization"), "the token counts");

    assert_minted(&run("identity-pool-enhanced", &sts, elsewhere).await);
    let [_, _, (action, asked)] = &cognito.asked()[..] else { panic!("three calls") };
    assert_eq!((action.as_str(), sts.asked().len()), ("GetCredentialsForIdentity", 1));
    assert_eq!(*asked, json!({"IdentityId": cognito::IDENTITY_ID, "Logins": {"cognito-identity.amazonaws.com": cognito::TOKEN}}));
}

#[tokio::test]
async fn a_token_of_its_own_says_what_the_portals_says() {
    let sts = Sts::start().await;
    let asked: Arc<Mutex<Vec<Value>>> = Arc::default();
    let seen = Arc::clone(&asked);
    let sign = move |body: String| {
        seen.lock().unwrap().push(serde_json::from_str(&body).unwrap());
        async { ([("content-type", "application/x-amz-json-1.1")], json!({"Signature": STANDARD.encode("the signature")}).to_string()) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let kms = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(sign)).await });

    assert_minted(&run("self-issued", &sts, ("AWS_ENDPOINT_URL_KMS", kms)).await);

    let token = sts.asked()[0]["WebIdentityToken"].clone();
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    let signed = &asked.lock().unwrap()[0];
    assert_eq!(signed["SigningAlgorithm"], "RSASSA_PKCS1_V1_5_SHA_256");
    assert_eq!(STANDARD.decode(signed["Message"].as_str().unwrap()).unwrap(), format!("{header}.{claims}").into_bytes());
    assert_eq!(URL_SAFE_NO_PAD.decode(signature).unwrap(), b"the signature");
    let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    assert_eq!(read(header), json!({"alg": "RS256", "kid": "the-kid", "typ": "JWT"}));
    let mut claims = read(claims);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
    for name in ["iat", "exp", "jti"] {
        assert!(!claims[name].take().is_null(), "{name}");
    }
    assert_eq!(
        claims,
        json!({
            "iss": "https://portal.example.com", "sub": SUBJECT, "aud": "urn:vestibule:analyst", "iat": null, "exp": null, "jti": null,
            "https://aws.amazon.com/tags": {"principal_tags": {"subject": [SUBJECT], "department": ["blue"]}},
            "https://aws.amazon.com/source_identity": SUBJECT,
        })
    );
}
