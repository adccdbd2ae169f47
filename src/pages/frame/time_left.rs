//! How long the credentials last, and what they are.

use super::Visit;
use super::menus::{Menu, menu};
use crate::browser::format;
use crate::reactive::{Memo, RwSignal};
use crate::state::credentials::{CredentialStatus, CredentialStore};
use crate::ui::piece::{IntoPiece, Piece, tag, text};
use crate::ui::popover::popover;
use crate::words::t;

/// Below this many seconds the chip stands out.
const SOON_SECONDS: i64 = 300;

/// The time left, with the credentials behind it. What is set in `elsewhere` opens the dialog *Use elsewhere*.
pub(super) fn time_left(visit: Visit, elsewhere: RwSignal<bool>) -> Piece {
    let store = CredentialStore::current();
    let role = visit.role_id();
    let status = store.status(role);
    let seconds = store.seconds_left(role);
    let failed = Memo::new(move || status.with(|status| matches!(status, CredentialStatus::Failed(_))));
    let level = move || match seconds.get() {
        _ if failed.get() => "gone",
        Some(left) if left <= 0 => "gone",
        Some(left) if left < SOON_SECONDS => "soon",
        Some(_) | None => "quiet",
    };
    let left = move || match seconds.get() {
        _ if failed.get() => t!("no keys").to_owned(),
        Some(left) if left <= 0 => t!("expired").to_owned(),
        Some(left) => format::countdown(left),
        None => "–".to_owned(),
    };
    let opener = tag("button")
        .class("opener opener--time")
        .set("type", "button")
        .set("popovertarget", "credentials")
        .live("data-level", level)
        .live("aria-label", move || t!("Credentials last {time}", time = left()))
        .child(text(left));
    let opened = RwSignal::new(false);
    let opener = opener.on("click", move |_| opened.set(true));
    let panel = tag("div").class("popover__body").child(menu(opened, Menu::Credentials(visit, elsewhere)));
    [opener.piece(), popover("credentials", "popover popover--time", t!("Credentials"), panel).piece()].piece()
}

/// What a screen reader says, once each, when credentials run out that could not be renewed.
pub(in crate::pages) fn warning(visit: Visit) -> Memo<Option<&'static str>> {
    let store = CredentialStore::current();
    let (status, seconds) = (store.status(visit.role_id()), store.seconds_left(visit.role_id()));
    Memo::new(move || {
        let failing = status.with(|status| matches!(status, CredentialStatus::Live { refresh_failed: Some(_), .. }));
        seconds.get().filter(|_| failing).and_then(words)
    })
}

fn words(left: i64) -> Option<&'static str> {
    match left {
        1..=60 => Some(t!("Your credentials stop working in a minute: renewing them failed.")),
        61..=SOON_SECONDS => Some(t!("Your credentials stop working in five minutes: renewing them failed.")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn once_at_five_minutes_and_once_at_one() {
        let mut said: Vec<_> = (0..=400).rev().map(words).collect();
        said.dedup();
        assert!(matches!(said[..], [None, Some(five), Some(one), None] if five.contains("five minutes") && one.contains("a minute")));
    }
}
