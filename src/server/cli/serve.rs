//! `vestibule serve`: the portal with its listeners, until it is asked to stop.

use super::{USAGE, say, say_problems, stopped};
use crate::model::clock::Clock;
use crate::server::clock::SystemClock;
use crate::server::config::loader::Loaded;
use crate::server::http::answering::Answering;
use crate::server::http::connection::{self, Limits};
use crate::server::http::site::Site;
use crate::server::http::tls::Tls;
use crate::server::metrics::page;
use crate::server::portal::Portal;
use crate::server::reload::Reload;
use crate::server::telemetry;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Connections at a time to the metrics.
const SCRAPERS: usize = 64;

/// Serves what the file configured.
pub(super) async fn serve(file: PathBuf, loaded: Loaded) -> ExitCode {
    telemetry::start(loaded.config.log);
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tls = match Tls::new(&loaded.config.web.tls, clock.now()) {
        Ok(tls) => tls,
        Err(problem) => return say_problems(&[problem]),
    };
    let (listen, metrics) = (loaded.config.web.listen, loaded.config.metrics.listen);
    let portal = match Portal::new(loaded, Arc::clone(&clock)) {
        Ok(portal) => portal,
        Err(error) => {
            say(&format!("The portal cannot start: {error}"));
            return ExitCode::from(USAGE);
        }
    };
    // Until somebody listens for it, this signal ends the process.
    let hangup = match signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => {
            say(&format!("SIGHUP cannot be listened for: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let Some(listener) = bind("web.listen", listen).await else { return ExitCode::from(USAGE) };
    if let Some(address) = metrics {
        let Some(listener) = bind("metrics.listen", address).await else { return ExitCode::from(USAGE) };
        let answering = Answering::new(page::router(Arc::clone(portal.metrics())));
        // It ends with the process, so that the figures can be read while requests in flight finish.
        let limits = Limits { connections: SCRAPERS, ..Limits::default() };
        tokio::spawn(connection::serve(listener, answering, None, limits, std::future::pending()));
    }
    // Reloads share what it counts.
    let counting = Arc::clone(&portal);
    let acceptor = tls.as_ref().map(Tls::acceptor);
    let reload = Reload::new(file, clock, portal, Site::find(), tls);
    let answering = reload.answering();
    tokio::spawn(reload.watch(hangup));
    let outcome = connection::serve(listener, answering, acceptor, Limits::default(), stopped()).await;
    counting.write_refusals().await;
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the server stopped");
            ExitCode::FAILURE
        }
    }
}

async fn bind(key: &str, address: SocketAddr) -> Option<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Some(listener),
        Err(error) => {
            say(&format!("{key}: {address} cannot be listened on: {error}"));
            None
        }
    }
}
