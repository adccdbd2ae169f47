//! Who is signed in.

use super::credentials::CredentialStore;
use crate::api;
use crate::browser::{lifecycle, navigation, portal, task};
use crate::model::error::PortalError;
use crate::model::json;
use crate::model::viewer::WhoAmI;
use crate::reactive::{RwSignal, Signal, StoredValue};
use leptos::prelude::{expect_context, provide_context, use_context};

/// Whether what the page shows is still this person's to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The portal answered for this person since the page was last shown.
    Confirmed,
    /// The page came back from the back/forward cache and asks the portal first.
    Asking,
    /// In another tab the person signed out, or somebody else signed in.
    SignedOut,
}

/// What the server found out before it wrote the page: the answer of `/api/whoami`. The page carries it
/// as JSON, so that the browser neither asks again nor shows something else first.
#[derive(Clone, Debug)]
pub struct Handover(pub Result<WhoAmI, PortalError>);

impl Handover {
    /// The element that carries it.
    pub const ELEMENT: &'static str = "viewer";

    /// What stands in the element, which no text in it can end.
    #[must_use]
    pub fn to_html(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default().replace('<', "\\u003c")
    }
}

/// The answer of `/api/whoami`, for every component.
#[derive(Clone, Copy, Debug)]
pub struct CurrentViewer {
    answer: RwSignal<Option<Result<WhoAmI, PortalError>>>,
    standing: RwSignal<Standing>,
    /// For whom the page is, once the portal said it.
    whose: StoredValue<Option<String>>,
    store: CredentialStore,
}

impl CurrentViewer {
    /// The viewer of this page. Call it below the component that called [`super::provide`].
    #[must_use]
    pub fn current() -> Self {
        expect_context()
    }

    pub(super) fn provide(store: CredentialStore) -> Self {
        let told = use_context::<Handover>().map(|handover| handover.0);
        let told = told.or_else(|| json::read(&lifecycle::text_of(Handover::ELEMENT)?).ok());
        let whose = StoredValue::new(told.as_ref().and_then(|told| Some(told.as_ref().ok()?.subject.to_string())));
        let viewer = Self { answer: RwSignal::new(told), standing: RwSignal::new(Standing::Confirmed), whose, store };
        provide_context(viewer);
        lifecycle::on_pagehide(move |kept| {
            if kept {
                // Whoever is signed in when the page comes back may be another.
                store.seal();
                lifecycle::veil();
                viewer.standing.set(Standing::Asking);
            } else {
                store.wipe();
            }
        });
        lifecycle::on_pageshow(move |kept| {
            if kept {
                viewer.confirm();
            }
        });
        store.on_gone_elsewhere(move |subject| viewer.is_for_another(subject), move || viewer.standing.set(Standing::SignedOut));
        whose.with_value(|whose| whose.iter().for_each(|subject| store.tell_who_is_here(subject)));
        viewer
    }

    /// Whether the page was somebody else's before.
    fn is_for_another(self, subject: &str) -> bool {
        self.whose.with_value(|whose| whose.as_ref().is_some_and(|whose| whose != subject))
    }

    /// The answer, once it is there. Tracked when read.
    #[must_use]
    pub fn get(&self) -> Option<Result<WhoAmI, PortalError>> {
        self.answer.get()
    }

    /// Whether the page may show what it holds. Tracked when read.
    #[must_use]
    pub fn standing(&self) -> Signal<Standing> {
        self.standing.into()
    }

    /// Asks the portal where the page does not say. For pages that need to know: the one after signing
    /// out does not, and asking would sign in again.
    pub fn ask_unless_told(&self) {
        if self.answer.with_untracked(Option::is_none) {
            self.ask_again();
        }
    }

    /// Asks the portal again, for a retry button.
    pub fn ask_again(&self) {
        let viewer = *self;
        viewer.answer.set(None);
        task::spawn(async move {
            let _ = viewer.take(portal::call(api::Whoami {}).await);
        });
    }

    /// Back from the cache: the portal has the first word. What was one person's is not shown to another.
    fn confirm(self) {
        task::spawn(async move {
            let answer = portal::call(api::Whoami {}).await;
            let known = answer.is_ok();
            if self.take(answer) {
                self.standing.set(Standing::Confirmed);
                lifecycle::unveil();
                if known {
                    self.store.revive();
                }
            }
        });
    }

    /// Takes the portal's word on who the person is. Whether the page goes on: for another it is loaded anew.
    fn take(self, answer: Result<WhoAmI, PortalError>) -> bool {
        if let Ok(now) = &answer {
            let subject = now.subject.to_string();
            if self.is_for_another(&subject) {
                navigation::reload();
                return false;
            }
            self.store.unseal();
            self.store.tell_who_is_here(&subject);
            self.whose.set_value(Some(subject));
        }
        self.answer.set(Some(answer));
        true
    }
}
