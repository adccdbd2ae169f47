//! Key server, provider, STS, S3 and Lambda in one place on loopback, as far as the doctor looks.

use crate::model::clock::Timestamp;
use crate::server::identity::tests::signed;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// How the answers differ from what they should be.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Answers {
    /// By method and path, in place of what would be answered.
    at: BTreeMap<String, Fixed>,
    discovery: Document,
    key_set: KeySet,
    s3: S3,
    lambda: Lambda,
    sts: Sts,
    /// Seconds by which its clock is ahead.
    ahead: i64,
}

/// What it says to a mint.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sts {
    /// With credentials where it is 0.
    status: u16,
    code: String,
    message: String,
    /// It says so only when it is asked for more than so many seconds.
    above_seconds: u32,
}

/// The bucket `reports`.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct S3 {
    region: String,
    /// Its CORS rules; the first that fits decides.
    rules: Vec<Rule>,
}

#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Rule {
    origins: Vec<String>,
    methods: Vec<String>,
    headers: Vec<String>,
    expose: Vec<String>,
    max_age: Option<u32>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Lambda {
    refuses_invoke: bool,
    refuses_streaming: bool,
}

impl Default for S3 {
    fn default() -> Self {
        Self { region: "eu-west-1".to_owned(), rules: vec![Rule::default()] }
    }
}

/// As `bucket-cors` of the templates.
impl Default for Rule {
    fn default() -> Self {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect();
        Self {
            origins: words("http://127.0.0.1:3000"),
            methods: words("GET HEAD PUT POST DELETE"),
            headers: words(
                "authorization cache-control content-disposition content-encoding content-language content-type expires if-match if-none-match range x-amz-*",
            ),
            expose: words(
                "ETag Content-Range Date x-amz-bucket-region x-amz-checksum-crc64nvme x-amz-delete-marker x-amz-id-2 x-amz-request-id x-amz-tagging-count x-amz-version-id",
            ),
            max_age: Some(3_000),
        }
    }
}

impl Rule {
    fn fits(&self, origin: &str, method: &str, headers: &[&str]) -> bool {
        let header = |name: &&str| {
            self.headers.iter().any(|allowed| allowed.strip_suffix('*').map_or(allowed == name, |start| name.starts_with(start)))
        };
        self.origins.iter().any(|allowed| allowed == origin || allowed == "*")
            && self.methods.iter().any(|allowed| allowed == method)
            && headers.iter().all(header)
    }
}

/// An answer word for word.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Fixed {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
    /// The answer never comes.
    silent: bool,
}

/// Changes to a document.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Document {
    with: BTreeMap<String, Value>,
    without: Vec<String>,
}

/// Changes to the key set.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct KeySet {
    /// So many times the same key; once where it says nothing.
    times: Option<usize>,
    /// Members of every key.
    with: BTreeMap<String, Value>,
    without: Vec<String>,
}

struct Service {
    url: String,
    answers: Answers,
    now: Timestamp,
}

/// An address that nobody answers at yet.
pub(super) async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// Answers from now on.
pub(super) fn serve(listener: TcpListener, url: &str, answers: Answers, now: Timestamp) {
    let service = Arc::new(Service { url: url.to_owned(), answers, now });
    let router = Router::new().fallback(answer).with_state(service);
    tokio::spawn(async move { axum::serve(listener, router).await });
}

async fn answer(State(service): State<Arc<Service>>, request: Request) -> Response {
    let line = format!("{} {}", request.method(), request.uri().path());
    if line == "POST /" {
        let body = axum::body::to_bytes(request.into_body(), 1 << 16).await.unwrap();
        return service.sts(&String::from_utf8_lossy(&body));
    }
    let mut response = match service.answers.at.get(&line) {
        Some(Fixed { silent: true, .. }) => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Response::new(Body::empty())
        }
        Some(fixed) => {
            let mut response = Response::builder().status(fixed.status);
            for (name, value) in &fixed.headers {
                response = response.header(name, value);
            }
            response.body(Body::from(fixed.body.clone())).unwrap()
        }
        None if request.uri().path().starts_with("/reports") => service.s3(&request),
        None if request.uri().path().contains("/functions/") => service.lambda(&request),
        None => service.usual(&line),
    };
    let now = service.now.plus_seconds(service.answers.ahead);
    response.headers_mut().entry("date").or_insert_with(|| http_date(now).parse().unwrap());
    response
}

/// A header of a request.
fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

impl Service {
    /// As S3 answers, preflights and what is not signed.
    fn s3(&self, request: &Request) -> Response {
        let is_preflight = request.method() == "OPTIONS";
        let method = if is_preflight { header(request, "access-control-request-method") } else { request.method().as_str() };
        let headers: Vec<&str> = header(request, "access-control-request-headers").split(',').filter(|name| !name.is_empty()).collect();
        let rules = &self.answers.s3.rules;
        let mut response = Response::builder().header("x-amz-bucket-region", &self.answers.s3.region);
        let Some(rule) = rules.iter().find(|rule| rule.fits(header(request, "origin"), method, &headers)) else {
            let message = if rules.is_empty() { "CORS is not enabled for this bucket." } else { "This CORS request is not allowed." };
            let body = format!("<Error><Code>AccessForbidden</Code><Message>CORSResponse: {message}</Message></Error>");
            return response.status(403).body(Body::from(body)).unwrap();
        };
        response = response.header("access-control-allow-origin", header(request, "origin"));
        response = response.header("access-control-allow-methods", rule.methods.join(", "));
        response = response.header("access-control-expose-headers", rule.expose.join(", "));
        if is_preflight {
            response = response.header("access-control-allow-headers", headers.join(", "));
            if let Some(seconds) = rule.max_age {
                response = response.header("access-control-max-age", seconds);
            }
        }
        response.status(if is_preflight { 200 } else { 403 }).body(Body::empty()).unwrap()
    }

    /// As STS answers a mint, which must be denied everything.
    fn sts(&self, form: &str) -> Response {
        let field = |name: &str| form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default();
        assert!(field("Policy").contains("Deny") && !field("Policy").contains("Allow"), "a trial is denied everything");
        let seconds: u32 = field("DurationSeconds").parse().unwrap();
        let Sts { status, code, message, above_seconds } = &self.answers.sts;
        if *status != 0 && seconds > *above_seconds {
            let body = format!(
                "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
            );
            return Response::builder().status(*status).body(Body::from(body)).unwrap();
        }
        let action = field("Action");
        let body = format!(
            "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>\
             <SecretAccessKey>the-minted-secret-access-key</SecretAccessKey><SessionToken>the-minted-session-token</SessionToken>\
             <Expiration>2026-11-23T08:00:00Z</Expiration></Credentials></{action}Result></{action}Response>"
        );
        Response::new(Body::from(body))
    }

    /// As Lambda answers preflights.
    fn lambda(&self, request: &Request) -> Response {
        let Lambda { refuses_invoke, refuses_streaming } = self.answers.lambda;
        let refuses = if request.uri().path().ends_with("/response-streaming-invocations") { refuses_streaming } else { refuses_invoke };
        if refuses {
            return Response::builder().status(403).body(Body::empty()).unwrap();
        }
        Response::builder()
            .header("access-control-allow-origin", "*")
            .header("access-control-allow-methods", "POST")
            .header("access-control-allow-headers", header(request, "access-control-request-headers"))
            .body(Body::empty())
            .unwrap()
    }

    fn usual(&self, line: &str) -> Response {
        let json = |value: Value| Response::new(Body::from(value.to_string()));
        match line {
            "GET /pool/.well-known/openid-configuration" => {
                let Document { with, without } = &self.answers.discovery;
                json(changed(
                    json!({
                        "issuer": format!("{}/pool", self.url), "jwks_uri": format!("{}/pool/jwks.json", self.url),
                        "response_types_supported": ["code", "token"], "subject_types_supported": ["public"],
                        "id_token_signing_alg_values_supported": ["RS256"],
                    }),
                    with,
                    without,
                ))
            }
            "GET /pool/jwks.json" => {
                let KeySet { times, with, without } = &self.answers.key_set;
                let mut set: Value = serde_json::from_str(signed::POOL_JWKS).unwrap();
                let keys = set["keys"].as_array().unwrap().iter().map(|key| changed(key.clone(), with, without));
                set["keys"] = keys.cycle().take(times.unwrap_or(1) * set["keys"].as_array().unwrap().len()).collect();
                json(set)
            }
            _ if line == format!("GET /keys/{}", signed::KID) => Response::new(Body::from(signed::BALANCER_PUBLIC_KEY)),
            _ => Response::builder().status(404).body(Body::empty()).unwrap(),
        }
    }
}

fn changed(mut document: Value, with: &BTreeMap<String, Value>, without: &[String]) -> Value {
    let members = document.as_object_mut().unwrap();
    members.extend(with.iter().map(|(name, value)| (name.clone(), value.clone())));
    for name in without {
        assert!(members.remove(name).is_some(), "{name} was not there");
    }
    document
}

/// As HTTP writes times (RFC 9110, 5.6.7); nobody looks at the day of the week.
pub(super) fn http_date(time: Timestamp) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let civil = time.civil();
    let month = MONTHS[usize::try_from(civil.month - 1).unwrap()];
    format!("Sat, {:02} {month} {:04} {:02}:{:02}:{:02} GMT", civil.day, civil.year, civil.hour, civil.minute, civil.second)
}
