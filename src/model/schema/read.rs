//! From JSON to a [`Schema`].

use super::{Bound, Choice, Format, Kind, ListRules, Member, NumberRules, ObjectRules, Schema, TextRules};
use crate::model::json::{Json, layout};
use thiserror::Error;

/// Most bytes of a schema.
const LARGEST: usize = 64 * 1024;

/// Most parts of a schema, with what its references lead to.
const MOST_PARTS: usize = 1_000;

/// What is nested deeper is edited as text.
const DEEPEST: usize = 10;

/// Why a text is no schema.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what}", what = self.what())]
pub struct SchemaFault {
    /// Where, as a JSON pointer.
    pub at: String,
    /// What is wrong there, to go on with a sentence.
    pub wrong: String,
    /// What to do.
    pub fix: String,
}

impl SchemaFault {
    fn new(at: &str, wrong: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { at: at.to_owned(), wrong: wrong.into(), fix: fix.into() }
    }

    fn what(&self) -> String {
        if self.at.is_empty() { self.wrong.clone() } else { [self.at.as_str(), self.wrong.as_str()].join(" ") }
    }
}

/// Keywords that say more than a form checks, whatever the type.
const UNCHECKED: [&str; 14] = [
    "allOf",
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "contains",
    "prefixItems",
];

pub(super) fn schema(text: &str) -> Result<Schema, SchemaFault> {
    if text.len() > LARGEST {
        return Err(SchemaFault::new("", "is larger than 64 kB", "leave out what a form does not need, such as long descriptions"));
    }
    if let Err(fault) = layout::format(text) {
        return Err(SchemaFault::new("", format!("is not JSON: {fault}"), "correct it there"));
    }
    let root = Json::parse(text).map_err(|_| SchemaFault::new("", "is not JSON: an escape stands for half a character", "correct it"))?;
    if !matches!(root, Json::Object(_)) {
        return Err(SchemaFault::new("", "is not an object", "write a JSON schema, such as {\"type\": \"object\", \"properties\": {…}}"));
    }
    let mut reader = Reader { root: &root, left: MOST_PARTS, following: Vec::new() };
    reader.read(&root, "", 0)
}

struct Reader<'a> {
    root: &'a Json,
    /// Parts that may still come.
    left: usize,
    /// The references that lead here.
    following: Vec<String>,
}

type Read<T> = Result<T, SchemaFault>;

impl<'a> Reader<'a> {
    fn read(&mut self, json: &'a Json, at: &str, depth: usize) -> Read<Schema> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            SchemaFault::new(
                "",
                "has more than 1000 parts with what its references lead to",
                "describe what a person fills in, and leave the rest out",
            )
        })?;
        match json {
            Json::Bool(_) => return Ok(Schema::default()),
            Json::Object(_) => {}
            _ => return Err(SchemaFault::new(at, "is no schema", "write an object, true or false")),
        }
        let mut schema = match json.get("$ref") {
            Some(reference) => self.follow(reference, at, depth)?,
            None => Schema { kind: Kind::Anything, ..Schema::default() },
        };
        for (keyword, place) in [("title", &mut schema.title), ("description", &mut schema.description)] {
            if let Some(value) = json.get(keyword) {
                let text = value.as_text().ok_or_else(|| mismatch(at, keyword, "text"))?;
                *place = Some(text.to_owned());
            }
        }
        if let Some(default) = json.get("default") {
            schema.default = Some(default.written());
        }
        if json.get("$ref").is_some() {
            return Ok(schema);
        }
        schema.unchecked = UNCHECKED.into_iter().filter(|keyword| json.get(keyword).is_some()).collect();
        let (kind, nullable) = self.kind(json, at, depth)?;
        schema.nullable = nullable;
        schema.kind = kind;
        Ok(schema)
    }

    fn follow(&mut self, reference: &Json, at: &str, depth: usize) -> Read<Schema> {
        let reference = reference.as_text().ok_or_else(|| mismatch(at, "$ref", "text"))?;
        let Some(pointer) = reference.strip_prefix('#').filter(|pointer| pointer.is_empty() || pointer.starts_with('/')) else {
            let wrong = format!("has a $ref to \"{reference}\", which is not in this file");
            return Err(SchemaFault::new(at, wrong, "put what it refers to under \"$defs\", and refer to \"#/$defs/NAME\""));
        };
        // One that leads to itself has no end: that part is edited as text.
        if depth >= DEEPEST || self.following.iter().any(|followed| followed == pointer) {
            return Ok(Schema::default());
        }
        let mut target = self.root;
        for part in pointer.split('/').skip(1) {
            let name = part.replace("~1", "/").replace("~0", "~");
            let item = name.parse::<usize>().ok();
            target = match target {
                Json::List(items) => item.and_then(|item| items.get(item)),
                _ => target.get(&name),
            }
            .ok_or_else(|| {
                SchemaFault::new(
                    at,
                    format!("has a $ref to \"{reference}\", where nothing is"),
                    "correct the pointer, or add what it refers to",
                )
            })?;
        }
        self.following.push(pointer.to_owned());
        let schema = self.read(target, pointer, depth);
        self.following.pop();
        schema
    }

    fn kind(&mut self, json: &'a Json, at: &str, depth: usize) -> Read<(Kind, bool)> {
        if let Some(value) = json.get("const") {
            return Ok((Kind::Choice(vec![choice(value)]), false));
        }
        if let Some(values) = json.get("enum") {
            let Json::List(values) = values else { return Err(mismatch(at, "enum", "a list")) };
            if values.is_empty() {
                return Err(SchemaFault::new(at, "has an empty enum, which nothing fits", "list the values"));
            }
            return Ok((Kind::Choice(values.iter().map(choice).collect()), false));
        }
        let types = types(json, at)?;
        if types.is_empty() {
            for keyword in ["oneOf", "anyOf"] {
                if let Some(alternatives) = json.get(keyword) {
                    return self.alternatives(json, alternatives, &format!("{at}/{keyword}"), depth);
                }
            }
        }
        let nullable = types.len() > 1 && types.contains(&"null");
        let named: Vec<&str> = types.iter().copied().filter(|name| !nullable || *name != "null").collect();
        match named.as_slice() {
            [] => Ok((self.of_type(implied(json), json, at, depth)?, false)),
            [name] => Ok((self.of_type(name, json, at, depth)?, nullable)),
            several => {
                let mut alternatives = Vec::new();
                for name in several {
                    alternatives.push(Schema { kind: self.of_type(name, json, at, depth)?, ..Schema::default() });
                }
                Ok((Kind::OneOf(alternatives), nullable))
            }
        }
    }

    fn alternatives(&mut self, json: &'a Json, alternatives: &'a Json, at: &str, depth: usize) -> Read<(Kind, bool)> {
        let Json::List(alternatives) = alternatives else { return Err(SchemaFault::new(at, "is no list", "list the alternatives")) };
        if alternatives.is_empty() {
            return Err(SchemaFault::new(at, "is empty, so nothing fits", "list the alternatives"));
        }
        // What stands beside the alternatives goes for all of them: that is more than a form can draw.
        if depth >= DEEPEST || json.get("properties").is_some() || json.get("items").is_some() {
            return Ok((Kind::Anything, false));
        }
        let mut read = Vec::new();
        for (number, alternative) in alternatives.iter().enumerate() {
            read.push(self.read(alternative, &format!("{at}/{number}"), depth + 1)?);
        }
        let count = read.len();
        read.retain(|alternative| alternative.kind != Kind::Null);
        let nullable = read.len() < count;
        match read.len() {
            0 => Ok((Kind::Null, false)),
            1 => Ok(read.pop().map_or((Kind::Anything, false), |only| (only.kind, nullable || only.nullable))),
            _ => Ok((Kind::OneOf(read), nullable)),
        }
    }

    fn of_type(&mut self, name: &str, json: &'a Json, at: &str, depth: usize) -> Read<Kind> {
        Ok(match name {
            "string" => Kind::Text(text_rules(json, at)?),
            "integer" | "number" => Kind::Number(number_rules(json, at, name == "integer")?),
            "boolean" => Kind::Boolean,
            "null" => Kind::Null,
            "array" => self.list(json, at, depth)?,
            "object" => self.object(json, at, depth)?,
            _ => Kind::Anything,
        })
    }

    fn list(&mut self, json: &'a Json, at: &str, depth: usize) -> Read<Kind> {
        let (fewest, most) = (count(json, at, "minItems")?.unwrap_or(0), count(json, at, "maxItems")?);
        ordered(at, "minItems", "maxItems", Some(fewest), most)?;
        let unique = matches!(json.get("uniqueItems"), Some(Json::Bool(true)));
        let item = match json.get("items") {
            Some(item @ Json::Object(_)) if depth < DEEPEST => self.read(item, &format!("{at}/items"), depth + 1)?,
            None | Some(Json::Object(_) | Json::Bool(_) | Json::List(_)) => return Ok(Kind::Anything),
            Some(_) => return Err(mismatch(at, "items", "a schema")),
        };
        if json.get("prefixItems").is_some() {
            return Ok(Kind::Anything);
        }
        Ok(Kind::List(Box::new(ListRules { item, fewest, most, unique })))
    }

    fn object(&mut self, json: &'a Json, at: &str, depth: usize) -> Read<Kind> {
        let required = match json.get("required") {
            None => Vec::new(),
            Some(Json::List(names)) => {
                let names: Option<Vec<&str>> = names.iter().map(Json::as_text).collect();
                names.ok_or_else(|| mismatch(at, "required", "a list of names"))?
            }
            Some(_) => return Err(mismatch(at, "required", "a list of names")),
        };
        let closed = match json.get("additionalProperties") {
            Some(Json::Bool(open)) => !open,
            None | Some(Json::Object(_)) => false,
            Some(_) => return Err(mismatch(at, "additionalProperties", "true, false or a schema")),
        } && json.get("patternProperties").is_none();
        let named = match json.get("properties") {
            None => &[],
            Some(Json::Object(named)) => named.as_slice(),
            Some(_) => return Err(mismatch(at, "properties", "an object")),
        };
        let mut members: Vec<Member> = Vec::new();
        for (name, member) in named {
            if members.iter().any(|there| there.name == *name) {
                return Err(SchemaFault::new(&format!("{at}/properties"), format!("names \"{name}\" twice"), "leave one"));
            }
            let at = format!("{at}/properties/{}", name.replace('~', "~0").replace('/', "~1"));
            let schema = if depth < DEEPEST { self.read(member, &at, depth + 1)? } else { Schema::default() };
            members.push(Member { name: name.clone(), required: required.contains(&name.as_str()), schema });
        }
        for name in required {
            if !members.iter().any(|there| there.name == name) {
                members.push(Member { name: name.to_owned(), required: true, schema: Schema::default() });
            }
        }
        Ok(if members.is_empty() && !closed { Kind::Anything } else { Kind::Object(ObjectRules { members, closed }) })
    }
}

/// The type that keywords are for, where none is named.
fn implied(json: &Json) -> &'static str {
    let has = |keywords: &[&str]| keywords.iter().any(|keyword| json.get(keyword).is_some());
    if has(&["properties", "required", "additionalProperties"]) {
        "object"
    } else if has(&["items"]) {
        "array"
    } else {
        "any"
    }
}

fn types<'a>(json: &'a Json, at: &str) -> Read<Vec<&'a str>> {
    let named = match json.get("type") {
        None => Vec::new(),
        Some(Json::List(names)) => names.iter().map(Json::as_text).collect(),
        Some(name) => vec![name.as_text()],
    };
    let known = ["string", "number", "integer", "boolean", "object", "array", "null"];
    let mut types = Vec::new();
    for name in named {
        match name.filter(|name| known.contains(name)) {
            Some(name) => types.push(name),
            None => {
                let wrong =
                    name.map_or_else(|| "has a type that is no text".to_owned(), |name| format!("has the type \"{name}\", which is none"));
                return Err(SchemaFault::new(at, wrong, format!("write one of {}", known.join(", "))));
            }
        }
    }
    Ok(types)
}

fn choice(value: &Json) -> Choice {
    let json = value.written();
    Choice { label: value.as_text().map_or_else(|| json.clone(), str::to_owned), json }
}

fn text_rules(json: &Json, at: &str) -> Read<TextRules> {
    let text = |keyword: &str| match json.get(keyword) {
        None => Ok(None),
        Some(value) => value.as_text().map(|text| Some(text.to_owned())).ok_or_else(|| mismatch(at, keyword, "text")),
    };
    let (shortest, longest) = (count(json, at, "minLength")?, count(json, at, "maxLength")?);
    ordered(at, "minLength", "maxLength", shortest, longest)?;
    let format = text("format")?.and_then(|name| Format::named(&name));
    Ok(TextRules { format, shortest: shortest.unwrap_or(0), longest, pattern: text("pattern")? })
}

fn number_rules(json: &Json, at: &str, integer: bool) -> Read<NumberRules> {
    let number = |keyword: &str| match json.get(keyword) {
        None => Ok(None),
        // Of draft 4: they say whether `minimum` and `maximum` are meant exclusively.
        Some(Json::Bool(_)) if keyword.starts_with("exclusive") => Ok(None),
        Some(value) => value.as_number().map(|number| Some(number.to_owned())).ok_or_else(|| mismatch(at, keyword, "a number")),
    };
    let bound = |plain: &str, exclusive: &str| -> Read<Option<Bound>> {
        let strictly = matches!(json.get(exclusive), Some(Json::Bool(true)));
        Ok(match (number(exclusive)?, number(plain)?) {
            (Some(number), _) => Some(Bound { number, exclusive: true }),
            (None, number) => number.map(|number| Bound { number, exclusive: strictly }),
        })
    };
    let multiple_of = number("multipleOf")?;
    if multiple_of.as_ref().is_some_and(|number| number.parse::<f64>().is_ok_and(|number| number <= 0.0)) {
        return Err(SchemaFault::new(at, "has a multipleOf that is not above 0", "write a number above 0"));
    }
    let (least, most) = (bound("minimum", "exclusiveMinimum")?, bound("maximum", "exclusiveMaximum")?);
    let value = |bound: &Option<Bound>| bound.as_ref().and_then(|bound| bound.number.parse::<f64>().ok());
    if value(&least).zip(value(&most)).is_some_and(|(least, most)| least > most) {
        return Err(SchemaFault::new(at, "has a minimum above its maximum, so nothing fits", "correct one of them"));
    }
    Ok(NumberRules { integer, least, most, multiple_of })
}

fn count(json: &Json, at: &str, keyword: &str) -> Read<Option<usize>> {
    match json.get(keyword) {
        None => Ok(None),
        Some(value) => value
            .as_number()
            .and_then(|number| number.parse().ok())
            .map(Some)
            .ok_or_else(|| mismatch(at, keyword, "a whole number of 0 or more")),
    }
}

fn ordered(at: &str, low: &str, high: &str, least: Option<usize>, most: Option<usize>) -> Read<()> {
    match least.zip(most) {
        Some((least, most)) if least > most => {
            Err(SchemaFault::new(at, format!("has a {low} above its {high}, so nothing fits"), "correct one of them"))
        }
        _ => Ok(()),
    }
}

fn mismatch(at: &str, keyword: &str, wanted: &str) -> SchemaFault {
    SchemaFault::new(&format!("{at}/{keyword}"), format!("is not {wanted}"), format!("write {wanted}"))
}
