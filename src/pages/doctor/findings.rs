//! What was found, the worst first, each with its fix to be copied.

use super::FOUND_IN;
use crate::model::examination::{Examination, ExaminationFinding, FixPart, Severity};
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
    // The first of a code is where errors link to.
    let first = |at: usize| !found[..at].iter().any(|before| before.code == found[at].code);
    let items = (0..found.len()).map(|at| finding(found[at], first(at)));
    section.child(heading(t!("Findings"))).child(tag("ul").class("findings").children(items))
}

/// What is said to whoever came from an error that no finding explains.
pub(super) fn without(examination: &Examination, asked: &str) -> Option<Tag> {
    let is_code = !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let is_found = examination::findings(examination).iter().any(|finding| finding.code == asked);
    (is_code && !is_found)
        .then(|| tag("p").class("doctor__asked").child(t!("The doctor does not find {code} at this moment.", code = asked)))
}

fn finding(finding: &ExaminationFinding, is_first: bool) -> Tag {
    let ExaminationFinding { code, severity, what, why, breaks, fix } = finding;
    let (class, shape, word) = match severity {
        Severity::Error => ("finding finding--error", Icon::Failed, t!("Error")),
        Severity::Warning => ("finding finding--warning", Icon::Failed, t!("Warning")),
        Severity::Note => ("finding", Icon::Empty, t!("Note")),
    };
    let pair = |name: &'static str, said: &str| {
        tag("div").child(tag("dt").child(name)).child(tag("dd").set("lang", FOUND_IN).child(said.to_owned()))
    };
    tag("li")
        .class(class)
        .set("id", is_first.then(|| code.clone()))
        .set("tabindex", "-1")
        .child(
            tag("h3")
                .child(icon(shape))
                .child(tag("span").class("unseen").child(word))
                .child(" ")
                .child(tag("span").set("lang", FOUND_IN).child(what.clone())),
        )
        .child(tag("dl").class("finding__facts").child(pair(t!("Seen"), why)).child(pair(t!("Breaks"), breaks)).child(
            tag("div").child(tag("dt").child(t!("In the handbook"))).child(
                tag("dd").child(tag("a").set("href", ["/errors#", code].concat()).child(tag("code").child(format!("doctor.md#{code}")))),
            ),
        ))
        .child(tag("div").class("finding__fix").child(tag("h4").child(t!("Fix"))).children(fix.iter().map(part)))
}

/// A sentence, or what is copied whole with a button of its own.
fn part(part: &FixPart) -> Tag {
    let text = part.text().clone();
    let is_one = !text.contains('\n');
    let (name, language, copy) = match part {
        FixPart::Say { .. } => return tag("p").set("lang", FOUND_IN).child(text),
        FixPart::Run { .. } if is_one => (t!("Command").to_owned(), None, t!("Copy the command")),
        FixPart::Run { .. } => (t!("Commands").to_owned(), None, t!("Copy the commands")),
        FixPart::Configure { .. } if is_one => (t!("Configuration").to_owned(), None, t!("Copy the line")),
        FixPart::Configure { .. } => (t!("Configuration").to_owned(), None, t!("Copy the lines")),
        FixPart::Document { name, .. } => (name.clone(), Some(FOUND_IN), t!("Copy the text")),
    };
    let copied = text.clone();
    tag("div")
        .class("remedy")
        .child(tag("span").class("remedy__name").set("lang", language).child(name.clone()))
        .child(copy_button("button button--inline", copy, move || copied.clone()))
        .child(tag("pre").set("tabindex", "0").set("role", "group").set("aria-label", name).child(text))
}
