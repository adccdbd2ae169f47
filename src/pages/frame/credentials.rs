//! What the credentials are, asking for others, and where else they can be used.

use super::Visit;
use crate::browser::{element, format};
use crate::model::error::{ErrorCode, PortalError};
use crate::model::role::EntitledRole;
use crate::pages::problem::{explanation, portal_notice};
use crate::reactive::RwSignal;
use crate::state::credentials::{CredentialStatus, CredentialStore};
use crate::ui::button::button;
use crate::ui::notice::notice;
use crate::ui::piece::{IntoPiece, Piece, live, tag};
use crate::ui::popover::facts;
use crate::words::t;

/// The panel behind the time that is left.
pub(super) fn credentials(visit: Visit, elsewhere: RwSignal<bool>) -> Piece {
    let store = CredentialStore::current();
    let status = store.status(visit.role_id());
    let others = live(move || visit.role.get().map(|role| others(&role, elsewhere)));
    [live(move || content(status.get(), store, visit)), others].piece()
}

/// What the role's credentials are good for outside of this page.
fn others(role: &EntitledRole, elsewhere: RwSignal<bool>) -> Piece {
    let open = move || {
        // It would stand before the dialog, and close with it.
        element::close_popovers();
        elsewhere.set(true);
    };
    [tag("hr").class("popover__rule").piece(), button("button", t!("Use elsewhere…"), open).piece(), console(role)].piece()
}

/// The server mints for the console, signs in there, and sends the new tab to it: nothing of that is in this page.
fn console(role: &EntitledRole) -> Piece {
    let press = tag("button").class("button").child(t!("Open the AWS console"));
    if !role.console {
        let why =
            tag("span").set("id", "no-console").class("secondary small").child(t!("The portal knows no AWS sign-in page for this role."));
        let press = press.set("type", "button").set("aria-disabled", "true").set("aria-describedby", "no-console");
        return [press.piece(), why.piece()].piece();
    }
    tag("form")
        .set("method", "post")
        .set("action", "/console")
        .set("target", "_blank")
        .set("rel", "noopener")
        .on("submit", |_| element::close_popovers())
        .child(tag("input").set("type", "hidden").set("name", "role").set("value", role.id.to_string()))
        .child(press.set("type", "submit"))
        .piece()
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
                tag("p")
                    .class("bad")
                    .child(t!("The last renewal failed: {message} {next_step}", message = error.message, next_step = error.next_step))
                    .child(" ")
                    .child(explanation(error.section()))
            };
            [facts(pairs).piece(), refresh_failed.map(failed).piece(), button("button", t!("Renew now"), renew).piece()].piece()
        }
    }
}
