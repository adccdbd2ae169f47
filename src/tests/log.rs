//! The lines of the log: one for what happened, and each with what ties it to its request.

use crate::balancer::Person;
use crate::captured_log;
use crate::sts::{ACCESS_KEY_ID, Answer, REQUEST_ID};
use crate::world::{Answered, World};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use vestibule::model::clock::Clock;

const MINT: &str = r#"{"role":"analyst"}"#;
const TRACE: &str = "Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678";

fn traced(mut headers: HeaderMap, trace_id: &str) -> HeaderMap {
    headers.insert("x-amzn-trace-id", HeaderValue::from_str(trace_id).unwrap());
    headers
}

/// The lines of the request that got this answer.
fn lines_of(answer: &Answered) -> Vec<Value> {
    captured_log::lines_with(answer.json()["reference"].as_str().unwrap())
}

#[tokio::test]
async fn a_mint_carries_the_trace_and_everything_that_names_it() {
    let world = World::new().await;
    let ana = Person::new("traced-analyst", &["analysts"]);
    let answer = world.call_with("/api/credentials", traced(ana.headers(world.clock.now()), TRACE), MINT).await;
    let lines = captured_log::lines_with(answer.json()["session_id"].as_str().unwrap());
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(lines[0]["fields"]["reference"], lines[0]["span"]["reference"]);
    assert_eq!((&lines[0]["fields"]["access_key_id"], &lines[0]["fields"]["sts_request_id"]), (&json!(ACCESS_KEY_ID), &json!(REQUEST_ID)));
    for (name, value) in [
        ("trace_id", TRACE),
        ("subject", "traced-analyst"),
        ("role", "analyst"),
        ("strategy", "web-identity"),
        ("method", "POST"),
        ("path", "/api/credentials"),
    ] {
        assert_eq!(lines[0]["span"][name], value, "{name} of {:#}", lines[0]);
    }
}

#[tokio::test]
async fn every_line_of_a_refusal_carries_trace_person_role_and_strategy() {
    let world = World::new().await;
    let ana = Person::new("refused-analyst", &["analysts"]);
    world.sts.says(Answer::new(403, "<Error><Code>AccessDenied</Code></Error>"));
    let answer = world.call_with("/api/credentials", traced(ana.headers(world.clock.now()), TRACE), MINT).await;
    let lines = lines_of(&answer);
    assert_eq!(lines.len(), 2, "what STS said, and the refusal: {lines:#?}");
    for line in &lines {
        let span = &line["span"];
        let found = [&span["trace_id"], &span["subject"], &span["role"], &span["strategy"]];
        assert_eq!(found, [&json!(TRACE), &json!("refused-analyst"), &json!("analyst"), &json!("web-identity")], "{line:#}");
    }
    let refusal = &lines[1]["fields"];
    assert_eq!(
        (&refusal["event"], &refusal["code"], &refusal["call"]),
        (&json!("refusal"), &json!("mint_misconfigured"), &json!("credentials"))
    );
}

#[tokio::test]
async fn a_refusal_names_nobody_who_is_not_verified() {
    let world = World::new().await;
    let mut headers = traced(Person::new("unverified-analyst", &["analysts"]).headers(world.clock.now()), TRACE);
    headers.insert("x-amzn-oidc-identity", HeaderValue::from_static("somebody-else"));
    let answer = world.call_with("/api/credentials", headers, MINT).await;
    let lines = lines_of(&answer);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!((&lines[0]["fields"]["rule"], &lines[0]["span"]["trace_id"]), (&json!("identity"), &json!(TRACE)));
    assert_eq!(lines[0]["span"]["subject"], Value::Null);
    assert!(!captured_log::text().contains("unverified-analyst"));
}

#[tokio::test]
async fn a_refused_page_is_a_line_too() {
    let world = World::new().await;
    let trace = "Root=1-00000001-of-a-refused-page";
    let mut headers = traced(Person::analyst().headers(world.clock.now()), trace);
    headers.insert("x-amzn-oidc-identity", HeaderValue::from_static("somebody-else"));
    assert_eq!(world.page("/browse", headers).await.status, 401);
    let lines = captured_log::lines_with(trace);
    let refusals: Vec<_> = lines.iter().filter(|line| line["fields"]["event"] == "refusal").collect();
    assert_eq!(refusals.len(), 1, "{lines:#?}");
    assert_eq!(refusals[0]["fields"]["call"], "page");
}

#[tokio::test]
async fn a_trace_id_that_would_not_read_well_is_left_out() {
    let world = World::new().await;
    let long = "z".repeat(300);
    for hostile in ["\"}\\n{\"event\":\"forged", "a b", long.as_str(), ""] {
        let headers = traced(Person::new("outsider", &[]).headers(world.clock.now()), hostile);
        let answer = world.call_with("/api/credentials", headers, MINT).await;
        answer.error("not_entitled", 403);
        let lines = lines_of(&answer);
        assert_eq!((lines.len(), &lines[0]["span"]["trace_id"]), (1, &Value::Null), "{hostile}");
    }
}

#[tokio::test]
async fn a_role_that_is_not_configured_is_no_word_of_the_log() {
    let world = World::new().await;
    let answer = world.call("/api/credentials", &Person::analyst(), r#"{"role":"made-up-by-a-caller"}"#).await;
    let lines = lines_of(&answer);
    assert_eq!((lines.len(), &lines[0]["span"]["role"]), (1, &Value::Null), "{lines:#?}");
}

#[tokio::test]
async fn a_path_of_any_length_is_a_short_word_of_the_log() {
    let world = World::new().await;
    let answer = world.call(&format!("/api/{}", "x".repeat(5_000)), &Person::analyst(), "{}").await;
    answer.error("bad_request", 404);
    let lines = lines_of(&answer);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].to_string().len() < 2_000, "{}", lines[0]);
}
