//! IAM, as far as the portal speaks to it: one inline policy of a role.

use super::policy::NAME;
use crate::model::names::RoleArn;
use crate::server::own_identity::{self, OwnClient, OwnIdentity};
use crate::server::service_error::ServiceError;
use async_trait::async_trait;
use aws_sdk_iam::Client;
use aws_sdk_iam::operation::delete_role_policy::DeleteRolePolicyError;
use aws_sdk_iam::operation::get_role_policy::GetRolePolicyError;
use aws_sdk_iam::operation::put_role_policy::PutRolePolicyError;
use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::Url;

/// The inline policy [`NAME`] of a role.
#[async_trait]
pub trait RolePolicies: Send + Sync {
    /// The document that IAM holds, as it was put; `None` when there is none.
    ///
    /// # Errors
    /// [`RolePolicyError`] when IAM does not tell.
    async fn get(&self, role: &RoleArn) -> Result<Option<String>, RolePolicyError>;

    /// Puts the document in place of the one before.
    ///
    /// # Errors
    /// [`RolePolicyError::TooLong`] when the role's policies would be too long together.
    async fn put(&self, role: &RoleArn, document: &str) -> Result<(), RolePolicyError>;

    /// Takes the policy away. That there is none is no error.
    ///
    /// # Errors
    /// [`RolePolicyError`] when IAM does not confirm it.
    async fn delete(&self, role: &RoleArn) -> Result<(), RolePolicyError>;
}

/// Why IAM did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RolePolicyError {
    /// The inline policies of the role would be longer than IAM allows.
    #[error("the role's inline policies would be too long together")]
    TooLong,
    /// Refused, or not reached: IAM's code and words.
    #[error("IAM refuses or does not answer: {0}")]
    Failed(String),
}

/// IAM itself, asked with the server's own identity.
#[derive(Debug)]
pub struct Iam {
    client: OwnClient<Client>,
}

impl Iam {
    /// IAM of the identity's partition, or at `endpoint`. Nothing is sent, and no identity is looked
    /// for, before the first call.
    #[must_use]
    pub fn new(identity: &OwnIdentity, endpoint: Option<Url>) -> Self {
        let make = move |settings: &_| {
            let mut settings = aws_sdk_iam::config::Builder::from(settings);
            if let Some(endpoint) = &endpoint {
                settings = settings.endpoint_url(own_identity::endpoint(endpoint));
            }
            Client::from_conf(settings.build())
        };
        Self { client: OwnClient::of(identity, make) }
    }

    /// IAM through a client that knows its address and has an identity.
    #[must_use]
    pub fn with_client(client: Client) -> Self {
        Self { client: OwnClient::made(client) }
    }

    /// IAM's code where it gave one, and what went wrong. Its words are left out: those about a signature
    /// repeat the request, session token included.
    fn failed(&self, error: &ServiceError) -> RolePolicyError {
        let shown = error.clone().withholding(&self.client.secrets());
        let code = if shown.code().is_empty() { "no answer" } else { shown.code() };
        RolePolicyError::Failed(format!("{code}: {shown}"))
    }
}

#[async_trait]
impl RolePolicies for Iam {
    async fn get(&self, role: &RoleArn) -> Result<Option<String>, RolePolicyError> {
        match self.client.get().await.get_role_policy().role_name(role.role_name()).policy_name(NAME).send().await {
            // IAM gives the document percent-encoded (API reference, GetRolePolicy).
            Ok(answer) => percent_decode_str(answer.policy_document())
                .decode_utf8()
                .map(|document| Some(document.into_owned()))
                .map_err(|_| RolePolicyError::Failed("the policy that IAM holds is not text".to_owned())),
            Err(error) if error.as_service_error().is_some_and(GetRolePolicyError::is_no_such_entity_exception) => Ok(None),
            Err(error) => Err(self.failed(&ServiceError::of(&error))),
        }
    }

    async fn put(&self, role: &RoleArn, document: &str) -> Result<(), RolePolicyError> {
        let put = self.client.get().await.put_role_policy().role_name(role.role_name()).policy_name(NAME).policy_document(document);
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(PutRolePolicyError::is_limit_exceeded_exception) => {
                Err(RolePolicyError::TooLong)
            }
            Err(error) => Err(self.failed(&ServiceError::of(&error))),
        }
    }

    async fn delete(&self, role: &RoleArn) -> Result<(), RolePolicyError> {
        match self.client.get().await.delete_role_policy().role_name(role.role_name()).policy_name(NAME).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(DeleteRolePolicyError::is_no_such_entity_exception) => Ok(()),
            Err(error) => Err(self.failed(&ServiceError::of(&error))),
        }
    }
}

#[cfg(test)]
mod tests;
