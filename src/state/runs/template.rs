//! What a function is sent for each object: JSON with places for what is known of the object.
//!
//! A place stands within a text of the template, which is read as JSON first and filled then: whatever a key is made of, it
//! stays within its text.

use crate::model::json::{Json, layout};
use crate::words::t;
use zeroize::Zeroizing;

/// What a template begins with.
pub const FIRST: &str =
    "{\n  \"bucket\": \"${bucket}\",\n  \"key\": \"${key}\",\n  \"version\": \"${version}\",\n  \"etag\": \"${etag}\"\n}";

/// What is known of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Values<'a> {
    pub(super) bucket: &'a str,
    pub(super) key: &'a str,
    /// `None` where the bucket keeps no versions, or a page does not see them.
    pub(super) version: Option<&'a str>,
    /// Without quotes.
    pub(super) etag: &'a str,
    pub(super) size: u64,
}

/// The places.
const PLACES: [&str; 5] = ["bucket", "key", "version", "etag", "size"];

/// A template that can be filled.
pub struct Template(Json);

impl std::fmt::Debug for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct(stringify!(Template)).finish_non_exhaustive()
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Why it is none, for the person.
    pub fn parse(text: &str) -> Result<Self, String> {
        layout::format(text).map_err(|fault| fault.to_string())?;
        let json = Json::parse(text).map_err(|_| t!("An escape in it stands for half a character.").to_owned())?;
        check(&json)?;
        Ok(Self(json))
    }

    /// Whether an object has to be looked at first: listings do not tell versions.
    #[must_use]
    pub(super) fn wants_version(&self) -> bool {
        wants(&self.0, "version")
    }

    /// The payload for one object.
    pub(super) fn fill(&self, values: &Values<'_>) -> String {
        filled(&self.0, values).written()
    }
}

/// What stands before the first place of a text, the place's name, and what stands behind.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once("${")?;
    let (name, behind) = rest.split_once('}')?;
    Some((before, name, behind))
}

fn places(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, name, behind) = next(rest)?;
        rest = behind;
        Some(name)
    })
}

fn wants(json: &Json, place: &str) -> bool {
    match json {
        Json::Text(text) => places(text).any(|name| name == place),
        Json::List(items) => items.iter().any(|item| wants(item, place)),
        Json::Object(members) => members.iter().any(|(_, value)| wants(value, place)),
        _ => false,
    }
}

fn check(json: &Json) -> Result<(), String> {
    match json {
        Json::Text(text) => match places(text).find(|name| !PLACES.contains(name)) {
            Some(name) => {
                let name = ["${", name, "}"].concat();
                let known = PLACES.map(|place| ["${", place, "}"].concat()).join(", ");
                Err(t!("There is no place {name}. There are {known}.", name = name, known = known))
            }
            None => Ok(()),
        },
        Json::List(items) => items.iter().try_for_each(check),
        Json::Object(members) => members.iter().try_for_each(|(name, value)| match next(name) {
            Some(_) => Err(t!("Places stand in values, not in names.").to_owned()),
            None => check(value),
        }),
        _ => Ok(()),
    }
}

fn filled(json: &Json, values: &Values<'_>) -> Json {
    match json {
        Json::Text(text) => match text.as_str() {
            // A place that is all of a text keeps the type of what comes into it.
            "${size}" => Json::Number(values.size.to_string().into()),
            "${version}" if values.version.is_none() => Json::Null,
            text => Json::Text(Zeroizing::new(filled_text(text, values))),
        },
        Json::List(items) => Json::List(items.iter().map(|item| filled(item, values)).collect()),
        Json::Object(members) => Json::Object(members.iter().map(|(name, value)| (name.clone(), filled(value, values))).collect()),
        Json::Number(number) => Json::Number(number.clone()),
        Json::Bool(value) => Json::Bool(*value),
        Json::Null => Json::Null,
    }
}

/// What has come in is not looked into again.
fn filled_text(text: &str, values: &Values<'_>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, name, behind)) = next(rest) {
        out.push_str(before);
        match name {
            "bucket" => out.push_str(values.bucket),
            "key" => out.push_str(values.key),
            "version" => out.push_str(values.version.unwrap_or_default()),
            "etag" => out.push_str(values.etag),
            _ => out.push_str(&values.size.to_string()),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(key: &str) -> Values<'_> {
        Values { bucket: "reports", key, version: None, etag: "abc", size: 7 }
    }

    #[test]
    fn places_are_filled_with_what_they_are() {
        let template = Template::parse(
            r#"{"s3": "s3://${bucket}/${key}", "size": "${size}", "about": "${size} B", "version": "${version}", "all": ["${etag}", 1.50, true, null]}"#,
        );
        let template = template.unwrap();
        assert!(template.wants_version());
        assert_eq!(
            template.fill(&values("a b")),
            r#"{"s3":"s3://reports/a b","size":7,"about":"7 B","version":null,"all":["abc",1.50,true,null]}"#
        );
        let versioned = Values { version: Some("v1"), ..values("a") };
        assert!(Template::parse(FIRST).unwrap().fill(&versioned).contains(r#""version":"v1""#));
    }

    #[test]
    fn a_key_never_leaves_its_text() {
        for key in ["a\"b", "a\nb\u{1}", "\\", "\",\"admin\":true,\"x\":\"", "${bucket}", "grün/\u{202e}"] {
            let payload = Template::parse(r#"{"key": "${key}", "twice": "${key}${key}"}"#).unwrap().fill(&values(key));
            let read: serde_json::Value = serde_json::from_str(&payload).unwrap();
            assert_eq!(read, serde_json::json!({"key": key, "twice": key.repeat(2)}));
        }
    }

    #[test]
    fn what_is_no_template_says_why() {
        let wrong = |text: &str| Template::parse(text).unwrap_err();
        assert_eq!(wrong("{"), "Line 1, column 2: the text ends before the closing brace.");
        assert_eq!(wrong(r#"{"a": "${name}"}"#), "There is no place ${name}. There are ${bucket}, ${key}, ${version}, ${etag}, ${size}.");
        assert_eq!(wrong(r#"{"${key}": 1}"#), "Places stand in values, not in names.");
        assert!(!Template::parse(r#"{"a": "$ {key} $", "b": "${"}"#).unwrap().wants_version(), "what is no place stays");
    }

    proptest! {
        #[test]
        fn any_key_comes_through(key in "\\PC{0,40}|[\"\\\\\n\t${}]{0,12}") {
            let payload = Template::parse(FIRST).unwrap().fill(&values(&key));
            let read: serde_json::Value = serde_json::from_str(&payload).unwrap();
            prop_assert_eq!(&read["key"], &serde_json::Value::from(key));
            prop_assert_eq!(read.as_object().unwrap().len(), 4);
        }
    }
}
