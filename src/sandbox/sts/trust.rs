//! The roles' trust policies: whose token takes which role, and with what.

use super::Federated;
use super::web_identity::WebIdentity;
use crate::sandbox::cognito_identity::POOL_ID;
use crate::sandbox::roles::{SandboxRole, Trust};

/// Whether the role may be taken with this token. A token that carries tags or a source identity
/// needs `sts:TagSession` or `sts:SetSourceIdentity` in the trust policy beside
/// `sts:AssumeRoleWithWebIdentity`; AWS refuses it in the same words as a token that is not trusted.
pub(super) fn trusts(role: &SandboxRole, token: &WebIdentity) -> bool {
    let (is_trusted, may_tag, may_set_source_identity) = match (role.trust, token.federated) {
        // Principal: the user pool; a condition on its sub.
        (Trust::Federated, Federated::UserPool) => (role.trusts_subject(&token.subject), false, false),
        // Principal: cognito-identity.amazonaws.com; conditions on its aud and amr.
        (Trust::IdentityPool(_), Federated::IdentityPool) => {
            (token.audience == POOL_ID && token.methods.iter().any(|method| method == "authenticated"), true, false)
        }
        // Principal: the portal; conditions on its aud, which is this role's own, and its sub.
        (Trust::SelfIssued, Federated::Portal) => (token.audience == role.audience() && role.trusts_subject(&token.subject), true, true),
        _ => (false, false, false),
    };
    is_trusted && (may_tag || token.tags.is_empty()) && (may_set_source_identity || token.source_identity.is_none())
}

#[cfg(test)]
mod tests {
    use super::super::{OidcProvider, Sts};
    use super::*;
    use crate::model::clock::Clock;
    use crate::sandbox::form::{self, Form};
    use crate::sandbox::jwt::SigningKey as RsaKey;
    use crate::sandbox::personas::Persona;
    use crate::sandbox::registry::Registry;
    use crate::sandbox::roles::ROLES;
    use crate::sandbox::stage::TestClock;
    use crate::server::credentials::session_tags::SessionTag;
    use crate::server::issuer::key_file::LocalKey;
    use crate::server::issuer::keys::{KeyError, ListedKey, SigningKey};
    use crate::server::issuer::token::Claims;
    use crate::server::issuer::{Issuer, PublicKey};
    use async_trait::async_trait;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};
    use std::sync::Arc;

    const ISSUER: &str = "http://127.0.0.1:3000";
    const AUDIENCE: &str = "urn:vestibule:self-issued";

    /// STS, and the portal's own issuer whose tokens it knows.
    struct Scene {
        key: Arc<LocalKey>,
        pool_key: RsaKey,
        clock: Arc<TestClock>,
        registry: Arc<Registry>,
        sts: Sts,
    }

    impl Scene {
        async fn new() -> Self {
            let (key, pool_key) = (Arc::new(LocalKey::generate().unwrap()), RsaKey::generate("pool".to_owned()));
            let (clock, registry) = (Arc::new(TestClock::at(1_800_000_000)), Arc::new(Registry::new()));
            let portal = OidcProvider {
                federated: Federated::Portal,
                issuer: ISSUER.to_owned(),
                audiences: ROLES.iter().map(SandboxRole::audience).collect(),
                known_key: Some(serde_json::from_value(key.public().await.unwrap().to_jwk()).unwrap()),
            };
            let pool = OidcProvider {
                federated: Federated::UserPool,
                issuer: "http://127.0.0.1:3005".to_owned(),
                audiences: vec!["pool".to_owned()],
                known_key: Some(pool_key.public().clone()),
            };
            let sts = Sts::new(vec![portal, pool], registry.clone(), clock.clone());
            Self { key, pool_key, clock, registry, sts }
        }

        /// A token as the portal makes it.
        async fn token(&self, persona: &str, audience: &str) -> String {
            let key: Arc<dyn SigningKey> = self.key.clone();
            self.token_of(key, persona, audience).await
        }

        async fn token_of(&self, key: Arc<dyn SigningKey>, persona: &str, audience: &str) -> String {
            let clock: Arc<dyn Clock> = self.clock.clone();
            let issuer = Issuer::with_keys(ISSUER.to_owned(), vec![ListedKey { key, published_at: None }], clock);
            let subject = Persona::find(persona).unwrap().subject;
            let tags = [SessionTag { key: "subject".to_owned(), value: subject.to_owned() }];
            issuer.sign(&Claims { subject, audience, tags: &tags }).await.unwrap().expose().to_owned()
        }

        /// A token of the portal's key that says anything.
        async fn forged(&self, header: &Value, changes: &Value) -> String {
            let mut claims = claims_of(&self.token("admin", AUDIENCE).await);
            for (name, value) in changes.as_object().unwrap() {
                claims[name] = value.clone();
            }
            let signed = format!("{}.{}", part(header), part(&claims));
            let signature = URL_SAFE_NO_PAD.encode(self.key.sign(signed.as_bytes()).await.unwrap());
            format!("{signed}.{signature}")
        }

        async fn header(&self) -> Value {
            json!({"alg": "ES256", "kid": self.key.public().await.unwrap().id()})
        }

        /// The answer's code; empty with credentials.
        async fn assume(&self, role: &str, token: &str) -> (String, String) {
            let arn = format!("arn:aws:iam::000000000000:role/{role}");
            let fields = [("RoleArn", arn.as_str()), ("RoleSessionName", "ada.session"), ("WebIdentityToken", token)];
            let form = Form::parse(form::encode(&fields).as_bytes()).unwrap();
            match self.sts.assume_role_with_web_identity(&form).await {
                Ok(success) => (String::new(), success.issued.credentials.access_key_id),
                Err(refusal) => (refusal.code.to_owned(), refusal.message),
            }
        }

        async fn refused(&self, role: &str, token: &str, code: &str, message: &str) {
            let (got, said) = self.assume(role, token).await;
            assert!(got == code && said.contains(message), "wanted {code} {message}, got {got} {said}");
        }
    }

    fn part(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    fn claims_of(token: &str) -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
    }

    /// Says that it is one key and signs with another.
    struct Impostor(PublicKey, LocalKey);

    #[async_trait]
    impl SigningKey for Impostor {
        async fn public(&self) -> Result<PublicKey, KeyError> {
            Ok(self.0.clone())
        }

        async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
            self.1.sign(message).await
        }
    }

    #[tokio::test]
    async fn the_portals_token_opens_its_role_with_tags_and_source_identity() {
        let scene = Scene::new().await;
        let (code, access_key_id) = scene.assume("self-issued", &scene.token("admin", AUDIENCE).await).await;
        assert_eq!(code, "");
        let session = scene.registry.find(&access_key_id).unwrap();
        let admin = Persona::find("admin").unwrap().subject;
        assert_eq!(session.source_identity.as_deref(), Some(admin));
        assert_eq!(session.tags, [("subject".to_owned(), admin.to_owned())]);
    }

    #[tokio::test]
    async fn a_token_for_one_role_is_not_good_for_another() {
        let scene = Scene::new().await;
        let refused = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
        let for_reader = scene.token("admin", "urn:vestibule:reader").await;
        for role in ["self-issued", "reader", "pool", "nobody"] {
            scene.refused(role, &for_reader, "AccessDenied", refused).await;
        }
        scene.refused("reader", &scene.token("admin", AUDIENCE).await, "AccessDenied", refused).await;
        let foreign = scene.token("admin", "urn:vestibule:somewhere-else").await;
        scene.refused("self-issued", &foreign, "InvalidIdentityToken", "Incorrect token audience").await;
        let outsider = scene.token("outsider", AUDIENCE).await;
        scene.refused("self-issued", &outsider, "AccessDenied", refused).await;
    }

    #[tokio::test]
    async fn tokens_that_are_none_are_refused() {
        let scene = Scene::new().await;
        let token = scene.token("admin", AUDIENCE).await;
        let [header, _, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
        let mut claims = claims_of(&token);
        claims["sub"] = json!(Persona::find("analyst").unwrap().subject);
        let tampered = format!("{header}.{}.{signature}", part(&claims));
        let invalid = "InvalidIdentityToken";
        scene.refused("self-issued", &tampered, invalid, "Invalid signature").await;
        let kid = scene.key.public().await.unwrap().id();
        for alg in ["none", "HS256", "RS256"] {
            let other = format!("{}.{}.{signature}", part(&json!({"alg": alg, "kid": kid})), part(&claims));
            scene.refused("self-issued", &other, invalid, "algorithm").await;
        }
        let stranger = scene.token_of(Arc::new(LocalKey::generate().unwrap()), "admin", AUDIENCE).await;
        scene.refused("self-issued", &stranger, invalid, "Couldn't retrieve verification key").await;
        let impostor = Impostor(scene.key.public().await.unwrap(), LocalKey::generate().unwrap());
        let impostor = scene.token_of(Arc::new(impostor), "admin", AUDIENCE).await;
        scene.refused("self-issued", &impostor, invalid, "Invalid signature").await;
        scene.clock.forward(119);
        assert_eq!(scene.assume("self-issued", &token).await.0, "");
        scene.clock.forward(1);
        scene.refused("self-issued", &token, "ExpiredTokenException", "Token expired").await;
    }

    #[tokio::test]
    async fn malformed_tags_and_source_identities_are_refused() {
        let scene = Scene::new().await;
        let header = scene.header().await;
        assert_eq!(scene.assume("self-issued", &scene.forged(&header, &json!({})).await).await.0, "");
        let tags = "https://aws.amazon.com/tags";
        for (name, value) in [
            (tags, json!("x")),
            (tags, json!({"principal_tags": {"a": "x"}})),
            (tags, json!({"principal_tags": {"a": ["x", "y"]}})),
            (tags, json!({"principal_tags": {"a": ["*"]}})),
            (tags, json!({"principal_tags": {"a": ["x".repeat(257)]}})),
            ("https://aws.amazon.com/source_identity", json!("a b")),
            ("https://aws.amazon.com/source_identity", json!("x")),
            ("https://aws.amazon.com/source_identity", json!(["ada"])),
        ] {
            let token = scene.forged(&header, &json!({name: value})).await;
            scene.refused("self-issued", &token, "InvalidIdentityToken", "not well-formed").await;
        }
    }

    /// The user pool's roles allow neither action, so a pool that lets people choose such claims
    /// changes nothing.
    #[tokio::test]
    async fn tags_need_the_roles_permission() {
        let scene = Scene::new().await;
        let now = scene.clock.now().seconds();
        let analyst = Persona::find("analyst").unwrap().subject;
        let claims = json!({"iss": "http://127.0.0.1:3005", "sub": analyst, "aud": "pool", "iat": now, "exp": now + 300});
        assert_eq!(scene.assume("analyst", &scene.pool_key.sign(&claims)).await.0, "");
        for (name, value) in [
            ("https://aws.amazon.com/tags", json!({"principal_tags": {"unit": ["blue"]}})),
            ("https://aws.amazon.com/source_identity", json!("ada")),
        ] {
            let mut claims = claims.clone();
            claims[name] = value;
            scene.refused("analyst", &scene.pool_key.sign(&claims), "AccessDenied", "Not authorized").await;
        }
    }
}
