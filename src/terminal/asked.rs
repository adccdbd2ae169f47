//! What the command asks the page for, as it stands in the page's address.

use crate::model::names::RoleId;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The page's path.
pub const PAGE: &str = "/cli";

/// Where the command listens. A name such as `localhost` could be another machine's, or another family's.
pub const LISTENER: &str = "127.0.0.1";

/// Bytes of a state.
pub const STATE: usize = 32;

/// Bytes of a public key: SEC 1's compressed form of a point on P-256.
pub const KEY: usize = 33;

/// Below are ports that only the system's own services listen on.
const LOWEST_PORT: u16 = 1_024;

/// What the command asks for. All of it stands in an address, so none of it is a secret for long: `state` is good for one
/// answer within five minutes, on the device where the command runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    role: RoleId,
    port: u16,
    state: [u8; STATE],
    key: [u8; KEY],
}

/// Which part of an address is missing, there twice, or not as the command writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the address's {0} is missing or is not as the command writes it")]
pub struct Unreadable(pub &'static str);

impl Asked {
    /// Credentials of `role`, sealed for `key`, to be sent to `port`.
    ///
    /// # Errors
    /// [`Unreadable`] for a port below 1024.
    pub fn new(role: RoleId, port: u16, state: [u8; STATE], key: [u8; KEY]) -> Result<Self, Unreadable> {
        if port < LOWEST_PORT { Err(Unreadable("port")) } else { Ok(Self { role, port, state, key }) }
    }

    /// Reads an address's query, with or without its `?`. Each part has one spelling only.
    ///
    /// # Errors
    /// [`Unreadable`] names the part that is wrong.
    pub fn parse(query: &str) -> Result<Self, Unreadable> {
        let query = query.trim_start_matches('?');
        let role = RoleId::parse(part(query, "role")?).map_err(|_| Unreadable("role"))?;
        let written = part(query, "port")?;
        let port: u16 = written.parse().map_err(|_| Unreadable("port"))?;
        if written.starts_with(['0', '+']) {
            return Err(Unreadable("port"));
        }
        let state = bytes(part(query, "state")?).ok_or(Unreadable("state"))?;
        let key: [u8; KEY] = bytes(part(query, "key")?).ok_or(Unreadable("key"))?;
        if !matches!(key[0], 2 | 3) {
            return Err(Unreadable("key"));
        }
        Self::new(role, port, state, key)
    }

    /// The page's address, below the portal's origin.
    #[must_use]
    pub fn href(&self) -> String {
        let (role, port) = (self.role.as_str(), self.port.to_string());
        [PAGE, "?role=", role, "&port=", &port, "&state=", &self.state(), "&key=", &hex::encode(self.key)].concat()
    }

    /// The role.
    #[must_use]
    pub fn role(&self) -> &RoleId {
        &self.role
    }

    /// The command's public key.
    #[must_use]
    pub fn key(&self) -> &[u8; KEY] {
        &self.key
    }

    /// The state, as the page repeats it to the command.
    #[must_use]
    pub fn state(&self) -> String {
        hex::encode(self.state)
    }

    /// Host and port where the command listens.
    #[must_use]
    pub fn host(&self) -> String {
        [LISTENER, ":", &self.port.to_string()].concat()
    }

    /// The path at which the command takes its answer. Whoever does not know the state cannot guess it, and whoever reads
    /// it, in a browser's history for example, does not learn the state from it.
    #[must_use]
    pub fn path(&self) -> String {
        let digest = self.digest("path", &[]);
        ["/", &hex::encode(&digest[..16])].concat()
    }

    /// A name for this question that tells nothing of it, to remember that it was answered.
    #[must_use]
    pub fn mark(&self) -> String {
        hex::encode(&self.digest("mark", &[])[..8])
    }

    /// Eight digits, in two groups. Page and terminal show the same only if role, port, state and key arrived as the command
    /// wrote them.
    #[must_use]
    pub fn check_code(&self) -> String {
        let port = self.port.to_be_bytes();
        let digest = self.digest("check code", &[self.role.as_str().as_bytes(), &port, &self.key]);
        let number = digest[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) % 100_000_000;
        // A one before it keeps the zeros at its beginning.
        let digits = (100_000_000 + number).to_string();
        [&digits[1..5], " ", &digits[5..]].concat()
    }

    /// All that a seal belongs to.
    pub(super) fn context(&self, origin: &str) -> [u8; 32] {
        let port = self.port.to_be_bytes();
        self.digest("context", &[origin.as_bytes(), self.role.as_str().as_bytes(), &port, &self.key])
    }

    /// A digest for one purpose of the state and of `parts`, each with its length before it, so that no two lists of parts
    /// look alike.
    fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(b"vestibule credential-process 1\n");
        for part in [purpose.as_bytes(), &self.state].into_iter().chain(parts.iter().copied()) {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        digest.finalize().into()
    }
}

/// The value of the one part of this name.
fn part<'q>(query: &'q str, name: &'static str) -> Result<&'q str, Unreadable> {
    let mut found = query.split('&').filter_map(|pair| pair.split_once('=')).filter(|(other, _)| *other == name);
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Ok(value),
        _ => Err(Unreadable(name)),
    }
}

/// So many bytes in lower-case hexadecimal.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    hex::decode(text).ok().filter(|_| is_lower)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asked() -> Asked {
        let mut key = [7; KEY];
        key[0] = 2;
        Asked::new(RoleId::parse("analyst").unwrap(), 49_152, [9; STATE], key).unwrap()
    }

    #[test]
    fn the_address_is_read_as_it_was_written() {
        let (asked, state, key) = (asked(), "09".repeat(32), "07".repeat(32));
        assert_eq!(asked.href(), format!("/cli?role=analyst&port=49152&state={state}&key=02{key}"));
        assert_eq!(Asked::parse(&asked.href()["/cli".len()..]), Ok(asked.clone()));
        assert_eq!(asked.host(), "127.0.0.1:49152");
    }

    #[test]
    fn each_part_has_one_spelling() {
        let good = asked().href()["/cli?".len()..].to_owned();
        let (state, key) = ("09".repeat(32), format!("02{}", "07".repeat(32)));
        for (part, written, others) in [
            ("role", "analyst", vec!["", "Analyst", "an%61lyst", "a b", "<b>"]),
            ("port", "49152", vec!["", "80", "1023", "65536", "049152", "+49152", "49152 ", "4915x", "-1", "49152;'self'"]),
            ("state", &state, vec!["", "09", &state[1..], "G9", &key]),
            ("key", &key, vec!["", "02", &state, &state[..62]]),
        ] {
            for other in others {
                let wrong = good.replace(&format!("{part}={written}"), &format!("{part}={other}"));
                assert_eq!(Asked::parse(&wrong), Err(Unreadable(part)), "{wrong}");
            }
            let missing = good.replace(&format!("{part}="), &format!("not-{part}="));
            assert_eq!(Asked::parse(&missing), Err(Unreadable(part)));
            let twice = format!("{good}&{part}={written}");
            assert_eq!(Asked::parse(&twice), Err(Unreadable(part)));
        }
        let upper = good.replace(&state, &"0A".repeat(32));
        assert_eq!(Asked::parse(&upper), Err(Unreadable("state")));
        let whole = good.replace("key=02", "key=04");
        assert_eq!(Asked::parse(&whole), Err(Unreadable("key")), "an uncompressed point has another length");
        for port in [1_024, 65_535] {
            assert!(Asked::parse(&good.replace("49152", &port.to_string())).is_ok(), "{port}");
        }
    }

    #[test]
    fn the_check_code_changes_with_every_part() {
        let asked = asked();
        let code = asked.check_code();
        assert!(
            code.len() == 9 && code.bytes().enumerate().all(|(at, byte)| if at == 4 { byte == b' ' } else { byte.is_ascii_digit() }),
            "{code}"
        );
        let mut others = vec![
            Asked { role: RoleId::parse("analysu").unwrap(), ..asked.clone() },
            Asked { port: 49_153, ..asked.clone() },
            Asked { state: [8; STATE], ..asked.clone() },
            Asked { key: [3; KEY], ..asked.clone() },
        ];
        others.dedup_by_key(|other| other.check_code());
        assert_eq!(others.len(), 4);
        assert!(others.iter().all(|other| other.check_code() != code && other.context("https://p") != asked.context("https://p")));
        assert_ne!(asked.context("https://p"), asked.context("https://q"));
    }

    #[test]
    fn path_and_mark_hang_on_the_state_and_do_not_tell_it() {
        let (asked, other) = (asked(), Asked { state: [8; STATE], ..asked() });
        assert!(asked.path().len() == 33 && asked.path() != other.path() && asked.mark() != other.mark());
        assert!(!asked.state().contains(&asked.path()[1..]) && !asked.path().contains(&asked.mark()));
        assert_eq!(asked.path(), Asked { port: 50_000, ..asked.clone() }.path());
    }

    proptest! {
        #[test]
        fn parsing_never_panics(query in any::<String>()) {
            let _ = Asked::parse(&query);
        }

        #[test]
        fn what_is_read_is_written_alike(role in "[a-z][a-z0-9_-]{0,20}", port in 1_024_u16.., state: [u8; STATE], rest: [u8; 32], odd: bool) {
            let mut key = [0; KEY];
            key[0] = 2 + u8::from(odd);
            key[1..].copy_from_slice(&rest);
            let asked = Asked::new(RoleId::parse(role).unwrap(), port, state, key).unwrap();
            let href = asked.href();
            prop_assert_eq!(Asked::parse(href.strip_prefix(PAGE).unwrap()), Ok(asked));
        }
    }
}
