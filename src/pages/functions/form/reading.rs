//! What the payload is, read by the schema.

use super::checks;
use crate::model::json::Json;
use crate::model::schema::{Complaint, Kind, Picks, Schema, Step, at};
use std::sync::Arc;

/// A payload that was read. Copies share it.
#[derive(Clone)]
pub(super) struct Reading(Arc<Read>);

struct Read {
    text: String,
    picks: Picks,
    payload: Option<Json>,
    complaints: Vec<Complaint>,
    outline: String,
}

impl PartialEq for Reading {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.text == other.0.text
                && self.0.picks == other.0.picks
                && self.0.outline == other.0.outline
                && self.0.complaints == other.0.complaints)
    }
}

impl Reading {
    /// Nothing at all is a payload that is not filled in yet.
    pub(super) fn of(schema: &Schema, text: &str, picks: Picks) -> Self {
        let text = text.to_owned();
        let payload = if text.trim().is_empty() { Some(Json::Null) } else { Json::parse(&text).ok() };
        let mut outline = String::new();
        let complaints = payload.as_ref().map(|payload| {
            let checks = checks(&picks);
            draw(schema, Some(payload), &mut Vec::new(), &checks, &mut outline);
            match (payload, &schema.kind) {
                (Json::Null, Kind::Object(_)) => checks.complaints(schema, &Json::Object(Vec::new())),
                _ => checks.complaints(schema, payload),
            }
        });
        Self(Arc::new(Read { text, picks, payload, complaints: complaints.unwrap_or_default(), outline }))
    }

    pub(super) fn complaints(&self) -> &[Complaint] {
        &self.0.complaints
    }

    /// What decides which fields there are: while it is the same, nothing is drawn anew. Empty where the text is not JSON.
    pub(super) fn outline(&self) -> &str {
        &self.0.outline
    }

    pub(super) fn at(&self, path: &[Step]) -> Option<&Json> {
        self.0.payload.as_ref().and_then(|payload| at(payload, path))
    }

    /// Which of several alternatives is shown at a place.
    pub(super) fn pick(&self, alternatives: &[Schema], path: &[Step]) -> usize {
        checks(&self.0.picks).pick(alternatives, self.at(path), path)
    }
}

/// Members of an object that its schema does not name.
pub(super) fn unnamed<'a>(schema: &Schema, value: Option<&'a Json>) -> Vec<&'a str> {
    match (&schema.kind, value) {
        (Kind::Object(rules), Some(Json::Object(members))) => {
            members.iter().map(|(name, _)| name.as_str()).filter(|name| !rules.members.iter().any(|member| member.name == *name)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a value has a form that the fields of this schema can show.
pub(super) fn can_show(schema: &Schema, value: Option<&Json>) -> bool {
    match (&schema.kind, value) {
        (_, None | Some(Json::Null)) | (Kind::OneOf(_) | Kind::Choice(_) | Kind::Anything, _) => true,
        (Kind::Object(_), value) => matches!(value, Some(Json::Object(_))),
        (Kind::List(_), value) => matches!(value, Some(Json::List(_))),
        (_, value) => !matches!(value, Some(Json::Object(_) | Json::List(_))),
    }
}

fn draw(schema: &Schema, value: Option<&Json>, path: &mut Vec<Step>, checks: &crate::model::schema::Checks<'_>, out: &mut String) {
    if !can_show(schema, value) {
        out.push('!');
        return;
    }
    match &schema.kind {
        Kind::Object(rules) => {
            out.push('{');
            for member in &rules.members {
                path.push(Step::Member(member.name.clone()));
                draw(&member.schema, value.and_then(|value| value.get(&member.name)), path, checks, out);
                path.pop();
            }
            for name in unnamed(schema, value) {
                out.push_str(&format!("{name:?}"));
            }
            out.push('}');
        }
        Kind::List(rules) => {
            out.push('[');
            if let Some(Json::List(items)) = value {
                for (number, item) in items.iter().enumerate() {
                    path.push(Step::Item(number));
                    draw(&rules.item, Some(item), path, checks, out);
                    path.pop();
                }
            }
            out.push(']');
        }
        Kind::OneOf(alternatives) => {
            let meant = checks.pick(alternatives, value, path);
            out.push_str(&meant.to_string());
            if let Some(meant) = alternatives.get(meant) {
                draw(meant, value, path, checks, out);
            }
        }
        _ => out.push('.'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str) -> Reading {
        let schema = Schema::parse(
            r#"{"type":"object","required":["a"],"properties":{"a":{"type":"string"},"list":{"type":"array","items":{"type":"integer"}},
                "either":{"oneOf":[{"type":"string"},{"type":"object","properties":{"x":{"type":"integer"}}}]}}}"#,
        );
        Reading::of(&schema.unwrap(), text, Picks::new())
    }

    #[test]
    fn typing_draws_nothing_anew_and_structure_does() {
        assert_eq!(reading("{}").outline(), "{.[]0.}");
        assert_eq!(reading("{\"a\":\"x\"}").outline(), reading("").outline());
        assert_eq!(reading("{\"list\":[1,2],\"either\":{},\"new\":1}").outline(), "{.[..]1{.}\"new\"}");
        assert_eq!(reading("{\"a\":{\"deep\":1},\"list\":7}").outline(), "{!!0.}", "what a field cannot hold is left to the text");
        assert_eq!((reading("{").outline(), reading("7").outline()), ("", "!"));
    }

    #[test]
    fn nothing_at_all_is_an_object_that_is_not_filled_in() {
        for text in ["", " ", "{}"] {
            let reading = reading(text);
            assert!(matches!(reading.complaints(), [only] if only.missing), "{text:?}");
        }
    }
}
