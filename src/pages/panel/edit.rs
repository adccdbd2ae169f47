//! What an object says about itself, and the form that changes it.

use super::act::{Deed, barred_button};
use super::object::Seen;
use super::pairs::{Labels, Pairs};
use super::words;
use crate::browser::task;
use crate::pages::browse::class_name;
use crate::reactive::{Memo, RwSignal};
use crate::state::details::{Bar, Description, Edit, Facts, Field};
use crate::ui::button::button;
use crate::ui::piece::{IntoPiece, Piece, Tag, live, tag};
use crate::ui::popover::facts;
use crate::words::{mark, t};
use leptos::prelude::event_target_value;

/// Storage classes that an object can be given here: those that can be read at once.
const CLASSES: [&str; 5] = ["", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"];

/// Most lines of metadata of its own: S3 counts bytes, and this is more than fits.
const MOST_OWN: usize = 100;

/// What is said of a line of metadata.
static ENTRY: Labels = Labels {
    add: mark!("Add an entry"),
    name: mark!("Name of entry {number}", number),
    value: mark!("Value of entry {number}", number),
    remove: mark!("Remove entry {number}", number),
};

/// The form, while it is open.
#[derive(Clone, Copy)]
struct Form {
    seen: Seen,
    /// What it was opened with, and what the bucket hides of that.
    opened: RwSignal<Option<(Facts, Vec<Field>)>>,
    fields: RwSignal<[String; 6]>,
    own: Pairs,
    class: RwSignal<String>,
    agreed: RwSignal<bool>,
}

/// The section.
pub(super) fn edit(seen: Seen) -> Piece {
    let form = Form {
        seen,
        opened: RwSignal::new(None),
        fields: RwSignal::new(Default::default()),
        own: Pairs::new(),
        class: RwSignal::new(String::new()),
        agreed: RwSignal::new(false),
    };
    let is_open = Memo::new(move || form.opened.with(Option::is_some));
    let content = live(move || if is_open.get() { form.fill_in() } else { form.shown() });
    tag("section").class("panel__section").set("aria-label", t!("Metadata")).child(tag("h3").child(t!("Metadata"))).child(content).piece()
}

impl Form {
    fn shown(self) -> Piece {
        live(move || match self.seen.asking.outcome.get() {
            Some(Ok(found)) => {
                let role = self.seen.desk.role();
                let bar = Bar::of(&found, &self.seen.permissions()).map(|bar| words::bar(&bar, &role));
                let why = bar.clone().map(|why| tag("p").class("secondary small").child(why));
                let for_form = found.clone();
                let name = t!("Change… metadata and storage class");
                let change = barred_button("button", t!("Change…"), name, bar, move || self.open(for_form.clone()));
                [described(&found), tag("div").class("panel__actions").child(change).piece(), why.piece()].piece()
            }
            _ => ().piece(),
        })
    }

    /// Opens the form, once it is known what the bucket hides.
    fn open(self, found: Facts) {
        let (details, subject) = (self.seen.desk.details, self.seen.subject());
        let deed = self.seen.desk.deed;
        deed.set(Some(Deed::Under(t!("Asking S3"))));
        task::spawn(async move {
            match details.unseen(&subject, &found).await {
                Ok(unseen) => {
                    if self.opened.try_get_untracked().is_none() {
                        return;
                    }
                    self.fields.set(found.description.fields.clone());
                    self.own.set(found.description.own.clone());
                    self.class.set(found.class.clone().unwrap_or_default());
                    self.agreed.set(false);
                    deed.set(None);
                    self.opened.set(Some((found, unseen)));
                }
                Err(failure) => drop(deed.try_set(Some(Deed::Failed(failure)))),
            }
        });
    }

    /// What is to be. Tracked.
    fn edit(self) -> Edit {
        let description = Description { fields: self.fields.get(), own: sorted(self.own.get()) };
        Edit { description, class: self.class.get(), loses_unseen: self.agreed.get() }
    }

    fn fill_in(self) -> Piece {
        let Some((shown, unseen)) = self.opened.get_untracked() else { return ().piece() };
        let field = move |field: Field| {
            let at = field as usize;
            labelled(
                words::field(field),
                tag("input")
                    .class("field mono")
                    .set("type", "text")
                    .set("autocomplete", "off")
                    .set("spellcheck", "false")
                    .live_value(move || self.fields.with(|fields| fields[at].clone()))
                    .on("input", move |event| self.fields.update(|fields| fields[at] = event_target_value(&event))),
            )
        };
        let now = shown.class.clone().unwrap_or_default();
        let others = CLASSES.into_iter().map(str::to_owned);
        let classes: Vec<String> = if CLASSES.contains(&now.as_str()) { others.collect() } else { others.chain([now]).collect() };
        let class = labelled(
            t!("Storage class"),
            tag("select")
                .class("field")
                .live_value(move || self.class.get())
                .on("change", move |event| self.class.set(event_target_value(&event)))
                .children(classes.into_iter().map(|class| tag("option").set("value", class.clone()).child(class_name(&class)))),
        );
        let permissions = self.seen.permissions();
        let role = self.seen.desk.role();
        let (known, hidden) = (shown.clone(), unseen.clone());
        let edit = Memo::new(move || self.edit());
        let bar = Memo::new(move || {
            let bar = edit.with(|edit| edit.bar(&known, &permissions, &hidden));
            bar.map(|bar| words::bar(&bar, &role))
        });
        let all_seen = shown.all_seen;
        let describes = {
            let shown = shown.clone();
            Memo::new(move || edit.with(|edit| edit.describes(&shown)))
        };
        let agree = live(move || {
            (describes.get() && !all_seen).then(|| {
                let words = t!(
                    "Pages see metadata only where the bucket’s CORS rules expose each name. If this object has metadata of its own that is not listed above, saving removes it. I know that everything to be kept is listed."
                );
                tag("label")
                    .class("panel__choice small")
                    .child(
                        tag("input")
                            .set("type", "checkbox")
                            .set("checked", self.agreed.get_untracked())
                            .on("change", move |_| self.agreed.update(|agreed| *agreed = !*agreed)),
                    )
                    .child(tag("span").child(words))
            })
        });
        let save = live(move || {
            let (shown, barred) = (shown.clone(), bar.get());
            let why = barred.clone().map(|why| tag("p").class("secondary small").set("id", "details-bar").child(why));
            let save = barred_button("button button--primary", t!("Save"), t!("Save"), barred, move || self.save(shown.clone()));
            [
                why.piece(),
                tag("div").class("panel__actions").child(save).child(button("button", t!("Cancel"), move || self.opened.set(None))).piece(),
            ]
            .piece()
        });
        let note = t!(
            "S3 writes the object anew for this: its time changes, and where the bucket keeps versions the one before stays. Tags are kept; access lists of its own and a redirect are not, and where the encryption is not shown above the bucket’s own is used."
        );
        [
            tag("div").class("panel__fields").children(Field::ALL.map(field)).child(class).piece(),
            tag("h4").child(t!("Metadata of its own")).piece(),
            self.own.editor(&ENTRY, MOST_OWN),
            agree,
            tag("p").class("secondary small").child(note).piece(),
            save,
        ]
        .piece()
    }

    fn save(self, shown: Facts) {
        let (details, subject, edit) = (self.seen.desk.details, self.seen.subject(), self.edit());
        let then = move || {
            // The object may be shown anew by now.
            if self.opened.try_set(None).is_ok() {
                self.seen.look();
            }
        };
        self.seen.desk.act(t!("Saving"), t!("Saved."), async move { details.edit(&subject, &shown, &edit).await }, then);
    }
}

/// In the order in which S3's are shown, so that only what is another counts as one.
fn sorted(mut pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    pairs.sort();
    pairs
}

fn labelled(label: &'static str, control: Tag) -> Tag {
    tag("label").class("panel__field").child(tag("span").class("secondary small").child(label)).child(control)
}

/// What it says about itself, and what may be missing.
fn described(found: &Facts) -> Piece {
    let said = Field::ALL.into_iter().filter(|field| !found.description.field(*field).is_empty());
    let said =
        said.map(|field| (words::field(field), tag("span").class("mono breakable").child(found.description.field(field).to_owned())));
    let own = found.description.own.iter().map(|(name, value)| {
        [
            tag("dt").child(tag("span").class("mono").child(name.clone())),
            tag("dd").child(tag("span").class("mono breakable").child(value.clone())),
        ]
    });
    let own: Vec<Tag> = own.flatten().collect();
    let own = if own.is_empty() {
        tag("p").class("secondary small").child(t!("No metadata of its own to be seen.")).piece()
    } else {
        [tag("h4").child(t!("Metadata of its own")).piece(), tag("dl").class("facts").children(own).piece()].piece()
    };
    let hidden = (!found.all_seen).then(|| {
        tag("details")
            .class("panel__hidden small secondary")
            .child(tag("summary").child(t!("What this page may not see")))
            .child(tag("p").child(words::hidden(&found.silent)))
    });
    [facts(said).piece(), own, hidden.piece()].piece()
}
