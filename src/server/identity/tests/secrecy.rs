//! No part of a token where somebody could read it.

use super::signed::{AccessToken, DataHeader, SUBJECT, headers};
use super::world::{World, config};
use crate::server::outside::FetchError;
use http::HeaderMap;
use std::io;
use std::sync::{Arc, Mutex};

/// Fails when `text` holds twelve characters in a row of a token of these headers, encoded or
/// decoded.
pub(crate) fn assert_no_token_part(text: &str, headers: &HeaderMap) {
    for name in ["x-amzn-oidc-data", "x-amzn-oidc-accesstoken"] {
        for token in headers.get_all(name) {
            if let Some(part) = token.as_bytes().windows(12).find(|part| contains(text.as_bytes(), part)) {
                panic!("{} of {name} stands in {text}", String::from_utf8_lossy(part));
            }
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_check_finds_a_part() {
    let headers = headers("abcdefghijklmnop", SUBJECT, "x");
    assert!(std::panic::catch_unwind(|| assert_no_token_part("it is cdefghijklmn!", &headers)).is_err());
    assert_no_token_part("it is cdefghijklm!", &headers);
}

#[test]
fn no_part_of_a_token_is_logged_or_shown() {
    let captured = Captured::default();
    let writer = captured.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    // With one dispatcher alive, tracing asks the thread that meets an event first whether anybody listens, and a test
    // beside this one says no for all. With two it asks every dispatcher.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let world = World::new();
    let request = headers(&DataHeader::new(&world).signed(), SUBJECT, &AccessToken::new(&world).signed());
    let mut broken = DataHeader::new(&world);
    broken.payload_text = Some("{".to_owned());
    let broken = headers(&broken.signed(), SUBJECT, &AccessToken::new(&world).signed());
    let authenticator = world.authenticator(&config());
    tracing::subscriber::with_default(subscriber, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let viewer = authenticator.authenticate(&request).await.unwrap();
            let token = viewer.web_identity_token().unwrap().open().expose().to_owned();
            for shown in [format!("{viewer:?}"), format!("{authenticator:?}"), format!("{:?}", viewer.web_identity_token())] {
                assert_no_token_part(&shown, &request);
                assert!(!shown.contains(&token));
            }
            authenticator.authenticate(&broken).await.unwrap_err();
            // Everything that is logged on the way: fetched, could not be renewed, withdrawn.
            for answer in [FetchError::TimedOut, FetchError::Status(404)] {
                world.clock.advance_seconds(3_700);
                world.outside.fail(super::signed::KEY_ADDRESS, answer.clone());
                world.outside.fail(super::signed::JWKS_ADDRESS, answer);
                let later = headers(&DataHeader::new(&world).signed(), SUBJECT, &AccessToken::new(&world).signed());
                let _ = authenticator.authenticate(&later).await;
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
                assert_no_token_part(&log, &later);
            }
        });
    });
    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    for line in ["fetched a key", "fetched the identity provider's key set", "could not renew a key", "no longer published"] {
        assert!(log.contains(line), "{line} is not in {log}");
    }
    for request in [&request, &broken] {
        assert_no_token_part(&log, request);
    }
}
