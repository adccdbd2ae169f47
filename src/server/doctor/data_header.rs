//! The balancer's part of captured headers, rule by rule.
//!
//! The portal's own [`Authenticator`] judges them, at the time at which they were good. It stops at the
//! first rule that is broken; where that is a value that the configuration does not know, it is asked
//! again as if the configuration knew it, so that one run tells everything that is wrong.

use super::finding::{Check, Code, Finding, Severity};
use super::fix::{Fix, list, shown};
use super::provider::difference;
use super::{Captured, Examination, StandingClock};
use crate::model::clock::{Clock, Timestamp};
use crate::model::error::{ErrorCode, PortalError};
use crate::server::config::{AccessTokenKind, Config, GroupsFrom};
use crate::server::identity::unverified::{UnverifiedData, padded};
use crate::server::identity::{Authenticator, HeaderRule};
use crate::server::partition::Home;
use http::HeaderMap;
use std::sync::Arc;

const SUBJECT: &str = "data header";

/// One check for the rules, one for the time.
pub(super) async fn check(examination: &Examination) -> Vec<Check> {
    let Some(captured) = &examination.captured else {
        return vec![Check::not_checked(SUBJECT, "no headers were given (--headers FILE)")];
    };
    let mut checks = judged(examination, captured).await;
    checks.push(time(examination, captured));
    checks
}

async fn judged(examination: &Examination, captured: &Captured) -> Vec<Check> {
    let mut config = examination.config.clone();
    // The access token is judged apart.
    (config.idp.access_token, config.idp.groups_from) = (AccessTokenKind::Opaque, GroupsFrom::Data);
    let mut findings = Vec::new();
    let data = UnverifiedData::read(captured.headers()).unwrap_or_default();
    loop {
        let error = match authenticate(examination, &config, captured.headers()).await {
            Ok(()) => return vec![Check::of(SUBJECT, findings, "passes every rule at its own time")],
            Err(error) => error,
        };
        let Some(rule) = rule(&error) else {
            let mut checks = vec![Check::not_checked(format!("{SUBJECT}: signature"), trimmed(&error.message))];
            if !findings.is_empty() {
                checks.insert(0, Check::of(SUBJECT, findings, ""));
            }
            return checks;
        };
        if rule == HeaderRule::UnknownKey {
            // What that means is told where the key is looked for.
            let mut checks = vec![Check::not_checked(format!("{SUBJECT}: signature"), "its key is not to be had")];
            if !findings.is_empty() {
                checks.insert(0, Check::of(SUBJECT, findings, ""));
            }
            return checks;
        }
        findings.push(finding(examination, rule, &data, &error, captured.headers()).await);
        if !as_if_known(&mut config, rule, &data) {
            let mut checks = vec![Check::of(SUBJECT, findings, "")];
            if rule != HeaderRule::Identity {
                checks
                    .push(Check::not_checked(format!("{SUBJECT}: rules behind {}", rule.as_str()), "they are judged once that one holds"));
            }
            return checks;
        }
    }
}

/// Makes the configuration know what this rule found unknown; `false` where that cannot be.
fn as_if_known(config: &mut Config, rule: HeaderRule, data: &UnverifiedData) -> bool {
    match (rule, data) {
        (HeaderRule::Signer, UnverifiedData { signer: Some(signer), .. }) => {
            let is_new = !config.alb.signers.contains(signer);
            // Keys of the balancer that the configuration names: a header cannot make this server ask elsewhere.
            if let Some(first) = config.alb.signers.first().filter(|_| config.alb.key_url.is_none()) {
                config.alb.key_url = crate::server::tokens::key_server::documented_base(first);
            }
            config.alb.signers.push(signer.clone());
            is_new
        }
        (HeaderRule::Client, UnverifiedData { client: Some(client), .. }) => {
            config.alb.clients.push(client.clone());
            true
        }
        (HeaderRule::Issuer, UnverifiedData { issuer: Some(issuer), .. }) => {
            config.alb.issuer.clone_from(issuer);
            true
        }
        _ => false,
    }
}

async fn authenticate(examination: &Examination, config: &Config, headers: &HeaderMap) -> Result<(), PortalError> {
    let now = examination.clock.now();
    let own = UnverifiedData::read(headers).and_then(|data| data.expires).map_or(now, |expires| expires.plus_seconds(-1));
    let clock: Arc<dyn Clock> = Arc::new(StandingClock(own));
    Authenticator::new(config, Arc::clone(&examination.fetch), clock).authenticate(headers).await.map(drop)
}

/// A balancer of another account is seldom one's own, so that comes first then.
fn signer_fix(signers: &[String], seen: &str) -> Fix {
    let account = |arn: &str| Home::of_balancer(arn).map(|home| home.account);
    let is_ours = signers.iter().any(|signer| account(signer).is_some() && account(signer) == account(seen));
    let past = "somebody reaches the portal past its balancer: let the security group of the targets take nothing but the balancer. Yours are told by:";
    let region =
        signers.iter().find_map(|signer| Home::of_balancer(signer)).map_or_else(String::new, |home| format!(" --region {}", home.region));
    let yours = format!("aws elbv2 describe-load-balancers{region} --query 'LoadBalancers[].LoadBalancerArn'");
    let own = "write in [alb], without those that are gone:";
    let lines = format!("signers = {}", list(signers.iter().map(String::as_str).chain([seen]).filter(|signer| !signer.is_empty())));
    if is_ours {
        Fix::say(format!("If that is this portal's own balancer, which gets a new ARN when it is created anew, {own}"))
            .configure(lines)
            .then(format!("If it is not, {past}"))
            .run(yours)
    } else {
        Fix::say(format!("No balancer of yours is in that account: {past}"))
            .run(yours)
            .then(format!("If it is one of yours all the same, {own}"))
            .configure(lines)
    }
}

/// The rule that an error names; `None` where it says nothing about the headers.
fn rule(error: &PortalError) -> Option<HeaderRule> {
    if error.code == ErrorCode::NotSignedIn {
        return Some(HeaderRule::Missing);
    }
    let name = error.rule.as_deref()?;
    HeaderRule::ALL.into_iter().find(|rule| rule.as_str() == name)
}

fn trimmed(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

async fn finding(examination: &Examination, rule: HeaderRule, data: &UnverifiedData, error: &PortalError, headers: &HeaderMap) -> Finding {
    let alb = &examination.config.alb;
    let (mut why, mut fix) = match rule {
        HeaderRule::Signer => (
            format!(
                "signer in the header is {}; alb.signers is {}.",
                shown(data.signer.as_deref()),
                list(alb.signers.iter().map(String::as_str))
            ),
            signer_fix(&alb.signers, data.signer.as_deref().unwrap_or_default()),
        ),
        HeaderRule::Client => (
            format!(
                "client in the header is {}; alb.clients is {}.",
                shown(data.client.as_deref()),
                list(alb.clients.iter().map(String::as_str))
            ),
            Fix::say("If the balancer's sign-in action uses that client, write in [alb]:")
                .configure(format!("clients = {}", list(alb.clients.iter().map(String::as_str).chain(data.client.as_deref()))))
                .then("If not, correct UserPoolClientId (or ClientId) in the action."),
        ),
        HeaderRule::Issuer => (
            format!(
                "iss in the header is {}; alb.issuer is “{}”: {}.",
                shown(data.issuer.as_deref()),
                alb.issuer,
                data.issuer.as_deref().map_or("there is none", |issuer| difference(issuer, &alb.issuer)),
            ),
            Fix::say("The header has what the balancer's sign-in action names. If that is the right provider, write in [alb]:")
                .configure(format!("issuer = {}", toml::Value::from(data.issuer.as_deref().unwrap_or(&alb.issuer))))
                .then("If not, correct Issuer (or UserPoolArn) in the action."),
        ),
        HeaderRule::Alg => (format!("alg in the header is {}; a balancer signs with “ES256”.", shown(data.alg.as_deref())), Fix::default()),
        HeaderRule::Kid => {
            (format!("kid in the header is {}; a balancer writes a UUID in small letters.", shown(data.kid.as_deref())), Fix::default())
        }
        HeaderRule::Expired => ("exp in the header is missing, or not a whole number.".to_owned(), Fix::default()),
        HeaderRule::PayloadMismatch => (
            format!(
                "iss is {} in the first part and {} in the second; exp is {} and {}.",
                shown(data.issuer.as_deref()),
                shown(data.payload_issuer.as_deref()),
                told(data.expires),
                told(data.payload_expires),
            ),
            Fix::default(),
        ),
        HeaderRule::Identity => (
            "x-amzn-oidc-identity is missing, or is not sub of x-amzn-oidc-data. (Neither is shown.)".to_owned(),
            Fix::say(
                "Copy all three headers of one request. If they are, something between the balancer and the portal changes headers: take it out, or let it pass x-amzn-oidc-* through as they are.",
            ),
        ),
        HeaderRule::Padding => padding(examination, headers).await,
        HeaderRule::Signature => (
            "The key that the header names does not verify the bytes as they are in the file.".to_owned(),
            Fix::say(
                "Copy the header whole, with every = and no line break in it. If it is whole, something between the balancer and the portal rewrites it, or somebody made it up: let the targets' security group take nothing but the balancer.",
            ),
        ),
        HeaderRule::Missing => (
            "The file holds none of the headers, or others but not x-amzn-oidc-data.".to_owned(),
            Fix::say(
                "Copy all three headers of one request behind the balancer. If the request had none, its listener rule has no authenticate action, or something in between removes them.",
            ),
        ),
        _ => (error.message.clone(), Fix::default()),
    };
    if why.is_empty() {
        why.clone_from(&error.message);
    }
    if fix.is_empty() {
        fix = Fix::say(error.next_step.clone());
    }
    Finding {
        code: Code::Header(rule),
        severity: Severity::Error,
        what: error.message.clone(),
        why,
        breaks: format!("Requests with such headers are refused with header_rejected, rule {}.", rule.as_str()),
        fix,
    }
}

/// Padding that is missing is put back, to see whether that is all.
async fn padding(examination: &Examination, headers: &HeaderMap) -> (String, Fix) {
    let Some(padded) = padded(headers) else {
        return (
            "A part of the header ends in another number of = than base64 asks for.".to_owned(),
            Fix::say(
                "Copy the header whole. If it is whole, something between the balancer and the portal rewrites it: let it pass x-amzn-oidc-* through as they are.",
            ),
        );
    };
    let mut config = examination.config.clone();
    (config.idp.access_token, config.idp.groups_from) = (AccessTokenKind::Opaque, GroupsFrom::Data);
    let seen = match authenticate(examination, &config, &padded).await {
        Ok(()) => "With the = put back the signature holds and every rule is kept, so they were taken away after the balancer had signed."
            .to_owned(),
        Err(error) => match rule(&error) {
            Some(rule) => {
                format!("The = are missing from all three parts; with them put back the next rule that is broken is {}.", rule.as_str())
            }
            None => "The = are missing from all three parts; the signature could not be tried with them put back.".to_owned(),
        },
    };
    (
        seen,
        Fix::say("Find what takes = away between the balancer and the portal, and have it pass x-amzn-oidc-data through as it is: a proxy or gateway that decodes and re-encodes JWTs, a WAF, or the tool that captured the file.")
            .then("The padding is part of what the balancer signs, so it cannot be put back by the portal."),
    )
}

fn told(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "nothing".to_owned(), |time| time.to_string())
}

/// Captured headers are over within minutes, which is no fault of anybody's.
fn time(examination: &Examination, captured: &Captured) -> Check {
    const SUBJECT: &str = "data header's time";
    let now = examination.clock.now();
    let Some(expires) = UnverifiedData::read(captured.headers()).and_then(|data| data.expires) else {
        return Check::not_checked(SUBJECT, "the header does not say when it expires");
    };
    let past = now.millis_since(expires) / 1_000;
    if past < i64::from(examination.config.alb.leeway_seconds) {
        return Check::fine(SUBJECT, format!("good until {expires}"));
    }
    let finding = Finding {
        code: Code::HeadersExpired,
        severity: Severity::Note,
        what: format!("The captured data header expired {} ago.", span(past)),
        why: format!("Its exp is {expires}, and it is {now}. It was judged at its own time."),
        breaks: "Nothing: a balancer signs a header for about a minute. A trial mint needs headers that are still good.".to_owned(),
        fix: Fix::say("Capture headers anew where that matters. If fresh ones are over too, set this server's clock. How far it is off:")
            .run("chronyc tracking"),
    };
    Check::of(SUBJECT, vec![finding], "")
}

/// A span of time in its largest unit.
pub(super) fn span(seconds: i64) -> String {
    let (count, unit) = match seconds {
        ..=119 => (seconds, "second"),
        120..=7_199 => (seconds / 60, "minute"),
        7_200..=172_799 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
