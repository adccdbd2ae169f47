//! What was invoked in this tab, and what came of it. In memory only, and until the person signs out: results may be
//! anything.

use super::{Done, Order};
use crate::browser::channel::Channel;
use crate::model::clock::Timestamp;
use crate::state::credentials::CredentialStore;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Most runs that are remembered: of more, the oldest go.
const MOST: usize = 30;

/// Most bytes of payloads and results together.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// An invocation that came to its end.
#[derive(Clone, Debug)]
pub struct Run {
    /// Counts the invocations of this tab, from 1.
    pub number: u32,
    /// When it ended.
    pub at: Timestamp,
    /// What was asked for.
    pub order: Order,
    /// What came of it.
    pub done: Arc<Done>,
}

impl Run {
    fn bytes(&self) -> usize {
        self.order.payload.len() + self.done.outcome.payload.len()
    }
}

#[derive(Default)]
struct Runs {
    count: u32,
    kept: Vec<Arc<Run>>,
}

impl Runs {
    const fn new() -> Self {
        Self { count: 0, kept: Vec::new() }
    }

    fn add(&mut self, at: Timestamp, order: Order, done: Arc<Done>) {
        self.count += 1;
        self.kept.push(Arc::new(Run { number: self.count, at, order, done }));
        let is_much = |kept: &[Arc<Run>]| kept.len() > MOST || kept.iter().map(|run| run.bytes()).sum::<usize>() > MOST_BYTES;
        // The newest stays, whatever its size: it is shown anyway.
        while self.kept.len() > 1 && is_much(&self.kept) {
            self.kept.remove(0);
        }
    }

    /// The newest first.
    fn of(&self, order: impl Fn(&Order) -> bool) -> Vec<Arc<Run>> {
        self.kept.iter().rev().filter(|run| order(&run.order)).cloned().collect()
    }
}

/// For as long as the page lives, whichever part of it is shown. Nothing is invoked on the server.
static RUNS: Mutex<Runs> = Mutex::new(Runs::new());

fn runs() -> MutexGuard<'static, Runs> {
    RUNS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hears of signing out, from the first run on.
static FORGETS: OnceLock<Channel> = OnceLock::new();

pub(super) fn add(at: Timestamp, order: Order, done: Arc<Done>) {
    FORGETS.get_or_init(|| CredentialStore::on_sign_out(|| *runs() = Runs::new()));
    runs().add(at, order, done);
}

/// The runs of the function with this ARN, the newest first.
#[must_use]
pub fn of(arn: &str) -> Vec<Arc<Run>> {
    runs().of(|order| order.target.arn == arn)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{order, outcome};
    use super::super::{Mode, Outcome};
    use super::*;

    fn done(bytes: usize) -> Arc<Done> {
        let outcome = Outcome { payload: vec![b'x'; bytes], ..outcome() };
        Arc::new(Done { mode: Mode::default(), outcome, milliseconds: 1, chunks: None, fell_back: false, broken: None })
    }

    fn numbers(runs: &Runs) -> Vec<u32> {
        runs.of(|_| true).iter().map(|run| run.number).collect()
    }

    #[test]
    fn the_newest_come_first_and_the_oldest_go() {
        let (mut runs, now) = (Runs::new(), Timestamp::from_seconds(1));
        for _ in 0..MOST + 2 {
            runs.add(now, order(Mode::default(), "{}".into()), done(2));
        }
        let kept = numbers(&runs);
        assert_eq!((kept.len(), kept[0], kept[MOST - 1]), (MOST, 32, 3));
        runs.add(now, order(Mode::default(), String::new()), done(MOST_BYTES));
        assert_eq!(numbers(&runs), [33]);
        runs.add(now, order(Mode::default(), String::new()), done(MOST_BYTES + 1));
        assert_eq!(numbers(&runs), [34], "shown anyway");
        assert!(runs.of(|order| order.target.name == "another").is_empty());
    }
}
