//! What every page has for keys and for ears: the shortcuts that work everywhere, the list of all, the place where things
//! are said.

use crate::browser::element;
use crate::browser::element::Element;
use crate::browser::keyboard::{self, When};
use crate::browser::style::StyleSheet;
use crate::pages::frame::{Visit, expiry_warning};
use crate::pages::shortcuts;
use crate::reactive::{RwSignal, effect};
use crate::ui::announce;
use crate::ui::piece::{IntoPiece, Piece};
use crate::ui::shortcuts::overlay::overlay;
use crate::ui::shortcuts::register;
use leptos::prelude::on_cleanup;
use leptos::wasm_bindgen::JsCast;

/// How it looks.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_keys.css"));

/// Opens the list; it stands among what belongs to the account.
const OPENER: &str = "[data-opens=shortcuts]";

pub(super) fn keys(visit: Visit) -> Piece {
    STYLE.adopt();
    let open = RwSignal::new(false);
    let show = move || {
        element::close_popovers();
        open.set(true);
        true
    };
    register(&shortcuts::HELP, move |_| show());
    let clicks = keyboard::hear("click", When::After, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if target.is_some_and(|target| target.matches(OPENER).unwrap_or(false)) {
            show();
        }
    });
    on_cleanup(move || {
        let _ended = clicks;
    });
    let warning = expiry_warning(visit);
    effect(move || announce::say("credentials", warning.get().unwrap_or_default()));
    [announce::place().piece(), overlay(open)].piece()
}
