//! One field for each value of the schema.

use super::reading::{can_show, unnamed};
use super::{Form, told};
use crate::model::json::{Json, ToJson};
use crate::model::schema::{Choice, Format, Kind, ListRules, Member, ObjectRules, Picks, Schema, Step, append, at, fresh, put, switched};
use crate::ui::button::button;
use crate::ui::piece::{IntoPiece, Piece, Tag, list, tag, text};
use crate::words::{t, tn};
use leptos::prelude::event_target_value;

/// Where a field stands.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) path: Vec<Step>,
    /// Names its elements in the page.
    id: String,
    label: String,
    required: bool,
    /// How many objects around it go when it is emptied and they are empty then.
    pub(super) prune: usize,
    /// The alternatives around it that are shown.
    pub(super) picks: Picks,
}

impl Place {
    pub(super) fn whole(schema: &Schema) -> Self {
        let label = schema.title.clone().unwrap_or_else(|| t!("Payload").to_owned());
        Self { path: Vec::new(), id: "form".to_owned(), label, required: true, prune: 0, picks: Picks::new() }
    }

    fn inside(&self, step: Step, number: usize, label: String) -> Self {
        let mut path = self.path.clone();
        path.push(step);
        Self { path, id: format!("{}-{number}", self.id), label, required: true, prune: 0, picks: self.picks.clone() }
    }

    fn member(&self, member: &Member, number: usize) -> Self {
        let label = member.schema.title.clone().unwrap_or_else(|| member.name.clone());
        // An object that may be missing goes with its last member.
        let prune = if self.required { 0 } else { self.prune + 1 };
        Self { required: member.required, prune, ..self.inside(Step::Member(member.name.clone()), number, label) }
    }

    fn is_item(&self) -> bool {
        matches!(self.path.last(), Some(Step::Item(_)))
    }

    fn hint(&self) -> String {
        format!("{}-hint", self.id)
    }

    fn told(&self) -> String {
        format!("{}-told", self.id)
    }
}

/// What a value is shown by.
pub(super) fn value(form: Form, schema: &Schema, place: &Place) -> Tag {
    let shows = form.reading.with_untracked(|reading| {
        let value = reading.as_ref().and_then(|reading| reading.at(&place.path));
        can_show(schema, value)
    });
    if !shows {
        return left_to_the_text(form, schema, place, t!("This holds something else than the schema describes."));
    }
    match &schema.kind {
        Kind::Anything => left_to_the_text(form, schema, place, t!("The form cannot show this.")),
        Kind::Null => group(form, schema, place, t!("Always null: there is nothing to fill in.").piece()),
        Kind::Object(rules) => object(form, schema, rules, place),
        Kind::List(rules) => items(form, schema, rules, place),
        Kind::OneOf(alternatives) => one_of(form, schema, alternatives, place),
        Kind::Boolean | Kind::Number(_) | Kind::Text(_) | Kind::Choice(_) => field(form, schema, place),
    }
}

fn left_to_the_text(form: Form, schema: &Schema, place: &Place, why: &'static str) -> Tag {
    let path = place.path.clone();
    let shown = text(move || form.value_at(&path, |value| value.map(Json::written)).unwrap_or_default());
    let content = [tag("code").class("form__value mono").child(shown).piece(), form.as_text(why.to_owned()).piece()];
    group(form, schema, place, content.piece())
}

/// A group of fields with its name, what is said of it, and what is wrong with it as a whole.
fn group(form: Form, schema: &Schema, place: &Place, content: Piece) -> Tag {
    let path = place.path.clone();
    tag("fieldset")
        .class("form__group")
        .set("id", place.id.clone())
        .set("tabindex", "-1")
        .live("data-wrong", move || form.wrong_at(&path).is_some())
        .set("aria-describedby", [place.hint(), place.told()].join(" "))
        .child(tag("legend").child(place.label.clone()).child(optional(place)))
        .child(about(schema, place))
        .child(wrong(form, place))
        .child(content)
}

fn optional(place: &Place) -> Option<Tag> {
    (!place.required).then(|| tag("span").class("secondary small").child([" ", t!("(optional)")].concat()))
}

/// What the schema says of a value, and what of that nobody here checks.
fn about(schema: &Schema, place: &Place) -> Tag {
    let unchecked = (!schema.unchecked.is_empty())
        .then(|| t!("What the schema says with {keywords} is not checked here.", keywords = schema.unchecked.join(", ")));
    let said = [schema.description.clone(), unchecked].into_iter().flatten().collect::<Vec<_>>().join(" ");
    tag("p").class("form__hint secondary small").set("id", place.hint()).child(said)
}

fn wrong(form: Form, place: &Place) -> Tag {
    tag("p").class("form__told small bad").set("id", place.told()).child(told(form, place.path.clone()))
}

fn object(form: Form, schema: &Schema, rules: &ObjectRules, place: &Place) -> Tag {
    let member = |(number, member): (usize, &Member)| value(form, &member.schema, &place.member(member, number));
    let fields = list(rules.members.iter().enumerate().map(member));
    let others: Vec<String> = form.reading.with_untracked(|reading| {
        let value = reading.as_ref().and_then(|reading| reading.at(&place.path));
        unnamed(schema, value).into_iter().map(str::to_owned).collect()
    });
    let others = (!others.is_empty()).then(|| {
        let count = others.len();
        let item = |name: String| {
            let there = place.inside(Step::Member(name.clone()), 0, name.clone());
            let label = t!("Remove {name}", name = name);
            let remove = button("button button--inline", t!("Remove"), move || form.set(&there, None)).set("aria-label", label);
            tag("li").child(tag("span").class("mono").child(name)).child(" ").child(remove)
        };
        let words = tn!(
            count,
            "{count} member that the schema does not name stays as it is:",
            "{count} members that the schema does not name stay as they are:"
        );
        tag("div").class("form__others secondary small").child(words).child(tag("ul").children(others.into_iter().map(item)))
    });
    group(form, schema, place, [fields, others.piece()].piece())
}

fn items(form: Form, schema: &Schema, rules: &ListRules, place: &Place) -> Tag {
    let count = form.reading.with_untracked(|reading| match reading.as_ref().and_then(|reading| reading.at(&place.path)) {
        Some(Json::List(items)) => items.len(),
        _ => 0,
    });
    let add_id = format!("{}-add", place.id);
    let item = |number: usize| {
        let label = rules.item.title.clone().unwrap_or_else(|| place.label.clone());
        let label = [label, (number + 1).to_string()].join(" ");
        let there = place.inside(Step::Item(number), number, label.clone());
        let content = value(form, &rules.item, &there);
        let back_to = add_id.clone();
        let remove = button("button button--inline", t!("Remove"), move || {
            form.next.set_value(Some(back_to.clone()));
            form.set(&there, None);
        })
        .set("aria-label", t!("Remove {name}", name = label));
        tag("li").child(content).child(remove)
    };
    let (there, begun) = (place.clone(), rules.item.clone());
    let new = format!("{}-{count}", place.id);
    let add = button("button button--inline", t!("Add"), move || {
        form.next.set_value(Some(new.clone()));
        form.change(&there, |payload| {
            append(payload, &there.path, fresh(&begun));
        });
    })
    .set("id", add_id.clone())
    .set("aria-label", t!("Add to {name}", name = place.label));
    let drop_all = (!place.required).then(|| {
        let there = place.clone();
        button("button button--inline", t!("Leave out"), move || form.set(&there, None))
            .set("aria-label", t!("Leave {name} out", name = place.label))
            .live("hidden", {
                let path = place.path.clone();
                move || form.value_at(&path, |value| value.is_none())
            })
    });
    let content = [
        tag("ol").class("form__items").children((0..count).map(item)).piece(),
        tag("p").class("form__acts").child(add).child(drop_all).piece(),
    ];
    group(form, schema, place, content.piece())
}

fn one_of(form: Form, schema: &Schema, alternatives: &[Schema], place: &Place) -> Tag {
    let meant = form.reading.with_untracked(|reading| reading.as_ref().map_or(0, |reading| reading.pick(alternatives, &place.path)));
    let options = alternatives.iter().enumerate().map(|(number, alternative)| {
        let name = alternative.title.clone().unwrap_or_else(|| kind(alternative, number));
        tag("option").set("value", number.to_string()).set("selected", number == meant).child(name)
    });
    let (there, all) = (place.clone(), alternatives.to_vec());
    let id = format!("{}-kind", place.id);
    let choose = tag("select")
        .class("field")
        .set("id", id.clone())
        .set("aria-label", t!("Kind of {name}", name = place.label))
        .live_value(move || meant.to_string())
        .children(options)
        .on("change", move |event| {
            let chosen: usize = event_target_value(&event).parse().unwrap_or_default();
            let mut there = there.clone();
            there.picks.push((there.path.clone(), chosen));
            form.next.set_value(Some(id.clone()));
            form.change(&there, |payload| {
                if let Some(alternative) = all.get(chosen) {
                    let before = at(payload, &there.path).and_then(|value| Json::parse(&value.written()).ok());
                    put(payload, &there.path, switched(before, alternative));
                }
            });
        });
    let mut inner = place.clone();
    inner.id.push_str("-of");
    inner.picks.push((place.path.clone(), meant));
    let content = alternatives.get(meant).map(|alternative| value(form, alternative, &inner));
    group(form, schema, place, [choose.piece(), content.piece()].piece())
}

/// What an alternative without a title is called.
fn kind(schema: &Schema, number: usize) -> String {
    let word = match &schema.kind {
        Kind::Boolean => t!("True or false"),
        Kind::Number(_) => t!("Number"),
        Kind::Text(_) => t!("Text"),
        Kind::List(_) => t!("List"),
        Kind::Null => t!("Null"),
        Kind::Choice(choices) if choices.len() == 1 => return choices[0].label.clone(),
        _ => return t!("Alternative {number}", number = number + 1),
    };
    word.to_owned()
}

/// A label, a control, what is said of it, and what is wrong with it.
fn field(form: Form, schema: &Schema, place: &Place) -> Tag {
    let path = place.path.clone();
    let wrong_here = move || form.wrong_at(&path).is_some();
    let also_wrong = wrong_here.clone();
    let control = match &schema.kind {
        Kind::Boolean => {
            let values = ["true", "false"].map(|word| Choice { label: word.to_owned(), json: word.to_owned() });
            chosen(form, &values, place)
        }
        Kind::Choice(choices) => chosen(form, choices, place),
        kind => written(form, kind, place),
    };
    let control = control
        .set("id", place.id.clone())
        .set("aria-describedby", [place.hint(), place.told()].join(" "))
        .set("aria-required", place.required.then_some("true"))
        .live("aria-invalid", move || wrong_here().to_string())
        .live("data-wrong", also_wrong);
    tag("div")
        .class("form__field")
        .child(tag("label").set("for", place.id.clone()).child(place.label.clone()).child(optional(place)))
        .child(control)
        .child(about(schema, place))
        .child(wrong(form, place))
}

/// One of several values.
fn chosen(form: Form, choices: &[Choice], place: &Place) -> Tag {
    let options =
        choices.iter().enumerate().map(|(number, choice)| tag("option").set("value", number.to_string()).child(choice.label.clone()));
    let values: Vec<String> = choices.iter().map(|choice| choice.json.clone()).collect();
    let find = {
        let (values, path) = (values.clone(), place.path.clone());
        move || {
            form.value_at(&path, |value| match value.map(Json::written).filter(|value| value != "null" && value != "\"\"") {
                Some(value) => values.iter().position(|there| *there == value).map_or_else(|| "other".to_owned(), |at| at.to_string()),
                None => String::new(),
            })
        }
    };
    let (is_other, path) = (find.clone(), place.path.clone());
    let other = text(move || form.value_at(&path, |value| value.map(shown)).unwrap_or_default());
    let there = place.clone();
    tag("select")
        .class("field")
        .child(tag("option").set("value", "").child("–"))
        .children(options)
        .child(tag("option").set("value", "other").live("hidden", move || is_other() != "other").child(other))
        .live_value(find)
        .on("change", move |event| {
            let value = event_target_value(&event);
            match value.parse::<usize>().ok().and_then(|at| values.get(at)).and_then(|value| Json::parse(value).ok()) {
                Some(value) => form.set(&there, Some(value)),
                None if value.is_empty() => form.set(&there, emptied(&there, Json::Null)),
                None => {}
            }
        })
}

/// What is typed.
fn written(form: Form, kind: &Kind, place: &Place) -> Tag {
    let is_number = matches!(kind, Kind::Number(_));
    let format = match kind {
        Kind::Text(rules) => rules.format,
        _ => None,
    };
    let control = match (is_number, format) {
        (true, _) => tag("input").set("type", "text").set("inputmode", "decimal"),
        (false, Some(Format::Date)) => tag("input").set("type", "date"),
        (false, Some(Format::Email)) => tag("input").set("type", "text").set("inputmode", "email"),
        (false, Some(Format::Uri)) => tag("input").set("type", "text").set("inputmode", "url"),
        (false, Some(_)) => tag("input").set("type", "text"),
        // A line could not show text of several.
        (false, None) => tag("textarea").set("rows", "1"),
    };
    let path = place.path.clone();
    let there = place.clone();
    control
        .class("field")
        .set("placeholder", format.map(Format::example))
        .set("autocomplete", "off")
        .set("autocapitalize", "off")
        .set("spellcheck", "false")
        .live_value(move || form.value_at(&path, |value| value.map(shown)).unwrap_or_default())
        .on("input", move |event| {
            let typed = event_target_value(&event);
            let value = match Json::parse(typed.trim()) {
                _ if typed.is_empty() => emptied(&there, if is_number { Json::Null } else { "".to_json() }),
                // As it is written: 0.10 stays 0.10.
                Ok(Json::Number(number)) if is_number => Some(Json::Number(number)),
                // What is no number yet stands in the text as it was typed, and the field says so.
                _ => Some(typed.to_json()),
            };
            form.set(&there, value);
        })
}

/// What an emptied field leaves: an item stays in its list, a member goes.
fn emptied(place: &Place, empty: Json) -> Option<Json> {
    place.is_item().then_some(empty)
}

/// A value as a field shows it.
fn shown(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::Text(text) => text.to_string(),
        value => value.written(),
    }
}
