//! STS and S3: whether they answer this server, and whether they agree with it on the time.
//!
//! A signature holds for 15 minutes at S3 and five at most services; tokens are held to seconds.

use super::Examination;
use super::data_header::span;
use super::finding::{Check, Code, Finding, Severity};
use super::fix::{Fix, curl};
use crate::model::clock::Timestamp;
use crate::server::config::Role;
use crate::server::outside::{Question, Unanswered};
use crate::server::partition;
use url::Url;

/// Seconds of difference from which tokens begin to be refused.
const NOTICEABLE: i64 = 60;
/// Seconds of difference from which most of AWS's services refuse signatures.
const REFUSED: i64 = 300;

/// STS answers; the time agrees with STS and S3.
pub(super) async fn check(examination: &Examination) -> Vec<Check> {
    let config = &examination.config;
    let domain = config.roles.first().map_or("amazonaws.com", |role: &Role| partition::domain(role.arn.partition()));
    let own = |service: &str| Url::parse(&format!("https://{service}.{}.{domain}", config.aws.region)).ok();
    let sts = config.aws.sts_endpoint.clone().or_else(|| own("sts"));
    let s3 = config.aws.s3_endpoint.clone().or_else(|| own("s3"));
    let (sts, s3) = futures::join!(of_one(examination, "STS", sts), of_one(examination, "S3", s3));
    sts.into_iter().chain(s3).collect()
}

async fn of_one(examination: &Examination, service: &str, url: Option<Url>) -> Vec<Check> {
    let clock = format!("clock against {service}");
    let Some(url) = url else { return vec![Check::not_checked(clock, "its address is not known")] };
    let asked = examination.clock.now();
    let reply = examination.ask.ask(Question::get(url.clone())).await;
    let answered = examination.clock.now();
    let reply = match reply {
        Ok(reply) => reply,
        // S3 is the browser's to reach; that is told with the buckets.
        Err(_) if service == "S3" => return vec![Check::not_checked(clock, "S3 gives no answer")],
        Err(unanswered) => {
            return vec![Check::of(service, vec![unreachable(&url, &unanswered)], ""), Check::not_checked(clock, "STS gives no answer")];
        }
    };
    let told = reply.header("date").and_then(Timestamp::parse_http_date);
    let clock = match told {
        None => Check::not_checked(clock, "the answer does not say what time it is"),
        // Half way between question and answer; HTTP tells whole seconds.
        Some(told) => compared(clock, service, told, asked.plus_millis(answered.millis_since(asked) / 2)),
    };
    let answers = (service == "STS")
        .then(|| Check::fine(service, format!("{} answers (status {})", url.as_str().trim_end_matches('/'), reply.status)));
    answers.into_iter().chain([clock]).collect()
}

fn compared(subject: String, service: &str, told: Timestamp, now: Timestamp) -> Check {
    let seconds = now.millis_since(told) / 1_000;
    let off = seconds.abs();
    if off <= NOTICEABLE {
        return Check::fine(subject, if off <= 1 { "agrees".to_owned() } else { format!("{} apart", span(off)) });
    }
    let finding = Finding {
        code: Code::ClockSkew,
        severity: if off > REFUSED { Severity::Error } else { Severity::Warning },
        what: format!("This server's clock is {} {} {service}'s.", span(off), if seconds > 0 { "ahead of" } else { "behind" }),
        why: format!("It is {now} here, and Date of {service}'s answer is {told}."),
        breaks: "Tokens that are good are refused as expired, or expired ones taken; signatures of the server's own are refused from five minutes on; pages show wrong times.".to_owned(),
        fix: Fix::say("Set the clock, and keep it set, with chrony and the Amazon Time Sync Service (169.254.169.123):").run("chronyc makestep"),
    };
    Check::of(subject, vec![finding], "")
}

fn unreachable(url: &Url, unanswered: &Unanswered) -> Finding {
    Finding {
        code: Code::StsUnreachable,
        severity: Severity::Error,
        what: "STS gives this server no answer.".to_owned(),
        why: format!("GET {url}: {unanswered}."),
        breaks: "Nobody is given credentials: every mint is answered with mint_unavailable.".to_owned(),
        fix: Fix::say(format!(
            "Let this server reach {} at port {}: outbound rule of its security group, route (NAT gateway or VPC endpoint of sts), DNS. Try from it:",
            url.host_str().unwrap_or_default(),
            url.port_or_known_default().unwrap_or(443),
        ))
        .run(curl(url.as_str())),
    }
}
