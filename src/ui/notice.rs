//! What a page says when it has nothing to show: what happened, whose move it is, what to quote.

use super::icon::{Icon, icon};
use crate::ui::piece::{Piece, Tag, tag};

/// Why there is nothing to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is nothing yet.
    Empty,
    /// Somebody else must permit it.
    Refused,
    /// Something went wrong.
    Failed,
}

impl Kind {
    const fn class(self) -> &'static str {
        match self {
            Self::Empty => "notice notice--empty",
            Self::Refused => "notice notice--refused",
            Self::Failed => "notice notice--failed",
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Empty => Icon::Empty,
            Self::Refused => Icon::Refused,
            Self::Failed => Icon::Failed,
        }
    }
}

/// The words of a notice.
pub struct Notice {
    /// Why there is nothing to show.
    pub kind: Kind,
    /// A few words.
    pub title: String,
    /// A sentence: what happened, to what, why.
    pub message: String,
    /// A sentence: whose move it is and what to do.
    pub next_step: String,
    /// Names and values to quote when asking somebody, shown small.
    pub codes: Vec<(&'static str, String)>,
    /// The way to what explains it, behind the sentences.
    pub explained: Option<Tag>,
}

impl Notice {
    /// A notice without codes.
    #[must_use]
    pub fn new(kind: Kind, title: impl Into<String>, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { kind, title: title.into(), message: message.into(), next_step: next_step.into(), codes: Vec::new(), explained: None }
    }
}

/// Shows `notice`, and below it `actions`: buttons and links, or nothing.
pub fn notice(notice: Notice, actions: Option<Piece>) -> Tag {
    let codes = (!notice.codes.is_empty()).then(|| {
        let pair = |(name, value): (&'static str, String)| tag("div").child(tag("dt").child(name)).child(" ").child(tag("dd").child(value));
        tag("dl").class("notice__codes").children(notice.codes.into_iter().map(pair))
    });
    tag("section")
        .class(notice.kind.class())
        .child(tag("h2").class("notice__title").child(icon(notice.kind.icon())).child(notice.title))
        .child(tag("p").child(notice.message))
        .child(tag("p").class("notice__next").child(notice.next_step).child(" ").child(notice.explained))
        .child(actions.map(|actions| tag("div").class("notice__actions").child(actions)))
        .child(codes)
}
