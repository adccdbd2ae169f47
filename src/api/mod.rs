//! The server functions: the list of public endpoints. Bodies are three lines; the work is done in
//! `server::portal`.
//!
//! The browser does not call these functions but sends their argument types through
//! `browser::portal`, which knows what an expired balancer session looks like.

use crate::model::credentials::CredentialsAnswer;
use crate::model::error::PortalError;
use crate::model::examination::Examination;
use crate::model::flow::FlowRecord;
use crate::model::function::DescribedFunctions;
use crate::model::json::{self, ToJson};
use crate::model::names::{RoleId, SessionId, Subject};
use crate::model::session::{LiftAnswer, Overview, RevokeAnswer, SessionPage, SessionState};
use crate::model::viewer::WhoAmI;
use leptos::prelude::*;
use server_fn::codec::Json;

/// Who is signed in and what that person may have.
///
/// # Errors
/// `not_signed_in`, `header_rejected`, `token_rejected`, `mint_unavailable` (key server down).
#[server(prefix = "/api", endpoint = "whoami", input = Json, output = Json)]
pub async fn whoami() -> Result<WhoAmI, PortalError> {
    crate::server::portal::Call::current()?.whoami().await
}

/// Mints temporary credentials for one role.
///
/// # Errors
/// Those of [`whoami`], `not_entitled`, `blocked`, `bad_request`, `rate_limited`,
/// `mint_misconfigured`, `mint_unavailable`; `internal` when called while rendering a page.
#[server(prefix = "/api", endpoint = "credentials", input = Json, output = Json)]
pub async fn credentials(
    /// The role's id.
    role: RoleId,
    /// Wanted life; the role's longest when absent.
    duration_seconds: Option<u32>,
) -> Result<CredentialsAnswer, PortalError> {
    crate::server::portal::Call::current()?.credentials(role, duration_seconds).await
}

/// This very request's way to credentials, step by step. It answers for a request that is refused too: then the
/// step that refused it says why. Nothing in it is a secret.
///
/// # Errors
/// `internal` when called while rendering a page.
#[server(prefix = "/api", endpoint = "flow", input = Json, output = Json)]
pub async fn flow(
    /// The role that the page works in; the person's first when absent.
    role: Option<RoleId>,
    /// The mint to tell of; the latest of that role when absent.
    session: Option<SessionId>,
) -> Result<FlowRecord, PortalError> {
    crate::server::portal::Call::current()?.flow(role, session).await
}

/// The schemas of the functions that a role opens, where the configuration has any.
///
/// # Errors
/// Those of [`whoami`], `not_entitled`.
#[server(prefix = "/api", endpoint = "functions/schemas", input = Json, output = Json)]
pub async fn function_schemas(
    /// The role's id.
    role: RoleId,
) -> Result<DescribedFunctions, PortalError> {
    crate::server::portal::Call::current()?.function_schemas(&role).await
}

/// The viewer's own sessions, newest first, 100 a page.
///
/// # Errors
/// Those of [`whoami`], `bad_request` for a cursor that is not ours.
#[server(prefix = "/api", endpoint = "sessions/mine", input = Json, output = Json)]
pub async fn sessions_mine(
    /// `next` of the page before.
    cursor: Option<String>,
) -> Result<SessionPage, PortalError> {
    crate::server::portal::Call::current()?.sessions_mine(cursor).await
}

/// Everybody's sessions, newest first, 100 a page. For administrators.
///
/// # Errors
/// Those of [`whoami`], `not_entitled`, `bad_request` for a cursor that is not ours.
#[server(prefix = "/api", endpoint = "sessions/list", input = Json, output = Json)]
pub async fn sessions_list(
    /// Beginning of a person's subject or address; `A` to `Z` count as `a` to `z`.
    user: Option<String>,
    /// Only of this role.
    role: Option<RoleId>,
    /// Only those in this state.
    state: Option<SessionState>,
    /// `next` of the page before.
    cursor: Option<String>,
) -> Result<SessionPage, PortalError> {
    let filter = crate::model::session::SessionFilter { user, role, state };
    crate::server::portal::Call::current()?.sessions_list(filter, cursor).await
}

/// Totals, when live sessions expire, and the blocks that stand. For administrators.
///
/// # Errors
/// Those of [`whoami`], `not_entitled`.
#[server(prefix = "/api", endpoint = "sessions/overview", input = Json, output = Json)]
pub async fn sessions_overview() -> Result<Overview, PortalError> {
    crate::server::portal::Call::current()?.sessions_overview().await
}

/// Ends one session, for its person or an administrator; or ends a person, for administrators: they
/// may not mint until the block is lifted.
///
/// # Errors
/// Those of [`whoami`], `not_entitled` (for a session that does not exist too), `bad_request` unless
/// exactly one of the two is named.
#[server(prefix = "/api", endpoint = "sessions/revoke", input = Json, output = Json)]
pub async fn sessions_revoke(
    /// The session.
    id: Option<SessionId>,
    /// The person.
    subject: Option<Subject>,
) -> Result<RevokeAnswer, PortalError> {
    crate::server::portal::Call::current()?.sessions_revoke(id, subject).await
}

/// Lifts a person's block: they may mint again. For administrators.
///
/// # Errors
/// Those of [`whoami`], `not_entitled`.
#[server(prefix = "/api", endpoint = "sessions/lift", input = Json, output = Json)]
pub async fn sessions_lift(
    /// The person.
    subject: Subject,
) -> Result<LiftAnswer, PortalError> {
    crate::server::portal::Call::current()?.sessions_lift(subject).await
}

/// Examines everything between the balancer and S3, with the headers of this very request. For administrators.
///
/// # Errors
/// Those of [`whoami`], `not_entitled`, `rate_limited` while another examination runs; `internal` when called while
/// rendering a page.
#[server(prefix = "/api", endpoint = "doctor", input = Json, output = Json)]
pub async fn doctor(
    /// Whether to try mints, which may do nothing.
    mint: bool,
) -> Result<Examination, PortalError> {
    crate::server::portal::Call::current()?.examine(mint).await
}

impl ToJson for Whoami {
    fn to_json(&self) -> json::Json {
        json::Json::object([])
    }
}

impl ToJson for Credentials {
    fn to_json(&self) -> json::Json {
        json::Json::object([("role", self.role.as_str().to_json()), ("duration_seconds", self.duration_seconds.to_json())])
    }
}

impl ToJson for Flow {
    fn to_json(&self) -> json::Json {
        json::Json::object([
            ("role", self.role.as_ref().map(|role| role.as_str().to_owned()).to_json()),
            ("session", self.session.as_ref().map(|session| session.as_str().to_owned()).to_json()),
        ])
    }
}

impl ToJson for FunctionSchemas {
    fn to_json(&self) -> json::Json {
        json::Json::object([("role", self.role.as_str().to_json())])
    }
}

impl ToJson for SessionsMine {
    fn to_json(&self) -> json::Json {
        json::Json::object([("cursor", self.cursor.to_json())])
    }
}

impl ToJson for SessionsList {
    fn to_json(&self) -> json::Json {
        json::Json::object([
            ("user", self.user.to_json()),
            ("role", self.role.as_ref().map(|role| role.as_str().to_owned()).to_json()),
            ("state", self.state.map(|state| state.as_str().to_owned()).to_json()),
            ("cursor", self.cursor.to_json()),
        ])
    }
}

impl ToJson for SessionsOverview {
    fn to_json(&self) -> json::Json {
        json::Json::object([])
    }
}

impl ToJson for SessionsRevoke {
    fn to_json(&self) -> json::Json {
        json::Json::object([
            ("id", self.id.as_ref().map(|id| id.as_str().to_owned()).to_json()),
            ("subject", self.subject.as_ref().map(|subject| subject.as_str().to_owned()).to_json()),
        ])
    }
}

impl ToJson for SessionsLift {
    fn to_json(&self) -> json::Json {
        json::Json::object([("subject", self.subject.as_str().to_json())])
    }
}

impl ToJson for Doctor {
    fn to_json(&self) -> json::Json {
        json::Json::object([("mint", json::Json::Bool(self.mint))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Serialize;

    fn as_the_server_reads_it(arguments: &(impl Serialize + ToJson)) -> Result<(), TestCaseError> {
        let sent: serde_json::Value = serde_json::from_str(&arguments.to_json().written()).unwrap();
        prop_assert_eq!(sent, serde_json::to_value(arguments).unwrap());
        Ok(())
    }

    proptest! {
        #[test]
        fn arguments_arrive(role in "[a-z0-9][a-z0-9_-]{0,63}", duration_seconds: Option<u32>, cursor: Option<String>) {
            as_the_server_reads_it(&Whoami {})?;
            as_the_server_reads_it(&Doctor { mint: duration_seconds.is_some() })?;
            as_the_server_reads_it(&Credentials { role: RoleId::parse(role).unwrap(), duration_seconds })?;
            let session = cursor.as_ref().map(|_| SessionId::parse("a".repeat(26)).unwrap());
            as_the_server_reads_it(&Flow { role: Some(RoleId::parse("analyst").unwrap()), session: session.clone() })?;
            let subject = Subject::parse("b85cd951-b0d1").unwrap();
            as_the_server_reads_it(&SessionsRevoke { id: session, subject: cursor.as_ref().map(|_| subject.clone()) })?;
            as_the_server_reads_it(&SessionsLift { subject })?;
            as_the_server_reads_it(&SessionsMine { cursor: cursor.clone() })?;
            as_the_server_reads_it(&FunctionSchemas { role: RoleId::parse("analyst").unwrap() })?;
            as_the_server_reads_it(&SessionsOverview {})?;
            as_the_server_reads_it(&SessionsList { user: cursor.clone(), role: None, state: Some(SessionState::Live), cursor })?;
        }
    }
}
