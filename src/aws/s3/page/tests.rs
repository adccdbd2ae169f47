use super::*;
use crate::aws::uri;
use proptest::prelude::*;
use std::fmt::Write as _;

fn listing(inner: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inner}</ListBucketResult>"#
    )
}

fn keys(body: &str) -> Vec<String> {
    parse(body.as_bytes()).unwrap().objects.into_iter().map(|object| object.key).collect()
}

/// A page as S3 writes it.
#[test]
fn a_page_of_s3() {
    let body = listing(
        "<Name>reports</Name><Prefix>team/</Prefix><NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>\
         <KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys><Delimiter>/</Delimiter><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
         <Contents><Key>team/a+b%2Bc.txt</Key><LastModified>2026-11-01T10:00:00.000Z</LastModified>\
         <ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>\
         <Size>434234</Size><Owner><ID>x</ID><DisplayName>y</DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents>\
         <Contents><Key>team/cold</Key><LastModified>soon</LastModified><ETag/><Size>0</Size><StorageClass>GLACIER</StorageClass>\
         <RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus></Contents>\
         <CommonPrefixes><Prefix>team/2026/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>team/%C3%A9+/</Prefix></CommonPrefixes>",
    );
    let page = parse(body.as_bytes()).unwrap();
    assert_eq!(
        page,
        ListPage {
            objects: vec![
                Object {
                    key: "team/a b+c.txt".into(),
                    size: 434_234,
                    last_modified: Timestamp::parse_rfc3339("2026-11-01T10:00:00Z"),
                    etag: "\"9b2cf535f27731c974343645a3985328\"".into(),
                    storage_class: String::new(),
                },
                Object { key: "team/cold".into(), size: 0, last_modified: None, etag: String::new(), storage_class: "GLACIER".into() },
            ],
            prefixes: vec!["team/2026/".into(), "team/é /".into()],
            next: Some("1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=".into()),
        }
    );
}

#[test]
fn empty_pages() {
    for inner in ["", "<IsTruncated>false</IsTruncated>", "<EncodingType/><Contents_/>"] {
        assert_eq!(parse(listing(inner).as_bytes()), Ok(ListPage::default()), "{inner}");
    }
    assert_eq!(parse(b"<ListBucketResult/>"), Ok(ListPage::default()));
    assert_eq!(parse(b"\xef\xbb\xbf <!-- x --><?pi?><s3:ListBucketResult xmlns:s3='u'/>\n<!-- y -->"), Ok(ListPage::default()));
}

/// An implementation that ignores `encoding-type` says so by leaving `EncodingType` out: nothing
/// may be decoded then.
#[test]
fn keys_are_decoded_only_when_the_answer_says_so() {
    let entry = "<Contents><Key>a+b%2Bc%20d</Key><Size>1</Size></Contents>";
    assert_eq!(keys(&listing(entry)), ["a+b%2Bc%20d"]);
    assert_eq!(keys(&listing(&format!("{entry}<EncodingType>url</EncodingType>"))), ["a b+c d"]);
    assert_eq!(keys(&listing(&format!("<EncodingType>url</EncodingType>{entry}"))), ["a b+c d"]);
    let odd = "<EncodingType>url</EncodingType><Contents><Key>%zz%4</Key><Size>1</Size></Contents>";
    assert_eq!(keys(&listing(odd)), ["%zz%4"]);
}

#[test]
fn text_in_all_its_forms() {
    for (written, key) in [
        ("a&amp;b&lt;c&gt;d&apos;e&quot;f", "a&b<c>d'e\"f"),
        ("&#x1F600;&#38;&#x1;", "\u{1F600}&\u{1}"),
        ("<![CDATA[<a>&amp;]]>", "<a>&amp;"),
        ("a<![CDATA[b]]>c<!-- d -->e<?f?>g", "abceg"),
        (" both ends ", " both ends "),
        ("\u{1F600}\u{301}", "\u{1F600}\u{301}"),
        ("a<Key>inner</Key>b", "ab"),
        ("", ""),
        ("%2F+", "%2F+"),
    ] {
        assert_eq!(keys(&listing(&format!("<Contents><Size> 1 </Size><Key>{written}</Key></Contents>"))), [key], "{written}");
    }
}

/// Only children of `Contents` name an object; the same words elsewhere are passed over.
#[test]
fn unknown_elements_are_passed_over() {
    let body = listing(
        "<Future><Contents><Key>no</Key></Contents></Future><Key>no</Key>\
         <Contents><Owner><Key>no</Key><Size>x</Size></Owner><Key>yes</Key><Size>1</Size></Contents>\
         <CommonPrefixes><Other><Prefix>no</Prefix></Other><Prefix>p/</Prefix></CommonPrefixes><Prefix>no</Prefix>",
    );
    let page = parse(body.as_bytes()).unwrap();
    assert_eq!(page.objects.len(), 1);
    assert_eq!(page.objects[0].key, "yes");
    assert_eq!(page.prefixes, ["p/"]);
}

#[test]
fn wrong_pages() {
    for (body, error) in [
        (listing("<IsTruncated>true</IsTruncated>"), PageError::NoToken),
        (listing("<IsTruncated>true</IsTruncated><NextContinuationToken/>"), PageError::NoToken),
        (listing("<IsTruncated>maybe</IsTruncated>"), PageError::Field("IsTruncated")),
        (listing("<Contents><Size>1</Size></Contents>"), PageError::Field("Key")),
        (listing("<Contents><Key>k</Key></Contents>"), PageError::Field("Size")),
        (listing("<Contents><Key>k</Key><Size>-1</Size></Contents>"), PageError::Field("Size")),
        (listing("<Contents><Key>k</Key><Size>99999999999999999999</Size></Contents>"), PageError::Field("Size")),
        (listing("<EncodingType>url</EncodingType><Contents><Key>%FF</Key><Size>1</Size></Contents>"), PageError::Field("Key")),
        ("<html><body>hello</body></html>".into(), PageError::NotAListing),
        ("<Error><Code>SlowDown</Code></Error>".into(), PageError::NotAListing),
    ] {
        assert_eq!(parse(body.as_bytes()), Err(error), "{body}");
    }
    assert_eq!(parse(b"<ListBucketResult>\xff</ListBucketResult>"), Err(PageError::NotUtf8));
    assert_eq!(parse(&vec![b' '; LONGEST_BODY + 1]), Err(PageError::TooLarge));
}

#[test]
fn xml_that_is_not_well_formed() {
    for body in [
        "",
        "   ",
        "hello",
        "{\"a\":1}",
        "<!DOCTYPE html><html>",
        "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><ListBucketResult><Contents><Key>&b;</Key></Contents></ListBucketResult>",
        "<ListBucketResult><NextContinuationToken>&unknown;</NextContinuationToken></ListBucketResult>",
        "<ListBucketResult><NextContinuationToken>&#0;</NextContinuationToken></ListBucketResult>",
        "<ListBucketResult><NextContinuationToken>&#xD800;</NextContinuationToken></ListBucketResult>",
        "<ListBucketResult><NextContinuationToken>a & b</NextContinuationToken></ListBucketResult>",
        "<ListBucketResult><Contents></ListBucketResult></Contents>",
        "<ListBucketResult></ListBucketResult><ListBucketResult/>",
        "<ListBucketResult/>trailing",
        "</ListBucketResult>",
    ] {
        assert!(matches!(parse(body.as_bytes()), Err(PageError::Malformed(_))), "{body}: {:?}", parse(body.as_bytes()));
    }
    let deep = format!("<ListBucketResult>{}", "<a>".repeat(200_000));
    assert!(matches!(parse(deep.as_bytes()), Err(PageError::Malformed(_))));
    let deep = listing(&format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000)));
    assert_eq!(parse(deep.as_bytes()), Ok(ListPage::default()));
}

fn object() -> impl Strategy<Value = Object> {
    let key = prop_oneof!["[a-z/]{1,20}", "[ -~]{0,20}", "\\PC{0,20}", any::<String>()];
    let class = prop::sample::select(vec!["", "GLACIER", "STANDARD_IA", "DEEP_ARCHIVE"]);
    (key, any::<u64>(), prop::option::of(0_i64..4_102_444_800), "(\"[0-9a-f]{32}(-[0-9]{1,4})?\")?", class).prop_map(
        |(key, size, modified, etag, class)| Object {
            key,
            size,
            last_modified: modified.map(Timestamp::from_seconds),
            etag,
            storage_class: class.into(),
        },
    )
}

/// Writes text as XML, in one of three ways.
fn write_text(out: &mut String, text: &str, way: u8) {
    match way % 3 {
        0 => out.push_str(&quick_xml::escape::escape(text).replace('\u{0}', "&#xFFFD;")),
        1 => text.chars().for_each(|char| write!(out, "&#{};", u32::from(char)).unwrap()),
        _ => write!(out, "<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>")).unwrap(),
    }
}

fn write_page(page: &ListPage, encoded: Option<bool>, way: u8) -> String {
    let mut inner = String::new();
    // How S3 encodes, and how others do.
    let encode = |text: &str| match encoded {
        Some(true) => uri::encode_path(text).replace("%20", "+"),
        Some(false) => uri::encode_path(text),
        None => text.to_owned(),
    };
    for object in &page.objects {
        inner.push_str("<Contents>\n  <Key>");
        write_text(&mut inner, &encode(&object.key), way);
        inner.push_str("</Key><ETag>");
        write_text(&mut inner, &object.etag, way / 3);
        write!(inner, "</ETag><Size>{}</Size>", object.size).unwrap();
        if let Some(modified) = object.last_modified {
            write!(inner, "<LastModified>{modified}</LastModified>").unwrap();
        }
        let class = if object.storage_class.is_empty() { "STANDARD" } else { &object.storage_class };
        write!(inner, "<StorageClass>{class}</StorageClass></Contents>").unwrap();
    }
    for prefix in &page.prefixes {
        inner.push_str("<CommonPrefixes><Prefix>");
        write_text(&mut inner, &encode(prefix), way);
        inner.push_str("</Prefix></CommonPrefixes>");
    }
    if encoded.is_some() {
        inner.push_str("<EncodingType>url</EncodingType>");
    }
    write!(inner, "<IsTruncated>{}</IsTruncated>", page.next.is_some()).unwrap();
    if let Some(next) = &page.next {
        write!(inner, "<NextContinuationToken>{next}</NextContinuationToken>").unwrap();
    }
    listing(&inner)
}

fn page() -> impl Strategy<Value = ListPage> {
    let prefixes = prop::collection::vec("\\PC{0,10}/", 0..4);
    (prop::collection::vec(object(), 0..6), prefixes, prop::option::of("[A-Za-z0-9+/=]{1,60}"))
        .prop_map(|(objects, prefixes, next)| ListPage { objects, prefixes, next })
}

proptest! {
    #[test]
    fn pages_round_trip(page in page(), plus in any::<bool>(), way in any::<u8>()) {
        prop_assert_eq!(parse(write_page(&page, Some(plus), way).as_bytes()), Ok(page));
    }

    /// Without the encoding XML cannot hold U+0000; everything else it can.
    #[test]
    fn pages_round_trip_without_encoding(mut page in page(), way in any::<u8>()) {
        for object in &mut page.objects {
            object.key = object.key.replace('\u{0}', "");
        }
        prop_assert_eq!(parse(write_page(&page, None, way).as_bytes()), Ok(page));
    }

    /// Cut anywhere, a page is an error and never half a page.
    #[test]
    fn a_page_cut_off_is_an_error(page in page(), at in any::<prop::sample::Index>()) {
        let body = write_page(&page, Some(true), 0);
        let cut = &body.as_bytes()[..at.index(body.len())];
        prop_assert!(parse(cut).is_err());
    }

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }

    /// Pieces of XML in any order.
    #[test]
    fn pieces_never_panic(pieces in prop::collection::vec(prop::sample::select(vec![
        "<ListBucketResult>", "</ListBucketResult>", "<Contents>", "</Contents>", "<Key>", "</Key>", "<Key/>", "<Size>", "1", "</Size>", "&amp;",
        "&#x41;", "&#", ";", "&", "<![CDATA[", "]]>", "<!--", "-->", "<?", "?>", "<!DOCTYPE", ">", "<", "\"", "'", "=", "%", "+", "é", "\u{0}",
        "<EncodingType>url</EncodingType>", "<IsTruncated>true</IsTruncated>", "<a b='c'>", "</a>", "<CommonPrefixes>", "<Prefix>",
    ]), 0..40)) {
        let _ = parse(pieces.concat().as_bytes());
        let _ = parse(format!("<ListBucketResult>{}</ListBucketResult>", pieces.concat()).as_bytes());
    }

    /// One byte changed: a page or an error.
    #[test]
    fn changed_bytes_never_panic(page in page(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut body = write_page(&page, Some(false), 0).into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        let _ = parse(&body);
    }
}
