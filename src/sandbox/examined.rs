//! The doctor in front of the whole sandbox: where everything is as it should be it finds nothing, and it
//! finds the faults that the sandbox has.

use super::addresses::{Bound, Listeners};
use super::portal::{configuration, outside};
use super::registry::Registry;
use super::scratch::Scratch;
use super::services::{Identity, Services};
use super::stage::Reply;
use super::{Endpoints, Options, iam};
use crate::model::clock::Clock;
use crate::server::clock::SystemClock;
use crate::server::config::{Config, RoleStrategy};
use crate::server::doctor::{Captured, Check, Examination, Finding, Outcome, Report, Severity};
use crate::server::http::router;
use crate::server::identity::tests::secrecy::assert_no_token_part;
use crate::server::outside::HttpFetch;
use crate::server::portal::regions::HeadBucket;
use crate::server::portal::{Outside, Portal};
use crate::server::revocation::role_policies::Iam;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use http::{HeaderMap, header};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The sandbox, with a portal that lets its requests' headers be captured.
struct World {
    config: Config,
    endpoints: Endpoints,
    outside: Outside,
    clock: Arc<dyn Clock>,
    captured: Arc<Mutex<HeaderMap>>,
    services: Services,
    _scratch: Scratch,
}

impl World {
    async fn new() -> Self {
        let listeners = Listeners::bind("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
        let (endpoints, scratch) = (listeners.endpoints(), Scratch::new().unwrap());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let config = configuration(&endpoints, listeners.portal.address, scratch.path()).unwrap();
        let registry = Arc::new(Registry::new());
        let mut outside = outside(&config, &registry, &clock).unwrap();
        outside.role_policies = Some(Arc::new(Iam::with_client(iam::client(&endpoints.sts, registry.own_key()))));
        let captured: Arc<Mutex<HeaderMap>> = Arc::default();
        let kept = Arc::clone(&captured);
        let portal = Portal::with(config.clone(), Arc::clone(&clock), outside.clone());
        let capturing = router::router(&portal).layer(from_fn(move |request: Request, next: Next| {
            kept.lock().unwrap().clone_from(request.headers());
            next.run(request)
        }));
        let mut services = Services::none();
        let Listeners { balancer, portal: Bound { listener, address }, s3, lambda, sts, idp } = listeners;
        let options = Options { listen: balancer.address, ports: None, objects: 0, latency: Duration::ZERO };
        services.start_storage(s3, lambda, balancer.address, &registry, &options, &clock);
        services.start_identity(Identity { balancer, portal: address, idp, sts }, registry, &endpoints, &clock);
        services.serve("the portal", listener, capturing);
        Self { config, endpoints, outside, clock, captured, services, _scratch: scratch }
    }

    /// The headers of a request of this persona, as they reached the portal.
    async fn headers_of(&self, persona: &str) -> HeaderMap {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let balancer = &self.endpoints.balancer;
        let signed_in = client.get(format!("{balancer}/sandbox/sign-in?as={persona}")).send().await.unwrap();
        let cookies = Reply { status: 302, headers: signed_in.headers().clone(), body: String::new() }.cookies();
        let page = client.get(format!("{balancer}/browse")).header(header::COOKIE, cookies).send().await.unwrap();
        assert_eq!(page.status(), 200);
        self.captured.lock().unwrap().clone()
    }

    async fn examine(&self, change: impl FnOnce(&mut Config), persona: &str) -> Report {
        let headers = self.headers_of(persona).await;
        let mut config = self.config.clone();
        change(&mut config);
        let network = Arc::new(HttpFetch::default());
        let examination = Examination {
            config,
            warnings: Vec::new(),
            captured: Some(Captured::of(&headers)),
            clock: Arc::clone(&self.clock),
            fetch: Arc::clone(&network) as _,
            ask: network,
            trial: Some(self.outside.minters.clone()),
            identity: None,
            issuer: Ok(self.outside.issuer.clone()),
            regions: Arc::new(HeadBucket::default()),
            silences: None,
        };
        let report = examination.run().await;
        for printed in [report.text(), report.json()] {
            assert_no_token_part(&printed, &headers);
            let subject = headers["x-amzn-oidc-identity"].to_str().unwrap();
            assert!(!printed.contains(subject) && !printed.contains("@example.com"), "{printed}");
        }
        report
    }
}

fn not_checked(report: &Report) -> Vec<&str> {
    let left_out = |check: &&Check| matches!(check.outcome, Outcome::NotChecked(_));
    report.checks().iter().filter(left_out).map(|check| check.subject.as_str()).collect()
}

#[tokio::test]
async fn nothing_is_found_where_nothing_is_wrong() {
    let world = World::new().await;
    let sound = |config: &mut Config| {
        config.roles.retain(|role| !role.id.as_str().starts_with("fault-"));
        for role in &mut config.roles {
            role.buckets.retain(|bucket| !["no-cors", "unexposed", "denied", "guarded"].contains(&bucket.name.as_str()));
            role.functions.retain(|function| !["buffered", "forbidden"].contains(&function.name.as_str()));
        }
    };
    let report = world.examine(sound, "admin").await;
    assert!(report.is_clean() && report.findings().next().is_none(), "{}", report.text());
    // Two roles are of other people, and one gives what cannot be narrowed.
    assert_eq!(
        not_checked(&report),
        [
            "balancer's time-out",
            "trust policies",
            "IAM OIDC providers",
            "trial mint of brief",
            "trial mint of brief-uploader",
            "trial mint of pool-enhanced"
        ],
        "{}",
        report.text()
    );
    let minted =
        report.checks().iter().filter(|check| check.subject.starts_with("trial mint") && matches!(check.outcome, Outcome::Fine(_)));
    assert_eq!(minted.count(), 7);
    world.services.stop().await;
}

#[tokio::test]
async fn the_sandboxs_faults_are_found() {
    let world = World::new().await;
    let report = world.examine(|_| {}, "admin").await;
    let found: Vec<String> = report.findings().map(|Finding { code, severity, .. }| format!("{} {code}", severity.as_str())).collect();
    assert_eq!(
        found,
        [
            "error bucket-list-denied",
            "error function-denied",
            "warning bucket-auth-type",
            "warning mint-unavailable",
            "warning mint-unavailable",
            "warning mint-unavailable",
            "error mint-packed-policy",
            "error bucket-cors-missing",
            "warning bucket-cors-expose",
            "note function-streaming"
        ],
        "{}",
        report.text()
    );
    let report = world.examine(|config| config.roles.retain(|role| role.strategy == RoleStrategy::WebIdentity), "no-audience").await;
    let codes: Vec<String> =
        report.findings().filter(|finding| finding.severity == Severity::Error).map(|finding| finding.code.to_string()).collect();
    assert_eq!(codes, ["access-token-no-audience", "bucket-cors-missing"], "{}", report.text());
    world.services.stop().await;
}
