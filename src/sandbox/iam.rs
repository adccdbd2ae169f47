//! IAM: three actions on a role's inline policies, with which the portal enforces ends.
//!
//! Only the portal's server may call it, with a signature. It takes no policy that the evaluator
//! behind S3 and Lambda does not understand, and no more text than IAM does.

use super::form::Form;
use super::policy::Policy;
use super::registry::{OwnKey, REGION, Registry};
use super::roles::ROLES;
use super::signature::{Signed, verify_key};
use crate::model::clock::Timestamp;
use aws_sdk_iam::config::{BehaviorVersion, Credentials, Region};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use quick_xml::escape::escape;

/// The version of the Query API that IAM has always had.
pub(super) const VERSION: &str = "2010-05-08";

/// A client of this IAM with the server's own access key.
pub(super) fn client(endpoint: &str, key: &OwnKey) -> aws_sdk_iam::Client {
    let credentials = Credentials::new(&key.access_key_id, key.secret.expose(), None, None, "sandbox");
    let settings = aws_sdk_iam::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(credentials)
        .build();
    aws_sdk_iam::Client::from_conf(settings)
}

struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }
}

/// Answers one request.
pub(super) fn answer(registry: &Registry, request: Signed<'_>, form: &Form, now: Timestamp, request_id: &str) -> Response {
    let key = registry.own_key();
    let outcome = verify_key(request, "iam", (&key.access_key_id, &key.secret), now)
        .map_err(|error| Refusal::new(StatusCode::FORBIDDEN, "SignatureDoesNotMatch", error.to_string()))
        .and_then(|()| dispatch(registry, form));
    let element = |name: &str, text: &str| format!("<{name}>{}</{name}>", escape(text));
    let id = element("RequestId", request_id);
    let (status, body) = match outcome {
        Ok((action, result)) => {
            (StatusCode::OK, format!("<{action}Response>{result}<ResponseMetadata>{id}</ResponseMetadata></{action}Response>"))
        }
        Err(Refusal { status, code, message }) => {
            tracing::info!(code, message, request_id, "sandbox IAM refuses");
            let error = [element("Type", "Sender"), element("Code", code), element("Message", &message)].concat();
            (status, format!("<ErrorResponse><Error>{error}</Error>{id}</ErrorResponse>"))
        }
    };
    (status, [(header::CONTENT_TYPE.as_str(), "text/xml"), ("x-amzn-requestid", request_id)], body).into_response()
}

fn dispatch(registry: &Registry, form: &Form) -> Result<(&'static str, String), Refusal> {
    let required = |name: &str| {
        form.get(name).filter(|value| !value.is_empty()).ok_or_else(|| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "ValidationError",
                format!("Value null at '{name}' failed to satisfy constraint: Member must not be null"),
            )
        })
    };
    let action = required("Action")?;
    let (role, name) = (required("RoleName")?, required("PolicyName")?);
    if !ROLES.iter().any(|known| known.id == role) {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "NoSuchEntity", format!("The role with name {role} cannot be found.")));
    }
    let missing = || Refusal::new(StatusCode::NOT_FOUND, "NoSuchEntity", format!("The role policy with name {name} cannot be found."));
    match action {
        "PutRolePolicy" => {
            let text = required("PolicyDocument")?;
            let policy = Policy::parse(text).map_err(|error| {
                Refusal::new(StatusCode::BAD_REQUEST, "MalformedPolicyDocument", format!("Syntax errors in policy. {error}"))
            })?;
            if registry.put_role_policy(role, name, text, policy) {
                Ok(("PutRolePolicy", String::new()))
            } else {
                let message = format!("Maximum policy size of 10240 bytes exceeded for role {role}");
                Err(Refusal::new(StatusCode::CONFLICT, "LimitExceeded", message))
            }
        }
        "GetRolePolicy" => {
            let text = registry.role_policy(role, name).ok_or_else(missing)?;
            let text = utf8_percent_encode(&text, NON_ALPHANUMERIC);
            let (role, name) = (escape(role), escape(name));
            let result = format!("<RoleName>{role}</RoleName><PolicyName>{name}</PolicyName><PolicyDocument>{text}</PolicyDocument>");
            Ok(("GetRolePolicy", format!("<GetRolePolicyResult>{result}</GetRolePolicyResult>")))
        }
        "DeleteRolePolicy" if registry.delete_role_policy(role, name) => Ok(("DeleteRolePolicy", String::new())),
        "DeleteRolePolicy" => Err(missing()),
        _ => {
            let message = format!("Could not find operation {action} for version {VERSION}");
            Err(Refusal::new(StatusCode::BAD_REQUEST, "InvalidAction", message))
        }
    }
}
