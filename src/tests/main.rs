//! The portal from outside: requests go through the router without a socket, with a balancer and an
//! identity provider of the tests' own, and an STS that answers what a test lays before it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod api;
mod assume_role;
mod balancer;
mod captured_log;
mod clock_steps;
mod cognito;
mod connection;
mod console;
mod crash;
mod crash_portal;
mod cross_site;
mod deployed;
mod doctor;
mod faults;
mod flow;
mod iam;
mod image;
mod languages;
mod layers;
mod log;
mod mint;
mod mint_limits;
mod own_secrets;
mod pages;
mod process;
mod renewal;
mod revocation;
mod samples;
mod secrets;
mod serve;
mod sessions;
mod sign_out;
mod store_faults;
mod strategies;
mod sts;
mod tls;
mod world;
