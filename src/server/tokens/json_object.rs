//! JSON objects in which every key stands once.
//!
//! JSON parsers disagree about which of two equal keys counts (RFC 8259, section 4), so a token that
//! names one twice can mean one thing to the verifier and another to the next reader. Such a
//! document is refused, at whatever depth the repetition stands.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// The members of an object.
#[derive(Clone, PartialEq)]
pub(in crate::server) struct JsonObject(Map<String, Value>);

impl JsonObject {
    /// Reads a document that is one object and nothing else. `None` also when any object in it
    /// repeats a key.
    pub(in crate::server) fn parse(document: &[u8]) -> Option<Self> {
        serde_json::from_slice(document).ok()
    }

    /// All members, by name.
    pub(in crate::server) fn members(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The member's value, whatever its type.
    pub(in crate::server) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The member, if it is a string.
    pub(in crate::server) fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }

    /// The member, if it is a number written without fraction and exponent that fits.
    pub(in crate::server) fn integer(&self, name: &str) -> Option<i64> {
        self.value(name)?.as_i64()
    }

    /// The member as a list of names: an array of strings, or one string, which is one name. A
    /// member of any other type gives no names at all, rather than those entries that happen to be
    /// strings: what is half understood entitles to nothing.
    pub(in crate::server) fn names(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(entries)) => {
                entries.iter().map(|entry| entry.as_str().map(str::to_owned)).collect::<Option<_>>().unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Unrepeated::deserialize(deserializer)?.0 {
            Value::Object(members) => Ok(Self(members)),
            _ => Err(D::Error::custom("not an object")),
        }
    }
}

/// Any JSON value without repeated keys.
struct Unrepeated(Value);

impl<'de> Deserialize<'de> for Unrepeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;

        impl<'de> Visitor<'de> for AnyValue {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON without repeated keys")
            }

            fn visit_unit<E: Error>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Number(value.into()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
                Ok(Value::Number(value.into()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
                Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
                Ok(Value::String(value.to_owned()))
            }

            fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
                Ok(Value::String(value))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
                let mut array = Vec::new();
                while let Some(Unrepeated(entry)) = entries.next_element()? {
                    array.push(entry);
                }
                Ok(Value::Array(array))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
                let mut object = Map::new();
                while let Some((name, Unrepeated(value))) = members.next_entry::<String, _>()? {
                    if object.insert(name, value).is_some() {
                        return Err(A::Error::custom("a key stands twice"));
                    }
                }
                Ok(Value::Object(object))
            }
        }

        deserializer.deserialize_any(AnyValue).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::JsonObject;
    use proptest::prelude::*;

    #[test]
    fn refuses_repeated_keys_at_any_depth() {
        for document in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":[{"b":{"c":1,"d":2,"c":3}}]}"#,
            "[]",
            "1",
            "",
            "{} {}",
            "{\"a\":\"\u{0}\"}",
        ] {
            assert!(JsonObject::parse(document.as_bytes()).is_none(), "{document}");
        }
        assert!(JsonObject::parse(b"\xff{}").is_none());
        assert!(JsonObject::parse(&b"[".repeat(100_000)).is_none(), "deep nesting must not exhaust the stack");
    }

    #[test]
    fn an_integer_is_an_integer() {
        let object = JsonObject::parse(br#"{"a":7,"b":7.0,"c":"7","d":7e0,"e":9223372036854775808,"f":-1}"#).unwrap();
        assert_eq!(["a", "b", "c", "d", "e", "f", "g"].map(|name| object.integer(name)), [Some(7), None, None, None, None, Some(-1), None]);
    }

    #[test]
    fn names_are_all_or_nothing() {
        let object = JsonObject::parse(br#"{"a":["x","y"],"b":"x y","c":["x",1],"d":{"x":1},"e":[],"f":null}"#).unwrap();
        assert_eq!(object.names("a"), ["x", "y"]);
        assert_eq!(object.names("b"), ["x y"]);
        for none in ["c", "d", "e", "f", "g"] {
            assert!(object.names(none).is_empty(), "{none}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json_where_no_key_repeats(members in proptest::collection::btree_map("\\PC{0,6}", "\\PC{0,6}", 0..8)) {
            let document = serde_json::to_vec(&members).unwrap();
            let object = JsonObject::parse(&document).unwrap();
            for (name, value) in &members {
                prop_assert_eq!(object.text(name), Some(value.as_str()));
            }
        }

        #[test]
        fn never_panics(document in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = JsonObject::parse(&document);
        }
    }
}
