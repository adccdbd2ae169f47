//! One call: a request's way to the portal.

use super::{Portal, places};
use crate::model::credentials::CredentialsAnswer;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::function::{DescribedFunction, DescribedFunctions};
use crate::model::names::{RoleId, SessionId};
use crate::model::role::{EntitledRole, Strategy};
use crate::model::session::{Session, SessionPage, SessionState};
use crate::model::viewer::WhoAmI;
use crate::server::clock::Stopwatch;
use crate::server::config::{self, loader};
use crate::server::console::Console;
use crate::server::credentials::deny::Reach;
use crate::server::credentials::entitlement::{self, Entitlement};
use crate::server::credentials::refusal::Refusal;
use crate::server::credentials::session_name::Purpose;
use crate::server::credentials::{Grant, Minted, calls, session_name};
use crate::server::doctor::trial;
use crate::server::flow::{Course, KeptAnswer, KeptGrant, KeptMint};
use crate::server::http::api_layer::MayMint;
use crate::server::http::pages::Verified;
use crate::server::http::reference::Reference;
use crate::server::identity::Viewer;
use crate::server::sessions::{NewSession, Recorded, StoreError};
use crate::words::say;
use http::HeaderMap;
use http::header::USER_AGENT;
use http::request::Parts;
use leptos::prelude::use_context;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tracing::Span;

/// Most characters of a `User-Agent` that are kept.
const USER_AGENT_LENGTH: usize = 256;

/// One call of a server function: the portal and the request's head.
#[derive(Debug)]
pub struct Call {
    pub(super) portal: Arc<Portal>,
    pub(super) headers: HeaderMap,
    pub(super) reference: Reference,
    verified: Option<Verified>,
    may_mint: Option<MayMint>,
}

impl Call {
    /// The call that is being answered on this task.
    ///
    /// # Errors
    /// `internal` outside of a request.
    pub fn current() -> Result<Self, PortalError> {
        let (Some(portal), Some(parts)) = (use_context::<Arc<Portal>>(), use_context::<Parts>()) else {
            tracing::error!("a server function was called outside of a request");
            return Err(internal());
        };
        Ok(Self::of(portal, parts))
    }

    /// The call that this request's head makes.
    #[must_use]
    pub fn of(portal: Arc<Portal>, parts: Parts) -> Self {
        Self {
            portal,
            reference: parts.extensions.get::<Reference>().cloned().unwrap_or_default(),
            verified: parts.extensions.get::<Verified>().cloned(),
            may_mint: parts.extensions.get::<MayMint>().cloned(),
            headers: parts.headers,
        }
    }

    /// See [`crate::api::whoami`].
    ///
    /// # Errors
    /// As there.
    pub async fn whoami(self) -> Result<WhoAmI, PortalError> {
        let result = self.tell().await;
        self.reported("whoami", result)
    }

    /// See [`crate::api::credentials`].
    ///
    /// # Errors
    /// As there.
    pub async fn credentials(self, role: RoleId, duration_seconds: Option<u32>) -> Result<CredentialsAnswer, PortalError> {
        let result = self.minted(&role, duration_seconds, Purpose::Page).await.map(|(role, id, minted)| CredentialsAnswer {
            version: 1,
            access_key_id: minted.credentials.access_key_id,
            secret_access_key: minted.credentials.secret_access_key,
            session_token: minted.credentials.session_token,
            expiration: minted.credentials.expiration,
            role,
            session_id: id,
            server_now: self.portal.clock.now(),
        });
        self.reported("credentials", result)
    }

    /// A mint that is counted, whatever comes of it.
    pub(super) async fn minted(
        &self,
        role: &RoleId,
        duration_seconds: Option<u32>,
        purpose: Purpose,
    ) -> Result<(RoleId, SessionId, Minted), PortalError> {
        let (begun, mut waited) = (Stopwatch::start(), None);
        let known = self.portal.roles.iter().find(|known| known.id == *role);
        // A role that the configuration does not know is anybody's text: it goes into no log line and no figure.
        if let Some(role) = known {
            Span::current().record("role", role.id.as_str()).record("strategy", Strategy::from(&role.strategy).as_str());
        }
        let result = self.mint(role, duration_seconds, purpose, &mut waited).await;
        if let Err(error) = &result {
            self.portal.refusals.count(error.code, self.portal.clock.now());
        }
        let own = begun.elapsed().saturating_sub(waited.unwrap_or_default());
        self.portal.metrics.mint(known.map(|role| &**role), result.as_ref().map(drop), own, waited);
        result
    }

    /// See [`crate::api::sessions_mine`].
    ///
    /// # Errors
    /// As there.
    pub async fn sessions_mine(self, cursor: Option<String>) -> Result<SessionPage, PortalError> {
        let result = self.own_sessions(cursor.as_deref()).await;
        self.reported("sessions/mine", result)
    }

    /// See [`crate::api::function_schemas`].
    ///
    /// # Errors
    /// As there.
    pub async fn function_schemas(self, role: &RoleId) -> Result<DescribedFunctions, PortalError> {
        let result = self.described(role).await;
        self.reported("functions/schemas", result)
    }

    async fn described(&self, role: &RoleId) -> Result<DescribedFunctions, PortalError> {
        let viewer = self.viewer().await?;
        let Entitlement { role, .. } = entitlement::role_of(&self.portal.roles, &viewer, role)?;
        let described = |function: &config::Function| {
            let schema = function.schema.as_ref()?;
            Some(DescribedFunction { name: function.name.clone(), schema: schema.json.clone() })
        };
        Ok(DescribedFunctions { functions: role.functions.iter().filter_map(described).collect() })
    }

    /// Logs a failure once and puts the reference into it.
    pub(super) fn reported<T>(&self, call: &'static str, result: Result<T, PortalError>) -> Result<T, PortalError> {
        result.map_err(|error| self.reference.report(call, error))
    }

    /// The verified person. While a page is rendered that has been found out already.
    pub(super) async fn viewer(&self) -> Result<Viewer, PortalError> {
        match &self.verified {
            Some(verified) => verified.viewer(),
            None => self.portal.authenticate(&self.headers).await,
        }
    }

    async fn tell(&self) -> Result<WhoAmI, PortalError> {
        let viewer = self.viewer().await?;
        let config = &self.portal.config;
        let mut roles = Vec::new();
        for Entitlement { role, prefixes, .. } in entitlement::roles_of(&self.portal.roles, &viewer) {
            let mut buckets = Vec::with_capacity(prefixes.len());
            for (bucket, prefix) in role.buckets.iter().zip(prefixes) {
                let region = self.portal.regions.of(bucket, role.arn.partition(), &*self.portal.clock).await;
                buckets.push(places::location(&config.aws, &role, bucket, prefix, region));
            }
            roles.push(EntitledRole {
                id: role.id.clone(),
                title: role.title.clone(),
                account: role.arn.account().map(str::to_owned),
                strategy: Strategy::from(&role.strategy),
                duration_seconds: role.duration_seconds,
                console: Console::of(&config.aws, &role).is_some(),
                buckets,
                functions: role.functions.iter().map(|function| places::function(&config.aws, &role, function)).collect(),
            });
        }
        Ok(WhoAmI {
            subject: viewer.subject().clone(),
            email: viewer.email().map(str::to_owned),
            name: viewer.name().map(str::to_owned),
            groups: viewer.groups().to_vec(),
            is_admin: self.is_admin(&viewer),
            roles,
            sandbox: loader::is_sandbox(&config.alb),
            server_now: self.portal.clock.now(),
        })
    }

    /// Refuses what changes something while a page is rendered: another site can make a browser open
    /// a page, and what is minted would stand in the HTML.
    pub(super) fn not_while_rendering(&self) -> Result<(), PortalError> {
        if self.may_mint.is_none() {
            tracing::error!("credentials, an end, a block or a lift were asked for while a page was rendered");
            return Err(internal());
        }
        Ok(())
    }

    /// `waited` becomes the time that AWS took, once it has been asked.
    async fn mint(
        &self,
        role: &RoleId,
        duration_seconds: Option<u32>,
        purpose: Purpose,
        waited: &mut Option<Duration>,
    ) -> Result<(RoleId, SessionId, Minted), PortalError> {
        self.not_while_rendering()?;
        let portal = &*self.portal;
        let viewer = self.viewer().await?;
        let entitlement = entitlement::role_of(&portal.roles, &viewer, role)?;
        let mut course = Course::beginning(portal.clock.now());
        let outcome = self.run(&viewer, &entitlement, duration_seconds, purpose, &mut course).await;
        *waited = course.waited;
        portal.mints.keep(KeptMint {
            subject: viewer.subject().clone(),
            role: role.clone(),
            strategy: Strategy::from(&entitlement.role.strategy),
            course,
            outcome: outcome.as_ref().map(|(_, minted)| KeptAnswer::from(minted)).map_err(Refusal::clone),
        });
        let (id, minted) = outcome.map_err(|refusal| refused(&refusal))?;
        Ok((entitlement.role.id.clone(), id, minted))
    }

    /// From an entitlement to a recorded mint. `course` tells how it goes.
    async fn run(
        &self,
        viewer: &Viewer,
        entitlement: &Entitlement,
        duration_seconds: Option<u32>,
        purpose: Purpose,
        course: &mut Course,
    ) -> Result<(SessionId, Minted), Refusal> {
        let portal = &*self.portal;
        let grant = entitlement.grant(viewer, duration_seconds, &portal.config.aws.region, course.at)?;
        course.grant = Some(KeptGrant::from(&grant));
        self.admit(viewer).await?;

        let Some(id) = purpose.session_id() else {
            tracing::error!("the system has no randomness to give");
            return Err(internal().into());
        };
        let asked = Stopwatch::start();
        let name = session_name::role_session_name(viewer.subject(), &id);
        let (minted, calls) = calls::during(portal.minting.mint(viewer, &grant, &name)).await;
        (course.waited, course.calls) = (Some(asked.elapsed()), calls);
        let minted = minted?;
        let answered = Stopwatch::start();
        if let Some(percent) = minted.packed_policy_percent {
            portal.metrics.packed_policy(&grant.role.id, percent);
        }
        let minted = self.keep(viewer, &grant, &id, minted).await?;
        (course.session, course.recorded) = (Some(id.clone()), Some(answered.elapsed()));
        tracing::info!(
            event = "mint",
            reference = %self.reference,
            subject = %viewer.subject(),
            role = %grant.role.id,
            strategy = Strategy::from(&grant.role.strategy).as_str(),
            session_id = %id,
            access_key_id = minted.credentials.access_key_id,
            expires_at = %minted.credentials.expiration,
            sts_request_id = minted.request_id,
            packed_policy_percent = minted.packed_policy_percent,
            "minted"
        );
        Ok((id, minted))
    }

    /// Keeps blocked people and floods from reaching STS. What holds is the record afterwards.
    async fn admit(&self, viewer: &Viewer) -> Result<(), PortalError> {
        let portal = &*self.portal;
        let limit = portal.config.limits.mints_per_minute;
        let subject = viewer.subject();
        portal.attempts.admit(subject, limit, &*portal.clock).map_err(rate_limited)?;
        let admitted = portal.store.admits(subject, limit, portal.clock.now()).await.map_err(unrecorded)?;
        admitted_or(admitted)
    }

    /// Records the mint, and gives it back only when that is done.
    async fn keep(&self, viewer: &Viewer, grant: &Grant, id: &SessionId, minted: Minted) -> Result<Minted, PortalError> {
        let portal = &*self.portal;
        let session = Session {
            id: id.clone(),
            subject: viewer.subject().clone(),
            email: viewer.email().map(str::to_owned),
            role: grant.role.id.clone(),
            strategy: Strategy::from(&grant.role.strategy),
            access_key_id: minted.credentials.access_key_id.clone(),
            issued_at: portal.clock.now(),
            expires_at: minted.credentials.expiration,
            state: SessionState::Live,
            source_ip: source_ip(&self.headers, portal.config.web.trusted_hops).map(|address| address.to_string()),
            user_agent: user_agent(&self.headers),
            ended_at: None,
            denied_at: None,
        };
        let assumed_role_id = minted.assumed_role_id.clone();
        let reach = portal
            .minter(session.strategy)
            .map(|minter| Reach::of(&**minter, &grant.role.arn, viewer.subject(), assumed_role_id.as_deref()));
        let record = NewSession { session, assumed_role_id, reach, request_id: minted.request_id.clone() };
        let begun = Stopwatch::start();
        let recorded = portal.store.record(record, portal.config.limits.mints_per_minute).await;
        portal.metrics.store_write(recorded.as_ref().copied(), begun.elapsed());
        admitted_or(recorded.map_err(unrecorded)?)?;
        Ok(minted)
    }

    async fn own_sessions(&self, cursor: Option<&str>) -> Result<SessionPage, PortalError> {
        let viewer = self.viewer().await?;
        self.portal.store.of_subject(viewer.subject(), cursor, self.portal.clock.now()).await.map_err(unreadable)
    }
}

/// With the doctor's finding that explains why AWS did not mint.
fn refused(refusal: &Refusal) -> PortalError {
    let error = refusal.error.clone();
    let is_of_aws = refusal.said.is_some() && matches!(error.code, ErrorCode::MintMisconfigured | ErrorCode::MintUnavailable);
    if is_of_aws { error.with_finding(trial::code_of(refusal).to_string()) } else { error }
}

fn admitted_or(recorded: Recorded) -> Result<(), PortalError> {
    match recorded {
        Recorded::Kept => Ok(()),
        Recorded::Blocked => Err(PortalError::said(
            ErrorCode::Blocked,
            say!("An administrator has ended your access."),
            say!("Ask the people who run the portal to lift the block."),
        )),
        Recorded::RateLimited { retry_after } => Err(rate_limited(retry_after)),
    }
}

fn rate_limited(retry_after: u32) -> PortalError {
    PortalError::said(
        ErrorCode::RateLimited,
        say!("You have asked for credentials too often within a minute."),
        say!("Wait {retry_after} seconds. Credentials that you already hold keep working.", retry_after = retry_after),
    )
    .with_retry_after(retry_after)
}

/// The store did not answer a question.
pub(super) fn unreadable(error: StoreError) -> PortalError {
    match error {
        StoreError::Cursor => PortalError::said(
            ErrorCode::BadRequest,
            say!("The cursor is not one that this portal gave out."),
            say!("Leave it out to begin with the newest sessions."),
        ),
        StoreError::Failed(cause) => {
            tracing::error!(cause, "the session store failed");
            PortalError::said(ErrorCode::MintUnavailable, say!("The record of sessions cannot be read."), say!("Try again in a moment."))
                .with_retry_after(5)
        }
    }
}

fn unrecorded(error: StoreError) -> PortalError {
    tracing::error!(%error, "a mint could not be recorded");
    PortalError::said(
        ErrorCode::MintUnavailable,
        say!("The record of your credentials could not be kept, so you were not given any."),
        say!("Try again in a moment. If it stays, the people who run the portal check the session store."),
    )
    .with_retry_after(5)
}

fn internal() -> PortalError {
    PortalError::defect()
}

/// The browser's address as the last trusted hop saw it; display and audit only.
fn source_ip(headers: &HeaderMap, trusted_hops: usize) -> Option<IpAddr> {
    let entries: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect();
    let entry = entries[entries.len().checked_sub(trusted_hops)?..].first()?.trim();
    entry.parse::<IpAddr>().or_else(|_| entry.parse::<SocketAddr>().map(|address| address.ip())).ok()
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(USER_AGENT)?.to_str().ok()?;
    Some(text.chars().take(USER_AGENT_LENGTH).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_one_that_the_last_trusted_hop_saw() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "6.6.6.6, 192.0.2.1".parse().unwrap());
        headers.append("x-forwarded-for", "10.0.0.9:4711".parse().unwrap());
        let ip = |text: &str| text.parse::<IpAddr>().ok();
        assert_eq!(source_ip(&headers, 1), ip("10.0.0.9"));
        assert_eq!(source_ip(&headers, 2), ip("192.0.2.1"));
        assert_eq!(source_ip(&headers, 4), None);
        assert_eq!(source_ip(&headers, 0), None);
        assert_eq!(source_ip(&HeaderMap::new(), 1), None);
    }
}
