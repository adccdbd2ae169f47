//! The panel: one line for all files, and behind it a line for each.

use super::words;
use crate::browser::file::{Choice, choose};
use crate::pages::frame::Visit;
use crate::pages::operations;
use crate::pages::problem::explanation;
use crate::reactive::{Memo, RwSignal, Signal, effect};
use crate::state::transfers::{Direction, Transfer, TransferId, TransferState, Transfers};
use crate::ui::announce;
use crate::ui::button::button;
use crate::ui::icon::{Icon, icon};
use crate::ui::piece::{IntoPiece, Piece, Tag, list, live, tag, text};
use crate::words::{t, tn};

/// Most lines that are shown: those of files that need something first.
const MOST: usize = 100;

pub(super) fn panel(visit: Visit) -> Piece {
    let transfers = Transfers::current();
    visit.who.with_value(|who| transfers.adopt(who));
    let revision = transfers.revision();
    let totals = Memo::new(move || {
        revision.track();
        transfers.totals()
    });
    let spoken = Memo::new(move || totals.with(words::spoken));
    effect(move || announce::say("transfers", spoken.get()));
    let open = RwSignal::new(false);
    // What needs the person is not to be overlooked.
    let troubled = Memo::new(move || totals.with(|totals| totals.existing + totals.failed + totals.interrupted + totals.incomplete > 0));
    effect(move || {
        if troubled.get() {
            open.set(true);
        }
    });
    let any = move |pick: fn(&crate::state::transfers::Totals) -> usize| Memo::new(move || totals.with(|totals| pick(totals) > 0));
    let offer = move |there: Memo<bool>, label: &'static str, press: fn(&Transfers)| {
        live(move || there.get().then(|| button("button button--inline", label, move || press(&transfers))))
    };
    let toggle = button(
        "button button--inline transfers__toggle",
        text(move || if open.get() { t!("▾ hide") } else { t!("▴ show") }),
        move || {
            open.update(|open| *open = !*open);
        },
    )
    .live("aria-expanded", move || if open.get() { "true" } else { "false" })
    .set("aria-controls", "transfers");
    let bar = tag("div")
        .class("transfers__bar")
        .live("hidden", move || totals.with(|totals| totals.files + totals.saves == 0))
        .child(tag("h2").class("transfers__line").child(text(move || t!("Transfers: {line}", line = totals.with(words::line)))))
        .child(
            tag("progress")
                .class("transfers__progress")
                .set("aria-label", t!("All transfers"))
                .live("max", move || totals.with(|totals| totals.bytes.max(1).to_string()))
                // Without a value it says that it goes on, and not how far.
                .live("value", move || totals.with(|totals| (!totals.unknown).then(|| totals.confirmed.to_string()))),
        )
        .child(offer(any(|totals| totals.active), t!("Pause all"), |transfers| {
            transfers.pause(&transfers.ids(|state| matches!(state, TransferState::Running | TransferState::Waiting)));
        }))
        .child(offer(any(|totals| totals.paused), t!("Resume all"), |transfers| {
            transfers.resume(&transfers.ids(|state| *state == TransferState::Paused));
        }))
        .child(offer(any(|totals| totals.active + totals.paused), t!("Cancel all"), |transfers| {
            transfers
                .cancel(&transfers.ids(|state| matches!(state, TransferState::Running | TransferState::Waiting | TransferState::Paused)));
        }))
        .child(offer(any(|totals| totals.existing), t!("Replace all existing"), |transfers| {
            transfers.replace(&transfers.ids(|state| *state == TransferState::Exists));
        }))
        .child(offer(any(|totals| totals.resumable), t!("Try all again"), |transfers| {
            transfers.resume(&transfers.ids(|state| matches!(state, TransferState::Failed(_))));
        }))
        .child(offer(any(|totals| totals.stored + totals.saved + totals.incomplete), t!("Clear finished"), Transfers::clear))
        .child(toggle);
    let rows = live(move || open.get().then(|| rows(transfers, revision)));
    tag("section")
        .class("transfers")
        .set("aria-label", t!("Transfers"))
        .child(operations::lines(visit, transfers, revision))
        .child(operations::run_lines(transfers, revision))
        .child(bar)
        .child(tag("div").set("id", "transfers").child(rows))
        .piece()
}

fn rows(transfers: Transfers, revision: Signal<u32>) -> Tag {
    let ids = Memo::new(move || {
        revision.track();
        let mut ids = transfers.ids(|_| true);
        if ids.len() > MOST {
            ids = transfers.ids(|state| *state != TransferState::Stored);
        }
        ids
    });
    let shown = Memo::new(move || ids.with(|ids| ids.iter().take(MOST).copied().collect::<Vec<_>>()));
    let more = move || {
        ids.with(|ids| {
            ids.len().checked_sub(MOST).filter(|more| *more > 0).map(|more| tn!(more, "and {count} more file", "and {count} more files"))
        })
    };
    let lines = live(move || list(shown.get().into_iter().map(|id| row(transfers, revision, id))));
    tag("div")
        .class("transfers__list")
        .set("tabindex", "0")
        .set("role", "group")
        .set("aria-label", t!("Files"))
        .child(tag("ul").child(lines))
        .child(live(move || more().map(|more| tag("p").class("transfers__why").child(more))))
}

/// How far it is, where it is known how much there is.
fn known(transfer: &Transfer) -> Option<String> {
    (!matches!(transfer.direction, Direction::Down { all: None, .. })).then(|| transfer.confirmed.to_string())
}

fn row(transfers: Transfers, revision: Signal<u32>, id: TransferId) -> Tag {
    let transfer = Memo::new(move || {
        revision.track();
        transfers.get(id)
    });
    let part = move |pick: fn(&Transfer) -> String| move || transfer.with(|transfer| transfer.as_ref().map(pick));
    let kind = Memo::new(move || transfer.with(|transfer| transfer.as_ref().map(|transfer| transfer.state.clone())));
    let progresses = Memo::new(move || kind.with(|kind| matches!(kind, Some(TransferState::Running | TransferState::Paused))));
    let failed = Memo::new(move || kind.with(|kind| matches!(kind, Some(TransferState::Failed(_)))));
    let bar = live(move || {
        progresses.get().then(|| {
            tag("progress")
                .live("aria-label", part(|transfer| transfer.path.clone()))
                .live("max", part(|transfer| transfer.size.max(1).to_string()))
                .live("value", move || transfer.with(|transfer| transfer.as_ref().and_then(known)))
        })
    });
    let refused = RwSignal::new(false);
    let actions = live(move || kind.get().map(|state| actions(transfers, id, &state, refused, transfer)));
    let explained = Memo::new(move || transfer.with(|transfer| transfer.as_ref().and_then(words::explanation)));
    let missing = Memo::new(move || transfer.with(|transfer| transfer.as_ref().map(words::missing).unwrap_or_default()));
    let why = live(move || {
        let other =
            refused.get().then(|| t!("That is another file: name, size and time of the last change have to be the same.").to_owned());
        let link = kind.with(|kind| match kind {
            Some(TransferState::Failed(failure)) => explanation(&failure.section),
            _ => None,
        });
        other.or_else(|| explained.get()).map(|text| tag("p").class("transfers__why").child(text).child(" ").child(link))
    });
    tag("li")
        .class("transfers__row")
        .child(
            tag("span")
                .class("transfers__name")
                .live(
                    "title",
                    part(|transfer| {
                        if transfer.key.is_empty() {
                            transfer.bucket.clone()
                        } else {
                            t!("{key} in {bucket}", key = transfer.key, bucket = transfer.bucket)
                        }
                    }),
                )
                .child(text(part(|transfer| transfer.path.clone()))),
        )
        .child(bar)
        .child(
            tag("span")
                .live("class", move || if failed.get() { "transfers__state bad" } else { "transfers__state" })
                .child(text(part(words::standing))),
        )
        .child(tag("span").class("transfers__actions").child(actions))
        .child(why)
        .child(live(move || {
            (!missing.with(Vec::is_empty)).then(|| {
                tag("ul")
                    .class("transfers__why transfers__missing")
                    .child(list(missing.get().into_iter().map(|line| tag("li").child(line))))
            })
        }))
}

fn actions(
    transfers: Transfers,
    id: TransferId,
    state: &TransferState,
    refused: RwSignal<bool>,
    transfer: Memo<Option<Transfer>>,
) -> Piece {
    let named = move |label: &'static str, press: fn(&Transfers, &[TransferId])| {
        button("button button--inline", label, move || press(&transfers, &[id]))
            .live("aria-label", move || transfer.with(|transfer| transfer.as_ref().map(|transfer| [label, &transfer.path].join(" "))))
            .piece()
    };
    let cancel = named(t!("Cancel"), Transfers::cancel);
    match state {
        TransferState::Waiting | TransferState::Running => [named(t!("Pause"), Transfers::pause), cancel].piece(),
        TransferState::Paused => [named(t!("Resume"), Transfers::resume), cancel].piece(),
        TransferState::Exists => [named(t!("Replace"), Transfers::replace), named(t!("Skip"), Transfers::cancel)].piece(),
        TransferState::Stored => icon(Icon::Check).piece(),
        TransferState::Incomplete { .. } => named(t!("Dismiss"), Transfers::cancel),
        TransferState::Failed(_) => {
            let resumable = transfer.with_untracked(|transfer| transfer.as_ref().is_some_and(|transfer| transfer.resumable));
            [resumable.then(|| named(t!("Try again"), Transfers::resume)).piece(), cancel].piece()
        }
        TransferState::Interrupted => {
            let pick = move || {
                choose(Choice::Files, move |files| {
                    if let Some(file) = files.into_iter().next() {
                        let _ = refused.try_set(!transfers.go_on_with(id, file));
                    }
                });
            };
            let again = button("button button--inline", t!("Choose file"), pick).live("aria-label", move || {
                transfer.with(|transfer| transfer.as_ref().map(|transfer| [t!("Choose file"), &transfer.path].join(" ")))
            });
            [again.piece(), cancel].piece()
        }
    }
}
