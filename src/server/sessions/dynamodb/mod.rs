//! The store for several portals: one DynamoDB table.
//!
//! What decides whether credentials may leave is asked of the table itself, with consistent reads and
//! conditional writes; it holds across processes. Lists and figures come from indexes, which follow
//! within moments. Expired sessions are deleted by the table's time to live, late, and are never
//! taken for live meanwhile; a block has none. `docs/sessions.md` says how the table is made.

mod item;
mod list;
mod mint;
mod search;
#[cfg(test)]
mod tests;

use super::cursor::Cursor;
use super::{
    BLOCKS, Denial, DenyWritten, Figures, NewBlock, NewSession, Recorded, Refused, SessionStore, StoreError, StoredSession, end_of,
};
use crate::model::clock::Timestamp;
use crate::model::names::{RoleArn, SessionId, Subject};
use crate::model::session::{Block, Enforced, SessionFilter, SessionPage, SessionState};
use crate::server::own_identity::{self, OwnClient, OwnIdentity};
use crate::server::service_error::ServiceError;
use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use item::{ENDED, Item, block_key, number, session_key, text};
use search::Search;
use std::collections::BTreeSet;
use url::Url;

/// A store in one table.
#[derive(Debug)]
pub struct DynamoDbStore {
    table: String,
    keep_days: i64,
    client: OwnClient<Client>,
}

impl DynamoDbStore {
    /// A table of the identity's region, or at `endpoint`, in which sessions are kept for `keep_days` after
    /// their expiry. Nothing is sent, and no identity is looked for, before the first call.
    #[must_use]
    pub fn new(table: String, keep_days: u16, identity: &OwnIdentity, endpoint: Option<Url>) -> Self {
        let make = move |settings: &_| {
            let mut settings = aws_sdk_dynamodb::config::Builder::from(settings);
            if let Some(endpoint) = &endpoint {
                settings = settings.endpoint_url(own_identity::endpoint(endpoint));
            }
            Client::from_conf(settings.build())
        };
        Self { table, keep_days: keep_days.into(), client: OwnClient::of(identity, make) }
    }

    /// A table through a client that knows its address and has an identity.
    #[must_use]
    pub fn with_client(table: String, keep_days: u16, client: Client) -> Self {
        Self { table, keep_days: keep_days.into(), client: OwnClient::made(client) }
    }

    fn table(&self) -> &str {
        &self.table
    }

    async fn client(&self) -> &Client {
        self.client.get().await
    }

    /// DynamoDB's code, or what went wrong on the way. Its words are left out: those about a signature
    /// repeat the request, session token included.
    fn failed<E: ProvideErrorMetadata>(&self, error: &SdkError<E, HttpResponse>) -> StoreError {
        StoreError::Failed(format!("DynamoDB: {}", ServiceError::of(error).withholding(&self.client.secrets())))
    }

    /// A write whose condition does not hold has nothing to do.
    fn unless_condition<T, E: ProvideErrorMetadata>(&self, outcome: Result<T, SdkError<E, HttpResponse>>) -> Result<(), StoreError> {
        match outcome {
            Ok(_) => Ok(()),
            Err(error) if is_condition(&error) => Ok(()),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// An item of the table as it is now.
    async fn get(&self, key: AttributeValue) -> Result<Option<Item>, StoreError> {
        let answer = self.client().await.get_item().table_name(&self.table).key("pk", key).consistent_read(true).send().await;
        Ok(answer.map_err(|error| self.failed(&error))?.item)
    }
}

#[async_trait]
impl SessionStore for DynamoDbStore {
    async fn record(&self, mint: NewSession, mints_per_minute: u32) -> Result<Recorded, StoreError> {
        tokio::time::timeout(own_identity::DEADLINE, self.insert(&mint, mints_per_minute))
            .await
            .unwrap_or_else(|_| Err(StoreError::Failed("DynamoDB did not confirm the record in time".to_owned())))
    }

    async fn admits(&self, subject: &Subject, mints_per_minute: u32, now: Timestamp) -> Result<Recorded, StoreError> {
        self.admission(subject, mints_per_minute, now).await
    }

    async fn of_subject(&self, subject: &Subject, cursor: Option<&str>, now: Timestamp) -> Result<SessionPage, StoreError> {
        let cursor = cursor.map(Cursor::decode).transpose()?;
        self.page_of_subject(subject, cursor.as_ref(), now).await
    }

    async fn list(&self, filter: &SessionFilter, cursor: Option<&str>, now: Timestamp) -> Result<SessionPage, StoreError> {
        let cursor = cursor.map(Cursor::decode).transpose()?;
        self.page(filter, cursor.as_ref(), now).await
    }

    async fn find(&self, id: &SessionId, now: Timestamp) -> Result<Option<StoredSession>, StoreError> {
        let Some(item) = self.get(session_key(id)).await? else { return Ok(None) };
        let stored = item::session(&item, false, now)?;
        let is_blocked = self.get(block_key(&stored.session.subject)).await?.is_some();
        item::session(&item, is_blocked, now).map(Some)
    }

    async fn unexpired_of(&self, subject: &Subject, now: Timestamp) -> Result<Vec<StoredSession>, StoreError> {
        let is_blocked = self.get(block_key(subject)).await?.is_some();
        self.unexpired(subject, is_blocked, now).await
    }

    async fn end(&self, id: &SessionId, by: &Subject, enforced: Enforced, now: Timestamp) -> Result<Option<StoredSession>, StoreError> {
        let Some(end) = end_of(SessionState::Live, enforced) else { return self.find(id, now).await };
        let update = self
            .client()
            .await
            .update_item()
            .table_name(&self.table)
            .key("pk", session_key(id))
            .condition_expression("attribute_exists(pk) AND #state = :live AND expires_at > :now")
            .update_expression("SET #state = :end, ended_at = :now, ended_by = :by, by_kind = :ended")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":live", text(SessionState::Live.as_str()))
            .expression_attribute_values(":end", text(end.as_str()))
            .expression_attribute_values(":now", number(now.millis()))
            .expression_attribute_values(":by", text(by.as_str()))
            .expression_attribute_values(":ended", text(ENDED));
        match update.return_values(ReturnValue::AllNew).send().await {
            Ok(answer) => answer.attributes().map(|item| item::session(item, false, now)).transpose(),
            Err(error) if is_condition(&error) => self.find(id, now).await,
            Err(error) => Err(self.failed(&error)),
        }
    }

    async fn block(&self, block: NewBlock) -> Result<Block, StoreError> {
        let newest = Search::of("by_person", block.subject.as_str());
        // An address for display is not worth failing for.
        let email = newest.run(self, 1, |item| Ok(Some(item::session(item, false, block.since)?.session.email))).await;
        let email = email.unwrap_or_default().into_iter().next().flatten();
        let put = self
            .client()
            .await
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item::of_block(&block, email)))
            .condition_expression("attribute_not_exists(pk)");
        match put.send().await {
            Ok(_) => {}
            Err(error) if is_condition(&error) => {}
            Err(error) => return Err(self.failed(&error)),
        }
        let item = self.get(block_key(&block.subject)).await?;
        item::block(&item.ok_or_else(|| StoreError::Failed("the block was lifted at the same time".to_owned()))?)
    }

    async fn lift(&self, subject: &Subject) -> Result<Option<Block>, StoreError> {
        let delete = self.client().await.delete_item().table_name(&self.table).key("pk", block_key(subject));
        let answer = delete.return_values(ReturnValue::AllOld).send().await.map_err(|error| self.failed(&error))?;
        answer.attributes().filter(|item| !item.is_empty()).map(item::block).transpose()
    }

    async fn blocks(&self) -> Result<Vec<Block>, StoreError> {
        Search::of("by_kind", item::BLOCK).run(self, BLOCKS, |item| item::block(item).map(Some)).await
    }

    async fn to_deny(&self, now: Timestamp) -> Result<Vec<Denial>, StoreError> {
        self.denials(now).await
    }

    async fn denied(&self, written: DenyWritten) -> Result<(), StoreError> {
        let at = number(written.at.millis());
        let client = self.client().await;
        for id in &written.sessions {
            let update = client
                .update_item()
                .table_name(&self.table)
                .key("pk", session_key(id))
                .condition_expression("attribute_exists(pk) AND #state <> :live AND attribute_not_exists(denied_at)")
                .update_expression("SET #state = :ended, denied_at = :at")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":live", text(SessionState::Live.as_str()))
                .expression_attribute_values(":ended", text(SessionState::Ended.as_str()))
                .expression_attribute_values(":at", at.clone());
            self.unless_condition(update.send().await)?;
        }
        for (subject, since) in &written.people {
            let update = client
                .update_item()
                .table_name(&self.table)
                .key("pk", block_key(subject))
                .condition_expression("since = :since AND attribute_not_exists(denied_at)")
                .update_expression("SET denied_at = :at")
                .expression_attribute_values(":since", number(since.millis()))
                .expression_attribute_values(":at", at.clone());
            self.unless_condition(update.send().await)?;
        }
        Ok(())
    }

    async fn denied_roles(&self) -> Result<BTreeSet<RoleArn>, StoreError> {
        self.get(item::denied_roles_key()).await?.as_ref().map_or_else(|| Ok(BTreeSet::new()), item::denied_roles)
    }

    async fn mark_role(&self, role: &RoleArn, holds_denies: bool) -> Result<(), StoreError> {
        let update = self
            .client()
            .await
            .update_item()
            .table_name(&self.table)
            .key("pk", item::denied_roles_key())
            .update_expression(if holds_denies { "ADD #arns :role" } else { "DELETE #arns :role" })
            .expression_attribute_names("#arns", item::ARNS)
            .expression_attribute_values(":role", AttributeValue::Ss(vec![role.to_string()]));
        update.send().await.map(drop).map_err(|error| self.failed(&error))
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        self.totals(now).await
    }

    /// An update a day. One that AWS took and did not confirm in time is counted twice by the SDK's next
    /// attempt: these are figures, not records.
    async fn add_refused(&self, refused: &[Refused]) -> Result<(), StoreError> {
        let days: BTreeSet<i64> = refused.iter().map(|refused| refused.day).collect();
        for day in days {
            let mut update = self
                .client()
                .await
                .update_item()
                .table_name(&self.table)
                .key("pk", item::refused_key(day))
                .expression_attribute_names("#ttl", "ttl");
            let mut sums = Vec::new();
            for Refused { code, mints, .. } in refused.iter().filter(|refused| refused.day == day) {
                let code = code.as_str();
                update = update
                    .expression_attribute_names(format!("#{code}"), code)
                    .expression_attribute_values(format!(":{code}"), number(i64::try_from(*mints).unwrap_or(i64::MAX)));
                sums.push(format!("#{code} :{code}"));
            }
            let end = Timestamp::from_seconds(day.saturating_add(1).saturating_mul(item::SECONDS_PER_DAY));
            let update = update
                .update_expression(format!("SET #ttl = :ttl ADD {}", sums.join(", ")))
                .expression_attribute_values(":ttl", number(item::time_to_live(end, self.keep_days)));
            update.send().await.map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    async fn refused_on(&self, day: i64) -> Result<Vec<Refused>, StoreError> {
        self.get(item::refused_key(day)).await?.map_or_else(|| Ok(Vec::new()), |item| item::refused(&item, day))
    }

    /// The table's time to live does it.
    async fn forget_expired(&self, _before: Timestamp) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.get(text("ready")).await.map(drop)
    }
}

fn is_condition<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.as_service_error().is_some_and(|error| error.code() == Some("ConditionalCheckFailedException"))
}
