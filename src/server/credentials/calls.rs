//! What a mint asked AWS, written down while it happens: for the page *Flow*.
//!
//! The strategies say what they send where they send it, so that what is shown is what was sent. Tokens are written
//! down as length and fingerprint. Where nobody listens (the doctor's trial mints) nothing is kept.

use crate::model::secret::Secret;
use crate::server::clock::Stopwatch;
use std::cell::RefCell;
use std::time::Duration;

tokio::task_local! {
    static CALLS: RefCell<Vec<AwsCall>>;
}

/// One request to AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsCall {
    /// The operation, as AWS calls it.
    pub action: &'static str,
    /// Whether the server's own identity signed it; unsigned, the token in it is what counts.
    pub signed: bool,
    /// What was sent, in AWS's names.
    pub parameters: Vec<(String, Sent)>,
    /// How long the answer took; `None` when it was given up.
    pub took: Option<Duration>,
    /// Whether AWS did as it was asked.
    pub succeeded: bool,
}

/// A parameter's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// As it is.
    Text(String),
    /// Length and fingerprint of a token.
    Print(String),
    /// A policy, which is told of elsewhere: its characters.
    Policy(usize),
}

impl AwsCall {
    /// A call that has yet to be sent.
    pub(super) const fn new(action: &'static str, signed: bool) -> Self {
        Self { action, signed, parameters: Vec::new(), took: None, succeeded: false }
    }

    /// With a parameter.
    pub(super) fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), Sent::Text(value.into())));
        self
    }

    /// With a token.
    pub(super) fn with_token(mut self, name: impl Into<String>, token: &Secret) -> Self {
        self.parameters.push((name.into(), Sent::Print(token.print())));
        self
    }

    /// With what narrows the role: the session policy, managed policies.
    pub(super) fn narrowed(mut self, policy: Option<&String>, arns: &[String]) -> Self {
        self.parameters.extend(policy.map(|policy| ("Policy".to_owned(), Sent::Policy(policy.chars().count()))));
        let arns = arns.iter().enumerate();
        self.parameters.extend(arns.map(|(at, arn)| (format!("PolicyArns.member.{}.arn", at + 1), Sent::Text(arn.clone()))));
        self
    }
}

/// Runs a mint, and gives the calls that it made.
pub async fn during<T>(mint: impl Future<Output = T>) -> (T, Vec<AwsCall>) {
    CALLS
        .scope(RefCell::default(), async {
            let outcome = mint.await;
            (outcome, CALLS.with(RefCell::take))
        })
        .await
}

/// Sends, and writes down what, how long it took and whether it succeeded.
pub(super) async fn sent<T, E>(call: impl FnOnce() -> AwsCall, send: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let at = CALLS.try_with(|calls| {
        let mut calls = calls.borrow_mut();
        calls.push(call());
        calls.len() - 1
    });
    let begun = Stopwatch::start();
    let outcome = send.await;
    if let Ok(at) = at {
        // The same task, so the list is still there.
        let _ = CALLS.try_with(|calls| {
            if let Some(call) = calls.borrow_mut().get_mut(at) {
                (call.took, call.succeeded) = (Some(begun.elapsed()), outcome.is_ok());
            }
        });
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_are_written_down_in_order_and_only_where_somebody_listens() {
        let call = || AwsCall::new("AssumeRole", true).with("RoleArn", "arn").with_token("WebIdentityToken", &Secret::new("the-token"));
        let (outcome, calls) = during(async {
            let first: Result<(), ()> = sent(call, async { Err(()) }).await;
            let given_up = tokio::time::timeout(Duration::ZERO, sent(call, std::future::pending::<Result<(), ()>>())).await;
            assert!(first.is_err() && given_up.is_err());
            sent(call, async { Ok::<_, ()>(7) }).await
        })
        .await;
        assert_eq!(outcome, Ok(7));
        let told: Vec<(bool, bool)> = calls.iter().map(|call| (call.took.is_some(), call.succeeded)).collect();
        assert_eq!(told, [(true, false), (false, false), (true, true)]);
        assert!(!format!("{calls:?}").contains("the-token"));
        assert_eq!(sent(call, async { Ok::<_, ()>(7) }).await, Ok(7));
    }
}
