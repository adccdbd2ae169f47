//! Discovery document and key set of an issuer, as the portal and STS want them.
//!
//! What STS asks for: IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM",
//! prerequisites; algorithms: STS API reference, AssumeRoleWithWebIdentity.

use super::Examination;
use super::finding::{Check, Code, Finding, Severity};
use super::fix::{Fix, curl, endpoint, shown};
use super::registration;
use crate::server::config::{AccessTokenKind, Role, RoleStrategy};
use crate::server::identity::unverified::UnverifiedToken;
use crate::server::issuer::token;
use crate::server::outside::{FetchError, Question};
use crate::server::required::audiences;
use crate::server::tokens::discovery::{self, DiscoveryError};
use crate::server::tokens::jwks::{BODY_LIMIT, parse_key_set};
use serde_json::Value;
use std::collections::BTreeMap;
use url::Url;

/// Algorithms of tokens that STS takes.
const ALGORITHMS: [&str; 6] = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"];
/// Keys of each kind that STS reads.
const MOST_KEYS: usize = 100;

/// An issuer whose documents somebody reads.
struct Issuer<'a> {
    name: &'static str,
    url: &'a str,
    /// The key that names it.
    setting: &'static str,
    /// Whether STS reads them: a role is minted with a token of this issuer.
    sts: bool,
    /// Whether the portal reads the discovery document.
    portal: bool,
    /// The key set where the configuration names it.
    key_set: Option<&'a Url>,
    /// Whether it is the portal itself.
    is_own: bool,
}

/// Two checks for each issuer: its document and its key set.
pub(super) async fn check(examination: &Examination) -> Vec<Check> {
    let config = &examination.config;
    let is_used = |wanted: fn(&RoleStrategy) -> bool| config.roles.iter().any(|role| wanted(&role.strategy));
    let verifies = config.idp.access_token == AccessTokenKind::Verify;
    let provider = Issuer {
        name: "identity provider",
        url: &config.alb.issuer,
        setting: "alb.issuer",
        sts: is_used(|strategy| matches!(strategy, RoleStrategy::WebIdentity)),
        portal: verifies && config.idp.jwks_url.is_none(),
        key_set: config.idp.jwks_url.as_ref().filter(|_| verifies),
        is_own: false,
    };
    let mut checks = provider.check(examination).await;
    if let Some(settings) = &config.self_issued
        && is_used(|strategy| matches!(strategy, RoleStrategy::SelfIssued { .. }))
    {
        let own = Issuer {
            name: "own issuer",
            url: &settings.issuer,
            setting: "self_issued.issuer",
            sts: true,
            portal: false,
            key_set: None,
            is_own: true,
        };
        checks.extend(own.check(examination).await);
    }
    checks
}

impl Issuer<'_> {
    async fn check(&self, examination: &Examination) -> Vec<Check> {
        let mut checks = Vec::new();
        let mut key_sets: Vec<Url> = self.key_set.cloned().into_iter().collect();
        let subject = format!("discovery document of the {}", self.name);
        if self.sts || self.portal {
            let (findings, key_set) = self.document(examination).await;
            key_sets.extend(key_set.filter(|found| Some(found) != self.key_set));
            checks.push(Check::of(subject, findings, "names its issuer and everything that is asked for"));
        } else {
            checks.push(Check::not_checked(
                subject,
                "nobody reads it: no role needs STS to, and idp says where the keys are or that there are none",
            ));
        }
        let subject = format!("key set of the {}", self.name);
        if key_sets.is_empty() {
            checks.push(Check::not_checked(subject.as_str(), "no address of it is known"));
        }
        for url in key_sets {
            let (check, published) = self.keys(examination, &url, &subject).await;
            checks.push(check);
            if self.is_own {
                checks.push(self.own_keys(examination, &url, &published).await);
            }
        }
        checks
    }

    /// What goes wrong while the documents are not as they should be.
    fn breaks(&self) -> String {
        let portal = "The portal cannot verify access tokens and answers mint_unavailable.";
        let sts = "STS cannot verify tokens of this issuer and refuses every mint with “Couldn't retrieve verification key from your identity provider”.";
        match (self.portal || self.key_set.is_some(), self.sts) {
            (true, true) => format!("{portal} {sts}"),
            (true, false) => portal.to_owned(),
            (false, _) => sts.to_owned(),
        }
    }

    /// The audiences of this issuer's tokens that the configuration knows: the captured one's where it is one of them. Another is
    /// not repeated, because nobody has verified it.
    fn audiences(&self, examination: &Examination) -> Vec<String> {
        let config = &examination.config;
        if self.is_own {
            let is_own = |role: &&Role| matches!(role.strategy, RoleStrategy::SelfIssued { .. });
            return config.roles.iter().filter(is_own).map(|role| token::audience(&role.id)).collect();
        }
        let captured = examination.captured.as_ref().and_then(|captured| UnverifiedToken::read(captured.headers()));
        let seen = captured.and_then(|token| token.audience).filter(|seen| audiences(config).any(|known| known == seen));
        seen.map_or_else(|| audiences(config).map(str::to_owned).collect(), |seen| vec![seen])
    }

    fn finding(&self, code: Code, what: String, why: String, fix: Fix) -> Finding {
        Finding { code, severity: Severity::Error, what, why, breaks: self.breaks(), fix }
    }

    async fn document(&self, examination: &Examination) -> (Vec<Finding>, Option<Url>) {
        let Ok(address) = discovery::address(self.url) else {
            return (vec![self.unreachable(Code::DiscoveryUnreachable, self.url, "it is no URL")], None);
        };
        let body = match examination.fetch.get(&address, discovery::LIMIT).await {
            Ok(body) => body,
            Err(error) => {
                let why = cause(examination, &address, &error).await;
                return (vec![self.unreachable(Code::DiscoveryUnreachable, address.as_str(), &why)], None);
            }
        };
        let Ok(Value::Object(document)) = serde_json::from_slice::<Value>(&body) else {
            let what = format!("What stands in the place of the discovery document of the {} is no JSON object.", self.name);
            let why = format!("GET {address} was answered with 200 and {} bytes of something else.", body.len());
            let fix = Fix::say("Look at it:")
                .run(curl(address.as_str()))
                .then(format!("A sign-in page or an error page of a proxy is the usual answer; a wrong {} is another.", self.setting));
            return (vec![self.finding(Code::DiscoveryDocument, what, why, fix)], None);
        };
        let mut findings: Vec<Finding> = self.fields(&document, &address);
        if let Some(issuer) = document.get("issuer").and_then(Value::as_str).filter(|issuer| *issuer != self.url) {
            findings.push(self.other_issuer(examination, issuer, &address));
        }
        // Held to the issuer that it names, so that a wrong name does not hide what else is wrong.
        let named = document.get("issuer").and_then(Value::as_str).unwrap_or(self.url);
        let key_set = match discovery::key_set_address(&body, named) {
            Ok(url) => Some(url),
            Err(DiscoveryError::Clear) => {
                let what = "The discovery document names a key set that is not behind https.".to_owned();
                let why = format!("jwks_uri in {address} is {}.", shown(document.get("jwks_uri").and_then(Value::as_str)));
                findings.push(self.finding(
                    Code::DiscoveryKeySet,
                    what,
                    why,
                    Fix::say("Serve the key set behind https, and name that address in jwks_uri."),
                ));
                None
            }
            Err(_) => None,
        };
        (findings, key_set)
    }

    /// What STS asks for, or where only the portal reads the document, what that needs.
    fn fields(&self, document: &serde_json::Map<String, Value>, address: &Url) -> Vec<Finding> {
        let wanted: &[(&str, &str)] = &[
            ("issuer", "the issuer"),
            ("jwks_uri", "the address of the key set"),
            ("response_types_supported", "[\"code\", \"id_token\"]"),
            ("subject_types_supported", "[\"public\"]"),
            ("id_token_signing_alg_values_supported", "[\"RS256\"]"),
        ];
        let wanted = if self.sts { wanted } else { &wanted[..2] };
        let is_there = |field: &str| match document.get(field) {
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Array(entries)) => entries.iter().any(Value::is_string),
            _ => false,
        };
        let mut findings: Vec<Finding> = wanted
            .iter()
            .filter(|(field, _)| !is_there(field))
            .map(|(field, value)| {
                let what = format!("The discovery document lacks {field}.");
                let why = format!("{address} has no {field}, or nothing in it.");
                let value = match *field {
                    "issuer" => format!("\"{}\"", self.url),
                    "jwks_uri" => format!("\"{}/.well-known/jwks.json\"", self.url.trim_end_matches('/')),
                    _ => (*value).to_owned(),
                };
                let fix = Fix::say("Add to the document:").document("discovery document", format!("\"{field}\": {value}"));
                self.finding(Code::DiscoveryField, what, why, fix)
            })
            .collect();
        let algorithms = document.get("id_token_signing_alg_values_supported").and_then(Value::as_array);
        if let Some(algorithms) = algorithms.filter(|_| self.sts) {
            let names: Vec<&str> = algorithms.iter().filter_map(Value::as_str).collect();
            if !names.is_empty() && !names.iter().any(|name| ALGORITHMS.contains(name)) {
                let what = "The discovery document names no algorithm that STS takes.".to_owned();
                let why = format!(
                    "id_token_signing_alg_values_supported in {address} is {}; STS takes {}.",
                    shown(Some(&names.join(", "))),
                    ALGORITHMS.join(", ")
                );
                let fix = Fix::say("Have the provider sign with RS256, and say so:")
                    .document("discovery document", "\"id_token_signing_alg_values_supported\": [\"RS256\"]");
                findings.push(self.finding(Code::DiscoveryAlgorithms, what, why, fix));
            }
        }
        findings
    }

    fn other_issuer(&self, examination: &Examination, found: &str, address: &Url) -> Finding {
        let difference = difference(found, self.url);
        let what = format!("The discovery document names another issuer than {}: {difference}.", self.setting);
        let why = format!(
            "issuer in {address} is {}; {} is “{}”. STS and the portal compare them byte for byte.",
            shown(Some(found)),
            self.setting,
            self.url
        );
        let (section, key) = self.setting.split_once('.').unwrap_or(("", self.setting));
        let place = if self.is_own { "" } else { ", and the same in the balancer's sign-in action" };
        let mut fix = Fix::say(format!("Write what the document says in [{section}]{place}:"))
            .configure(format!("{key} = {}", toml::Value::from(found)));
        let audiences = self.audiences(examination);
        if self.sts && !audiences.is_empty() {
            fix = fix
                .then("Give the IAM OIDC provider of the roles' account the same URL. One that has another is created anew:")
                .run(registration::create(found, &audiences, &endpoint(examination.config.revocation.iam_endpoint.as_ref())));
        }
        self.finding(Code::DiscoveryIssuer, what, why, fix)
    }

    fn unreachable(&self, code: Code, address: &str, why: &str) -> Finding {
        let document = if code == Code::JwksUnreachable { "key set" } else { "discovery document" };
        let mut fix = Fix::say("Try from this server:").run(curl(address));
        if self.is_own {
            fix = fix.then("The portal serves it itself: the balancer has to forward it there without a sign-in.");
        }
        let fix = fix.then(if self.sts {
            "It must be public, because STS fetches it from AWS's own network, behind a certificate that everybody trusts, and answer within five seconds."
        } else {
            "This server must reach it within five seconds: outbound rule of its security group, route, DNS."
        });
        self.finding(code, format!("The {document} of the {} cannot be had.", self.name), format!("GET {address}: {why}."), fix)
    }

    /// Looks at the key set, and gives its keys.
    async fn keys(&self, examination: &Examination, url: &Url, subject: &str) -> (Check, Vec<Value>) {
        let body = match examination.fetch.get(url, BODY_LIMIT).await {
            Ok(body) => body,
            Err(error) => {
                let why = cause(examination, url, &error).await;
                return (Check::of(subject, vec![self.unreachable(Code::JwksUnreachable, url.as_str(), &why)], ""), Vec::new());
            }
        };
        let document: Value = serde_json::from_slice(&body).unwrap_or_default();
        let Some(keys) = document.get("keys").and_then(Value::as_array) else {
            let what = format!("What stands in the place of the key set of the {} is none.", self.name);
            let why = format!("GET {url} was answered with 200 and {} bytes without a list of keys.", body.len());
            return (
                Check::of(subject, vec![self.finding(Code::JwksDocument, what, why, Fix::say("Look at it:").run(curl(url.as_str())))], ""),
                Vec::new(),
            );
        };
        let mut findings = self.ids(keys, url);
        for kind in ["RSA", "EC"] {
            let count = keys.iter().filter(|key| key["kty"] == kind).count();
            if count > MOST_KEYS && self.sts {
                let what = format!("The key set has more {kind} keys than STS reads.");
                let why = format!("{url} holds {count} of them; STS reads {MOST_KEYS}.");
                findings.push(self.finding(Code::JwksTooMany, what, why, Fix::say("Take keys out that no longer sign.")));
            }
        }
        // The portal reads RS256; STS reads more.
        let is_taken = |key: &&Value| {
            let alg = key["alg"].as_str();
            matches!(key["kty"].as_str(), Some("RSA" | "EC"))
                && key["use"].as_str() != Some("enc")
                && alg.is_none_or(|alg| ALGORITHMS.contains(&alg))
        };
        let for_portal = parse_key_set(&body).map_or(0, |keys| keys.len());
        let needs_portal = self.portal || self.key_set.is_some();
        if keys.iter().filter(is_taken).count() == 0 || needs_portal && for_portal == 0 {
            let what = "The key set holds no key that could have signed a token.".to_owned();
            let wanted = if needs_portal { "an RSA key of 2,048 bits or more for RS256" } else { "an RSA or EC key for signatures" };
            let why = format!("{url} has {} keys; none is {wanted}.", keys.len());
            findings.push(self.finding(
                Code::JwksKeys,
                what,
                why,
                Fix::say("Have the provider sign with RS256 and publish that key with kty, kid, n and e, and with use \"sig\"."),
            ));
        }
        (Check::of(subject, findings, format!("{} keys", keys.len())), keys.clone())
    }

    /// Whether the keys with which the portal signs are published.
    async fn own_keys(&self, examination: &Examination, url: &Url, published: &[Value]) -> Check {
        let subject = format!("signing keys of the {}", self.name);
        let issuer = match &examination.issuer {
            Ok(Some(issuer)) => issuer,
            Ok(None) => return Check::not_checked(subject, "they are not at hand here"),
            Err(reason) => return Check::not_checked(subject, reason.clone()),
        };
        let wanted = match issuer.key_set().await {
            Ok(wanted) => wanted,
            Err(error) => return Check::not_checked(subject, error.to_string()),
        };
        let own: Value = serde_json::from_str(&wanted).unwrap_or_default();
        let own = own["keys"].as_array().cloned().unwrap_or_default();
        let is_same = |one: &Value, other: &Value| ["kid", "kty", "crv", "x", "y", "n", "e"].iter().all(|name| one[name] == other[name]);
        let missing = own.iter().filter(|key| !published.iter().any(|other| is_same(key, other)));
        let ids: Vec<&str> = missing.filter_map(|key| key["kid"].as_str()).collect();
        let findings = (!ids.is_empty()).then(|| {
            let kids: Vec<&str> = published.iter().filter_map(|key| key["kid"].as_str()).collect();
            let what = format!("The published key set of the {} lacks a key with which the portal signs.", self.name);
            let why = format!("{url} has the keys {}; the portal signs with {}.", shown(Some(&kids.join(", "))), ids.join(", "));
            let fix = Fix::say("Let the issuer's documents come from this portal: a cache, a copy of them elsewhere, or a portal of another configuration answers there.")
                .then("The key set has to be:")
                .document("key set", wanted.clone());
            self.finding(Code::JwksOwnKey, what, why, fix)
        });
        Check::of(subject, findings.into_iter().collect(), format!("{} of {} are published", own.len() - ids.len(), own.len()))
    }

    /// Ids are there, and each once.
    fn ids(&self, keys: &[Value], url: &Url) -> Vec<Finding> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let ids: Vec<&str> = keys.iter().filter_map(|key| key["kid"].as_str()).collect();
        for id in &ids {
            *counts.entry(id).or_default() += 1;
        }
        let fix = || Fix::say("Give every key a kid of its own, and name it in the header of the tokens that it signs.");
        let mut findings: Vec<Finding> = counts
            .into_iter()
            .filter(|(_, count)| *count > 1)
            .map(|(id, count)| {
                let why = format!("kid {} stands {count} times in {url}.", shown(Some(id)));
                self.finding(Code::JwksKid, "Several keys of the key set have the same id.".to_owned(), why, fix())
            })
            .collect();
        if ids.len() < keys.len() {
            let why = format!("{} of {} keys in {url} have no kid.", keys.len() - ids.len(), keys.len());
            findings.push(self.finding(Code::JwksKid, "A key of the key set has no id.".to_owned(), why, fix()));
        }
        findings
    }
}

/// Why a document could not be had, with what the system or TLS says where there was no connection.
async fn cause(examination: &Examination, url: &Url, error: &FetchError) -> String {
    match error {
        FetchError::Unreachable => match examination.ask.ask(Question::get(url.clone())).await {
            Err(unanswered) => unanswered.to_string(),
            Ok(_) => error.to_string(),
        },
        FetchError::Status(status @ 300..400) => format!("answered with status {status}, and redirects are not followed"),
        error => error.to_string(),
    }
}

/// In what an issuer differs from the one that was expected.
pub(super) fn difference(found: &str, expected: &str) -> &'static str {
    let host = |text: &str| Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
    if found.trim_end_matches('/') == expected.trim_end_matches('/') {
        "one ends in a slash"
    } else if found.eq_ignore_ascii_case(expected) {
        "capital and small letters differ"
    } else if found.replace("//issuer-cognito-idp.", "//cognito-idp.") == expected.replace("//issuer-cognito-idp.", "//cognito-idp.") {
        "one is of Cognito's updated form, which load balancers do not sign in with"
    } else if host(found).is_some() && host(found) == host(expected) {
        "it is another user pool or path of the same host"
    } else if [found, expected].iter().all(|text| text.contains("//cognito-idp.")) {
        "it is a user pool of another region"
    } else {
        "it is another provider"
    }
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn issuers_differ_in_ways_that_have_names() {
        let pool = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE";
        for (found, said) in [
            ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE/", "slash"),
            ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_example", "letters"),
            ("https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE", "updated form"),
            ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_OTHER", "same host"),
            ("https://cognito-idp.us-east-1.amazonaws.com/us-east-1_EXAMPLE", "another region"),
            ("https://login.salesforce.com", "another provider"),
            ("nonsense", "another provider"),
        ] {
            assert!(difference(found, pool).contains(said), "{found}: {}", difference(found, pool));
        }
    }
}
