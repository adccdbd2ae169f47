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
    balancer: Balancer,
    iam: Iam,
    cognito: Cognito,
    /// The portal's own documents have another key than it signs with.
    other_own_key: bool,
    /// Seconds by which its clock is ahead.
    ahead: i64,
}

/// What it does with who is not signed in, where it stands in front of the portal.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Balancer {
    /// It forwards pages and calls without a sign-in.
    allows: bool,
    /// It sends calls to sign in.
    redirects_calls: bool,
    /// It wants a sign-in for everything.
    closed: bool,
    /// It answers everything with this status.
    always: u16,
    /// It sends everything to the same place behind https.
    upgrades: bool,
}

/// What Cognito says of the person's identity in the pool; it gives one where there is no code.
#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Cognito {
    code: String,
    message: String,
}

/// What IAM says of the role.
#[derive(Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Iam {
    /// Its trust policy.
    trust: String,
    longest: u32,
    /// IAM's refusal, where it is not empty.
    code: String,
    /// Where the role is.
    partition: String,
    /// The audiences of the OIDC providers, which are not there where there are none.
    audiences: Vec<String>,
    /// Its refusal to tell of them, where it is not empty.
    provider_code: String,
}

impl Default for Iam {
    fn default() -> Self {
        let audiences = ["http://127.0.0.1:9", "urn:vestibule:analyst"].map(str::to_owned).to_vec();
        let (trust, code, provider_code) = (String::new(), String::new(), String::new());
        Self { trust, longest: 43_200, code, partition: "aws".to_owned(), audiences, provider_code }
    }
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
    /// Who may list it.
    list: Listing,
}

/// Whether the bucket is listed to who signs.
#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Listing {
    #[default]
    Allowed,
    /// A policy denies `s3:authType` REST-QUERY-STRING.
    InHeaders,
    Denied,
    Slow,
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
    /// What it says to a dry run; 204 where it is 0.
    dry_run: u16,
    /// With this word.
    code: String,
}

impl Default for S3 {
    fn default() -> Self {
        Self { region: "eu-west-1".to_owned(), rules: vec![Rule::default()], list: Listing::Allowed }
    }
}

/// As `bucket-cors` of the templates.
impl Default for Rule {
    fn default() -> Self {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect();
        Self {
            origins: words("http://127.0.0.1:9"),
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
    /// The key set of the portal's own issuer.
    own_keys: String,
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
pub(super) fn serve(listener: TcpListener, url: &str, own_keys: String, answers: Answers, now: Timestamp) {
    let service = Arc::new(Service { url: url.to_owned(), own_keys, answers, now });
    let router = Router::new().fallback(answer).with_state(service);
    tokio::spawn(async move { axum::serve(listener, router).await });
}

async fn answer(State(service): State<Arc<Service>>, request: Request) -> Response {
    let line = format!("{} {}", request.method(), request.uri().path());
    if line == "POST /" && request.headers().contains_key("x-amz-target") {
        return service.cognito();
    }
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
        let in_query = request.uri().query().is_some_and(|query| query.contains("X-Amz-Signature="));
        if in_query || !header(request, "authorization").is_empty() {
            return self.listed(request, in_query);
        }
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

    /// As S3 answers who signs: it is asked for one name and nothing else.
    fn listed(&self, request: &Request, in_query: bool) -> Response {
        let query = request.uri().query().unwrap_or_default();
        assert!(request.method() == "GET" && query.contains("max-keys=1") && query.contains("prefix=team%2F"), "one name: {query}");
        let error = |status: u16, code: &str| {
            let body = format!("<Error><Code>{code}</Code><Message>Said the stand-in.</Message></Error>");
            Response::builder().status(status).body(Body::from(body)).unwrap()
        };
        match self.answers.s3.list {
            Listing::Denied => error(403, "AccessDenied"),
            Listing::InHeaders if in_query => error(403, "AccessDenied"),
            Listing::Slow => error(503, "SlowDown"),
            Listing::Allowed | Listing::InHeaders => Response::new(Body::from("<ListBucketResult></ListBucketResult>")),
        }
    }

    /// As IAM tells of a role.
    fn role(&self, name: &str) -> Response {
        let Iam { trust, longest, code, partition, .. } = &self.answers.iam;
        if !code.is_empty() {
            return refused_by_iam(code);
        }
        let trust = percent_encoding::utf8_percent_encode(trust, percent_encoding::NON_ALPHANUMERIC);
        let body = format!(
            "<GetRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRoleResult><Role><Path>/</Path><RoleName>{name}</RoleName>\
             <RoleId>AROAEXAMPLEEXAMPLE12</RoleId><Arn>arn:{partition}:iam::111122223333:role/{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
             <AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument><MaxSessionDuration>{longest}</MaxSessionDuration></Role></GetRoleResult></GetRoleResponse>"
        );
        Response::new(Body::from(body))
    }

    /// As IAM tells of an OIDC provider.
    fn provider(&self) -> Response {
        let Iam { audiences, provider_code, .. } = &self.answers.iam;
        match (&**provider_code, &**audiences) {
            ("", []) => refused_by_iam("NoSuchEntity"),
            ("", audiences) => {
                let members: String = audiences.iter().map(|audience| format!("<member>{audience}</member>")).collect();
                Response::new(Body::from(format!(
                    "<GetOpenIDConnectProviderResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetOpenIDConnectProviderResult>\
                     <Url>said.by.the.stand-in</Url><ClientIDList>{members}</ClientIDList></GetOpenIDConnectProviderResult></GetOpenIDConnectProviderResponse>"
                )))
            }
            (code, _) => refused_by_iam(code),
        }
    }

    /// As Cognito Identity names the person.
    fn cognito(&self) -> Response {
        let Cognito { code, message } = &self.answers.cognito;
        if !code.is_empty() {
            let body = json!({"__type": code, "message": message}).to_string();
            return Response::builder().status(400).body(Body::from(body)).unwrap();
        }
        let body = json!({"IdentityId": "eu-west-1:identity", "Token": "the-minted-pool-token"}).to_string();
        Response::builder().header("content-type", "application/x-amz-json-1.1").body(Body::from(body)).unwrap()
    }

    /// As STS answers a mint, which must be denied everything but what is tried.
    fn sts(&self, form: &str) -> Response {
        let field = |name: &str| form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default();
        if field("Action") == "GetRole" {
            return self.role(field("RoleName"));
        }
        if field("Action") == "GetOpenIDConnectProvider" {
            return self.provider();
        }
        assert_may_do_little(field("Policy"));
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
        let Lambda { refuses_invoke, refuses_streaming, dry_run, code } = &self.answers.lambda;
        if request.method() == "POST" {
            assert_eq!(header(request, "x-amz-invocation-type"), "DryRun", "nothing runs");
            let body = r#"{"Message":"Said the stand-in."}"#;
            let status = if *dry_run == 0 { 204 } else { *dry_run };
            return Response::builder().status(status).header("x-amzn-errortype", code).body(Body::from(body)).unwrap();
        }
        let refuses = if request.uri().path().ends_with("/response-streaming-invocations") { refuses_streaming } else { refuses_invoke };
        if *refuses {
            return Response::builder().status(403).body(Body::empty()).unwrap();
        }
        Response::builder()
            .header("access-control-allow-origin", "*")
            .header("access-control-allow-methods", "POST")
            .header("access-control-allow-headers", header(request, "access-control-request-headers"))
            .body(Body::empty())
            .unwrap()
    }

    /// As a balancer answers who has no cookie.
    fn balancer(&self, line: &str) -> Response {
        let Balancer { allows, redirects_calls, closed, always, upgrades } = self.answers.balancer;
        let plain = |status: u16, body: &'static str| Response::builder().status(status).body(Body::from(body)).unwrap();
        let sign_in =
            || Response::builder().status(302).header("location", "https://login.example.com/authorize?x=1").body(Body::empty()).unwrap();
        let path = line.split_once(' ').map_or("", |(_, path)| path);
        match line {
            _ if always != 0 => plain(always, ""),
            _ if upgrades => Response::builder()
                .status(301)
                .header("location", format!("https://{}{path}", self.url.trim_start_matches("http://")))
                .body(Body::empty())
                .unwrap(),
            "GET /" | "POST /api/whoami" if allows => plain(401, r#"{"code":"not_signed_in"}"#),
            "GET /" => sign_in(),
            "POST /api/whoami" if redirects_calls => sign_in(),
            "POST /api/whoami" => plain(401, "<html>401 Authorization Required</html>"),
            _ if closed => sign_in(),
            "GET /pkg/vestibule-doctor" => plain(404, ""),
            _ => plain(200, "ok"),
        }
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
                        "id_token_signing_alg_values_supported": ["RS256"], "authorization_endpoint": "https://login.example.com/authorize",
                        "token_endpoint": "https://login.example.com/token", "userinfo_endpoint": "https://login.example.com/me",
                    }),
                    with,
                    without,
                ))
            }
            "GET /own/.well-known/openid-configuration" => json(json!({
                "issuer": format!("{}/own", self.url), "jwks_uri": format!("{}/own/.well-known/jwks.json", self.url),
                "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            })),
            "GET /own/.well-known/jwks.json" if self.answers.other_own_key => Response::new(Body::from(signed::POOL_JWKS)),
            "GET /own/.well-known/jwks.json" => Response::new(Body::from(self.own_keys.clone())),
            "GET /pool/jwks.json" => {
                let KeySet { times, with, without } = &self.answers.key_set;
                let mut set: Value = serde_json::from_str(signed::POOL_JWKS).unwrap();
                let keys = set["keys"].as_array().unwrap().iter().map(|key| changed(key.clone(), with, without));
                set["keys"] = keys.cycle().take(times.unwrap_or(1) * set["keys"].as_array().unwrap().len()).collect();
                json(set)
            }
            "GET /" | "POST /api/whoami" | "GET /healthz" | "GET /pkg/vestibule-doctor" | "GET /signed-out" => self.balancer(line),
            _ if line == format!("GET /keys/{}", signed::KID) => Response::new(Body::from(signed::BALANCER_PUBLIC_KEY)),
            _ => Response::builder().status(404).body(Body::empty()).unwrap(),
        }
    }
}

fn refused_by_iam(code: &str) -> Response {
    let status = if code == "NoSuchEntity" { 404 } else { 403 };
    let body = format!("<ErrorResponse><Error><Code>{code}</Code><Message>Said the stand-in.</Message></Error></ErrorResponse>");
    Response::builder().status(status).body(Body::from(body)).unwrap()
}

/// Of what the doctor mints: denied everything, or allowed to list below the role's prefix and to invoke its function.
fn assert_may_do_little(policy: &str) {
    let text = percent_encoding::percent_decode_str(&policy.replace('+', " ")).decode_utf8().unwrap().into_owned();
    let policy: Value = serde_json::from_str(&text).unwrap();
    let statements = policy["Statement"].as_array().cloned().unwrap_or_else(|| vec![policy["Statement"].clone()]);
    for statement in statements {
        let is_little = match (statement["Action"].as_str(), statement["Effect"].as_str()) {
            (Some("*"), Some("Deny")) => true,
            (Some("s3:ListBucket"), _) => statement["Condition"] == json!({"StringLike": {"s3:prefix": "team/*"}}),
            (Some("lambda:InvokeFunction"), _) => {
                statement["Resource"].as_str().is_some_and(|arn| arn.ends_with(":111122223333:function:echo"))
            }
            _ => false,
        };
        assert!(is_little, "{text}");
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
