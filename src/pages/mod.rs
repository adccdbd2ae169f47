//! One file or folder a route.

pub mod browse;
pub mod frame;
pub mod functions;
pub mod not_found;
pub mod problem;
pub mod signed_out;
