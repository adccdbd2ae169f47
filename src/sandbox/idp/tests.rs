//! The identity provider against clients that are not who they say.

use super::*;
use crate::sandbox::stage::TestClock;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use std::net::SocketAddr;
use tower::ServiceExt;

const ISSUER: &str = "http://127.0.0.1:3005";
const CALLBACK: &str = "http://127.0.0.1:3000/oauth2/idpresponse";
const RESOURCE: &str = "http://127.0.0.1:3000";

struct Scene {
    router: Router,
    clock: Arc<TestClock>,
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }

    fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |location| location.to_str().unwrap())
    }
}

impl Scene {
    fn new() -> Self {
        let clock = Arc::new(TestClock::at(1_800_000_000));
        let client = Client {
            id: "client".to_owned(),
            secret: Secret::new("se:cret"),
            redirect_uris: vec![CALLBACK.to_owned()],
            logout_uris: vec!["http://127.0.0.1:3000/signed-out".to_owned()],
            resource: RESOURCE.to_owned(),
        };
        let provider = Arc::new(Provider::new(ISSUER.to_owned(), client, clock.clone()));
        Self { router: provider.router(Hosts::of(SocketAddr::from(([127, 0, 0, 1], 3005)))), clock }
    }

    async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        Reply { status: head.status.as_u16(), headers: head.headers, body }
    }

    async fn get(&self, place: &str) -> Reply {
        self.send(Request::get(place).header(header::HOST, "127.0.0.1:3005").body(Body::empty()).unwrap()).await
    }

    /// A good request to sign in, but for these fields.
    async fn authorize(&self, changes: &[(&str, &str)]) -> Reply {
        let mut fields = vec![
            ("client_id", "client"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", "a&b<\""),
            ("resource", RESOURCE),
            ("nonce", "n"),
        ];
        for &(name, value) in changes {
            fields.retain(|(other, _)| *other != name);
            fields.push((name, value));
        }
        self.get(&with_query("/oauth2/authorize", &fields)).await
    }

    async fn code(&self, persona: &str) -> String {
        let reply = self.authorize(&[("login_hint", persona)]).await;
        let query = reply.location().strip_prefix(CALLBACK).unwrap().strip_prefix('?').unwrap();
        let form = Form::parse(query.as_bytes()).unwrap();
        assert_eq!(form.get("state"), Some("a&b<\""));
        form.get("code").unwrap().to_owned()
    }

    async fn token(&self, authorization: Option<&str>, fields: &[(&str, &str)]) -> Reply {
        let mut request = Request::post("/oauth2/token").header(header::HOST, "127.0.0.1:3005");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(authorization)));
        }
        self.send(request.body(Body::from(form::encode(fields))).unwrap()).await
    }

    async fn redeem(&self, code: &str) -> Reply {
        self.token(Some("client:se%3Acret"), &[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK)]).await
    }

    async fn tokens(&self, persona: &str) -> Value {
        let reply = self.redeem(&self.code(persona).await).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()
    }

    async fn userinfo(&self, token: &str) -> Reply {
        let request = Request::get("/oauth2/userInfo").header(header::HOST, "127.0.0.1:3005");
        self.send(request.header(header::AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap()).await
    }

    /// The claims, verified by another implementation with the published key.
    async fn verified(&self, token: &Value) -> Value {
        let token = token.as_str().unwrap();
        let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
        let keys = self.get("/.well-known/jwks.json").await.json();
        let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid.as_str()).unwrap();
        let key = DecodingKey::from_rsa_components(key["n"].as_str().unwrap(), key["e"].as_str().unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_aud = false;
        validation.validate_exp = false;
        validation.set_issuer(&[ISSUER]);
        jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims
    }
}

#[tokio::test]
async fn access_tokens_are_shaped_like_cognitos() {
    let scene = Scene::new();
    let now = scene.clock.now().seconds();
    let tokens = scene.tokens("admin").await;
    let access = scene.verified(&tokens["access_token"]).await;
    assert_eq!(access["sub"], "ad3140de-2222-4b7c-9d4e-6a1f8b0c3d52");
    assert_eq!(access["cognito:groups"], json!(["analysts", "portal-admins"]));
    assert_eq!((&access["token_use"], &access["client_id"], &access["aud"]), (&json!("access"), &json!("client"), &json!(RESOURCE)));
    assert_eq!((&access["iat"], &access["auth_time"], &access["exp"]), (&json!(now), &json!(now), &json!(now + 3_600)));
    assert_eq!((&access["scope"], &access["username"]), (&json!("openid"), &json!("admin")));
    assert!(access["jti"].is_string() && access["origin_jti"].is_string());
    let id = scene.verified(&tokens["id_token"]).await;
    assert_eq!((&id["token_use"], &id["aud"], &id["nonce"]), (&json!("id"), &json!("client"), &json!("n")));
    let kid = |name: &str| jsonwebtoken::decode_header(tokens[name].as_str().unwrap()).unwrap().kid;
    assert_ne!(kid("access_token"), kid("id_token"));
    assert_eq!(scene.verified(&scene.tokens("no-audience").await["access_token"]).await.get("aud"), None);
    assert_eq!(scene.verified(&scene.tokens("outsider").await["access_token"]).await.get("cognito:groups"), None);
    assert_eq!(scene.tokens("expiring").await["expires_in"], 30);
}

#[tokio::test]
async fn an_unregistered_client_or_address_gets_no_redirect() {
    let scene = Scene::new();
    for (name, value) in [
        ("client_id", "another"),
        ("client_id", ""),
        ("redirect_uri", "http://evil.example/oauth2/idpresponse"),
        ("redirect_uri", "http://127.0.0.1:3000/oauth2/idpresponse/"),
        ("redirect_uri", "http://127.0.0.1:3000/oauth2/idpresponse?x=1"),
        ("redirect_uri", "HTTP://127.0.0.1:3000/oauth2/idpresponse"),
        ("redirect_uri", ""),
    ] {
        let reply = scene.authorize(&[(name, value), ("login_hint", "admin")]).await;
        assert_eq!((reply.status, reply.location()), (400, ""), "{name}={value}");
    }
    let twice = format!("/oauth2/authorize?client_id=client&redirect_uri={CALLBACK}&redirect_uri=http://evil.example/");
    assert_eq!(scene.get(&twice).await.status, 400);
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("scope", "email", "invalid_scope"),
        ("scope", "openid admin", "invalid_scope"),
        ("resource", "http://evil.example", "invalid_target"),
    ] {
        let reply = scene.authorize(&[(name, value), ("login_hint", "admin")]).await;
        assert!(reply.location().starts_with(&format!("{CALLBACK}?error={error}&state=a%26b")), "{}", reply.location());
        assert!(!reply.location().contains("code="));
    }
}

#[tokio::test]
async fn the_page_offers_five_people_and_repeats_nothing_unescaped() {
    let scene = Scene::new();
    let reply = scene.authorize(&[("state", "\"><script>alert(1)</script>"), ("login_hint", "<b>")]).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body.matches("<a class=\"persona\"").count(), 5);
    assert!(reply.body.contains("Sandbox: nothing here is AWS"));
    assert!(!reply.body.contains("<script") && !reply.body.contains("<b>"));
    let csp = reply.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(csp.starts_with("default-src 'none'; style-src 'self'") && csp.contains("frame-ancestors 'none'"), "{csp}");
    // A card is the request with the person added: following it signs that person in.
    let card = reply.body.split("href=\"/oauth2/").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let followed = scene.get(&format!("/oauth2/{card}")).await;
    assert!(followed.location().starts_with(&format!("{CALLBACK}?code=")), "{card}");
    assert_eq!(scene.get(STYLE).await.headers[header::CONTENT_TYPE], "text/css; charset=utf-8");
}

#[tokio::test]
async fn a_code_opens_once_for_its_address_and_in_time() {
    let scene = Scene::new();
    let code = scene.code("analyst").await;
    assert_eq!(scene.redeem(&code).await.status, 200);
    assert_eq!(scene.redeem(&code).await.json(), json!({"error": "invalid_grant"}));

    let code = scene.code("analyst").await;
    let fields = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", "http://127.0.0.1:3000/")];
    assert_eq!(scene.token(Some("client:se%3Acret"), &fields).await.json(), json!({"error": "invalid_grant"}));
    assert_eq!(scene.redeem(&code).await.status, 400, "a code that was tried with a wrong address is gone");

    let code = scene.code("analyst").await;
    scene.clock.forward(300);
    assert_eq!(scene.redeem(&code).await.json(), json!({"error": "invalid_grant"}));
    assert_eq!(scene.redeem("guessed").await.status, 400);
}

#[tokio::test]
async fn only_the_client_with_its_secret() {
    let scene = Scene::new();
    let code = scene.code("analyst").await;
    let grant = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", CALLBACK)];
    for authorization in [None, Some("client:wrong"), Some("client:"), Some("other:se%3Acret"), Some("client"), Some("")] {
        let reply = scene.token(authorization, &grant).await;
        assert_eq!((reply.status, reply.json()), (401, json!({"error": "invalid_client"})), "{authorization:?}");
        assert!(reply.headers.contains_key(header::WWW_AUTHENTICATE));
    }
    let posted: Vec<_> = grant.into_iter().chain([("client_id", "client"), ("client_secret", "se:cret")]).collect();
    assert_eq!(scene.token(Some("client:se%3Acret"), &posted).await.json(), json!({"error": "invalid_request"}), "two ways at once");
    let reply = scene.token(None, &posted).await;
    assert_eq!(reply.status, 200, "wrong clients have not used the code up: {}", reply.body);
    assert_eq!(reply.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(
        scene.token(Some("client:se%3Acret"), &[("grant_type", "password")]).await.json(),
        json!({"error": "unsupported_grant_type"})
    );
}

#[tokio::test]
async fn refresh_tokens_bring_new_access_tokens_until_they_end() {
    let scene = Scene::new();
    let tokens = scene.tokens("expiring").await;
    let refresh_token = tokens["refresh_token"].as_str().unwrap().to_owned();
    let refresh =
        async |token: &str| scene.token(Some("client:se%3Acret"), &[("grant_type", "refresh_token"), ("refresh_token", token)]).await;
    scene.clock.forward(31);
    let renewed = refresh(&refresh_token).await.json();
    let (before, after) = (scene.verified(&tokens["access_token"]).await, scene.verified(&renewed["access_token"]).await);
    assert_eq!(after["exp"], scene.clock.now().plus_seconds(30).seconds());
    assert_eq!((&before["auth_time"], &before["origin_jti"], &before["aud"]), (&after["auth_time"], &after["origin_jti"], &after["aud"]));
    assert_ne!(before["jti"], after["jti"]);
    assert_eq!(renewed.get("refresh_token"), None);
    for wrong in ["", "x", &refresh_token[1..], tokens["access_token"].as_str().unwrap()] {
        assert_eq!(refresh(wrong).await.status, 400, "{wrong}");
    }
    scene.clock.forward(30 * 86_400);
    assert_eq!(refresh(&refresh_token).await.json(), json!({"error": "invalid_grant"}));
}

#[tokio::test]
async fn userinfo_is_for_live_access_tokens() {
    let scene = Scene::new();
    let tokens = scene.tokens("analyst").await;
    let access = tokens["access_token"].as_str().unwrap();
    let claims = scene.userinfo(access).await.json();
    assert_eq!(claims["email_verified"], "true", "a string, as Cognito writes it");
    assert_eq!((&claims["name"], &claims["username"]), (&json!("Amara Okafor"), &json!("analyst")));
    let stranger = SigningKey::generate("x".to_owned());
    let forged = stranger.sign(&scene.verified(&tokens["access_token"]).await);
    for wrong in ["", "x", tokens["id_token"].as_str().unwrap(), &access[..access.len() - 2], &forged] {
        assert_eq!(scene.userinfo(wrong).await.status, 401, "{wrong}");
    }
    scene.clock.forward(3_600);
    assert_eq!(scene.userinfo(access).await.status, 401);
}

#[tokio::test]
async fn sign_out_returns_only_to_where_it_may() {
    let scene = Scene::new();
    let good = "/logout?client_id=client&logout_uri=http%3A%2F%2F127.0.0.1%3A3000%2Fsigned-out";
    assert_eq!(scene.get(good).await.location(), "http://127.0.0.1:3000/signed-out");
    for wrong in [
        "/logout",
        "/logout?client_id=client",
        "/logout?client_id=other&logout_uri=http%3A%2F%2F127.0.0.1%3A3000%2Fsigned-out",
        "/logout?client_id=client&logout_uri=http%3A%2F%2F127.0.0.1%3A3000%2Fsigned-out%2F",
        "/logout?client_id=client&logout_uri=http%3A%2F%2Fevil.example",
    ] {
        let reply = scene.get(wrong).await;
        assert_eq!((reply.status, reply.location()), (400, ""), "{wrong}");
    }
}

#[tokio::test]
async fn other_hosts_and_addresses() {
    let scene = Scene::new();
    let request = Request::get("/.well-known/jwks.json").header(header::HOST, "rebound.example:3005").body(Body::empty()).unwrap();
    assert_eq!(scene.send(request).await.status, 421);
    assert_eq!(scene.get("/nothing").await.status, 404);
    let discovery = scene.get("/.well-known/openid-configuration").await.json();
    assert_eq!((&discovery["issuer"], &discovery["jwks_uri"]), (&json!(ISSUER), &json!(format!("{ISSUER}/.well-known/jwks.json"))));
}
