use super::secrets::find;
use super::*;
use proptest::prelude::*;

fn events(pairs: &[(&str, &str)]) -> SavedEvents {
    pairs.iter().fold(SavedEvents::default(), |events, (name, payload)| events.with(name, payload).unwrap())
}

#[test]
fn names_in_their_order_and_each_once() {
    let saved = events(&[("b", "1"), ("a", "2"), (" b ", "3")]);
    assert_eq!(saved.iter().map(|event| (event.name.as_str(), event.payload.as_str())).collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
    assert_eq!(saved.without("a").iter().count(), 1);
    for name in ["", "  ", &"x".repeat(81)] {
        assert!(saved.with(name, "1").is_err(), "{name}");
    }
}

#[test]
fn there_is_an_end_to_it() {
    let many = (0..MOST_EVENTS).fold(SavedEvents::default(), |events, number| events.with(&number.to_string(), "1").unwrap());
    assert!(many.with("one more", "1").is_err());
    assert!(many.with("7", "2").is_ok(), "in place of another");
    assert!(SavedEvents::default().with("large", &"x".repeat(MOST_BYTES)).is_err());
}

#[test]
fn secrets_are_not_kept() {
    let key = ["ASIA", "ABCDEFGHIJKLMNOP"].concat();
    let token = ["eyJhbGciOiJSUzI1NiJ9", "eyJzdWIiOiJhIn0aaaa", "c2lnbmF0dXJl"].join(".");
    for secret in [
        format!("{{\"id\":\"{key}\"}}"),
        format!("{{\"list\":[\"Bearer {token}\"]}}"),
        format!("{{\"a\":\"{}AbCdEf\"}}", ["IQoJb3Jp", "Z2luX2VjE"].concat()),
        "\"-----BEGIN RSA PRIVATE KEY-----\"".to_owned(),
        "\"https://b.s3.amazonaws.com/k?X-Amz-Signature=aa\"".to_owned(),
        "{\"a\":[{\"db_password\":\"hunter2\"}]}".to_owned(),
        "{\"SecretAccessKey\":\"xxxx\"}".to_owned(),
        "{\"sessionToken\":\"xxxx\"}".to_owned(),
        "{\"headers\":{\"Authorization\":\"Basic xxxx\"}}".to_owned(),
        // Not JSON, and all the same.
        format!("half {key}"),
        "{\"password\":\"hunter2\",}".to_owned(),
        "DB_PASSWORD=hunter2".to_owned(),
        // JSON in a text, as in what an API sends on.
        r#"{"body":"{\"user\":\"a\",\"password\":\"hunter2\"}"}"#.to_owned(),
        "{\"body\":\"user=a&password=hunter2\"}".to_owned(),
        "{\"password\":[\"hunter2\"]}".to_owned(),
        "{\"secret\":{\"value\":\"hunter2\"}}".to_owned(),
        "{\"secret\":123456}".to_owned(),
        "[{\"name\":\"DB_PASSWORD\",\"value\":\"hunter2\"}]".to_owned(),
        "\"https%3A%2F%2Fb%2Fk%3FX-Amz-Signature%3Daa\"".to_owned(),
    ] {
        assert!(find(&secret).is_some(), "{secret}");
        let refused = SavedEvents::default().with("a", &secret).unwrap_err();
        assert!(!refused.message.contains("hunter2") && !refused.message.contains(&key) && !refused.message.contains(&token));
    }
    for plain in [
        "{}",
        "{\"key\":\"team/a.png\",\"nextToken\":\"abcdef\",\"ContinuationToken\":\"1ueGcxLPRx1Tr\"}",
        "{\"token\":7,\"secret\":\"\"}",
        "{\"secret\":{},\"password\":null}",
        "[{\"name\":\"a.png\",\"value\":\"hunter2\"}]",
        "{\"token\":null, half",
        "a: b, see token 7",
        "{\"passwords\":\"many\"}",
        "\"ASIAN.FOOD\"",
        "\"eyJ.a.b\"",
        "{\"tokenize\":\"true\"}",
    ] {
        assert_eq!(find(plain), None, "{plain}");
    }
}

#[test]
fn a_name_is_no_place_for_one_either() {
    let key = ["ASIA", "ABCDEFGHIJKLMNOP"].concat();
    assert!(SavedEvents::default().with(&key, "{}").is_err());
    assert!(SavedEvents::default().with("with a token", "{}").is_ok());
}

#[test]
fn files() {
    let saved = events(&[("small", "{\"b\":1e400,\"a\":0.10}"), ("text", "not JSON")]);
    let file = saved.exported();
    assert_eq!(file, "{\n  \"small\": {\n    \"b\": 1e400,\n    \"a\": 0.10\n  },\n  \"text\": \"not JSON\"\n}");
    let (again, came) = SavedEvents::default().imported(&file).unwrap();
    assert_eq!((came, again.get("small").unwrap().payload.as_str()), (2, "{\n  \"b\": 1e400,\n  \"a\": 0.10\n}"));
    // What is there already stays, under its name.
    let (both, came) = saved.imported("{\"small\":{\"b\":1e400,\"a\":0.10}}").unwrap();
    assert_eq!((both, came), (saved.clone(), 0));
    let (both, came) = saved.imported("{\"small\":2,\"other\":3}").unwrap();
    assert_eq!((came, both.get("small"), both.get("small (2)").unwrap().payload.as_str()), (2, saved.get("small"), "2"));
    for wrong in ["", "[]", "7", "{", "{\"a\":{\"password\":\"hunter2\"}}", "{\"\":1}"] {
        assert!(saved.imported(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn what_is_kept_is_read_again(pairs in prop::collection::vec(("[a-z]{1,5}", "\\PC{0,20}"), 0..8)) {
        let saved = pairs.iter().fold(SavedEvents::default(), |events, (name, payload)| events.with(name, payload).unwrap_or(events));
        let text = Json::List(saved.0.iter().map(SavedEvent::to_json).collect()).written();
        prop_assert_eq!(SavedEvents::read(&text), saved);
    }

    #[test]
    fn no_file_panics(text in "\\PC{0,60}|\\{(\"[a-z]{1,3}\":[0-9]{1,3},?){0,4}\\}") {
        let _ = (SavedEvents::default().imported(&text), SavedEvents::read(&text), find(&text));
    }
}
