//! Opening the AWS console: fresh credentials for the person and role, never any that a caller sends, and where to go
//! with them.

use super::Call;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::names::RoleId;
use crate::model::secret::Secret;
use crate::server::console::Console;
use crate::server::credentials::entitlement;
use crate::server::credentials::session_name::Purpose;
use crate::words::say;

impl Call {
    /// The address that opens the console in a role, at `destination` where that is one of the console's. It holds a
    /// sign-in token.
    ///
    /// # Errors
    /// Those of [`crate::api::credentials`]; `bad_request` for a destination elsewhere and for a role whose console is not
    /// known; what the sign-in endpoint says.
    pub async fn console(self, role: &RoleId, destination: Option<&str>) -> Result<Secret, PortalError> {
        let result = self.sign_in(role, destination).await;
        self.reported("console", result)
    }

    async fn sign_in(&self, role: &RoleId, destination: Option<&str>) -> Result<Secret, PortalError> {
        self.not_while_rendering()?;
        let portal = &*self.portal;
        let viewer = self.viewer().await?;
        let role = entitlement::role_of(&portal.roles, &viewer, role)?.role;
        let console = Console::of(&portal.config.aws, &role).ok_or_else(|| {
            PortalError::said(
                ErrorCode::BadRequest,
                say!("The portal knows no AWS sign-in page for the role of “{title}”.", title = role.title),
                say!("The people who run the portal name one in aws.signin_endpoint, where the role's service has a console of AWS's."),
            )
        })?;
        let mut regions = Vec::with_capacity(role.buckets.len());
        for bucket in &role.buckets {
            regions.push(portal.regions.of(bucket, role.arn.partition(), &*portal.clock).await);
        }
        let destination = console.destination(destination, &regions)?;
        let (_, session, minted) = self.minted(&role.id, None, Purpose::Console).await?;
        let opened = console.sign_in(&*portal.post, &minted.credentials, &portal.config.web.public_url, &destination, &role).await;
        if opened.is_err() {
            // Nobody has these credentials but the endpoint that did not take them.
            self.withdraw(&session, viewer.subject()).await;
        }
        opened
    }
}
