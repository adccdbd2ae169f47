//! The server's own secrets on their way to DynamoDB, IAM and KMS: they are in no log line, no answer, no
//! error and no `Debug`, whatever answers in AWS's place.

use crate::balancer::Person;
use crate::captured_log;
use crate::secrets::parts;
use crate::sts::{OWN_SECRET_ACCESS_KEY, OWN_SESSION_TOKEN, SECRET_ACCESS_KEY, SESSION_TOKEN, own_credentials};
use crate::world::{Silence, World};
use aws_credential_types::provider::SharedCredentialsProvider;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{DecodePrivateKey, EncodePublicKey};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use url::Url;
use vestibule::model::clock::Clock;
use vestibule::model::names::RoleArn;
use vestibule::model::role::Strategy;
use vestibule::server::config::{IssuerKey, KeySource, RoleStrategy, SelfIssued as Settings};
use vestibule::server::credentials::Minter;
use vestibule::server::credentials::self_issued::SelfIssued;
use vestibule::server::http::router;
use vestibule::server::http::site::Site;
use vestibule::server::issuer::Issuer;
use vestibule::server::outside::HttpFetch;
use vestibule::server::own_identity::OwnIdentity;
use vestibule::server::portal::{Outside, Portal};
use vestibule::server::revocation::reconciler::Reconciler;
use vestibule::server::revocation::role_policies::{Iam, RolePolicies};
use vestibule::server::sessions::SessionStore;
use vestibule::server::sessions::dynamodb::DynamoDbStore;

const KEY: &str = include_str!("cases/keys/balancer.private.pem");

/// How the stand-in for all three services answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// As they do when nothing is wrong: an empty table, no policy, a key.
    Well,
    /// With an error whose message repeats everything that was sent.
    InTheMessage(u16),
    /// With the session token for a code.
    InTheCode,
    /// With a part of it that looks like a code.
    InTheCodeInPart,
    /// With the session token for the request's id.
    InTheRequestId,
    /// With success, and a body of everything that was sent.
    InTheBody,
}

/// DynamoDB, KMS and IAM at one address.
struct StandIn {
    mood: Mutex<Mood>,
    /// Whether DynamoDB answers well, whatever the mood.
    has_a_table: AtomicBool,
    /// Calls that came, signed with the server's own session token.
    asked: Mutex<BTreeSet<String>>,
}

async fn respond(State(stand_in): State<Arc<StandIn>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").map(|target| target.to_str().unwrap());
    let is_spared = stand_in.has_a_table.load(Ordering::SeqCst) && target.is_some_and(|target| target.starts_with("DynamoDB_"));
    let mood = if is_spared { Mood::Well } else { *stand_in.mood.lock().unwrap() };
    assert_eq!(headers["x-amz-security-token"], OWN_SESSION_TOKEN, "the secret is on the wire");
    let action = target.and_then(|target| target.rsplit('.').next()).map_or_else(
        || url::form_urlencoded::parse(&body).into_owned().collect::<HashMap<String, String>>()["Action"].clone(),
        str::to_owned,
    );
    stand_in.asked.lock().unwrap().insert(action.clone());
    let mut sent = String::new();
    for (name, value) in &headers {
        write!(sent, "{name}:{} ", value.to_str().unwrap()).unwrap();
    }
    sent.push_str(&String::from_utf8_lossy(&body));
    let (status, code, message, request_id) = match mood {
        Mood::Well => return well(&action, &body),
        Mood::InTheBody => return (StatusCode::OK, sent).into_response(),
        Mood::InTheMessage(status) => (status, "InvalidSignatureException", sent.as_str(), "r"),
        Mood::InTheCode => (400, OWN_SESSION_TOKEN, "", "r"),
        Mood::InTheCodeInPart => (403, &OWN_SESSION_TOKEN[..40], "", "r"),
        Mood::InTheRequestId => (400, "ValidationException", "", OWN_SESSION_TOKEN),
    };
    let text = if target.is_some() {
        json!({"__type": code, "message": message}).to_string()
    } else {
        let message = message.replace('&', "&amp;").replace('<', "&lt;");
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    };
    let kind = if target.is_some() { "application/x-amz-json-1.1" } else { "text/xml" };
    (StatusCode::from_u16(status).unwrap(), [("content-type", kind), ("x-amzn-requestid", request_id)], text).into_response()
}

fn well(action: &str, body: &[u8]) -> Response {
    let key = SigningKey::from_pkcs8_pem(KEY).unwrap();
    let answer = match action {
        "GetItem" | "TransactWriteItems" | "PutItem" | "UpdateItem" | "DeleteItem" => json!({}),
        "Query" => json!({"Items": [], "Count": 0}),
        "GetPublicKey" => {
            let public = key.verifying_key().to_public_key_der().unwrap();
            json!({"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256", "PublicKey": STANDARD.encode(public.as_bytes())})
        }
        "Sign" => {
            let asked: Value = serde_json::from_slice(body).unwrap();
            let digest = STANDARD.decode(asked["Message"].as_str().unwrap()).unwrap();
            let signature: Signature = key.sign_prehash(&digest).unwrap();
            json!({"SigningAlgorithm": "ECDSA_SHA_256", "Signature": STANDARD.encode(signature.to_der().as_bytes())})
        }
        "PutRolePolicy" => return (StatusCode::OK, "<PutRolePolicyResponse></PutRolePolicyResponse>").into_response(),
        _ => {
            let error = "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code></Error></ErrorResponse>";
            return (StatusCode::NOT_FOUND, error).into_response();
        }
    };
    ([("content-type", "application/x-amz-json-1.1")], answer.to_string()).into_response()
}

/// A portal whose sessions are in DynamoDB, whose denies go to IAM and whose key is in KMS, all of it at
/// the stand-in.
struct Own {
    world: World,
    stand_in: Arc<StandIn>,
    store: Arc<DynamoDbStore>,
    iam: Arc<Iam>,
}

async fn own() -> Own {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let stand_in = Arc::new(StandIn { mood: Mutex::new(Mood::Well), has_a_table: AtomicBool::new(false), asked: Mutex::default() });
    let router = Router::new().fallback(respond).with_state(Arc::clone(&stand_in));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let settings = Settings {
        issuer: "https://portal.example.com/oidc".to_owned(),
        keys: vec![IssuerKey { source: KeySource::Kms("0a1b2c3d-4e5f-4711-8a2b-0123456789ab".to_owned()), published_at: None }],
        allow_key_file: false,
        kms_endpoint: Some(url.clone()),
    };
    let change = |config: &mut vestibule::server::config::Config| {
        config.roles[0].strategy = RoleStrategy::SelfIssued { tag_claims: Vec::new() };
        config.revocation.iam = true;
        config.limits.mints_per_minute = 1_000;
    };
    let mut world = World::with(change, |store| store).await;
    let config = world.portal.config().clone();
    let clock = Arc::clone(&world.clock) as Arc<dyn Clock>;
    let identity = OwnIdentity::given(&config.aws, SharedCredentialsProvider::new(own_credentials()));
    let issuer = Arc::new(Issuer::new(&settings, &config.aws.region, &identity, Arc::clone(&clock)).unwrap());
    let self_issued: Arc<dyn Minter> = Arc::new(SelfIssued::new(Arc::clone(&issuer), &config.aws));
    let store = Arc::new(DynamoDbStore::new("sessions".to_owned(), 30, &identity, Some(url.clone())));
    let iam = Arc::new(Iam::new(&identity, Some(url)));
    let outside = Outside {
        fetch: Arc::clone(&world.keys) as _,
        ask: Arc::new(Silence::default()),
        post: Arc::new(HttpFetch::default()),
        identity: None,
        store: Arc::clone(&store) as Arc<dyn SessionStore>,
        regions: Arc::clone(&world.regions) as _,
        role_policies: Some(Arc::clone(&iam) as Arc<dyn RolePolicies>),
        minters: HashMap::from([(Strategy::SelfIssued, self_issued)]),
        issuer: Some(issuer),
    };
    world.portal = Portal::with(config, clock, outside);
    world.router = router::with_site(&world.portal, Site::at(None, false));
    Own { world, stand_in, store, iam }
}

#[tokio::test]
async fn nothing_of_the_servers_own_is_seen_on_the_way_to_dynamodb_iam_and_kms() {
    let ana = Person::new("own-secrets-analyst", &["analysts", "portal-admins"]);
    let role = RoleArn::parse("arn:aws:iam::111122223333:role/portal-analyst").unwrap();
    // What is shown to people and operators beside the log.
    let (mut shown, mut seen, mut person) = (String::new(), BTreeSet::new(), Vec::new());
    let moods = [
        Mood::Well,
        Mood::InTheMessage(400),
        Mood::InTheMessage(403),
        Mood::InTheCode,
        Mood::InTheCodeInPart,
        Mood::InTheRequestId,
        Mood::InTheBody,
    ];
    for mood in moods {
        let Own { world, stand_in, store, iam } = own().await;
        *stand_in.mood.lock().unwrap() = mood;
        let now = world.clock.now();
        person = vec![ana.data(now), ana.token(now)];
        for (path, body) in [
            ("/api/credentials", r#"{"role":"analyst"}"#),
            ("/api/credentials", r#"{"role":"operator"}"#),
            ("/api/sessions/mine", "{}"),
            ("/api/sessions/list", "{}"),
            ("/api/sessions/overview", "{}"),
            ("/api/sessions/revoke", r#"{"subject":"somebody"}"#),
            ("/api/sessions/revoke", r#"{"id":"abcdefghijklmnopqrstuvwxyz"}"#),
            ("/api/sessions/lift", r#"{"subject":"somebody"}"#),
        ] {
            let answer = world.call(path, &ana, body).await;
            let is_minted = path == "/api/credentials" && answer.status == 200;
            assert_eq!(is_minted, mood == Mood::Well && body.contains("analyst"), "{mood:?} {path} {}", answer.body);
            if !is_minted {
                shown.push_str(&answer.body);
            }
        }
        for path in ["/readyz", "/oidc/.well-known/jwks.json", "/oidc/.well-known/openid-configuration"] {
            let answer = world.page(path, HeaderMap::new()).await;
            assert_eq!(answer.status == 200, mood == Mood::Well || path.ends_with("configuration"), "{mood:?} {path}");
            shown.push_str(&answer.body);
        }
        world.portal.write_refusals().await;
        let pass = async || Reconciler::new(Arc::clone(&world.portal), Arc::clone(&iam) as Arc<dyn RolePolicies>).pass().await;
        let without_a_table = pass().await;
        stand_in.has_a_table.store(true, Ordering::SeqCst);
        let with_a_table = pass().await;
        let policies = (iam.get(&role).await, iam.put(&role, "{}").await, iam.delete(&role).await);
        if mood != Mood::Well {
            assert!(without_a_table.is_err() && policies.0.is_err(), "{mood:?} {without_a_table:?} {policies:?}");
            assert!(matches!(with_a_table, Ok(false)), "{mood:?} {with_a_table:?}");
        }
        write!(shown, "{without_a_table:?} {policies:?} {:?} {:?} {:?}", world.portal, store, iam).unwrap();
        if let Err(error) = policies.0 {
            write!(shown, "{error}").unwrap();
        }
        write!(shown, "{:?}", store.ready().await).unwrap();
        seen.append(&mut stand_in.asked.lock().unwrap());
        let assertions = world.sts.asked().into_iter().filter_map(|mut asked| asked.remove("WebIdentityToken"));
        person.extend(assertions);
    }
    let wanted = [
        "DeleteItem",
        "DeleteRolePolicy",
        "GetItem",
        "GetPublicKey",
        "GetRolePolicy",
        "PutItem",
        "PutRolePolicy",
        "Query",
        "Sign",
        "TransactWriteItems",
        "UpdateItem",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), wanted, "every call was made");

    let log = captured_log::text();
    for line in ["KMS refused", "the session store failed", "deny_failed", "event\":\"mint\""] {
        assert!(log.contains(line), "the log has the failures too: {line}");
    }
    // Headers of tokens are public and alike; what follows them is not.
    let tokens = person.iter().map(|token| token.split_once('.').unwrap().1.to_owned());
    let keys = [OWN_SECRET_ACCESS_KEY, OWN_SESSION_TOKEN, SECRET_ACCESS_KEY, SESSION_TOKEN].map(str::to_owned);
    for secret in tokens.chain(keys) {
        for part in parts(&secret) {
            assert!(!shown.contains(&part), "{part} is shown");
            let line = log.lines().find(|line| line.contains(&part));
            assert!(line.is_none(), "{part} is in the log: {line:?}");
        }
    }
}
