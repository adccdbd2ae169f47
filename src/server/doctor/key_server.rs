//! Where the balancer's keys come from: reachable, of the right region, and with captured headers the
//! very key that they name.

use super::Examination;
use super::finding::{Check, Code, Finding, Severity};
use super::fix::{Fix, curl, shown};
use crate::server::identity::HeaderRule;
use crate::server::identity::unverified::UnverifiedData;
use crate::server::outside::{Question, Unanswered};
use crate::server::tokens::key_server::{KeyError, KeyServer, documented_base, key_url};
use crate::server::tokens::kid::Kid;
use std::sync::Arc;
use url::Url;

const BREAKS: &str = "No header of the balancer can be verified without its key: every request is refused, and nobody gets in.";

/// A key id that no balancer has.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// One check for each key server, then one for the captured headers' key.
pub(super) async fn check(examination: &Examination) -> Vec<Check> {
    let alb = &examination.config.alb;
    let mut bases: Vec<Url> = Vec::new();
    for signer in &alb.signers {
        if let Some(base) = alb.key_url.clone().or_else(|| documented_base(signer))
            && !bases.contains(&base)
        {
            bases.push(base);
        }
    }
    let mut checks = vec![region(examination)];
    checks.extend(futures::future::join_all(bases.iter().map(|base| reachable(examination, base))).await);
    checks.push(key(examination).await);
    checks
}

/// Whether `alb.key_url` is where AWS publishes the keys of another region.
fn region(examination: &Examination) -> Check {
    const SUBJECT: &str = "key server's region";
    let alb = &examination.config.alb;
    let Some(configured) = &alb.key_url else { return Check::fine(SUBJECT, "from the signers' ARNs") };
    if !is_of_aws(configured) {
        return Check::fine(SUBJECT, "alb.key_url is an address of your own");
    }
    let found = alb
        .signers
        .iter()
        .filter_map(|signer| documented_base(signer).map(|base| (signer, base)))
        .filter(|(_, base)| !same(base, configured));
    let findings = found.map(|(signer, base)| Finding {
        code: Code::KeyServerRegion,
        severity: Severity::Error,
        what: "alb.key_url is the key server of another region than the balancer's.".to_owned(),
        why: format!("alb.key_url is {configured}; the keys of {signer} are at {base}."),
        breaks: BREAKS.to_owned(),
        fix: Fix::say("Take key_url out of [alb]: it follows from alb.signers. Or write there:")
            .configure(format!("key_url = \"{}\"", base.as_str().trim_end_matches('/'))),
    });
    Check::of(SUBJECT, findings.collect(), "alb.key_url and alb.signers agree")
}

/// Whether AWS documents an address like this one.
fn is_of_aws(url: &Url) -> bool {
    url.host_str().is_some_and(|host| host.starts_with("public-keys.auth.elb.")) || url.path().contains("aws-elb-public-keys-prod-")
}

fn same(one: &Url, other: &Url) -> bool {
    one.as_str().trim_end_matches('/') == other.as_str().trim_end_matches('/')
}

/// Any answer to a question for a key that nobody has will do. TLS has been checked by then.
async fn reachable(examination: &Examination, base: &Url) -> Check {
    let subject = format!("key server {}", base.as_str().trim_end_matches('/'));
    let Some(nobody) = Kid::parse(NOBODY) else { return Check::not_checked(subject, "there is nothing to ask it for") };
    let url = key_url(base, nobody);
    match examination.ask.ask(Question::get(url.clone())).await {
        Ok(reply) if (300..400).contains(&reply.status) => Check::of(
            subject,
            vec![Finding {
                code: Code::KeyServerRedirect,
                severity: Severity::Error,
                what: "What answers as the balancer's key server sends elsewhere.".to_owned(),
                why: format!("GET {url} was answered with status {} and Location {}.", reply.status, shown(reply.header("location"))),
                breaks: format!("The portal follows no redirect to a key. {BREAKS}"),
                fix: Fix::say("Name the address itself in alb.key_url, or take key_url out.")
                    .then("A sign-in page of the network in between is to be opened for this server."),
            }],
            "",
        ),
        Ok(reply) => Check::fine(subject, format!("answers (status {})", reply.status)),
        Err(unanswered) => Check::of(subject, vec![unreachable(base, &unanswered)], ""),
    }
}

fn unreachable(base: &Url, unanswered: &Unanswered) -> Finding {
    let host = base.host_str().unwrap_or_default();
    Finding {
        code: Code::KeyServerUnreachable,
        severity: Severity::Error,
        what: format!("The balancer's key server {base} gives no answer."),
        why: format!("GET {base}: {unanswered}."),
        breaks: BREAKS.to_owned(),
        fix: Fix::say(format!(
            "Let this server reach {host} at port {}: outbound rule of its security group, route (NAT gateway), DNS. Try from it:",
            base.port_or_known_default().unwrap_or(443),
        ))
        .run(curl(base.as_str())),
    }
}

/// The key that captured headers name.
async fn key(examination: &Examination) -> Check {
    const SUBJECT: &str = "key of the captured header";
    let Some(captured) = &examination.captured else { return Check::not_checked(SUBJECT, "no headers were given (--headers FILE)") };
    let data = UnverifiedData::read(captured.headers()).unwrap_or_default();
    let Some(kid) = data.kid.as_deref().and_then(Kid::parse) else {
        return Check::not_checked(SUBJECT, "the data header names no key that could be asked for");
    };
    let alb = &examination.config.alb;
    // A signer that nobody configured makes the portal speak to nobody.
    let signer = alb.signers.iter().find(|signer| data.signer.as_ref() == Some(signer)).or(alb.signers.first());
    let base = alb.key_url.clone().or_else(|| signer.and_then(|signer| documented_base(signer)));
    let Some(base) = base else { return Check::not_checked(SUBJECT, "where the keys are is not known") };
    let url = key_url(&base, kid);
    match KeyServer::new(base, Arc::clone(&examination.fetch), Arc::clone(&examination.clock)).key(kid).await {
        Ok(_) => Check::fine(SUBJECT, format!("{url} is an EC P-256 key")),
        Err(KeyError::Unavailable(reason)) => Check::not_checked(SUBJECT, format!("{reason}")),
        Err(KeyError::Unknown) => {
            let said = match examination.ask.ask(Question::get(url.clone())).await {
                Ok(reply) if reply.status == 200 => "holds a key of another kind than EC P-256".to_owned(),
                Ok(reply) => format!("was answered with status {}", reply.status),
                Err(unanswered) => format!("gave no answer: {unanswered}"),
            };
            let finding = Finding {
                code: Code::Header(HeaderRule::UnknownKey),
                severity: Severity::Error,
                what: "The key server does not have the key that the captured data header names.".to_owned(),
                why: format!("{url} {said}."),
                breaks: "Requests with such headers are refused with header_rejected, rule unknown_key.".to_owned(),
                fix: elsewhere(examination, kid).await,
            };
            Check::of(SUBJECT, vec![finding], "")
        }
    }
}

/// Whether the key is where AWS documents it for one of the signers.
async fn elsewhere(examination: &Examination, kid: Kid) -> Fix {
    let alb = &examination.config.alb;
    for base in alb.signers.iter().filter_map(|signer| documented_base(signer)) {
        if alb.key_url.as_ref().is_some_and(|configured| is_of_aws(configured) && !same(configured, &base))
            && KeyServer::new(base.clone(), Arc::clone(&examination.fetch), Arc::clone(&examination.clock)).key(kid).await.is_ok()
        {
            return Fix::say(format!("The key is at {base}: take key_url out of [alb], which then follows from alb.signers."));
        }
    }
    Fix::say("Capture headers anew: balancers change their keys, and keys of the past are no longer published.")
        .then("If fresh ones name a key that is not there either, compare the region in alb.signers and alb.key_url with the balancer's.")
}
