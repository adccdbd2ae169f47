//! What is printed: lines for people, JSON for programs, and no secret in either.

use super::stub::{self, Answers};
use super::{configuration, examination, tokens};
use crate::model::clock::Clock;
use crate::model::secret::Secret;
use crate::server::doctor::{Check, Code, Examination, Finding, Fix, Report, Severity};
use crate::server::identity::tests::signed;
use crate::server::identity::tests::world::World;
use crate::server::outside::{Ask, Question, Reply, Unanswered};
use async_trait::async_trait;
use http::HeaderMap;
use serde_json::{Value, json};
use std::sync::Arc;

fn finding(severity: Severity, what: &str) -> Finding {
    Finding {
        code: Code::KeyServerRedirect,
        severity,
        what: what.to_owned(),
        why: "Seen.".to_owned(),
        breaks: "All.".to_owned(),
        fix: Fix::say("First line\nsecond line:")
            .run("aws one\naws two")
            .then("Or write in [alb]:")
            .configure("a = 1")
            .then("And there:")
            .document("trust policy", "{}"),
    }
}

#[test]
fn a_line_a_check_and_findings_in_full() {
    let report = Report::new(
        vec![
            Check::fine("one", "seen"),
            Check::not_checked("longer name", "nobody could"),
            Check::of("third", vec![finding(Severity::Error, "It is wrong.")], ""),
        ],
        &[],
    );
    let expected = "\
ok           one          seen
not checked  longer name  because nobody could
finding      third        key-server-redirect

error: key-server-redirect
  what    It is wrong.
  why     Seen.
  breaks  All.
  fix     First line
          second line:

              aws one
              aws two

          Or write in [alb]:

              a = 1

          And there:

              {}

  more    src/docs/doctor.md#key-server-redirect

1 error, 0 warnings, 0 notes; 2 checks run, 1 not.
";
    assert_eq!(report.text(), expected);
    let json: Value = serde_json::from_str(&report.json()).unwrap();
    let found = json!({"code": "key-server-redirect", "severity": "error", "what": "It is wrong.", "why": "Seen.", "breaks": "All.",
    "fix": [
        {"kind": "say", "text": "First line\nsecond line:"}, {"kind": "run", "text": "aws one\naws two"},
        {"kind": "say", "text": "Or write in [alb]:"}, {"kind": "configure", "text": "a = 1"},
        {"kind": "say", "text": "And there:"}, {"kind": "document", "name": "trust policy", "text": "{}"},
    ]});
    assert_eq!(json["findings"], json!([found]));
    let outcomes: Vec<&str> = json["checks"].as_array().unwrap().iter().map(|check| check["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["ok", "not_checked", "finding"]);
}

#[test]
fn notes_leave_a_report_clean() {
    let clean = |severity| Report::new(vec![Check::of("x", vec![finding(severity, "So.")], "")], &[]).is_clean();
    assert!(clean(Severity::Note) && !clean(Severity::Warning) && !clean(Severity::Error));
    assert!(Report::new(Vec::new(), &[]).is_clean());
}

#[test]
fn what_repeats_a_secret_is_withheld() {
    let secret = Secret::new("eyJhbGciOiJFUzI1NiJ9.the-secret-part");
    let mut checks = vec![
        Check::fine("fine", "it says the-secret-part"),
        Check::not_checked("not", "the-secret-part"),
        Check::of("found", vec![finding(Severity::Error, "the-secret-part was seen")], ""),
    ];
    checks.push(Check::fine("the-secret-part", ""));
    let fix =
        Fix::say("the-secret-part").run("the-secret-part").configure("the-secret-part").document("the-secret-part", "the-secret-part");
    checks.push(Check::of("fix", vec![Finding { fix, ..finding(Severity::Error, "It is wrong.") }], ""));
    let report = Report::new(checks, &[secret]);
    for printed in [report.text(), report.json(), format!("{report:?}")] {
        assert!(!printed.contains("the-secret") && printed.contains("withheld"), "{printed}");
    }
}

#[test]
fn what_repeats_a_secret_whole_stays_readable_without_it() {
    let secret = Secret::new("b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41");
    let said = format!("User: arn:aws:sts::1:assumed-role/analyst/{}.trial is not authorized", secret.expose());
    let report = Report::new(vec![Check::of("found", vec![finding(Severity::Error, &said)], "")], &[secret]);
    assert!(report.text().contains("assumed-role/analyst/(withheld).trial is not authorized"), "{}", report.text());
}

/// Members that hold a token are shown as found values, and hold what must not be seen.
#[tokio::test]
async fn a_header_that_repeats_the_token_shows_nothing_of_it() {
    let world = World::new();
    let (listener, url) = stub::listener().await;
    stub::serve(listener, &url, String::new(), Answers::default(), world.clock.time());
    let (mut data, token) = tokens(&world, &url);
    let token = token.signed();
    for member in ["signer", "client", "alg", "kid", "iss"] {
        data.header.set(member, json!(token));
    }
    let headers = signed::headers(&data.signed(), signed::SUBJECT, &token);
    let report = examination(&configuration(&url), &[], Some(&headers), Arc::clone(&world.clock) as Arc<dyn Clock>).run().await;
    assert!(!report.is_clean());
    for printed in [report.text(), report.json()] {
        crate::server::identity::tests::secrecy::assert_no_token_part(&printed, &headers);
    }
}

/// Says 403 to everything, as AWS's key servers do at their root.
struct Forbidding;

#[async_trait]
impl Ask for Forbidding {
    async fn ask(&self, _question: Question) -> Result<Reply, Unanswered> {
        Ok(Reply { status: 403, headers: HeaderMap::new(), body: Vec::new() })
    }
}

#[tokio::test]
async fn a_key_server_of_another_region_is_told_with_and_without_proof() {
    let world = World::new();
    let text = configuration("http://127.0.0.1:1")
        .replace("issuer = \"http://127.0.0.1:1/pool\"", &format!("issuer = \"{}\"", signed::ISSUER))
        .replace("key_url = \"http://127.0.0.1:1/keys\"", "key_url = \"https://public-keys.auth.elb.us-east-1.amazonaws.com\"");
    let headers = signed::headers(&signed::DataHeader::new(&world).signed(), signed::SUBJECT, &signed::AccessToken::new(&world).signed());
    let mut examination: Examination = examination(&text, &[], Some(&headers), Arc::clone(&world.clock) as Arc<dyn Clock>);
    (examination.fetch, examination.ask) = (world.fetch(), Arc::new(Forbidding));
    let report = examination.run().await;
    let findings: Vec<&Finding> = report.findings().filter(|finding| finding.severity == Severity::Error).collect();
    assert_eq!(findings[0].code, Code::KeyServerRegion);
    assert!(findings[0].why.contains("us-east-1") && findings[0].why.contains("eu-west-1"), "{}", findings[0].why);
    assert!(findings[0].fix.text().contains("key_url = \"https://public-keys.auth.elb.eu-west-1.amazonaws.com\""), "{:?}", findings[0].fix);
    // The key that the header names is where the signer's own region publishes it.
    assert_eq!(findings[1].code.to_string(), "data-header-unknown-key");
    assert!(
        findings[1].fix.text().contains("The key is at https://public-keys.auth.elb.eu-west-1.amazonaws.com/"),
        "{:?}",
        findings[1].fix
    );
}

/// GovCloud (US) publishes its keys in buckets, by region; China is not documented, so that nothing but the configuration knows.
#[tokio::test]
async fn a_key_server_of_another_region_of_govcloud_is_told() {
    let world = World::new();
    let signer = "arn:aws-us-gov:elasticloadbalancing:us-gov-east-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188";
    let bucket = |region: &str| format!("https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}");
    let text = configuration("http://127.0.0.1:1")
        .replace(signed::SIGNER, signer)
        .replace("http://127.0.0.1:1/keys", &bucket("us-gov-west-1"))
        .replace("arn:aws:iam", "arn:aws-us-gov:iam");
    let mut examination = examination(&text, &[], None, Arc::clone(&world.clock) as Arc<dyn Clock>);
    (examination.fetch, examination.ask) = (world.fetch(), Arc::new(Forbidding));
    let report = examination.run().await;
    let found = report.findings().find(|finding| finding.code == Code::KeyServerRegion).unwrap();
    assert!(found.why.contains("us-gov-west-1") && found.why.contains("us-gov-east-1"), "{}", found.why);
    let parts: Vec<&str> = found.fix.parts().iter().map(|part| part.text().as_str()).collect();
    assert_eq!(parts[1], format!("key_url = \"{}\"", bucket("us-gov-east-1")));
    let china = text
        .replace("aws-us-gov:", "aws-cn:")
        .replace("us-gov-east-1", "cn-north-1")
        .replace(&bucket("us-gov-west-1"), "https://keys.example.cn");
    let mut examination = super::examination(&china, &[], None, Arc::clone(&world.clock) as Arc<dyn Clock>);
    (examination.fetch, examination.ask) = (world.fetch(), Arc::new(Forbidding));
    let report = examination.run().await;
    assert!(report.findings().all(|finding| finding.code != Code::KeyServerRegion), "{}", report.text());
    assert!(report.text().contains("key server https://keys.example.cn"), "{}", report.text());
}
