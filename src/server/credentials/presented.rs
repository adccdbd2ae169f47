//! A web identity token on its way to STS, whoever made it, and whose move it is when STS does not
//! take it.

use super::refusal::{Cause, StsError};
use crate::model::error::{ErrorCode, PortalError};
use crate::model::secret::Secret;
use crate::server::config;
use crate::server::identity::WebIdentityToken;
use crate::words::{Sentence, say};

/// The token of one call. There is no `Debug`: nothing here is for a log but the audience.
pub(super) struct Presented<'a> {
    token: &'a Secret,
    audience: String,
    maker: Maker<'a>,
}

/// Who made the token, with what its refusal has to name.
enum Maker<'a> {
    /// The identity provider.
    IdentityProvider,
    /// This identity pool.
    IdentityPool(&'a config::IdentityPool),
    /// The portal itself, as this issuer.
    Portal(&'a str),
}

impl<'a> Presented<'a> {
    /// The person's own access token.
    pub(super) fn access_token(token: &'a WebIdentityToken) -> Self {
        // STS takes azp for the audience where a token has one.
        let audience = token.authorized_party().map_or_else(|| token.audience().join(", "), str::to_owned);
        Self { token: token.open(), audience, maker: Maker::IdentityProvider }
    }

    /// An OpenID token of this identity pool.
    pub(super) fn of_pool(token: &'a Secret, pool: &'a config::IdentityPool) -> Self {
        Self { token, audience: pool.id.clone(), maker: Maker::IdentityPool(pool) }
    }

    /// A token that the portal signed as `issuer` for `audience`.
    pub(super) fn self_issued(token: &'a Secret, issuer: &'a str, audience: String) -> Self {
        Self { token, audience, maker: Maker::Portal(issuer) }
    }

    /// The token itself.
    pub(super) fn token(&self) -> &Secret {
        self.token
    }

    /// The audience that STS compares.
    pub(super) fn audience(&self) -> &str {
        &self.audience
    }

    /// What STS's refusal means where that depends on who made the token.
    pub(super) fn explain(&self, sts: &StsError, role: &config::Role) -> Option<PortalError> {
        let (message, next_step) = match self.maker {
            Maker::IdentityProvider => return None,
            Maker::IdentityPool(pool) => of_pool(sts, role, pool)?,
            Maker::Portal(issuer) => of_portal(sts, role, issuer, &self.audience)?,
        };
        Some(PortalError::said(ErrorCode::MintMisconfigured, message, next_step))
    }
}

/// STS trusts Cognito's tokens as such, so what can be wrong is the pool and the role's trust.
fn of_pool(sts: &StsError, role: &config::Role, pool: &config::IdentityPool) -> Option<(Sentence, Sentence)> {
    match sts.cause() {
        Cause::AccessDenied => Some((
            say!("AWS does not let the role of “{title}” be taken with a token of the identity pool.", title = role.title),
            say!(
                "The people who run the portal check that {arn} exists and that its trust policy names the federated principal {principal}, the audience {id} and amr authenticated, and allows sts:AssumeRoleWithWebIdentity and sts:TagSession.",
                arn = role.arn.as_str(),
                principal = pool.principal(),
                id = pool.id
            ),
        )),
        _ if sts.code != "InvalidIdentityToken" => (sts.cause() == Cause::Expired).then(too_slow),
        _ if sts.message.contains("RoleMappings") => Some((
            say!("The identity pool maps roles by rules, and Cognito then gives no tokens for the basic flow."),
            say!("The people who run the portal take the role mappings out of the pool, or set flow = \"enhanced\" for this role."),
        )),
        _ => Some((
            say!("AWS does not accept the identity pool's token."),
            say!(
                "The people who run the portal switch the basic (classic) flow on in the identity pool (AllowClassicFlow), and find AWS's own words in the log line with this reference."
            ),
        )),
    }
}

/// The portal is the issuer, so everything here is for the people who run it.
fn of_portal(sts: &StsError, role: &config::Role, issuer: &str, audience: &str) -> Option<(Sentence, Sentence)> {
    match sts.cause() {
        Cause::NoProvider => Some((
            say!("The role's AWS account does not know the portal as an issuer."),
            say!(
                "The people who run the portal create an IAM OIDC provider in the account of {arn}, with the URL {issuer} and the audience {audience}.",
                arn = role.arn.as_str(),
                issuer = issuer,
                audience = audience
            ),
        )),
        Cause::OtherAudience => Some((
            say!("The role's AWS account does not know the audience of the portal's token."),
            say!(
                "The people who run the portal add {audience} to the audiences of the IAM OIDC provider {issuer} in the account of {arn}.",
                audience = audience,
                issuer = issuer,
                arn = role.arn.as_str()
            ),
        )),
        Cause::NoAudience | Cause::NotAJwt | Cause::OtherToken => Some((
            say!("AWS does not accept the token that the portal signed."),
            say!(
                "The people who run the portal compare the keys at {issuer}/.well-known/jwks.json with those of the configuration, and find AWS's own words in the log line with this reference.",
                issuer = issuer
            ),
        )),
        Cause::AccessDenied => Some((
            say!("AWS does not let the role of “{title}” be taken with the portal's token.", title = role.title),
            say!(
                "The people who run the portal check that {arn} exists and that its trust policy names the IAM OIDC provider {issuer} and the audience {audience}, and allows sts:AssumeRoleWithWebIdentity, sts:TagSession and sts:SetSourceIdentity.",
                arn = role.arn.as_str(),
                issuer = issuer,
                audience = audience
            ),
        )),
        Cause::Rejected => Some((
            say!("AWS rejects a claim of the token that the portal signed."),
            say!("The people who run the portal find AWS's own words in the log line with this reference."),
        )),
        Cause::Expired => Some(too_slow()),
        _ => None,
    }
}

/// Such a token is made anew for every call, so its expiry says that clocks disagree.
fn too_slow() -> (Sentence, Sentence) {
    (
        say!("AWS says that a token made for this call has expired already."),
        say!("The people who run the portal check the server's clock; such a token lives two minutes."),
    )
}
