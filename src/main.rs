//! Hands the command line to [`vestibule::server::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    vestibule::server::cli::main(std::env::args_os())
}
