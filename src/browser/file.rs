//! Files of the person's device: chosen, dropped or pasted, and read piece by piece.

use super::platform;
use std::fmt;
use thiserror::Error;

/// A file that the person gave to the page. Holds no bytes of it.
#[derive(Clone)]
pub struct File {
    /// Where it lay in what was given: its name, with the folders above it before.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// When it was last changed: milliseconds since the epoch.
    pub modified: i64,
    /// What the browser takes it for; empty when it has no idea.
    pub media_type: String,
    /// The browser's own hold of it.
    pub(super) content: platform::Content,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").field("path", &self.path).field("size", &self.size).finish_non_exhaustive()
    }
}

/// A file cannot be read any more: it was changed, moved or deleted since it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the file was changed or is gone")]
pub struct Unreadable;

/// A file or folder that the person gave and the browser did not let the page read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// A file, by its path in what was given.
    File(String),
    /// A folder, by its path. What had been read of it before is not left out.
    Folder(String),
}

/// A piece of a file, for the browser to read when it is sent.
pub struct Piece(pub(super) platform::Blob);

impl File {
    /// `length` bytes of the file, from `first` on.
    #[must_use]
    pub fn piece(&self, first: u64, length: u64) -> Option<Piece> {
        self.content.piece(first, length).map(Piece)
    }
}

/// Reads `length` bytes of the file, from `first` on.
///
/// # Errors
/// [`Unreadable`] when they are not there any more.
pub async fn read(file: &File, first: u64, length: u64) -> Result<Vec<u8>, Unreadable> {
    platform::read_file(&file.content, first, length).await
}

/// What the person chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Files.
    Files,
    /// A folder with everything in it.
    Folder,
}

/// Has the browser ask for files, and calls `work` with them. Not called when the person cancels. Only
/// from a click.
pub fn choose(choice: Choice, work: impl FnOnce(Vec<File>) + 'static) {
    platform::choose_files(choice == Choice::Folder, Box::new(work));
}

/// Calls `work` with the files and folders that are dropped onto the page or pasted into it, and with what could not be
/// read of them, until the watch is dropped.
pub fn on_arrival(work: impl Fn(Vec<File>, Vec<LeftOut>) + 'static) -> ArrivalWatch {
    ArrivalWatch { _until_dropped: platform::ArrivalWatch::new(Box::new(work)) }
}

/// Watches for files while it lives.
#[must_use = "a dropped watch sees nothing"]
pub struct ArrivalWatch {
    _until_dropped: platform::ArrivalWatch,
}

impl fmt::Debug for ArrivalWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ArrivalWatch")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A file of which only what it says about itself exists.
    pub(crate) fn file(path: &str, size: u64) -> File {
        File { path: path.to_owned(), size, modified: 1, media_type: String::new(), content: platform::Content }
    }
}
