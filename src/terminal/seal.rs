//! The seal: ECDH on P-256 with a fresh key, HKDF-SHA-256, AES-256-GCM. What was sealed for one run of the command opens in
//! no other, nor under another role, port, state or portal.
//!
//! It keeps others from reading. It does not say who sealed: that is what the listener's other checks are for.

use super::asked::{Asked, KEY};
use crate::aws::base64;
use crate::aws::sign::key::hmac;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Tag};
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{PublicKey, SecretKey};
use thiserror::Error;
use zeroize::Zeroizing;

/// Random bytes that a key is made of.
pub const SECRET: usize = 32;

/// AES-GCM's tag.
const TAG: usize = 16;

/// AES-GCM's nonce.
const NONCE: usize = 12;

/// It cannot be opened: it is no such text, or was sealed for another run, portal, role or port, or was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("it is not sealed for this run of the command")]
pub struct NotSealed;

/// The command's key, for one answer. `Debug` shows nothing of it.
pub struct OwnKey(SecretKey);

impl OwnKey {
    /// The key of these random bytes; `None` for the one value in four thousand million that is none.
    #[must_use]
    pub fn of(random: &[u8; SECRET]) -> Option<Self> {
        SecretKey::from_slice(random).ok().map(Self)
    }

    /// What the page seals for.
    #[must_use]
    pub fn public(&self) -> [u8; KEY] {
        written(&self.0.public_key())
    }

    /// Opens what the page at `origin` sealed.
    ///
    /// # Errors
    /// [`NotSealed`].
    pub fn open(&self, asked: &Asked, origin: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, NotSealed> {
        let sealed = base64::decode(sealed).ok_or(NotSealed)?;
        if sealed.len() < KEY + TAG || self.public() != *asked.key() {
            return Err(NotSealed);
        }
        let (theirs, rest) = sealed.split_at(KEY);
        let (text, tag) = rest.split_at(rest.len() - TAG);
        let point = PublicKey::from_sec1_bytes(theirs).map_err(|_| NotSealed)?;
        let context = asked.context(origin);
        let (cipher, nonce) = cipher(&self.0, &point, theirs, asked, &context);
        let tag = Tag::try_from(tag).map_err(|_| NotSealed)?;
        let mut opened = Zeroizing::new(text.to_vec());
        cipher.decrypt_inout_detached(&nonce.into(), &context, (&mut opened[..]).into(), &tag).map_err(|_| NotSealed)?;
        Ok(opened)
    }
}

impl std::fmt::Debug for OwnKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnKey")
    }
}

/// Whether the key that is asked for is a point of the curve, so that something can be sealed for it.
#[must_use]
pub fn is_key(asked: &Asked) -> bool {
    PublicKey::from_sec1_bytes(asked.key()).is_ok()
}

/// Seals `plain` for the command, on the page at `origin`; `random` is fresh and used once. `None` where the command's key is
/// no point of the curve, or `random` no key.
#[must_use]
pub fn seal(asked: &Asked, origin: &str, plain: &[u8], random: &[u8; SECRET]) -> Option<String> {
    let theirs = PublicKey::from_sec1_bytes(asked.key()).ok()?;
    let own = SecretKey::from_slice(random).ok()?;
    let public = written(&own.public_key());
    let context = asked.context(origin);
    let (cipher, nonce) = cipher(&own, &theirs, &public, asked, &context);
    let mut text = Zeroizing::new(plain.to_vec());
    let tag = cipher.encrypt_inout_detached(&nonce.into(), &context, (&mut text[..]).into()).ok()?;
    Some(base64::encode(&[&public[..], &text[..], &tag[..]].concat()))
}

/// The cipher that both keys lead to. Each pair of keys is used for one text, so the nonce may come from them too.
fn cipher(own: &SecretKey, theirs: &PublicKey, sealer: &[u8], asked: &Asked, context: &[u8]) -> (Aes256Gcm, [u8; NONCE]) {
    let shared = own.diffie_hellman(theirs);
    let info = [b"vestibule seal 1\n", sealer, asked.key()].concat();
    let [first, second] = derived(context, shared.raw_secret_bytes(), &info);
    let mut key = Key::<Aes256Gcm>::default();
    key.copy_from_slice(&*first);
    let mut nonce = [0; NONCE];
    nonce.copy_from_slice(&second[..NONCE]);
    (Aes256Gcm::new(&key), nonce)
}

/// HKDF-SHA-256 (RFC 5869), the first two blocks. Written here with the signer's HMAC: the `hkdf` crate brings another copy of
/// that into the program that every page loads. Tests hold it to that crate.
fn derived(salt: &[u8], secret: &[u8], info: &[u8]) -> [Zeroizing<[u8; 32]>; 2] {
    let extracted = hmac(salt, secret);
    let first = hmac(&*extracted, &[info, &[1]].concat());
    let second = hmac(&*extracted, &Zeroizing::new([&first[..], info, &[2]].concat()));
    [first, second]
}

fn written(point: &PublicKey) -> [u8; KEY] {
    let mut bytes = [0; KEY];
    bytes.copy_from_slice(point.to_sec1_point(true).as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::RoleId;
    use proptest::prelude::*;

    const PORTAL: &str = "https://portal.example.com";
    const PLAIN: &[u8] = br#"{"Version":1,"SecretAccessKey":"k"}"#;

    fn asked_of(key: &OwnKey, role: &str, port: u16, state: u8) -> Asked {
        Asked::new(RoleId::parse(role).unwrap(), port, [state; 32], key.public()).unwrap()
    }

    fn key(byte: u8) -> OwnKey {
        OwnKey::of(&[byte; SECRET]).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_once_everything_is_the_same() {
        let key = key(5);
        let asked = asked_of(&key, "analyst", 40_000, 1);
        let sealed = seal(&asked, PORTAL, PLAIN, &[6; SECRET]).unwrap();
        assert!(!sealed.contains("SecretAccessKey") && is_key(&asked));
        assert_eq!(key.open(&asked, PORTAL, &sealed).unwrap().as_slice(), PLAIN);
        // Another fresh key, another text.
        assert_ne!(seal(&asked, PORTAL, PLAIN, &[7; SECRET]).unwrap(), sealed);
    }

    #[test]
    fn another_key_state_origin_role_or_port_opens_nothing() {
        let (right, other) = (key(5), key(8));
        let asked = asked_of(&right, "analyst", 40_000, 1);
        let sealed = seal(&asked, PORTAL, PLAIN, &[6; SECRET]).unwrap();
        let refused = |key: &OwnKey, asked: &Asked, origin: &str| assert_eq!(key.open(asked, origin, &sealed), Err(NotSealed));
        refused(&other, &asked, PORTAL);
        refused(&other, &asked_of(&other, "analyst", 40_000, 1), PORTAL);
        refused(&right, &asked_of(&right, "analyst", 40_000, 2), PORTAL);
        refused(&right, &asked_of(&right, "auditor", 40_000, 1), PORTAL);
        refused(&right, &asked_of(&right, "analyst", 40_001, 1), PORTAL);
        refused(&right, &asked, "https://portal.example.com.evil.test");
        refused(&right, &asked, "http://portal.example.com");
    }

    #[test]
    fn a_changed_bit_anywhere_is_seen() {
        let key = key(5);
        let asked = asked_of(&key, "analyst", 40_000, 1);
        let sealed = base64::decode(&seal(&asked, PORTAL, PLAIN, &[6; SECRET]).unwrap()).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(&asked, PORTAL, &base64::encode(&changed)), Err(NotSealed), "byte {at}");
        }
        for length in [0, 1, KEY, KEY + TAG - 1, sealed.len() - 1] {
            assert_eq!(key.open(&asked, PORTAL, &base64::encode(&sealed[..length])), Err(NotSealed), "{length} bytes");
        }
    }

    #[test]
    fn keys_are_derived_as_the_hkdf_crate_does() {
        let shared =
            SecretKey::from_slice(&[5; SECRET]).unwrap().diffie_hellman(&SecretKey::from_slice(&[6; SECRET]).unwrap().public_key());
        for (salt, info) in [(&[][..], &[][..]), (&[7; 32], b"info"), (&[9; 100], &[8; 200])] {
            let mut expected = [0; 64];
            shared.extract::<sha2::Sha256>(Some(salt)).expand(info, &mut expected).unwrap();
            let [first, second] = derived(salt, shared.raw_secret_bytes(), info);
            assert_eq!([*first, *second].concat(), expected);
        }
    }

    #[test]
    fn only_points_of_the_curve_are_sealed_for() {
        let mut key = [0xff; KEY];
        key[0] = 2;
        let asked = Asked::new(RoleId::parse("analyst").unwrap(), 40_000, [1; 32], key).unwrap();
        assert!(!is_key(&asked) && seal(&asked, PORTAL, PLAIN, &[6; SECRET]).is_none());
        assert!(OwnKey::of(&[0; SECRET]).is_none() && OwnKey::of(&[0xff; SECRET]).is_none());
    }

    proptest! {
        #[test]
        fn opening_never_panics(text in "[A-Za-z0-9+/=]{0,120}|\\PC{0,40}") {
            let key = key(5);
            prop_assert!(key.open(&asked_of(&key, "analyst", 40_000, 1), PORTAL, &text).is_err());
        }

        #[test]
        fn any_text_comes_through(plain in prop::collection::vec(any::<u8>(), 0..300), random: [u8; SECRET]) {
            let key = key(5);
            let asked = asked_of(&key, "analyst", 40_000, 1);
            if let Some(sealed) = seal(&asked, PORTAL, &plain, &random) {
                let opened = key.open(&asked, PORTAL, &sealed).unwrap();
                prop_assert_eq!(opened.as_slice(), plain.as_slice());
            }
        }
    }
}
