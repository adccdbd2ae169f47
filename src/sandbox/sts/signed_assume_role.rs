//! `AssumeRole`: the caller signs with credentials that it has already, and takes another role.
//!
//! Both sides have to allow it: the caller's own policies, and the role's trust policy; for the role
//! itself, for the tags and for the source identity, each with an action of its own. (AWS asks both
//! across accounts; within one, a trust policy that names the caller is enough.)

use super::Sts;
use super::answer::Success;
use super::issue::Marks;
use super::parameters::{Parameters, name, within};
use super::refusal::Refusal;
use crate::sandbox::form::Form;
use crate::sandbox::policy::{Context, Decision, Request, TagKind, TrustPolicy};
use crate::sandbox::registry::IssuedSession;
use crate::sandbox::roles::SandboxRole;
use crate::sandbox::signature::{Signed, verify_session};

/// Longest life of what a role gets by taking another.
const CHAINED_SECONDS: u32 = 3_600;
/// Most tags of one session.
const MOST_TAGS: usize = 50;

impl Sts {
    /// Checks who calls, then the parameters, then both policies, and issues.
    pub(super) async fn assume_role(&self, request: Signed<'_>, form: &Form) -> Result<Success, Refusal> {
        let now = self.clock.now();
        let caller = verify_session(request, "sts", &self.registry, now)?;
        let parameters = Parameters::read(form)?;
        let source_identity = source_identity(form)?;
        let tags = tags(form)?;
        // AWS does not say whether the role is missing or does not trust: neither does this.
        let role = SandboxRole::find(parameters.role_arn);
        let trust = role.and_then(SandboxRole::trust_policy);

        let mut context = caller.context(now).with("sts:RoleSessionName", parameters.session_name.as_str());
        if let Some(source_identity) = source_identity {
            context = context.with("sts:SourceIdentity", source_identity);
        }
        for (key, value) in &tags {
            context = context.with_tag(TagKind::Request, key, value.as_str());
        }
        let mut actions = vec!["sts:AssumeRole"];
        if !tags.is_empty() {
            actions.push("sts:TagSession");
        }
        if source_identity.is_some() {
            actions.push("sts:SetSourceIdentity");
        }
        for action in actions {
            may(&caller, trust.as_ref(), action, parameters.role_arn, &context)?;
        }
        let role = role.ok_or_else(|| not_allowed(&caller, "sts:AssumeRole", parameters.role_arn))?;

        // Whom a session is of stays with it, through every further role.
        if let (Some(held), Some(asked)) = (&caller.source_identity, source_identity)
            && held != asked
        {
            return Err(not_allowed(&caller, "sts:SetSourceIdentity", parameters.role_arn));
        }
        if parameters.duration_seconds > CHAINED_SECONDS {
            return Err(Refusal::validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
            ));
        }
        let source_identity = caller.source_identity.clone().or_else(|| source_identity.map(str::to_owned));
        let about = source_identity.iter().map(|source_identity| ("SourceIdentity", source_identity.clone())).collect();
        let issued = self.issue(role, &parameters, Marks { source_identity, tags }).await?;
        Ok(Success { operation: "AssumeRole", issued, about })
    }
}

/// Whether both the caller's own policies and the role's trust policy allow `action`.
fn may(caller: &IssuedSession, trust: Option<&TrustPolicy>, action: &str, role: &str, context: &Context) -> Result<(), Refusal> {
    let own = caller.allows(&Request { action, resource: role, context });
    let account = caller.role.account().unwrap_or_default();
    let trusted = trust.is_some_and(|trust| trust.decide(caller.role.as_str(), account, action, context) == Decision::Allowed);
    if own && trusted { Ok(()) } else { Err(not_allowed(caller, action, role)) }
}

fn not_allowed(caller: &IssuedSession, action: &str, role: &str) -> Refusal {
    let who = caller.assumed_role_arn();
    Refusal::new(403, "AccessDenied", format!("User: {who} is not authorized to perform: {action} on resource: {role}"))
}

fn source_identity(form: &Form) -> Result<Option<&str>, Refusal> {
    let source_identity = form.get("SourceIdentity");
    if let Some(source_identity) = source_identity {
        name("sourceIdentity", source_identity)?;
    }
    Ok(source_identity)
}

/// `Tags.member.1.Key`, `Tags.member.1.Value`, and so on without a gap.
fn tags(form: &Form) -> Result<Vec<(String, String)>, Refusal> {
    let mut tags: Vec<(String, String)> = Vec::new();
    loop {
        let at = tags.len() + 1;
        let Some(key) = form.get(&format!("Tags.member.{at}.Key")) else { break };
        let value = form.get(&format!("Tags.member.{at}.Value")).unwrap_or_default();
        within("tags.member.key", key, 1, 128)?;
        within("tags.member.value", value, 0, 256)?;
        if !key.chars().chain(value.chars()).all(is_tag_character) {
            return Err(Refusal::constraint("tags.member", r"satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*"));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Refusal::invalid_parameter("Tag keys that begin with aws: are reserved for AWS."));
        }
        if tags.iter().any(|(other, _)| other.to_lowercase() == key.to_lowercase()) {
            return Err(Refusal::invalid_parameter("Duplicate tag keys found. Tag keys are compared without regard to case."));
        }
        tags.push((key.to_owned(), value.to_owned()));
    }
    if tags.len() > MOST_TAGS {
        return Err(Refusal::constraint("tags", "have length less than or equal to 50"));
    }
    let read = |name: &str| (1..=tags.len()).any(|at| name == format!("Tags.member.{at}.Key") || name == format!("Tags.member.{at}.Value"));
    if form.any_begins_with("TransitiveTagKeys") || form.names().any(|name| name.starts_with("Tags.") && !read(name)) {
        return Err(Refusal::validation("The sandbox does not read these tags."));
    }
    Ok(tags)
}

fn is_tag_character(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, ' ' | '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@')
}
