//! The IAM OIDC providers of the roles' account, where the server's own identity may read them
//! (`iam:GetOpenIDConnectProvider`): whether there is one for exactly the issuer, and whether it knows the audience.
//!
//! The portal needs no such permission: where it has none, that is said and nothing is wrong. STS says the same of a mint,
//! but only of one that is tried.

use super::finding::{Check, Code, Finding, Severity};
use super::fix::{Fix, endpoint, list, quoted};
use super::{Examination, trial, trust};
use crate::server::config::{Role, RoleStrategy};
use crate::server::identity::Viewer;
use crate::server::issuer::token;
use crate::server::partition::Home;
use crate::server::required::{audiences, provider_arn, provider_name};
use crate::server::service_error::ServiceError;
use serde_json::json;
use std::time::Duration;

/// Longest time for an answer, the search for an identity included.
const LONGEST: Duration = Duration::from_secs(4);

/// A check for each issuer whose tokens STS takes for roles of the balancer's account: IAM tells of its own account alone.
pub(super) async fn check(examination: &Examination) -> Vec<Check> {
    const SUBJECT: &str = "IAM OIDC providers";
    let config = &examination.config;
    if let Err(reason) = trust::readable(examination) {
        return vec![Check::not_checked(SUBJECT, reason)];
    }
    let home = config.alb.signers.iter().find_map(|signer| Home::of_balancer(signer));
    let of = |wanted: fn(&RoleStrategy) -> bool| -> Vec<&Role> {
        let is_own = |role: &&Role| wanted(&role.strategy) && home.as_ref().is_some_and(|home| home.has(&role.arn));
        config.roles.iter().filter(is_own).collect()
    };
    let mut registrations = Vec::new();
    let roles = of(|strategy| *strategy == RoleStrategy::WebIdentity);
    if let Some(first) = roles.first() {
        let viewer = match &examination.captured {
            Some(captured) => trial::authenticate(examination, captured).await.ok(),
            None => None,
        };
        let seen = viewer.as_ref().and_then(Viewer::web_identity_audience).map(str::to_owned);
        let is_seen = seen.is_some();
        let wanted = seen.map_or_else(|| audiences(config).map(str::to_owned).collect(), |seen| vec![seen]);
        registrations.push(Registration { examination, issuer: &config.alb.issuer, role: first, wanted, any: !is_seen });
    }
    let roles = of(|strategy| matches!(strategy, RoleStrategy::SelfIssued { .. }));
    if let (Some(settings), Some(first)) = (&config.self_issued, roles.first()) {
        let wanted = roles.iter().map(|role| token::audience(&role.id)).collect();
        registrations.push(Registration { examination, issuer: &settings.issuer, role: first, wanted, any: false });
    }
    if registrations.is_empty() {
        return vec![Check::not_checked(SUBJECT, "no role of the balancer's account is taken with a token of an issuer of its own")];
    }
    futures::future::join_all(registrations.iter().map(Registration::check)).await
}

/// One issuer's.
struct Registration<'a> {
    examination: &'a Examination,
    issuer: &'a str,
    /// A role that needs it.
    role: &'a Role,
    /// The audiences of its tokens.
    wanted: Vec<String>,
    /// Whether one of them will do, because nobody has seen a token.
    any: bool,
}

impl Registration<'_> {
    async fn check(&self) -> Check {
        let subject = format!("IAM OIDC provider {}", provider_name(self.issuer));
        let Some(identity) = &self.examination.identity else {
            return Check::not_checked(subject, "the server's own identity is not used here");
        };
        let arn = provider_arn(&self.role.arn, self.issuer);
        let asked = async {
            trust::client(self.examination, identity).await.get_open_id_connect_provider().open_id_connect_provider_arn(&arn).send().await
        };
        let Ok(answer) = tokio::time::timeout(LONGEST, asked).await else {
            return Check::not_checked(subject, format!("IAM gave no answer within {} seconds", LONGEST.as_secs()));
        };
        let registered = match answer.as_ref().map_err(|error| ServiceError::of(error).withholding(&identity.secrets())) {
            Ok(answer) => answer.client_id_list(),
            Err(ServiceError::Refused { code, .. }) if code == "NoSuchEntity" => return Check::of(subject, vec![self.absent(&arn)], ""),
            Err(error) => {
                return Check::not_checked(
                    subject,
                    format!(
                        "the server's own identity may not read it, which the portal does not need (iam:GetOpenIDConnectProvider): IAM {error}"
                    ),
                );
            }
        };
        let missing: Vec<&String> = self.wanted.iter().filter(|audience| !registered.contains(audience)).collect();
        let is_fine = if self.any { missing.len() < self.wanted.len() } else { missing.is_empty() };
        let findings = if is_fine { Vec::new() } else { vec![self.unknown(&arn, registered, &missing)] };
        Check::of(subject, findings, format!("is there and knows {}", list(registered.iter().map(String::as_str))))
    }

    fn endpoint(&self) -> String {
        endpoint(self.examination.config.revocation.iam_endpoint.as_ref())
    }

    fn absent(&self, arn: &str) -> Finding {
        Finding {
            code: Code::MintProvider,
            severity: Severity::Error,
            what: format!("The account of the roles has no IAM OIDC provider for {}.", self.issuer),
            why: format!("iam:GetOpenIDConnectProvider of {arn} was answered with NoSuchEntity."),
            breaks: "Every mint with its tokens is refused: STS says “No OpenIDConnect provider found in your account”.".to_owned(),
            fix: Fix::say(format!("Create it in the account of {}, with exactly the issuer as its URL:", self.role.arn)).run(create(
                self.issuer,
                &self.wanted,
                &self.endpoint(),
            )),
        }
    }

    fn unknown(&self, arn: &str, registered: &[String], missing: &[&String]) -> Finding {
        let known = list(registered.iter().map(String::as_str));
        let commands: Vec<String> = missing.iter().map(|audience| add(arn, audience, &self.endpoint())).collect();
        let (severity, fix) = if self.any {
            (
                Severity::Warning,
                "Register those of these that tokens have (resource binding: the portal's address; a pre token generation trigger: the client):",
            )
        } else {
            (Severity::Error, "Register the audience with the IAM OIDC provider:")
        };
        Finding {
            code: Code::MintAudience,
            severity,
            what: format!("The IAM OIDC provider for {} does not know the audience of the tokens.", self.issuer),
            why: format!(
                "iam:GetOpenIDConnectProvider of {arn} lists {known}, without {}.",
                list(missing.iter().map(|audience| audience.as_str()))
            ),
            breaks: "Every mint with that audience is refused: STS says “Incorrect token audience”.".to_owned(),
            fix: Fix::say(fix).run(commands.join("\n")),
        }
    }
}

/// The command that creates an issuer's provider.
pub(super) fn create(issuer: &str, audiences: &[String], endpoint: &str) -> String {
    format!(
        "aws iam create-open-id-connect-provider --url {} --client-id-list {}{endpoint}",
        quoted(issuer),
        quoted(&json!(audiences).to_string())
    )
}

/// The command that has a provider know one audience more.
pub(super) fn add(provider: &str, audience: &str, endpoint: &str) -> String {
    // In place of such an address the CLI would send what is there: every version what is in a file, the first what is on the web.
    let option = if audience.contains("://") {
        format!("--cli-input-json {}", quoted(&json!({ "OpenIDConnectProviderArn": provider, "ClientID": audience }).to_string()))
    } else {
        format!("--open-id-connect-provider-arn {} --client-id {}", quoted(provider), quoted(audience))
    };
    format!("aws iam add-client-id-to-open-id-connect-provider {option}{endpoint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_sent_and_nothing_that_it_names() {
        assert!(add("arn", "1example23456789", "").ends_with(" --open-id-connect-provider-arn arn --client-id 1example23456789"));
        for audience in ["https://portal.example.com", "file:///etc/passwd", "fileb://token"] {
            let given = format!(r#"--cli-input-json '{{"ClientID":"{audience}","OpenIDConnectProviderArn":"arn"}}'"#);
            assert!(add("arn", audience, "").ends_with(&given), "{audience}");
            assert!(
                create("https://issuer.example", &[audience.to_owned()], "").ends_with(&format!(r#"--client-id-list '["{audience}"]'"#))
            );
        }
    }
}
