//! Which rule a request breaks, and what to tell whom about it.

use crate::model::error::{ErrorCode, PortalError};
use crate::server::tokens::TokenRule;
use crate::words::{Sentence, mark, say};
use std::fmt;

/// The rules of the balancer's headers, in the order in which they are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeaderRule {
    /// `x-amzn-oidc-data` is there when any of the three headers is.
    Missing,
    /// None of the three headers has more than one line.
    Duplicate,
    /// None of them is longer than 16 KiB.
    Size,
    /// Three parts, none of them empty, between two dots.
    Shape,
    /// The parts are made of `A-Z a-z 0-9 - _ =`.
    Alphabet,
    /// Each part ends in exactly the padding that base64 asks for, as the balancer signs it.
    Padding,
    /// The first part is a JSON object that names no key twice and asks for no extension (`crit`).
    HeaderJson,
    /// `alg` is `ES256`.
    Alg,
    /// `kid` is a lower-case UUID.
    Kid,
    /// `signer` is one of the configured load balancers, compared whole.
    Signer,
    /// `client` is one of the configured clients.
    Client,
    /// `iss` is the configured issuer.
    Issuer,
    /// `exp` is an integer and not past.
    Expired,
    /// The key server knows the key.
    UnknownKey,
    /// The key's signature is on the first two parts as they were received.
    Signature,
    /// The second part is a JSON object that names no key twice.
    PayloadJson,
    /// `exp` and `iss` of both parts are the same.
    PayloadMismatch,
    /// `sub` is there and can be a subject.
    Subject,
    /// `x-amzn-oidc-identity` is there and equals `sub`.
    Identity,
}

impl HeaderRule {
    /// All of them, in order.
    pub const ALL: [Self; 19] = [
        Self::Missing,
        Self::Duplicate,
        Self::Size,
        Self::Shape,
        Self::Alphabet,
        Self::Padding,
        Self::HeaderJson,
        Self::Alg,
        Self::Kid,
        Self::Signer,
        Self::Client,
        Self::Issuer,
        Self::Expired,
        Self::UnknownKey,
        Self::Signature,
        Self::PayloadJson,
        Self::PayloadMismatch,
        Self::Subject,
        Self::Identity,
    ];

    /// The rule's name in errors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Duplicate => "duplicate",
            Self::Size => "size",
            Self::Shape => "shape",
            Self::Alphabet => "alphabet",
            Self::Padding => "padding",
            Self::HeaderJson => "header_json",
            Self::Alg => "alg",
            Self::Kid => "kid",
            Self::Signer => "signer",
            Self::Client => "client",
            Self::Issuer => "issuer",
            Self::Expired => "expired",
            Self::UnknownKey => "unknown_key",
            Self::Signature => "signature",
            Self::PayloadJson => "payload_json",
            Self::PayloadMismatch => "payload_mismatch",
            Self::Subject => "subject",
            Self::Identity => "identity",
        }
    }

    /// What the rule asks for, in a sentence, to be translated where it is shown.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::Missing => mark!("x-amzn-oidc-data is there when any of the three headers is."),
            Self::Duplicate => mark!("None of the three headers has more than one line."),
            Self::Size => mark!("None of them is longer than 16 KiB."),
            Self::Shape => mark!("Three parts, none of them empty, between two dots."),
            Self::Alphabet => mark!("The parts are made of A-Z a-z 0-9 - _ =."),
            Self::Padding => mark!("Each part ends in exactly the padding that base64 asks for, as the balancer signs it."),
            Self::HeaderJson => mark!("The first part is a JSON object that names no key twice and asks for no extension (crit)."),
            Self::Alg => mark!("alg is ES256."),
            Self::Kid => mark!("kid is a lower-case UUID."),
            Self::Signer => mark!("signer is one of the configured load balancers, compared whole."),
            Self::Client => mark!("client is one of the configured clients."),
            Self::Issuer => mark!("iss is the configured issuer."),
            Self::Expired => mark!("exp is an integer and not past."),
            Self::UnknownKey => mark!("The key server knows the key."),
            Self::Signature => mark!("The key's signature is on the first two parts as they were received."),
            Self::PayloadJson => mark!("The second part is a JSON object that names no key twice."),
            Self::PayloadMismatch => mark!("exp and iss of both parts are the same."),
            Self::Subject => mark!("sub is there and can be a subject."),
            Self::Identity => mark!("x-amzn-oidc-identity is there and equals sub."),
        }
    }

    fn message(self) -> Sentence {
        match self {
            Self::Missing => say!("The request carries headers of the load balancer but not x-amzn-oidc-data."),
            Self::Duplicate => say!("A header of the load balancer has more than one line."),
            Self::Size => say!("A header of the load balancer is longer than 16 KiB."),
            Self::Shape => say!("The header x-amzn-oidc-data does not have three parts."),
            Self::Alphabet => say!("The header x-amzn-oidc-data holds a character that is not base64url."),
            Self::Padding => say!("A part of the header x-amzn-oidc-data is not padded as the load balancer pads it."),
            Self::HeaderJson => say!("The first part of the header x-amzn-oidc-data is not a plain JSON object."),
            Self::Alg => say!("The header x-amzn-oidc-data is not signed with ES256."),
            Self::Kid => say!("The key that the header x-amzn-oidc-data names is not a lower-case UUID."),
            Self::Signer => say!("The header x-amzn-oidc-data was signed for a load balancer that the portal does not trust."),
            Self::Client => say!("The header x-amzn-oidc-data was made for a client that the portal does not trust."),
            Self::Issuer => say!("The header x-amzn-oidc-data names another issuer than the portal's."),
            Self::Expired => say!("The header x-amzn-oidc-data has expired."),
            Self::UnknownKey => say!("The load balancer's key server does not know the key that the header x-amzn-oidc-data names."),
            Self::Signature => say!("The signature of the header x-amzn-oidc-data does not match its content."),
            Self::PayloadJson => say!("The second part of the header x-amzn-oidc-data is not a plain JSON object."),
            Self::PayloadMismatch => say!("The two parts of the header x-amzn-oidc-data disagree about issuer or expiry."),
            Self::Subject => say!("The header x-amzn-oidc-data does not say who the person is."),
            Self::Identity => say!("The header x-amzn-oidc-identity does not name the person whom x-amzn-oidc-data names."),
        }
    }

    fn next_step(self) -> Sentence {
        match self {
            Self::Missing | Self::Duplicate | Self::Identity => {
                say!(
                    "The people who run the portal look for what adds, removes or repeats headers between the load balancer and the portal."
                )
            }
            Self::Size => say!("The people who run the portal map fewer attributes in the user pool, so that the claims become shorter."),
            Self::Signer => {
                say!(
                    "The people who run the portal compare alb.signers with the load balancer's ARN: it changes when the balancer is created anew."
                )
            }
            Self::Client => {
                say!("The people who run the portal compare alb.clients with the client in the load balancer's sign-in action.")
            }
            Self::Issuer => say!("The people who run the portal compare alb.issuer with the issuer in the load balancer's sign-in action."),
            Self::Expired => {
                say!(
                    "Load the page anew, so that the load balancer signs it again; if it happens again, the people who run the portal compare its clock."
                )
            }
            Self::UnknownKey => {
                say!("Try again in a minute; if it lasts, the people who run the portal check alb.key_url and the region in alb.signers.")
            }
            Self::Subject => {
                say!("The people who run the portal see to it that the identity provider's user info endpoint answers with sub.")
            }
            _ => {
                say!("The people who run the portal find out where this request came from: the load balancer does not send such a header.")
            }
        }
    }
}

fn token_message(rule: TokenRule) -> Sentence {
    match rule {
        TokenRule::Missing => say!("The request carries no x-amzn-oidc-accesstoken."),
        TokenRule::Jwks => say!("The access token is not a JWT that an RS256 key of the issuer's key set could have signed."),
        TokenRule::Signature => say!("The signature of the access token does not match its content."),
        TokenRule::Issuer => say!("The access token comes from another issuer than the portal's."),
        TokenRule::Expired => say!("The access token is not valid at this time."),
        TokenRule::Use => say!("The token in the access token's place is not an access token."),
        TokenRule::Client => say!("The access token was made for another client than the one that signed in."),
        TokenRule::Subject => say!("The access token belongs to another person than the one who signed in."),
    }
}

fn token_next_step(rule: TokenRule) -> Sentence {
    match rule {
        TokenRule::Missing => say!("The people who run the portal look for what removes headers between the load balancer and the portal."),
        TokenRule::Jwks => {
            say!(
                "The people who run the portal check idp.jwks_url, or set idp.access_token to \"opaque\" if the provider's access tokens are not JWTs."
            )
        }
        TokenRule::Expired => say!("Load the page anew, so that the load balancer renews the token; if it happens again, sign out and in."),
        TokenRule::Issuer => {
            say!("The people who run the portal compare alb.issuer with the issuer in the load balancer's sign-in action.")
        }
        TokenRule::Signature | TokenRule::Use | TokenRule::Client | TokenRule::Subject => {
            say!("Sign out and in; if it happens again, the people who run the portal find out where this token came from.")
        }
    }
}

/// A rule of one of the two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Of the balancer's headers.
    Header(HeaderRule),
    /// Of the access token.
    Token(TokenRule),
}

impl Rule {
    /// The rule's name in errors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Header(rule) => rule.as_str(),
            Self::Token(rule) => rule.as_str(),
        }
    }
}

/// A request whose headers break a rule. Nothing of the headers is in here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    rule: Rule,
}

impl Rejection {
    /// The rule that was broken.
    #[must_use]
    pub const fn rule(self) -> Rule {
        self.rule
    }
}

impl From<HeaderRule> for Rejection {
    fn from(rule: HeaderRule) -> Self {
        Self { rule: Rule::Header(rule) }
    }
}

impl From<TokenRule> for Rejection {
    fn from(rule: TokenRule) -> Self {
        Self { rule: Rule::Token(rule) }
    }
}

impl Rejection {
    fn message(self) -> Sentence {
        match self.rule {
            Rule::Header(rule) => rule.message(),
            Rule::Token(rule) => token_message(rule),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl std::error::Error for Rejection {}

impl From<Rejection> for PortalError {
    fn from(rejection: Rejection) -> Self {
        let (code, next_step) = match rejection.rule {
            Rule::Header(rule) => (ErrorCode::HeaderRejected, rule.next_step()),
            Rule::Token(rule) => (ErrorCode::TokenRejected, token_next_step(rule)),
        };
        Self::said(code, rejection.message(), next_step).with_rule(rejection.rule.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lists of the HTTP contract.
    #[test]
    fn rules_have_the_names_of_the_contract() {
        assert_eq!(
            HeaderRule::ALL.map(HeaderRule::as_str).join(" "),
            "missing duplicate size shape alphabet padding header_json alg kid signer client issuer expired unknown_key signature \
             payload_json payload_mismatch subject identity"
        );
        assert_eq!(TokenRule::ALL.map(TokenRule::as_str).join(" "), "missing jwks signature issuer expired use client subject");
    }

    #[test]
    fn a_rejection_is_one_sentence_and_a_next_step() {
        let rejections = HeaderRule::ALL.map(Rejection::from).into_iter().chain(TokenRule::ALL.map(Rejection::from));
        for rejection in rejections {
            let error = PortalError::from(rejection);
            assert_eq!(error.status(), 401);
            assert_eq!(error.rule.as_deref(), Some(rejection.rule().as_str()));
            for sentence in [&error.message, &error.next_step] {
                assert!(sentence.ends_with('.') && sentence.starts_with(char::is_uppercase), "{sentence}");
            }
            assert!(!error.message.contains(". "), "{}", error.message);
        }
    }
}
