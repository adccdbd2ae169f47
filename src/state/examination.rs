//! What the doctor says, for an administrator.

use crate::api;
use crate::browser::{portal, task};
use crate::model::error::PortalError;
use crate::model::examination::{CheckOutcome, Examination, ExaminationFinding, Severity};
use crate::reactive::{RwSignal, Signal};
use std::sync::Arc;

/// How long an examination may take, in milliseconds: its slowest check has ten seconds, and mints are tried a few at a
/// time.
const LONGEST: u32 = 90_000;

/// Where an examination stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExaminationStatus {
    /// It is running; whether mints are tried.
    Running {
        /// Whether mints are tried.
        mint: bool,
    },
    /// It is over.
    Done(Arc<Examination>),
    /// The portal did not run it.
    Failed(PortalError),
}

/// The newest examination.
#[derive(Clone, Copy, Debug)]
pub struct Doctor {
    status: RwSignal<ExaminationStatus>,
}

impl Doctor {
    /// Has everything examined, without mints. Nothing happens on the server.
    #[must_use]
    pub fn begin() -> Self {
        let doctor = Self { status: RwSignal::new(ExaminationStatus::Running { mint: false }) };
        doctor.ask(false);
        doctor
    }

    /// Where it stands. Tracked when read.
    #[must_use]
    pub fn status(self) -> Signal<ExaminationStatus> {
        self.status.into()
    }

    /// Has everything examined anew, unless that is being done.
    pub fn again(self, mint: bool) {
        if !matches!(self.status.get_untracked(), ExaminationStatus::Running { .. }) {
            self.status.set(ExaminationStatus::Running { mint });
            self.ask(mint);
        }
    }

    fn ask(self, mint: bool) {
        task::spawn(async move {
            let status = match portal::call_within(LONGEST, api::Doctor { mint }).await {
                Ok(examination) => ExaminationStatus::Done(Arc::new(examination)),
                Err(error) => ExaminationStatus::Failed(error),
            };
            // The page may have been left.
            let _ = self.status.try_set(status);
        });
    }
}

/// How much was found, and how much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Findings that are errors.
    pub errors: usize,
    /// Findings that are warnings.
    pub warnings: usize,
    /// Findings to be known.
    pub notes: usize,
    /// Checks that were run.
    pub run: usize,
    /// Checks that were not.
    pub not_run: usize,
}

impl Tally {
    /// Of this examination.
    #[must_use]
    pub fn of(examination: &Examination) -> Self {
        let count = |severity| findings(examination).iter().filter(|finding| finding.severity == severity).count();
        let not_run = examination.checks.iter().filter(|check| check.outcome == CheckOutcome::NotChecked).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            run: examination.checks.len() - not_run,
            not_run,
        }
    }
}

/// Everything that was found, the worst first.
#[must_use]
pub fn findings(examination: &Examination) -> Vec<&ExaminationFinding> {
    let mut all: Vec<&ExaminationFinding> = examination.checks.iter().flat_map(|check| &check.findings).collect();
    // Stable: what is as bad stays in the order of the way from the balancer to S3.
    all.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Timestamp;
    use crate::model::examination::ExaminationCheck;

    fn finding(code: &str, severity: Severity) -> ExaminationFinding {
        let text = String::new;
        ExaminationFinding { code: code.to_owned(), severity, what: text(), why: text(), breaks: text(), fix: Vec::new() }
    }

    fn check(outcome: CheckOutcome, findings: Vec<ExaminationFinding>) -> ExaminationCheck {
        ExaminationCheck { subject: String::new(), outcome, detail: String::new(), findings }
    }

    #[test]
    fn the_worst_comes_first_and_nothing_is_counted_twice() {
        let examination = Examination {
            checks: vec![
                check(CheckOutcome::Finding, vec![finding("a", Severity::Note), finding("b", Severity::Error)]),
                check(CheckOutcome::Ok, Vec::new()),
                check(CheckOutcome::NotChecked, Vec::new()),
                check(CheckOutcome::Finding, vec![finding("c", Severity::Error), finding("d", Severity::Warning)]),
            ],
            mint: false,
            server_now: Timestamp::from_millis(0),
        };
        let order: Vec<&str> = findings(&examination).into_iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(order, ["b", "c", "d", "a"]);
        assert_eq!(Tally::of(&examination), Tally { errors: 2, warnings: 1, notes: 1, run: 3, not_run: 1 });
    }
}
