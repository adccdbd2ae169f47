//! *Doctor*: everything between the balancer and S3 examined for an administrator, and how to put right what is wrong.

mod checks;
mod findings;

use super::admin::refused;
use super::errors;
use super::explanations::{self, Explanation};
use super::frame::{Section, Visit, framed};
use super::problem::portal_notice;
use crate::browser::format;
use crate::browser::style::StyleSheet;
use crate::model::error::ErrorCode;
use crate::model::examination::Examination;
use crate::pages::title;
use crate::reactive::{Memo, StoredValue, effect};
use crate::state::examination::{Doctor, ExaminationStatus, Tally};
use crate::ui::announce;
use crate::ui::button::button;
use crate::ui::notice::{Notice, notice};
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag, text};
use crate::words::{t, tn};
use leptos::prelude::Get;
use leptos_router::hooks::use_location;

/// How it looks.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_doctor.css"));

/// The language of what is found, whatever the page's is: the same words stand in the log of `vestibule doctor` and in the handbook.
const FOUND_IN: &str = "en";

/// The page.
pub fn doctor() -> Piece {
    framed(Section::Admin, page)
}

fn page(visit: Visit) -> Piece {
    let is_admin = visit.who.with_value(|who| who.is_admin);
    let content = if is_admin { explanations::explained(Explanation::Doctor(visit)) } else { refused(visit, None) };
    [title(|| t!("Doctor").into()), content].piece()
}

/// Everything behind the gate.
pub(super) fn explained(visit: Visit) -> Piece {
    STYLE.adopt();
    let doctor = Doctor::begin();
    let status = doctor.status();
    effect(move || announce::say("doctor", status.with(spoken)));
    let asked = StoredValue::new(errors::asked());
    let body = live(move || match status.get() {
        ExaminationStatus::Running { mint } => running(mint).piece(),
        ExaminationStatus::Done(examination) => {
            let without = asked.with_value(|asked| findings::without(&examination, asked));
            [without.piece(), findings::findings(&examination).piece(), checks::checks(&examination).piece()].piece()
        }
        ExaminationStatus::Failed(error) if error.code == ErrorCode::NotEntitled => refused(visit, Some(error)),
        ExaminationStatus::Failed(error) => {
            let again = button("button", t!("Examine again"), move || doctor.again(false)).piece();
            notice(Notice { title: t!("Nothing was examined").to_owned(), ..portal_notice(error) }, Some(again)).piece()
        }
    });
    let hash = use_location().hash;
    effect(move || {
        let is_done = status.with(|status| matches!(status, ExaminationStatus::Done(_)));
        let hash = hash.get();
        if is_done {
            errors::show(&hash);
        }
    });
    tag("div").class("doctor").child(head(doctor)).child(body).piece()
}

fn head(doctor: Doctor) -> Tag {
    let status = doctor.status();
    let busy = Memo::new(move || status.with(|status| matches!(status, ExaminationStatus::Running { .. })));
    let press = |word, mint| button("button", word, move || doctor.again(mint)).live("aria-disabled", move || busy.get().then_some("true"));
    let said = move || match status.get() {
        ExaminationStatus::Done(examination) => words(&examination),
        _ => String::new(),
    };
    tag("header")
        .class("doctor__head")
        .child(tag("h1").child(t!("Doctor")))
        .child(tag("p").class("doctor__said").child(text(said)))
        .child(
            tag("div")
                .class("doctor__actions")
                .child(press(t!("Examine again"), false))
                .child(press(t!("Examine and try mints"), true).set("aria-describedby", "doctor-mints")),
        )
        .child(tag("p").class("secondary doctor__about").set("id", "doctor-mints").child(
            t!("The portal’s own rules judge your own headers; nothing is changed. A tried mint lasts 900 seconds or the role’s own time and is denied everything; one more may list and invoke, and with it S3 and Lambda are asked whether the role may. All are dropped and are no sessions; CloudTrail shows them."),
        ))
}

fn running(mint: bool) -> Tag {
    let words = if mint {
        t!(
            "Asking the key server, the identity provider, STS, S3 and Lambda, and trying a mint for each role. This can take half a minute."
        )
    } else {
        t!("Asking the key server, the identity provider, STS, S3 and Lambda. This takes some seconds.")
    };
    tag("p").class("doctor__running").set("aria-busy", "true").child(words)
}

/// What is said once it is known.
fn spoken(status: &ExaminationStatus) -> String {
    match status {
        ExaminationStatus::Running { .. } => String::new(),
        ExaminationStatus::Done(examination) => words(examination),
        ExaminationStatus::Failed(error) => error.message.clone(),
    }
}

fn words(examination: &Examination) -> String {
    let Tally { errors, warnings, notes, run, not_run } = Tally::of(examination);
    let found = t!(
        "{errors}, {warnings}, {notes}",
        errors = tn!(errors, "{count} error", "{count} errors"),
        warnings = tn!(warnings, "{count} warning", "{count} warnings"),
        notes = tn!(notes, "{count} note", "{count} notes")
    );
    let looked = tn!(run, "{count} check run, {left} not", "{count} checks run, {left} not", count = run, left = not_run);
    [found, looked, format::date_time(examination.server_now)].join(" · ")
}
