//! The AWS console: where people sign in to it with a role's credentials, and where they may be sent from there.
//!
//! AWS's federation endpoint takes temporary credentials and gives a sign-in token, which opens the console within 15
//! minutes (IAM User Guide, "Enable custom identity broker access to the AWS console"). Its `SessionDuration` is never
//! sent: it is refused for credentials of a role that took another, as `assume-role` mints them, and without it the
//! console's session ends with the credentials, which is what the record of the mint says.

use crate::model::credentials::Credentials;
use crate::model::error::{ErrorCode, PortalError};
use crate::model::secret::Secret;
use crate::server::config::{self, Aws};
use crate::server::outside::Post;
use crate::words::say;
use serde::{Deserialize, Serialize};
use url::Url;

/// Longest answer of the sign-in endpoint that is read.
const ANSWER: usize = 64 * 1_024;
/// Longest address in the console.
const DESTINATION: usize = 2_048;

/// The console of a partition.
#[derive(Debug, PartialEq, Eq)]
struct Partition {
    /// As ARNs name it.
    name: &'static str,
    /// Host of the sign-in endpoint.
    sign_in: &'static str,
    /// Host of the console; a region and a dot may stand before it.
    console: &'static str,
}

/// The partitions whose consoles are documented (IAM User Guide; "Amazon Web Services in China", "AWS GovCloud (US)").
static PARTITIONS: [Partition; 3] = [
    Partition { name: "aws", sign_in: "signin.aws.amazon.com", console: "console.aws.amazon.com" },
    Partition { name: "aws-cn", sign_in: "signin.amazonaws.cn", console: "console.amazonaws.cn" },
    Partition { name: "aws-us-gov", sign_in: "signin.amazonaws-us-gov.com", console: "console.amazonaws-us-gov.com" },
];

/// Where a role's people sign in to the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console {
    endpoint: Url,
    partition: &'static Partition,
    home: String,
}

impl Console {
    /// That of a role. `None` where the configuration names another STS and no sign-in endpoint, or a role of a
    /// partition whose console is not known.
    #[must_use]
    pub fn of(aws: &Aws, role: &config::Role) -> Option<Self> {
        let partition = PARTITIONS.iter().find(|partition| partition.name == role.arn.partition())?;
        let endpoint = match (&aws.signin_endpoint, &aws.sts_endpoint) {
            (Some(endpoint), _) => endpoint.clone(),
            (None, Some(_)) => return None,
            (None, None) => Url::parse(&format!("https://{}/federation", partition.sign_in)).ok()?,
        };
        // An ARN without an account is not AWS's.
        role.arn.account()?;
        Some(Self { endpoint, partition, home: aws.region.clone() })
    }

    /// Where a form of the portal's may lead, by redirects too: Chromium holds each of them against `form-action`.
    #[must_use]
    pub fn form_targets(&self) -> Vec<String> {
        let mut targets = vec![self.endpoint.origin().ascii_serialization()];
        let Partition { sign_in, console, .. } = self.partition;
        let is_aws = |host: &str| host == *sign_in || host.ends_with(&format!(".{sign_in}"));
        if self.endpoint.host_str().is_some_and(is_aws) {
            // The console sends people on between its hosts and those of sign-in, which have one for each region.
            targets.extend([sign_in, console].into_iter().flat_map(|host| [format!("https://{host}"), format!("https://*.{host}")]));
        }
        targets.sort_unstable();
        targets.dedup();
        targets
    }

    /// The address in the console: the wish, where its host is one of the console's in a region of the role, and else the
    /// console's first page in the home region.
    ///
    /// # Errors
    /// `bad_request` for any other.
    pub fn destination(&self, wish: Option<&str>, regions: &[String]) -> Result<String, PortalError> {
        let (host, home) = (self.partition.console, &self.home);
        let Some(wish) = wish else { return Ok(format!("https://{home}.{host}/console/home?region={home}")) };
        let mut hosts = vec![host.to_owned(), format!("{home}.{host}")];
        hosts.extend(regions.iter().map(|region| format!("{region}.{host}")));
        if is_address_of(wish, &hosts) {
            return Ok(wish.to_owned());
        }
        Err(PortalError::said(
            ErrorCode::BadRequest,
            say!("The address to open is not one of the AWS console that belongs to this role."),
            say!("Name an https address of {hosts}, or none: then the console opens on its first page.", hosts = hosts.join(", ")),
        ))
    }

    /// Asks for a sign-in token with fresh credentials, and gives the address that opens the console with it: a secret.
    ///
    /// # Errors
    /// `mint_unavailable` where the endpoint does not answer, `mint_misconfigured` where it does not take the credentials.
    pub async fn sign_in(
        &self,
        post: &dyn Post,
        credentials: &Credentials,
        issuer: &str,
        destination: &str,
        role: &config::Role,
    ) -> Result<Secret, PortalError> {
        let answer = post.post(&self.endpoint, token_form(credentials), ANSWER).await.map_err(|error| {
            tracing::warn!(event = "console_sign_in", %error, "the sign-in endpoint did not answer");
            unavailable()
        })?;
        if answer.status == 429 || answer.status >= 500 {
            tracing::warn!(event = "console_sign_in", status = answer.status, "the sign-in endpoint is busy or failing");
            return Err(unavailable());
        }
        let token = if answer.status == 200 { read_token(&answer.body) } else { None };
        let Some(token) = token else {
            tracing::warn!(event = "console_sign_in", status = answer.status, "the sign-in endpoint gave no token");
            return Err(PortalError::said(
                ErrorCode::MintMisconfigured,
                say!(
                    "AWS's sign-in page did not take the credentials of “{title}” (status {status}).",
                    title = role.title,
                    status = u32::from(answer.status)
                ),
                say!(
                    "The people who run the portal check that aws.signin_endpoint ({endpoint}) is the sign-in endpoint of the partition of {arn}.",
                    endpoint = self.endpoint.as_str(),
                    arn = role.arn.as_str()
                ),
            ));
        };
        let mut address = self.endpoint.clone();
        address
            .query_pairs_mut()
            .append_pair("Action", "login")
            .append_pair("Issuer", issuer)
            .append_pair("Destination", destination)
            .append_pair("SigninToken", token.expose());
        Ok(Secret::new(String::from(address)))
    }
}

/// Credentials as the endpoint takes them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Session<'a> {
    session_id: &'a str,
    session_key: &'a str,
    session_token: &'a str,
}

/// The endpoint's answer.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    signin_token: String,
}

fn token_form(credentials: &Credentials) -> Secret {
    let session = Session {
        session_id: &credentials.access_key_id,
        session_key: credentials.secret_access_key.expose(),
        session_token: credentials.session_token.expose(),
    };
    let session = Secret::new(serde_json::to_string(&session).unwrap_or_default());
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    Secret::new(form.append_pair("Action", "getSigninToken").append_pair("Session", session.expose()).finish())
}

fn read_token(body: &Secret) -> Option<Secret> {
    let Answer { signin_token } = serde_json::from_str(body.expose()).ok()?;
    let token = Secret::new(signin_token);
    (!token.expose().is_empty() && token.expose().bytes().all(|byte| byte.is_ascii_graphic())).then_some(token)
}

fn unavailable() -> PortalError {
    PortalError::said(
        ErrorCode::MintUnavailable,
        say!("AWS's sign-in page does not answer."),
        say!("Try again in a moment. If it stays, the people who run the portal check that its server may reach aws.signin_endpoint."),
    )
    .with_retry_after(5)
}

/// Byte for byte, and before anything has been read into it: what parsers disagree about (user names, ports, backslashes,
/// white space, case) is in no host of the list.
fn is_address_of(address: &str, hosts: &[String]) -> bool {
    let plain = address.len() <= DESTINATION && address.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let Some(rest) = address.strip_prefix("https://").filter(|_| plain) else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    hosts.iter().any(|known| known == host) && Url::parse(address).is_ok_and(|url| url.host_str() == Some(host))
}

#[cfg(test)]
mod tests;
