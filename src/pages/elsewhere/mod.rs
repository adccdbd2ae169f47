//! *Use elsewhere*: the role's credentials for other programs. A part of the program of its own.
//!
//! What the page shows before a click has no key in it. Keys come out of memory with a click on *Show the keys*, into
//! this dialog, or on *Copy*, past it to the clipboard; both are gone with the dialog, and with the credentials.

use crate::browser::style::StyleSheet;
use crate::browser::{clipboard, element, format, task, timer};
use crate::elsewhere::{Format, HIDDEN, Keys, Purpose};
use crate::model::error::PortalError;
use crate::pages::frame::Visit;
use crate::pages::problem::explanation;
use crate::reactive::{Presence, RwSignal, Signal, StoredValue, effect};
use crate::state::credentials::{CredentialStatus, CredentialStore, Minted};
use crate::ui::button::button;
use crate::ui::confirm;
use crate::ui::lazy::{Unloaded, lazily};
use crate::ui::piece::{ElementRef, IntoPiece, Piece, live, tag, text};
use crate::words::{mark, t, translated};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use leptos::prelude::event_target_value;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use std::sync::Arc;
use zeroize::Zeroizing;

/// How it looks, beside what every dialog has.
static STYLE: StyleSheet = StyleSheet::new(include_str!("../../../style/_elsewhere.css"));

/// Milliseconds for which what was copied stays on the clipboard.
const ON_CLIPBOARD: u32 = 60_000;

/// What opens it again: the panel that the button stood in is closed by then.
const OPENER: &str = ".opener--time";

/// Shows the dialog until it is closed.
pub(super) fn elsewhere(visit: Visit, opened: RwSignal<bool>) -> Piece {
    lazily(load, || ().piece(), move || draw(visit, opened))
}

#[wasm_split(elsewhere, wasm_split_path = leptos::wasm_split, fallible, preload(load_draw))]
fn draw(visit: Visit, opened: RwSignal<bool>) -> Result<Piece, Unloaded> {
    confirm::STYLE.adopt();
    STYLE.adopt();
    Ok(dialog(visit, opened))
}

fn load() -> LocalBoxFuture<'static, Result<(), SplitLoaderError>> {
    load_draw().boxed_local()
}

/// What became of what was copied last.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Copying {
    /// It is on the clipboard.
    Copied,
    /// It was, for a minute.
    Emptied,
    /// It may still be there.
    Left,
    /// The browser did not let the page write there.
    Barred,
    /// There was nothing to copy.
    Refused(PortalError),
    /// The keys hold what none of the formats can.
    Unwritable,
}

/// The dialog's state.
#[derive(Clone, Copy)]
struct Panel {
    visit: Visit,
    store: CredentialStore,
    status: Signal<CredentialStatus>,
    format: RwSignal<Format>,
    /// The credentials, once they are to be seen.
    seen: StoredValue<Option<Arc<Minted>>>,
    /// Counts the changes of `seen`.
    revision: RwSignal<u32>,
    copying: RwSignal<Option<Copying>>,
    /// Whether the dialog is still there.
    here: Presence,
}

impl Panel {
    fn see(self, minted: Option<Arc<Minted>>) {
        self.seen.set_value(minted);
        self.revision.update(|revision| *revision = revision.wrapping_add(1));
    }

    fn purpose(self) -> Purpose {
        self.visit.role.with_untracked(|role| role.as_ref().map(Purpose::of)).unwrap_or_default()
    }

    /// Gets the credentials, new ones where there are none, and does something with them.
    fn with_keys(self, work: impl FnOnce(Arc<Minted>) + 'static) {
        let Some(role) = self.visit.role_id().get_untracked() else { return };
        task::spawn(async move {
            let minted = self.store.get(&role).await;
            if !self.here.lasts() {
                return;
            }
            match minted {
                Ok(minted) => work(minted),
                Err(error) => self.copying.set(Some(Copying::Refused(error))),
            }
        });
    }

    fn show(self) {
        self.with_keys(move |minted| self.see(Some(minted)));
    }

    fn copy(self) {
        let (format, purpose) = (self.format.get_untracked(), self.purpose());
        self.with_keys(move |minted| {
            let Some(text) = written(format, &purpose, &minted) else { return self.copying.set(Some(Copying::Unwritable)) };
            drop(minted);
            task::spawn(async move {
                let print = clipboard::Print::of(&text);
                let copied = clipboard::copy(&text).await;
                drop(text);
                // The dialog may be closed by then; the clipboard is emptied all the same.
                let _ = self.copying.try_set(Some(if copied { Copying::Copied } else { Copying::Barred }));
                if copied {
                    timer::sleep(ON_CLIPBOARD).await;
                    let gone = clipboard::empty(print).await;
                    let _ = self.copying.try_set(Some(if gone { Copying::Emptied } else { Copying::Left }));
                }
            });
        });
    }
}

/// The text with the keys in it.
fn written(format: Format, purpose: &Purpose, minted: &Minted) -> Option<Zeroizing<String>> {
    let credentials = &minted.credentials;
    let keys = Keys {
        access_key_id: &credentials.access_key_id,
        secret_access_key: credentials.secret_access_key.expose(),
        session_token: credentials.session_token.expose(),
        expires: &credentials.expiration.to_string(),
    };
    format.text(keys, purpose).map(Zeroizing::new)
}

fn label(format: Format) -> &'static str {
    translated(match format {
        Format::Sh => mark!("Environment variables: sh, bash, zsh"),
        Format::PowerShell => mark!("Environment variables: PowerShell"),
        Format::Fish => mark!("Environment variables: fish"),
        Format::Profile => mark!("A profile in ~/.aws"),
        Format::Python => mark!("Python: boto3"),
        Format::JavaScript => mark!("JavaScript: AWS SDK v3"),
        Format::Java => mark!("Java: AWS SDK v2"),
        Format::Rust => mark!("Rust: AWS SDK"),
    })
}

fn dialog(visit: Visit, opened: RwSignal<bool>) -> Piece {
    let store = CredentialStore::current();
    let status = store.status(visit.role_id());
    let panel = Panel {
        visit,
        store,
        status,
        format: RwSignal::new(Format::Sh),
        seen: StoredValue::new(None),
        revision: RwSignal::new(0),
        copying: RwSignal::new(None),
        here: Presence::of_owner(),
    };
    effect(move || {
        // What is shown is what the tab holds: a wipe takes it, and so does a renewal.
        let held = match status.get() {
            CredentialStatus::Live { access_key_id, .. } => Some(access_key_id),
            _ => None,
        };
        let seen = panel.seen.with_value(|seen| seen.as_ref().map(|minted| minted.credentials.access_key_id.clone()));
        if seen.is_some() && seen != held {
            panel.see(None);
        }
    });
    let (dialog, first) = (ElementRef::new(), ElementRef::new());
    effect(move || {
        if let Some(dialog) = dialog.get() {
            element::show_dialog(&dialog);
        }
        if let Some(first) = first.get() {
            element::focus(&first);
        }
    });
    let close = move || {
        panel.see(None);
        if let Some(dialog) = dialog.get() {
            element::close_dialog(&dialog);
        }
    };
    let closed = move |_| {
        opened.set(false);
        if let Some(opener) = element::find(OPENER) {
            element::focus(&opener);
        }
    };
    let lasting = live(move || match status.get() {
        CredentialStatus::Live { expires, .. } => {
            let role = visit.role.with_untracked(|role| role.as_ref().map(|role| role.title.clone())).unwrap_or_default();
            tag("p").child(t!(
                "These keys work until {time}. Whoever has them is you, in the role {role}, until then.",
                time = format::date_time(expires),
                role = role
            ))
        }
        _ => tag("p").child(t!("There are no credentials for this role in this tab. To show or copy them gets some.")),
    });
    let choice = tag("label").class("dialog__typing").child(tag("span").child(t!("Write them as"))).child(
        tag("select")
            .reference(first)
            .class("field")
            .live_value(move || panel.format.get().id())
            .on("change", move |event| {
                let chosen = event_target_value(&event);
                let format = Format::ALL.into_iter().find(|format| format.id() == chosen);
                panel.format.set(format.unwrap_or(Format::Sh));
            })
            .children(Format::ALL.map(|format| tag("option").set("value", format.id()).child(label(format)))),
    );
    let is_seen = move || {
        panel.revision.track();
        panel.seen.with_value(Option::is_some)
    };
    let toggle = move || if panel.seen.with_value(Option::is_some) { panel.see(None) } else { panel.show() };
    let said = live(move || {
        panel.copying.get().map(|copying| {
            let link = match &copying {
                Copying::Refused(error) => explanation(error.section()),
                _ => None,
            };
            tag("p").class(if copying.is_bad() { "bad" } else { "" }).child(copying.sentence()).child(" ").child(link)
        })
    });
    tag("dialog")
        .reference(dialog)
        .class("dialog elsewhere")
        .set("aria-labelledby", "elsewhere-title")
        // Escape: the browser has closed it already.
        .on("close", closed)
        .child(tag("h2").set("id", "elsewhere-title").child(t!("Use elsewhere")))
        .child(tag("div").class("dialog__text").child(lasting))
        .child(choice)
        .child(
            tag("pre")
                .class("elsewhere__text")
                .set("tabindex", "0")
                .set("role", "region")
                .set("aria-label", t!("What is copied"))
                .set("dir", "ltr")
                .child(text(move || shown(panel))),
        )
        .child(
            tag("p").class("secondary small").child(t!(
                "What is copied is taken off the clipboard after a minute, if this tab is in front then or may read the clipboard."
            )),
        )
        .child(tag("div").class("elsewhere__said").set("role", "status").child(said))
        .child(
            tag("div")
                .class("dialog__actions")
                .child(button("button", t!("Close"), close))
                .child(button("button", text(move || if is_seen() { t!("Hide the keys") } else { t!("Show the keys") }), toggle))
                .child(button("button button--primary", t!("Copy"), move || panel.copy())),
        )
        .piece()
}

/// What stands there: with the keys where they are to be seen, and with what is no secret of them otherwise.
fn shown(panel: Panel) -> String {
    panel.revision.track();
    let (format, purpose) = (panel.format.get(), panel.purpose());
    let seen = panel.seen.with_value(Clone::clone);
    match seen {
        Some(minted) => written(format, &purpose, &minted).map(|text| text.to_string()).unwrap_or_default(),
        None => {
            let (access_key_id, expires) = match panel.status.get() {
                CredentialStatus::Live { access_key_id, expires, .. } => (access_key_id, expires.to_string()),
                _ => (HIDDEN.to_owned(), HIDDEN.to_owned()),
            };
            let hidden = Keys { access_key_id: &access_key_id, secret_access_key: HIDDEN, session_token: HIDDEN, expires: &expires };
            format.text(hidden, &purpose).unwrap_or_default()
        }
    }
}

impl Copying {
    const fn is_bad(&self) -> bool {
        matches!(self, Self::Left | Self::Barred | Self::Refused(_) | Self::Unwritable)
    }

    fn sentence(&self) -> String {
        match self {
            Self::Copied => t!("Copied.").to_owned(),
            Self::Emptied => t!("The clipboard no longer has the keys.").to_owned(),
            Self::Left => {
                t!("The clipboard may still have the keys: the browser lets no page change it from behind. Copy something else.").to_owned()
            }
            Self::Barred => t!("The browser did not let the page copy. Show the keys and copy them by hand.").to_owned(),
            Self::Refused(error) => [&*error.message, &*error.next_step].join(" "),
            Self::Unwritable => t!("These keys hold characters that none of these formats can hold.").to_owned(),
        }
    }
}
