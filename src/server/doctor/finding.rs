//! What the doctor says: checks, and what they found. No terminal and no page is in here.

use super::fix::Fix;
use crate::model::examination::ExaminationFinding;
pub use crate::model::examination::Severity;
use crate::server::identity::HeaderRule;
use crate::server::tokens::TokenRule;
use serde::{Serialize, Serializer};
use std::fmt;

/// Declares [`Code`] with its words.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// What a finding is about: its anchor in the handbook's page on the doctor.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $name,)*
            /// A rule of the balancer's headers is broken.
            Header(HeaderRule),
            /// A rule of the access token is broken.
            Token(TokenRule),
        }

        impl Code {
            /// All of them.
            pub fn all() -> impl Iterator<Item = Self> {
                let own = [$(Self::$name,)*];
                own.into_iter().chain(HeaderRule::ALL.map(Self::Header)).chain(TokenRule::ALL.map(Self::Token))
            }
        }

        impl fmt::Display for Code {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name => f.write_str($word),)*
                    Self::Header(rule) => write!(f, "data-header-{}", rule.as_str().replace('_', "-")),
                    Self::Token(rule) => write!(f, "access-token-{}", rule.as_str()),
                }
            }
        }
    };
}

codes! {
    /// The configuration holds, but something in it should be known.
    Configuration = "configuration",
    /// The balancer lets people through who are not signed in.
    BalancerOpen = "balancer-open",
    /// The balancer sends calls of pages elsewhere in place of refusing them.
    BalancerRedirects = "balancer-redirects",
    /// The balancer wants a sign-in for what needs none.
    BalancerClosed = "balancer-closed",
    /// The balancer keeps silent connections for longer than the portal.
    BalancerTimeout = "balancer-timeout",
    /// The balancer's key server does not answer.
    KeyServerUnreachable = "key-server-unreachable",
    /// The balancer's key server sends elsewhere.
    KeyServerRedirect = "key-server-redirect",
    /// `alb.key_url` is of another region than the balancer.
    KeyServerRegion = "key-server-region",
    /// The discovery document cannot be had.
    DiscoveryUnreachable = "discovery-unreachable",
    /// The discovery document is none.
    DiscoveryDocument = "discovery-document",
    /// The discovery document names another issuer.
    DiscoveryIssuer = "discovery-issuer",
    /// The discovery document lacks a field that STS wants.
    DiscoveryField = "discovery-field",
    /// The discovery document names no algorithm that STS takes.
    DiscoveryAlgorithms = "discovery-algorithms",
    /// The key set is not behind https.
    DiscoveryKeySet = "discovery-key-set",
    /// The key set cannot be had.
    JwksUnreachable = "jwks-unreachable",
    /// The key set is none.
    JwksDocument = "jwks-document",
    /// Two keys have one id, or a key has none.
    JwksKid = "jwks-kid",
    /// There are more keys than STS reads.
    JwksTooMany = "jwks-too-many",
    /// No key verifies the provider's tokens.
    JwksKeys = "jwks-keys",
    /// The published key set lacks a key of the portal's own issuer.
    JwksOwnKey = "jwks-own-key",
    /// The captured headers have expired since.
    HeadersExpired = "headers-expired",
    /// The balancer forwarded an access token that was over.
    AccessTokenStale = "access-token-stale",
    /// STS takes no token without `aud`.
    AccessTokenNoAudience = "access-token-no-audience",
    /// The token's audience is none that this portal is known to have.
    AccessTokenAudience = "access-token-audience",
    /// STS takes `azp` for the audience.
    AccessTokenAzp = "access-token-azp",
    /// The token carries what a trust policy must allow by name.
    AccessTokenTags = "access-token-tags",
    /// The token may not be used for every role.
    AccessTokenRoles = "access-token-roles",
    /// STS does not answer this server.
    StsUnreachable = "sts-unreachable",
    /// This server's clock is off.
    ClockSkew = "clock-skew",
    /// A role does not exist.
    RoleMissing = "role-missing",
    /// A role's trust policy does not name who takes it.
    TrustPrincipal = "trust-principal",
    /// A role's trust policy does not allow all that is sent.
    TrustAction = "trust-action",
    /// A role's trust policy asks for what is not sent.
    TrustCondition = "trust-condition",
    /// The token's audience is not registered in the role's account.
    MintAudience = "mint-audience",
    /// The role's account does not know the issuer.
    MintProvider = "mint-provider",
    /// STS cannot have the issuer's keys.
    MintProviderKeys = "mint-provider-keys",
    /// The role does not exist or does not trust the caller.
    MintAccessDenied = "mint-access-denied",
    /// The credentials are to live too long.
    MintDuration = "mint-duration",
    /// Session policy and tags are too large.
    MintPackedPolicy = "mint-packed-policy",
    /// STS is switched off in this region.
    MintRegionDisabled = "mint-region-disabled",
    /// STS is busy, failing or out of reach.
    MintUnavailable = "mint-unavailable",
    /// STS refuses for another reason.
    MintRefused = "mint-refused",
    /// S3 does not answer this server.
    S3Unreachable = "s3-unreachable",
    /// A bucket does not exist.
    BucketMissing = "bucket-missing",
    /// A bucket is in another region.
    BucketRegion = "bucket-region",
    /// A bucket has no CORS rules.
    BucketCorsMissing = "bucket-cors-missing",
    /// No rule allows the portal's origin.
    BucketCorsOrigin = "bucket-cors-origin",
    /// No rule allows a method.
    BucketCorsMethod = "bucket-cors-method",
    /// No rule allows a request header.
    BucketCorsHeaders = "bucket-cors-headers",
    /// A response header is hidden from the page.
    BucketCorsExpose = "bucket-cors-expose",
    /// Permission is given for one request only.
    BucketCorsMaxAge = "bucket-cors-max-age",
    /// A role may not list where the configuration says it may.
    BucketListDenied = "bucket-list-denied",
    /// A bucket takes no signature in a URL.
    BucketAuthType = "bucket-auth-type",
    /// Lambda does not answer this server.
    LambdaUnreachable = "lambda-unreachable",
    /// Lambda does not let the page invoke.
    FunctionPreflight = "function-preflight",
    /// Lambda does not let the page stream.
    FunctionStreaming = "function-streaming",
    /// A function does not exist.
    FunctionMissing = "function-missing",
    /// A role may not invoke what the configuration says it may.
    FunctionDenied = "function-denied",
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub what: String,
    /// How it was seen.
    pub why: String,
    /// What it breaks.
    pub breaks: String,
    /// What puts it right.
    pub fix: Fix,
}

impl Finding {
    /// For the portal's own page.
    pub(super) fn into_answer(self) -> ExaminationFinding {
        let Self { code, severity, what, why, breaks, fix } = self;
        ExaminationFinding { code: code.to_string(), severity, what, why, breaks, fix: fix.into_parts() }
    }

    /// The texts of it.
    pub(super) fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        [&mut self.what, &mut self.why, &mut self.breaks].into_iter().chain(self.fix.texts())
    }
}

/// One thing that was looked at, or was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub subject: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was run and found nothing; what was seen.
    Fine(String),
    /// It was run and found these; at least one.
    Found(Vec<Finding>),
    /// It was not run; why not.
    NotChecked(String),
}

impl Check {
    /// A check that found nothing.
    pub(super) fn fine(subject: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { subject: subject.into(), outcome: Outcome::Fine(seen.into()) }
    }

    /// A check that could not be run. `reason` stands behind "because".
    pub(super) fn not_checked(subject: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { subject: subject.into(), outcome: Outcome::NotChecked(reason.into()) }
    }

    /// A check with these findings, fine where there are none.
    pub(super) fn of(subject: impl Into<String>, findings: Vec<Finding>, seen: impl Into<String>) -> Self {
        let outcome = if findings.is_empty() { Outcome::Fine(seen.into()) } else { Outcome::Found(findings) };
        Self { subject: subject.into(), outcome }
    }
}
