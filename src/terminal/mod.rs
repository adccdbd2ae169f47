//! What `vestibule credential-process` and the page `/cli` agree on: the address that opens the page, the check code that
//! both show, and the seal under which credentials go from the page to the command.
//!
//! Compiled for both sides, without I/O, time or randomness of its own: whoever calls brings random bytes along.

mod asked;
mod paste;
mod seal;

pub use asked::{Asked, KEY, LISTENER, PAGE, STATE, Unreadable};
pub use paste::{Paste, armoured};
pub use seal::{NotSealed, OwnKey, SECRET, is_key, seal};
