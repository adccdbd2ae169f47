//! The labels of the figures: words of the configuration and of our own enumerations.

use prometheus_client::encoding::EncodeLabelSet;

/// Of a release.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct BuildLabels {
    pub(super) version: &'static str,
}

/// Of a call for credentials. Role and strategy are empty where the configuration has no such role.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct MintLabels {
    pub(super) role: String,
    pub(super) strategy: &'static str,
    pub(super) outcome: &'static str,
}

/// Of a role.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RoleLabels {
    pub(super) role: String,
}

/// Of a strategy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct StrategyLabels {
    pub(super) strategy: &'static str,
}

/// Of a verification; the rule is empty where none was broken.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct VerificationLabels {
    pub(super) outcome: &'static str,
    pub(super) rule: String,
}

/// Of anything that can end in several ways.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OutcomeLabels {
    pub(super) outcome: &'static str,
}
