//! Who may do what: the session behind an access key, its token and expiry, and the policies.
//!
//! `s3s` verifies the signature with the secret that it gets here; everything else is checked here.

use super::bucket::{Behaviour, Buckets};
use crate::model::clock::{Clock, Timestamp};
use crate::sandbox::policy::{Context, Request};
use crate::sandbox::registry::{ACCOUNT, IssuedSession, REGION, Registry};
use http::{HeaderMap, Uri, header};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3Result, s3_error};
use std::borrow::Cow;
use std::sync::Arc;
use url::form_urlencoded;

/// Checks every request before an operation runs.
#[derive(Clone)]
pub(super) struct Access {
    pub(super) buckets: Arc<Buckets>,
    pub(super) registry: Arc<Registry>,
    pub(super) clock: Arc<dyn Clock>,
}

/// The checked session, which an operation asks about keys that stand in the body or in another
/// bucket.
#[derive(Clone)]
pub(super) struct Caller {
    session: Arc<IssuedSession>,
    context: Context,
}

impl Caller {
    /// # Errors
    /// `AccessDenied`, with the sentence that IAM has for it.
    pub(super) fn require(&self, action: &str, resource: &str) -> S3Result {
        self.require_with(action, resource, &self.context)
    }

    fn require_with(&self, action: &str, resource: &str, context: &Context) -> S3Result {
        let refusal = self.session.refusal(&Request { action, resource, context });
        refusal.map_or(Ok(()), |refusal| Err(S3Error::with_message(s3s::S3ErrorCode::AccessDenied, refusal)))
    }

    /// Under which name the session was issued.
    pub(super) fn name(&self) -> String {
        self.session.session_name.to_string()
    }

    fn may(&self, action: &str, resource: &str) -> bool {
        self.session.allows(&Request { action, resource, context: &self.context })
    }
}

/// The ARN of a bucket.
pub(super) fn bucket_arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

/// The ARN of an object.
pub(super) fn object_arn(bucket: &str, key: &str) -> String {
    format!("arn:aws:s3:::{bucket}/{key}")
}

#[async_trait::async_trait]
impl S3Auth for Access {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        self.registry.forget_expired(self.clock.now());
        self.registry.find(access_key).map(|session| session.secret.expose().into()).ok_or_else(unknown_key)
    }
}

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result {
        let credentials = cx.credentials().ok_or_else(|| s3_error!(AccessDenied, "Access Denied"))?;
        let session = self.registry.find(&credentials.access_key).ok_or_else(unknown_key)?;
        let now = self.clock.now();
        let query = Query::of(cx.uri());
        require_signed_host(&query, cx.headers())?;
        require_token(&session, &query, cx.headers())?;
        if session.is_expired(now) {
            return Err(s3_error!(ExpiredToken, "The provided token has expired."));
        }

        let caller = Caller { context: context(&session, &query, cx.headers(), now), session };
        let operation = cx.s3_op().name();
        let bucket = cx.s3_path().get_bucket_name();
        let key = cx.s3_path().get_object_key();
        if let Some(bucket) = bucket {
            let behaviour = self.buckets.get(bucket).ok_or_else(|| s3_error!(NoSuchBucket))?.behaviour();
            if behaviour == Behaviour::Denied {
                return Err(s3_error!(AccessDenied, "Access Denied"));
            }
        }
        let resource = match (bucket, key) {
            (Some(bucket), Some(key)) => object_arn(bucket, key),
            (Some(bucket), None) => bucket_arn(bucket),
            (None, _) => "*".to_owned(),
        };
        // Each key of a DeleteObjects is checked when the body is read.
        if operation != "DeleteObjects" {
            caller.require(&action(operation, query.get("versionId").is_some()), &resource)?;
        }
        if let (Some(bucket), Some(key), "GetObject" | "HeadObject") = (bucket, key, operation) {
            self.hide_missing(&caller, bucket, key)?;
        }
        cx.extensions_mut().insert(caller);
        Ok(())
    }
}

impl Access {
    /// Whoever may not list the bucket is not told which keys do not exist.
    pub(super) fn hide_missing(&self, caller: &Caller, bucket: &str, key: &str) -> S3Result {
        let exists = self.buckets.get(bucket).is_some_and(|bucket| bucket.read().contains(key));
        if exists || caller.may("s3:ListBucket", &bucket_arn(bucket)) {
            return Ok(());
        }
        caller.require("s3:ListBucket", &bucket_arn(bucket))
    }
}

/// The IAM action behind an operation (service authorization reference, "Actions defined by Amazon
/// S3"). What is not listed here has an action of its own name.
fn action(operation: &str, versioned: bool) -> Cow<'static, str> {
    let action = match (operation, versioned) {
        ("HeadBucket" | "ListObjects" | "ListObjectsV2", _) => "s3:ListBucket",
        ("ListObjectVersions", _) => "s3:ListBucketVersions",
        ("ListMultipartUploads", _) => "s3:ListBucketMultipartUploads",
        ("ListParts", _) => "s3:ListMultipartUploadParts",
        ("ListBuckets", _) => "s3:ListAllMyBuckets",
        ("GetObject" | "HeadObject" | "GetObjectAttributes", false) => "s3:GetObject",
        ("GetObject" | "HeadObject" | "GetObjectAttributes", true) => "s3:GetObjectVersion",
        ("GetObjectTagging", true) => "s3:GetObjectVersionTagging",
        ("PutObjectTagging", true) => "s3:PutObjectVersionTagging",
        ("DeleteObjectTagging", true) => "s3:DeleteObjectVersionTagging",
        (
            "PutObject"
            | "PostObject"
            | "CopyObject"
            | "CreateMultipartUpload"
            | "UploadPart"
            | "UploadPartCopy"
            | "CompleteMultipartUpload",
            _,
        ) => "s3:PutObject",
        ("DeleteObject", true) => "s3:DeleteObjectVersion",
        _ => return Cow::Owned(format!("s3:{operation}")),
    };
    Cow::Borrowed(action)
}

/// The query's parameters, decoded. No name stands twice: the front refuses that.
struct Query(Vec<(String, String)>);

impl Query {
    fn of(uri: &Uri) -> Self {
        Self(form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Whether the signature stands in the query.
    fn is_signed(&self) -> bool {
        self.get("X-Amz-Signature").is_some()
    }
}

/// A signature that leaves the host out could be played to another service. S3 insists; `s3s`
/// leaves it to us.
fn require_signed_host(query: &Query, headers: &HeaderMap) -> S3Result {
    let signed = if query.is_signed() {
        query.get("X-Amz-SignedHeaders")
    } else {
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        authorization.and_then(|value| value.split_once("SignedHeaders=")).and_then(|(_, rest)| rest.split([',', ' ']).next())
    };
    if signed.is_some_and(|names| names.split(';').any(|name| name.eq_ignore_ascii_case("host"))) {
        return Ok(());
    }
    Err(s3_error!(AccessDenied, "The host header must be signed"))
}

/// The token stands where the signature stands, so that it is signed too.
fn require_token(session: &IssuedSession, query: &Query, headers: &HeaderMap) -> S3Result {
    let presented = if query.is_signed() {
        query.get("X-Amz-Security-Token")
    } else {
        headers.get("x-amz-security-token").and_then(|value| value.to_str().ok())
    };
    match presented {
        Some(token) if session.token_matches(token) => Ok(()),
        Some(_) => Err(s3_error!(InvalidToken, "The provided token is malformed or otherwise invalid.")),
        // A temporary key without its token is no key that S3 knows.
        None => Err(unknown_key()),
    }
}

fn unknown_key() -> S3Error {
    s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records.")
}

fn context(session: &IssuedSession, query: &Query, headers: &HeaderMap, now: Timestamp) -> Context {
    let (auth_type, signed_at) = if query.is_signed() {
        ("REST-QUERY-STRING", query.get("X-Amz-Date"))
    } else {
        ("REST-HEADER", headers.get("x-amz-date").and_then(|value| value.to_str().ok()))
    };
    let mut context = session
        .context(now)
        .with("aws:RequestedRegion", REGION)
        .with("aws:ResourceAccount", ACCOUNT)
        .with("s3:ResourceAccount", ACCOUNT)
        .with("s3:authType", auth_type)
        .with("s3:signatureversion", "AWS4-HMAC-SHA256");
    if let Some(age) = signed_at.and_then(Timestamp::parse_amz_date).map(|signed_at| now.millis_since(signed_at)) {
        context = context.with("s3:signatureAge", age.to_string());
    }
    if let Some(hash) = headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok()) {
        context = context.with("s3:x-amz-content-sha256", hash);
    }
    for (parameter, key) in [("prefix", "s3:prefix"), ("delimiter", "s3:delimiter"), ("max-keys", "s3:max-keys")] {
        if let Some(value) = query.get(parameter) {
            context = context.with(key, value);
        }
    }
    context
}
