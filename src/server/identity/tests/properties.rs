//! Whatever is sent: no panic, and nothing but the balancer's own bytes is accepted.

use super::signed::{AccessToken, DataHeader, SUBJECT, headers};
use super::world::{World, config};
use crate::server::identity::Authenticator;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;

/// Authenticates on a runtime of its own: proptest is not async.
struct Sync {
    world: World,
    authenticator: Authenticator,
    runtime: tokio::runtime::Runtime,
}

impl Sync {
    fn new() -> Self {
        let world = World::new();
        let authenticator = world.authenticator(&config());
        Self { world, authenticator, runtime: tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap() }
    }

    fn forget(&mut self) {
        self.authenticator = self.world.authenticator(&config());
    }

    /// The rule that refuses these headers; `None` when they are accepted.
    fn refusal(&self, headers: &HeaderMap) -> Option<String> {
        let error = self.runtime.block_on(self.authenticator.authenticate(headers)).err()?;
        Some(format!("{} {}", error.code.as_str(), error.rule.unwrap_or_default()))
    }
}

fn with(request: &HeaderMap, name: &'static str, value: &[u8]) -> Option<HeaderMap> {
    let mut request = request.clone();
    request.insert(name, HeaderValue::from_bytes(value).ok()?);
    Some(request)
}

/// Not sampled: every byte of the token, by every single bit and by some other characters.
#[test]
fn any_change_of_one_byte_is_rejected() {
    let mut sync = Sync::new();
    let request = headers(&DataHeader::new(&sync.world).signed(), SUBJECT, &AccessToken::new(&sync.world).signed());
    for (name, code) in [("x-amzn-oidc-data", "header_rejected "), ("x-amzn-oidc-accesstoken", "token_rejected ")] {
        let token = request[name].as_bytes().to_vec();
        for at in 0..token.len() {
            // Changed key ids are asked for only so often.
            sync.forget();
            assert_eq!(sync.refusal(&request), None);
            for flipped in (0..8).map(|bit| token[at] ^ 1 << bit).chain([b'A', b'=', b'.', b'-', b' ', 0xe9]) {
                let mut changed = token.clone();
                changed[at] = flipped;
                if changed == token {
                    continue;
                }
                let Some(changed) = with(&request, name, &changed) else { continue };
                let refusal = sync.refusal(&changed).unwrap_or_else(|| panic!("byte {at} of {name} as {flipped:#04x} was accepted"));
                assert!(refusal.starts_with(code), "byte {at} of {name} as {flipped:#04x}: {refusal}");
            }
        }
        for at in 0..=token.len() {
            let shorter = token.get(..at).filter(|shorter| shorter.len() < token.len());
            let longer = [&token[..at], b"A", &token[at..]].concat();
            for changed in shorter.into_iter().chain([&longer[..]]) {
                let changed = with(&request, name, changed).unwrap();
                assert!(sync.refusal(&changed).is_some_and(|refusal| refusal.starts_with(code)), "cut or lengthened at {at} of {name}");
            }
        }
    }
    assert_eq!(sync.refusal(&request), None, "the true one is still accepted");
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z0-9_=-]{0,40}", "[ -~]{0,20}", Just(String::new())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_bytes_are_refused(
        data in proptest::collection::vec(32_u8.., 0..300),
        identity in proptest::collection::vec(32_u8.., 0..40),
        access_token in proptest::collection::vec(32_u8.., 0..300),
    ) {
        let sync = Sync::new();
        let mut request = HeaderMap::new();
        for (name, value) in [("x-amzn-oidc-data", data), ("x-amzn-oidc-identity", identity), ("x-amzn-oidc-accesstoken", access_token)] {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                request.insert(name, value);
            }
        }
        prop_assert!(sync.refusal(&request).is_some());
        prop_assert_eq!(sync.world.outside.requests(), 0);
    }

    #[test]
    fn anything_in_parts_is_refused(parts in proptest::collection::vec(part(), 0..5)) {
        let sync = Sync::new();
        let good = headers(&DataHeader::new(&sync.world).signed(), SUBJECT, "x");
        let request = with(&good, "x-amzn-oidc-data", parts.join(".").as_bytes()).unwrap();
        prop_assert!(sync.refusal(&request).is_some());
        prop_assert_eq!(sync.world.outside.requests(), 0);
    }

    /// Any JSON in the place of either part, properly encoded and signed by the balancer's own key:
    /// the rules are read on whatever types stand there.
    #[test]
    fn any_signed_json_is_refused(header in json(), payload in json()) {
        let sync = Sync::new();
        let mut data = DataHeader::new(&sync.world);
        data.header_text = Some(header.to_string());
        let request = headers(&data.signed(), SUBJECT, "x");
        prop_assert_eq!(sync.refusal(&request).map(|refusal| refusal.starts_with("header_rejected")), Some(true));
        prop_assert_eq!(sync.world.outside.requests(), 0);
        data.header_text = None;
        data.payload_text = Some(payload.to_string());
        let request = headers(&data.signed(), SUBJECT, "x");
        prop_assert_eq!(sync.refusal(&request).map(|refusal| refusal.starts_with("header_rejected payload")), Some(true));
    }

    #[test]
    fn any_signed_claims_are_refused(claims in json()) {
        let sync = Sync::new();
        let mut token = AccessToken::new(&sync.world);
        token.claims_text = Some(claims.to_string());
        let request = headers(&DataHeader::new(&sync.world).signed(), SUBJECT, &token.signed());
        prop_assert_eq!(sync.refusal(&request).map(|refusal| refusal.starts_with("token_rejected")), Some(true));
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        let name = prop_oneof!["alg|kid|signer|client|iss|exp|sub|crit|nbf|token_use|client_id", "\\PC{0,6}"];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::btree_map(name, inner, 0..6).prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}
