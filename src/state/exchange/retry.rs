//! What is done about a request that failed, so that a person need not.

use crate::aws::error::{Remedy, ServiceError};
use crate::browser::fetch::TransportError;

/// How often a request is sent again before the person is told.
const MOST: u32 = 8;

/// The same while the person waits for it: some seconds.
const FEW: u32 = 3;

/// How often new credentials are fetched for the same request.
const RENEWALS: u32 = 2;

/// Milliseconds: the first pause, the longest, and that of a device without a network.
const FIRST_PAUSE: u32 = 500;
const LONGEST_PAUSE: u32 = 30_000;
const OFFLINE_PAUSE: u32 = 2_000;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::state) enum Next {
    /// Wait so many milliseconds, and then send again.
    Pause(u32),
    /// Fetch new credentials, and then send again.
    Renew,
    /// Tell the person.
    GiveUp,
}

/// What was tried already for one request.
#[derive(Debug, Default)]
pub(in crate::state) struct Tries {
    again: u32,
    renewals: u32,
    few: bool,
}

impl Tries {
    /// For what a person waits for.
    pub(in crate::state) fn few() -> Self {
        Self { few: true, ..Self::default() }
    }

    /// After a refusal. `is_young`: the credentials were minted within the last minute.
    pub(in crate::state) fn after_refusal(&mut self, error: &ServiceError, is_young: bool) -> Next {
        let renews = match error.remedy {
            Remedy::RefreshCredentials | Remedy::CorrectClock => true,
            // Whoever may still mint goes on when a session was ended.
            _ => error.is_denied_by_role() && !is_young,
        };
        match error.remedy {
            _ if renews && self.renewals < RENEWALS => {
                self.renewals += 1;
                Next::Renew
            }
            // The connection was so slow that S3 hung up (`RequestTimeout`), the body was damaged on its way
            // (`BadDigest`), or the service is busy.
            Remedy::Retry => self.again(),
            _ if error.code == "BadDigest" => self.again(),
            _ => Next::GiveUp,
        }
    }

    /// After no answer. Without a network it is waited for, however long it takes.
    pub(in crate::state) fn after_silence(&mut self, error: TransportError) -> Next {
        match error {
            TransportError::Offline => Next::Pause(OFFLINE_PAUSE),
            TransportError::Refused => Next::GiveUp,
            _ => self.again(),
        }
    }

    /// After the portal had no credentials to give, where asking again can help.
    pub(in crate::state) fn again(&mut self) -> Next {
        if self.again == if self.few { FEW } else { MOST } {
            return Next::GiveUp;
        }
        self.again += 1;
        Next::Pause(FIRST_PAUSE.saturating_mul(1 << (self.again - 1)).min(LONGEST_PAUSE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::request::Answer;

    fn refused(status: u16, code: &str) -> ServiceError {
        ServiceError::from_s3(&Answer { status, headers: Vec::new(), body: format!("<Error><Code>{code}</Code></Error>").into() })
    }

    #[test]
    fn pauses_double_up_to_half_a_minute_and_end() {
        let mut tries = Tries::default();
        let busy = refused(503, "SlowDown");
        let pauses: Vec<Next> = (0..9).map(|_| tries.after_refusal(&busy, true)).collect();
        let milliseconds = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
        assert_eq!(pauses[..8], milliseconds.map(Next::Pause));
        assert_eq!(pauses[8], Next::GiveUp);
        let mut tries = Tries::few();
        assert_eq!(
            [0; 4].map(|_| tries.after_refusal(&busy, true)),
            [Next::Pause(500), Next::Pause(1_000), Next::Pause(2_000), Next::GiveUp]
        );
    }

    #[test]
    fn each_kind_of_failure() {
        for (status, code, expected) in [
            (400, "ExpiredToken", Next::Renew),
            (403, "RequestTimeTooSkewed", Next::Renew),
            (400, "RequestTimeout", Next::Pause(500)),
            (400, "BadDigest", Next::Pause(500)),
            (500, "InternalError", Next::Pause(500)),
            (501, "NotImplemented", Next::GiveUp),
            (403, "AccessDenied", Next::GiveUp),
            (404, "NoSuchUpload", Next::GiveUp),
            (412, "PreconditionFailed", Next::GiveUp),
        ] {
            assert_eq!(Tries::default().after_refusal(&refused(status, code), false), expected, "{code}");
        }
        let mut tries = Tries::default();
        let expired = refused(400, "ExpiredToken");
        assert_eq!([0; 3].map(|_| tries.after_refusal(&expired, false)), [Next::Renew, Next::Renew, Next::GiveUp]);
    }

    #[test]
    fn a_missing_network_is_waited_for() {
        let mut tries = Tries::default();
        assert!((0..1_000).all(|_| tries.after_silence(TransportError::Offline) == Next::Pause(2_000)));
        assert_eq!(tries.after_silence(TransportError::Network), Next::Pause(500));
        assert_eq!(tries.after_silence(TransportError::Refused), Next::GiveUp);
    }
}
