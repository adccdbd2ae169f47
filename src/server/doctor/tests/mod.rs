//! Tests of the doctor: case folders against a stand-in on loopback, and what is printed of them.

mod cases;
mod printed;
mod stub;

use super::{Captured, Examination};
use crate::model::clock::Clock;
use crate::server::config::loader;
use crate::server::identity::tests::signed;
use crate::server::identity::tests::world::World;
use crate::server::outside::HttpFetch;
use crate::server::portal::regions::FindRegion;
use async_trait::async_trait;
use http::HeaderMap;
use std::sync::Arc;

/// A portal whose surroundings are all at `stub`, on loopback as a whole.
fn configuration(stub: &str) -> String {
    format!(
        r#"
        [web]
        public_url = "http://127.0.0.1:9"
        tls = "self-signed"
        [alb]
        signers = ["{signer}"]
        clients = ["{client}"]
        issuer = "{stub}/pool"
        key_url = "{stub}/keys"
        [aws]
        region = "eu-west-1"
        sts_endpoint = "{stub}"
        s3_endpoint = "{stub}"
        lambda_endpoint = "{stub}"
        [[roles]]
        id = "analyst"
        title = "Data analyst"
        arn = "arn:aws:iam::111122223333:role/portal-analyst"
        strategy = "web-identity"
        groups = ["analysts"]
        [[roles.buckets]]
        name = "reports"
        prefix = "team/"
        permissions = ["list", "read", "write", "delete", "tags"]
        [[roles.functions]]
        name = "echo"
        "#,
        signer = signed::SIGNER,
        client = signed::CLIENT,
    )
}

/// One for the whole thread: each reads the system's certificates anew.
fn network() -> Arc<HttpFetch> {
    thread_local!(static NETWORK: Arc<HttpFetch> = Arc::default());
    NETWORK.with(Arc::clone)
}

/// Knows no region.
struct Nowhere;

#[async_trait]
impl FindRegion for Nowhere {
    async fn region_of(&self, _bucket: &str, _home: &str, _domain: &str) -> Option<String> {
        None
    }
}

/// An examination of that portal, with these variables laid over its configuration.
fn examination(text: &str, environment: &[(String, String)], captured: Option<&HeaderMap>, clock: Arc<dyn Clock>) -> Examination {
    let loaded = loader::from_text(text, "vestibule.toml", environment.iter().cloned()).unwrap_or_else(|problems| panic!("{problems:?}"));
    let network = network();
    Examination {
        config: loaded.config,
        warnings: loaded.warnings,
        captured: captured.map(Captured::of),
        clock,
        fetch: Arc::clone(&network) as _,
        ask: network,
        trial: None,
        identity: None,
        issuer: Ok(None),
        regions: Arc::new(Nowhere),
        silences: None,
    }
}

/// Data header and access token as the balancer in front of that portal forwards them.
fn tokens(world: &World, stub: &str) -> (signed::DataHeader, signed::AccessToken) {
    let issuer = serde_json::json!(format!("{stub}/pool"));
    let (mut data, mut token) = (signed::DataHeader::new(world), signed::AccessToken::new(world));
    data.header.set("iss", issuer.clone());
    data.payload.set("iss", issuer.clone());
    token.claims.set("iss", issuer);
    token.claims.set("aud", serde_json::json!("http://127.0.0.1:9"));
    (data, token)
}
