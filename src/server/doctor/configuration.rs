//! What holds in the configuration, but should be known.

use super::Examination;
use super::finding::{Check, Code, Finding, Severity};
use super::fix::Fix;
use crate::server::config::is_loopback;
use url::Url;

/// Warnings of the loader. While the portal is on loopback as a whole, that something there is not
/// encrypted is to be known only.
pub(super) fn check(examination: &Examination) -> Check {
    let config = &examination.config;
    let is_trial = Url::parse(&config.web.public_url).is_ok_and(|url| is_loopback(&url));
    let findings = examination.warnings.iter().map(|warning| Finding {
        code: Code::Configuration,
        severity: if warning.is_clear_text && is_trial { Severity::Note } else { Severity::Warning },
        what: format!("{warning}."),
        why: "The configuration says so.".to_owned(),
        breaks: if warning.is_clear_text {
            "Whoever is on the way between the two can read and change what is sent.".to_owned()
        } else {
            "Nothing is refused because of it.".to_owned()
        },
        fix: Fix::say(format!("{}.", capital(&warning.fix))),
    });
    let roles = config.roles.len();
    Check::of("configuration", findings.collect(), format!("{roles} {}", if roles == 1 { "role" } else { "roles" }))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
