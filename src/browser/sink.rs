//! Files that the page writes: where the person says, in the browser's own storage and from there to where downloads go,
//! or in memory where a browser has neither.

use super::platform;
use std::fmt;
use thiserror::Error;

/// Most bytes that are held in memory. A browser that has to hold more may end the page.
pub const MOST_IN_MEMORY: u64 = 256 * 1024 * 1024;

/// Where a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Where the person says: the browser asks. Only from a click.
    Asked,
    /// In the storage that the browser keeps for this site.
    Storage,
    /// In memory, up to [`MOST_IN_MEMORY`].
    Memory,
}

/// Why there is no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unwritable {
    /// The person did not choose a place.
    #[error("no place was chosen")]
    Dismissed,
    /// No more room.
    #[error("there is no room left")]
    Full,
    /// The browser does not let the page write, or not any more.
    #[error("the file cannot be written")]
    Refused,
}

/// A file that is being written. What is written shows when it is [finished](Sink::finish).
#[derive(Clone)]
pub struct Sink(platform::Sink);

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink")
    }
}

/// The best place that this browser has for a large file.
#[must_use]
pub fn best() -> Place {
    platform::best_place()
}

/// The best place for a file about which the person is not asked.
#[must_use]
pub fn best_unasked() -> Place {
    platform::best_unasked_place()
}

/// Begins a file.
///
/// # Errors
/// When the person or the browser refuses.
pub async fn begin(place: Place, name: &str) -> Result<Sink, Unwritable> {
    platform::Sink::begin(place, name).await.map(Sink)
}

impl Sink {
    /// Writes bytes at a position, over what stands there.
    ///
    /// # Errors
    /// When there is no room, or the file is gone.
    pub async fn write(&self, position: u64, bytes: &[u8]) -> Result<(), Unwritable> {
        self.0.write(position, bytes).await
    }

    /// Ends the file after so many bytes, and has the browser save it where it is not already.
    ///
    /// # Errors
    /// As [`Sink::write`].
    pub async fn finish(&self, length: u64, media_type: &str) -> Result<(), Unwritable> {
        self.0.finish(length, media_type).await
    }

    /// Removes what was written.
    pub async fn discard(&self) {
        self.0.discard().await;
    }
}

/// Removes from the browser's storage what pages left there that are gone.
pub async fn sweep() {
    platform::sweep().await;
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A file that takes nothing.
    pub(crate) fn sink() -> Sink {
        Sink(platform::Sink)
    }
}
