//! The web identity token: whether it is what it says, and was made for us.

use super::Sts;
use super::refusal::Refusal;
use crate::sandbox::jwt::UnverifiedToken;
use serde_json::{Map, Value};

/// `iat` may be this far ahead of our clock, in seconds.
const CLOCK_SKEW: i64 = 300;

/// A token that holds.
#[derive(Debug)]
pub(super) struct WebIdentity {
    /// `sub`
    pub(super) subject: String,
    /// `azp` where there is one, else the `aud` that is registered.
    pub(super) audience: String,
}

impl Sts {
    /// Verifies `token`.
    pub(super) async fn verify(&self, token: &str) -> Result<WebIdentity, Refusal> {
        let not_a_jwt = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
        let unverified = UnverifiedToken::parse(token).ok_or_else(|| Refusal::invalid_token(not_a_jwt))?;
        let unverified_issuer = unverified.unverified_claims.get("iss").and_then(Value::as_str).ok_or_else(|| missing("iss"))?;
        if unverified_issuer != self.provider.issuer {
            return Err(Refusal::invalid_token(format!("No OpenIDConnect provider found in your account for {unverified_issuer}")));
        }
        if unverified.unverified_header_text("alg") != Some("RS256") {
            return Err(Refusal::invalid_token("The token's algorithm is not one that the identity provider signs with"));
        }
        let unverified_kid = unverified.unverified_header_text("kid").ok_or_else(Refusal::no_verification_key)?;
        let key = self.keys.find(unverified_kid).await.ok_or_else(Refusal::no_verification_key)?;
        let claims = unverified.verify(&key).ok_or_else(|| Refusal::invalid_token("Invalid signature on the token"))?;
        let now = self.clock.now().seconds();
        check_times(&claims, now)?;
        let subject = text(&claims, "sub").filter(|subject| !subject.is_empty()).ok_or_else(|| missing("sub"))?;
        Ok(WebIdentity { subject: subject.to_owned(), audience: self.audience(&claims)? })
    }

    /// STS takes `azp` for the audience where a token has one, else `aud`; without `aud` it takes
    /// nothing.
    fn audience(&self, claims: &Map<String, Value>) -> Result<String, Refusal> {
        let audiences = match claims.get("aud") {
            Some(Value::String(audience)) => vec![audience.as_str()],
            Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if audiences.is_empty() {
            return Err(missing("aud"));
        }
        let candidates = match claims.get("azp") {
            None => audiences,
            Some(party) => vec![party.as_str().unwrap_or_default()],
        };
        let registered = |candidate: &&str| self.provider.audiences.iter().any(|audience| audience == candidate);
        candidates.into_iter().find(registered).map(str::to_owned).ok_or_else(|| Refusal::invalid_token("Incorrect token audience"))
    }
}

fn check_times(claims: &Map<String, Value>, now: i64) -> Result<(), Refusal> {
    let exp = seconds(claims, "exp")?.ok_or_else(|| missing("exp"))?;
    if now >= exp {
        return Err(Refusal::expired(now, exp));
    }
    let iat = seconds(claims, "iat")?.ok_or_else(|| missing("iat"))?;
    let starts = seconds(claims, "nbf")?.unwrap_or(i64::MIN);
    if starts > now || iat > now.saturating_add(CLOCK_SKEW) {
        return Err(Refusal::invalid_token("The token is not valid yet"));
    }
    Ok(())
}

/// A time of a token: an integer, as STS wants it.
fn seconds(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, Refusal> {
    let not_integer = || Refusal::invalid_token(format!("The claim {name} is not an integer"));
    claims.get(name).map(|value| value.as_i64().ok_or_else(not_integer)).transpose()
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

fn missing(claim: &str) -> Refusal {
    Refusal::invalid_token(format!("Missing a required claim: {claim}"))
}
