use super::*;
use crate::model::json::Json;
use proptest::prelude::*;

fn parsed(text: &str) -> Schema {
    Schema::parse(text).unwrap()
}

fn json(text: &str) -> Json {
    Json::parse(text).unwrap()
}

fn path(text: &str) -> Vec<Step> {
    let step = |part: &str| part.parse().map_or_else(|_| Step::Member(part.to_owned()), Step::Item);
    text.split('/').filter(|part| !part.is_empty()).map(step).collect()
}

fn told(schema: &Schema, value: &str) -> Vec<String> {
    let checks = Checks { picks: &Vec::new(), matches: |pattern, text| Some(text.contains(pattern)) };
    let place = |path: &[Step]| {
        let step = |step: &Step| match step {
            Step::Member(name) => name.clone(),
            Step::Item(number) => number.to_string(),
        };
        path.iter().map(step).collect::<Vec<_>>().join("/")
    };
    checks.complaints(schema, &json(value)).into_iter().map(|complaint| format!("{}: {}", place(&complaint.path), complaint.what)).collect()
}

#[test]
fn what_does_not_fit_is_told_where_it_is() {
    let schema = parsed(
        r#"{"type": "object", "required": ["key", "size", "crop"], "additionalProperties": false, "properties": {
            "key": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "a"},
            "size": {"type": "integer", "minimum": 1, "exclusiveMaximum": 100, "multipleOf": 3},
            "share": {"type": "number", "multipleOf": 0.1}, "on": {"type": "boolean"}, "kind": {"enum": ["x", 7]},
            "crop": {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}},
            "days": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": true, "items": {"type": "string", "format": "date"}}}}"#,
    );
    assert_eq!(told(&schema, "{}"), ["key: Fill this in.", "size: Fill this in.", "crop/x: Fill this in."]);
    let fine = r#"{"key": "ab", "size": 3, "crop": {"x": -1}"#;
    for (rest, expected) in [
        ("", vec![]),
        (r#","share":0.3,"on":false,"kind":7.0,"days":["2024-02-29"]"#, vec![]),
        (r#","share":0.35"#, vec!["share: This must be a multiple of 0.1."]),
        (r#","on":"yes""#, vec!["on: This must be true or false."]),
        (r#","kind":"y""#, vec!["kind: This must be one of the choices."]),
        (r#","days":[]"#, vec!["days: This must have 1 item or more."]),
        (r#","days":["2023-02-29"]"#, vec!["days/0: This must be a date, such as 2026-11-28."]),
        (
            r#","days":["2024-01-01","2024-01-01","2024-01-02"]"#,
            vec!["days: This must have 2 items at most.", "days: No item may stand here twice."],
        ),
        (r#","other":1"#, vec![": “other” is not among the members that this may have."]),
    ] {
        assert_eq!(told(&schema, &format!("{fine}{rest}}}")), expected, "{rest}");
    }
    assert_eq!(
        told(&schema, r#"{"key": "bbbbb", "size": 100, "crop": 7}"#),
        [
            "key: This must have 4 characters at most.",
            "key: This must match a.",
            "size: This must be below 100.",
            "size: This must be a multiple of 3.",
            "crop: This must be an object."
        ]
    );
    assert_eq!(told(&schema, r#"{"key": "a", "size": 1.5, "crop": {"x": "seven"}}"#)[0], "key: This must have 2 characters or more.");
    assert_eq!(told(&schema, "[]"), [": This must be an object."]);
    // More digits than a float has.
    let exact = parsed(r#"{"type": "integer", "maximum": 9007199254740993}"#);
    assert_eq!(told(&exact, "9007199254740994"), [": This must be 9007199254740993 or less."]);
    assert!(told(&exact, "9007199254740993").is_empty() && told(&exact, "1e3").is_empty());
    let nullable = parsed(r#"{"type": ["integer", "null"]}"#);
    assert!(told(&nullable, "null").is_empty() && told(&nullable, "7").is_empty());
    assert_eq!(told(&nullable, "\"seven\""), [": This must be a whole number."]);
}

#[test]
fn formats() {
    for (format, fine, wrong) in [
        (Format::Date, vec!["2026-11-28", "2000-02-29"], vec!["2026-13-01", "1900-02-29", "2026-11-31", "26-11-28", "2026-11-28 "]),
        (Format::Time, vec!["16:00:00Z", "00:00:60.5+05:30"], vec!["16:00:00", "24:00:00Z", "16:00Z", "16:00:00.Z", "16:00:00+5"]),
        (Format::DateTime, vec!["2026-11-28T16:00:00Z"], vec!["2026-11-28", "2026-11-28T16:00:00", "2026-11-28 16:00:00Z"]),
        (Format::Email, vec!["ana@example.com", "a+b@x"], vec!["ana", "@example.com", "a b@x", "a@x.", "a@b@c"]),
        (Format::Uri, vec!["https://example.com/a?b#c", "urn:x:y"], vec!["example.com", "://x", "https://a b", "7x:y"]),
        (Format::Uuid, vec!["123e4567-e89b-12d3-a456-426614174000"], vec!["123e4567", "123e4567-e89b-12d3-a456-42661417400g"]),
        (Format::Ipv4, vec!["192.0.2.1"], vec!["192.0.2", "256.0.0.1"]),
        (Format::Ipv6, vec!["2001:db8::1"], vec!["2001:db8"]),
    ] {
        assert!(format.fits(format.example()), "{format:?}");
        assert_eq!(fine.iter().find(|text| !format.fits(text)), None, "{format:?}");
        assert_eq!(wrong.iter().find(|text| format.fits(text)), None, "{format:?}");
    }
}

#[test]
fn alternatives() {
    let schema = parsed(
        r##"{"oneOf": [
            {"title": "Scale", "type": "object", "required": ["kind", "width"], "properties": {"kind": {"const": "scale"}, "width": {"$ref": "#/$defs/pixels"}}},
            {"title": "Crop", "type": "object", "required": ["kind", "left"], "properties": {"kind": {"const": "crop"}, "left": {"$ref": "#/$defs/pixels"}}}
        ], "$defs": {"pixels": {"type": "integer", "minimum": 0}}}"##,
    );
    let Kind::OneOf(alternatives) = &schema.kind else { panic!() };
    let pick = |value: &str, picks: &Picks| Checks { picks, matches: |_, _| None }.pick(alternatives, Some(&json(value)), &[]);
    assert_eq!((pick(r#"{"kind":"crop"}"#, &Vec::new()), pick("{}", &Vec::new()), pick("7", &Vec::new())), (1, 0, 0));
    assert_eq!(pick("{}", &vec![(Vec::new(), 1)]), 1, "as chosen");
    assert_eq!(pick(r#"{"kind":"scale"}"#, &vec![(Vec::new(), 1)]), 0, "the text says otherwise");
    assert_eq!(told(&schema, r#"{"kind":"crop","left":-1}"#), ["left: This must be 0 or more."]);
    let crop = switched(Some(json(r#"{"kind":"scale","width":7,"note":"stays"}"#)), &alternatives[1]);
    assert_eq!(crop.written(), r#"{"kind":"crop","width":7,"note":"stays"}"#);
    assert_eq!(switched(Some(json("7")), &alternatives[0]).written(), r#"{"kind":"scale"}"#);
}

#[test]
fn a_form_begins_with_what_the_schema_says() {
    let schema = parsed(
        r#"{"type": "object", "required": ["inner", "fixed", "list"], "properties": {
            "text": {"type": "string", "default": "a"}, "none": {"type": "string"}, "fixed": {"const": 1}, "loose": {"const": 2},
            "inner": {"type": "object", "properties": {"deep": {"type": "integer", "default": 0.10}}},
            "list": {"type": "array", "minItems": 2, "items": {"type": "string"}},
            "optional": {"type": "object", "properties": {"deep": {"default": 1}}}}}"#,
    );
    assert_eq!(fresh(&schema).written(), r#"{"text":"a","fixed":1,"inner":{"deep":0.10},"list":["",""]}"#);
}

#[test]
fn what_a_form_cannot_draw_is_left_to_the_text() {
    let drawn = |text: &str| parsed(text).kind != Kind::Anything;
    for text in [
        "{}",
        r#"{"type":"object"}"#,
        r#"{"type":"array"}"#,
        r#"{"type":"array","prefixItems":[{}],"items":{}}"#,
        r#"{"properties":{},"oneOf":[{}]}"#,
    ] {
        assert!(!drawn(text), "{text}");
    }
    let endless = parsed(r##"{"type":"object","properties":{"child":{"$ref":"#"},"name":{"type":"string"}}}"##);
    let Kind::Object(rules) = &endless.kind else { panic!() };
    let Kind::Object(child) = &rules.members[0].schema.kind else { panic!("one turn is drawn") };
    assert_eq!(child.members[0].schema.kind, Kind::Anything);
    let partly = parsed(r#"{"type":"string","allOf":[],"not":{},"title":"T"}"#);
    assert_eq!((partly.unchecked.as_slice(), partly.title.as_deref()), (["allOf", "not"].as_slice(), Some("T")));
}

#[test]
fn a_schema_that_is_none_says_where_and_what_to_do() {
    for (text, expected) in [
        ("{", "is not JSON: Line 1, column 2: the text ends before the closing brace."),
        ("[]", "is not an object"),
        (r#"{"type":"int"}"#, "has the type \"int\", which is none"),
        (r#"{"properties":{"a/b":{"type":"text"}}}"#, "/properties/a~1b has the type \"text\", which is none"),
        (r#"{"properties":[]}"#, "/properties is not an object"),
        (r#"{"properties":{"a":7}}"#, "/properties/a is no schema"),
        (r#"{"type":"object","required":"a"}"#, "/required is not a list of names"),
        (r#"{"enum":[]}"#, "has an empty enum, which nothing fits"),
        (r#"{"oneOf":[]}"#, "/oneOf is empty, so nothing fits"),
        (r#"{"type":"integer","minimum":"1"}"#, "/minimum is not a number"),
        (r#"{"type":"integer","minimum":2,"maximum":1}"#, "has a minimum above its maximum, so nothing fits"),
        (r#"{"type":"string","minLength":-1}"#, "/minLength is not a whole number of 0 or more"),
        (r#"{"type":"string","minLength":2,"maxLength":1}"#, "has a minLength above its maxLength, so nothing fits"),
        (r#"{"type":"string","title":7}"#, "/title is not text"),
        (r#"{"type":"number","multipleOf":0}"#, "has a multipleOf that is not above 0"),
        (r##"{"$ref":"#/$defs/none"}"##, "has a $ref to \"#/$defs/none\", where nothing is"),
        (r#"{"$ref":"https://example.com/x"}"#, "has a $ref to \"https://example.com/x\", which is not in this file"),
    ] {
        let fault = Schema::parse(text).unwrap_err();
        assert_eq!(fault.to_string(), expected, "{text}");
        assert!(!fault.fix.is_empty());
    }
    let many = (0..1_100).map(|number| format!("\"{number}\":{{}}")).collect::<Vec<_>>().join(",");
    assert!(Schema::parse(&format!("{{\"properties\":{{{many}}}}}")).unwrap_err().to_string().starts_with("has more than 1000 parts"));
    // References that double at each turn end at the same bound.
    let doubling: String = (0..30)
        .map(|n| format!(r##""d{n}":{{"properties":{{"a":{{"$ref":"#/$defs/d{m}"}},"b":{{"$ref":"#/$defs/d{m}"}}}}}},"##, m = n + 1))
        .collect();
    let text = format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{doubling}"d30":{{}}}}}}"##);
    assert!(Schema::parse(&text).is_err_and(|fault| fault.to_string().contains("1000")));
}

#[test]
fn values_are_put_and_taken_in_place() {
    let mut payload = json(r#"{"b":1e400,"a":{"x":[1,2,3],"unknown":"stays"},"b":2}"#);
    assert!(put(&mut payload, &path("a/x/1"), json("\"new\"")));
    assert!(put(&mut payload, &path("b"), json("3")), "the last of two is meant");
    assert!(put(&mut payload, &path("c/d/e"), json("true")), "objects are made on the way");
    assert!(!put(&mut payload, &path("b/d"), json("1")), "but nothing is replaced for them");
    assert!(!put(&mut payload, &path("a/x/3"), json("1")));
    assert_eq!(payload.written(), r#"{"b":1e400,"a":{"x":[1,"new",3],"unknown":"stays"},"b":3,"c":{"d":{"e":true}}}"#);
    clear(&mut payload, &path("c/d/e"), 1);
    clear(&mut payload, &path("a/x/0"), 0);
    clear(&mut payload, &path("none/x"), 2);
    assert_eq!(payload.written(), r#"{"b":1e400,"a":{"x":["new",3],"unknown":"stays"},"b":3,"c":{}}"#);
    assert!(append(&mut payload, &path("a/x"), json("4")) && append(&mut payload, &path("c/list"), json("5")));
    assert!(!append(&mut payload, &path("b"), json("6")));
    assert_eq!(payload.written(), r#"{"b":1e400,"a":{"x":["new",3,4],"unknown":"stays"},"b":3,"c":{"list":[5]}}"#);
    let mut nothing = Json::Null;
    assert!(put(&mut nothing, &path("a"), json("1")));
    clear(&mut nothing, &path("a"), 0);
    assert_eq!(nothing.written(), "{}");
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        "[a-z\"\\\\é\n]{0,6}".prop_map(serde_json::Value::from)
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::btree_map("[a-d]", inner, 0..4).prop_map(|members| serde_json::Value::Object(members.into_iter().collect()))
        ]
    })
}

proptest! {
    #[test]
    fn only_what_is_touched_changes(before in value(), written in value(), names in prop::collection::vec("[a-d]", 1..4)) {
        let mut payload = json(&before.to_string());
        let path: Vec<Step> = names.iter().cloned().map(Step::Member).collect();
        if put(&mut payload, &path, json(&written.to_string())) {
            prop_assert_eq!(at(&payload, &path).unwrap().written(), json(&written.to_string()).written());
            // Without the first step's member, everything is as it was.
            let mut after: serde_json::Value = serde_json::from_str(&payload.written()).unwrap();
            let mut rest = before;
            for side in [&mut after, &mut rest] {
                if let Some(members) = side.as_object_mut() {
                    members.remove(&names[0]);
                }
            }
            prop_assert!(after == rest || rest.is_null());
        } else {
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&payload.written()).unwrap(), before);
        }
    }

    #[test]
    fn nothing_panics(text in r#"\{("(type|items|properties|enum|oneOf|required|minimum|\$ref)":("string"|"array"|\{\}|\[\{\}\]|7|"\#"|\["a"\]),?){0,4}\}"#, payload in value()) {
        if let Ok(schema) = Schema::parse(text.replace(",}", "}").as_str()) {
            let checks = Checks { picks: &Vec::new(), matches: |_, _| None };
            let _ = checks.complaints(&schema, &json(&payload.to_string()));
            let begun = fresh(&schema);
            let _ = checks.complaints(&schema, &begun);
            let _ = switched(Some(begun), &schema);
        }
    }
}
