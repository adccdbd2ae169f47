//! The thread that writes.

use super::forget_pages;
use crate::model::clock::Timestamp;
use crate::model::names::Subject;
use crate::server::credentials::attempts::{WINDOW_SECONDS, seconds_until_it_leaves};
use crate::server::sessions::{NewSession, Recorded, StoreError};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot};

/// Writes that may wait; more are refused at once.
const QUEUE: usize = 2_048;
/// Writes that share one transaction at most.
const BATCH: usize = 256;

/// The handle to the thread; it ends when the last handle is dropped.
#[derive(Debug)]
pub(super) struct Writer(mpsc::Sender<Command>);

/// Where the answer goes.
type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

enum Command {
    Record(Box<NewSession>, u32, Reply<Recorded>),
    Ready(Reply<()>),
}

/// An answer that may be given only once the transaction is on disk.
enum Pending {
    Record(Result<Recorded, StoreError>, Reply<Recorded>),
    Ready(Result<(), StoreError>, Reply<()>),
}

impl Writer {
    pub(super) fn start(connection: Connection) -> std::io::Result<Self> {
        let (sender, commands) = mpsc::channel(QUEUE);
        std::thread::Builder::new().name("sessions".to_owned()).spawn(move || run(connection, commands))?;
        Ok(Self(sender))
    }

    pub(super) async fn record(&self, mint: NewSession, mints_per_minute: u32) -> Result<Recorded, StoreError> {
        self.ask(|reply| Command::Record(Box::new(mint), mints_per_minute, reply)).await
    }

    pub(super) async fn ready(&self) -> Result<(), StoreError> {
        self.ask(Command::Ready).await
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.0.try_send(command(reply)).map_err(|_| StoreError::Failed("too many writes wait, or the writer has stopped".to_owned()))?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Failed("the writer stopped".to_owned())))
    }
}

fn run(mut connection: Connection, mut commands: mpsc::Receiver<Command>) {
    let mut batch = Vec::with_capacity(BATCH);
    while commands.blocking_recv_many(&mut batch, BATCH) > 0 {
        write(&mut connection, batch.drain(..));
    }
}

/// Writes a batch in one transaction and answers after the commit. A failure answers everything
/// that was in it: nothing of it may count as recorded.
fn write(connection: &mut Connection, batch: impl Iterator<Item = Command>) {
    let mut pending = Vec::new();
    let commands: Vec<_> = batch.collect();
    let committed = (|| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut waiting = commands.into_iter();
        for command in waiting.by_ref() {
            pending.push(match command {
                Command::Record(mint, limit, reply) => Pending::Record(insert(&transaction, &mint, limit).map_err(StoreError::from), reply),
                Command::Ready(reply) => Pending::Ready(touch(&transaction).map_err(StoreError::from), reply),
            });
        }
        transaction.commit()
    })();
    let failure = committed.err().map(|error: rusqlite::Error| error.to_string());
    if let Some(error) = &failure {
        tracing::error!(error, "the session store did not take a transaction");
    }
    let is_failed = |answer: &Pending| matches!(answer, Pending::Record(Err(_), _) | Pending::Ready(Err(_), _));
    if failure.is_some() || pending.iter().any(is_failed) {
        forget_pages(connection);
    }
    for answer in pending {
        match (answer, &failure) {
            (Pending::Record(result, reply), None) => drop(reply.send(result)),
            (Pending::Record(_, reply), Some(failure)) => drop(reply.send(Err(StoreError::Failed(failure.clone())))),
            (Pending::Ready(result, reply), None) => drop(reply.send(result)),
            (Pending::Ready(_, reply), Some(failure)) => drop(reply.send(Err(StoreError::Failed(failure.clone())))),
        }
    }
}

/// Reads what a mint reads, and writes a page that says what it said before: a transaction that writes
/// nothing commits on a full disk too, and SQLite leaves a row alone that would not change.
fn touch(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM sessions), EXISTS (SELECT 1 FROM blocks)")?.query_row([], |_| Ok(()))?;
    connection.pragma_update(None, "user_version", 0)
}

/// "Insert unless blocked or over the limit", as one statement.
fn insert(connection: &Connection, mint: &NewSession, limit: u32) -> Result<Recorded, rusqlite::Error> {
    let session = &mint.session;
    let inserted = connection
        .prepare_cached(
            "INSERT INTO sessions (id, subject, email, role, strategy, access_key_id, issued_at, expires_at, state, source_ip, user_agent, assumed_role_id, request_id)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'live', ?9, ?10, ?11, ?12
             WHERE NOT EXISTS (SELECT 1 FROM blocks WHERE subject = ?2)
               AND (SELECT count(*) FROM sessions WHERE subject = ?2 AND issued_at BETWEEN ?13 AND ?14) < ?15",
        )?
        .execute(params![
            session.id.as_str(),
            session.subject.as_str(),
            session.email,
            session.role.as_str(),
            session.strategy.as_str(),
            session.access_key_id,
            session.issued_at.millis(),
            session.expires_at.millis(),
            session.source_ip,
            session.user_agent,
            mint.assumed_role_id,
            mint.request_id,
            window_start(session.issued_at),
            window_end(session.issued_at),
            limit,
        ])?;
    if inserted == 1 { Ok(Recorded::Kept) } else { admission(connection, &session.subject, limit, session.issued_at) }
}

/// What stands in the way of a mint, if anything.
pub(super) fn admission(connection: &Connection, subject: &Subject, limit: u32, now: Timestamp) -> Result<Recorded, rusqlite::Error> {
    let blocked = connection
        .prepare_cached("SELECT 1 FROM blocks WHERE subject = ?1")?
        .query_row([subject.as_str()], |_| Ok(()))
        .optional()?
        .is_some();
    if blocked {
        return Ok(Recorded::Blocked);
    }
    if limit == 0 {
        return Ok(Recorded::RateLimited { retry_after: seconds_until_it_leaves(now, now) });
    }
    // The mint whose leaving the window brings the count below the limit: the limit-th newest.
    let in_the_way: Option<i64> = connection
        .prepare_cached(
            "SELECT issued_at FROM sessions WHERE subject = ?1 AND issued_at BETWEEN ?2 AND ?3
             ORDER BY issued_at DESC, id DESC LIMIT 1 OFFSET ?4",
        )?
        .query_row(params![subject.as_str(), window_start(now), window_end(now), limit - 1], |row| row.get(0))
        .optional()?;
    Ok(in_the_way.map_or(Recorded::Kept, |issued_at| Recorded::RateLimited {
        retry_after: seconds_until_it_leaves(Timestamp::from_millis(issued_at), now),
    }))
}

fn window_start(now: Timestamp) -> i64 {
    now.plus_seconds(-WINDOW_SECONDS).plus_millis(1).millis()
}

/// Mints that arrive together are written in any order, so later ones count too; those far in the
/// future are of a clock that has stepped back since, and would lock the person out.
fn window_end(now: Timestamp) -> i64 {
    now.plus_seconds(WINDOW_SECONDS).millis()
}
