use super::*;
use crate::model::clock::Timestamp;
use crate::server::config::samples::{self, role};
use crate::server::outside::{FetchError, Posted, Unanswered};
use async_trait::async_trait;
use proptest::prelude::*;
use std::sync::Mutex;

fn aws(sts: Option<&str>, signin: Option<&str>) -> Aws {
    let url = |text: &str| Url::parse(text).unwrap();
    Aws { sts_endpoint: sts.map(url), signin_endpoint: signin.map(url), ..samples::aws() }
}

fn console() -> Console {
    Console::of(&aws(None, None), &role("arn:aws:iam::111122223333:role/r")).unwrap()
}

#[test]
fn by_partition_and_configuration() {
    let endpoint = |sts, signin, arn: &str| Console::of(&aws(sts, signin), &role(arn)).map(|console| console.endpoint.to_string());
    let arn = |partition: &str| format!("arn:{partition}:iam::111122223333:role/r");
    for (partition, expected) in [
        ("aws", Some("https://signin.aws.amazon.com/federation")),
        ("aws-cn", Some("https://signin.amazonaws.cn/federation")),
        ("aws-us-gov", Some("https://signin.amazonaws-us-gov.com/federation")),
        ("aws-iso", None),
        ("aws-eusc", None),
    ] {
        assert_eq!(endpoint(None, None, &arn(partition)).as_deref(), expected, "{partition}");
    }
    let (minio, stub) = (Some("https://minio.example.com"), Some("https://eu-west-1.signin.aws.amazon.com/federation"));
    assert_eq!(endpoint(minio, None, &arn("aws")), None, "another STS whose sign-in is not named");
    assert_eq!(endpoint(minio, stub, &arn("aws")).as_deref(), stub);
    assert_eq!(endpoint(None, stub, "arn:aws:iam:::role/ceph"), None);
}

#[test]
fn forms_may_lead_to_sign_in_and_console_and_nowhere_else() {
    assert_eq!(
        console().form_targets(),
        [
            "https://*.console.aws.amazon.com",
            "https://*.signin.aws.amazon.com",
            "https://console.aws.amazon.com",
            "https://signin.aws.amazon.com",
        ]
    );
    let stub = Console::of(&aws(None, Some("http://127.0.0.1:3004/federation")), &role("arn:aws:iam::111122223333:role/r")).unwrap();
    assert_eq!(stub.form_targets(), ["http://127.0.0.1:3004"]);
    let regional = Some("https://eu-west-1.signin.aws.amazon.com/federation");
    let regional = Console::of(&aws(None, regional), &role("arn:aws:iam::111122223333:role/r")).unwrap().form_targets();
    assert!(regional.len() == 5 && regional.contains(&"https://*.console.aws.amazon.com".to_owned()), "{regional:?}");
    let other = Some("https://evil-signin.aws.amazon.com.example/federation");
    let other = Console::of(&aws(None, other), &role("arn:aws:iam::111122223333:role/r")).unwrap().form_targets();
    assert_eq!(other, ["https://evil-signin.aws.amazon.com.example"]);
}

#[test]
fn destinations_are_the_consoles_own() {
    let console = console();
    let regions = ["eu-north-1".to_owned()];
    assert_eq!(console.destination(None, &[]).unwrap(), "https://eu-west-1.console.aws.amazon.com/console/home?region=eu-west-1");
    for good in [
        "https://console.aws.amazon.com",
        "https://console.aws.amazon.com/s3/home?region=eu-west-1#x",
        "https://eu-west-1.console.aws.amazon.com/lambda",
        "https://eu-north-1.console.aws.amazon.com?x=https://evil.example",
    ] {
        assert_eq!(console.destination(Some(good), &regions).unwrap(), good);
    }
    for bad in [
        "",
        "/console",
        "//console.aws.amazon.com/",
        "console.aws.amazon.com",
        "http://console.aws.amazon.com/",
        "HTTPS://console.aws.amazon.com/",
        "https:/console.aws.amazon.com/",
        "https:///console.aws.amazon.com/",
        "https://Console.aws.amazon.com/",
        "https://console.aws.amazon.com./",
        "https://console.aws.amazon.com:443/",
        "https://console.aws.amazon.com:8443/",
        "https://console.aws.amazon.com.evil.example/",
        "https://evil-console.aws.amazon.com/",
        "https://console.aws.amazon.com@evil.example/",
        "https://user@console.aws.amazon.com/",
        "https://user:pass@console.aws.amazon.com/",
        "https://evil.example/https://console.aws.amazon.com/",
        "https://evil.example\\@console.aws.amazon.com/",
        "https://console.aws.amazon.com\\.evil.example/",
        "https://console.aws.amazon.com\\",
        "https://console.aws.amazon.com/\\evil.example/",
        " https://console.aws.amazon.com/",
        "https://console.aws.amazon.com/ x",
        "https://console.aws.amazon.com/\n",
        "https://console.aws.amazon\u{2e}com\u{3002}evil.example/",
        "https://c\u{43e}nsole.aws.amazon.com/",
        "https://%63onsole.aws.amazon.com/",
        "https://us-east-1.console.aws.amazon.com/",
        "https://console.amazonaws.cn/",
        "https://signin.aws.amazon.com/federation",
        "javascript:alert(1)//https://console.aws.amazon.com/",
    ] {
        let error = console.destination(Some(bad), &regions).unwrap_err();
        assert_eq!((error.code, error.status()), (ErrorCode::BadRequest, 400), "{bad}");
        assert!(!error.message.contains("evil") && error.next_step.contains("eu-north-1.console.aws.amazon.com"), "{error:?}");
    }
    assert!(console.destination(Some(&format!("https://console.aws.amazon.com/{}", "x".repeat(2_100))), &[]).is_err());
}

proptest! {
    #[test]
    fn whatever_is_let_through_is_read_as_the_console_by_others_too(wish in "https://(console\\.aws\\.amazon\\.com)?[@:/\\\\?#.a-z0-9%-]{0,20}(console\\.aws\\.amazon\\.com)?[/a-z@]{0,6}") {
        if let Ok(address) = console().destination(Some(&wish), &[]) {
            let read = Url::parse(&address).unwrap();
            prop_assert_eq!(read.host_str(), Some("console.aws.amazon.com"));
        }
    }
}

/// Answers what it is told, and keeps what it was sent.
struct Endpoint {
    answer: Result<(u16, &'static str), FetchError>,
    sent: Mutex<Vec<(String, String)>>,
}

#[async_trait]
impl Post for Endpoint {
    async fn post(&self, url: &Url, form: Secret, _limit: usize) -> Result<Posted, Unanswered> {
        self.sent.lock().unwrap().push((url.to_string(), form.expose().to_owned()));
        match self.answer.clone() {
            Ok((status, body)) => Ok(Posted { status, body: Secret::new(body) }),
            Err(error) => Err(Unanswered { error, cause: "nobody".into() }),
        }
    }
}

async fn signed_in(answer: Result<(u16, &'static str), FetchError>) -> (Result<Secret, PortalError>, Vec<(String, String)>) {
    let endpoint = Endpoint { answer, sent: Mutex::default() };
    let credentials = Credentials {
        access_key_id: "ASIA1".into(),
        secret_access_key: Secret::new("se+cret/\"&"),
        session_token: Secret::new("to=ken"),
        expiration: Timestamp::from_seconds(0),
    };
    let role = role("arn:aws:iam::111122223333:role/r");
    let address =
        console().sign_in(&endpoint, &credentials, "https://portal.example.com", "https://console.aws.amazon.com/?a=b&c", &role).await;
    (address, endpoint.sent.into_inner().unwrap())
}

#[tokio::test]
async fn keys_go_in_the_body_and_the_token_comes_back_in_the_address() {
    let (address, sent) = signed_in(Ok((200, r#"{"SigninToken":"a+b/c=&d"}"#))).await;
    let address = Url::parse(address.unwrap().expose()).unwrap();
    assert_eq!((address.host_str(), address.path()), (Some("signin.aws.amazon.com"), "/federation"));
    let pairs: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(
        pairs,
        [
            pair("Action", "login"),
            pair("Issuer", "https://portal.example.com"),
            pair("Destination", "https://console.aws.amazon.com/?a=b&c"),
            pair("SigninToken", "a+b/c=&d"),
        ]
    );
    let [(url, form)] = &sent[..] else { panic!("{}", sent.len()) };
    assert_eq!(url, "https://signin.aws.amazon.com/federation", "no key in an address");
    let form: Vec<(String, String)> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    assert_eq!(
        form,
        [pair("Action", "getSigninToken"), pair("Session", r#"{"sessionId":"ASIA1","sessionKey":"se+cret/\"&","sessionToken":"to=ken"}"#),],
        "and no SessionDuration"
    );
}

#[tokio::test]
async fn what_goes_wrong_is_a_sentence() {
    for (answer, code) in [
        (Err(FetchError::TimedOut), ErrorCode::MintUnavailable),
        (Ok((503, "")), ErrorCode::MintUnavailable),
        (Ok((429, "")), ErrorCode::MintUnavailable),
        (Ok((400, "<html>no</html>")), ErrorCode::MintMisconfigured),
        (Ok((302, "")), ErrorCode::MintMisconfigured),
        (Ok((200, "{}")), ErrorCode::MintMisconfigured),
        (Ok((200, r#"{"SigninToken":""}"#)), ErrorCode::MintMisconfigured),
        (Ok((200, "{\"SigninToken\":\"a\\nb\"}")), ErrorCode::MintMisconfigured),
        (Ok((400, r#"{"SigninToken":"x"}"#)), ErrorCode::MintMisconfigured),
    ] {
        let error = signed_in(answer.clone()).await.0.unwrap_err();
        assert_eq!(error.code, code, "{answer:?}");
        assert_eq!(error.retry_after.is_some(), code == ErrorCode::MintUnavailable);
    }
}
