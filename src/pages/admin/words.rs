//! What is said of sessions and their end: what holds, since when, and until when what does not.

use crate::browser::format;
use crate::model::clock::Timestamp;
use crate::model::error::ErrorCode;
use crate::model::session::{Block, Enforced, Refusals, RevokeAnswer, Session, SessionState};
use crate::words::t;

/// The name of a state.
#[must_use]
pub(in crate::pages) fn state_name(state: SessionState) -> &'static str {
    match state {
        SessionState::Live => t!("Live"),
        SessionState::Ending => t!("Ending"),
        SessionState::Ended => t!("Ended"),
        SessionState::Expired => t!("Expired"),
        SessionState::Blocked => t!("Blocked"),
    }
}

/// Where a session stands, and what makes it so.
#[must_use]
pub(in crate::pages) fn standing(session: &Session, now: Timestamp) -> String {
    let works = now < session.expires_at;
    match (session.state, session.denied_at) {
        (SessionState::Ended, Some(denied)) if works => t!("Ended · IAM told {ago}", ago = format::relative(denied, now)),
        (SessionState::Ended, None) if works => t!("Ended · lives until {time}", time = format::date_time(session.expires_at)),
        (SessionState::Ending, _) if works => t!("Ending · waits for IAM").to_owned(),
        (state, _) => state_name(state).to_owned(),
    }
}

/// What is not known of a deny: when it works everywhere.
#[must_use]
pub(in crate::pages) fn spread(session: &Session, now: Timestamp) -> Option<&'static str> {
    let denied = session.state == SessionState::Ended && session.denied_at.is_some();
    (denied && now < session.expires_at).then(|| t!("The deny usually works within a few minutes."))
}

/// How long the credentials of a session may still work; nothing where they do not.
#[must_use]
pub(in crate::pages) fn left(session: &Session, now: Timestamp) -> Option<String> {
    let denied = session.state == SessionState::Ended && session.denied_at.is_some();
    let seconds = session.expires_at.millis_since(now) / 1_000;
    (!denied && session.state != SessionState::Expired && seconds > 0).then(|| format::countdown(seconds))
}

/// How many mints were refused today, and why.
#[must_use]
pub(super) fn refused(refusals: &[Refusals]) -> String {
    let reason = |refused: &Refusals| {
        let mints = refused.mints;
        match refused.code {
            ErrorCode::HeaderRejected => t!("{count} by the balancer's headers", count = mints),
            ErrorCode::TokenRejected => t!("{count} by the access token", count = mints),
            ErrorCode::NotEntitled => t!("{count} not entitled", count = mints),
            ErrorCode::Blocked => t!("{count} blocked", count = mints),
            ErrorCode::RateLimited => t!("{count} too often", count = mints),
            ErrorCode::MintMisconfigured => t!("{count} by AWS", count = mints),
            other => [&*format::count(mints), other.as_str()].join(" "),
        }
    };
    let each = refusals.iter().map(reason).collect::<Vec<_>>().join(", ");
    if each.is_empty() {
        t!("Mints that were refused since midnight UTC").to_owned()
    } else {
        t!("Mints that were refused since midnight UTC: {reasons}", reasons = each)
    }
}

/// What ending one session will do.
#[must_use]
pub(in crate::pages) fn before_ending(iam: Option<bool>, until: Timestamp) -> String {
    let until = format::date_time(until);
    match iam {
        Some(true) => t!(
            "The portal has IAM deny its credentials, which usually works within a few minutes. Where the role's policies cannot name them, they live until {time}.",
            time = until
        ),
        Some(false) => {
            t!("This portal writes no denies to IAM: wherever the credentials were copied to, they live until {time}.", time = until)
        }
        None => t!(
            "Where the portal may write to IAM, its credentials are denied, usually within a few minutes. Otherwise they live until {time}.",
            time = until
        ),
    }
}

/// What blocking a person will do, and what it cannot.
#[must_use]
pub(super) fn before_blocking(iam: bool) -> [&'static str; 3] {
    [
        t!("No credentials are minted for this person until the block is lifted."),
        if iam {
            t!("What they hold is denied in IAM, usually within a few minutes; what IAM cannot name lives until it expires.")
        } else {
            t!("This portal writes no denies to IAM: what they hold lives until it expires.")
        },
        t!("It does not sign the person out, and takes back nothing that was read already."),
    ]
}

/// What came of ending one session or one person.
#[must_use]
pub(in crate::pages) fn after(answer: &RevokeAnswer, whose: &str) -> String {
    let blocked = answer.state == SessionState::Blocked;
    match (answer.enforced, answer.until.map(format::date_time)) {
        (_, None) if blocked => t!("{whose} is blocked. No credentials were left that could work.", whose = whose),
        (_, None) => t!("The session of {whose} is ended. No credentials were left that could work.", whose = whose),
        (Enforced::Iam, Some(_)) if blocked => {
            t!("{whose} is blocked. IAM is told to deny the credentials, which usually works within a few minutes.", whose = whose)
        }
        (Enforced::Iam, Some(_)) => t!(
            "The session of {whose} is ended. IAM is told to deny the credentials, which usually works within a few minutes.",
            whose = whose
        ),
        (Enforced::Expiry, Some(until)) if blocked => {
            t!("{whose} is blocked here, but nothing denies all of the credentials: they live until {time}.", whose = whose, time = until)
        }
        (Enforced::Expiry, Some(until)) => t!(
            "The session of {whose} is ended here, but nothing denies all of the credentials: they live until {time}.",
            whose = whose,
            time = until
        ),
    }
}

/// What makes a block hold.
#[must_use]
pub(super) fn block_standing(block: &Block, iam: bool, now: Timestamp) -> String {
    match block.denied_at {
        Some(denied) => t!("IAM told {ago}, which usually works within a few minutes", ago = format::relative(denied, now)),
        None if iam => t!("waits for IAM; no new credentials").to_owned(),
        None => t!("no new credentials; what is out lives until it expires").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::roster::samples::session;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn the_end_is_told_as_it_is() {
        let mut ended = session(1, "a@example.com", SessionState::Ended, 0, 3_600);
        assert_eq!(standing(&ended, at(60)), "Ended · lives until 1970-01-01 01:00 UTC");
        assert_eq!(standing(&ended, at(3_600)), "Ended");
        ended.denied_at = Some(at(60));
        assert_eq!(standing(&ended, at(180)), "Ended · IAM told 2 minutes ago");
        assert!(spread(&ended, at(180)).is_some_and(|said| said.contains("within a few minutes")));
        assert_eq!(spread(&ended, at(3_600)), None);
        let ending = session(1, "a@example.com", SessionState::Ending, 0, 3_600);
        assert_eq!(standing(&ending, at(60)), "Ending · waits for IAM");
        assert_eq!(standing(&session(1, "a@example.com", SessionState::Live, 0, 3_600), at(60)), "Live");
    }

    #[test]
    fn the_countdown_runs_while_credentials_may_work() {
        let text = |state, now| left(&session(1, "a@example.com", state, 0, 3_600), at(now)).map(|text| text.replace('\u{a0}', " "));
        assert_eq!(text(SessionState::Live, 0).as_deref(), Some("60 min"));
        assert_eq!(text(SessionState::Ended, 3_540).as_deref(), Some("1:00"));
        assert_eq!(text(SessionState::Live, 3_600), None);
        assert_eq!(text(SessionState::Expired, 0), None);
        let mut denied = session(1, "a@example.com", SessionState::Ended, 0, 3_600);
        denied.denied_at = Some(at(10));
        assert_eq!(left(&denied, at(60)), None);
    }

    #[test]
    fn what_came_of_it_depends_on_what_enforces_it() {
        let answer = |state, enforced, until| RevokeAnswer { state, enforced, until, sessions: 1 };
        let iam = after(&answer(SessionState::Ending, Enforced::Iam, Some(at(3_600))), "Ada");
        assert_eq!(iam, "The session of Ada is ended. IAM is told to deny the credentials, which usually works within a few minutes.");
        let expiry = after(&answer(SessionState::Blocked, Enforced::Expiry, Some(at(3_600))), "Ada");
        assert!(expiry.starts_with("Ada is blocked here, but") && expiry.ends_with("live until 1970-01-01 01:00 UTC."), "{expiry}");
        let nothing = after(&answer(SessionState::Blocked, Enforced::Iam, None), "Ada");
        assert_eq!(nothing, "Ada is blocked. No credentials were left that could work.");
    }
}
