//! Cells of the table, made of what the columns below each hold: the other way round from how Dremel took them apart.

use super::column::Entry;
use super::schema::{Form, Leaf, Logical, Node};

/// Longest text of a cell, in bytes.
const LONGEST: usize = 600;

/// The entries of one row, by the leaves of a node.
type Rows<'e> = Vec<&'e [Entry]>;

/// Writes the cell of a column; `None` where there is no value. `entries` has those of the row for each of its leaves.
pub(super) fn cell(node: &Node, leaves: &[Leaf], entries: &Rows<'_>) -> Option<String> {
    if let (Form::Leaf, false) = (&node.form, node.repeated) {
        return entries.first()?.first()?.value.clone();
    }
    let mut writer = Writer { leaves, out: String::new(), full: false };
    if writer.write(node, entries) { Some(writer.out) } else { None }
}

struct Writer<'l> {
    leaves: &'l [Leaf],
    out: String,
    full: bool,
}

impl Writer<'_> {
    /// Writes a node, all its repetitions. `false` where there is none.
    fn write(&mut self, node: &Node, entries: &Rows<'_>) -> bool {
        if node.repeated {
            self.put("[");
            let items = items(node, entries);
            for (number, item) in items.enumerate() {
                if number > 0 {
                    self.put(", ");
                }
                if self.full {
                    break;
                }
                self.once(node, &item);
            }
            self.put("]");
            return true;
        }
        if !is_there(node, entries) {
            return false;
        }
        self.once(node, entries);
        true
    }

    /// Writes a node that is there, once.
    fn once(&mut self, node: &Node, entries: &Rows<'_>) {
        match &node.form {
            Form::Leaf => {
                let Some(value) = entries.first().and_then(|entries| entries.first()?.value.as_deref()) else { return self.put("null") };
                let quoted = self.leaves.get(node.leaves.0).is_some_and(|leaf| leaf.logical == Logical::Text);
                if quoted {
                    self.put("\"");
                }
                self.put(value);
                if quoted {
                    self.put("\"");
                }
            }
            Form::Struct(parts) => {
                self.put("{");
                for (number, part) in parts.iter().enumerate() {
                    self.put(if number > 0 { ", " } else { "" });
                    self.put(&part.name);
                    self.put(": ");
                    self.value(part, &below(node, part, entries));
                }
                self.put("}");
            }
            Form::List(item, wraps) => {
                self.put("[");
                let inner = below(node, item, entries);
                for (number, one) in items(item, &inner).enumerate() {
                    self.put(if number > 0 { ", " } else { "" });
                    if self.full {
                        break;
                    }
                    match &item.form {
                        Form::Struct(parts) if *wraps => {
                            if let Some(part) = parts.first() {
                                self.value(part, &below(item, part, &one));
                            }
                        }
                        _ => self.once(item, &one),
                    }
                }
                self.put("]");
            }
            Form::Map(pair) => {
                self.put("{");
                let inner = below(node, pair, entries);
                for (number, one) in items(pair, &inner).enumerate() {
                    self.put(if number > 0 { ", " } else { "" });
                    if self.full {
                        break;
                    }
                    if let Form::Struct(parts) = &pair.form {
                        for (place, part) in parts.iter().enumerate() {
                            self.put(if place > 0 { ": " } else { "" });
                            self.value(part, &below(pair, part, &one));
                        }
                    }
                }
                self.put("}");
            }
        }
    }

    fn value(&mut self, node: &Node, entries: &Rows<'_>) {
        if !self.full && !self.write(node, entries) {
            self.put("null");
        }
    }

    fn put(&mut self, text: &str) {
        if self.full {
            return;
        }
        if self.out.len() + text.len() > LONGEST {
            self.full = true;
            self.out.push('…');
            return;
        }
        self.out.push_str(text);
    }
}

/// Whether there is a node at all.
fn is_there(node: &Node, entries: &Rows<'_>) -> bool {
    entries.first().and_then(|entries| entries.first()).is_some_and(|entry| entry.definition >= node.definition)
}

/// The entries of the leaves below a part of a node.
fn below<'e>(node: &Node, part: &Node, entries: &Rows<'e>) -> Rows<'e> {
    let (first, end) = (part.leaves.0 - node.leaves.0, part.leaves.1 - node.leaves.0);
    entries.get(first..end).unwrap_or_default().to_vec()
}

/// The entries of each repetition of a node; none where the list is empty.
fn items<'e>(node: &Node, entries: &Rows<'e>) -> impl Iterator<Item = Rows<'e>> {
    let level = node.repetition;
    let mut rest = if is_there(node, entries) { entries.clone() } else { Vec::new() };
    std::iter::from_fn(move || {
        if rest.iter().all(|entries| entries.is_empty()) {
            return None;
        }
        let item = rest.iter_mut().map(|entries| {
            let after_first = entries.iter().skip(1).position(|entry| entry.repetition <= level);
            let (item, behind) = entries.split_at(after_first.map_or(entries.len(), |at| at + 1));
            *entries = behind;
            item
        });
        Some(item.collect())
    })
}
