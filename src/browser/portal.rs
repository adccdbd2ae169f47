//! Calls of the portal's own API, and what an ended balancer session looks like from in here.
//!
//! The server functions' argument types are sent by hand and not through server_fn's client,
//! because that one follows redirects: an ended session would be a CORS failure at the identity
//! provider instead of something to act upon.

use super::fetch::{self, Destination, Outgoing, TransportError};
use super::navigation::{self, SignIn};
use super::platform;
use crate::aws::request::Answer;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::json::{self, FromJson, ToJson};
use crate::words::{mark, t, translated};
use server_fn::ServerFn;
use std::future::Future;
use zeroize::Zeroize;

/// Calls a server function, given its arguments: `call(api::Whoami {})`. While rendering on the
/// server the function's body runs right here.
///
/// # Errors
/// What the portal answered; `not_signed_in` when the balancer's session has ended and the page
/// could not be sent to sign in; `mint_unavailable` when there was no answer.
pub fn call<F>(arguments: F) -> impl Future<Output = Result<F::Output, PortalError>> + Send
where
    F: ServerFn<Error = PortalError> + ToJson + Send + 'static,
    F::Output: FromJson,
{
    call_within(fetch::PORTAL, arguments)
}

/// The same, for what may take the portal this many milliseconds.
///
/// # Errors
/// As [`call`].
pub fn call_within<F>(millis: u32, arguments: F) -> impl Future<Output = Result<F::Output, PortalError>> + Send
where
    F: ServerFn<Error = PortalError> + ToJson + Send + 'static,
    F::Output: FromJson,
{
    platform::call(arguments, move |arguments| call_remotely(millis, arguments))
}

/// The same from the browser: as JSON, to the function's path.
async fn call_remotely<F>(millis: u32, arguments: F) -> Result<F::Output, PortalError>
where
    F: ServerFn<Error = PortalError> + ToJson,
    F::Output: FromJson,
{
    let mut answer = exchange(millis, F::PATH, arguments.to_json().written().as_bytes()).await?;
    let output = read(&answer).ok_or_else(unreadable);
    // The answer of /api/credentials is a secret as a whole.
    answer.zeroize();
    output
}

async fn exchange(time_limit: u32, path: &str, body: &[u8]) -> Result<Vec<u8>, PortalError> {
    let mut asked_twice = false;
    loop {
        let outcome = fetch::send(Outgoing {
            destination: Destination::Portal,
            method: "POST",
            url: path,
            headers: &[("content-type", "application/json"), ("accept", "application/json")],
            body: Some(fetch::Body::Bytes(body)),
            time_limit,
        })
        .await;
        match judge(outcome) {
            Verdict::Answered(answer) => return Ok(answer),
            Verdict::Failed(error) => return Err(error),
            // The balancer may have refreshed its session in the meantime, for another tab.
            Verdict::SignedOut if !asked_twice => asked_twice = true,
            Verdict::SignedOut => {
                return Err(match navigation::sign_in_again().await {
                    SignIn::Leaving => PortalError::new(
                        ErrorCode::NotSignedIn,
                        t!("Your sign-in has ended."),
                        t!("You are being taken to sign in and back here."),
                    ),
                    SignIn::TooSoon => PortalError::new(
                        ErrorCode::NotSignedIn,
                        t!("Your sign-in has ended."),
                        t!("Sign in, here or in another tab, then try again. Reloading the page takes you to the sign-in."),
                    ),
                });
            }
        }
    }
}

/// What an exchange with the portal means.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The portal's answer.
    Answered(Vec<u8>),
    /// The portal refused, or there was no answer of it.
    Failed(PortalError),
    /// The balancer answered in the portal's place: its session has ended.
    SignedOut,
}

fn read<T: FromJson>(body: &[u8]) -> Option<T> {
    json::read(std::str::from_utf8(body).ok()?).ok()
}

fn judge(outcome: Result<Answer, TransportError>) -> Verdict {
    match outcome {
        Ok(answer) if answer.is_success() => Verdict::Answered(answer.body),
        Ok(answer) => match read::<PortalError>(&answer.body) {
            // Ours, `header_rejected` included: signing in again would not help and may turn in circles.
            Some(error) => Verdict::Failed(error),
            None if answer.status == 401 => Verdict::SignedOut,
            None => Verdict::Failed(not_ours(answer.status)),
        },
        Err(TransportError::Redirected) => Verdict::SignedOut,
        Err(error) => Verdict::Failed(unreachable_portal(error)),
    }
}

fn not_ours(status: u16) -> PortalError {
    let (message, next_step) = match status {
        561 => (
            mark!("The identity provider answered the load balancer with an error."),
            mark!("Try again; if it stays, ask the people who run the sign-in."),
        ),
        502..=504 => (
            mark!("The load balancer has no portal server that answers."),
            mark!("Try again in a moment; if it stays, tell the people who run the portal."),
        ),
        413 | 431 => (mark!("The load balancer refused the request as too large."), mark!("Tell the people who run the portal.")),
        _ => (
            mark!("Something between this page and the portal answered in the portal's place."),
            mark!("Try again; if it stays, tell the people who run the portal."),
        ),
    };
    let mut error = PortalError::new(ErrorCode::MintUnavailable, translated(message), translated(next_step));
    error.reference = format!("HTTP {status}");
    error
}

fn unreachable_portal(error: TransportError) -> PortalError {
    let (message, next_step) = match error {
        TransportError::Offline => (mark!("This device is offline."), mark!("Connect to the network, then try again.")),
        TransportError::TimedOut { .. } => (mark!("The portal did not answer in time."), mark!("Try again in a moment.")),
        TransportError::Aborted => (mark!("The request to the portal was stopped."), mark!("Try again.")),
        TransportError::Network | TransportError::Redirected | TransportError::Unreadable | TransportError::Refused => {
            (mark!("The portal could not be reached."), mark!("Check the connection, then try again."))
        }
    };
    PortalError::new(ErrorCode::MintUnavailable, translated(message), translated(next_step))
}

fn unreadable() -> PortalError {
    PortalError::new(
        ErrorCode::Internal,
        t!("The portal's answer does not have the form that this page expects."),
        t!("Reload the page: it may be older than the portal. If it stays, tell the people who run the portal."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Answer, TransportError> {
        Ok(Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
    }

    #[test]
    fn the_balancer_in_the_portals_place() {
        assert_eq!(judge(Err(TransportError::Redirected)), Verdict::SignedOut);
        assert_eq!(judge(answer(401, "<html>401 Authorization Required</html>")), Verdict::SignedOut);
        assert_eq!(judge(answer(401, "")), Verdict::SignedOut);
        assert_eq!(judge(answer(401, "{\"message\": \"no\"}")), Verdict::SignedOut);
    }

    #[test]
    fn our_own_401_never_navigates() {
        for code in ["not_signed_in", "header_rejected", "token_rejected"] {
            let body = format!(r#"{{"code":"{code}","message":"m","next_step":"n","reference":"r"}}"#);
            let Verdict::Failed(error) = judge(answer(401, &body)) else { panic!("{code}") };
            assert_eq!((error.code.as_str(), error.reference.as_str()), (code, "r"));
        }
    }

    #[test]
    fn answers_and_outages() {
        assert_eq!(judge(answer(200, "{}")), Verdict::Answered(b"{}".to_vec()));
        for outcome in [
            answer(503, "<html>503 Service Temporarily Unavailable</html>"),
            answer(561, ""),
            answer(404, "no"),
            Err(TransportError::Offline),
            Err(TransportError::Network),
            Err(TransportError::TimedOut { milliseconds: fetch::PORTAL }),
        ] {
            let Verdict::Failed(error) = judge(outcome.clone()) else { panic!("{outcome:?}") };
            assert_eq!(error.code, ErrorCode::MintUnavailable);
            assert!(!error.message.is_empty() && !error.next_step.is_empty());
        }
    }
}
