use super::*;
use crate::model::credentials::CredentialsAnswer;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::location::{AddressingStyle, Permission, Signing};
use crate::model::role::Strategy as MintStrategy;
use crate::model::session::{SessionPage, SessionState};
use crate::model::viewer::WhoAmI;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn parse(text: &str) -> Result<String, Malformed> {
    Json::parse(text).map(|json| json.written())
}

fn read_error<T: FromJson>(value: &Value) -> ReadError {
    read::<T>(&value.to_string()).err().unwrap()
}

#[test]
fn reads_every_kind_of_value() {
    for (text, written) in [
        (" null\n", "null"),
        ("[true,false]", "[true,false]"),
        ("-0.50E+7", "-0.50E+7"),
        ("12345678901234567890123", "12345678901234567890123"),
        (r#"{"b" : [ {} , [] ] , "a":{"":"x"}}"#, r#"{"b":[{},[]],"a":{"":"x"}}"#),
        (r#""\"\\\/\b\f\n\r\t\u00e9é""#, r#""\"\\/\u0008\u000c\n\u000d\u0009éé""#),
        (r#""\ud83d\uDE00 \uffff""#, "\"\u{1f600} \u{ffff}\""),
    ] {
        assert_eq!(parse(text).as_deref(), Ok(written), "{text}");
    }
}

#[test]
fn refuses_half_a_character() {
    for text in [r#""\ud83d""#, r#""\ude00""#, r#""\ud83dx""#, r#""\ud83d\n""#, r#""\ud83d\ud83d""#, r#"{"\ud83d":1}"#] {
        assert_eq!(parse(text).unwrap_err().what, "an escape before this stands for half a character.", "{text}");
    }
}

#[test]
fn a_tree_is_as_deep_as_its_drop_can_go() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(parse(&nested(tokens::DEEPEST)), Ok(nested(tokens::DEEPEST)));
    assert_eq!(parse(&"[".repeat(200_000)).unwrap_err().at, tokens::DEEPEST);
}

#[test]
fn of_a_name_that_stands_twice_the_last_counts_where_nobody_insists() {
    let json = Json::parse(r#"{"a":1,"a":2}"#).ok().unwrap();
    assert_eq!(json.get("a").and_then(Json::as_number), Some("2"));
    assert!(json.get("b").is_none() && Json::Null.get("a").is_none());
}

#[test]
fn errors_name_the_member() {
    let role =
        serde_json::json!({"id": "a", "title": "A", "strategy": "web-identity", "duration_seconds": 900, "buckets": [], "functions": []});
    let with = |name: &str, value: Value| {
        let mut role = role.clone();
        role[name] = value;
        let mut whole = serde_json::json!({"subject": "s", "groups": [], "is_admin": false, "server_now": "2026-11-23T06:32:55Z"});
        whole["roles"] = serde_json::json!([role]);
        whole
    };
    assert!(read::<WhoAmI>(&with("unknown", Value::Null).to_string()).is_ok());
    for (name, wrong) in [
        ("id", serde_json::json!("A B")),
        ("title", Value::Null),
        ("strategy", serde_json::json!("guess")),
        ("duration_seconds", serde_json::json!(-1)),
        ("duration_seconds", serde_json::json!(1.0)),
        ("duration_seconds", serde_json::json!(4_294_967_296_u64)),
        ("account", serde_json::json!(1)),
        ("buckets", serde_json::json!({})),
    ] {
        assert_eq!(
            read_error::<WhoAmI>(&with(name, wrong)).to_string(),
            format!("the member {name} is missing or does not have the value that is expected")
        );
    }
    let mut without = with("unknown", Value::Null);
    without["roles"][0].as_object_mut().unwrap().remove("title");
    assert_eq!(read_error::<WhoAmI>(&without), ReadError::Member("title"));
    assert_eq!(read_error::<WhoAmI>(&serde_json::json!([])), ReadError::Unsuitable);
    let twice = r#"{"code":"internal","message":"m","next_step":"n","code":"blocked"}"#;
    assert_eq!(read::<PortalError>(twice), Err(ReadError::Repeated("code")));
    assert!(matches!(read::<PortalError>("{"), Err(ReadError::Malformed(_))));
}

#[test]
fn words_are_those_that_serde_writes() {
    fn check<T: Words + Serialize>() {
        for value in T::ALL {
            assert_eq!(serde_json::to_value(value).unwrap(), value.word());
        }
    }
    check::<ErrorCode>();
    check::<AddressingStyle>();
    check::<Permission>();
    check::<Signing>();
    check::<SessionState>();
    check::<MintStrategy>();
}

/// Texts that are JSON, or nearly.
fn near_json() -> impl Strategy<Value = String> {
    prop_oneof![
        r#"[ \n\[\]{}:,"\\a-u0-9.eE+é-]{0,24}"#,
        "\"(\\\\ud[89ab][0-9a-f]{2}\\\\uD[c-f][0-9A-F]{2}|\\\\u[dD][89a-fA-F][0-9a-f]{2}|\\\\u[0-9a-f]{4}|\\\\[\"\\\\/bfnrtux]|[a-z\u{1}é😀]){0,5}\"",
        r#"-?[0-9]{0,3}(\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?"#,
        json_value().prop_map(|value| value.to_string()),
        (json_value(), any::<prop::sample::Index>(), "[\\[\\]{}:,\"\\\\ 0]").prop_map(|(value, at, other)| {
            let mut chars: Vec<char> = value.to_string().chars().collect();
            let at = at.index(chars.len());
            chars[at] = other.chars().next().unwrap();
            chars.into_iter().collect()
        }),
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-8_000_000..8_000_000).prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A time with whole seconds, as serde writes it.
const TIME: &str = "20[0-9]{2}-0[13-9]-[12][0-9]T1[0-9]:[0-5][0-9]:[0-5][0-9]Z";
const ROLE: &str = "[a-z0-9][a-z0-9_-]{0,20}";
const SESSION: &str = "[a-z0-9]{26}";

/// Members by name; those without a value are missing, as where serde skips them.
fn object(members: Vec<(&'static str, BoxedStrategy<Option<Value>>)>) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    values
        .prop_map(move |values| {
            Value::Object(names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?))).collect())
        })
        .boxed()
}

fn always<V: Into<Value> + std::fmt::Debug + 'static>(value: impl Strategy<Value = V> + 'static) -> BoxedStrategy<Option<Value>> {
    value.prop_map(|value| Some(value.into())).boxed()
}

fn sometimes(value: BoxedStrategy<Option<Value>>) -> BoxedStrategy<Option<Value>> {
    prop_oneof![Just(None), Just(Some(Value::Null)), value].boxed()
}

fn text() -> BoxedStrategy<Option<Value>> {
    always(any::<String>())
}

fn word<T: Words>() -> BoxedStrategy<Option<Value>> {
    let words: Vec<&'static str> = T::ALL.iter().map(|value| value.word()).collect();
    always(prop::sample::select(words))
}

fn list(item: BoxedStrategy<Value>) -> BoxedStrategy<Option<Value>> {
    always(prop::collection::vec(item, 0..3))
}

fn whoami() -> BoxedStrategy<Value> {
    let location = object(vec![
        ("name", text()),
        ("region", text()),
        ("endpoint", text()),
        ("style", word::<AddressingStyle>()),
        ("prefix", text()),
        ("permissions", list(word::<Permission>().prop_map(Option::unwrap).boxed())),
        ("sign", word::<Signing>()),
    ]);
    let qualifiers = prop_oneof![Just(None), list(text().prop_map(Option::unwrap).boxed())].boxed();
    let function = object(vec![("name", text()), ("arn", text()), ("region", text()), ("endpoint", text()), ("qualifiers", qualifiers)]);
    let role = object(vec![
        ("id", always(ROLE)),
        ("title", text()),
        ("account", sometimes(text())),
        ("strategy", word::<MintStrategy>()),
        ("duration_seconds", always(any::<u32>())),
        ("buckets", list(location)),
        ("functions", list(function)),
    ]);
    object(vec![
        ("subject", always("[a-z0-9|@é]{1,20}")),
        ("email", sometimes(text())),
        ("name", sometimes(text())),
        ("groups", list(any::<String>().prop_map(Value::from).boxed())),
        ("is_admin", always(any::<bool>())),
        ("roles", list(role)),
        ("server_now", always(TIME)),
        ("sandbox", prop_oneof![Just(None), always(any::<bool>())].boxed()),
    ])
}

fn credentials() -> BoxedStrategy<Value> {
    object(vec![
        ("Version", always(any::<u8>())),
        ("AccessKeyId", text()),
        ("SecretAccessKey", text()),
        ("SessionToken", text()),
        ("Expiration", always(TIME)),
        ("role", always(ROLE)),
        ("session_id", always(SESSION)),
        ("server_now", always(TIME)),
    ])
}

fn error() -> BoxedStrategy<Value> {
    object(vec![
        ("code", word::<ErrorCode>()),
        ("rule", sometimes(text())),
        ("message", text()),
        ("next_step", text()),
        ("reference", prop_oneof![Just(None), text()].boxed()),
        ("retry_after", sometimes(always(any::<u32>()))),
    ])
}

fn sessions() -> BoxedStrategy<Value> {
    let session = object(vec![
        ("id", always(SESSION)),
        ("subject", always("[a-z0-9|@é]{1,20}")),
        ("email", sometimes(text())),
        ("role", always(ROLE)),
        ("strategy", word::<MintStrategy>()),
        ("access_key_id", text()),
        ("issued_at", always(TIME)),
        ("expires_at", always(TIME)),
        ("state", word::<SessionState>()),
        ("source_ip", sometimes(text())),
        ("user_agent", sometimes(text())),
    ]);
    object(vec![("sessions", list(session)), ("next", sometimes(text()))])
}

/// What serde reads in `value`, this reads too, and the other way round.
fn agrees<T: FromJson + DeserializeOwned + Serialize>(value: &Value) -> Result<(), TestCaseError> {
    let text = value.to_string();
    let ours = read::<T>(&text).ok().map(|value| serde_json::to_value(value).unwrap());
    let serde = serde_json::from_str::<T>(&text).ok().map(|value| serde_json::to_value(value).unwrap());
    prop_assert_eq!(ours, serde, "{}", text);
    Ok(())
}

fn comes_back<T: FromJson + DeserializeOwned + Serialize>(value: Value) -> Result<(), TestCaseError> {
    let text = serde_json::to_string(&serde_json::from_value::<T>(value).unwrap()).unwrap();
    let back = read::<T>(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
    prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
    Ok(())
}

/// `value` with one part of it, however deep, replaced or left out.
fn damaged(mut value: Value, mut at: u64, other: Option<&Value>) -> Value {
    let mut part = &mut value;
    loop {
        let members = match part {
            Value::Object(members) => members.len(),
            Value::Array(items) => items.len(),
            _ => 0,
        };
        if members == 0 {
            *part = other.cloned().unwrap_or_default();
            return value;
        }
        let index = usize::try_from(at % members as u64).unwrap();
        at /= members as u64;
        let stop = at.is_multiple_of(3);
        at /= 3;
        part = match part {
            Value::Object(members) => {
                let name = members.keys().nth(index).unwrap().clone();
                if stop && other.is_none() {
                    members.remove(&name);
                    return value;
                }
                &mut members[&name]
            }
            Value::Array(items) => &mut items[index],
            _ => return value,
        };
        if stop {
            *part = other.cloned().unwrap_or_default();
            return value;
        }
    }
}

proptest! {
    #[test]
    fn agrees_with_serde_json(text in near_json()) {
        let ours = Json::parse(&text).ok().map(|json| json.written());
        match serde_json::from_str::<Value>(&text) {
            Ok(value) => prop_assert_eq!(ours.map(|written| serde_json::from_str::<Value>(&written).unwrap()), Some(value), "{}", text),
            // A number is a text to us, however large.
            Err(error) if error.to_string().starts_with("number out of range") => {}
            Err(error) => prop_assert_eq!(ours, None, "{}: {}", text, error),
        }
    }

    #[test]
    fn writes_what_it_reads(value in json_value()) {
        let written = parse(&value.to_string()).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value);
        prop_assert_eq!(parse(&written), Ok(written));
    }

    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..64), text in any::<String>()) {
        let _ = (parse(&String::from_utf8_lossy(&bytes)), parse(&text), read::<WhoAmI>(&text));
    }

    #[test]
    fn what_the_server_writes_comes_back(whoami in whoami(), credentials in credentials(), error in error(), sessions in sessions()) {
        comes_back::<WhoAmI>(whoami.clone())?;
        comes_back::<CredentialsAnswer>(credentials)?;
        comes_back::<PortalError>(error.clone())?;
        comes_back::<SessionPage>(sessions)?;
        comes_back::<Result<WhoAmI, PortalError>>(serde_json::json!({ "Ok": whoami }))?;
        comes_back::<Result<WhoAmI, PortalError>>(serde_json::json!({ "Err": error }))?;
    }

    #[test]
    fn refuses_what_serde_refuses(
        whoami in whoami(), credentials in credentials(), error in error(), sessions in sessions(),
        at: u64, other in prop::option::of(json_value()),
    ) {
        // serde also takes a list for an object, its members in the order of the fields.
        let other = other.map(|other| if other.is_array() { serde_json::json!({ "list": other }) } else { other });
        let damaged = |value| damaged(value, at, other.as_ref());
        agrees::<WhoAmI>(&damaged(whoami.clone()))?;
        agrees::<CredentialsAnswer>(&damaged(credentials))?;
        agrees::<PortalError>(&damaged(error))?;
        agrees::<SessionPage>(&damaged(sessions))?;
        agrees::<Result<WhoAmI, PortalError>>(&damaged(serde_json::json!({ "Ok": whoami })))?;
    }
}
