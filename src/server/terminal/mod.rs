//! `vestibule credential-process`: credentials for a terminal, by way of the person's browser.
//!
//! Nothing mints without the balancer's headers, and those are the browser's. So this opens the portal's page `/cli` there and
//! listens on loopback for what the page seals for it. It holds nothing between two runs but what `--cache` keeps.

mod answer;
mod cache;
mod inbox;
mod opener;
mod pasted;
mod portal;
mod voice;

pub use portal::PortalUrl;
pub use voice::Voice;

use crate::model::clock::Clock;
use crate::model::credentials::Credentials;
use crate::model::names::RoleId;
use crate::server::http::answering::Answering;
use crate::server::http::connection::{self, Limits};
use crate::terminal::{Asked, LISTENER, OwnKey, SECRET, STATE};
use cache::Cache;
use inbox::Inbox;
use opener::{Opener, Variables};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// How long the command waits for an answer.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long the browser's last request may take to finish once the answer is there.
const DRAIN: Duration = Duration::from_secs(2);

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The portal.
    pub portal: PortalUrl,
    /// The role's id.
    pub role: RoleId,
    /// Whether a browser is opened here.
    pub browser: bool,
    /// Whether credentials are kept for the next run.
    pub cache: bool,
}

/// Why there are no credentials.
#[derive(Debug, Error)]
pub enum Unanswered {
    /// Nobody answered.
    #[error("Nobody has answered for {} minutes. Run the command again, and go on in the browser when its page opens", PATIENCE.as_secs() / 60)]
    TimedOut,
    /// Something on this machine calls again and again.
    #[error(
        "{0} wrong requests came to this command's port, so it listens no longer. Close what sends them (a page in the browser, perhaps), and run the command again"
    )]
    Besieged(u32),
    /// The port cannot be listened on.
    #[error("127.0.0.1 cannot be listened on: {0}")]
    NoPort(std::io::Error),
    /// The system gives no random bytes.
    #[error("The operating system gives no random bytes, so there is no key to seal for")]
    NoRandomness,
}

/// Gets credentials: kept ones, or by way of the browser.
///
/// # Errors
/// [`Unanswered`].
pub async fn credentials(
    wanted: &Wanted,
    variables: impl Iterator<Item = (String, String)>,
    clock: &dyn Clock,
    voice: &Voice,
) -> Result<Credentials, Unanswered> {
    let variables = Variables::of(variables);
    let cache = wanted.cache.then(|| Cache::below(variables.runtime_folder(), &wanted.portal, &wanted.role));
    if let Some(cache) = &cache {
        match cache.read(clock.now()) {
            Ok(Some(kept)) => return Ok(kept),
            Ok(None) => {}
            Err(problem) => voice.say(&format!("What --cache kept is not used: {problem}.")),
        }
    }
    let got = ask(wanted, &variables, voice, PATIENCE).await?;
    if let Some(cache) = &cache
        && let Err(problem) = cache.write(&got)
    {
        voice.say(&format!("--cache keeps nothing: {problem}."));
    }
    Ok(got)
}

async fn ask(wanted: &Wanted, variables: &Variables, voice: &Voice, patience: Duration) -> Result<Credentials, Unanswered> {
    let listener = TcpListener::bind((LISTENER, 0)).await.map_err(Unanswered::NoPort)?;
    let port = listener.local_addr().map_err(Unanswered::NoPort)?.port();
    let key = OwnKey::of(&random::<SECRET>()?).ok_or(Unanswered::NoRandomness)?;
    // The system gives no port that belongs to its own services.
    let asked = Asked::new(wanted.role.clone(), port, random::<STATE>()?, key.public());
    let asked = asked.map_err(|_| Unanswered::NoPort(std::io::ErrorKind::AddrNotAvailable.into()))?;

    let (deliver, mut delivered) = mpsc::unbounded_channel();
    let inbox = Arc::new(Inbox::new(asked.clone(), key, wanted.portal.origin(), deliver));
    let (stop, stopped) = oneshot::channel::<()>();
    let limits = Limits { connections: 16, head: Duration::from_secs(10), head_size: 32 * 1_024, drain: DRAIN, ..Limits::default() };
    let answering = Answering::new(answer::router(Arc::clone(&inbox)));
    let serving = tokio::spawn(connection::serve(listener, answering, None, limits, async {
        // Dropped or sent, it is over.
        let _ = stopped.await;
    }));

    let address = [wanted.portal.origin(), &asked.href()].concat();
    let code = asked.check_code();
    voice.say(&format!("Credentials of the role {} from {}. Check code: {code}", wanted.role, wanted.portal.origin()));
    let opener = wanted.browser.then(|| Opener::find(variables)).flatten();
    let opened = match &opener {
        Some(opener) => opener.open(&address).await,
        None => false,
    };
    if opened {
        voice.say(&format!("The portal opens in the browser. Go on there only if it shows {code}."));
    } else {
        voice.say(&format!(
            "Open this address in a browser on any device, and go on only if the page shows {code}:\n\n{address}\n\n\
             A browser on this device sends the answer here by itself. From another one, copy it and paste it here:"
        ));
        pasted::listen(Arc::clone(&inbox), !wanted.browser);
    }

    let outcome = tokio::time::timeout(patience, follow(&mut delivered, voice)).await.unwrap_or(Err(Unanswered::TimedOut));
    drop(stop);
    // The browser's last answer is on its way; how its connection ends is no matter.
    let _ = serving.await;
    outcome
}

/// Tells what comes until it is over.
async fn follow(delivered: &mut mpsc::UnboundedReceiver<inbox::News>, voice: &Voice) -> Result<Credentials, Unanswered> {
    while let Some(news) = delivered.recv().await {
        match news {
            inbox::News::Refused { refusal, count } if count >= inbox::MOST_REFUSED => {
                voice.say(&format!("Refused: {refusal}."));
                return Err(Unanswered::Besieged(count));
            }
            inbox::News::Refused { refusal, .. } => voice.say(&format!("Refused: {refusal}. Still waiting.")),
            inbox::News::Delivered(credentials) => {
                voice.say(&format!("Received: access key {}, until {}.", credentials.access_key_id, credentials.expiration));
                return Ok(*credentials);
            }
        }
    }
    // The inbox is held by the listener, which runs until this has returned.
    Err(Unanswered::TimedOut)
}

fn random<const N: usize>() -> Result<[u8; N], Unanswered> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Unanswered::NoRandomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
