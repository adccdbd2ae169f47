//! The language of the page, and changing it: what is drawn is drawn anew, what is held in memory stays.

use crate::browser::language;
use crate::reactive::RwSignal;
use leptos::prelude::{expect_context, provide_context};

/// Tells what is drawn that the language has changed.
#[derive(Clone, Copy, Debug)]
pub struct PageLanguage(RwSignal<()>);

impl PageLanguage {
    /// That of this page. Call it below the component that called [`super::provide`].
    #[must_use]
    pub fn current() -> Self {
        expect_context()
    }

    pub(super) fn provide() {
        provide_context(Self(RwSignal::new(())));
    }

    /// Whoever calls this runs again when the language has changed.
    pub fn track(self) {
        self.0.track();
    }

    /// Goes on in the language of this code, or in that of the browser, and keeps that for the next time. `false` when its
    /// texts cannot be loaded; then everything stays as it is.
    pub async fn choose(self, code: Option<&'static str>) -> bool {
        let spoken = language::speak(code.unwrap_or_else(language::of_browser)).await;
        if spoken {
            language::choose(code);
            // The page cannot be left while this runs: it is the root's.
            self.0.set(());
        }
        spoken
    }
}
