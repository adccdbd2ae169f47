//! The portal from outside: requests go through the router without a socket, with a balancer and an
//! identity provider of the tests' own, and an STS that answers what a test lays before it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod api;
mod balancer;
mod captured_log;
mod clock_steps;
mod connection;
mod cross_site;
mod faults;
mod log;
mod mint;
mod pages;
mod process;
mod renewal;
mod secrets;
mod serve;
mod sign_out;
mod store_faults;
mod sts;
mod tls;
mod world;
