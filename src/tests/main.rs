//! The portal from outside: requests go through the router without a socket, with a balancer and an
//! identity provider of the tests' own, and an STS that answers what a test lays before it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod api;
mod balancer;
mod captured_log;
mod crash;
mod cross_site;
mod faults;
mod iam;
mod mint;
mod pages;
mod revocation;
mod secrets;
mod sessions;
mod sign_out;
mod sts;
mod world;
