//! The portal's own identity in the sandbox: what the container's credentials endpoint gives to a task
//! on ECS, without the endpoint.
//!
//! The portal is handed this in place of the default chain, which would look into the environment of
//! whoever runs the sandbox.

use super::SandboxError;
use super::policy::Policy;
use super::registry::{ACCOUNT, IssueRequest, Registry};
use crate::model::clock::Clock;
use crate::model::names::{RoleArn, RoleSessionName};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Life of the credentials, in seconds; the portal fetches new ones before they end.
const LIFE: i64 = 3_600;

/// What the task's role may do: take the one role that trusts it, and say for whom; and ask the
/// identity pool in people's names.
const POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
     "Resource": "arn:aws:iam::000000000000:role/auditor"},
    {"Effect": "Allow", "Action": "cognito-identity:GetOpenIdTokenForDeveloperIdentity",
     "Resource": "arn:aws:cognito-identity:eu-west-1:000000000000:identitypool/*"}
  ]
}"#;

/// The role of the portal's task.
pub(super) struct TaskRole {
    role: RoleArn,
    session_name: RoleSessionName,
    policy: Policy,
    registry: Arc<Registry>,
    clock: Arc<dyn Clock>,
}

impl TaskRole {
    /// Whose credentials S3, Lambda and STS find in `registry`.
    pub(super) fn new(registry: Arc<Registry>, clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        let wrong = |error: &dyn fmt::Display| SandboxError::Configuration(format!("the portal's own role: {error}"));
        Ok(Self {
            role: RoleArn::parse(format!("arn:aws:iam::{ACCOUNT}:role/portal")).map_err(|error| wrong(&error))?,
            session_name: RoleSessionName::parse("task").map_err(|error| wrong(&error))?,
            policy: Policy::parse(POLICY).map_err(|error| wrong(&error))?,
            registry,
            clock,
        })
    }

    /// As the AWS SDK takes it.
    pub(super) fn provider(self) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(self)
    }

    /// New credentials of the task.
    pub(super) fn issue(&self) -> crate::model::credentials::Credentials {
        let now = self.clock.now();
        self.registry.issue(IssueRequest {
            role: self.role.clone(),
            session_name: self.session_name.clone(),
            session_policy: None,
            role_policy: self.policy.clone(),
            source_identity: None,
            tags: Vec::new(),
            issued: now,
            expires: now.plus_seconds(LIFE),
        })
    }
}

impl ProvideCredentials for TaskRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let issued = self.issue();
        let token = Some(issued.session_token.expose().to_owned());
        let expires = SystemTime::UNIX_EPOCH + Duration::from_millis(issued.expiration.millis().unsigned_abs());
        future::ProvideCredentials::ready(Ok(Credentials::new(
            issued.access_key_id,
            issued.secret_access_key.expose(),
            token,
            Some(expires),
            "sandbox",
        )))
    }
}

impl fmt::Debug for TaskRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskRole").field("role", &self.role).finish_non_exhaustive()
    }
}
