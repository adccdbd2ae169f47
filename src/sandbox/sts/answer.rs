//! STS's answers in XML.

use super::refusal::Refusal;
use crate::model::credentials::Credentials;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use quick_xml::escape::escape;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// What `AssumeRoleWithWebIdentity` returns.
pub(super) struct Success {
    /// The credentials.
    pub(super) credentials: Credentials,
    /// The token's `sub`.
    pub(super) subject: String,
    /// The token's audience.
    pub(super) audience: String,
    /// The issuer.
    pub(super) issuer: String,
    /// `arn:aws:sts::…:assumed-role/role/session`
    pub(super) assumed_role_arn: String,
    /// `AROA…:session`
    pub(super) assumed_role_id: String,
    /// How much of the session policy's space is used, in percent.
    pub(super) packed_policy_size: Option<usize>,
}

/// 200 with the credentials.
pub(super) fn success(success: &Success, request_id: &str) -> Response {
    let element = |name: &str, text: &str| format!("<{name}>{}</{name}>", escape(text));
    let credentials = &success.credentials;
    let credentials = [
        element("AccessKeyId", &credentials.access_key_id),
        element("SecretAccessKey", credentials.secret_access_key.expose()),
        element("SessionToken", credentials.session_token.expose()),
        element("Expiration", &credentials.expiration.to_string()),
    ]
    .concat();
    let user = [element("AssumedRoleId", &success.assumed_role_id), element("Arn", &success.assumed_role_arn)].concat();
    let result = [
        element("Audience", &success.audience),
        format!("<AssumedRoleUser>{user}</AssumedRoleUser>"),
        element("Provider", &success.issuer),
        format!("<Credentials>{credentials}</Credentials>"),
        element("SubjectFromWebIdentityToken", &success.subject),
        success.packed_policy_size.map(|percent| element("PackedPolicySize", &percent.to_string())).unwrap_or_default(),
    ]
    .concat();
    let body = format!(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"{NAMESPACE}\"><AssumeRoleWithWebIdentityResult>{result}</AssumeRoleWithWebIdentityResult>\
         <ResponseMetadata>{}</ResponseMetadata></AssumeRoleWithWebIdentityResponse>",
        element("RequestId", request_id)
    );
    respond(StatusCode::OK, body, request_id)
}

/// An error.
pub(super) fn refusal(refusal: &Refusal, request_id: &str) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        refusal.fault(),
        escape(refusal.code),
        escape(refusal.message.as_str()),
    );
    respond(status, body, request_id)
}

fn respond(status: StatusCode, body: String, request_id: &str) -> Response {
    let headers = [(header::CONTENT_TYPE.as_str(), "text/xml"), ("x-amzn-requestid", request_id), ("cache-control", "no-store")];
    (status, headers, body).into_response()
}
