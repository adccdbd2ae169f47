//! Events that the person keeps for a function: chosen, saved under a name, deleted, and carried about as files.

use super::payload::Payload;
use crate::browser::file::{self, Choice, File};
use crate::browser::{element, save, task};
use crate::model::function::FunctionTarget;
use crate::reactive::{Memo, RwSignal, effect};
use crate::state::credentials::CredentialStore;
use crate::state::failure::Failure;
use crate::state::saved_events::SavedEvents;
use crate::ui::announce;
use crate::ui::button::button;
use crate::ui::piece::{ElementRef, IntoPiece, Piece, Tag, list, live, tag, text};
use crate::words::{t, tn};
use leptos::ev::{Event, KeyboardEvent};
use leptos::prelude::event_target_value;
use leptos::wasm_bindgen::JsCast;

/// Files above this are none of ours, in bytes.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// What the last step came to.
#[derive(Clone, PartialEq)]
enum Told {
    Nothing,
    /// With what was there before and was open then, where something is gone that can be had back.
    Done(String, Option<(SavedEvents, String)>),
    Refused(Failure),
}

#[derive(Clone, Copy)]
struct Desk {
    payload: Payload,
    store: CredentialStore,
    chosen: Memo<Option<FunctionTarget>>,
    subject: RwSignal<String>,
    events: RwSignal<SavedEvents>,
    /// The name of the event that is open.
    open: RwSignal<String>,
    /// The name that is being written, while one is.
    naming: RwSignal<Option<String>>,
    told: RwSignal<Told>,
}

impl Desk {
    fn arn(self) -> Option<String> {
        self.chosen.with_untracked(|chosen| chosen.as_ref().map(|function| function.arn.clone()))
    }

    /// What is kept by now: another tab may have saved or deleted some.
    fn kept(self) -> SavedEvents {
        self.arn().map(|arn| SavedEvents::kept(&self.subject.get_untracked(), &arn)).unwrap_or_default()
    }

    fn keep(self, events: &SavedEvents, told: Told) {
        let Some(arn) = self.arn() else { return };
        let kept = events.keep(&self.subject.get_untracked(), &arn);
        let told = if kept == *events {
            told
        } else {
            Told::Refused(Failure::new(
                t!("This browser did not keep the events."),
                t!("Export them as a file, or allow this site to keep data, and make room where it is full."),
            ))
        };
        self.events.set(kept);
        self.told.set(told);
    }

    fn load(self, name: String) {
        let event = self.events.with_untracked(|events| events.get(&name).cloned());
        if let Some(event) = event {
            self.payload.write(event.payload);
        }
        self.open.set(name);
        self.told.set(Told::Nothing);
    }

    /// What the portal itself holds is a secret, whatever it looks like.
    fn held(self, text: &str) -> Option<Failure> {
        self.store.holds(text).then(|| {
            Failure::new(
                t!("The payload is not kept, because it holds your credentials."),
                t!("They open your buckets and functions to whoever reads them. Take them out, then save it."),
            )
        })
    }

    fn save(self) {
        let Some(name) = self.naming.get_untracked() else { return };
        let text = self.payload.text();
        if let Some(failure) = self.held(&text) {
            return self.told.set(Told::Refused(failure));
        }
        let before = self.kept();
        match before.with(&name, &text) {
            Ok(events) => {
                let name = name.trim().to_owned();
                let told = match before.get(&name) {
                    Some(there) if there.payload != text => {
                        Told::Done(t!("Replaced {name}.", name = name), Some((before.clone(), name.clone())))
                    }
                    _ => Told::Done(t!("Saved as {name}.", name = name), None),
                };
                self.naming.set(None);
                self.keep(&events, told);
                self.open.set(name);
            }
            Err(failure) => self.told.set(Told::Refused(failure)),
        }
    }

    fn delete(self) {
        let (name, before) = (self.open.get_untracked(), self.kept());
        if !name.is_empty() {
            self.open.set(String::new());
            self.keep(&before.without(&name), Told::Done(t!("Deleted {name}.", name = name), Some((before, name))));
        }
    }

    fn import(self) {
        let arn = self.arn();
        file::choose(Choice::Files, move |files| {
            task::spawn(async move {
                let mut texts = Vec::with_capacity(files.len());
                for given in files {
                    texts.push(read(&given).await.unwrap_or_default());
                }
                // The page may have been left in the meantime, or show another function.
                if self.chosen.try_get_untracked().is_some() && self.arn() == arn {
                    self.take(&texts);
                }
            });
        });
    }

    /// All that the files hold, or nothing.
    fn take(self, texts: &[String]) {
        let (before, mut came) = (self.kept(), 0);
        let mut events = before.clone();
        for text in texts {
            if let Some(failure) = self.held(text) {
                return self.told.set(Told::Refused(failure));
            }
            match events.imported(text) {
                Ok((all, more)) => (events, came) = (all, came + more),
                Err(failure) => return self.told.set(Told::Refused(failure)),
            }
        }
        let way_back = (came > 0).then(|| (before, self.open.get_untracked()));
        self.keep(&events, Told::Done(tn!(came, "{count} event came with the file.", "{count} events came with the file."), way_back));
    }

    fn export(self) {
        let name = self.chosen.with_untracked(|chosen| chosen.as_ref().map(|function| function.name.clone())).unwrap_or_default();
        self.events.with_untracked(|events| save::save(&format!("{name}.events.json"), "application/json", &events.exported()));
    }
}

/// The text of a file, if it is one.
async fn read(given: &File) -> Option<String> {
    if given.size > LARGEST_FILE {
        return None;
    }
    String::from_utf8(file::read(given, 0, given.size).await.ok()?).ok()
}

/// The row above the editor.
pub(super) fn row(payload: Payload, subject: String, chosen: Memo<Option<FunctionTarget>>) -> Tag {
    let desk = Desk {
        payload,
        store: CredentialStore::current(),
        chosen,
        subject: RwSignal::new(subject),
        events: RwSignal::new(SavedEvents::default()),
        open: RwSignal::new(String::new()),
        naming: RwSignal::new(None),
        told: RwSignal::new(Told::Nothing),
    };
    effect(move || {
        chosen.track();
        desk.events.set(desk.kept());
        desk.open.set(String::new());
        desk.naming.set(None);
        desk.told.set(Told::Nothing);
    });
    let is_naming = Memo::new(move || desk.naming.with(Option::is_some));
    effect(move || announce::say("events", desk.told.with(words).unwrap_or_default()));
    tag("div")
        .class("saved")
        .child(live(move || if is_naming.get() { naming(desk) } else { choosing(desk) }))
        .child(live(move || told(desk, desk.told.get())))
}

fn choosing(desk: Desk) -> Piece {
    let none = Memo::new(move || desk.events.with(|events| events.iter().next().is_none()));
    let closed = Memo::new(move || desk.open.with(String::is_empty));
    let options = live(move || {
        let names: Vec<String> = desk.events.with(|events| events.iter().map(|event| event.name.clone()).collect());
        list(names.into_iter().map(|name| tag("option").set("value", name.clone()).child(name)))
    });
    let value = move || {
        desk.events.track();
        desk.open.get()
    };
    let select = tag("select")
        .class("field")
        .set("aria-label", t!("Saved events"))
        .live_value(value)
        .on("change", move |event| desk.load(event_target_value(&event)))
        .child(tag("option").set("value", "").child(text(move || if none.get() { t!("No saved events") } else { t!("Saved events") })))
        .child(options);
    let write = button("button button--inline", t!("Save…"), move || {
        desk.told.set(Told::Nothing);
        desk.naming.set(Some(desk.open.get_untracked()));
    })
    .set("aria-label", t!("Save the payload as an event"));
    let delete = button("button button--inline", t!("Delete"), move || desk.delete())
        .set("aria-label", t!("Delete the chosen event"))
        .live("hidden", move || closed.get());
    let import = button("button button--inline", t!("Import…"), move || desk.import()).set("aria-label", t!("Import events from a file"));
    let export = button("button button--inline", t!("Export"), move || {
        if !none.get_untracked() {
            desk.export();
        }
    })
    .set("aria-label", t!("Export the events as a file"))
    .live("aria-disabled", move || none.get().then_some("true"));
    tag("p").class("saved__row").child(select).child(write).child(delete).child(import).child(export).piece()
}

fn naming(desk: Desk) -> Piece {
    let field = ElementRef::new();
    effect(move || {
        if let Some(field) = field.get() {
            element::focus(&field);
        }
    });
    let cancel = move || {
        desk.naming.set(None);
        desk.told.set(Told::Nothing);
    };
    let on_key = move |event: Event| match event.dyn_into::<KeyboardEvent>().map(|event| event.key()).as_deref() {
        Ok("Enter") => desk.save(),
        Ok("Escape") => cancel(),
        _ => {}
    };
    let input = tag("input")
        .reference(field)
        .class("field")
        .set("type", "text")
        .set("aria-label", t!("Name of the event"))
        .set("aria-describedby", "saved-where")
        .set("placeholder", t!("Name of the event"))
        .set("maxlength", "80")
        .set("autocomplete", "off")
        .live_value(move || desk.naming.get().unwrap_or_default())
        .on("input", move |event| desk.naming.set(Some(event_target_value(&event))))
        .on("keydown", on_key);
    let agree = button("button button--inline", t!("Save"), move || desk.save()).set("aria-label", t!("Save the event"));
    let cancel = button("button button--inline", t!("Cancel"), cancel);
    let place =
        t!("Kept in this browser only, for you and this function, where whoever uses it can read it. What looks like a secret is refused.");
    [
        tag("p").class("saved__row").child(input).child(agree).child(cancel).piece(),
        tag("p").class("saved__told secondary").set("id", "saved-where").child(place).piece(),
    ]
    .piece()
}

fn words(told: &Told) -> Option<String> {
    match told {
        Told::Nothing => None,
        Told::Done(words, _) => Some(words.clone()),
        Told::Refused(failure) => Some([failure.message.as_str(), failure.next_step.as_str()].join(" ")),
    }
}

fn told(desk: Desk, told: Told) -> Option<Tag> {
    let class = if matches!(told, Told::Refused(_)) { "saved__told bad" } else { "saved__told" };
    let line = tag("p").class(class).child(words(&told)?);
    Some(match told {
        Told::Done(_, Some((before, open))) => line.child(" ").child(button("button button--inline", t!("Undo"), move || {
            desk.keep(&before, Told::Nothing);
            desk.open.set(open.clone());
        })),
        _ => line,
    })
}
