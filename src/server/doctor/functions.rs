//! Functions: whether Lambda lets a page of the portal invoke them.

use super::Examination;
use super::finding::{Check, Code, Finding, Severity};
use super::fix::{Fix, curl};
use super::page::{self, Asked, Permitted};
use crate::model::function::FunctionTarget;
use crate::server::outside::Unanswered;
use crate::server::portal::places;
use std::collections::BTreeMap;

/// A check for each function.
pub(super) async fn check(examination: &Examination) -> Vec<Check> {
    let config = &examination.config;
    let mut targets: BTreeMap<String, FunctionTarget> = BTreeMap::new();
    for role in &config.roles {
        for function in &role.functions {
            let target = places::function(&config.aws, role, function);
            targets.insert(target.arn.clone(), target);
        }
    }
    if targets.is_empty() {
        return vec![Check::not_checked("functions", "no role may invoke one")];
    }
    futures::future::join_all(targets.values().map(|target| of_one(examination, target))).await
}

async fn of_one(examination: &Examination, target: &FunctionTarget) -> Check {
    let subject = format!("function {}", target.name);
    let Some((invoke, stream)) = page::of_function(target, examination.clock.now()) else {
        return Check::not_checked(subject, "its name cannot stand in a URL");
    };
    let (invoked, streamed) = futures::join!(invoke.permitted(examination), stream.permitted(examination));
    match (invoked, streamed) {
        (Err(unanswered), _) | (_, Err(unanswered)) => Check::of(subject, vec![unreachable(target, &unanswered)], ""),
        (Ok(Permitted::Yes(_)), Ok(Permitted::Yes(_))) => Check::fine(subject, "preflights of Invoke and of streaming are allowed"),
        (Ok(Permitted::Yes(_)), Ok(refused)) => Check::of(subject, vec![not_streamed(target, &stream, &refused)], ""),
        (Ok(refused), Ok(_)) => Check::of(subject, vec![not_invoked(examination, target, &invoke, &refused)], ""),
    }
}

fn unreachable(target: &FunctionTarget, unanswered: &Unanswered) -> Finding {
    Finding {
        code: Code::LambdaUnreachable,
        severity: Severity::Warning,
        what: format!("Lambda gives this server no answer for {}.", target.name),
        why: format!("OPTIONS at {}: {unanswered}.", target.endpoint),
        breaks: "Pages invoke functions from people's browsers: where those have no way either, none runs.".to_owned(),
        fix: Fix::say("Try from this server and from a person's device:")
            .run(curl(&target.endpoint))
            .then("A wrong host is aws.lambda_endpoint or aws.region."),
    }
}

fn told(asked: &Asked, permitted: &Permitted) -> String {
    let status = match permitted {
        Permitted::No { status, .. } => format!("status {status} and no permission"),
        Permitted::Elsewhere(_) => "a redirect".to_owned(),
        Permitted::Yes(_) => "permission".to_owned(),
    };
    format!("OPTIONS {} for a POST was answered with {status}.", asked.url)
}

fn not_invoked(examination: &Examination, target: &FunctionTarget, asked: &Asked, permitted: &Permitted) -> Finding {
    let headers: Vec<&str> = asked.headers.iter().copied().collect();
    Finding {
        code: Code::FunctionPreflight,
        severity: Severity::Error,
        what: format!("What answers as Lambda does not let pages of this portal invoke {}.", target.name),
        why: told(asked, permitted),
        breaks: "The function cannot be invoked; the browser says no more than that the network failed.".to_owned(),
        fix: Fix::say(
            "Lambda itself allows it to every page: check aws.lambda_endpoint and aws.region, and that nothing in between answers.",
        )
        .then(format!(
            "Another implementation has to allow the origin {}, the method POST and the request headers {}.",
            examination.config.web.public_url,
            headers.join(", ")
        )),
    }
}

fn not_streamed(target: &FunctionTarget, asked: &Asked, permitted: &Permitted) -> Finding {
    Finding {
        code: Code::FunctionStreaming,
        severity: Severity::Note,
        what: format!("What answers as Lambda does not let pages of this portal stream the answers of {}.", target.name),
        why: told(asked, permitted),
        breaks: "Nothing: answers are shown when they are whole.".to_owned(),
        fix: Fix::say("Where answers are to be streamed, name an endpoint that does in aws.lambda_endpoint."),
    }
}
