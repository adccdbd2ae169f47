//! Steps 6 and 7: what AWS was asked for this role, and what it answered.

use super::{Flow, KeptAnswer, KeptGrant, KeptMint, micros, not_reached};
use crate::model::flow::{Cause, Row, Step, StepId, StepState, Verdict};
use crate::server::config::{Role, SessionPolicy};
use crate::server::credentials::calls::{AwsCall, Sent};
use crate::server::credentials::self_issued::SIGN;
use crate::server::doctor::trial::{self, Mending};
use crate::server::identity::Viewer;

pub(super) fn steps(flow: &Flow<'_>, viewer: &Viewer, role: &Role) -> [Step; 2] {
    let Some(mint) = &flow.mint else {
        let summary =
            "This server remembers no mint of this role for you: none was asked for yet, another server made it, or it is too long ago.";
        return [Step { summary: summary.to_owned(), ..not_reached(StepId::Mint) }, not_reached(StepId::Answer)];
    };
    [asked(flow, viewer, role, mint), answered(flow, mint)]
}

fn asked(flow: &Flow<'_>, viewer: &Viewer, role: &Role, mint: &KeptMint) -> Step {
    let limit = flow.config.limits.mints_per_minute;
    let mut rows = vec![
        Row::new("asked for at", mint.course.at.to_string()),
        Row::new("mints a minute", format!("at most {limit}"))
            .saying("Before anything is sent: too many a minute are turned away, and so is who is blocked."),
    ];
    if let Some(grant) = &mint.course.grant {
        let life = format!("{} seconds", grant.duration_seconds);
        rows.push(Row::new("life", life).saying(format!("No longer than the role's duration_seconds, {}.", role.duration_seconds)));
    }
    for call in &mint.course.calls {
        rows.push(Row::new(heading(call), told(call)));
        rows.extend(call.parameters.iter().map(|(name, value)| parameter(name, value)));
    }
    let cause = mint.outcome.as_ref().err().map(|refusal| {
        let mut cause = Cause::from(&refusal.error);
        if let Some(said) = &refusal.said {
            cause.code = trial::code_of(refusal).to_string();
            cause.why =
                format!("AWS answered with status {} and {}.", said.status, if said.code.is_empty() { "no code" } else { &said.code });
            cause.fix = Mending { config: flow.config, viewer, role }.fix(refusal);
        }
        cause
    });
    Step {
        id: StepId::Mint,
        state: if cause.is_some() { StepState::Failed } else { StepState::Done },
        micros: micros(mint.course.waited),
        summary: format!("Strategy {}.", mint.strategy.as_str()),
        rows,
        cause,
    }
}

fn heading(call: &AwsCall) -> String {
    match (call.action, call.signed) {
        (SIGN, _) => "A token that the portal signs itself".to_owned(),
        (action, true) => format!("{action}, signed with the server's own identity"),
        (action, false) => format!("{action}, not signed: the token in it counts"),
    }
}

fn told(call: &AwsCall) -> String {
    let outcome = if call.succeeded { "done" } else { "refused" };
    call.took.map_or_else(|| "no answer in time".to_owned(), |took| format!("{outcome} after {:.1} ms", took.as_secs_f64() * 1_000.0))
}

fn parameter(name: &str, value: &Sent) -> Row {
    match value {
        Sent::Text(text) => Row::new(name, text).saying(purpose(name)),
        Sent::Print(print) => Row::new(name, print).saying(purpose(name)),
        Sent::Policy(characters) => Row::new(name, format!("{characters} characters")).saying("The session policy, told in the next step."),
    }
}

/// What a parameter is for.
fn purpose(name: &str) -> &'static str {
    match name {
        "RoleArn" => "The role of step 5.",
        "RoleSessionName" => "The person, and the portal's id of this mint: CloudTrail shows it, and a policy can name the session by it.",
        "DurationSeconds" => "Life of the credentials. AWS gives 900 seconds at least.",
        "SourceIdentity" | "https://aws.amazon.com/source_identity" => "The person; it stays with the session through further roles.",
        "WebIdentityToken" => "Length and fingerprint only. Whoever has it is the person until it expires.",
        "IdentityPoolId" => "The pool of [identity_pool].",
        "IdentityId" => "The person's identity in the pool.",
        "TokenDuration" | "exp - iat" => "Seconds; the token is used within this request.",
        "iss" => "The portal's own issuer; its keys are published below it.",
        "sub" => "The person, as AWS is told.",
        "aud" => "One role's audience: of no use for another.",
        _ if name.starts_with("Tags.") || name.starts_with("PrincipalTags.") || name.starts_with("https://aws.amazon.com/tags") => {
            "For policies to compare (aws:PrincipalTag)."
        }
        _ if name.starts_with("Logins.") => "Whom Cognito is told that this is.",
        _ if name.starts_with("PolicyArns.") => "A managed policy that narrows the role.",
        _ => "",
    }
}

fn answered(flow: &Flow<'_>, mint: &KeptMint) -> Step {
    let Ok(answer) = &mint.outcome else { return not_reached(StepId::Answer) };
    let left = answer.expiration.millis_since(flow.now) / 1_000;
    let mut rows = vec![
        Row::new("AccessKeyId", &answer.access_key_id).saying("No secret: it stands in CloudTrail and in the portal's log."),
        Row::new("SecretAccessKey", "not kept").saying("It went to the browser, once, and into no log, page or memory of the portal's."),
        Row::new("SessionToken", &answer.session_token).saying("As the secret access key; of it the fingerprint is kept."),
        Row::new("Expiration", format!("{} (in {} seconds)", answer.expiration, left.max(0)))
            .saying("Nothing but an end by the portal or IAM makes it sooner."),
    ];
    rows.extend(details(mint, answer));
    rows.extend(policy(mint.course.grant.as_ref()));
    Step { id: StepId::Answer, state: StepState::Done, micros: None, summary: String::new(), rows, cause: None }
}

fn details(mint: &KeptMint, answer: &KeptAnswer) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(session) = &mint.course.session {
        let recorded = Row::new("session", session.as_str());
        rows.push(recorded.judged(
            "recorded",
            "The mint was recorded before it was answered: what is not recorded is not handed out.",
            Verdict::Kept,
        ));
    }
    rows.extend(answer.assumed_role_id.as_ref().map(|id| Row::new("AssumedRoleId", id).saying("With it a policy can name this session.")));
    rows.extend(answer.request_id.as_ref().map(|id| Row::new("request id", id).saying("For AWS's support and CloudTrail.")));
    if let Some(percent) = answer.packed_policy_percent {
        rows.push(
            Row::new("packed policy", format!("{percent} %"))
                .saying("How full the space for session policy and tags is; at more than 100 % STS refuses."),
        );
    }
    rows
}

fn policy(grant: Option<&KeptGrant>) -> Vec<Row> {
    let Some(grant) = grant else { return Vec::new() };
    let mut rows = vec![Row::new("Session policy in force", "")];
    match (&grant.kind, &grant.session_policy) {
        (SessionPolicy::Generate, Some(policy)) => {
            let says = "Generated from the role's buckets and functions. What it and the role's own policy both allow is allowed.";
            rows.push(Row::new("Policy", laid_out(policy)).saying(says));
        }
        (SessionPolicy::Managed { policy_arns }, _) => {
            rows.push(
                Row::new("PolicyArns", policy_arns.join("\n")).saying("What one of these and the role's own policy both allow is allowed."),
            );
        }
        _ => rows.push(Row::new("Policy", "none").saying("session_policy is \"none\" for this role: its own policy is the boundary.")),
    }
    rows
}

fn laid_out(policy: &str) -> String {
    let read: Option<serde_json::Value> = serde_json::from_str(policy).ok();
    read.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| policy.to_owned())
}
