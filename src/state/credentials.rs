//! Temporary credentials, in memory only.
//!
//! They are fetched when something needs them, shared by everything that needs the same role,
//! renewed at 80 % of their life while the tab is in front or busy, and overwritten on sign-out in
//! any tab and whenever the page is left. They are never in a `Resource` (which is written into
//! the page), in a storage or in a message to another tab.

mod schedule;
mod vault;

pub use vault::Minted;

use crate::api;
use crate::browser::channel::Channel;
use crate::browser::clock::DeviceClock;
use crate::browser::timer::Timer;
use crate::browser::{ON_SERVER, chance, lifecycle, portal, task};
use crate::model::clock::Timestamp;
use crate::model::error::PortalError;
use crate::model::location::{Location, Signing};
use crate::model::names::{RoleId, SessionId};
use crate::reactive::{Memo, RwSignal, Signal, StoredValue};
use futures::FutureExt;
use leptos::prelude::{expect_context, provide_context};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use vault::Vault;

/// The channel between the tabs of a browser, and what is said on it: that the person signed out, behind [`ENDED`] the id
/// of a session that has ended, or behind [`HERE`] the subject of whom a page was opened for. None is a secret.
const CHANNEL: &str = "vestibule";
const SIGNED_OUT: &str = "signed-out";
const ENDED: &str = "ended:";
const HERE: &str = "here:";

/// What is known about the credentials of one role. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialStatus {
    /// None were needed yet, or they expired or were wiped.
    Absent,
    /// The portal is minting the first ones.
    Fetching,
    /// They work.
    Live {
        /// Access key id: not a secret.
        access_key_id: String,
        /// The portal's record of the mint.
        session: SessionId,
        /// When they stop working, on the server's clock.
        expires: Timestamp,
        /// Why the last renewal failed, while these still work.
        refresh_failed: Option<PortalError>,
    },
    /// There are none and the portal said why.
    Failed(PortalError),
}

/// The credentials of every role in use, one store a page.
#[derive(Clone, Copy)]
pub struct CredentialStore {
    inner: StoredValue<Arc<Inner>>,
    statuses: RwSignal<Vec<(RoleId, CredentialStatus)>>,
    /// Changes whenever a countdown does.
    tick: RwSignal<u32>,
    /// Counts the returns from the back/forward cache.
    revivals: RwSignal<u32>,
}

struct Inner {
    vault: Arc<Vault>,
    timer: Mutex<Option<Timer>>,
    busy: AtomicU32,
    channel: OnceLock<Channel>,
    /// How the GETs of a role to a bucket turned out to need signing.
    signing: Mutex<Vec<(RoleId, String, Signing)>>,
}

impl CredentialStore {
    /// The store of this page. Call it below the component that called [`super::provide`].
    #[must_use]
    pub fn current() -> Self {
        expect_context()
    }

    pub(super) fn provide() -> Self {
        let statuses = RwSignal::new(Vec::new());
        let (tick, revivals) = (RwSignal::new(0), RwSignal::new(0));
        let whole = Arc::new(OnceLock::<Self>::new());
        let changed = {
            let whole = Arc::clone(&whole);
            move || {
                if let Some(store) = whole.get() {
                    store.changed();
                }
            }
        };
        let mint = |role| portal::call(api::Credentials { role, duration_seconds: None }).boxed();
        let vault = Vault::new(Arc::new(DeviceClock), mint, chance::unit, changed);
        let inner = Inner { vault, timer: Mutex::default(), busy: AtomicU32::new(0), channel: OnceLock::new(), signing: Mutex::default() };
        let store = Self { inner: StoredValue::new(Arc::new(inner)), statuses, tick, revivals };
        let _ = whole.set(store);
        provide_context(store);
        lifecycle::on_visibility_change(move || store.pulse());
        store
    }

    /// What is known about a role's credentials. Tracked when read.
    #[must_use]
    pub fn status(&self, role: Signal<Option<RoleId>>) -> Signal<CredentialStatus> {
        let statuses = self.statuses;
        Memo::new(move || {
            let role = role.get();
            statuses.with(|statuses| {
                let found = statuses.iter().find(|(held, _)| Some(held) == role.as_ref());
                found.map_or(CredentialStatus::Absent, |(_, status)| status.clone())
            })
        })
        .into()
    }

    /// Whole seconds for which the role's credentials still work. It changes once a minute, in the
    /// last five minutes once a second.
    #[must_use]
    pub fn seconds_left(&self, role: Signal<Option<RoleId>>) -> Signal<Option<i64>> {
        let (store, status) = (*self, self.status(role));
        Memo::new(move || {
            store.tick.track();
            match status.get() {
                CredentialStatus::Live { expires, .. } => Some((expires.millis_since(store.now()) / 1_000).max(0)),
                _ => None,
            }
        })
        .into()
    }

    /// The time by the server's clock, as far as it is known.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.vault().now()
    }

    /// Credentials that work now. Whoever holds them lets go of them as soon as the request is
    /// signed.
    ///
    /// # Errors
    /// What the portal answered.
    pub async fn get(&self, role: &RoleId) -> Result<Arc<Minted>, PortalError> {
        self.vault().get(role).await
    }

    /// Credentials other than those with the access key id `refused`, which AWS refused.
    ///
    /// # Errors
    /// What the portal answered.
    pub async fn renew(&self, role: &RoleId, refused: &str) -> Result<Arc<Minted>, PortalError> {
        self.vault().renew(role, refused).await
    }

    /// Asks for a role's first credentials while the page is still being taken over, so that the portal mints meanwhile.
    /// Nothing shows it before [`CredentialStore::fetch`]: what is taken over has to look as the server wrote it.
    pub fn begin(&self, role: &RoleId) {
        if !ON_SERVER {
            self.vault().begin(role);
        }
    }

    /// Fetches the role's credentials if there are none, without waiting: for a retry button.
    pub fn fetch(&self, role: RoleId) {
        let vault = self.vault();
        task::spawn(async move {
            // The status tells what came of it.
            let _ = vault.get(&role).await;
        });
    }

    /// Fetches new credentials now, without waiting; those held stay until the new ones are there.
    pub fn refresh(&self, role: RoleId) {
        let vault = self.vault();
        task::spawn(async move {
            // The status tells what came of it.
            let _ = vault.refresh(&role).await;
        });
    }

    /// Keeps credentials fresh in a hidden tab for as long as the guard lives.
    #[must_use]
    pub fn busy(&self) -> BusyGuard {
        self.inner().busy.fetch_add(1, Ordering::Relaxed);
        self.pulse();
        BusyGuard { store: *self }
    }

    /// Whether a text holds a secret of the credentials that this tab has.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        self.vault().holds(text)
    }

    /// Overwrites all credentials of this tab.
    pub fn wipe(&self) {
        self.vault().wipe();
    }

    /// Overwrites the credentials of a session that has ended, in this tab and in every other one of
    /// this person. Whether this tab held them.
    pub fn ended(&self, session: &SessionId) -> bool {
        let held = self.vault().forget(session.as_str());
        if let Some(channel) = self.inner().channel.get() {
            channel.post(&format!("{ENDED}{session}"));
        }
        held
    }

    /// The role whose credentials in this tab are those of `session`. Tracked when read.
    #[must_use]
    pub fn role_of(&self, session: &SessionId) -> Option<RoleId> {
        let holds = |status: &CredentialStatus| matches!(status, CredentialStatus::Live { session: held, .. } if held == session);
        self.statuses.with(|statuses| statuses.iter().find(|(_, status)| holds(status)).map(|(role, _)| role.clone()))
    }

    /// Wipes the credentials of every tab of this person: for the click on *Sign out*, which then
    /// follows its link.
    pub fn sign_out_everywhere(&self) {
        self.wipe();
        if let Some(channel) = self.inner().channel.get() {
            channel.post(SIGNED_OUT);
        }
    }

    /// Hears what other tabs say: calls `work` once the person signed out there, or somebody signed in who is another.
    /// The credentials here are wiped then, and no more are asked for: they would be those of the other.
    pub(super) fn on_gone_elsewhere(&self, is_another: impl Fn(&str) -> bool + 'static, work: impl Fn() + 'static) {
        let store = *self;
        let channel = Channel::open(CHANNEL, move |message| {
            if message == SIGNED_OUT || message.strip_prefix(HERE).is_some_and(&is_another) {
                store.seal();
                work();
            } else if let Some(session) = message.strip_prefix(ENDED) {
                store.vault().forget(session);
            }
        });
        let _ = self.inner().channel.set(channel);
    }

    /// Tells the other tabs of this browser for whom this page is.
    pub(super) fn tell_who_is_here(&self, subject: &str) {
        if let Some(channel) = self.inner().channel.get() {
            channel.post(&[HERE, subject].concat());
        }
    }

    /// Wipes the credentials and asks for no more, until [`CredentialStore::unseal`].
    pub(super) fn seal(&self) {
        self.vault().seal();
    }

    /// The portal has said that the person is still the same.
    pub(super) fn unseal(&self) {
        self.vault().unseal();
    }

    /// Calls `work` when the person signs out, in this tab or in another, until what is returned is dropped.
    pub(super) fn on_sign_out(work: impl Fn() + 'static) -> Channel {
        // Another channel of this page hears what this page says, too.
        Channel::open(CHANNEL, move |message| {
            if message == SIGNED_OUT {
                work();
            }
        })
    }

    /// Counts the returns from the back/forward cache: work that the wipe broke off begins anew.
    pub(super) fn revivals(&self) -> Signal<u32> {
        self.revivals.into()
    }

    pub(super) fn revive(&self) {
        self.revivals.update(|count| *count += 1);
    }

    /// How GETs of this role to this bucket are signed, and whether that is settled.
    pub(super) fn signing(&self, role: &RoleId, location: &Location) -> (Signing, bool) {
        let inner = self.inner();
        let learned = inner.signing.lock().unwrap_or_else(PoisonError::into_inner);
        let found = learned.iter().find(|(by, bucket, _)| by == role && *bucket == location.name);
        found.map_or((location.sign, location.sign == Signing::Header), |(_, _, signing)| (*signing, true))
    }

    /// Remembers how GETs of this role to this bucket are to be signed.
    pub(super) fn settle_signing(&self, role: &RoleId, location: &Location, signing: Signing) {
        let inner = self.inner();
        let mut learned = inner.signing.lock().unwrap_or_else(PoisonError::into_inner);
        learned.retain(|(by, bucket, _)| by != role || *bucket != location.name);
        learned.push((role.clone(), location.name.clone(), signing));
    }

    fn inner(&self) -> Arc<Inner> {
        self.inner.get_value()
    }

    fn vault(&self) -> Arc<Vault> {
        Arc::clone(&self.inner().vault)
    }

    fn changed(&self) {
        self.statuses.set(self.vault().statuses());
        self.pulse();
    }

    /// Does what is due and sets the timer for the rest.
    fn pulse(&self) {
        let (inner, store) = (self.inner(), *self);
        let visible = lifecycle::is_visible();
        let active = visible || inner.busy.load(Ordering::Relaxed) > 0;
        let (flights, changed) = inner.vault.pulse(active);
        for flight in flights {
            task::spawn(flight);
        }
        if changed {
            self.statuses.set(inner.vault.statuses());
        }
        self.tick.update(|tick| *tick = tick.wrapping_add(1));
        let timer = inner.vault.next_pulse(visible, active).map(|wait| Timer::after(wait, move || store.pulse()));
        *inner.timer.lock().unwrap_or_else(PoisonError::into_inner) = timer;
    }
}

impl std::fmt::Debug for CredentialStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CredentialStore")
    }
}

/// Says that work is under way; see [`CredentialStore::busy`].
#[derive(Debug)]
pub struct BusyGuard {
    store: CredentialStore,
}

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.store.inner().busy.fetch_sub(1, Ordering::Relaxed);
    }
}
