//! The balancer from outside, over sockets.

use crate::sandbox::form;
use crate::sandbox::personas::PERSONAS;
use crate::sandbox::stage::{Reply, Stage};
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use p256::ecdsa::signature::Verifier;
use p256::pkcs8::DecodePublicKey;
use serde_json::{Value, json};

const IDENTITY: [&str; 3] = ["x-amzn-oidc-data", "x-amzn-oidc-identity", "x-amzn-oidc-accesstoken"];

/// The claims of the data header that the portal got, verified with the key at the published
/// address over the bytes as they came.
async fn verified(stage: &Stage, reply: &Reply) -> Value {
    let token = reply.got("x-amzn-oidc-data").unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE.decode(header).unwrap()).unwrap();
    let pem = stage.get(&format!("/sandbox/keys/{}", header["kid"].as_str().unwrap()), "").await;
    assert_eq!(pem.status, 200);
    let key = p256::ecdsa::VerifyingKey::from_public_key_pem(&pem.body).unwrap();
    let signature = p256::ecdsa::Signature::from_slice(&URL_SAFE.decode(signature).unwrap()).unwrap();
    key.verify(signed.as_bytes(), &signature).unwrap();
    assert_eq!(header["iss"], stage.endpoints.idp);
    assert!(header["signer"].as_str().unwrap().starts_with("arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/"));
    serde_json::from_slice(&URL_SAFE.decode(payload).unwrap()).unwrap()
}

fn nonce_of(reply: &Reply) -> String {
    let nonce = reply.set_cookies().into_iter().find(|line| line.starts_with("AWSALBAuthNonce=")).unwrap();
    assert!(nonce.contains("; Secure; HttpOnly; SameSite=None"), "{nonce}");
    nonce.split(';').next().unwrap().to_owned()
}

/// A person opens a place, is sent to the provider and picks a persona: the address they are sent
/// back to, and the cookie they hold.
async fn to_the_callback(stage: &Stage, place: &str, persona: &str) -> (String, String) {
    let asked = stage.raw(&format!("GET {place} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", stage.host())).await;
    assert_eq!(asked.status, 302);
    assert!(asked.location().starts_with(&format!("{}/oauth2/authorize?", stage.endpoints.idp)), "{}", asked.location());
    let picked = stage.get(&format!("{}&login_hint={persona}", asked.location()), "").await;
    (picked.location().to_owned(), nonce_of(&asked))
}

#[tokio::test]
async fn every_persona_signs_in_with_one_request() {
    let stage = Stage::new().await;
    for persona in &PERSONAS {
        let cookies = stage.sign_in(persona.id).await;
        let reply = stage.get("/browse?prefix=a%2Fb", &cookies).await;
        let claims = verified(&stage, &reply).await;
        assert_eq!((&claims["sub"], &claims["email"]), (&json!(persona.subject), &json!(persona.email)));
        assert_eq!((&claims["email_verified"], &claims["exp"]), (&json!("true"), &json!(1_800_000_060)));
        assert_eq!(reply.got("x-amzn-oidc-identity").as_deref(), Some(persona.subject));
        assert_eq!(reply.got("x-amzn-oidc-accesstoken").unwrap().split('.').count(), 3);
        assert_eq!(reply.got("host").as_deref(), Some(stage.host()));
        assert_eq!(reply.got("x-forwarded-for").as_deref(), Some("127.0.0.1"));
        assert!(reply.body.contains("/browse?prefix=a%2Fb"));
    }
    stage.stop().await;
}

#[tokio::test]
async fn the_session_is_sharded_and_its_cookies_are_closed() {
    let stage = Stage::new().await;
    let reply = stage.get("/sandbox/sign-in?as=analyst&to=/browse%3Frole%3Danalyst", "").await;
    assert_eq!(reply.location(), format!("{}/browse?role=analyst", stage.endpoints.balancer));
    let lines = reply.set_cookies();
    assert!(lines.len() >= 2, "tokens and claims are over 4 KB: {}", lines.len());
    for (number, line) in lines.iter().enumerate() {
        assert!(line.starts_with(&format!("AWSELBAuthSessionCookie-{number}=")), "{line}");
        assert!(line.ends_with("; Path=/; Secure; HttpOnly; SameSite=None"), "{line}");
        assert!(line.split(';').next().unwrap().len() <= 4_097);
    }
    let cookies: Vec<&str> = lines.iter().map(|line| line.split(';').next().unwrap()).collect();
    let sealed: String = cookies.iter().map(|cookie| cookie.split_once('=').unwrap().1).collect();
    let held = URL_SAFE_NO_PAD.decode(sealed.trim_end_matches('=')).unwrap();
    let token = stage.get("/browse", &cookies.join("; ")).await.got("x-amzn-oidc-accesstoken").unwrap();
    let subject = PERSONAS.iter().find(|persona| persona.id == "analyst").unwrap().subject;
    for readable in token.split('.').map(|part| &part[..16]).chain([subject]) {
        let found = held.windows(readable.len()).any(|window| window == readable.as_bytes());
        assert!(!found && !sealed.contains(readable), "{readable} is readable in it");
    }
    stage.stop().await;
}

#[tokio::test]
async fn without_a_session() {
    let stage = Stage::new().await;
    let denied = stage.get("/api/whoami", "").await;
    assert_eq!((denied.status, denied.headers["content-type"].to_str().unwrap()), (401, "text/html; charset=utf-8"));
    assert!(denied.body.starts_with("<html>") && denied.location().is_empty());
    let asked = stage.get("/browse?role=x", "").await;
    assert_eq!(asked.status, 302);
    for open in ["/healthz", "/readyz", "/pkg/app.wasm", "/signed-out", "/favicon.ico", "/.well-known/x"] {
        let reply = stage.get(open, "").await;
        assert_eq!(reply.status, 200, "{open}");
        assert!(IDENTITY.iter().all(|name| reply.got(name).is_none()), "{open}");
    }
    let cookies = stage.sign_in("analyst").await;
    let open = stage.get("/healthz", &cookies).await;
    assert!(IDENTITY.iter().all(|name| open.got(name).is_none()), "an open rule has no authenticate action");
    stage.stop().await;
}

#[tokio::test]
async fn forged_identity_never_arrives() {
    let stage = Stage::new().await;
    let forged = "x-amzn-oidc-data: forged\r\nX-AMZN-OIDC-DATA: forged\r\nX-Amzn-Oidc-Identity: forged\r\nx-amzn-oidc-accesstoken: forged\r\n\
                  x_amzn_oidc_data: forged\r\nX-Amzn_Oidc-Identity: forged\r\nx-amzn-oidc-new: forged\r\n";
    let cookies = stage.sign_in("outsider").await;
    let request = |place: &str, more: &str| {
        format!("GET {place} HTTP/1.1\r\nHost: {}\r\n{forged}{more}Cookie: {cookies}\r\n{forged}\r\n", stage.host())
    };
    let named_away = "Connection: close, x-amzn-oidc-data, x-amzn-oidc-identity, cookie\r\n";
    for (place, more) in [("/browse", "Connection: close\r\n"), ("/browse", named_away), ("/api/whoami", "Connection: close\r\n")] {
        let reply = stage.raw(&request(place, more)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert!(!reply.body.contains("forged"), "{}", reply.body);
        assert_eq!(verified(&stage, &reply).await["sub"], PERSONAS[2].subject);
    }
    let open = stage.raw(&request("/healthz", "Connection: close\r\n")).await;
    assert!(open.status == 200 && !open.body.contains("forged"), "{}", open.body);
    let nobody = stage.raw(&format!("GET /api/whoami HTTP/1.1\r\nHost: {}\r\n{forged}Connection: close\r\n\r\n", stage.host())).await;
    assert_eq!(nobody.status, 401);
    stage.stop().await;
}

#[tokio::test]
async fn the_way_through_the_provider_keeps_the_place() {
    let stage = Stage::new().await;
    let place = "/browse?role=analyst&prefix=team%2F2026%2F&x=%E2%82%AC";
    let (callback, nonce) = to_the_callback(&stage, place, "analyst").await;
    let back = stage.get(&callback, &nonce).await;
    assert_eq!((back.status, back.location()), (302, format!("{}{place}", stage.endpoints.balancer).as_str()));
    assert_eq!(stage.get(place, &back.cookies()).await.status, 200);

    let (callback, nonce) = to_the_callback(&stage, "//evil.example/%2e%2e", "analyst").await;
    let back = stage.get(&callback, &nonce).await;
    assert_eq!(back.location(), format!("{}//evil.example/%2e%2e", stage.endpoints.balancer), "a path is no host");

    // Two tabs of one browser sign in at the same time.
    let first = stage.get("/one", "").await;
    let second = stage.get("/two", &nonce_of(&first)).await;
    assert_eq!(nonce_of(&first), nonce_of(&second));
    stage.stop().await;
}

#[tokio::test]
async fn callbacks_that_are_not_ours() {
    let stage = Stage::new().await;
    let (callback, nonce) = to_the_callback(&stage, "/browse", "analyst").await;
    let (_, other_nonce) = to_the_callback(&stage, "/browse", "analyst").await;
    let refused = async |place: &str, cookies: &str, status: u16, why: &str| {
        let reply = stage.get(place, cookies).await;
        assert_eq!((reply.status, reply.set_cookies().len(), reply.location()), (status, 0, ""), "{why}");
    };
    refused("/oauth2/idpresponse", &nonce, 401, "no state").await;
    refused("/oauth2/idpresponse?code=x&state=x", &nonce, 401, "a guessed state").await;
    let (begin, _) = callback.split_once("&state=").unwrap();
    refused(begin, &nonce, 401, "without its state").await;
    refused(&callback.replace("state=", "state=A"), &nonce, 401, "a changed state").await;
    refused(&callback, "", 401, "no nonce").await;
    refused(&callback, &other_nonce, 401, "another browser's nonce").await;
    refused(&format!("{callback}&code=other"), &nonce, 401, "two codes").await;
    refused(&callback.replace("127.0.0.1", "localhost"), &nonce, 401, "another host's state").await;
    let state = callback.split_once("&state=").unwrap().1;
    refused(&format!("/oauth2/idpresponse?state={state}"), &nonce, 401, "no code").await;
    refused(&format!("/oauth2/idpresponse?state={state}&code=guessed"), &nonce, 561, "a guessed code").await;
    refused(&format!("/oauth2/idpresponse?state={state}&error=access_denied"), &nonce, 401, "denied").await;
    refused(&format!("/oauth2/idpresponse?state={state}&error=server_error"), &nonce, 561, "an error").await;
    assert_eq!(stage.get(&callback, &nonce).await.status, 302, "none of these has used the code up");
    refused(&callback, &nonce, 561, "a code for the second time").await;

    let (callback, nonce) = to_the_callback(&stage, "/browse", "analyst").await;
    stage.clock.forward(901);
    refused(&callback, &nonce, 401, "after 15 minutes").await;
    stage.stop().await;
}

#[tokio::test]
async fn a_changed_cookie_is_no_session() {
    let stage = Stage::new().await;
    let cookies = stage.sign_in("analyst").await;
    let shards: Vec<&str> = cookies.split("; ").collect();
    assert_eq!(stage.get("/api/whoami", &cookies).await.status, 200);
    for at in (26..cookies.len()).step_by(611) {
        let mut changed = cookies.clone();
        changed.replace_range(at..=at, if cookies.as_bytes()[at] == b'x' { "y" } else { "x" });
        assert_eq!(stage.get("/api/whoami", &changed).await.status, 401, "{at}");
    }
    let swapped = cookies.replace("-0=", "-9=").replace("-1=", "-0=").replace("-9=", "-1=");
    let doubled = format!("{}; {cookies}", shards[0]);
    let other = stage.sign_in("admin").await;
    let mixed = format!("{}; {}", shards[0], other.split("; ").nth(1).unwrap());
    for (changed, why) in [(shards[0], "a shard is missing"), (&swapped, "swapped"), (&doubled, "doubled"), (&mixed, "of two sessions")] {
        assert_eq!(stage.get("/api/whoami", changed).await.status, 401, "{why}");
    }
    // A sealed state is not a session, though the same key sealed it.
    let asked = stage.get("/", "").await;
    let state = asked.location().split("state=").nth(1).unwrap().split('&').next().unwrap();
    assert_eq!(stage.get("/api/whoami", &format!("AWSELBAuthSessionCookie-0={state}")).await.status, 401);
    stage.stop().await;
}

#[tokio::test]
async fn access_tokens_are_renewed_and_sessions_end() {
    let stage = Stage::new().await;
    let cookies = stage.sign_in("expiring").await;
    let first = stage.get("/api/whoami", &cookies).await;
    assert!(first.set_cookies().is_empty());
    stage.clock.forward(31);
    let renewed = stage.get("/api/whoami", &cookies).await;
    assert_eq!(renewed.status, 200);
    assert_ne!(renewed.got("x-amzn-oidc-accesstoken"), first.got("x-amzn-oidc-accesstoken"));
    assert_eq!(verified(&stage, &renewed).await["exp"], 1_800_000_091);
    let cookies = renewed.cookies();
    let third = stage.get("/api/whoami", &cookies).await;
    assert_eq!(third.got("x-amzn-oidc-accesstoken"), renewed.got("x-amzn-oidc-accesstoken"));

    stage.clock.forward(31);
    let left = stage.get("/sign-out", &cookies).await;
    assert_eq!(left.set_cookies().len(), 1, "the portal's sign-out is not undone by a renewal: {:?}", left.set_cookies());

    stage.clock.forward(27);
    assert_eq!(stage.get("/api/whoami", &cookies).await.status, 200, "89 seconds: renewal has not prolonged the session");
    stage.clock.forward(1);
    for place in ["/api/whoami", "/browse"] {
        let over = stage.get(place, &cookies).await;
        assert_eq!(over.status, 302, "an expired session is sent to the provider even where the rule says deny");
        assert!(over.location().starts_with(&stage.endpoints.idp));
    }
    stage.stop().await;
}

#[tokio::test]
async fn the_sandboxes_own_addresses() {
    let stage = Stage::new().await;
    assert_eq!(stage.get("/sandbox/endpoints", "").await.body, stage.endpoints.ready_line());
    let page = stage.get("/sandbox/sign-in?to=/functions", "").await;
    assert_eq!(page.body.matches("href=\"/sandbox/sign-in?as=").count(), 5);
    assert!(page.body.contains("as=no-audience&amp;to=%2Ffunctions"), "{}", page.body);
    for wrong in
        ["as=nobody", "as=admin&as=analyst", "as=admin&to=//evil.example", "as=admin&to=https://evil.example/", "as=admin&to=%2F%5Cevil"]
    {
        let reply = stage.get(&format!("/sandbox/sign-in?{wrong}"), "").await;
        assert_eq!((reply.status, reply.set_cookies().len(), reply.location()), (400, 0, ""), "{wrong}");
    }
    let cookies = stage.sign_in("admin").await;
    let left = stage.get("/sandbox/sign-out", &cookies).await;
    assert_eq!(left.location(), format!("{}/signed-out", stage.endpoints.balancer));
    assert_eq!(left.set_cookies().iter().filter(|line| line.contains("=; Max-Age=0; Path=/; Secure; HttpOnly")).count(), 5);
    for nothing in ["/sandbox/", "/sandbox/keys/", "/sandbox/keys/00000000-0000-4000-8000-000000000000"] {
        assert_eq!(stage.get(nothing, "").await.status, 404, "{nothing}");
    }
    let post = stage.raw(&format!("POST /sandbox/sign-out HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", stage.host())).await;
    assert_eq!(post.status, 405);
    stage.stop().await;
}

#[tokio::test]
async fn heads_over_the_limits_and_other_hosts() {
    let stage = Stage::new().await;
    let head = |more: &str| format!("GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{more}\r\n", stage.host());
    assert_eq!(stage.raw(&head("")).await.status, 200);
    assert_eq!(stage.raw(&head(&format!("X-Long: {}\r\n", "x".repeat(16 * 1024)))).await.status, 400);
    let many: String = (0..9).map(|number| format!("X-{number}: {}\r\n", "x".repeat(8 * 1024))).collect();
    assert_eq!(stage.raw(&head(&many)).await.status, 400);
    assert_eq!(stage.get(&format!("/healthz?{}", "x".repeat(17 * 1024)), "").await.status, 400);
    for host in ["rebound.example", "127.0.0.1", "127.0.0.1:1"] {
        let reply = stage.raw(&format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await;
        assert_eq!(reply.status, 421, "{host}");
    }
    assert_eq!(stage.get(&format!("{}/healthz", stage.endpoints.balancer.replace("127.0.0.1", "localhost")), "").await.status, 200);
    stage.stop().await;
}

#[tokio::test]
async fn bodies_are_streamed_and_a_missing_portal_is_502() {
    let mut stage = Stage::new().await;
    let cookies = stage.sign_in("analyst").await;
    let mut response = stage.open("/streamed", &cookies).await;
    assert_eq!(response.chunk().await.unwrap().unwrap(), "half", "the first half comes before the second exists");
    stage.second_half.notify_one();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "half");
    assert_eq!(response.chunk().await.unwrap(), None);
    drop(response);
    stage.stop_portal().await;
    let reply = stage.get("/browse", &cookies).await;
    assert_eq!((reply.status, reply.headers["server"].to_str().unwrap()), (502, "awselb/2.0"));
    stage.stop().await;
}

#[tokio::test]
async fn tokens_of_the_sandbox_pass_its_sts_by_persona() {
    let stage = Stage::new().await;
    let client = reqwest::Client::new();
    for (persona, role, status, expected) in [
        ("analyst", "analyst", 200, "<AccessKeyId>"),
        ("admin", "reader", 200, "<AccessKeyId>"),
        ("expiring", "brief", 200, "<AccessKeyId>"),
        ("no-audience", "analyst", 400, "<Message>Missing a required claim: aud</Message>"),
        ("outsider", "analyst", 403, "<Code>AccessDenied</Code>"),
    ] {
        let reply = stage.get("/", &stage.sign_in(persona).await).await;
        let (token, role) = (reply.got("x-amzn-oidc-accesstoken").unwrap(), format!("arn:aws:iam::000000000000:role/{role}"));
        let body = form::encode(&[
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", &role),
            ("RoleSessionName", persona),
            ("WebIdentityToken", &token),
        ]);
        let answer = client.post(&stage.endpoints.sts).body(body).send().await.unwrap();
        let (got, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        assert!(got == status && text.contains(expected), "{persona}: {got} {text}");
    }
    stage.stop().await;
}
