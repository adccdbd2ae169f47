//! The question before a function is run on objects: which, with what, and how many at a time.

use super::form::form;
use super::{Act, Asked, Desk, words};
use crate::browser::task;
use crate::model::function::FunctionTarget;
use crate::model::object::Object;
use crate::pages::problem::explanation;
use crate::reactive::{Memo, RwSignal, StoredValue, effect};
use crate::state::failure::Failure;
use crate::state::operations::Pick;
use crate::state::runs::{FIRST, MOST_ABREAST, RunOrder, Template};
use crate::ui::button::button;
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, live, tag, text};
use crate::words::{t, tn};
use futures::future::{AbortHandle, abortable};
use leptos::prelude::event_target_value;
use std::sync::Arc;

/// How many run at the same time, unless the person says otherwise.
const ABREAST: usize = 3;

/// The objects that are meant.
#[derive(Clone)]
enum Meant {
    Counting(usize),
    There(Arc<[Object]>),
    Refused(Failure),
}

/// What is filled in.
#[derive(Clone, Copy)]
struct Filled {
    /// Which of the role's functions.
    at: RwSignal<usize>,
    qualifier: RwSignal<String>,
    /// Stays from one question to the next: whoever runs a function on a folder may do so on another.
    template: RwSignal<String>,
    abreast: RwSignal<usize>,
    meant: RwSignal<Meant>,
}

pub(super) fn question(desk: Desk) -> Piece {
    let filled = Filled {
        at: RwSignal::new(0),
        qualifier: RwSignal::new(String::new()),
        template: RwSignal::new(FIRST.to_owned()),
        abreast: RwSignal::new(ABREAST),
        meant: RwSignal::new(Meant::Counting(0)),
    };
    let asked = Memo::new(move || desk.asked.get().filter(|asked| asked.act == Act::Run));
    let open = Memo::new(move || asked.with(Option::is_some));
    let counting = StoredValue::new(None::<AbortHandle>);
    effect(move || {
        let asked = asked.get();
        counting.update_value(|counting| counting.take().iter().for_each(AbortHandle::abort));
        let (Some(asked), Some(role)) = (asked, desk.visit.role_id().get_untracked()) else { return };
        filled.meant.set(Meant::Counting(0));
        let (work, handle) = abortable(async move {
            let picks: Vec<Pick> = asked.chosen.iter().map(|what| Pick { what: what.clone(), to: String::new() }).collect();
            let so_far = |count| drop(filled.meant.try_set(Meant::Counting(count)));
            let found = desk.transfers.objects(&role, &asked.spot.location, &picks, &so_far).await;
            let _ = filled.meant.try_set(found.map_or_else(Meant::Refused, Meant::There));
        });
        counting.set_value(Some(handle));
        task::spawn(async move {
            // Aborted when the question is closed.
            let _ = work.await;
        });
    });
    let close = move || {
        if open.get_untracked() {
            desk.asked.set(None);
        }
    };
    let title = move || {
        asked
            .with(|asked| asked.as_ref().map(|asked| t!("Run a function on {what}", what = words::chosen(&asked.chosen))))
            .unwrap_or_default()
    };
    let first = ElementRef::new();
    form("run", open, close, title, first, move || asked.get_untracked().map(|asked| content(desk, filled, asked, first)).piece())
}

fn content(desk: Desk, filled: Filled, asked: Asked, first: ElementRef) -> Piece {
    let functions = desk.visit.role.with_untracked(|role| role.as_ref().map(|role| role.functions.clone())).unwrap_or_default();
    if filled.at.get_untracked() >= functions.len() {
        filled.at.set(0);
        filled.qualifier.set(String::new());
    }
    let names = functions.iter().enumerate().map(|(at, function)| tag("option").set("value", at.to_string()).child(function.name.clone()));
    let which = tag("select")
        .reference(first)
        .class("field")
        .live_value(move || filled.at.get().to_string())
        .on("change", move |event| {
            filled.at.set(event_target_value(&event).parse().unwrap_or_default());
            filled.qualifier.set(String::new());
        })
        .children(names);
    let known = functions.clone();
    let qualifier = live(move || qualifier(filled, known.get(filled.at.get())?));
    let wrong = Memo::new(move || filled.template.with(|text| Template::parse(text).err()));
    let template = tag("textarea")
        .class("field mono run__template")
        .set("rows", "7")
        .set("spellcheck", "false")
        .set("autocapitalize", "off")
        .set("aria-describedby", "run-template")
        .live("aria-invalid", move || wrong.with(Option::is_some).to_string())
        .live_value(move || filled.template.get())
        .on("input", move |event| filled.template.set(event_target_value(&event)));
    let places =
        t!("{places} are filled in for each object, as JSON wants it.", places = "${bucket}, ${key}, ${version}, ${etag}, ${size}");
    let told = live(move || match wrong.get() {
        Some(wrong) => tag("span").class("bad").child(wrong),
        None => tag("span").child(places.clone()),
    });
    let lanes = (1..=MOST_ABREAST).map(|count| tag("option").set("value", count.to_string()).child(count.to_string()));
    let lanes = tag("select")
        .class("field")
        .live_value(move || filled.abreast.get().to_string())
        .on("change", move |event| filled.abreast.set(event_target_value(&event).parse().unwrap_or(ABREAST)))
        .children(lanes);
    let labelled = |label: &'static str, control: Tag| tag("label").class("dialog__typing").child(tag("span").child(label)).child(control);
    let ready = Memo::new(move || {
        wrong.with(Option::is_none) && filled.meant.with(|meant| matches!(meant, Meant::There(objects) if !objects.is_empty()))
    });
    let go = move || {
        let (Meant::There(objects), true) = (filled.meant.get_untracked(), ready.get_untracked()) else { return };
        let role = desk.visit.role_id().get_untracked();
        let template = filled.template.with_untracked(|text| Template::parse(text).ok());
        if let (Some(role), Some(target), Some(template)) = (role, functions.get(filled.at.get_untracked()).cloned(), template) {
            desk.transfers.run(RunOrder {
                role,
                location: asked.spot.location.clone(),
                target,
                qualifier: filled
                    .qualifier
                    .with_untracked(|written| Some(written.trim()).filter(|written| !written.is_empty()).map(str::to_owned)),
                template: Arc::new(template),
                abreast: filled.abreast.get_untracked(),
                objects,
            });
            desk.asked.set(None);
            desk.selection.clear();
        }
    };
    let verb = text(move || {
        filled.meant.with(|meant| match meant {
            Meant::There(objects) => tn!(objects.len(), "Run on {count} object", "Run on {count} objects"),
            _ => t!("Run").to_owned(),
        })
    });
    let act = button("button button--primary", verb, go).live("aria-disabled", move || (!ready.get()).then_some("true"));
    [
        labelled(t!("Function"), which).piece(),
        qualifier,
        labelled(t!("Payload for each object"), template).piece(),
        tag("p").class("dialog__note secondary small").set("id", "run-template").child(told).piece(),
        labelled(t!("At the same time"), lanes).piece(),
        tag("p").class("dialog__note secondary").set("role", "status").child(live(move || filled.meant.with(how_many))).piece(),
        tag("div").class("dialog__actions").child(button("button", t!("Cancel"), move || desk.asked.set(None))).child(act).piece(),
    ]
    .piece()
}

fn how_many(meant: &Meant) -> Piece {
    match meant {
        Meant::Counting(count) => t!("Counting: {found} so far", found = words::objects(*count as u64)).piece(),
        Meant::There(objects) if objects.is_empty() => t!("There is nothing in it.").piece(),
        Meant::There(_) => t!("The function runs once for each, in your name. What it has done cannot be taken back here.").piece(),
        Meant::Refused(failure) => {
            let words = [failure.message.as_str(), failure.next_step.as_str(), ""].join(" ");
            tag("span").class("bad").child(words).child(explanation(&failure.section)).piece()
        }
    }
}

/// Nothing where the configuration names none.
fn qualifier(filled: Filled, function: &FunctionTarget) -> Option<Tag> {
    let written = filled.qualifier;
    let newest = t!("$LATEST (newest)");
    let control = if function.qualifiers.is_empty() {
        return None;
    } else if function.qualifiers.iter().any(|qualifier| qualifier == "*") {
        tag("input")
            .set("type", "text")
            .set("placeholder", newest)
            .set("autocomplete", "off")
            .set("spellcheck", "false")
            .set("maxlength", "128")
    } else {
        let options = function.qualifiers.iter().map(|qualifier| tag("option").set("value", qualifier.clone()).child(qualifier.clone()));
        tag("select").child(tag("option").set("value", "").child(newest)).children(options)
    };
    let control =
        control.class("field").live_value(move || written.get()).on("input", move |event| written.set(event_target_value(&event)));
    Some(tag("label").class("dialog__typing").child(tag("span").child(t!("Version or alias"))).child(control))
}
