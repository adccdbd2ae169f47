//! The person behind a request, as the browser is told.

use super::clock::Timestamp;
use super::json::{FromJson, Json, Members, ReadError};
use super::names::{RoleId, Subject};
use super::role::EntitledRole;
use serde::{Deserialize, Serialize};

/// The answer of `/api/whoami`. (The server's own `Viewer`, which only header verification can
/// make, is `server::identity::Viewer`.)
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoAmI {
    /// The identity provider's stable id.
    pub subject: Subject,
    /// Address, for display only: it may change and may be unverified.
    pub email: Option<String>,
    /// Name, for display only.
    pub name: Option<String>,
    /// Groups from the configured claim.
    pub groups: Vec<String>,
    /// Whether one of the groups is an administrators' group.
    pub is_admin: bool,
    /// Roles the groups entitle to, in the configuration's order.
    pub roles: Vec<EntitledRole>,
    /// The server's time when it answered.
    pub server_now: Timestamp,
    /// Whether this is the sandbox, where nothing is AWS.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sandbox: bool,
}

impl WhoAmI {
    /// The role that is worked in: the one that is asked for, if it is the person's, or their first.
    #[must_use]
    pub fn role(&self, asked: Option<&RoleId>) -> Option<&EntitledRole> {
        match asked {
            Some(id) => self.roles.iter().find(|role| role.id == *id),
            None => self.roles.first(),
        }
    }
}

impl FromJson for WhoAmI {
    fn from_json(json: Json) -> Result<Self, ReadError> {
        let mut members = Members::of(json)?;
        Ok(Self {
            subject: members.take("subject")?,
            email: members.take("email")?,
            name: members.take("name")?,
            groups: members.take("groups")?,
            is_admin: members.take("is_admin")?,
            roles: members.take("roles")?,
            server_now: members.take("server_now")?,
            sandbox: members.take_or_default("sandbox")?,
        })
    }
}
