//! What a person pastes into the terminal.

use super::inbox::Inbox;
use crate::terminal::Paste;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, stdin};
use std::sync::Arc;

/// Longest line that is read: whoever sends longer ones pastes nothing of ours.
const LONGEST: u64 = 16 * 1_024;

/// Reads the terminal and, where there is none and `also_input` says so, standard input. (That may hold what another program
/// wants: `aws s3 cp - …` reads it after this command.)
///
/// In a thread of its own that ends with the process: nothing can end a read from a terminal.
pub(super) fn listen(inbox: Arc<Inbox>, also_input: bool) {
    std::thread::spawn(move || match File::open("/dev/tty") {
        Ok(terminal) => gather(BufReader::new(terminal), &inbox),
        Err(_) if also_input => gather(stdin().lock(), &inbox),
        Err(_) => {}
    });
}

fn gather(mut lines: impl BufRead, inbox: &Inbox) {
    let mut paste = Paste::default();
    loop {
        let mut line = Vec::new();
        match lines.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        if let Some(sealed) = paste.line(&String::from_utf8_lossy(&line)) {
            inbox.pasted(&sealed);
        }
    }
}
