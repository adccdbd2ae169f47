//! How a function is invoked: which version or alias of it, and whether its result is waited for.

use crate::model::function::FunctionTarget;
use crate::reactive::{Memo, RwSignal, Signal, effect};
use crate::state::invocation::Mode;
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag};
use crate::words::t;
use leptos::prelude::event_target_value;

/// What is chosen. It begins anew with each function: what was right for one may be harm to another.
#[derive(Clone, Copy)]
pub(super) struct How {
    chosen: Memo<Option<FunctionTarget>>,
    mode: RwSignal<Mode>,
    qualifier: RwSignal<String>,
}

impl How {
    pub(super) fn new(chosen: Memo<Option<FunctionTarget>>) -> Self {
        let how = Self { chosen, mode: RwSignal::new(Mode::default()), qualifier: RwSignal::new(String::new()) };
        effect(move || {
            chosen.track();
            how.mode.set(Mode::default());
            how.qualifier.set(String::new());
        });
        how
    }

    pub(super) fn mode(self) -> Signal<Mode> {
        self.mode.into()
    }

    /// `None` is the newest code.
    pub(super) fn qualifier(self) -> Option<String> {
        self.qualifier.with_untracked(|written| Some(written.trim()).filter(|written| !written.is_empty()).map(str::to_owned))
    }

    pub(super) fn controls(self) -> Piece {
        [live(move || self.qualifiers()), self.modes().piece()].piece()
    }

    fn modes(self) -> Tag {
        let mode = self.mode;
        let find = |word: &str| Mode::ALL.into_iter().find(|mode| mode.as_str() == word).unwrap_or_default();
        tag("select")
            .class("field function__how")
            .set("aria-label", t!("How to invoke"))
            .live_value(move || mode.get().as_str())
            .on("change", move |event| mode.set(find(&event_target_value(&event))))
            .children(Mode::ALL.map(|mode| tag("option").set("value", mode.as_str()).child(words(mode))))
    }

    /// Nothing where the configuration names none.
    fn qualifiers(self) -> Option<Tag> {
        let qualifiers = self.chosen.with(|chosen| chosen.as_ref().map(|function| function.qualifiers.clone())).unwrap_or_default();
        let written = self.qualifier;
        let any = qualifiers.iter().any(|qualifier| qualifier == "*");
        let options = qualifiers.iter().filter(|qualifier| *qualifier != "*").cloned();
        if qualifiers.is_empty() {
            return None;
        }
        if !any {
            let select = tag("select")
                .class("field function__qualifier")
                .set("aria-label", t!("Version or alias"))
                .live_value(move || written.get())
                .on("change", move |event| written.set(event_target_value(&event)))
                .child(tag("option").set("value", "").child(newest()))
                .children(options.map(|qualifier| tag("option").set("value", qualifier.clone()).child(qualifier)));
            return Some(select);
        }
        let known = tag("datalist").set("id", "qualifiers").children(options.map(|qualifier| tag("option").set("value", qualifier)));
        let field = tag("input")
            .class("field function__qualifier")
            .set("type", "text")
            .set("aria-label", t!("Version or alias"))
            .set("placeholder", newest())
            .set("list", "qualifiers")
            .set("autocomplete", "off")
            .set("autocapitalize", "off")
            .set("spellcheck", "false")
            .set("maxlength", "128")
            .live_value(move || written.get())
            .on("input", move |event| written.set(event_target_value(&event)));
        Some(tag("span").class("function__qualifiers").child(field).child(known))
    }
}

/// What stands in the list for the newest code.
fn newest() -> &'static str {
    t!("$LATEST (newest)")
}

fn words(mode: Mode) -> &'static str {
    match mode {
        Mode::RequestResponse => t!("Wait for the result"),
        Mode::ResponseStream => t!("Stream the result"),
        Mode::Event => t!("Queue, without a result"),
        Mode::DryRun => t!("Check permission only"),
    }
}

/// What the button says.
pub(super) fn verb(mode: Mode) -> &'static str {
    match mode {
        Mode::RequestResponse | Mode::ResponseStream => t!("Invoke"),
        Mode::Event => t!("Queue"),
        Mode::DryRun => t!("Check"),
    }
}
