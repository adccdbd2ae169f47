//! From file and environment to a checked [`Config`]: every problem at once.

use super::problem::Problem;
use super::section::{Queries, Section};
use super::source::{Entry, overlay, parse};
use super::{
    AccessTokenKind, Alb, Aws, Config, GroupsFrom, IdentityPool, Idp, Limits, Log, LogFormat, LogLevel, SelfIssued, Tls, Warning, Web,
    metrics, roles, strategy, tls,
};
use std::net::SocketAddr;
use std::path::Path;
use url::Url;

/// Account of the sandbox's balancer. Its signing key is anybody's, so `serve` trusts nothing of it.
pub const SANDBOX_ACCOUNT: &str = "000000000000";

/// A configuration that holds, and what its owner should know about it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Sentences for the start of the log.
    pub warnings: Vec<Warning>,
}

/// Reads the file, lays the environment over it and checks everything.
///
/// # Errors
/// All problems, in the order of the file.
pub fn load(file: &Path, environment: impl IntoIterator<Item = (String, String)>) -> Result<Loaded, Vec<Problem>> {
    let name = file.display().to_string();
    match std::fs::read_to_string(file) {
        Ok(text) => from_text(&text, &name, environment),
        Err(error) => Err(vec![Problem {
            place: name,
            key: String::new(),
            message: format!("cannot be read: {error}"),
            fix: "create it, or name another with --config FILE or VESTIBULE_CONFIG; `vestibule sandbox` needs none".to_owned(),
        }]),
    }
}

/// As [`load`], from the file's text.
///
/// # Errors
/// All problems.
pub fn from_text(text: &str, file: &str, environment: impl IntoIterator<Item = (String, String)>) -> Result<Loaded, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut root = parse(text, file, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    overlay(&mut root, environment, &mut problems);
    let loader = Loader { file, warnings: Vec::new() };
    match loader.read(root, &mut problems) {
        Some(loaded) if problems.is_empty() => Ok(loaded),
        _ => Err(problems),
    }
}

/// Reads the sections; [`Loaded`] is what comes of them.
pub(super) struct Loader<'a> {
    file: &'a str,
    warnings: Vec<Warning>,
}

impl Loader<'_> {
    fn read(mut self, root: Entry, problems: &mut Vec<Problem>) -> Option<Loaded> {
        let mut top = Section::open("", Some(root), self.file, problems);
        let [web, alb, idp, aws, sessions, revocation, limits, log, roles] =
            ["web", "alb", "idp", "aws", "sessions", "revocation", "limits", "log", "roles"].map(|key| top.take(key));
        let [identity_pool, self_issued, metrics] = ["identity_pool", "self_issued", "metrics"].map(|key| top.take(key));
        top.close();
        let web = self.web(Section::open("web", web, self.file, problems));
        let alb = self.alb(Section::open("alb", alb, self.file, problems));
        let idp = self.idp(Section::open("idp", idp, self.file, problems));
        let aws = self.aws(Section::open("aws", aws, self.file, problems));
        let identity_pool = identity_pool
            .map(|entry| IdentityPool::read(Section::open("identity_pool", Some(entry), self.file, problems), &mut self.warnings));
        let self_issued = self_issued
            .map(|entry| SelfIssued::read(Section::open("self_issued", Some(entry), self.file, problems), self.file, &mut self.warnings));
        let sessions = self.sessions(Section::open("sessions", sessions, self.file, problems));
        let revocation = self.revocation(Section::open("revocation", revocation, self.file, problems));
        let limits = limits_section(Section::open("limits", limits, self.file, problems));
        let log = log_section(Section::open("log", log, self.file, problems));
        let metrics = metrics::read(Section::open("metrics", metrics, self.file, problems));
        let roles = roles::read(roles, self.file, problems, &mut self.warnings);
        // A section that is there and does not hold has been reported; one that is missing is none.
        let identity_pool = identity_pool.map_or(Some(None), |read| read.map(Some))?;
        let self_issued = self_issued.map_or(Some(None), |read| read.map(Some))?;
        let config = Config {
            web: web?,
            alb: alb?,
            idp: idp?,
            aws: aws?,
            identity_pool,
            self_issued,
            sessions: sessions?,
            revocation,
            limits,
            log,
            metrics,
            roles,
        };
        for role in &config.roles {
            roles::cross_check(role, &config.idp, &config.aws, self.file, problems);
            strategy::cross_check(role, &config, self.file, problems);
        }
        self.warnings.extend(strategy::warnings(&config));
        Some(Loaded { config, warnings: self.warnings })
    }

    pub(super) fn warn_clear(&mut self, key: &str, url: &Url) {
        self.warnings.extend(Warning::clear(key, url));
    }

    fn web(&mut self, mut section: Section<'_>) -> Option<Web> {
        let listen = section.text("listen").unwrap_or_else(|| "0.0.0.0:3000".to_owned());
        let listen: Option<SocketAddr> = listen.parse().ok();
        if listen.is_none() {
            section.problem("listen", "is not an address and port", "write it as 0.0.0.0:3000 or [::]:3000");
        }
        let public_url = section
            .required_text("public_url", "https://portal.example.com")
            .and_then(|text| section.check_url("public_url", &text, Queries::Refused));
        if let Some(url) = &public_url {
            if url.path() != "/" {
                section.problem("public_url", "has a path", "write scheme, host and port only; the portal owns the whole host");
            }
            self.warn_clear("web.public_url", url);
        }
        let tls = tls::read(&mut section, self.file);
        let trusted_hops = usize::try_from(section.integer("trusted_hops", 0..=16, 1)).unwrap_or(1);
        let signed_out_path = section.text("signed_out_path").unwrap_or_else(|| "/signed-out".to_owned());
        let plain = signed_out_path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.'));
        if !signed_out_path.starts_with('/') || signed_out_path.starts_with("//") || !plain || signed_out_path.len() < 2 {
            section.problem("signed_out_path", "is not a path of this portal", "write it as /signed-out");
        }
        section.close();
        if tls == Some(Tls::Off) {
            self.warnings.push(Warning::clear_hop());
        }
        let public_url = public_url?.origin().ascii_serialization();
        Some(Web { listen: listen?, public_url, tls: tls?, trusted_hops, signed_out_path })
    }

    fn alb(&mut self, mut section: Section<'_>) -> Option<Alb> {
        let example = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/portal/50dc6c495c0c9188";
        let signers = section.required_texts("signers", example);
        let mut underivable = None;
        for signer in &signers {
            match LoadBalancerArn::parse(signer) {
                None => section.problem(
                    "signers",
                    format!("\"{signer}\" is not an application load balancer's ARN"),
                    format!("copy it whole from the balancer's description; it looks like {example}"),
                ),
                Some(arn) if arn.account == SANDBOX_ACCOUNT => section.problem(
                    "signers",
                    format!("\"{signer}\" is the sandbox's balancer, whose signature proves nothing"),
                    "name your own load balancer; `vestibule sandbox` needs no configuration",
                ),
                Some(arn) if !matches!(arn.partition, "aws" | "aws-us-gov") => underivable = Some(arn.partition.to_owned()),
                Some(_) => {}
            }
        }
        let clients = section.required_texts("clients", "1example23456789");
        let issuer = section.required_text("issuer", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE");
        if let Some(url) = issuer.as_ref().and_then(|text| section.check_url("issuer", text, Queries::Refused)) {
            self.warn_clear("alb.issuer", &url);
            if url.host_str().is_some_and(|host| host.starts_with("issuer-cognito-idp.")) {
                self.warnings.push(Warning::new(
                    "alb.issuer",
                    "is of Cognito's updated form, which load balancers did not support when this was written",
                    "write the original form, https://cognito-idp.REGION.amazonaws.com/POOL, here, in the balancer's rule and in the IAM OIDC provider",
                ));
            }
        }
        let key_url = section.url("key_url", Queries::Refused);
        if let Some(url) = &key_url {
            self.warn_clear("alb.key_url", url);
        }
        if let (Some(partition), None) = (&underivable, &key_url) {
            section.problem(
                "key_url",
                format!("is missing; where the balancers of partition {partition} publish their keys is not documented"),
                "add key_url = \"https://…\", the address without the key id",
            );
        }
        let cookie_name = section.text("cookie_name").unwrap_or_else(|| "AWSELBAuthSessionCookie".to_owned());
        if cookie_name.is_empty() || !cookie_name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            section.problem("cookie_name", "is not a cookie's name", "copy it from the listener rule, without -0 at the end");
        }
        let leeway_seconds = u32::try_from(section.integer("leeway_seconds", 0..=60, 10)).unwrap_or(10);
        section.close();
        Some(Alb { signers, clients, issuer: issuer?, key_url, cookie_name, leeway_seconds })
    }

    fn idp(&mut self, mut section: Section<'_>) -> Option<Idp> {
        let jwks_url = section.url("jwks_url", Queries::Accepted);
        if let Some(url) = &jwks_url {
            self.warn_clear("idp.jwks_url", url);
        }
        let access_token = section.choice(
            "access_token",
            &[("verify", AccessTokenKind::Verify), ("opaque", AccessTokenKind::Opaque)],
            AccessTokenKind::Verify,
        );
        let groups_from = section.choice(
            "groups_from",
            &[("access_token", GroupsFrom::AccessToken), ("data", GroupsFrom::Data)],
            GroupsFrom::AccessToken,
        );
        if access_token == AccessTokenKind::Opaque && groups_from == GroupsFrom::AccessToken {
            section.problem(
                "groups_from",
                "is access_token, but an opaque access token cannot be read",
                "write groups_from = \"data\" and let the provider put the groups into its userinfo answer",
            );
        }
        let groups_claim = section.text("groups_claim").unwrap_or_else(|| "cognito:groups".to_owned());
        let admin_groups = section.texts("admin_groups").unwrap_or_default();
        let logout_url = section.url("logout_url", Queries::Accepted);
        section.close();
        Some(Idp { jwks_url, access_token, groups_from, groups_claim, admin_groups, logout_url })
    }

    fn aws(&mut self, mut section: Section<'_>) -> Option<Aws> {
        let region = section.text("region").unwrap_or_else(|| "us-east-1".to_owned());
        if !is_region(&region) {
            section.problem("region", "is not a region's name", "write it as eu-west-1");
        }
        let mut endpoint = |key: &'static str, full: &str| {
            let url = section.url(key, Queries::Refused)?;
            if url.path() != "/" {
                section.problem(key, "has a path", "write scheme, host and port only");
            }
            self.warn_clear(full, &url);
            Some(url)
        };
        let sts_endpoint = endpoint("sts_endpoint", "aws.sts_endpoint");
        let s3_endpoint = endpoint("s3_endpoint", "aws.s3_endpoint");
        let lambda_endpoint = endpoint("lambda_endpoint", "aws.lambda_endpoint");
        let signin_endpoint = section.url("signin_endpoint", Queries::Refused);
        if let Some(url) = &signin_endpoint {
            if url.path() == "/" {
                section.problem("signin_endpoint", "has no path", "write it whole, such as https://signin.aws.amazon.com/federation");
            }
            self.warn_clear("aws.signin_endpoint", url);
        }
        section.close();
        Some(Aws { region, sts_endpoint, s3_endpoint, lambda_endpoint, signin_endpoint })
    }
}

fn limits_section(mut section: Section<'_>) -> Limits {
    let mints_per_minute = u32::try_from(section.integer("mints_per_minute", 1..=10_000, 30)).unwrap_or(30);
    section.close();
    Limits { mints_per_minute }
}

fn log_section(mut section: Section<'_>) -> Log {
    let levels = [("error", LogLevel::Error), ("warn", LogLevel::Warn), ("info", LogLevel::Info), ("debug", LogLevel::Debug)];
    let level = section.choice("level", &levels, LogLevel::Info);
    let format = section.choice("format", &[("text", LogFormat::Text), ("json", LogFormat::Json)], LogFormat::Text);
    section.close();
    Log { level, format }
}

/// Whether this is the name of a region, existing or not.
pub(super) fn is_region(text: &str) -> bool {
    (2..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && text.starts_with(|first: char| first.is_ascii_lowercase())
}

struct LoadBalancerArn<'a> {
    partition: &'a str,
    account: &'a str,
}

impl<'a> LoadBalancerArn<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let ["arn", partition, "elasticloadbalancing", region, account, resource] = parts[..] else { return None };
        let name = resource.strip_prefix("loadbalancer/app/")?;
        let whole = partition.starts_with("aws")
            && is_region(region)
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && matches!(name.split('/').collect::<Vec<_>>()[..], [name, id] if !name.is_empty() && !id.is_empty())
            && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'*' | b'?' | b'"'));
        whole.then_some(Self { partition, account })
    }
}

/// Whether any signer is the sandbox's balancer.
#[must_use]
pub fn is_sandbox(alb: &Alb) -> bool {
    alb.signers.iter().filter_map(|signer| LoadBalancerArn::parse(signer)).any(|arn| arn.account == SANDBOX_ACCOUNT)
}
