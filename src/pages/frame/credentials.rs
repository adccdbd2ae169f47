//! What the credentials are, and asking for others.

use super::Visit;
use crate::browser::format;
use crate::model::error::{ErrorCode, PortalError};
use crate::pages::problem::portal_notice;
use crate::state::credentials::{CredentialStatus, CredentialStore};
use crate::ui::button::button;
use crate::ui::notice::notice;
use crate::ui::piece::{IntoPiece, Piece, live, tag};
use crate::ui::popover::facts;
use crate::words::t;

/// The panel behind the time that is left.
pub(super) fn credentials(visit: Visit) -> Piece {
    let store = CredentialStore::current();
    let status = store.status(visit.role_id());
    live(move || content(status.get(), store, visit))
}

fn content(status: CredentialStatus, store: CredentialStore, visit: Visit) -> Piece {
    let role = visit.role_id().get_untracked();
    let fetch = move |text: &'static str| {
        let role = role.clone();
        button("button", text, move || role.clone().into_iter().for_each(|role| store.fetch(role)))
    };
    match status {
        CredentialStatus::Absent => {
            [tag("p").child(t!("There are no credentials for this role in this tab.")).piece(), fetch(t!("Get them")).piece()].piece()
        }
        CredentialStatus::Fetching => tag("p").child(t!("The portal is asking STS for credentials.")).piece(),
        CredentialStatus::Failed(error) => {
            // Asking again helps where something was away; what is set up wrongly stays wrong.
            let again = (error.code != ErrorCode::MintMisconfigured).then(|| fetch(t!("Try again")).piece());
            notice(portal_notice(error), again).piece()
        }
        CredentialStatus::Live { access_key_id, expires, refresh_failed, .. } => {
            let role = visit.role_id();
            // Those held stay good, whatever comes of it.
            let renew = move || role.get_untracked().into_iter().for_each(|role| store.refresh(role));
            let pairs = [
                (t!("Access key id"), tag("span").class("mono").child(access_key_id).piece()),
                (t!("Good until"), tag("span").set("title", format::date_time_long(expires)).child(format::date_time(expires)).piece()),
                (t!("Renewed"), t!("by itself, while this tab is in use").piece()),
                (t!("Kept"), t!("in this tab's memory only").piece()),
            ];
            let failed = |error: PortalError| {
                tag("p").class("bad").child(t!(
                    "The last renewal failed: {message} {next_step}",
                    message = error.message,
                    next_step = error.next_step
                ))
            };
            [facts(pairs).piece(), refresh_failed.map(failed).piece(), button("button", t!("Renew now"), renew).piece()].piece()
        }
    }
}
