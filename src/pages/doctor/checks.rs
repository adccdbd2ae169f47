//! Everything that was looked at, and what was not.

use super::FOUND_IN;
use crate::model::examination::{CheckOutcome, Examination, ExaminationCheck};
use crate::ui::piece::{Tag, tag};
use crate::words::t;

/// All checks, in the order of the way from the balancer to S3.
pub(super) fn checks(examination: &Examination) -> Tag {
    let head = tag("tr").children([t!("Outcome"), t!("What"), t!("What was seen")].map(|name| tag("th").set("scope", "col").child(name)));
    tag("section").set("aria-labelledby", "doctor-checks").child(tag("h2").set("id", "doctor-checks").child(t!("Checks"))).child(
        tag("table").class("checks").child(tag("thead").child(head)).child(tag("tbody").children(examination.checks.iter().map(check))),
    )
}

fn check(check: &ExaminationCheck) -> Tag {
    let (class, word, detail) = match check.outcome {
        CheckOutcome::Ok => ("checks__ok", t!("ok"), check.detail.clone()),
        CheckOutcome::Finding => ("checks__finding", t!("finding"), codes(check)),
        CheckOutcome::NotChecked => ("checks__not", t!("not checked"), t!("Because {reason}.", reason = check.detail)),
    };
    tag("tr")
        .child(tag("td").class(class).child(word))
        .child(tag("th").set("scope", "row").set("lang", FOUND_IN).child(check.subject.clone()))
        .child(tag("td").child(detail))
}

fn codes(check: &ExaminationCheck) -> String {
    let mut codes: Vec<&str> = check.findings.iter().map(|finding| finding.code.as_str()).collect();
    codes.dedup();
    codes.join(", ")
}
