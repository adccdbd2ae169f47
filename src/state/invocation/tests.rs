use super::super::exchange::tests::{Script, role};
use super::*;
use crate::aws::request::{Answer, Method};
use crate::browser::fetch::TransportError;
use crate::model::location::Signing;
use futures::executor::block_on;

fn target() -> FunctionTarget {
    FunctionTarget {
        name: "echo".into(),
        arn: "arn:aws:lambda:eu-west-1:111122223333:function:echo".into(),
        region: "eu-west-1".into(),
        endpoint: "https://lambda.eu-west-1.amazonaws.com".into(),
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Answer, TransportError> {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ok(Answer { status, headers, body: body.as_bytes().to_vec() })
}

fn invoke_once(script: &Script, payload: String) -> Result<Outcome, Failure> {
    block_on(invoke(script, &role(), &target(), payload))
}

#[test]
fn a_function_that_runs() {
    let script = Script::new([answer(200, &[("x-amz-log-result", "U1RBUlQ=")], "{\"a\":1}")]);
    let outcome = invoke_once(&script, "{}".into()).unwrap();
    assert_eq!(outcome.payload, b"{\"a\":1}");
    assert_eq!(outcome.error, None);
    assert_eq!(outcome.log.unwrap().text, "START");
    assert_eq!(*script.sent.borrow(), [(Method::Post, Signing::Header, "ASIA1".to_owned())]);
    assert_eq!(*script.time_limits.borrow(), [TIME_LIMIT]);
}

#[test]
fn a_function_that_fails_is_an_outcome() {
    let script = Script::new([answer(200, &[("x-amz-function-error", "Unhandled")], "{\"errorMessage\":\"no\"}")]);
    let outcome = invoke_once(&script, String::new()).unwrap();
    assert_eq!(outcome.error.unwrap().message.as_deref(), Some("no"));
}

#[test]
fn expired_credentials_are_replaced_once() {
    let expired = || answer(403, &[("x-amzn-errortype", "ExpiredTokenException")], "{}");
    let script = Script::new([expired(), answer(200, &[], "1")]);
    assert!(invoke_once(&script, String::new()).is_ok());
    assert_eq!(script.keys(), ["ASIA1", "ASIA2"]);
    let script = Script::new([expired(), expired()]);
    assert!(invoke_once(&script, String::new()).is_err());
}

#[test]
fn what_may_have_run_is_never_sent_twice() {
    for outcome in [
        answer(500, &[("x-amzn-errortype", "ServiceException")], "{}"),
        answer(429, &[("x-amzn-errortype", "TooManyRequestsException")], "{}"),
        answer(502, &[], "<html>"),
        Err(TransportError::Network),
        Err(TransportError::TimedOut { milliseconds: TIME_LIMIT }),
    ] {
        let script = Script::new([outcome]);
        let failure = invoke_once(&script, String::new()).unwrap_err();
        assert!(failure.retry, "{failure:?}");
        assert_eq!(script.sent.borrow().len(), 1);
    }
}

#[test]
fn a_function_that_the_role_may_not_invoke() {
    let script = Script::new([answer(403, &[("x-amzn-errortype", "AccessDeniedException")], "{\"Message\":\"No.\"}")]);
    let failure = invoke_once(&script, String::new()).unwrap_err();
    assert_eq!(failure.message, "Your role may not invoke echo. It said: No.");
    assert!(!failure.retry);
}

#[test]
fn too_large_a_payload_is_not_sent() {
    let script = Script::new([]);
    assert!(invoke_once(&script, "x".repeat(lambda::LARGEST_PAYLOAD + 1)).is_err());
    assert!(script.sent.borrow().is_empty());
}
