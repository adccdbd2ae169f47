//! Whether the files that are open still stand where the configuration says.
//!
//! A file that was removed, renamed or replaced goes on taking writes through whoever has it open,
//! and nobody finds them again: after a restart, blocks would be forgotten and mints be off the record.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The database file and its log, as they were when they were opened.
#[derive(Debug)]
pub(super) struct Standing {
    database: File,
    /// SQLite makes it with the first write, and removes it with the last connection.
    log: File,
}

#[derive(Debug)]
struct File {
    path: PathBuf,
    /// `None`: not seen yet.
    identity: Option<Identity>,
}

/// Which file it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

/// A file is not where it was.
#[derive(Debug, Error)]
pub(super) enum NotStanding {
    /// Nothing can be seen there.
    #[error("{} cannot be found any more ({source}); put the file back, or start the portal again to begin with a new one", path.display())]
    Gone {
        /// Where it was.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is another.
    #[error("{} is another file by now; start the portal again to use it", path.display())]
    Replaced {
        /// Where it was.
        path: PathBuf,
    },
}

impl Standing {
    /// Remembers the file that was opened.
    pub(super) fn of(database: &Path) -> io::Result<Self> {
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        let identity = Some(Identity::of(&std::fs::metadata(database)?));
        Ok(Self { database: File { path: database.to_owned(), identity }, log: File { path: log.into(), identity: None } })
    }

    /// Looks again.
    pub(super) fn check(&mut self) -> Result<(), NotStanding> {
        self.database.check()?;
        self.log.check()
    }
}

impl File {
    fn check(&mut self) -> Result<(), NotStanding> {
        let found = std::fs::metadata(&self.path).map(|metadata| Identity::of(&metadata));
        match (self.identity, found) {
            (Some(known), Ok(found)) if known != found => Err(NotStanding::Replaced { path: self.path.clone() }),
            (Some(_), Err(source)) => Err(NotStanding::Gone { path: self.path.clone(), source }),
            (None, Ok(found)) => {
                self.identity = Some(found);
                Ok(())
            }
            (Some(_), Ok(_)) | (None, Err(_)) => Ok(()),
        }
    }
}

impl Identity {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    /// A system where a file that is open can be neither removed nor renamed.
    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Self {
        Self { device: 0, inode: 0 }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_again_and_another_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let [path, aside] = ["s.db", "aside.db"].map(|name| folder.path().join(name));
        std::fs::write(&path, "one").unwrap();
        let mut standing = Standing::of(&path).unwrap();
        standing.check().unwrap();
        std::fs::write(&path, "the same file, written again").unwrap();
        standing.check().unwrap();
        std::fs::rename(&path, &aside).unwrap();
        assert!(matches!(standing.check(), Err(NotStanding::Gone { .. })));
        std::fs::copy(&aside, &path).unwrap();
        assert!(matches!(standing.check(), Err(NotStanding::Replaced { .. })));
        std::fs::rename(&aside, &path).unwrap();
        standing.check().unwrap();
    }

    #[test]
    fn the_log_counts_once_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let [path, log] = ["s.db", "s.db-wal"].map(|name| folder.path().join(name));
        std::fs::write(&path, "one").unwrap();
        let mut standing = Standing::of(&path).unwrap();
        standing.check().unwrap();
        std::fs::write(&log, "log").unwrap();
        standing.check().unwrap();
        std::fs::remove_file(&log).unwrap();
        assert!(standing.check().unwrap_err().to_string().contains("s.db-wal cannot be found any more"));
    }
}
