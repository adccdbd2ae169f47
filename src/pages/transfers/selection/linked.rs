//! What is chosen, as a link to the folder says it, and back.

use super::marked::Marked;
use super::{Rows, Selection};
use crate::state::listing::{Listing, Row};
use crate::state::place::Selected;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most bytes of names with what stands before each. Balancers refuse links that are much longer, and mail breaks them.
const MOST: usize = 1_500;

impl Selection {
    /// For a link to the folder: nothing where it is more than a link holds. Tracked.
    pub(in crate::pages::transfers) fn linked(self, folder: Listing) -> Selected {
        let prefix = folder.target().map(|target| target.prefix).unwrap_or_default();
        self.marked.with(|marked| linked(marked, &prefix))
    }

    /// Chooses what a link said, as far as it is among `rows`, unless something was chosen in the meantime. Whether
    /// that is the end of it: once all of it is there, or the rows are `over`.
    pub(in crate::pages::transfers) fn choose(self, rows: Rows, wanted: &Selected, over: bool) -> bool {
        if !self.is_empty() {
            return true;
        }
        if wanted.all {
            let prefix = rows.folder.target().map(|target| target.prefix).unwrap_or_default();
            let but = wanted.names.iter().map(|name| [&*prefix, name].concat()).collect();
            self.marked.set(Arc::new(Marked::AllBut { prefix, but }));
            return true;
        }
        let mut found = rows.source.get_untracked().named(&wanted.names);
        let missing = missing(&wanted.names, &found);
        // A search may hide what is chosen.
        found.extend(rows.folder.named(&missing));
        let is_end = over || found.len() == wanted.names.len();
        if is_end {
            self.change(|marked| marked.set(found.into_iter(), true));
        }
        is_end
    }
}

fn missing(names: &BTreeSet<String>, found: &[Row]) -> BTreeSet<String> {
    let mut names = names.clone();
    found.iter().for_each(|row| _ = names.remove(&row.name));
    names
}

fn linked(marked: &Marked, folder: &str) -> Selected {
    match marked {
        Marked::These(rows) => names(rows.keys(), folder).map(|names| Selected { all: false, names }),
        Marked::AllBut { prefix, but } if prefix == folder => names(but.iter(), folder).map(|names| Selected { all: true, names }),
        Marked::AllBut { .. } => None,
    }
    .unwrap_or_default()
}

/// What these keys are called in the folder; nothing where one lies elsewhere, or where they are more than a link holds.
fn names<'a>(keys: impl Iterator<Item = &'a String>, folder: &str) -> Option<BTreeSet<String>> {
    let mut bytes = 0;
    keys.map(|key| {
        let name = key.strip_prefix(folder)?;
        bytes += name.len() + "&selected=".len();
        (bytes <= MOST).then(|| name.to_owned())
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::listing::RowKind;

    fn these(keys: &[String]) -> Marked {
        let mut marked = Marked::default();
        marked.set(keys.iter().map(|key| Row { name: String::new(), key: key.clone(), kind: RowKind::Folder }), true);
        marked
    }

    #[test]
    fn a_link_says_what_it_can_hold() {
        let names = |of: &[&str]| of.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let some = these(&["t/a".into(), "t/f/b".into()]);
        assert_eq!(linked(&some, "t/"), Selected { all: false, names: names(&["a", "f/b"]) });
        assert_eq!(linked(&some, "t/f/"), Selected::default(), "one lies elsewhere");
        let all = |keys: &[&str]| Marked::AllBut { prefix: "t/".into(), but: names(keys) };
        assert_eq!(linked(&all(&["t/a"]), "t/"), Selected { all: true, names: names(&["a"]) });
        assert_eq!(linked(&all(&["t/a"]), ""), Selected::default());
        let many = |count: u32| (0..count).map(|at| format!("t/{at:05}")).collect::<Vec<_>>();
        assert_eq!(linked(&these(&many(100)), "t/").names.len(), 100);
        assert_eq!(linked(&these(&many(101)), "t/"), Selected::default(), "a part of it would be another selection");
    }
}
