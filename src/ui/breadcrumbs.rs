//! The way down to what is shown, each step a link.

use crate::ui::piece::{IntoPiece, Piece};
use leptos::prelude::*;

/// A step on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// Its name; may be empty, since a key may hold `//`.
    pub name: String,
    /// Where it leads; `None` where it cannot be opened and for the last, which is the page itself.
    pub href: Option<String>,
    /// Why it cannot be opened, where that is so.
    pub reason: Option<&'static str>,
}

/// Shows `crumbs` under the name `label`. The last is the page itself.
pub fn breadcrumbs(label: &'static str, crumbs: Memo<Vec<Crumb>>) -> Piece {
    let items = move || {
        let crumbs = crumbs.get();
        let last = crumbs.len().saturating_sub(1);
        crumbs.into_iter().enumerate().map(|(at, crumb)| view! { <li>{step(crumb, at == last)}</li> }).collect_view()
    };
    view! { <nav class="breadcrumbs" aria-label=label><ol>{items}</ol></nav> }.piece()
}

fn step(crumb: Crumb, last: bool) -> Piece {
    let name = if crumb.name.is_empty() {
        view! { <span class="blank">"no name"</span> }.piece()
    } else {
        view! { <bdi>{crumb.name}</bdi> }.piece()
    };
    match crumb.href {
        Some(href) if !last => view! { <a href=href>{name}</a> }.piece(),
        _ => view! { <span aria-current=last.then_some("page") title=crumb.reason>{name}</span> }.piece(),
    }
}
