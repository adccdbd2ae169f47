//! The case folders below `src/tests/cases/identity`: each describes one request and what must come
//! of it. Everything that a case does not mention is as the balancer and the identity provider make
//! it, so a case shows the one thing that is wrong.

use super::described::{self, AccessTokenChange, DataChange, Request};
use super::secrecy::assert_no_token_part;
use super::signed::{self, AccessToken, DataHeader};
use super::world::{World, config};
use crate::model::error::PortalError;
use crate::server::config::{AccessTokenKind, Config};
use crate::server::identity::{HeaderRule, Viewer};
use crate::server::outside::FetchError;
use crate::server::tokens::TokenRule;
use http::HeaderMap;
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What is wrong, and why it matters.
    about: String,
    expect: Expect,
    #[serde(default)]
    config: ConfigChange,
    #[serde(default)]
    request: Request,
    #[serde(default)]
    data: DataChange,
    #[serde(default)]
    access_token: AccessTokenChange,
    #[serde(default)]
    key_server: Answers,
    #[serde(default)]
    jwks: Answers,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// `viewer`, or an error's code.
    outcome: String,
    rule: Option<String>,
    groups: Option<Vec<String>>,
    /// How many requests went out.
    requests: usize,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ConfigChange {
    signers: Option<Vec<String>>,
    opaque_access_token: bool,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Answers {
    #[default]
    Properly,
    NotFound,
    Forbidden,
    ServerError,
    Redirect,
    TimedOut,
    Unreachable,
    Html,
    TooLong,
    StrangerKey,
    RsaKey,
    P384Key,
    PrivateKey,
    TwoKeys,
}

impl Answers {
    fn set(self, world: &World, address: &str) {
        let outside = &world.outside;
        match self {
            Self::Properly => {}
            Self::NotFound => outside.fail(address, FetchError::Status(404)),
            Self::Forbidden => outside.fail(address, FetchError::Status(403)),
            Self::ServerError => outside.fail(address, FetchError::Status(500)),
            Self::Redirect => outside.fail(address, FetchError::Status(302)),
            Self::TimedOut => outside.fail(address, FetchError::TimedOut),
            Self::Unreachable => outside.fail(address, FetchError::Unreachable),
            Self::Html => outside.serve(address, "<!doctype html><title>Sign in to the network</title>"),
            Self::TooLong => outside.serve(address, " ".repeat(300_000)),
            Self::StrangerKey => outside.serve(address, signed::STRANGER_PUBLIC_KEY),
            Self::RsaKey => outside.serve(address, signed::POOL_PUBLIC_KEY),
            Self::P384Key => outside.serve(address, signed::P384_PUBLIC_KEY),
            Self::PrivateKey => outside.serve(address, signed::BALANCER_PUBLIC_KEY.replace("PUBLIC", "PRIVATE")),
            Self::TwoKeys => outside.serve(address, signed::BALANCER_PUBLIC_KEY.repeat(2)),
        }
    }
}

impl Case {
    fn config(&self) -> Config {
        let mut config = config();
        if let Some(signers) = &self.config.signers {
            config.alb.signers.clone_from(signers);
        }
        if self.config.opaque_access_token {
            config.idp.access_token = AccessTokenKind::Opaque;
        }
        config
    }

    fn headers(&self, world: &World) -> HeaderMap {
        let now = world.clock.time();
        self.request.headers(self.data.written(DataHeader::new(world), now), self.access_token.written(AccessToken::new(world), now))
    }

    /// What is not as the case says; empty when all is.
    fn differences(&self, answer: &Result<Viewer, PortalError>) -> Vec<String> {
        let (outcome, rule, groups) = match answer {
            Ok(viewer) => ("viewer", None, Some(viewer.groups().to_vec())),
            Err(error) => (error.code.as_str(), error.rule.as_deref(), None),
        };
        let mut differences = Vec::new();
        if (outcome, rule) != (self.expect.outcome.as_str(), self.expect.rule.as_deref()) {
            differences.push(format!("came out as {outcome} {}", rule.unwrap_or_default()));
        }
        if groups != self.expect.groups {
            differences.push(format!("has the groups {groups:?}"));
        }
        match answer {
            Ok(viewer) if viewer.subject().as_str() != signed::SUBJECT => differences.push("is somebody else".to_owned()),
            Err(error) if error.retry_after.is_some() != (error.status() == 503) => differences.push("has Retry-After wrong".to_owned()),
            _ => {}
        }
        differences
    }
}

fn cases() -> Vec<(String, Case)> {
    described::cases("identity", |text| text)
}

#[tokio::test]
async fn every_case_comes_out_as_it_says() {
    let mut wrong = Vec::new();
    for (name, case) in cases() {
        let world = World::new();
        case.key_server.set(&world, signed::KEY_ADDRESS);
        case.jwks.set(&world, signed::JWKS_ADDRESS);
        let authenticator = world.authenticator(&case.config());
        let headers = case.headers(&world);
        let answer = authenticator.authenticate(&headers).await;
        let mut differences = case.differences(&answer);
        if world.outside.requests() != case.expect.requests {
            differences.push(format!("asked for {:?}", world.outside.requested()));
        }
        assert_no_token_part(&format!("{answer:?}"), &headers);
        if let Err(error) = &answer {
            assert_no_token_part(&serde_json::to_string(error).unwrap(), &headers);
        }
        // A second time nothing has been learned that would let it in, and what was fetched in vain
        // is not believed.
        let repeated = case.differences(&authenticator.authenticate(&headers).await);
        differences.extend(repeated.into_iter().map(|difference| format!("the second time {difference}")));
        wrong.extend(differences.into_iter().map(|difference| format!("{name} ({}) {difference}", case.about)));
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case() {
    let covered: BTreeSet<(String, String)> =
        cases().into_iter().filter_map(|(_, case)| Some((case.expect.outcome, case.expect.rule?))).collect();
    let rules = |outcome: &str, names: &[&str]| names.iter().map(|rule| (outcome.to_owned(), (*rule).to_owned())).collect::<BTreeSet<_>>();
    let header_rules = rules("header_rejected", &HeaderRule::ALL.map(HeaderRule::as_str));
    let token_rules = rules("token_rejected", &TokenRule::ALL.map(TokenRule::as_str));
    assert_eq!(covered, header_rules.union(&token_rules).cloned().collect());
    assert!(cases().len() >= 120, "there are {} cases", cases().len());
}
