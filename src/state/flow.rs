//! One run of the flow, as the page *Flow* shows it: what the server tells of this page's own request, and the page's
//! own first request to S3.
//!
//! Credentials are those that the page holds, or are minted as for every other page. What is kept in signals here is
//! told with lengths and fingerprints in place of tokens and signatures.

use super::credentials::CredentialStore;
use super::failure::Failure;
use crate::api;
use crate::aws::error::{Remedy, ServiceError};
use crate::aws::explained::{self, Explained};
use crate::aws::s3::list::ListRequest;
use crate::aws::s3::page;
use crate::browser::clock;
use crate::browser::fetch::{self, SHORT};
use crate::browser::{portal, task};
use crate::model::error::PortalError;
use crate::model::flow::{FlowRecord, StepState};
use crate::model::location::{Location, Permission, Signing};
use crate::model::names::{RoleId, SessionId};
use crate::model::role::EntitledRole;
use crate::reactive::{RwSignal, Signal, StoredValue};
use crate::words::t;

/// What came of the page's first request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstRequest {
    /// It was not sent, and this is why.
    NotSent(&'static str),
    /// S3 answered as it should.
    Answered {
        /// How it was signed.
        explained: Explained,
        /// Objects and folders on the page that came.
        entries: usize,
        /// Milliseconds until it was there.
        milliseconds: u32,
    },
    /// It failed.
    Failed {
        /// How it was signed, where it was.
        explained: Option<Explained>,
        /// Why.
        failure: Failure,
        /// Milliseconds until that was known.
        milliseconds: u32,
    },
}

/// A run that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What the server told.
    pub record: FlowRecord,
    /// The eighth step.
    pub first: FirstRequest,
}

/// Runs of the flow, one after another.
#[derive(Clone, Copy, Debug)]
pub struct FlowRuns {
    store: CredentialStore,
    run: RwSignal<Option<Result<Run, PortalError>>>,
    running: RwSignal<bool>,
    /// Counts them: what a later one has overtaken is dropped.
    count: StoredValue<u32>,
}

impl FlowRuns {
    /// None yet.
    #[must_use]
    pub fn new(store: CredentialStore) -> Self {
        Self { store, run: RwSignal::new(None), running: RwSignal::new(false), count: StoredValue::new(0) }
    }

    /// The latest that is over. Tracked when read.
    #[must_use]
    pub fn run(&self) -> Signal<Option<Result<Run, PortalError>>> {
        self.run.into()
    }

    /// Whether one is under way. Tracked when read.
    #[must_use]
    pub fn is_running(&self) -> Signal<bool> {
        self.running.into()
    }

    /// Begins one in the role that is asked for, `role` where the person has it; with other credentials where `anew`.
    pub fn begin(&self, asked: Option<RoleId>, role: Option<EntitledRole>, anew: bool) {
        let runs = *self;
        self.count.update_value(|count| *count += 1);
        let mine = self.count.get_value();
        self.running.set(true);
        task::spawn(async move {
            let outcome = runs.go(asked, role, anew).await;
            if runs.count.try_update_value(|count| *count == mine) == Some(true) {
                runs.run.set(Some(outcome));
                runs.running.set(false);
            }
        });
    }

    async fn go(&self, asked: Option<RoleId>, role: Option<EntitledRole>, anew: bool) -> Result<Run, PortalError> {
        let session = match &role {
            Some(role) => self.session(role, anew).await,
            None => None,
        };
        let is_minted = session.is_some();
        let record = portal::call(api::Flow { role: asked, session }).await?;
        let failed = record.steps.iter().any(|step| step.state == StepState::Failed);
        let first = match role {
            Some(role) if is_minted && !failed => self.first(&role).await,
            _ => FirstRequest::NotSent(t!("Without credentials nothing is sent.")),
        };
        Ok(Run { record, first })
    }

    /// The portal's record of the credentials that work. Where there are none the server tells why.
    async fn session(&self, role: &EntitledRole, anew: bool) -> Option<SessionId> {
        let held = self.store.get(&role.id).await.ok()?;
        if !anew {
            return Some(held.session.clone());
        }
        Some(self.store.renew(&role.id, &held.credentials.access_key_id).await.ok()?.session.clone())
    }

    /// Lists the first location of the role that may be listed.
    async fn first(&self, role: &EntitledRole) -> FirstRequest {
        let Some(location) = role.buckets.iter().find(|location| location.permissions.contains(&Permission::List)) else {
            return FirstRequest::NotSent(t!("This role opens no bucket that may be listed, so this page has nothing to ask of S3."));
        };
        let begun = clock::now();
        let took = || u32::try_from(clock::now().millis_since(begun)).unwrap_or_default();
        match self.list(role, location).await {
            Ok((explained, entries)) => FirstRequest::Answered { explained, entries, milliseconds: took() },
            Err((explained, failure)) => FirstRequest::Failed { explained, failure, milliseconds: took() },
        }
    }

    async fn list(&self, role: &EntitledRole, location: &Location) -> Result<(Explained, usize), (Option<Explained>, Failure)> {
        let request = ListRequest { prefix: &location.prefix, delimiter: "/", max_keys: Some(10), ..ListRequest::default() };
        let draft = request.draft(location).map_err(|error| (None, Failure::address(error)))?;
        let (sign, settled) = self.store.signing(&role.id, location);
        let mut place = Location { sign, ..location.clone() };
        loop {
            let minted = self.store.get(&role.id).await.map_err(|error| (None, error.into()))?;
            let (request, explained) = explained::sign(draft.clone(), &place, &minted.credentials, self.store.now());
            drop(minted);
            let answer = fetch::send_signed(&request, SHORT).await;
            drop(request);
            let answer = answer.map_err(|error| (Some(explained.clone()), Failure::transport(error, draft.origin.host())))?;
            if answer.is_success() {
                let entries = page::parse(&answer.body).map(|page| page.objects.len() + page.prefixes.len());
                return Ok((explained, entries.unwrap_or_default()));
            }
            let error = ServiceError::from_s3(&answer);
            // Some companies' policies deny `s3:authType` REST-QUERY-STRING.
            if !settled && place.sign == Signing::Query && error.status == 403 && error.remedy == Remedy::AskForAccess {
                place.sign = Signing::Header;
                continue;
            }
            let action = match &*location.prefix {
                "" => t!("list the bucket {bucket}", bucket = location.name),
                prefix => t!("list {prefix} in bucket {bucket}", prefix = prefix, bucket = location.name),
            };
            return Err((Some(explained), Failure::service(&error, &action)));
        }
    }
}
