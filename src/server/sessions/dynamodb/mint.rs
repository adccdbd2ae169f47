//! Recording a mint: "insert unless blocked or over the limit", as one transaction.
//!
//! The transaction holds the block's absence, the new session, and the person's list of recent mints
//! as it was read, one version later. Two processes that mint for one person at the same time meet at
//! that list: one of them reads it again.

use super::DynamoDbStore;
use super::item::{self, Item, number};
use crate::model::clock::Timestamp;
use crate::model::names::Subject;
use crate::server::credentials::attempts::seconds_until_it_leaves;
use crate::server::sessions::{NewSession, Recorded, StoreError, window};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{ConditionCheck, Put, TransactWriteItem};
use std::time::Duration;

/// Tries when others write the same person's list.
const TRIES: u32 = 60;
/// Longest pause between two tries, in milliseconds.
const LONGEST_PAUSE: u64 = 100;

/// What the table has on a person who wants to mint.
pub(super) struct Person {
    is_blocked: bool,
    recent: Vec<i64>,
    /// Of the list of recent mints; `None` when there is none.
    version: Option<i64>,
}

/// How a transaction ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Kept,
    Blocked,
    /// Somebody else has written the same items.
    Again,
}

impl DynamoDbStore {
    pub(super) async fn insert(&self, mint: &NewSession, limit: u32) -> Result<Recorded, StoreError> {
        let (subject, now) = (&mint.session.subject, mint.session.issued_at);
        // Sessions' ids are random, and so are the pauses that come from them.
        for (attempt, chance) in (0..TRIES).zip(mint.session.id.as_str().bytes().cycle()) {
            let person = self.person(subject).await?;
            match person.admission(limit, now) {
                Recorded::Kept => {}
                refused => return Ok(refused),
            }
            match self.transact(mint, &person).await? {
                Outcome::Kept => return Ok(Recorded::Kept),
                Outcome::Blocked => return Ok(Recorded::Blocked),
                Outcome::Again => {
                    let pause = (u64::from(chance % 32) + 1) * u64::from(attempt + 1);
                    tokio::time::sleep(Duration::from_millis(pause.min(LONGEST_PAUSE))).await;
                }
            }
        }
        Err(StoreError::Failed("too many mints of one person at once".to_owned()))
    }

    pub(super) async fn admission(&self, subject: &Subject, limit: u32, now: Timestamp) -> Result<Recorded, StoreError> {
        Ok(self.person(subject).await?.admission(limit, now))
    }

    pub(super) async fn person(&self, subject: &Subject) -> Result<Person, StoreError> {
        let (block, recent) = futures::try_join!(self.get(item::block_key(subject)), self.get(item::person_key(subject)))?;
        let (recent, version) = match recent.as_ref().map(item::recent).transpose()? {
            Some((recent, version)) => (recent, Some(version)),
            None => (Vec::new(), None),
        };
        Ok(Person { is_blocked: block.is_some(), recent, version })
    }

    pub(super) async fn transact(&self, mint: &NewSession, person: &Person) -> Result<Outcome, StoreError> {
        let (subject, now) = (&mint.session.subject, mint.session.issued_at);
        let absent = "attribute_not_exists(pk)";
        let unblocked = ConditionCheck::builder().table_name(self.table()).key("pk", item::block_key(subject)).condition_expression(absent);
        let session = self.put(item::of_mint(mint, self.keep_days)).condition_expression(absent);
        let start = *window(now).start();
        let recent: Vec<i64> = person.recent.iter().copied().filter(|at| *at >= start).chain([now.millis()]).collect();
        let recent = self.put(item::of_recent(subject, &recent, person.version.map_or(1, |version| version.wrapping_add(1)), now));
        let recent = match person.version {
            None => recent.condition_expression(absent),
            Some(version) => recent
                .condition_expression("#version = :version")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":version", number(version)),
        };
        let incomplete = |error: aws_sdk_dynamodb::error::BuildError| StoreError::Failed(error.to_string());
        let writes = [
            TransactWriteItem::builder().condition_check(unblocked.build().map_err(incomplete)?).build(),
            TransactWriteItem::builder().put(session.build().map_err(incomplete)?).build(),
            TransactWriteItem::builder().put(recent.build().map_err(incomplete)?).build(),
        ];
        let sent = self.client().await.transact_write_items().set_transact_items(Some(writes.to_vec())).send().await;
        let Err(error) = sent else { return Ok(Outcome::Kept) };
        let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) = error.as_service_error() else {
            return Err(self.failed(&error));
        };
        let mut codes = canceled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None"));
        let (block, session, recent) = (codes.next(), codes.next(), codes.next());
        const BROKEN: Option<&str> = Some("ConditionalCheckFailed");
        const CONFLICT: Option<&str> = Some("TransactionConflict");
        match (block, session, recent) {
            (BROKEN, _, _) => Ok(Outcome::Blocked),
            (_, BROKEN, _) => Err(StoreError::Failed("a session of this id is there already".to_owned())),
            (_, _, BROKEN | CONFLICT) | (CONFLICT, _, _) | (_, CONFLICT, _) => Ok(Outcome::Again),
            _ => Err(self.failed(&error)),
        }
    }

    fn put(&self, item: Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder().table_name(self.table()).set_item(Some(item))
    }
}

impl Person {
    /// What stands in the way of a mint, if anything.
    fn admission(&self, limit: u32, now: Timestamp) -> Recorded {
        if self.is_blocked {
            return Recorded::Blocked;
        }
        let window = window(now);
        let mut counting: Vec<i64> = self.recent.iter().copied().filter(|at| window.contains(at)).collect();
        counting.sort_unstable_by(|one, other| other.cmp(one));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if counting.len() < limit {
            return Recorded::Kept;
        }
        // The mint whose leaving the window brings the count below the limit: the limit-th newest.
        let in_the_way = limit.checked_sub(1).and_then(|at| counting.get(at)).map_or(now, |at| Timestamp::from_millis(*at));
        Recorded::RateLimited { retry_after: seconds_until_it_leaves(in_the_way, now) }
    }
}
