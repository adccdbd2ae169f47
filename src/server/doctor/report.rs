//! All checks together, as text for people and as JSON for programs.

use super::finding::{Check, Finding, Outcome, Severity};
use crate::model::examination::{CheckOutcome, ExaminationCheck, FixPart};
use crate::model::secret::Secret;
use crate::server::credentials::refusal::{WITHHELD, repeats};
use serde::Serialize;
use std::fmt::Write as _;

/// Where each code is explained.
const HANDBOOK: &str = "src/docs/doctor.md";

/// What was looked at and what was found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Json<'a> {
    findings: Vec<&'a Finding>,
    checks: Vec<JsonCheck<'a>>,
}

#[derive(Serialize)]
struct JsonCheck<'a> {
    subject: &'a str,
    outcome: CheckOutcome,
    detail: &'a str,
}

impl Report {
    /// Of these checks, without what repeats one of the secrets: texts hold only what is no secret, and
    /// this sees to it once more.
    #[must_use]
    pub fn new(checks: Vec<Check>, secrets: &[Secret]) -> Self {
        Self { checks: withheld(checks, secrets) }
    }

    /// Everything that was looked at, in order.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// Everything that was found, in order.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.checks.iter().flat_map(|check| match &check.outcome {
            Outcome::Found(findings) => findings.as_slice(),
            Outcome::Fine(_) | Outcome::NotChecked(_) => &[],
        })
    }

    /// Whether nothing is wrong: notes may be there.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings().all(|finding| finding.severity == Severity::Note)
    }

    /// One JSON object, with a line break at its end.
    #[must_use]
    pub fn json(&self) -> String {
        let checks = self.checks.iter().map(|Check { subject, outcome }| {
            let (outcome, detail) = match outcome {
                Outcome::Fine(seen) => (CheckOutcome::Ok, seen.as_str()),
                Outcome::Found(_) => (CheckOutcome::Finding, ""),
                Outcome::NotChecked(reason) => (CheckOutcome::NotChecked, reason.as_str()),
            };
            JsonCheck { subject, outcome, detail }
        });
        let json = Json { findings: self.findings().collect(), checks: checks.collect() };
        let text = serde_json::to_string_pretty(&json).expect("strings and lists are JSON");
        format!("{text}\n")
    }

    /// For the portal's own page.
    #[must_use]
    pub fn into_answer(self) -> Vec<ExaminationCheck> {
        let check = |Check { subject, outcome }| {
            let (outcome, detail, findings) = match outcome {
                Outcome::Fine(seen) => (CheckOutcome::Ok, seen, Vec::new()),
                Outcome::Found(findings) => (CheckOutcome::Finding, String::new(), findings),
                Outcome::NotChecked(reason) => (CheckOutcome::NotChecked, reason, Vec::new()),
            };
            ExaminationCheck { subject, outcome, detail, findings: findings.into_iter().map(Finding::into_answer).collect() }
        };
        self.checks.into_iter().map(check).collect()
    }

    /// A line a check, then every finding in full.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let width = self.checks.iter().map(|check| check.subject.chars().count()).max().unwrap_or_default();
        for Check { subject, outcome } in &self.checks {
            let (word, detail) = match outcome {
                Outcome::Fine(seen) => ("ok", seen.clone()),
                Outcome::Found(findings) => ("finding", codes(findings)),
                Outcome::NotChecked(reason) => ("not checked", format!("because {reason}")),
            };
            // Writing to a String does not fail.
            let _ = writeln!(text, "{word:<12} {subject:<width$}  {detail}");
        }
        for finding in self.findings() {
            let Finding { code, severity, what, why, breaks, fix } = finding;
            let _ = writeln!(text, "\n{}: {code}", severity.as_str());
            for (name, said) in [("what", what), ("why", why), ("breaks", breaks)] {
                let _ = writeln!(text, "  {name:<7} {}", indented(said, 10));
            }
            for (at, part) in fix.parts().iter().enumerate() {
                let name = if at == 0 { "fix" } else { "" };
                // What is copied stands apart, whole lines of it, so that a selection of them is what runs.
                let _ = match part {
                    FixPart::Say { text: said } => writeln!(text, "  {name:<7} {}", indented(said, 10)),
                    copied => writeln!(text, "\n              {}\n", indented(copied.text(), 14)),
                };
            }
            let _ = writeln!(text, "  {:<7} {HANDBOOK}#{code}", "more");
        }
        let _ = writeln!(text, "\n{}", self.summary());
        text
    }

    fn summary(&self) -> String {
        let count = |severity| self.findings().filter(|finding| finding.severity == severity).count();
        let left_out = self.checks.iter().filter(|check| matches!(check.outcome, Outcome::NotChecked(_))).count();
        let some = |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
        format!(
            "{}, {}, {}; {} run, {left_out} not.",
            some(count(Severity::Error), "error", "errors"),
            some(count(Severity::Warning), "warning", "warnings"),
            some(count(Severity::Note), "note", "notes"),
            some(self.checks.len() - left_out, "check", "checks"),
        )
    }
}

/// Lines of which those behind the first begin so far in.
fn indented(text: &str, columns: usize) -> String {
    text.trim_end().replace('\n', &format!("\n{:columns$}", ""))
}

/// What stands in a secret's place.
const TAKEN_OUT: &str = "(withheld)";

/// These checks without the secrets: one that is repeated whole is taken out, so that what AWS said about a session stays
/// readable without whose it is; a text with less than all of one is withheld as a whole.
pub(super) fn withheld(mut checks: Vec<Check>, secrets: &[Secret]) -> Vec<Check> {
    let withhold = |text: &mut String| {
        for secret in secrets.iter().map(Secret::expose) {
            if repeats(text, secret) {
                *text = text.replace(secret, TAKEN_OUT);
            }
        }
        if secrets.iter().any(|secret| repeats(text, secret.expose())) {
            WITHHELD.clone_into(text);
        }
    };
    for check in &mut checks {
        withhold(&mut check.subject);
        match &mut check.outcome {
            Outcome::Fine(text) | Outcome::NotChecked(text) => withhold(text),
            Outcome::Found(findings) => findings.iter_mut().flat_map(Finding::texts).for_each(withhold),
        }
    }
    checks
}

fn codes(findings: &[Finding]) -> String {
    let mut codes: Vec<String> = findings.iter().map(|finding| finding.code.to_string()).collect();
    codes.dedup();
    codes.join(", ")
}
