//! One file or folder a route.

pub mod access;
pub mod admin;
pub mod browse;
pub mod cli;
pub mod doctor;
mod elsewhere;
pub mod errors;
mod explanations;
pub mod flow;
pub mod frame;
pub mod functions;
mod handbook;
pub mod not_found;
mod operations;
mod panel;
mod preview;
pub mod problem;
mod shortcuts;
pub mod signed_out;
mod transfers;

use crate::browser::ON_SERVER;
use crate::reactive::Presence;
use crate::ui::piece::{Piece, foreign};
use leptos::prelude::{TextProp, view};
use leptos_meta::Title;

/// Names the page, in the window's title.
fn title(text: impl Fn() -> String + Send + Sync + 'static) -> Piece {
    titled(Box::new(text))
}

/// Compiled once, whatever says it.
fn titled(text: Box<dyn Fn() -> String + Send + Sync>) -> Piece {
    // Leptos reads titles after the page was written and after it was left; what they are read from
    // is gone by then.
    let text: TextProp = if ON_SERVER {
        text().into()
    } else {
        let page = Presence::of_owner();
        TextProp::from(move || if page.lasts() { text() } else { String::new() })
    };
    foreign(view! { <Title text/> })
}
