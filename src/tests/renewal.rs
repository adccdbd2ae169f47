//! A portal of another configuration in the place of one that runs: what it keeps, and what it does not.

use crate::balancer::Person;
use crate::world::World;
use std::sync::atomic::Ordering;
use vestibule::model::names::RoleId;
use vestibule::server::config::loader::Loaded;
use vestibule::server::config::{Config, Tls};
use vestibule::server::http::router;
use vestibule::server::http::site::Site;
use vestibule::server::portal::renewal::keep_fixed;

const MINT: &str = r#"{"role":"analyst"}"#;

impl World {
    /// Puts a portal of a changed configuration in the place of this one.
    pub(crate) fn renew(&mut self, change: impl FnOnce(&mut Config)) {
        let mut config = self.portal.config().clone();
        change(&mut config);
        self.portal = self.portal.renewed(Loaded { config, warnings: Vec::new() }).unwrap();
        self.router = router::with_site(&self.portal, Site::at(None, false));
    }

    fn figure(&self, series: &str) -> Option<String> {
        self.portal.metrics().text().lines().find_map(|line| Some(line.strip_prefix(series)?.trim().to_owned()))
    }
}

#[tokio::test]
async fn a_new_role_costs_nobody_a_key_and_frees_nobody_from_a_limit() {
    let mut world = World::with(|config| config.limits.mints_per_minute = 1, |store| store).await;
    let ana = Person::analyst();
    assert_eq!(world.call("/api/credentials", &ana, MINT).await.status, 200);
    world.call("/api/whoami", &ana, "{}").await;
    world.renew(|config| {
        let mut role = config.roles[0].clone();
        role.id = RoleId::parse("added").unwrap();
        config.roles.push(role);
    });
    let who = world.call("/api/whoami", &ana, "{}").await.json();
    assert_eq!(who["roles"][1]["id"], "added", "{who:#}");
    world.call("/api/credentials", &ana, r#"{"role":"added"}"#).await.error("rate_limited", 429);
    assert_eq!(world.figure("vestibule_key_fetches_total{outcome=\"fetched\"}").as_deref(), Some("2"), "one key and one key set");
    assert_eq!(world.regions.0.load(Ordering::SeqCst), 1, "the region is known");
    assert_eq!(world.figure("vestibule_mints_total{role=\"analyst\",strategy=\"web-identity\",outcome=\"minted\"}").as_deref(), Some("1"));
    let mine = world.call("/api/sessions/mine", &ana, "{}").await.json();
    assert_eq!(mine["sessions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_found_good_by_other_rules_is_found_out_anew() {
    let mut world = World::new().await;
    let ana = Person::analyst();
    assert_eq!(world.call("/api/whoami", &ana, "{}").await.status, 200);
    world.renew(|config| config.alb.clients = vec!["another-client".to_owned()]);
    assert_eq!(world.call("/api/whoami", &ana, "{}").await.error("header_rejected", 401)["rule"], "client");
    world.renew(|config| config.alb.clients = vec![crate::balancer::CLIENT.to_owned()]);
    assert_eq!(world.call("/api/whoami", &ana, "{}").await.status, 200);
}

#[tokio::test]
async fn another_sts_is_asked_from_then_on() {
    let mut world = World::new().await;
    let ana = Person::analyst();
    world.renew(|config| config.aws.sts_endpoint = Some(url::Url::parse("http://127.0.0.1:9").unwrap()));
    world.call("/api/credentials", &ana, MINT).await.error("mint_unavailable", 503);
    let sts = world.sts.url.clone();
    world.renew(|config| config.aws.sts_endpoint = Some(sts));
    assert_eq!(world.call("/api/credentials", &ana, MINT).await.status, 200);
    assert_eq!(world.sts.asked().len(), 1);
}

#[tokio::test]
async fn what_cannot_change_is_put_back() {
    let world = World::new().await;
    let current = world.portal.config();
    let mut same = current.clone();
    assert!(keep_fixed(&mut same, current).is_empty());
    let mut next = current.clone();
    next.web.listen = "127.0.0.1:1".parse().unwrap();
    next.web.tls = Tls::SelfSigned;
    next.web.trusted_hops = 3;
    next.metrics.listen = Some("127.0.0.1:2".parse().unwrap());
    assert_eq!(keep_fixed(&mut next, current), ["web.listen", "web.tls", "metrics.listen"]);
    assert_eq!((next.web.listen, &next.web.tls, next.metrics), (current.web.listen, &Tls::Off, current.metrics));
    assert_eq!(next.web.trusted_hops, 3, "the rest is taken");
}
