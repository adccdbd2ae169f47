//! The effective configuration: a TOML file, then the environment.
//!
//! [`Config`] can be built only complete and checked; `loader::load` reports every problem
//! at once. Plain types: whoever needs a setting takes the struct of its section.

mod environment;
mod function_schema;
mod identity_pool;
mod issuer;
pub mod keys;
pub mod loader;
mod metrics;
pub mod print;
pub mod problem;
mod records;
mod roles;
#[cfg(test)]
pub(crate) mod samples;
mod section;
mod source;
mod strategy;
#[cfg(test)]
mod strategy_tests;
#[cfg(test)]
mod tests;
mod tls;
mod warning;

pub use environment::{environment, file_from_environment, site_root, started_by_cargo_leptos};
pub use function_schema::FunctionSchema;
pub use identity_pool::IdentityPool;
pub use issuer::{IssuerKey, KeySource, SelfIssued};
pub(in crate::server) use section::is_loopback;
pub use source::CONFIG_VARIABLE;
pub use strategy::PoolFlow;
pub use warning::Warning;

use crate::model::location::{Permission, Signing};
use crate::model::names::{RoleArn, RoleId};
use std::net::SocketAddr;
use std::path::PathBuf;
use url::Url;

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// How people reach the portal.
    pub web: Web,
    /// The load balancer in front.
    pub alb: Alb,
    /// The identity provider behind the balancer.
    pub idp: Idp,
    /// AWS, or what stands in for it.
    pub aws: Aws,
    /// The identity pool of the roles with the strategy `identity-pool`.
    pub identity_pool: Option<IdentityPool>,
    /// The portal's own issuer, for the roles with the strategy `self-issued`.
    pub self_issued: Option<SelfIssued>,
    /// Where sessions are kept.
    pub sessions: Sessions,
    /// How ends are enforced.
    pub revocation: Revocation,
    /// Limits.
    pub limits: Limits,
    /// The log.
    pub log: Log,
    /// Figures for Prometheus.
    pub metrics: Metrics,
    /// The roles, at least one, with unique ids, in the file's order.
    pub roles: Vec<Role>,
}

/// `[web]`
#[derive(Clone, Debug)]
pub struct Web {
    /// Address the portal listens on.
    pub listen: SocketAddr,
    /// Scheme, host and port that people type, without a slash at the end: the only origin that
    /// may post.
    pub public_url: String,
    /// Whether the hop from the balancer is encrypted.
    pub tls: Tls,
    /// `X-Forwarded-For` entries to trust, counted from the right; display and audit only.
    pub trusted_hops: usize,
    /// Where a person lands after signing out; the balancer leaves it open.
    pub signed_out_path: String,
}

/// `web.tls`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Plain HTTP.
    Off,
    /// A certificate that is made at the start and kept in memory only. Load balancers do not verify
    /// their targets' certificates.
    SelfSigned,
    /// PEM files.
    Files {
        /// The certificate, followed by its intermediates.
        cert: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// `[alb]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alb {
    /// ARNs of the load balancers that may sign, compared whole.
    pub signers: Vec<String>,
    /// App client ids the balancer may name.
    pub clients: Vec<String>,
    /// The issuer the balancer is configured with.
    pub issuer: String,
    /// Base of the key server; derived from the signer's partition and region when absent.
    pub key_url: Option<Url>,
    /// Name of the balancer's session cookie, before `-0`, `-1`, …
    pub cookie_name: String,
    /// Tolerated clock difference, in seconds.
    pub leeway_seconds: u32,
}

/// `[idp]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idp {
    /// JWKS of the issuer; discovered when absent.
    pub jwks_url: Option<Url>,
    /// What the access token is.
    pub access_token: AccessTokenKind,
    /// Which verified token carries the groups.
    pub groups_from: GroupsFrom,
    /// The claim with the groups.
    pub groups_claim: String,
    /// Groups whose members are administrators.
    pub admin_groups: Vec<String>,
    /// The provider's logout page.
    pub logout_url: Option<Url>,
}

/// `idp.access_token`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessTokenKind {
    /// A JWT of the issuer, to be verified.
    Verify,
    /// Not readable (`authenticate-oidc` straight to Salesforce); no strategy may depend on it.
    Opaque,
}

/// `idp.groups_from`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupsFrom {
    /// The verified access token.
    AccessToken,
    /// The balancer's data header.
    Data,
}

/// `[aws]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aws {
    /// Home region: STS, Lambda, and buckets that name none.
    pub region: String,
    /// Another STS.
    pub sts_endpoint: Option<Url>,
    /// Another S3, addressed path style, given to the browser.
    pub s3_endpoint: Option<Url>,
    /// Another Lambda, given to the browser.
    pub lambda_endpoint: Option<Url>,
    /// Another sign-in endpoint of the AWS console, with its path.
    pub signin_endpoint: Option<Url>,
}

/// `[sessions]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// Where they are kept.
    pub store: Store,
    /// Days after their expiry for which they are kept, 1 to 400.
    pub keep_days: u16,
}

/// `sessions.store`: the variant carries its own settings only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// An embedded database file.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A DynamoDB table, for several portals.
    DynamoDb {
        /// The table's name.
        table: String,
        /// Another DynamoDB.
        endpoint: Option<Url>,
    },
}

/// `[revocation]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Whether denies are written into the roles' policies, with the server's own identity.
    pub iam: bool,
    /// Another IAM.
    pub iam_endpoint: Option<Url>,
}

/// `[limits]`
#[derive(Clone, Debug)]
pub struct Limits {
    /// Mints a minute and person.
    pub mints_per_minute: u32,
}

/// `[[roles]]`
#[derive(Clone, Debug)]
pub struct Role {
    /// Id in URLs and calls.
    pub id: RoleId,
    /// Title for people.
    pub title: String,
    /// The IAM role.
    pub arn: RoleArn,
    /// How it is minted.
    pub strategy: RoleStrategy,
    /// Who may have it.
    pub groups: RoleGroups,
    /// Longest life of its credentials in seconds, 900 to 43,200.
    pub duration_seconds: u32,
    /// Whether its credentials end no later than the access token they were asked for with.
    pub cap_to_access_token: bool,
    /// What narrows the role's own policy.
    pub session_policy: SessionPolicy,
    /// Locations it opens.
    pub buckets: Vec<Bucket>,
    /// Functions it may invoke.
    pub functions: Vec<Function>,
}

/// `roles.strategy`: the variant carries its own settings only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleStrategy {
    /// AssumeRoleWithWebIdentity with the person's own access token.
    WebIdentity,
    /// AssumeRole with the server's own identity.
    AssumeRole {
        /// Claims of the access token that become session tags, beside the tag `subject`.
        tag_claims: Vec<String>,
    },
    /// A developer-authenticated identity of the pool in `[identity_pool]`.
    IdentityPool {
        /// How its token becomes credentials.
        flow: PoolFlow,
        /// As with [`AssumeRole`](Self::AssumeRole).
        tag_claims: Vec<String>,
    },
    /// AssumeRoleWithWebIdentity with a token that the portal signs itself, see `[self_issued]`.
    SelfIssued {
        /// As with [`AssumeRole`](Self::AssumeRole).
        tag_claims: Vec<String>,
    },
}

impl RoleStrategy {
    /// Claims of the access token that become session tags; `None` with the strategy that sends no
    /// tags of the portal's.
    #[must_use]
    pub fn tag_claims(&self) -> Option<&[String]> {
        match self {
            Self::WebIdentity => None,
            Self::AssumeRole { tag_claims } | Self::IdentityPool { tag_claims, .. } | Self::SelfIssued { tag_claims } => Some(tag_claims),
        }
    }
}

/// `roles.groups`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleGroups {
    /// `["*"]`: everyone who is signed in.
    Everyone,
    /// Members of any of these.
    AnyOf(Vec<String>),
}

/// `roles.session_policy`
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionPolicy {
    /// Written from the role's buckets and functions.
    Generate,
    /// Managed policies, by ARN.
    Managed {
        /// At most ten.
        policy_arns: Vec<String>,
    },
    /// The role's own policy is the boundary.
    None,
}

/// `[[roles.buckets]]`
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Name.
    pub name: String,
    /// Region; resolved by the server when absent.
    pub region: Option<String>,
    /// Prefix, with `${subject}` and `${claim:NAME}` not yet expanded.
    pub prefix: String,
    /// What may be done there.
    pub permissions: Vec<Permission>,
    /// KMS keys that objects are encrypted with, by ARN.
    pub kms_keys: Vec<String>,
    /// How GETs are signed.
    pub sign: Signing,
}

/// `[[roles.functions]]`
#[derive(Clone, Debug)]
pub struct Function {
    /// Name of the function in the role's account.
    pub name: String,
    /// Versions and aliases that may be invoked beside the newest code; `*` stands for all.
    pub qualifiers: Vec<String>,
    /// What its events look like, where that is known.
    pub schema: Option<FunctionSchema>,
}

/// `[log]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// The least severe level that is written.
    pub level: LogLevel,
    /// One line an event, in this form.
    pub format: LogFormat,
}

/// `[metrics]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// Address that gives them out; none when absent.
    pub listen: Option<SocketAddr>,
}

/// `log.level`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Defects and failures of ours.
    Error,
    /// What somebody should look into.
    Warn,
    /// Every mint and refusal.
    Info,
    /// Everything the portal has to say.
    Debug,
}

/// `log.format`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: a JSON object a line.
    Json,
}
