//! The stand-ins for balancer, identity provider, STS, S3 and Lambda.

pub mod policy;
pub mod registry;
