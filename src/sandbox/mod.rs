//! The stand-ins for balancer, identity provider, STS, S3 and Lambda.

pub mod cors;
pub mod lambda;
pub mod policy;
pub mod registry;
mod request_id;
pub mod s3;
