//! KMS over the wire: an endpoint on loopback that checks what it is asked, as far as AWS's
//! documentation of the calls goes, and signs with a key of its own, by another implementation.

use super::*;
use crate::server::credentials::session_tags::SessionTag;
use crate::server::issuer::Issuer;
use crate::server::issuer::keys::ListedKey;
use crate::server::issuer::token::Claims;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey as P256Key};
use p256::pkcs8::{DecodePrivateKey, EncodePublicKey};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";

enum Held {
    P256(P256Key),
    Rsa(RsaKeyPair),
}

/// What the endpoint holds, what it says in place of an answer, and what it was asked.
struct Endpoint {
    held: Held,
    says: Mutex<Option<(&'static str, u16, Value)>>,
    asked: Mutex<Vec<(String, Value)>>,
}

impl Endpoint {
    async fn start(held: Held) -> (Arc<Self>, Url) {
        let endpoint = Arc::new(Self { held, says: Mutex::default(), asked: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&endpoint));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (endpoint, url)
    }

    fn says(&self, call: &'static str, status: u16, body: Value) {
        *self.says.lock().unwrap() = Some((call, status, body));
    }

    fn asked(&self, call: &str) -> Vec<Value> {
        self.asked.lock().unwrap().iter().filter(|(asked, _)| asked == call).map(|(_, body)| body.clone()).collect()
    }

    fn public_key(&self) -> Vec<u8> {
        match &self.held {
            Held::P256(key) => key.verifying_key().to_public_key_der().unwrap().as_bytes().to_vec(),
            Held::Rsa(key) => {
                let der: PublicKeyX509Der<'_> = key.public_key().as_der().unwrap();
                der.as_ref().to_vec()
            }
        }
    }

    fn sign(&self, digest: &[u8]) -> Vec<u8> {
        match &self.held {
            Held::P256(key) => {
                let signature: Signature = key.sign_prehash(digest).unwrap();
                signature.to_der().as_bytes().to_vec()
            }
            Held::Rsa(key) => {
                let digest = digest::Digest::import_less_safe(digest, &SHA256).unwrap();
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut signature).unwrap();
                signature
            }
        }
    }
}

async fn answer(State(endpoint): State<Arc<Endpoint>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let authorization = header("authorization");
    let scope = format!("AWS4-HMAC-SHA256 Credential={ACCESS_KEY_ID}/{}/eu-central-1/kms/aws4_request", &header("x-amz-date")[..8]);
    let signed = authorization.starts_with(&scope) && authorization.contains("host;x-amz-date") && authorization.contains("x-amz-target");
    assert!(signed, "{authorization}");
    let target = header("x-amz-target");
    let call = target.strip_prefix("TrentService.").unwrap().to_owned();
    let asked: Value = serde_json::from_slice(&body).unwrap();
    endpoint.asked.lock().unwrap().push((call.clone(), asked.clone()));
    let said = endpoint.says.lock().unwrap().clone().filter(|(of, ..)| *of == call);
    let (status, body) = match said {
        Some((_, status, body)) => (status, body),
        None if call == "GetPublicKey" => (
            200,
            json!({"KeyId": ARN, "KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256", "PublicKey": STANDARD.encode(endpoint.public_key())}),
        ),
        None => {
            let digest = STANDARD.decode(asked["Message"].as_str().unwrap()).unwrap();
            assert_eq!((digest.len(), &asked["MessageType"]), (32, &json!("DIGEST")));
            let algorithm = if matches!(endpoint.held, Held::P256(_)) { "ECDSA_SHA_256" } else { "RSASSA_PKCS1_V1_5_SHA_256" };
            assert_eq!(asked["SigningAlgorithm"], algorithm);
            (200, json!({"KeyId": ARN, "SigningAlgorithm": algorithm, "Signature": STANDARD.encode(endpoint.sign(&digest))}))
        }
    };
    let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
    (StatusCode::from_u16(status).unwrap(), [("content-type", "application/x-amz-json-1.1")], text).into_response()
}

fn p256_held() -> P256Key {
    P256Key::from_pkcs8_pem(include_str!("../../../tests/cases/keys/balancer.private.pem")).unwrap()
}

fn identity(provider: SharedCredentialsProvider) -> OwnIdentity {
    OwnIdentity::given(&crate::server::config::samples::aws(), provider)
}

fn key(url: &Url) -> KmsKey {
    let credentials = Credentials::new(ACCESS_KEY_ID, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY", None, None, "test");
    KmsKey::new(ARN, "eu-west-1", Some(url), &identity(SharedCredentialsProvider::new(credentials)))
}

struct Still;

impl crate::model::clock::Clock for Still {
    fn now(&self) -> crate::model::clock::Timestamp {
        crate::model::clock::Timestamp::from_seconds(1_795_000_000)
    }
}

fn issuer(url: &Url) -> Issuer {
    let listed = ListedKey { key: Arc::new(key(url)), published_at: None };
    Issuer::with_keys("https://portal.example.com".to_owned(), vec![listed], Arc::new(Still))
}

async fn token(issuer: &Issuer) -> Result<String, KeyError> {
    let tags = [SessionTag { key: "subject".to_owned(), value: "ada".to_owned() }];
    let claims = Claims { subject: "ada", audience: "urn:vestibule:analyst", tags: &tags };
    issuer.sign(&claims).await.map(|token| token.expose().to_owned())
}

#[tokio::test]
async fn a_token_that_kms_signs_verifies_under_the_published_key() {
    let held = p256_held();
    let verifier = *held.verifying_key();
    let (endpoint, url) = Endpoint::start(Held::P256(held)).await;
    let issuer = issuer(&url);
    // Several, since one signature in 128 has a number with a leading zero, and one in two one that
    // DER writes with a sign byte.
    for _ in 0..40 {
        let token = token(&issuer).await.unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        verifier.verify(signed.as_bytes(), &signature).unwrap();
    }
    assert_eq!(endpoint.asked("Sign").len(), 40);
    assert_eq!(endpoint.asked("GetPublicKey"), [json!({"KeyId": ARN})], "the public key is fetched once");
    let keys: Value = serde_json::from_str(&issuer.key_set().await.unwrap()).unwrap();
    let point = verifier.to_sec1_point(false);
    assert_eq!(keys["keys"][0]["x"], URL_SAFE_NO_PAD.encode(point.x().unwrap()));
    assert_eq!(keys["keys"][0]["y"], URL_SAFE_NO_PAD.encode(point.y().unwrap()));
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token(&issuer).await.unwrap().split('.').next().unwrap()).unwrap()).unwrap();
    assert_eq!(header["kid"], keys["keys"][0]["kid"]);
}

#[tokio::test]
async fn rsa_keys_sign_too() {
    let der = include_str!("../../../tests/cases/keys/pool.private.pem").lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let held = RsaKeyPair::from_pkcs8(&STANDARD.decode(der).unwrap()).unwrap();
    let public = aws_lc_rs::rsa::PublicKeyComponents {
        n: held.public_key().modulus().big_endian_without_leading_zero().to_vec(),
        e: held.public_key().exponent().big_endian_without_leading_zero().to_vec(),
    };
    let (_endpoint, url) = Endpoint::start(Held::Rsa(held)).await;
    let token = token(&issuer(&url)).await.unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
}

#[tokio::test]
async fn what_kms_refuses_is_sorted_by_whose_move_it_is() {
    let (endpoint, url) = Endpoint::start(Held::P256(p256_held())).await;
    let arn = || ARN.to_owned();
    let refusal = |code: &str| json!({"__type": code, "message": "no"});
    for (call, status, body, expected) in [
        ("GetPublicKey", 400, refusal("AccessDeniedException"), KeyError::NotLetIn(arn())),
        ("GetPublicKey", 400, refusal("UnrecognizedClientException"), KeyError::NotLetIn(arn())),
        ("GetPublicKey", 400, refusal("NotFoundException"), KeyError::Unusable(arn())),
        ("GetPublicKey", 400, refusal("KMSInvalidStateException"), KeyError::Unusable(arn())),
        ("GetPublicKey", 400, refusal("InvalidKeyUsageException"), KeyError::Kind(arn())),
        ("GetPublicKey", 200, json!({"KeyId": ARN, "KeyUsage": "KEY_AGREEMENT", "PublicKey": "AAAA"}), KeyError::Kind(arn())),
        ("GetPublicKey", 200, json!({"KeyId": ARN, "KeyUsage": "SIGN_VERIFY", "PublicKey": "AAAA"}), KeyError::Kind(arn())),
        ("GetPublicKey", 200, json!({"KeyId": ARN, "KeyUsage": "SIGN_VERIFY"}), KeyError::NotKms),
        ("GetPublicKey", 200, json!("<html>"), KeyError::NotKms),
        ("GetPublicKey", 404, json!("<html>"), KeyError::NotKms),
        ("Sign", 400, refusal("DisabledException"), KeyError::Unusable(arn())),
        ("Sign", 400, refusal("AccessDeniedException"), KeyError::NotLetIn(arn())),
        ("Sign", 200, json!({"KeyId": ARN, "Signature": "AAAA"}), KeyError::NotKms),
        ("Sign", 200, json!({"KeyId": ARN}), KeyError::NotKms),
        ("Sign", 400, refusal("ThrottlingException"), KeyError::Unavailable),
        ("Sign", 500, refusal("KMSInternalException"), KeyError::Unavailable),
    ] {
        endpoint.says(call, status, body.clone());
        assert_eq!(token(&issuer(&url)).await, Err(expected), "{call} {status} {body}");
    }
}

#[tokio::test]
async fn a_kms_out_of_reach_and_a_server_without_identity_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    assert_eq!(token(&issuer(&nobody)).await, Err(KeyError::Unavailable));

    #[derive(Debug)]
    struct Nothing;
    impl ProvideCredentials for Nothing {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("there are none")))
        }
    }
    let nameless = KmsKey::new(ARN, "eu-west-1", Some(&nobody), &identity(SharedCredentialsProvider::new(Nothing)));
    assert_eq!(nameless.public().await, Err(KeyError::NotLetIn(ARN.to_owned())));
}

/// Anybody may ask for the key set; a KMS that fails is not asked again with every such request.
#[tokio::test]
async fn the_key_set_does_not_hammer_a_kms_that_fails() {
    let (endpoint, url) = Endpoint::start(Held::P256(p256_held())).await;
    endpoint.says("GetPublicKey", 400, json!({"__type": "AccessDeniedException"}));
    let issuer = issuer(&url);
    for _ in 0..20 {
        assert_eq!(issuer.key_set().await, Err(KeyError::NotLetIn(ARN.to_owned())));
    }
    assert_eq!(endpoint.asked("GetPublicKey").len(), 1);
}
