//! The JSON of a policy document: no unknown element, no element twice.

use super::condition::Condition;
use super::pattern::Pattern;
use super::{Effect, MAX_LENGTH, Matcher, PolicyError, ResourcePattern, Statement, StatementError};
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer as _, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

pub(super) fn parse(json: &str) -> Result<Vec<Statement>, PolicyError> {
    if json.chars().count() > MAX_LENGTH {
        return Err(PolicyError::TooLong);
    }
    let document: Document = serde_json::from_str(json).map_err(|error| PolicyError::Syntax(error.to_string()))?;
    let variables = variables(document.version.as_deref())?;
    if document.statement.0.is_empty() {
        return Err(PolicyError::Empty);
    }
    let statement = |(at, statement): (usize, StatementDocument)| {
        statement.read(variables).map_err(|problem| PolicyError::Statement { index: at + 1, problem })
    };
    document.statement.0.into_iter().enumerate().map(statement).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Document {
    version: Option<String>,
    #[serde(rename = "Id")]
    _id: Option<String>,
    statement: OneOrMany<StatementDocument>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StatementDocument {
    #[serde(rename = "Sid")]
    _sid: Option<String>,
    effect: EffectDocument,
    action: Option<OneOrMany<String>>,
    not_action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
    not_resource: Option<OneOrMany<String>>,
    #[serde(default)]
    condition: ConditionDocument,
}

#[derive(Deserialize)]
pub(super) enum EffectDocument {
    Allow,
    Deny,
}

impl From<EffectDocument> for Effect {
    fn from(effect: EffectDocument) -> Self {
        match effect {
            EffectDocument::Allow => Self::Allow,
            EffectDocument::Deny => Self::Deny,
        }
    }
}

/// The `Condition` element as it is written.
pub(super) type ConditionDocument = Pairs<Pairs<OneOrMany<Scalar>>>;

/// Reads the `Condition` element.
pub(super) fn conditions(document: ConditionDocument, variables: bool) -> Result<Vec<Condition>, StatementError> {
    let mut conditions = Vec::new();
    for (operator, keys) in document.0 {
        for (key, values) in keys.0 {
            let values: Vec<String> = values.0.into_iter().map(|Scalar(value)| value).collect();
            conditions.push(Condition::read(&operator, &key, &values, variables)?);
        }
    }
    Ok(conditions)
}

/// Whether policy variables are read: without a version IAM takes the older one, in which they are
/// plain text.
pub(super) fn variables(version: Option<&str>) -> Result<bool, PolicyError> {
    match version {
        Some("2012-10-17") => Ok(true),
        Some("2008-10-17") | None => Ok(false),
        Some(_) => Err(PolicyError::Version),
    }
}

impl StatementDocument {
    fn read(self, variables: bool) -> Result<Statement, StatementError> {
        let actions = either(self.action, self.not_action, StatementError::Actions, action)?;
        let resources = either(self.resource, self.not_resource, StatementError::Resources, |text| resource(text, variables))?;
        Ok(Statement { effect: self.effect.into(), actions, resources, conditions: conditions(self.condition, variables)? })
    }
}

/// Exactly one of the positive and the negative list.
fn either<P>(
    any_of: Option<OneOrMany<String>>,
    none_of: Option<OneOrMany<String>>,
    missing: StatementError,
    read: impl Fn(&str) -> Result<P, StatementError>,
) -> Result<Matcher<P>, StatementError> {
    let read_all = |texts: &[String]| texts.iter().map(|text| read(text)).collect::<Result<Vec<_>, _>>();
    match (any_of, none_of) {
        (Some(OneOrMany(texts)), None) if !texts.is_empty() => Ok(Matcher::AnyOf(read_all(&texts)?)),
        (None, Some(OneOrMany(texts))) if !texts.is_empty() => Ok(Matcher::NoneOf(read_all(&texts)?)),
        _ => Err(missing),
    }
}

/// Actions are compared without regard to case, and hold no variables.
pub(super) fn action(text: &str) -> Result<Pattern, StatementError> {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*' | b'?'));
    let accepted = text == "*" || text.split_once(':').is_some_and(|(service, name)| is_name(service) && is_name(name));
    if accepted { Pattern::parse(&text.to_ascii_lowercase(), false) } else { Err(StatementError::Action(text.to_owned())) }
}

fn resource(text: &str, variables: bool) -> Result<ResourcePattern, StatementError> {
    if text == "*" {
        return Ok(ResourcePattern::Everything);
    }
    let wrong = || StatementError::Resource(text.to_owned());
    // A variable's colon would be taken for the end of a field: let the pattern refuse it first.
    Pattern::parse(text, variables)?;
    let mut patterns = Vec::with_capacity(6);
    for field in text.splitn(6, ':') {
        patterns.push(Pattern::parse(field, variables)?);
    }
    if !text.starts_with("arn:") {
        return Err(wrong());
    }
    patterns.try_into().map(ResourcePattern::Arn).map_err(|_| wrong())
}

/// One value, or a list of them.
pub(super) struct OneOrMany<T>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> OneOrManyVisitor<T> {
    fn one<D: Deserializer<'de>>(deserializer: D) -> Result<OneOrMany<T>, D::Error> {
        T::deserialize(deserializer).map(|value| OneOrMany(vec![value]))
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one value or a list of them")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(OneOrMany)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Self::one(MapAccessDeserializer::new(map))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Self::Value, E> {
        Self::one(value.into_deserializer())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Self::one(value.into_deserializer())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        Self::one(value.into_deserializer())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        Self::one(value.into_deserializer())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        Self::one(value.into_deserializer())
    }
}

/// An object's members in order. A name that stands there twice is an error: readers disagree on
/// which one counts.
pub(super) struct Pairs<T>(Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
    type Value = Pairs<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs: Vec<(String, T)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, T>()? {
            if pairs.iter().any(|(before, _)| before.eq_ignore_ascii_case(&name)) {
                return Err(A::Error::custom(format_args!("duplicate element {name:?}")));
            }
            pairs.push((name, value));
        }
        Ok(Pairs(pairs))
    }
}

/// A condition's value. IAM takes numbers and booleans with or without quotes.
pub(super) struct Scalar(String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number or a boolean")
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar(value.to_owned()))
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar(value.to_string()))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar(value.to_string()))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar(value.to_string()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar(value.to_string()))
    }
}
