//! What the portal does without being asked: it enforces ends, writes down how many mints it refused, and
//! forgets old sessions.

use super::portal::Portal;
use super::revocation::reconciler::Reconciler;
use std::sync::Arc;
use std::time::Duration;

const BETWEEN_SWEEPS: Duration = Duration::from_secs(3_600);
/// Between two deletions of one sweep, so that mints are not held up.
const BREATH: Duration = Duration::from_millis(50);
const SECONDS_PER_DAY: i64 = 86_400;

/// Works until it is dropped.
pub async fn run(portal: Arc<Portal>) {
    let enforcing = async {
        match portal.role_policies() {
            Some(policies) => Reconciler::new(Arc::clone(&portal), policies).run().await,
            None => std::future::pending().await,
        }
    };
    tokio::join!(enforcing, forgetting(&portal), portal.keep_writing_refusals());
}

async fn forgetting(portal: &Portal) {
    loop {
        let before = portal.now().plus_seconds(-i64::from(portal.config().sessions.keep_days) * SECONDS_PER_DAY);
        loop {
            match portal.store().forget_expired(before).await {
                Ok(true) => tokio::time::sleep(BREATH).await,
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(%error, "old sessions could not be forgotten");
                    break;
                }
            }
        }
        tokio::time::sleep(BETWEEN_SWEEPS).await;
    }
}
