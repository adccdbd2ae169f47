//! IAM identity policies: parsed once, strictly, then asked.
//!
//! A policy that says anything this evaluator does not know is refused when it is parsed, with the
//! place named: an operator or a key that were passed over could turn a refusal into a permission.
//! Semantics follow the IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements".

mod condition;
mod document;
mod pattern;

use self::condition::Condition;
use self::pattern::Pattern;
use std::collections::BTreeMap;
use std::sync::Arc;
use thiserror::Error;

/// The longest document that is read. IAM's own limits are lower (2,048 characters for a session
/// policy, 10,240 for a role's inline policies).
pub const MAX_LENGTH: usize = 20_480;

/// A parsed policy. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Policy(Arc<[Statement]>);

/// Why a document is not a policy that can be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// Longer than [`MAX_LENGTH`].
    #[error("the policy is longer than {MAX_LENGTH} characters")]
    TooLong,
    /// Not JSON, or not the JSON of a policy: a missing, doubled or unknown element.
    #[error("the policy is not a policy document: {0}")]
    Syntax(String),
    /// A version that IAM does not have.
    #[error("the policy's Version must be 2012-10-17 or 2008-10-17")]
    Version,
    /// No statement.
    #[error("the policy has no statement")]
    Empty,
    /// A statement cannot be evaluated.
    #[error("statement {index} of the policy: {problem}")]
    Statement {
        /// Its place, counted from 1.
        index: usize,
        /// What is wrong with it.
        problem: StatementError,
    },
}

/// What is wrong with a statement.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StatementError {
    /// Neither or both of `Action` and `NotAction`, or an empty list.
    #[error("exactly one of Action and NotAction is needed, and not empty")]
    Actions,
    /// Neither or both of `Resource` and `NotResource`, or an empty list.
    #[error("exactly one of Resource and NotResource is needed, and not empty")]
    Resources,
    /// Not `service:Name` and not `*`.
    #[error("{0:?} is not an action")]
    Action(String),
    /// Not an ARN and not `*`.
    #[error("{0:?} is not the ARN of a resource")]
    Resource(String),
    /// A policy variable that is not evaluated here.
    #[error("policy variables are not evaluated here: {0:?}")]
    Variable(String),
    /// An operator that is not evaluated here.
    #[error("the condition operator {0:?} is not evaluated here")]
    Operator(String),
    /// A context key that is not evaluated here.
    #[error("the condition key {0:?} is not evaluated here")]
    Key(String),
    /// A value that the operator cannot compare with.
    #[error("{value:?} is not a value for {operator}")]
    Value {
        /// The operator as written.
        operator: String,
        /// The value as written.
        value: String,
    },
}

/// What one policy says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A statement allows it and none denies it.
    Allowed,
    /// No statement allows it.
    NotAllowed,
    /// A statement denies it.
    Denied,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug)]
struct Statement {
    effect: Effect,
    actions: Matcher<Pattern>,
    resources: Matcher<ResourcePattern>,
    conditions: Vec<Condition>,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Clone, Debug)]
enum Matcher<P> {
    AnyOf(Vec<P>),
    NoneOf(Vec<P>),
}

impl<P> Matcher<P> {
    fn matches(&self, matches: impl Fn(&P) -> bool) -> bool {
        match self {
            Self::AnyOf(patterns) => patterns.iter().any(matches),
            Self::NoneOf(patterns) => !patterns.iter().any(matches),
        }
    }
}

/// A pattern for ARNs. A wildcard in one of the first five fields does not reach over the colon.
#[derive(Clone, Debug)]
enum ResourcePattern {
    Everything,
    Arn([Pattern; 6]),
}

impl ResourcePattern {
    fn matches(&self, resource: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Arn(patterns) => {
                let mut fields = resource.splitn(6, ':');
                patterns.iter().all(|pattern| fields.next().is_some_and(|field| pattern.matches(field)))
            }
        }
    }
}

/// What a request is about.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The IAM action, `s3:GetObject`.
    pub action: &'a str,
    /// The ARN of the resource.
    pub resource: &'a str,
    /// The condition keys that the request has.
    pub context: &'a Context,
}

/// Condition keys and their values. A key that a request does not have is left out.
#[derive(Clone, Debug, Default)]
pub struct Context(BTreeMap<&'static str, String>);

impl Context {
    /// A context without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more key. Policies can name only the keys of [`KEYS`].
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        debug_assert!(KEYS.contains(&key), "{key} is not among the known condition keys");
        self.0.insert(key, value.into());
        self
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

/// The condition keys that a policy may name, spelled as IAM spells them. A request has those that
/// apply to it; the last two exist so that policies written for AWS parse, and no request has them.
pub const KEYS: &[&str] = &[
    "aws:userid",
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:ResourceAccount",
    "aws:RequestedRegion",
    "aws:SecureTransport",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:TokenIssueTime",
    "s3:prefix",
    "s3:delimiter",
    "s3:max-keys",
    "s3:authType",
    "s3:signatureAge",
    "s3:signatureversion",
    "s3:x-amz-content-sha256",
    "s3:ResourceAccount",
    "aws:SourceIdentity",
    "kms:ViaService",
];

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// [`PolicyError`] names the place and what is wrong or not known there.
    pub fn parse(json: &str) -> Result<Self, PolicyError> {
        document::parse(json).map(|statements| Self(statements.into()))
    }

    /// What this policy alone says of `request`.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        let mut decision = Decision::NotAllowed;
        for statement in self.0.iter().filter(|statement| statement.applies(request)) {
            match statement.effect {
                Effect::Deny => return Decision::Denied,
                Effect::Allow => decision = Decision::Allowed,
            }
        }
        decision
    }

    /// Whether this policy alone allows `request`.
    #[must_use]
    pub fn allows(&self, request: &Request<'_>) -> bool {
        self.decide(request) == Decision::Allowed
    }
}

impl Statement {
    fn applies(&self, request: &Request<'_>) -> bool {
        let action = request.action.to_ascii_lowercase();
        self.actions.matches(|pattern| pattern.matches(&action))
            && self.resources.matches(|pattern| pattern.matches(request.resource))
            && self.conditions.iter().all(|condition| condition.holds(request.context))
    }
}

/// Whether every one of `policies` allows `request`. No policy, no permission.
#[must_use]
pub fn allows(policies: &[&Policy], request: &Request<'_>) -> bool {
    !policies.is_empty() && policies.iter().all(|policy| policy.allows(request))
}

#[cfg(test)]
mod tests;
