//! Held to `aws-smithy-eventstream`, which is what AWS's own SDK reads with.

use super::*;
use aws_smithy_eventstream::frame::{read_message_from, write_message_to};
use aws_smithy_types::DateTime;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message as Theirs};
use proptest::prelude::*;

/// A message as AWS's own writer writes it.
fn written(message: &Theirs) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_message_to(message, &mut bytes).unwrap();
    bytes
}

/// A frame of these headers, sound but for what is in them.
fn framed(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let total = u32::try_from(PRELUDE + headers.len() + payload.len() + TRAILER).unwrap();
    let mut frame = [total.to_be_bytes(), u32::try_from(headers.len()).unwrap().to_be_bytes()].concat();
    frame.extend(checksum(&frame).to_be_bytes());
    frame.extend(headers);
    frame.extend(payload);
    frame.extend(checksum(&frame).to_be_bytes());
    frame
}

fn ours(message: &Theirs) -> Message {
    let text = |header: &Header| Some((header.name().as_str().to_owned(), header.value().as_string().ok()?.as_str().to_owned()));
    Message { headers: message.headers().iter().filter_map(text).collect(), payload: message.payload().to_vec() }
}

fn whole(bytes: &[u8]) -> Result<Option<Message>, Malformed> {
    let mut decoder = Decoder::default();
    decoder.push(bytes);
    decoder.message()
}

fn value() -> impl Strategy<Value = HeaderValue> {
    prop_oneof![
        any::<bool>().prop_map(HeaderValue::Bool),
        any::<i8>().prop_map(HeaderValue::Byte),
        any::<i16>().prop_map(HeaderValue::Int16),
        any::<i32>().prop_map(HeaderValue::Int32),
        any::<i64>().prop_map(HeaderValue::Int64),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| HeaderValue::ByteArray(bytes.into())),
        "\\PC{0,20}".prop_map(|text| HeaderValue::String(text.into())),
        (-1_000_000_000_000_i64..1_000_000_000_000).prop_map(|millis| HeaderValue::Timestamp(DateTime::from_millis(millis))),
        any::<u128>().prop_map(HeaderValue::Uuid),
    ]
}

fn message() -> impl Strategy<Value = Theirs> {
    let headers = prop::collection::vec(("\\PC{0,30}", value()), 0..6);
    (headers, prop::collection::vec(any::<u8>(), 0..200)).prop_map(|(headers, payload)| {
        headers.into_iter().fold(Theirs::new(payload), |message, (name, value)| message.add_header(Header::new(name, value)))
    })
}

/// The vector of the specification's test suite: no headers, no payload.
#[test]
fn the_empty_message() {
    let bytes = [0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff];
    assert_eq!(whole(&bytes), Ok(Some(Message::default())));
}

#[test]
fn what_is_no_message() {
    let sound = framed(b"\x01a\x07\x00\x01b", b"{}");
    assert_eq!(whole(&sound).unwrap().unwrap(), Message { headers: vec![("a".into(), "b".into())], payload: b"{}".into() });
    let damaged = |at: usize| {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        whole(&bytes).unwrap_err()
    };
    for at in 0..sound.len() {
        assert_eq!(damaged(at), if at < PRELUDE { Malformed::Prelude } else { Malformed::Checksum }, "{at}");
    }
    for headers in [
        &b"\x01"[..],
        b"\x01a",
        b"\x01a\x0a",
        b"\x05a\x00",
        b"\x01a\x07\x00\x02b",
        b"\x01a\x07\x00",
        b"\x01\xff\x00",
        b"\x01a\x07\x00\x01\xff",
    ] {
        assert_eq!(whole(&framed(headers, b"")), Err(Malformed::Header), "{headers:?}");
    }
    let lengths = |total: u32, headers: u32| {
        let mut bytes = [total.to_be_bytes(), headers.to_be_bytes()].concat();
        bytes.extend(checksum(&bytes).to_be_bytes());
        whole(&bytes)
    };
    for (total, headers) in [(0, 0), (15, 0), (16, 1), (u32::MAX, 0), (40_000_000, 0), (20, u32::MAX)] {
        assert_eq!(lengths(total, headers), Err(Malformed::Length), "{total} {headers}");
    }
    assert_eq!(lengths(20, 4), Ok(None), "the rest may come");
}

#[test]
fn nothing_is_given_before_it_is_whole() {
    let bytes = framed(b"", b"chunk");
    let mut decoder = Decoder::default();
    for byte in &bytes[..bytes.len() - 1] {
        decoder.push(&[*byte]);
        assert_eq!((decoder.message(), decoder.is_within()), (Ok(None), true));
    }
    decoder.push(&bytes[bytes.len() - 1..]);
    assert_eq!(decoder.message().unwrap().unwrap().payload, b"chunk");
    assert_eq!((decoder.message(), decoder.is_within()), (Ok(None), false));
}

proptest! {
    #[test]
    fn messages_are_read_as_aws_wrote_them(messages in prop::collection::vec(message(), 1..5), pieces in prop::collection::vec(1_usize..60, 1..40)) {
        let stream: Vec<u8> = messages.iter().flat_map(written).collect();
        let (mut decoder, mut read, mut rest) = (Decoder::default(), Vec::new(), &stream[..]);
        for piece in pieces.iter().cycle() {
            let (now, later) = rest.split_at((*piece).min(rest.len()));
            decoder.push(now);
            while let Some(message) = decoder.message().unwrap() {
                read.push(message);
            }
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(read, messages.iter().map(ours).collect::<Vec<_>>());
        prop_assert!(!decoder.is_within());
    }

    /// What AWS's reader takes, ours takes, with the same text headers; what it refuses, ours refuses.
    #[test]
    fn odd_headers_are_judged_alike(
        pieces in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..6),
            Just(b"\x01a\x07\x00\x01b".to_vec()),
            Just(b"\x02bc\x00".to_vec()),
            (0_u8..11, prop::collection::vec(any::<u8>(), 0..20)).prop_map(|(kind, value)| [&[1, b'n', kind][..], &value].concat()),
        ], 0..4),
        payload in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let frame = framed(&pieces.concat(), &payload);
        let theirs = read_message_from(&mut &frame[..]).ok().map(|message| ours(&message));
        prop_assert_eq!(whole(&frame).ok().flatten(), theirs);
    }

    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..80), total in any::<u32>(), headers in any::<u32>()) {
        let _ = whole(&bytes);
        let mut framed = [total.to_be_bytes(), headers.to_be_bytes()].concat();
        framed.extend(checksum(&framed).to_be_bytes());
        framed.extend(bytes);
        let _ = whole(&framed);
    }
}
