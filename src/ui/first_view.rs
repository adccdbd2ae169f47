//! Whether the page shows what it was opened for. Until then everything that is only wanted later waits: its requests
//! would stand in a browser's six connections before those that the person waits for.

use crate::browser::{ON_SERVER, task, timer};
use crate::reactive::{RwSignal, effect};
use leptos::prelude::{expect_context, provide_context};

/// After so many milliseconds nothing waits any longer.
const LONGEST: u32 = 3_000;

/// One a page.
#[derive(Clone, Copy, Debug)]
pub struct FirstView {
    awaited: RwSignal<bool>,
}

impl FirstView {
    /// Call it once, in the application's root component.
    pub fn provide() {
        provide_context(Self { awaited: RwSignal::new(false) });
    }

    /// That of this page.
    #[must_use]
    pub fn current() -> Self {
        expect_context()
    }

    /// What is wanted later waits for `there`, which is asked again when what it reads changes.
    pub fn wait_for(self, there: impl Fn() -> bool + Send + Sync + 'static) {
        if ON_SERVER {
            return;
        }
        self.awaited.set(true);
        effect(move || {
            if there() {
                self.end_in(timer::A_PAINT);
            }
        });
        self.end_in(LONGEST);
    }

    fn end_in(self, millis: u32) {
        task::spawn(async move {
            timer::sleep(millis).await;
            self.awaited.set(false);
        });
    }

    /// Whether it is there. Tracked when read.
    #[must_use]
    pub fn is_there(self) -> bool {
        !self.awaited.get()
    }
}
