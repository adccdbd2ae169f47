//! The portal's configuration in the sandbox: what an operator would write in `vestibule.toml`.

use super::SandboxError;
use super::addresses::Endpoints;
use super::alb::KEYS;
use super::cognito_identity::{DEVELOPER_PROVIDER, POOL_ID};
use super::personas::ADMIN_GROUP;
use super::registry::{ACCOUNT, REGION, Registry};
use super::roles::{ROLES, SandboxRole};
use super::sign_in;
use super::task_role::TaskRole;
use crate::model::clock::Clock;
use crate::model::role::Strategy;
use crate::server::config::{
    AccessTokenKind, Alb, Aws, Config, GroupsFrom, IdentityPool, Idp, Limits, Log, LogFormat, LogLevel, Metrics, Revocation, SelfIssued,
    Sessions, Store, Tls, Web,
};
use crate::server::credentials::assume_role::AssumeRole;
use crate::server::credentials::{identity_pool, self_issued};
use crate::server::issuer::Issuer;
use crate::server::issuer::key_file::LocalKey;
use crate::server::issuer::keys::ListedKey;
use crate::server::own_identity::OwnIdentity;
use crate::server::portal::Outside;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use url::Url;

/// The balancer's client id at the identity provider.
pub(super) const CLIENT_ID: &str = "sandboxbalancerclient00001";
/// Name of the balancer's session cookie: ALB's default.
pub(super) const COOKIE_NAME: &str = "AWSELBAuthSessionCookie";
/// Where people land after signing out.
pub(super) const SIGNED_OUT: &str = "/signed-out";

/// The balancer's ARN.
pub(super) fn balancer_arn() -> String {
    format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/sandbox/50dc6c495c0c9188")
}

/// The effective configuration of the portal that listens at `listen` and keeps its sessions in
/// `folder`.
pub(super) fn configuration(endpoints: &Endpoints, listen: SocketAddr, folder: &Path) -> Result<Config, SandboxError> {
    let url = |text: &str| Url::parse(text).map_err(|error| SandboxError::Configuration(format!("{text}: {error}")));
    let roles = ROLES.iter().map(SandboxRole::portal_role).collect::<Result<_, _>>();
    let mut logout_url = url(&format!("{}/logout", endpoints.idp))?;
    logout_url
        .query_pairs_mut()
        .append_pair("client_id", CLIENT_ID)
        .append_pair("logout_uri", &format!("{}{SIGNED_OUT}", endpoints.balancer));
    Ok(Config {
        web: Web { listen, public_url: endpoints.balancer.clone(), tls: Tls::Off, trusted_hops: 1, signed_out_path: SIGNED_OUT.to_owned() },
        alb: Alb {
            signers: vec![balancer_arn()],
            clients: vec![CLIENT_ID.to_owned()],
            issuer: endpoints.idp.clone(),
            key_url: Some(url(&format!("{}{KEYS}", endpoints.balancer))?),
            cookie_name: COOKIE_NAME.to_owned(),
            leeway_seconds: 10,
        },
        idp: Idp {
            jwks_url: None,
            access_token: AccessTokenKind::Verify,
            groups_from: GroupsFrom::AccessToken,
            groups_claim: "cognito:groups".to_owned(),
            admin_groups: vec![ADMIN_GROUP.to_owned()],
            logout_url: Some(logout_url),
        },
        aws: Aws {
            region: REGION.to_owned(),
            sts_endpoint: Some(url(&endpoints.sts)?),
            s3_endpoint: Some(url(&endpoints.s3)?),
            lambda_endpoint: Some(url(&endpoints.lambda)?),
            signin_endpoint: Some(url(&format!("{}{}", endpoints.sts, sign_in::PATH))?),
        },
        identity_pool: Some(IdentityPool {
            id: POOL_ID.to_owned(),
            developer_provider: DEVELOPER_PROVIDER.to_owned(),
            endpoint: Some(url(&endpoints.sts)?),
        }),
        // The key is made at start and is in memory only, so no file and no KMS is named.
        self_issued: Some(SelfIssued { issuer: endpoints.balancer.clone(), keys: Vec::new(), allow_key_file: false, kms_endpoint: None }),
        sessions: Sessions { store: Store::Sqlite { path: folder.join("vestibule.db") }, keep_days: 30 },
        revocation: Revocation { iam: true, iam_endpoint: Some(url(&endpoints.sts)?) },
        limits: Limits { mints_per_minute: 60 },
        log: Log { level: LogLevel::Info, format: LogFormat::Text },
        metrics: Metrics { listen: None },
        roles: roles.map_err(|error| SandboxError::Configuration(error.to_string()))?,
    })
}

/// The portal's surroundings: as everywhere, but with an identity of its own from `registry` in
/// place of a task's, and a signing key that lives as long as the process.
pub(super) fn outside(configuration: &Config, registry: &Arc<Registry>, clock: &Arc<dyn Clock>) -> Result<Outside, SandboxError> {
    let defect = |error: String| SandboxError::Portal(error);
    let mut outside = Outside::new(configuration, clock).map_err(|error| defect(error.to_string()))?;
    // The machine's own identity has no business here, and the task role may not read CORS rules.
    outside.identity = None;
    let task_role = TaskRole::new(Arc::clone(registry), Arc::clone(clock))?;
    let identity = OwnIdentity::given(&configuration.aws, task_role.provider());
    let assume_role = AssumeRole::new(&configuration.aws, identity.clone());
    outside.minters.insert(Strategy::AssumeRole, Arc::new(assume_role));
    if let Some(pool) = &configuration.identity_pool {
        let minter = identity_pool::IdentityPool::new(&configuration.aws, pool.clone(), identity);
        outside.minters.insert(Strategy::IdentityPool, Arc::new(minter));
    }
    if let Some(settings) = &configuration.self_issued {
        let key = LocalKey::generate().ok_or_else(|| defect("no signing key can be made".to_owned()))?;
        let keys = vec![ListedKey { key: Arc::new(key), published_at: None }];
        let issuer = Arc::new(Issuer::with_keys(settings.issuer.clone(), keys, Arc::clone(clock)));
        let minter = self_issued::SelfIssued::new(Arc::clone(&issuer), &configuration.aws);
        outside.minters.insert(Strategy::SelfIssued, Arc::new(minter));
        outside.issuer = Some(issuer);
    }
    Ok(outside)
}
