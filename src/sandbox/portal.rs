//! The portal's configuration in the sandbox: what an operator would write in `vestibule.toml`.

use super::SandboxError;
use super::addresses::Endpoints;
use super::alb::KEYS;
use super::personas::ADMIN_GROUP;
use super::registry::{ACCOUNT, REGION};
use super::roles::{ROLES, SandboxRole};
use crate::server::config::{
    AccessTokenKind, Alb, Aws, Config, GroupsFrom, Idp, Limits, Log, LogFormat, LogLevel, Revocation, Sessions, Web,
};
use std::net::SocketAddr;
use std::path::Path;
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
        web: Web { listen, public_url: endpoints.balancer.clone(), trusted_hops: 1, signed_out_path: SIGNED_OUT.to_owned() },
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
        },
        sessions: Sessions::Sqlite { path: folder.join("vestibule.db") },
        revocation: Revocation { iam: true, iam_endpoint: Some(url(&endpoints.sts)?) },
        limits: Limits { mints_per_minute: 60 },
        log: Log { level: LogLevel::Info, format: LogFormat::Text },
        roles: roles.map_err(|error| SandboxError::Configuration(error.to_string()))?,
    })
}
