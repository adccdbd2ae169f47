//! The access token: the identity provider's JWT, verified against its JWKS.
