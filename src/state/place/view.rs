//! How a folder is looked at: sort, search, active row and what is selected, in the URL's query behind the place.
//!
//! It is no part of [`BrowsePlace`]: what follows the place would otherwise run with every letter that is typed.

use super::{BrowsePlace, pairs};
use crate::state::listing::{Sort, SortBy};
use percent_encoding::utf8_percent_encode;
use std::collections::BTreeSet;

/// What a link to a folder says beside its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrowseView {
    /// `sort`: `size`, `modified`, or `-name` and so on for the largest first; left out for names upwards.
    pub sort: Sort,
    /// `search`: what is looked for; empty for nothing.
    pub search: String,
    /// `subfolders=1`: whether it is looked for in subfolders too.
    pub subfolders: bool,
    /// `row`: the name of the active row; empty for none.
    pub row: String,
    /// What is selected.
    pub selected: Selected,
}

/// What a link says of the rows that are selected, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// `all=1`: everything in the folder but `names`, which are `except` each. Without it each of them is `selected`.
    pub all: bool,
    /// The names.
    pub names: BTreeSet<String>,
}

impl BrowseView {
    /// Reads a query string. What is missing or malformed is left out.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut view = Self::default();
        let (mut selected, mut except) = (BTreeSet::new(), BTreeSet::new());
        for (name, value) in pairs(query) {
            match name {
                "sort" => view.sort = parse_sort(&value).unwrap_or_default(),
                "search" => view.search = value,
                "subfolders" => view.subfolders = value == "1",
                "row" => view.row = value,
                "all" => view.selected.all = value == "1",
                "selected" => _ = selected.insert(value),
                "except" => _ = except.insert(value),
                _ => {}
            }
        }
        view.selected.names = if view.selected.all { except } else { selected };
        view
    }

    /// The link to `place`, looked at in this way.
    #[must_use]
    pub fn href(&self, place: &BrowsePlace) -> String {
        let mut href = place.href();
        let sort = sort_text(self.sort);
        let flag = |set| if set { "1" } else { "" };
        let view = [
            ("sort", sort),
            ("search", &self.search),
            ("subfolders", flag(self.subfolders)),
            ("row", &self.row),
            ("all", flag(self.selected.all)),
        ];
        let each = if self.selected.all { "except" } else { "selected" };
        let selected = self.selected.names.iter().map(|name| (each, name.as_str()));
        for (name, value) in view.into_iter().chain(selected) {
            if !value.is_empty() {
                href.push(if href.contains('?') { '&' } else { '?' });
                href.push_str(name);
                href.push('=');
                href.extend(utf8_percent_encode(value, super::VALUE));
            }
        }
        href
    }
}

const SORTS: [(&str, Sort); 6] = {
    const fn sort(by: SortBy, descending: bool) -> Sort {
        Sort { by, descending }
    }
    [
        ("", sort(SortBy::Name, false)),
        ("-name", sort(SortBy::Name, true)),
        ("size", sort(SortBy::Size, false)),
        ("-size", sort(SortBy::Size, true)),
        ("modified", sort(SortBy::Modified, false)),
        ("-modified", sort(SortBy::Modified, true)),
    ]
};

fn parse_sort(text: &str) -> Option<Sort> {
    SORTS.iter().find(|(name, _)| *name == text).map(|(_, sort)| *sort)
}

fn sort_text(sort: Sort) -> &'static str {
    SORTS.iter().find(|(_, known)| *known == sort).map_or("", |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query(href: &str) -> &str {
        href.split_once('?').map_or("", |(_, query)| query)
    }

    #[test]
    fn the_documented_link() {
        let place = BrowsePlace { role: None, bucket: Some("reports".into()), prefix: "team/".into() };
        let view = BrowseView {
            sort: Sort { by: SortBy::Size, descending: true },
            search: "*.csv".into(),
            subfolders: true,
            row: "a&b.csv".into(),
            selected: Selected { all: false, names: ["2026/".to_owned(), "a&b.csv".to_owned()].into() },
        };
        let href = "/browse?bucket=reports&prefix=team%2F&sort=-size&search=%2A.csv&subfolders=1&row=a%26b.csv\
                    &selected=2026%2F&selected=a%26b.csv";
        assert_eq!(view.href(&place), href);
        assert_eq!(BrowseView::parse(query(href)), view);
        assert_eq!(BrowseView::default().href(&place), place.href());
        assert_eq!(BrowseView::parse("sort=colour&subfolders=yes&search=%FF&row"), BrowseView::default());
    }

    proptest! {
        #[test]
        fn every_view_survives_the_link(
            search in any::<String>(), row in any::<String>(), prefix in any::<String>(), subfolders: bool, sort in 0..SORTS.len(),
            all: bool, names in prop::collection::btree_set(".+", 0..4),
        ) {
            let place = BrowsePlace { role: None, bucket: Some("b".into()), prefix };
            let view = BrowseView { sort: SORTS[sort].1, search, subfolders, row, selected: Selected { all, names } };
            let href = view.href(&place);
            prop_assert!(href.is_ascii() && !href.contains('#'));
            prop_assert_eq!(BrowseView::parse(query(&href)), view);
            prop_assert_eq!(BrowsePlace::parse(query(&href)), place);
        }

        #[test]
        fn parsing_never_panics(query in any::<String>()) {
            let _ = BrowseView::parse(&query);
        }
    }
}
