//! What stands before the operations: hosts, doubled parameters, CORS, latency, request ids.

use super::S3;
use super::access::Access;
use super::bucket::{Behaviour, Bucket, Buckets, Fate};
use super::operations::{MAX_OBJECT_BYTES, Operations};
use crate::sandbox::cors::{Refusal, Rule, Rules};
use crate::sandbox::registry::REGION;
use crate::sandbox::request_id::request_id;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use percent_encoding::percent_decode_str;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::{S3Service, S3ServiceBuilder};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use url::form_urlencoded;

/// XML bodies (DeleteObjects names a thousand keys of a kilobyte).
const MAX_XML_BYTES: usize = 4 * 1024 * 1024;

/// A presigned URL lives seven days at most.
const MAX_EXPIRES_SECONDS: u32 = 7 * 24 * 3_600;

/// S3 allows a quarter of an hour.
const MAX_SKEW_SECONDS: u32 = 15 * 60;

struct Front {
    service: S3Service,
    buckets: Arc<Buckets>,
    latency: Duration,
    allowed_hosts: Vec<String>,
    rules: Rules,
    /// The rules of buckets that expose nothing.
    exposing_nothing: Rules,
}

pub(super) fn router(s3: S3) -> Router {
    let access = Access { buckets: s3.buckets.clone(), registry: s3.registry, clock: s3.clock };
    let mut builder = S3ServiceBuilder::new(Operations(access.clone()));
    builder.set_auth(access.clone());
    builder.set_access(access);
    builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(configuration()))));
    let front = Front {
        service: builder.build(),
        buckets: s3.buckets,
        latency: s3.latency,
        allowed_hosts: s3.allowed_hosts,
        exposing_nothing: rules(s3.cors_origins.clone(), Vec::new()),
        rules: rules(s3.cors_origins, EXPOSED.to_vec()),
    };
    Router::new().fallback(answer).with_state(Arc::new(front))
}

fn configuration() -> S3Config {
    let mut configuration = S3Config::default();
    configuration.xml_max_body_size = MAX_XML_BYTES;
    configuration.put_object_max_size = Some(MAX_OBJECT_BYTES);
    configuration.presigned_url_max_skew_time_secs = MAX_SKEW_SECONDS;
    configuration.presigned_url_max_expires_secs = MAX_EXPIRES_SECONDS;
    configuration.expected_region = REGION.parse().ok();
    configuration.sig_v4_allowed_services = vec!["s3".to_owned()];
    configuration.enable_sig_v2 = false;
    configuration.allow_post_signature = false;
    configuration
}

/// The headers that pages see. S3 takes no wildcards here: metadata are exposed name by name.
const EXPOSED: [&str; 20] = [
    "ETag",
    "Date",
    "Last-Modified",
    "Content-Range",
    "Content-Disposition",
    "Content-Encoding",
    "x-amz-request-id",
    "x-amz-id-2",
    "x-amz-bucket-region",
    "x-amz-version-id",
    "x-amz-delete-marker",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-type",
    "x-amz-storage-class",
    "x-amz-tagging-count",
    "x-amz-restore",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-meta-author",
    "x-amz-meta-project",
];

/// The rules of a bucket that is read and written from the portal's page.
fn rules(origins: Vec<String>, expose: Vec<&'static str>) -> Rules {
    let headers = vec![
        "authorization",
        "content-type",
        "content-md5",
        "content-disposition",
        "content-encoding",
        "content-language",
        "cache-control",
        "expires",
        "range",
        "if-match",
        "if-none-match",
        "x-amz-*",
        "amz-sdk-*",
    ];
    let methods = vec![Method::GET, Method::HEAD, Method::PUT, Method::POST, Method::DELETE];
    Rules::new(vec![Rule { origins, methods, headers, expose, max_age_seconds: 3_000 }])
}

async fn answer(State(front): State<Arc<Front>>, request: Request) -> Response {
    let mut response = match front.refusal(&request) {
        Some(refusal) => refusal,
        None => {
            tokio::time::sleep(front.latency).await;
            front.forward(request).await
        }
    };
    let headers = response.headers_mut();
    headers.insert("x-amz-request-id", request_id(8));
    headers.insert("x-amz-id-2", request_id(28));
    response
}

impl Front {
    /// Refuses what must not reach the protocol layer, which passes over a parameter that stands
    /// there twice and would then do something else than was asked.
    fn refusal(&self, request: &Request) -> Option<Response> {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let known = |host: &HeaderValue| self.allowed_hosts.iter().any(|allowed| allowed.as_bytes() == host.as_bytes());
        if !(hosts.next().is_some_and(known) && hosts.next().is_none()) {
            return Some(error(StatusCode::FORBIDDEN, "AccessDenied", "This host name is not served here"));
        }
        let invalid = |message| Some(error(StatusCode::BAD_REQUEST, "InvalidArgument", message));
        if has_duplicate_parameter(request.uri()) {
            return invalid("A query parameter was given more than once");
        }
        if has_duplicate_header(request.headers()) {
            return invalid("A header was given more than once");
        }
        let mut parameters = form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes());
        let signed_in_query = parameters.any(|(name, _)| name.eq_ignore_ascii_case("X-Amz-Signature"));
        if signed_in_query && request.headers().contains_key(header::AUTHORIZATION) {
            return invalid(
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
            );
        }
        None
    }

    async fn forward(&self, request: Request) -> Response {
        let rules = self.rules_of(request.uri());
        if request.method() == Method::OPTIONS {
            return preflight(rules, request.headers());
        }
        let cors = rules.map(|rules| rules.actual(request.headers(), request.method())).unwrap_or_default();
        let fate = match self.bucket_of(request.uri()) {
            Some(bucket) if names_object(request.uri()) => bucket.fate(request.method()),
            Some(bucket) => bucket.fate_of_listing(request.method()),
            None => Fate::Taken,
        };
        let reads = request.method() == Method::GET;
        if fate == Fate::Refused || fate == Fate::BrokenOff && !reads {
            let mut response = misbehave(fate, request).await;
            response.headers_mut().extend(cors);
            return response;
        }
        let mut response = match self.service.call(request.map(s3s::Body::http_body_unsync)).await {
            Ok(response) => response.map(Body::new),
            Err(failure) => {
                tracing::error!(%failure, "the S3 stand-in could not answer");
                error(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "We encountered an internal error. Please try again.")
            }
        };
        response.headers_mut().extend(cors);
        if fate == Fate::BrokenOff { broken_off(response) } else { response }
    }

    /// The CORS rules of the bucket in the path: `None` where no bucket is named (ListBuckets has
    /// no CORS at all) or it does not exist.
    fn rules_of(&self, uri: &Uri) -> Option<&Rules> {
        const NO_RULES: &Rules = &Rules::new(Vec::new());
        self.bucket_of(uri).map(|bucket| match bucket.behaviour() {
            Behaviour::WithoutCors => NO_RULES,
            Behaviour::Unexposed => &self.exposing_nothing,
            _ => &self.rules,
        })
    }

    fn bucket_of(&self, uri: &Uri) -> Option<&Bucket> {
        let name = uri.path().strip_prefix('/')?.split('/').next()?;
        let name = percent_decode_str(name).decode_utf8().ok()?;
        self.buckets.get(&name)
    }
}

/// Whether it is about an object, and not about the bucket itself.
fn names_object(uri: &Uri) -> bool {
    uri.path().trim_start_matches('/').split_once('/').is_some_and(|(_, key)| !key.is_empty())
}

/// The first half of what the first chunk of the body holds, and then nothing more.
fn broken_off(response: Response) -> Response {
    response.map(|body| {
        let mut first = true;
        Body::from_stream(
            body.into_data_stream()
                .map(move |chunk| {
                    let chunk = chunk.map_err(std::io::Error::other)?;
                    if std::mem::take(&mut first) { Ok(chunk.slice(..chunk.len() / 2)) } else { Err(reset()) }
                })
                .chain(futures::stream::iter([Err(reset())])),
        )
    })
}

fn reset() -> std::io::Error {
    std::io::ErrorKind::ConnectionReset.into()
}

/// Takes the body and does nothing with it: otherwise the connection would be cut before the answer.
async fn misbehave(fate: Fate, request: Request) -> Response {
    let mut body = request.into_body().into_data_stream();
    while let Some(Ok(_)) = body.next().await {}
    if fate == Fate::Refused {
        return error(StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "Please reduce your request rate.");
    }
    Body::from_stream(futures::stream::iter([Err::<bytes::Bytes, _>(reset())])).into_response()
}

fn preflight(rules: Option<&Rules>, request: &HeaderMap) -> Response {
    let refused = |message| error(StatusCode::FORBIDDEN, "AccessForbidden", message);
    match rules.map(|rules| rules.preflight(request)) {
        Some(Ok(headers)) => (StatusCode::OK, headers).into_response(),
        Some(Err(Refusal::NoOrigin)) => {
            error(StatusCode::BAD_REQUEST, "BadRequest", "Insufficient information. Origin request header needed.")
        }
        Some(Err(Refusal::NoMethod)) => error(StatusCode::BAD_REQUEST, "BadRequest", "Invalid Access-Control-Request-Method: null"),
        Some(Err(Refusal::NotEnabled)) => refused("CORSResponse: CORS is not enabled for this bucket."),
        Some(Err(Refusal::NotAllowed)) => refused(
            "CORSResponse: This CORS request is not allowed. This is usually because the evaluation of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
        ),
        None => refused("CORSResponse: Bucket not found"),
    }
}

fn has_duplicate_parameter(uri: &Uri) -> bool {
    let mut seen = HashSet::new();
    let mut names = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).map(|(name, _)| name.to_ascii_lowercase());
    names.any(|name| !seen.insert(name))
}

fn has_duplicate_header(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| headers.get_all(name).iter().nth(1).is_some())
}

/// An error in S3's XML. The messages are ours and hold nothing to escape.
fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}
