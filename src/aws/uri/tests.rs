use super::*;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;

/// Keys made of the segments and characters that URL parsers treat in a way of their own.
fn odd_key() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        prop::sample::select(vec![
            "",
            ".",
            "..",
            "...",
            "%2e",
            "%2E",
            ".%2e",
            "%2E.",
            "%2e%2E",
            "%252e",
            "\\",
            "..\\..",
            "a\\..\\b",
            ".\\",
            " ",
            ". ",
            " .",
            "?",
            "#",
            "+",
            "%",
            "%zz",
            "é",
            "e\u{301}",
            "\t",
            ".\n",
            ".\t.",
            "\r\n",
            "\u{0}",
            "\u{202e}",
            "C:",
            "C|",
            "~",
            "*",
            "'",
            "\"",
            "@",
            ":",
            "//",
            ";x",
            "&a=b",
            "=",
            "$",
            "[1]",
            "{}",
            "^",
            "|",
            "`",
            "\u{feff}",
            "\u{10ffff}",
            "．",
            "。",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,6}",
        any::<String>(),
    ];
    prop::collection::vec(segment, 1..6).prop_map(|segments| segments.join("/"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// A key is refused exactly when the URL parser would change its path, and what is not
    /// refused arrives as the key.
    #[test]
    fn paths_survive_the_url_parser(key in odd_key()) {
        let naive = format!("https://bucket.s3.example/{}", encode_path(&key));
        let parsed = url::Url::parse(&naive).unwrap();
        match browser_path(&key) {
            Ok(path) => {
                prop_assert_eq!(parsed.path(), path.as_str());
                prop_assert_eq!(percent_decode_str(&path.as_str()[1..]).decode_utf8().unwrap(), key.as_str());
                prop_assert!(parsed.query().is_none() && parsed.fragment().is_none());
            }
            Err(UnsendableKey::Empty) => prop_assert_eq!(key, ""),
            Err(UnsendableKey::DotSegment) => prop_assert_ne!(parsed.as_str(), naive),
        }
    }

    #[test]
    fn path_style_survives_too(bucket in "[a-z0-9.-]{3,10}|\\PC{1,8}|\\.\\.?", key in odd_key()) {
        if let Ok(path) = EncodedPath::of_segments(&[&bucket]).and_then(|path| path.join_key(&key)) {
            let parsed = url::Url::parse(&format!("http://127.0.0.1:3002{}", path.as_str())).unwrap();
            prop_assert_eq!(parsed.path(), path.as_str());
        }
    }

    /// Queries are the same after the URL parser and mean what was put in.
    #[test]
    fn queries_survive(pairs in prop::collection::vec((any::<String>(), any::<String>()), 1..5)) {
        let mut query = Query::default();
        for (name, value) in &pairs {
            query.push(name, value);
        }
        let text: Vec<String> = query.pairs().map(|(name, value)| format!("{name}={value}")).collect();
        let parsed = url::Url::parse(&format!("https://h/?{}", text.join("&"))).unwrap();
        let expected = text.join("&");
        prop_assert_eq!(parsed.query(), Some(expected.as_str()));
        prop_assert_eq!(parsed.query_pairs().into_owned().collect::<Vec<_>>(), pairs);
    }

    /// What is taken as an origin is the origin that a browser makes of it.
    #[test]
    fn origins_are_the_browsers(
        text in "https?://(([A-Za-z0-9_-]{1,6}\\.){0,3}[A-Za-z0-9_-]{1,6}|([0-9]{1,3}\\.){0,4}[0-9x]{1,4}|0[xX][0-9a-f.]{0,8}|\\PC{0,8})(:[0-9]{0,6})?/?"
    ) {
        if let Ok(origin) = Origin::parse(&text) {
            // Labels that say they are Punycode and are not: the browser refuses the URL.
            if let Ok(url) = url::Url::parse(&text) {
                prop_assert_eq!(url.origin().ascii_serialization(), origin.as_str());
            } else {
                prop_assert!(text.to_ascii_lowercase().contains("xn--"), "{}", text);
            }
        }
    }

    #[test]
    fn origins_never_panic(text in any::<String>()) {
        let _ = Origin::parse(&text);
    }
}

#[test]
fn sendable_keys() {
    for (key, path) in [
        ("a b", "/a%20b"),
        ("/leading", "//leading"),
        ("trailing/", "/trailing/"),
        ("a//b", "/a//b"),
        ("/", "//"),
        ("...", "/..."),
        ("a/.hidden", "/a/.hidden"),
        ("%2e%2e/x", "/%252e%252e/x"),
        ("..\\x", "/..%5Cx"),
        ("é+&=?#", "/%C3%A9%2B%26%3D%3F%23"),
    ] {
        assert_eq!(browser_path(key).unwrap().as_str(), path, "{key}");
    }
}

#[test]
fn unsendable_keys() {
    assert_eq!(browser_path(""), Err(UnsendableKey::Empty));
    for key in [".", "..", "a/.", "a/..", "a/./b", "../a", "a/../b", "/..", "//./"] {
        assert_eq!(browser_path(key), Err(UnsendableKey::DotSegment), "{key}");
    }
    assert_eq!(EncodedPath::of_segments(&[".."]), Err(UnsendableKey::DotSegment));
    // Only text that is encoded already could hold these; nothing builds a path from such today.
    for segment in ["%2e", "%2E%2e", ".%2e", "%2E."] {
        assert!(is_dot_segment(segment), "{segment}");
    }
}

#[test]
fn origins() {
    for (text, origin, host) in [
        ("https://Bucket.S3.eu-west-1.amazonaws.com", "https://bucket.s3.eu-west-1.amazonaws.com", "bucket.s3.eu-west-1.amazonaws.com"),
        ("https://h:443/", "https://h", "h"),
        ("http://h:443", "http://h:443", "h:443"),
        ("http://127.0.0.1:3002", "http://127.0.0.1:3002", "127.0.0.1:3002"),
        ("http://minio_1:9000", "http://minio_1:9000", "minio_1:9000"),
    ] {
        let parsed = Origin::parse(text).unwrap();
        assert_eq!((parsed.as_str(), parsed.host()), (origin, host), "{text}");
    }
    for wrong in [
        "",
        "h",
        "ftp://h",
        "https://",
        "https://h/path",
        "https://h?q",
        "https://user@h",
        "https://h:",
        "https://h:0",
        "https://h:080",
        "https://h:65536",
        "https://h:+80",
        "http://[::1]:80",
        "http://127.1",
        "http://0x7f.1",
        "http://127.0.0.01",
        "http://1.2.3.4.5",
        "http://1.2.3.256",
        "https://a..b",
        "https://a.",
        "https://é",
        "https://h\\x",
        "HTTPS://h",
        " https://h",
    ] {
        assert_eq!(Origin::parse(wrong), Err(EndpointError), "{wrong}");
    }
}
