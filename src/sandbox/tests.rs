//! The whole sandbox, the real portal in the middle.

use super::*;
use crate::sandbox::stage::Reply;
use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

struct World {
    sandbox: Sandbox,
    client: reqwest::Client,
}

impl World {
    async fn new() -> Self {
        let listen = "127.0.0.1:0".parse().unwrap();
        let options = Options { listen, ports: None, objects: 10, latency: Duration::ZERO };
        let sandbox = Sandbox::start(options, Arc::new(SystemClock)).await.unwrap();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { sandbox, client }
    }

    async fn sign_in(&self, persona: &str) -> String {
        let address = format!("{}/sandbox/sign-in?as={persona}", self.sandbox.endpoints().balancer);
        let response = self.client.get(address).send().await.unwrap();
        Reply { status: response.status().as_u16(), headers: response.headers().clone(), body: String::new() }.cookies()
    }

    /// The status of a read from S3 with minted credentials.
    async fn read(&self, minted: &Value) -> u16 {
        let text = |name: &str| minted[name].as_str().unwrap();
        let credentials = aws_sdk_s3::config::Credentials::new(
            text("AccessKeyId"),
            text("SecretAccessKey"),
            Some(text("SessionToken").to_owned()),
            None,
            "minted",
        );
        let settings = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .region(aws_sdk_s3::config::Region::new("eu-west-1"))
            .endpoint_url(&self.sandbox.endpoints().s3)
            .force_path_style(true)
            .credentials_provider(credentials)
            .build();
        let listed = aws_sdk_s3::Client::from_conf(settings).list_objects_v2().bucket("reports").prefix("team/").send().await;
        match listed {
            Ok(_) => 200,
            Err(error) => error.raw_response().unwrap().status().as_u16(),
        }
    }

    async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        for _ in 0..200 {
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("not within ten seconds: {what}");
    }

    async fn call(&self, path: &str, cookies: &str, body: Value) -> (u16, Value) {
        let balancer = &self.sandbox.endpoints().balancer;
        let request = self.client.post(format!("{balancer}{path}")).header(header::COOKIE, cookies).header(header::ORIGIN, balancer);
        let response = request.header(header::CONTENT_TYPE, "application/json").body(body.to_string()).send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}

#[tokio::test]
async fn the_portal_knows_every_persona_and_mints_for_those_it_may() {
    let world = World::new().await;
    for (persona, groups, roles, role, status, code) in [
        ("analyst", json!(["analysts"]), vec!["analyst", "reader", "auditor", "uploader"], "analyst", 200, Value::Null),
        ("outsider", json!([]), vec![], "analyst", 403, json!("not_entitled")),
        ("no-audience", json!(["analysts"]), vec!["analyst", "reader", "auditor", "uploader"], "analyst", 502, json!("mint_misconfigured")),
        ("expiring", json!(["expiring"]), vec!["brief", "brief-uploader"], "brief", 200, Value::Null),
        (
            "admin",
            json!(["analysts", "portal-admins"]),
            vec!["analyst", "reader", "auditor", "uploader", "pool", "pool-enhanced", "self-issued"],
            "fault-down",
            503,
            json!("mint_unavailable"),
        ),
    ] {
        let cookies = world.sign_in(persona).await;
        let (got, who) = world.call("/api/whoami", &cookies, json!({})).await;
        assert_eq!(got, 200, "{persona}: {who}");
        assert_eq!((&who["groups"], &who["is_admin"]), (&groups, &json!(persona == "admin")), "{persona}");
        let ids: Vec<&str> = who["roles"].as_array().unwrap().iter().filter_map(|role| role["id"].as_str()).collect();
        let without_faults: Vec<&str> = ids.iter().copied().filter(|id| !id.starts_with("fault-")).collect();
        assert_eq!((without_faults, ids.iter().any(|id| id.starts_with("fault-"))), (roles, persona == "admin"), "{persona}");
        let (got, minted) = world.call("/api/credentials", &cookies, json!({"role": role})).await;
        assert_eq!((got, &minted["code"]), (status, &code), "{persona}: {minted}");
        assert_eq!(minted["AccessKeyId"].is_string(), status == 200, "{persona}");
    }
    world.sandbox.stop().await;
}

/// The portal signs with an identity of its own, so neither the person's token nor its audience
/// matters to AWS.
#[tokio::test]
async fn the_auditor_is_minted_with_the_portals_own_identity() {
    let world = World::new().await;
    for persona in ["analyst", "admin", "no-audience"] {
        let cookies = world.sign_in(persona).await;
        let (status, minted) = world.call("/api/credentials", &cookies, json!({"role": "auditor"})).await;
        assert_eq!(status, 200, "{persona}: {minted}");
        let credentials = aws_credential_types::Credentials::new(
            minted["AccessKeyId"].as_str().unwrap(),
            minted["SecretAccessKey"].as_str().unwrap(),
            minted["SessionToken"].as_str().map(str::to_owned),
            None,
            "minted",
        );
        let s3 = aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::Config::builder()
                .behavior_version_latest()
                .region(aws_sdk_s3::config::Region::new("eu-west-1"))
                .endpoint_url(&world.sandbox.endpoints().s3)
                .force_path_style(true)
                .credentials_provider(credentials)
                .build(),
        );
        let listed = s3.list_objects_v2().bucket("reports").prefix("team/").send().await.unwrap();
        assert!(listed.key_count().unwrap_or_default() > 0, "{persona}");
        assert!(s3.get_object().bucket("reports").key("team/plan.txt").send().await.is_ok(), "{persona}: the tag is the user name");
        assert!(s3.put_object().bucket("reports").key("team/x").send().await.is_err(), "{persona}");
        assert!(s3.list_objects_v2().bucket("odd-names").send().await.is_err(), "{persona}");
    }
    let cookies = world.sign_in("outsider").await;
    let (status, refused) = world.call("/api/credentials", &cookies, json!({"role": "auditor"})).await;
    assert_eq!((status, &refused["code"]), (403, &json!("not_entitled")));
    world.sandbox.stop().await;
}

/// Ending for real: the portal writes to IAM, and S3 refuses what was ended and nothing else.
#[tokio::test]
async fn what_is_ended_stops_working() {
    let world = World::new().await;
    let (analyst, admin) = (world.sign_in("analyst").await, world.sign_in("admin").await);
    let mut minted = Vec::new();
    for cookies in [&analyst, &analyst, &admin] {
        let (status, credentials) = world.call("/api/credentials", cookies, json!({"role": "analyst"})).await;
        assert_eq!(status, 200, "{credentials}");
        minted.push(credentials);
    }
    let [first, second, of_admin] = &minted[..] else { panic!() };
    let statuses = async || [world.read(first).await, world.read(second).await, world.read(of_admin).await];
    assert_eq!(statuses().await, [200, 200, 200]);

    let (_, answer) = world.call("/api/sessions/revoke", &analyst, json!({"id": first["session_id"]})).await;
    assert_eq!((&answer["state"], &answer["enforced"]), (&json!("ending"), &json!("iam")), "{answer}");
    world.until("the first is refused", async || statuses().await == [403, 200, 200]).await;
    world
        .until("the portal knows that IAM has it", async || {
            let (_, mine) = world.call("/api/sessions/mine", &analyst, json!({})).await;
            let ended = &mine["sessions"].as_array().unwrap().iter().find(|session| session["id"] == first["session_id"]).unwrap();
            ended["state"] == "ended" && ended["denied_at"].is_string()
        })
        .await;

    let (_, who) = world.call("/api/whoami", &analyst, json!({})).await;
    let (_, answer) = world.call("/api/sessions/revoke", &admin, json!({"subject": who["subject"]})).await;
    assert_eq!((&answer["state"], &answer["enforced"], &answer["sessions"]), (&json!("blocked"), &json!("iam"), &json!(2)));
    world.until("all of theirs are refused", async || statuses().await == [403, 403, 200]).await;
    let (status, refused) = world.call("/api/credentials", &analyst, json!({"role": "analyst"})).await;
    assert_eq!((status, &refused["code"]), (403, &json!("blocked")));

    let (status, _) = world.call("/api/sessions/lift", &admin, json!({"subject": who["subject"]})).await;
    assert_eq!(status, 200);
    world.until("what was not ended works again", async || statuses().await == [403, 200, 200]).await;
    assert_eq!(world.call("/api/credentials", &analyst, json!({"role": "analyst"})).await.0, 200);
    world.sandbox.stop().await;
}

/// The portal's own token and the identity pool's go over the wire to STS, which fetches the portal's
/// keys through the balancer.
#[tokio::test]
async fn every_strategy_mints_and_what_it_mints_opens_s3() {
    let world = World::new().await;
    let cookies = world.sign_in("admin").await;
    let (_, who) = world.call("/api/whoami", &cookies, json!({})).await;
    for (role, strategy) in
        [("reader", "web-identity"), ("pool", "identity-pool"), ("pool-enhanced", "identity-pool"), ("self-issued", "self-issued")]
    {
        let entitled = who["roles"].as_array().unwrap().iter().find(|entitled| entitled["id"] == role).unwrap();
        assert_eq!(entitled["strategy"], strategy, "{role}");
        let (status, minted) = world.call("/api/credentials", &cookies, json!({"role": role})).await;
        assert_eq!(status, 200, "{role}: {minted}");
        let text = |name: &str| minted[name].as_str().unwrap().to_owned();
        let credentials =
            aws_credential_types::Credentials::new(text("AccessKeyId"), text("SecretAccessKey"), Some(text("SessionToken")), None, "x");
        let s3 = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .region(aws_sdk_s3::config::Region::new("eu-west-1"))
            .credentials_provider(credentials)
            .endpoint_url(&world.sandbox.endpoints().s3)
            .force_path_style(true);
        let s3 = aws_sdk_s3::Client::from_conf(s3.build());
        let listed = s3.list_objects_v2().bucket("reports").max_keys(1).send().await.unwrap();
        assert_eq!(listed.contents().len(), 1, "{role}");
        assert!(s3.list_objects_v2().bucket("empty").send().await.is_err(), "{role} opens no more than its policy");
    }
    world.sandbox.stop().await;
}

#[tokio::test]
async fn identity_sent_past_the_balancer_is_not_believed() {
    let world = World::new().await;
    let endpoints = world.sandbox.endpoints();
    let mut headers = HeaderMap::new();
    headers.insert("x-amzn-oidc-data", "e30=.e30=.e30=".parse().unwrap());
    headers.insert("x-amzn-oidc-identity", "ad3140de-2222-4b7c-9d4e-6a1f8b0c3d52".parse().unwrap());
    headers.insert("x-amzn-oidc-accesstoken", "e30.e30.e30".parse().unwrap());
    headers.insert(header::ORIGIN, endpoints.balancer.parse().unwrap());
    headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
    let answer = world.client.post(format!("{}/api/whoami", endpoints.portal)).headers(headers).body("{}").send().await.unwrap();
    assert_eq!(answer.status(), 401);
    world.sandbox.stop().await;
}

#[tokio::test]
async fn nothing_stays_behind() {
    let world = World::new().await;
    let folder = world.sandbox.scratch.path().to_owned();
    let balancer = world.sandbox.endpoints().balancer.clone();
    assert!(folder.exists());
    world.sandbox.stop().await;
    assert!(!folder.exists());
    assert!(world.client.get(format!("{balancer}/healthz")).send().await.is_err());
}
