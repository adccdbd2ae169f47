//! The portal that `--portal` names.

use crate::server::config::is_loopback;
use std::str::FromStr;
use url::{Position, Url};

/// A portal's origin: `https`, or `http` on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalUrl {
    origin: String,
}

impl PortalUrl {
    /// Scheme, host and port, as browsers write an origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

impl FromStr for PortalUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // What a person did not mean to write may be a password: nothing of it is repeated, and clap repeats it anyway.
        let url = Url::parse(text).map_err(|error| format!("it is no URL ({error}); write https://portal.example.com"))?;
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
            return Err("it must begin with https:// (http:// is for a portal on this machine only): whoever is between could read and change what comes".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it names a user; the browser signs in, not this command".to_owned());
        }
        if &url[Position::BeforePath..] != "/" {
            return Err(
                "it goes on behind the host; a portal has a host of its own, so write the address without path and query".to_owned()
            );
        }
        Ok(Self { origin: url.origin().ascii_serialization() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_or_this_machine() {
        let origin = |text: &str| text.parse::<PortalUrl>().map(|portal| portal.origin);
        assert_eq!(origin("https://portal.example.com").as_deref(), Ok("https://portal.example.com"));
        assert_eq!(origin("https://Portal.Example.com:443/").as_deref(), Ok("https://portal.example.com"));
        assert_eq!(origin("https://portal.example.com:8443").as_deref(), Ok("https://portal.example.com:8443"));
        assert_eq!(origin("http://127.0.0.1:3000").as_deref(), Ok("http://127.0.0.1:3000"));
        assert_eq!(origin("http://localhost:3000/").as_deref(), Ok("http://localhost:3000"));
        assert_eq!(origin("http://[::1]:3000").as_deref(), Ok("http://[::1]:3000"));
        for (wrong, reason) in [
            ("http://portal.example.com", "https://"),
            ("http://localhost.example.com", "https://"),
            ("http://127.0.0.1.example.com", "https://"),
            ("http://10.0.0.7", "https://"),
            ("ftp://portal.example.com", "https://"),
            ("file:///etc/passwd", "https://"),
            ("javascript:alert(1)", "https://"),
            ("portal.example.com", "no URL"),
            ("", "no URL"),
            ("https://", "no URL"),
            ("https://me:word@portal.example.com", "names a user"),
            ("https://me@portal.example.com", "names a user"),
            ("https://:word@portal.example.com", "names a user"),
            ("https://portal.example.com/browse", "behind the host"),
            ("https://portal.example.com/?x=1", "behind the host"),
            ("https://portal.example.com/#x", "behind the host"),
        ] {
            let told = origin(wrong).unwrap_err();
            assert!(told.contains(reason), "{wrong}: {told}");
        }
    }
}
