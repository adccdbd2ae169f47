//! The choice of a language.

use crate::browser::style::StyleSheet;
use crate::browser::{element, language, task, timer};
use crate::reactive::RwSignal;
use crate::state::language::PageLanguage;
use crate::ui::button::button;
use crate::ui::icon::{Icon, icon};
use crate::ui::piece::{Tag, live, tag};
use crate::words::{LANGUAGES, PSEUDO, t};

/// How they look, beside what every panel has.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_language.css"));

/// The languages, each a button. In the sandbox one more, which is none.
pub(super) fn languages(in_sandbox: bool) -> Tag {
    STYLE.adopt();
    let current = language::chosen();
    let (page, failed) = (PageLanguage::current(), RwSignal::new(false));
    let offer = |code: Option<&'static str>, name: &'static str| {
        let is_current = current.as_deref() == code;
        let choose = move || {
            failed.set(false);
            task::spawn(async move {
                if page.choose(code).await {
                    // The button that opened this panel is being drawn anew.
                    timer::sleep(0).await;
                    element::find("[popovertarget=person]").iter().for_each(element::focus);
                } else {
                    let _ = failed.try_set(true);
                }
            });
        };
        let tick = tag("span").class("tick").child(is_current.then(|| icon(Icon::Check)));
        button("popover__item", tick, choose)
            .set("aria-current", is_current.then_some("true"))
            .child(tag("span").set("lang", code).child(name))
    };
    let named = LANGUAGES.into_iter().map(|(code, name)| offer(Some(code), name));
    let pseudo = in_sandbox.then(|| offer(Some(PSEUDO), "⟦Pseudo⟧"));
    let list = [offer(None, t!("As in the browser"))].into_iter().chain(named).chain(pseudo);
    let told = live(move || failed.get().then(|| t!("The texts of this language did not load. Try again.")));
    tag("div")
        .class("languages")
        .set("role", "group")
        .set("aria-labelledby", "language")
        .child(tag("p").class("popover__title").set("id", "language").child(t!("Language")))
        .children(list)
        .child(tag("p").class("menu__hint small bad").set("role", "alert").child(told))
        .child(tag("hr").class("popover__rule"))
}
