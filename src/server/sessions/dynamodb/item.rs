//! Items of the table and what they stand for.
//!
//! | `pk` | what | indexes |
//! | --- | --- | --- |
//! | `session#ID` | a session | `by_person`: the subject; `by_day`: day of issue and shard; `by_kind`: `ended` once it was ended |
//! | `block#SUBJECT` | a block; it has no `ttl` | `by_kind`: `block` |
//! | `denied-roles` | ARNs of the roles whose policies hold denies | none |
//! | `refused#DAY` | refused mints of a day, an attribute a code | none |
//! | `person#SUBJECT` | times of a person's last mints, for the limit | none |
//!
//! In every index `order` is the time and a name behind it, so that text sorts as time does.

use crate::model::clock::Timestamp;
use crate::model::error::ErrorCode;
use crate::model::names::{RoleArn, RoleId, SessionId, Subject};
use crate::model::session::{Block, Session, SessionState};
use crate::server::credentials::deny::{DenyCondition, NotACondition, Reach};
use crate::server::sessions::{Denial, NewBlock, NewSession, Refused, StoreError, StoredSession, state_at};
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::{BTreeSet, HashMap};

/// Parts of a day's index entry: writes of one day spread over as many partitions.
pub(super) const SHARDS: u8 = 4;
/// Value of `by_kind` of ended sessions.
pub(super) const ENDED: &str = "ended";
/// Value of `by_kind` of blocks.
pub(super) const BLOCK: &str = "block";
pub(super) const SECONDS_PER_DAY: i64 = 86_400;

/// An item as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(super) fn session_key(id: &SessionId) -> AttributeValue {
    text(format!("session#{id}"))
}

pub(super) fn block_key(subject: &Subject) -> AttributeValue {
    text(format!("block#{subject}"))
}

pub(super) fn person_key(subject: &Subject) -> AttributeValue {
    text(format!("person#{subject}"))
}

/// The sort key of every index.
pub(super) fn order(time: Timestamp, name: &str) -> String {
    format!("{:015}#{name}", time.millis().max(0))
}

/// The number of a day since 1970.
pub(super) fn day(time: Timestamp) -> i64 {
    time.seconds().div_euclid(SECONDS_PER_DAY)
}

/// The hash key of `by_day`.
pub(super) fn day_key(day: i64, shard: u8) -> String {
    format!("{day}#{shard}")
}

/// When the table may delete what expires then and is kept for these days, in seconds.
pub(super) fn time_to_live(expires_at: Timestamp, keep_days: i64) -> i64 {
    expires_at.seconds().saturating_add(keep_days * SECONDS_PER_DAY)
}

/// Text in which `A` to `Z` count as `a` to `z`.
pub(super) fn folded(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// A mint as an item, kept for these days after its expiry. `None` is left out.
pub(super) fn of_mint(mint: &NewSession, keep_days: i64) -> Item {
    let (session, reach) = (&mint.session, mint.reach.as_ref());
    let shard = session.id.as_str().bytes().fold(0_u8, u8::wrapping_add) % SHARDS;
    let always = [
        ("pk", session_key(&session.id)),
        ("by_person", text(session.subject.as_str())),
        ("by_day", text(day_key(day(session.issued_at), shard))),
        ("order", text(order(session.issued_at, session.id.as_str()))),
        ("id", text(session.id.as_str())),
        ("subject", text(session.subject.as_str())),
        ("subject_folded", text(folded(session.subject.as_str()))),
        ("role", text(session.role.as_str())),
        ("strategy", text(session.strategy.as_str())),
        ("access_key_id", text(session.access_key_id.as_str())),
        ("issued_at", number(session.issued_at.millis())),
        ("expires_at", number(session.expires_at.millis())),
        ("state", text(SessionState::Live.as_str())),
        ("ttl", number(time_to_live(session.expires_at, keep_days))),
    ];
    let where_known = [
        ("email", session.email.clone()),
        ("email_folded", session.email.as_deref().map(folded)),
        ("source_ip", session.source_ip.clone()),
        ("user_agent", session.user_agent.clone()),
        ("assumed_role_id", mint.assumed_role_id.clone()),
        ("request_id", mint.request_id.clone()),
        ("role_arn", reach.map(|reach| reach.role_arn.to_string())),
        ("deny_session", reach.and_then(|reach| reach.session.as_ref()).map(ToString::to_string)),
        ("deny_person", reach.and_then(|reach| reach.person.as_ref()).map(ToString::to_string)),
    ];
    let where_known = where_known.into_iter().filter_map(|(name, value)| Some((name, text(value?))));
    always.into_iter().chain(where_known).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A block as an item.
pub(super) fn of_block(block: &NewBlock, email: Option<String>) -> Item {
    let always = [
        ("pk", block_key(&block.subject)),
        ("by_kind", text(BLOCK)),
        ("order", text(order(block.since, block.subject.as_str()))),
        ("subject", text(block.subject.as_str())),
        ("since", number(block.since.millis())),
        ("blocked_by", text(block.by.as_str())),
    ];
    let where_known = [("email", email), ("blocked_by_email", block.by_email.clone())];
    let where_known = where_known.into_iter().filter_map(|(name, value)| Some((name, text(value?))));
    always.into_iter().chain(where_known).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The session of an item.
pub(super) fn session(item: &Item, is_blocked: bool, now: Timestamp) -> Result<StoredSession, StoreError> {
    let expires_at = time(item, "expires_at")?;
    let kept: SessionState = word(item, "state")?;
    let session = Session {
        id: SessionId::parse(required(item, "id")?).map_err(|_| unreadable("id"))?,
        subject: subject(item)?,
        email: optional(item, "email"),
        role: RoleId::parse(required(item, "role")?).map_err(|_| unreadable("role"))?,
        strategy: word(item, "strategy")?,
        access_key_id: required(item, "access_key_id")?.to_owned(),
        issued_at: time(item, "issued_at")?,
        expires_at,
        state: state_at(kept, expires_at, is_blocked, now),
        source_ip: optional(item, "source_ip"),
        user_agent: optional(item, "user_agent"),
        ended_at: time(item, "ended_at").ok(),
        denied_at: time(item, "denied_at").ok(),
    };
    Ok(StoredSession { session, assumed_role_id: optional(item, "assumed_role_id"), reach: reach(item)? })
}

fn reach(item: &Item) -> Result<Option<Reach>, StoreError> {
    let Some(role_arn) = optional(item, "role_arn") else { return Ok(None) };
    let condition = |name| -> Result<Option<DenyCondition>, StoreError> {
        optional(item, name).map(|text| text.parse()).transpose().map_err(|_: NotACondition| unreadable(name))
    };
    let role_arn = RoleArn::parse(role_arn).map_err(|_| unreadable("role_arn"))?;
    Ok(Some(Reach { role_arn, session: condition("deny_session")?, person: condition("deny_person")? }))
}

/// The key of the item of [`denied_roles`].
pub(super) fn denied_roles_key() -> AttributeValue {
    text("denied-roles")
}

/// The attribute of the item of [`denied_roles`].
pub(super) const ARNS: &str = "arns";

/// The roles whose policies hold denies.
pub(super) fn denied_roles(item: &Item) -> Result<BTreeSet<RoleArn>, StoreError> {
    // A set that nothing is in is not there.
    let Some(arns) = item.get(ARNS) else { return Ok(BTreeSet::new()) };
    let arns = arns.as_ss().map_err(|_| unreadable(ARNS))?;
    arns.iter().map(|arn| RoleArn::parse(arn.as_str()).map_err(|_| unreadable(ARNS))).collect()
}

/// What must be denied of a session that was ended or whose person is blocked.
pub(super) fn denial(stored: StoredSession, ended: bool, blocked_since: Option<Timestamp>) -> Denial {
    let StoredSession { session, assumed_role_id, reach } = stored;
    let Session { id, subject, role, strategy, issued_at, expires_at, .. } = session;
    Denial { id, subject, role, strategy, assumed_role_id, reach, issued_at, expires_at, ended, blocked_since }
}

/// The block of an item.
pub(super) fn block(item: &Item) -> Result<Block, StoreError> {
    Ok(Block {
        subject: subject(item)?,
        email: optional(item, "email"),
        since: time(item, "since")?,
        by: optional(item, "blocked_by").and_then(|by| Subject::parse(by).ok()),
        by_email: optional(item, "blocked_by_email"),
        denied_at: time(item, "denied_at").ok(),
    })
}

/// Times of a person's last mints, in milliseconds, and the version of the item.
pub(super) fn recent(item: &Item) -> Result<(Vec<i64>, i64), StoreError> {
    let times = item.get("recent").and_then(|value| value.as_l().ok()).ok_or_else(|| unreadable("recent"))?;
    let times: Option<Vec<i64>> = times.iter().map(|time| time.as_n().ok()?.parse().ok()).collect();
    Ok((times.ok_or_else(|| unreadable("recent"))?, integer(item, "version")?))
}

/// A person's last mints as an item.
pub(super) fn of_recent(subject: &Subject, recent: &[i64], version: i64, now: Timestamp) -> Item {
    let times = recent.iter().map(|time| number(*time)).collect();
    let members = [
        ("pk", person_key(subject)),
        ("recent", AttributeValue::L(times)),
        ("version", number(version)),
        ("ttl", number(now.seconds().saturating_add(SECONDS_PER_DAY))),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(super) fn refused_key(day: i64) -> AttributeValue {
    text(format!("refused#{day}"))
}

/// The refused mints of an item. Its other attributes are no codes.
pub(super) fn refused(item: &Item, day: i64) -> Result<Vec<Refused>, StoreError> {
    let code = |name: &str| serde_json::from_value::<ErrorCode>(serde_json::Value::String(name.to_owned())).ok();
    let count = |(name, code)| Ok(Refused { day, code, mints: u64::try_from(integer(item, name)?).unwrap_or(0) });
    item.keys().filter_map(|name| Some((name.as_str(), code(name)?))).map(count).collect()
}

fn subject(item: &Item) -> Result<Subject, StoreError> {
    Subject::parse(required(item, "subject")?).map_err(|_| unreadable("subject"))
}

fn required<'a>(item: &'a Item, name: &str) -> Result<&'a str, StoreError> {
    item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str).ok_or_else(|| unreadable(name))
}

fn optional(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}

fn integer(item: &Item, name: &str) -> Result<i64, StoreError> {
    item.get(name).and_then(|value| value.as_n().ok()?.parse().ok()).ok_or_else(|| unreadable(name))
}

fn time(item: &Item, name: &str) -> Result<Timestamp, StoreError> {
    integer(item, name).map(Timestamp::from_millis)
}

/// A word of an enumeration, in the spelling of the API.
fn word<T: serde::de::DeserializeOwned>(item: &Item, name: &str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(required(item, name)?.to_owned())).map_err(|_| unreadable(name))
}

fn unreadable(name: &str) -> StoreError {
    StoreError::Failed(format!("an item of the table has no readable {name}"))
}
