//! A payload's values, found and changed in place. What nobody touches stays as it is.

use super::{Kind, Member, Schema};
use crate::model::json::{Json, ToJson};

/// A step from a value to one inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the member of this name.
    Member(String),
    /// To the item of this number.
    Item(usize),
}

/// The value at the end of a path.
#[must_use]
pub fn at<'a>(json: &'a Json, path: &[Step]) -> Option<&'a Json> {
    path.iter().try_fold(json, |json, step| match (step, json) {
        (Step::Member(name), _) => json.get(name),
        (Step::Item(number), Json::List(items)) => items.get(*number),
        (Step::Item(_), _) => None,
    })
}

/// The same, to be changed. Objects that are not there, or are `null`, are made on the way.
fn place<'a>(json: &'a mut Json, path: &[Step]) -> Option<&'a mut Json> {
    path.iter().try_fold(json, |json, step| {
        if matches!((step, &*json), (Step::Member(_), Json::Null)) {
            *json = Json::Object(Vec::new());
        }
        match (step, json) {
            (Step::Member(name), Json::Object(members)) => {
                // Of several with one name the last counts.
                let found = members.iter().rposition(|(member, _)| member == name);
                let found = found.unwrap_or_else(|| {
                    members.push((name.clone(), Json::Null));
                    members.len() - 1
                });
                members.get_mut(found).map(|(_, value)| value)
            }
            (Step::Item(number), Json::List(items)) => items.get_mut(*number),
            _ => None,
        }
    })
}

/// Puts a value at the end of a path. Whether there is such a place: nothing is replaced on the way there.
pub fn put(json: &mut Json, path: &[Step], value: Json) -> bool {
    let reachable = (0..path.len()).all(|length| match (at(json, &path[..length]), &path[length]) {
        (None | Some(Json::Null | Json::Object(_)), Step::Member(_)) => true,
        (Some(Json::List(items)), Step::Item(number)) => *number < items.len(),
        _ => false,
    });
    if let Some(place) = reachable.then(|| place(json, path)).flatten() {
        *place = value;
        return true;
    }
    false
}

/// Takes the value at the end of a path away; of a list too. Up to `prune` objects around it go with it where they become
/// empty.
pub fn clear(json: &mut Json, path: &[Step], prune: usize) {
    let Some((last, around)) = path.split_last() else { return };
    if at(json, path).is_none() {
        return;
    }
    let emptied = match (last, place(json, around)) {
        (Step::Member(name), Some(Json::Object(members))) => {
            members.retain(|(member, _)| member != name);
            members.is_empty()
        }
        (Step::Item(number), Some(Json::List(items))) if *number < items.len() => {
            items.remove(*number);
            false
        }
        _ => false,
    };
    if emptied && prune > 0 {
        clear(json, around, prune - 1);
    }
}

/// What a new value of this schema begins with.
#[must_use]
pub fn fresh(schema: &Schema) -> Json {
    beginning(schema).unwrap_or_else(|| match &schema.kind {
        Kind::Text(_) => "".to_json(),
        Kind::List(_) => Json::List(Vec::new()),
        Kind::OneOf(alternatives) => alternatives.first().map_or(Json::Null, fresh),
        Kind::Object(_) => Json::Object(Vec::new()),
        Kind::Anything | Kind::Null | Kind::Boolean | Kind::Number(_) | Kind::Choice(_) => Json::Null,
    })
}

/// The same where the schema says something of it.
fn beginning(schema: &Schema) -> Option<Json> {
    if let Some(default) = schema.default.as_ref().and_then(|default| Json::parse(default).ok()) {
        return Some(default);
    }
    match &schema.kind {
        Kind::Choice(choices) if choices.len() == 1 => choices.first().and_then(|only| Json::parse(&only.json).ok()),
        Kind::Null => Some(Json::Null),
        Kind::List(rules) if rules.fewest > 0 => {
            // A person adds what is missing of many.
            Some(Json::List((0..rules.fewest.min(10)).map(|_| fresh(&rules.item)).collect()))
        }
        Kind::Object(rules) => {
            let value = |member: &Member| {
                let value = beginning(&member.schema).filter(|_| member.required || member.schema.default.is_some());
                value.map(|value| (member.name.clone(), value))
            };
            let members: Vec<(String, Json)> = rules.members.iter().filter_map(value).collect();
            (!members.is_empty()).then_some(Json::Object(members))
        }
        _ => None,
    }
}

/// A value for another alternative: what it names as its own, and every member that is there already.
#[must_use]
pub fn switched(before: Option<Json>, alternative: &Schema) -> Json {
    let new = fresh(alternative);
    let (Json::Object(mut members), Some(Json::Object(before))) = (new, before) else { return fresh(alternative) };
    for (name, value) in before {
        let is_fixed = matches!(&alternative.kind, Kind::Object(rules) if rules.members.iter().any(|member| member.name == name && matches!(&member.schema.kind, Kind::Choice(choices) if choices.len() == 1)));
        match members.iter().position(|(member, _)| *member == name) {
            Some(_) if is_fixed => {}
            Some(at) => members[at].1 = value,
            None => members.push((name, value)),
        }
    }
    Json::Object(members)
}

/// Adds an item to the list at the end of a path, which is made where there is none. Whether there is such a place.
pub fn append(json: &mut Json, path: &[Step], item: Json) -> bool {
    if matches!(at(json, path), None | Some(Json::Null)) && !put(json, path, Json::List(Vec::new())) {
        return false;
    }
    match place(json, path) {
        Some(Json::List(items)) => {
            items.push(item);
            true
        }
        _ => false,
    }
}
