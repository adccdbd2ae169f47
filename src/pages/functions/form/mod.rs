//! The payload as a form, drawn from the function's schema. Form and editor are two views of one text: a field changes its
//! own value in it, and leaves everything else as it stands.

mod fields;
mod reading;

use super::payload::Payload;
use crate::browser::{element, pattern, task};
use crate::model::json::{Json, layout};
use crate::model::names::RoleId;
use crate::model::schema::{Checks, Picks, Schema, Step, clear, fresh, put};
use crate::reactive::{Memo, RwSignal, Signal, StoredValue, effect};
use crate::state::function_schemas::FunctionSchemas;
use crate::ui::button::button;
use crate::ui::piece::{Piece, Tag, live, tag, text};
use crate::words::{t, tn};
use fields::Place;
use reading::Reading;
use std::sync::Arc;

/// The schema of the function that is shown.
#[derive(Clone)]
struct Known(Arc<Schema>);

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The form of the function that is shown, where it has one.
#[derive(Clone, Copy)]
pub(super) struct Form {
    payload: Payload,
    schemas: FunctionSchemas,
    known: Memo<Option<Known>>,
    /// Whether the person wants the form, where there is one.
    wanted: RwSignal<bool>,
    picks: RwSignal<Picks>,
    /// Whether somebody tried to send what does not fit.
    insisted: RwSignal<bool>,
    reading: Memo<Option<Reading>>,
    /// What gets the focus once it is drawn.
    next: StoredValue<Option<String>>,
}

impl Form {
    /// Of the function called `name` that `role` opens.
    pub(super) fn new(payload: Payload, role: Signal<Option<RoleId>>, name: Signal<Option<String>>) -> Self {
        let schemas = FunctionSchemas::follow(role);
        let known = Memo::new(move || name.get().and_then(|name| schemas.of(&name)).map(Known));
        let picks = RwSignal::new(Picks::new());
        let reading = Memo::new(move || {
            let Known(schema) = known.get()?;
            Some(payload.read(|text| Reading::of(&schema, text, picks.get())))
        });
        let form = Self {
            payload,
            schemas,
            known,
            wanted: RwSignal::new(true),
            picks,
            insisted: RwSignal::new(false),
            reading,
            next: StoredValue::new(None),
        };
        effect(move || {
            let known = known.get();
            picks.set(Picks::new());
            form.insisted.set(false);
            if let Some(Known(schema)) = known {
                // The editor changes over to another function's text by now.
                task::spawn(async move {
                    let begun = fresh(&schema);
                    if !matches!(begun, Json::Null) && form.known.try_get_untracked().flatten() == Some(Known(schema)) {
                        form.payload.begin_with(laid_out(&begun));
                    }
                });
            }
        });
        form
    }

    /// Whether the form is shown in place of the editor. Tracked.
    pub(super) fn is_shown(self) -> bool {
        self.wanted.get() && self.known.with(Option::is_some)
    }

    /// Whether what is filled in can be sent. Where the editor is shown, the text is sent as it stands.
    pub(super) fn insist(self) -> bool {
        let shown = self.wanted.get_untracked() && self.known.with_untracked(Option::is_some);
        let fits = !shown || self.reading.with_untracked(|reading| reading.as_ref().is_none_or(|reading| reading.complaints().is_empty()));
        if !fits {
            self.insisted.set(true);
            focus_later("[data-wrong]");
        }
        fits
    }

    /// How the payload fares by the schema, to stand below it. Tracked.
    pub(super) fn told(self) -> Option<String> {
        let shown = self.is_shown();
        self.reading.with(|reading| {
            let wrong = reading.as_ref()?.complaints().len();
            Some(match (wrong, shown) {
                (0, _) => t!("Fits the function's schema").to_owned(),
                (_, true) => tn!(wrong, "{count} field needs attention", "{count} fields need attention"),
                (_, false) => tn!(
                    wrong,
                    "JSON, sent as it stands; the schema objects in {count} place",
                    "JSON, sent as it stands; the schema objects in {count} places"
                ),
            })
        })
    }

    /// Chooses between form and text; nothing where there is no schema.
    pub(super) fn switch(self) -> Piece {
        live(move || {
            let choice = |label: &'static str, wants: bool| {
                button("button button--inline", label, move || self.wanted.set(wants))
                    .live("aria-pressed", move || if self.wanted.get() == wants { "true" } else { "false" })
            };
            self.known.with(Option::is_some).then(|| {
                tag("span")
                    .class("views")
                    .set("role", "group")
                    .set("aria-label", t!("Payload as"))
                    .child(choice(t!("Form"), true))
                    .child(choice(t!("Text"), false))
            })
        })
    }

    /// The form itself, and what is told where it cannot be had.
    pub(super) fn body(self) -> Tag {
        let outline = Memo::new(move || {
            (self.known.get(), self.reading.with(|reading| reading.as_ref().map(|reading| reading.outline().to_owned())))
        });
        effect(move || {
            outline.track();
            if let Some(id) = self.next.try_update_value(Option::take).flatten() {
                focus_later(&format!("#{id}"));
            }
        });
        let content = live(move || {
            let (Some(Known(schema)), outline) = outline.get() else { return None };
            Some(match outline {
                Some(outline) if !outline.is_empty() => fields::value(self, &schema, &Place::whole(&schema)),
                _ => self.as_text(t!("The text is not JSON, so the form cannot show it.").to_owned()),
            })
        });
        tag("div").class("form").live("hidden", move || !self.is_shown()).child(content)
    }

    /// Says why the schemas could not be had.
    pub(super) fn failure(self) -> Piece {
        live(move || {
            let why = self.schemas.failure()?;
            let again = button("button button--inline", t!("Try again"), move || self.schemas.ask());
            let words = t!("Whether this function has a form is not known: {why}", why = why);
            Some(tag("p").class("saved saved__told bad").child(words).child(" ").child(again))
        })
    }

    /// What stands in for what the form cannot show.
    fn as_text(self, why: String) -> Tag {
        let edit = button("button button--inline", t!("Edit as text"), move || {
            self.wanted.set(false);
            focus_later(".editor");
        });
        tag("p").class("form__text secondary").child(why).child(" ").child(edit)
    }

    /// What is wrong at a place, as far as it is to be told yet. Tracked.
    fn wrong_at(self, path: &[Step]) -> Option<String> {
        let insisted = self.insisted.get();
        self.reading.with(|reading| {
            let told = reading.as_ref()?.complaints().iter().filter(|complaint| complaint.path == path && (insisted || !complaint.missing));
            let told: Vec<&str> = told.map(|complaint| complaint.what.as_str()).collect();
            (!told.is_empty()).then(|| told.join(" "))
        })
    }

    /// What `read` makes of the value at a place. Tracked.
    fn value_at<T>(self, path: &[Step], read: impl FnOnce(Option<&Json>) -> T) -> T {
        self.reading.with(|reading| read(reading.as_ref().and_then(|reading| reading.at(path))))
    }

    /// Changes the payload: everything else in it stays.
    fn change(self, place: &Place, edit: impl FnOnce(&mut Json)) {
        let text = self.payload.text();
        let blank = text.trim().is_empty();
        let Ok(mut payload) = Json::parse(if blank { "null" } else { &text }) else { return };
        // What a field belongs to stays chosen, whatever is written into it.
        self.picks.update(|picks| {
            for (path, chosen) in &place.picks {
                picks.retain(|(there, _)| there != path);
                picks.push((path.clone(), *chosen));
            }
        });
        edit(&mut payload);
        if !(blank && matches!(payload, Json::Null)) {
            self.payload.write(laid_out(&payload));
        }
    }

    /// Puts a value into a place; `None` takes it away.
    fn set(self, place: &Place, value: Option<Json>) {
        if value.is_none() && place.path.is_empty() {
            return self.payload.write(String::new());
        }
        self.change(place, |payload| match value {
            Some(value) => {
                put(payload, &place.path, value);
            }
            None => clear(payload, &place.path, place.prune),
        });
    }
}

fn laid_out(payload: &Json) -> String {
    let text = payload.written();
    layout::format(&text).unwrap_or(text)
}

/// Gives something the focus once what follows signals has followed.
fn focus_later(selector: &str) {
    let selector = selector.to_owned();
    task::spawn(async move {
        crate::browser::timer::sleep(0).await;
        if let Some(found) = element::find(&selector) {
            element::focus(&found);
        }
    });
}

/// What holds a payload to a schema in this browser.
fn checks(picks: &Picks) -> Checks<'_> {
    Checks { picks, matches: pattern::matches }
}

/// Text that follows signals, for a label.
fn told(form: Form, path: Vec<Step>) -> Piece {
    text(move || form.wrong_at(&path))
}
