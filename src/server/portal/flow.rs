//! What the page *Flow* is told of its own request, whether it is let in or not.

use super::Call;
use crate::model::error::PortalError;
use crate::model::flow::FlowRecord;
use crate::model::names::{RoleId, SessionId};
use crate::server::flow::{self, Flow};
use crate::server::identity::Stages;

impl Call {
    /// See [`crate::api::flow`].
    ///
    /// # Errors
    /// As there.
    pub async fn flow(self, role: Option<RoleId>, session: Option<SessionId>) -> Result<FlowRecord, PortalError> {
        let result = self.told(role.as_ref(), session.as_ref()).await;
        self.reported("flow", result)
    }

    async fn told(&self, asked: Option<&RoleId>, session: Option<&SessionId>) -> Result<FlowRecord, PortalError> {
        self.not_while_rendering()?;
        let portal = &*self.portal;
        let mut stages = Stages::default();
        // The refusal is what is told, and it is logged as everywhere.
        let viewer = portal.followed(&self.headers, &mut stages).await.map_err(|error| self.reference.report("flow", error));
        Ok(flow::record(&Flow {
            config: &portal.config,
            roles: &portal.roles,
            headers: &self.headers,
            is_admin: viewer.as_ref().is_ok_and(|viewer| self.is_admin(viewer)),
            mints: &portal.mints,
            session,
            viewer: &viewer,
            stages,
            asked,
            now: portal.clock.now(),
            reference: self.reference.to_string(),
        }))
    }
}
