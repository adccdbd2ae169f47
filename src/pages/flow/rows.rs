//! A step's inside: what was sent or checked on one side, the rule it satisfied on the other.

use crate::model::flow::{Cause, Row, Verdict};
use crate::pages::flow::copy_button;
use crate::ui::piece::{IntoPiece, Tag, tag};

/// The rows.
pub(super) fn table(rows: Vec<Row>) -> Tag {
    let head = tag("tr")
        .child(tag("th").set("scope", "col").child("What was sent or checked"))
        .child(tag("th").set("scope", "col").child("The rule it satisfied, or what it is for"));
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
        Verdict::Kept => ("mark-word good", "kept"),
        Verdict::Broken => ("mark-word bad", "broken"),
        Verdict::NotJudged => ("mark-word secondary", "not judged"),
    };
    Some(tag("span").class(class).child(word))
}

/// Why a step failed, and what puts it right.
pub(super) fn cause(cause: Cause, failed: bool) -> Tag {
    let Cause { code, rule, what, why, fix } = cause;
    let codes = match rule {
        Some(rule) => [code, ", rule ".to_owned(), rule].concat(),
        None => code,
    };
    let copy = copy_button(fix.clone());
    tag("div")
        .class(if failed { "cause cause--failed" } else { "cause" })
        .child(tag("p").child(tag("strong").child(what)).child(" ").child(tag("code").class("small secondary").child(codes)))
        .child((!why.is_empty()).then(|| tag("p").child(why)))
        .child(tag("p").class("cause__head").child(tag("strong").child("What puts it right")).child(copy))
        .child(tag("pre").class("cause__fix").child(fix))
}

/// A text that is shown as it is, under a heading.
pub(super) fn text(name: &'static str, text: String, says: &'static str) -> Tag {
    tag("div")
        .class("shown")
        .child(tag("h2").class("shown__name").child(name))
        .child(tag("p").class("secondary").child(says))
        .child(tag("pre").child(text.piece()))
}
