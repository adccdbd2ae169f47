//! Against quick-xml, a general parser.

use super::*;
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

/// What a document says, but for its text outside of elements.
#[derive(Debug, PartialEq)]
enum Said {
    Start(String),
    Text(String),
    End,
}

fn add(said: &mut Vec<Said>, text: &str) {
    if let Some(Said::Text(last)) = said.last_mut() {
        last.push_str(text);
    } else if !text.is_empty() {
        said.push(Said::Text(text.to_owned()));
    }
}

fn ours(text: &str) -> Result<Vec<Said>, XmlError> {
    let mut walker = Walker::new(text);
    let mut said = vec![Said::Start(walker.root()?.to_owned())];
    while !walker.open.is_empty() {
        match walker.token()? {
            Token::Start(name) => said.push(Said::Start(name.to_owned())),
            Token::End => said.push(Said::End),
            Token::Escaped(text) => add(&mut said, &resolve(text).ok_or_else(|| walker.error())?),
            Token::Literal(text) => add(&mut said, text),
            Token::Eof => return Err(walker.error()),
        }
    }
    walker.finish()?;
    Ok(said)
}

fn theirs(text: &str) -> Option<Vec<Said>> {
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    reader.config_mut().expand_empty_elements = true;
    let (mut said, mut depth) = (Vec::new(), 0);
    loop {
        match reader.read_event().ok()? {
            Event::Start(_) if depth == 0 && !said.is_empty() => return None,
            Event::Start(start) => {
                depth += 1;
                said.push(Said::Start(start.local_name().into_inner().to_owned()));
            }
            Event::End(_) => {
                depth -= 1;
                said.push(Said::End);
            }
            Event::Text(text) if depth > 0 => add(&mut said, &text),
            Event::CData(text) if depth > 0 => add(&mut said, &text),
            Event::GeneralRef(reference) if depth > 0 => {
                let resolved = match &*reference {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "apos" => '\'',
                    "quot" => '"',
                    _ => reference.resolve_char_ref().ok()??,
                };
                add(&mut said, resolved.encode_utf8(&mut [0; 4]));
            }
            Event::Text(text) if text.trim().is_empty() => {}
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => return (depth == 0 && !said.is_empty()).then_some(said),
            _ => return None,
        }
    }
}

/// A well-formed document.
fn element() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "[^<&\\]\u{0}\r]{0,8}",
        prop::sample::select(vec![
            "&amp;",
            "&lt;",
            "&#65;",
            "&#x1F600;",
            "&quot;",
            "<![CDATA[<a>&]]>",
            "<!-- <b> -->",
            "<?p <c> ?>",
            "\n  "
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop::collection::vec(text, 0..4).prop_map(|texts| texts.concat());
    leaf.prop_recursive(5, 40, 5, |inner| {
        let name = "[a-zA-Z_é][a-z0-9.é-]{0,5}(:[a-z]{1,3})?";
        let attributes = "( [a-z]{1,3}=('[^<'&]{0,5}'|\"[^<\"&]{0,5}\")){0,2} ?";
        (name, attributes, prop::collection::vec(inner, 0..4), any::<bool>()).prop_map(|(name, attributes, children, short)| {
            if short { format!("<{name}{attributes}/>") } else { format!("<{name}{attributes}>{}</{name} >", children.concat()) }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn well_formed_documents_read_the_same(inner in prop::collection::vec(element(), 0..4)) {
        let document = format!("<?xml version=\"1.0\"?>\n<root xmlns='u'>{}</root>\n", inner.concat());
        prop_assert_eq!(ours(&document).ok(), theirs(&document), "{}", document);
        prop_assert!(ours(&document).is_ok());
    }

    /// What is taken here a general parser takes too, and reads the same.
    #[test]
    fn nothing_is_taken_that_a_parser_refuses(pieces in prop::collection::vec(prop::sample::select(vec![
        "<a>", "</a>", "<a/>", "<b x='>'>", "</b>", "<b x=\"/\"/>", "<a", "/>", ">", "<", "</", "/", "&amp;", "&#x41;", "&#0;", "&#", ";", "&", "&x;", "<![CDATA[",
        "]]>", "<!--", "-->", "--", "<?", "?>", "<!DOCTYPE a>", "'", "\"", "=", " ", "x", "é", "\n", "<p:a>", "</p:a>", "\u{feff}",
    ]), 0..16), wrapped in any::<bool>()) {
        let document = if wrapped { format!("<r>{}</r>", pieces.concat()) } else { pieces.concat() };
        if let Ok(said) = ours(&document) {
            prop_assert_eq!(Some(said), theirs(&document), "{}", document);
        }
    }

    #[test]
    fn never_panics(text in any::<String>()) {
        let _ = ours(&text);
        let _ = ours(&format!("<r>{text}</r>"));
    }
}

#[test]
fn the_cursor_stays_in_its_element() {
    let mut walker = Walker::new("<r><a>1<x><a>no</a></x>2</a><b><c/></b><d/>t</r>");
    assert_eq!(walker.root(), Ok("r"));
    assert_eq!(walker.child(), Ok(Some("a")));
    assert_eq!(walker.text().as_deref(), Ok("12"));
    assert_eq!(walker.child(), Ok(Some("b")));
    assert_eq!(walker.skip(), Ok(()));
    assert_eq!(walker.child(), Ok(Some("d")));
    assert_eq!(walker.child(), Ok(None));
    assert_eq!(walker.child(), Ok(None));
    assert_eq!(walker.finish(), Ok(()));
}
