//! The lines of operations in the panel: how far each is, stopping it, taking it back.

use super::{may_not, words};
use crate::model::location::Permission;
use crate::model::role::EntitledRole;
use crate::pages::frame::Visit;
use crate::pages::problem::explanation;
use crate::reactive::{Memo, Signal, effect};
use crate::state::failure::Failure;
use crate::state::operations::{OperationId, Shown, Standing};
use crate::state::transfers::Transfers;
use crate::ui::announce;
use crate::ui::button::button;
use crate::ui::piece::{IntoPiece, Piece, Tag, list, live, tag, text};
use crate::words::t;

/// Failures that are shown by name.
const NAMED: usize = 20;

/// A line for each.
pub(in crate::pages) fn lines(visit: Visit, transfers: Transfers, revision: Signal<u32>) -> Piece {
    let ids = Memo::new(move || {
        revision.track();
        transfers.operations()
    });
    live(move || {
        let ids = ids.get();
        (!ids.is_empty()).then(|| {
            let lines = list(ids.into_iter().map(|id| line(visit, transfers, revision, id)));
            tag("ul").class("operations").set("aria-label", t!("Operations")).child(lines)
        })
    })
}

/// Why it cannot be taken back.
fn barred(visit: Visit, shown: &Shown) -> Option<String> {
    let (role, needs) = (&shown.order.role, Permission::Versions);
    let title = |roles: &[EntitledRole]| roles.iter().find(|known| known.id == *role).map(|known| known.title.clone());
    (!shown.order.from.permissions.contains(&needs))
        .then(|| may_not(needs, &visit.who.with_value(|who| title(&who.roles)).unwrap_or_else(|| role.to_string())))
}

fn line(visit: Visit, transfers: Transfers, revision: Signal<u32>, id: OperationId) -> Tag {
    let shown = Memo::new(move || {
        revision.track();
        transfers.operation(id)
    });
    // Said when it is over, not at every object.
    let over = Memo::new(move || {
        shown.with(|shown| {
            let over = shown.as_ref().filter(|shown| shown.standing != Standing::Running)?;
            Some(format!("{}: {}", words::title(over), words::standing(over)))
        })
    });
    effect(move || announce::say("operation", over.get().unwrap_or_default()));
    let part = move |pick: fn(&Shown) -> String| move || shown.with(|shown| shown.as_ref().map(pick));
    let running = Memo::new(move || shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.standing == Standing::Running)));
    // Whether it can be taken back, and whether that is another try; what is in the way.
    let revocable = Memo::new(move || {
        shown.with(|shown| shown.as_ref().filter(|shown| shown.revocable).map(|shown| (shown.undoes, barred(visit, shown))))
    });
    let troubled = Memo::new(move || {
        shown.with(|shown| shown.as_ref().is_some_and(|shown| shown.report.failed > 0 || matches!(shown.standing, Standing::Failed(_))))
    });
    let bar = live(move || {
        running.get().then(|| {
            tag("progress")
                .live("aria-label", part(words::title))
                .live("max", part(|shown| shown.order.count.objects.max(1).to_string()))
                .live("value", part(|shown| shown.report.through().to_string()))
        })
    });
    let actions = live(move || {
        let named = move |label: &'static str, press: fn(&Transfers, OperationId)| {
            button("button button--inline", label, move || press(&transfers, id))
                .live("aria-label", move || shown.with(|shown| shown.as_ref().map(|shown| [label, &words::title(shown)].join(": "))))
                .piece()
        };
        if running.get() {
            return named(t!("Stop"), Transfers::stop);
        }
        let undo = revocable.get().map(|(again, barred)| {
            let label = if again { t!("Try again") } else { t!("Undo") };
            let Some(why) = barred else { return named(label, Transfers::undo) };
            button("button button--inline", label, || {})
                .set("aria-disabled", "true")
                .set("title", why.clone())
                .live("aria-label", move || shown.with(|shown| shown.as_ref().map(|shown| [label, &words::title(shown), &why].join(": "))))
                .piece()
        });
        [undo.piece(), named(t!("Dismiss"), Transfers::dismiss)].piece()
    });
    let ended = live(move || {
        shown.with(|shown| match &shown.as_ref()?.standing {
            Standing::Failed(failure) => explanation(&failure.section),
            _ => None,
        })
    });
    let failures = Memo::new(move || {
        shown.with(|shown| {
            let failures = shown.iter().flat_map(|shown| &shown.report.failures).take(NAMED);
            let line =
                |(key, failure): &(_, Failure)| (format!("{key}: {} {} ", failure.message, failure.next_step), failure.section.clone());
            failures.map(line).collect::<Vec<_>>()
        })
    });
    let why = live(move || {
        (!failures.with(Vec::is_empty)).then(|| {
            tag("ul")
                .class("transfers__why transfers__missing")
                .child(list(failures.get().into_iter().map(|(line, section)| tag("li").child(line).child(explanation(&section)))))
        })
    });
    tag("li")
        .class("transfers__row")
        .child(tag("span").class("transfers__name").child(text(part(words::title))))
        .child(bar)
        .child(
            tag("span")
                .live(
                    "class",
                    move || if troubled.get() { "transfers__state operations__state bad" } else { "transfers__state operations__state" },
                )
                .child(text(part(words::standing)))
                .child(" ")
                .child(ended),
        )
        .child(tag("span").class("transfers__actions").child(actions))
        .child(why)
}
