//! When credentials are renewed, given up and looked at: arithmetic on times, nothing else.

use crate::model::clock::Timestamp;

/// Below this many seconds the countdown goes second by second.
pub(super) const LAST_MINUTES: i64 = 300;

/// Longest margin before expiry in which credentials are no longer handed out.
const LONGEST_MARGIN_MILLIS: i64 = 60_000;

/// When to renew: at 80 % of their life, give or take 5 % by `chance` (0 to 1), so that the tabs
/// and people of one morning do not all come back in the same minute.
pub(super) fn refresh_at(issued: Timestamp, expires: Timestamp, chance: f64) -> Timestamp {
    let life = expires.millis_since(issued).max(0);
    // Per mille in whole numbers: 750 to 850.
    #[expect(clippy::cast_possible_truncation, reason = "0 to 100")]
    let per_mille = 750 + (chance.clamp(0.0, 1.0) * 100.0) as i64;
    issued.plus_millis(life / 1_000 * per_mille + life % 1_000 * per_mille / 1_000)
}

/// Until when to hand them out: a request that starts now must reach AWS before they end.
pub(super) fn usable_until(issued: Timestamp, expires: Timestamp) -> Timestamp {
    let margin = (expires.millis_since(issued).max(0) / 20).min(LONGEST_MARGIN_MILLIS);
    expires.plus_millis(-margin)
}

/// When to try again after a renewal failed: when the portal says so, else sooner as the end
/// comes nearer, but never in a tight loop.
pub(super) fn retry_at(now: Timestamp, expires: Timestamp, retry_after: Option<u32>) -> Timestamp {
    let wait = retry_after.map_or_else(|| (expires.millis_since(now) / 4).clamp(5_000, 60_000), |seconds| i64::from(seconds) * 1_000);
    now.plus_millis(wait)
}

/// One set of credentials as the timer sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) expires: Timestamp,
    /// When to renew; `None` while a renewal is under way.
    pub(super) due: Option<Timestamp>,
}

/// Milliseconds until something is to be done: a renewal (only in an `active` tab), an expiry, or
/// the next change of a countdown (only in a `visible` one). `None`: nothing ever.
pub(super) fn next_pulse(held: &[Held], now: Timestamp, visible: bool, active: bool) -> Option<u32> {
    held.iter()
        .map(|held| {
            let left = held.expires.millis_since(now);
            let mut wait = left;
            if let Some(due) = held.due.filter(|_| active) {
                wait = wait.min(due.millis_since(now));
            }
            if visible {
                wait = wait.min(until_countdown_changes(left));
            }
            u32::try_from(wait.max(20)).unwrap_or(u32::MAX)
        })
        .min()
}

/// The countdown shows whole minutes, then whole seconds, rounded down.
fn until_countdown_changes(left: i64) -> i64 {
    let last = LAST_MINUTES * 1_000;
    let step = if left > last { 60_000 } else { 1_000 };
    left.rem_euclid(step) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ISSUED: Timestamp = Timestamp::from_seconds(1_795_415_575);

    #[test]
    fn an_hour() {
        let expires = ISSUED.plus_seconds(3_600);
        assert_eq!(refresh_at(ISSUED, expires, 0.0), ISSUED.plus_seconds(2_700));
        assert_eq!(refresh_at(ISSUED, expires, 0.5), ISSUED.plus_seconds(2_880));
        assert_eq!(refresh_at(ISSUED, expires, 1.0), ISSUED.plus_seconds(3_060));
        assert_eq!(usable_until(ISSUED, expires), ISSUED.plus_seconds(3_540));
    }

    #[test]
    fn twenty_seconds() {
        let expires = ISSUED.plus_seconds(20);
        assert_eq!(refresh_at(ISSUED, expires, 0.5), ISSUED.plus_seconds(16));
        assert_eq!(usable_until(ISSUED, expires), ISSUED.plus_seconds(19));
    }

    #[test]
    fn retries_come_closer_and_obey_the_portal() {
        let expires = ISSUED.plus_seconds(720);
        assert_eq!(retry_at(ISSUED, expires, None), ISSUED.plus_seconds(60));
        assert_eq!(retry_at(ISSUED.plus_seconds(620), expires, None), ISSUED.plus_seconds(645));
        assert_eq!(retry_at(ISSUED.plus_seconds(719), expires, None), ISSUED.plus_seconds(724));
        assert_eq!(retry_at(ISSUED, expires, Some(90)), ISSUED.plus_seconds(90));
    }

    #[test]
    fn a_hidden_idle_tab_wakes_only_to_forget() {
        let held = [Held { expires: ISSUED.plus_seconds(3_600), due: Some(ISSUED.plus_seconds(2_880)) }];
        assert_eq!(next_pulse(&held, ISSUED, false, false), Some(3_600_000));
        assert_eq!(next_pulse(&held, ISSUED, false, true), Some(2_880_000));
        assert_eq!(next_pulse(&held, ISSUED.plus_seconds(10), true, true), Some(50_001));
        assert_eq!(next_pulse(&held, ISSUED.plus_millis(3_590_250), true, false), Some(751));
        assert_eq!(next_pulse(&[], ISSUED, true, true), None);
    }

    proptest! {
        #[test]
        fn always_within_the_life(life in 0_i64..100_000_000, chance in 0.0..1.0_f64) {
            let expires = ISSUED.plus_millis(life);
            let at = refresh_at(ISSUED, expires, chance);
            prop_assert!(at >= ISSUED && at <= usable_until(ISSUED, expires));
        }

        #[test]
        fn a_pulse_never_spins(left in -10_000_i64..100_000_000, visible: bool, active: bool) {
            let held = [Held { expires: ISSUED.plus_millis(left), due: Some(ISSUED) }];
            prop_assert!(next_pulse(&held, ISSUED, visible, active).is_some_and(|wait| wait >= 20));
        }
    }
}
