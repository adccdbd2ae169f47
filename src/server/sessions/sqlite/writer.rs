//! The thread that writes: everything that waits goes into one transaction.

use super::super::StoreError;
use super::checkpoints::Checkpoints;
use super::standing::Standing;
use rusqlite::{Connection, TransactionBehavior};
use std::io::ErrorKind;
use tokio::sync::{mpsc, oneshot};

/// Writes that may wait; more are refused at once.
const QUEUE: usize = 2_048;
/// Writes that share one transaction at most.
const BATCH: usize = 256;

/// The handle to the thread; it ends when the last handle is dropped.
#[derive(Debug)]
pub(super) struct Writer(mpsc::Sender<Job>);

/// How much of a commit must be over before its answer is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// It survives the end of the process (`synchronous = NORMAL`).
    Process,
    /// It survives the end of the machine (`synchronous = FULL`).
    Machine,
}

/// One write, to be run inside of a transaction. What it gives back is called when the outcome of
/// the transaction is known, with the failure if there was one.
struct Job {
    durability: Durability,
    run: Box<dyn FnOnce(&Connection) -> Answer + Send>,
}

/// An answer that may be given only when the transaction is over.
struct Answer {
    is_failed: bool,
    give: Give,
}

/// Answers, with the failure of the transaction if it failed.
type Give = Box<dyn FnOnce(Option<&str>) + Send>;

impl Writer {
    pub(super) fn start(connection: Connection, standing: Standing, checkpoints: Checkpoints) -> std::io::Result<Self> {
        let (sender, jobs) = mpsc::channel(QUEUE);
        std::thread::Builder::new().name("sessions".to_owned()).spawn(move || run(connection, standing, jobs, &checkpoints))?;
        Ok(Self(sender))
    }

    /// Runs `work` in a transaction with others' and gives its result once that is committed.
    /// An error of `work` alone does not undo what it wrote before: work that fails may be done in part.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let run = move |connection: &Connection| -> Answer {
            let result = work(connection);
            let is_failed = result.is_err();
            let give = move |failure: Option<&str>| {
                let result = failure.map_or(result, |failure| Err(StoreError::Failed(failure.to_owned())));
                // Whoever asked may have given up.
                drop(reply.send(result));
            };
            Answer { is_failed, give: Box::new(give) }
        };
        let job = Job { durability, run: Box::new(run) };
        self.0.try_send(job).map_err(|_| StoreError::Failed("too many writes wait, or the writer has stopped".to_owned()))?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Failed("the database did not take the write".to_owned())))
    }
}

fn run(mut connection: Connection, mut standing: Standing, mut jobs: mpsc::Receiver<Job>, checkpoints: &Checkpoints) {
    let mut batch = Vec::with_capacity(BATCH);
    while jobs.blocking_recv_many(&mut batch, BATCH) > 0 {
        write(&mut connection, &mut standing, std::mem::replace(&mut batch, Vec::with_capacity(BATCH)));
        checkpoints.due();
    }
}

/// Writes a batch in one transaction and answers after the commit. A failure answers everything
/// that was in it: nothing of it may count as written. What was not reached is dropped, and hears
/// that too.
fn write(connection: &mut Connection, standing: &mut Standing, batch: Vec<Job>) {
    let mut answers = Vec::with_capacity(batch.len());
    let committed = match standing.check() {
        Ok(()) => commit(connection, batch, &mut answers).map_err(|error| cause(connection, &error)),
        Err(moved) => Err(moved.to_string()),
    };
    let failure = committed.err();
    if let Some(error) = &failure {
        tracing::error!(error, "the session store did not take a transaction");
    }
    if failure.is_some() || answers.iter().any(|answer| answer.is_failed) {
        super::forget_pages(connection);
    }
    for answer in answers {
        (answer.give)(failure.as_deref());
    }
}

/// What SQLite says, and, where the system does not let one of its files be written, which and why: by
/// itself SQLite says "disk I/O error" to that.
fn cause(connection: &Connection, error: &rusqlite::Error) -> String {
    let refused = |file: &str| {
        let outcome = std::fs::OpenOptions::new().write(true).open(file);
        outcome.err().filter(|refusal| refusal.kind() != ErrorKind::NotFound).map(|refusal| format!("{error}; {file}: {refusal}"))
    };
    let files = |path: &str| ["", "-wal", "-shm"].map(|ending| format!("{path}{ending}"));
    connection.path().and_then(|path| files(path).iter().find_map(|file| refused(file))).unwrap_or_else(|| error.to_string())
}

fn commit(connection: &mut Connection, batch: Vec<Job>, answers: &mut Vec<Answer>) -> Result<(), rusqlite::Error> {
    let for_good = batch.iter().any(|job| job.durability == Durability::Machine);
    // It cannot be changed within a transaction.
    connection.pragma_update(None, "synchronous", if for_good { "FULL" } else { "NORMAL" })?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for job in batch {
        answers.push((job.run)(&transaction));
        // A full disk rolls the whole transaction back, and the next statement would be one of its own.
        if transaction.is_autocommit() {
            break;
        }
    }
    transaction.commit()
}
