//! Steps 2 to 4: the balancer's signed header and the provider's access token, rule by rule, each beside what it was
//! held against; and whether STS could take the second as a web identity token.

use super::headers::{RULES, verdict};
use super::{Flow, micros, not_reached, shown, unverified};
use crate::model::error::{ErrorCode, PortalError};
use crate::model::flow::{Cause, Row, Step, StepId, StepState, Verdict};
use crate::model::role::Strategy;
use crate::model::secret::print_of;
use crate::server::config::{AccessTokenKind, Role, RoleStrategy};
use crate::server::credentials::entitlement::Entitlement;
use crate::server::doctor::access_token::{self as doctor_token, ROLES, SOURCE_IDENTITY, TAGS};
use crate::server::doctor::{Code, Finding, Severity};
use crate::server::identity::unverified::{Decoded, UnverifiedData, UnverifiedToken, decoded};
use crate::server::identity::{ACCESS_TOKEN_HEADER, DATA_HEADER, HeaderRule, IDENTITY_HEADER};
use crate::server::tokens::TokenRule;
use crate::server::tokens::json_object::JsonObject;
use crate::server::tokens::key_server::documented_base;
use crate::words::{t, tn, translated};
use http::{HeaderName, HeaderValue};

/// Said of a token, where its bytes had been verified before.
fn known(known: bool) -> String {
    let said = if known { t!("These very bytes had been verified before: their time was looked at, and nothing else again.") } else { "" };
    said.to_owned()
}

fn absent() -> String {
    t!("not there").to_owned()
}

/// Step 2.
pub(super) fn data_header(flow: &Flow<'_>) -> Step {
    if flow.stages.data_header.is_none() {
        return not_reached(StepId::DataHeader);
    }
    let error = flow.viewer.as_ref().err();
    let broken = error.filter(|error| error.code == ErrorCode::HeaderRejected).and_then(header_rule);
    // A key that cannot be had breaks no rule, and leaves the rest unjudged.
    let unavailable = error.is_some_and(|_| broken.is_none() && flow.stages.access_token.is_none() && !is_token(error));
    let data = UnverifiedData::read(flow.headers).unwrap_or_default();
    let judged = |row: Row, rule: HeaderRule| {
        let ended = if unavailable { Some(HeaderRule::UnknownKey) } else { broken };
        let seen = match verdict(rule, ended) {
            Verdict::Broken if unavailable => Verdict::NotJudged,
            verdict => verdict,
        };
        row.judged(rule.as_str(), translated(rule.says()), seen)
    };
    let token = part_of(flow, &DATA_HEADER);
    let cause = error.filter(|_| broken.is_some() || unavailable).map(|error| {
        let mut cause = Cause::from(error);
        if let Some(seen) = broken.and_then(|rule| unverified::seen(rule, &data)) {
            cause.why = seen.why;
            cause.fix = seen.fix.unwrap_or(cause.fix);
        }
        cause
    });
    Step {
        id: StepId::DataHeader,
        state: if cause.is_some() { StepState::Failed } else { StepState::Done },
        micros: micros(flow.stages.data_header),
        summary: known(flow.stages.data_header_known),
        rows: header_rows(flow, &token, &data, &judged),
        causes: cause.into_iter().collect(),
    }
}

fn header_rows(flow: &Flow<'_>, token: &Decoded, data: &UnverifiedData, judged: &dyn Fn(Row, HeaderRule) -> Row) -> Vec<Row> {
    let bytes = flow.headers.get(DATA_HEADER).map(HeaderValue::as_bytes).unwrap_or_default();
    let padding: Vec<String> = bytes.split(|byte| *byte == b'.').map(|part| trailing(part).to_string()).collect();
    // Where the configuration has keys fetched is nothing for whom no balancer has signed in.
    let base = match &flow.config.alb.key_url {
        Some(base) => flow.stages.data_header_verified.then(|| base.clone()),
        None => data.signer.as_deref().and_then(documented_base),
    };
    let base = base.map(|base| format!("{}/", base.as_str().trim_end_matches('/'))).unwrap_or_default();
    let key = data.kid.as_deref().map(|kid| shown::cautious(&[&base, kid].concat()));
    let member = |part: &Option<JsonObject>, name: &str| {
        let value = part.as_ref().and_then(|part| part.value(name));
        Row::new(name, value.map_or_else(absent, |value| shown::claim(name, value)))
    };
    let both = |name: &str| format!("{name}: {}", member(&token.claims, name).value);
    let mut rows = vec![
        Row::new(t!("First part: header"), ""),
        judged(Row::new(t!("parts"), lengths(token)), HeaderRule::Shape),
        judged(Row::new(t!("letters"), t!("of every part")), HeaderRule::Alphabet),
        judged(Row::new(t!("= at the end of each part"), padding.join(", ")), HeaderRule::Padding),
        judged(Row::new("JSON", described(token.header.as_ref())), HeaderRule::HeaderJson),
    ];
    let header = [
        ("alg", HeaderRule::Alg),
        ("kid", HeaderRule::Kid),
        ("signer", HeaderRule::Signer),
        ("client", HeaderRule::Client),
        ("iss", HeaderRule::Issuer),
        ("exp", HeaderRule::Expired),
    ];
    rows.extend(header.map(|(name, rule)| judged(member(&token.header, name), rule)));
    rows.extend(others(token.header.as_ref(), &header.map(|(name, _)| name)));
    rows.push(judged(Row::new(t!("key"), key.unwrap_or_else(absent)), HeaderRule::UnknownKey));
    rows.push(judged(Row::new(t!("signature"), token.signature.clone().unwrap_or_else(absent)), HeaderRule::Signature));
    rows.push(Row::new(t!("Second part: claims"), ""));
    rows.push(judged(Row::new("JSON", described(token.claims.as_ref())), HeaderRule::PayloadJson));
    rows.push(judged(Row::new("exp, iss", format!("{}\n{}", both("exp"), both("iss"))), HeaderRule::PayloadMismatch));
    rows.push(judged(member(&token.claims, "sub"), HeaderRule::Subject));
    let identity = flow.headers.get(IDENTITY_HEADER).map(|value| print_of(value.as_bytes()));
    rows.push(judged(Row::new(IDENTITY_HEADER.as_str(), identity.unwrap_or_else(absent)), HeaderRule::Identity));
    rows.extend(others(token.claims.as_ref(), &["exp", "iss", "sub"]));
    rows
}

/// Step 3.
pub(super) fn access_token(flow: &Flow<'_>) -> Step {
    if flow.config.idp.access_token == AccessTokenKind::Opaque && flow.viewer.is_ok() {
        let summary =
            t!("idp.access_token is \"opaque\": the portal does not look at it, and no strategy of this configuration sends it anywhere.");
        return Step { state: StepState::NotNeeded, summary: summary.to_owned(), ..not_reached(StepId::AccessToken) };
    }
    let error = flow.viewer.as_ref().err();
    let rejected = error.filter(|error| is_token(Some(error)));
    if flow.stages.access_token.is_none() && rejected.is_none() {
        return not_reached(StepId::AccessToken);
    }
    let broken = rejected.and_then(token_rule);
    let failed = error.filter(|_| rejected.is_some() || flow.stages.access_token.is_some());
    // The key set that cannot be had breaks no rule, and leaves the rest unjudged.
    let unavailable = failed.is_some() && broken.is_none();
    let at = |rule: TokenRule| TokenRule::ALL.iter().position(|known| *known == rule);
    let judged = |row: Row, rule: TokenRule| {
        let seen = match broken {
            Some(broken) if broken == rule => Verdict::Broken,
            Some(broken) if at(broken) < at(rule) => Verdict::NotJudged,
            None if unavailable && rule != TokenRule::Missing => Verdict::NotJudged,
            _ => Verdict::Kept,
        };
        row.judged(rule.as_str(), translated(rule.says()), seen)
    };
    let unverified = UnverifiedToken::read(flow.headers).unwrap_or_default();
    let cause = failed.map(|error| {
        let seen = broken
            .map(|rule| (rule, doctor_token::compared(flow.config, rule, &unverified).1))
            .map(|(rule, (why, fix))| (rule, (why, fix.text())));
        // What the doctor says of a key that is missing is about a file.
        let seen = seen.map(|(rule, (why, fix))| (why, if rule == TokenRule::Jwks && unverified.is_jwt() { String::new() } else { fix }));
        explained(error, seen)
    });
    Step {
        id: StepId::AccessToken,
        state: if cause.is_some() { StepState::Failed } else { StepState::Done },
        micros: micros(flow.stages.access_token),
        summary: known(flow.stages.access_token_known),
        rows: token_rows(&part_of(flow, &ACCESS_TOKEN_HEADER), flow.headers.contains_key(ACCESS_TOKEN_HEADER), &judged),
        causes: cause.into_iter().collect(),
    }
}

fn token_rows(token: &Decoded, is_there: bool, judged: &dyn Fn(Row, TokenRule) -> Row) -> Vec<Row> {
    let member = |part: &Option<JsonObject>, name: &str| {
        let value = part.as_ref().and_then(|part| part.value(name));
        Row::new(name, value.map_or_else(absent, |value| shown::claim(name, value)))
    };
    let mut rows = vec![judged(Row::new(t!("parts"), if is_there { lengths(token) } else { absent() }), TokenRule::Missing)];
    if !is_there {
        return rows;
    }
    rows.push(Row::new(t!("Header"), ""));
    let alg_and_kid = format!("{}, {}", member(&token.header, "alg").value, member(&token.header, "kid").value);
    rows.push(judged(Row::new("alg, kid", alg_and_kid), TokenRule::Jwks));
    rows.extend(others(token.header.as_ref(), &["alg", "kid"]));
    rows.push(judged(Row::new(t!("signature"), token.signature.clone().unwrap_or_else(absent)), TokenRule::Signature));
    rows.push(Row::new(t!("Claims"), ""));
    let claims = [
        ("iss", TokenRule::Issuer),
        ("exp", TokenRule::Expired),
        ("token_use", TokenRule::Use),
        ("client_id", TokenRule::Client),
        ("sub", TokenRule::Subject),
    ];
    rows.extend(claims.map(|(name, rule)| judged(member(&token.claims, name), rule)));
    rows.extend(others(token.claims.as_ref(), &claims.map(|(name, _)| name)));
    rows
}

/// Step 4, for the role that was chosen or, where none was, for those that would send the token to STS.
pub(super) fn web_identity(flow: &Flow<'_>, chosen: Option<&Result<Entitlement, Box<Cause>>>) -> Step {
    let Ok(viewer) = flow.viewer else { return not_reached(StepId::WebIdentity) };
    let Some(token) = viewer.web_identity_token() else {
        let summary = t!("idp.access_token is \"opaque\": STS reads JWTs only, so no role here can be minted with it.");
        return Step { state: StepState::NotNeeded, summary: summary.to_owned(), ..not_reached(StepId::WebIdentity) };
    };
    let role = chosen.and_then(|chosen| chosen.as_ref().ok()).map(|entitlement| &*entitlement.role);
    let strategy = role.map(|role| Strategy::from(&role.strategy));
    let sends: Vec<&Role> = match role {
        Some(role) => vec![role],
        None => flow.roles.iter().map(|role| &**role).filter(|role| role.strategy == RoleStrategy::WebIdentity).collect(),
    };
    let has_claim = |name: &str| viewer.access_token_claim(name).is_some();
    let findings =
        doctor_token::taken(flow.config, &sends, token.audience(), token.authorized_party(), |name| viewer.access_token_claim(name));
    let cannot = findings.iter().any(|finding| finding.severity == Severity::Error);
    let is_sent = strategy == Some(Strategy::WebIdentity);
    let audience = verdict_of(!cannot);
    let claim = |name: &str| viewer.access_token_claim(name).map_or_else(absent, |value| shown::claim(name, value));
    let rows = vec![
        Row::new("aud", claim("aud")).judged(
            "aud",
            t!("STS takes no token without an audience (aud, or azp in its place), and compares it with those of the IAM OIDC provider in the role's account."),
            audience,
        ),
        Row::new("azp", claim("azp")).saying(t!("Where a token has it, STS compares it in place of aud.")),
        Row::new("iss", claim("iss")).saying(t!("STS looks for an IAM OIDC provider of exactly this URL in the role's account, and fetches its keys.")),
        Row::new(TAGS, claim(TAGS)).saying(t!("Where a token has it, the trust policy must allow sts:TagSession too.")),
        Row::new(SOURCE_IDENTITY, claim(SOURCE_IDENTITY)).saying(t!("Where a token has it, the trust policy must allow sts:SetSourceIdentity too.")),
        Row::new(ROLES, claim(ROLES)).saying(t!("Where a token has it, STS takes the token for the roles in it and no others.")),
    ];
    let sent = match strategy {
        Some(Strategy::WebIdentity) => t!("This role sends it there.").to_owned(),
        Some(other) => t!("This role's strategy, {strategy}, does not send it there.", strategy = other.as_str()),
        None => t!("No role was chosen that would send it there.").to_owned(),
    };
    let can = if cannot { t!("STS could not take this token.") } else { t!("STS could take this token.") };
    Step {
        id: StepId::WebIdentity,
        state: match (cannot, is_sent, findings.is_empty()) {
            (true, true, _) => StepState::Failed,
            (_, _, true) => StepState::Done,
            _ => StepState::Noted,
        },
        micros: None,
        summary: format!("{can} {sent}"),
        rows,
        causes: findings.iter().map(|finding| found(finding, has_claim)).collect(),
    }
}

const fn verdict_of(kept: bool) -> Verdict {
    if kept { Verdict::Kept } else { Verdict::Broken }
}

/// A finding of the doctor's. What is wrong is said in the person's language.
fn found(finding: &Finding, has_claim: impl Fn(&str) -> bool) -> Cause {
    let what = match finding.code {
        Code::AccessTokenNoAudience => t!("The access token names no audience, so STS does not take it.").to_owned(),
        Code::AccessTokenAzp => t!("The access token has azp, which STS takes for the audience in place of aud.").to_owned(),
        Code::AccessTokenAudience => t!("The access token's audience is neither the portal's address nor one of its clients.").to_owned(),
        Code::AccessTokenRoles => {
            t!("The access token lists the roles that it may be used for, and this role is not among them.").to_owned()
        }
        _ => {
            let carried = [(TAGS, "sts:TagSession"), (SOURCE_IDENTITY, "sts:SetSourceIdentity")];
            let actions = carried.into_iter().filter(|(claim, _)| has_claim(claim)).map(|(_, action)| action);
            t!(
                "The access token carries what a trust policy must allow by name: {actions}.",
                actions = actions.collect::<Vec<_>>().join(", ")
            )
        }
    };
    Cause {
        code: finding.code.to_string(),
        rule: None,
        section: finding.code.to_string(),
        what,
        why: finding.why.clone(),
        fix: finding.fix.text(),
        why_in_english: true,
        fix_in_english: true,
    }
}

/// The portal's own words, and how it was seen and mended where the doctor can say that more exactly.
fn explained(error: &PortalError, seen: Option<(String, String)>) -> Cause {
    let mut cause = Cause::from(error);
    if let Some((why, fix)) = seen {
        (cause.why_in_english, cause.why) = (!why.is_empty(), why);
        if !fix.is_empty() {
            (cause.fix_in_english, cause.fix) = (true, fix);
        }
    }
    cause
}

fn is_token(error: Option<&PortalError>) -> bool {
    error.is_some_and(|error| error.code == ErrorCode::TokenRejected)
}

fn header_rule(error: &PortalError) -> Option<HeaderRule> {
    HeaderRule::ALL.into_iter().find(|rule| error.rule.as_deref() == Some(rule.as_str()) && !RULES.contains(rule))
}

fn token_rule(error: &PortalError) -> Option<TokenRule> {
    TokenRule::ALL.into_iter().find(|rule| error.rule.as_deref() == Some(rule.as_str()))
}

fn part_of(flow: &Flow<'_>, name: &HeaderName) -> Decoded {
    decoded(flow.headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default())
}

fn lengths(token: &Decoded) -> String {
    let lengths: Vec<String> = token.lengths.iter().map(ToString::to_string).collect();
    t!("{count} of {lengths} bytes", count = lengths.len().to_string(), lengths = lengths.join(", "))
}

fn trailing(part: &[u8]) -> usize {
    part.iter().rev().take_while(|byte| **byte == b'=').count()
}

fn described(part: Option<&JsonObject>) -> String {
    let Some(part) = part else { return t!("cannot be read as one").to_owned() };
    tn!(part.members().count(), "an object of {count} member", "an object of {count} members")
}

/// Members that no rule is about.
fn others<'a>(part: Option<&'a JsonObject>, known: &'a [&'a str]) -> impl Iterator<Item = Row> + 'a {
    let members = part.into_iter().flat_map(JsonObject::members);
    members.filter(|(name, _)| !known.contains(name)).map(|(name, value)| Row::new(shown::cautious(name), shown::claim(name, value)))
}
