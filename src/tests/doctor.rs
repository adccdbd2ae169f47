//! The doctor on the administrator's page: the checks of the command line, with the headers of the request itself.

use crate::balancer::Person;
use crate::captured_log;
use crate::secrets::parts;
use crate::sts::{Answer, SECRET_ACCESS_KEY, SESSION_TOKEN};
use crate::world::World;
use http::{HeaderMap, Request};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule::model::clock::Clock;

const DOCTOR: &str = "/api/doctor";
const LOOK: &str = r#"{"mint":false}"#;
const TRY: &str = r#"{"mint":true}"#;

fn admin(subject: &str) -> Person {
    Person::new(subject, &["analysts", "portal-admins"])
}

fn check<'a>(examination: &'a Value, subject: &str) -> &'a Value {
    let checks = examination["checks"].as_array().unwrap();
    checks.iter().find(|check| check["subject"] == subject).unwrap_or_else(|| panic!("no {subject} in {examination:#}"))
}

fn found(examination: &Value) -> Vec<&str> {
    let checks = examination["checks"].as_array().unwrap();
    checks.iter().flat_map(|check| check["findings"].as_array().unwrap()).map(|finding| finding["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn administrators_have_everything_examined_by_their_own_headers() {
    let world = World::new().await;
    let examination = world.call(DOCTOR, &admin("examined"), LOOK).await.json();
    assert_eq!(examination["mint"], false);
    let rules = check(&examination, "data header");
    assert_eq!((&rules["outcome"], &rules["findings"]), (&json!("ok"), &json!([])), "{examination:#}");
    let trial = check(&examination, "trial mints");
    assert_eq!(trial["outcome"], "not_checked");
    // The buckets' service does not answer, and that is told with its fix.
    assert!(found(&examination).contains(&"s3-unreachable"), "{examination:#}");
    for finding in examination["checks"].as_array().unwrap().iter().flat_map(|check| check["findings"].as_array().unwrap()) {
        for text in ["what", "why", "breaks"] {
            assert!(finding[text].as_str().is_some_and(|text| !text.is_empty()), "{text} of {finding:#}");
        }
        assert_eq!(finding["fix"][0]["kind"], "say", "{finding:#}");
    }
    assert_eq!(world.sts.asked().len(), 0, "nothing was minted unasked");
}

#[tokio::test]
async fn a_trial_mint_may_do_nothing_and_is_no_session() {
    let world = World::new().await;
    let person = admin("probing-admin");
    let answer = world.call(DOCTOR, &person, TRY).await;
    let examination = answer.json();
    assert_eq!(check(&examination, "trial mint of analyst")["outcome"], "ok", "{examination:#}");
    let asked = world.sts.asked();
    assert!(!asked.is_empty());
    let policies: Vec<Value> = asked.iter().map(|parameters| serde_json::from_str(&parameters["Policy"]).unwrap()).collect();
    let (denied, tried): (Vec<&Value>, Vec<&Value>) = policies.iter().partition(|policy| policy["Statement"]["Action"] == "*");
    assert!(denied.iter().all(|policy| policy["Statement"]["Effect"] == "Deny") && !denied.is_empty(), "{policies:#?}");
    // What is tried afterwards is what the page does first, and no more.
    let allowed =
        tried.iter().flat_map(|policy| policy["Statement"].as_array().unwrap()).map(|statement| statement["Action"].as_str().unwrap());
    assert!(allowed.clone().all(|action| matches!(action, "s3:ListBucket" | "lambda:InvokeFunction")), "{policies:#?}");
    assert!(allowed.count() > 0, "{policies:#?}");
    assert!(asked.iter().any(|parameters| parameters["DurationSeconds"] == "900"));
    let sessions = world.call("/api/sessions/list", &person, r#"{"user":"probing-admin"}"#).await.json();
    assert_eq!(sessions["sessions"], json!([]));
    let probes: Vec<Value> =
        captured_log::lines_with("probing-admin").into_iter().filter(|line| line["fields"]["event"] == "probe").collect();
    assert_eq!(probes.len(), asked.len());
    let now = world.clock.now();
    for secret in [SECRET_ACCESS_KEY, SESSION_TOKEN, &person.data(now), &person.token(now)] {
        let seen = parts(secret).into_iter().find(|part| answer.body.contains(part) || captured_log::text().contains(part));
        assert_eq!(seen, None);
    }
}

#[tokio::test]
async fn what_sts_refuses_comes_with_its_cause_and_fix() {
    let world = World::new().await;
    world.sts.says(Answer::new(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>"));
    let examination = world.call(DOCTOR, &admin("refused-probe"), TRY).await.json();
    let finding = &check(&examination, "trial mint of analyst")["findings"][0];
    assert_eq!((&finding["code"], &finding["severity"]), (&json!("mint-access-denied"), &json!("error")));
    assert_eq!((&finding["fix"][0]["kind"], &finding["fix"][1]["kind"]), (&json!("say"), &json!("run")), "{finding:#}");
    let command = finding["fix"][1]["text"].as_str().unwrap();
    assert!(command.starts_with("aws iam update-assume-role-policy") && command.contains("sts:AssumeRoleWithWebIdentity"), "{command}");
}

#[tokio::test]
async fn nobody_else_may() {
    let world = World::new().await;
    let error = world.call(DOCTOR, &Person::new("curious", &["analysts"]), LOOK).await.error("not_entitled", 403);
    assert!(error["message"].as_str().unwrap().contains("administrator"));
    world.call_with(DOCTOR, HeaderMap::new(), LOOK).await.error("not_signed_in", 401);
    world.call(DOCTOR, &admin("careless"), "{}").await.error("bad_request", 400);
    // Another site makes a browser send it.
    let mut request = Request::post(DOCTOR).header("content-type", "application/json").header("sec-fetch-site", "cross-site");
    request.headers_mut().unwrap().extend(admin("lured").headers(world.clock.now()));
    let answer = world.send(request.body(TRY.to_owned().into()).unwrap()).await;
    assert_eq!(answer.status, 403);
    assert_eq!(world.sts.asked().len(), 0);
}

#[tokio::test]
async fn one_examination_at_a_time() {
    let world = World::new().await;
    let (one, two) = (admin("first-examiner"), admin("second-examiner"));
    let closed = world.silence.gate.lock().await;
    let first = world.call(DOCTOR, &one, LOOK);
    let second = async {
        // The first has come as far as it can.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let error = world.call(DOCTOR, &two, LOOK).await.error("rate_limited", 429);
        assert_eq!(error["retry_after"], 10);
        drop(closed);
    };
    let (first, ()) = futures::join!(first, second);
    assert_eq!(first.status, 200);
    assert_eq!(world.call(DOCTOR, &two, LOOK).await.status, 200);
}
