//! The raw configuration: a TOML file as a tree, then the environment laid over it.

use super::problem::Problem;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Environment variables of this program begin with this.
pub(super) const ENVIRONMENT_PREFIX: &str = "VESTIBULE_";
/// Names the configuration file.
pub const CONFIG_VARIABLE: &str = "VESTIBULE_CONFIG";

/// A value and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The value.
    pub(super) node: Node,
    /// The file with the line, or the environment variable.
    pub(super) place: String,
}

/// A raw value.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// A string.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A boolean.
    Boolean(bool),
    /// An array.
    List(Vec<Entry>),
    /// A table.
    Table(BTreeMap<String, Entry>),
    /// A type that no setting has: its name.
    Other(&'static str),
}

impl Node {
    /// The type's name in messages.
    #[must_use]
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Boolean(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(kind) => kind,
        }
    }

    /// The boolean, also where the environment gave its word.
    #[must_use]
    pub(super) fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(boolean) => Some(*boolean),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

/// Reads a file's text. Every syntax error becomes a problem; what could be read is returned.
pub(super) fn parse(text: &str, file: &str, problems: &mut Vec<Problem>) -> Entry {
    let lines = Lines { text, file };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        problems.push(Problem {
            place: error.span().map_or_else(|| file.to_owned(), |span| lines.place(span.start)),
            key: String::new(),
            message: format!("is not valid TOML: {}", error.message().replace('\n', ", ")),
            fix: "correct the line; https://toml.io describes the format".to_owned(),
        });
    }
    Entry { node: table_node(table.get_ref(), &lines), place: file.to_owned() }
}

struct Lines<'a> {
    text: &'a str,
    file: &'a str,
}

impl Lines<'_> {
    fn place(&self, offset: usize) -> String {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        format!("{}:{}", self.file, memchr::memchr_iter(b'\n', before).count() + 1)
    }
}

fn table_node(table: &DeTable<'_>, lines: &Lines<'_>) -> Node {
    Node::Table(table.iter().map(|(key, value)| (key.get_ref().to_string(), entry(value, lines))).collect())
}

fn entry(value: &Spanned<DeValue<'_>>, lines: &Lines<'_>) -> Entry {
    let node = match value.get_ref() {
        DeValue::String(text) => Node::Text(text.to_string()),
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).map_or(Node::Other("an integer out of range"), Node::Integer)
        }
        DeValue::Boolean(boolean) => Node::Boolean(*boolean),
        DeValue::Array(items) => Node::List(items.iter().map(|item| entry(item, lines)).collect()),
        DeValue::Table(table) => table_node(table, lines),
        DeValue::Float(_) => Node::Other("a decimal number"),
        DeValue::Datetime(_) => Node::Other("a date"),
    };
    Entry { node, place: lines.place(value.span().start) }
}

/// Lays the variables that begin with [`ENVIRONMENT_PREFIX`] over the tree:
/// `VESTIBULE_ALB__ISSUER` is `alb.issuer`, `VESTIBULE_ROLES__0__ARN` the first role's `arn`.
/// A value that parses as a TOML list or table is one; everything else is text, which a setting of
/// another type reads in its own way.
pub(super) fn overlay(root: &mut Entry, environment: impl IntoIterator<Item = (String, String)>, problems: &mut Vec<Problem>) {
    let mut variables: Vec<(String, String)> =
        environment.into_iter().filter(|(name, _)| name.starts_with(ENVIRONMENT_PREFIX) && name != CONFIG_VARIABLE).collect();
    variables.sort();
    for (name, value) in variables {
        let path: Vec<String> = name[ENVIRONMENT_PREFIX.len()..].split("__").map(str::to_lowercase).collect();
        let node = match value.trim_start().as_bytes().first() {
            Some(b'[' | b'{') => match DeValue::parse(&value) {
                Ok(parsed) => in_variable(entry(&parsed, &Lines { text: "", file: "" }), &name).node,
                Err(error) => {
                    problems.push(Problem {
                        place: name,
                        key: path.join("."),
                        message: format!("is not a valid TOML value: {}", error.message()),
                        fix: "write a list as [\"a\", \"b\"]".to_owned(),
                    });
                    continue;
                }
            },
            _ => Node::Text(value),
        };
        if let Err(message) = set(root, &path, Entry { node, place: name.clone() }) {
            problems.push(Problem {
                place: name,
                key: path.join("."),
                message,
                fix: "name a key that exists; `vestibule config` prints all of them".to_owned(),
            });
        }
    }
}

/// The entry with every place set to the variable it came from.
fn in_variable(entry: Entry, name: &str) -> Entry {
    let node = match entry.node {
        Node::List(items) => Node::List(items.into_iter().map(|item| in_variable(item, name)).collect()),
        Node::Table(table) => Node::Table(table.into_iter().map(|(key, value)| (key, in_variable(value, name))).collect()),
        other => other,
    };
    Entry { node, place: name.to_owned() }
}

fn set(target: &mut Entry, path: &[String], value: Entry) -> Result<(), String> {
    let Some((first, rest)) = path.split_first() else {
        *target = value;
        return Ok(());
    };
    match &mut target.node {
        Node::Table(table) => {
            let place = value.place.clone();
            let child = table.entry(first.clone()).or_insert_with(|| Entry { node: Node::Table(BTreeMap::new()), place });
            set(child, rest, value)
        }
        Node::List(items) => {
            let index: usize = first.parse().map_err(|_| format!("`{first}` is not the number of an element, counted from 0"))?;
            let length = items.len();
            let child = items.get_mut(index).ok_or_else(|| format!("there is no element {index}; the file has {length}"))?;
            set(child, rest, value)
        }
        other => Err(format!("there is nothing below {}", other.kind())),
    }
}
