//! A link to one object: made only when it is asked for, shown only here, and gone with the dialog.

use super::form::form;
use super::{Act, Asked, Desk, words};
use crate::browser::{format, task};
use crate::pages::problem::explanation;
use crate::reactive::{Memo, RwSignal, StoredValue, effect};
use crate::state::credentials::CredentialStatus;
use crate::state::failure::Failure;
use crate::state::share::{Link, link};
use crate::ui::button::button;
use crate::ui::copy::copy_button;
use crate::ui::piece::{ElementRef, IntoPiece, Piece, live, tag};
use crate::words::{mark, t, translated};
use leptos::prelude::event_target_value;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Lives that can be chosen, in seconds.
const LIVES: [(u32, &str); 5] = [
    (900, mark!("15 minutes")),
    (3_600, mark!("1 hour")),
    (14_400, mark!("4 hours")),
    (43_200, mark!("12 hours")),
    (604_800, mark!("7 days")),
];

/// What came of it.
type Made = Option<Result<Arc<Link>, Failure>>;

#[derive(Clone, Copy)]
struct Filled {
    seconds: RwSignal<u32>,
    made: StoredValue<Made>,
    revision: RwSignal<u32>,
}

impl Filled {
    fn make(self, made: Made) {
        self.made.set_value(made);
        self.revision.update(|revision| *revision = revision.wrapping_add(1));
    }
}

pub(super) fn question(desk: Desk) -> Piece {
    let filled = Filled { seconds: RwSignal::new(LIVES[0].0), made: StoredValue::new(None), revision: RwSignal::new(0) };
    let asked = Memo::new(move || desk.asked.get().filter(|asked| asked.act == Act::Share));
    let open = Memo::new(move || asked.with(Option::is_some));
    effect(move || {
        asked.track();
        filled.seconds.set(LIVES[0].0);
        filled.make(None);
    });
    let status = desk.store.status(desk.visit.role_id());
    effect(move || {
        // A wipe takes the link too: the back/forward cache keeps a page's memory, and what is signed out signs nothing.
        if !status.with(|status| matches!(status, CredentialStatus::Live { .. })) {
            filled.make(None);
        }
    });
    let close = move || {
        if open.get_untracked() {
            desk.asked.set(None);
        }
    };
    let title =
        move || asked.with(|asked| asked.as_ref().map(|asked| t!("Share {what}", what = words::chosen(&asked.chosen))).unwrap_or_default());
    let first = ElementRef::new();
    form("share", open, close, title, first, move || asked.get_untracked().map(|asked| content(desk, filled, asked, first)).piece())
}

fn content(desk: Desk, filled: Filled, asked: Asked, first: ElementRef) -> Piece {
    let life = tag("label").class("dialog__typing").child(tag("span").child(t!("The link works for"))).child(
        tag("select")
            .reference(first)
            .class("field")
            .live_value(move || filled.seconds.get().to_string())
            .on("change", move |event| {
                filled.seconds.set(event_target_value(&event).parse().unwrap_or(LIVES[0].0));
                filled.make(None);
            })
            .children(LIVES.map(|(seconds, name)| tag("option").set("value", seconds.to_string()).child(translated(name)))),
    );
    let warning = t!(
        "Whoever has the link can read the object until then, without signing in. Ending your session does not end the link before IAM denies its credentials."
    );
    let made = live(move || {
        filled.revision.track();
        filled.made.with_value(|made| match made {
            None => ().piece(),
            Some(Err(failure)) => {
                let words = tag("p").class("bad").child(failure.message.clone()).child(" ").child(failure.next_step.clone());
                words.child(" ").child(explanation(&failure.section)).piece()
            }
            Some(Ok(link)) => shown(Arc::clone(link)),
        })
    });
    let make = move || {
        let (asked, seconds) = (asked.clone(), filled.seconds.get_untracked());
        let (Some(role), Some(chosen)) = (desk.visit.role_id().get_untracked(), asked.chosen.first().cloned()) else { return };
        task::spawn(async move {
            let made = link(desk.store, &role, &asked.spot.location, chosen.key(), seconds).await;
            // Closed in the meantime: nothing is kept.
            if desk.asked.try_get_untracked().flatten().as_ref() == Some(&asked) {
                filled.make(Some(made.map(Arc::new)));
            }
        });
    };
    [
        life.piece(),
        tag("p").class("dialog__note secondary").child(warning).piece(),
        tag("div").set("role", "status").child(made).piece(),
        tag("div")
            .class("dialog__actions")
            .child(button("button", t!("Close"), move || desk.asked.set(None)))
            .child(button("button button--primary", t!("Make the link"), make))
            .piece(),
    ]
    .piece()
}

fn shown(link: Arc<Link>) -> Piece {
    let (until, copied) = (format::date_time(link.until), Arc::clone(&link));
    let why = if link.ends_with_credentials {
        t!("Works until {time}: your credentials end then.", time = until)
    } else {
        t!("Works until {time}.", time = until)
    };
    tag("div")
        .class("share")
        .child(
            tag("input").class("field mono").set("readonly", "").set("aria-label", t!("Link")).set("value", link.url.expose().to_owned()),
        )
        .child(copy_button("button", t!("Copy"), move || Zeroizing::new(copied.url.expose().to_owned())))
        .child(tag("p").class("share__until").child(why))
        .piece()
}
