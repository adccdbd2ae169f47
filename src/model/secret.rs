//! Text that must not be seen.

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
    }
}
