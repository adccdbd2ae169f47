//! A trial mint for each role, with headers that are still good: the portal's own strategies ask STS, and
//! what STS says becomes a cause and a fix.
//!
//! What is minted may do nothing: a session policy denies everything, and the keys are dropped unread. Once that
//! worked, others are minted that may list and invoke what the role may, and `live` asks with them whether it may
//! indeed. Neither is a session of the portal's or recorded as one; CloudTrail shows them.

use super::finding::{Check, Code, Finding, Outcome, Severity};
use super::fix::{Fix, endpoint, quoted, shown};
use super::live::{self, Live};
use super::registration;
use super::{Captured, Examination};
use crate::model::error::ErrorCode;
use crate::model::names::SessionId;
use crate::model::role::Strategy;
use crate::server::config::{Config, PoolFlow, Role, RoleStrategy};
use crate::server::credentials::entitlement::Entitlement;
use crate::server::credentials::refusal::{Cause, Refusal, StsError};
use crate::server::credentials::session_policy::DENY_ALL;
use crate::server::credentials::{Grant, Minted, Minter, entitlement, session_name};
use crate::server::identity::{Authenticator, Viewer};
use crate::server::issuer::token;
use crate::server::partition;
use crate::server::required::provider_arn;
use crate::server::required::role_trust::{self, Known};
use crate::server::telemetry;
use futures::StreamExt;
use std::collections::HashMap;
use std::sync::Arc;

/// The ways to mint.
pub type Minters = HashMap<Strategy, Arc<dyn Minter>>;

/// Life of what is minted: the shortest that STS gives.
const SECONDS: u32 = 900;
/// Roles at a time.
const AT_ONCE: usize = 4;

/// A check for each role.
pub(super) async fn check(examination: &Examination) -> Vec<Check> {
    const SUBJECT: &str = "trial mints";
    let Some(minters) = &examination.trial else { return vec![Check::not_checked(SUBJECT, "they were not asked for")] };
    let Some(captured) = &examination.captured else { return vec![Check::not_checked(SUBJECT, "no headers were given (--headers FILE)")] };
    let viewer = match authenticate(examination, captured).await {
        Ok(viewer) => viewer,
        Err(reason) => return vec![Check::not_checked(SUBJECT, format!("the headers are not good at this time: {reason}"))],
    };
    let roles: Vec<Arc<Role>> = examination.config.roles.iter().cloned().map(Arc::new).collect();
    let trials = roles.iter().map(|role| Trial { examination, minters, viewer: &viewer, role }.limited(&roles));
    let trials: Vec<_> = trials.collect();
    futures::stream::iter(trials).buffered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten().collect()
}

/// As the portal would at this moment.
pub(super) async fn authenticate(examination: &Examination, captured: &Captured) -> Result<Viewer, String> {
    let authenticator = Authenticator::new(&examination.config, Arc::clone(&examination.fetch), Arc::clone(&examination.clock));
    authenticator.authenticate(captured.headers()).await.map_err(|error| match &error.rule {
        Some(rule) => format!("rule {rule} is broken"),
        None => error.message.trim_end_matches('.').to_owned(),
    })
}

/// One role's.
struct Trial<'a> {
    examination: &'a Examination,
    minters: &'a Minters,
    viewer: &'a Viewer,
    role: &'a Arc<Role>,
}

impl Trial<'_> {
    async fn limited(self, roles: &[Arc<Role>]) -> Vec<Check> {
        let subject = format!("trial mint of {}", self.role.id);
        let minted = tokio::time::timeout(super::LONGEST, self.run(roles, &subject)).await.unwrap_or_else(|_| super::too_long(&subject));
        let live = match (&minted.outcome, entitlement::role_of(roles, self.viewer, &self.role.id)) {
            (Outcome::Fine(_), Ok(entitlement)) => {
                let subject = format!("permissions of {}", self.role.id);
                super::limited(&subject, self.live(&entitlement, &subject)).await
            }
            // What cannot be minted cannot be asked; that is told already.
            _ => Vec::new(),
        };
        std::iter::once(minted).chain(live).collect()
    }

    /// What the role may do, with credentials that may do that and nothing else.
    async fn live(&self, entitlement: &Entitlement, subject: &str) -> Vec<Check> {
        let config = &self.examination.config;
        let Some(policy) = live::policy(entitlement, &config.aws.region) else {
            return vec![Check::not_checked(subject, "it lists no bucket and invokes no function, or more than a session policy can name")];
        };
        let grant = match entitlement.grant(self.viewer, Some(SECONDS), &config.aws.region, self.examination.clock.now()) {
            Ok(grant) => Grant { session_policy: Some(policy), ..grant },
            Err(error) => return vec![Check::not_checked(subject, error.message.trim_end_matches('.').to_owned())],
        };
        let Some(minter) = self.minters.get(&Strategy::from(&self.role.strategy)) else { return Vec::new() };
        let Some(id) = session_name::new_session_id() else { return Vec::new() };
        match self.ask(&**minter, &grant, &id, "tried what a role may do, allowed to list and to invoke").await {
            Ok(minted) => Live::new(self.examination, entitlement).check(&minted.credentials).await,
            Err(refusal) => vec![Check::of(subject, vec![self.finding(&grant, &refusal)], "")],
        }
    }

    /// Has the strategy mint, and writes that down as a probe.
    async fn ask(&self, minter: &dyn Minter, grant: &Grant, id: &SessionId, why: &str) -> Result<Minted, Refusal> {
        let name = session_name::role_session_name(self.viewer.subject(), id);
        let asked = minter.mint(self.viewer, grant, &name).await;
        tracing::info!(
            target: telemetry::PROBES,
            event = "probe",
            subject = %self.viewer.subject(),
            role = %self.role.id,
            strategy = Strategy::from(&self.role.strategy).as_str(),
            role_session_name = %name,
            duration_seconds = grant.duration_seconds,
            minted = asked.is_ok(),
            "{why}"
        );
        asked
    }

    async fn run(&self, roles: &[Arc<Role>], subject: &str) -> Check {
        let role = self.role;
        if matches!(role.strategy, RoleStrategy::IdentityPool { flow: PoolFlow::Enhanced, .. }) {
            return Check::not_checked(
                subject,
                "the enhanced flow takes no session policy: what it mints could do everything the pool's role may",
            );
        }
        let token = self.viewer.web_identity_token();
        if role.strategy == RoleStrategy::WebIdentity
            && token.is_some_and(|token| token.audience().is_empty() && token.authorized_party().is_none())
        {
            return Check::not_checked(subject, "the access token has no audience, and STS is not asked with such a token");
        }
        let Ok(entitlement) = entitlement::role_of(roles, self.viewer, &role.id) else {
            return Check::not_checked(subject, "the person in the headers is not entitled to it");
        };
        let Some(minter) = self.minters.get(&Strategy::from(&role.strategy)) else {
            return Check::not_checked(subject, "this strategy has no way to mint");
        };
        let now = self.examination.clock.now();
        let grant = |seconds| entitlement.grant(self.viewer, seconds, &self.examination.config.aws.region, now);
        // First the shortest; STS judges a longer life only when it is asked for.
        let mut seconds = vec![Some(SECONDS)];
        seconds.extend((role.duration_seconds > SECONDS && !role.cap_to_access_token).then_some(None));
        let mut minted = Vec::new();
        for seconds in seconds {
            let grant = match grant(seconds) {
                Ok(grant) => Grant { session_policy: Some(DENY_ALL.to_owned()), ..grant },
                Err(error) => return Check::not_checked(subject, error.message.trim_end_matches('.').to_owned()),
            };
            let Some(id) = session_name::new_session_id() else {
                return Check::not_checked(subject, "the system has no randomness to give");
            };
            match self.ask(&**minter, &grant, &id, "tried whether AWS mints, denied everything").await {
                Ok(_dropped) => minted.push(format!("{} seconds (…{id})", grant.duration_seconds)),
                Err(refusal) => return Check::of(subject, vec![self.finding(&grant, &refusal)], ""),
            }
        }
        let seen = format!(
            "STS mints, for {}; denied everything, dropped, and not recorded as a session: CloudTrail has the session names that end so",
            minted.join(" and ")
        );
        Check::fine(subject, seen)
    }

    fn finding(&self, grant: &Grant, refusal: &Refusal) -> Finding {
        let said = refusal.said.as_ref();
        let code = code_of(refusal);
        let why = match said {
            Some(said) => format!(
                "STS was asked for {} seconds and answered with status {}, {}: {}.",
                grant.duration_seconds,
                said.status,
                shown(Some(&said.code).filter(|code| !code.is_empty()).map(String::as_str)),
                shown(Some(&said.message)),
            ),
            None => refusal.error.message.clone(),
        };
        Finding {
            code,
            severity: if code == Code::MintUnavailable { Severity::Warning } else { Severity::Error },
            what: refusal.error.message.clone(),
            why,
            breaks: format!("Nobody can be given “{}”: /api/credentials answers {}.", self.role.title, refusal.error.code.as_str()),
            fix: Mending { config: &self.examination.config, viewer: self.viewer, role: self.role }.fix(refusal),
        }
    }
}

/// What a refused mint is about.
pub(in crate::server) fn code_of(refusal: &Refusal) -> Code {
    match refusal.said.as_ref().map(StsError::cause) {
        Some(Cause::NoAudience) => Code::AccessTokenNoAudience,
        Some(Cause::OtherAudience) => Code::MintAudience,
        Some(Cause::NoProvider) => Code::MintProvider,
        Some(Cause::ProviderKeys | Cause::ProviderSilent) => Code::MintProviderKeys,
        Some(Cause::AccessDenied) => Code::MintAccessDenied,
        Some(Cause::Duration | Cause::RoleChaining) => Code::MintDuration,
        Some(Cause::PackedPolicy) => Code::MintPackedPolicy,
        Some(Cause::RegionDisabled) => Code::MintRegionDisabled,
        Some(Cause::Busy) => Code::MintUnavailable,
        None if refusal.retry || refusal.error.retry_after.is_some() => Code::MintUnavailable,
        _ => Code::MintRefused,
    }
}

/// Whose mint of which role was refused.
pub(in crate::server) struct Mending<'a> {
    pub(in crate::server) config: &'a Config,
    pub(in crate::server) viewer: &'a Viewer,
    pub(in crate::server) role: &'a Role,
}

impl Mending<'_> {
    /// What puts a refused mint right: the command that mends it, where one does, and else whose move it is.
    pub(in crate::server) fn fix(&self, refusal: &Refusal) -> Fix {
        self.command(refusal).unwrap_or_else(|| {
            let fix = Fix::say(refusal.error.next_step.clone());
            match (&self.role.strategy, &self.config.identity_pool) {
                // Cognito has spoken, and what it means stands in the pool.
                (RoleStrategy::IdentityPool { .. }, Some(pool)) if refusal.error.code == ErrorCode::MintMisconfigured => {
                    let (region, id) = (pool.region(), &pool.id);
                    fix.then(format!("What the pool says of itself; {} has to be its developer provider:", pool.developer_provider))
                        .run(format!("aws cognito-identity describe-identity-pool --region {region} --identity-pool-id {id}"))
                        .then(format!("Where there is no such pool in {region}, those that there are:"))
                        .run(format!("aws cognito-identity list-identity-pools --region {region} --max-results 60"))
                }
                _ => fix,
            }
        })
    }

    /// The command that mends it, with what has to be known of it; `None` where there is none.
    pub(in crate::server) fn command(&self, refusal: &Refusal) -> Option<Fix> {
        let role = self.role;
        let name = role.arn.role_name();
        let lines = format!("Write in [[roles]] with id = \"{}\":", role.id);
        Some(match refusal.said.as_ref().map(StsError::cause)? {
            Cause::AccessDenied => self.trust(name),
            Cause::Duration => Fix::say("Let the role live as long as duration_seconds says:")
                .run(format!("aws iam update-role --role-name {name} --max-session-duration {}{}", role.duration_seconds, self.endpoint()))
                .then(format!("Or let it be shorter. {lines}"))
                .configure("duration_seconds = 3600"),
            Cause::RoleChaining => Fix::say(format!("Credentials of a role that took another live an hour at most. {lines}"))
                .configure("duration_seconds = 3600"),
            Cause::NoProvider => {
                Fix::say(format!("Create the IAM OIDC provider in the account of {}, with exactly the issuer as its URL:", role.arn))
                    .run(registration::create(self.issuer(), &[self.audience()], &self.endpoint()))
            }
            Cause::OtherAudience | Cause::NoAudience => Fix::say("Register the audience with the IAM OIDC provider:")
                .run(registration::add(&provider_arn(&role.arn, self.issuer()), &self.audience(), &self.endpoint())),
            Cause::RegionDisabled => {
                let (region, partition) = (&self.config.aws.region, role.arn.partition());
                let first = match partition {
                    "aws" => Some("us-east-1"),
                    "aws-us-gov" => Some("us-gov-west-1"),
                    "aws-cn" => Some("cn-north-1"),
                    _ => None,
                };
                let fix = Fix::say(format!("Switch STS on in {region} for the role's account (IAM console, Account settings)."));
                match first {
                    Some(first) => fix
                        .then("Or ask STS in another region. Write in [aws]:")
                        .configure(format!("sts_endpoint = \"https://sts.{first}.{}\"", partition::domain(partition))),
                    None => fix,
                }
            }
            Cause::ProviderKeys | Cause::ProviderSilent => Fix::say(format!(
                "STS fetches {0}/.well-known/openid-configuration and the key set that it names from AWS's own network: both must be public and answer within five seconds. What is wrong with them is told by the checks of the discovery document and the key set.",
                self.issuer().trim_end_matches('/')
            )),
            _ => return None,
        })
    }

    /// The trust policy that this role needs, and for the server's own identity what that needs.
    fn trust(&self, name: &str) -> Fix {
        let config = self.config;
        let claim = |name: &str| self.viewer.access_token_claim(name).is_some();
        let known = Known {
            audience: (self.role.strategy == RoleStrategy::WebIdentity).then(|| self.audience()),
            tags: claim("https://aws.amazon.com/tags"),
            source_identity: claim("https://aws.amazon.com/source_identity"),
            portal: None,
        };
        let policy = serde_json::to_string(&role_trust::of(config, self.role, &known)).expect("strings and lists are JSON");
        let arn = &self.role.arn;
        let endpoint = self.endpoint();
        let fix = Fix::say(format!(
            "AWS says the same of a role that does not exist and of one that does not trust the caller. See that {arn} exists, and give it this trust policy:"
        ))
        .run(format!("aws iam update-assume-role-policy --role-name {name} --policy-document {}{endpoint}", quoted(&policy)));
        if matches!(self.role.strategy, RoleStrategy::AssumeRole { .. }) {
            let own = serde_json::json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], "Resource": arn.as_str(),
            }]});
            return fix
                .then("and the portal's own role, whose name takes the place of PORTAL-ROLE (aws sts get-caller-identity tells it where the portal runs), this permission:")
                .run(format!(
                    "aws iam put-role-policy --role-name PORTAL-ROLE --policy-name mint-{name} --policy-document {}{endpoint}",
                    quoted(&own.to_string())
                ));
        }
        fix
    }

    /// The option that has IAM asked where the configuration says.
    fn endpoint(&self) -> String {
        endpoint(self.config.revocation.iam_endpoint.as_ref())
    }

    /// Who made the token that STS gets.
    fn issuer(&self) -> &str {
        let config = self.config;
        match (&self.role.strategy, &config.self_issued) {
            (RoleStrategy::SelfIssued { .. }, Some(settings)) => &settings.issuer,
            _ => &config.alb.issuer,
        }
    }

    /// The audience that STS compares.
    fn audience(&self) -> String {
        if matches!(self.role.strategy, RoleStrategy::SelfIssued { .. }) {
            return token::audience(&self.role.id);
        }
        self.viewer.web_identity_audience().unwrap_or(&self.config.web.public_url).to_owned()
    }
}
