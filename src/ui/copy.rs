//! A button that copies a text.

use crate::browser::{clipboard, task};
use crate::reactive::RwSignal;
use crate::ui::button::button;
use crate::ui::piece::{Tag, text};
use crate::words::t;

/// Copies what `read` gives when it is pressed, and says whether that was done; `word` before.
pub fn copy_button<T: AsRef<str> + 'static>(class: &'static str, word: &'static str, read: impl Fn() -> T + Send + 'static) -> Tag {
    let copied = RwSignal::new(None::<bool>);
    let press = move || {
        let read = read();
        task::spawn(async move {
            let done = clipboard::copy(read.as_ref()).await;
            // The button may be gone by then.
            let _ = copied.try_set(Some(done));
        });
    };
    let shown = move || match copied.get() {
        None => word,
        Some(true) => t!("Copied"),
        Some(false) => t!("Copy it by hand"),
    };
    button(class, text(shown), press)
}
