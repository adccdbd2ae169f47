//! The `Condition` element.

use super::pattern::Pattern;
use super::{Context, StatementError, known_key};
use crate::model::clock::Timestamp;
use std::borrow::Cow;
use std::cmp::Ordering;

/// One operator, one key, its values.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    key: Cow<'static, str>,
    test: Test,
    /// The operator is the negation of `test` (`StringNotEquals`).
    negated: bool,
    /// What the condition is when the request does not have the key.
    when_absent: bool,
}

#[derive(Clone, Debug)]
enum Test {
    /// `Null`: whether the key must be absent.
    Absent(bool),
    Equals(Vec<String>),
    EqualsIgnoreCase(Vec<String>),
    Like(Vec<Pattern>),
    Bool(Vec<bool>),
    Numeric(Comparison, Vec<f64>),
    Date(Comparison, Vec<Timestamp>),
}

#[derive(Clone, Copy, Debug)]
enum Comparison {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

impl Comparison {
    const fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equals => ordering.is_eq(),
            Self::LessThan => ordering.is_lt(),
            Self::LessThanEquals => ordering.is_le(),
            Self::GreaterThan => ordering.is_gt(),
            Self::GreaterThanEquals => ordering.is_ge(),
        }
    }
}

/// How the values of a key are taken together. Every key here has one value at most, so the two
/// quantifiers differ from the plain operator only when the key is absent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    None,
    AnyValue,
    AllValues,
}

impl Condition {
    pub(super) fn read(operator: &str, key: &str, values: &[String], variables: bool) -> Result<Self, StatementError> {
        let key = known_key(key).ok_or_else(|| StatementError::Key(key.to_owned()))?;
        let unknown = || StatementError::Operator(operator.to_owned());
        let wrong = |value: &str| StatementError::Value { operator: operator.to_owned(), value: value.to_owned() };
        if values.is_empty() {
            return Err(wrong(""));
        }

        let (quantifier, name) = match operator.split_once(':') {
            None => (Quantifier::None, operator),
            Some(("ForAnyValue", name)) => (Quantifier::AnyValue, name),
            Some(("ForAllValues", name)) => (Quantifier::AllValues, name),
            Some(_) => return Err(unknown()),
        };
        let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |name| (name, true));
        if name == "Null" {
            return match (quantifier, if_exists, values) {
                (Quantifier::None, false, [value]) => {
                    Ok(Self { key, test: Test::Absent(boolean(value).ok_or_else(|| wrong(value))?), negated: false, when_absent: false })
                }
                _ => Err(unknown()),
            };
        }

        let (test, negated) = Self::test(name, values, variables, &wrong)?.ok_or_else(unknown)?;
        let when_absent = match quantifier {
            Quantifier::None => if_exists || negated,
            Quantifier::AnyValue => if_exists,
            Quantifier::AllValues => true,
        };
        Ok(Self { key, test, negated, when_absent })
    }

    fn test(
        name: &str,
        values: &[String],
        variables: bool,
        wrong: &impl Fn(&str) -> StatementError,
    ) -> Result<Option<(Test, bool)>, StatementError> {
        let (positive, negated) = match name.split_once("Not") {
            Some((kind, rest)) => (format!("{kind}{rest}"), true),
            None => (name.to_owned(), false),
        };
        let comparison = |text: &str| match (text, negated) {
            ("Equals", _) => Some(Comparison::Equals),
            ("LessThan", false) => Some(Comparison::LessThan),
            ("LessThanEquals", false) => Some(Comparison::LessThanEquals),
            ("GreaterThan", false) => Some(Comparison::GreaterThan),
            ("GreaterThanEquals", false) => Some(Comparison::GreaterThanEquals),
            _ => None,
        };
        let read = |value: &String| -> Result<(), StatementError> {
            // Refuses variables, which hold in every string operator, not only in StringLike.
            if variables && value.contains("${") { Err(StatementError::Variable(value.clone())) } else { Ok(()) }
        };
        let test = match positive.as_str() {
            "StringEquals" => {
                values.iter().try_for_each(read)?;
                Test::Equals(values.to_vec())
            }
            "StringEqualsIgnoreCase" => {
                values.iter().try_for_each(read)?;
                Test::EqualsIgnoreCase(values.to_vec())
            }
            "StringLike" => Test::Like(values.iter().map(|value| Pattern::parse(value, variables)).collect::<Result<_, _>>()?),
            "Bool" if !negated => {
                Test::Bool(values.iter().map(|value| boolean(value).ok_or_else(|| wrong(value))).collect::<Result<_, _>>()?)
            }
            _ => {
                if let Some(comparison) = positive.strip_prefix("Numeric").and_then(comparison) {
                    let numbers = values.iter().map(|value| number(value).ok_or_else(|| wrong(value)));
                    Test::Numeric(comparison, numbers.collect::<Result<_, _>>()?)
                } else if let Some(comparison) = positive.strip_prefix("Date").and_then(comparison) {
                    let dates = values.iter().map(|value| date(value).ok_or_else(|| wrong(value)));
                    Test::Date(comparison, dates.collect::<Result<_, _>>()?)
                } else {
                    return Ok(None);
                }
            }
        };
        Ok(Some((test, negated)))
    }

    pub(super) fn holds(&self, context: &Context) -> bool {
        let value = context.get(&self.key);
        if let Test::Absent(absent) = self.test {
            return absent == value.is_none();
        }
        value.map_or(self.when_absent, |value| self.test.holds(value) != self.negated)
    }
}

impl Test {
    /// Whether one of the policy's values agrees with the request's.
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Absent(_) => false,
            Self::Equals(texts) => texts.iter().any(|text| text == value),
            Self::EqualsIgnoreCase(texts) => texts.iter().any(|text| text.eq_ignore_ascii_case(value)),
            Self::Like(patterns) => patterns.iter().any(|pattern| pattern.matches(value)),
            Self::Bool(booleans) => boolean(value).is_some_and(|value| booleans.contains(&value)),
            Self::Numeric(comparison, numbers) => number(value).is_some_and(|value| {
                numbers.iter().any(|number| value.partial_cmp(number).is_some_and(|ordering| comparison.holds(ordering)))
            }),
            Self::Date(comparison, dates) => date(value).is_some_and(|value| dates.iter().any(|date| comparison.holds(value.cmp(date)))),
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// ISO 8601 in UTC, or seconds since 1970.
fn date(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(text).or_else(|| text.parse().ok().map(Timestamp::from_seconds))
}
