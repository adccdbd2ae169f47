//! What verifying the balancer's data header costs, beside the P-256 check that it contains and
//! beside aws-jwt-verify on Node, all in one run.
//!
//! `cold` verifies tokens it has not seen, with the key held: more different tokens than are kept, in
//! turn. `repeat` verifies the same one again. Bars: cold at most 1.15 times the raw check, a repeat
//! at most 3 µs, aws-jwt-verify at least 1.5 times cold.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench")]

use async_trait::async_trait;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use criterion::Criterion;
use http::{HeaderMap, HeaderName, HeaderValue};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::pkcs8::DecodePrivateKey;
use serde_json::json;
use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use url::Url;
use vestibule::model::clock::Clock;
use vestibule::server::clock::SystemClock;
use vestibule::server::config::{AccessTokenKind, Config, loader};
use vestibule::server::identity::Authenticator;
use vestibule::server::outside::{Fetch, FetchError};

const SIGNER: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188";
const CLIENT: &str = "1example23456789";
const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE";
const KID: &str = "0d9a4c3e-1f2b-4a5c-8d6e-7f8091a2b3c4";
const PRIVATE_KEY: &str = include_str!("../tests/cases/keys/balancer.private.pem");
const PUBLIC_KEY: &str = include_str!("../tests/cases/keys/balancer.public.pem");
/// More than are kept, so that going round them finds none.
const TOKENS: usize = 5_000;
const ROUNDS: usize = 1_000;

struct KeyServer;

#[async_trait]
impl Fetch for KeyServer {
    async fn get(&self, _url: &Url, _limit: usize) -> Result<Vec<u8>, FetchError> {
        Ok(PUBLIC_KEY.into())
    }
}

/// One signed header in the forms in which it is needed.
struct Token {
    headers: HeaderMap,
    text: String,
    signature: Vec<u8>,
}

impl Token {
    fn new(index: usize, exp: i64, key: &SigningKey) -> Self {
        let header =
            format!(r#"{{"typ":"JWT","kid":"{KID}","alg":"ES256","iss":"{ISSUER}","client":"{CLIENT}","signer":"{SIGNER}","exp":{exp}}}"#);
        let payload = format!(
            r#"{{"sub":"person-{index}","email_verified":"true","name":"Ana Lyst","email":"ana@example.com","username":"salesforce_{index}","exp":{exp},"iss":"{ISSUER}"}}"#
        );
        let message = format!("{}.{}", URL_SAFE.encode(header), URL_SAFE.encode(payload));
        let signature: Signature = key.sign(message.as_bytes());
        let signature = signature.to_vec();
        let text = format!("{message}.{}", URL_SAFE.encode(&signature));
        let headers = [("x-amzn-oidc-data", text.clone()), ("x-amzn-oidc-identity", format!("person-{index}"))]
            .into_iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(&value).unwrap()))
            .collect();
        Self { headers, text, signature }
    }

    fn message(&self) -> &[u8] {
        &self.text.as_bytes()[..self.text.rfind('.').unwrap()]
    }
}

fn config() -> Config {
    // aws-jwt-verify's verifier for balancers looks at the data header only, so this does too.
    let text = format!(
        r#"
        [web]
        public_url = "https://portal.example.com"
        [alb]
        signers = ["{SIGNER}"]
        clients = ["{CLIENT}"]
        issuer = "{ISSUER}"
        [idp]
        groups_from = "data"
        [aws]
        region = "eu-west-1"
        [[roles]]
        id = "analyst"
        title = "Data analyst"
        arn = "arn:aws:iam::111122223333:role/portal-analyst"
        strategy = "web-identity"
        groups = ["analysts"]
        "#
    );
    let mut config = loader::from_text(&text, "vestibule.toml", []).unwrap().config;
    // The only strategy there is so far needs access tokens that are verified.
    config.idp.access_token = AccessTokenKind::Opaque;
    config
}

struct Bench {
    tokens: Vec<Token>,
    point: Vec<u8>,
    authenticator: Authenticator,
    runtime: Runtime,
    next: usize,
}

impl Bench {
    fn new() -> Self {
        let key = SigningKey::from_pkcs8_pem(PRIVATE_KEY).unwrap();
        let exp = SystemClock.now().seconds() + 3_600;
        Self {
            tokens: (0..TOKENS).map(|index| Token::new(index, exp, &key)).collect(),
            point: VerifyingKey::from(&key).to_sec1_point(false).as_bytes().to_vec(),
            authenticator: Authenticator::new(&config(), Arc::new(KeyServer), Arc::new(SystemClock)),
            runtime: tokio::runtime::Builder::new_current_thread().build().unwrap(),
            next: 0,
        }
    }

    fn raw(&mut self, times: u64) -> Duration {
        let start = now();
        for _ in 0..times {
            self.next = (self.next + 1) % TOKENS;
            let token = &self.tokens[self.next];
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.point).verify(token.message(), &token.signature).unwrap();
        }
        start.elapsed()
    }

    fn cold(&mut self, times: u64) -> Duration {
        let mut next = self.next;
        let (authenticator, tokens) = (&self.authenticator, &self.tokens);
        let elapsed = self.runtime.block_on(async {
            let start = now();
            for _ in 0..times {
                next = (next + 1) % TOKENS;
                black_box(authenticator.authenticate(&tokens[next].headers).await.unwrap());
            }
            start.elapsed()
        });
        self.next = next;
        elapsed
    }

    fn repeat(&mut self, times: u64) -> Duration {
        let (authenticator, token) = (&self.authenticator, &self.tokens[0]);
        self.runtime.block_on(async {
            authenticator.authenticate(&token.headers).await.unwrap();
            let start = now();
            for _ in 0..times {
                black_box(authenticator.authenticate(&token.headers).await.unwrap());
            }
            start.elapsed()
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn now() -> Instant {
    Instant::now()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn micros(elapsed: Duration, times: u64) -> f64 {
    elapsed.as_secs_f64() * 1e6 / times as f64
}

/// Microseconds a token of aws-jwt-verify, if Node and the package are there.
fn aws_jwt_verify(bench: &Bench) -> Option<f64> {
    let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/verification.json");
    let tokens: Vec<&str> = bench.tokens.iter().map(|token| token.text.as_str()).collect();
    let document = json!({"signer": SIGNER, "client": CLIENT, "issuer": ISSUER, "kid": KID, "publicKey": PUBLIC_KEY, "tokens": tokens});
    std::fs::write(file, document.to_string()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/end2end/bench/aws-jwt-verify.mjs");
    let output = Command::new("node").arg(script).arg(file).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn main() {
    let mut bench = Bench::new();
    let mut criterion = Criterion::default().configure_from_args();
    criterion.bench_function("raw P-256 check", |bencher| bencher.iter_custom(|times| bench.raw(times)));
    criterion.bench_function("verification, cold", |bencher| bencher.iter_custom(|times| bench.cold(times)));
    criterion.bench_function("verification, repeat", |bencher| bencher.iter_custom(|times| bench.repeat(times)));
    criterion.final_summary();

    // Beside each other in turns of about a millisecond: a machine that slows down slows all of them,
    // and other processes interrupt few turns.
    let (mut raw, mut cold, mut repeat) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(micros(bench.raw(10), 10));
        cold.push(micros(bench.cold(10), 10));
        repeat.push(micros(bench.repeat(200), 200));
    }
    let (raw, cold, repeat) = (median(raw), median(cold), median(repeat));
    println!();
    println!("raw P-256 check       {raw:7.2} µs");
    println!("verification, cold    {cold:7.2} µs   {:.2} × raw (bar: 1.15)", cold / raw);
    println!("verification, repeat  {repeat:7.2} µs   (bar: 3)");
    match aws_jwt_verify(&bench) {
        Some(theirs) => println!("aws-jwt-verify        {theirs:7.2} µs   {:.2} × ours (bar: at least 1.5)", theirs / cold),
        None => println!("aws-jwt-verify        not measured: it takes Node and the packages of end2end"),
    }
}
