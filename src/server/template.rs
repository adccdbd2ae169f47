//! `vestibule template NAME`: text for others, made from the configuration.

mod cloudformation;
mod dockerfile;
mod yaml;

use super::clock::SystemClock;
use super::config::Config;
use super::issuer::{DISCOVERY, Issuer, JWKS};
use super::own_identity::OwnIdentity;
use super::partition::Home;
use super::required::{bucket_cors, own_policy, role_policy, role_trust};
use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use thiserror::Error;

/// The templates that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// Discovery document and key set of `[self_issued]`, by path, for a place that AWS can reach
    /// when it cannot reach the portal.
    OidcDocuments,
    /// CORS rules of the buckets, by name: for aws s3api put-bucket-cors.
    BucketCors,
    /// Trust policies of the roles, by id: for aws iam update-assume-role-policy.
    RoleTrust,
    /// Permission policies of the roles, by id: for aws iam put-role-policy.
    RolePolicy,
    /// Permission policy of the role that the portal itself runs as.
    PortalPolicy,
    /// Everything around the portal in AWS, for aws cloudformation deploy: balancer, sign-in, roles, service.
    Cloudformation,
    /// The portal as an image, for docker build --file -.
    Dockerfile,
}

/// Why a template cannot be filled in.
#[derive(Debug, Error)]
pub enum TemplateError {
    /// The section is missing.
    #[error("there is no section [self_issued], so the portal issues nothing. Fix: add it, with issuer and a key")]
    NoIssuer,
    /// A key file cannot be used.
    #[error(transparent)]
    KeyFile(#[from] super::issuer::key_file::KeyFileError),
    /// A key cannot be had.
    #[error("the keys cannot be had: {0}")]
    Key(#[from] super::issuer::keys::KeyError),
    /// The portal needs no identity.
    #[error("no strategy, store or end of this configuration asks for an identity of the portal's own, so it needs no policy")]
    NoIdentity,
    /// Where the portal is cannot be told.
    #[error("alb.signers names no account and region")]
    NoHome,
    /// The configuration does not fit the stack.
    #[error("the configuration does not fit it:\n{0}\n")]
    Unfit(#[from] cloudformation::Unfit),
}

/// The template's text.
///
/// # Errors
/// [`TemplateError`] when something that it needs is missing.
pub async fn text(template: Template, config: &Config) -> Result<String, TemplateError> {
    match template {
        Template::OidcDocuments => {
            let settings = config.self_issued.as_ref().ok_or(TemplateError::NoIssuer)?;
            let issuer = Issuer::new(settings, &config.aws.region, &OwnIdentity::found(&config.aws), Arc::new(SystemClock))?;
            let key_set = issuer.key_set().await?;
            Ok(by_path(&issuer, &key_set))
        }
        Template::BucketCors => Ok(pretty(&bucket_cors::of_all(config))),
        Template::RoleTrust => Ok(pretty(&role_trust::of_all(config))),
        Template::RolePolicy => Ok(pretty(&role_policy::of_all(config))),
        Template::PortalPolicy => {
            let home = config.alb.signers.first().and_then(|signer| Home::of_balancer(signer)).ok_or(TemplateError::NoHome)?;
            let policy = own_policy::of(config, &home, &own_policy::Known::default()).ok_or(TemplateError::NoIdentity)?;
            Ok(pretty(&policy))
        }
        Template::Cloudformation => Ok(cloudformation::text(config)?),
        Template::Dockerfile => Ok(dockerfile::text(config)),
    }
}

/// JSON as people read it.
fn pretty(document: &impl Serialize) -> String {
    format!("{}\n", serde_json::to_string_pretty(document).expect("strings and lists are JSON"))
}

/// One JSON object: what is to be served below the host, by path.
fn by_path(issuer: &Issuer, key_set: &str) -> String {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let documents: Map<String, Value> = [(DISCOVERY, issuer.discovery().as_str()), (JWKS, key_set)]
        .map(|(path, text)| (format!("{}{path}", issuer.path()), parse(text)))
        .into_iter()
        .collect();
    format!("{:#}\n", Value::Object(documents))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::loader;

    fn config(sections: &str) -> Config {
        let text = format!(
            "[web]\npublic_url = \"https://portal.example.com\"\n[alb]\nclients = [\"1example23456789\"]\n\
             signers = [\"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188\"]\n\
             issuer = \"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE\"\n{sections}\n[[roles]]\nid = \"analyst\"\n\
             arn = \"arn:aws:iam::111122223333:role/portal-analyst\"\ngroups = [\"analysts\"]\n"
        );
        loader::from_text(&text, "vestibule.toml", []).unwrap().config
    }

    #[tokio::test]
    async fn documents_stand_under_their_paths_and_hold_public_keys_only() {
        let key = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/cases/keys/balancer.private.pem");
        let section = format!(
            "[self_issued]\nissuer = \"https://oidc.example.com/portal\"\nallow_key_file = true\n[[self_issued.keys]]\nfile = \"{key}\"\n"
        );
        let text = text(Template::OidcDocuments, &config(&section)).await.unwrap();
        let documents: Value = serde_json::from_str(&text).unwrap();
        let paths: Vec<&String> = documents.as_object().unwrap().keys().collect();
        assert_eq!(paths, ["/portal/.well-known/jwks.json", "/portal/.well-known/openid-configuration"]);
        assert_eq!(documents["/portal/.well-known/openid-configuration"]["issuer"], "https://oidc.example.com/portal");
        let key = &documents["/portal/.well-known/jwks.json"]["keys"][0];
        assert!(key["kty"] == "EC" && key["kid"].is_string() && key.get("d").is_none(), "{text}");
    }

    #[tokio::test]
    async fn buckets_and_roles_get_what_they_need() {
        let sections = "[identity_pool]\nid = \"eu-west-1:0a1b2c3d-4e5f-4711-8a2b-0123456789ab\"\ndeveloper_provider = \"login.portal\"\n\
             [[roles]]\nid = \"writer\"\narn = \"arn:aws:iam::111122223333:role/path/writer\"\ngroups = [\"*\"]\n\
             strategy = \"assume-role\"\ntag_claims = [\"unit\"]\n[[roles.buckets]]\nname = \"reports\"\n\
             prefix = \"a*b/${subject}/${claim:unit}/${claim:team}/\"\npermissions = [\"list\", \"write\"]\n\
             [[roles]]\nid = \"pool\"\narn = \"arn:aws:iam::111122223333:role/pool\"\ngroups = [\"*\"]\nstrategy = \"identity-pool\"\n"
            .replace("a*b", "a$b");
        let config = config(&sections);
        let json = async |template| serde_json::from_str::<Value>(&text(template, &config).await.unwrap()).unwrap();

        let cors = json(Template::BucketCors).await;
        let rule = &cors["reports"]["CORSRules"][0];
        assert_eq!(rule["AllowedOrigins"], serde_json::json!(["https://portal.example.com"]));
        assert_eq!(rule["AllowedMethods"], serde_json::json!(["GET", "HEAD", "PUT", "POST", "DELETE"]));

        let trust = json(Template::RoleTrust).await;
        let actions = |role: &str| trust[role]["Statement"][0]["Action"].clone();
        assert_eq!(actions("analyst"), serde_json::json!(["sts:AssumeRoleWithWebIdentity"]));
        assert_eq!(actions("writer"), serde_json::json!(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]));
        assert_eq!(actions("pool"), serde_json::json!(["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]));
        let analyst = &trust["analyst"]["Statement"][0];
        let provider = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE";
        assert_eq!(analyst["Principal"]["Federated"], format!("arn:aws:iam::111122223333:oidc-provider/{provider}"));
        assert_eq!(
            analyst["Condition"]["StringEquals"][format!("{provider}:aud")],
            serde_json::json!(["1example23456789", "https://portal.example.com"])
        );
        assert_eq!(trust["pool"]["Statement"][0]["Principal"]["Federated"], "cognito-identity.amazonaws.com");

        let policy = json(Template::RolePolicy).await["writer"].to_string();
        // Variables of IAM for what AWS is told of, a wildcard for what it is not, and the configured $ as it is.
        assert!(policy.contains("arn:aws:s3:::reports/a${$}b/${aws:PrincipalTag/subject}/${aws:PrincipalTag/unit}/*/*"), "{policy}");
    }

    #[tokio::test]
    async fn what_is_missing_is_told() {
        let told = text(Template::OidcDocuments, &config("")).await.unwrap_err().to_string();
        assert!(told.contains("no section [self_issued]"), "{told}");
        let section = "[self_issued]\nissuer = \"https://oidc.example.com\"\nallow_key_file = true\n[[self_issued.keys]]\nfile = \"/nonexistent.pem\"\n";
        let told = text(Template::OidcDocuments, &config(section)).await.unwrap_err().to_string();
        assert!(told.contains("/nonexistent.pem: cannot be read"), "{told}");
    }
}
