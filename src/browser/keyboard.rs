//! Keys: what they are called on this device, and hearing them wherever the focus is.

use super::platform;
use crate::words::t;
use leptos::web_sys::Event;

/// The key that stands for "do it" together with another: ⌘ on Apple's devices, Ctrl elsewhere.
#[must_use]
pub fn command_key() -> &'static str {
    if is_apple() { "⌘" } else { t!("Ctrl") }
}

/// Whether this is a device of Apple's, whose keys have other names.
#[must_use]
pub fn is_apple() -> bool {
    platform::is_apple()
}

/// The key's place on the keyboard, as an American one names it; none while a character is composed of several keys.
#[must_use]
pub fn code(event: &Event) -> Option<String> {
    platform::code(event)
}

/// Whether the page runs from right to left.
#[must_use]
pub fn is_right_to_left() -> bool {
    platform::is_right_to_left()
}

/// When something is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before what the event is for hears it, and may keep it from it.
    Before,
    /// After it.
    After,
}

/// Calls `work` with every event of this name in the page, until what is given is dropped.
pub fn hear(event: &'static str, when: When, work: impl Fn(Event) + 'static) -> Hearing {
    Hearing { _until_dropped: platform::Hearing::new(event, when == When::Before, Box::new(work)) }
}

/// Hears while it lives.
#[must_use = "a dropped hearing hears nothing"]
pub struct Hearing {
    _until_dropped: platform::Hearing,
}

impl std::fmt::Debug for Hearing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hearing")
    }
}
