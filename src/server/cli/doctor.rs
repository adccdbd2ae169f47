//! `vestibule doctor`: the checks at a terminal, or for a program.

use super::{USAGE, say};
use crate::model::clock::Clock;
use crate::server::clock::SystemClock;
use crate::server::config::loader::Loaded;
use crate::server::doctor::{Captured, Examination};
use crate::server::outside::HttpFetch;
use crate::server::own_identity::OwnIdentity;
use crate::server::portal::regions::HeadBucket;
use crate::server::portal::{issuer, minters};
use crate::server::telemetry;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs the checks. What there is to say is in the report; of the portal's log only the mints that are tried are written,
/// because whoever asks who minted what has to find these too.
pub(super) async fn examine(loaded: Loaded, headers: Option<PathBuf>, mint: bool, json: bool) -> ExitCode {
    let captured = match headers.map(|file| Captured::read(&file)).transpose() {
        Ok(captured) => captured,
        Err(error) => {
            say(&error.to_string());
            return ExitCode::from(USAGE);
        }
    };
    if mint {
        telemetry::start_probes(loaded.config.log);
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let identity = OwnIdentity::found(&loaded.config.aws);
    let minters = mint.then(|| minters(&loaded.config, &identity, &clock)).transpose();
    let trial = match minters {
        Ok(minters) => minters,
        Err(error) => {
            say(&format!("{error}"));
            return ExitCode::from(USAGE);
        }
    };
    // A key that cannot be read keeps nothing else from being looked at.
    let issuer = issuer(&loaded.config, &identity, &clock).map_err(|error| error.to_string());
    let network = Arc::new(HttpFetch::default());
    let examination = Examination {
        config: loaded.config,
        warnings: loaded.warnings,
        captured,
        clock,
        fetch: Arc::clone(&network) as _,
        ask: network,
        trial,
        identity: Some(identity),
        issuer,
        regions: Arc::new(HeadBucket::default()),
        silences: None,
    };
    let report = examination.run().await;
    let text = if json { report.json() } else { report.text() };
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) if report.is_clean() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
