//! The thread that moves what was written from the log into the file.
//!
//! A checkpoint waits for the disk several times, for milliseconds altogether. SQLite would make it
//! in a commit, every thousand pages, and everybody in that commit and behind it would wait too. A
//! passive checkpoint on a connection of its own keeps nobody waiting: the writer goes on appending
//! meanwhile.

use rusqlite::Connection;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

/// Pages in the log from which the writer makes a checkpoint itself after all (64 MB). Only a
/// checkpoint without writes beside it brings the log back to its beginning.
const PAGES_AT_MOST: u32 = 16_000;
/// From one checkpoint to the next.
const BREATH: Duration = Duration::from_secs(1);

/// The writer's end. The thread ends when it is dropped.
#[derive(Debug)]
pub(super) struct Checkpoints(SyncSender<()>);

impl Checkpoints {
    /// Starts the thread on `connection`, and leaves to it what `writer` would do.
    pub(super) fn start(connection: Connection, writer: &Connection) -> std::io::Result<Self> {
        let (sender, written) = sync_channel(1);
        std::thread::Builder::new().name("checkpoints".to_owned()).spawn(move || run(&connection, &written))?;
        if let Err(error) = writer.pragma_update(None, "wal_autocheckpoint", PAGES_AT_MOST) {
            tracing::warn!(%error, "the writer keeps making the checkpoints");
        }
        Ok(Self(sender))
    }

    /// Something was written.
    pub(super) fn due(&self) {
        // Full: the thread has been told and has not come to it. Closed: the writer makes them.
        let _ = self.0.try_send(());
    }
}

fn run(connection: &Connection, written: &Receiver<()>) {
    while written.recv().is_ok() {
        // Whether it got to the end says the next one; a full disk is reported by the writes themselves.
        if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::debug!(%error, "a checkpoint could not be made");
        }
        std::thread::sleep(BREATH);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "bounds the test")]
    fn what_was_written_moves_into_the_file_while_it_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.db");
        let writer = super::super::connect(&path).unwrap();
        let checkpoints = Checkpoints::start(super::super::connect(&path).unwrap(), &writer).unwrap();
        writer.execute_batch("CREATE TABLE t (n TEXT); INSERT INTO t VALUES ('written here')").unwrap();
        let in_file = || String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains("written here");
        assert!(!in_file(), "SQLite makes no checkpoint for so little");
        checkpoints.due();
        let begun = Instant::now();
        while !in_file() {
            assert!(begun.elapsed() < Duration::from_secs(20), "no checkpoint was made");
            std::thread::sleep(Duration::from_millis(10));
        }
        let of_the_writer: u32 = writer.query_row("PRAGMA wal_autocheckpoint", [], |row| row.get(0)).unwrap();
        assert_eq!(of_the_writer, PAGES_AT_MOST);
    }
}
