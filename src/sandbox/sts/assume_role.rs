//! `AssumeRoleWithWebIdentity`.

use super::answer::Success;
use super::refusal::Refusal;
use super::{Sts, misbehave};
use crate::model::names::{RoleSessionName, is_session_name_byte};
use crate::sandbox::form::Form;
use crate::sandbox::policy::Policy;
use crate::sandbox::registry::{IssueRequest, assumed_role_arn, role_unique_id};
use crate::sandbox::roles::SandboxRole;

const DEFAULT_SECONDS: u32 = 3_600;
/// Characters of an inline session policy.
const POLICY_LIMIT: usize = 2_048;

/// The parameters, each within its constraint.
struct Parameters<'a> {
    role_arn: &'a str,
    session_name: RoleSessionName,
    token: &'a str,
    duration_seconds: u32,
    session_policy: Option<&'a str>,
}

impl Sts {
    /// Checks the parameters, then the token, then the role's trust, as AWS does, and issues.
    pub(super) async fn assume_role_with_web_identity(&self, form: &Form) -> Result<Success, Refusal> {
        let parameters = Parameters::read(form)?;
        let identity = self.verify(parameters.token).await?;
        let role = SandboxRole::find(parameters.role_arn)
            .filter(|role| role.trusts_subject(&identity.subject))
            .ok_or_else(Refusal::not_authorized)?;
        if parameters.duration_seconds > role.max_session_seconds {
            return Err(Refusal::validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
        }
        let session_policy = parameters.session_policy.map(Policy::parse).transpose();
        let session_policy = session_policy.map_err(|error| Refusal::malformed_policy(&error.to_string()))?;
        if let Some(fault) = role.fault {
            return Err(misbehave(fault).await);
        }
        let broken = |what: &str| Refusal::new(500, "InternalFailure", format!("The sandbox's own {what} is not well-formed."));
        let role_policy = Policy::parse(role.policy).map_err(|_| broken("role policy"))?;
        let role_arn = role.arn().map_err(|_| broken("role ARN"))?;
        let life = role.fixed_life_seconds.unwrap_or(parameters.duration_seconds);
        let now = self.clock.now();
        let credentials = self.registry.issue(IssueRequest {
            role: role_arn.clone(),
            session_name: parameters.session_name.clone(),
            session_policy,
            role_policy,
            issued: now,
            expires: now.plus_seconds(i64::from(life)),
        });
        Ok(Success {
            credentials,
            subject: identity.subject,
            audience: identity.audience,
            issuer: self.provider.issuer.clone(),
            assumed_role_arn: assumed_role_arn(&role_arn, &parameters.session_name),
            assumed_role_id: format!("{}:{}", role_unique_id(&role_arn), parameters.session_name),
            packed_policy_size: parameters.session_policy.map(packed_percent),
        })
    }
}

impl<'a> Parameters<'a> {
    fn read(form: &'a Form) -> Result<Self, Refusal> {
        let required = |name, member| form.get(name).ok_or_else(|| Refusal::constraint(member, "not be null"));
        let role_arn = required("RoleArn", "roleArn")?;
        let session_name = required("RoleSessionName", "roleSessionName")?;
        let token = required("WebIdentityToken", "webIdentityToken")?;
        within("roleArn", role_arn, 20, 2_048)?;
        if !session_name.bytes().all(is_session_name_byte) {
            return Err(Refusal::constraint("roleSessionName", r"satisfy regular expression pattern: [\w+=,.@-]*"));
        }
        within("roleSessionName", session_name, 2, 64)?;
        within("webIdentityToken", token, 4, 20_000)?;
        if form.get("ProviderId").is_some() {
            return Err(Refusal::validation("ProviderId is for OAuth 2.0 access tokens of the built-in providers only."));
        }
        if form.any_begins_with("PolicyArns") {
            return Err(Refusal::validation("The sandbox has no managed policies that a session could be narrowed with."));
        }
        let session_policy = form.get("Policy");
        if let Some(policy) = session_policy {
            within("policy", policy, 1, POLICY_LIMIT)?;
            if !policy.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')) {
                return Err(Refusal::constraint("policy", r"satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+"));
            }
        }
        Ok(Self {
            role_arn,
            session_name: RoleSessionName::parse(session_name).map_err(|error| Refusal::validation(&error.to_string()))?,
            token,
            duration_seconds: duration(form.get("DurationSeconds"))?,
            session_policy,
        })
    }
}

fn within(member: &str, value: &str, least: usize, most: usize) -> Result<(), Refusal> {
    let length = value.chars().count();
    if length < least {
        return Err(Refusal::constraint(member, &format!("have length greater than or equal to {least}")));
    }
    if length > most {
        return Err(Refusal::constraint(member, &format!("have length less than or equal to {most}")));
    }
    Ok(())
}

fn duration(text: Option<&str>) -> Result<u32, Refusal> {
    let Some(text) = text else { return Ok(DEFAULT_SECONDS) };
    match text.parse::<i64>() {
        Err(_) => Err(Refusal::new(400, "MalformedInput", "DurationSeconds is not an integer.")),
        Ok(..900) => Err(Refusal::constraint("durationSeconds", "have value greater than or equal to 900")),
        Ok(seconds) => match u32::try_from(seconds) {
            Ok(seconds @ ..=43_200) => Ok(seconds),
            _ => Err(Refusal::constraint("durationSeconds", "have value less than or equal to 43200")),
        },
    }
}

/// AWS packs policies in a way it does not tell; this is the plain length, never more than 100.
fn packed_percent(policy: &str) -> usize {
    (policy.chars().count() * 100).div_ceil(POLICY_LIMIT)
}
