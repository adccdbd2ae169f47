//! What the command says to the person. Standard output carries nothing but the credentials.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

/// Writes lines where the person sees them: on standard error and, where a program such as the AWS CLI keeps that to itself,
/// on the terminal too.
#[derive(Debug)]
pub struct Voice {
    terminal: Mutex<Option<File>>,
}

impl Voice {
    /// That of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let is_seen = std::io::stderr().is_terminal();
        let terminal = if is_seen { None } else { OpenOptions::new().write(true).open("/dev/tty").ok() };
        Self { terminal: Mutex::new(terminal) }
    }

    /// Says a line. There is nobody to tell when that fails.
    pub fn say(&self, line: &str) {
        let _unheard = writeln!(std::io::stderr(), "{line}");
        if let Some(terminal) = self.terminal.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            let _unheard = writeln!(terminal, "{line}");
        }
    }
}
