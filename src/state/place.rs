//! Where in the portal a person is: the URL's query, typed, both ways.
//!
//! Keys stand in the query because a browser collapses `.` and `..` segments of a path. The query
//! is parsed here, byte for byte, and not with the router's map: `+` in a key is a plus.

mod view;

pub use view::{BrowseView, Selected};

use crate::model::names::RoleId;
use crate::reactive::Memo;
use leptos::prelude::With;
use leptos_router::hooks::use_location;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What may stand unencoded in a query value: RFC 3986's unreserved characters.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A place on the page *Browse*.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrowsePlace {
    /// Which role's credentials; `None`: the viewer's first.
    pub role: Option<RoleId>,
    /// Which bucket; `None`: the role's locations.
    pub bucket: Option<String>,
    /// The folder, with the `/` at the end; empty for the top.
    pub prefix: String,
}

impl BrowsePlace {
    /// Reads a query string without its `?`. What is missing or malformed is left out.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut place = Self::default();
        for (name, value) in pairs(query) {
            match name {
                "role" => place.role = RoleId::parse(value).ok(),
                "bucket" => place.bucket = Some(value).filter(|bucket| !bucket.is_empty()),
                "prefix" => place.prefix = value,
                _ => {}
            }
        }
        place
    }

    /// The link to this place.
    #[must_use]
    pub fn href(&self) -> String {
        link(
            "/browse",
            &[
                ("role", self.role.as_ref().map_or("", RoleId::as_str)),
                ("bucket", self.bucket.as_deref().unwrap_or_default()),
                ("prefix", &self.prefix),
            ],
        )
    }
}

/// A place on the page *Functions*.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionPlace {
    /// Which role's credentials; `None`: the viewer's first.
    pub role: Option<RoleId>,
    /// Which function; `None`: none chosen yet.
    pub name: Option<String>,
}

impl FunctionPlace {
    /// Reads a query string without its `?`. What is missing or malformed is left out.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut place = Self::default();
        for (name, value) in pairs(query) {
            match name {
                "role" => place.role = RoleId::parse(value).ok(),
                "name" => place.name = Some(value).filter(|name| !name.is_empty()),
                _ => {}
            }
        }
        place
    }

    /// The link to this place.
    #[must_use]
    pub fn href(&self) -> String {
        link("/functions", &[("role", self.role.as_ref().map_or("", RoleId::as_str)), ("name", self.name.as_deref().unwrap_or_default())])
    }
}

/// The place on *Browse* that the URL names, as it changes. Call it below the router.
#[must_use]
pub fn use_browse_place() -> Memo<BrowsePlace> {
    let search = use_location().search;
    Memo::new(move || search.with(|search| BrowsePlace::parse(search)))
}

/// The place on *Functions* that the URL names, as it changes. Call it below the router.
#[must_use]
pub fn use_function_place() -> Memo<FunctionPlace> {
    let search = use_location().search;
    Memo::new(move || search.with(|search| FunctionPlace::parse(search)))
}

/// The link to a page that shows no place of a role, with the role that the header works in.
#[must_use]
pub fn page_href(path: &str, role: Option<&RoleId>) -> String {
    link(path, &[("role", role.map_or("", RoleId::as_str))])
}

/// The role that the URL asks for, on whichever page. Call it below the router.
#[must_use]
pub fn use_asked_role() -> Memo<Option<RoleId>> {
    let place = use_browse_place();
    Memo::new(move || place.with(|place| place.role.clone()))
}

/// Name and decoded value of each pair. A value that is not UTF-8 once decoded is dropped: no key
/// of S3 is anything else.
fn pairs(query: &str) -> impl Iterator<Item = (&str, String)> {
    query.trim_start_matches('?').split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name, percent_decode_str(value).decode_utf8().ok()?.into_owned()))
    })
}

fn link(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut link = String::from(path);
    let mut separator = '?';
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        link.push(separator);
        link.push_str(name);
        link.push('=');
        link.extend(utf8_percent_encode(value, VALUE));
        separator = '&';
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_documented_link() {
        let place = BrowsePlace { role: RoleId::parse("analyst").ok(), bucket: Some("reports".into()), prefix: "team/".into() };
        assert_eq!(place.href(), "/browse?role=analyst&bucket=reports&prefix=team%2F");
        assert_eq!(BrowsePlace::parse("role=analyst&bucket=reports&prefix=team%2F"), place);
        assert_eq!(BrowsePlace::default().href(), "/browse");
        assert_eq!(page_href("/access", RoleId::parse("analyst").ok().as_ref()), "/access?role=analyst");
        assert_eq!(page_href("/admin", None), "/admin");
    }

    #[test]
    fn a_plus_is_a_plus_and_a_slash_needs_no_escape() {
        assert_eq!(BrowsePlace::parse("?bucket=b&prefix=a+b/%2B//").prefix, "a+b/+//");
    }

    #[test]
    fn malformed_parts_are_left_out() {
        let place = BrowsePlace::parse("role=NOT%20A%20ROLE&bucket&prefix=%FF&x=1&&=");
        assert_eq!(place, BrowsePlace::default());
    }

    proptest! {
        #[test]
        fn every_prefix_survives_the_link(prefix in any::<String>(), bucket in "[a-z0-9.-]{3,63}") {
            let place = BrowsePlace { role: RoleId::parse("r").ok(), bucket: Some(bucket), prefix };
            let href = place.href();
            prop_assert!(href.is_ascii());
            let query = href.split_once('?').map_or("", |(_, query)| query);
            prop_assert!(!query.contains('#'));
            prop_assert_eq!(BrowsePlace::parse(query), place);
        }

        #[test]
        fn parsing_never_panics(query in any::<String>()) {
            let _ = (BrowsePlace::parse(&query), FunctionPlace::parse(&query));
        }
    }
}
