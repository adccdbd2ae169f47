//! Who is signed in, and the way out.

use super::menus::{Menu, menu};
use crate::model::viewer::WhoAmI;
use crate::reactive::{RwSignal, StoredValue};
use crate::state::credentials::CredentialStore;
use crate::ui::piece::{IntoPiece, Piece, tag};
use crate::ui::popover::popover;
use crate::words::t;

/// The person's initials, with name, address and sign-out behind them.
pub(super) fn person(who: StoredValue<WhoAmI>) -> Piece {
    let (name, email, subject) = who.with_value(|who| (who.name.clone(), who.email.clone(), who.subject.to_string()));
    let shown = name.or_else(|| email.clone()).unwrap_or_else(|| subject.clone());
    let below = email.filter(|email| *email != shown).or_else(|| (subject != shown).then_some(subject));
    let initials = initials(&shown);
    let label = t!("{initials}: signed in as {name}", initials = initials, name = shown);
    let below = below.map(|below| tag("p").class("secondary breakable").child(below));
    let leave = tag("a")
        .class("popover__item popover__item--plain")
        .set("href", "/sign-out")
        .set("rel", "external")
        .on("click", |_| CredentialStore::current().sign_out_everywhere())
        .child(t!("Sign out"));
    let opened = RwSignal::new(false);
    let in_sandbox = who.with_value(|who| who.sandbox);
    let panel = [
        tag("div").class("popover__body").child(tag("p").child(tag("strong").child(shown))).child(below).piece(),
        tag("hr").class("popover__rule").piece(),
        menu(opened, Menu::Languages { in_sandbox }),
        tag("button")
            .class("popover__item popover__item--plain")
            .set("type", "button")
            .set("data-opens", "shortcuts")
            .child(t!("Keyboard shortcuts"))
            .piece(),
        leave.piece(),
    ];
    let opener = tag("button")
        .class("opener opener--person")
        .set("type", "button")
        .set("popovertarget", "person")
        .set("aria-label", label)
        .on("click", move |_| opened.set(true))
        .child(tag("span").class("initials").set("aria-hidden", "true").child(initials));
    [opener.piece(), popover("person", "popover", t!("Account"), panel).piece()].piece()
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
