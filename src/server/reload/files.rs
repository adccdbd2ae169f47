//! Whether files have changed, asked for now and then.
//!
//! Time and size are looked at each time, the content only where one of them has changed: a file that
//! is written anew with what was in it is no change. Nothing is concluded from a file that is being
//! written: a change counts once two looks in a row find the same.

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// When a file was written, and how long it is; `None` where there is none.
type Written = Option<(Option<SystemTime>, u64)>;

/// What was found at the last look.
pub(super) struct Look {
    files: Vec<PathBuf>,
    written: Vec<Written>,
    content: [u8; 32],
    /// Something changed at the last look.
    is_changing: bool,
}

/// What another look found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looked {
    /// What was there before.
    Same,
    /// Something new, which may not be all.
    Changing,
    /// Something new, and the same as at the last look.
    Settled,
}

impl Look {
    /// Looks for the first time.
    pub(super) fn at(files: Vec<PathBuf>) -> Self {
        Self { written: written(&files), content: content(&files), files, is_changing: false }
    }

    /// Looks again.
    pub(super) fn again(&mut self) -> Looked {
        let written = written(&self.files);
        if written != self.written {
            self.written = written;
            self.is_changing = true;
            return Looked::Changing;
        }
        if !std::mem::take(&mut self.is_changing) {
            return Looked::Same;
        }
        let content = content(&self.files);
        if content == self.content {
            return Looked::Same;
        }
        self.content = content;
        Looked::Settled
    }
}

fn written(files: &[PathBuf]) -> Vec<Written> {
    let one = |file: &PathBuf| std::fs::metadata(file).ok().map(|found| (found.modified().ok(), found.len()));
    files.iter().map(one).collect()
}

/// A hash over all files; one that cannot be read counts as one that is not there.
fn content(files: &[PathBuf]) -> [u8; 32] {
    let one = |file: &Path| std::fs::read(file).map_or([0; 32], |content| Sha256::digest(content).into());
    let mut all = Sha256::new();
    for file in files {
        all.update(one(file));
    }
    all.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_once_it_has_settled() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        std::fs::write(&one, "first").unwrap();
        let mut look = Look::at(vec![one.clone(), other.clone()]);
        assert_eq!([look.again(), look.again()], [Looked::Same, Looked::Same]);
        std::fs::write(&one, "second, half").unwrap();
        assert_eq!(look.again(), Looked::Changing);
        std::fs::write(&one, "second, whole").unwrap();
        assert_eq!([look.again(), look.again(), look.again()], [Looked::Changing, Looked::Settled, Looked::Same]);
        std::fs::write(&other, "appears").unwrap();
        assert_eq!([look.again(), look.again(), look.again()], [Looked::Changing, Looked::Settled, Looked::Same]);
        std::fs::remove_file(&one).unwrap();
        assert_eq!([look.again(), look.again(), look.again()], [Looked::Changing, Looked::Settled, Looked::Same]);
    }

    #[test]
    fn a_file_that_is_written_anew_with_the_same_is_no_change() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("one");
        std::fs::write(&file, "first").unwrap();
        let mut look = Look::at(vec![file.clone()]);
        let later = std::fs::metadata(&file).unwrap().modified().unwrap() + std::time::Duration::from_secs(5);
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(later).unwrap();
        assert_eq!([look.again(), look.again(), look.again()], [Looked::Changing, Looked::Same, Looked::Same]);
    }
}
