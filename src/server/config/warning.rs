//! What holds, but should be known: a sentence for the start of the log, and how to be rid of it.

use std::fmt;
use url::Url;

/// One thing to know of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The key with dots, or `role ID`.
    pub subject: String,
    /// What is to be known of it.
    pub message: String,
    /// What to do about it.
    pub fix: String,
    /// Whether it says nothing but that something is not encrypted: no fault while the whole portal is on
    /// loopback.
    pub is_clear_text: bool,
}

impl Warning {
    /// Something other than missing encryption.
    pub(super) fn new(subject: impl Into<String>, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { subject: subject.into(), message: message.into(), fix: fix.into(), is_clear_text: false }
    }

    /// Of a URL without encryption, which is accepted on loopback only.
    pub(super) fn clear(key: &str, url: &Url) -> Option<Self> {
        (url.scheme() == "http").then(|| Self {
            is_clear_text: true,
            ..Self::new(
                key,
                "is plain http on loopback: fine for trying things out, not for service",
                format!("name an https address in {key}, or take the key out where there is a default"),
            )
        })
    }

    /// Of the hop from the balancer.
    pub(super) fn clear_hop() -> Self {
        Self {
            is_clear_text: true,
            ..Self::new(
                "web.tls",
                "is off: the hop from the balancer to the portal is in clear",
                "write tls = \"self-signed\" in [web], and set the balancer's target group to HTTPS",
            )
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.subject, self.message)
    }
}
