//! What an issuer publishes, so that AWS believes its tokens: the discovery document and the key
//! set. Nothing in them is secret.

use super::PublicKey;
use serde_json::json;

/// Path of the discovery document below the issuer (OpenID Connect Discovery 1.0, section 4).
pub const DISCOVERY: &str = "/.well-known/openid-configuration";
/// Path of the key set below the issuer.
pub const JWKS: &str = "/.well-known/jwks.json";

/// The members that IAM asks for (IAM User Guide, "Create an OpenID Connect identity provider"), and
/// the claims that tokens have.
pub(super) fn discovery(issuer: &str) -> String {
    let document = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}{JWKS}"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "RS256"],
        "claims_supported": [
            "iss", "sub", "aud", "iat", "exp", "jti", "https://aws.amazon.com/tags", "https://aws.amazon.com/source_identity",
        ],
    });
    document.to_string()
}

/// The key set of these keys.
pub(super) fn key_set(keys: &[PublicKey]) -> String {
    json!({"keys": keys.iter().map(PublicKey::to_jwk).collect::<Vec<_>>()}).to_string()
}
