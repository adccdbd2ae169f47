//! Names that AWS and the configuration give to things. Each parses once and is right ever after.

use super::json::{FromJson, Json, ReadError};
use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// Why a name was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what}: expected {expected}")]
pub struct NameError {
    what: &'static str,
    expected: &'static str,
}

/// Declares a newtype over `String` that only [`parse`](RoleId::parse) makes.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $expected:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes `text` when it is one.
            ///
            /// # Errors
            /// [`NameError`] says what was expected; it does not repeat the text.
            pub fn parse(text: impl Into<String>) -> Result<Self, NameError> {
                let text = text.into();
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(&text) { Ok(Self(text)) } else { Err(NameError { what: $what, expected: $expected }) }
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }

        impl FromJson for $name {
            fn from_json(json: Json) -> Result<Self, ReadError> {
                Self::parse(String::from_json(json)?).map_err(|_| ReadError::Unsuitable)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// A role's `id` in the configuration.
    RoleId, "role id", "1 to 64 characters a-z, 0-9, - or _, beginning with a letter or digit",
    |text| (1..=64).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

name! {
    /// The portal's id of one mint: 26 characters of lower-case base32 or hex, random, so that it
    /// fits behind a subject in a role session name.
    SessionId, "session id", "26 characters a-z or 0-9",
    |text| text.len() == 26 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

name! {
    /// An IAM role's ARN. The account may be missing: Ceph writes `arn:aws:iam:::role/x`.
    RoleArn, "role ARN", "an ARN such as arn:aws:iam::111122223333:role/portal-analyst",
    |text| {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        text.len() <= 2_048
            && text.bytes().all(|byte| byte.is_ascii_graphic())
            && matches!(parts[..], ["arn", partition, "iam", "", account, resource]
                if partition.starts_with("aws")
                && (account.is_empty() || account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()))
                && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty()))
    }
}

name! {
    /// A `RoleSessionName` as STS takes it (`[\w+=,.@-]{2,64}`, STS service model).
    RoleSessionName, "role session name", "2 to 64 characters of [A-Za-z0-9_+=,.@-]",
    |text| (2..=64).contains(&text.len()) && text.bytes().all(is_session_name_byte)
}

name! {
    /// A verified person's `sub`: the identity provider's stable id, never an address.
    Subject, "subject", "1 to 255 characters without control characters",
    |text| (1..=255).contains(&text.len()) && !text.chars().any(char::is_control)
}

/// Whether STS allows this byte in a role session name or source identity.
#[must_use]
pub const fn is_session_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'=' | b',' | b'.' | b'@' | b'-')
}

/// Ids of sessions that were minted for the AWS console begin so; what CloudTrail shows of them ends in such an id.
pub const CONSOLE: &str = "console";

impl SessionId {
    /// Whether the session is one in the AWS console.
    #[must_use]
    pub fn is_console(&self) -> bool {
        self.0.starts_with(CONSOLE)
    }
}

impl RoleArn {
    /// The account, where the ARN names one.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.0.split(':').nth(4).filter(|account| !account.is_empty())
    }

    /// The partition: `aws`, `aws-us-gov`, `aws-cn`, …
    #[must_use]
    pub fn partition(&self) -> &str {
        self.0.split(':').nth(1).unwrap_or("aws")
    }

    /// The role's name without its path.
    #[must_use]
    pub fn role_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn role_arns() {
        let arn = RoleArn::parse("arn:aws-us-gov:iam::111122223333:role/path/portal").unwrap();
        assert_eq!((arn.partition(), arn.account(), arn.role_name()), ("aws-us-gov", Some("111122223333"), "portal"));
        assert_eq!(RoleArn::parse("arn:aws:iam:::role/x").unwrap().account(), None);
        for wrong in [
            "",
            "arn:aws:iam::111122223333:user/x",
            "arn:aws:iam::1:role/x",
            "arn:aws:s3:::role/x",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role/a b",
        ] {
            assert!(RoleArn::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn role_ids() {
        assert!(RoleId::parse("data-analyst_2").is_ok());
        for wrong in ["", "-x", "A", "a b", "a/b", "é"] {
            assert!(RoleId::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn names_parse_without_panic_and_keep_their_text(text in "\\PC*") {
            if let Ok(name) = RoleSessionName::parse(text.as_str()) {
                prop_assert_eq!(name.as_str(), text.as_str());
                prop_assert!(text.len() <= 64);
            }
            let _ = (RoleArn::parse(text.as_str()), RoleId::parse(text.as_str()), Subject::parse(text.as_str()), SessionId::parse(text));
        }
    }
}
