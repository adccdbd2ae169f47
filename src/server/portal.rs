//! The portal's work: what stands behind every server function.

use crate::model::credentials::CredentialsAnswer;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::names::RoleId;
use crate::model::session::SessionPage;
use crate::model::viewer::WhoAmI;

/// One call of a server function: the portal and the request's head.
#[derive(Debug)]
pub struct Call;

impl Call {
    /// The call that is being answered on this task.
    ///
    /// # Errors
    /// `internal` outside of a request.
    pub fn current() -> Result<Self, PortalError> {
        Err(PortalError::new(ErrorCode::Internal, "No request is being answered here.", "Report this defect."))
    }

    /// See [`crate::api::whoami`].
    ///
    /// # Errors
    /// As there.
    pub async fn whoami(self) -> Result<WhoAmI, PortalError> {
        Err(PortalError::new(ErrorCode::Internal, "Not reached.", "Report this defect."))
    }

    /// See [`crate::api::credentials`].
    ///
    /// # Errors
    /// As there.
    pub async fn credentials(self, _role: RoleId, _duration_seconds: Option<u32>) -> Result<CredentialsAnswer, PortalError> {
        Err(PortalError::new(ErrorCode::Internal, "Not reached.", "Report this defect."))
    }

    /// See [`crate::api::sessions_mine`].
    ///
    /// # Errors
    /// As there.
    pub async fn sessions_mine(self, _cursor: Option<String>) -> Result<SessionPage, PortalError> {
        Err(PortalError::new(ErrorCode::Internal, "Not reached.", "Report this defect."))
    }
}
