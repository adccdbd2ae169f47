//! A role and the section `[aws]` for tests: as little as there can be.

use super::{Aws, Role, RoleGroups, RoleStrategy, SessionPolicy};
use crate::model::names::{RoleArn, RoleId};

/// A role for everybody, without buckets and functions.
pub(crate) fn role(arn: &str) -> Role {
    Role {
        id: RoleId::parse("r").unwrap(),
        title: "R".into(),
        arn: RoleArn::parse(arn).unwrap(),
        strategy: RoleStrategy::WebIdentity,
        groups: RoleGroups::Everyone,
        duration_seconds: 3_600,
        cap_to_access_token: false,
        session_policy: SessionPolicy::None,
        buckets: Vec::new(),
        functions: Vec::new(),
    }
}

/// AWS's own services, in Ireland.
pub(crate) fn aws() -> Aws {
    Aws { region: "eu-west-1".into(), sts_endpoint: None, s3_endpoint: None, lambda_endpoint: None, signin_endpoint: None }
}
