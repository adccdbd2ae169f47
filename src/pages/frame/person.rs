//! Who is signed in, and the way out.

use crate::model::viewer::WhoAmI;
use crate::state::credentials::CredentialStore;
use crate::ui::piece::{IntoPiece, Piece};
use crate::ui::popover::popover;
use leptos::prelude::*;

/// The person's initials, with name, address and sign-out behind them.
pub(super) fn person(who: StoredValue<WhoAmI>) -> Piece {
    let (name, email, subject) = who.with_value(|who| (who.name.clone(), who.email.clone(), who.subject.to_string()));
    let shown = name.or_else(|| email.clone()).unwrap_or_else(|| subject.clone());
    let below = email.filter(|email| *email != shown).or_else(|| (subject != shown).then_some(subject));
    let initials = initials(&shown);
    let label = format!("{initials}: signed in as {shown}");
    let panel = view! {
        <div class="popover__body">
            <p><strong>{shown}</strong></p>
            {below.map(|below| view! { <p class="secondary breakable">{below}</p> })}
        </div>
        <hr class="popover__rule"/>
        <a
            class="popover__item popover__item--plain"
            href="/sign-out"
            rel="external"
            on:click=|_| CredentialStore::current().sign_out_everywhere()
        >
            "Sign out"
        </a>
    };
    view! {
        <button class="opener opener--person" type="button" popovertarget="person" aria-label=label>
            <span class="initials" aria-hidden="true">{initials}</span>
        </button>
        {popover("person", "popover", "Account", panel.piece())}
    }
    .piece()
}

/// First letters of the first and the last word; of an address, of its first part.
fn initials(name: &str) -> String {
    let name = name.split('@').next().unwrap_or(name);
    let mut words = name.split(|letter: char| !letter.is_alphanumeric()).filter_map(|word| word.chars().next());
    let first = words.next();
    [first, words.next_back()].into_iter().flatten().flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn first_and_last() {
        for (name, expected) in [
            ("Ada Example", "AE"),
            ("ada.lovelace@example.com", "AL"),
            ("Plato", "P"),
            ("Juan de la Cruz", "JC"),
            ("åsa öberg", "ÅÖ"),
            ("ß", "SS"),
            ("--", ""),
            ("", ""),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
