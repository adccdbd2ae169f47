//! Form bodies and query strings, read strictly.

use std::collections::BTreeMap;

/// Fields of an `application/x-www-form-urlencoded` text, each at most once.
#[derive(Default)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads `text`. `None` when a field stands twice: which of the two counts is what
    /// parameter pollution lives on (RFC 6749, 3.1 forbids it too).
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let mut fields = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(text) {
            if fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return None;
            }
        }
        Some(Self(fields))
    }

    /// The field's value. An empty one counts as absent (RFC 6749, 3.1).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The names of all fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether there is a field whose name begins so.
    pub(super) fn any_begins_with(&self, prefix: &str) -> bool {
        self.0.keys().any(|name| name.starts_with(prefix))
    }
}

/// Writes fields as a query string or form body.
pub(super) fn encode(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_refuses_a_second_value() {
        let form = Form::parse(encode(&[("state", "a+b/=&"), ("empty", ""), ("ключ", "ß")]).as_bytes()).unwrap();
        assert_eq!((form.get("state"), form.get("empty"), form.get("ключ"), form.get("x")), (Some("a+b/=&"), None, Some("ß"), None));
        assert!(form.any_begins_with("st") && !form.any_begins_with("x"));
        assert!(Form::parse(b"code=1&c%6Fde=2").is_none());
    }
}
