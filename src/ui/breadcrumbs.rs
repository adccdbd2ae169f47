//! The way down to what is shown, each step a link.

use crate::reactive::Memo;
use crate::ui::piece::{Tag, list, live, tag};
use crate::words::t;

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
pub fn breadcrumbs(label: &'static str, crumbs: Memo<Vec<Crumb>>) -> Tag {
    let items = live(move || {
        let crumbs = crumbs.get();
        let last = crumbs.len().saturating_sub(1);
        list(crumbs.into_iter().enumerate().map(|(at, crumb)| tag("li").child(step(crumb, at == last))))
    });
    tag("nav").class("breadcrumbs").set("aria-label", label).child(tag("ol").child(items))
}

fn step(crumb: Crumb, last: bool) -> Tag {
    let name = if crumb.name.is_empty() { tag("span").class("blank").child(t!("no name")) } else { tag("bdi").child(crumb.name) };
    match crumb.href {
        Some(href) if !last => tag("a").set("href", href).child(name),
        _ => tag("span").set("aria-current", last.then_some("page")).set("title", crumb.reason).child(name),
    }
}
