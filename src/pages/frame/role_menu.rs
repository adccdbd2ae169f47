//! Which role the page works in, and the others.

use super::{Section, Visit};
use crate::browser::element;
use crate::model::role::EntitledRole;
use crate::reactive::{Memo, Signal};
use crate::state::place::{BrowsePlace, FunctionPlace, use_browse_place, use_function_place};
use crate::ui::icon::{Icon, icon};
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag, text};
use crate::ui::popover::popover;
use crate::words::t;

/// The role's name, with all roles behind it. Choosing one changes the URL, and with it the page.
pub(super) fn role_menu(section: Section, visit: Visit) -> Piece {
    let title = move || visit.role.with(|role| role.as_ref().map(|role| role.title.clone()));
    let items = visit.who.with_value(|who| who.roles.iter().cloned().map(|role| item(section, visit, role)).collect::<Vec<_>>());
    let panel = [tag("p").class("popover__title").child(t!("Role")).piece(), tag("ul").children(items).piece()];
    let opener = tag("button")
        .class("opener opener--role")
        .set("type", "button")
        .set("popovertarget", "roles")
        .live("aria-label", move || t!("Role: {title}", title = title().unwrap_or_default()))
        .child(tag("span").class("opener__text").child(text(title)))
        .child(icon(Icon::Down));
    [opener.piece(), popover("roles", "popover popover--role", t!("Roles"), panel).piece()].piece()
}

fn item(section: Section, visit: Visit, role: EntitledRole) -> Tag {
    let id = role.id.clone();
    let chosen = Memo::new(move || visit.role.with(|current| current.as_ref().is_some_and(|current| current.id == id)));
    let title = role.title.clone();
    let detail = detail(&role);
    let href = href(section, role);
    let link = tag("a")
        .class("popover__item")
        .live("href", move || href.get())
        .live("aria-current", move || chosen.get().then_some("true"))
        .on("click", |_| element::close_popovers())
        .child(tag("span").class("tick").child(live(move || chosen.get().then(|| icon(Icon::Check)))))
        .child(tag("span").child(title))
        .child(tag("span").class("secondary small number").child(detail));
    tag("li").child(link)
}

/// The account where the role's ARN names one, how its credentials are made, and how long they live.
fn detail(role: &EntitledRole) -> String {
    let made = t!("{strategy} · up to {minutes} min", strategy = role.strategy.as_str(), minutes = role.duration_seconds / 60);
    role.account.as_deref().into_iter().chain([&*made]).collect::<Vec<_>>().join(" · ")
}

/// The same place in another role where that role opens it, and its first page where not.
fn href(section: Section, role: EntitledRole) -> Signal<String> {
    match section {
        Section::Browse => {
            let place = use_browse_place();
            Signal::derive(move || {
                let place = place.get();
                let opens = place.bucket.as_ref().is_some_and(|bucket| role.buckets.iter().any(|location| location.name == *bucket));
                let kept = if opens { place } else { BrowsePlace::default() };
                BrowsePlace { role: Some(role.id.clone()), ..kept }.href()
            })
        }
        Section::Functions => {
            let place = use_function_place();
            Signal::derive(move || {
                let name = place.get().name.filter(|name| role.functions.iter().any(|function| function.name == *name));
                FunctionPlace { role: Some(role.id.clone()), name }.href()
            })
        }
        Section::Flow | Section::Access | Section::Admin => Signal::derive(move || section.href(Some(role.id.clone()))),
    }
}
