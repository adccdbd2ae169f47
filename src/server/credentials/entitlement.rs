//! Which roles a viewer may have, and what of them.

use super::prefix::PrefixTemplate;
use super::session_tags::{self, SessionTag};
use super::{Grant, session_policy, token_life};
use crate::model::clock::Timestamp;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::names::RoleId;
use crate::server::config::{self, RoleGroups, SessionPolicy};
use crate::server::identity::Viewer;
use crate::words::say;
use std::sync::Arc;

/// Shortest life that STS gives.
pub(super) const SHORTEST_SECONDS: u32 = 900;

/// A role that a viewer may have, with the prefixes of its buckets filled in.
#[derive(Clone, Debug)]
pub struct Entitlement {
    /// The role.
    pub role: Arc<config::Role>,
    /// Expanded prefixes, in the order of the role's buckets.
    pub prefixes: Vec<String>,
    /// Session tags, with the strategies that send them.
    pub tags: Vec<SessionTag>,
}

/// The viewer's roles, in the configuration's order.
pub fn roles_of<'a>(roles: &'a [Arc<config::Role>], viewer: &'a Viewer) -> impl Iterator<Item = Entitlement> + 'a {
    roles.iter().filter_map(|role| entitle(role, viewer))
}

/// The viewer's entitlement to one role.
///
/// # Errors
/// `not_entitled`, in the same words for a role that does not exist.
pub fn role_of(roles: &[Arc<config::Role>], viewer: &Viewer, id: &RoleId) -> Result<Entitlement, PortalError> {
    roles.iter().find(|role| role.id == *id).and_then(|role| entitle(role, viewer)).ok_or_else(|| {
        PortalError::said(
            ErrorCode::NotEntitled,
            say!("You are not entitled to a role “{id}”.", id = id.as_str()),
            say!("Ask the people who run the portal to add you to one of its groups, then sign in again."),
        )
    })
}

impl Entitlement {
    /// What is minted at `now`: no longer than the role allows, and no wider than its buckets and
    /// functions.
    ///
    /// # Errors
    /// `bad_request` for less than 900 seconds, `mint_misconfigured` for a session policy that is
    /// longer than STS takes. Where the role caps its credentials to the access token,
    /// `mint_unavailable` with `Retry-After` while that has less than 900 seconds left, and
    /// `mint_misconfigured` when no token has as many.
    pub fn grant(&self, viewer: &Viewer, duration_seconds: Option<u32>, home: &str, now: Timestamp) -> Result<Grant, PortalError> {
        let longest = self.role.duration_seconds;
        let duration_seconds = duration_seconds.unwrap_or(longest);
        if duration_seconds < SHORTEST_SECONDS {
            return Err(PortalError::said(
                ErrorCode::BadRequest,
                say!("AWS does not mint for less than {seconds} seconds.", seconds = SHORTEST_SECONDS),
                say!(
                    "Ask for {seconds} to {longest} seconds, or leave duration_seconds out.",
                    seconds = SHORTEST_SECONDS,
                    longest = longest
                ),
            ));
        }
        let longest = if self.role.cap_to_access_token { token_life::left(&self.role, viewer, now)?.min(longest) } else { longest };
        let session_policy = match self.role.session_policy {
            SessionPolicy::Generate => Some(session_policy::generate(&self.role, &self.prefixes, home).map_err(|error| {
                tracing::error!(role = %self.role.id, length = error.length, "the generated session policy is too long");
                PortalError::said(
                    ErrorCode::MintMisconfigured,
                    say!(
                        "The session policy of “{title}” is longer than AWS takes ({length} of 2,048 characters).",
                        title = self.role.title,
                        length = error.length
                    ),
                    say!("The people who run the portal split the role, or set session_policy to \"managed\" or \"none\" for it."),
                )
            })?),
            SessionPolicy::Managed { .. } | SessionPolicy::None => None,
        };
        Ok(Grant {
            role: Arc::clone(&self.role),
            duration_seconds: duration_seconds.min(longest),
            session_policy,
            session_tags: self.tags.clone(),
        })
    }
}

/// Why somebody may not have a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unentitled {
    /// None of their groups is one of the role's.
    NotAMember,
    /// A claim in a prefix of the role is missing, or has a value that is not let through.
    Prefix,
    /// The same of a claim that becomes a tag.
    Tag,
}

/// Whether a viewer may have this role, and else why not.
///
/// # Errors
/// [`Unentitled`]
pub fn stands(role: &Arc<config::Role>, viewer: &Viewer) -> Result<Entitlement, Unentitled> {
    let member = match &role.groups {
        RoleGroups::Everyone => true,
        RoleGroups::AnyOf(groups) => groups.iter().any(|group| viewer.groups().contains(group)),
    };
    if !member {
        return Err(Unentitled::NotAMember);
    }
    let expand = |bucket: &config::Bucket| {
        PrefixTemplate::parse(&bucket.prefix).ok()?.expand(viewer.subject(), |name| viewer.access_token_claim(name))
    };
    let prefixes = role.buckets.iter().map(expand).collect::<Option<_>>().ok_or(Unentitled::Prefix)?;
    let tags = match role.strategy.tag_claims() {
        None => Vec::new(),
        Some(claims) => session_tags::tags_of(claims, viewer.subject(), |name| viewer.access_token_claim(name)).ok_or(Unentitled::Tag)?,
    };
    Ok(Entitlement { role: Arc::clone(role), prefixes, tags })
}

fn entitle(role: &Arc<config::Role>, viewer: &Viewer) -> Option<Entitlement> {
    stands(role, viewer)
        .inspect_err(|reason| {
            let what = match reason {
                Unentitled::NotAMember => return,
                Unentitled::Prefix => "a prefix",
                Unentitled::Tag => "tag_claims",
            };
            tracing::warn!(
                role = %role.id,
                subject = %viewer.subject(),
                what,
                "a claim that a role needs is missing or has a value that is not let through"
            );
        })
        .ok()
}
