//! Who is signed in.

use super::credentials::CredentialStore;
use super::handover::Handover;
use crate::api;
use crate::browser::{lifecycle, portal, task};
use crate::model::error::PortalError;
use crate::model::viewer::WhoAmI;
use leptos::prelude::*;

/// Whether what the page shows is still this person's to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The portal answered for this person since the page was last shown.
    Confirmed,
    /// The page came back from the back/forward cache and asks the portal first.
    Asking,
    /// The person signed out in another tab.
    SignedOut,
}

/// The answer of `/api/whoami`, for every component.
#[derive(Clone, Copy, Debug)]
pub struct CurrentViewer {
    resource: Resource<Result<WhoAmI, PortalError>, Handover>,
    standing: RwSignal<Standing>,
}

impl CurrentViewer {
    /// The viewer of this page. Call it below the component that called [`super::provide`].
    #[must_use]
    pub fn current() -> Self {
        expect_context()
    }

    pub(super) fn provide(store: CredentialStore) -> Self {
        let resource = Resource::new_with_options(|| (), |()| portal::call(api::Whoami {}), true);
        let viewer = Self { resource, standing: RwSignal::new(Standing::Confirmed) };
        provide_context(viewer);
        lifecycle::on_pagehide(move |kept| {
            store.wipe();
            if kept {
                lifecycle::veil();
                viewer.standing.set(Standing::Asking);
            }
        });
        lifecycle::on_pageshow(move |kept| {
            if kept {
                viewer.confirm(store);
            }
        });
        store.on_signed_out_elsewhere(move || viewer.standing.set(Standing::SignedOut));
        viewer
    }

    /// The answer, once it is there. Tracked; on the server it suspends the nearest `Suspense`.
    #[must_use]
    pub fn get(&self) -> Option<Result<WhoAmI, PortalError>> {
        self.resource.get()
    }

    /// The resource itself, for `Suspend` and `Suspense`.
    #[must_use]
    pub const fn resource(&self) -> Resource<Result<WhoAmI, PortalError>, Handover> {
        self.resource
    }

    /// Whether the page may show what it holds. Tracked when read.
    #[must_use]
    pub fn standing(&self) -> Signal<Standing> {
        self.standing.into()
    }

    /// Asks the portal again, for a retry button.
    pub fn ask_again(&self) {
        self.resource.refetch();
    }

    /// Back from the cache: the portal has the first word.
    fn confirm(self, store: CredentialStore) {
        task::spawn(async move {
            let answer = portal::call(api::Whoami {}).await;
            let known = answer.is_ok();
            self.resource.set(Some(answer));
            self.standing.set(Standing::Confirmed);
            lifecycle::unveil();
            if known {
                store.revive();
            }
        });
    }
}
