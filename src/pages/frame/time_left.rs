//! How long the credentials last, and what they are.

use super::Visit;
use crate::browser::format;
use crate::model::error::{ErrorCode, PortalError};
use crate::pages::problem::portal_notice;
use crate::reactive::Memo;
use crate::state::credentials::{CredentialStatus, CredentialStore};
use crate::ui::button::button;
use crate::ui::notice::notice;
use crate::ui::piece::{IntoPiece, Piece, live, tag, text};
use crate::ui::popover::{facts, popover};

/// Below this many seconds the chip stands out.
const SOON_SECONDS: i64 = 300;

/// The time left, with the credentials behind it.
pub(super) fn time_left(visit: Visit) -> Piece {
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
        _ if failed.get() => "no keys".to_owned(),
        Some(left) if left <= 0 => "expired".to_owned(),
        Some(left) => format::countdown(left),
        None => "–".to_owned(),
    };
    let opener = tag("button")
        .class("opener opener--time")
        .set("type", "button")
        .set("popovertarget", "credentials")
        .live("data-level", level)
        .child(tag("span").class("unseen").child("Credentials last "))
        .child(text(left));
    let panel = tag("div").class("popover__body").child(live(move || content(status.get(), store, visit)));
    [opener.piece(), popover("credentials", "popover popover--time", "Credentials", panel).piece()].piece()
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

const fn words(left: i64) -> Option<&'static str> {
    match left {
        1..=60 => Some("Your credentials stop working in a minute: renewing them failed."),
        61..=SOON_SECONDS => Some("Your credentials stop working in five minutes: renewing them failed."),
        _ => None,
    }
}

fn content(status: CredentialStatus, store: CredentialStore, visit: Visit) -> Piece {
    let role = visit.role_id().get_untracked();
    let fetch = move |text: &'static str| {
        let role = role.clone();
        button("button", text, move || role.clone().into_iter().for_each(|role| store.fetch(role)))
    };
    match status {
        CredentialStatus::Absent => {
            [tag("p").child("There are no credentials for this role in this tab.").piece(), fetch("Get them").piece()].piece()
        }
        CredentialStatus::Fetching => tag("p").child("The portal is asking STS for credentials.").piece(),
        CredentialStatus::Failed(error) => {
            // Asking again helps where something was away; what is set up wrongly stays wrong.
            let again = (error.code != ErrorCode::MintMisconfigured).then(|| fetch("Try again").piece());
            notice(portal_notice(error), again).piece()
        }
        CredentialStatus::Live { access_key_id, expires, refresh_failed, .. } => {
            let role = visit.role_id();
            // Those held stay good, whatever comes of it.
            let renew = move || role.get_untracked().into_iter().for_each(|role| store.refresh(role));
            let pairs = [
                ("Access key id", tag("span").class("mono").child(access_key_id).piece()),
                ("Good until", tag("span").set("title", format::date_time_long(expires)).child(format::date_time(expires)).piece()),
                ("Renewed", "by itself, while this tab is in use".piece()),
                ("Kept", "in this tab's memory only".piece()),
            ];
            let failed = |error: PortalError| {
                tag("p").class("bad").child("The last renewal failed: ").child(error.message).child(" ").child(error.next_step)
            };
            [facts(pairs).piece(), refresh_failed.map(failed).piece(), button("button", "Renew now", renew).piece()].piece()
        }
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
