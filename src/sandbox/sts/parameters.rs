//! The parameters that both ways to a role share, each within its constraint (STS service model).

use super::refusal::Refusal;
use crate::model::names::{RoleSessionName, is_session_name_byte};
use crate::sandbox::form::Form;

const DEFAULT_SECONDS: u32 = 3_600;
/// Characters of an inline session policy.
pub(super) const POLICY_LIMIT: usize = 2_048;

/// What is asked for.
pub(super) struct Parameters<'a> {
    pub(super) role_arn: &'a str,
    pub(super) session_name: RoleSessionName,
    pub(super) duration_seconds: u32,
    pub(super) session_policy: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    pub(super) fn read(form: &'a Form) -> Result<Self, Refusal> {
        let role_arn = required(form, "RoleArn", "roleArn")?;
        let session_name = required(form, "RoleSessionName", "roleSessionName")?;
        within("roleArn", role_arn, 20, 2_048)?;
        name("roleSessionName", session_name)?;
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
            duration_seconds: duration(form.get("DurationSeconds"))?,
            session_policy,
        })
    }
}

/// A parameter that has to be there.
pub(super) fn required<'a>(form: &'a Form, name: &str, member: &str) -> Result<&'a str, Refusal> {
    form.get(name).ok_or_else(|| Refusal::constraint(member, "not be null"))
}

/// A session's name or a source identity.
pub(super) fn name(member: &str, value: &str) -> Result<(), Refusal> {
    if !value.bytes().all(is_session_name_byte) {
        return Err(Refusal::constraint(member, r"satisfy regular expression pattern: [\w+=,.@-]*"));
    }
    within(member, value, 2, 64)
}

/// A length, in characters.
pub(super) fn within(member: &str, value: &str, least: usize, most: usize) -> Result<(), Refusal> {
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
