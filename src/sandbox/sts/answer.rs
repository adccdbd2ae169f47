//! STS's answers in XML.

use super::issue::Issued;
use super::refusal::Refusal;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use quick_xml::escape::escape;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// What an operation returns.
pub(super) struct Success {
    /// The operation.
    pub(super) operation: &'static str,
    /// The session.
    pub(super) issued: Issued,
    /// What only this operation tells: elements and their text.
    pub(super) about: Vec<(&'static str, String)>,
}

/// 200 with the credentials.
pub(super) fn success(success: &Success, request_id: &str) -> Response {
    let element = |name: &str, text: &str| format!("<{name}>{}</{name}>", escape(text));
    let Success { operation, issued, about } = success;
    let credentials = [
        element("AccessKeyId", &issued.credentials.access_key_id),
        element("SecretAccessKey", issued.credentials.secret_access_key.expose()),
        element("SessionToken", issued.credentials.session_token.expose()),
        element("Expiration", &issued.credentials.expiration.to_string()),
    ]
    .concat();
    let user = [element("AssumedRoleId", &issued.assumed_role_id), element("Arn", &issued.assumed_role_arn)].concat();
    let result = [
        format!("<AssumedRoleUser>{user}</AssumedRoleUser>"),
        format!("<Credentials>{credentials}</Credentials>"),
        about.iter().map(|(name, text)| element(name, text)).collect(),
        issued.packed_policy_size.map(|percent| element("PackedPolicySize", &percent.to_string())).unwrap_or_default(),
    ]
    .concat();
    let body = format!(
        "<{operation}Response xmlns=\"{NAMESPACE}\"><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata>{}</ResponseMetadata></{operation}Response>",
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
