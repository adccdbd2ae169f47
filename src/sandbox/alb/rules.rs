//! The listener's rules: what a path needs.

use super::CALLBACK;

/// What is done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// The balancer's own callback.
    Callback,
    /// The sandbox's own pages.
    Sandbox,
    /// Forwarded without asking who it is, and so without identity headers.
    Open,
    /// `OnUnauthenticatedRequest: deny`: 401 without a session.
    Deny,
    /// `OnUnauthenticatedRequest: authenticate`: to the identity provider without a session.
    Authenticate,
}

/// The rule for a path, compared as it came: ALB does not decode or normalise either.
pub(super) fn rule(path: &str) -> Rule {
    let below = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    if path == CALLBACK {
        Rule::Callback
    } else if below("/sandbox") {
        Rule::Sandbox
    } else if below("/api") {
        Rule::Deny
    } else if matches!(path, "/healthz" | "/readyz" | "/signed-out")
        || below("/pkg")
        || below("/.well-known")
        || path.starts_with("/favicon.")
    {
        Rule::Open
    } else {
        Rule::Authenticate
    }
}

#[cfg(test)]
mod tests {
    use super::{Rule, rule};

    #[test]
    fn rules() {
        for (path, expected) in [
            ("/", Rule::Authenticate),
            ("/browse", Rule::Authenticate),
            ("/vestibule.js", Rule::Authenticate),
            ("/sign-out", Rule::Authenticate),
            ("/api/whoami", Rule::Deny),
            ("/api", Rule::Authenticate),
            ("/apis/x", Rule::Authenticate),
            ("/healthz", Rule::Open),
            ("/readyz", Rule::Open),
            ("/healthz/x", Rule::Authenticate),
            ("/pkg/vestibule.wasm", Rule::Open),
            ("/pkgs", Rule::Authenticate),
            ("/signed-out", Rule::Open),
            ("/favicon.ico", Rule::Open),
            ("/.well-known/security.txt", Rule::Open),
            ("/oauth2/idpresponse", Rule::Callback),
            ("/OAuth2/IdpResponse", Rule::Authenticate),
            ("/sandbox/sign-in", Rule::Sandbox),
            ("/sandboxes", Rule::Authenticate),
        ] {
            assert_eq!(rule(path), expected, "{path}");
        }
    }
}
