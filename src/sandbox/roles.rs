//! The IAM roles of the sandbox: what IAM knows of each, and what the portal's configuration says
//! of it.

use super::personas::{ADMIN_GROUP, PERSONAS};
use crate::model::location::{Permission, Signing};
use crate::model::names::{NameError, RoleArn, RoleId};
use crate::sandbox::policy::TrustPolicy;
use crate::sandbox::registry::{ACCOUNT, REGION};
use crate::server::config::{self, PoolFlow};
use crate::server::issuer::token;
use std::time::Duration;

/// A role.
#[derive(Debug)]
pub struct SandboxRole {
    /// Id in the portal, and the role's name in IAM.
    pub id: &'static str,
    title: &'static str,
    groups: &'static [&'static str],
    duration_seconds: u32,
    buckets: &'static [(&'static str, &'static str, &'static [Permission])],
    functions: &'static [&'static str],
    /// Who may take it, and so how the portal mints it.
    pub trust: Trust,
    /// Its permission policy, as IAM holds it.
    pub policy: &'static str,
    /// `MaxSessionDuration`, in seconds.
    pub max_session_seconds: u32,
    /// Life of its credentials whatever is asked, where it has one. (AWS has nothing like it: it
    /// makes expiry something that can be watched.)
    pub fixed_life_seconds: Option<u32>,
    /// What STS does instead of answering.
    pub fault: Option<Fault>,
}

/// Who may take a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Whoever shows a web identity token of a member of the role's groups.
    Federated,
    /// Whoever shows a token of the identity pool.
    IdentityPool(PoolFlow),
    /// Whoever shows a token that the portal signed for this role and a member of its groups.
    SelfIssued,
    /// Whoever the trust policy names, with a signed call.
    Signed {
        /// The trust policy, as IAM holds it.
        policy: &'static str,
        /// Claims that the portal sends as tags.
        tag_claims: &'static [&'static str],
    },
}

/// How STS misbehaves for a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refuses: status, code, message.
    Refusal(u16, &'static str, &'static str),
    /// Says nothing for so long.
    Silence(Duration),
}

const READ_ONLY: &[Permission] = &[Permission::List, Permission::Read];
const READ_WRITE: &[Permission] = &[Permission::List, Permission::Read, Permission::Write, Permission::Delete];
const UPLOADS: &[(&str, &str, &[Permission])] = &[
    ("uploads", "", READ_WRITE),
    ("busy", "", READ_WRITE),
    ("slow", "", READ_WRITE),
    ("discard", "", READ_WRITE),
    ("versioned", "", &Permission::ALL),
    ("unexposed", "", &Permission::ALL),
];

/// All roles, in the order of the configuration.
pub static ROLES: [SandboxRole; 14] = [
    SandboxRole {
        id: "analyst",
        title: "Data analyst",
        groups: &["analysts"],
        duration_seconds: 3_600,
        buckets: &[
            ("reports", "team/", READ_WRITE),
            ("odd-names", "", READ_WRITE),
            ("empty", "", READ_WRITE),
            ("synthetic", "", READ_ONLY),
            ("denied", "", READ_ONLY),
            ("no-cors", "", READ_ONLY),
        ],
        functions: &["echo", "word-count", "fail", "slow", "forbidden", "count", "buffered", "busy", "picture", "resize"],
        trust: Trust::Federated,
        policy: ANALYST_POLICY,
        max_session_seconds: 43_200,
        fixed_life_seconds: None,
        fault: None,
    },
    SandboxRole {
        id: "reader",
        title: "Report reader",
        groups: &["analysts", ADMIN_GROUP],
        duration_seconds: 3_600,
        buckets: &[("reports", "", READ_ONLY)],
        functions: &["echo"],
        trust: Trust::Federated,
        policy: READER_POLICY,
        max_session_seconds: 3_600,
        fixed_life_seconds: None,
        fault: None,
    },
    SandboxRole {
        id: "auditor",
        title: "Auditor",
        groups: &["analysts"],
        duration_seconds: 3_600,
        buckets: &[("reports", "", READ_ONLY)],
        functions: &["word-count"],
        trust: Trust::Signed { policy: AUDITOR_TRUST, tag_claims: &["username"] },
        policy: AUDITOR_POLICY,
        max_session_seconds: 3_600,
        fixed_life_seconds: None,
        fault: None,
    },
    SandboxRole {
        id: "brief",
        title: "Brief visit",
        groups: &["expiring"],
        duration_seconds: 900,
        buckets: &[("reports", "", READ_ONLY)],
        functions: &["echo"],
        trust: Trust::Federated,
        policy: READER_POLICY,
        max_session_seconds: 3_600,
        fixed_life_seconds: Some(20),
        fault: None,
    },
    SandboxRole {
        id: "uploader",
        title: "Uploader",
        groups: &["analysts"],
        duration_seconds: 3_600,
        buckets: UPLOADS,
        functions: &[],
        trust: Trust::Federated,
        policy: UPLOADER_POLICY,
        max_session_seconds: 3_600,
        fixed_life_seconds: None,
        fault: None,
    },
    SandboxRole {
        id: "brief-uploader",
        title: "Brief upload",
        groups: &["expiring"],
        duration_seconds: 900,
        buckets: UPLOADS,
        functions: &[],
        trust: Trust::Federated,
        policy: UPLOADER_POLICY,
        max_session_seconds: 3_600,
        fixed_life_seconds: Some(20),
        fault: None,
    },
    SandboxRole {
        id: "collector",
        title: "Collector",
        groups: &[ADMIN_GROUP],
        duration_seconds: 3_600,
        buckets: &[
            ("header-only", "", READ_WRITE),
            ("guarded", "", READ_WRITE),
            ("flaky", "", READ_WRITE),
            ("throttled", "", READ_ONLY),
            ("heedless", "", READ_ONLY),
            ("tree", "", READ_ONLY),
        ],
        functions: &[],
        trust: Trust::Federated,
        policy: COLLECTOR_POLICY,
        max_session_seconds: 3_600,
        fixed_life_seconds: None,
        fault: None,
    },
    by("pool", "Reader by identity pool", Trust::IdentityPool(PoolFlow::Basic)),
    by("pool-enhanced", "Reader by identity pool, enhanced", Trust::IdentityPool(PoolFlow::Enhanced)),
    by("self-issued", "Reader by the portal's word", Trust::SelfIssued),
    faulty("fault-throttled", "Fault: STS throttles", Fault::Refusal(400, "Throttling", "Rate exceeded")),
    faulty(
        "fault-down",
        "Fault: STS is down",
        Fault::Refusal(503, "ServiceUnavailable", "Service is unavailable. Please try again shortly."),
    ),
    faulty("fault-silent", "Fault: STS does not answer", Fault::Silence(Duration::from_secs(30))),
    faulty(
        "fault-packed",
        "Fault: the session policy is too large",
        Fault::Refusal(400, "PackedPolicyTooLarge", "Packed policy consumes 157% of allotted space, please use smaller policy."),
    ),
];

/// A role of the administrators, like `reader` but for how it is taken.
const fn by(id: &'static str, title: &'static str, trust: Trust) -> SandboxRole {
    SandboxRole {
        id,
        title,
        groups: &[ADMIN_GROUP],
        duration_seconds: 3_600,
        buckets: &[("reports", "", READ_ONLY)],
        functions: &["echo"],
        trust,
        policy: READER_POLICY,
        max_session_seconds: 3_600,
        fixed_life_seconds: None,
        fault: None,
    }
}

/// A role of the administrators, like `reader` but for its STS.
const fn faulty(id: &'static str, title: &'static str, fault: Fault) -> SandboxRole {
    SandboxRole {
        id,
        title,
        groups: &[ADMIN_GROUP],
        duration_seconds: 3_600,
        buckets: &[("reports", "", READ_ONLY)],
        functions: &["echo"],
        trust: Trust::Federated,
        policy: READER_POLICY,
        max_session_seconds: 3_600,
        fixed_life_seconds: None,
        fault: Some(fault),
    }
}

/// `forbidden` has an Allow of its own beside the Deny, so that it is the Deny that is met.
const ANALYST_POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"], "Resource": "arn:aws:s3:::reports",
     "Condition": {"StringLike": {"s3:prefix": "team/*"}}},
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging",
      "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
     "Resource": "arn:aws:s3:::reports/team/*"},
    {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketVersions"],
     "Resource": ["arn:aws:s3:::odd-names", "arn:aws:s3:::empty", "arn:aws:s3:::synthetic", "arn:aws:s3:::denied",
      "arn:aws:s3:::no-cors"]},
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging",
      "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
     "Resource": ["arn:aws:s3:::odd-names/*", "arn:aws:s3:::empty/*"]},
    {"Effect": "Allow", "Action": "s3:ListBucketMultipartUploads", "Resource": ["arn:aws:s3:::odd-names", "arn:aws:s3:::empty"]},
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::synthetic/*", "arn:aws:s3:::denied/*", "arn:aws:s3:::no-cors/*"]},
    {"Effect": "Deny", "Action": "s3:*", "Resource": ["arn:aws:s3:::denied", "arn:aws:s3:::denied/*"]},
    {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:000000000000:function:*"},
    {"Effect": "Deny", "Action": "lambda:*", "Resource": "arn:aws:lambda:eu-west-1:000000000000:function:forbidden*"}
  ]
}"#;

const READER_POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::reports"},
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"},
    {"Effect": "Allow", "Action": "lambda:InvokeFunction",
     "Resource": ["arn:aws:lambda:eu-west-1:000000000000:function:echo", "arn:aws:lambda:eu-west-1:000000000000:function:echo:*"]}
  ]
}"#;

const UPLOADER_POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketMultipartUploads"],
     "Resource": ["arn:aws:s3:::uploads", "arn:aws:s3:::busy", "arn:aws:s3:::slow", "arn:aws:s3:::discard"]},
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
     "Resource": ["arn:aws:s3:::uploads/*", "arn:aws:s3:::busy/*", "arn:aws:s3:::slow/*", "arn:aws:s3:::discard/*"]},
    {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"],
     "Resource": ["arn:aws:s3:::versioned", "arn:aws:s3:::unexposed"]},
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion",
      "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:GetObjectTagging", "s3:GetObjectVersionTagging", "s3:PutObjectTagging",
      "s3:DeleteObjectTagging"],
     "Resource": ["arn:aws:s3:::versioned/*", "arn:aws:s3:::unexposed/*"]}
  ]
}"#;

/// The guardrail of companies that want no URL to carry a signature. The portal's configuration knows of it for
/// `header-only`, and finds out for `guarded`.
const COLLECTOR_POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": ["arn:aws:s3:::header-only", "arn:aws:s3:::guarded", "arn:aws:s3:::flaky",
      "arn:aws:s3:::throttled", "arn:aws:s3:::heedless", "arn:aws:s3:::tree"]},
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::throttled/*", "arn:aws:s3:::heedless/*", "arn:aws:s3:::tree/*"]},
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
     "Resource": ["arn:aws:s3:::header-only/*", "arn:aws:s3:::guarded/*", "arn:aws:s3:::flaky/*"]},
    {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::flaky/*/secret*"},
    {"Effect": "Deny", "Action": "s3:*", "Condition": {"StringEquals": {"s3:authType": "REST-QUERY-STRING"}},
     "Resource": ["arn:aws:s3:::header-only", "arn:aws:s3:::header-only/*", "arn:aws:s3:::guarded", "arn:aws:s3:::guarded/*"]}
  ]
}"#;

/// What the deploy guide asks for: the portal's own role, all three actions, and nobody without a
/// name.
const AUDITOR_TRUST: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:role/portal"},
     "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
     "Condition": {"StringLike": {"sts:SourceIdentity": "?*", "aws:RequestTag/subject": "?*"}}}
  ]
}"#;

/// Opens to sessions that say whose they are.
const AUDITOR_POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::reports",
     "Condition": {"StringLike": {"aws:PrincipalTag/subject": "?*", "aws:SourceIdentity": "?*"}}},
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*",
     "Condition": {"StringEquals": {"aws:PrincipalTag/username": ["analyst", "admin", "no-audience"]}}},
    {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:000000000000:function:word-count"}
  ]
}"#;

impl SandboxRole {
    /// The role with exactly this ARN.
    #[must_use]
    pub fn find(arn: &str) -> Option<&'static Self> {
        ROLES.iter().find(|role| role.arn_text() == arn)
    }

    fn arn_text(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:role/{}", self.id)
    }

    /// The role's ARN.
    ///
    /// # Errors
    /// None with the roles of this file; a test sees to it.
    pub fn arn(&self) -> Result<RoleArn, NameError> {
        RoleArn::parse(self.arn_text())
    }

    /// The trust policy's condition on the token's subject: the members of the role's groups.
    #[must_use]
    pub fn trusts_subject(&self, subject: &str) -> bool {
        let by_subject = matches!(self.trust, Trust::Federated | Trust::SelfIssued);
        by_subject && PERSONAS.iter().any(|persona| persona.subject == subject && persona.is_in_any(self.groups))
    }

    /// The trust policy, where signed calls can take the role.
    #[must_use]
    pub fn trust_policy(&self) -> Option<TrustPolicy> {
        match self.trust {
            Trust::Federated | Trust::IdentityPool(_) | Trust::SelfIssued => None,
            // One that cannot be read trusts nobody; a test sees to it that all can.
            Trust::Signed { policy, .. } => TrustPolicy::parse(policy).ok(),
        }
    }

    /// The audience of the portal's own tokens for this role.
    #[must_use]
    pub fn audience(&self) -> String {
        RoleId::parse(self.id).map(|id| token::audience(&id)).unwrap_or_default()
    }

    /// What the portal's configuration says of it.
    ///
    /// # Errors
    /// As [`arn`](Self::arn).
    pub fn portal_role(&self) -> Result<config::Role, NameError> {
        Ok(config::Role {
            id: RoleId::parse(self.id)?,
            title: self.title.to_owned(),
            arn: self.arn()?,
            strategy: match self.trust {
                Trust::Federated => config::RoleStrategy::WebIdentity,
                Trust::IdentityPool(flow) => config::RoleStrategy::IdentityPool { flow, tag_claims: Vec::new() },
                Trust::SelfIssued => config::RoleStrategy::SelfIssued { tag_claims: Vec::new() },
                Trust::Signed { tag_claims, .. } => {
                    config::RoleStrategy::AssumeRole { tag_claims: tag_claims.iter().map(|&claim| claim.to_owned()).collect() }
                }
            },
            groups: config::RoleGroups::AnyOf(self.groups.iter().map(|&group| group.to_owned()).collect()),
            duration_seconds: self.duration_seconds,
            cap_to_access_token: false,
            session_policy: match self.trust {
                Trust::IdentityPool(PoolFlow::Enhanced) => config::SessionPolicy::None,
                _ => config::SessionPolicy::Generate,
            },
            buckets: self.buckets.iter().map(|&(name, prefix, permissions)| bucket(name, prefix, permissions)).collect(),
            functions: self.functions.iter().map(|&name| function(name)).collect(),
        })
    }
}

/// `echo` alone has a version and an alias, `resize` alone says what its events look like.
fn function(name: &str) -> config::Function {
    let qualifiers: &[&str] = if name == "echo" { &["live", "1"] } else { &[] };
    config::Function {
        name: name.to_owned(),
        qualifiers: qualifiers.iter().map(|&qualifier| qualifier.to_owned()).collect(),
        schema: (name == "resize").then(|| config::FunctionSchema { file: None, json: RESIZE.to_owned() }),
    }
}

/// What the events of `resize` look like.
const RESIZE: &str = include_str!("lambda/resize.schema.json");

fn bucket(name: &str, prefix: &str, permissions: &[Permission]) -> config::Bucket {
    config::Bucket {
        name: name.to_owned(),
        region: Some(REGION.to_owned()),
        prefix: prefix.to_owned(),
        permissions: permissions.to_vec(),
        kms_keys: Vec::new(),
        sign: if name == "header-only" { Signing::Header } else { Signing::Query },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::schema::Schema;
    use crate::sandbox::personas::Persona;
    use crate::sandbox::policy::Policy;

    #[test]
    fn every_role_is_well_formed() {
        for role in &ROLES {
            let portal = role.portal_role().unwrap();
            assert_eq!(SandboxRole::find(portal.arn.as_str()).unwrap().id, role.id);
            assert!(Policy::parse(role.policy).is_ok(), "{}", role.id);
            assert_eq!(role.trust_policy().is_some(), matches!(role.trust, Trust::Signed { .. }), "{}", role.id);
            assert!(role.policy.len() <= 6_144, "IAM's limit on a managed policy");
            for schema in portal.functions.iter().filter_map(|function| function.schema.as_ref()) {
                assert_eq!(Schema::parse(&schema.json).err(), None);
            }
            assert!(role.duration_seconds <= role.max_session_seconds);
        }
        assert!(SandboxRole::find("arn:aws:iam::000000000000:role/nobody").is_none());
    }

    #[test]
    fn trust_follows_the_groups() {
        let trusted = |role: &str, persona: &str| {
            let role = SandboxRole::find(&format!("arn:aws:iam::{ACCOUNT}:role/{role}")).unwrap();
            role.trusts_subject(Persona::find(persona).unwrap().subject)
        };
        assert!(trusted("analyst", "analyst") && trusted("analyst", "admin") && trusted("analyst", "no-audience"));
        assert!(!trusted("analyst", "outsider") && !trusted("analyst", "expiring") && !trusted("fault-down", "analyst"));
        assert!(!trusted("auditor", "analyst"), "no token opens what only signed calls open");
        assert!(trusted("brief", "expiring") && trusted("fault-down", "admin") && !trusted("reader", "outsider"));
    }
}
