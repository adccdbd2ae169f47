//! What is wrong with a payload, by the schema.

use super::edit::Step;
use super::{Bound, Choice, Kind, ListRules, NumberRules, ObjectRules, Schema, TextRules};
use crate::model::json::Json;
use crate::words::{t, tn};
use std::cmp::Ordering;

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Where.
    pub path: Vec<Step>,
    /// What, as a sentence.
    pub what: String,
    /// Whether something is only not there yet.
    pub missing: bool,
}

/// Which alternatives a person has chosen, and where.
pub type Picks = Vec<(Vec<Step>, usize)>;

/// Whether a regular expression is found in a text; `None` where nobody can tell.
pub type Matches = fn(&str, &str) -> Option<bool>;

/// Holds values to a schema.
#[derive(Debug)]
pub struct Checks<'a> {
    /// What a person has chosen.
    pub picks: &'a Picks,
    /// Knows regular expressions.
    pub matches: Matches,
}

impl Checks<'_> {
    /// Everything that does not fit, in the order of the schema.
    #[must_use]
    pub fn complaints(&self, schema: &Schema, value: &Json) -> Vec<Complaint> {
        let mut found = Found { path: Vec::new(), complaints: Vec::new() };
        self.look(schema, value, &mut found);
        found.complaints
    }

    /// Which of several alternatives a value is meant to be: the chosen one as long as it can be, else the first that
    /// fits, else the first that could.
    #[must_use]
    pub fn pick(&self, alternatives: &[Schema], value: Option<&Json>, path: &[Step]) -> usize {
        let chosen = self.picks.iter().find(|(place, _)| place == path).map(|(_, chosen)| *chosen);
        let Some(value) = value else { return chosen.unwrap_or(0) };
        let could = |number: &usize| alternatives.get(*number).is_some_and(|schema| could_be(schema, value));
        if let Some(chosen) = chosen.filter(could) {
            return chosen;
        }
        let fits = alternatives.iter().position(|schema| self.at(schema, value, path).is_empty());
        fits.or_else(|| (0..alternatives.len()).find(could)).or(chosen).unwrap_or(0)
    }

    fn at(&self, schema: &Schema, value: &Json, path: &[Step]) -> Vec<Complaint> {
        let mut found = Found { path: path.to_vec(), complaints: Vec::new() };
        self.look(schema, value, &mut found);
        found.complaints
    }

    fn look(&self, schema: &Schema, value: &Json, found: &mut Found) {
        if schema.nullable && matches!(value, Json::Null) {
            return;
        }
        match &schema.kind {
            Kind::Anything => {}
            Kind::Null if matches!(value, Json::Null) => {}
            Kind::Null => found.wrong(t!("This must be null.")),
            Kind::Choice(choices) => look_at_choice(choices, value, found),
            Kind::OneOf(alternatives) => {
                let place = found.path.clone();
                if !alternatives.iter().any(|alternative| self.at(alternative, value, &place).is_empty())
                    && let Some(meant) = alternatives.get(self.pick(alternatives, Some(value), &place))
                {
                    self.look(meant, value, found);
                }
            }
            _ if is_absent(schema, value) => found.missing(),
            Kind::Boolean if matches!(value, Json::Bool(_)) => {}
            Kind::Boolean => found.wrong(t!("This must be true or false.")),
            Kind::Number(rules) => look_at_number(rules, value, found),
            Kind::Text(rules) => self.look_at_text(rules, value, found),
            Kind::List(rules) => self.look_at_list(rules, value, found),
            Kind::Object(rules) => self.look_at_object(rules, value, found),
        }
    }

    fn look_at_text(&self, rules: &TextRules, value: &Json, found: &mut Found) {
        let Some(text) = value.as_text() else { return found.wrong(t!("This must be text.")) };
        let length = text.chars().count();
        if let Some(format) = rules.format.filter(|format| !format.fits(text)) {
            found.wrong(format.wanted());
        }
        if length < rules.shortest {
            let least = rules.shortest;
            found.tell(tn!(least, "This must have {count} character or more.", "This must have {count} characters or more."));
        }
        if let Some(most) = rules.longest.filter(|most| length > *most) {
            found.tell(tn!(most, "This must have {count} character at most.", "This must have {count} characters at most."));
        }
        if let Some(pattern) = rules.pattern.as_ref().filter(|pattern| (self.matches)(pattern, text) == Some(false)) {
            found.tell(t!("This must match {pattern}.", pattern = pattern));
        }
    }

    fn look_at_list(&self, rules: &ListRules, value: &Json, found: &mut Found) {
        let Json::List(items) = value else { return found.wrong(t!("This must be a list.")) };
        if items.len() < rules.fewest {
            let fewest = rules.fewest;
            found.tell(tn!(fewest, "This must have {count} item or more.", "This must have {count} items or more."));
        }
        if let Some(most) = rules.most.filter(|most| items.len() > *most) {
            found.tell(tn!(most, "This must have {count} item at most.", "This must have {count} items at most."));
        }
        if rules.unique {
            let mut written: Vec<String> = items.iter().map(Json::written).collect();
            written.sort_unstable();
            if written.windows(2).any(|pair| pair[0] == pair[1]) {
                found.wrong(t!("No item may stand here twice."));
            }
        }
        for (number, item) in items.iter().enumerate() {
            found.path.push(Step::Item(number));
            self.look(&rules.item, item, found);
            found.path.pop();
        }
    }

    fn look_at_object(&self, rules: &ObjectRules, value: &Json, found: &mut Found) {
        let Json::Object(members) = value else { return found.wrong(t!("This must be an object.")) };
        for member in &rules.members {
            found.path.push(Step::Member(member.name.clone()));
            match value.get(&member.name) {
                Some(value) => self.look(&member.schema, value, found),
                None if member.required => self.miss(&member.schema, found),
                None => {}
            }
            found.path.pop();
        }
        for (name, _) in members.iter().filter(|(name, _)| rules.closed && !rules.members.iter().any(|member| member.name == *name)) {
            found.tell(t!("“{name}” is not among the members that this may have.", name = name));
        }
    }

    /// What is missing is told at the fields that a person fills in.
    fn miss(&self, schema: &Schema, found: &mut Found) {
        match &schema.kind {
            Kind::Object(rules) if rules.members.iter().any(|member| member.required) => {
                for member in rules.members.iter().filter(|member| member.required) {
                    found.path.push(Step::Member(member.name.clone()));
                    self.miss(&member.schema, found);
                    found.path.pop();
                }
            }
            Kind::OneOf(alternatives) => match alternatives.get(self.pick(alternatives, None, &found.path)) {
                Some(meant) => self.miss(meant, found),
                None => found.missing(),
            },
            _ => found.missing(),
        }
    }
}

struct Found {
    path: Vec<Step>,
    complaints: Vec<Complaint>,
}

impl Found {
    fn tell(&mut self, what: String) {
        self.complaints.push(Complaint { path: self.path.clone(), what, missing: false });
    }

    fn wrong(&mut self, what: &'static str) {
        self.tell(what.to_owned());
    }

    fn missing(&mut self) {
        self.complaints.push(Complaint { path: self.path.clone(), what: t!("Fill this in.").to_owned(), missing: true });
    }
}

/// What stands for a field that is not filled in.
fn is_absent(schema: &Schema, value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Text(text) => text.is_empty() && !matches!(schema.kind, Kind::Text(_)),
        _ => false,
    }
}

/// Whether a value is of an alternative's type and says nothing that belongs to another.
fn could_be(schema: &Schema, value: &Json) -> bool {
    if schema.nullable && matches!(value, Json::Null) {
        return true;
    }
    match (&schema.kind, value) {
        (Kind::Anything, _)
        | (Kind::Null, Json::Null)
        | (Kind::Boolean, Json::Bool(_) | Json::Null)
        | (Kind::Number(_), Json::Number(_) | Json::Null)
        | (Kind::Text(_), Json::Text(_))
        | (Kind::List(_), Json::List(_)) => true,
        (Kind::Choice(choices), _) => is_among(choices, value),
        (Kind::OneOf(alternatives), _) => alternatives.iter().any(|alternative| could_be(alternative, value)),
        (Kind::Object(rules), Json::Object(_)) => rules.members.iter().all(|member| match (&member.schema.kind, value.get(&member.name)) {
            (Kind::Choice(choices), Some(value)) => choices.len() > 1 || is_among(choices, value),
            _ => true,
        }),
        _ => false,
    }
}

/// Numbers are compared as numbers, everything else as it is written.
fn is_among(choices: &[Choice], value: &Json) -> bool {
    let written = value.written();
    choices.iter().any(|choice| {
        choice.json == written || value.as_number().is_some_and(|number| compare(number, &choice.json) == Some(Ordering::Equal))
    })
}

fn look_at_choice(choices: &[Choice], value: &Json, found: &mut Found) {
    if is_among(choices, value) {
        return;
    }
    match value {
        Json::Null => found.missing(),
        Json::Text(text) if text.is_empty() => found.missing(),
        _ => found.wrong(t!("This must be one of the choices.")),
    }
}

fn look_at_number(rules: &NumberRules, value: &Json, found: &mut Found) {
    let Some(number) = value.as_number() else {
        return found.wrong(if rules.integer { t!("This must be a whole number.") } else { t!("This must be a number.") });
    };
    if rules.integer && !is_whole(number) {
        found.wrong(t!("This must be a whole number."));
    }
    let beyond = |bound: &Bound, way: Ordering| match compare(number, &bound.number) {
        Some(Ordering::Equal) => bound.exclusive,
        Some(order) => order == way,
        None => false,
    };
    if let Some(least) = rules.least.as_ref().filter(|least| beyond(least, Ordering::Less)) {
        found.tell(match least.exclusive {
            true => t!("This must be above {number}.", number = least.number),
            false => t!("This must be {number} or more.", number = least.number),
        });
    }
    if let Some(most) = rules.most.as_ref().filter(|most| beyond(most, Ordering::Greater)) {
        found.tell(match most.exclusive {
            true => t!("This must be below {number}.", number = most.number),
            false => t!("This must be {number} or less.", number = most.number),
        });
    }
    if let Some(step) = rules.multiple_of.as_ref().filter(|step| !is_multiple(number, step)) {
        found.tell(t!("This must be a multiple of {number}.", number = step));
    }
}

/// Whether a number of JSON has nothing behind its point: `1.0` and `1e3` have not.
fn is_whole(number: &str) -> bool {
    number.parse::<i128>().is_ok() || number.parse::<f64>().is_ok_and(|number| number.fract() == 0.0)
}

fn compare(one: &str, other: &str) -> Option<Ordering> {
    match (one.parse::<i128>(), other.parse::<i128>()) {
        (Ok(one), Ok(other)) => Some(one.cmp(&other)),
        _ => one.parse::<f64>().ok()?.partial_cmp(&other.parse().ok()?),
    }
}

fn is_multiple(number: &str, step: &str) -> bool {
    if let (Ok(number), Ok(step)) = (number.parse::<i128>(), step.parse::<i128>()) {
        return step == 0 || number % step == 0;
    }
    let (Ok(number), Ok(step)) = (number.parse::<f64>(), step.parse::<f64>()) else { return true };
    let times = number / step;
    // 0.3 is a multiple of 0.1, though not in binary.
    (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
}
