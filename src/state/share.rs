//! A link to one object, for somebody without access of their own.

use super::credentials::CredentialStore;
use super::failure::Failure;
use crate::aws::s3::object::ObjectRequest;
use crate::aws::sign::{self, Scope};
use crate::model::clock::Timestamp;
use crate::model::location::{Location, Signing};
use crate::model::names::RoleId;
use crate::model::secret::Secret;
use crate::words::t;

/// A link, and how long it works.
pub struct Link {
    /// Whoever has it has the object until then.
    pub url: Secret,
    /// When it ends: by the life that was chosen, or with the credentials.
    pub until: Timestamp,
    /// Whether the credentials end first.
    pub ends_with_credentials: bool,
}

/// Makes a link that works for `seconds`, or as long as the credentials do.
///
/// # Errors
/// What the portal refused; and where a bucket takes no signature in an address.
pub async fn link(store: CredentialStore, role: &RoleId, location: &Location, key: &str, seconds: u32) -> Result<Link, Failure> {
    if store.signing(role, location).0 == Signing::Header {
        return Err(Failure::new(
            t!("{bucket} takes no address with a signature in it, so no link to its objects can work.", bucket = location.name),
            t!("Ask the owner of the bucket, or send the object itself."),
        ));
    }
    let draft = ObjectRequest::default().get(location, key).map_err(Failure::address)?;
    let minted = store.get(role).await?;
    let now = store.now();
    let (until, ends_with_credentials) = end(now, seconds, minted.credentials.expiration);
    let request = sign::query(draft, &minted.credentials, Scope::s3(&location.region), now, seconds);
    Ok(Link { url: Secret::new(request.url()), until, ends_with_credentials })
}

/// The shorter of both lives.
fn end(now: Timestamp, seconds: u32, credentials: Timestamp) -> (Timestamp, bool) {
    let chosen = now.plus_seconds(i64::from(seconds));
    if credentials < chosen { (credentials, true) } else { (chosen, false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_life_counts() {
        let now = Timestamp::from_seconds(1_000);
        assert_eq!(end(now, 900, now.plus_seconds(3_600)), (now.plus_seconds(900), false));
        assert_eq!(end(now, 43_200, now.plus_seconds(3_600)), (now.plus_seconds(3_600), true));
        assert_eq!(end(now, 3_600, now.plus_seconds(3_600)), (now.plus_seconds(3_600), false));
    }
}
