//! What the tests of the stand-ins share: sessions, a clock to turn, and requests signed by
//! `aws-sigv4`, which shares no code with what verifies them.

use super::policy::Policy;
use super::registry::{IssueRequest, REGION, Registry};
use crate::model::clock::{Clock, Timestamp};
use crate::model::credentials::Credentials;
use crate::model::names::{RoleArn, RoleSessionName};
use crate::server::clock::SystemClock;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4::SigningParams;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use http_body_util::BodyExt as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

pub(super) const HOST: &str = "127.0.0.1:3002";
pub(super) const PORTAL: &str = "http://127.0.0.1:3000";

/// The system's clock, turned by as much as the test likes.
#[derive(Default)]
pub(super) struct TurnedClock(AtomicI64);

impl TurnedClock {
    pub(super) fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_seconds(self.0.load(Ordering::Relaxed))
    }
}

/// A role that may do what the sandbox's analyst may.
pub(super) const ANALYST: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::reports", "Condition": {"StringLike": {"s3:prefix": "team/*"}}},
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "Resource": "arn:aws:s3:::reports/team/*"},
    {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging",
                "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads"],
     "Resource": ["arn:aws:s3:::odd-names", "arn:aws:s3:::odd-names/*", "arn:aws:s3:::empty", "arn:aws:s3:::empty/*", "arn:aws:s3:::denied",
                  "arn:aws:s3:::denied/*", "arn:aws:s3:::synthetic", "arn:aws:s3:::synthetic/*", "arn:aws:s3:::no-cors", "arn:aws:s3:::no-cors/*",
                  "arn:aws:s3:::unheard-of"]},
    {"Effect": "Allow", "Action": "lambda:InvokeFunction",
     "Resource": ["arn:aws:lambda:eu-west-1:000000000000:function:echo", "arn:aws:lambda:eu-west-1:000000000000:function:echo:*",
                  "arn:aws:lambda:eu-west-1:000000000000:function:count", "arn:aws:lambda:eu-west-1:000000000000:function:busy",
                  "arn:aws:lambda:eu-west-1:000000000000:function:picture", "arn:aws:lambda:eu-west-1:000000000000:function:word-count",
                  "arn:aws:lambda:eu-west-1:000000000000:function:fail", "arn:aws:lambda:eu-west-1:000000000000:function:slow",
                  "arn:aws:lambda:eu-west-1:000000000000:function:unheard-of"]}
]}"#;

/// Credentials of a role with this policy, for an hour.
pub(super) fn issue(registry: &Registry, clock: &dyn Clock, role_policy: &str, session_policy: Option<&str>) -> Credentials {
    registry.issue(IssueRequest {
        role: RoleArn::parse("arn:aws:iam::000000000000:role/analyst").unwrap(),
        session_name: RoleSessionName::parse("ada.trial").unwrap(),
        session_policy: session_policy.map(|policy| Policy::parse(policy).unwrap()),
        role_policy: Policy::parse(role_policy).unwrap(),
        source_identity: None,
        tags: Vec::new(),
        issued: clock.now(),
        expires: clock.now().plus_seconds(3_600),
    })
}

/// Where the signature goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Header,
    /// With this many seconds to live.
    Query(u64),
}

/// A request to be signed.
pub(super) struct Draft<'a> {
    pub(super) method: &'a str,
    /// Path and query, encoded.
    pub(super) target: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: &'a [u8],
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    /// How far the signer's clock is off, in seconds.
    pub(super) skew: i64,
    pub(super) place: Place,
}

impl<'a> Draft<'a> {
    pub(super) fn s3(method: &'a str, target: &'a str) -> Self {
        Self { method, target, headers: &[], body: b"", service: "s3", region: REGION, skew: 0, place: Place::Header }
    }

    pub(super) fn unsigned(&self) -> Request<Body> {
        let mut request = Request::builder().method(self.method).uri(self.target).header("host", HOST);
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        request.body(Body::from(self.body.to_vec())).unwrap()
    }

    pub(super) fn signed(&self, credentials: &Credentials) -> Request<Body> {
        let token = credentials.session_token.expose().to_owned();
        self.signed_with(&credentials.access_key_id, credentials.secret_access_key.expose(), Some(token))
    }

    pub(super) fn signed_with(&self, id: &str, secret: &str, token: Option<String>) -> Request<Body> {
        let identity = aws_credential_types::Credentials::new(id, secret, token, None, "trial").into();
        let mut settings = SigningSettings::default();
        if self.service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if let Place::Query(seconds) = self.place {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
            settings.expires_in = Some(Duration::from_secs(seconds));
        }
        let now = SystemClock.now().plus_seconds(self.skew);
        let params = SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(SystemTime::UNIX_EPOCH + Duration::from_millis(now.millis().unsigned_abs()))
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let url = format!("http://{HOST}{}", self.target);
        let headers = [("host", HOST)].into_iter().chain(self.headers.iter().copied());
        let body = if self.place == Place::Header { SignableBody::Bytes(self.body) } else { SignableBody::UnsignedPayload };
        let signable = SignableRequest::new(self.method, url.as_str(), headers, body).unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        let mut request = self.unsigned();
        instructions.apply_to_request_http1x(&mut request);
        request
    }
}

/// Status, headers and body as text.
pub(super) async fn read(response: Response) -> (u16, http::HeaderMap, String) {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), parts.headers, String::from_utf8_lossy(&body).into_owned())
}

/// The text between the first `<name>` and `</name>`.
pub(super) fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let rest = xml.split_once(&format!("<{name}>")).map_or("", |(_, rest)| rest);
    rest.split_once(&format!("</{name}>")).map_or("", |(text, _)| text)
}
