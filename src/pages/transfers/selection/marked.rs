//! What is chosen: rows by their keys, or everything in the folder but some of them.

use crate::model::object::Object;
use crate::state::listing::{Row, RowKind};
use crate::state::transfers::Chosen;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is chosen. By keys and not by places: rows come, and are sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Marked {
    /// These rows.
    These(BTreeMap<String, RowKind>),
    /// All rows of the folder, those that are not listed yet among them.
    AllBut {
        /// The folder.
        prefix: String,
        /// Those that are not chosen.
        but: BTreeSet<String>,
    },
}

impl Default for Marked {
    fn default() -> Self {
        Self::These(BTreeMap::new())
    }
}

impl Marked {
    pub(super) fn has(&self, key: &str) -> bool {
        match self {
            Self::These(rows) => rows.contains_key(key),
            Self::AllBut { but, .. } => !but.contains(key),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::These(rows) if rows.is_empty())
    }

    /// Chooses rows, or not any more.
    pub(super) fn set(&mut self, rows: impl Iterator<Item = Row>, on: bool) {
        match self {
            Self::These(chosen) if on => chosen.extend(rows.map(|row| (row.key, row.kind))),
            Self::These(chosen) => rows.for_each(|row| _ = chosen.remove(&row.key)),
            Self::AllBut { but, .. } if on => rows.for_each(|row| _ = but.remove(&row.key)),
            Self::AllBut { but, .. } => but.extend(rows.map(|row| row.key)),
        }
    }

    /// How many are chosen, of a folder with `all` rows, and how many bytes they have where that is known.
    pub(super) fn size(&self, all: usize) -> (usize, Option<u64>) {
        match self {
            Self::These(rows) => (rows.len(), rows.values().map(bytes).sum()),
            Self::AllBut { but, .. } => (all.saturating_sub(but.len()), None),
        }
    }

    /// For what is done with it, in the order of keys.
    pub(super) fn chosen(&self) -> Vec<Chosen> {
        match self {
            Self::These(rows) => rows.iter().map(|(key, kind)| chosen(key, kind)).collect(),
            Self::AllBut { prefix, but } => vec![Chosen::AllBut(prefix.clone(), Arc::new(but.clone()))],
        }
    }
}

fn bytes(kind: &RowKind) -> Option<u64> {
    match kind {
        RowKind::Folder => None,
        RowKind::Object { size, .. } => Some(*size),
    }
}

/// One row, for what is done with it.
pub(super) fn chosen(key: &str, kind: &RowKind) -> Chosen {
    match kind {
        RowKind::Folder => Chosen::Folder(key.to_owned()),
        RowKind::Object { size, modified, class } => Chosen::Object(Object {
            key: key.to_owned(),
            size: *size,
            last_modified: *modified,
            etag: String::new(),
            storage_class: class.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str) -> Row {
        let kind = if key.ends_with('/') { RowKind::Folder } else { RowKind::Object { size: 7, modified: None, class: String::new() } };
        Row { name: key.into(), key: key.into(), kind }
    }

    #[test]
    fn rows_come_and_go() {
        let mut marked = Marked::default();
        assert!(marked.is_empty());
        marked.set(["a", "b"].into_iter().map(row), true);
        assert_eq!(marked.size(9), (2, Some(14)));
        marked.set([row("f/")].into_iter(), true);
        assert_eq!(marked.size(9), (3, None), "nobody knows how large a folder is");
        marked.set(["b", "c"].into_iter().map(row), false);
        assert!(marked.has("a") && !marked.has("b") && marked.has("f/"));
        assert_eq!(marked.chosen().iter().map(Chosen::key).collect::<Vec<_>>(), ["a", "f/"]);
    }

    #[test]
    fn everything_but_some() {
        let mut marked = Marked::AllBut { prefix: "t/".into(), but: BTreeSet::new() };
        assert!(marked.has("t/what comes later") && !marked.is_empty());
        marked.set(["t/a", "t/f/"].into_iter().map(row), false);
        assert_eq!(marked.size(1_000_000), (999_998, None));
        assert!(!marked.has("t/a"));
        marked.set([row("t/a")].into_iter(), true);
        assert!(marked.has("t/a"));
        assert_eq!(marked.chosen(), [Chosen::AllBut("t/".into(), Arc::new(BTreeSet::from(["t/f/".to_owned()])))]);
    }
}
