//! How long the credentials last, and what they are.

use super::Visit;
use crate::browser::format;
use crate::pages::problem::portal_notice;
use crate::state::credentials::{CredentialStatus, CredentialStore};
use crate::ui::notice::notice;
use crate::ui::piece::{IntoPiece, Piece};
use crate::ui::popover::{facts, popover};
use leptos::prelude::*;

/// Below this many seconds the chip stands out.
const SOON_SECONDS: i64 = 300;

/// The time left, with the credentials behind it.
pub(super) fn time_left(visit: Visit) -> Piece {
    let store = CredentialStore::current();
    let role = visit.role_id();
    let status = store.status(role);
    let seconds = store.seconds_left(role);
    let failed = Memo::new(move |_| status.with(|status| matches!(status, CredentialStatus::Failed(_))));
    let level = move || match seconds.get() {
        _ if failed.get() => "gone",
        Some(left) if left <= 0 => "gone",
        Some(left) if left < SOON_SECONDS => "soon",
        Some(_) | None => "quiet",
    };
    let text = move || match seconds.get() {
        _ if failed.get() => "no keys".to_owned(),
        Some(left) if left <= 0 => "expired".to_owned(),
        Some(left) => format::countdown(left),
        None => "–".to_owned(),
    };
    let content = move || content(status.get(), store, visit);
    view! {
        <button class="opener opener--time" type="button" popovertarget="credentials" data-level=level>
            <span class="unseen">"Credentials last "</span>
            {text}
        </button>
        {popover("credentials", "popover popover--time", "Credentials", view! { <div class="popover__body">{content}</div> }.piece())}
    }
    .piece()
}

fn content(status: CredentialStatus, store: CredentialStore, visit: Visit) -> Piece {
    let role = visit.role_id().get_untracked();
    let fetch = move |text: &'static str| {
        let role = role.clone();
        button(text, move || role.clone().into_iter().for_each(|role| store.fetch(role)))
    };
    match status {
        CredentialStatus::Absent => view! { <p>"There are no credentials for this role in this tab."</p> {fetch("Get them")} }.piece(),
        CredentialStatus::Fetching => view! { <p>"The portal is asking STS for credentials."</p> }.piece(),
        CredentialStatus::Failed(error) => notice(portal_notice(error), Some(fetch("Try again"))),
        CredentialStatus::Live { access_key_id, expires, refresh_failed, .. } => {
            let role = visit.role_id();
            // Those held stay good, whatever comes of it.
            let renew = move || role.get_untracked().into_iter().for_each(|role| store.refresh(role));
            let pairs = [
                ("Access key id", view! { <span class="mono">{access_key_id}</span> }.piece()),
                ("Good until", view! { <span title=format::date_time_long(expires)>{format::date_time(expires)}</span> }.piece()),
                ("Renewed", view! { "by itself, while this tab is in use" }.piece()),
                ("Kept", view! { "in this tab's memory only" }.piece()),
            ];
            view! {
                {facts(pairs)}
                {refresh_failed.map(|error| view! { <p class="bad">"The last renewal failed: "{error.message}" "{error.next_step}</p> })}
                {button("Renew now", renew)}
            }
            .piece()
        }
    }
}

fn button(text: &'static str, press: impl Fn() + 'static) -> Piece {
    view! { <button class="button" type="button" on:click=move |_| press()>{text}</button> }.piece()
}
