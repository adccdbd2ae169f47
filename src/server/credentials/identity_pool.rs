//! Strategy `identity-pool`: a developer-authenticated identity of a Cognito identity pool.
//!
//! The server asks the pool for an OpenID token in the person's name, with its own AWS identity:
//! Cognito trusts that without further checks. In the basic flow STS then takes the token for the
//! configured role; in the enhanced flow Cognito itself gives credentials of the pool's own
//! authenticated role, for an hour.

use super::calls::{self, AwsCall};
use super::deny::{DenyCondition, DenyTarget};
use super::presented::Presented;
use super::refusal::{Refusal, code_name};
use super::sts;
use super::web_identity::WebIdentity;
use super::{Grant, Minted, Minter};
use crate::model::clock::Timestamp;
use crate::model::credentials::Credentials;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::names::RoleSessionName;
use crate::model::secret::Secret;
use crate::server::config::{self, PoolFlow, RoleStrategy};
use crate::server::identity::Viewer;
use crate::server::own_identity::{self, OwnClient, OwnIdentity};
use crate::server::service_error::ServiceError;
use crate::words::{Sentence, say};
use async_trait::async_trait;
use aws_config::Region;
use aws_sdk_cognitoidentity::Client;
use aws_sdk_cognitoidentity::config::Builder;
use aws_sdk_cognitoidentity::operation::RequestId;
use aws_sdk_cognitoidentity::operation::get_credentials_for_identity::GetCredentialsForIdentityOutput;

/// Life of the pool's token. It is used within the same request.
const TOKEN_SECONDS: i64 = 120;

/// Mints with tokens of an identity pool.
#[derive(Debug)]
pub struct IdentityPool {
    pool: config::IdentityPool,
    cognito: OwnClient<Client>,
    sts: WebIdentity,
}

/// What the pool says of somebody.
struct Identity {
    id: String,
    token: Secret,
}

impl IdentityPool {
    /// Asks this pool, as the server's own identity. Nothing is sent.
    #[must_use]
    pub fn new(aws: &config::Aws, pool: config::IdentityPool, identity: OwnIdentity) -> Self {
        let (region, endpoint) = (pool.region().to_owned(), pool.endpoint.clone());
        let make = move |settings: &_| {
            let mut settings = Builder::from(settings).region(Region::new(region.clone()));
            if let Some(endpoint) = &endpoint {
                settings = settings.endpoint_url(own_identity::endpoint(endpoint));
            }
            Client::from_conf(settings.build())
        };
        Self { pool, cognito: OwnClient::of(&identity, make), sts: WebIdentity::new(aws) }
    }

    /// GetOpenIdTokenForDeveloperIdentity: the person's identity in the pool, made with the first
    /// call, and a token that says so.
    async fn identity_of(&self, viewer: &Viewer, grant: &Grant) -> Result<Identity, PortalError> {
        let role = &grant.role;
        let told = || {
            let call = AwsCall::new("GetOpenIdTokenForDeveloperIdentity", true)
                .with("IdentityPoolId", &self.pool.id)
                .with(format!("Logins.{}", self.pool.developer_provider), viewer.subject().as_str());
            let tags = grant.session_tags.iter();
            tags.fold(call, |call, tag| call.with(format!("PrincipalTags.{}", tag.key), &tag.value))
                .with("TokenDuration", TOKEN_SECONDS.to_string())
        };
        let call = self
            .cognito
            .get()
            .await
            .get_open_id_token_for_developer_identity()
            .identity_pool_id(&self.pool.id)
            .logins(&self.pool.developer_provider, viewer.subject().as_str())
            .set_principal_tags(Some(grant.session_tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()))
            .token_duration(TOKEN_SECONDS);
        let answer = calls::sent(told, call.send())
            .await
            .map_err(|error| self.refused("GetOpenIdTokenForDeveloperIdentity", role, &ServiceError::of(&error), None))?;
        match (answer.identity_id(), answer.token()) {
            (Some(id), Some(token)) => Ok(Identity { id: id.to_owned(), token: Secret::new(token) }),
            _ => Err(self.refused("GetOpenIdTokenForDeveloperIdentity", role, &ServiceError::NotTheService, None)),
        }
    }

    /// GetCredentialsForIdentity, which Cognito takes unsigned: the token is what counts.
    async fn enhanced(&self, identity: &Identity, role: &config::Role) -> Result<Minted, PortalError> {
        let call = "GetCredentialsForIdentity";
        let told = || {
            AwsCall::new(call, false)
                .with("IdentityId", &identity.id)
                .with_token(format!("Logins.{}", self.pool.principal()), &identity.token)
        };
        let request = self
            .cognito
            .get()
            .await
            .get_credentials_for_identity()
            .identity_id(&identity.id)
            .logins(self.pool.principal(), identity.token.expose());
        let answer = calls::sent(told, request.send())
            .await
            .map_err(|error| self.refused(call, role, &ServiceError::of(&error), Some(&identity.token)))?;
        minted(&answer).ok_or_else(|| self.refused(call, role, &ServiceError::NotTheService, None))
    }

    /// Logs what Cognito says and sorts it by whose move it is.
    fn refused(&self, call: &'static str, role: &config::Role, error: &ServiceError, token: Option<&Secret>) -> PortalError {
        let secrets: Vec<Secret> = self.cognito.secrets().into_iter().chain(token.cloned()).collect();
        let shown = error.clone().withholding(&secrets);
        if let ServiceError::Refused { status, code, message, request_id } = &shown {
            tracing::warn!(call, role = %role.id, identity_pool = self.pool.id, status, code, message, request_id, "Cognito Identity refused");
        } else {
            tracing::warn!(call, role = %role.id, identity_pool = self.pool.id, %error, "Cognito Identity gave no answer");
        }
        self.explain(role, &shown)
    }

    fn explain(&self, role: &config::Role, error: &ServiceError) -> PortalError {
        let Self { pool, .. } = self;
        let says = |text: &str| matches!(error, ServiceError::Refused { message, .. } if message.contains(text));
        let misconfigured = |message: Sentence, next_step: Sentence| PortalError::said(ErrorCode::MintMisconfigured, message, next_step);
        // No code of its own says so.
        let is_about_the_provider = match error.code() {
            "NotAuthorizedException" => says(&pool.developer_provider),
            "InvalidParameterException" => says("provider"),
            _ => false,
        };
        if error.may_pass() {
            return PortalError::said(
                ErrorCode::MintUnavailable,
                say!("Cognito is busy, failing or out of reach."),
                say!(
                    "Try again in a moment. If it stays, the people who run the portal check the way from the server to Cognito Identity."
                ),
            )
            .with_retry_after(5);
        }
        match error.code() {
            _ if error.is_about_own_identity() => misconfigured(
                say!("Cognito does not let the portal speak for people."),
                say!(
                    "The people who run the portal give its own role cognito-identity:GetOpenIdTokenForDeveloperIdentity on the identity pool {id}; the log line with this reference says what is missing.",
                    id = pool.id
                ),
            ),
            "ResourceNotFoundException" => misconfigured(
                say!("The identity pool does not exist."),
                say!("The people who run the portal check identity_pool.id ({id}) and the account of the portal's own role.", id = pool.id),
            ),
            "DeveloperUserAlreadyRegisteredException" | "ResourceConflictException" => misconfigured(
                say!("The identity pool knows you under another identity already."),
                say!(
                    "The people who run the portal unlink that identity from {developer_provider} in the pool {id}.",
                    developer_provider = pool.developer_provider,
                    id = pool.id
                ),
            ),
            "InvalidIdentityPoolConfigurationException" => misconfigured(
                say!("The identity pool's own role cannot be taken."),
                say!(
                    "The people who run the portal give the pool {id} an authenticated role whose trust policy names {principal} and the pool as audience, and allows sts:AssumeRoleWithWebIdentity and sts:TagSession.",
                    id = pool.id,
                    principal = pool.principal()
                ),
            ),
            _ if is_about_the_provider => misconfigured(
                say!(
                    "The identity pool does not know the developer provider “{developer_provider}”.",
                    developer_provider = pool.developer_provider
                ),
                say!(
                    "The people who run the portal compare identity_pool.developer_provider with the custom provider of the pool {id}; a provider's name cannot be changed once it is set.",
                    id = pool.id
                ),
            ),
            "NotAuthorizedException" => misconfigured(
                say!("Cognito does not accept the identity pool's token, or the pool does not let this identity in."),
                say!("The people who run the portal find Cognito's own words in the log line with this reference."),
            ),
            "" => misconfigured(
                say!("What answers as Cognito Identity does not speak its language."),
                say!("The people who run the portal check identity_pool.endpoint."),
            ),
            code => misconfigured(
                say!("Cognito refused to mint for “{title}”: {code_name}.", title = role.title, code_name = code_name(code, 0)),
                say!("The people who run the portal find Cognito's own words in the log line with this reference."),
            ),
        }
    }
}

#[async_trait]
impl Minter for IdentityPool {
    async fn mint(&self, viewer: &Viewer, grant: &Grant, session_name: &RoleSessionName) -> Result<Minted, Refusal> {
        sts::bounded(&grant.role, async {
            let identity = self.identity_of(viewer, grant).await?;
            match grant.role.strategy {
                RoleStrategy::IdentityPool { flow: PoolFlow::Enhanced, .. } => Ok(self.enhanced(&identity, &grant.role).await?),
                _ => self.sts.assume(&Presented::of_pool(&identity.token, &self.pool), grant, session_name).await,
            }
        })
        .await
    }

    /// In the basic flow the session's name is the portal's. In the enhanced flow every session of
    /// everybody is named alike by Cognito, so none of them can be named; what is minted there has
    /// no `AssumedRoleId`.
    fn deny_condition(&self, target: &DenyTarget<'_>) -> Option<DenyCondition> {
        match target {
            DenyTarget::Session { assumed_role_id } if assumed_role_id.ends_with(":CognitoIdentityCredentials") => None,
            _ => Some(DenyCondition::by_session_name(target)),
        }
    }
}

fn minted(answer: &GetCredentialsForIdentityOutput) -> Option<Minted> {
    let credentials = answer.credentials()?;
    Some(Minted {
        credentials: Credentials {
            access_key_id: credentials.access_key_id()?.to_owned(),
            secret_access_key: Secret::new(credentials.secret_key()?),
            session_token: Secret::new(credentials.session_token()?),
            expiration: Timestamp::from_seconds(credentials.expiration()?.secs()),
        },
        assumed_role_id: None,
        request_id: answer.request_id().map(str::to_owned),
        packed_policy_percent: None,
    })
}
