//! The web identity token: whether it is what it says, and was made for us.

use super::refusal::Refusal;
use super::{Federated, OidcProvider, Sts};
use crate::model::names::is_session_name_byte;
use crate::sandbox::jwt::UnverifiedToken;
use serde_json::{Map, Value};

/// `iat` may be this far ahead of our clock, in seconds.
const CLOCK_SKEW: i64 = 300;

/// Algorithms of web identity tokens that this stand-in knows.
const ALGORITHMS: [&str; 3] = ["RS256", "RS512", "ES256"];
const TAGS: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";

/// A token that holds.
#[derive(Debug)]
pub(super) struct WebIdentity {
    /// Who signed it.
    pub(super) federated: Federated,
    /// `iss`
    pub(super) issuer: String,
    /// `sub`
    pub(super) subject: String,
    /// `azp` where there is one, else the `aud` that is registered.
    pub(super) audience: String,
    /// `amr`, which the identity pool writes.
    pub(super) methods: Vec<String>,
    /// The session's tags.
    pub(super) tags: Vec<(String, String)>,
    /// The session's source identity.
    pub(super) source_identity: Option<String>,
}

impl Sts {
    /// Verifies `token`.
    pub(super) async fn verify(&self, token: &str) -> Result<WebIdentity, Refusal> {
        let not_a_jwt = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)";
        let unverified = UnverifiedToken::parse(token).ok_or_else(|| Refusal::invalid_token(not_a_jwt))?;
        let unverified_issuer = unverified.unverified_claims.get("iss").and_then(Value::as_str).ok_or_else(|| missing("iss"))?;
        let trusted =
            self.trusted.iter().find(|trusted| trusted.provider.issuer == unverified_issuer).ok_or_else(|| {
                Refusal::invalid_token(format!("No OpenIDConnect provider found in your account for {unverified_issuer}"))
            })?;
        let algorithm = || Refusal::invalid_token("The token's algorithm is not one that the identity provider signs with");
        let unverified_algorithm = unverified.unverified_header_text("alg").filter(|alg| ALGORITHMS.contains(alg)).ok_or_else(algorithm)?;
        let unverified_kid = unverified.unverified_header_text("kid").ok_or_else(Refusal::no_verification_key)?;
        let key = trusted.keys.find(unverified_kid).await.ok_or_else(Refusal::no_verification_key)?;
        if unverified_algorithm != key.alg {
            return Err(algorithm());
        }
        let claims = unverified.verify(&key).ok_or_else(|| Refusal::invalid_token("Invalid signature on the token"))?;
        let now = self.clock.now().seconds();
        check_times(&claims, now)?;
        let subject = text(&claims, "sub").filter(|subject| !subject.is_empty()).ok_or_else(|| missing("sub"))?;
        Ok(WebIdentity {
            federated: trusted.provider.federated,
            issuer: trusted.provider.issuer.clone(),
            subject: subject.to_owned(),
            audience: trusted.provider.audience(&claims)?,
            methods: texts(claims.get("amr")),
            tags: tags(&claims)?,
            source_identity: source_identity(&claims)?,
        })
    }
}

impl OidcProvider {
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
        let registered = |candidate: &&str| self.audiences.iter().any(|audience| audience == candidate);
        candidates.into_iter().find(registered).map(str::to_owned).ok_or_else(|| Refusal::invalid_token("Incorrect token audience"))
    }
}

/// `{"principal_tags": {"key": ["value"]}}`, one value a key, within IAM's limits.
fn tags(claims: &Map<String, Value>) -> Result<Vec<(String, String)>, Refusal> {
    let Some(claim) = claims.get(TAGS) else { return Ok(Vec::new()) };
    let malformed = || Refusal::invalid_token(format!("The claim {TAGS} is not well-formed"));
    let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@'));
    let members = claim.get("principal_tags").and_then(Value::as_object).filter(|tags| tags.len() <= 50).ok_or_else(malformed)?;
    let tag = |(key, values): (&String, &Value)| match values.as_array().map(Vec::as_slice) {
        Some([Value::String(value)]) if plain(key) && plain(value) && (1..=128).contains(&key.len()) && value.len() <= 256 => {
            Ok((key.clone(), value.clone()))
        }
        _ => Err(malformed()),
    };
    members.iter().map(tag).collect()
}

fn source_identity(claims: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    let Some(claim) = claims.get(SOURCE_IDENTITY) else { return Ok(None) };
    let fits = |text: &&str| (2..=64).contains(&text.len()) && text.bytes().all(is_session_name_byte) && !text.starts_with("aws:");
    let text =
        claim.as_str().filter(fits).ok_or_else(|| Refusal::invalid_token(format!("The claim {SOURCE_IDENTITY} is not well-formed")))?;
    Ok(Some(text.to_owned()))
}

/// The strings of a list.
fn texts(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
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
