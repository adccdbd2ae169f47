//! A step's inside: what was sent or checked on one side, the rule it satisfied on the other.

use crate::model::flow::{Cause, Row, Verdict};
use crate::pages::problem::explanation;
use crate::ui::copy::copy_button;
use crate::ui::piece::{IntoPiece, Tag, tag};
use crate::words::t;

/// The language of what the doctor says, whatever the page's is.
const FOUND_IN: &str = "en";

/// The rows.
pub(super) fn table(rows: Vec<Row>) -> Tag {
    let head = tag("tr")
        .child(tag("th").set("scope", "col").child(t!("What was sent or checked")))
        .child(tag("th").set("scope", "col").child(t!("The rule it satisfied, or what it is for")));
    tag("table").class("rows").child(tag("thead").child(head)).child(tag("tbody").children(rows.into_iter().map(row)))
}

fn row(row: Row) -> Tag {
    let Row { name, value, rule, says, verdict } = row;
    if value.is_empty() && says.is_empty() && rule.is_empty() {
        return tag("tr").class("rows__group").child(tag("th").set("scope", "colgroup").set("colspan", "2").child(name));
    }
    let sent = tag("td")
        .child(tag("span").class("rows__name").child(name))
        .child((!value.is_empty()).then(|| tag("code").class("rows__value").child(value)));
    let rule = (!rule.is_empty()).then(|| tag("code").class("rows__rule small").child(rule));
    let satisfied =
        tag("td").child(mark(verdict)).child(rule).child((!says.is_empty()).then(|| tag("span").class("rows__says").child(says)));
    tag("tr").set("data-verdict", verdict.as_str()).child(sent).child(satisfied)
}

fn mark(verdict: Verdict) -> Option<Tag> {
    let (class, word) = match verdict {
        Verdict::None => return None,
        Verdict::Kept => ("mark-word good", t!("kept")),
        Verdict::Broken => ("mark-word bad", t!("broken")),
        Verdict::NotJudged => ("mark-word secondary", t!("not judged")),
    };
    Some(tag("span").class(class).child(word))
}

/// Why a step failed, and what puts it right.
pub(super) fn cause(cause: Cause, failed: bool) -> Tag {
    let Cause { code, rule, section, what, why, fix, why_in_english, fix_in_english } = cause;
    let codes = match rule {
        Some(rule) => t!("{code}, rule {rule}", code = code, rule = rule),
        None => code,
    };
    let language = |english: bool| english.then_some(FOUND_IN);
    let copied = fix.clone();
    let copy = copy_button("button button--inline", t!("Copy"), move || copied.clone());
    tag("div")
        .class(if failed { "cause cause--failed" } else { "cause" })
        .child(tag("p").child(tag("strong").child(what)).child(" ").child(tag("code").class("small secondary").child(codes)))
        .child((!why.is_empty()).then(|| tag("p").set("lang", language(why_in_english)).child(why)))
        .child(explanation(&section).map(|link| tag("p").child(link)))
        .child(tag("p").class("cause__head").child(tag("strong").child(t!("What puts it right"))).child(copy))
        .child(tag("pre").class("cause__fix").set("lang", language(fix_in_english)).child(fix))
}

/// A text that is shown as it is, under a heading.
pub(super) fn shown(name: &'static str, text: String, says: &'static str) -> Tag {
    tag("div")
        .class("shown")
        .child(tag("h2").class("shown__name").child(name))
        .child(tag("p").class("secondary").child(says))
        .child(tag("pre").child(text.piece()))
}
