//! What was found, the worst first, each with its fix to be copied.

use super::FOUND_IN;
use crate::model::examination::{Examination, ExaminationFinding, Severity};
use crate::state::examination;
use crate::ui::copy::copy_button;
use crate::ui::icon::{Icon, icon};
use crate::ui::piece::{Tag, tag};
use crate::words::t;

/// All of them, or that there is nothing.
pub(super) fn findings(examination: &Examination) -> Tag {
    let found = examination::findings(examination);
    let section = tag("section").set("aria-labelledby", "doctor-findings");
    let heading = |words: &'static str| tag("h2").set("id", "doctor-findings").child(words);
    if found.is_empty() {
        return section.child(heading(t!("Nothing is wrong"))).child(tag("p").child(t!("Everything that was checked is as it should be.")));
    }
    section.child(heading(t!("Findings"))).child(tag("ul").class("findings").children(found.into_iter().map(finding)))
}

fn finding(finding: &ExaminationFinding) -> Tag {
    let ExaminationFinding { code, severity, what, why, breaks, fix } = finding;
    let (class, shape, word) = match severity {
        Severity::Error => ("finding finding--error", Icon::Failed, t!("Error")),
        Severity::Warning => ("finding finding--warning", Icon::Failed, t!("Warning")),
        Severity::Note => ("finding", Icon::Empty, t!("Note")),
    };
    let pair = |name: &'static str, said: &str| {
        tag("div").child(tag("dt").child(name)).child(tag("dd").set("lang", FOUND_IN).child(said.to_owned()))
    };
    let copied = fix.clone();
    tag("li")
        .class(class)
        .child(
            tag("h3")
                .child(icon(shape))
                .child(tag("span").class("unseen").child(word))
                .child(" ")
                .child(tag("span").set("lang", FOUND_IN).child(what.clone())),
        )
        .child(tag("dl").class("finding__facts").child(pair(t!("Seen"), why)).child(pair(t!("Breaks"), breaks)).child(
            tag("div").child(tag("dt").child(t!("In the handbook"))).child(tag("dd").child(tag("code").child(format!("doctor.md#{code}")))),
        ))
        .child(
            tag("div")
                .class("finding__fix")
                .child(tag("h4").child(t!("Fix")))
                .child(copy_button("button button--inline", t!("Copy"), move || copied.clone()))
                .child(tag("pre").set("tabindex", "0").set("role", "group").set("aria-label", t!("Fix")).child(fix.clone())),
        )
}
