//! The identity provider's part of captured headers: the rules of the access token, and whether STS
//! could take it as a web identity token.

use super::data_header::span;
use super::finding::{Check, Code, Finding, Severity};
use super::fix::{Fix, endpoint, list, quoted, shown};
use super::provider::difference;
use super::registration;
use super::{Captured, Examination, StandingClock};
use crate::model::clock::Clock;
use crate::model::names::Subject;
use crate::server::config::{AccessTokenKind, Config, Role, RoleStrategy};
use crate::server::identity::ACCESS_TOKEN_HEADER;
use crate::server::identity::unverified::{UnverifiedData, UnverifiedToken, padded};
use crate::server::partition::UserPool;
use crate::server::required::{audiences, provider_arn};
use crate::server::tokens::TokenRule;
use crate::server::tokens::access_token::{AccessTokenClaims, AccessTokenError, AccessTokens};
use serde_json::Value;
use std::sync::Arc;

const SUBJECT: &str = "access token";
const TAKEN: &str = "access token as web identity token";
/// A data header that is signed now lives for a minute or so; one that outlives the access token by this
/// many seconds was signed when that was over.
const SURELY_OVER: i64 = 300;
/// Claims with which a token passes tags and a source identity to the session (IAM User Guide, "Passing
/// session tags in AWS STS", "Monitor and control actions taken with assumed roles").
pub(in crate::server) const TAGS: &str = "https://aws.amazon.com/tags";
pub(in crate::server) const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
/// The claim that lists the roles that a token may be used for, by ARN (Service Authorization Reference, STS,
/// `sts:RoleAuthorizedByIdp`). Nobody here has seen AWS refuse one.
pub(in crate::server) const ROLES: &str = "https://aws.amazon.com/roles";

/// One check for the rules, one for the time, one for STS.
pub(super) async fn check(examination: &Examination) -> Vec<Check> {
    let Some(captured) = &examination.captured else {
        return vec![Check::not_checked(SUBJECT, "no headers were given (--headers FILE)")];
    };
    if examination.config.idp.access_token == AccessTokenKind::Opaque {
        return vec![Check::not_checked(
            SUBJECT,
            "idp.access_token says that it is opaque, and no strategy of this configuration reads it",
        )];
    }
    let token = UnverifiedToken::read(captured.headers());
    let (rules, claims) = judged(examination, captured, token.as_ref()).await;
    let mut checks = vec![rules];
    if let Some(token) = &token {
        checks.push(time(examination, captured, token));
    }
    checks.push(web_identity(examination, claims.as_deref()));
    checks
}

async fn judged(
    examination: &Examination,
    captured: &Captured,
    token: Option<&UnverifiedToken>,
) -> (Check, Option<Arc<AccessTokenClaims>>) {
    let found = |rule| (Check::of(SUBJECT, vec![finding(examination, rule, token, captured)], ""), None);
    let (Some(token), Some(value)) = (token, captured.headers().get(ACCESS_TOKEN_HEADER)) else { return found(TokenRule::Missing) };
    if !token.is_jwt() {
        return found(TokenRule::Jwks);
    }
    let Some(data) = readable(captured) else {
        return (Check::not_checked(SUBJECT, "it is held against the data header, which cannot be read"), None);
    };
    let (Some(client), Some(Ok(subject))) = (&data.client, data.subject.map(Subject::parse)) else {
        return (Check::not_checked(SUBJECT, "it is held against client and sub of the data header, which are not there"), None);
    };
    let clock: Arc<dyn Clock> =
        token.expires.map_or_else(|| Arc::clone(&examination.clock), |expires| Arc::new(StandingClock(expires.plus_seconds(-1))));
    let tokens = AccessTokens::new(&examination.config, Arc::clone(&examination.fetch), clock);
    match tokens.verify(value.as_bytes(), client, &subject).await {
        Ok((claims, _)) => (Check::fine(SUBJECT, "passes every rule at its own time"), Some(claims)),
        Err(AccessTokenError::Broken(rule)) => found(rule),
        Err(AccessTokenError::Unavailable(reason)) => (Check::not_checked(SUBJECT, reason.to_string()), None),
    }
}

/// The data header, with the padding that it may have lost.
fn readable(captured: &Captured) -> Option<UnverifiedData> {
    UnverifiedData::read(captured.headers()).or_else(|| UnverifiedData::read(&padded(captured.headers())?))
}

/// What is wrong with a token that breaks a rule about one value, how that was seen, and what puts it right: for those
/// that compare what the token says with what the configuration does. Of other rules there is nothing to say but the
/// rule itself.
pub(in crate::server) fn compared(config: &Config, rule: TokenRule, token: &UnverifiedToken) -> (&'static str, (String, Fix)) {
    match rule {
        TokenRule::Jwks if !token.is_jwt() => (
            "The access token is opaque: it is no JWT.",
            (
                format!("It has {} part{} between dots, and a JWT has three that begin with JSON.", token.parts, if token.parts == 1 { "" } else { "s" }),
                Fix::say("Write in [idp]:")
                    .configure("access_token = \"opaque\"\ngroups_from = \"data\"")
                    .then("And in every role with strategy = \"web-identity\", because STS reads JWTs only:")
                    .configure("strategy = \"assume-role\""),
            ),
        ),
        TokenRule::Jwks => (
            "The access token is not one that an RS256 key of the issuer's key set could have signed.",
            (
                format!(
                    "alg in its header is {} and kid {}; the portal takes RS256 and the keys of {}.",
                    shown(token.alg.as_deref()),
                    shown(token.kid.as_deref()),
                    config.idp.jwks_url.as_ref().map_or_else(|| format!("the issuer {}", config.alb.issuer), ToString::to_string),
                ),
                Fix::say(format!(
                    "iss in the token is {}. If that is the provider, write it in alb.issuer, and take idp.jwks_url out unless it is that provider's.",
                    shown(token.issuer.as_deref())
                ))
                .then("A key that was retired since the capture is missing too: capture headers anew."),
            ),
        ),
        TokenRule::Issuer => (
            "The access token comes from another issuer than alb.issuer.",
            (
                format!(
                    "iss in the token is {}; alb.issuer is “{}”: {}.",
                    shown(token.issuer.as_deref()),
                    config.alb.issuer,
                    token.issuer.as_deref().map_or("there is none", |issuer| difference(issuer, &config.alb.issuer))
                ),
                Fix::say("If that is the right provider, write in [alb]:")
                    .configure(format!("issuer = {}", toml::Value::from(token.issuer.as_deref().unwrap_or(&config.alb.issuer)))),
            ),
        ),
        TokenRule::Use => (
            "The token in the access token's place is not an access token.",
            (
                format!("token_use is {}; an access token of Cognito says “access”.", shown(token.token_use.as_deref())),
                Fix::say("Find what puts another token into x-amzn-oidc-accesstoken: the balancer itself never forwards an ID token."),
            ),
        ),
        _ => (rule.says(), (String::new(), Fix::default())),
    }
}

fn finding(examination: &Examination, rule: TokenRule, token: Option<&UnverifiedToken>, captured: &Captured) -> Finding {
    let config = &examination.config;
    let unread = UnverifiedToken::default();
    let token = token.unwrap_or(&unread);
    let client = readable(captured).and_then(|data| data.client);
    let (what, why, fix) = match rule {
        TokenRule::Missing => (
            "The captured headers hold no x-amzn-oidc-accesstoken.",
            "The file has no such line.".to_owned(),
            Fix::say(
                "Copy all three headers of one request. If the request had none, something between the balancer and the portal removes it.",
            ),
        ),
        TokenRule::Jwks | TokenRule::Issuer | TokenRule::Use => {
            let (what, (why, fix)) = compared(config, rule, token);
            (what, why, fix)
        }
        TokenRule::Signature => (
            "The signature of the access token does not match its content.",
            "The key of its kid does not verify the bytes as they are in the file.".to_owned(),
            Fix::say(
                "Copy the header whole, without a line break. If it is whole, something between the balancer and the portal rewrites it, or somebody made it up.",
            ),
        ),
        TokenRule::Expired => (
            "The access token says nothing that can be read about when it is good.",
            "exp is missing or not a whole number, or nbf is later than exp.".to_owned(),
            Fix::say("Have the provider write exp as a whole number of seconds."),
        ),
        TokenRule::Client => (
            "The access token was made for another client than the one that signed in.",
            format!(
                "client_id in the token is {}; client in the data header is {}.",
                shown(token.client.as_deref()),
                shown(client.as_deref())
            ),
            Fix::say("Copy all three headers of one request. If they are, the token was put there by somebody else than the balancer."),
        ),
        TokenRule::Subject => (
            "The access token belongs to another person than the data header.",
            "sub of the two differs. (Neither is shown.)".to_owned(),
            Fix::say("Copy all three headers of one request. If they are, the token was put there by somebody else than the balancer."),
        ),
    };
    let breaks = format!("Requests with such headers are refused with token_rejected, rule {}.", rule.as_str());
    Finding { code: Code::Token(rule), severity: Severity::Error, what: what.to_owned(), why, breaks, fix }
}

fn time(examination: &Examination, captured: &Captured, token: &UnverifiedToken) -> Check {
    const SUBJECT: &str = "access token's time";
    let Some(expires) = token.expires else { return Check::not_checked(SUBJECT, "the token does not say when it expires") };
    let data = readable(captured).and_then(|data| data.expires);
    if let Some(data) = data.filter(|data| data.millis_since(expires) > SURELY_OVER * 1_000) {
        let finding = Finding {
            code: Code::AccessTokenStale,
            severity: Severity::Error,
            what: "The balancer forwarded an access token that was over.".to_owned(),
            why: format!("It expired at {expires}, and the data header beside it was signed for until {data}."),
            breaks:
                "Requests are refused with token_rejected, rule expired, until the person signs in again; reloading the page does not help."
                    .to_owned(),
            fix: refreshed(&examination.config, readable(captured).and_then(|data| data.client)),
        };
        return Check::of(SUBJECT, vec![finding], "");
    }
    let now = examination.clock.now();
    let past = now.millis_since(expires) / 1_000;
    if past < 0 {
        return Check::fine(SUBJECT, format!("good until {expires}"));
    }
    let finding = Finding {
        code: Code::HeadersExpired,
        severity: Severity::Note,
        what: format!("The captured access token expired {} ago.", span(past)),
        why: format!("Its exp is {expires}, and it is {now}. It was judged at its own time."),
        breaks: "Nothing: tokens of the past expire. A trial mint needs one that is still good.".to_owned(),
        fix: Fix::say("Capture headers anew where that matters."),
    };
    Check::of(SUBJECT, vec![finding], "")
}

/// What lets the balancer renew access tokens. No command changes one setting of a client and keeps the others, so this one
/// shows them.
fn refreshed(config: &Config, seen: Option<String>) -> Fix {
    let fix = Fix::say(
        "Give the balancer a refresh token to renew it with: allow the grant refresh_token for its client, and let the refresh token's life be no shorter than the balancer's SessionTimeout.",
    );
    // The client of a header that nobody verified stands in no command.
    let known = &config.alb.clients;
    let client = known.iter().find(|client| seen.as_ref() == Some(client)).or(known.first());
    let (Some(pool), Some(client)) = (UserPool::of_issuer(&config.alb.issuer), client) else { return fix };
    fix.then("What they are now (ALLOW_REFRESH_TOKEN_AUTH has to be among ExplicitAuthFlows):").run(format!(
        "aws cognito-idp describe-user-pool-client --region {} --user-pool-id {} --client-id {} --query 'UserPoolClient.[ExplicitAuthFlows,RefreshTokenValidity,TokenValidityUnits]'",
        quoted(&pool.region),
        quoted(&pool.id),
        quoted(client)
    ))
}

/// Whether STS could take a token that says this, for the roles that send it there.
fn web_identity(examination: &Examination, claims: Option<&AccessTokenClaims>) -> Check {
    let roles: Vec<&Role> = examination.config.roles.iter().filter(|role| role.strategy == RoleStrategy::WebIdentity).collect();
    if roles.is_empty() {
        return Check::not_checked(TAKEN, "no role has the strategy web-identity");
    }
    let Some(claims) = claims else { return Check::not_checked(TAKEN, "the token did not pass the portal's own rules") };
    let findings = taken(&examination.config, &roles, claims.audience(), claims.authorized_party(), |name| claims.claim(name));
    Check::of(TAKEN, findings, format!("aud is {}", shown(Some(&claims.audience().join(", ")))))
}

/// What would keep STS from taking a verified token with this audience and these claims for these roles.
pub(in crate::server) fn taken<'a>(
    config: &Config,
    roles: &[&Role],
    audience: &[String],
    party: Option<&str>,
    claim: impl Fn(&str) -> Option<&'a Value>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if audience.is_empty() && party.is_none() {
        findings.push(no_audience(config, roles));
    } else {
        if let Some(party) = party.filter(|party| !audience.iter().any(|audience| audience == party)) {
            findings.push(azp(config, roles, party, audience));
        }
        // STS takes azp for the audience where a token has one.
        let compared: Vec<&str> = party.map_or_else(|| audience.iter().map(String::as_str).collect(), |party| vec![party]);
        if !compared.iter().any(|audience| audiences(config).any(|expected| expected == *audience)) {
            findings.push(other_audience(config, roles, &compared));
        }
    }
    let carried: Vec<(&str, &str)> = [(TAGS, "sts:TagSession"), (SOURCE_IDENTITY, "sts:SetSourceIdentity")]
        .into_iter()
        .filter(|(name, _)| claim(name).is_some())
        .collect();
    if !carried.is_empty() {
        findings.push(tags(roles, &carried));
    }
    let restricted: Vec<&Role> =
        claim(ROLES).map(|listed| roles.iter().copied().filter(|role| !lists(listed, role)).collect()).unwrap_or_default();
    if !restricted.is_empty() {
        findings.push(not_listed(&restricted));
    }
    findings
}

/// Whether the claim that lists roles has this one.
pub(super) fn lists(listed: &Value, role: &Role) -> bool {
    match listed {
        Value::String(arn) => arn == role.arn.as_str(),
        Value::Array(arns) => arns.iter().any(|arn| arn == role.arn.as_str()),
        _ => false,
    }
}

fn not_listed(roles: &[&Role]) -> Finding {
    let arns: Vec<&str> = roles.iter().map(|role| role.arn.as_str()).collect();
    Finding {
        code: Code::AccessTokenRoles,
        severity: Severity::Warning,
        what: "The access token lists the roles that it may be used for, and not all of this portal's are among them.".to_owned(),
        why: format!("The verified token has the claim {ROLES}, without {}.", arns.join(", ")),
        breaks: format!("Every mint of {} is refused: STS says InvalidIdentityToken.", ids(roles)),
        fix: Fix::say("Have the provider (of a user pool, the pre token generation trigger) list these too, or leave the claim out, so that trust policies alone decide:")
            .document("claim of the access token", format!("\"{ROLES}\": {}", Value::from(arns))),
    }
}

/// For each account of these roles, the command that registers an audience.
fn register(config: &Config, roles: &[&Role], audience: &str) -> String {
    let mut providers: Vec<String> = roles.iter().map(|role| provider_arn(&role.arn, &config.alb.issuer)).collect();
    providers.sort_unstable();
    providers.dedup();
    let endpoint = endpoint(config.revocation.iam_endpoint.as_ref());
    let command = |arn: String| registration::add(&arn, audience, &endpoint);
    providers.into_iter().map(command).collect::<Vec<_>>().join("\n")
}

fn ids(roles: &[&Role]) -> String {
    roles.iter().map(|role| role.id.as_str()).collect::<Vec<_>>().join(", ")
}

fn no_audience(config: &Config, roles: &[&Role]) -> Finding {
    let resource = &config.web.public_url;
    let client = config.alb.clients.first().map_or("", String::as_str);
    Finding {
        code: Code::AccessTokenNoAudience,
        severity: Severity::Error,
        what: "The access token names no audience, so STS does not take it.".to_owned(),
        why: "The verified token has neither aud nor azp. Cognito's access tokens have none unless they are told to.".to_owned(),
        breaks: format!("Every mint of {} is refused: STS says “Missing a required claim: aud”.", ids(roles)),
        fix: Fix::say("There are three ways; people sign in again afterwards. Either bind tokens to a resource (Cognito plan Essentials or Plus, managed login): in the balancer's authenticate-cognito action")
            .document("AuthenticateCognitoConfig", format!("\"AuthenticationRequestExtraParams\": {{\"resource\": {}}}", Value::from(resource.as_str())))
            .then("and register that audience:")
            .run(register(config, roles, resource))
            .then("Or add aud in a pre token generation trigger of version V2_0:")
            .document(
                "pre token generation trigger",
                "event.response.claimsAndScopeOverrideDetails = {accessTokenGeneration: {claimsToAddOrOverride: {aud: event.callerContext.clientId}}};",
            )
            .then("and register that audience:")
            .run(register(config, roles, client))
            .then(format!("Or mint in a way that needs no audience. Write in [[roles]] of {}:", ids(roles)))
            .configure("strategy = \"assume-role\""),
    }
}

fn azp(config: &Config, roles: &[&Role], party: &str, audience: &[String]) -> Finding {
    Finding {
        code: Code::AccessTokenAzp,
        severity: Severity::Warning,
        what: "The access token has azp, which STS takes for the audience in place of aud.".to_owned(),
        why: format!("azp is {}, aud is {}.", shown(Some(party)), list(audience.iter().map(String::as_str))),
        breaks: format!("Where only aud is registered, every mint of {} is refused: STS says “Incorrect token audience”.", ids(roles)),
        fix: Fix::say("Register azp, and compare with it in the roles' trust policies (“…:aud” there is azp; aud itself is “…:oaud”):")
            .run(register(config, roles, party)),
    }
}

fn other_audience(config: &Config, roles: &[&Role], compared: &[&str]) -> Finding {
    Finding {
        code: Code::AccessTokenAudience,
        severity: Severity::Warning,
        what: "The access token's audience is neither the portal's address nor one of its clients.".to_owned(),
        why: format!("It is {}; expected is one of {}.", list(compared.iter().copied()), list(audiences(config))),
        breaks: format!(
            "Where that audience is not registered, every mint of {} is refused: STS says “Incorrect token audience”.",
            ids(roles)
        ),
        fix: Fix::say("If that audience is meant, see to it that it is registered and stands in the roles' trust policies:")
            .run(compared.iter().map(|audience| register(config, roles, audience)).collect::<Vec<_>>().join("\n")),
    }
}

fn tags(roles: &[&Role], carried: &[(&str, &str)]) -> Finding {
    let (claims, actions): (Vec<&str>, Vec<&str>) = carried.iter().copied().unzip();
    Finding {
        code: Code::AccessTokenTags,
        severity: Severity::Note,
        what: format!("The access token carries what a trust policy must allow by name: {}.", actions.join(" and ")),
        why: format!("The verified token has the claims {}.", claims.join(" and ")),
        breaks: format!(
            "A role of {} whose trust policy allows sts:AssumeRoleWithWebIdentity alone cannot be taken: STS says “Not authorized to perform sts:AssumeRoleWithWebIdentity”.",
            ids(roles)
        ),
        fix: Fix::say("Have each of these trust policies allow").document(
            "statement of the trust policy",
            format!("\"Action\": {}", Value::from([&["sts:AssumeRoleWithWebIdentity"], actions.as_slice()].concat())),
        ),
    }
}
