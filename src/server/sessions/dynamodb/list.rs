//! Lists and figures, through the indexes.

use super::DynamoDbStore;
use super::item::{self, ENDED, SECONDS_PER_DAY, SHARDS, day, day_key, denial, folded, order, text};
use super::search::Search;
use crate::model::clock::Timestamp;
use crate::model::names::{SessionId, Subject};
use crate::model::session::{EXPIRY_BAR_SECONDS, ExpiryBar, Session, SessionFilter, SessionPage, SessionState};
use crate::server::sessions::cursor::Cursor;
use crate::server::sessions::{Denial, Figures, LONGEST_LIFE_SECONDS, PAGE, StoreError, StoredSession};
use futures::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Searches for different people's sessions that run at once.
const AT_ONCE: usize = 8;

impl DynamoDbStore {
    pub(super) async fn page_of_subject(
        &self,
        subject: &Subject,
        after: Option<&Cursor>,
        now: Timestamp,
    ) -> Result<SessionPage, StoreError> {
        let is_blocked = self.get(item::block_key(subject)).await?.is_some();
        let search = Search::of("by_person", subject.as_str()).before(after.map(order_of));
        let sessions = search.run(self, PAGE + 1, |item| Ok(Some(item::session(item, is_blocked, now)?.session))).await?;
        Ok(page_of(sessions))
    }

    /// Days from the newest to the oldest, each in its shards, until a page is full.
    pub(super) async fn page(&self, filter: &SessionFilter, after: Option<&Cursor>, now: Timestamp) -> Result<SessionPage, StoreError> {
        let blocked = self.blocked().await?;
        let oldest = match filter.state {
            Some(SessionState::Live | SessionState::Blocked | SessionState::Ending) => now.plus_seconds(-LONGEST_LIFE_SECONDS),
            _ => now.plus_seconds(-LONGEST_LIFE_SECONDS - self.keep_days * SECONDS_PER_DAY),
        };
        // Another portal's clock may be ahead of ours.
        let newest = after.map_or(now.plus_seconds(LONGEST_LIFE_SECONDS), |cursor| cursor.issued_at);
        let mut sessions: Vec<Session> = Vec::new();
        for day in (day(oldest)..=day(newest)).rev() {
            let shards = (0..SHARDS).map(|shard| self.of_shard(day_key(day, shard), filter, after, &blocked, now));
            let mut of_day: Vec<Session> = try_join_all(shards).await?.into_iter().flatten().collect();
            of_day.sort_by(|one, other| (other.issued_at, &other.id).cmp(&(one.issued_at, &one.id)));
            sessions.append(&mut of_day);
            if sessions.len() > PAGE {
                break;
            }
        }
        Ok(page_of(sessions))
    }

    async fn of_shard(
        &self,
        key: String,
        filter: &SessionFilter,
        after: Option<&Cursor>,
        blocked: &HashMap<Subject, Timestamp>,
        now: Timestamp,
    ) -> Result<Vec<Session>, StoreError> {
        let mut search = Search::of("by_day", key).before(after.map(order_of));
        if let Some(role) = &filter.role {
            search = search.filter("#role = :role", [(":role", text(role.as_str()))]);
        }
        if let Some(user) = filter.user.as_deref().filter(|user| !user.is_empty()) {
            let condition = "(begins_with(#subject_folded, :user) OR begins_with(#email_folded, :user))";
            search = search.filter(condition, [(":user", text(folded(user)))]);
        }
        let wanted = |session: &Session| filter.state.is_none_or(|state| session.state == state);
        search
            .run(self, PAGE + 1, |item| {
                let session = item::session(item, false, now)?.session;
                let session = match session.state {
                    SessionState::Live if blocked.contains_key(&session.subject) => Session { state: SessionState::Blocked, ..session },
                    _ => session,
                };
                Ok(wanted(&session).then_some(session))
            })
            .await
    }

    pub(super) async fn unexpired(&self, subject: &Subject, is_blocked: bool, now: Timestamp) -> Result<Vec<StoredSession>, StoreError> {
        let since = order(now.plus_seconds(-LONGEST_LIFE_SECONDS), "");
        let search = Search::of("by_person", subject.as_str()).from(since).unexpired(now);
        search.run(self, usize::MAX, |item| item::session(item, is_blocked, now).map(Some)).await
    }

    /// Everybody who is blocked, with the beginning of the block.
    pub(super) async fn blocked(&self) -> Result<HashMap<Subject, Timestamp>, StoreError> {
        let blocks = Search::of("by_kind", item::BLOCK).run(self, usize::MAX, |item| item::block(item).map(Some)).await?;
        Ok(blocks.into_iter().map(|block| (block.subject, block.since)).collect())
    }

    pub(super) async fn denials(&self, now: Timestamp) -> Result<Vec<Denial>, StoreError> {
        let blocked = self.blocked().await?;
        let earliest = now.plus_seconds(-LONGEST_LIFE_SECONDS);
        let search = Search::of("by_kind", ENDED).from(order(earliest, "")).unexpired(now);
        let ended = search.run(self, usize::MAX, |item| item::session(item, false, now).map(Some)).await?;
        let mut denials: Vec<Denial> = ended
            .into_iter()
            .map(|stored| {
                let since = blocked.get(&stored.session.subject).copied();
                denial(stored, true, since)
            })
            .collect();
        // Whatever a person had out when they were blocked longer ago has expired.
        let people: Vec<(Subject, Timestamp)> = blocked.into_iter().filter(|(_, since)| *since >= earliest).collect();
        for some in people.chunks(AT_ONCE) {
            let searches = some.iter().map(|(subject, since)| self.denials_of(subject, *since, now));
            denials.extend(try_join_all(searches).await?.into_iter().flatten());
        }
        Ok(denials)
    }

    async fn denials_of(&self, subject: &Subject, since: Timestamp, now: Timestamp) -> Result<Vec<Denial>, StoreError> {
        let sessions = self.unexpired(subject, true, now).await?;
        let blocked = sessions.into_iter().filter(|stored| stored.session.state == SessionState::Blocked);
        Ok(blocked.map(|stored| denial(stored, false, Some(since))).collect())
    }

    pub(super) async fn totals(&self, now: Timestamp) -> Result<Figures, StoreError> {
        let blocked = self.blocked().await?;
        let days = day(now.plus_seconds(-LONGEST_LIFE_SECONDS))..=day(now);
        let searches = days.flat_map(|day| (0..SHARDS).map(move |shard| day_key(day, shard))).map(|key| {
            let search = Search::of("by_day", key).unexpired(now);
            search.run(self, usize::MAX, |item| Ok(Some(item::session(item, false, now)?.session)))
        });
        let sessions: Vec<Session> = try_join_all(searches).await?.into_iter().flatten().collect();
        let ending = sessions.iter().filter(|session| session.state == SessionState::Ending).count();
        let live: Vec<&Session> =
            sessions.iter().filter(|session| session.state == SessionState::Live && !blocked.contains_key(&session.subject)).collect();
        let mut bars: BTreeMap<i64, u64> = BTreeMap::new();
        for session in &live {
            *bars.entry(session.expires_at.seconds().div_euclid(EXPIRY_BAR_SECONDS)).or_default() += 1;
        }
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let bar = |(number, sessions)| ExpiryBar { from: Timestamp::from_seconds(number * EXPIRY_BAR_SECONDS), sessions };
        let soon = now.plus_seconds(3_600);
        Ok(Figures {
            sessions: count(live.len()),
            people: count(live.iter().map(|session| &session.subject).collect::<BTreeSet<_>>().len()),
            within_hour: count(live.iter().filter(|session| session.expires_at <= soon).count()),
            ending: count(ending),
            expiries: bars.into_iter().map(bar).collect(),
        })
    }
}

fn order_of(cursor: &Cursor) -> String {
    order(cursor.issued_at, cursor.id.as_str())
}

fn page_of(mut sessions: Vec<Session>) -> SessionPage {
    let more = sessions.len() > PAGE;
    sessions.truncate(PAGE);
    let cursor = |last: &Session| Cursor { issued_at: last.issued_at, id: SessionId::clone(&last.id) }.encode();
    let next = sessions.last().filter(|_| more).map(cursor);
    SessionPage { sessions, next }
}
