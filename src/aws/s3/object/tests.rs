use super::*;
use crate::aws::s3::{self, list};
use crate::model::clock::Timestamp;
use crate::model::credentials::Credentials;
use crate::model::location::{AddressingStyle, Signing};
use crate::model::secret::Secret;
use proptest::prelude::*;

fn location(style: AddressingStyle, sign: Signing) -> Location {
    let endpoint = match style {
        AddressingStyle::Virtual => "https://reports.s3.eu-west-1.amazonaws.com",
        AddressingStyle::Path => "http://127.0.0.1:3002",
    };
    Location {
        name: "reports".into(),
        region: "eu-west-1".into(),
        endpoint: endpoint.into(),
        style,
        prefix: String::new(),
        permissions: Vec::new(),
        sign,
    }
}

fn credentials() -> Credentials {
    Credentials {
        access_key_id: "ASIAEXAMPLE".into(),
        secret_access_key: Secret::new("secret"),
        session_token: Secret::new("token"),
        expiration: Timestamp::from_seconds(4_102_444_800),
    }
}

fn url(draft: Draft, location: &Location) -> String {
    s3::sign(draft, location, &credentials(), Timestamp::from_seconds(1_369_353_600)).url().to_owned()
}

#[test]
fn addresses() {
    let virtual_host = location(AddressingStyle::Virtual, Signing::Query);
    let path_style = location(AddressingStyle::Path, Signing::Query);
    let get = |location: &Location, key| url(ObjectRequest::default().get(location, key).unwrap(), location);
    assert!(get(&virtual_host, "a b").starts_with("https://reports.s3.eu-west-1.amazonaws.com/a%20b?X-Amz-Algorithm="));
    assert!(get(&path_style, "/x").starts_with("http://127.0.0.1:3002/reports//x?X-Amz-Algorithm="));
    let list = list::ListRequest { prefix: "team/", delimiter: "/", from: list::From::Token("a+b/="), max_keys: Some(1_000) };
    let listed = url(list.draft(&path_style).unwrap(), &path_style);
    assert!(listed.starts_with("http://127.0.0.1:3002/reports?X-Amz-Algorithm="), "{listed}");
    assert!(
        listed.contains(
            "&continuation-token=a%2Bb%2F%3D&delimiter=%2F&encoding-type=url&list-type=2&max-keys=1000&prefix=team%2F&X-Amz-Signature="
        ),
        "{listed}"
    );
    let after = list::ListRequest { from: list::From::After("é"), ..list::ListRequest::default() };
    let listed = url(after.draft(&virtual_host).unwrap(), &virtual_host);
    assert!(listed.starts_with("https://reports.s3.eu-west-1.amazonaws.com/?"), "{listed}");
    assert!(listed.contains("&encoding-type=url&list-type=2&start-after=%C3%A9&X-Amz-Signature="), "{listed}");
}

#[test]
fn what_cannot_be_addressed() {
    let mut location = location(AddressingStyle::Path, Signing::Query);
    let get = |location: &Location, key| ObjectRequest::default().get(location, key);
    assert_eq!(get(&location, "a/../b"), Err(AddressError::Key(uri::UnsendableKey::DotSegment)));
    assert_eq!(get(&location, ""), Err(AddressError::Key(uri::UnsendableKey::Empty)));
    location.name = "..".into();
    assert_eq!(get(&location, "k"), Err(AddressError::Key(uri::UnsendableKey::DotSegment)));
    location.endpoint = "https://h/path".into();
    assert_eq!(get(&location, "k"), Err(AddressError::Endpoint(uri::EndpointError)));
}

/// A GET that needs no preflight has no headers; where it must have them, the URL has no token.
#[test]
fn where_the_signature_stands() {
    let sign = |draft, signing| {
        let location = location(AddressingStyle::Virtual, signing);
        let request = s3::sign(draft, &location, &credentials(), Timestamp::from_seconds(1_369_353_600));
        let in_query = request.url().contains("X-Amz-Security-Token=token");
        let in_headers = request.headers().any(|header| header == ("x-amz-security-token", "token"));
        assert_ne!(in_query, in_headers);
        in_query
    };
    let query = location(AddressingStyle::Virtual, Signing::Query);
    let get = ObjectRequest::default().get(&query, "k").unwrap();
    let head = ObjectRequest::default().head(&query, "k").unwrap();
    assert!(get.headers.is_empty() && head.headers.is_empty());
    let put = Draft { method: Method::Put, ..get.clone() };
    let long = ObjectRequest::default().get(&query, &"é".repeat(1_200)).unwrap();
    assert!(sign(get.clone(), Signing::Query));
    assert!(sign(head, Signing::Query));
    assert!(!sign(get, Signing::Header));
    assert!(!sign(put, Signing::Query));
    assert!(!sign(long, Signing::Query));
}

#[test]
fn ranges() {
    let location = location(AddressingStyle::Virtual, Signing::Query);
    let draft = ObjectRequest { range: Some((0, 9)), ..ObjectRequest::default() }.get(&location, "k").unwrap();
    assert_eq!(draft.headers, [("range", "bytes=0-9".to_owned())]);
}

#[test]
fn dispositions() {
    let location = location(AddressingStyle::Virtual, Signing::Query);
    let with = |disposition| {
        let draft = ObjectRequest { disposition, ..ObjectRequest::default() }.get(&location, "k").unwrap();
        url::Url::parse(&url(draft, &location))
            .unwrap()
            .query_pairs()
            .find(|(name, _)| name == "response-content-disposition")
            .map(|(_, value)| value.into_owned())
    };
    assert_eq!(with(Disposition::AsStored), None);
    assert_eq!(with(Disposition::Inline).as_deref(), Some("inline"));
    for (key, expected) in [
        ("team/plan.pdf", "attachment; filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf"),
        ("a/Bücher €.txt", "attachment; filename=\"B_cher _.txt\"; filename*=UTF-8''B%C3%BCcher%20%E2%82%AC.txt"),
        (
            "a\"; x=\"\r\nSet-Cookie: a",
            "attachment; filename=\"a_; x=_Set-Cookie: a\"; filename*=UTF-8''a%22%3B%20x%3D%22Set-Cookie%3A%20a",
        ),
        ("100%25.txt", "attachment; filename=\"100_25.txt\"; filename*=UTF-8''100%2525.txt"),
    ] {
        assert_eq!(with(Disposition::SaveAs(key)).as_deref(), Some(expected), "{key}");
    }
}

#[test]
fn file_names() {
    for (key, name) in [
        ("a/b.txt", "b.txt"),
        ("folder/", "folder"),
        ("a//", "a"),
        ("/", "object"),
        ("", "object"),
        ("...", "object"),
        (" . ", "object"),
        ("..\\..\\x", ".._.._x"),
        ("cv\u{202e}fdp.exe", "cvfdp.exe"),
        ("\u{0}\u{7}", "object"),
        (".hidden", ".hidden"),
    ] {
        assert_eq!(file_name(key), name, "{key:?}");
    }
}

proptest! {
    /// Whatever the key, the header is one line of ASCII with one quoted string, and the name in
    /// `filename*` is the name.
    #[test]
    fn dispositions_are_safe(key in any::<String>()) {
        let value = attachment(&key);
        prop_assert!(value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()));
        prop_assert_eq!(value.matches('"').count(), 2);
        prop_assert!(!value.contains('\\'));
        let encoded = value.rsplit_once("UTF-8''").unwrap().1;
        prop_assert_eq!(percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap(), file_name(&key));
        prop_assert!(!file_name(&key).contains(['/', '\\']) && !file_name(&key).is_empty());
    }
}
