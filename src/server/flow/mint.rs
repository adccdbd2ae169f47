//! Steps 6 and 7: what AWS was asked for this role, and what it answered.

use super::{Flow, KeptAnswer, KeptGrant, KeptMint, micros, not_reached};
use crate::model::flow::{Cause, Row, Step, StepId, StepState, Verdict};
use crate::server::config::{Role, SessionPolicy};
use crate::server::credentials::calls::{AwsCall, Sent};
use crate::server::credentials::self_issued::SIGN;
use crate::server::doctor::trial::{self, Mending};
use crate::server::identity::Viewer;
use crate::words::{mark, t, tn, translated};

pub(super) fn steps(flow: &Flow<'_>, viewer: &Viewer, role: &Role) -> [Step; 2] {
    let Some(mint) = flow.mints.find(viewer.subject(), &role.id, flow.session) else {
        let summary = t!(
            "This server remembers no mint of this role for you: none was asked for yet, another server made it, or it is too long ago."
        );
        return [Step { summary: summary.to_owned(), ..not_reached(StepId::Mint) }, not_reached(StepId::Answer)];
    };
    [asked(flow, viewer, role, &mint), answered(flow, &mint)]
}

fn asked(flow: &Flow<'_>, viewer: &Viewer, role: &Role, mint: &KeptMint) -> Step {
    let limit = flow.config.limits.mints_per_minute;
    let mut rows = vec![
        Row::new(t!("asked for at"), mint.course.at.to_string()),
        Row::new(t!("mints a minute"), t!("at most {limit}", limit = limit.to_string()))
            .saying(t!("Before anything is sent: too many a minute are turned away, and so is who is blocked.")),
    ];
    if let Some(grant) = &mint.course.grant {
        let life = tn!(grant.duration_seconds, "{count} second", "{count} seconds");
        let most = role.duration_seconds.to_string();
        rows.push(Row::new(t!("life"), life).saying(t!("No longer than the role's duration_seconds, {seconds}.", seconds = most)));
    }
    for call in &mint.course.calls {
        rows.push(Row::new(heading(call), told(call)));
        rows.extend(call.parameters.iter().map(|(name, value)| parameter(name, value)));
    }
    let cause = mint.outcome.as_ref().err().map(|refusal| {
        let mut cause = Cause::from(&refusal.error);
        if let Some(said) = &refusal.said {
            let status = said.status.to_string();
            cause.code = trial::code_of(refusal).to_string();
            cause.section.clone_from(&cause.code);
            cause.why = match &*said.code {
                "" => t!("AWS answered with status {status} and no code.", status = status),
                code => t!("AWS answered with status {status} and {code}.", status = status, code = code),
            };
        }
        if let Some(command) = (Mending { config: flow.config, viewer, role }).command(refusal) {
            (cause.fix, cause.fix_in_english) = (command.text(), true);
        }
        cause
    });
    Step {
        id: StepId::Mint,
        state: if cause.is_some() { StepState::Failed } else { StepState::Done },
        micros: micros(mint.course.waited),
        summary: t!("Strategy {strategy}.", strategy = mint.strategy.as_str()),
        rows,
        causes: cause.into_iter().collect(),
    }
}

fn heading(call: &AwsCall) -> String {
    match (call.action, call.signed) {
        (SIGN, _) => t!("A token that the portal signs itself").to_owned(),
        (action, true) => t!("{action}, signed with the server's own identity", action = action),
        (action, false) => t!("{action}, not signed: the token in it counts", action = action),
    }
}

fn told(call: &AwsCall) -> String {
    let Some(took) = call.took else { return t!("no answer in time").to_owned() };
    let time = if took.as_millis() > 0 { format!("{} ms", took.as_millis()) } else { format!("{} µs", took.as_micros()) };
    if call.succeeded { t!("done after {time}", time = time) } else { t!("refused after {time}", time = time) }
}

fn parameter(name: &str, value: &Sent) -> Row {
    match value {
        Sent::Text(text) => Row::new(name, text).saying(purpose(name)),
        Sent::Print(print) => Row::new(name, print).saying(purpose(name)),
        Sent::Policy(characters) => {
            let length = tn!(*characters, "{count} character", "{count} characters");
            Row::new(name, length).saying(t!("The session policy, told in the next step."))
        }
    }
}

/// What a parameter is for.
fn purpose(name: &str) -> &'static str {
    translated(match name {
        "RoleArn" => mark!("The role of step 5."),
        "RoleSessionName" => {
            mark!("The person, and the portal's id of this mint: CloudTrail shows it, and a policy can name the session by it.")
        }
        "DurationSeconds" => mark!("Life of the credentials. AWS gives 900 seconds at least."),
        "SourceIdentity" | "https://aws.amazon.com/source_identity" => {
            mark!("The person; it stays with the session through further roles.")
        }
        "WebIdentityToken" => mark!("Length and fingerprint only. Whoever has it is the person until it expires."),
        "IdentityPoolId" => mark!("The pool of [identity_pool]."),
        "IdentityId" => mark!("The person's identity in the pool."),
        "TokenDuration" | "exp - iat" => mark!("Seconds; the token is used within this request."),
        "iss" => mark!("The portal's own issuer; its keys are published below it."),
        "sub" => mark!("The person, as AWS is told."),
        "aud" => mark!("One role's audience: of no use for another."),
        _ if name.starts_with("Tags.") || name.starts_with("PrincipalTags.") || name.starts_with("https://aws.amazon.com/tags") => {
            mark!("For policies to compare (aws:PrincipalTag).")
        }
        _ if name.starts_with("Logins.") => mark!("Whom Cognito is told that this is."),
        _ if name.starts_with("PolicyArns.") => mark!("A managed policy that narrows the role."),
        _ => "",
    })
}

fn answered(flow: &Flow<'_>, mint: &KeptMint) -> Step {
    let Ok(answer) = &mint.outcome else { return not_reached(StepId::Answer) };
    let left = answer.expiration.millis_since(flow.now) / 1_000;
    let mut rows = vec![
        Row::new("AccessKeyId", &answer.access_key_id).saying(t!("No secret: it stands in CloudTrail and in the portal's log.")),
        Row::new("SecretAccessKey", t!("not kept"))
            .saying(t!("It went to the browser, once, and into no log, page or memory of the portal's.")),
        Row::new("SessionToken", &answer.session_token).saying(t!("As the secret access key; of it the fingerprint is kept.")),
        Row::new(
            "Expiration",
            t!("{time} (in {seconds} seconds)", time = answer.expiration.to_string(), seconds = left.max(0).to_string()),
        )
        .saying(t!("Nothing but an end by the portal or IAM makes it sooner.")),
    ];
    rows.extend(details(mint, answer));
    rows.extend(policy(mint.course.grant.as_ref()));
    Step {
        id: StepId::Answer,
        state: StepState::Done,
        micros: micros(mint.course.recorded),
        summary: String::new(),
        rows,
        causes: Vec::new(),
    }
}

fn details(mint: &KeptMint, answer: &KeptAnswer) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(session) = &mint.course.session {
        let recorded = Row::new(t!("session"), session.as_str());
        rows.push(recorded.judged(
            "recorded",
            t!("The mint was recorded before it was answered: what is not recorded is not handed out."),
            Verdict::Kept,
        ));
    }
    rows.extend(
        answer.assumed_role_id.as_ref().map(|id| Row::new("AssumedRoleId", id).saying(t!("With it a policy can name this session."))),
    );
    rows.extend(answer.request_id.as_ref().map(|id| Row::new(t!("request id"), id).saying(t!("For AWS's support and CloudTrail."))));
    if let Some(percent) = answer.packed_policy_percent {
        rows.push(
            Row::new(t!("packed policy"), format!("{percent} %"))
                .saying(t!("How full the space for session policy and tags is; at more than 100 % STS refuses.")),
        );
    }
    rows
}

fn policy(grant: Option<&KeptGrant>) -> Vec<Row> {
    let Some(grant) = grant else { return Vec::new() };
    let mut rows = vec![Row::new(t!("Session policy in force"), "")];
    match (&grant.kind, &grant.session_policy) {
        (SessionPolicy::Generate, Some(policy)) => {
            let says = t!("Generated from the role's buckets and functions. What it and the role's own policy both allow is allowed.");
            rows.push(Row::new("Policy", laid_out(policy)).saying(says));
        }
        (SessionPolicy::Managed { policy_arns }, _) => {
            rows.push(
                Row::new("PolicyArns", policy_arns.join("\n"))
                    .saying(t!("What one of these and the role's own policy both allow is allowed.")),
            );
        }
        _ => rows
            .push(Row::new("Policy", t!("none")).saying(t!("session_policy is \"none\" for this role: its own policy is the boundary."))),
    }
    rows
}

fn laid_out(policy: &str) -> String {
    let read: Option<serde_json::Value> = serde_json::from_str(policy).ok();
    read.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| policy.to_owned())
}
