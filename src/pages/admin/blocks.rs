//! The blocks that stand. Below the rows, so that none of them moves when one comes or goes.

use super::{Desk, words};
use crate::browser::format;
use crate::model::session::Block;
use crate::reactive::Memo;
use crate::ui::button::button;
use crate::ui::icon::{Icon, icon};
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag, text};
use crate::words::t;

/// Every block with *Lift*; nothing where there is none.
pub(super) fn blocks(desk: Desk) -> Tag {
    let overview = desk.roster.overview();
    let known = Memo::new(move || {
        overview.with(|overview| {
            overview
                .as_ref()
                .and_then(|overview| overview.as_ref().ok())
                .map(|overview| (overview.blocks.clone(), overview.iam))
                .unwrap_or_default()
        })
    });
    let shown = live(move || {
        let (blocks, iam) = known.get();
        let rows: Vec<Piece> = blocks.into_iter().map(|block| row(desk, block, iam).piece()).collect();
        (!rows.is_empty()).then(|| tag("ul").class("blocks").set("aria-label", t!("Blocked people")).children(rows))
    });
    tag("div").class("admin__blocks").child(shown)
}

fn row(desk: Desk, block: Block, iam: bool) -> Tag {
    let name = block.email.clone().unwrap_or_else(|| block.subject.to_string());
    let time = format::date_time(block.since);
    let since = match block.by_email.clone().or_else(|| block.by.as_ref().map(ToString::to_string)) {
        Some(by) => t!("blocked since {time} by {person}", time = time, person = by),
        None => t!("blocked since {time}", time = time),
    };
    let since = tag("span").class("blocks__since").set("title", format::date_time_long(block.since)).child(since);
    let label = t!("Lift the block of {name}", name = name);
    let subject = block.subject.clone();
    let whose = name.clone();
    let lift =
        button("button button--inline", t!("Lift"), move || desk.ending.lift(subject.clone(), whose.clone())).set("aria-label", label);
    let standing = Memo::new(move || {
        desk.tick.track();
        words::block_standing(&block, iam, desk.roster.now())
    });
    tag("li")
        .child(icon(Icon::Refused))
        .child(
            tag("p")
                .child(tag("strong").child(name))
                .child(" ")
                .child(since)
                .child(" ")
                .child(tag("span").class("secondary blocks__standing").child(text(move || standing.get()))),
        )
        .child(lift)
}
