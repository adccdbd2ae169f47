//! Typed reading of one table, which records every problem instead of stopping at the first.

use super::problem::Problem;
use super::source::{Entry, Node};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use url::{Host, Url};

/// One table of the configuration while it is being read.
pub(super) struct Section<'a> {
    path: String,
    place: String,
    table: BTreeMap<String, Entry>,
    read: BTreeSet<&'static str>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Section<'a> {
    /// Opens a table. `path` is its key with dots, empty for the whole file.
    pub(super) fn open(path: impl Into<String>, entry: Option<Entry>, file: &str, problems: &'a mut Vec<Problem>) -> Self {
        let path = path.into();
        let (place, table) = match entry {
            None => (file.to_owned(), BTreeMap::new()),
            Some(Entry { node: Node::Table(table), place }) => (place, table),
            Some(Entry { node, place }) => {
                let message = format!("expected a table, found {}", node.kind());
                problems.push(Problem { place: place.clone(), key: path.clone(), message, fix: format!("write it as [{path}]") });
                (place, BTreeMap::new())
            }
        };
        Self { path, place, table, read: BTreeSet::new(), problems }
    }

    fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Records a problem with a key of this table.
    pub(super) fn problem(&mut self, key: &str, message: impl Into<String>, fix: impl Into<String>) {
        let place = self.table.get(key).map_or_else(|| self.place.clone(), |entry| entry.place.clone());
        let key = self.key(key);
        self.problems.push(Problem { place, key, message: message.into(), fix: fix.into() });
    }

    /// Takes a value out as it is.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Entry> {
        self.read.insert(key);
        self.table.get(key).cloned()
    }

    /// The problems of the whole configuration, to open a table below this one.
    pub(super) fn problems(&mut self) -> &mut Vec<Problem> {
        self.problems
    }

    fn mismatch(&mut self, key: &'static str, expected: &str, node: &Node) {
        self.problem(key, format!("expected {expected}, found {}", node.kind()), format!("write {expected}"));
    }

    /// A string, `None` when absent.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        match self.take(key)?.node {
            Node::Text(text) => Some(text),
            other => {
                self.mismatch(key, "a string", &other);
                None
            }
        }
    }

    /// A string that must be there and not be empty.
    pub(super) fn required_text(&mut self, key: &'static str, example: &str) -> Option<String> {
        let present = self.table.contains_key(key);
        let text = self.text(key);
        if !present {
            self.problem(key, "is missing", format!("add {key} = \"{example}\""));
        } else if text.as_deref() == Some("") {
            self.problem(key, "is empty", format!("write {key} = \"{example}\""));
            return None;
        }
        text
    }

    /// A list of strings, `None` when absent. Text from the environment is split at commas.
    pub(super) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        match self.take(key)?.node {
            Node::Text(text) => Some(text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()),
            Node::List(items) => {
                let mut texts = Vec::with_capacity(items.len());
                for item in items {
                    match item.node {
                        Node::Text(text) => texts.push(text),
                        other => self.mismatch(key, "a list of strings", &other),
                    }
                }
                Some(texts)
            }
            other => {
                self.mismatch(key, "a list of strings", &other);
                None
            }
        }
    }

    /// A list of at least one string.
    pub(super) fn required_texts(&mut self, key: &'static str, example: &str) -> Vec<String> {
        let present = self.table.contains_key(key);
        let texts = self.texts(key).unwrap_or_default();
        if texts.is_empty() && !present {
            self.problem(key, "is missing", format!("add {key} = [\"{example}\"]"));
        } else if texts.iter().all(String::is_empty) {
            self.problem(key, "is empty", format!("write {key} = [\"{example}\"]"));
        }
        texts
    }

    /// An integer within a range, or the default.
    pub(super) fn integer(&mut self, key: &'static str, range: RangeInclusive<i64>, default: i64) -> i64 {
        let Some(entry) = self.take(key) else { return default };
        let number = match &entry.node {
            Node::Integer(number) => Some(*number),
            Node::Text(text) => text.parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if range.contains(&number) => number,
            Some(number) => {
                let message = format!("{number} is out of range");
                self.problem(key, message, format!("write a number from {} to {}", range.start(), range.end()));
                default
            }
            None => {
                self.mismatch(key, "an integer", &entry.node);
                default
            }
        }
    }

    /// `true` or `false`, or the default.
    pub(super) fn boolean(&mut self, key: &'static str, default: bool) -> bool {
        let Some(entry) = self.take(key) else { return default };
        match &entry.node {
            Node::Boolean(value) => *value,
            Node::Text(text) if text == "true" => true,
            Node::Text(text) if text == "false" => false,
            node => {
                self.mismatch(key, "true or false", node);
                default
            }
        }
    }

    /// One of several words, or the default.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)], default: T) -> T {
        let Some(text) = self.text(key) else { return default };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        let known: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        self.problem(key, format!("does not know \"{text}\""), format!("write one of {}", known.join(", ")));
        default
    }

    /// A URL: `https`, or `http` on loopback; no user, query or fragment.
    pub(super) fn url(&mut self, key: &'static str, queries: Queries) -> Option<Url> {
        let text = self.text(key)?;
        self.check_url(key, &text, queries)
    }

    /// Checks text that was read from `key` as [`Section::url`] does.
    pub(super) fn check_url(&mut self, key: &'static str, text: &str, queries: Queries) -> Option<Url> {
        let url = match Url::parse(text) {
            Ok(url) if url.has_host() => url,
            _ => {
                self.problem(key, "is not a URL", "write it whole, such as https://portal.example.com");
                return None;
            }
        };
        let secure = url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url);
        if !secure {
            self.problem(key, "is not an https URL", "use https; http is accepted on 127.0.0.1, [::1] and localhost only");
            return None;
        }
        if !url.username().is_empty() || url.password().is_some() {
            self.problem(key, "holds a user name or password", "take them out; no URL here needs any");
            return None;
        }
        if url.fragment().is_some() || url.query().is_some() && queries == Queries::Refused {
            self.problem(key, "holds a query or fragment", "take the part from ? or # on out");
            return None;
        }
        Some(url)
    }

    /// Reports every key that nobody read.
    pub(super) fn close(mut self) {
        let unknown: Vec<String> = self.table.keys().filter(|key| !self.read.contains(key.as_str())).cloned().collect();
        for key in unknown {
            let nearest = self.read.iter().map(|known| (distance(known, &key), *known)).min().filter(|(distance, _)| *distance <= 3);
            let fix = match nearest {
                Some((_, known)) => format!("did you mean {known}? Else take it out"),
                None => {
                    let known: Vec<&str> = self.read.iter().copied().collect();
                    format!("take it out; known here: {}", known.join(", "))
                }
            };
            self.problem(&key, "is not a known key", fix);
        }
    }
}

/// Whether a URL may have a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Queries {
    /// It may.
    Accepted,
    /// It may not.
    Refused,
}

/// Whether a URL's host is this machine.
#[must_use]
pub(in crate::server) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Levenshtein's distance, for suggestions.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances() {
        assert_eq!((distance("issuer", "isuer"), distance("", "abc"), distance("a", "a"), distance("kitten", "sitting")), (1, 3, 0, 3));
    }
}
