//! The command line.

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs `vestibule` with these arguments, program name first.
pub fn main(_arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    ExitCode::from(2)
}
