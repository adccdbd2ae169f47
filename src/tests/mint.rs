//! Minting: what STS is asked, and what becomes of everything that it answers.

use crate::balancer::Person;
use crate::captured_log;
use crate::sts::{Answer, REQUEST_ID};
use crate::world::World;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use vestibule::model::clock::Clock;
use vestibule::server::config::SessionPolicy;

const MINT: &str = r#"{"role":"analyst"}"#;

#[tokio::test]
async fn sts_is_asked_for_no_more_than_the_role_opens() {
    let world = World::new().await;
    let ana = Person::analyst();
    let answer = world.call("/api/credentials", &ana, MINT).await.json();
    let asked = &world.sts.asked()[0];
    let expected = json!({
        "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": "arn:aws:iam::111122223333:role/portal-analyst",
        "DurationSeconds": "3600", "WebIdentityToken": ana.token(world.clock.now()),
        "RoleSessionName": format!("{}.{}", ana.subject, answer["session_id"].as_str().unwrap()),
        "Policy": asked["Policy"],
    });
    assert_eq!(json!(asked), expected, "and nothing else");
    assert_eq!(
        serde_json::from_str::<Value>(&asked["Policy"]).unwrap(),
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:echo"},
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::dotted.name/*", "arn:aws:s3:::reports/team/*"]},
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::dotted.name"},
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::reports",
             "Condition": {"StringLike": {"s3:prefix": "team/*"}}},
        ]})
    );
}

#[tokio::test]
async fn managed_policies_and_none_are_passed_on() {
    let arn = "arn:aws:iam::111122223333:policy/portal".to_owned();
    let managed = SessionPolicy::Managed { policy_arns: vec![arn.clone()] };
    for (policy, expected) in [(managed, Some(&arn)), (SessionPolicy::None, None)] {
        let world = World::with(|config| config.roles[0].session_policy = policy, |store| store).await;
        assert_eq!(world.call("/api/credentials", &Person::analyst(), MINT).await.status, 200);
        let asked = &world.sts.asked()[0];
        assert_eq!((asked.get("PolicyArns.member.1.arn"), asked.get("Policy")), (expected, None));
    }
}

#[tokio::test]
async fn a_subject_that_is_no_session_name_is_replaced() {
    let world = World::new().await;
    let salesforce = Person::new("https://login.salesforce.com/id/00D000000000001/005000000000001", &["analysts"]);
    assert_eq!(world.call("/api/credentials", &salesforce, MINT).await.status, 200);
    let name = world.sts.asked()[0]["RoleSessionName"].clone();
    assert!(name.len() == 63 && name.starts_with('=') && !name.contains("salesforce"), "{name}");
}

#[tokio::test]
async fn a_mint_is_one_line_of_the_log() {
    let world = World::new().await;
    let ana = Person::new("logged-analyst", &["analysts"]);
    let answer = world.call("/api/credentials", &ana, MINT).await.json();
    let lines = captured_log::lines_with(answer["session_id"].as_str().unwrap());
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let fields = &lines[0]["fields"];
    for (name, value) in [
        ("event", "mint"),
        ("subject", "logged-analyst"),
        ("role", "analyst"),
        ("strategy", "web-identity"),
        ("access_key_id", crate::sts::ACCESS_KEY_ID),
        ("expires_at", crate::sts::EXPIRATION),
        ("sts_request_id", REQUEST_ID),
    ] {
        assert_eq!(fields[name], value, "{name} of {fields:#}");
    }
    assert_eq!(fields["reference"], lines[0]["span"]["reference"]);
}

#[tokio::test]
async fn a_token_without_audience_is_refused_before_sts_is_asked() {
    let world = World::new().await;
    let mut nobody = Person::analyst();
    nobody.audience = None;
    let error = world.call("/api/credentials", &nobody, MINT).await.error("mint_misconfigured", 502);
    let next_step = error["next_step"].as_str().unwrap();
    assert!(next_step.contains("AuthenticationRequestExtraParams") && next_step.contains("pre-token-generation trigger"), "{next_step}");
    assert!(world.sts.asked().is_empty());
    nobody.claims = json!({"azp": "1example23456789"});
    assert_eq!(world.call("/api/credentials", &nobody, MINT).await.status, 200, "STS takes azp for the audience");
}

/// What a case folder beside its `answer.xml` says should come of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Status that STS answers with.
    sts_status: u16,
    code: String,
    status: u16,
    rule: Option<String>,
    #[serde(default)]
    retry_after: bool,
    /// How often STS is asked altogether.
    attempts: usize,
    next_step: String,
}

#[tokio::test]
async fn everything_that_sts_can_say() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/cases/mint"));
    let world = World::with(|config| config.limits.mints_per_minute = 1_000, |store| store).await;
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 20, "{} cases", cases.len());
    for case in cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        let expected: Expected = serde_json::from_slice(&std::fs::read(case.join("expected.json")).unwrap()).unwrap();
        let token = Person::analyst().token(world.clock.now());
        let answer = std::fs::read_to_string(case.join("answer.xml")).unwrap().replace("{token}", &token);
        world.sts.says(Answer::new(expected.sts_status, answer));
        let before = world.sts.asked().len();

        let answer = world.call("/api/credentials", &Person::analyst(), MINT).await;

        let error = answer.error(&expected.code, expected.status);
        assert_eq!(error["rule"].as_str(), expected.rule.as_deref(), "{name}");
        assert_eq!(error["retry_after"].is_u64(), expected.retry_after, "{name}: {error:#}");
        assert_eq!(world.sts.asked().len() - before, expected.attempts, "{name}");
        let next_step = error["next_step"].as_str().unwrap();
        assert!(next_step.contains(&expected.next_step), "{name}: {next_step}");
        assert!(!answer.body.contains(&token[..24]), "{name}");
        let lines = captured_log::lines_with(error["reference"].as_str().unwrap());
        let refusals = lines.iter().filter(|line| line["fields"]["event"] == "refusal").count();
        assert_eq!(refusals, 1, "{name}: a failure is logged once, {lines:#?}");
        assert!(lines.len() > expected.attempts, "{name}: what STS said is in the log under the same reference");
    }
    let mine = world.call("/api/sessions/mine", &Person::analyst(), "{}").await.json();
    assert_eq!(mine["sessions"], json!([]), "what was not minted is not recorded");
}

#[tokio::test]
async fn sts_recovers_between_two_attempts() {
    let world = World::new().await;
    world.sts.says(Answer::new(503, ""));
    let (sts, ana) = (world.sts.clone(), Person::analyst());
    let (answer, ()) = tokio::join!(world.call("/api/credentials", &ana, MINT), async {
        while sts.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        sts.says(Answer::credentials());
    });
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(world.sts.asked().len() >= 2);
}
