//! The case folders below `src/tests/cases/doctor`: each describes one mistake, what the doctor must find
//! and what of the fix must be in it. Everything that a case does not mention is as it should be.

use super::stub::{self, Answers};
use super::{configuration, examination, tokens};
use crate::model::clock::Clock;
use crate::model::examination::FixPart;
use crate::server::config::Config;
use crate::server::doctor::{Code, Finding, Fix, Outcome, Report, Severity};
use crate::server::http::silence::{Closer, Silences};
use crate::server::identity::tests::described::{self, AccessTokenChange, DataChange, Request};
use crate::server::identity::tests::secrecy::assert_no_token_part;
use crate::server::identity::tests::signed;
use crate::server::identity::tests::world::World;
use crate::server::own_identity::OwnIdentity;
use crate::server::portal::{issuer, minters};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use futures::StreamExt;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;

/// Cases at a time: more would make each other wait past their time limits.
const AT_ONCE: usize = 6;
/// Stands for the address of the stand-in.
const STUB: &str = "{stub}";
/// The same without the scheme.
const HOST: &str = "{host}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What is wrong, and why it matters.
    about: String,
    /// Everything that must be found, in order.
    #[serde(default)]
    expect: Vec<Expected>,
    /// Beginnings of the subjects that cannot be checked.
    #[serde(default)]
    not_checked: Vec<String>,
    /// No headers are given.
    #[serde(default)]
    without_headers: bool,
    /// Variables laid over the configuration, without `VESTIBULE_`.
    #[serde(default)]
    config: BTreeMap<String, String>,
    /// Lines put behind the configuration.
    #[serde(default)]
    config_end: String,
    /// Mints are tried.
    #[serde(default)]
    mint: bool,
    #[serde(default)]
    request: Request,
    #[serde(default)]
    data: DataChange,
    #[serde(default)]
    access_token: AccessTokenChange,
    #[serde(default)]
    answers: Answers,
    /// Silent connections that the balancer and the portal have closed.
    #[serde(default = "closed_by_the_balancer")]
    silences: [u32; 2],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    code: String,
    #[serde(default = "error")]
    severity: String,
    /// Parts of what is wrong, how it was seen and what it breaks.
    #[serde(default)]
    says: Vec<String>,
    /// Parts of the fix.
    fix: Vec<String>,
}

/// The server's own identity, for strategies that sign.
fn own_identity(config: &Config) -> OwnIdentity {
    let credentials =
        Credentials::new("ASIAOWN", "the-servers-own-secret-access-key", Some("the-servers-own-session-token".into()), None, "test");
    OwnIdentity::given(&config.aws, SharedCredentialsProvider::new(credentials))
}

fn closed_by_the_balancer() -> [u32; 2] {
    [1, 0]
}

fn error() -> String {
    "error".to_owned()
}

impl Case {
    async fn run(&self, listener: tokio::net::TcpListener, url: &str) -> Report {
        let world = World::new();
        let now = world.clock.time();
        let (data, token) = tokens(&world, url);
        let headers = self.request.headers(self.data.written(data, now), self.access_token.written(token, now));
        let environment: Vec<(String, String)> =
            self.config.iter().map(|(name, value)| (format!("VESTIBULE_{name}"), value.clone())).collect();
        let captured = (!self.without_headers).then_some(&headers);
        let clock = Arc::clone(&world.clock) as Arc<dyn Clock>;
        let text = format!("{}{}", configuration(url), self.config_end);
        let mut examination = examination(&text, &environment, captured, Arc::clone(&clock));
        examination.trial = self.mint.then(|| minters(&examination.config, &own_identity(&examination.config), &clock).unwrap());
        let has_iam = examination.config.revocation.iam_endpoint.is_some();
        examination.identity = has_iam.then(|| own_identity(&examination.config));
        let own = issuer(&examination.config, &own_identity(&examination.config), &clock).unwrap();
        let own_keys = match &own {
            Some(own) => own.key_set().await.unwrap(),
            None => String::new(),
        };
        examination.issuer = Ok(own);
        stub::serve(listener, url, own_keys, self.answers.clone(), now);
        let silences = Silences::default();
        for (count, closer) in self.silences.iter().zip([Closer::Balancer, Closer::Portal]) {
            (0..*count).for_each(|_| silences.ended_by(closer));
        }
        examination.silences = Some(silences);
        let report = examination.run().await;
        for printed in [report.text(), report.json(), format!("{report:?}")] {
            assert_no_token_part(&printed, &headers);
            for secret in [signed::SUBJECT, "ana@example.com", "the-minted", "the-servers-own"] {
                assert!(!printed.contains(secret), "{secret} in {printed}");
            }
        }
        report
    }

    /// What is not as the case says; empty when all is.
    fn differences(&self, report: &Report) -> Vec<String> {
        let mut differences = Vec::new();
        // That the whole portal is in clear on loopback is known.
        let is_known = |finding: &Finding| finding.severity == Severity::Note && finding.code == Code::Configuration;
        let found: Vec<&Finding> = report.findings().filter(|finding| !is_known(finding)).collect();
        let named = |code: &str, severity: &str| format!("{severity} {code}");
        let codes: Vec<String> = found.iter().map(|finding| named(&finding.code.to_string(), finding.severity.as_str())).collect();
        let wanted: Vec<String> = self.expect.iter().map(|expected| named(&expected.code, &expected.severity)).collect();
        if codes != wanted {
            differences.push(format!("wanted {wanted:?}, found {codes:?}"));
        }
        for (finding, expected) in found.iter().zip(&self.expect) {
            let said = format!("{} {} {}", finding.what, finding.why, finding.breaks);
            let missing = |text: &str, parts: &[String]| parts.iter().find(|part| !text.contains(*part)).cloned();
            if let Some(part) = missing(&said, &expected.says) {
                differences.push(format!("does not say {part:?}: {said}"));
            }
            if let Some(part) = missing(&finding.fix.text(), &expected.fix) {
                differences.push(format!("has no {part:?} in its fix: {}", finding.fix.text()));
            }
            for text in [&finding.what, &finding.why, &finding.breaks, &finding.fix.text()] {
                if text.trim().is_empty() || text.contains("  ") {
                    differences.push(format!("has a text that is none: {finding:?}"));
                }
            }
            differences.extend(unusable(&finding.fix).map(|part| format!("has what cannot be used as it stands: {part}")));
        }
        let not_run = report.checks().iter().filter(|check| matches!(check.outcome, Outcome::NotChecked(_)));
        let not_run: Vec<&str> = not_run
            .map(|check| check.subject.as_str())
            .filter(|subject| {
                // Few cases have a way to these.
                let is_known = ["balancer", "trust policies", "IAM OIDC providers"].contains(subject)
                    && !self.not_checked.iter().any(|wanted| wanted == subject);
                (self.mint || *subject != "trial mints") && !is_known
            })
            .collect();
        if not_run.len() != self.not_checked.len()
            || !self.not_checked.iter().zip(&not_run).all(|(wanted, subject)| subject.starts_with(wanted.as_str()))
        {
            differences.push(format!("did not check {not_run:?}"));
        }
        differences
    }
}

/// Parts of a fix that are not what they are said to be: commands that no shell takes, lines that are no TOML, words to be
/// replaced that no sentence names, and something to copy that stands where no sentence leads to it.
fn unusable(fix: &Fix) -> impl Iterator<Item = String> {
    let parts = fix.parts();
    let said: String = parts.iter().filter(|part| matches!(part, FixPart::Say { .. })).map(|part| part.text().as_str()).collect();
    let is_bad = move |at: usize, part: &FixPart| match part {
        FixPart::Say { text } => text.contains('\n') || ["aws ", "curl "].iter().any(|begin| text.starts_with(begin)),
        copied if at == 0 || !matches!(parts[at - 1], FixPart::Say { .. }) || copied.text().is_empty() => true,
        FixPart::Run { text } => !is_shell(text) || capitals(text).any(|word| !said.contains(word)),
        FixPart::Configure { text } => toml::from_str::<toml::Table>(text).is_err() || capitals(text).next().is_some(),
        FixPart::Document { name, text } => {
            name.is_empty() || text.starts_with('"') && serde_json::from_str::<Value>(&format!("{{{text}}}")).is_err()
        }
    };
    parts.iter().enumerate().filter(move |(at, part)| is_bad(*at, part)).map(|(_, part)| format!("{part:?}"))
}

/// Whether a shell reads these commands; it runs none.
fn is_shell(commands: &str) -> bool {
    Command::new("sh").args(["-n", "-c", commands]).status().is_ok_and(|status| status.success())
}

/// Words that stand for something else: `PORTAL-ROLE`.
fn capitals(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|letter: char| !letter.is_ascii_uppercase() && letter != '-').map(|word| word.trim_matches('-'));
    words.filter(|word| word.contains('-') || ["POOL", "CLIENT", "REGION", "AUDIENCE", "NAME"].contains(word))
}

#[test]
fn what_cannot_be_used_is_noticed() {
    let say = || Fix::say("PORTAL-ROLE stands for it:");
    let sound = [
        say().run("aws iam a --b PORTAL-ROLE\nA=$(aws b)"),
        say().configure("a = [\"b\"]"),
        say().document("policy", "\"Action\": [\"a\"]"),
        say().document("trigger", "a = b;"),
    ];
    for fix in sound {
        assert_eq!(unusable(&fix).collect::<Vec<_>>(), Vec::<String>::new());
    }
    let wrong = [
        say().run("aws 'iam"),
        say().run("aws iam a --b OTHER-ROLE"),
        say().run("aws iam a").run("aws iam b"),
        say().configure("a = b"),
        say().document("policy", "\"Action\": [a]"),
        Fix::default().run("aws iam a"),
        Fix::say("aws iam a"),
        Fix::say("Do:\naws iam a"),
    ];
    for fix in wrong {
        assert_eq!(unusable(&fix).count(), 1, "{fix:?}");
    }
}

#[tokio::test]
async fn every_case_comes_out_as_it_says() {
    let runs = described::texts("doctor").into_iter().map(async |(name, text)| {
        let (listener, url) = stub::listener().await;
        let host = url.split_once("://").unwrap().1;
        let case: Case = toml::from_str(&text.replace(STUB, &url).replace(HOST, host)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let report = case.run(listener, &url).await;
        let differences = case.differences(&report);
        (!differences.is_empty()).then(|| format!("{name} ({}): {}", case.about, differences.join("; ")))
    });
    let wrong: Vec<String> = futures::stream::iter(runs).buffer_unordered(AT_ONCE).filter_map(async |wrong| wrong).collect().await;
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Codes and the handbook's headings are the same.
#[test]
fn every_code_is_in_the_handbook() {
    let page = include_str!("../../../docs/doctor.md");
    let headings: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let codes: Vec<String> = Code::all().map(|code| code.to_string()).collect();
    assert_eq!(codes.iter().map(String::as_str).collect::<BTreeSet<_>>(), headings);
}

#[test]
fn every_code_has_a_case() {
    // Of AWS's own addresses, which no stand-in answers for: see `printed`.
    let excused = BTreeSet::from(["key-server-region"]);
    let cases = described::cases::<Case>("doctor", |text| text.replace(STUB, "http://127.0.0.1:1").replace(HOST, "127.0.0.1:1"));
    let covered: BTreeSet<&str> = cases.iter().flat_map(|(_, case)| case.expect.iter().map(|expected| expected.code.as_str())).collect();
    let missing: Vec<String> = Code::all()
        .map(|code| code.to_string())
        .filter(|code| !covered.contains(code.as_str()) && !excused.contains(code.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
