//! Connections: HTTP/1.1, bounded in number, in the size of a head and in the time it may take.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

/// Connections at a time; further ones wait in the system's queue.
const CONNECTIONS: usize = 4_096;
/// Longest wait for a request's head, the pause between requests of one connection included. Longer
/// than the balancer's idle time-out of 60 seconds: whoever closes first must be the balancer, or
/// its next request meets a closed connection and becomes a 502.
const HEAD: Duration = Duration::from_secs(75);
/// Longest head. The balancer's three headers alone may have 64 KB.
const HEAD_SIZE: usize = 128 * 1_024;
/// How long requests in flight may take to finish once the server stops.
const DRAIN: Duration = Duration::from_secs(20);
/// Pause after the system had no connection to give, for want of file descriptors for example.
const BREATHER: Duration = Duration::from_millis(100);

/// Answers requests until `shutdown` completes, then lets those in flight finish.
///
/// # Errors
/// When the listener's address cannot be told, that is when it is no listener.
pub async fn serve(router: Router, listener: TcpListener, shutdown: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    tracing::info!(address = %listener.local_addr()?, "listening");
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (stop, stopping) = watch::channel(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let accept = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accept => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let (router, stopping) = (router.clone(), stopping.clone());
                tokio::spawn(async move {
                    let _place = place;
                    converse(stream, router, stopping).await;
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATHER).await;
            }
        }
    }
    drop(listener);
    stop.send_replace(true);
    let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
    if tokio::time::timeout(DRAIN, places.acquire_many(all)).await.is_err() {
        tracing::warn!("requests were cut off: they took longer than the time to stop");
    }
    Ok(())
}

async fn converse(stream: TcpStream, router: Router, mut stopping: watch::Receiver<bool>) {
    // Answers are small and written whole: waiting for more to send only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection is gone");
        return;
    }
    let mut settings = http1::Builder::new();
    settings.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_SIZE);
    let mut connection = pin!(settings.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router)));
    let stopped = tokio::select! {
        ended = &mut connection => {
            report(ended);
            return;
        }
        stopped = stopping.wait_for(|stop| *stop) => stopped.map(drop),
    };
    if stopped.is_ok() {
        connection.as_mut().graceful_shutdown();
    }
    report(connection.await);
}

/// How a connection ended is the other side's business.
fn report(ended: Result<(), hyper::Error>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
