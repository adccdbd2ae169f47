//! Text that must not be seen.

use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// A secret: secret access key, session token, balancer token, web identity token.
///
/// `Debug` prints no part of it, there is no `Display` and no `Serialize`, and the memory is
/// overwritten when it is dropped. Whoever calls [`Secret::expose`] answers for where it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What may be told of it: see [`print_of`].
    #[must_use]
    pub fn print(&self) -> String {
        print_of(self.0.as_bytes())
    }
}

/// Length and SHA-256 of something that must not be seen: enough to tell whether two are the same, and nothing to
/// work with. For tokens and signatures; what could be guessed has no place here.
#[must_use]
pub fn print_of(bytes: &[u8]) -> String {
    format!("{} B, SHA-256 {}", bytes.len(), hex::encode(Sha256::digest(bytes)))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("abc")), "(secret)");
        let print = "3 B, SHA-256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Secret::new("abc").print(), print);
    }
}
